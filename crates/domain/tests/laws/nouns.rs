//! What the laws know of the nouns, a file each: how its commands are drawn, as which requests every
//! later version knows them, which answers it still reads, and that the shop has its rows as the model
//! has them.

pub mod accounts;
pub mod addresses;
pub mod carts;
pub mod categories;
pub mod choices;
pub mod claims;
pub mod consumers;
pub mod credentials;
pub mod factors;
pub mod figures;
pub mod keys;
pub mod links;
pub mod orders;
pub mod products;
pub mod sessions;
pub mod stock;
pub mod sweeps;

use crate::{
    answers::KeptAnswer, drafts::Step, golden::Golden, script::Scribe, shop::Shop, weights::Longest,
};
use domain::{Action, CounterName, Facts};
use model::Model;
use proptest::{prelude::*, test_runner::TestCaseResult};

pub trait Noun: Sync {
    /// How its commands are drawn.
    fn drafts(&self) -> Vec<Drawn>;

    /// Gives an attempt ids of its own, as the server does.
    fn renew(&self, _: &mut Action, _: &mut Scribe) {}

    /// What its rows are counted by.
    fn counter(&self) -> Option<CounterName> {
        None
    }

    /// Its views, as a database answers them: out of the rows, whose names are unique.
    fn name_again(&self, _: &mut Facts) {}

    /// Makes it another request of the same kind.
    fn twist(&self, _: &mut Action) {}

    /// Its requests with nothing but what has to be given.
    fn least(&self) -> Vec<Golden> {
        vec![]
    }

    /// And with all that can be given.
    fn most(&self) -> Vec<Golden> {
        vec![]
    }

    /// What is kept of its answers.
    fn kept(&self) -> Vec<KeptAnswer> {
        vec![]
    }

    /// Commands with as many lines, and texts as long, as there can be: if they weigh more than others.
    fn heavy(&self, _: Longest) -> Vec<Action> {
        vec![]
    }

    /// Whether the shop has what the model has.
    fn compare(&self, model: &Model, shop: &Shop) -> TestCaseResult;
}

/// As often as its weight says; with a key, half of the time, if one can stand for it.
pub struct Drawn {
    pub weight: u32,
    pub is_keyed: bool,
    pub steps: BoxedStrategy<Step>,
}

pub fn keyed(weight: u32, steps: impl Strategy<Value = Step> + 'static) -> Drawn {
    Drawn { weight, is_keyed: true, steps: steps.boxed() }
}

pub fn unkeyed(weight: u32, steps: impl Strategy<Value = Step> + 'static) -> Drawn {
    Drawn { weight, is_keyed: false, steps: steps.boxed() }
}

pub static NOUNS: &[&dyn Noun] = &[
    &accounts::Accounts,
    &credentials::Credentials,
    &links::Links,
    &factors::Factors,
    &addresses::Addresses,
    &sessions::Sessions,
    &keys::ApiKeys,
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
