//! Doors for the fuzz targets to what is private here and parses. Each only forwards; there is none
//! without the feature `fuzzing`.

use super::{
    connection::{Patience, serve_connection},
    pages::{Cursor, Links, Page},
};
use axum::{http::Request, response::Response};
use hyper::body::Incoming;
use std::{net::SocketAddr, time::Duration};
use tokio::io::{AsyncRead, AsyncWrite};

/// Longer than any input is looked at.
const PATIENCE: Duration = Duration::from_secs(3600);

/// The links to the next and the previous page, if there is always more.
pub fn links(page: &Page, query: &str, after: Cursor) -> [Option<String>; 2] {
    let links = Links { public_url: "", path: "/", query };
    let list = page.list::<()>(&links, Vec::new(), None, true, Some(after));
    [list.next, list.previous]
}

/// Serves one connection as the listener does.
pub async fn connection<S, F, A>(stream: S, peer: SocketAddr, answer: F)
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Fn(SocketAddr, Request<Incoming>) -> A,
    A: Future<Output = Response>,
{
    let patience = Patience { head: PATIENCE, idle: PATIENCE };
    let (_open, closing) = tokio::sync::watch::channel(false);
    serve_connection(stream, peer, answer, patience, closing).await;
}
