//! Sessions: what nodes hear of those that ended, one by one or all of an account.

use crate::shop::*;
use domain::{sessions::RefreshRefusal, *};
use std::collections::BTreeSet;
use store::{Direction, Page, Rejection};
use uuid::Uuid;

on_both_engines!(
    a_session_is_told_as_ended_from_its_very_moment,
    all_sessions_of_an_era_are_told_as_ended_but_the_one_that_is_kept,
    a_closed_account_is_told_with_its_sessions_and_opens_none,
    from_where_an_account_was_used_is_found_by_its_names,
    those_that_are_too_many_end_with_the_next_login,
);

async fn ended_since(shop: &Shop, since: Micros) -> BTreeSet<Uuid> {
    shop.readers.exact().ended_since(since, Micros(0)).await.unwrap().into_iter().collect()
}

async fn a_session_is_told_as_ended_from_its_very_moment(shop: Shop) {
    let (account, id) = logged_in(&shop, "ada").await;
    assert_eq!(shop.readers.exact().ended_since(Micros(0), Micros(0)).await, Ok(vec![]));
    // A token that was used up comes back late.
    done::<RefreshSession>(refreshed(&shop, id, account, 1).await);
    let session = done::<RefreshSession>(refreshed(&shop, id, account, 1).await);
    let at = session.ended_at.unwrap();
    for (since, told) in [(-1, vec![id.0]), (0, vec![id.0]), (1, vec![])] {
        assert_eq!(
            shop.readers.exact().ended_since(at.plus(since), Micros(0)).await,
            Ok(told),
            "{since}"
        );
    }
}

async fn all_sessions_of_an_era_are_told_as_ended_but_the_one_that_is_kept(shop: Shop) {
    let (account, kept) = logged_in(&shop, "ada").await;
    let (bystander, theirs) = logged_in(&shop, "bob").await;
    let other = SessionId(Uuid::now_v7());
    shop.send(command(Actor::SYSTEM, None, log_in(other, account, Micros::HOUR))).await.unwrap();
    let (password_hash, known) = (Text::new("another").unwrap(), None);
    let set = SetPassword { account, password_hash, known, keeps: Some(kept) };
    let after = done::<SetPassword>(shop.send(command(Actor::SYSTEM, None, set)).await);
    let began = after.era_began_at.unwrap();
    for (since, told) in [(0, [other.0].into()), (1, BTreeSet::new())] {
        assert_eq!(ended_since(&shop, began.plus(since)).await, told, "{since}");
    }
    let page = Page { limit: 5, offset: 0, after: None, direction: Direction::Rising };
    let listed = shop.readers.late().sessions(account, began, page).await.unwrap();
    assert_eq!(listed.into_iter().map(|session| session.id).collect::<Vec<_>>(), [kept]);
    let over = Err(Rejection::Refused(RefreshRefusal::SessionEnded));
    assert_eq!(own::<RefreshSession>(refreshed(&shop, other, account, 1).await), over);
    assert_eq!(done::<RefreshSession>(refreshed(&shop, kept, account, 1).await).generation, 2);
    let end = command(Actor::SYSTEM, None, EndSessions { account });
    shop.send(end).await.unwrap();
    assert_eq!(ended_since(&shop, began).await, [kept.0, other.0].into());
    // One that was not used for so long has no token any more.
    let told = shop.readers.exact().ended_since(began, Micros(i64::MAX)).await;
    assert_eq!(told, Ok(vec![]));
    assert_eq!(own::<RefreshSession>(refreshed(&shop, kept, account, 2).await), over);
    assert_eq!(done::<RefreshSession>(refreshed(&shop, theirs, bystander, 1).await).generation, 2);
}

async fn a_closed_account_is_told_with_its_sessions_and_opens_none(shop: Shop) {
    let (account, session) = logged_in(&shop, "ada").await;
    let close = EditAccount { is_active: Some(false), ..EditAccount::of(account) };
    let closed = done::<EditAccount>(shop.send(command(Actor::SYSTEM, None, close)).await);
    assert_eq!(ended_since(&shop, closed.updated_at).await, [account.0, session.0].into());
    let open = log_in(SessionId(Uuid::now_v7()), account, Micros::HOUR);
    let opened = own::<OpenSession>(shop.send(command(Actor::SYSTEM, None, open)).await);
    assert_eq!(opened, Err(Rejection::Refused(sessions::OpenRefusal::AccountClosed)));
}

