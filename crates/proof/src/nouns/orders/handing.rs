//! Orders that other systems hand over, as they are drawn: of goods and of what no catalog knows, under names
//! that come again.

use crate::{nouns::references::euros, simulation::Clients};
use domain::{
    ChannelPolicy, HandOver, HandedItem, HandedItems, HandedOver, ItemName, Money, OrderId,
    ProductRef, Quantity, Reference, Text,
};
use uuid::Uuid;

impl Clients {
    /// By one of the staff, as whom a key acts.
    pub(super) fn handing(&mut self) -> (usize, HandOver) {
        let place = self.staff();
        let (accepts_unknown, takes_stock) = (self.random.chance(500), self.random.chance(700));
        let items = match self.random.chance(400) {
            true => {
                let count = 1 + self.random.below(3);
                HandedItems::ItemIds((0..count).map(|_| self.item_name()).collect())
            }
            false => {
                let count = 1 + self.random.below(2);
                HandedItems::Items((0..count).map(|_| self.handed_item()).collect())
            }
        };
        // It is its key as well: each wish has a name of its own.
        let order_id = format!("ORD-{}", self.wishes.len());
        let hand_over = HandOver {
            id: OrderId(Uuid::nil()),
            currency: self.shops_currency(),
            channel: Text::stored(["till", "market"][self.random.below(2)]),
            policy: ChannelPolicy { accepts_unknown, takes_stock },
            order_id: Reference::stored(&order_id),
            said: HandedOver { user_id: Text::stored("USER001"), items },
            total: euros(self.random.between(0, 4) * 250),
        };
        (place, hand_over)
    }

    fn item_name(&mut self) -> ItemName {
        let seen = self.reference().map(|(reference, _)| reference);
        match self.named(seen) {
            ProductRef::Id(id) => ItemName::Number(id.0),
            ProductRef::PublicId(id) => ItemName::Text(Text::stored(&id.0.to_string())),
            ProductRef::Sku(sku) => ItemName::Text(Text::stored(sku.as_str())),
        }
    }

    fn handed_item(&mut self) -> HandedItem {
        let quantity = match self.random.below(60) {
            0 => Quantity::MAX,
            _ => self.random.between(1, 4),
        };
        HandedItem {
            product: self.item_name(),
            quantity: Quantity::new(quantity).expect("it is within bounds"),
            price: match self.random.below(40) {
                // More than an amount can be, with more than one of it.
                0 => Some(euros(Money::MAX_MINOR)),
                1..12 => Some(euros(self.random.between(1, 3) * 250)),
                _ => None,
            },
            name: self.random.chance(200).then(|| Text::stored("Tin \"1\"")),
        }
    }
}
