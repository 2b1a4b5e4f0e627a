//! Orders that another system hands over, as a marketplace does that has many connections: through a channel that
//! takes items as they are, and no stock, into a shop that works on orders as a demo does. None may be refused.

use super::{Stand, beside};
use crate::{
    measure::{
        bench::{orders::finish, shops::log_in},
        figures::Figures,
    },
    stage::servers::{STAFF, Server},
};
use anyhow::{Context, ensure};
use load::{Connection, Kind, Report, RequestText};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{net::SocketAddr, process::Stdio, time::Duration};
use testbed::processes;
use tokio::time::Instant;

const CONNECTIONS: u32 = 1000;
const RUN_TIME_MS: u64 = 30_000;
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
struct Made {
    key: String,
}

impl Stand<'_> {
    pub async fn take_in(&self) -> anyhow::Result<Figures> {
        let shop = self.site.fresh().await?;
        let server = self.sutler.serve_with(&shop, &beside::AS_A_DEMO).await?;
        let authorization = log_in(server.address, STAFF).await?;
        let channel = json!({
            "name": "bench", "channel": "bench", "scopes": ["intake"],
            "unknown_items": "accept", "takes_stock": false,
        });
        let path = "/api/identity/api-keys";
        let made: Made = ask(server.address, &authorization, path, Some(&channel)).await?;
        let meter = self.site.meter(server.pid(), None)?;
        let start = meter.read().await?;
        let report = finish(self.hand_over(&server, &made.key)?).await?;
        let figures = start.figures(&meter.read().await?, report.acknowledged_orders);
        server.stop()?;
        shop.audit().await?;
        self.site.remove(shop).await?;
        told(&report, figures)
    }

    fn hand_over(&self, server: &Server, key: &str) -> anyhow::Result<std::process::Child> {
        let mut command = self.sutler.command();
        command.args(["load", "--json", "--scenario", "intake", "--numbered"]);
        command.args(["--url", &format!("http://{}", server.address), "--channel-key", key]);
        let most = CONNECTIONS.to_string();
        command.args(["--users", &most, "--spawn-rate", &most]);
        command.args(["--run-time", &format!("{}ms", self.scaled(RUN_TIME_MS).max(2000))]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        processes::spawn(command).context("starting sutler load")
    }
}

/// The clients' rate, and their times, with what failed of what they asked for.
fn told(report: &Report, figures: Figures) -> anyhow::Result<Figures> {
    let orders = report.kinds.get(&Kind::Intake).context("nothing was handed over")?;
    ensure!(orders.succeeded > 0, "nothing was taken: {:?}", orders.refusals);
    let failed = orders.requests - orders.succeeded + report.unanswered;
    if failed > 0 {
        eprintln!(
            "  of {} orders {failed} failed: {:?} {:?}, and {} were not answered",
            orders.requests, orders.refusals, orders.transport_errors, report.unanswered
        );
    }
    Ok(Figures {
        per_s: orders.orders_per_s,
        p50_ms: Some(orders.latency.p50_ms),
        p99_ms: Some(orders.latency.p99_ms),
        failed: Some(failed as f64),
        ..figures
    })
}

/// A request that is no measured one's.
pub async fn ask<T: DeserializeOwned>(
    address: SocketAddr,
    authorization: &str,
    path: &str,
    body: Option<&Value>,
) -> anyhow::Result<T> {
    let mut connection = Connection::new(address, ANSWERS_WITHIN);
    let mut request = RequestText::new(&address.to_string());
    match body {
        None => request.get(format_args!("{path}"), authorization),
        Some(body) => {
            let key = Some(format_args!("bench"));
            request.post(format_args!("{path}"), authorization, key, |text| {
                text.extend_from_slice(body.to_string().as_bytes());
            });
        }
    }
    connection.open().await.context("connecting to sutler")?;
    let answer = connection.exchange(request.text(), Instant::now()).await;
    let answer = answer.with_context(|| format!("asking for {path}"))?;
    let text = connection.body(&answer);
    let said = String::from_utf8_lossy(&text);
    ensure!((200..300).contains(&answer.status), "{path} answers {}: {said}", answer.status);
    serde_json::from_slice(&text).with_context(|| format!("reading {said}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(requests: u64, succeeded: u64, unanswered: u64) -> Report {
        let kinds = json!({ "intake": {
            "requests": requests, "succeeded": succeeded, "orders": succeeded, "refusals": {},
            "transport_errors": {}, "requests_per_s": 2.0, "orders_per_s": 1.0,
            "latency": { "mean_ms": 1.0, "p50_ms": 2.0, "p90_ms": 3.0, "p99_ms": 4.0,
                "p999_ms": 5.0, "max_ms": 6.0 },
        } });
        let report = json!({
            "url": "", "scenario": "intake", "users": 1, "rate": null, "seed": 1,
            "measured_seconds": 1.0, "total": kinds["intake"], "kinds": kinds,
            "acknowledged_orders": succeeded, "unanswered": unanswered, "unsent": 0,
            "behind_ms": 0.0, "client_cpu_seconds": null, "seconds": [],
        });
        serde_json::from_value(report).unwrap()
    }

    #[test]
    fn what_was_refused_has_failed_and_so_has_what_was_not_answered() {
        let failed = |report| told(&report, Figures::default()).unwrap().failed;
        assert_eq!(failed(report(10, 10, 0)), Some(0.0));
        assert_eq!(failed(report(10, 7, 2)), Some(5.0));
        assert!(told(&report(10, 0, 0), Figures::default()).is_err());
    }
}
