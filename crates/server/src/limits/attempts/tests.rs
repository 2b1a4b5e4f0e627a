//! Who may try, and who has to wait, told as tables under a clock that is handed in.

use super::*;
use std::net::IpAddr;

const HOUR: Duration = Duration::from_secs(3600);

fn from(number: u32) -> Source {
    Source::from(IpAddr::V4((0x0a00_0000 + number).into()))
}

/// Seconds to wait; none if the attempt was made, and failed.
fn wrong(attempts: &Attempts, name: &str, source: Source, now: Instant) -> Option<u64> {
    match attempts.check(Guess::Login, name, source, now) {
        Ok(attempt) => {
            attempt.failed(now);
            None
        }
        Err(late) => Some(late.wait_s()),
    }
}

fn right(attempts: &Attempts, name: &str, source: Source, now: Instant) -> Option<u64> {
    match attempts.check(Guess::Login, name, source, now) {
        Ok(attempt) => {
            attempt.succeeded(now);
            None
        }
        Err(late) => Some(late.wait_s()),
    }
}

#[test]
fn each_failure_beyond_the_free_ones_costs_twice_the_pause() {
    let attempts = Attempts::default();
    let mut now = Instant::now();
    for free in 1..=FREE {
        assert_eq!(wrong(&attempts, "ann", from(1), now), None, "{free}");
    }
    for pause_s in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        assert_eq!(wrong(&attempts, "ann", from(1), now), Some(pause_s));
        // To have been refused costs nothing more.
        assert_eq!(right(&attempts, "ann", from(1), now), Some(pause_s));
        now += Duration::from_secs(pause_s);
        assert_eq!(wrong(&attempts, "ann", from(1), now), None);
    }
    now += Duration::from_secs(900);
    assert_eq!(right(&attempts, "ann", from(1), now), None);
    for _ in 1..=FREE {
        assert_eq!(wrong(&attempts, "ann", from(1), now), None, "a success ends it");
    }
    assert_eq!(wrong(&attempts, "ann", from(1), now), Some(1));
}

#[test]
fn failures_are_forgotten_after_a_while_and_many_of_them_later() {
    let attempts = Attempts::default();
    let start = Instant::now();
    for (name, failures) in [("few", FREE - 1), ("many", FREE)] {
        for _ in 0..failures {
            assert_eq!(wrong(&attempts, name, from(1), start), None);
        }
    }
    let later = start + FORGOTTEN_AFTER * (FREE - 1);
    for (name, free) in [("few", FREE), ("many", 1)] {
        let made = (0..FREE).filter(|_| wrong(&attempts, name, from(1), later).is_none()).count();
        assert_eq!(made, free as usize, "{name}");
    }
}

#[test]
fn who_tries_one_password_on_many_names_runs_out() {
    let attempts = Attempts::default();
    let now = Instant::now();
    assert_eq!(right(&attempts, "ann", from(1), now), None);
    let made = (0..1000).filter(|n| wrong(&attempts, &format!("n{n}"), from(1), now).is_none());
    assert_eq!(made.count(), BY_SOURCE.at_once as usize);
    for (name, source, wait) in [
        ("ben", from(2), None),
        ("ben", from(1), Some(10)),
        // It was right about her before: she shares an address with a rogue, and not his fate.
        ("ann", from(1), None),
    ] {
        assert_eq!(right(&attempts, name, source, now), wait, "{name}");
    }
    assert_eq!(right(&attempts, "ben", from(1), now + BY_SOURCE.interval), None);
}

#[test]
fn who_guesses_from_many_addresses_runs_out_and_the_owner_comes_in() {
    let attempts = Attempts::default();
    let now = Instant::now();
    assert_eq!(right(&attempts, "ann", from(1), now), None);
    attempts.know(Guess::Login, "ann@example.com", from(1), now);
    let made = (2..1000).filter(|n| wrong(&attempts, "ann", from(*n), now).is_none());
    assert_eq!(made.count(), BY_NAME.at_once as usize);
    for (name, source, wait) in [
        ("ann", from(1), None),
        ("ann", from(1001), Some(60)),
        ("ben", from(1001), None),
        ("ann@example.com", from(1), None),
    ] {
        assert_eq!(right(&attempts, name, source, now), wait, "{name}");
    }
    // What the name refuses costs the address nothing.
    for _ in 0..1000 {
        assert_eq!(right(&attempts, "ann", from(1002), now), Some(60));
    }
    assert_eq!(attempts.burden(from(1002), now), 0);
    assert_eq!(right(&attempts, "ben", from(1002), now), None);
    // At home one may be wrong as often as ever.
    for _ in 1..=FREE {
        assert_eq!(wrong(&attempts, "ann", from(1), now), None);
    }
    assert_eq!(wrong(&attempts, "ann", from(1), now), Some(1));
    let long_after = now + KNOWN_FOR;
    for number in 5000..6000 {
        wrong(&attempts, "ann", from(number), long_after);
    }
    assert_eq!(right(&attempts, "ann", from(1), long_after), Some(60), "it was long ago");
}

#[test]
fn whoever_has_a_network_of_networks_runs_out_soon() {
    let attempts = Attempts::default();
    let now = Instant::now();
    let within = |number: u32| {
        let network = format!("2001:db8:0:{:x}::1", number * 256 + number % 256);
        Source::from(network.parse::<IpAddr>().unwrap())
    };
    let tries = (0..20_000).map(|number| (format!("n{number}"), within(number % 256)));
    let made = tries.filter(|(name, source)| wrong(&attempts, name, *source, now).is_none());
    assert_eq!(made.count(), 16 * BY_SOURCE.at_once as usize);
    assert_eq!(right(&attempts, "ann", from(1), now), None);
}

