//! Bodies that are sheets: taken from the wire into a file without a name, for they may be longer than what
//! should lie in memory. So many bytes and no more, of a few clients at once, and not of one alone.

use super::{
    bodies::is_utf8,
    codes,
    problems::Problem,
    routes::{Operation, Takes},
};
use crate::{
    app::App,
    limits::Full,
    sheets::spools::{anonymous, no_room},
};
use axum::{
    body::Body as Stream,
    extract::{FromRequest, Request},
    http::{
        HeaderMap,
        header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
    },
};
use domain::Caller;
use http_body_util::BodyExt;
use std::{fs::File, io::Write, marker::PhantomData, sync::Arc, time::Duration};
use tokio::{
    sync::OwnedSemaphorePermit,
    task::spawn_blocking,
    time::{Instant, timeout, timeout_at},
};

/// So many sheets are imported at once.
pub const AT_ONCE: usize = 2;
/// So many arrive at once, into files on this node's disk, and of one caller.
pub const ARRIVING: usize = 8;
pub const ARRIVING_OF_ONE: usize = 2;
/// So many go out at once.
pub const LEAVING: usize = 16;
pub const LEAVING_OF_ONE: usize = 4;
/// Bytes a second that a sheet arrives with at least.
const LEAST_RATE: usize = 32 << 10;
/// So much is gathered in memory before it is written.
const GATHERED: usize = 1 << 20;

/// Which columns a kind of sheet has.
pub trait Columned {
    const REQUIRED: &'static [&'static str];
    const OPTIONAL: &'static [&'static str];
    const EXAMPLE: &'static str;
}

/// What may be longer than what should lie in memory.
pub trait Long {
    /// The media type of it.
    const KIND: &'static str;
    const EXAMPLE: &'static str;
    /// For the document.
    fn words() -> String;
}

impl<S: Columned> Long for S {
    const KIND: &'static str = "text/csv";
    const EXAMPLE: &'static str = S::EXAMPLE;

    fn words() -> String {
        let (required, optional) = (S::REQUIRED.join(", "), S::OPTIONAL.join(", "));
        format!(
            "The first line names the columns, in any order: {required}; of these any: {optional}."
        )
    }
}

/// What a route's body has to be, for the document.
#[derive(Clone, Copy)]
pub struct SheetReader {
    pub kind: &'static str,
    pub words: fn() -> String,
    pub example: &'static str,
}

/// A sheet that is about to arrive.
pub struct SheetBody<S> {
    body: Stream,
    of: PhantomData<fn() -> S>,
}

/// A sheet that has arrived. No other one is imported for as long as too many are held.
pub struct Arrived {
    pub file: Arc<File>,
    _place: OwnedSemaphorePermit,
}

impl<S: Long> FromRequest<Arc<App>> for SheetBody<S> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<SheetBody<S>, Problem> {
        let (head, body) = request.into_parts();
        check_kind(&head.headers, S::KIND)?;
        let most = app.settings.sheet_limit;
        let announced = head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        if announced
            .and_then(|length| length.parse().ok())
            .is_some_and(|length: usize| length > most)
        {
            return Err(too_large(most));
        }
        Ok(SheetBody { body, of: PhantomData })
    }
}

impl<S> SheetBody<S> {
    /// Takes it from the wire, for this caller. Whoever sends it slowly holds no place that others need to
    /// have theirs imported.
    pub async fn taken(self, app: &App, caller: Caller) -> Result<Arrived, Problem> {
        let (most, patience) = (app.settings.sheet_limit, app.settings.body_timeout);
        let busy =
            || Problem::overloaded(format!("{AT_ONCE} sheets are being imported; try again later"));
        if app.sheets.available_permits() == 0 {
            return Err(busy());
        }
        let arriving = app.arriving.enter(caller).map_err(|full| no_place(full, "arrive"))?;
        let file = Arc::new(taken(self.body, most, patience).await?);
        let place = timeout(patience, Arc::clone(&app.sheets).acquire_owned()).await;
        drop(arriving);
        let place = place.map_err(|_| busy())?.map_err(|_| Problem::internal())?;
        Ok(Arrived { file, _place: place })
    }
}

/// That too many sheets do this, in all or for one who asks.
pub fn no_place(full: Full, what: &str) -> Problem {
    const WAIT_S: u64 = 5;
    match full {
        Full::Own => {
            let detail = format!(
                "so many sheets {what} for you already that nothing was begun; try again when one is through"
            );
            Problem::new(codes::RATE_LIMITED, detail).retry_after(WAIT_S)
        }
        Full::All => {
            Problem::overloaded(format!("too many sheets {what} at once; try again later"))
                .retry_after(WAIT_S)
        }
    }
}

impl<S: Long> Takes for SheetBody<S> {
    fn describe(operation: &mut Operation) {
        operation.sheet = Some(SheetReader { kind: S::KIND, words: S::words, example: S::EXAMPLE });
        operation.refuses(&[
            codes::REQUEST_TIMEOUT,
            codes::BODY_TOO_LARGE,
            codes::UNSUPPORTED_MEDIA_TYPE,
            codes::INVALID,
            codes::CONFLICT,
        ]);
    }
}

