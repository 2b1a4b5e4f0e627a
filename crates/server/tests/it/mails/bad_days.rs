//! Mail on bad days: each letter comes, at least once, and nobody else waits for it.

use super::{Writing, begin, go, order};
use crate::{
    app::{PUBLIC_URL, SECRET, Shop, on_both_engines, until},
    process::Node,
};
use serde_json::json;
use std::sync::Arc;
use testbed::{SmtpOptions, SmtpServer};

on_both_engines!(
    a_server_that_hangs_gets_each_letter_when_it_is_back,
    an_address_that_is_refused_stops_no_other,
    an_address_that_has_to_wait_is_waited_for_and_others_go_before_it,
    of_two_who_are_told_the_same_each_is_told,
    a_letter_in_which_the_server_breaks_off_stops_no_other,
    a_node_that_is_killed_before_it_has_noted_a_letter_sends_it_again_as_the_same,
);

async fn a_server_that_hangs_gets_each_letter_when_it_is_back(shop: Arc<Shop>) {
    let Some(Writing { mailbox, consumers: _running }) = Writing::open(&shop, &[]).await else {
        return;
    };
    let tin = shop.tin("12.50", 99).await;
    let ann = shop.customer("ann").await;
    shop.customer("ben").await;
    mailbox.server.behave("to ann@example.com hang").unwrap();
    let orders = [order(&shop, &ann, tin, None).await, order(&shop, &ann, tin, None).await];
    until("an attempt", async || mailbox.server.attempts() > 0).await;
    for order in &orders {
        go(&mailbox.shop, order, "start", json!({})).await;
        go(&mailbox.shop, order, "complete", json!({})).await;
    }
    // Whoever asks for a letter gets it meanwhile.
    let reset = json!({"email": "ben@example.com"});
    let ask = mailbox.shop.post("/api/identity/password-reset", &reset);
    assert!(ask.send().await.status < 300);
    mailbox.letter("ben@example.com", 0).await;
    assert_eq!(mailbox.letters("ann@example.com"), []);
    mailbox.server.stop().unwrap();
    mailbox.server.behave("accept").unwrap();
    mailbox.server.start_again().unwrap();
    mailbox.letter("ann@example.com", 3).await;
    let letters = mailbox.letters("ann@example.com");
    for order in &orders {
        let about = format!("Your order {} at Camp", order["number"]);
        let told: Vec<&str> = letters
            .iter()
            .filter_map(|letter| letter.header("Subject").strip_prefix(&about))
            .collect();
        assert_eq!(told, ["", " is complete"], "{letters:?}");
    }
}

async fn an_address_that_is_refused_stops_no_other(shop: Arc<Shop>) {
    let Some(Writing { mailbox, consumers: _running }) = Writing::open(&shop, &[]).await else {
        return;
    };
    let tin = shop.tin("12.50", 99).await;
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    mailbox.server.behave("to ann@example.com 550 5.1.1 ADDRESS is nobody").unwrap();
    order(&shop, &ann, tin, None).await;
    order(&shop, &ben, tin, None).await;
    mailbox.letter("ben@example.com", 0).await;
    order(&shop, &ben, tin, None).await;
    mailbox.letter("ben@example.com", 1).await;
    assert_eq!((mailbox.server.attempts(), mailbox.letters("ann@example.com").len()), (3, 0));
    let figures = mailbox.shop.app.meters.render();
    assert!(figures.contains("mails_total{outcome=\"failed\"} 1"), "{figures}");
}

async fn an_address_that_has_to_wait_is_waited_for_and_others_go_before_it(shop: Arc<Shop>) {
    let Some(Writing { mailbox, mut consumers }) = Writing::open(&shop, &[]).await else { return };
    consumers.shutdown().await;
    shop.sql("update consumers set leased_until = 1 where name = 'mails'").await;
    let tin = shop.tin("12.50", 99).await;
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    mailbox.server.behave("to ann@example.com 451 4.7.1 ADDRESS is greylisted").unwrap();
    order(&shop, &ann, tin, None).await;
    order(&shop, &ben, tin, None).await;
    let _running = server::consumers::start(&mailbox.shop.app);
    mailbox.letter("ben@example.com", 0).await;
    until("another attempt", async || mailbox.server.attempts() >= 3).await;
    mailbox.server.behave("accept").unwrap();
    mailbox.letter("ann@example.com", 0).await;
    // What had gone was not sent with it again.
    order(&shop, &ben, tin, None).await;
    mailbox.letter("ben@example.com", 1).await;
    assert_eq!(mailbox.close().await.len(), 3);
}

