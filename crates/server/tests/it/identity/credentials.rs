//! /api/identity/me/password, /password-reset and me/email: what lets one in, and how it becomes another.

use super::people::{
    ME, Mailbox, PASSWORD, Tokens, log_in, login_with, me, newcomer, opens, refresh, register,
    registration, until_refused,
};
use crate::{
    app::{Shop, on_both_engines, unix_now, until},
    client::Answer,
    database::sql,
};
use domain::{
    AccountId, Actor, CorrelationId, MakeLink, Micros, Purpose, ReplaceHash, Role, SessionId, Text,
    links::MakeLinkRefusal,
};
use serde_json::{Value, json};
use server::{
    api::identity::passwords::{Change, set_password},
    http::{arguments::Origin, authentication::Account as Asker, clients::Client},
    language::Language,
    limits::Guest,
};
use std::{net::IpAddr, sync::Arc, time::Duration};
use store::Rejection;
use tokio::time::timeout;
use uuid::Uuid;

on_both_engines! {
    a_new_password_ends_the_other_sessions_on_every_node,
    a_new_password_wants_the_present_one_and_is_a_good_one,
    a_login_that_keeps_the_password_by_another_hash_fails_no_change_of_it,
    who_forgot_the_password_chooses_another_by_mail,
    asking_for_a_link_does_not_tell_who_is_a_customer,
    a_link_is_good_once_for_a_while_and_for_whoever_asks_again,
    a_link_from_before_a_change_is_dead,
    who_asked_before_a_link_was_used_does_not_make_it_again,
    a_mistyped_address_is_corrected_at_once,
    a_shop_without_mail_says_so,
    an_address_changes_once_it_is_confirmed_and_the_old_one_is_told,
    of_two_changes_to_one_address_one_is_made,
    an_address_that_is_taken_is_told_or_not_as_the_shop_wants_it,
    a_change_of_address_wants_the_password,
    letters_to_a_new_address_are_counted,
}

const NEW: &str = "see how they run";
const ASK: &str = "/api/identity/password-reset";
const RESET: &str = "/api/identity/password-reset/confirm";

async fn change(shop: &Shop, token: &str, current: &str, password: &str) -> Answer {
    let body = json!({"current_password": current, "password": password, "password2": password});
    shop.post(&format!("{ME}/password"), &body).token(token).send().await
}

async fn ask_for_reset(shop: &Shop, email: &str) -> Answer {
    shop.post(ASK, &json!({ "email": email })).send().await
}

async fn reset(shop: &Shop, token: &str, password: &str) -> Answer {
    let body = json!({"token": token, "password": password, "password2": password});
    shop.post(RESET, &body).send().await
}

async fn change_email(shop: &Shop, token: &str, email: &str) -> Answer {
    let body = json!({"email": email, "password": PASSWORD});
    shop.post(&format!("{ME}/email"), &body).token(token).send().await
}

async fn confirm_email(shop: &Shop, token: &str) -> Answer {
    shop.post(&format!("{ME}/email/confirm"), &json!({ "token": token })).send().await
}

#[track_caller]
fn is_done(answer: &Answer) {
    assert_eq!((answer.status, answer.body.len()), (204, 0), "{}", answer.text());
}

/// Lets everything that was mailed become older.
async fn let_pass(shop: &Shop, seconds: i64) {
    let us = seconds * 1_000_000;
    let older =
        format!("update links set made_at = made_at - {us}, expires_at = expires_at - {us}");
    sql(&shop.url, &older).await;
}

async fn a_new_password_ends_the_other_sessions_on_every_node(shop: Arc<Shop>) {
    let node = shop.second_node(&[]).await;
    let phone = newcomer(&shop, "ann").await;
    let tablet = log_in(&node, "ann").await;
    let ben = newcomer(&shop, "ben").await;
    for token in [&phone.access, &tablet.access] {
        me(&node, token).await.expect(200);
    }
    let before = me(&shop, &phone.access).await.expect(200);
    is_done(&change(&shop, &phone.access, PASSWORD, NEW).await);
    assert!(!opens(&shop, &tablet.access).await, "at once, where it was changed");
    until_refused(&node, &tablet.access).await;
    assert!(opens(&shop, &phone.access).await && opens(&node, &phone.access).await);
    refresh(&node, &tablet).await.problem(401, "unauthenticated");
    // The one that has changed it goes on, and so do all others.
    for node in [&shop, &node] {
        assert_eq!(me(node, &phone.access).await.expect(200), before);
        me(node, &ben.access).await.expect(200);
    }
    let phone = Tokens::of(&refresh(&node, &phone).await);
    me(&shop, &phone.access).await.expect(200);
    login_with(&node, "ann", PASSWORD).await.problem(401, "invalid_credentials");
    Tokens::of(&login_with(&node, "ann", NEW).await);
}

