//! Consumers through the door: one holder at a time on any number of nodes, and a cursor that stays.

use crate::shop::*;
use domain::{
    consumers::{CursorRefusal, LeaseRefusal},
    *,
};
use store::Rejection;
use uuid::Uuid;

on_both_engines!(
    of_two_nodes_one_gets_the_lease,
    a_cursor_goes_on_where_the_last_holder_stopped,
    a_consumer_that_nobody_has_seen_for_a_week_begins_anew,
);

const LEASE_US: i64 = 60 * Micros::SECOND;

fn take(holder: u128) -> Command {
    let consumer = Text::stored("search");
    let take =
        TakeLease { consumer, holder: Uuid::from_u128(holder), lease_us: LEASE_US, begins_at: 0 };
    command(Actor::SYSTEM, None, take)
}

fn advance(holder: u128, position: i64) -> Command {
    let (consumer, holder) = (Text::stored("search"), Uuid::from_u128(holder));
    command(Actor::SYSTEM, None, MoveCursor { consumer, holder, position, lease_us: LEASE_US })
}

async fn of_two_nodes_one_gets_the_lease(shop: Shop) {
    let other = shop.second_node();
    let (one, two) = tokio::join!(shop.send(take(1)), other.send(take(2)));
    let (one, two) = (own::<TakeLease>(one), own::<TakeLease>(two));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    let refused = one.err().or(two.err()).unwrap();
    assert!(matches!(refused, Rejection::Refused(LeaseRefusal::Held { .. })), "{refused:?}");
}

async fn a_cursor_goes_on_where_the_last_holder_stopped(shop: Shop) {
    for _ in 0..3 {
        placed(shop.send(place(customer(1), None, &[(1, 1)])).await);
    }
    done::<TakeLease>(shop.send(take(1)).await);
    assert_eq!(done::<MoveCursor>(shop.send(advance(1, 2)).await).position, 2);
    let back = Err(Rejection::Refused(CursorRefusal::GoesBack { position: 2 }));
    assert_eq!(own::<MoveCursor>(shop.send(advance(1, 1)).await), back);
    shop.sql("update consumers set leased_until = 1").await.unwrap();
    assert_eq!(done::<TakeLease>(shop.second_node().send(take(2)).await).position, 2);
    let lost = Err(Rejection::Refused(CursorRefusal::LeaseLost));
    assert_eq!(own::<MoveCursor>(shop.send(advance(1, 3)).await), lost);
}

async fn a_consumer_that_nobody_has_seen_for_a_week_begins_anew(shop: Shop) {
    placed(shop.send(place(customer(1), None, &[(1, 1)])).await);
    done::<TakeLease>(shop.send(take(1)).await);
    done::<MoveCursor>(shop.send(advance(1, 1)).await);
    let sweep = || shop.send(command(Actor::SYSTEM, None, SWEEP));
    sweep().await.unwrap();
    assert_eq!(done::<TakeLease>(shop.send(take(1)).await).position, 1);
    let week_ago = Micros(done::<TakeLease>(shop.send(take(1)).await).seen_at.0 - 7 * Micros::DAY);
    shop.sql(&format!("update consumers set seen_at = {}", week_ago.0 - 1)).await.unwrap();
    sweep().await.unwrap();
    assert_eq!(done::<TakeLease>(shop.send(take(1)).await).position, 0);
}
