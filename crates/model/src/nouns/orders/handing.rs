//! Orders that other systems hand over, as they should be.

use super::MOST_PER_LINE;
use crate::{Expected, Kept, Model, Modelled};
use domain::{
    Caller, ChannelPolicy, Context, EventKind, HandOver, HandedItem, HandedItems, ItemName, Listed,
    Money, Order, OrderId, OrderLine, OrderStatus, Product, ProductId, Quantity, Text,
    orders::HandOverRefusal,
};
use std::sync::Arc;
use uuid::Uuid;

impl Modelled for HandOver {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        let lines = sold(self, model)?;
        model.shift(&lines, -1);
        let order = Arc::new(Order {
            id: self.id,
            number: None,
            owner: Caller::channel(&self.channel),
            placed_by: None,
            status: OrderStatus::Pending,
            version: 1,
            currency: self.currency,
            total_minor: self.total.minor,
            reference: Some(self.order_id.clone()),
            note: Text::stored(""),
            delivery_address: None,
            contact: None,
            channel: Some(self.channel.clone()),
            handed_over: Some(Box::new(self.said.clone())),
            once: context.who.once.clone(),
            lines,
            created_at: context.now,
            updated_at: context.now,
            pending_since: Some(context.now),
            processing_started_at: None,
            processing_completed_at: None,
            failure_reason: None,
        });
        model.touched.placed.push(order.id);
        let moved = Some((None, OrderStatus::Pending));
        model.write_down(order.clone(), moved, EventKind::OrderPlaced, None, context);
        for line in &order.lines {
            model.tell_low(line.product, line.quantity.units(), context);
        }
        Ok(order)
    }

    fn strip(&mut self) {
        self.id = OrderId(Uuid::nil());
        // The shop's, and what its key says: no part of what is handed over.
        self.currency = "EUR".parse().expect("it is a currency");
        self.policy = ChannelPolicy::default();
    }

    fn kept_of(order: &Arc<Order>) -> Option<Kept> {
        Some(Kept::Order(order.id))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        HandOver::before(kept).map(Kept::Order)
    }
}

/// What is sold of the catalog's goods, or all that stands against it.
fn sold(wanted: &HandOver, model: &Model) -> Result<Vec<OrderLine>, Vec<HandOverRefusal>> {
    let items: Vec<HandedItem> = match &wanted.said.items {
        HandedItems::Items(items) => items.clone(),
        HandedItems::ItemIds(names) => {
            let one = |product: &ItemName| HandedItem {
                product: product.clone(),
                quantity: Quantity::ONE,
                price: None,
                name: None,
            };
            names.iter().map(one).collect()
        }
    };
    if !wanted.policy.accepts_unknown {
        let is_unknown =
            |(_, item): &(usize, &HandedItem)| found(wanted, model, &item.product).is_none();
        let unknown: Vec<_> = (0..).zip(&items).filter(is_unknown).map(|(at, _)| at).collect();
        if !unknown.is_empty() {
            return Err(vec![HandOverRefusal::UnknownItems(unknown)]);
        }
    }
    if !wanted.policy.takes_stock {
        return Ok(vec![]);
    }
    let mut sold = Vec::<OrderLine>::new();
    for (item, asked) in items.iter().enumerate() {
        let Some(product) = found(wanted, model, &asked.product) else { continue };
        let price = asked.price.unwrap_or(product.price).minor;
        let before = sold.iter().position(|line| line.product == product.id);
        let units = before.map_or(0, |at| sold[at].quantity.units()) + asked.quantity.units();
        if before.is_some_and(|at| sold[at].unit_price_minor != price) {
            return Err(vec![HandOverRefusal::OtherPrice { item }]);
        }
        if units > MOST_PER_LINE {
            return Err(vec![HandOverRefusal::TooManyUnits { item }]);
        }
        if i64::try_from(i128::from(units) * i128::from(price)).is_err() {
            return Err(vec![HandOverRefusal::TooDear { item }]);
        }
        let quantity = Quantity::new(units).expect("it is within bounds");
        match before {
            Some(at) => sold[at].quantity = quantity,
            None => sold.push(OrderLine {
                product: product.id,
                sku: product.sku.clone(),
                name: product.name.clone(),
                description: product.description.clone(),
                quantity,
                unit_price_minor: price,
                is_counted: false,
            }),
        }
    }
    match model.short_lines(&sold) {
        Some(short) => Err(vec![HandOverRefusal::OutOfStock(short)]),
        None => Ok(sold),
    }
}

fn found<'m>(wanted: &HandOver, model: &'m Model, name: &ItemName) -> Option<&'m Product> {
    let is_meant = |product: &&Product| match name {
        ItemName::Number(id) => product.id == ProductId(*id),
        ItemName::Text(text) => {
            product.sku.as_str() == text.as_str()
                || Uuid::try_parse(text)
                    .is_ok_and(|id| text.as_str().len() == 36 && product.public_id.0 == id)
        }
    };
    let is_for_sale = |product: &&Product| {
        !product.is_archived && Money::new(0, wanted.currency).currency == product.price.currency
    };
    model.products.values().filter(is_for_sale).find(is_meant)
}
