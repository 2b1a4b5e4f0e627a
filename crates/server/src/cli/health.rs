//! `sutler health`: whether the shop of these settings is ready, for whoever watches its process: containers, scripts.

use super::{Outcome, output::say};
use crate::{ports::http::Client, settings::Settings};
use anyhow::{Context, ensure};
use serde_json::{Map, Value};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};

/// Readiness itself waits two seconds for the database.
const PATIENCE: Duration = Duration::from_secs(4);

pub async fn run(settings: &Settings) -> Outcome {
    let address =
        reached_at(settings.listen.resolve().context("the address of listen is not known")?);
    let scheme = if settings.tls_certificate.is_some() { "https" } else { "http" };
    let (status, body) =
        ask(scheme, address).await.with_context(|| format!("nothing is ready at {address}"))?;
    let told: Map<String, Value> = serde_json::from_slice(&body)
        .with_context(|| format!("what answers at {address} is no shop"))?;
    say(in_words(&told))?;
    Ok(if status == 200 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Who listens on every address is there on this machine's own.
fn reached_at(listen: SocketAddr) -> SocketAddr {
    let own: IpAddr = match listen {
        SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let ip = if listen.ip().is_unspecified() { own } else { listen.ip() };
    SocketAddr::new(ip, listen.port())
}

async fn ask(scheme: &str, address: SocketAddr) -> anyhow::Result<(u16, Vec<u8>)> {
    // Probes are let in under any name.
    let to = format!("{scheme}://{address}/health/ready").parse()?;
    let answer = Client::of_this_machine(PATIENCE)?.get(&to).await.map_err(anyhow::Error::msg)?;
    let status = answer.status.as_u16();
    ensure!([200, 503].contains(&status), "it answers {status}");
    Ok((status, answer.body.to_vec()))
}

/// `ready: database ok, writer ok, backup late (9000 s old)`
fn in_words(told: &Map<String, Value>) -> String {
    let word = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or("unknown").to_owned();
    let age = told.get("backup_age_seconds").and_then(Value::as_i64);
    let age = age.map(|age| format!(" ({age} s old)")).unwrap_or_default();
    let [status, database, writer, backup] = ["status", "database", "writer", "backup"].map(word);
    format!("{status}: database {database}, writer {writer}, backup {backup}{age}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_everywhere_is_asked_here() {
        for (listen, asked) in [
            ("0.0.0.0:8000", "127.0.0.1:8000"),
            ("[::]:80", "[::1]:80"),
            ("10.0.0.7:8000", "10.0.0.7:8000"),
        ] {
            assert_eq!(reached_at(listen.parse().unwrap()), asked.parse().unwrap(), "{listen}");
        }
    }
}
