//! Refreshing a session: how far behind its token is, around the end of the grace and of the session.
//! Random scripts seldom meet these points, so they are told one by one.

use crate::{
    drafts::{customer, text},
    script::{GRACE_US, SESSION_LIFETIME_US},
    selling::by,
    shop::{Shop, typed},
};
use Brings::{Again, Next, Over, Theft, Used};
use domain::{
    AccountId, Done, Listed, Micros, RefreshSession, Refused, Session, SessionId,
    sessions::RefreshRefusal,
};
use uuid::Uuid;

const ID: SessionId = SessionId(Uuid::max());
const ACCOUNT: AccountId = AccountId(Uuid::from_u128(1));
const ROTATED_AT: Micros = Micros(1_700_000_000_000_000);

/// What a token brings.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Brings {
    /// The next generation.
    Next,
    /// The present generation again, for its reply was lost.
    Again,
    /// Nothing, and the session goes on.
    Used,
    /// The end of the session: it may be stolen.
    Theft,
    /// Nothing: the session is over.
    Over,
}

/// By how many generations the token is behind; then what it brings just before the end of the grace,
/// at its end, and just after.
const TOKENS: [(i64, [Brings; 3]); 6] = [
    (0, [Next, Next, Next]),
    (1, [Again, Again, Theft]),
    (2, [Used, Used, Theft]),
    (3, [Used, Used, Theft]),
    // They were given out before the shop was restored to an earlier time.
    (-1, [Next, Next, Next]),
    (-5, [Next, Next, Next]),
];

#[test]
fn a_token_brings_what_its_age_and_its_generation_allow() {
    for (behind, brings) in TOKENS {
        for (us, brings) in [-1, 0, 1].into_iter().zip(brings) {
            let now = ROTATED_AT.plus(GRACE_US + us);
            for (left_us, brings) in [(1, brings), (0, Over), (-1, Over)] {
                let session = session(now.plus(left_us));
                let what = format!(
                    "{behind} behind, {us} us after the grace, {left_us} us before the end"
                );
                refresh(&session, behind, now, brings, &what);
            }
        }
    }
}

#[test]
fn an_ended_session_is_over_for_every_token() {
    for (behind, _) in TOKENS {
        let now = ROTATED_AT.plus(1);
        let session = Session { ended_at: Some(ROTATED_AT), ..session(now.plus(1)) };
        refresh(&session, behind, now, Over, &format!("{behind} behind"));
    }
}

/// Without any grace the very moment of the rotation still belongs to it.
#[test]
fn a_grace_of_nothing_ends_with_the_moment_of_the_rotation() {
    for (us, is_again) in [(0, true), (1, false)] {
        let mut shop = shop_with(&session(ROTATED_AT.plus(Micros::DAY)), ROTATED_AT.plus(us));
        let refresh = RefreshSession { grace_us: 0, ..request(1) };
        let decision = shop.decide(&[by(customer(1), refresh.action())]).remove(0);
        let Ok(Done::Now(session)) = typed::<RefreshSession>(decision) else {
            panic!("the session is not over");
        };
        assert_eq!(session.ended_at.is_none(), is_again, "{us} us after");
    }
}

fn refresh(before: &Session, behind: i64, now: Micros, brings: Brings, what: &str) {
    let mut shop = shop_with(before, now);
    let decision = shop.decide(&[by(customer(1), request(behind).action())]).remove(0);
    let after = shop.facts.sessions.get(&ID).expect("it is there").clone();
    let kept = before.clone();
    let (answer, expected) = match brings {
        Next => {
            let expires_at = now.plus(SESSION_LIFETIME_US);
            let generation = before.generation - behind + 1;
            let origin = Some(text("abroad"));
            let next = Session { generation, origin, rotated_at: now, expires_at, ..kept };
            (Ok(Done::Now(next.clone())), next)
        }
        Again => (Ok(Done::Now(kept.clone())), kept),
        Theft => {
            let ended = Session { ended_at: Some(now), ..kept };
            (Ok(Done::Now(ended.clone())), ended)
        }
        Used => (Err(Refused::ByRule(RefreshRefusal::TokenUsed)), kept),
        Over => (Err(Refused::ByRule(RefreshRefusal::SessionEnded)), kept),
    };
    assert_eq!(typed::<RefreshSession>(decision), answer, "{what}");
    assert_eq!(after, expected, "{what}");
}

fn shop_with(session: &Session, now: Micros) -> Shop {
    let mut shop = Shop::open();
    shop.now = now;
    shop.facts.sessions.load(session.clone());
    shop
}

fn session(expires_at: Micros) -> Session {
    Session {
        id: ID,
        account: ACCOUNT,
        era: 1,
        generation: 4,
        agent: None,
        origin: Some(text("home")),
        rotated_at: ROTATED_AT,
        created_at: ROTATED_AT.minus(Micros::HOUR),
        expires_at,
        ended_at: None,
    }
}

fn request(behind: i64) -> RefreshSession {
    let (grace_us, lifetime_us) = (GRACE_US, SESSION_LIFETIME_US);
    let (origin, generation) = (Some(text("abroad")), 4 - behind);
    RefreshSession { id: ID, account: ACCOUNT, generation, grace_us, origin, lifetime_us }
}
