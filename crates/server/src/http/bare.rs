//! A handler that does nothing, for `proof bench` to compare list reads with: in the same server,
//! with the same envelope. Only there when SUTLER_BENCH_BARE is set.

use super::answers::written;
use axum::{http::StatusCode, response::Response};
use bytes::Bytes;

/// About as long as a page of ten products.
static BODY: [u8; 4096] = {
    let mut body = [b' '; 4096];
    (body[0], body[4095]) = (b'[', b']');
    body
};

pub fn is_wanted() -> bool {
    std::env::var("SUTLER_BENCH_BARE").is_ok_and(|value| value == "1")
}

pub async fn answer() -> Response {
    written(StatusCode::OK, Bytes::from_static(&BODY))
}
