//! The end of a run, its seconds and its limits, without a shop.

use super::*;
use clap::Parser;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    load: LoadArgs,
}

const SECOND: Duration = Duration::from_secs(1);

fn args(flags: &str) -> LoadArgs {
    let flags = ["sutler"].into_iter().chain(flags.split_whitespace());
    Cli::try_parse_from(flags).unwrap().load
}

/// A run as its users find it: nobody is logged in, and the shop is at `addr`.
pub fn run_against(addr: std::net::SocketAddr, flags: &str, products: u64) -> Run {
    let args = args(flags);
    let timeline = Timeline::new(args.warm_up, args.run_time);
    let pace = args.rate.map(|rate| Arc::new(Pace::new(rate, timeline.start, timeline.deadline)));
    Run {
        target: Target { addr, host: addr.to_string() },
        seed: args.seed.unwrap_or(1),
        run_id: 0xab,
        catalog: Catalog { ids: (1..=products).collect(), hot: "7".to_owned() },
        pace,
        in_flight: AtomicU64::new(0),
        sessions: Vec::new(),
        stats: Mutex::new(Stats::new(timeline.measured_from, timeline.deadline).unwrap()),
        timeline,
        args,
    }
}

pub fn run(flags: &str) -> Run {
    run_against(([127, 0, 0, 1], 1).into(), flags, 20)
}

#[tokio::test(start_paused = true)]
async fn every_whole_second_of_the_measurement_is_closed_and_the_last_one_too() {
    for (flags, seconds) in [
        ("--warm-up 1s --run-time 2s", 2),
        ("--warm-up 1s --run-time 2500ms", 2),
        ("--run-time 999ms", 0),
    ] {
        let run = run(flags);
        keep_seconds(&run, &Progress::new(SECOND)).await;
        assert!(Instant::now() >= run.timeline.deadline, "{flags}");
        assert_eq!(run.stats().take_rows().len(), seconds, "{flags}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_run_that_warms_up_says_so() {
    for (flags, said) in
        [("--run-time 0s", "starting"), ("--run-time 0s --warm-up 1s", "warming up")]
    {
        let progress = Progress::new(SECOND);
        progress.say("starting");
        keep_seconds(&run(flags), &progress).await;
        assert_eq!(progress.said(), said);
    }
}

#[tokio::test]
async fn a_run_that_is_stopped_is_over_for_its_users_its_figures_and_its_pace() {
    let run = run("--rate 10 --run-time 1h");
    let before = run.timeline.deadline - SECOND;
    stop(&run);
    assert!(run.timeline.is_over(before));
    assert!(run.stats().measured() < SECOND * 3000);
    assert_eq!(run.pace.as_ref().unwrap().backlog(), (0, None), "nothing falls due any more");
}

#[tokio::test(start_paused = true)]
async fn what_was_left_is_reported_and_for_how_long() {
    let run = run("--rate 10 --run-time 1s --users 3 --seed 5 --scenario hot");
    run.in_flight.store(2, Relaxed);
    tokio::time::advance(4 * SECOND).await;
    let found = report(&run, Some(0.5)).unwrap();
    assert_eq!((found.unanswered, found.unsent, found.behind_ms), (2, 10, 4000.0));
    assert_eq!((found.users, found.rate, found.seed), (3, Some(10.0), 5));
    assert_eq!((found.scenario, found.measured_seconds), (Scenario::Hot, 1.0));
    assert_eq!((found.client_cpu_seconds, found.url.as_str()), (Some(0.5), run.args.address()));
}

#[test]
fn whoever_fills_a_cart_has_an_account_of_its_own() {
    let cases = [
        ("--scenario order", Ok(0)),
        ("--scenario order --users 8 --accounts 3", Ok(3)),
        ("--scenario cart --users 8", Ok(8)),
        ("--scenario checkout --users 8 --accounts 9", Ok(9)),
        (
            "--scenario checkout --users 8 --accounts 7",
            Err("8 users have 8 carts, so --accounts 7 are too few: leave it out, or give 8"),
        ),
    ];
    for (flags, accounts) in cases {
        let given = accounts_of(&args(flags)).map_err(|error| error.to_string());
        assert_eq!(given, accounts.map_err(str::to_owned), "{flags}");
    }
}

#[test]
fn users_need_a_file_each_and_a_few_more() {
    let limits = "Limit  Soft Limit  Hard Limit  Units\nMax open files  1024  4096  files\n";
    assert!(check_limit(limits, 1008).is_ok());
    assert_eq!(
        check_limit(limits, 1009).unwrap_err().to_string(),
        "1009 users need 1025 open files and the limit is 1024: raise it with `ulimit -n 1025`"
    );
    assert!(check_limit(&limits.replace("1024", "unlimited"), 1009).is_ok());
    assert!(check_limit("", 1009).is_ok());
}

/// No process may open four billion files.
#[cfg(target_os = "linux")]
#[test]
fn the_limit_is_that_of_this_process() {
    assert!(check_open_files(1).is_ok());
    assert!(check_open_files(u32::MAX).is_err());
}
