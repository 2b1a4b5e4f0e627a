//! How a fault strikes while clients are at work. It has healed when this returns: then the shop must
//! come to itself without help.

use super::{
    clock::JUMPS_S,
    faults::{Blow, Fault},
    journal::{Fate, Journal},
    memory::Group,
    proxy::Weather,
    requests::Ask,
    snares::Moment,
    stand::Stand,
};
use crate::{nouns::orders, stage::random::Random};
use anyhow::{Context, bail};
use std::{
    ops::Range,
    os::unix::process::ExitStatusExt,
    time::{Duration, Instant},
};
use testbed::processes;

const KILLED: i32 = 9;
const POINT_COMES_WITHIN: Duration = Duration::from_secs(10);

impl Fault {
    /// False if there was no occasion.
    pub async fn strike(
        &self,
        stand: &Stand,
        journal: &Journal,
        random: &mut Random,
    ) -> anyhow::Result<bool> {
        pause(random, 5..80).await;
        match self.blow {
            Blow::Kill => killed(stand, random).await,
            Blow::Freeze => {
                let node = &stand.nodes[random.below(stand.nodes.len())];
                node.signal("STOP")?;
                freeze(random).await;
                node.signal("CONT")?;
                Ok(true)
            }
            Blow::KillAt(_) => killed_at(stand).await,
            Blow::FreezeAt(_) => frozen_at(stand, random).await,
            Blow::KillWhen(moments) => killed_when(stand, moments, random).await,
            Blow::KillWhenOrdered => killed_when_ordered(stand, journal, random).await,
            Blow::LetServe => Ok(served(stand, random).await),
            Blow::TroubleMail => {
                stand.post.becomes_erratic();
                pause(random, 200..1200).await;
                Ok(stand.post.recovers() > 0)
            }
            Blow::SetClock => clock_set(stand, random).await,
            Blow::Weather(kind) => weather(stand, kind, random).await,
            Blow::FillDisk => disk_full(stand, journal, random).await,
            Blow::TakeMemory => memory_short(stand, random).await,
            Blow::CutPower => power_lost(stand).await,
            Blow::RestartInTurn => {
                for node in 0..stand.nodes.len() {
                    stand.nodes[node].stop().await?;
                    stand.start(node, None).await?;
                }
                Ok(true)
            }
            Blow::KillDatabase => {
                stand.with_postgres(|postgres| postgres.kill_9()).await?;
                pause(random, 0..100).await;
                stand.with_postgres(|postgres| postgres.start_again()).await?;
                Ok(true)
            }
            Blow::StopDatabase => {
                stand.with_postgres(|postgres| postgres.stop_immediate()).await?;
                pause(random, 0..100).await;
                stand.with_postgres(|postgres| postgres.start_again()).await?;
                Ok(true)
            }
            Blow::FreezeDatabase => {
                stand.with_postgres(|postgres| postgres.pause()).await?;
                freeze(random).await;
                stand.with_postgres(|postgres| postgres.resume()).await?;
                Ok(true)
            }
            Blow::EndSessions => end_sessions(stand).await,
        }
    }
}

async fn killed(stand: &Stand, random: &mut Random) -> anyhow::Result<bool> {
    let node = random.below(stand.nodes.len());
    if let Some(status) = stand.nodes[node].ended()? {
        bail!("a node has died by itself: {status}");
    }
    stand.nodes[node].kill().await?;
    pause(random, 0..50).await;
    stand.start(node, None).await
}

async fn killed_at(stand: &Stand) -> anyhow::Result<bool> {
    let node = &stand.nodes[0];
    let struck = node.wait_for_end(POINT_COMES_WITHIN).await?;
    match node.ended()? {
        Some(status) if status.signal() != Some(KILLED) => {
            bail!("a node has died by itself: {status}")
        }
        Some(_) => {}
        None => node.kill().await?,
    }
    stand.start(0, None).await?;
    Ok(struck)
}

/// Another process takes over at once what the dead one followed.
async fn killed_when(
    stand: &Stand,
    moments: &[Moment],
    random: &mut Random,
) -> anyhow::Result<bool> {
    let moment = random.pick(moments).copied().context("no moment")?;
    let comes = tokio::time::timeout(POINT_COMES_WITHIN, stand.snares.set(moment)).await;
    stand.nodes[0].kill_at_once().await?;
    stand.let_leases_end().await?;
    stand.start(0, None).await?;
    Ok(matches!(comes, Ok(Ok(()))))
}

