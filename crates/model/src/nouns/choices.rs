//! Orders that are chosen, as they should be: those that were found, and the same ones for ever under a key.

use crate::{Expected, Kept, Model, Modelled, modelled::modelled};
use domain::{ChooseOrders, Context, Listed, choices::Chosen};

impl Modelled for ChooseOrders {
    fn expect(&self, _: &mut Model, _: Context) -> Expected<Self> {
        Ok(self.chosen.clone())
    }

    fn strip(&mut self) {
        self.chosen = Chosen::default();
    }

    fn kept_of(chosen: &Chosen) -> Option<Kept> {
        Some(Kept::answer(chosen))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        ChooseOrders::before(kept).map(Kept::answer)
    }
}

modelled!(choices: ChooseOrders(ChooseOrders));
