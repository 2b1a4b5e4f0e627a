//! What becomes of what carts of a tortured shop have taken. Whatever an account's clients were told that its cart
//! took is in it, in the orders that it became, or was given back when its time was over; what a guest has put into
//! his is in it until he lets it go, his account has it, or its time is over. Never two of them.

use super::tortured::Ask;
use crate::{
    attack::torture::{Comparison, Fate, username},
    nouns::{accounts, orders},
};
use anyhow::Context;
use domain::events::ExpiredData;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const HOLDS: &str = "select @cart_id, product_id, units from holds";
/// Which were over when something was committed.
pub(super) const OVER: &str =
    "select @id from carts where expires_at <= (select max(at) from batches)";
/// What was given back, and was nobody's from then on.
pub(super) const EXPIRED: &str = "select @subject_id, data from events where kind = 30";

/// What is promised of each product.
pub fn held(compared: &Comparison) -> anyhow::Result<BTreeMap<i64, i64>> {
    let mut held = BTreeMap::new();
    for [_, product, units] in compared.rows.of(HOLDS)? {
        *held.entry(product.parse()?).or_default() += units.parse::<i64>()?;
    }
    Ok(held)
}

/// Units of a product, by whose they are.
type Units = BTreeMap<(String, i64), i64>;

/// What carts were told to have taken, and what they may have taken besides.
#[derive(Default)]
struct Sums {
    taken: Units,
    doubtful: Units,
}

impl Sums {
    fn note(&mut self, whose: &str, product: i64, units: i64, is_sure: bool) {
        let sums = if is_sure { &mut self.taken } else { &mut self.doubtful };
        *sums.entry((whose.to_owned(), product)).or_default() += units;
    }

    /// It is in his cart, unless he has let it go or an account may have it: before its time was over, after
    /// which neither finds anything.
    fn note_guest(&mut self, owner: &str, brought: Brought, ends: &[(&Ask, &Fate)]) {
        let Brought { guest, product, many, is_sure, end } = brought;
        match ends {
            [] => self.note(&guest, product, many, is_sure),
            [(_, Fate::Done(_))] if is_sure && end == Some(End::GivenBack) => {
                self.note(&guest, product, many, true);
            }
            [(Ask::Leave { .. }, Fate::Done(_))] if is_sure => {}
            [(Ask::Claim { .. }, Fate::Done(_))] if is_sure && end == Some(End::Over) => {
                self.note(&guest, product, many, true);
            }
            [(Ask::Claim { .. }, Fate::Done(told))] if is_sure => {
                let left = told["left"].as_array().map(Vec::as_slice).unwrap_or_default();
                let left: i64 = left.iter().filter_map(|left| left["quantity"].as_i64()).sum();
                self.note(owner, product, many - left, true);
            }
            _ => [guest.as_str(), owner].iter().for_each(|whose| {
                self.note(whose, product, many, false);
            }),
        }
    }
}

struct Brought {
    guest: String,
    product: i64,
    many: i64,
    is_sure: bool,
    end: Option<End>,
}

/// How a cart has ended by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// And it still holds what is in it.
    Over,
    GivenBack,
}

/// What carts have taken is in them, was ordered, or was given back when their time was over; and nothing else is.
pub(super) fn compare(compared: &Comparison, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let ids: BTreeMap<&str, &str> =
        accounts::named(compared)?.into_iter().map(|[name, id]| (name, id)).collect();
    let owner = |client| username(client).and_then(|name| ids.get(name.as_str()).copied());
    let (mut sums, mut ordered) = (Sums::default(), BTreeSet::new());
    let mut ends: BTreeMap<String, Vec<(&Ask, &Fate)>> = BTreeMap::new();
    for (entry, ask) in compared.asked::<Ask>() {
        let is_nothing = matches!(entry.fate, Fate::NotDone | Fate::Refused(_));
        if let Ask::Leave { guest } | Ask::Claim { guest } = ask
            && (!is_nothing || compared.may_come_late(entry))
        {
            ends.entry(guest.id()).or_default().push((ask, &entry.fate));
        }
    }
    let (expired, over) = (expired(compared)?, over(compared)?);
    for (entry, ask) in compared.asked::<Ask>() {
        let Some(owner) = owner(entry.client) else { continue };
        let is_sure = match &entry.fate {
            Fate::Done(_) => true,
            Fate::Unknown => false,
            Fate::NotDone | Fate::Refused(_) if compared.may_come_late(entry) => false,
            Fate::NotDone | Fate::Refused(_) if *ask != Ask::Checkout => continue,
            Fate::NotDone | Fate::Refused(_) => false,
        };
        match ask {
            Ask::Checkout => {
                ordered.insert((owner, entry.key.as_deref().unwrap_or_default()));
            }
            Ask::Add { product, many } => sums.note(owner, *product, *many, is_sure),
            Ask::Bring { guest, product, many } => {
                let (guest, product, many) = (guest.id(), *product, *many);
                let ended = ends.remove(&guest).unwrap_or_default();
                let is_given_back = expired.contains_key(&(guest.clone(), product));
                let is_over = over.contains(&(guest.clone(), product));
                let end = match is_given_back {
                    true => Some(End::GivenBack),
                    false => is_over.then_some(End::Over),
                };
                sums.note_guest(owner, Brought { guest, product, many, is_sure, end }, &ended);
            }
            Ask::Leave { .. } | Ask::Claim { .. } => {}
        }
    }
    judge(&sums, &found(compared, expired, &ordered)?, wrong);
    Ok(())
}

