//! /api/identity/me/otp: a second factor, from the telephone or from a piece of paper.

use super::people::{
    Mailbox, PASSWORD, Tokens, code, log_in, login_with, me, newcomer, refresh, register, try_login,
};
use crate::{
    app::{Shop, on_both_engines, unix_now},
    client::Answer,
    database::{dump, sql},
};
use domain::{OpenSession, Role, SessionId};
use serde_json::{Value, json};
use server::tokens::Holder;
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use uuid::{NoContext, Timestamp, Uuid};

on_both_engines! {
    a_second_factor_counts_once_it_is_confirmed,
    a_login_wants_the_code_after_a_right_password,
    a_code_is_good_once,
    a_recovery_code_is_good_once,
    a_factor_goes_by_a_code_of_it,
    an_admin_takes_the_factor_of_another_away,
    no_other_address_goes_round_the_factor,
    one_that_was_begun_again_forgets_the_first,
    a_new_password_by_mail_does_not_replace_the_factor,
    whoever_reads_the_mail_of_an_account_that_was_never_confirmed_has_it,
    a_session_that_was_opened_without_a_code_ends_with_the_new_factor,
    staff_without_the_factor_that_they_need_are_customers,
    staff_have_no_rights_left_when_their_factor_goes,
    a_factor_is_begun_by_the_password,
    a_factor_that_is_begun_twice_is_one_whose_secret_is_lost,
    the_owner_is_told_that_a_factor_came_or_went,
}

const OTP: &str = "/api/identity/me/otp";
const CONFIRM: &str = "/api/identity/me/otp/confirm";

struct Factor {
    secret: String,
    recovery: Vec<String>,
}

async fn begin(shop: &Shop, token: &str) -> Factor {
    let made =
        shop.post(OTP, &json!({ "password": PASSWORD })).token(token).send().await.expect(201);
    let codes = made["recovery_codes"].as_array().unwrap().iter();
    let recovery = codes.map(|code| code.as_str().unwrap().to_owned()).collect();
    let secret = made["secret"].as_str().unwrap().to_owned();
    let uri = made["uri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/"), "{uri}");
    assert!(uri.contains(&format!("secret={secret}")), "{uri}");
    Factor { secret, recovery }
}

async fn confirm(shop: &Shop, token: &str, code: &str) -> Answer {
    shop.post(CONFIRM, &json!({ "otp": code })).token(token).send().await
}

/// A factor that counts, with the code of now used up.
async fn set_up(shop: &Shop, token: &str) -> Factor {
    let factor = begin(shop, token).await;
    let confirmed = confirm(shop, token, &code(&factor.secret, 0)).await;
    assert_eq!(confirmed.status, 204, "{}", confirmed.text());
    factor
}

async fn login(shop: &Shop, otp: &str) -> Answer {
    try_login(shop, json!({"username": "ann", "password": PASSWORD, "otp": otp})).await
}

/// As if the codes of the last minutes had never been used: nobody waits for the next one.
async fn let_pass(shop: &Shop) {
    sql(&shop.url, "update factors set last_step = last_step - 20").await;
}

/// Six digits that are none of the codes of about now.
fn wrong(secret: &str) -> String {
    let codes: Vec<String> = (-3..=3).map(|steps| code(secret, steps)).collect();
    (0..).map(|n| format!("{n:06}")).find(|wrong| !codes.contains(wrong)).unwrap()
}

async fn state(shop: &Shop, token: &str) -> Value {
    shop.get(OTP).token(token).send().await.expect(200)
}

