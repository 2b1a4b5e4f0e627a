//! What users do: the kinds of request there are, and how often each scenario draws them.

use crate::random::Random;
use serde::{Deserialize, Serialize};

/// What the users of a run do.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scenario {
    /// Read product lists and details
    Browse,
    /// Place orders spread over many products
    Order,
    /// Place orders all on one product
    Hot,
    /// Mostly browse, some orders, some order history and cancellations
    Mix,
    /// Put product after product into carts; each cart is checked out now and then
    Cart,
    /// Put together carts, each checked out as soon as it is complete
    Checkout,
    /// Each request is a guest's of its own, who puts a unit into a cart
    Guest,
    /// Hand over orders of another system, each under a name of its own
    Intake,
}

/// A kind of request; reports have one line for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    List,
    Detail,
    Order,
    History,
    Cancel,
    /// One unit of a product into the cart.
    Add,
    Checkout,
    /// Empties the cart.
    Clear,
    /// One unit of a product into the cart of somebody who has none yet.
    Guest,
    /// An order of another system.
    Intake,
}

impl Kind {
    pub const ALL: [Self; 10] = [
        Self::List,
        Self::Detail,
        Self::Order,
        Self::History,
        Self::Cancel,
        Self::Add,
        Self::Checkout,
        Self::Clear,
        Self::Guest,
        Self::Intake,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Detail => "detail",
            Self::Order => "order",
            Self::History => "history",
            Self::Cancel => "cancel",
            Self::Add => "add",
            Self::Checkout => "checkout",
            Self::Clear => "clear",
            Self::Guest => "guest",
            Self::Intake => "intake",
        }
    }

    /// Whether one that succeeds is an order.
    pub fn places_an_order(self) -> bool {
        matches!(self, Self::Order | Self::Checkout | Self::Intake)
    }
}

impl Scenario {
    /// How often each kind comes, in a hundred requests. With a cart, what comes next depends on what lies in
    /// it: what is drawn is what the scenario is about.
    fn shares(self) -> &'static [(Kind, usize)] {
        match self {
            Self::Browse => &[(Kind::List, 50), (Kind::Detail, 50)],
            Self::Order | Self::Hot => &[(Kind::Order, 100)],
            Self::Mix => &[
                (Kind::List, 35),
                (Kind::Detail, 40),
                (Kind::Order, 15),
                (Kind::History, 8),
                (Kind::Cancel, 2),
            ],
            Self::Cart => &[(Kind::Add, 100)],
            Self::Checkout => &[(Kind::Checkout, 100)],
            Self::Guest => &[(Kind::Guest, 100)],
            Self::Intake => &[(Kind::Intake, 100)],
        }
    }

    pub fn draw(self, random: &mut Random) -> Kind {
        self.kind_of(random.below(100))
    }

    /// What a number under a hundred stands for.
    fn kind_of(self, mut drawn: usize) -> Kind {
        for &(kind, share) in self.shares() {
            if drawn < share {
                return kind;
            }
            drawn -= share;
        }
        Kind::List
    }

    /// Whether anything in it needs an account.
    pub fn needs_account(self) -> bool {
        !matches!(self, Self::Browse | Self::Guest | Self::Intake)
    }

    /// Whether each user fills a cart, which is its account's.
    pub fn has_carts(self) -> bool {
        matches!(self, Self::Cart | Self::Checkout)
    }

    /// How many of its orders a user has to know: to look at them, and to cancel some.
    pub fn orders_known(self) -> usize {
        match self {
            Self::Mix => 16,
            Self::Browse
            | Self::Order
            | Self::Hot
            | Self::Cart
            | Self::Checkout
            | Self::Guest
            | Self::Intake => 0,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Browse => "browse",
            Self::Order => "order",
            Self::Hot => "hot",
            Self::Mix => "mix",
            Self::Cart => "cart",
            Self::Checkout => "checkout",
            Self::Guest => "guest",
            Self::Intake => "intake",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of each scenario: its name, whether it needs an account, how many of its orders a user
    /// knows, and how often each kind comes, in their order, in a hundred requests.
    #[test]
    fn scenarios_differ_in_what_they_draw_and_in_what_that_takes() {
        let cases = [
            (Scenario::Browse, "browse", false, 0, [50, 50, 0, 0, 0, 0, 0, 0, 0, 0]),
            (Scenario::Order, "order", true, 0, [0, 0, 100, 0, 0, 0, 0, 0, 0, 0]),
            (Scenario::Hot, "hot", true, 0, [0, 0, 100, 0, 0, 0, 0, 0, 0, 0]),
            (Scenario::Mix, "mix", true, 16, [35, 40, 15, 8, 2, 0, 0, 0, 0, 0]),
            (Scenario::Cart, "cart", true, 0, [0, 0, 0, 0, 0, 100, 0, 0, 0, 0]),
            (Scenario::Checkout, "checkout", true, 0, [0, 0, 0, 0, 0, 0, 100, 0, 0, 0]),
            (Scenario::Guest, "guest", false, 0, [0, 0, 0, 0, 0, 0, 0, 0, 100, 0]),
            (Scenario::Intake, "intake", false, 0, [0, 0, 0, 0, 0, 0, 0, 0, 0, 100]),
        ];
        for (scenario, name, needs_account, orders_known, shares) in cases {
            assert_eq!(scenario.name(), name);
            assert_eq!(serde_json::to_value(scenario).unwrap(), name);
            assert_eq!(scenario.needs_account(), needs_account, "{name}");
            assert_eq!(scenario.orders_known(), orders_known, "{name}");
            let drawn: Vec<Kind> = (0..100).map(|number| scenario.kind_of(number)).collect();
            let counts = Kind::ALL.map(|kind| drawn.iter().filter(|&&one| one == kind).count());
            assert_eq!(counts, shares, "{name}");
            assert_eq!(scenario.has_carts(), counts[5] + counts[6] > 0, "{name}");
        }
    }

    #[test]
    fn a_mix_draws_every_kind_and_mostly_reads() {
        let mut random = Random::new(1);
        let mut drawn = [0; 5];
        for _ in 0..10_000 {
            drawn[Scenario::Mix.draw(&mut random) as usize] += 1;
        }
        assert!(drawn.iter().all(|&count| count > 0), "{drawn:?}");
        assert!(drawn[Kind::List as usize] + drawn[Kind::Detail as usize] > 7_000, "{drawn:?}");
    }

    #[test]
    fn kinds_have_the_same_name_in_tables_and_in_json() {
        let names = [
            "list", "detail", "order", "history", "cancel", "add", "checkout", "clear", "guest",
            "intake",
        ];
        assert_eq!(Kind::ALL.map(Kind::name), names);
        assert_eq!(serde_json::to_value(Kind::ALL).unwrap(), serde_json::json!(names));
    }
}
