//! Sweeps have no rows of their own: what they may take is told by the nouns that they take from. The
//! trail, which all nouns write, is judged here.

use super::{Checked, Comes, Draw, Noun, consumers::KEPT_US, draws::draws, trail};
use crate::simulation::SYSTEM;
use domain::{Listed, Micros, Sweep};
use model::Model;
use rusqlite::Connection;

/// For so long the trail is promised to be kept.
pub const TRAIL_US: i64 = 12 * Micros::HOUR;

pub struct Sweeps;

impl Noun for Sweeps {
    fn draws(&self) -> &'static [Draw] {
        draws! {
            Sweep, 1, Grave: |_| (SYSTEM, Sweep { trail_us: TRAIL_US, consumers_us: KEPT_US });
        }
    }

    fn ways(&self) -> &'static [(&'static str, Comes)] {
        &[(Sweep::NAME, Comes::ByItself("every node sweeps, every half minute"))]
    }

    fn judge(&self, rows: &Connection, model: &Model) -> Checked {
        trail::judge(rows, model)
    }

    fn judge_all(&self, rows: &Connection, model: &Model) -> Checked {
        trail::judge_all(rows, model)
    }

    fn forget(&self, rows: &Connection, model: &mut Model, now: Micros) -> Checked {
        trail::forget(rows, model, now)
    }
}
