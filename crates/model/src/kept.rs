//! What a key brings again: the answer that was kept under it.

use crate::Modelled;
use domain::{Action, OrderId};
use std::fmt::Debug;

#[derive(Clone, Debug, PartialEq)]
pub enum Kept {
    Order(OrderId),
    /// All of an answer, as it shows itself.
    Answer(String),
    /// Nothing that this version could read.
    Unreadable,
}

impl Kept {
    pub fn answer(answer: impl Debug) -> Kept {
        Kept::Answer(format!("{answer:?}"))
    }

    /// As its own command reads it.
    pub fn read(action: &Action, text: &str) -> Kept {
        Modelled::read(action, text).unwrap_or(Kept::Unreadable)
    }
}
