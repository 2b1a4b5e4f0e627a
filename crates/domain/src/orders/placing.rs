//! Placing an order: for oneself, or by the staff for a customer.

use super::{ChangedPrice, Details, ExpectedLine, Order, OrderId, Purchase, ShortLine};
use crate::{
    AccountId, Caller, Context, Currency, Facts, Fingerprint, Money, Most,
    bought::BoundedLine,
    facts::Table,
    kinds,
    rules::{Keyed, Numbers, Rule, Weight, Who},
    stock::OutOfStock,
};
use serde::Serialize;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlaceOrder {
    #[serde(skip)]
    pub id: OrderId,
    /// The shop's, for an order that has no line left to tell it.
    #[serde(skip)]
    pub currency: Currency,
    /// The shop's bounds, for products that have none of their own.
    #[serde(skip)]
    pub most: Most,
    pub lines: Vec<ExpectedLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    #[serde(flatten)]
    pub details: Details,
    /// Whose order it will be, where it is not for whoever places it. The key stays his who places it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<AccountId>,
}

kinds! {
    pub enum PlaceRefusal {
        /// Only the staff order for others.
        NotYours = "order_not_yours",
        UnknownCustomer = "unknown_customer",
        /// Named at these lines.
        UnknownProducts(Vec<usize>) = "unknown_product",
        QuantityTooLarge { line: usize } = "quantity_too_large",
        TotalTooLarge = "total_too_large",
        LinesChanged(Vec<ChangedPrice>) = "price_changed_line",
        TotalChanged { expected: Money, total: Money } = "price_changed_total",
        /// More than one order, or one caller, may have.
        TooMany(Vec<BoundedLine>) = "too_many_units",
        OutOfStock(Vec<ShortLine>) = "out_of_stock",
    }
}

impl From<OutOfStock> for PlaceRefusal {
    fn from(OutOfStock(lines): OutOfStock) -> PlaceRefusal {
        PlaceRefusal::OutOfStock(lines)
    }
}

impl Rule for PlaceOrder {
    type Outcome = Arc<Order>;
    type Refusal = PlaceRefusal;

    fn name(&self) -> &'static str {
        "place_order"
    }

    fn keyed(&self) -> Keyed {
        Keyed::OnOrder
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, who: &Who, facts: &mut Facts) {
        if let Some(customer) = self.others(who).filter(|_| who.actor.is_staff()) {
            facts.accounts.want(&customer);
        }
        self.purchase(who).want(facts);
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Arc<Order>, PlaceRefusal> {
        if let Some(customer) = self.others(context.who) {
            if !context.who.actor.is_staff() {
                return Err(PlaceRefusal::NotYours);
            }
            let account = facts.accounts.get(&customer).filter(|account| account.is_active);
            account.ok_or(PlaceRefusal::UnknownCustomer)?;
        }
        self.purchase(context.who).make(context, facts, Table::take)
    }

    fn number(order: &mut Arc<Order>, numbers: &Numbers) {
        if let Some(number) = numbers.get(&order.id) {
            Arc::make_mut(order).number = Some(*number);
        }
    }

    fn weight(&self) -> Weight {
        self.purchase_of(Caller::SYSTEM).weight()
    }
}

impl PlaceOrder {
    /// The customer, if it is not whoever asks.
    fn others(&self, who: &Who) -> Option<AccountId> {
        self.customer.filter(|customer| !who.actor.is_account(*customer))
    }

    fn purchase(&self, who: &Who) -> Purchase<'_> {
        self.purchase_of(self.customer.map_or(who.actor.caller, Caller::account))
    }

    fn purchase_of(&self, owner: Caller) -> Purchase<'_> {
        let PlaceOrder { id, currency, most, ref lines, total, ref details, .. } = *self;
        Purchase { id, owner, currency, most, lines, total, details }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Contact, MoveOrder, OrderStatus, ProductId, ProductRef, Quantity, Text, orders::LINES_MOST,
    };

    #[test]
    fn a_move_weighs_as_much_as_the_longest_order_that_it_may_load() {
        let order = OrderId(uuid::Uuid::nil());
        let line = ExpectedLine {
            product: ProductRef::Id(ProductId(1)),
            quantity: Quantity::new(1).unwrap(),
            price: None,
        };
        let contact = Contact::new(None, None, Some(Text::stored("+49 30 1")));
        let longest = PlaceOrder {
            id: order,
            currency: "EUR".parse().unwrap(),
            lines: vec![line; LINES_MOST],
            total: None,
            most: Most::default(),
            details: Details { contact, ..Details::default() },
            customer: None,
        };
        let moved = MoveOrder::of(order, OrderStatus::Cancelled);
        assert_eq!(moved.weight(), longest.weight());
        let plain = PlaceOrder { details: Details::default(), ..longest.clone() };
        assert!(plain.weight().bytes < longest.weight().bytes);
    }
}
