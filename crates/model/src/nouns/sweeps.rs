//! A sweep, of which the model knows no more than when it came: what may be gone is for whoever looks
//! at the rows.

use crate::{Expected, Model, Modelled, modelled::modelled};
use domain::{Context, Sweep};

impl Modelled for Sweep {
    fn expect(&self, model: &mut Model, Context { now, .. }: Context) -> Expected<Self> {
        model.touched.swept_at = Some(now);
        Ok(())
    }
}

modelled!(sweeps: Sweep(Sweep));
