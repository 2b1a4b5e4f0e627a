//! Clients that always have one order outstanding, and insist: who is refused is soon back. What
//! they get is all that the shop can write.

use super::clients::Door;
use crate::stage::sites::Teller;
use anyhow::bail;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};
use uuid::Uuid;

const CLIENTS: u32 = 64;
const WARM_UP: Duration = Duration::from_secs(1);
const SOON: Duration = Duration::from_millis(20);

/// Orders per second, as the shop itself counts them.
pub async fn rate(door: &Door, teller: &Teller, run_time: Duration) -> anyhow::Result<f64> {
    let over = Arc::<AtomicBool>::default();
    let mut clients = {
        let (door, over) = (door.clone(), over.clone());
        tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(all(&door, &over))
        })
    };
    let measured = async {
        sleep(WARM_UP).await;
        let (first, since) = (teller.orders().await?, Instant::now());
        sleep(run_time).await;
        anyhow::Ok((teller.orders().await? - first) as f64 / since.elapsed().as_secs_f64())
    };
    let rate = tokio::select! {
        rate = measured => rate,
        ended = &mut clients => {
            ended??;
            bail!("the clients left before they were asked to")
        }
    };
    over.store(true, Relaxed);
    clients.await??;
    rate
}

async fn all(door: &Door, over: &Arc<AtomicBool>) -> anyhow::Result<()> {
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(insist(door.clone(), over.clone()));
    }
    while let Some(client) = clients.join_next().await {
        client??;
    }
    Ok(())
}

async fn insist(door: Door, over: Arc<AtomicBool>) -> anyhow::Result<()> {
    let (mut connection, mut text) = door.connection();
    let (run, mut number) = (Uuid::new_v4(), 0);
    while !over.load(Relaxed) {
        door.write_order(&mut text, run, number);
        connection.open().await?;
        let answer = connection.exchange(text.text(), Instant::now()).await?;
        match answer.status {
            201 => number += 1,
            429 | 503 => sleep(SOON).await,
            status => bail!("an order was answered {status}"),
        }
    }
    Ok(())
}