async fn a_new_password_wants_the_present_one_and_is_a_good_one(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    let other = log_in(&shop, "ann").await;
    let wrong = change(&shop, &ann.access, NEW, NEW).await;
    assert_eq!(wrong.bad_fields(422, "invalid"), ["current_password"]);
    let path = format!("{ME}/password");
    for (body, bad) in [
        (json!({}), vec!["current_password", "password", "password2"]),
        (
            json!({"current_password": PASSWORD, "password": NEW, "password2": "x"}),
            vec!["password2"],
        ),
        (
            json!({"current_password": 1, "password": NEW, "password2": NEW, "all": true}),
            vec!["all", "current_password"],
        ),
        (
            json!({"current_password": PASSWORD, "password": "12345678", "password2": "12345678"}),
            vec!["password"],
        ),
        (
            json!({"current_password": PASSWORD, "password": "ann@example.com",
            "password2": "ann@example.com"}),
            vec!["password"],
        ),
    ] {
        let answer = shop.post(&path, &body).token(&ann.access).send().await;
        assert_eq!(answer.bad_fields(422, "invalid"), bad, "{body}");
    }
    for tokens in [&ann, &other] {
        me(&shop, &tokens.access).await.expect(200);
    }
    log_in(&shop, "ann").await;
}

async fn a_login_that_keeps_the_password_by_another_hash_fails_no_change_of_it(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    let read = async || shop.app.readers.exact().account_named("ann").await.unwrap().unwrap();
    for (now, current, bad) in [
        (PASSWORD, PASSWORD, None),
        // Somebody has set another one.
        ("hickory dickory dock", NEW, Some("current_password")),
    ] {
        let before = read().await;
        let tokens = Tokens::of(&login_with(&shop, "ann", current).await);
        let claims = shop.app.tokens.read_access(&tokens.access, unix_now()).unwrap();
        let (id, session) = (AccountId(claims.sub), SessionId(claims.sid));
        let hash = shop.app.passwords.hash(Guest::SHOP, now.to_owned()).await.unwrap();
        let (account, after) = (before.id, Text::stored(&hash));
        let replace = ReplaceHash { account, before: before.password_hash.clone(), after };
        shop.command(replace).await;
        let asker = Asker { id, role: Role::Customer, session };
        let origin = Origin {
            correlation: CorrelationId(Uuid::now_v7()),
            client: Client(IpAddr::from([127, 0, 0, 1])),
            language: Language::English,
            wished: None,
        };
        let change = Change { current: current.to_owned(), password: NEW.to_owned() };
        // What was read before the hash was replaced.
        let set = set_password(&shop.app, (asker, None), origin, &before, change).await;
        let named = set.err().map(|problem| problem.field_errors()[0].field.clone());
        assert_eq!(named.as_deref(), bad);
        let works = if bad.is_none() { NEW } else { now };
        Tokens::of(&login_with(&shop, "ann", works).await);
    }
}

async fn who_forgot_the_password_chooses_another_by_mail(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    let thief = log_in(&shop, "ann").await;
    let Some(mail) = Mailbox::open(&shop, &[]).await else { return };
    let node = mail.shop.clone();
    let asked = node.post(ASK, &json!({"email": "ANN@example.com"}));
    let asked = asked.header("Accept-Language", "de").send().await;
    assert_eq!(asked.status, 202, "{}", asked.text());
    let letter = mail.letter("ann@example.com", 0).await;
    assert!(letter.header("Subject").contains("Passwort"), "{letter:?}");
    let token = mail.token("ann@example.com", 0).await;
    for weak in ["12345678", "ann@example.com"] {
        let answer = reset(&node, &token, weak).await;
        assert_eq!(answer.bad_fields(422, "invalid"), ["password"], "{weak}");
    }
    is_done(&reset(&node, &token, NEW).await);
    // Whoever was in is out, and no session is left.
    assert!(!opens(&node, &thief.access).await, "at once, where it was reset");
    until_refused(&shop, &thief.access).await;
    refresh(&shop, &thief).await.problem(401, "unauthenticated");
    login_with(&shop, "ann", PASSWORD).await.problem(401, "invalid_credentials");
    let ann = Tokens::of(&login_with(&shop, "ann", NEW).await);
    // Whoever follows a link reads what is sent there.
    assert_eq!(me(&shop, &ann.access).await.expect(200)["email_confirmed"], true);
    let letters = mail.close().await;
    let [_, told] = letters.as_slice() else { panic!("{letters:?}") };
    assert!(told.header("Subject").contains("changed"), "{told:?}");
}

