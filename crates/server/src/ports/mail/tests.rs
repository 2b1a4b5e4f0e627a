//! The post with a carrier that does as it is told, under a clock that is moved; with a real mail server
//! see `tests/served.rs`.

mod awaited;
mod log;
mod served;

use super::{
    delivery::{Carrier, Failure, Pace},
    texts::Written,
    *,
};
use crate::{language::Language, settings::Secret};
use domain::Email;
use futures_util::future::BoxFuture;
use log::Log;
use std::{collections::VecDeque, time::SystemTime};
use tokio::time::Instant;
use uuid::Uuid;

/// Does as it is told, and takes every letter when nothing is left to do.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Step>>,
    /// When each letter was tried, and for which request.
    tried: Mutex<Vec<(Instant, Uuid, Option<Uuid>)>>,
}

enum Step {
    Answer(Failure),
    Hang,
    Panic,
}

impl Script {
    fn of(steps: impl IntoIterator<Item = Step>) -> Arc<Script> {
        Arc::new(Script { answers: Mutex::new(steps.into_iter().collect()), ..Script::default() })
    }

    fn tried(&self) -> usize {
        self.tried.lock().unwrap().len()
    }
}

impl Carrier for Script {
    fn carry<'a>(&'a self, letter: &'a Written) -> BoxFuture<'a, Result<(), Failure>> {
        self.tried.lock().unwrap().push((Instant::now(), letter.id, correlation_id()));
        let step = self.answers.lock().unwrap().pop_front();
        Box::pin(async move {
            match step {
                None => Ok(()),
                Some(Step::Answer(failure)) => Err(failure),
                Some(Step::Hang) => std::future::pending().await,
                Some(Step::Panic) => panic!("a carrier that panics"),
            }
        })
    }
}

fn settings(more: &[(&str, &str)]) -> Settings {
    let usual = [("shop_name", "Läden"), ("mail_link_base", "https://shop.example/account")];
    let flags = usual.iter().chain(more);
    let flags: Vec<_> = flags.map(|(name, text)| (name.to_string(), text.to_string())).collect();
    Settings::resolve(None, &[], &flags).unwrap()
}

fn post(carrier: Option<Arc<dyn Carrier>>, queue: &str) -> (Post, Meters) {
    log::listen();
    let meters = Meters::new().unwrap();
    let settings = settings(&[("mail_queue", queue)]);
    (Post::with(carrier, &settings, Pace::default(), &meters).unwrap(), meters)
}

fn mail(to: &str) -> Mail {
    let letter =
        Letter::ResetPassword { token: Secret::new("t0ken"), valid_for: Duration::from_secs(1800) };
    Mail { to: Email::stored(to), language: Language::English, letter }
}

