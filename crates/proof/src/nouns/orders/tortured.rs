//! What a tortured shop is asked for that has to do with orders: by customers, and by the staff who work on them.

use crate::attack::torture::{
    Asked, Asker, Client, Person, Step, Units, Wire, decimal, price_minor,
};
use domain::{EditOrder, HandOver, Listed, MoveOrder, PlaceOrder};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// What a tortured shop is asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Ask {
    Place {
        lines: Vec<Units>,
        total_minor: Option<i64>,
        buyer: Option<Buyer>,
    },
    /// By a channel, under its own name for it.
    HandOver {
        person: String,
        asker: Asker,
        order_id: String,
        lines: Vec<Units>,
    },
    Cancel {
        order: Uuid,
    },
    /// It is to have the note of its own.
    Note {
        order: Uuid,
    },
    /// By the staff, with a reason that nobody else has: it is found again by it.
    Work {
        order: Uuid,
        work: Work,
        reason: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Work {
    Start,
    Complete,
    Fail,
    Retry,
    /// Whoever works on it.
    Cancel,
}

impl Work {
    fn verb(self) -> &'static str {
        match self {
            Work::Start => "start",
            Work::Complete => "complete",
            Work::Fail => "fail",
            Work::Retry => "retry",
            Work::Cancel => "cancel",
        }
    }
}

/// Who buys, if not the client as it is logged in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Buyer {
    person: String,
    /// Without hyphens, as it is read.
    pub(super) account: String,
    asker: Asker,
}

impl Ask {
    pub fn place(client: &mut Client) -> Ask {
        let lines = client.lines(3, 1..=4);
        let total = lines.iter().map(|(product, many)| price_minor(*product) * many).sum();
        let total_minor = client.random.chance(500).then_some(total);
        Ask::Place { lines, total_minor, buyer: None }
    }

    pub fn place_as(client: &mut Client, person: &Person) -> Ask {
        let (account, asker) = (person.id.simple().to_string(), person.asks());
        let buyer = Some(Buyer { person: person.name.clone(), account, asker });
        Ask::Place { lines: client.lines(2, 1..=1), total_minor: None, buyer }
    }

    pub fn hand_over(client: &mut Client, person: &Person) -> Ask {
        let key = person.machine.as_ref().and_then(|machine| machine.key.as_deref());
        let asker = person.shows(key.unwrap_or_default());
        let (order_id, lines) = (client.name("handed"), client.lines(2, 1..=1));
        Ask::HandOver { person: person.name.clone(), asker, order_id, lines }
    }

    /// One of the client's own, if there is one.
    pub fn cancel(client: &mut Client) -> Option<Ask> {
        let order = client.random.pick(&client.live).copied();
        order.map(|order| Ask::Cancel { order })
    }

    /// The same.
    pub fn note(client: &mut Client) -> Option<Ask> {
        let order = client.random.pick(&client.live).copied();
        order.map(|order| Ask::Note { order })
    }

    /// Some of what was ordered lately, or of what this client has begun with; others work on the same.
    pub fn work(client: &mut Client) -> Option<Ask> {
        let begun = if client.random.chance(650) { &client.live } else { &Vec::new() };
        let begun = client.random.pick(begun).copied();
        let (order, work) = match begun {
            Some(order) => {
                let works = [(3, Work::Complete), (3, Work::Fail), (3, Work::Retry)];
                (order, client.random.weighted(&works)?)
            }
            None => {
                let lately = client.ordered_lately();
                let works = [(5, Work::Start), (1, Work::Cancel)];
                (*client.random.pick(&lately)?, client.random.weighted(&works)?)
            }
        };
        Some(Ask::Work { order, work, reason: client.name("work") })
    }
}