async fn asking_for_a_link_does_not_tell_who_is_a_customer(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    register(&shop, "ben").await;
    sql(&shop.url, "update accounts set is_active = false where username = 'ben'").await;
    let Some(mail) = Mailbox::open(&shop, &[]).await else { return };
    let commits = async || mail.shop.app.readers.exact().feed().await.unwrap().commit;
    let told = async |email: &str| {
        let before = commits().await;
        let answer = ask_for_reset(&mail.shop, email).await;
        let names: Vec<String> = answer.headers.iter().map(|(name, _)| name.clone()).collect();
        // Whoever writes sees from the position of his answer how many there were before. The shop commits by
        // itself, too, twice a minute.
        let one = until("the commit of a request", async || commits().await > before);
        timeout(Duration::from_secs(10), one).await.expect("a commit of its own");
        (answer.status, answer.text(), names)
    };
    let known = told("ann@example.com").await;
    assert_eq!(known.0, 202);
    assert!(!known.2.contains(&"sutler-position".to_owned()), "{known:?}");
    for email in ["nobody@example.com", "ben@example.com", "ann@example.com"] {
        assert_eq!(told(email).await, known, "{email}");
    }
    for (body, bad) in [(json!({"email": "ann"}), "email"), (json!({}), "email")] {
        let answer = mail.shop.post(ASK, &body).send().await;
        assert_eq!(answer.bad_fields(422, "invalid"), [bad]);
    }
    // Nobody else was written to, and she was so once: a mailbox is not to be filled by others.
    let letters = mail.close().await;
    let readers: Vec<_> = letters.iter().map(|letter| letter.to.join(" ")).collect();
    assert_eq!(readers, ["ann@example.com"]);
}

async fn a_link_is_good_once_for_a_while_and_for_whoever_asks_again(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    let Some(mail) = Mailbox::open(&shop, &[("reset_link_ttl", "10m")]).await else { return };
    let node = mail.shop.clone();
    ask_for_reset(&node, "ann@example.com").await;
    let first = mail.token("ann@example.com", 0).await;
    let_pass(&shop, 61).await;
    ask_for_reset(&node, "ann@example.com").await;
    let second = mail.token("ann@example.com", 1).await;
    assert_eq!(first, second, "a stranger who asks spends nothing");
    for wrong in ["nonsense", &second[1..], &format!("{second}A"), "\u{e9}\u{e9}"] {
        reset(&node, wrong, NEW).await.problem(422, "invalid_link");
    }
    let (one, other) = tokio::join!(reset(&node, &second, NEW), reset(&node, &second, NEW));
    let mut told = [one.status, other.status];
    told.sort_unstable();
    assert_eq!(told, [204, 422], "two at once: {} {}", one.text(), other.text());
    reset(&node, &second, "run, run as you can").await.problem(422, "invalid_link");
    let_pass(&shop, 61).await;
    // The third letter told of the new password.
    ask_for_reset(&node, "ann@example.com").await;
    let third = mail.token("ann@example.com", 3).await;
    assert_ne!(third, second, "which was followed");
    let_pass(&shop, 600).await;
    reset(&node, &third, PASSWORD).await.problem(422, "invalid_link");
    Tokens::of(&login_with(&node, "ann", NEW).await);
}

/// A stranger asks all the time, also at the moment at which its owner follows the link.
async fn who_asked_before_a_link_was_used_does_not_make_it_again(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    let Some(mail) = Mailbox::open(&shop, &[]).await else { return };
    let node = mail.shop.clone();
    ask_for_reset(&node, "ann@example.com").await;
    let link = mail.token("ann@example.com", 0).await;
    let before = node.app.readers.exact().account_named("ann").await.unwrap().unwrap();
    let kept = node.app.readers.exact().link(before.id, Purpose::ResetPassword).await.unwrap();
    let kept = kept.unwrap();
    is_done(&reset(&node, &link, NEW).await);
    // As it was made of what was read before.
    let again = MakeLink {
        account: before.id,
        purpose: Purpose::ResetPassword,
        secret: kept.secret,
        email: kept.email,
        lifetime_us: Micros::HOUR,
        made_of: Some((before.version, before.era)),
    };
    let correlation = CorrelationId(Uuid::now_v7());
    let made = node.app.send(Actor::SYSTEM, correlation, None, again).await;
    let refused = MakeLinkRefusal::AccountChanged;
    assert!(matches!(made, Err(Rejection::Refused(why)) if why == refused), "{link}");
    reset(&node, &link, PASSWORD).await.problem(422, "invalid_link");
}

