//! Facts: what is known of the shop while a batch is decided, what was asked for, and what changed.
//!
//! Facts are loaded for one batch and dropped with it. A row that is edited is marked, so that no
//! write can be forgotten; maps are ordered, so that the same commands on the same facts always write
//! the same rows in the same order.

use crate::{
    Account, AccountId, Address, ApiKey, ApiKeyId, Caller, Cart, CartId, Category, CategoryId,
    Claim, Consumer, Counter, Crowd, Event, Factor, Figure, Hold, IdempotencyKey, Ledger, Link,
    Micros, Offer, Order, Product, ProductId, ProductRef, PublicId, Session, SessionId, Shelf, Sku,
    StockEntry, Text, Trace, TrailEntry,
    accounts::Erasure,
    bought::{Bought, Regained},
    categories::Branch,
    idempotency::PlacedBefore,
    sweeps::Prune,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    sync::Arc,
};

/// A row that is known by its key, and found by that or by a part of it: all shelves of a product
/// are found by the product.
pub trait Row {
    type Key: Ord + Clone + Debug;
    type Find: Ord + Clone + Debug;
    fn key(&self) -> Self::Key;
}

/// Rows of which one find brings several.
pub trait Child: Row {
    fn parent(key: &Self::Key) -> Self::Find;
    /// Not above any key of this parent.
    fn lowest(parent: &Self::Find) -> Self::Key;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Kept,
    Edited,
    Made,
    Dropped,
    /// Dropped and made again in one batch: no edit would overwrite all of it.
    Remade,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Slot<R> {
    pub row: R,
    pub mark: Mark,
}

/// Needs, rows and changes of one table. The fields are public for who loads and writes them: rules
/// use the methods.
#[derive(Clone, Debug, PartialEq)]
pub struct Table<R: Row> {
    /// Asked for since the last load.
    pub pending: BTreeSet<R::Find>,
    /// What was asked for before, found or not.
    pub asked: BTreeSet<R::Find>,
    /// To be locked before they are read, where reading alone takes no lock.
    pub to_lock: BTreeSet<R::Find>,
    /// Somebody waits for pending rows to know what else he needs.
    pub is_followed: bool,
    /// A lock was asked for after the row was read: a mistake in a rule.
    pub is_late: bool,
    pub rows: BTreeMap<R::Key, Slot<R>>,
    /// In the order of their making, by which some rows are numbered.
    pub made: Vec<R::Key>,
    /// How many rows are to be written.
    pub changed: usize,
}

impl<R: Row> Default for Table<R> {
    fn default() -> Self {
        Table {
            pending: BTreeSet::new(),
            asked: BTreeSet::new(),
            to_lock: BTreeSet::new(),
            is_followed: false,
            is_late: false,
            rows: BTreeMap::new(),
            made: Vec::new(),
            changed: 0,
        }
    }
}

impl<R: Row> Table<R> {
    /// To be there when it is decided.
    pub fn want(&mut self, find: &R::Find) {
        if !self.asked.contains(find) {
            self.pending.insert(find.clone());
        }
    }

    /// The same, and to be locked: the row will be edited.
    pub fn want_locked(&mut self, find: &R::Find) {
        self.want(find);
        if !self.to_lock.contains(find) {
            self.is_late |= self.asked.contains(find);
            self.to_lock.insert(find.clone());
        }
    }

    /// What was pending has been loaded.
    pub fn settle(&mut self) {
        self.is_followed = false;
        self.asked.append(&mut self.pending);
    }

    /// A row as it was loaded.
    pub fn load(&mut self, row: R) {
        self.rows.insert(row.key(), Slot { row, mark: Mark::Kept });
    }

    /// Somebody must know it before he can tell what else he needs.
    fn await_rows(&mut self, find: &R::Find) {
        self.want(find);
        self.is_followed |= !self.asked.contains(find);
    }

