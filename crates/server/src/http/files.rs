//! What browsers are shown: pages, and the files that belong to them, which are part of the program. Anybody
//! may keep them, and asks each time whether they are still the same.

use super::{
    answers::Answer,
    arguments::Known,
    etags,
    problems::Problem,
    routes::{Operation, Takes},
};
use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{
        HeaderValue,
        header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG},
        request::Parts,
    },
    response::Response,
};
use bytes::Bytes;
use flate2::read::GzDecoder;
use std::{io::Read, sync::OnceLock};

/// Below this, paths are files.
pub const FILES: &str = "/docs/";

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const GZIP: HeaderValue = HeaderValue::from_static("gzip");

/// 200 with a page, and what its browser may do for it; 304 if the client has it already.
pub fn page<V>(known: &Known, policy: &str, text: String) -> Answer<V> {
    let body = Bytes::from(text);
    let etag = etags::make(None, &body);
    // A 304 takes the place of the head that its client has: it has the page's policy, too.
    Shown { kind: HTML, etag, encoding: None, body }.answer(known).with_policy(policy)
}

struct Shown {
    kind: HeaderValue,
    etag: HeaderValue,
    encoding: Option<HeaderValue>,
    body: Bytes,
}

impl Shown {
    fn answer<V>(self, known: &Known) -> Answer<V> {
        let Shown { kind, etag, encoding, body } = self;
        if let Some(answer) = etags::not_modified(known, &etag) {
            return Answer::of(answer).public();
        }
        let mut response = Response::new(Body::from(body));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, kind);
        headers.insert(ETAG, etag);
        encoding.map(|encoding| headers.insert(CONTENT_ENCODING, encoding));
        Answer::of(response).public()
    }
}

/// The tag of what is stored in gzip, for who gets it unpacked.
fn unpacked_tag(tag: &HeaderValue) -> HeaderValue {
    let hash = tag.to_str().unwrap_or_default().trim_matches('"');
    HeaderValue::try_from(format!("\"{hash}-plain\"")).unwrap_or(tag.clone())
}

/// A file of the program.
pub struct File {
    pub name: &'static str,
    kind: &'static str,
    stored: &'static [u8],
    is_gzipped: bool,
    etag: OnceLock<HeaderValue>,
    /// What is stored in gzip, once somebody has asked who does not take that.
    unpacked: OnceLock<Bytes>,
}

impl File {
    /// A file that is stored as it is.
    pub const fn plain(name: &'static str, kind: &'static str, stored: &'static [u8]) -> File {
        File::of(name, kind, stored, false)
    }

    /// A file that is stored in gzip.
    pub const fn gzipped(name: &'static str, kind: &'static str, stored: &'static [u8]) -> File {
        File::of(name, kind, stored, true)
    }

    const fn of(
        name: &'static str,
        kind: &'static str,
        stored: &'static [u8],
        is_gzipped: bool,
    ) -> File {
        let etag = OnceLock::new();
        File { name, kind, stored, is_gzipped, etag, unpacked: OnceLock::new() }
    }

    pub fn answer<V>(&self, known: &Known, takes: TakesGzip) -> Result<Answer<V>, Problem> {
        let etag = self.etag.get_or_init(|| etags::make(None, self.stored)).clone();
        let kind = HeaderValue::from_static(self.kind);
        let stored = Bytes::from_static(self.stored);
        if !self.is_gzipped {
            return Ok(Shown { kind, etag, encoding: None, body: stored }.answer(known));
        }
        let (encoding, body) = match takes {
            TakesGzip(true) => (Some(GZIP), stored),
            TakesGzip(false) => (None, self.unpacked()?),
        };
        // What is stored packed has a tag of its own: a tag names exactly these bytes.
        let etag = if encoding.is_some() { etag } else { unpacked_tag(&etag) };
        let answer = Shown { kind, etag, encoding, body }.answer(known);
        Ok(answer.differing_by(ACCEPT_ENCODING))
    }

    fn unpacked(&self) -> Result<Bytes, Problem> {
        if let Some(unpacked) = self.unpacked.get() {
            return Ok(unpacked.clone());
        }
        let mut unpacked = Vec::new();
        GzDecoder::new(self.stored).read_to_end(&mut unpacked).map_err(|error| {
            tracing::error!(%error, file = self.name, "a file of the program cannot be unpacked");
            Problem::internal()
        })?;
        Ok(self.unpacked.get_or_init(|| unpacked.into()).clone())
    }
}

/// Whether the client takes gzip: what is left of its encodings says so.
#[derive(Clone, Copy)]
pub struct TakesGzip(pub bool);

impl<S: Sync> FromRequestParts<S> for TakesGzip {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<TakesGzip, Self::Rejection> {
        Ok(TakesGzip(parts.headers.get(ACCEPT_ENCODING) == Some(&GZIP)))
    }
}

impl Takes for TakesGzip {
    fn describe(_: &mut Operation) {}
}
