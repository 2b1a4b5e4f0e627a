//! What hyper itself answers to what is not HTTP, or too large: a status and no body. Here it gets
//! the problem that every other refusal has.

use super::{codes, correlation::CORRELATION_ID, doors::guard, problems::Problem};
use axum::{
    http::{HeaderValue, header::CACHE_CONTROL},
    response::Response,
};
use uuid::Uuid;

/// If these are the bytes of an answer that hyper made by itself: the same as a whole problem.
/// Every answer of ours has a correlation id, and no body of ours has a bare CR.
pub(super) fn in_full(bytes: &[u8]) -> Option<Vec<u8>> {
    let rest = bytes.strip_prefix(b"HTTP/1.1 4")?;
    let text = std::str::from_utf8(bytes).ok()?;
    let is_whole = text.find("\r\n\r\n") == Some(text.len() - 4);
    if !is_whole || text.contains(CORRELATION_ID.as_str()) {
        return None;
    }
    let problem = match rest.get(..2)? {
        // The head has come to its limit long before an address to its own.
        b"31" => {
            let detail = "the head of the request is too large, or has too many headers";
            Problem::new(codes::HEAD_TOO_LARGE, detail)
        }
        _ => Problem::bad_request("this is not a request after HTTP/1.1"),
    };
    Some(whole(&problem))
}

/// For who speaks plain HTTP where TLS is spoken.
pub(super) fn in_the_clear() -> Vec<u8> {
    whole(&Problem::bad_request("this listener speaks TLS: ask for https:// instead of http://"))
}

/// For who has too many connections already, and whose request nobody reads.
pub(super) fn crowded() -> Vec<u8> {
    let detail =
        "this address has too many open connections; close some, or use them for several requests";
    whole(&Problem::new(codes::RATE_LIMITED, detail).retry_after(1))
}

/// A problem as it goes over the wire, on a connection that ends with it.
fn whole(problem: &Problem) -> Vec<u8> {
    let id = Uuid::new_v4().to_string();
    let head = problem.render(Response::default(), &id);
    let (status, body) = (problem.status(), problem.written(&id));
    let mut headers = head.into_parts().0.headers;
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    guard(&mut headers);
    let mut bytes = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\n{CORRELATION_ID}: {id}\r\nconnection: close\r\n",
        body.len()
    )
    .into_bytes();
    for (name, value) in &headers {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    [bytes, b"\r\n".to_vec(), body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_hyper_says_by_itself_is_told_in_full() {
        let bare =
            |status| format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        for (status, code) in [
            ("400 Bad Request", "bad_request"),
            ("431 Request Header Fields Too Large", "head_too_large"),
        ] {
            let full = String::from_utf8(in_full(bare(status).as_bytes()).unwrap()).unwrap();
            assert!(full.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{full}");
            let (head, body) = full.split_once("\r\n\r\n").unwrap();
            assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{head}");
            let problem: serde_json::Value = serde_json::from_str(body).unwrap();
            assert_eq!(problem["code"], code);
            assert!(head.contains(problem["correlation_id"].as_str().unwrap()));
            assert_eq!(in_full(full.as_bytes()), None, "it is told once");
        }
        for other in [
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\ncorrelation-id: x\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}",
            "{\"detail\":\"HTTP/1.1 400\"}",
            "",
        ] {
            assert_eq!(in_full(other.as_bytes()), None, "{other}");
        }
    }
}