    pub fn get(&self, key: &R::Key) -> Option<&R> {
        self.rows.get(key).filter(|slot| slot.mark != Mark::Dropped).map(|slot| &slot.row)
    }

    /// Whoever edits a row has it written.
    pub fn edit(&mut self, key: &R::Key) -> Option<&mut R> {
        let slot = self.rows.get_mut(key).filter(|slot| slot.mark != Mark::Dropped)?;
        if slot.mark == Mark::Kept {
            slot.mark = Mark::Edited;
            self.changed += 1;
        }
        Some(&mut slot.row)
    }

    /// Overwrites a row that is there.
    pub fn put(&mut self, row: R) {
        if let Some(present) = self.edit(&row.key()) {
            *present = row;
        }
    }

    pub fn make(&mut self, row: R) {
        let key = row.key();
        let before = self.rows.get(&key).map(|slot| slot.mark);
        let mark = match before {
            None | Some(Mark::Made) => Mark::Made,
            Some(_) => Mark::Remade,
        };
        if !matches!(before, Some(Mark::Made | Mark::Remade)) {
            self.made.push(key.clone());
        }
        self.changed += usize::from(matches!(before, None | Some(Mark::Kept)));
        self.rows.insert(key, Slot { row, mark });
    }

    /// A row that was made in this batch goes without a trace.
    pub fn drop(&mut self, key: &R::Key) {
        let Some(slot) = self.rows.get_mut(key) else { return };
        match std::mem::replace(&mut slot.mark, Mark::Dropped) {
            Mark::Kept => self.changed += 1,
            Mark::Edited | Mark::Dropped => {}
            Mark::Remade => self.made.retain(|made| made != key),
            Mark::Made => {
                self.rows.remove(key);
                self.made.retain(|made| made != key);
                self.changed -= 1;
            }
        }
    }

    /// Notes what another table's change means for this view of it. Views are never written.
    pub fn learn(&mut self, row: R) {
        self.load(row);
    }

    /// The same, for what is no longer so.
    pub fn forget(&mut self, key: &R::Key) {
        self.rows.remove(key);
    }
}

impl<R: Row<Key = F, Find = F>, F: Ord + Clone + Debug> Table<R> {
    /// For rows that lead on to others. `None`: absent, or not known yet; either way there is
    /// nothing more to ask for now.
    pub fn follow(&mut self, key: &F) -> Option<&R> {
        if !self.rows.contains_key(key) {
            self.await_rows(key);
        }
        self.get(key)
    }
}

impl<R: Child> Table<R> {
    pub fn of<'t>(&'t self, parent: &'t R::Find) -> impl Iterator<Item = &'t R> {
        let rows = self.rows.range(R::lowest(parent)..);
        let rows = rows.take_while(|(key, _)| R::parent(key) == *parent);
        rows.filter(|(_, slot)| slot.mark != Mark::Dropped).map(|(_, slot)| &slot.row)
    }

    pub fn follow_all<'t>(&'t mut self, parent: &'t R::Find) -> impl Iterator<Item = &'t R> {
        self.await_rows(parent);
        self.of(parent)
    }
}

/// Rows that are only ever added, and never looked at here.
#[derive(Clone, Debug, PartialEq)]
pub struct Log<R>(pub Vec<R>);

impl<R> Default for Log<R> {
    fn default() -> Self {
        Log(Vec::new())
    }
}

impl<R> Log<R> {
    pub fn add(&mut self, row: R) {
        self.0.push(row);
    }
}

/// A view: what a name stands for in the table that it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Name<N, I> {
    pub name: N,
    pub is: I,
}

impl<N: Ord + Clone + Debug, I> Row for Name<N, I> {
    type Key = N;
    type Find = N;
    fn key(&self) -> N {
        self.name.clone()
    }
}

/// A folded user name; the address has a type of its own, for they are two columns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FoldedName(pub String);
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FoldedEmail(pub String);
/// What a user name has in common with those that look like it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skeleton(pub String);