async fn killed_when_ordered(
    stand: &Stand,
    journal: &Journal,
    random: &mut Random,
) -> anyhow::Result<bool> {
    let placed = || {
        journal.latest(1, |entry| match (&entry.ask, &entry.fate) {
            (Ask::Orders(orders::Ask::Place { .. }), Fate::Done(_)) => Some(entry.number),
            _ => None,
        })
    };
    let (before, began) = (placed(), Instant::now());
    while placed() == before && began.elapsed() < POINT_COMES_WITHIN {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let has_come = placed() != before;
    // At once, or while they are counted: those who follow look five times a second.
    pause(random, 0..250).await;
    stand.nodes[0].kill_at_once().await?;
    stand.let_leases_end().await?;
    stand.start(0, None).await?;
    Ok(has_come)
}

/// Once or twice, and now and then the shop begins with the other time. It stays so.
async fn clock_set(stand: &Stand, random: &mut Random) -> anyhow::Result<bool> {
    let clock = stand.clock.as_ref().context("there is no clock")?;
    for _ in 0..random.between(1, 2) {
        clock.jump(random.pick(&JUMPS_S).copied().unwrap_or_default())?;
        pause(random, 100..600).await;
    }
    if random.chance(200) {
        stand.nodes[0].kill().await?;
        stand.start(0, None).await?;
    }
    Ok(true)
}

/// It is never otherwise: time is all that it takes.
async fn served(stand: &Stand, random: &mut Random) -> bool {
    let struck = || stand.service.as_ref().map_or(0, |service| service.struck());
    let before = struck();
    pause(random, 300..900).await;
    struck() > before
}

async fn pause(random: &mut Random, ms: Range<i64>) {
    let ms = random.between(ms.start, ms.end - 1);
    tokio::time::sleep(Duration::from_millis(ms.unsigned_abs())).await;
}

/// Shorter than every timeout, and now and then longer than most.
async fn freeze(random: &mut Random) {
    match random.chance(100) {
        true => pause(random, 4000..7000).await,
        false => pause(random, 20..1200).await,
    }
}

async fn frozen_at(stand: &Stand, random: &mut Random) -> anyhow::Result<bool> {
    let node = &stand.nodes[0];
    let pid = node.pid().context("the node does not run")?;
    let began = Instant::now();
    while !processes::is_stopped(pid) {
        if began.elapsed() > POINT_COMES_WITHIN {
            // Or it would strike when nobody is there to heal it.
            node.kill().await?;
            stand.start(0, None).await?;
            return Ok(false);
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    freeze(random).await;
    node.signal("CONT")?;
    Ok(true)
}

/// Bad weather between clients and shop, or between shop and database: whichever has a proxy.
async fn weather(stand: &Stand, weather: Weather, random: &mut Random) -> anyhow::Result<bool> {
    let proxy = stand.proxy.as_ref().or(stand.database_proxy.as_ref());
    let proxy = proxy.context("there is no proxy")?;
    let before = proxy.struck();
    proxy.set(weather);
    match stand.database_proxy.is_some() {
        true => pause(random, 300..700).await,
        false => pause(random, 100..300).await,
    }
    let struck = proxy.struck() > before;
    proxy.set(Weather::Fair);
    // Or each side has to find out for itself that nobody is there.
    if weather == Weather::Silent && random.chance(850) {
        proxy.cut_all();
    }
    Ok(struck)
}

async fn disk_full(stand: &Stand, journal: &Journal, random: &mut Random) -> anyhow::Result<bool> {
    let before = journal.not_now();
    tokio::task::block_in_place(|| stand.disk.fill())?;
    pause(random, 100..300).await;
    tokio::task::block_in_place(|| stand.disk.free())?;
    // Postgres ends when it cannot write its log: whoever runs it starts it again.
    if let Some(postgres) = &stand.postgres
        && !postgres.pid().is_some_and(processes::is_alive)
    {
        stand.with_postgres(|postgres| postgres.kill_9()).await?;
        stand.with_postgres(|postgres| postgres.start_again()).await?;
    }
    // What was reserved before can still be written: only who was refused has met a full disk.
    Ok(journal.not_now() > before)
}

/// So little more that the next full batch takes it.
async fn memory_short(stand: &Stand, random: &mut Random) -> anyhow::Result<bool> {
    let node = &stand.nodes[0];
    let pid = node.pid().context("the node does not run")?;
    let group = Group::limited_to(random.between(128 << 10, 1 << 20).unsigned_abs())?;
    group.take(pid)?;
    node.wait_for_end(Duration::from_millis(400)).await?;
    group.lift()?;
    stand.limited_by(group);
    stand.start_after_the_limit().await
}

async fn power_lost(stand: &Stand) -> anyhow::Result<bool> {
    for node in &stand.nodes {
        node.kill().await?;
    }
    if stand.postgres.is_some() {
        stand.with_postgres(|postgres| postgres.kill_9()).await?;
    }
    tokio::task::block_in_place(|| stand.disk.lose_power())?;
    if stand.postgres.is_some() {
        stand.with_postgres(|postgres| postgres.start_again()).await?;
    }
    for node in 0..stand.nodes.len() {
        stand.start(node, None).await?;
    }
    Ok(true)
}

async fn end_sessions(stand: &Stand) -> anyhow::Result<bool> {
    let store::Location::Postgres(config) = &stand.location else { bail!("this is no Postgres") };
    let (client, connection) = config.connect(tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    let sql = "select count(pg_terminate_backend(pid)) from pg_stat_activity
               where backend_type = 'client backend' and pid <> pg_backend_pid()";
    let ended: i64 = client.query_one(sql, &[]).await?.get(0);
    Ok(ended > 0)
}