async fn a_second_factor_counts_once_it_is_confirmed(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    let off = json!({"is_on": false, "recovery_codes_left": 0});
    assert_eq!(state(&shop, &ann.access).await, off);
    confirm(&shop, &ann.access, "123456").await.problem(404, "not_found");
    let factor = begin(&shop, &ann.access).await;
    assert_eq!(factor.recovery.len(), 10);
    assert_eq!(state(&shop, &ann.access).await, off);
    // Not yet: who has not scanned it is not shut out.
    log_in(&shop, "ann").await;
    // A code on paper shows nothing about the telephone.
    for code in [&wrong(&factor.secret), &factor.recovery[0]] {
        let wrong = confirm(&shop, &ann.access, code).await;
        assert_eq!(wrong.bad_fields(422, "invalid"), ["otp"]);
    }
    for (body, bad) in [(json!({}), "otp"), (json!({"otp": 123456}), "otp")] {
        let answer = shop.post(CONFIRM, &body).token(&ann.access).send().await;
        assert_eq!(answer.bad_fields(422, "invalid"), [bad]);
    }
    let right = confirm(&shop, &ann.access, &code(&factor.secret, 0)).await;
    assert_eq!((right.status, right.body.len()), (204, 0), "{}", right.text());
    let on = json!({"is_on": true, "recovery_codes_left": 10});
    assert_eq!(state(&shop, &ann.access).await, on);
    // Who has lost the answer shows the code again, or the next one; nothing is spent by that.
    for again in [code(&factor.secret, 0), code(&factor.secret, 1)] {
        assert_eq!(confirm(&shop, &ann.access, &again).await.status, 204);
    }
    for other in [&wrong(&factor.secret), &factor.recovery[0]] {
        confirm(&shop, &ann.access, other).await.problem(404, "not_found");
    }
    assert_eq!(state(&shop, &ann.access).await, on);
    // The session goes on; another factor needs this one to go first.
    me(&shop, &ann.access).await.expect(200);
    Tokens::of(&refresh(&shop, &ann).await);
    let again = shop.post(OTP, &json!({ "password": PASSWORD })).token(&ann.access).send().await;
    again.problem(409, "conflict");
    let kept = dump(&shop.url).await;
    assert!(factor.recovery.iter().all(|code| !kept.contains(code.as_str())));
    assert!(factor.recovery.iter().all(|code| !kept.contains(&code.replace('-', ""))));
}

async fn a_login_wants_the_code_after_a_right_password(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    let factor = set_up(&shop, &ann.access).await;
    let_pass(&shop).await;
    login_with(&shop, "ann", PASSWORD).await.problem(401, "otp_required");
    login(&shop, &wrong(&factor.secret)).await.problem(401, "otp_required");
    login(&shop, "hello").await.problem(401, "otp_required");
    // Who does not know the password learns nothing of it.
    let guess = json!({"username": "ann", "password": "four blind mice"});
    try_login(&shop, guess).await.problem(401, "invalid_credentials");
    let code = code(&factor.secret, 0);
    let guess = json!({"username": "ann", "password": "four blind mice", "otp": code});
    try_login(&shop, guess).await.problem(401, "invalid_credentials");
    // A wrong password has used no code up.
    let tokens = Tokens::of(&login(&shop, &code).await);
    assert!(!tokens.otp_needed);
    me(&shop, &tokens.access).await.expect(200);
    // Who has none may send one all the same.
    register(&shop, "ben").await;
    let more = json!({"username": "ben", "password": PASSWORD, "otp": "123456"});
    Tokens::of(&try_login(&shop, more).await);
}

async fn a_code_is_good_once(shop: Arc<Shop>) {
    let node = shop.second_node(&[]).await;
    let ann = newcomer(&shop, "ann").await;
    let factor = begin(&shop, &ann.access).await;
    let first = code(&factor.secret, 0);
    assert_eq!(confirm(&shop, &ann.access, &first).await.status, 204);
    login(&node, &first).await.problem(401, "otp_required");
    let second = code(&factor.secret, 1);
    let (one, other) = tokio::join!(login(&shop, &second), login(&node, &second));
    let mut told = [one.status, other.status];
    told.sort_unstable();
    assert_eq!(told, [200, 401], "two at once, on two nodes");
    login(&shop, &second).await.problem(401, "otp_required");
    // Nor is an earlier one.
    login(&shop, &first).await.problem(401, "otp_required");
}

async fn a_recovery_code_is_good_once(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    let factor = set_up(&shop, &ann.access).await;
    for (number, typed) in [
        factor.recovery[0].clone(),
        factor.recovery[1].to_uppercase().replace('-', " "),
        factor.recovery[2].replace('-', ""),
    ]
    .iter()
    .enumerate()
    {
        let tokens = Tokens::of(&login(&shop, typed).await);
        let left = 9 - number;
        assert_eq!(state(&shop, &tokens.access).await["recovery_codes_left"], left);
        login(&shop, typed).await.problem(401, "otp_required");
    }
    // Somebody else's is nobody's.
    let ben = newcomer(&shop, "ben").await;
    let other = set_up(&shop, &ben.access).await;
    login(&shop, &other.recovery[0]).await.problem(401, "otp_required");
    let two = &factor.recovery[3];
    let (one, other) = tokio::join!(login(&shop, two), login(&shop, two));
    let mut told = [one.status, other.status];
    told.sort_unstable();
    assert_eq!(told, [200, 401]);
}

