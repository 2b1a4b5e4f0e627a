//! One keep-alive connection: a request is written once, its answer read into a reused buffer.
//! Cheap before anything else: one write and one read per request, and no timer is touched.

use crate::answer::{Answer, AnswerReader, Malformed};
use anyhow::{Context as _, bail};
use std::{
    borrow::Cow,
    future::{Future, poll_fn},
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWriteExt, ReadBuf},
    net::{TcpStream, lookup_host},
    time::{Instant, Sleep, sleep, timeout},
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Larger than most answers: a read that does not fill the buffer spares asking for more.
const BUFFER_BYTES: usize = 16_384;

/// The shop under load.
#[derive(Clone, Debug)]
pub struct Target {
    pub addr: SocketAddr,
    /// What the Host header says.
    pub host: String,
}

impl Target {
    /// Finds the first address behind `url` that takes connections.
    pub async fn resolve(url: &str) -> anyhow::Result<Self> {
        let host = read_host(url)?;
        let (name, port) = read_port(host).with_context(|| url.to_owned())?;
        let addrs = lookup_host((name, port))
            .await
            .with_context(|| format!("{name} is not a known host"))?;
        let mut refusal = None;
        // `localhost` is often two addresses, of which the shop listens on one.
        for addr in addrs {
            match connect(addr).await {
                Ok(_) => return Ok(Self { addr, host: host.to_owned() }),
                Err(error) => refusal = Some(error),
            }
        }
        let advice =
            format!("nothing answers at {url}: start a shop with `sutler demo`, or give its --url");
        match refusal {
            Some(error) => Err(error).context(advice),
            None => bail!(advice),
        }
    }
}

fn read_host(url: &str) -> anyhow::Result<&str> {
    let Some(rest) = url.strip_prefix("http://") else {
        bail!(
            "{url}: the address has to begin with http://, and be the shop itself: TLS would cost this client more than all the rest"
        );
    };
    let host = rest.strip_suffix('/').unwrap_or(rest);
    if host.is_empty() || host.contains(['/', '?', '#', '@']) || host.contains(char::is_whitespace)
    {
        bail!("{url}: the address is http://HOST:PORT, without a path");
    }
    Ok(host)
}

fn read_port(host: &str) -> anyhow::Result<(&str, u16)> {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => {
            (name, port.parse().with_context(|| format!("{port:?} is not a port"))?)
        }
        _ => (host, 80),
    };
    Ok((name.trim_start_matches('[').trim_end_matches(']'), port))
}

async fn connect(addr: SocketAddr) -> io::Result<TcpStream> {
    let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect(addr))
        .await
        .map_err(|_| io::ErrorKind::TimedOut)??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    #[error("cannot connect")]
    Connect(#[source] io::Error),
    #[error("the connection was closed before the answer was complete")]
    Closed,
    #[error("the connection broke")]
    Broken(#[source] io::Error),
    #[error("no answer in time")]
    Timeout,
    #[error("the answer is not HTTP/1.1")]
    Malformed,
}

impl TransportError {
    /// The word under which reports count it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Connect(_) => "connect",
            Self::Closed => "closed",
            Self::Broken(_) => "broken",
            Self::Timeout => "timeout",
            Self::Malformed => "malformed",
        }
    }
}

impl From<Malformed> for TransportError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// A connection that is opened when needed and dropped when it can no longer be trusted.
pub struct Connection {
    addr: SocketAddr,
    timeout: Duration,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
    filled: usize,
    /// Armed for some request of the past; moved on only when it rings, which is almost never.
    alarm: Pin<Box<Sleep>>,
}

impl Connection {
    /// Nothing is sent before the first `open`. Has to be called inside a Tokio runtime.
    pub fn new(addr: SocketAddr, timeout: Duration) -> Self {
        let alarm = Box::pin(sleep(timeout));
        Self { addr, timeout, stream: None, buffer: vec![0; BUFFER_BYTES], filled: 0, alarm }
    }

    /// Connects, unless an open connection is at hand.
    pub async fn open(&mut self) -> Result<(), TransportError> {
        if let Some(stream) = &self.stream {
            // Costs no system call while nothing has happened. Anything that did happen, the end
            // or bytes nobody asked for, means that the server is through with this connection.
            match stream.try_read(&mut [0]) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                _ => self.stream = None,
            }
        }
        self.stream = Some(connect(self.addr).await.map_err(TransportError::Connect)?);
        Ok(())
    }

    /// Sends one request and waits for its answer, `timeout` after `started` at the latest.
    pub async fn exchange(
        &mut self,
        request: &[u8],
        started: Instant,
    ) -> Result<Answer, TransportError> {
        let outcome = self.send_and_read(request, started + self.timeout).await;
        if !matches!(&outcome, Ok(answer) if answer.keep_alive) {
            self.stream = None;
        }
        outcome
    }

    /// The body of the answer that was read last.
    pub fn body(&self, answer: &Answer) -> Cow<'_, [u8]> {
        answer.body(&self.buffer[..self.filled])
    }

    async fn send_and_read(
        &mut self,
        request: &[u8],
        deadline: Instant,
    ) -> Result<Answer, TransportError> {
        self.filled = 0;
        let Some(stream) = &mut self.stream else { return Err(TransportError::Closed) };
        // Small, and alone on its connection: the kernel takes it whole.
        stream.write_all(request).await.map_err(TransportError::Broken)?;
        let mut reader = AnswerReader::default();
        loop {
            if poll_fn(|cx| self.poll_fill(cx, deadline)).await? == 0 {
                return reader.close(self.filled).ok_or(TransportError::Closed);
            }
            if let Some(answer) = reader.advance(&self.buffer[..self.filled])? {
                return Ok(answer);
            }
        }
    }

    fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        deadline: Instant,
    ) -> Poll<Result<usize, TransportError>> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(2 * self.filled, 0);
        }
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(Err(TransportError::Closed));
        };
        let mut space = ReadBuf::new(&mut self.buffer[self.filled..]);
        if let Poll::Ready(outcome) = Pin::new(stream).poll_read(cx, &mut space) {
            let read = space.filled().len();
            self.filled += read;
            return Poll::Ready(outcome.map(|()| read).map_err(TransportError::Broken));
        }
        loop {
            ready!(self.alarm.as_mut().poll(cx));
            if self.alarm.deadline() >= deadline {
                return Poll::Ready(Err(TransportError::Timeout));
            }
            self.alarm.as_mut().reset(deadline);
        }
    }
}

#[cfg(test)]
mod tests;
