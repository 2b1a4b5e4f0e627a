//! When tokens are renewed, and by whom.

use super::*;
use crate::shop::{Reply, Shop};
use std::collections::BTreeSet;

#[test]
fn a_token_is_renewed_when_a_fifth_of_its_time_is_left() {
    let now = Instant::now();
    let cases = [
        (r#"{"access":"a"}"#, 720),
        (r#"{"access":"a","expires_in":10}"#, 8),
        (r#"{"access":"a","expires_in":86400}"#, 69_120),
        (r#"{"access":"a","expires_in":18446744073709551615}"#, 69_120),
    ];
    for (grant, seconds) in cases {
        let token = serde_json::from_str::<Grant>(grant).unwrap().token(3, now);
        assert_eq!(token.renew_at, now + Duration::from_secs(seconds), "{grant}");
        assert_eq!((&*token.authorization, token.generation), ("Authorization: Bearer a\r\n", 3));
    }
}

async fn session(target: &Target, username: &str) -> Session {
    Session::log_in(target, username.to_owned(), "secret".to_owned()).await.unwrap()
}

#[tokio::test]
async fn of_many_with_the_same_stale_token_one_logs_in() {
    let shop = Shop::open(|_| None).await;
    let target = Target::resolve(&shop.url).await.unwrap();
    let session = session(&target, "ann").await;
    let told = |session: &Session| {
        let Token { authorization, generation, .. } = session.token();
        (authorization.to_string(), generation)
    };
    for (stale, token) in [(0, 2), (0, 2), (1, 3), (1, 3), (2, 4)] {
        session.renew(&target, stale).await.unwrap();
        let authorization = format!("Authorization: Bearer token-{token}\r\n");
        assert_eq!(told(&session), (authorization, token - 1));
    }
    let logins = shop.seen_of("POST /api/identity/token ");
    assert_eq!(logins.len(), 4);
    assert!(logins.iter().all(|seen| seen.body == r#"{"password":"secret","username":"ann"}"#));
}

#[tokio::test]
async fn a_token_is_kept_ahead_of_its_end_and_no_other_is_renewed() {
    let shop = Shop::open(|_| None).await;
    let target = Target::resolve(&shop.url).await.unwrap();
    let [fresh, stale] = [session(&target, "ann").await, session(&target, "bob").await];
    stale.token.lock().unwrap().renew_at = Instant::now();
    let sessions = [fresh, stale].map(Arc::new);
    let renewed = async {
        while shop.seen().len() < 3 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        () = renewed => {}
        () = keep_fresh(target, sessions.to_vec()) => panic!("it has no end"),
        () = sleep(Duration::from_secs(10)) => panic!("nothing was renewed"),
    }
    assert!(shop.seen()[2].body.contains("bob"), "{:?}", shop.seen()[2]);
}

#[tokio::test]
async fn customers_are_registered_a_few_at_a_time_and_each_has_a_name_of_its_own() {
    let shop = Shop::open(|seen| {
        let slow = seen.is("POST /api/identity/register");
        slow.then(|| Reply::Late(Duration::from_millis(20), 201, "{}".to_owned()))
    })
    .await;
    let target = Target::resolve(&shop.url).await.unwrap();
    let sessions = register_customers(&target, 0xab, 9).await.unwrap();
    let names: BTreeSet<&str> =
        sessions.iter().map(|session| &*session.login.as_ref().unwrap().0).collect();
    let expected: Vec<String> =
        (0..9).map(|number| format!("load-00000000000000ab-{number}")).collect();
    assert_eq!(names, expected.iter().map(|name| &**name).collect());
    let passwords: BTreeSet<&str> =
        sessions.iter().map(|session| &*session.login.as_ref().unwrap().1).collect();
    assert_eq!(passwords.len(), 9);
    let first = shop.seen()[0].body.clone();
    let first: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(first["password"], first["password2"]);
    assert_eq!(first["email"], format!("{}@example.com", first["username"].as_str().unwrap()));
    let mut under_way = 0;
    for seen in shop.seen().iter() {
        under_way += if seen.is("POST /api/identity/register") { 1 } else { -1 };
        assert!(under_way <= 4);
    }
}
