//! The trail: who changed what, with before and after, written in the commit of the change. What is told of a
//! subject is its face: never a password, a secret or a hash of one.

use crate::{
    Account, AccountId, ApiKey, ApiKeyId, Caller, Category, Context, CorrelationId, Event,
    EventKind, Facts, Micros, Product, ProductId, Subject, Text,
    events::{CategoryData, ChangeData, StockData, coded},
    keys::Scopes,
};
use serde::Serialize;
use serde_json::{Map, Value};

coded! {
    TrailKind {
        CustomerRegistered = 1 "customer.registered",
        CustomerChanged = 2 "customer.changed",
        CustomerDeleted = 3 "customer.deleted",
        PasswordSet = 4 "customer.password_set",
        SessionsEnded = 5 "customer.sessions_ended",
        FactorAdded = 6 "customer.otp_added",
        FactorRemoved = 7 "customer.otp_removed",
        KeyCreated = 10 "key.created",
        KeyRevoked = 11 "key.revoked",
        ProductCreated = 20 "product.created",
        ProductChanged = 21 "product.changed",
        ProductArchived = 22 "product.archived",
        CategoryCreated = 30 "category.created",
        CategoryChanged = 31 "category.changed",
        CategoryRemoved = 32 "category.removed",
        StockChanged = 40 "stock.changed",
        StockRepaired = 41 "stock.repaired",
    }
}

/// One thing that somebody has done.
#[derive(Clone, Debug, PartialEq)]
pub struct TrailEntry {
    pub kind: TrailKind,
    /// What it was done to: `product:17`, `customer:` and an id.
    pub subject: Text<120>,
    /// JSON: of what was there before, the members that are no longer so.
    pub before: Option<Box<str>>,
    /// JSON: the same members, as they are now.
    pub after: Option<Box<str>>,
    pub actor: Caller,
    pub correlation: CorrelationId,
    pub at: Micros,
}

pub fn of_customer(id: AccountId) -> Text<120> {
    Text::stored(&format!("customer:{id}"))
}

/// What something was done to.
pub(crate) enum Noted<'n> {
    Product(ProductId),
    /// By the slug that it had then.
    Category(&'n Category),
    Customer(AccountId),
    ApiKey(ApiKeyId),
}

impl Noted<'_> {
    fn named(&self) -> Text<120> {
        match self {
            Noted::Product(id) => Text::stored(&format!("product:{id}")),
            Noted::Category(category) => Text::stored(&format!("category:{}", category.slug)),
            Noted::Customer(id) => of_customer(*id),
            Noted::ApiKey(id) => Text::stored(&format!("api_key:{id}")),
        }
    }

    fn subject(&self) -> Subject {
        match self {
            Noted::Product(id) => Subject::product(*id),
            Noted::Category(category) => Subject::category(category.id),
            Noted::Customer(id) => Subject::customer(*id),
            Noted::ApiKey(id) => Subject::api_key(*id),
        }
    }

    /// What its event keeps: what the subject does not tell.
    fn data(&self, kind: EventKind, before: &Members, after: &Members) -> Option<Box<str>> {
        let changed = || match (before, after) {
            (Some(before), Some(_)) => before.keys().cloned().collect(),
            _ => Vec::new(),
        };
        let on_hand = |members: &Members| members.as_ref()?.get("on_hand")?.as_i64();
        match (self, kind) {
            (Noted::Category(category), _) => {
                Some(CategoryData::written(category.slug.to_string(), changed()))
            }
            (_, EventKind::StockChanged) => {
                Some(StockData::written(on_hand(before)?, on_hand(after)?))
            }
            (_, EventKind::ProductChanged | EventKind::CustomerChanged) => {
                Some(ChangeData::written(changed()))
            }
            _ => None,
        }
    }
}

impl TrailKind {
    /// How those hear of it who follow the shop. What concerns the login alone they do not.
    fn event(self) -> Option<EventKind> {
        Some(match self {
            TrailKind::CustomerRegistered => EventKind::CustomerRegistered,
            TrailKind::CustomerChanged => EventKind::CustomerChanged,
            TrailKind::CustomerDeleted => EventKind::CustomerDeleted,
            TrailKind::KeyCreated => EventKind::KeyCreated,
            TrailKind::KeyRevoked => EventKind::KeyRevoked,
            TrailKind::ProductCreated => EventKind::ProductCreated,
            TrailKind::ProductChanged => EventKind::ProductChanged,
            TrailKind::ProductArchived => EventKind::ProductArchived,
            TrailKind::CategoryCreated => EventKind::CategoryCreated,
            TrailKind::CategoryChanged => EventKind::CategoryChanged,
            TrailKind::CategoryRemoved => EventKind::CategoryRemoved,
            TrailKind::StockChanged => EventKind::StockChanged,
            // A repair mends the books, and nothing that lies there.
            TrailKind::StockRepaired
            | TrailKind::PasswordSet
            | TrailKind::SessionsEnded
            | TrailKind::FactorAdded
            | TrailKind::FactorRemoved => return None,
        })
    }
}

