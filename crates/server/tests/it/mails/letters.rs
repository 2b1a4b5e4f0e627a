//! Who is told what.

use super::{STAFF, Writing, go, order};
use crate::{
    app::{Shop, on_both_engines, until},
    database,
    identity::people::Mailbox,
};
use domain::OrderStatus;
use serde_json::json;
use server::consumers;
use std::sync::Arc;
use testbed::Received;

on_both_engines!(
    whoever_has_ordered_is_told_what_becomes_of_it,
    a_german_is_written_to_in_german,
    the_staff_are_told_what_failed_and_what_is_low,
    nobody_is_told_of_what_was_before_nor_of_what_was_not_done,
    only_what_the_settings_name_is_mailed,
    who_is_gone_or_closed_and_programs_are_not_written_to,
);

/// What somebody was told, in that order.
fn subjects(letters: &[Received]) -> Vec<String> {
    letters.iter().map(|letter| letter.header("Subject").to_owned()).collect()
}

async fn whoever_has_ordered_is_told_what_becomes_of_it(shop: Arc<Shop>) {
    let Some(Writing { mailbox, consumers: _running }) = Writing::open(&shop, &[]).await else {
        return;
    };
    let tin = shop.tin("12.50", 99).await;
    let ann = shop.customer("ann").await;
    let own = order(&shop, &ann, tin, None).await;
    let letter = mailbox.letter("ann@example.com", 0).await;
    let number = own["number"].as_i64().unwrap();
    assert_eq!(letter.header("Subject"), format!("Your order {number} at Camp"));
    for line in ["2 x 12.50 EUR = 25.00 EUR: Mess tin", "Total: 25.00 EUR"] {
        assert!(letter.body.lines().any(|told| told == line), "{}", letter.body);
    }
    // By its contact, who need not be its owner.
    let contact = Some("office@example.com");
    let mut orders = Vec::new();
    for _ in 0..3 {
        orders.push(order(&shop, &ann, tin, contact).await);
    }
    go(&shop, &orders[0], "start", json!({})).await;
    go(&shop, &orders[0], "complete", json!({})).await;
    go(&shop, &orders[1], "cancel", json!({"reason": "the last one was broken"})).await;
    go(&shop, &orders[2], "start", json!({})).await;
    go(&shop, &orders[2], "fail", json!({"reason": "no carrier"})).await;
    let numbers = orders.iter().map(|order| order["number"].as_i64().unwrap());
    for (number, (end, why)) in numbers.zip([
        ("is complete", None),
        ("was cancelled", Some("Why: the last one was broken")),
        ("could not be carried out", Some("Why: no carrier")),
    ]) {
        let expected = format!("Your order {number} at Camp {end}");
        let of = || {
            let letters = mailbox.letters("office@example.com");
            letters.into_iter().find(|letter| letter.header("Subject") == expected)
        };
        until(&expected, async || of().is_some()).await;
        let body = of().unwrap().body;
        assert_eq!(body.contains("Why:"), why.is_some(), "{body}");
        assert!(why.is_none_or(|why| body.contains(why)), "{body}");
    }
    assert_eq!(mailbox.letters("ann@example.com").len(), 1);
}

async fn a_german_is_written_to_in_german(shop: Arc<Shop>) {
    let Some(Writing { mailbox, consumers: _running }) = Writing::open(&shop, &[]).await else {
        return;
    };
    let tin = shop.tin("12.50", 99).await;
    let ann = shop.customer("ann").await;
    let edit = shop.ask("PATCH", "/api/identity/me").json(&json!({"language": "de"}));
    assert_eq!(edit.token(&ann.token).send().await.expect(200)["language"], "de");
    order(&shop, &ann, tin, Some("büro@example.com")).await;
    let letter = mailbox.letter("büro@example.com", 0).await;
    assert!(letter.header("Subject").starts_with("Ihre Bestellung "), "{letter:?}");
    assert!(letter.body.contains("2 x 12,50 EUR = 25,00 EUR"), "{}", letter.body);
}

