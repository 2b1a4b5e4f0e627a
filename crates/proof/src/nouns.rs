//! The shop's nouns, a file each: how its commands are drawn, what clients learn of them, how its rows
//! are judged by the model, and how it is asked for over HTTP. What a command should come to is told in
//! the crate `model`, in a file of the same name.

pub mod accounts;
pub mod addresses;
pub mod api_keys;
pub mod carts;
pub mod categories;
pub mod choices;
pub mod claims;
pub mod consumers;
pub mod credentials;
mod draws;
pub mod factors;
pub mod figures;
pub mod keys;
pub mod links;
pub mod orders;
pub mod products;
mod references;
pub mod rows;
pub mod sessions;
pub mod stock;
pub mod sweeps;
#[cfg(test)]
mod tests;
mod trail;

use crate::{
    attack::torture::{Comparison, Past},
    simulation::{Clients, Request},
};
use domain::{Action, Outcome};
use model::Model;
use rusqlite::Connection;
use std::fmt::Debug;
use uuid::Uuid;

pub use draws::{Care, Draw};

/// What broke, in one line.
pub type Broken = String;
pub type Checked = Result<(), Broken>;

/// How a command comes into a tortured shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comes {
    Asked,
    /// The shop does it by itself, in every tortured shop, and what it did is looked at.
    Seen,
    /// Nobody can ask for it over the wire.
    ByItself(&'static str),
}

pub trait Noun: Sync {
    /// How its commands are drawn in the simulation.
    fn draws(&self) -> &'static [Draw];

    /// How each of them comes into a tortured shop.
    fn ways(&self) -> &'static [(&'static str, Comes)];

    /// Gives a request an id of its own, as a node does. Tells whether the database refuses the request
    /// for ever, if no rule does before.
    fn renew(&self, _: &mut Clients, _: &mut Action, _: Uuid) -> bool {
        false
    }

    /// Makes it another request, which must not go by the same key; false if it cannot be.
    fn twist(&self, _: &Clients, _: &mut Action) -> bool {
        false
    }

    /// What a client knows from now on.
    fn learn(&self, _: &mut Clients, _: &Request, _: &Outcome) -> Checked {
        Ok(())
    }

    /// Whether the rows that the last commit has touched are as the model has them.
    fn judge(&self, rows: &Connection, model: &Model) -> Checked;

    /// The same of every row.
    fn judge_all(&self, rows: &Connection, model: &Model) -> Checked;

    /// What its rows are counted by, and how many there are.
    fn counted(&self, _: &Model) -> Option<(&'static str, i64)> {
        None
    }

    /// Lets the model forget what a sweep may have taken, and has.
    fn forget(&self, _: &Connection, _: &mut Model, _: domain::Micros) -> Checked {
        Ok(())
    }

    /// By which its rows are read in a tortured shop. `@x` is the id of that column.
    fn statements(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether what clients of a tortured shop were told is there, as it was told and once, and nothing
    /// that nobody asked for.
    fn compare(&self, _: &Comparison, _: &mut Past, _: &mut Vec<String>) -> anyhow::Result<()> {
        Ok(())
    }

    /// What the shop has done by itself in a torture, and how often.
    fn seen(&self, _: &Comparison) -> anyhow::Result<Option<(&'static str, usize)>> {
        Ok(None)
    }

    /// Its table as text, for the treatment of what is less grave.
    fn texts(&self) -> Option<Texts> {
        None
    }
}

/// A statement that both engines understand, and the same rows by the model.
#[derive(Clone, Copy)]
pub struct Texts {
    pub sql: &'static str,
    pub expected: fn(&Model) -> Vec<Vec<String>>,
}

pub static NOUNS: &[&dyn Noun] = &[
    &accounts::Accounts,
    &credentials::Credentials,
    &links::Links,
    &factors::Factors,
    &addresses::Addresses,
    &sessions::Sessions,
    &api_keys::ApiKeys,
    &categories::Categories,
    &products::Products,
    &stock::Stock,
    &carts::Carts,
    &orders::Orders,
    &choices::Choices,
    &claims::Claims,
    &consumers::Consumers,
    &figures::Figures,
    &sweeps::Sweeps,
];

/// All that the nouns draw.
pub fn draws() -> impl Iterator<Item = &'static Draw> {
    NOUNS.iter().flat_map(|noun| noun.draws())
}

pub fn same<T: PartialEq + Debug>(what: &str, found: T, expected: T) -> Checked {
    match found == expected {
        true => Ok(()),
        false => Err(format!("{what}: the row is {found:?}, and should be {expected:?}")),
    }
}