async fn a_factor_goes_by_a_code_of_it(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    let drop = async |otp: &str| {
        let ask = shop.ask("DELETE", OTP).json(&json!({ "otp": otp }));
        ask.token(&ann.access).send().await
    };
    drop("123456").await.problem(404, "not_found");
    let factor = set_up(&shop, &ann.access).await;
    assert_eq!(drop(&wrong(&factor.secret)).await.bad_fields(422, "invalid"), ["otp"]);
    let without = shop.ask("DELETE", OTP).token(&ann.access).json(&json!({})).send().await;
    assert_eq!(without.bad_fields(422, "invalid"), ["otp"]);
    // Not by a code that somebody has seen being used.
    assert_eq!(drop(&code(&factor.secret, 0)).await.bad_fields(422, "invalid"), ["otp"]);
    assert_eq!(state(&shop, &ann.access).await["is_on"], true);
    let_pass(&shop).await;
    let gone = drop(&code(&factor.secret, 0)).await;
    assert_eq!(gone.status, 204, "{}", gone.text());
    log_in(&shop, "ann").await;
    drop(&code(&factor.secret, 1)).await.problem(404, "not_found");
    // Another one goes by a recovery code.
    let factor = set_up(&shop, &ann.access).await;
    assert_eq!(drop(&factor.recovery[9]).await.status, 204);
    log_in(&shop, "ann").await;
}

async fn an_admin_takes_the_factor_of_another_away(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    let id = me(&shop, &ann.access).await.expect(200)["id"].as_str().unwrap().to_owned();
    let path = format!("/api/identity/customers/{id}/otp");
    register(&shop, "ada").await;
    sql(&shop.url, "update accounts set role = 3 where username = 'ada'").await;
    let admin = log_in(&shop, "ada").await;
    let drop = async |token: &str| shop.ask("DELETE", &path).token(token).send().await;
    drop(&admin.access).await.problem(404, "not_found");
    set_up(&shop, &ann.access).await;
    drop(&shop.staff).await.problem(403, "forbidden");
    drop(&ann.access).await.problem(403, "forbidden");
    login_with(&shop, "ann", PASSWORD).await.problem(401, "otp_required");
    // Nor who has lost the role since he logged in.
    let of_before = shop.person("alf", Role::Admin).await;
    sql(&shop.url, "update accounts set role = 2 where username = 'alf'").await;
    drop(&of_before.token).await.problem(403, "forbidden");
    assert_eq!(drop(&admin.access).await.status, 204);
    log_in(&shop, "ann").await;
    // Of his own he shows a code like everybody.
    set_up(&shop, &admin.access).await;
    let own = me(&shop, &admin.access).await.expect(200)["id"].as_str().unwrap().to_owned();
    let own = format!("/api/identity/customers/{own}/otp");
    let own = shop.ask("DELETE", &own).token(&admin.access).send().await;
    own.problem(403, "forbidden");
    for wrong in ["01890000-0000-7000-8000-000000000000", "nonsense"] {
        let wrong = format!("/api/identity/customers/{wrong}/otp");
        let answer = shop.ask("DELETE", &wrong).token(&admin.access).send().await;
        answer.problem(404, "not_found");
    }
}

/// Who reads the mail of an address that was never confirmed gets in by it, and takes the factor away.
async fn no_other_address_goes_round_the_factor(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    let id = me(&shop, &ann.access).await.expect(200)["id"].as_str().unwrap().to_owned();
    let path = format!("/api/identity/customers/{id}");
    let admin = shop.person("ada", Role::Admin).await;
    set_up(&shop, &ann.access).await;
    let another = json!({"email": "mallory@example.com"});
    for by in [&shop.staff, &admin.token] {
        let refused = shop.ask("PATCH", &path).json(&another).token(by).send().await;
        let refused = refused.problem(409, "conflict");
        assert!(refused["detail"].as_str().unwrap().contains("second factor"), "{refused}");
    }
    let same = json!({"email": "ann@example.com", "last_name": "Cook"});
    shop.patch(&path, &same).send().await.expect(200);
    let drop = shop.ask("DELETE", &format!("{path}/otp")).token(&admin.token).send().await;
    assert_eq!(drop.status, 204);
    shop.patch(&path, &another).send().await.expect(200);
}

async fn one_that_was_begun_again_forgets_the_first(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    let first = begin(&shop, &ann.access).await;
    let second = begin(&shop, &ann.access).await;
    assert_ne!(first.secret, second.secret);
    let late = confirm(&shop, &ann.access, &code(&first.secret, 0)).await;
    assert_eq!(late.bad_fields(422, "invalid"), ["otp"]);
    let right = confirm(&shop, &ann.access, &code(&second.secret, 0)).await;
    assert_eq!(right.status, 204);
    login(&shop, &first.recovery[0]).await.problem(401, "otp_required");
    Tokens::of(&login(&shop, &second.recovery[0]).await);
}