fn check_kind(headers: &HeaderMap, wanted: &str) -> Result<(), Problem> {
    let refused = |detail: String| Err(Problem::new(codes::UNSUPPORTED_MEDIA_TYPE, detail));
    if !headers.get(CONTENT_TYPE).is_some_and(|kind| is_of(kind.as_bytes(), wanted)) {
        return refused(format!("the Content-Type of the body must be {wanted}, in UTF-8"));
    }
    let is_coded = |coding: &[u8]| !coding.trim_ascii().eq_ignore_ascii_case(b"identity");
    if headers.get_all(CONTENT_ENCODING).iter().any(|coding| is_coded(coding.as_bytes())) {
        let words = "the body must come as it is, without a Content-Encoding such as gzip";
        return refused(words.to_owned());
    }
    Ok(())
}

fn is_of(kind: &[u8], wanted: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    let mut parts = kind.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    parts.next() == Some(wanted.as_bytes())
        && parts.filter_map(|part| part.strip_prefix(b"charset=")).all(is_utf8)
}

fn too_large(most: usize) -> Problem {
    let detail = format!(
        "a sheet may have at most {most} bytes (the setting sheet_limit); import it in parts, or by the command line"
    );
    Problem::new(codes::BODY_TOO_LARGE, detail)
}

/// The body has so much time, and more the more of it has come; and so has each of its pieces.
async fn taken(mut body: Stream, most: usize, patience: Duration) -> Result<File, Problem> {
    let began = Instant::now();
    let mut file = anonymous().map_err(|error| no_room(&error))?;
    let (mut gathered, mut size) = (Vec::new(), 0_usize);
    loop {
        let earned = Duration::from_secs((size / LEAST_RATE) as u64);
        let until = (began + patience + earned).min(Instant::now() + patience);
        let frame = timeout_at(until, body.frame()).await.map_err(|_| {
            let detail = format!(
                "the body arrived too slowly: it has {patience:?} (the setting body_timeout), and a second more for each {LEAST_RATE} bytes"
            );
            Problem::new(codes::REQUEST_TIMEOUT, detail)
        })?;
        if let Some(frame) = &frame {
            let frame = frame.as_ref().map_err(|_| {
                Problem::bad_request("the body broke off, or is not framed as HTTP asks")
            })?;
            let data = frame.data_ref().map(|data| data.as_ref()).unwrap_or_default();
            size = size.saturating_add(data.len());
            if size > most {
                return Err(too_large(most));
            }
            gathered.extend_from_slice(data);
        }
        if frame.is_none() || gathered.len() >= GATHERED {
            let bytes = std::mem::take(&mut gathered);
            let written = spawn_blocking(move || file.write_all(&bytes).map(|()| file)).await;
            file = written.map_err(|_| Problem::internal())?.map_err(|error| no_room(&error))?;
        }
        if frame.is_none() {
            return Ok(file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Seek};

    const PATIENCE: Duration = Duration::from_secs(5);

    #[test]
    fn only_what_says_that_it_is_a_sheet_is_taken() {
        for (kind, ok) in [
            (Some("text/csv"), true),
            (Some("Text/CSV; charset=UTF-8; header=present"), true),
            (Some("text/csv; charset=latin1"), false),
            (Some("application/json"), false),
            (None, false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(kind) = kind {
                headers.insert(CONTENT_TYPE, kind.parse().unwrap());
            }
            assert_eq!(check_kind(&headers, "text/csv").is_ok(), ok, "{kind:?}");
        }
    }

    #[tokio::test]
    async fn a_sheet_of_the_most_bytes_is_taken_and_none_longer() {
        for size in [0, 7, GATHERED + 1] {
            let body = || Stream::from(vec![b'x'; size]);
            let mut file = taken(body(), size, PATIENCE).await.unwrap();
            let mut read = Vec::new();
            file.rewind().unwrap();
            file.read_to_end(&mut read).unwrap();
            assert_eq!(read.len(), size);
            if size > 0 {
                let refused = taken(body(), size - 1, PATIENCE).await.unwrap_err();
                assert_eq!(refused.code(), codes::BODY_TOO_LARGE);
            }
        }
    }

    /// Pieces of so many bytes, each so long after the one before.
    fn trickling(pieces: usize, bytes: usize, pause: Duration) -> Stream {
        Stream::from_stream(futures_util::stream::unfold(pieces, move |left| async move {
            tokio::time::sleep(pause).await;
            let piece = Ok::<_, std::io::Error>(vec![b'x'; bytes]);
            left.checked_sub(1).map(|left| (piece, left))
        }))
    }

    #[tokio::test(start_paused = true)]
    async fn a_sheet_that_hardly_goes_on_is_given_up() {
        let second = Duration::from_secs(1);
        for (pieces, bytes, pause, comes) in [
            (3, 1, second, true),
            // Each piece is in time, and all of it is not.
            (6, 1, second, false),
            (60, LEAST_RATE / 2, second, false),
            (60, LEAST_RATE, second, true),
            (1, 60 * LEAST_RATE, 4 * second, true),
            (2, 60 * LEAST_RATE, 6 * second, false),
        ] {
            let taken = taken(trickling(pieces, bytes, pause), usize::MAX, PATIENCE).await;
            let code = taken.err().map(|refused| refused.code());
            assert_eq!(code, (!comes).then_some(codes::REQUEST_TIMEOUT), "{pieces} of {bytes}");
        }
    }
}