async fn a_link_from_before_a_change_is_dead(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    let id = me(&shop, &ann.access).await.expect(200)["id"].as_str().unwrap().to_owned();
    let Some(mail) = Mailbox::open(&shop, &[]).await else { return };
    let node = mail.shop.clone();
    ask_for_reset(&node, "ann@example.com").await;
    let link = mail.token("ann@example.com", 0).await;
    assert_eq!(change_email(&node, &ann.access, "mallory@example.com").await.status, 202);
    let away = mail.token("mallory@example.com", 0).await;
    // She has noticed, and chooses another password: neither link does anything any more.
    is_done(&change(&node, &ann.access, PASSWORD, NEW).await);
    reset(&node, &link, PASSWORD).await.problem(422, "invalid_link");
    confirm_email(&node, &away).await.problem(422, "invalid_link");
    // Nor does one that was sent to an address which is hers no longer.
    let_pass(&shop, 61).await;
    ask_for_reset(&node, "ann@example.com").await;
    let link = mail.token("ann@example.com", 2).await;
    let edit = json!({"email": "anna@example.com"});
    let edit = shop.ask("PATCH", &format!("/api/identity/customers/{id}")).json(&edit);
    edit.token(&shop.staff).send().await.expect(200);
    reset(&node, &link, PASSWORD).await.problem(422, "invalid_link");
    // Nor one of an account that was closed meanwhile.
    let_pass(&shop, 61).await;
    ask_for_reset(&node, "anna@example.com").await;
    let link = mail.token("anna@example.com", 0).await;
    shop.patch(&format!("/api/identity/customers/{id}"), &json!({"is_active": false}))
        .send()
        .await
        .expect(200);
    reset(&node, &link, PASSWORD).await.problem(422, "invalid_link");
}

async fn a_shop_without_mail_says_so(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    for email in ["ann@example.com", "nobody@example.com"] {
        ask_for_reset(&shop, email).await.problem(409, "no_mail");
    }
    change_email(&shop, &ann.access, "anna@example.com").await.problem(409, "no_mail");
}

async fn a_mistyped_address_is_corrected_at_once(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    let Some(mail) = Mailbox::open(&shop, &[]).await else { return };
    let node = mail.shop.clone();
    assert_eq!(change_email(&node, &ann.access, "stranger@example.org").await.status, 202);
    let strangers = mail.token("stranger@example.org", 0).await;
    assert_eq!(change_email(&node, &ann.access, "anna@example.org").await.status, 202);
    let own = mail.token("anna@example.org", 0).await;
    confirm_email(&node, &strangers).await.problem(422, "invalid_link");
    is_done(&confirm_email(&node, &own).await);
    assert_eq!(me(&node, &ann.access).await.expect(200)["email"], "anna@example.org");
}

async fn an_address_changes_once_it_is_confirmed_and_the_old_one_is_told(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    let Some(mail) = Mailbox::open(&shop, &[]).await else { return };
    let node = mail.shop.clone();
    let before = me(&node, &ann.access).await.expect(200);
    assert_eq!(change_email(&node, &ann.access, "anna@example.org").await.status, 202);
    let token = mail.token("anna@example.org", 0).await;
    // Nothing has changed yet.
    assert_eq!(me(&node, &ann.access).await.expect(200), before);
    ask_for_reset(&node, "ann@example.com").await;
    let left = mail.token("ann@example.com", 0).await;
    is_done(&confirm_email(&node, &token).await);
    let after = me(&node, &ann.access).await.expect(200);
    assert_eq!(
        [&after["email"], &after["email_confirmed"]],
        [&json!("anna@example.org"), &json!(true)]
    );
    confirm_email(&node, &token).await.problem(422, "invalid_link");
    Tokens::of(&login_with(&node, "anna@example.org", PASSWORD).await);
    login_with(&node, "ann@example.com", PASSWORD).await.problem(401, "invalid_credentials");
    // What was sent to the address that was left opens nothing any more.
    reset(&node, &left, NEW).await.problem(422, "invalid_link");
    let told = mail.letter("ann@example.com", 1).await;
    assert!(told.body.contains("new address") && !told.body.contains("anna@"), "{told:?}");
    // The address that was left is free.
    let mut other = registration("other");
    other["email"] = json!("ann@example.com");
    shop.post("/api/identity/register", &other).send().await.expect(201);
}