/// Chooses another password by the link that is mailed to Ann.
async fn reset_by_mail(mail: &Mailbox) {
    let ask = json!({"email": "ann@example.com"});
    assert_eq!(mail.shop.post("/api/identity/password-reset", &ask).send().await.status, 202);
    let token = mail.token("ann@example.com", 0).await;
    let body =
        json!({"token": token, "password": "see how they run", "password2": "see how they run"});
    let reset = mail.shop.post("/api/identity/password-reset/confirm", &body).send().await;
    assert_eq!(reset.status, 204, "{}", reset.text());
}

async fn a_new_password_by_mail_does_not_replace_the_factor(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    sql(&shop.url, "update accounts set email_confirmed = true").await;
    let factor = set_up(&shop, &ann.access).await;
    let Some(mail) = Mailbox::open(&shop, &[]).await else { return };
    reset_by_mail(&mail).await;
    login_with(&shop, "ann", "see how they run").await.problem(401, "otp_required");
    let login =
        json!({"username": "ann", "password": "see how they run", "otp": factor.recovery[0]});
    Tokens::of(&try_login(&shop, login).await);
}

/// Somebody has registered with the address of another, and wanted to keep her out for good.
async fn whoever_reads_the_mail_of_an_account_that_was_never_confirmed_has_it(shop: Arc<Shop>) {
    let squatter = newcomer(&shop, "ann").await;
    set_up(&shop, &squatter.access).await;
    let Some(mail) = Mailbox::open(&shop, &[]).await else { return };
    reset_by_mail(&mail).await;
    let tokens = Tokens::of(&login_with(&shop, "ann", "see how they run").await);
    assert_eq!(state(&shop, &tokens.access).await["is_on"], false);
    refresh(&shop, &squatter).await.problem(401, "unauthenticated");
}

async fn a_session_that_was_opened_without_a_code_ends_with_the_new_factor(shop: Arc<Shop>) {
    let thief = newcomer(&shop, "ann").await;
    let ann = log_in(&shop, "ann").await;
    set_up(&shop, &ann.access).await;
    refresh(&shop, &thief).await.problem(401, "unauthenticated");
    me(&shop, &thief.access).await.problem(401, "unauthenticated");
    me(&shop, &ann.access).await.expect(200);
    Tokens::of(&refresh(&shop, &ann).await);
}

async fn staff_without_the_factor_that_they_need_are_customers(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    sql(&shop.url, "update accounts set role = 2 where username = 'ann'").await;
    let strict = shop.second_node(&[("staff_need_otp", "true")]).await;
    let customers = "/api/identity/customers";
    let tokens = log_in(&strict, "ann").await;
    assert!(tokens.otp_needed);
    let refused =
        strict.get(customers).token(&tokens.access).send().await.problem(403, "forbidden");
    assert!(refused["detail"].as_str().unwrap().contains("me/otp"), "{refused}");
    let keys = strict.get("/api/identity/api-keys").token(&tokens.access).send().await;
    let refused = keys.problem(403, "forbidden");
    assert!(refused["detail"].as_str().unwrap().contains("me/otp"), "{refused}");
    let status =
        async |tokens: &Tokens| strict.get(customers).token(&tokens.access).send().await.status;
    assert_eq!(status(&tokens).await, 403);
    // Nor by a refresh.
    let tokens = Tokens::of(&refresh(&strict, &tokens).await);
    assert!(tokens.otp_needed);
    assert_eq!(status(&tokens).await, 403);
    let factor = set_up(&strict, &tokens.access).await;
    assert_eq!(status(&tokens).await, 403);
    let_pass(&shop).await;
    let tokens = Tokens::of(&login(&strict, &code(&factor.secret, 0)).await);
    assert!(!tokens.otp_needed);
    assert_eq!(status(&tokens).await, 200);
    // Customers need none.
    assert!(!newcomer(&strict, "ben").await.otp_needed);
}