/// What carts held when they were given back.
fn expired(compared: &Comparison) -> anyhow::Result<Units> {
    let mut expired = Units::new();
    for [cart, data] in compared.rows.of(EXPIRED)? {
        let data = ExpiredData::read(data).with_context(|| format!("an event tells {data:?}"))?;
        for item in data.items {
            *expired.entry((cart.to_owned(), item.product.0)).or_default() += item.quantity;
        }
    }
    Ok(expired)
}

/// What carts hold whose time is over.
fn over(compared: &Comparison) -> anyhow::Result<BTreeSet<(String, i64)>> {
    let over: BTreeSet<&str> = compared.rows.of(OVER)?.into_iter().map(|[id]| id).collect();
    let holds = compared.rows.of::<3>(HOLDS)?.into_iter();
    let holds = holds.filter(|[cart, ..]| over.contains(cart));
    holds.map(|[cart, product, _]| Ok((cart.to_owned(), product.parse()?))).collect()
}

/// What was given back, is in carts, and in the orders of these owners and keys.
fn found(
    compared: &Comparison,
    mut found: Units,
    ordered: &BTreeSet<(&str, &str)>,
) -> anyhow::Result<Units> {
    for [cart, product, units] in compared.rows.of(HOLDS)? {
        *found.entry((cart.to_owned(), product.parse()?)).or_default() += units.parse::<i64>()?;
    }
    for order in orders::placed(compared)? {
        if ordered.contains(&(order.owner, order.key)) {
            for (product, many, _) in &order.lines {
                *found.entry((order.owner.to_owned(), *product)).or_default() += many;
            }
        }
    }
    Ok(found)
}

fn judge(Sums { taken, doubtful }: &Sums, found: &Units, wrong: &mut Vec<String>) {
    let of = |units: &Units, key| units.get(key).copied().unwrap_or(0);
    for key in taken.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
        let (least, found) = (of(taken, key), of(found, key));
        if !(least..=least + of(doubtful, key)).contains(&found) {
            wrong.push(format!(
                "the cart of {} was told to have taken {least} of product {}; in it, in its orders \
                 and given back in time are {found}",
                key.0, key.1
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nouns::carts::Guest;
    use domain::EventKind;
    use serde_json::json;

    #[test]
    fn the_statement_finds_the_ends_of_carts() {
        assert!(EXPIRED.ends_with(&format!("kind = {}", EventKind::CartExpired.code())));
    }

    #[test]
    fn a_guests_units_are_at_one_place() {
        let guest = Guest::named("somebody");
        let (leave, claim) = (Ask::Leave { guest: guest.clone() }, Ask::Claim { guest });
        let done = Fate::Done(json!({ "left": [{ "quantity": 1 }] }));
        let noted = |ends: &[(&Ask, &Fate)], end| {
            let (mut sums, guest) = (Sums::default(), "guest".to_owned());
            sums.note_guest(
                "owner",
                Brought { guest, product: 1, many: 3, is_sure: true, end },
                ends,
            );
            assert!(sums.doubtful.is_empty() || sums.taken.is_empty());
            let of = |whose: &str| sums.taken.get(&(whose.to_owned(), 1)).copied().unwrap_or(0);
            (of("guest"), of("owner"), sums.doubtful.len())
        };
        use End::{GivenBack, Over};
        for (ends, end, expected) in [
            (vec![], None, (3, 0, 0)),
            (vec![], Some(GivenBack), (3, 0, 0)),
            (vec![(&leave, &done)], None, (0, 0, 0)),
            (vec![(&leave, &done)], Some(GivenBack), (3, 0, 0)),
            // Who has let it go holds nothing, however old his cart is.
            (vec![(&leave, &done)], Some(Over), (0, 0, 0)),
            (vec![(&claim, &done)], None, (0, 2, 0)),
            (vec![(&claim, &done)], Some(Over), (3, 0, 0)),
            (vec![(&claim, &done)], Some(GivenBack), (3, 0, 0)),
            (vec![(&claim, &Fate::Unknown)], None, (0, 0, 2)),
        ] {
            assert_eq!(noted(&ends, end), expected, "{ends:?} {end:?}");
        }
    }
}