impl Asked for Ask {
    fn command(&self) -> &'static str {
        match self {
            Ask::Place { .. } => PlaceOrder::NAME,
            Ask::HandOver { .. } => HandOver::NAME,
            Ask::Cancel { .. } | Ask::Work { .. } => MoveOrder::NAME,
            Ask::Note { .. } => EditOrder::NAME,
        }
    }

    fn is_keyed(&self) -> bool {
        !matches!(self, Ask::Note { .. } | Ask::HandOver { .. })
    }

    fn may_be_refused(&self, code: &str) -> bool {
        match self {
            Ask::Place { .. } | Ask::HandOver { .. } => code == "out_of_stock",
            // Others work on it, or it was cancelled, by its owner or because nobody began with it.
            Ask::Cancel { .. } => code == "not_cancellable",
            Ask::Work { work: Work::Retry, .. } => matches!(code, "illegal_move" | "out_of_stock"),
            Ask::Work { work: Work::Cancel, .. } => code == "not_cancellable",
            Ask::Work { .. } => code == "illegal_move",
            // Its client may have cancelled it before all is over, and asks for what stayed unknown then.
            Ask::Note { .. } => code == "not_editable",
        }
    }

    /// A buyer of his own may have gone since, and an order may have been cancelled.
    fn is_repeated(&self) -> bool {
        !matches!(self, Ask::Place { buyer: Some(_), .. } | Ask::Note { .. } | Ask::HandOver { .. })
    }

    fn wire(&self) -> Wire {
        match self {
            Ask::Place { lines, total_minor, buyer } => {
                let line =
                    |(product, many): &Units| json!({ "product": product, "quantity": many });
                let items: Vec<Value> = lines.iter().map(line).collect();
                let mut body = json!({ "order_items": items });
                if let Some(total) = total_minor {
                    body["total"] = decimal(*total).into();
                }
                let asker = buyer.as_ref().map(|buyer| buyer.asker.clone());
                Wire { asker, ..Wire::post("/api/orders/orders", body) }
            }
            Ask::HandOver { asker, order_id, lines, person } => {
                let item =
                    |(product, many): &Units| json!({ "product": product, "quantity": many });
                let items: Vec<Value> = lines.iter().map(item).collect();
                let body = json!({
                    "order_id": order_id, "user_id": person, "items": items, "total_amount": 7,
                });
                Wire::post("/api/orders", body).by(asker)
            }
            Ask::Cancel { order } => {
                let path = format!("/api/orders/orders/{order}/cancel");
                Wire::new("POST", &path)
            }
            Ask::Work { order, work, reason } => {
                let path = format!("/api/orders/orders/{order}/{}", work.verb());
                Wire::post(&path, json!({ "reason": reason }))
            }
            Ask::Note { order } => {
                let path = format!("/api/orders/orders/{order}");
                Wire { body: Some(json!({ "note": note_of(order) })), ..Wire::new("PATCH", &path) }
            }
        }
    }

    fn learn(&self, client: &mut Client, body: &Value) {
        match self {
            Ask::Place { buyer: Some(buyer), .. } => {
                let person = client.person_at(&buyer.person, Step::Order);
                person.into_iter().for_each(Person::goes_on);
            }
            Ask::HandOver { person, .. } => {
                let person = client.person_at(person, Step::HandOver);
                person.into_iter().for_each(Person::goes_on);
            }
            Ask::Place { .. } => {
                let id = body["id"].as_str().and_then(|id| Uuid::parse_str(id).ok());
                let id = id.filter(|id| !client.live.contains(id));
                client.live.extend(id.filter(|_| body["status"] == "pending"));
            }
            Ask::Cancel { order } => client.live.retain(|id| id != order),
            Ask::Work { order, work: Work::Start, .. } if !client.live.contains(order) => {
                client.live.push(*order);
            }
            Ask::Work { order, work: Work::Complete | Work::Retry | Work::Cancel, .. } => {
                client.live.retain(|id| id != order);
            }
            Ask::Note { .. } | Ask::Work { .. } => {}
        }
    }
}

impl Ask {
    /// Whether the staff want an order to be cancelled.
    pub(super) fn is_cancelled(&self) -> bool {
        matches!(self, Ask::Work { work: Work::Cancel, .. })
    }
}

/// One for each order: whoever edits it again leaves it as it is.
pub(super) fn note_of(order: &Uuid) -> String {
    format!("leave {} at the door", order.simple())
}