async fn staff_have_no_rights_left_when_their_factor_goes(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    sql(&shop.url, "update accounts set role = 2 where username = 'ann'").await;
    let strict = shop.second_node(&[("staff_need_otp", "true")]).await;
    let factor = set_up(&strict, &log_in(&strict, "ann").await.access).await;
    let_pass(&shop).await;
    let tokens = Tokens::of(&login(&strict, &code(&factor.secret, 0)).await);
    let customers = "/api/identity/customers";
    strict.get(customers).token(&tokens.access).send().await.expect(200);
    let body = json!({"otp": factor.recovery[0]});
    let gone = strict.ask("DELETE", OTP).json(&body).token(&tokens.access).send().await;
    assert_eq!(gone.status, 204, "{}", gone.text());
    strict.get(customers).token(&tokens.access).send().await.problem(401, "unauthenticated");
    refresh(&strict, &tokens).await.problem(401, "unauthenticated");
    assert!(log_in(&strict, "ann").await.otp_needed);
    // A customer's session goes on, and his others end.
    let (one, other) = (newcomer(&shop, "ben").await, log_in(&shop, "ben").await);
    let factor = set_up(&shop, &one.access).await;
    me(&shop, &other.access).await.problem(401, "unauthenticated");
    let body = json!({"otp": factor.recovery[0]});
    let gone = shop.ask("DELETE", OTP).json(&body).token(&one.access).send().await;
    assert_eq!(gone.status, 204, "{}", gone.text());
    me(&shop, &one.access).await.expect(200);
}

/// A token of a session that was opened so long ago.
async fn opened_before(shop: &Shop, token: &str, ago: Duration) -> String {
    let person = me(shop, token).await.expect(200);
    let account = shop.app.readers.exact().account_named("ann").await.unwrap().unwrap();
    let opened = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() - ago;
    let at = Timestamp::from_unix(NoContext, opened.as_secs(), opened.subsec_nanos());
    let id = SessionId(Uuid::new_v7(at));
    let (known, lifetime_us) = (account.password_hash.clone(), 3_600_000_000);
    let (proof, agent, origin, ends) = (None, None, None, vec![]);
    let account = account.id;
    shop.command(OpenSession { id, account, known, proof, agent, origin, lifetime_us, ends }).await;
    let username = person["username"].as_str().unwrap().to_owned();
    let holder = Holder { id: account.0, username, role: "customer".to_owned() };
    shop.app.tokens.issue_access(&holder, id.0, unix_now()).unwrap()
}

async fn a_factor_is_begun_by_the_password(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    let old = opened_before(&shop, &ann.access, Duration::from_secs(16 * 60)).await;
    let begin = async |body: Value| shop.post(OTP, &body).token(&old).send().await;
    let wrong = json!({"password": "four blind mice"});
    for body in [json!({}), json!({"password": 5}), wrong] {
        assert_eq!(begin(body).await.bad_fields(422, "invalid"), ["password"]);
    }
    let bare = shop.ask("POST", OTP).token(&old).send().await;
    assert_eq!(bare.bad_fields(422, "invalid"), ["password"]);
    assert_eq!(state(&shop, &ann.access).await["is_on"], false);
    // Guesses count as they do everywhere.
    for _ in 0..10 {
        begin(json!({"password": "four blind mice"})).await;
    }
    begin(json!({"password": PASSWORD})).await.problem(429, "too_many_attempts");
}

async fn a_factor_that_is_begun_twice_is_one_whose_secret_is_lost(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    let body = json!({"password": PASSWORD});
    let begin = async |key: &str| shop.post(OTP, &body).key(key).token(&ann.access).send().await;
    let first = begin("once").await.expect(201);
    let again = begin("once").await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let lost = json!({"secret": null, "uri": null, "recovery_codes": []});
    assert_eq!(again.expect(201), lost);
    // The one that was told is the one that is kept.
    let code = code(first["secret"].as_str().unwrap(), 0);
    assert_eq!(confirm(&shop, &ann.access, &code).await.status, 204);
}

async fn the_owner_is_told_that_a_factor_came_or_went(shop: Arc<Shop>) {
    let Some(mail) = Mailbox::open(&shop, &[]).await else { return };
    let ann = newcomer(&shop, "ann").await;
    let factor = set_up(&mail.shop, &ann.access).await;
    let again = confirm(&mail.shop, &ann.access, &code(&factor.secret, 0)).await;
    assert_eq!(again.status, 204, "it was on before: {}", again.text());
    let body = json!({"otp": factor.recovery[0]});
    let gone = mail.shop.ask("DELETE", OTP).json(&body).token(&ann.access).send().await;
    assert_eq!(gone.status, 204, "{}", gone.text());
    mail.letter("ann@example.com", 1).await;
    let letters = mail.letters("ann@example.com");
    for subject in ["A second factor was set up", "Your second factor"] {
        let headers = letters.iter().flat_map(|letter| &letter.headers);
        let told = headers.filter(|(_, text)| text.starts_with(subject)).count();
        assert_eq!(told, 1, "{subject}: {letters:?}");
    }
}
