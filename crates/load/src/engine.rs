//! Drives one run from start to end: prepares, lets the users loose, keeps the seconds, settles up.
//! Everything runs on one thread, whatever runtime the caller has, to leave the rest to the server.

use crate::{
    args::LoadArgs,
    catalog::Catalog,
    http::Target,
    pace::Pace,
    progress::Progress,
    random::fresh_run_id,
    report::Report,
    scenario::Scenario,
    session::{PLACE, Session, keep_fresh, log_in_customers, register_customers},
    stats::Stats,
    timeline::Timeline,
    user::User,
};
use anyhow::{Context, bail};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

/// How long after its end a run waits for answers that are still out.
const MAX_DRAIN: Duration = Duration::from_secs(5);

/// Files a process has open besides its connections.
const OTHER_FILES: u64 = 16;

/// What the users of one run share.
pub struct Run {
    pub args: LoadArgs,
    pub target: Target,
    pub seed: u64,
    pub run_id: u64,
    pub catalog: Catalog,
    pub timeline: Timeline,
    /// Only in an open loop.
    pub pace: Option<Arc<Pace>>,
    /// Requests whose outcome is not counted yet.
    pub in_flight: AtomicU64,
    sessions: Vec<Arc<Session>>,
    stats: Mutex<Stats>,
}

impl Run {
    pub fn stats(&self) -> MutexGuard<'_, Stats> {
        self.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn session_of(&self, user: u32) -> Option<Arc<Session>> {
        let index = (user as usize).checked_rem(self.sessions.len())?;
        self.sessions.get(index).cloned()
    }

    /// Where each account has one turn: whose is the user's next.
    pub fn session_in_turn(&self, user: u32, turn: u64) -> Option<Arc<Session>> {
        let index = u64::from(user) + turn * u64::from(self.args.users);
        self.sessions.get(usize::try_from(index).ok()?).cloned()
    }
}

/// Loads the shop as `args` say and returns what was found.
pub async fn drive(args: LoadArgs) -> anyhow::Result<Report> {
    let progress = Progress::new(args.run_time);
    let run = Arc::new(prepare(args, &progress).await?);
    let cpu_before = read_cpu_time();
    let fresh = tokio::spawn(keep_fresh(run.target.clone(), run.sessions.clone()));
    let mut users = JoinSet::new();
    for number in 0..run.args.users {
        users.spawn(User::new(run.clone(), number).work());
    }
    if let Some(pace) = &run.pace {
        tokio::spawn(pace.clone().release_all(users.len()));
    }
    tokio::select! {
        () = keep_seconds(&run, &progress) => {}
        () = all_turns(&run, &mut users) => stop(&run),
        // Whoever has seen enough gets the table of what there was.
        _ = tokio::signal::ctrl_c() => stop(&run),
    }
    let drain = MAX_DRAIN.min(run.args.timeout);
    // What is still out after that is in the report as unanswered or unsent.
    let _ = timeout(drain, async { while users.join_next().await.is_some() {} }).await;
    fresh.abort();
    if let Some(pace) = &run.pace {
        pace.finish();
    }
    progress.clear();
    let cpu = cpu_before
        .zip(read_cpu_time())
        .map(|(before, after)| after.saturating_sub(before).as_secs_f64());
    report(&run, cpu)
}

async fn prepare(args: LoadArgs, progress: &Progress) -> anyhow::Result<Run> {
    check_open_files(args.users)?;
    let target = Target::resolve(args.address()).await?;
    let run_id = fresh_run_id();
    progress.say("logging in");
    let sessions = open_sessions(&args, &target, run_id).await?;
    progress.say("learning the products");
    let authorization =
        sessions.first().map(|session| session.token().authorization).unwrap_or_default();
    let catalog = match (&args.product, args.scenario) {
        (Some(product), Scenario::Hot) => Catalog::only(product),
        _ if args.numbered => Catalog::numbered(args.products),
        _ => Catalog::learn(&target, &authorization, args.products).await?,
    };
    progress.say("starting");
    let timeline = Timeline::new(args.warm_up, args.run_time);
    let pace = args.rate.map(|rate| Arc::new(Pace::new(rate, timeline.start, timeline.deadline)));
    let stats = Stats::new(timeline.measured_from, timeline.deadline)
        .context("making room for the figures")?;
    Ok(Run {
        // Short enough to survive a JSON reader that knows only doubles.
        seed: args.seed.unwrap_or(run_id >> 32),
        args,
        target,
        run_id,
        catalog,
        timeline,
        pace,
        in_flight: AtomicU64::new(0),
        sessions,
        stats: Mutex::new(stats),
    })
}

