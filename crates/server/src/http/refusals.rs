//! What the door and the rules refuse, as problems on the wire. The words stand with their nouns; what
//! a rule may refuse brings its codes to the document of the routes that send it.

use super::{
    codes::{self, Code},
    problems::Problem,
};
use domain::rules::Never;
use store::{ReadError, Rejection};

/// A rule's refusal as it goes out: `refusals!` writes it.
pub trait Refuses: Into<Problem> {
    const CODES: &'static [&'static [Code]];
}

impl Refuses for Never {
    const CODES: &'static [&'static [Code]] = &[];
}

impl From<Never> for Problem {
    fn from(never: Never) -> Problem {
        match never {}
    }
}

/// Each refusal of a rule with the codes that it goes out under, and its words:
/// `refusals! { PlaceRefusal { PlaceRefusal::TotalTooLarge => [INVALID] total_too_large(), .. } }`.
macro_rules! refusals {
    ($refusal:ty { $($pattern:pat => [$($code:ident)|+] $problem:expr),+ $(,)? }) => {
        impl From<$refusal> for $crate::http::problems::Problem {
            fn from(refusal: $refusal) -> Self {
                match refusal {
                    $($pattern => {
                        let problem: $crate::http::problems::Problem = $problem;
                        debug_assert!(
                            [$($crate::http::codes::$code),+].contains(&problem.code()),
                            "{} is not among the codes of its refusal",
                            problem.code().name
                        );
                        problem
                    })+
                }
            }
        }

        impl $crate::http::refusals::Refuses for $refusal {
            const CODES: &'static [&'static [$crate::http::codes::Code]] =
                &[$(&[$($crate::http::codes::$code),+]),+];
        }
    };
}
pub(crate) use refusals;

/// What every write may be refused with.
pub const WRITES: &[Code] = &[codes::REJECTED, codes::OUTCOME_UNKNOWN];

impl<R: Into<Problem>> From<Rejection<R>> for Problem {
    fn from(rejection: Rejection<R>) -> Problem {
        match rejection {
            Rejection::Refused(refusal) => refusal.into(),
            Rejection::ShutOut => Problem::unauthenticated(
                "what you have shown is good no more: the session has ended, or the key was revoked",
            ),
            Rejection::KeyReused => Problem::new(
                codes::IDEMPOTENCY_KEY_REUSED,
                "this Idempotency-Key was used for another request; use a new key for a new request",
            ),
            Rejection::Unreadable => Problem::new(
                codes::CONFLICT,
                "this was done before under the same Idempotency-Key, by another version of the shop, whose answer this one cannot read; look at what is there now",
            ),
            Rejection::Busy => {
                Problem::overloaded("too much is waiting to be written; nothing was begun")
            }
            Rejection::Late => {
                Problem::overloaded("it waited too long to be written; nothing was begun")
            }
            Rejection::Closing => Problem::unavailable("this node is closing; nothing was begun"),
            Rejection::Unavailable(_) => {
                Problem::unavailable("the database cannot write at the moment; nothing was changed")
            }
            Rejection::Poisonous(_) => Problem::new(
                codes::REJECTED,
                "the database refuses this request, and will again; nothing was changed",
            ),
            Rejection::Faulty(_) => Problem::internal(),
            Rejection::Unknown => Problem::outcome_unknown(),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Problem {
        match &error {
            ReadError::Late(deadline) => Problem::overloaded(format!(
                "reading this took longer than {deadline:?} and was stopped; narrow it down, or try again"
            )),
            ReadError::Busy(_) => {
                Problem::overloaded("too much else is being read at the moment; try again")
            }
            ReadError::Database(store::Error::Lost(_) | store::Error::Unavailable(_)) => {
                tracing::warn!(%error, "the database cannot be read");
                Problem::unavailable("the database cannot be read at the moment")
            }
            ReadError::Database(_) => {
                tracing::error!(%error, "a query failed");
                Problem::internal()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a client may conclude hangs on these: whether anything was done, and whether to try again.
    #[test]
    fn every_rejection_says_what_was_done() {
        let why = || "secret".to_owned();
        let expected: [(Rejection<Never>, u16, &str, &str); 9] = [
            (Rejection::KeyReused, 422, "idempotency_key_reused", "another request"),
            (Rejection::Unreadable, 409, "conflict", "this was done before"),
            (Rejection::Busy, 503, "overloaded", "nothing was begun"),
            (Rejection::Late, 503, "overloaded", "nothing was begun"),
            (Rejection::Closing, 503, "unavailable", "nothing was begun"),
            (Rejection::Unavailable(why()), 503, "unavailable", "nothing was changed"),
            (Rejection::Poisonous(why()), 422, "rejected", "nothing was changed"),
            (Rejection::Faulty(why()), 500, "internal", "a fault of the shop"),
            (Rejection::Unknown, 504, "outcome_unknown", "not known"),
        ];
        for (rejection, status, code, words) in expected {
            let told = format!("{rejection:?}");
            let problem = Problem::from(rejection);
            let text = String::from_utf8(problem.written("id")).unwrap();
            assert_eq!((problem.status().as_u16(), problem.code().name), (status, code), "{told}");
            assert!(text.contains(words), "{told}: {text}");
            assert!(!text.contains("secret"), "{told}: {text}");
        }
    }
}