/// How a subject shows itself here.
pub trait Face {
    fn face(&self) -> Map<String, Value>;

    /// Which one it is of its subject's, if that counts them.
    fn version(&self) -> Option<i64> {
        None
    }
}

fn members(face: impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(face) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// What an account's face tells of the person: members by these names, which go with him.
macro_rules! personal {
    ($($member:ident),+; $($optional:ident),+) => {
        pub const PERSONAL: &[&str] = &[$(stringify!($member),)+ $(stringify!($optional)),+];

        #[derive(Serialize)]
        struct Personal<'a> {
            $($member: &'a str,)+
            $($optional: Option<&'a str>),+
        }

        impl<'a> Personal<'a> {
            fn of(account: &'a Account) -> Personal<'a> {
                Personal {
                    $($member: account.$member.as_str(),)+
                    $($optional: account.$optional.as_deref()),+
                }
            }
        }
    };
}

personal! { username, email, first_name, last_name; language }

impl Face for Account {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn face(&self) -> Map<String, Value> {
        #[derive(Serialize)]
        struct Shown<'a> {
            #[serde(flatten)]
            personal: Personal<'a>,
            // Who may do what, and who gave him that: it stays when nobody knows any more who he was.
            email_confirmed: bool,
            role: &'static str,
            is_active: bool,
        }
        members(Shown {
            personal: Personal::of(self),
            email_confirmed: self.email_confirmed,
            role: self.role.name(),
            is_active: self.is_active,
        })
    }
}

impl Face for ApiKey {
    fn face(&self) -> Map<String, Value> {
        #[derive(Serialize)]
        struct Shown<'a> {
            name: &'a str,
            scopes: Scopes,
            channel: Option<&'a str>,
            expires_at: Option<i64>,
            is_revoked: bool,
        }
        members(Shown {
            name: &self.name,
            scopes: self.scopes,
            channel: self.channel.as_deref(),
            expires_at: self.expires_at.map(|at| at.0),
            is_revoked: self.revoked_at.is_some(),
        })
    }
}

impl Face for Product {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn face(&self) -> Map<String, Value> {
        #[derive(Serialize)]
        struct Shown<'a> {
            sku: &'a str,
            name: &'a str,
            description: &'a str,
            image_url: Option<&'a str>,
            price: String,
            currency: &'static str,
            category: Option<&'a str>,
            low_stock_threshold: Option<i64>,
            order_units_most: Option<i64>,
            caller_units_most: Option<i64>,
            is_archived: bool,
        }
        members(Shown {
            sku: self.shown_sku().as_str(),
            name: &self.name,
            description: &self.description,
            image_url: self.image_url.as_deref(),
            price: self.price.to_string(),
            currency: self.price.currency.code(),
            category: self.category_slug.as_deref(),
            low_stock_threshold: self.low_stock_threshold,
            order_units_most: self.most.per_order,
            caller_units_most: self.most.per_caller,
            is_archived: self.is_archived,
        })
    }
}

impl Face for Category {
    fn face(&self) -> Map<String, Value> {
        #[derive(Serialize)]
        struct Shown<'a> {
            slug: &'a str,
            name: &'a str,
            parent: Option<i64>,
        }
        let parent = self.parent.map(|parent| parent.0);
        members(Shown { slug: &self.slug, name: &self.name, parent })
    }
}

/// What lies in one place.
pub struct OnHand(pub i64);

impl Face for OnHand {
    fn face(&self) -> Map<String, Value> {
        Map::from_iter([("on_hand".to_owned(), self.0.into())])
    }
}

/// What the books say of a product.
#[derive(PartialEq)]
pub struct Booked {
    pub entered: i64,
    pub reserved: i64,
}

impl Face for Booked {
    fn face(&self) -> Map<String, Value> {
        Map::from_iter([
            ("entered".to_owned(), self.entered.into()),
            ("reserved".to_owned(), self.reserved.into()),
        ])
    }
}

/// What has no face: that it was done is all there is to tell.
pub struct Faceless;

impl Face for Faceless {
    fn face(&self) -> Map<String, Value> {
        Map::new()
    }
}