async fn the_staff_are_told_what_failed_and_what_is_low(shop: Arc<Shop>) {
    let Some(Writing { mailbox, consumers: _running }) = Writing::open(&shop, &[]).await else {
        return;
    };
    let body =
        json!({"name": "Tin", "sku": "TIN", "price": 1, "quantity": 9, "low_stock_threshold": 7});
    let tin = shop.product(body).await["id"].as_i64().unwrap();
    let ann = shop.customer("ann").await;
    let failed = order(&shop, &ann, tin, None).await;
    let low = mailbox.letter(STAFF, 0).await;
    assert_eq!(low.header("Subject"), "Stock is low at Camp: 1");
    assert!(low.body.contains("TIN: 7 / 7, Tin"), "{}", low.body);
    go(&shop, &failed, "start", json!({})).await;
    go(&shop, &failed, "fail", json!({"reason": "no carrier"})).await;
    let said = async |subject: String| {
        let of = || mailbox.letters(STAFF).into_iter().find(|it| it.header("Subject") == subject);
        until(&subject, async || of().is_some()).await;
        of().unwrap()
    };
    let number = &failed["number"];
    let told = said(format!("Order {number} has failed at Camp")).await;
    assert!(told.body.contains("Why: no carrier"), "{}", told.body);
    // By the shop itself: the staff hear why, and the customer that it is so.
    let given_up = order(&shop, &ann, tin, None).await;
    shop.move_order(&given_up, OrderStatus::Processing).await;
    shop.move_for(&given_up, OrderStatus::Failed, Some("5 attempts: connection refused")).await;
    let number = &given_up["number"];
    let told = said(format!("Order {number} could not be carried out at Camp")).await;
    assert!(told.body.contains("connection refused"), "{}", told.body);
    let told = format!("Your order {number} at Camp could not be carried out");
    until(&told, async || subjects(&mailbox.letters("ann@example.com")).contains(&told)).await;
    let letters = mailbox.letters("ann@example.com");
    assert!(!letters.iter().any(|letter| letter.body.contains("connection refused")));
}

async fn nobody_is_told_of_what_was_before_nor_of_what_was_not_done(shop: Arc<Shop>) {
    let tin = shop.tin("12.50", 99).await;
    let ann = shop.customer("ann").await;
    let before = order(&shop, &ann, tin, None).await;
    let Some(mailbox) = Mailbox::open(&shop, &[]).await else { return };
    let _consumers = consumers::start(&mailbox.shop.app);
    until("a cursor", async || database::cursor_of(&shop.url, "mails").await.is_some()).await;
    // Refused: it does not move, and there are not so many.
    let complete = format!("/api/orders/orders/{}/complete", before["id"].as_str().unwrap());
    shop.post(&complete, &json!({})).token(&shop.staff).send().await.problem(409, "illegal_move");
    shop.place(&ann, tin, 1000).await.problem(409, "out_of_stock");
    let now = order(&shop, &ann, tin, None).await;
    mailbox.letter("ann@example.com", 0).await;
    go(&shop, &before, "cancel", json!({})).await;
    mailbox.letter("ann@example.com", 1).await;
    let told = subjects(&mailbox.close().await);
    let (first, second) = (&now["number"], &before["number"]);
    let expected = [
        format!("Your order {first} at Sutler"),
        format!("Your order {second} at Sutler was cancelled"),
    ];
    assert_eq!(told, expected);
}

async fn only_what_the_settings_name_is_mailed(shop: Arc<Shop>) {
    let settings = [("order_mails", "cancelled"), ("notify_emails", "")];
    let Some(Writing { mailbox, consumers: _running }) = Writing::open(&shop, &settings).await
    else {
        return;
    };
    let tin = shop.tin("12.50", 99).await;
    let ann = shop.customer("ann").await;
    for _ in 0..2 {
        let order = order(&shop, &ann, tin, None).await;
        go(&shop, &order, "cancel", json!({})).await;
    }
    mailbox.letter("ann@example.com", 1).await;
    let told = subjects(&mailbox.close().await);
    assert!(told.iter().all(|subject| subject.ends_with("was cancelled")), "{told:?}");
    assert_eq!(told.len(), 2);
}

async fn who_is_gone_or_closed_and_programs_are_not_written_to(shop: Arc<Shop>) {
    let Some(Writing { mailbox, mut consumers }) = Writing::open(&shop, &[]).await else { return };
    consumers.shutdown().await;
    shop.sql("update consumers set leased_until = 1 where name = 'mails'").await;
    let tin = shop.tin("12.50", 99).await;
    // As a channel will hand one in, with somebody to be reached.
    let till = shop.customer("till").await;
    let by_program = order(&shop, &till, tin, Some("till.office@example.com")).await;
    let number = &by_program["number"];
    shop.sql(&format!("update orders set owner_kind = 2 where number = {number}")).await;
    let [gone, closed, ann] =
        [shop.customer("gone"), shop.customer("closed"), shop.customer("ann")];
    let (gone, closed, ann) = (gone.await, closed.await, ann.await);
    order(&shop, &gone, tin, Some("gone.office@example.com")).await;
    order(&shop, &closed, tin, None).await;
    order(&shop, &closed, tin, Some("office@example.com")).await;
    let path = |person: &crate::app::Person| format!("/api/identity/customers/{}", person.id);
    let delete = shop.ask("DELETE", &path(&gone)).token(&shop.admin).send().await;
    delete.expect_empty(204);
    shop.patch(&path(&closed), &json!({"is_active": false})).send().await.expect(200);
    order(&shop, &ann, tin, None).await;
    let _consumers = consumers::start(&mailbox.shop.app);
    mailbox.letter("ann@example.com", 0).await;
    mailbox.letter("office@example.com", 0).await;
    let told = mailbox.close().await;
    let mut readers: Vec<&str> =
        told.iter().flat_map(|letter| &letter.to).map(String::as_str).collect();
    readers.sort_unstable();
    assert_eq!(readers, ["ann@example.com", "office@example.com"]);
}
