//! Rules: one trait for every command, and a choice of rules that is a rule itself.
//!
//! A rule says what it needs and what may become of it, in types of its own. A choice of them (the
//! commands of a noun, the nouns of the shop) is made by one macro, so no match has sixty arms.

use crate::{
    Actor, Caller, CorrelationId, Fingerprint, IdempotencyKey, Micros, Once, OrderId,
    facts::{Facts, Keyhole},
};
use std::collections::BTreeMap;

/// Who asks, in which request, and under which key.
#[derive(Clone, Debug, PartialEq)]
pub struct Who {
    pub actor: Actor,
    pub correlation: CorrelationId,
    pub once: Option<Once>,
}

impl Who {
    /// Where the key of this request is kept, for who keeps it.
    pub fn keyhole(&self, keeper: Caller) -> Option<Keyhole> {
        let key: Option<IdempotencyKey> = self.once.as_ref().map(|once| once.key.clone());
        key.map(|key| (key.owner(keeper), key))
    }
}

/// The same, and when: the time is the database's.
#[derive(Clone, Copy, Debug)]
pub struct Context<'c> {
    pub who: &'c Who,
    pub now: Micros,
}

/// Whether a key can stand for a command, and where it is kept then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyed {
    /// Keys are ignored.
    No,
    /// In a trace, for at least a day.
    Traced,
    /// On the order that was placed with it, for ever. These keys are apart from all others.
    OnOrder,
}

/// Roughly how much a command writes, which bounds a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    pub rows: usize,
    pub bytes: usize,
}

impl Weight {
    pub const ONE: Weight = Weight { rows: 4, bytes: 2048 };

    pub const fn times(self, count: usize) -> Weight {
        Weight { rows: self.rows * count, bytes: self.bytes * count }
    }
}

/// The numbers that a commit has given to the orders of its batch.
pub type Numbers = BTreeMap<OrderId, i64>;

/// What may happen, and under which conditions.
pub trait Rule {
    type Outcome;
    type Refusal;

    fn name(&self) -> &'static str;

    fn keyed(&self) -> Keyed {
        Keyed::No
    }

    /// Whose a key is that comes with it: two callers may each use the same one.
    fn keeper(&self, who: &Who) -> Caller {
        who.actor.caller
    }

    /// Equal for equal requests; ids that were made for this attempt are left out.
    fn fingerprint(&self) -> Option<Fingerprint> {
        None
    }

    /// What has to be known to decide. Asked again after each load, until it asks for nothing new.
    fn needs(&self, who: &Who, facts: &mut Facts);

    /// A refusal leaves the facts exactly as they were.
    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Self::Outcome, Self::Refusal>;

    /// What a trace keeps of the outcome: as little as answers the request again.
    fn kept(_outcome: &Self::Outcome) -> Box<str> {
        Box::default()
    }

    /// Tells the orders of an outcome the numbers that the commit gave them.
    fn number(_outcome: &mut Self::Outcome, _numbers: &Numbers) {}

    fn weight(&self) -> Weight {
        Weight::ONE
    }
}

/// Who is answered: for the first time, or again under the same key.
#[derive(Clone, Debug, PartialEq)]
pub enum Done<O, B = Box<str>> {
    Now(O),
    Before(B),
}

impl<O, B> Done<O, B> {
    pub fn map<P>(self, with: impl FnOnce(O) -> P) -> Done<P, B> {
        match self {
            Done::Now(outcome) => Done::Now(with(outcome)),
            Done::Before(before) => Done::Before(before),
        }
    }
}

/// Why there is no outcome.
#[derive(Clone, Debug, PartialEq)]
pub enum Refused<R> {
    ByRule(R),
    /// What was shown is good no more: the session has ended, or the key was revoked.
    ShutOut,
    /// The key stands for another request.
    KeyReused,
}

impl<R> Refused<R> {
    pub fn map<P>(self, with: impl FnOnce(R) -> P) -> Refused<P> {
        match self {
            Refused::ByRule(refusal) => Refused::ByRule(with(refusal)),
            Refused::ShutOut => Refused::ShutOut,
            Refused::KeyReused => Refused::KeyReused,
        }
    }
}

/// The answer of a rule that no key can stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Never {}

/// A rule that can be sent: it becomes an action, and finds its own answer in an action's.
pub trait Listed: Rule + Sized {
    const NAME: &'static str;
    /// What is read of a trace when the key comes again.
    type Before;

    fn action(self) -> crate::Action;
    fn outcome(outcome: crate::Outcome) -> Option<Self::Outcome>;
    fn refusal(refusal: crate::Refusal) -> Option<Self::Refusal>;
    /// `None` when this version cannot read it any more.
    fn before(kept: &str) -> Option<Self::Before>;
}

/// A sum of values whose kinds have names: the words of refusals, on the wire and in the proof.
pub trait Kinds {
    const KINDS: &'static [&'static str];
    fn kind(&self) -> &'static str;
}

/// A rule that never refuses.
impl Kinds for Never {
    const KINDS: &'static [&'static str] = &[];
    fn kind(&self) -> &'static str {
        match *self {}
    }
}

