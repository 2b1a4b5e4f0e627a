//! How the rows of a list of products are come by. It is decided here, by what the list is narrowed to and
//! sorted by, and the statement leaves the planner no choice: of a young or a lopsided catalog it knows little.
//!
//! A list is walked along an index that has its rows in their order, and the walk ends with the page; or
//! the few that it could have are gathered and sorted. No index is on the counters of the stock, which change all
//! the time: each product that is met is asked for its own.

use super::{
    lists::{InStock, ProductFilter, ProductOrder, TREE, Within},
    looked_up, select,
};
use crate::{
    query::{Direction, Filter, Page, contains},
    value::Value,
};
use domain::fold;

/// So many rows are met in all categories that are walked side by side.
const MERGED_MOST: i64 = 5_000;
/// More than are ever gathered, or named by their ids.
const GATHERED_BOUND: i64 = 1_000_000;
/// The id of none, where a statement has room for more.
const NO_CATEGORY: i64 = -1;

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Way {
    /// Along the index of the order, and what does not match is passed over.
    Walked,
    /// Along the index of the order in each category, and merged.
    Merged,
    /// All that the index of the category, the price or the ids has; then sorted.
    Gathered,
}

/// A list, as it is asked of the database.
pub(super) struct Listing<'l> {
    pub filter: &'l ProductFilter,
    pub within: &'l Within,
    pub order: ProductOrder,
    pub page: &'l Page<super::After>,
    /// What joins the stock of product `p`, as `s`.
    pub stock: &'static str,
}

impl ProductOrder {
    fn column(self) -> &'static str {
        match self {
            ProductOrder::Created => "p.id",
            ProductOrder::Name => "p.name",
            ProductOrder::Price => "p.own_price_minor",
        }
    }

    /// The same values, of which neither engine sees that an index has them sorted.
    fn unindexed(self) -> &'static str {
        match self {
            ProductOrder::Created => "+p.id",
            ProductOrder::Name => "p.name || ''",
            ProductOrder::Price => "+p.own_price_minor",
        }
    }

    /// As the view has it.
    fn shown(self) -> &'static str {
        match self {
            ProductOrder::Price => "p.amount_minor",
            other => other.column(),
        }
    }
}

/// What an index finds: by category and price, or by ids.
pub(super) fn matched(filter: &ProductFilter, within: &Within) -> Filter {
    let mut conditions = Filter::default();
    match within {
        Within::Everything if filter.ids.is_empty() => conditions.sql("p.is_archived = false"),
        // Not as an index has it: that of the ids is wanted.
        Within::Everything => conditions.sql("not p.is_archived"),
        // What is archived is in no category.
        Within::Few(ids) if ids.is_empty() => conditions.sql("false"),
        Within::Few(ids) => {
            conditions.any_of_many("p.category_id", ids.iter().map(|id| (*id).into()));
        }
        Within::Many(slug) => conditions
            .with(|n| format!("p.category_id in ({})", TREE.replace("$slug", n)), slug.clone()),
    }
    if filter.is_priced() {
        priced(filter, "p.own_price_minor", &mut conditions);
    }
    conditions.any("p.id", filter.ids.iter().map(|id| (*id).into()));
    conditions
}

pub(super) fn count_conditions(filter: &ProductFilter, within: &Within) -> Filter {
    let mut conditions = matched(filter, within);
    looked_at(filter, &mut conditions);
    conditions
}

/// Between two bounds, always: of one alone Postgres expects that it finds a third of all.
fn priced(filter: &ProductFilter, price: &str, conditions: &mut Filter) {
    conditions.with(|n| format!("{price} >= {n}"), filter.min_price_minor.unwrap_or(0));
    conditions.with(|n| format!("{price} <= {n}"), filter.max_price_minor.unwrap_or(i64::MAX));
}

/// What no index finds.
fn looked_at(filter: &ProductFilter, conditions: &mut Filter) {
    if let Some(stocked) = stocked(filter) {
        conditions.sql(stocked);
    }
    searched(filter, conditions);
}

fn stocked(filter: &ProductFilter) -> Option<&'static str> {
    match filter.in_stock? {
        InStock::Available => Some("s.on_hand > s.reserved"),
        InStock::SoldOut => Some("s.on_hand <= s.reserved"),
        InStock::OnHand => Some("s.on_hand > 0"),
    }
}

fn searched(filter: &ProductFilter, conditions: &mut Filter) {
    if let Some(words) = &filter.search {
        let pattern = contains(&fold(words));
        conditions.with(|n| format!("p.search_folded like {n} escape '\\'"), pattern);
    }
}

impl ProductFilter {
    fn is_priced(&self) -> bool {
        self.min_price_minor.or(self.max_price_minor).is_some()
    }
}

