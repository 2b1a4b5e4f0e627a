//! Orders, and who is at work beside them: the worker on orders, the consumers of mail and of figures, and a
//! client that follows the feed.
//!
//! No setting takes the consumers out of a shop. Where there are to be none somebody else has their leases, for
//! ever: each asks for its own five times a second and is refused, which writes nothing. The worker has a
//! setting. Idle, the mails have their lease and go along with the feed; the figures are held by somebody else here
//! as well, for where there are orders they always have something to do.

use super::{Flow, Stand, follower::Follower};
use crate::{
    measure::{bench::shops::log_in, figures::Figures},
    stage::{
        bulk,
        engines::Engine,
        holders,
        letters::MailServer,
        servers::STAFF,
        sites::{Shop, Teller},
    },
};
use anyhow::Context;
use domain::Micros;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

/// Longer than any bench takes.
const HELD_FOR_US: i64 = 365 * Micros::DAY;

pub const ALL: [Flow; 4] = [Flow::Alone, Flow::Idle, Flow::Tallied, Flow::Busy];

/// What a demo does with orders.
pub const AS_A_DEMO: [(&str, &str); 3] = [
    ("SUTLER_PROCESSING", "simulated"),
    ("SUTLER_PROCESSING_AFTER", "3s"),
    ("SUTLER_PROCESSING_TIME", "1s"),
];

/// Whose leases are somebody else's.
fn held(flow: Flow) -> &'static [&'static str] {
    match flow {
        Flow::Alone => &["mails", "figures"],
        Flow::Idle => &["figures"],
        _ => &[],
    }
}

/// What the client that follows asks for; of keys nothing is told, for there are none.
fn followed(flow: Flow) -> Option<&'static str> {
    match flow {
        Flow::Idle => Some("?kinds=key.revoked"),
        Flow::Busy => Some(""),
        _ => None,
    }
}

/// As the environment names them. An idle worker waits for orders that have waited for a month.
fn settings(flow: Flow, smtp_url: &str) -> Vec<(&'static str, &str)> {
    match flow {
        Flow::Idle => {
            vec![("SUTLER_PROCESSING", "instant"), ("SUTLER_PROCESSING_AFTER", "30d")]
        }
        Flow::Busy => vec![
            ("SUTLER_PROCESSING", "instant"),
            ("SUTLER_PROCESSING_AFTER", "0s"),
            ("SUTLER_SMTP_URL", smtp_url),
            ("SUTLER_MAIL_FROM", "shop@example.com"),
        ],
        _ => vec![("SUTLER_PROCESSING", "manual")],
    }
}

impl Stand<'_> {
    /// Orders, and where all are busy what these do meanwhile.
    pub async fn beside(&self, flow: Flow) -> anyhow::Result<Vec<(Flow, Figures)>> {
        let shop = self.site.fresh().await?;
        hold(self.site.engine, &shop, held(flow)).await?;
        let letters = Arc::<AtomicU64>::default();
        let taken = letters.clone();
        let post = MailServer::open(move |_, _| {
            taken.fetch_add(1, Relaxed);
        })
        .await?;
        let smtp_url = format!("smtp://{}?tls=none", post.address);
        let server = self.sutler.serve_with(&shop, &settings(flow, &smtp_url)).await?;
        let follower = match followed(flow) {
            None => None,
            Some(query) => {
                let authorization = log_in(server.address, STAFF).await?;
                Some(Follower::follow(server.address, &authorization, query).await?)
            }
        };
        let teller = shop.teller().await?;
        let told = || follower.as_ref().map_or(0, Follower::told);
        let at = async || anyhow::Ok([completed(&teller).await?, letters.load(Relaxed), told()]);
        let (began, since) = (at().await?, Instant::now());
        let figures = self.orders().run(&self.site, &shop, &server, self.sutler).await?;
        let (ended, took) = (at().await?, since.elapsed());
        if let Some(follower) = follower {
            follower.end().await?;
        }
        server.stop()?;
        shop.audit().await?;
        self.site.remove(shop).await?;
        let mut found = vec![(flow, figures)];
        if flow == Flow::Busy {
            let deeds = [Flow::Completed, Flow::Letters, Flow::Told];
            for (deed, (ended, began)) in deeds.into_iter().zip(ended.into_iter().zip(began)) {
                let per_s = (ended - began) as f64 / took.as_secs_f64();
                found.push((deed, Figures { per_s, ..Figures::default() }));
            }
        }
        Ok(found)
    }
}

/// Orders that do not wait any more.
async fn completed(teller: &Teller) -> anyhow::Result<u64> {
    let pending = teller.pending().await?;
    Ok(teller.orders().await?.saturating_sub(pending))
}

/// Nobody else works for these consumers.
async fn hold(engine: Engine, shop: &Shop, consumers: &[&str]) -> anyhow::Result<()> {
    let (holder, now) = (engine.id("'0000000000007000800000000000beef'"), holders::now_us()?);
    let until = now + HELD_FOR_US;
    let hold = |name: &&str| {
        format!(
            "insert into consumers (name, position, holder, leased_until, seen_at)
             values ('{name}', 0, {holder}, {until}, {now})"
        )
    };
    let statements = consumers.iter().map(hold).collect();
    bulk::write_beside(&shop.location, statements).await.context("holding the leases")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where nobody is to work, nobody has what he needs for it.
    #[test]
    fn who_works_beside_orders_is_told_by_leases_and_settings() {
        let works = |flow| {
            let worker = !settings(flow, "smtp://a").contains(&("SUTLER_PROCESSING", "manual"));
            let free = |name| !held(flow).contains(&name);
            [worker, free("mails"), free("figures"), followed(flow).is_some()]
        };
        assert_eq!(works(Flow::Alone), [false; 4]);
        assert_eq!(works(Flow::Idle), [true, true, false, true]);
        assert_eq!(works(Flow::Tallied), [false, true, true, false]);
        assert_eq!(works(Flow::Busy), [true; 4]);
    }
}
