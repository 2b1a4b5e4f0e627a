//! Orders that come from other systems: a marketplace, a till or an ERP hands over what was ordered there,
//! under its own name for it and for a total that was agreed there.
//!
//! The channel's name and the order's name there are its key, for ever: whoever hands it over again is answered
//! with the same order. Where a channel takes stock, what the catalog knows becomes lines, and leaves the
//! shelves; all else stays what was said.

use super::{Order, OrderId, OrderLine, OrderStatus, PlaceOrder, Reference, ShortLine};
use crate::{
    Caller, ChannelPolicy, Context, Currency, EventKind, Facts, Fingerprint, IdempotencyKey, Money,
    Product, ProductId, ProductRef, Quantity, Text, kinds,
    rules::{Keyed, Numbers, Rule, Weight, Who},
    stock::OutOfStock,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// The most that an order may come to which was handed over, in minor units. Nothing in the shop vouches for it, and
/// the revenue of an hour, of as many orders as a node can take, is to be a number still.
pub const TOTAL_MOST_MINOR: i64 = 100_000_000_000;

/// What another system calls a thing: a number is the small id of a product, a text another name of one. It may
/// be a name that only the other system knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ItemName {
    Number(i64),
    Text(Text<255>),
}

impl ItemName {
    fn product(&self) -> Option<ProductRef> {
        match self {
            ItemName::Number(id) => Some(ProductRef::Id(ProductId(*id))),
            ItemName::Text(name) => ProductRef::named(name).ok(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandedItem {
    pub product: ItemName,
    pub quantity: Quantity,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<200>>,
}

/// Told in one of two ways, and shown in the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandedItems {
    /// One of each, as often as it is named.
    ItemIds(Vec<ItemName>),
    Items(Vec<HandedItem>),
}

impl HandedItems {
    pub fn len(&self) -> usize {
        match self {
            HandedItems::ItemIds(names) => names.len(),
            HandedItems::Items(items) => items.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn each(&self) -> Box<dyn Iterator<Item = (&ItemName, Quantity, Option<Money>)> + '_> {
        match self {
            HandedItems::ItemIds(names) => {
                Box::new(names.iter().map(|name| (name, Quantity::ONE, None)))
            }
            HandedItems::Items(items) => {
                Box::new(items.iter().map(|item| (&item.product, item.quantity, item.price)))
            }
        }
    }
}

/// What was said of the order there, but for its name and its total.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandedOver {
    /// Whoever ordered, as the other system knows him.
    pub user_id: Text<255>,
    #[serde(flatten)]
    pub items: HandedItems,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HandOver {
    #[serde(skip)]
    pub id: OrderId,
    #[serde(skip)]
    pub currency: Currency,
    #[serde(skip)]
    pub channel: Text<50>,
    #[serde(skip)]
    pub policy: ChannelPolicy,
    pub order_id: Reference,
    #[serde(flatten)]
    pub said: HandedOver,
    pub total: Money,
}

kinds! {
    pub enum HandOverRefusal {
        /// Named at these items.
        UnknownItems(Vec<usize>) = "unknown_item",
        /// Of a product that an item before has named at another price.
        OtherPrice { item: usize } = "other_price",
        TooManyUnits { item: usize } = "quantity_too_large",
        TooDear { item: usize } = "line_too_large",
        OutOfStock(Vec<ShortLine>) = "out_of_stock",
    }
}

impl From<OutOfStock> for HandOverRefusal {
    fn from(OutOfStock(lines): OutOfStock) -> HandOverRefusal {
        HandOverRefusal::OutOfStock(lines)
    }
}

impl Rule for HandOver {
    type Outcome = Arc<Order>;
    type Refusal = HandOverRefusal;

    fn name(&self) -> &'static str {
        "hand_over"
    }

    fn keyed(&self) -> Keyed {
        Keyed::OnOrder
    }

    /// The channel's, whichever of its keys is shown.
    fn keeper(&self, _: &Who) -> Caller {
        Caller::channel(&self.channel)
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        let ChannelPolicy { accepts_unknown, takes_stock } = self.policy;
        if accepts_unknown && !takes_stock {
            return;
        }
        let named = self.said.items.each().filter_map(|(name, ..)| name.product());
        named.for_each(|product| product.want(facts));
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Arc<Order>, HandOverRefusal> {
        let lines = self.lines(facts)?;
        facts.shelves.take(&lines, context.now)?;
        let order = Arc::new(self.order(lines, context));
        facts.learn_key(&order);
        facts.events.add(order.event(EventKind::OrderPlaced, None, context));
        facts.tell_what_is_low(&order.lines, context);
        facts.orders.make(order.clone());
        Ok(order)
    }

    fn number(order: &mut Arc<Order>, numbers: &Numbers) {
        PlaceOrder::number(order, numbers);
    }

    fn weight(&self) -> Weight {
        let lines = if self.policy.takes_stock { self.said.items.len() } else { 0 };
        super::weight(lines, self.said.bytes_most())
    }
}

impl HandedOver {
    /// As JSON, where a sign may take two bytes.
    fn bytes_most(&self) -> usize {
        const FIGURES: usize = 128;
        let text = |name: &ItemName| match name {
            ItemName::Number(_) => 0,
            ItemName::Text(text) => text.len(),
        };
        let items: usize = match &self.items {
            HandedItems::ItemIds(names) => names.iter().map(|name| FIGURES + 2 * text(name)).sum(),
            HandedItems::Items(items) => {
                let name = |item: &HandedItem| item.name.as_ref().map_or(0, |name| name.len());
                items.iter().map(|item| FIGURES + 2 * (text(&item.product) + name(item))).sum()
            }
        };
        FIGURES + 2 * self.user_id.len() + items
    }
}

impl HandOver {
    /// The key that it is kept under.
    pub fn key(&self) -> IdempotencyKey {
        IdempotencyKey::stored(self.order_id.as_str())
    }

    /// What leaves the shelves: one line for each product.
    fn lines(&self, facts: &Facts) -> Result<Vec<OrderLine>, HandOverRefusal> {
        let ChannelPolicy { accepts_unknown, takes_stock } = self.policy;
        if accepts_unknown && !takes_stock {
            return Ok(Vec::new());
        }
        let known: Vec<_> =
            self.said.items.each().map(|item| (self.product(item.0, facts), item)).collect();
        let unknown = (0..).zip(&known).filter(|(_, (product, _))| product.is_none());
        let unknown: Vec<usize> = unknown.map(|(index, _)| index).collect();
        if !unknown.is_empty() && !accepts_unknown {
            return Err(HandOverRefusal::UnknownItems(unknown));
        }
        let mut lines = Vec::<OrderLine>::new();
        let mut places = BTreeMap::<ProductId, usize>::new();
        for (item, (product, (_, quantity, price))) in known.into_iter().enumerate() {
            let Some(product) = product.filter(|_| takes_stock) else { continue };
            let price = price.map_or(product.price.minor, |price| price.minor);
            let place = *places.entry(product.id).or_insert(lines.len());
            match lines.get_mut(place) {
                Some(line) if line.unit_price_minor != price => {
                    return Err(HandOverRefusal::OtherPrice { item });
                }
                Some(line) => {
                    let sum = line.quantity.plus(quantity);
                    line.quantity = sum.ok_or(HandOverRefusal::TooManyUnits { item })?;
                }
                None => lines.push(OrderLine {
                    product: product.id,
                    sku: product.sku.clone(),
                    name: product.name.clone(),
                    description: product.description.clone(),
                    quantity,
                    unit_price_minor: price,
                    is_counted: false,
                }),
            }
            let line = &lines[place];
            let total = Money::new(price, self.currency).times(line.quantity);
            total.ok_or(HandOverRefusal::TooDear { item })?;
        }
        Ok(lines)
    }

    fn product<'f>(&self, name: &ItemName, facts: &'f Facts) -> Option<&'f Product> {
        let named = name.product()?;
        named.for_sale(facts).filter(|product| product.price.currency == self.currency)
    }

    fn order(&self, lines: Vec<OrderLine>, Context { who, now }: Context) -> Order {
        Order {
            id: self.id,
            number: None,
            owner: Caller::channel(&self.channel),
            placed_by: None,
            status: OrderStatus::Pending,
            version: 1,
            currency: self.currency,
            total_minor: self.total.minor,
            reference: Some(self.order_id.clone()),
            note: Text::default(),
            delivery_address: None,
            contact: None,
            channel: Some(self.channel.clone()),
            handed_over: Some(Box::new(self.said.clone())),
            once: who.once.clone(),
            lines,
            created_at: now,
            updated_at: now,
            pending_since: Some(now),
            processing_started_at: None,
            processing_completed_at: None,
            failure_reason: None,
        }
    }
}
