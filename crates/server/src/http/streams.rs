//! Answers that may be longer than what should lie in memory: a view, and after its other members its
//! long lists, piece by piece. A piece is read when the client has taken the one before.
//!
//! What goes wrong on the way cannot be said any more: the answer breaks off without its end.

use super::{
    answers::{Answer, written},
    problems::Problem,
    shapes::{Named, Shape, View},
};
use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::Response,
};
use bytes::Bytes;
use futures_util::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use serde::Serialize;
use serde_json::Value;
use std::{io, marker::PhantomData};

/// A list of a view that is written after the rest of it: `#[serde(skip)]`.
pub struct Later<V>(PhantomData<fn() -> V>);

impl<V> Default for Later<V> {
    fn default() -> Later<V> {
        Later(PhantomData)
    }
}

impl<V: View> Shape for Later<V> {
    fn shape(named: &mut Named) -> Value {
        Vec::<V>::shape(named)
    }
}

/// Rows of a list, written, and where the next ones begin if there are any.
pub struct Piece<V, K> {
    rows: Vec<Vec<u8>>,
    next: Option<K>,
    shows: PhantomData<fn(V)>,
}

impl<V: View + Serialize, K> Piece<V, K> {
    pub fn of(rows: impl Iterator<Item = V>, next: Option<K>) -> Result<Piece<V, K>, Problem> {
        let rows = rows.map(|row| serde_json::to_vec(&row)).collect::<Result<_, _>>();
        Ok(Piece { rows: rows.map_err(|_| Problem::internal())?, next, shows: PhantomData })
    }

    /// Rows that were written before, from `V`s.
    pub fn written(rows: Vec<Vec<u8>>, next: Option<K>) -> Piece<V, K> {
        Piece { rows, next, shows: PhantomData }
    }
}

/// An answer that shows a `V`, as it goes out.
pub struct Streamed<V> {
    head: Vec<u8>,
    lists: Vec<BoxStream<'static, Result<Bytes, Problem>>>,
    shows: PhantomData<fn(V)>,
}

impl<V: View + Serialize> Streamed<V> {
    /// Begins with all of the view that does not come later.
    pub fn of(view: &V) -> Result<Streamed<V>, Problem> {
        let mut head = serde_json::to_vec(view).map_err(|_| Problem::internal())?;
        // Its lists come before the end of the object.
        head.pop();
        Ok(Streamed { head, lists: Vec::new(), shows: PhantomData })
    }

    /// The list of this name. It is read from its beginning (`None`), and from where each piece says.
    pub fn list<R, K, F, P>(mut self, name: &'static str, _: Later<R>, read: F) -> Streamed<V>
    where
        R: 'static,
        K: Send + 'static,
        F: Fn(Option<K>) -> P + Send + 'static,
        P: Future<Output = Result<Piece<R, K>, Problem>> + Send + 'static,
    {
        let begin = stream::iter([Ok(Bytes::from(format!(",\"{name}\":[")))]);
        let end = stream::iter([Ok(Bytes::from_static(b"]"))]);
        let pieces = stream::try_unfold((Some(None), true), move |(place, is_first)| {
            let reading = place.map(&read);
            async move {
                let Some(reading) = reading else { return Ok(None) };
                let Piece { rows, next, .. } = reading.await?;
                let is_still_first = is_first && rows.is_empty();
                let mut text = rows.join(&b',');
                if !is_first && !text.is_empty() {
                    text.insert(0, b',');
                }
                Ok(Some((Bytes::from(text), (next.map(Some), is_still_first))))
            }
        });
        self.lists.push(begin.chain(pieces).chain(end).boxed());
        self
    }

    pub fn answer(self) -> Answer<V> {
        Answer::of(written(StatusCode::OK, Body::from_stream(self.bytes())))
    }

    fn bytes(self) -> BoxStream<'static, io::Result<Bytes>> {
        let head = stream::iter([Ok(Bytes::from(self.head))]);
        let end = stream::iter([Ok(Bytes::from_static(b"}"))]);
        head.chain(stream::iter(self.lists).flatten()).chain(end).map_err(broken).boxed()
    }
}

