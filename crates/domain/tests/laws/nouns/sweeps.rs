//! Sweeps, of which there is nothing to draw. What they may take is for whoever forgets it.

use super::{Drawn, Noun, unkeyed};
use crate::{drafts::act, shop::Shop};
use domain::{Listed, Micros, Sweep};
use model::Model;
use proptest::{prelude::*, test_runner::TestCaseResult};

/// For so long the trail is kept.
pub const TRAIL_US: i64 = Micros::DAY;
/// And for so long a consumer that nobody sees.
pub const CONSUMERS_US: i64 = 7 * Micros::DAY;

pub struct Sweeps;

impl Noun for Sweeps {
    fn drafts(&self) -> Vec<Drawn> {
        let sweep = Sweep { trail_us: TRAIL_US, consumers_us: CONSUMERS_US };
        vec![unkeyed(1, Just(sweep.action()).prop_map(act))]
    }

    fn compare(&self, _: &Model, _: &Shop) -> TestCaseResult {
        Ok(())
    }
}