fn outcomes(meters: &Meters) -> [u64; 3] {
    let text = meters.render();
    ["sent", "failed", "dropped"].map(|outcome| {
        let name = format!("mails_total{{outcome=\"{outcome}\"}} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&name));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    })
}

/// Waits until all mails have come to their end.
async fn all_over(post: &Post) {
    let all = post.office.places.acquire_many(post.office.capacity);
    drop(tokio::time::timeout(Duration::from_secs(86_400), all).await.unwrap().unwrap());
}

/// Lets others take their turns until this holds, without the clock.
async fn turns_until(holds: impl Fn() -> bool) {
    for _ in 0..1000 {
        if holds() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("it never came to that");
}

fn later() -> Step {
    Step::Answer(Failure::Later("it answers 451".into()))
}

fn away() -> Step {
    Step::Answer(Failure::Away("connection refused".into()))
}

#[tokio::test(start_paused = true)]
async fn what_is_not_taken_is_tried_again_as_the_same_letter_until_it_is() {
    let script = Script::of([later(), away(), later()]);
    let (post, meters) = post(Some(script.clone()), "10");
    post.send(mail("ada@example.com")).unwrap();
    all_over(&post).await;
    assert_eq!(outcomes(&meters), [1, 0, 0]);
    let tried = script.tried.lock().unwrap();
    assert_eq!(tried.len(), 4);
    assert!(tried.iter().all(|(_, id, _)| *id == tried[0].1));
    let pauses: Vec<f64> =
        tried.windows(2).map(|two| (two[1].0 - two[0].0).as_secs_f64()).collect();
    for (pause, even) in pauses.iter().zip([2.0, 4.0, 8.0]) {
        assert!((even / 2.0..=even * 1.5 + 0.01).contains(pause), "{pauses:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_letter_that_is_tried_beside_others_stays_the_letter_that_it_was() {
    let script = Script::of([later()]);
    let (post, meters) = post(Some(script.clone()), "1");
    let stamp = Stamp { id: Uuid::max(), at: SystemTime::UNIX_EPOCH };
    post.send_beside(mail("ada@example.com"), stamp, 3, "it answers 451");
    // There is room for one: this one is given up, as it would have been.
    post.send_beside(mail("ben@example.com"), stamp, 3, "it answers 451");
    assert_eq!(outcomes(&meters)[1], 1);
    all_over(&post).await;
    assert_eq!(outcomes(&meters)[0], 1);
    let tried = script.tried.lock().unwrap();
    assert_eq!(tried.len(), 2);
    assert!(tried.iter().all(|(_, id, _)| *id == stamp.id));
}

#[tokio::test]
async fn nothing_is_kept_of_a_mail_that_was_sent() {
    let (post, _) = post(Some(Script::of([])), "10");
    for _ in 0..100 {
        post.send(mail("ada@example.com")).unwrap();
        all_over(&post).await;
        tokio::task::yield_now().await;
    }
    let kept = post.office.under_way().len();
    assert!(kept < 10, "{kept}");
}

#[tokio::test]
async fn what_is_logged_of_a_mail_names_the_request_that_caused_it() {
    let script = Script::of([]);
    let (post, _) = post(Some(script.clone()), "10");
    let id = Uuid::from_u128(7);
    correlated(id, async { post.send(mail("ada@example.com")) }).await.unwrap();
    all_over(&post).await;
    post.send(mail("ada@example.com")).unwrap();
    all_over(&post).await;
    let causes: Vec<_> = script.tried.lock().unwrap().iter().map(|(_, _, cause)| *cause).collect();
    assert_eq!(causes, [Some(id), None]);
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_is_not_tried_again_and_its_log_names_nobody() {
    let log = Log::start();
    let script = Script::of([Step::Answer(Failure::Refused("it answers 550 5.1.1".into()))]);
    let (post, meters) = post(Some(script.clone()), "10");
    post.send(mail("ada@example.com")).unwrap();
    all_over(&post).await;
    assert_eq!((script.tried(), outcomes(&meters)), (1, [0, 1, 0]));
    let text = log.text();
    for part in ["ERROR", "example.com", "reset_password", "it answers 550 5.1.1"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    for secret in ["ada", "t0ken", "https://"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_letter_is_given_up_when_its_link_is_of_no_use_any_more() {
    for (valid_for_s, longest_s) in [(600, 600), (7 * 86_400, 3600)] {
        let script = Script::of((0..1000).map(|_| away()));
        let (post, meters) = post(Some(script.clone()), "10");
        let valid_for = Duration::from_secs(valid_for_s);
        let letter = Letter::ConfirmAddress { token: Secret::new("t"), valid_for };
        let began = Instant::now();
        post.send(Mail { letter, ..mail("ada@example.com") }).unwrap();
        all_over(&post).await;
        let took_s = began.elapsed().as_secs();
        assert!((longest_s - 450..=longest_s).contains(&took_s), "{took_s} of {longest_s}");
        assert_eq!(outcomes(&meters), [0, 1, 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_mail_that_waits_holds_up_no_other_one() {
    let script = Script::of([later(), later(), later(), later(), later()]);
    let (post, meters) = post(Some(script), "10");
    for name in ["a", "b", "c", "d", "e", "f"] {
        post.send(mail(&format!("{name}@example.com"))).unwrap();
    }
    let began = Instant::now();
    turns_until(|| outcomes(&meters)[0] == 1).await;
    assert_eq!(began.elapsed(), Duration::ZERO, "the last one was taken at once");
}

#[tokio::test(start_paused = true)]
async fn behind_a_server_that_hangs_mail_is_given_up_too() {
    let script = Script::of((0..LINES).map(|_| Step::Hang));
    let (post, meters) = post(Some(script.clone()), "10");
    for _ in 0..=LINES {
        post.send(mail("ada@example.com")).unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1801)).await;
    assert_eq!((script.tried(), outcomes(&meters)), (LINES, [0, 0, 0]));
    // One line is free again.
    post.office.lines.add_permits(1);
    turns_until(|| outcomes(&meters)[1] == 1).await;
    assert_eq!(script.tried(), LINES, "the last one was never tried");
}

#[tokio::test(start_paused = true)]
async fn as_many_mails_wait_as_the_settings_say() {
    let script = Script::of((0..2).map(|_| Step::Hang));
    let (post, meters) = post(Some(script), "3");
    post.send(mail("ada@example.com")).unwrap();
    post.send(mail("ben@example.com")).unwrap();
    let place = post.reserve().unwrap();
    assert_eq!(post.send(mail("carl@example.com")), Err(Full));
    assert!(post.reserve().is_err());
    assert_eq!(outcomes(&meters), [0, 0, 2]);
    tokio::task::yield_now().await;
    assert!(meters.render().contains("mails_waiting 2"), "{}", meters.render());
    // A place is good whatever comes after it, and is free again if it is not used.
    place.send(mail("dora@example.com"));
    turns_until(|| outcomes(&meters)[0] == 1).await;
    drop(post.reserve().unwrap());
    assert!(post.reserve().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_carrier_that_panics_costs_one_mail_and_no_place() {
    let (post, meters) = post(Some(Script::of([Step::Panic])), "1");
    post.send(mail("ada@example.com")).unwrap();
    all_over(&post).await;
    post.send(mail("ben@example.com")).unwrap();
    all_over(&post).await;
    assert_eq!(outcomes(&meters)[0], 1);
    assert!(meters.render().contains("mails_waiting 0"), "{}", meters.render());
}

#[tokio::test(start_paused = true)]
async fn a_stop_sends_what_waits_at_once_and_for_the_last_time() {
    let (post, meters) = post(Some(Script::of([later(), later(), later()])), "10");
    let began = Instant::now();
    post.send(mail("ada@example.com")).unwrap();
    post.send(mail("ben@example.com")).unwrap();
    tokio::task::yield_now().await;
    post.close(Duration::from_secs(30)).await;
    assert_eq!(began.elapsed(), Duration::ZERO);
    // Of both the first attempt has failed, and of one the last.
    assert_eq!(outcomes(&meters), [1, 1, 0]);
    assert_eq!(post.send(mail("carl@example.com")), Err(Full));
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_no_longer_than_it_may_and_says_what_is_lost() {
    let log = Log::start();
    let (post, meters) = post(Some(Script::of([Step::Hang, Step::Hang])), "10");
    for name in ["ada", "ben", "carl"] {
        post.send(mail(&format!("{name}@example.com"))).unwrap();
    }
    let began = Instant::now();
    post.close(Duration::from_secs(30)).await;
    assert_eq!(began.elapsed().as_secs(), 30);
    assert_eq!(outcomes(&meters), [1, 0, 2]);
    assert!(log.text().contains("mails=2"), "{}", log.text());
    // And nothing goes on behind its back.
    turns_until(|| meters.render().contains("mails_waiting 0")).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_away_is_told_once_and_so_is_its_return() {
    let log = Log::start();
    let (post, _) = post(Some(Script::of((0..10).map(|_| away()))), "10");
    for _ in 0..5 {
        post.send(mail("ada@example.com")).unwrap();
    }
    all_over(&post).await;
    assert_eq!(log.count("the mail server cannot be reached"), 1, "{}", log.text());
    assert_eq!(log.count("can be reached again"), 1, "{}", log.text());
}

#[tokio::test]
async fn without_a_mail_server_each_kind_of_letter_is_told_once() {
    let log = Log::start();
    let (post, meters) = post(None, "10");
    assert!(!post.is_configured());
    for _ in 0..2 {
        post.send(mail("ada@example.com")).unwrap();
        post.send(Mail { letter: Letter::PasswordChanged, ..mail("ada@example.com") }).unwrap();
    }
    assert_eq!(log.text().lines().count(), 2, "{}", log.text());
    for part in ["reset_password", "password_changed", "smtp_url", "mail_from"] {
        assert!(log.text().contains(part), "{}", log.text());
    }
    assert!(!log.text().contains("ada") && !log.text().contains("t0ken"), "{}", log.text());
    assert_eq!(outcomes(&meters), [0, 0, 4]);
}

#[test]
fn mail_is_configured_by_a_server_or_by_a_demo() {
    let meters = Meters::new().unwrap();
    let server = [("smtp_url", "smtp://localhost"), ("mail_from", "shop@example.com")];
    for (more, is_demo, is_configured) in
        [(&server[..], false, true), (&server, true, true), (&[], true, true), (&[], false, false)]
    {
        let post = Post::open(&settings(more), is_demo, &meters).unwrap();
        assert_eq!(post.is_configured(), is_configured, "{more:?} {is_demo}");
    }
    let flags = [("smtp_url".to_owned(), "smtp://localhost".to_owned())];
    let error = Settings::resolve(None, &[], &flags).unwrap_err();
    assert!(error.to_string().contains("mail_from is not"), "{error}");
}

#[test]
fn what_a_mail_prints_of_itself_names_nobody() {
    assert_eq!(
        format!("{:?}", mail("ada@example.com")),
        "reset_password to somebody at example.com"
    );
}
