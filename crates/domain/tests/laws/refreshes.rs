//! What a refresh token is worth: every age of a token, just before and just after each time that
//! matters. Random scripts seldom reach these; each of them is a case here.

use crate::{
    drafts::{customer, staff},
    script::{GRACE_US, SESSION_LIFETIME_US},
    selling::by,
    shop::Shop,
};
use domain::{
    AccountId, Action, Decision, Micros, OpenSession, Outcome, RefreshSession, Refusal, SessionId,
};
use uuid::Uuid;

const SESSION: SessionId = SessionId(Uuid::max());
/// The session's generation before the token in question comes.
const GENERATION: i64 = 5;

#[derive(Debug, PartialEq)]
enum End {
    /// The session's next generation, from now on.
    Rotates,
    /// The present generation again: a reply was lost.
    Again,
    /// Nothing, and the session goes on.
    Used,
    /// It was told of the session, which has ended with that.
    Ends,
    /// The session had ended before.
    Ended,
}

#[test]
fn a_refresh_is_answered_by_the_age_of_its_token_and_by_when_it_comes() {
    let (in_grace, late) = ([0, 1, GRACE_US], [GRACE_US + 1, Micros::HOUR]);
    let (alive, expired) = (SESSION_LIFETIME_US - 1, [SESSION_LIFETIME_US, 10 * Micros::DAY]);
    for after_us in in_grace.into_iter().chain(late).chain([alive]) {
        assert_eq!(refreshed(GENERATION, after_us), End::Rotates, "after {after_us} us");
    }
    for after_us in in_grace {
        assert_eq!(refreshed(GENERATION - 1, after_us), End::Again, "after {after_us} us");
        for generation in 1..GENERATION - 1 {
            let end = refreshed(generation, after_us);
            assert_eq!(end, End::Used, "generation {generation} after {after_us} us");
        }
    }
    for after_us in late.into_iter().chain([alive]) {
        for generation in 1..GENERATION {
            let end = refreshed(generation, after_us);
            assert_eq!(end, End::Ends, "generation {generation} after {after_us} us");
        }
    }
    // Nobody was ever given this one.
    for after_us in in_grace.into_iter().chain(late) {
        assert_eq!(refreshed(GENERATION + 1, after_us), End::Ends, "after {after_us} us");
    }
    for after_us in expired {
        for generation in 1..=GENERATION + 1 {
            let end = refreshed(generation, after_us);
            assert_eq!(end, End::Ended, "generation {generation} after {after_us} us");
        }
    }
}

#[test]
fn a_session_that_has_ended_is_refreshed_by_no_token() {
    let mut shop = rotated();
    shop.wait(GRACE_US + 1);
    assert!(
        matches!(refresh(&mut shop, 1), Ok(Outcome::Session(session)) if session.ended_at.is_some())
    );
    for generation in 1..=GENERATION + 1 {
        assert_eq!(refresh(&mut shop, generation), Err(Refusal::SessionEnded));
    }
}

/// What becomes of a token of that generation so long after the last rotation.
fn refreshed(generation: i64, after_us: i64) -> End {
    let mut shop = rotated();
    shop.wait(after_us);
    let before = shop.facts.sessions[&SESSION].clone();
    let decision = refresh(&mut shop, generation);
    let after = shop.facts.sessions[&SESSION].clone();
    match decision {
        Ok(Outcome::Session(told)) => {
            assert_eq!(told, after);
            match (after.ended_at, after.generation - GENERATION) {
                (Some(at), 0) => {
                    assert_eq!(at, shop.now);
                    End::Ends
                }
                (None, 0) => {
                    assert_eq!(after, before);
                    End::Again
                }
                (None, 1) => {
                    assert_eq!(after.rotated_at, shop.now);
                    assert_eq!(after.expires_at.0, shop.now.0 + SESSION_LIFETIME_US);
                    End::Rotates
                }
                other => panic!("{other:?}"),
            }
        }
        Err(refusal) => {
            assert_eq!(after, before);
            match refusal {
                Refusal::TokenUsed => End::Used,
                Refusal::SessionEnded => End::Ended,
                other => panic!("{other:?}"),
            }
        }
        other => panic!("{other:?}"),
    }
}

/// A shop with a session that was refreshed some time ago, again and again.
fn rotated() -> Shop {
    let mut shop = Shop::open();
    let account = AccountId(customer(1).caller.id);
    let open = OpenSession { id: SESSION, account, lifetime_us: SESSION_LIFETIME_US };
    shop.decide(&[by(customer(1), Action::OpenSession(open))]);
    for generation in 1..GENERATION {
        shop.wait(Micros::HOUR);
        assert!(refresh(&mut shop, generation).is_ok());
    }
    shop
}

fn refresh(shop: &mut Shop, generation: i64) -> Decision {
    let (grace_us, lifetime_us) = (GRACE_US, SESSION_LIFETIME_US);
    let refresh = RefreshSession { id: SESSION, generation, grace_us, lifetime_us };
    // Whoever brings a token: nobody asks who he is.
    shop.decide(&[by(staff(), Action::RefreshSession(refresh))]).remove(0)
}
