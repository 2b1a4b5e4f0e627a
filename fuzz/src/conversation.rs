//! A client without a network: what it sends is there at once, and it leaves when all of that was
//! read and answered, or when the shop waits for more.

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Waker},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How far a conversation is; the stream and the requests that came of it share it.
#[derive(Clone, Default)]
pub struct Conversation(Arc<State>);

#[derive(Default)]
struct State {
    /// A request is being answered.
    busy: AtomicBool,
    /// More was asked for than there is, while a request was being answered.
    asked: AtomicBool,
    /// What is being answered waits for more of its body.
    starving: AtomicBool,
    reader: Mutex<Option<Waker>>,
}

impl Conversation {
    fn reader(&self) -> MutexGuard<'_, Option<Waker>> {
        self.0.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        if let Some(waker) = self.reader().take() {
            waker.wake();
        }
    }

    pub fn begin(&self) {
        self.0.busy.store(true, SeqCst);
        self.0.asked.store(false, SeqCst);
    }

    pub fn end(&self) {
        self.0.busy.store(false, SeqCst);
        self.wake();
    }

    pub fn says(&self, text: Vec<u8>) -> Stream {
        Stream { left: Bytes::from(text), conversation: self.clone() }
    }

    pub fn body<B>(&self, body: B) -> Waiting<B> {
        Waiting { body, conversation: self.clone() }
    }
}

pub struct Stream {
    left: Bytes,
    conversation: Conversation,
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.left.is_empty() {
            let length = self.left.len().min(buffer.remaining());
            buffer.put_slice(&self.left.split_to(length));
            return Poll::Ready(Ok(()));
        }
        let state = &self.conversation.0;
        if !state.busy.load(SeqCst) || state.starving.load(SeqCst) {
            return Poll::Ready(Ok(()));
        }
        *self.conversation.reader() = Some(context.waker().clone());
        if !state.asked.swap(true, SeqCst) {
            // Once more round, in which a body that lacks something will tell.
            context.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A body that tells when it lacks something.
pub struct Waiting<B> {
    body: B,
    conversation: Conversation,
}

impl<B: Body + Unpin> Body for Waiting<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        let state = &self.conversation.0;
        if polled.is_pending() && state.asked.load(SeqCst) {
            state.starving.store(true, SeqCst);
            self.conversation.wake();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
