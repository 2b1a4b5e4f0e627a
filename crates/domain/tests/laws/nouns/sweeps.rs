//! Sweeps, of which there is nothing to draw. What they may take is for whoever forgets it.

use super::{Drawn, Noun, unkeyed};
use crate::{drafts::act, shop::Shop};
use domain::{Listed, Micros, Sweep};
use model::Model;
use proptest::{prelude::*, test_runner::TestCaseResult};

/// For so long the trail is kept.
pub const TRAIL_US: i64 = Micros::DAY;

pub struct Sweeps;

impl Noun for Sweeps {
    fn drafts(&self) -> Vec<Drawn> {
        vec![unkeyed(1, Just(Sweep { trail_us: TRAIL_US }.action()).prop_map(act))]
    }

    fn compare(&self, _: &Model, _: &Shop) -> TestCaseResult {
        Ok(())
    }
}