async fn of_two_changes_to_one_address_one_is_made(shop: Arc<Shop>) {
    let (ann, ben) = (newcomer(&shop, "ann").await, newcomer(&shop, "ben").await);
    let Some(mail) = Mailbox::open(&shop, &[]).await else { return };
    let node = mail.shop.clone();
    for (person, others) in [(&ann, 0), (&ben, 1)] {
        assert_eq!(change_email(&node, &person.access, "we@example.org").await.status, 202);
        mail.token("we@example.org", others).await;
    }
    let tokens = [mail.token("we@example.org", 0).await, mail.token("we@example.org", 1).await];
    let (one, other) =
        tokio::join!(confirm_email(&node, &tokens[0]), confirm_email(&shop, &tokens[1]));
    let mut told = [one.status, other.status];
    told.sort_unstable();
    assert_eq!(told, [204, 409], "{} {}", one.text(), other.text());
    let late = if one.status == 409 { one } else { other };
    assert_eq!(late.bad_fields(409, "email_taken"), ["email"]);
    // Of one account the later change counts.
    let_pass(&shop, 61).await;
    let winner = async |tokens: &Tokens| {
        me(&node, &tokens.access).await.expect(200)["email"] == "we@example.org"
    };
    let loser = if winner(&ann).await { &ben } else { &ann };
    for email in ["first@example.org", "second@example.org"] {
        assert_eq!(change_email(&node, &loser.access, email).await.status, 202);
        mail.token(email, 0).await;
        let_pass(&shop, 61).await;
    }
    let first = mail.token("first@example.org", 0).await;
    confirm_email(&node, &first).await.problem(422, "invalid_link");
    is_done(&confirm_email(&node, &mail.token("second@example.org", 0).await).await);
}

async fn an_address_that_is_taken_is_told_or_not_as_the_shop_wants_it(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    sql(&shop.url, "update accounts set email_confirmed = true").await;
    register(&shop, "ben").await;
    let Some(open) = Mailbox::open(&shop, &[]).await else { return };
    let answer = change_email(&open.shop, &ann.access, "BEN@example.com").await;
    assert_eq!(answer.bad_fields(409, "email_taken"), ["email"]);
    assert_eq!(open.close().await, []);
    let Some(mail) = Mailbox::open(&shop, &[("registration_tells", "false")]).await else {
        return;
    };
    let free = change_email(&mail.shop, &ann.access, "free@example.com").await;
    let_pass(&shop, 61).await;
    let taken = change_email(&mail.shop, &ann.access, "ben@example.com").await;
    assert_eq!((free.status, free.text()), (202, String::new()));
    assert_eq!((taken.status, taken.text()), (202, String::new()));
    let again = change_email(&mail.shop, &ann.access, "ben@example.com").await;
    assert_eq!((again.status, again.text()), (202, String::new()));
    // In each case something was written, or seen that was: none of them tells more than another.
    let commit = |answer: &Answer| {
        let position = answer.header("sutler-position").unwrap().rsplit_once('-').unwrap();
        position.1.parse::<i64>().unwrap()
    };
    assert!(commit(&free) < commit(&taken) && commit(&taken) <= commit(&again));
    let told = mail.letter("ben@example.com", 0).await;
    assert!(!told.body.contains("token="), "{told:?}");
}

async fn a_change_of_address_wants_the_password(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    let Some(mail) = Mailbox::open(&shop, &[]).await else { return };
    let path = format!("{ME}/email");
    let ask = async |body: Value| mail.shop.post(&path, &body).token(&ann.access).send().await;
    let wrong = ask(json!({"email": "anna@example.org", "password": NEW})).await;
    assert_eq!(wrong.bad_fields(422, "invalid"), ["password"]);
    for (body, bad) in [
        (json!({}), vec!["email", "password"]),
        (json!({"email": "anna", "password": PASSWORD, "otp": "1"}), vec!["email", "otp"]),
    ] {
        assert_eq!(ask(body).await.bad_fields(422, "invalid"), bad);
    }
    assert_eq!(mail.close().await, []);
}

/// Whoever has an account fills nobody's mailbox with it.
async fn letters_to_a_new_address_are_counted(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    let Some(mail) = Mailbox::open(&shop, &[]).await else { return };
    let mut asked = vec![];
    for _ in 0..8 {
        asked.push(change_email(&mail.shop, &ann.access, "ben@example.com").await.status);
    }
    assert_eq!(asked[0], 202);
    assert!(asked.contains(&429), "{asked:?}");
}
