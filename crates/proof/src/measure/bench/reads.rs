//! Product lists over HTTP, against a handler in the same server that answers a constant. The
//! clients cost the same for both: they send the same bytes again and again and skip the answers.

use crate::{
    measure::{
        crowd::WARM_UP,
        figures::{Figures, quantile},
        meters::Meter,
    },
    stage::{servers::Sutler, sites::Site},
};
use anyhow::{Context, bail, ensure};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

const CONNECTIONS: usize = 64;
/// Ten products are about as long as the bare answer.
const LIST: &str = "/api/catalog/products?limit=10";
const BARE: &str = "/bench/bare";

/// Lists, and the bare handler if this server has one.
pub async fn measure(
    site: &Site,
    sutler: &Sutler,
    run_time: Duration,
) -> anyhow::Result<(Figures, Option<Figures>)> {
    let shop = site.fresh().await?;
    let server = match sutler.serve_with_bare(&shop).await {
        Ok(server) => server,
        Err(error) => {
            eprintln!("  without the bare handler: {error:#}");
            sutler.serve(&shop).await?
        }
    };
    let meter = site.meter(server.pid(), None)?;
    let crowd = |path: &'static str| Readers {
        connections: CONNECTIONS,
        authorization: String::new(),
        paths: Arc::new(|_| path.into()),
    };
    let list = crowd(LIST).read(server.address, run_time, &meter).await?;
    let list = list.context("the product list is not found")?;
    let bare = crowd(BARE).read(server.address, run_time, &meter).await?;
    server.stop()?;
    site.remove(shop).await?;
    Ok((list, bare))
}

#[derive(Default)]
struct Progress {
    requests: AtomicU64,
    answers: AtomicU64,
    is_over: AtomicBool,
}

/// Who reads, each one answer after the other.
pub struct Readers {
    pub connections: usize,
    /// The header line that says who they are; empty where nobody asks.
    pub authorization: String,
    /// What is asked for by the so-manieth request of all.
    pub paths: Arc<dyn Fn(u64) -> String + Send + Sync>,
}

impl Readers {
    /// `None` if there is no such path.
    pub async fn read(
        self,
        address: SocketAddr,
        run_time: Duration,
        meter: &Meter,
    ) -> anyhow::Result<Option<Figures>> {
        let path = (self.paths)(0);
        match status(address, &path, &self.authorization).await? {
            200 => {}
            404 => return Ok(None),
            status => bail!("{path} answers {status}"),
        }
        let progress = Arc::<Progress>::default();
        let readers = self.spawn(address, progress.clone());
        tokio::time::sleep(WARM_UP).await;
        let (start, answered) = (meter.read().await?, progress.answers.load(Relaxed));
        tokio::time::sleep(run_time).await;
        let (end, answers) = (meter.read().await?, progress.answers.load(Relaxed) - answered);
        progress.is_over.store(true, Relaxed);
        let latencies_us = readers.await??;
        let ms = |share| quantile(&latencies_us, share).map(|us| us / 1000.0);
        let figures = start.figures(&end, answers);
        Ok(Some(Figures { p50_ms: ms(0.5), p99_ms: ms(0.99), disk_bytes: None, ..figures }))
    }

    /// On a thread of their own, as `sutler load` does it: the rest is the server's.
    fn spawn(
        self,
        address: SocketAddr,
        progress: Arc<Progress>,
    ) -> tokio::task::JoinHandle<anyhow::Result<Vec<u32>>> {
        tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut readers = JoinSet::new();
                for _ in 0..self.connections {
                    let (paths, authorization) = (self.paths.clone(), self.authorization.clone());
                    let progress = progress.clone();
                    readers.spawn(read_until_over(address, paths, authorization, progress));
                }
                let mut latencies_us = Vec::new();
                while let Some(reader) = readers.join_next().await {
                    latencies_us.extend(reader??);
                }
                latencies_us.sort_unstable();
                Ok(latencies_us)
            })
        })
    }
}

/// How a path is answered.
pub async fn status(address: SocketAddr, path: &str, authorization: &str) -> anyhow::Result<u16> {
    let mut reader = Reader::connect(address).await?;
    reader.ask(&request(address, path, authorization)).await
}

fn request(address: SocketAddr, path: &str, authorization: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{authorization}\r\n")
}

async fn read_until_over(
    address: SocketAddr,
    paths: Arc<dyn Fn(u64) -> String + Send + Sync>,
    authorization: String,
    progress: Arc<Progress>,
) -> anyhow::Result<Vec<u32>> {
    let mut reader = Reader::connect(address).await?;
    let mut latencies_us = Vec::new();
    while !progress.is_over.load(Relaxed) {
        let path = paths(progress.requests.fetch_add(1, Relaxed));
        let request = request(address, &path, &authorization);
        let started = Instant::now();
        let status = reader.ask(&request).await?;
        ensure!(status == 200, "{path} was answered by {status}");
        progress.answers.fetch_add(1, Relaxed);
        latencies_us.push(u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    Ok(latencies_us)
}

struct Reader {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Reader {
    async fn connect(address: SocketAddr) -> anyhow::Result<Reader> {
        let stream = TcpStream::connect(address).await.context("connecting to sutler")?;
        stream.set_nodelay(true)?;
        Ok(Reader { stream, buffer: Vec::with_capacity(1 << 16) })
    }

    /// The status of the answer, when all of it has come.
    async fn ask(&mut self, request: &str) -> anyhow::Result<u16> {
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        loop {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "sutler hung up");
            if let Some(head) = parse_head(&self.buffer)?
                && self.buffer.len() >= head.answer_length
            {
                return Ok(head.status);
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    /// Head and body.
    answer_length: usize,
}

/// `None` while the head is incomplete.
fn parse_head(bytes: &[u8]) -> anyhow::Result<Option<Head>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&bytes[..end]).context("the head is no text")?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then_some(value.trim())
    });
    let length: usize = length.context("an answer without its length")?.parse()?;
    let status = status.context("an answer without a status")?;
    Ok(Some(Head { status, answer_length: end + 4 + length }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_as_long_as_its_head_says() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc";
        let head = parse_head(answer).unwrap().unwrap();
        assert_eq!(head, Head { status: 200, answer_length: answer.len() + 2 });
        assert_eq!(parse_head(&answer[..30]).unwrap(), None);
        assert!(parse_head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
