//! How commands are drawn: by weight, and with all that may become of each told by the domain itself.

use crate::simulation::Clients;
use domain::Action;
use std::any::TypeId;

/// How much is at stake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Care {
    /// It moves stock, money, orders, keys, sessions or rights: it is simulated, tortured and has a mutant.
    Grave,
    /// The others: drawn beside those, and edited at random against a map.
    Plain,
}

pub struct Draw {
    pub name: &'static str,
    pub refusals: &'static [&'static str],
    pub weight: u32,
    pub care: Care,
    /// What its key brings again.
    pub before: fn() -> TypeId,
    /// Who asks, by place, and what for. Ids are given to each request by itself.
    pub draw: fn(&mut Clients) -> (usize, Action),
}

impl Draw {
    /// Whether a key can stand for it.
    pub fn is_keyed(&self) -> bool {
        (self.before)() != TypeId::of::<domain::rules::Never>()
    }
}

/// `Rule, as often as this, with such care: how it is drawn`.
macro_rules! draws {
    ($($rule:ty, $weight:literal, $care:ident: $draw:expr;)+) => {
        &[$($crate::nouns::Draw {
            name: <$rule as domain::Listed>::NAME,
            refusals: <<$rule as domain::Rule>::Refusal as domain::Kinds>::KINDS,
            weight: $weight,
            care: $crate::nouns::Care::$care,
            before: || std::any::TypeId::of::<<$rule as domain::Listed>::Before>(),
            draw: |clients| {
                let draw: fn(&mut $crate::simulation::Clients) -> (usize, $rule) = $draw;
                let (place, rule) = draw(clients);
                (place, domain::Listed::action(rule))
            },
        }),+]
    };
}

pub(super) use draws;
