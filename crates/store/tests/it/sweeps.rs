//! Sweeps: what has outlived its use goes, and nothing that somebody may still ask for.

use crate::shop::*;
use domain::*;
use std::time::SystemTime;

on_both_engines!(
    a_sweep_spares_a_batch_that_may_still_be_asked_for,
    a_sweep_spares_a_session_that_is_refreshed_for_ever,
    a_sweep_takes_links_that_have_expired_and_what_the_trail_has_told_long_ago,
);

async fn sweep(shop: &Shop) {
    shop.send(command(Actor::SYSTEM, None, SWEEP)).await.unwrap();
}

async fn count(shop: &Shop, table: &str) -> i64 {
    shop.numbers(&format!("select count(*) from {table}")).await[0]
}

/// Whoever lost a commit asks for its batch for up to half an hour.
async fn a_sweep_spares_a_batch_that_may_still_be_asked_for(shop: Shop) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let half_an_hour_ago = now.as_micros() as i64 - Micros::HOUR / 2;
    shop.sql(&format!("update batches set at = {half_an_hour_ago}")).await.unwrap();
    let before = count(&shop, "batches").await;
    sweep(&shop).await;
    assert_eq!(count(&shop, "batches").await, before + 1, "the sweep is a batch too");
    shop.sql("update batches set at = 1").await.unwrap();
    sweep(&shop).await;
    assert_eq!(count(&shop, "batches").await, 1);
}

async fn a_sweep_spares_a_session_that_is_refreshed_for_ever(shop: Shop) {
    let (account, id) = logged_in(&shop, "ada").await;
    let lifetime_us = Micros::HOUR;
    shop.sql("update sessions set created_at = 1, rotated_at = 1").await.unwrap();
    sweep(&shop).await;
    let refresh =
        RefreshSession { id, account, generation: 1, grace_us: 0, origin: None, lifetime_us };
    let refreshed = shop.send(command(Actor::SYSTEM, None, refresh)).await;
    let session = done::<RefreshSession>(refreshed);
    assert_eq!((session.generation, session.ended_at), (2, None));
    shop.sql("update sessions set expires_at = 1").await.unwrap();
    sweep(&shop).await;
    assert_eq!(count(&shop, "sessions").await, 0);
}

async fn a_sweep_takes_links_that_have_expired_and_what_the_trail_has_told_long_ago(shop: Shop) {
    let (account, _) = logged_in(&shop, "ada").await;
    for purpose in Purpose::ALL {
        let (secret, email) = (Text::default(), Email::new("ada@example.com").unwrap());
        let (purpose, lifetime_us) = (*purpose, Micros::HOUR);
        let link = MakeLink { account, purpose, secret, email, lifetime_us, made_of: None };
        shop.send(command(Actor::SYSTEM, None, link)).await.unwrap();
    }
    let told = count(&shop, "trail").await;
    shop.sql("update links set expires_at = 1 where purpose = 1").await.unwrap();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let yesterday = now.as_micros() as i64 - SWEEP.trail_us;
    shop.sql(&format!("update trail set at = {} where kind = 1", yesterday - 1)).await.unwrap();
    shop.sql(&format!("update trail set at = {} where kind <> 1", yesterday + Micros::HOUR))
        .await
        .unwrap();
    sweep(&shop).await;
    assert_eq!((count(&shop, "links").await, count(&shop, "trail").await), (2, told - 1));
}