async fn open_sessions(
    args: &LoadArgs,
    target: &Target,
    run_id: u64,
) -> anyhow::Result<Vec<Arc<Session>>> {
    if let Some(path) = &args.tokens {
        let tokens = std::fs::read_to_string(path);
        let tokens = tokens.with_context(|| format!("reading the tokens in {}", path.display()))?;
        let shown = tokens.split_whitespace().map(|token| Session::shown(token.to_owned()));
        let shown: Vec<_> = shown.map(Arc::new).collect();
        if shown.is_empty() {
            bail!("there is no token in {}: give one in each line", path.display());
        }
        return Ok(shown);
    }
    let accounts = accounts_of(args)?;
    if accounts > 0 && args.username.contains(PLACE) {
        return log_in_customers(target, &args.username, &args.password, accounts).await;
    }
    if accounts > 0 {
        return register_customers(target, run_id, accounts).await;
    }
    if !args.scenario.needs_account() {
        return Ok(Vec::new());
    }
    let session = Session::log_in(target, args.username.clone(), args.password.clone()).await?;
    Ok(vec![Arc::new(session)])
}

/// How many accounts the users have; none if they share one.
fn accounts_of(args: &LoadArgs) -> anyhow::Result<u32> {
    let LoadArgs { accounts, users, .. } = *args;
    match accounts {
        _ if !args.scenario.has_carts() => Ok(accounts),
        0 => Ok(users),
        // Users of one cart would take from it what the others have put in.
        few if few < users => {
            bail!(
                "{users} users have {users} carts, so --accounts {few} are too few: leave it out, or give {users}"
            )
        }
        many => Ok(many),
    }
}

/// Closes each second of the measurement, and returns at its end.
async fn keep_seconds(run: &Run, progress: &Progress) {
    let timeline = &run.timeline;
    if timeline.measured_from > timeline.start {
        progress.say("warming up");
    }
    let mut end = timeline.measured_from + Duration::from_secs(1);
    while end <= timeline.deadline {
        sleep_until(end).await;
        let row = run.stats().close_second();
        progress.show(&row);
        end += Duration::from_secs(1);
    }
    sleep_until(timeline.deadline).await;
}

/// Until each account has had its turn, where that ends the run.
async fn all_turns(run: &Run, users: &mut JoinSet<()>) {
    match run.args.once {
        true => while users.join_next().await.is_some() {},
        false => std::future::pending().await,
    }
}

fn stop(run: &Run) {
    run.timeline.stop();
    run.stats().stop(Instant::now());
    if let Some(pace) = &run.pace {
        pace.stop();
    }
}

fn report(run: &Run, client_cpu_seconds: Option<f64>) -> anyhow::Result<Report> {
    let mut stats = run.stats();
    let (kinds, total) = stats.figures().context("summing up the figures")?;
    let (unsent, waiting_since) = run.pace.as_ref().map_or((0, None), |pace| pace.backlog());
    let behind = waiting_since.map_or(Duration::ZERO, |since| since.elapsed());
    Ok(Report {
        url: run.args.address().to_owned(),
        scenario: run.args.scenario,
        users: run.args.users,
        rate: run.args.rate,
        seed: run.seed,
        measured_seconds: stats.measured().as_secs_f64(),
        total,
        kinds,
        acknowledged_orders: stats.acknowledged_orders(),
        unanswered: run.in_flight.load(Relaxed),
        unsent,
        behind_ms: behind.as_secs_f64() * 1000.0,
        client_cpu_seconds,
        seconds: stats.take_rows(),
    })
}

/// Better to say so at once than to count thousands of failures to connect.
fn check_open_files(users: u32) -> anyhow::Result<()> {
    match std::fs::read_to_string("/proc/self/limits") {
        Ok(limits) => check_limit(&limits, users),
        Err(_) => Ok(()),
    }
}

fn check_limit(limits: &str, users: u32) -> anyhow::Result<()> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let limit: Option<u64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    let needed = u64::from(users) + OTHER_FILES;
    match limit {
        Some(limit) if limit < needed => {
            bail!(
                "{users} users need {needed} open files and the limit is {limit}: raise it with `ulimit -n {needed}`"
            )
        }
        _ => Ok(()),
    }
}

/// What this thread has cost so far, where Linux tells.
fn read_cpu_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

#[cfg(test)]
pub mod tests;