pub type UsernameOwner = Name<FoldedName, AccountId>;
pub type EmailOwner = Name<FoldedEmail, AccountId>;
pub type LookalikeOwner = Name<Skeleton, AccountId>;
/// A session that is good, and the era of its account in which it is. Read and not locked: who asks
/// changes nothing of it.
pub type Standing = Name<SessionId, i64>;
/// A key, and when it was revoked.
pub type KeyStanding = Name<ApiKeyId, Option<Micros>>;
pub type SlugOwner = Name<Text<100>, CategoryId>;
/// How many products a category has: more than a batch can take out of it are not counted.
pub type CategoryUse = Name<CategoryId, i64>;
pub type SkuOwner = Name<Sku, ProductId>;
pub type PublicIdOwner = Name<PublicId, ProductId>;

/// All that a batch knows. The store tells in which order the tables are locked and written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    pub usernames: Table<UsernameOwner>,
    pub lookalikes: Table<LookalikeOwner>,
    pub emails: Table<EmailOwner>,
    pub accounts: Table<Account>,
    pub addresses: Table<Address>,
    pub links: Table<Link>,
    pub factors: Table<Factor>,
    pub sessions: Table<Session>,
    pub api_keys: Table<ApiKey>,
    pub slugs: Table<SlugOwner>,
    pub categories: Table<Category>,
    pub branches: Table<Branch>,
    pub category_uses: Table<CategoryUse>,
    pub carts: Table<Cart>,
    pub holds: Table<Hold>,
    pub crowds: Table<Crowd>,
    pub offers: Table<Offer>,
    pub skus: Table<SkuOwner>,
    pub public_ids: Table<PublicIdOwner>,
    pub products: Table<Product>,
    pub shelves: Table<Shelf>,
    pub orders: Table<Arc<Order>>,
    pub claims: Table<Claim>,
    pub counters: Table<Counter>,
    pub consumers: Table<Consumer>,
    pub figures: Table<Figure>,
    pub standings: Table<Standing>,
    pub key_standings: Table<KeyStanding>,
    pub ledgers: Table<Ledger>,
    pub placed: Table<PlacedBefore>,
    pub traces: Table<Trace>,
    /// Found by what was read, at the last look.
    pub bought: Table<Bought>,
    pub entries: Log<StockEntry>,
    pub events: Log<Event>,
    pub trail: Log<TrailEntry>,
    pub erasures: Log<Erasure>,
    pub regained: Log<Regained>,
    pub prunes: Log<Prune>,
    /// What may come into which cart, for who has to know it before it is there.
    pub puts: BTreeSet<(CartId, ProductRef)>,
    /// A rule would look at what has been read once more, before it decides.
    pub looks_again: bool,
    /// This is that look.
    pub is_last_look: bool,
}