impl Listing<'_> {
    /// None where it depends on how many match.
    pub fn way(&self) -> Option<Way> {
        let is_passed_over = self.filter.is_priced() && self.order != ProductOrder::Price;
        match self.within {
            _ if !self.filter.ids.is_empty() => Some(Way::Gathered),
            _ if is_passed_over => None,
            Within::Everything => Some(Way::Walked),
            Within::Few(ids) if ids.len() == 1 => Some(Way::Walked),
            Within::Few(ids) => {
                let met = ids.len() as i64 * (self.page.limit + self.page.offset);
                (met <= MERGED_MOST).then_some(Way::Merged)
            }
            Within::Many(_) => None,
        }
    }

    pub fn statement(&self, way: Way) -> (String, Vec<Value<'static>>) {
        if way == Way::Gathered {
            return self.gathered();
        }
        let mut conditions = self.passed(way);
        looked_at(self.filter, &mut conditions);
        self.go_on(self.order.column(), &mut conditions);
        let limited = self.limited(&mut conditions);
        let (clause, column) = (conditions.where_clause(), self.order.column());
        let sql = match (way, self.within) {
            (Way::Merged, Within::Few(ids)) => {
                let arms = self.arms(ids, &clause, &mut conditions);
                let order = self.sorted("found.key", "found.id");
                self.shown(&format!("select id from ({arms}) found {order} {limited}"))
            }
            _ if self.filter.search.is_some() => {
                let order = self.sorted(column, "p.id");
                self.shown(&format!("select p.id {} {clause} {order} {limited}", self.from()))
            }
            _ => {
                let order = self.sorted(column, "p.id");
                format!("{} {clause} {order} {limited}", looked_up(self.stock))
            }
        };
        (sql, conditions.params)
    }

    /// All that an index finds, sorted; then the stock of one after the other, as far as the page goes.
    fn gathered(&self) -> (String, Vec<Value<'static>>) {
        let mut conditions = matched(self.filter, self.within);
        searched(self.filter, &mut conditions);
        self.go_on(self.order.unindexed(), &mut conditions);
        let limited = self.limited(&mut conditions);
        let (clause, order) =
            (conditions.where_clause(), self.sorted(self.order.unindexed(), "p.id"));
        let found = format!("select p.id from products p {clause} {order}");
        let found = match stocked(self.filter) {
            None => format!("{found} {limited}"),
            // The bound, which nothing reaches, keeps them sorted.
            Some(stocked) => format!(
                "select p.id from ({found} limit {GATHERED_BOUND}) p {} where {stocked} {limited}",
                self.stock
            ),
        };
        (self.shown(&found), conditions.params)
    }

    /// What a walk looks at of each product that it meets. It is for no index to find: the order's is walked.
    fn passed(&self, way: Way) -> Filter {
        let mut conditions = Filter::default();
        match self.within {
            Within::Everything => conditions.sql("p.is_archived = false"),
            Within::Few(_) if way == Way::Merged => {}
            Within::Few(ids) if ids.len() == 1 => {
                conditions.with(|n| format!("p.category_id = {n}"), ids[0]);
            }
            Within::Few(ids) => {
                conditions.sql("p.is_archived = false");
                conditions.any_of_many("+p.category_id", ids.iter().map(|id| (*id).into()));
            }
            Within::Many(slug) => {
                conditions.sql("p.is_archived = false");
                // A value, of which no planner makes a join.
                let is_in =
                    |n: &str| format!("(p.category_id in ({})) is true", TREE.replace("$slug", n));
                conditions.with(is_in, slug.clone());
            }
        }
        if self.filter.is_priced() {
            let price = match self.order {
                ProductOrder::Price => "p.own_price_minor",
                _ => "+p.own_price_minor",
            };
            priced(self.filter, price, &mut conditions);
        }
        conditions
    }

    /// After the row that the page before it ended with.
    fn go_on(&self, column: &str, conditions: &mut Filter) {
        let Some((key, id)) = &self.page.after else { return };
        let more = match self.page.direction {
            Direction::Rising => ">",
            Direction::Falling => "<",
        };
        let id = conditions.param((*id).into());
        match self.order {
            ProductOrder::Created => conditions.sql(&format!("{column} {more} {id}")),
            ProductOrder::Name | ProductOrder::Price => {
                let key = conditions.param(key.clone());
                conditions.sql(&format!("({column}, p.id) {more} ({key}, {id})"));
            }
        }
    }

    fn limited(&self, conditions: &mut Filter) -> String {
        let Page { limit, offset, .. } = self.page;
        match offset {
            0 => format!("limit {limit}"),
            _ => format!("limit {limit} offset {}", conditions.param((*offset).into())),
        }
    }

    fn sorted(&self, key: &str, id: &str) -> String {
        let direction = match self.page.direction {
            Direction::Rising => "asc",
            Direction::Falling => "desc",
        };
        format!("order by {key} {direction}, {id} {direction}")
    }

    /// Products, with the stock that is asked for.
    fn from(&self) -> String {
        let stock = self.filter.in_stock.map(|_| self.stock).unwrap_or_default();
        format!("from products p {stock}")
    }

    /// The first of each category; a power of two of them, so that there are few statements to prepare.
    fn arms(&self, ids: &[i64], clause: &str, conditions: &mut Filter) -> String {
        let room = ids.len().next_power_of_two();
        let ids = ids.iter().copied().chain(std::iter::repeat(NO_CATEGORY)).take(room);
        let (column, most) = (self.order.column(), self.page.limit + self.page.offset);
        let (from, order) = (self.from(), self.sorted(column, "p.id"));
        let clause = match clause {
            "" => "where".to_owned(),
            clause => format!("{clause} and"),
        };
        let arms = ids.map(|id| {
            let id = conditions.param(id.into());
            format!(
                "select id, key from (select p.id, {column} as key {from} \
                 {clause} p.category_id = {id} {order} limit {most}) arm"
            )
        });
        arms.collect::<Vec<_>>().join(" union all ")
    }

    /// The page's rows, of the ids that were found.
    fn shown(&self, found: &str) -> String {
        let order = self.sorted(self.order.shown(), "p.id");
        format!(
            "{} from ({found}) page join priced_products p on p.id = page.id {} {order}",
            select(),
            self.stock
        )
    }
}