async fn of_two_who_are_told_the_same_each_is_told(shop: Arc<Shop>) {
    let two = [("notify_emails", "ben@example.com,carl@example.com")];
    let Some(Writing { mailbox, consumers: _running }) = Writing::open(&shop, &two).await else {
        return;
    };
    let tin = shop.tin("12.50", 99).await;
    let ann = shop.customer("ann").await;
    mailbox.server.behave("to ben@example.com 451 4.7.1 ADDRESS is greylisted").unwrap();
    let failed = order(&shop, &ann, tin, None).await;
    go(&shop, &failed, "start", json!({})).await;
    go(&shop, &failed, "fail", json!({"reason": "no carrier"})).await;
    mailbox.letter("carl@example.com", 0).await;
    mailbox.server.behave("accept").unwrap();
    mailbox.letter("ben@example.com", 0).await;
}

/// As many such letters go first as are sent at once.
async fn a_letter_in_which_the_server_breaks_off_stops_no_other(shop: Arc<Shop>) {
    let Some(Writing { mailbox, mut consumers }) = Writing::open(&shop, &[]).await else { return };
    consumers.shutdown().await;
    shop.sql("update consumers set leased_until = 1 where name = 'mails'").await;
    let tin = shop.tin("12.50", 99).await;
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    mailbox.server.behave("to ann@example.com break").unwrap();
    for _ in 0..4 {
        order(&shop, &ann, tin, None).await;
    }
    order(&shop, &ben, tin, None).await;
    let _running = server::consumers::start(&mailbox.shop.app);
    mailbox.letter("ben@example.com", 0).await;
    mailbox.server.behave("accept").unwrap();
    mailbox.letter("ann@example.com", 3).await;
    assert_eq!(mailbox.close().await.len(), 5);
}

/// The server has taken the letter and says no goodbye, for which the node waits a moment.
async fn a_node_that_is_killed_before_it_has_noted_a_letter_sends_it_again_as_the_same(
    shop: Arc<Shop>,
) {
    let Some(server) = SmtpServer::for_test(SmtpOptions::default()) else { return };
    let smtp = format!("smtp://localhost:{}", server.port());
    let environment = [
        ("SUTLER_DATABASE_URL", shop.url.as_str()),
        ("SUTLER_SECRET_KEY", SECRET),
        ("SUTLER_PUBLIC_URL", PUBLIC_URL),
        ("SUTLER_SMTP_URL", &smtp),
        ("SUTLER_MAIL_FROM", "shop@example.com"),
    ];
    begin(&shop).await;
    let tin = shop.tin("12.50", 99).await;
    let ann = shop.customer("ann").await;
    server.behave("no-farewell").unwrap();
    let mut node = Node::start(&["serve"], &environment).await;
    order(&shop, &ann, tin, None).await;
    until("a letter", async || !server.received().is_empty()).await;
    node.signal("KILL");
    node.ended();
    order(&shop, &ann, tin, None).await;
    server.behave("accept").unwrap();
    shop.sql("update consumers set leased_until = 1").await;
    let mut node = Node::start(&["serve"], &environment).await;
    until("all letters", async || server.received().len() >= 3).await;
    let (first, later) = (&server.received()[0], &server.received()[1..]);
    let twice: Vec<_> =
        later.iter().filter(|letter| letter.header("Subject") == first.header("Subject")).collect();
    assert_eq!((twice.len(), later.len()), (1, 2), "{later:?}");
    for name in ["Message-ID", "Date"] {
        assert_eq!(twice[0].header(name), first.header(name));
    }
    assert_eq!(twice[0].body, first.body);
    assert!(later.iter().any(|letter| letter.header("Message-ID") != first.header("Message-ID")));
    assert_eq!(node.stop(), Some(0));
}
