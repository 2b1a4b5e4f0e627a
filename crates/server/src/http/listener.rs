//! The accept loop: how many connections there are, and how they end when the shop closes.
//!
//! At the cap it stops accepting. Who comes then waits in the kernel's queue, which is bounded and
//! costs us nothing; to accept and close would spend the most on connections when there are the
//! most of them, and would look to clients like a broken shop.

use super::{
    connection::{Patience, serve_connection},
    crowds::{Crowds, Presence},
    tls::Tls,
    unparsed::{crowded, in_the_clear},
};
use crate::{
    settings::{Networks, Settings},
    telemetry::Meters,
};
use axum::{http::Request, response::Response};
use hyper::body::Incoming;
use socket2::{Domain, Protocol, SockAddr, SockRef, Socket, Type};
use std::{
    io,
    net::SocketAddr,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::server::TlsStream;

/// Connections that the kernel holds for us until we accept them.
const BACKLOG: i32 = 4096;
/// How long to wait when the machine has no more files or memory for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How often to say in the log that there are too many connections.
const FULL_REPORT: Duration = Duration::from_secs(60);

/// How many connections there may be, and how long they may take.
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    pub connections: usize,
    /// Of one address, but for those from which many come. 0: as many as there are.
    pub of_one_address: usize,
    pub crowded: Networks,
    pub header_timeout: Duration,
    pub idle_timeout: Duration,
    pub shutdown_timeout: Duration,
}

impl From<&Settings> for ConnectionLimits {
    fn from(settings: &Settings) -> ConnectionLimits {
        ConnectionLimits {
            connections: settings.max_connections,
            of_one_address: settings.connections_per_address,
            crowded: settings.trusted_proxies.clone().and_this_machine(),
            header_timeout: settings.header_timeout,
            idle_timeout: settings.idle_timeout,
            shutdown_timeout: settings.shutdown_timeout,
        }
    }
}

/// Opens the port. Must be called within a tokio runtime.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A restart must not wait for the last connections of the process before it.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SockAddr::from(address))?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Serves connections until `shutdown` is ready, then finishes what was begun. Returns how many
/// connections were cut off because they took longer than `shutdown_timeout`.
pub async fn serve<F, A>(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    answer: F,
    limits: ConnectionLimits,
    meters: &Meters,
    shutdown: impl Future<Output = ()>,
) -> usize
where
    F: Fn(SocketAddr, Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response> + Send + 'static,
{
    let open = meters.gauge("http_connections", "Connections that are open.", &[]);
    let refused =
        meters.counter("http_accept_errors_total", "Connections that could not be accepted.", &[]);
    let patience = Patience { head: limits.header_timeout, idle: limits.idle_timeout };
    let mut slots = Slots::new(limits.connections);
    let crowds = Crowds::new(limits.of_one_address, limits.crowded);
    let (close, closing) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.as_mut() => break,
            accepted = async { (slots.take().await, listener.accept().await) } => accepted,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            (slot, Ok((stream, peer))) => {
                let Some(place) = admit(&crowds, &stream, peer, tls.is_some()) else {
                    refused.increment(1);
                    continue;
                };
                if let Err(error) = prepare(&stream, limits.idle_timeout) {
                    tracing::debug!(%peer, %error, "a connection broke as it came");
                    continue;
                }
                let (answer, closing, open) = (answer.clone(), closing.clone(), open.clone());
                let tls = tls.clone();
                connections.spawn(async move {
                    open.increment(1.0);
                    match tls {
                        None => serve_connection(stream, peer, answer, patience, closing).await,
                        Some(tls) => {
                            serve_sealed(&tls, stream, peer, answer, patience, closing).await;
                        }
                    }
                    open.decrement(1.0);
                    drop((slot, place));
                });
            }
            (_, Err(error)) => {
                refused.increment(1);
                if !is_of_one_connection(&error) {
                    tracing::warn!(%error, "no connection can be accepted");
                    tokio::select! {
                        () = shutdown.as_mut() => break,
                        () = tokio::time::sleep(ACCEPT_PAUSE) => {}
                    }
                }
            }
        }
    }
    // From here on the kernel refuses new connections.
    drop(listener);
    close.send_replace(true);
    see_off(connections, limits.shutdown_timeout).await
}