#[test]
fn strangers_fill_a_mailbox_only_so_far_and_its_owner_asks_from_where_he_is_known() {
    let attempts = Attempts::default();
    let now = Instant::now();
    let ask = |purpose, number: u32, now| {
        attempts.check(purpose, "ann@example.com", from(number), now).map(|asked| asked.failed(now))
    };
    attempts.know(Guess::Mail, "ann@example.com", from(1), now);
    let sent = (100..1000).filter(|number| ask(Guess::Mail, *number, now).is_ok());
    assert_eq!(sent.count(), BY_MAILBOX.at_once as usize);
    let late = ask(Guess::Mail, 2, now).unwrap_err();
    assert_eq!((late.wait, late.by_strangers), (BY_MAILBOX.interval, true));
    for _ in 0..FREE {
        assert_eq!(ask(Guess::Mail, 1, now), Ok(()));
    }
    let late = ask(Guess::Mail, 1, now).unwrap_err();
    assert_eq!((late.wait, late.by_strangers), (FIRST_PAUSE, false), "he has asked himself");
    assert_eq!(ask(Guess::Mail, 2, now + BY_MAILBOX.interval), Ok(()));
    // Nobody keeps anybody from following a link.
    let followed = (100..1000).filter(|number| ask(Guess::Link, *number, now).is_ok());
    assert_eq!(followed.count(), 900);
}

#[test]
fn who_was_wrong_more_often_is_told_from_who_comes_for_the_first_time() {
    let attempts = Attempts::default();
    let now = Instant::now();
    for name in 0..9 {
        wrong(&attempts, &format!("n{name}"), from(1), now);
    }
    attempts.know(Guess::Login, "ann", from(3), now);
    for (number, is_known, burden) in [(1, false, 10), (2, false, 1), (3, true, 0)] {
        let attempt = attempts.check(Guess::Login, "ann", from(number), now).unwrap();
        let guest = Guest { source: from(number), is_known, burden };
        assert_eq!(attempt.guest(now), guest);
    }
}

#[test]
fn a_name_knows_the_last_few_of_its_sources() {
    let attempts = Attempts::default();
    let mut now = Instant::now();
    for source in [1, 2, 3, 1, 4, 5] {
        now += HOUR;
        assert_eq!(right(&attempts, "ann", from(source), now), None);
    }
    for number in 100..1000 {
        wrong(&attempts, "ann", from(number), now);
    }
    for (source, is_known) in [(1, true), (2, false), (3, true), (4, true), (5, true)] {
        assert_eq!(right(&attempts, "ann", from(source), now).is_none(), is_known, "{source}");
    }
}

#[test]
fn purposes_are_counted_apart() {
    let attempts = Attempts::default();
    let now = Instant::now();
    while wrong(&attempts, "ann", from(1), now).is_none() {}
    for guess in [Guess::Password, Guess::Code, Guess::Mail, Guess::Link] {
        assert!(attempts.check(guess, "ann", from(1), now).is_ok(), "{guess:?}");
    }
}

#[test]
fn attempts_at_the_same_moment_are_as_many_as_one_after_another() {
    let attempts = Attempts::default();
    let now = Instant::now();
    let begin = |name: &str, source| attempts.check(Guess::Login, name, source, now);
    // Nobody was wrong yet: who is right may come often.
    let running: Vec<_> = (0..1000).filter_map(|_| begin("ann", from(1)).ok()).collect();
    assert_eq!(running.len(), BY_SOURCE.at_once as usize);
    running.into_iter().for_each(|attempt| attempt.succeeded(now));
    let running: Vec<_> = (0..1000).filter_map(|_| begin("ann", from(1)).ok()).collect();
    assert_eq!(running.len(), TOGETHER as usize, "known, and still bounded");
    drop(running);
    // One was wrong: those that are being made count as wrong until they are not.
    assert_eq!(wrong(&attempts, "ben", from(2), now), None);
    let running: Vec<_> = (0..1000).filter_map(|_| begin("ben", from(2)).ok()).collect();
    assert_eq!(running.len(), FREE as usize - 1);
    running.into_iter().for_each(|attempt| attempt.failed(now));
    let later = now + FIRST_PAUSE;
    let again = || attempts.check(Guess::Login, "ben", from(2), later);
    let alone = again().unwrap();
    assert!(again().is_err(), "one at a time");
    drop(alone);
    assert!(again().is_ok());
    let many = (3..1000).map(|n| begin("cid", from(n))).filter_map(Result::ok);
    assert_eq!(many.collect::<Vec<_>>().len(), BY_NAME.at_once as usize);
}

#[test]
fn an_attempt_that_is_not_made_costs_nothing() {
    let attempts = Attempts::default();
    let now = Instant::now();
    for round in 0..1000 {
        assert!(attempts.check(Guess::Login, "ann", from(1), now).is_ok(), "{round}");
        assert_eq!(right(&attempts, "ben", from(2), now), None, "{round}");
    }
}

#[test]
fn a_flood_of_names_and_addresses_takes_no_room_and_hides_nobody() {
    let attempts = Attempts::new(1024);
    let mut now = Instant::now();
    for failures in 0..FREE + 10 {
        now += pause_after(failures);
        assert_eq!(wrong(&attempts, "ann", from(0), now), None);
    }
    for number in 1..100_000 {
        assert_eq!(wrong(&attempts, &format!("n{number}"), from(number), now), None);
    }
    assert!(attempts.pairs.len() <= 1024 && attempts.known.len() <= 1024);
    assert_eq!(wrong(&attempts, "ann", from(0), now), Some(900), "the worst is not forgotten");
}
