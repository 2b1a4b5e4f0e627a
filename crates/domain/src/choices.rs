//! Orders that are chosen to be moved together. Which they are is kept under the key of the request: when it
//! comes again, it goes on with the same ones and chooses no others.

use crate::{
    AccountId, Context, Facts, Fingerprint, Micros, OrderId, OrderStatus, Text, commands,
    idempotency::{self, Before},
    orders::Reference,
    rules::{Keyed, Never, Rule, Weight, Who},
};
use serde::{Deserialize, Serialize};

/// So many orders are moved together at most.
pub const CHOSEN_MOST: usize = 1_000;

/// An id as it is kept.
const ID_BYTES: usize = 39;

/// Which orders somebody wants moved, and what has been found for it. It changes none of them: each is moved
/// by a command of its own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChooseOrders {
    #[serde(skip)]
    pub chosen: Chosen,
    pub to: OrderStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text<500>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<OrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<OrderStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<AccountId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placed_after: Option<Micros>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placed_before: Option<Micros>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_total_minor: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_total_minor: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_after: Option<i64>,
}

impl ChooseOrders {
    /// One that says no more than where orders are to go.
    pub fn to(to: OrderStatus) -> ChooseOrders {
        ChooseOrders {
            chosen: Chosen::default(),
            to,
            reason: None,
            ids: Vec::new(),
            status: None,
            customer: None,
            reference: None,
            placed_after: None,
            placed_before: None,
            min_total_minor: None,
            max_total_minor: None,
            number_after: None,
        }
    }
}

/// The orders that were chosen, and the number that there may be more behind, where not all were looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    pub orders: Vec<OrderId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more_after: Option<i64>,
}

impl Before for Chosen {
    fn read(kept: &str) -> Option<Chosen> {
        idempotency::read(kept)
    }
}

impl Rule for ChooseOrders {
    type Outcome = Chosen;
    type Refusal = Never;

    fn name(&self) -> &'static str {
        "choose_orders"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, _: &Who, _: &mut Facts) {}

    fn decide(&self, _: Context, _: &mut Facts) -> Result<Chosen, Never> {
        Ok(self.chosen.clone())
    }

    fn kept(chosen: &Chosen) -> Box<str> {
        idempotency::written(chosen)
    }

    fn weight(&self) -> Weight {
        Weight { rows: 1, bytes: 2048 + ID_BYTES * self.chosen.orders.len() }
    }
}

commands!(Choices: ChooseOrders = "choose_orders" -> Chosen);