/// How many were cut off, because they took longer than that.
async fn see_off(mut connections: JoinSet<()>, patience: Duration) -> usize {
    let all = async { while connections.join_next().await.is_some() {} };
    if timeout(patience, all).await.is_err() {
        tracing::warn!(connections = connections.len(), "connections were cut off");
    }
    let cut_off = connections.len();
    connections.shutdown().await;
    cut_off
}

/// Who has vanished takes nothing, and says nothing: without this the kernel would go on trying for a quarter of an
/// hour to tell him that an answer is still being made.
fn prepare(stream: &TcpStream, patience: Duration) -> io::Result<()> {
    SockRef::from(stream).set_tcp_user_timeout(Some(patience))?;
    // An answer is one write; waiting for more to send would only delay it.
    stream.set_nodelay(true)
}

async fn serve_sealed<F, A>(
    tls: &Tls,
    stream: TcpStream,
    peer: SocketAddr,
    answer: F,
    patience: Patience,
    closing: watch::Receiver<bool>,
) where
    F: Fn(SocketAddr, Request<Incoming>) -> A,
    A: Future<Output = Response>,
{
    if let Some(stream) = shake_hands(tls, stream, peer, patience.head).await {
        serve_connection(stream, peer, answer, patience, closing).await;
    }
}

/// None if nothing has come of it, which is the client's to mend.
async fn shake_hands(
    tls: &Tls,
    mut stream: TcpStream,
    peer: SocketAddr,
    patience: Duration,
) -> Option<TlsStream<TcpStream>> {
    let hands = async {
        let mut first = [0];
        // A handshake begins with a byte that no method does.
        if stream.peek(&mut first).await? == 1 && first[0].is_ascii_uppercase() {
            stream.write_all(&in_the_clear()).await?;
            drain(&mut stream).await;
            return Ok(None);
        }
        tls.acceptor().accept(stream).await.map(Some)
    };
    match timeout(patience, hands).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::debug!(%peer, %error, "no TLS was agreed on");
            None
        }
        Err(_) => {
            tracing::debug!(%peer, "the handshake of TLS was too slow");
            None
        }
    }
}

/// A connection that is closed with bytes unread is reset, and its client never sees the answer.
async fn drain(stream: &mut TcpStream) {
    let mut bytes = [0; 1024];
    // What fits into a head, and no more: whoever goes on sending is not waited for.
    let mut rounds = 0..64;
    while rounds.next().is_some() && stream.try_read(&mut bytes).is_ok_and(|read| read > 0) {}
    let _ = stream.shutdown().await;
}

/// A place for one more connection of this address. If it has too many, it is told so, where it would understand it.
fn admit(
    crowds: &Crowds,
    stream: &TcpStream,
    peer: SocketAddr,
    is_sealed: bool,
) -> Option<Presence> {
    let place = crowds.enter(peer.ip());
    if place.is_none() && !is_sealed {
        // It fits into an empty buffer; nobody waits here for a client.
        let _ = SockRef::from(stream).send(&crowded());
    }
    place
}

/// The places for connections.
struct Slots {
    free: Arc<Semaphore>,
    reported: Option<Instant>,
}

impl Slots {
    fn new(connections: usize) -> Slots {
        Slots {
            free: Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS))),
            reported: None,
        }
    }

    /// That it is full, now and then.
    fn is_to_be_told(&self) -> bool {
        self.free.available_permits() == 0
            && self.reported.is_none_or(|at| at.elapsed() > FULL_REPORT)
    }

    async fn take(&mut self) -> Option<OwnedSemaphorePermit> {
        if self.is_to_be_told() {
            self.reported = Some(Instant::now());
            tracing::warn!("max_connections are open, more have to wait");
        }
        // Fails only if the semaphore is closed, which nobody does.
        Arc::clone(&self.free).acquire_owned().await.ok()
    }
}

/// Whether an error of `accept` is about the connection, and not about us.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests;
