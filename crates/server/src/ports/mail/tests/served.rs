//! The post with a real mail server. Real time passes, so pauses are short.

use super::*;
use std::future::Future;
use testbed::{SmtpOptions, SmtpServer};

/// A server, and a post that sends to it.
struct Served {
    server: SmtpServer,
    post: Post,
    meters: Meters,
    log: Log,
}

impl Served {
    /// `None` if no server is installed.
    fn start(options: SmtpOptions, attempt: Duration) -> Option<Served> {
        let server = SmtpServer::for_test(options)?;
        let login = options.login.map(|(user, password)| format!("{user}:{password}@"));
        let url = format!("smtp://{}localhost:{}", login.unwrap_or_default(), server.port());
        let more = [("smtp_url", url.as_str()), ("mail_from", "shop@example.com")];
        let pace = Pace {
            attempt,
            first_pause: Duration::from_millis(20),
            longest_pause: Duration::from_millis(100),
            patience: Duration::from_secs(60),
        };
        let meters = Meters::new().unwrap();
        let settings = settings(&more);
        let smtp = Smtp::of(&settings, attempt).unwrap().unwrap();
        let post = Post::with(Some(Arc::new(smtp)), &settings, pace, &meters).unwrap();
        Some(Served { server, post, meters, log: Log::start() })
    }

    async fn until(&self, what: &str, holds: impl Fn(&Served) -> bool) {
        let waiting = async {
            while !holds(self) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(60), waiting).await.is_err() {
            panic!("waited in vain for {what}: {}", self.log.text());
        }
    }
}

/// Runs a story, unless there is no server.
async fn with<F: Future<Output = ()>>(options: SmtpOptions, story: impl FnOnce(Served) -> F) {
    within(options, Duration::from_secs(30), story).await;
}

async fn within<F: Future<Output = ()>>(
    options: SmtpOptions,
    attempt: Duration,
    story: impl FnOnce(Served) -> F,
) {
    if let Some(served) = Served::start(options, attempt) {
        story(served).await;
    }
}

#[tokio::test]
async fn a_letter_arrives_whole_in_both_languages() {
    with(SmtpOptions::default(), async |served| {
        for language in Language::ALL {
            served.post.send(Mail { language, ..mail("ada@example.com") }).unwrap();
            all_over(&served.post).await;
        }
        let received = served.server.received();
        let told = [
            ("Choose a new password for Läden", "Hello,\n\n", "within 30 minutes"),
            (
                "Wählen Sie ein neues Passwort für Läden",
                "Guten Tag,\n\n",
                "innerhalb von 30 Minuten",
            ),
        ];
        assert_eq!(received.len(), told.len());
        for (received, (subject, greeting, time)) in received.iter().zip(told) {
            assert_eq!(received.from, "shop@example.com");
            assert_eq!(received.to, ["ada@example.com"]);
            for (name, value) in [
                ("From", "Läden <shop@example.com>"),
                ("To", "ada@example.com"),
                ("Subject", subject),
                ("Auto-Submitted", "auto-generated"),
                ("MIME-Version", "1.0"),
                ("Content-Type", "text/plain; charset=\"utf-8\""),
            ] {
                assert_eq!(received.header(name), value, "{name}");
            }
            let id = received.header("Message-ID");
            assert!(id.starts_with('<') && id.ends_with("@example.com>"), "{id}");
            assert!(received.header("Date").ends_with(" +0000"), "{received:?}");
            assert!(received.body.starts_with(greeting), "{received:?}");
            assert!(received.body.contains(time), "{received:?}");
            let link = "\n\nhttps://shop.example/account/reset-password?token=t0ken\n\n";
            assert!(received.body.contains(link), "{received:?}");
        }
        assert_ne!(received[0].header("Message-ID"), received[1].header("Message-ID"));
        assert_eq!(outcomes(&served.meters), [2, 0, 0]);
        assert_eq!(served.log.text(), "");
    })
    .await;
}

#[tokio::test]
async fn addresses_are_international_where_the_server_takes_them() {
    for (takes_utf8, to, arrives_at) in [
        (true, "äda@bücher.example", Some("äda@xn--bcher-kva.example")),
        (false, "ada@bücher.example", Some("ada@xn--bcher-kva.example")),
        (false, "äda@example.com", None),
    ] {
        let options = SmtpOptions { takes_utf8, ..SmtpOptions::default() };
        with(options, async |served| {
            served.post.send(mail(to)).unwrap();
            all_over(&served.post).await;
            let received = served.server.received();
            let arrived: Vec<&str> =
                received.iter().flat_map(|mail| &mail.to).map(String::as_str).collect();
            assert_eq!(arrived, arrives_at.as_slice(), "{to}: {}", served.log.text());
            let failed = served.log.count("does not support SMTPUTF8");
            assert_eq!(failed, usize::from(arrives_at.is_none()), "{}", served.log.text());
        })
        .await;
    }
}

