//! Sweeps, of which there is nothing to draw. What they may take is for whoever forgets it.

use super::{Drawn, Noun, unkeyed};
use crate::{drafts::act, shop::Shop};
use domain::{Listed, Sweep};
use model::Model;
use proptest::{prelude::*, test_runner::TestCaseResult};

pub struct Sweeps;

impl Noun for Sweeps {
    fn drafts(&self) -> Vec<Drawn> {
        vec![unkeyed(1, Just(Sweep.action()).prop_map(act))]
    }

    fn compare(&self, _: &Model, _: &Shop) -> TestCaseResult {
        Ok(())
    }
}