/// Whose key it is, and the key.
pub type Keyhole = (Caller, IdempotencyKey);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LocationId;

    type Numbers = Table<Name<u8, u8>>;

    fn name(name: u8, is: u8) -> Name<u8, u8> {
        Name { name, is }
    }

    #[test]
    fn an_edited_row_is_marked_and_counted_once() {
        let mut table = Numbers::default();
        table.load(name(1, 1));
        assert_eq!((table.changed, table.get(&1).unwrap().is), (0, 1));
        table.edit(&1).unwrap().is = 2;
        table.edit(&1).unwrap().is = 3;
        assert_eq!((table.changed, table.rows[&1].mark), (1, Mark::Edited));
        assert!(table.edit(&2).is_none(), "what is not there is not made by an edit");
    }

    #[test]
    fn a_row_that_was_made_stays_made_when_it_is_edited() {
        let mut table = Numbers::default();
        table.make(name(1, 1));
        table.edit(&1).unwrap().is = 2;
        assert_eq!((table.rows[&1].mark, table.made.as_slice()), (Mark::Made, [1].as_slice()));
    }

    #[test]
    fn a_row_that_is_dropped_is_gone_at_once_and_may_be_made_again() {
        let mut table = Numbers::default();
        table.load(name(1, 1));
        table.drop(&1);
        assert!(table.get(&1).is_none() && table.edit(&1).is_none());
        assert_eq!((table.changed, table.rows[&1].mark), (1, Mark::Dropped));
        table.make(name(1, 2));
        assert_eq!((table.rows[&1].mark, table.get(&1).unwrap().is), (Mark::Remade, 2));
        table.make(name(2, 2));
        table.drop(&2);
        assert!(!table.rows.contains_key(&2), "made and dropped in one batch: never written");
        assert_eq!(table.made, [1]);
    }

    #[test]
    fn a_row_is_counted_and_listed_once_whatever_becomes_of_it() {
        let mut table = Numbers::default();
        (1..=2).for_each(|number| table.load(name(number, 1)));
        let counted = |table: &Numbers| (table.changed, table.made.clone());
        table.edit(&1).unwrap().is = 2;
        table.drop(&1);
        table.drop(&1);
        table.drop(&9);
        assert_eq!(counted(&table), (1, vec![]));
        table.make(name(1, 3));
        table.make(name(1, 4));
        assert_eq!((counted(&table), table.rows[&1].mark), ((1, vec![1]), Mark::Remade));
        table.drop(&1);
        assert_eq!((counted(&table), table.rows[&1].mark), ((1, vec![]), Mark::Dropped));
        table.make(name(3, 1));
        table.make(name(3, 2));
        assert_eq!((counted(&table), table.rows[&3].mark), ((2, vec![3]), Mark::Made));
        table.drop(&3);
        assert_eq!(counted(&table), (1, vec![]), "nothing is left of it to be written");
        table.make(name(2, 2));
        assert_eq!((counted(&table), table.rows[&2].mark), ((2, vec![2]), Mark::Remade));
    }

    #[test]
    fn what_was_loaded_is_not_asked_for_again() {
        let mut table = Numbers::default();
        assert!(table.follow(&1).is_none() && table.is_followed);
        table.settle();
        assert!(
            table.follow(&1).is_none() && !table.is_followed,
            "it is not there: no more to ask"
        );
        assert!(table.pending.is_empty());
        table.learn(name(1, 7));
        assert_eq!(table.follow(&1).unwrap().is, 7);
        assert_eq!(table.changed, 0, "a view is never written");
    }

    /// Stock of one product in two places: neither hides the other.
    #[test]
    fn one_find_brings_all_rows_of_a_parent_and_no_others() {
        let shelf = |product, location| Shelf {
            location: LocationId(location),
            ..Shelf::empty(ProductId(product))
        };
        let places = |table: &Table<Shelf>, product: i64| -> Vec<i64> {
            table.of(&ProductId(product)).map(|shelf| shelf.location.0).collect()
        };
        let mut table = Table::<Shelf>::default();
        assert_eq!(table.follow_all(&ProductId(2)).count(), 0);
        assert!(table.is_followed && table.pending.contains(&ProductId(2)));
        for (product, location) in [(1, 9), (2, i64::MIN), (2, 1), (2, 7), (3, 1)] {
            table.load(shelf(product, location));
        }
        table.settle();
        assert_eq!(table.follow_all(&ProductId(2)).count(), 3);
        assert!(!table.is_followed && table.pending.is_empty());
        assert_eq!(places(&table, 2), [i64::MIN, 1, 7]);
        table.drop(&(ProductId(2), LocationId(1)));
        assert_eq!((places(&table, 2), places(&table, 4)), (vec![i64::MIN, 7], vec![]));
    }

    #[test]
    fn a_lock_that_is_asked_for_after_the_row_was_read_is_found_out() {
        let mut table = Numbers::default();
        table.want_locked(&1);
        table.settle();
        table.want_locked(&1);
        assert!(!table.is_late, "it was locked when it was read");
        table.want(&2);
        table.settle();
        table.want_locked(&2);
        assert!(table.is_late);
    }
}