#[tokio::test]
async fn a_refusal_is_final_and_what_the_server_says_is_not_told() {
    for (answer, told) in [
        ("550 5.1.1 <ADDRESS> is nobody, see https://mail.test", "it answers 550 5.1.1"),
        ("553 <ADDRESS> is nobody, see https://mail.test", "it answers 553"),
    ] {
        with(SmtpOptions::default(), async |served| {
            served.server.behave(answer).unwrap();
            served.post.send(mail("ada@example.com")).unwrap();
            all_over(&served.post).await;
            assert_eq!((served.server.attempts(), outcomes(&served.meters)), (1, [0, 1, 0]));
            let text = served.log.text();
            assert!(text.contains(told) && text.contains("example.com"), "{text}");
            for secret in ["ada", "t0ken", "https://"] {
                assert!(!text.contains(secret), "{secret} is in {text}");
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_server_that_is_busy_is_asked_again() {
    with(SmtpOptions::default(), async |served| {
        served.server.behave("451 4.7.1 ADDRESS is greylisted").unwrap();
        served.post.send(mail("ada@example.com")).unwrap();
        served.until("attempts", |served| served.server.attempts() >= 3).await;
        assert_eq!(served.server.received(), []);
        served.server.behave("accept").unwrap();
        all_over(&served.post).await;
        assert_eq!(served.server.received().len(), 1);
        assert_eq!(outcomes(&served.meters), [1, 0, 0]);
        assert!(!served.log.text().contains("ada@"), "{}", served.log.text());
    })
    .await;
}

#[tokio::test]
async fn a_server_that_hangs_is_left() {
    within(SmtpOptions::default(), Duration::from_millis(1500), async |served| {
        served.server.behave("hang").unwrap();
        served.post.send(mail("ada@example.com")).unwrap();
        served.until("attempts", |served| served.server.attempts() >= 2).await;
        served.server.behave("accept").unwrap();
        all_over(&served.post).await;
        assert_eq!(served.server.received().len(), 1);
        assert_eq!(
            served.log.count("it does not answer within 1.5s"),
            1 + served.log.count("DEBUG")
        );
    })
    .await;
}

#[tokio::test]
async fn a_letter_that_was_taken_is_not_sent_again_for_want_of_a_farewell() {
    with(SmtpOptions::default(), async |served| {
        served.server.behave("no-farewell").unwrap();
        served.post.send(mail("ada@example.com")).unwrap();
        all_over(&served.post).await;
        assert_eq!(outcomes(&served.meters), [1, 0, 0]);
        assert_eq!((served.server.attempts(), served.server.received().len()), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_server_that_was_away_gets_its_mail_when_it_is_back() {
    with(SmtpOptions::default(), async |served| {
        served.server.stop().unwrap();
        served.post.send(mail("ada@example.com")).unwrap();
        served.until("an attempt", |served| served.log.count("cannot be reached") == 1).await;
        served.server.start_again().unwrap();
        all_over(&served.post).await;
        assert_eq!(served.server.received().len(), 1);
        assert_eq!(served.log.count("can be reached again"), 1);
    })
    .await;
}

#[tokio::test]
async fn a_login_is_used_and_a_wrong_one_is_told_without_it() {
    let login = Some(("me@example.com", "p@ss/wörd"));
    with(SmtpOptions { login, ..SmtpOptions::default() }, async |served| {
        served.post.send(mail("ada@example.com")).unwrap();
        all_over(&served.post).await;
        assert_eq!(served.server.received().len(), 1, "{}", served.log.text());
        let url = format!("smtp://me@example.com:gehe1m@localhost:{}", served.server.port());
        let wrong = settings(&[("smtp_url", &url), ("mail_from", "shop@example.com")]);
        let why = try_server(&wrong, Duration::from_secs(30)).await.unwrap_err();
        assert!(why.starts_with("it answers 535"), "{why}");
        assert!(!why.contains("gehe1m"), "{why}");
    })
    .await;
}