impl Context<'_> {
    /// Notes what its request has done, and tells those who follow the shop.
    pub(crate) fn note<F: Face>(
        &self,
        facts: &mut Facts,
        kind: TrailKind,
        noted: Noted<'_>,
        (before, after): (Option<&F>, Option<&F>),
    ) {
        let version = after.and_then(F::version);
        let (before, after) = differing(before.map(F::face), after.map(F::face));
        let (actor, correlation) = (self.who.actor.caller, self.who.correlation);
        if let Some(kind) = kind.event() {
            facts.events.add(Event {
                subject: noted.subject(),
                version,
                kind,
                data: noted.data(kind, &before, &after),
                actor,
                correlation,
                at: self.now,
            });
        }
        let (before, after) = (before.and_then(written), after.and_then(written));
        let subject = noted.named();
        let at = self.now;
        facts.trail.add(TrailEntry { kind, subject, before, after, actor, correlation, at });
    }
}

type Members = Option<Map<String, Value>>;

/// The members that differ, or all where there is one side only.
fn differing(mut before: Members, mut after: Members) -> (Members, Members) {
    if let (Some(before), Some(after)) = (&mut before, &mut after) {
        let same: Vec<String> = before
            .iter()
            .filter(|(name, value)| after.get(*name) == Some(value))
            .map(|(name, _)| name.clone())
            .collect();
        for name in same {
            before.remove(&name);
            after.remove(&name);
        }
    }
    (before, after)
}

fn written(members: Map<String, Value>) -> Option<Box<str>> {
    (!members.is_empty()).then(|| Value::Object(members).to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn members(value: Value) -> Members {
        value.as_object().cloned()
    }

    #[test]
    fn only_what_has_changed_is_told() {
        let (one, two) = (json!({"a": 1, "b": 2}), json!({"a": 1, "b": 3}));
        for (before, after, expected) in [
            (one.clone(), two, (Some(r#"{"b":2}"#), Some(r#"{"b":3}"#))),
            (Value::Null, one.clone(), (None, Some(r#"{"a":1,"b":2}"#))),
            (one.clone(), Value::Null, (Some(r#"{"a":1,"b":2}"#), None)),
            (one.clone(), one, (None, None)),
        ] {
            let (before, after) = differing(members(before), members(after));
            let (before, after) = (before.and_then(written), after.and_then(written));
            assert_eq!((before.as_deref(), after.as_deref()), expected);
        }
    }

    #[test]
    fn those_who_follow_hear_of_it_by_the_name_that_the_trail_has_for_it() {
        let mut silent = Vec::new();
        for kind in TrailKind::ALL {
            match kind.event() {
                Some(event) => assert_eq!(event.name(), kind.name()),
                None => silent.push(kind.name()),
            }
        }
        assert_eq!(
            silent,
            [
                "customer.password_set",
                "customer.sessions_ended",
                "customer.otp_added",
                "customer.otp_removed",
                "stock.repaired",
            ]
        );
    }

    #[test]
    fn an_event_says_what_has_changed_and_of_whom_nothing() {
        let (before, after) = (
            json!({"email": "a@b.c", "role": "staff"}),
            json!({"email": "d@e.f", "role": "staff"}),
        );
        let (before, after) = differing(members(before), members(after));
        let noted = Noted::Customer(AccountId(uuid::Uuid::from_u64_pair(1, 1)));
        let data = noted.data(EventKind::CustomerChanged, &before, &after);
        assert_eq!(data.as_deref(), Some(r#"{"v":1,"changed":["email"]}"#));
        let made = noted.data(EventKind::CustomerRegistered, &None, &after);
        assert_eq!(made, None);
        let noted = Noted::Product(ProductId(7));
        let on_hand = |units: i64| members(json!({ "on_hand": units }));
        let data = noted.data(EventKind::StockChanged, &on_hand(3), &on_hand(5));
        assert_eq!(data.as_deref(), Some(r#"{"v":1,"from":3,"to":5}"#));
        let category = Category {
            id: crate::CategoryId(7),
            slug: Text::stored("cups"),
            name: Text::stored("Cups"),
            parent: None,
        };
        let noted = Noted::Category(&category);
        for (before, after, told) in [
            (None, members(json!({"slug": "cups"})), r#"{"v":1,"slug":"cups"}"#),
            (
                members(json!({"slug": "cups"})),
                members(json!({"slug": "mugs"})),
                r#"{"v":1,"slug":"cups","changed":["slug"]}"#,
            ),
        ] {
            let data = noted.data(EventKind::CategoryChanged, &before, &after);
            assert_eq!(data.as_deref(), Some(told));
        }
    }
}
