//! Sweeps have no rows of their own: what they may take is told by the nouns that they take from.

use super::{Checked, Comes, Draw, Noun, draws::draws};
use crate::simulation::SYSTEM;
use domain::{Listed, Sweep};
use model::Model;
use rusqlite::Connection;

pub struct Sweeps;

impl Noun for Sweeps {
    fn draws(&self) -> &'static [Draw] {
        draws! {
            Sweep, 1, Grave: |_| (SYSTEM, Sweep);
        }
    }

    fn ways(&self) -> &'static [(&'static str, Comes)] {
        &[(Sweep::NAME, Comes::ByItself("every node sweeps, every half minute"))]
    }

    fn judge(&self, _: &Connection, _: &Model) -> Checked {
        Ok(())
    }

    fn judge_all(&self, _: &Connection, _: &Model) -> Checked {
        Ok(())
    }
}