async fn those_that_are_too_many_end_with_the_next_login(shop: Shop) {
    let (account, first) = logged_in(&shop, "ada").await;
    let (_, theirs) = logged_in(&shop, "bob").await;
    let [second, third] = [SessionId(Uuid::now_v7()), SessionId(Uuid::now_v7())];
    shop.send(command(Actor::SYSTEM, None, log_in(second, account, Micros::HOUR))).await.unwrap();
    // Used last, it is not the oldest.
    done::<RefreshSession>(refreshed(&shop, first, account, 1).await);
    let beyond = async |newest| {
        shop.readers.exact().sessions_beyond(account, newest, Micros(1)).await.unwrap()
    };
    assert_eq!(beyond(2).await, []);
    assert_eq!(beyond(1).await, [second]);
    let open = OpenSession { ends: vec![second, theirs], ..log_in(third, account, Micros::HOUR) };
    let opened = done::<OpenSession>(shop.send(command(Actor::SYSTEM, None, open)).await);
    let ended = ended_since(&shop, opened.created_at).await;
    assert_eq!(ended, [second.0].into(), "in the same commit, and nobody else's");
    assert_eq!(beyond(1).await, [first]);
    // What is over by itself is not one too many: it has expired, or is of an earlier era.
    let late = opened.created_at.plus(2 * Micros::HOUR);
    assert_eq!(shop.readers.exact().sessions_beyond(account, 0, late).await, Ok(vec![]));
    shop.send(command(Actor::SYSTEM, None, EndSessions { account })).await.unwrap();
    assert_eq!(beyond(0).await, []);
}

/// Without any grace.
async fn refreshed(
    shop: &Shop,
    id: SessionId,
    account: AccountId,
    generation: i64,
) -> store::Reply {
    let lifetime_us = Micros::HOUR;
    let refresh =
        RefreshSession { id, account, generation, grace_us: 0, origin: None, lifetime_us };
    shop.send(command(Actor::SYSTEM, None, refresh)).await
}

async fn from_where_an_account_was_used_is_found_by_its_names(shop: Shop) {
    let (account, one) = logged_in(&shop, "ada").await;
    let (bob, _) = logged_in(&shop, "bob").await;
    let (email, lifetime_us) = ("ada@example.com", Micros::HOUR);
    let origins = async |login: &str, since| {
        let found = shop.readers.exact().origins(login, since).await.unwrap();
        let mut told: Vec<_> = found.iter().map(|(id, at)| (*id, at.to_string())).collect();
        told.sort();
        told
    };
    let at = |account, place: &str| (account, place.to_owned());
    assert_eq!(origins("ADA", Micros(0)).await, [at(account, "home")]);
    assert_eq!(origins("bob", Micros(0)).await, [at(bob, "home")]);
    let abroad = OpenSession {
        origin: Some(Text::new("abroad").unwrap()),
        ..log_in(SessionId(Uuid::now_v7()), account, lifetime_us)
    };
    shop.send(command(Actor::SYSTEM, None, abroad)).await.unwrap();
    // One that has ended was opened there all the same; one that moved is where it went.
    shop.send(command(Actor::SYSTEM, None, EndSession { id: one, account })).await.unwrap();
    for login in ["ada", email] {
        let both = [at(account, "abroad"), at(account, "home")];
        assert_eq!(origins(login, Micros(0)).await, both, "{login}");
    }
    // Of many sessions the last ones are looked at.
    for number in 0..70 {
        let origin = Some(Text::new(&format!("place {number}")).unwrap());
        let id = SessionId(Uuid::now_v7());
        let open = OpenSession { origin, ..log_in(id, account, lifetime_us) };
        shop.send(command(Actor::SYSTEM, None, open)).await.unwrap();
    }
    let last = origins("ada", Micros(0)).await;
    assert_eq!(last.len(), 64);
    assert!(last.contains(&at(account, "place 69")) && !last.contains(&at(account, "home")));
    let mut below = None;
    let mut kept = vec![];
    loop {
        let piece = shop.readers.late().kept_sessions(account, below, 10).await.unwrap();
        let Some(end) = piece.last() else { break };
        below = Some(end.id);
        kept.extend(piece.into_iter().map(|session| session.id));
    }
    assert_eq!(
        (kept.len(), kept.is_sorted_by(|one, next| one > next)),
        (72, true),
        "each is there once"
    );
    for nobody in ["eve", "eve@example.com", "no body"] {
        assert_eq!(origins(nobody, Micros(0)).await, [], "{nobody}");
    }
    assert_eq!(origins("ada", Micros(i64::MAX)).await, [], "not since then");
    shop.sql("update sessions set origin = null").await.unwrap();
    assert_eq!(origins("ada", Micros(0)).await, [], "sessions of before tell nothing");
}
