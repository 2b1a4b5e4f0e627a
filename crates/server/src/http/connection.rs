//! One connection: HTTP/1.1, and the clock that ends it.
//!
//! hyper's own header timeout starts when it begins to wait, so it would also end idle
//! connections, and it sets a timer for every request. Here there is one timer for the life of a
//! connection: reads and writes note the time, and the timer looks at the note when it fires.

use super::{closing::Closing, unparsed};
use axum::{http::Request, response::Response};
use bytes::Bytes;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use store::failpoints::{Point, reached};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::watch,
    time::{Instant, sleep_until},
};

/// Largest head of a request; a larger one is answered 431.
const HEAD_LIMIT: usize = 64 * 1024;

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// From its first byte to the end of the head of a request.
    pub head: Duration,
    /// Without a byte in either direction, between requests and while it reads an answer.
    pub idle: Duration,
}

/// Serves one connection to its end. When `closing` turns true, the request that is being
/// answered is the last.
pub(super) async fn serve_connection<S, F, A>(
    stream: S,
    peer: SocketAddr,
    answer: F,
    patience: Patience,
    mut closing: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Fn(SocketAddr, Request<Incoming>) -> A,
    A: Future<Output = Response>,
{
    let activity = Arc::new(Activity::new());
    let stream = Watched { stream, activity: Arc::clone(&activity), refusal: Bytes::new() };
    let word = Closing::of(closing.clone());
    let service = service_fn(|mut request: Request<Incoming>| {
        activity.enter(Phase::Busy);
        request.extensions_mut().insert(word.clone());
        let answer = answer(peer, request);
        let activity = &activity;
        async move {
            let response = answer.await;
            activity.enter(Phase::Open);
            Ok::<_, Infallible>(response)
        }
    });
    // Half-closed connections are ended: a client that closes its side has left, and a command of
    // his that still waits is dropped. That is also what tells us of clients that gave up.
    let mut connection = pin!(
        http1::Builder::new()
            .header_read_timeout(None)
            .max_header_size(HEAD_LIMIT)
            .half_close(false)
            .serve_connection(TokioIo::new(stream), service)
    );
    let mut told = false;
    // An error means that the sender is gone, and with it the whole server.
    let mut closing = pin!(async move { closing.wait_for(|closing| *closing).await.is_ok() });
    let mut alarm = pin!(sleep_until(activity.deadline(patience)));
    poll_fn(|context| {
        loop {
            if let Poll::Ready(result) = connection.as_mut().poll(context) {
                if let Err(error) = result {
                    tracing::debug!(%peer, %error, "a connection broke");
                }
                return Poll::Ready(());
            }
            if !told && closing.as_mut().poll(context).is_ready() {
                told = true;
                connection.as_mut().graceful_shutdown();
                continue;
            }
            let deadline = activity.deadline(patience);
            if deadline < alarm.deadline() {
                // The head of a request began: that is less patience than for idling.
                alarm.as_mut().reset(deadline);
            }
            if alarm.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            if deadline <= Instant::now() {
                tracing::debug!(%peer, "a connection was too slow, or idle");
                return Poll::Ready(());
            }
            alarm.as_mut().reset(deadline);
        }
    })
    .await;
}

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Between requests, or while an answer goes out.
    Open = 0,
    /// The head of a request has begun to arrive.
    Head = 1,
    /// A handler has the request. It has deadlines of its own, also for reading the body.
    Busy = 2,
}

/// What a connection is doing, and since when: milliseconds since it began, times four, plus the
/// phase. Only its own task touches it, but the parts of that task cannot borrow from each other.
struct Activity {
    began: Instant,
    note: AtomicU64,
}

impl Activity {
    /// A new connection is there to send a request: it has begun.
    fn new() -> Activity {
        Activity { began: Instant::now(), note: AtomicU64::new(Phase::Head as u64) }
    }

    fn enter(&self, phase: Phase) {
        // Five hundred million years fit.
        let since_ms = self.began.elapsed().as_millis() as u64;
        self.note.store(since_ms << 2 | phase as u64, Ordering::Relaxed);
    }

    fn phase(&self) -> Phase {
        match self.note.load(Ordering::Relaxed) & 3 {
            0 => Phase::Open,
            1 => Phase::Head,
            _ => Phase::Busy,
        }
    }

    /// Bytes came: between requests, they begin one.
    fn received(&self) {
        if self.phase() == Phase::Open {
            self.enter(Phase::Head);
        }
    }

    /// Bytes went: the client reads its answer.
    fn sent(&self) {
        if self.phase() != Phase::Busy {
            self.enter(Phase::Open);
        }
    }

    /// When it is over, unless something happens.
    fn deadline(&self, patience: Patience) -> Instant {
        let since = self.began + Duration::from_millis(self.note.load(Ordering::Relaxed) >> 2);
        match self.phase() {
            Phase::Open => since + patience.idle,
            Phase::Head => since + patience.head,
            Phase::Busy => Instant::now() + patience.idle,
        }
    }
}

/// A stream that notes when bytes move, and tells in full what hyper refuses by itself.
struct Watched<S> {
    stream: S,
    activity: Arc<Activity>,
    /// What is left to say of such a refusal.
    refusal: Bytes,
}

impl<S> Watched<S> {
    fn note_sent(&self, sent: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(1..)) = sent {
            reached(Point::Answered);
            self.activity.sent();
        }
        sent
    }
}

impl<S: AsyncWrite + Unpin> Watched<S> {
    /// If hyper refuses by itself: says that in full.
    fn poll_say(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Option<Poll<io::Result<usize>>> {
        if self.refusal.is_empty() {
            self.refusal = unparsed::in_full(bytes)?.into();
        }
        while !self.refusal.is_empty() {
            match Pin::new(&mut self.stream).poll_write(context, &self.refusal) {
                Poll::Ready(Ok(0)) => return Some(Poll::Ready(Ok(0))),
                Poll::Ready(Ok(sent)) => drop(self.refusal.split_to(sent)),
                waits => return Some(waits),
            }
        }
        Some(Poll::Ready(Ok(bytes.len())))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.activity.received();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let sent = match self.poll_say(context, bytes) {
            Some(said) => said,
            None => Pin::new(&mut self.stream).poll_write(context, bytes),
        };
        self.note_sent(sent)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = slices.first().map_or(&[][..], |slice| slice);
        let sent = match self.poll_say(context, first) {
            Some(said) => said,
            None => Pin::new(&mut self.stream).poll_write_vectored(context, slices),
        };
        self.note_sent(sent)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
