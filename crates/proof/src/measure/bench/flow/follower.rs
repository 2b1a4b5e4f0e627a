//! A client that follows the feed as a stream, and counts what it is told.

use anyhow::{Context, ensure};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
};

/// Each event has one such line; no other line of a stream begins like it.
const MARK: &[u8] = b"\nevent: ";

pub struct Follower {
    told: Arc<AtomicU64>,
    reading: JoinHandle<anyhow::Result<()>>,
}

impl Follower {
    /// From the first event on.
    pub async fn follow(
        address: SocketAddr,
        authorization: &str,
        query: &str,
    ) -> anyhow::Result<Follower> {
        let mut stream = TcpStream::connect(address).await.context("connecting to sutler")?;
        let request = format!(
            "GET /api/events{query} HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n\
             {authorization}\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut status = [0; 12];
        stream.read_exact(&mut status).await?;
        let status = String::from_utf8_lossy(&status);
        ensure!(status == "HTTP/1.1 200", "the feed is answered by {status}");
        let told = Arc::<AtomicU64>::default();
        let counted = told.clone();
        let reading = tokio::spawn(async move {
            let mut marks = Marks::default();
            let mut buffer = vec![0; 1 << 16];
            loop {
                let length = stream.read(&mut buffer).await?;
                ensure!(length > 0, "the stream of events has ended");
                counted.fetch_add(marks.count(&buffer[..length]), Relaxed);
            }
        });
        Ok(Follower { told, reading })
    }

    pub fn told(&self) -> u64 {
        self.told.load(Relaxed)
    }

    /// Fails where it was not told for as long as it listened.
    pub async fn end(self) -> anyhow::Result<()> {
        if self.reading.is_finished() {
            return self.reading.await?.context("following the events");
        }
        self.reading.abort();
        Ok(())
    }
}

/// Counts marks in what comes in pieces.
#[derive(Default)]
struct Marks {
    /// The end of what has come, shorter than a mark.
    rest: Vec<u8>,
}

impl Marks {
    fn count(&mut self, piece: &[u8]) -> u64 {
        self.rest.extend_from_slice(piece);
        let windows = self.rest.windows(MARK.len());
        let found = windows.filter(|window| *window == MARK).count();
        let done = self.rest.len().saturating_sub(MARK.len() - 1);
        self.rest.drain(..done);
        found as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted_once_wherever_the_stream_is_cut() {
        let text = "retry: 2000\n\nid: a\nevent: order.placed\ndata: {\"event\": 1}\n\n\
                    id: b\nevent: order.completed\ndata: {}\n\nid: c\n\n";
        for size in 1..=text.len() {
            let mut marks = Marks::default();
            let counted: u64 = text.as_bytes().chunks(size).map(|piece| marks.count(piece)).sum();
            assert_eq!(counted, 2, "in pieces of {size}");
        }
    }
}
