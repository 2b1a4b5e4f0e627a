//! Shelves: what lies in one place of one product, and what of it is promised to carts. All that takes from
//! a shelf or puts back goes through here, and leaves in its tally what the batch has to write.

use super::{LocationId, Stock};
use crate::{
    Micros, OrderLine, ProductId, ShortLine,
    facts::{Child, Row, Table},
};

/// What lies in one place of one product.
#[derive(Clone, Debug, PartialEq)]
pub struct Shelf {
    pub product: ProductId,
    pub location: LocationId,
    pub on_hand: i64,
    pub reserved: i64,
    pub tally: Tally,
}

/// What a batch has done to a shelf.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Added to what is on hand: it is written as a sum, which is right even if a lock was forgotten.
    pub delta: i64,
    /// Added to what is reserved, in the same way.
    pub reserved: i64,
    /// Units sold and given back, one entry each per batch: the order lines hold the detail.
    pub sold: i64,
    pub returned: i64,
    pub at: Micros,
}

impl Row for Shelf {
    type Key = (ProductId, LocationId);
    type Find = ProductId;
    fn key(&self) -> Self::Key {
        (self.product, self.location)
    }
}

impl Child for Shelf {
    fn parent((product, _): &Self::Key) -> ProductId {
        *product
    }
    fn lowest(product: &ProductId) -> Self::Key {
        (*product, LocationId(i64::MIN))
    }
}

impl Shelf {
    /// Where a new product will lie.
    pub fn empty(product: ProductId) -> Shelf {
        let (location, tally) = (LocationId::MAIN, Tally::default());
        Shelf { product, location, on_hand: 0, reserved: 0, tally }
    }

    pub fn stock(&self) -> Stock {
        Stock { on_hand: self.on_hand, reserved: self.reserved }
    }

    pub(super) fn shift(&mut self, delta: i64) {
        self.on_hand += delta;
        self.tally.delta += delta;
    }
}

/// What a shelf cannot give.
#[derive(Clone, Debug, PartialEq)]
pub struct OutOfStock(pub Vec<ShortLine>);

impl Table<Shelf> {
    /// The one place where goods are sold from, today.
    pub fn main(&self, product: ProductId) -> Option<&Shelf> {
        self.get(&(product, LocationId::MAIN))
    }

    fn edit_main(&mut self, product: ProductId) -> Option<&mut Shelf> {
        self.edit(&(product, LocationId::MAIN))
    }

    /// What comes in lies somewhere: on the shelf that is there, or on a new one.
    pub(super) fn shelve(&mut self, product: ProductId) -> Option<&mut Shelf> {
        if self.main(product).is_none() {
            self.make(Shelf::empty(product));
        }
        self.edit_main(product)
    }

    /// Takes every line off the shelf, or nothing: then it says all that are short.
    pub fn take(&mut self, lines: &[OrderLine], now: Micros) -> Result<(), OutOfStock> {
        let short: Vec<_> = lines.iter().filter_map(|line| self.shortage(line)).collect();
        if !short.is_empty() {
            return Err(OutOfStock(short));
        }
        self.sell(lines, now);
        Ok(())
    }

    pub fn give_back(&mut self, lines: &[OrderLine], now: Micros) {
        for line in lines {
            let units = line.quantity.units();
            if let Some(shelf) = self.shelve(line.product) {
                shelf.shift(units);
                shelf.tally.returned += units;
                shelf.tally.at = now;
            }
        }
    }

    /// Promises units to a cart.
    pub(crate) fn reserve(
        &mut self,
        product: ProductId,
        units: i64,
        now: Micros,
    ) -> Result<(), ShortLine> {
        let available = self.main(product).map_or(0, |shelf| shelf.stock().available());
        if units > available {
            return Err(ShortLine { product, requested: units, available });
        }
        self.promise(product, units, now);
        Ok(())
    }

    /// A cart lets them go. Where somebody wrote beside the shop, fewer may be promised than carts hold: carts
    /// come to their end nevertheless, and then the two agree.
    pub(crate) fn unreserve(&mut self, product: ProductId, units: i64, now: Micros) {
        self.promise(product, -units, now);
    }

    fn promise(&mut self, product: ProductId, units: i64, now: Micros) {
        let promised = self.main(product).map_or(0, |shelf| shelf.reserved);
        let units = units.max(-promised.max(0));
        if units != 0
            && let Some(shelf) = self.edit_main(product)
        {
            shelf.reserved += units;
            shelf.tally.reserved += units;
            shelf.tally.at = now;
        }
    }

    /// Sells what a cart was promised: it leaves the shelf and is promised no more. All of it lies there, unless
    /// somebody wrote beside the shop.
    pub(crate) fn sell_held(&mut self, lines: &[OrderLine], now: Micros) -> Result<(), OutOfStock> {
        let lies = |line: &&OrderLine| {
            let on_hand = self.main(line.product).map_or(0, |shelf| shelf.on_hand);
            line.quantity.units() <= on_hand
        };
        let missing = lines.iter().filter(|line| !lies(line)).map(|line| ShortLine {
            product: line.product,
            requested: line.quantity.units(),
            available: self.main(line.product).map_or(0, |shelf| shelf.on_hand),
        });
        let missing: Vec<_> = missing.collect();
        if !missing.is_empty() {
            return Err(OutOfStock(missing));
        }
        for line in lines {
            self.unreserve(line.product, line.quantity.units(), now);
        }
        self.sell(lines, now);
        Ok(())
    }

    fn sell(&mut self, lines: &[OrderLine], now: Micros) {
        for line in lines {
            let units = line.quantity.units();
            if let Some(shelf) = self.edit_main(line.product) {
                shelf.shift(-units);
                shelf.tally.sold += units;
                shelf.tally.at = now;
            }
        }
    }

    /// A product without a shelf has nothing to sell.
    fn shortage(&self, line: &OrderLine) -> Option<ShortLine> {
        let requested = line.quantity.units();
        let available = self.main(line.product).map_or(0, |shelf| shelf.stock().available());
        (requested > available).then_some(ShortLine { product: line.product, requested, available })
    }
}
