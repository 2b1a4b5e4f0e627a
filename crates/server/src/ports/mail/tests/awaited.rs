//! Letters whose end is waited for.

use super::*;
use crate::ports::mail::terminal::Terminal;
use std::time::{Duration, SystemTime};
use testbed::{SmtpOptions, SmtpServer};

fn stamp(number: u128) -> Stamp {
    Stamp { id: Uuid::from_u128(number), at: SystemTime::UNIX_EPOCH }
}

#[tokio::test(start_paused = true)]
async fn what_became_of_a_letter_is_told_and_only_an_end_is_counted() {
    let answers = [
        Failure::Later("it answers 451".into()),
        Failure::Away("connection refused".into()),
        Failure::Unwelcome("it answers 535".into()),
        Failure::Refused("it answers 550".into()),
    ];
    let script = Script::of(answers.map(Step::Answer));
    let (post, meters) = post(Some(script.clone()), "1");
    let log = Log::start();
    let mut told = Vec::new();
    for _ in 0..5 {
        told.push(post.send_awaited(&mail("ada@example.com"), stamp(7)).await);
    }
    let expected = [
        Err(Unsent::Later("it answers 451".into())),
        Err(Unsent::Away("connection refused".into())),
        Err(Unsent::Away("it answers 535".into())),
        Err(Unsent::Refused),
        Ok(()),
    ];
    assert_eq!(told, expected);
    assert_eq!(outcomes(&meters), [1, 1, 0]);
    assert!(script.tried.lock().unwrap().iter().all(|(_, id, _)| *id == Uuid::from_u128(7)));
    assert!(log.count("it answers 550") == 1 && !log.text().contains("ada"), "{}", log.text());
}

#[tokio::test(start_paused = true)]
async fn no_letter_that_was_asked_for_waits_behind_one_that_was_not() {
    let script = Script::of((0..AWAITED_LINES).map(|_| Step::Hang));
    let (post, meters) = post(Some(script.clone()), "10");
    let waiting: Vec<_> = (0..10)
        .map(|number| {
            let post = post.clone();
            let sending =
                async move { post.send_awaited(&mail("ada@example.com"), stamp(number)).await };
            tokio::spawn(sending)
        })
        .collect();
    turns_until(|| script.tried() == AWAITED_LINES).await;
    post.send(mail("ben@example.com")).unwrap();
    all_over(&post).await;
    assert_eq!((outcomes(&meters), script.tried()), ([1, 0, 0], AWAITED_LINES + 1));
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn nobody_is_told_of_orders_without_a_mail_server() {
    let (nowhere, _) = post(None, "1");
    let (demo, _) = post(Some(Arc::new(Terminal)), "1");
    let (served, _) = post(Some(Script::of([])), "1");
    assert_eq!([nowhere, demo, served].map(|post| post.brings_news()), [false, false, true]);
}

#[tokio::test]
async fn a_letter_in_which_the_server_stops_is_late_and_only_a_server_that_is_gone_is_away() {
    let Some(server) = SmtpServer::for_test(SmtpOptions::default()) else { return };
    let url = format!("smtp://localhost:{}", server.port());
    let settings = settings(&[("smtp_url", &url), ("mail_from", "shop@example.com")]);
    let smtp = Smtp::of(&settings, Duration::from_millis(1500)).unwrap().unwrap();
    let meters = Meters::new().unwrap();
    let post = Post::with(Some(Arc::new(smtp)), &settings, Pace::default(), &meters).unwrap();
    for mood in ["break", "hang"] {
        server.behave(mood).unwrap();
        let told = post.send_awaited(&mail("ada@example.com"), stamp(1)).await;
        assert!(matches!(told, Err(Unsent::Later(_))), "{mood}: {told:?}");
    }
    server.stop().unwrap();
    let told = post.send_awaited(&mail("ada@example.com"), stamp(1)).await;
    assert!(matches!(told, Err(Unsent::Away(_))), "{told:?}");
    assert_eq!(outcomes(&meters), [0, 0, 0]);
}

/// A password that was changed at the server only.
#[tokio::test]
async fn what_a_server_refuses_to_the_shop_is_no_refusal_of_a_letter() {
    let login = Some(("me@example.com", "another"));
    let options = SmtpOptions { login, ..SmtpOptions::default() };
    let Some(server) = SmtpServer::for_test(options) else { return };
    let url = format!("smtp://me@example.com:gehe1m@localhost:{}", server.port());
    let settings = settings(&[("smtp_url", &url), ("mail_from", "shop@example.com")]);
    let smtp = Smtp::of(&settings, Duration::from_secs(30)).unwrap().unwrap();
    let meters = Meters::new().unwrap();
    let post = Post::with(Some(Arc::new(smtp)), &settings, Pace::default(), &meters).unwrap();
    let told = post.send_awaited(&mail("ada@example.com"), stamp(1)).await;
    let Err(Unsent::Away(why)) = told else { panic!("{told:?}") };
    assert!(why.starts_with("it answers 535"), "{why}");
    assert_eq!(outcomes(&meters), [0, 0, 0]);
}