/// An enum with a name for each variant, and the list of the names.
#[macro_export]
macro_rules! kinds {
    ($(#[$about:meta])* $vis:vis enum $name:ident {
        $($(#[$note:meta])* $variant:ident $(($($inner:ty),+))? $({ $($field:ident: $of:ty),+ $(,)? })? = $kind:literal),+ $(,)?
    }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq)]
        $vis enum $name {
            $($(#[$note])* $variant $(($($inner),+))? $({ $($field: $of),+ })?),+
        }

        impl $crate::rules::Kinds for $name {
            const KINDS: &'static [&'static str] = &[$($kind),+];
            fn kind(&self) -> &'static str {
                match self {
                    $($name::$variant { .. } => $kind),+
                }
            }
        }
    };
}

/// A choice of rules is a rule: its actions, its outcomes and its refusals are those of the rules.
#[macro_export]
macro_rules! choice {
    ($($variant:ident($rule:ty)),+ $(,)?) => {
        #[derive(Clone, Debug, PartialEq)]
        pub enum Action { $($variant($rule)),+ }
        #[derive(Clone, Debug, PartialEq)]
        pub enum Outcome { $($variant(<$rule as $crate::rules::Rule>::Outcome)),+ }
        #[derive(Clone, Debug, PartialEq)]
        pub enum Refusal { $($variant(<$rule as $crate::rules::Rule>::Refusal)),+ }

        impl $crate::rules::Rule for Action {
            type Outcome = Outcome;
            type Refusal = Refusal;

            fn name(&self) -> &'static str {
                match self { $(Action::$variant(rule) => rule.name()),+ }
            }

            fn keyed(&self) -> $crate::rules::Keyed {
                match self { $(Action::$variant(rule) => rule.keyed()),+ }
            }

            fn keeper(&self, who: &$crate::rules::Who) -> $crate::Caller {
                match self { $(Action::$variant(rule) => rule.keeper(who)),+ }
            }

            fn fingerprint(&self) -> Option<$crate::Fingerprint> {
                match self { $(Action::$variant(rule) => rule.fingerprint()),+ }
            }

            fn needs(&self, who: &$crate::rules::Who, facts: &mut $crate::Facts) {
                match self { $(Action::$variant(rule) => rule.needs(who, facts)),+ }
            }

            fn decide(
                &self,
                context: $crate::rules::Context,
                facts: &mut $crate::Facts,
            ) -> Result<Outcome, Refusal> {
                match self {
                    $(Action::$variant(rule) => match rule.decide(context, facts) {
                        Ok(outcome) => Ok(Outcome::$variant(outcome)),
                        Err(refusal) => Err(Refusal::$variant(refusal)),
                    }),+
                }
            }

            fn kept(outcome: &Outcome) -> Box<str> {
                match outcome {
                    $(Outcome::$variant(outcome) => {
                        <$rule as $crate::rules::Rule>::kept(outcome)
                    }),+
                }
            }

            fn number(outcome: &mut Outcome, numbers: &$crate::rules::Numbers) {
                match outcome {
                    $(Outcome::$variant(outcome) => {
                        <$rule as $crate::rules::Rule>::number(outcome, numbers);
                    }),+
                }
            }

            fn weight(&self) -> $crate::rules::Weight {
                match self { $(Action::$variant(rule) => rule.weight()),+ }
            }
        }

        impl $crate::rules::Kinds for Refusal {
            const KINDS: &'static [&'static str] = &$crate::rules::joined::<
                { 0 $(+ <<$rule as $crate::rules::Rule>::Refusal as $crate::rules::Kinds>::KINDS.len())+ },
            >(&[$(<<$rule as $crate::rules::Rule>::Refusal as $crate::rules::Kinds>::KINDS),+]);

            fn kind(&self) -> &'static str {
                match self {
                    $(Refusal::$variant(refusal) => $crate::rules::Kinds::kind(refusal)),+
                }
            }
        }
    };
}

/// The commands of one noun, in the noun's own file:
/// `commands!(Orders: PlaceOrder = "place_order" -> OrderId, MoveOrder = "move_order" -> OrderId)`.
/// After the arrow stands what is read of a trace, by `Before::read`.
#[macro_export]
macro_rules! commands {
    ($noun:ident: $($rule:ident = $name:literal -> $before:ty),+ $(,)?) => {
        $crate::choice!($($rule($rule)),+);

        /// The names of the commands.
        pub const NAMES: &[&str] = &[$($name),+];

        /// What each of them may be refused for, in the same order.
        pub const REFUSALS: &[&[&str]] =
            &[$(<<$rule as $crate::Rule>::Refusal as $crate::Kinds>::KINDS),+];

        $(impl $crate::rules::Listed for $rule {
            const NAME: &'static str = $name;
            type Before = $before;

            fn action(self) -> $crate::Action {
                $crate::Action::$noun(Action::$rule(self))
            }

            fn outcome(outcome: $crate::Outcome) -> Option<Self::Outcome> {
                match outcome {
                    $crate::Outcome::$noun(Outcome::$rule(outcome)) => Some(outcome),
                    _ => None,
                }
            }

            fn refusal(refusal: $crate::Refusal) -> Option<Self::Refusal> {
                match refusal {
                    $crate::Refusal::$noun(Refusal::$rule(refusal)) => Some(refusal),
                    _ => None,
                }
            }

            fn before(kept: &str) -> Option<$before> {
                $crate::idempotency::Before::read(kept)
            }
        })+
    };
}

/// Lists in one list, at compile time.
pub const fn joined<const N: usize>(lists: &[&[&'static str]]) -> [&'static str; N] {
    let mut all = [""; N];
    let (mut list, mut next) = (0, 0);
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            all[next] = lists[list][at];
            next += 1;
            at += 1;
        }
        list += 1;
    }
    all
}
