//! Sessions: what nodes hear of those that ended.

use crate::shop::*;
use domain::*;
use uuid::Uuid;

on_both_engines!(a_session_is_told_as_ended_from_its_very_moment,);

async fn a_session_is_told_as_ended_from_its_very_moment(shop: Shop) {
    let (account, id) = (AccountId(Uuid::now_v7()), SessionId(Uuid::now_v7()));
    let register = Register {
        id: account,
        username: Username::new("ada").unwrap(),
        email: Email::new("ada@example.com").unwrap(),
        password_hash: Text::default(),
        first_name: Text::default(),
        last_name: Text::default(),
        role: Role::Customer,
    };
    let lifetime_us = Micros::HOUR;
    let open = OpenSession { id, account, lifetime_us };
    for command in [command(Actor::SYSTEM, None, register), command(Actor::SYSTEM, None, open)] {
        shop.send(command).await.unwrap();
    }
    assert_eq!(shop.readers.exact().ended_since(Micros(0)).await, Ok(vec![]));
    // A token of a generation that never was.
    let refresh = RefreshSession { id, generation: 9, grace_us: 0, lifetime_us };
    let ended = shop.send(command(Actor::SYSTEM, None, refresh)).await;
    let session = done::<RefreshSession>(ended);
    let at = session.ended_at.unwrap();
    for (since, told) in [(-1, vec![id.0]), (0, vec![id.0]), (1, vec![])] {
        assert_eq!(shop.readers.exact().ended_since(at.plus(since)).await, Ok(told), "{since}");
    }
}
