//! Letters that a shop has replaced.

use super::{STAFF, Writing, order};
use crate::{
    app::{SECRET, Shop, on_both_engines},
    process::run,
};
use domain::OrderStatus;
use serde_json::json;
use std::{fs, sync::Arc};
use testbed::TempDir;

on_both_engines!(a_shop_writes_in_its_own_words_and_nobody_else_into_its_headers);

async fn a_shop_writes_in_its_own_words_and_nobody_else_into_its_headers(shop: Arc<Shop>) {
    let dir = TempDir::new().unwrap();
    let own = "Subject: {number}: {reason}\n\nSorry. {{We}} mean it.\n\n{reason}\n";
    fs::write(dir.path().join("staff_order_given_up.en.txt"), own).unwrap();
    let settings = [("mail_templates", dir.path().to_str().unwrap())];
    let Some(Writing { mailbox, consumers: _running }) = Writing::open(&shop, &settings).await
    else {
        return;
    };
    let name = "Tin: {shop} Bcc: all@example.com";
    let tin = shop.product(json!({"name": name, "price": 1, "quantity": 9})).await;
    let ann = shop.customer("ann").await;
    let mut body = json!({"order_items": [{"product": tin["id"], "quantity": 1}]});
    body["note"] = json!("see http://evil.example\nBcc: all@example.com");
    body["contact"] = json!({"name": "see http://evil.example", "email": "ann@example.com"});
    let placed = shop.post("/api/orders/orders", &body).token(&ann.token).send().await.expect(201);
    let received = mailbox.letter("ann@example.com", 0).await;
    assert!(received.body.contains(name), "{}", received.body);
    assert!(!received.body.contains("evil.example"), "{}", received.body);
    shop.move_order(&placed, OrderStatus::Processing).await;
    let reason = "it broke\r\nBcc: all@example.com";
    shop.move_for(&placed, OrderStatus::Failed, Some(reason)).await;
    let failed = mailbox.letter(STAFF, 0).await;
    let number = &placed["number"];
    assert_eq!(failed.header("Subject"), format!("{number}: it broke  Bcc: all@example.com"));
    assert_eq!(failed.body.trim_end(), "Sorry. {We} mean it.\n\nit broke \nBcc: all@example.com");
    for letter in [&received, &failed] {
        assert_eq!((letter.header("Bcc"), letter.to.len()), ("", 1), "{letter:?}");
    }
    // Whoever has ordered may cancel, and tells nobody anything by it.
    let mine = order(&shop, &ann, tin["id"].as_i64().unwrap(), None).await;
    let cancel = format!("/api/orders/orders/{}/cancel", mine["id"].as_str().unwrap());
    let reason = json!({"reason": "see http://evil.example"});
    shop.post(&cancel, &reason).token(&ann.token).send().await.expect(200);
    let cancelled = mailbox.letter("ann@example.com", 3).await;
    assert!(cancelled.header("Subject").ends_with("was cancelled"), "{cancelled:?}");
    assert!(!cancelled.body.contains("evil.example"), "{}", cancelled.body);
}

#[test]
fn a_template_that_cannot_be_read_keeps_a_node_from_beginning() {
    let dir = TempDir::new().unwrap();
    let templates = dir.path().join("letters");
    fs::create_dir(&templates).unwrap();
    fs::write(templates.join("order_received.de.txt"), "Subject: Danke\n\n{nummer}\n").unwrap();
    fs::write(templates.join("order_recieved.en.txt"), "Subject: Thanks\n\n{number}\n").unwrap();
    fs::write(templates.join("reset_password.en.txt"), "Your link\n\n{link}\n").unwrap();
    let environment = [
        ("SUTLER_SECRET_KEY", SECRET),
        ("SUTLER_PUBLIC_URL", "http://127.0.0.1:8000"),
        ("SUTLER_MAIL_TEMPLATES", templates.to_str().unwrap()),
        ("SUTLER_LISTEN", "127.0.0.1:0"),
    ];
    for command in ["serve", "check"] {
        let ended = run(dir.path(), &[command], &environment);
        ended.says(
            1,
            &[
                "order_received.de.txt, line 3: {nummer} is unknown here",
                "order_recieved.en.txt: is the template of no letter",
                "reset_password.en.txt, line 1: the first line has to be the subject",
            ],
        );
    }
    assert!(!dir.path().join("sutler-data").exists(), "nothing was made for it");
}

#[test]
fn letters_are_written_to_be_replaced_and_looked_at() {
    let dir = TempDir::new().unwrap();
    let run = |arguments: &[&str]| run(dir.path(), arguments, &[]);
    run(&["mail", "templates"])
        .says(0, &["=== order_received.de.txt: {shop} {number}", "Subject: "]);
    run(&["mail", "templates", "--out", "letters"]).says(0, &["30 written", "0 were there"]);
    let file = dir.path().join("letters/order_received.de.txt");
    fs::write(&file, "Subject: Danke!\n\nNummer {number}, {total}\n").unwrap();
    run(&["mail", "templates", "--out", "letters"]).says(0, &["0 written", "30 were there"]);
    let preview = ["mail", "preview", "order_received", "--language", "de"];
    run(&preview).says(0, &["Subject: Ihre Bestellung 1001 bei Sutler", "Enamel mug"]);
    let own = run(&[&preview[..], &["--mail-templates", "letters"]].concat());
    assert_eq!(own.stdout, "Subject: Danke!\n\nNummer 1001, 114,00 EUR\n");
    run(&["mail", "preview", "order_lost"]).says(2, &["order_received"]);
}
