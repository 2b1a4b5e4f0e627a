//! What the model knows of every command, and that a choice of commands is one.

use crate::{Kept, Model};
use domain::{Context, Rule};

/// The one right outcome, or all that is wrong.
pub type Expected<R> = Result<<R as Rule>::Outcome, Vec<<R as Rule>::Refusal>>;

/// A command, told a second time in the file of its noun.
pub trait Modelled: Rule {
    /// Does it in the model.
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self>;

    /// Takes out what was made for this attempt: what is left is what the client has sent.
    fn strip(&mut self) {}

    /// What its key brings again.
    fn kept_of(_outcome: &Self::Outcome) -> Option<Kept> {
        None
    }

    /// The same, from what the shop has kept of it; none if no key can stand for it, or if it cannot be
    /// read.
    fn read(&self, _kept: &str) -> Option<Kept> {
        None
    }
}

/// Of the commands of a noun, or the nouns of the shop.
macro_rules! modelled {
    ($module:ident: $($variant:ident($rule:ty)),+ $(,)?) => {
        impl $crate::Modelled for domain::$module::Action {
            fn expect(
                &self,
                model: &mut $crate::Model,
                context: domain::Context,
            ) -> $crate::Expected<Self> {
                match self {
                    $(Self::$variant(wanted) => match wanted.expect(model, context) {
                        Ok(outcome) => Ok(domain::$module::Outcome::$variant(outcome)),
                        Err(wrong) => {
                            Err(wrong.into_iter().map(domain::$module::Refusal::$variant).collect())
                        }
                    }),+
                }
            }

            fn strip(&mut self) {
                match self { $(Self::$variant(wanted) => wanted.strip()),+ }
            }

            fn kept_of(outcome: &domain::$module::Outcome) -> Option<$crate::Kept> {
                match outcome {
                    $(domain::$module::Outcome::$variant(outcome) => {
                        <$rule as $crate::Modelled>::kept_of(outcome)
                    }),+
                }
            }

            fn read(&self, kept: &str) -> Option<$crate::Kept> {
                match self { $(Self::$variant(wanted) => wanted.read(kept)),+ }
            }
        }
    };
}

pub(crate) use modelled;