/// What is told of an answer that broke off: its client has its head already.
pub(super) fn broken(problem: Problem) -> io::Error {
    tracing::warn!(detail = problem.detail(), "an answer broke off");
    io::Error::other("the rest could not be read")
}

/// A file of this name, of the view's own kind, as it is read.
pub fn file<V: View>(
    name: &'static str,
    bytes: BoxStream<'static, Result<Bytes, Problem>>,
) -> Answer<V> {
    let mut response = Response::new(Body::from_stream(bytes.map_err(broken)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(V::KIND));
    if let Ok(named) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, named);
    }
    Answer::of(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::shapes::view;
    use serde_json::json;
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    view! {
        struct Row = "Row" {
            id: usize,
        }
    }

    view! {
        struct Book = "Book" {
            name: &'static str,
            #[serde(skip)]
            some: Later<Row>,
            #[serde(skip)]
            more: Later<Row>,
        }
    }

    type Read = Result<Piece<Row, usize>, Problem>;

    /// So many rows, two in a piece.
    async fn rows(count: usize, from: Option<usize>) -> Read {
        let from = from.unwrap_or(0);
        let until = count.min(from + 2);
        Piece::of((from..until).map(|id| Row { id }), (until < count).then_some(until))
    }

    fn book<P: Future<Output = Read> + Send + 'static>(
        some: impl Fn(Option<usize>) -> P + Send + 'static,
        more: usize,
    ) -> BoxStream<'static, io::Result<Bytes>> {
        let book = Book { name: "Tin", some: Later::default(), more: Later::default() };
        let streamed = Streamed::of(&book).unwrap();
        let streamed = streamed.list("some", book.some, some);
        streamed.list("more", book.more, move |from| rows(more, from)).bytes()
    }

    #[tokio::test]
    async fn a_view_with_its_lists_is_one_document() {
        let ids = |count: usize| (0..count).map(|id| json!({"id": id})).collect::<Vec<_>>();
        for (some, more) in [(0, 0), (1, 0), (0, 3), (2, 2), (5, 7)] {
            let bytes = book(move |from| rows(some, from), more);
            let text: Vec<Bytes> = bytes.try_collect().await.unwrap();
            let read: Value = serde_json::from_slice(&text.concat()).unwrap();
            assert_eq!(read, json!({"name": "Tin", "some": ids(some), "more": ids(more)}));
            // As it is described.
            let mut named = Named::new();
            Book::schema(&mut named);
            let fields = named["Book"]["properties"].as_object().unwrap().keys();
            let written = read.as_object().unwrap().keys();
            assert_eq!(fields.collect::<Vec<_>>(), written.collect::<Vec<_>>());
        }
    }

    #[tokio::test]
    async fn a_piece_is_read_when_the_one_before_was_taken() {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let read = move |from| {
            count.fetch_add(1, Ordering::Relaxed);
            rows(1_000, from)
        };
        let mut bytes = book(read, 0);
        // The head, the beginning of the list, and its pieces.
        for (taken, read) in [(1, 0), (1, 0), (1, 1), (3, 4), (0, 4)] {
            for _ in 0..taken {
                bytes.next().await.unwrap().unwrap();
            }
            assert_eq!(asked.load(Ordering::Relaxed), read);
        }
    }

    #[tokio::test]
    async fn an_answer_that_cannot_be_read_to_its_end_breaks_off() {
        let read = |from| async move {
            match from {
                None => rows(3, None).await,
                Some(_) => Err(Problem::internal()),
            }
        };
        let taken: Vec<_> = book(read, 0).map(|bytes| bytes.is_ok()).take(4).collect().await;
        assert_eq!(taken, [true, true, true, false]);
    }
}
