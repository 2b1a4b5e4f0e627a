//! Answers of every framing, cut at every byte.

use super::*;

fn read_in_two(bytes: &[u8], cut: usize) -> Result<Answer, Malformed> {
    let mut reader = AnswerReader::default();
    let early = reader.advance(&bytes[..cut])?;
    if cut < bytes.len() {
        assert_eq!(early, None, "complete at {cut} of {}", bytes.len());
        reader.advance(bytes)?.ok_or(Malformed)
    } else {
        early.ok_or(Malformed)
    }
}

#[test]
fn an_answer_cut_at_any_byte_reads_the_same() {
    let plain: &[u8] =
        b"HTTP/1.1 201 Created\r\nServer: x\r\ncontent-LENGTH:  7 \r\nETag: \"1\"\r\n\r\n{\"a\":1}";
    let chunked: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4;x=y\r\n\":1}\r\n0\r\nTrailer: 1\r\n\r\n";
    let interim: &[u8] =
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 7\r\n\r\n{\"a\":1}";
    for (bytes, status) in [(plain, 201), (chunked, 200), (interim, 202)] {
        for cut in 0..=bytes.len() {
            let answer = read_in_two(bytes, cut).unwrap();
            assert_eq!((answer.status, answer.keep_alive), (status, true));
            assert_eq!(&*answer.body(bytes), b"{\"a\":1}");
        }
        let mut reader = AnswerReader::default();
        for end in 0..bytes.len() {
            assert_eq!(reader.advance(&bytes[..end]), Ok(None));
        }
        assert_eq!(&*reader.advance(bytes).unwrap().unwrap().body(bytes), b"{\"a\":1}");
    }
}

#[test]
fn the_connection_stays_open_only_where_both_sides_know_the_end() {
    let cases: [(&[u8], bool); 8] = [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true),
        (b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n", false),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", true),
        (b"HTTP/1.1 200 OK\r\nConnection: upgrade\r\nContent-Length: 0\r\n\r\n", true),
        (b"HTTP/1.0 200 OK\r\nConnection: upgrade\r\nContent-Length: 0\r\n\r\n", false),
        (b"HTTP/1.1 204\r\n\r\n", true),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", true),
    ];
    for (bytes, keep_alive) in cases {
        assert_eq!(read_in_two(bytes, bytes.len()).unwrap().keep_alive, keep_alive);
    }
    let until_close = b"HTTP/1.1 200 OK\r\n\r\nhello";
    let mut reader = AnswerReader::default();
    assert_eq!(reader.advance(until_close), Ok(None));
    let answer = reader.close(until_close.len()).unwrap();
    assert!(!answer.keep_alive);
    assert_eq!(&*answer.body(until_close), b"hello");
}

#[test]
fn an_answer_that_the_connection_cuts_short_is_none() {
    let mut reader = AnswerReader::default();
    assert_eq!(reader.advance(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"), Ok(None));
    assert_eq!(reader.close(44), None);
    assert_eq!(AnswerReader::default().close(0), None);
}

#[test]
fn retry_after_is_read_in_seconds_and_survives_a_date() {
    let cases: [(&[u8], Option<u64>); 5] = [
        (b"HTTP/1.1 503 Busy\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n", Some(3)),
        (b"HTTP/1.1 503 Busy\r\nRetry-After: 86400\r\nContent-Length: 0\r\n\r\n", Some(86_400)),
        (b"HTTP/1.1 503 Busy\r\nRetry-After: 86401\r\nContent-Length: 0\r\n\r\n", Some(1)),
        (b"HTTP/1.1 503 Busy\r\nretry-after: Wed, 21 Oct 2026 07:28:00 GMT\r\nContent-Length: 0\r\n\r\n", Some(1)),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", None),
    ];
    for (bytes, seconds) in cases {
        assert_eq!(read_in_two(bytes, 5).unwrap().retry_after, seconds.map(Duration::from_secs));
    }
}

#[test]
fn what_is_not_http_is_refused_and_never_panics() {
    let cases: [&[u8]; 17] = [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\r\n",
        b"HTTP/1.1 20\r\n\r\n",
        b"HTTP/1.1 +20 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 099 Low\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 67108865\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4000001\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\r",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nx",
    ];
    for bytes in cases {
        assert_eq!(
            AnswerReader::default().advance(bytes),
            Err(Malformed),
            "{}",
            bytes.escape_ascii()
        );
    }
}

#[test]
fn a_body_is_as_long_as_its_chunks_say_or_else_its_length_unless_it_can_have_none() {
    let cases: [(&[u8], &[u8]); 4] = [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", b"a"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: identity\r\n\r\na", b"a"),
        (b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", b""),
    ];
    for (bytes, body) in cases {
        assert_eq!(&*read_in_two(bytes, bytes.len()).unwrap().body(bytes), body);
    }
}

#[test]
fn a_body_may_be_announced_as_long_as_it_may_be() {
    for head in [
        "HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4000000\r\n",
    ] {
        assert_eq!(AnswerReader::default().advance(head.as_bytes()), Ok(None), "{head}");
    }
}

#[test]
fn a_body_that_never_ends_is_given_up() {
    let head = b"HTTP/1.1 200 OK\r\n\r\n";
    let mut bytes = head.to_vec();
    bytes.resize(head.len() + 67_108_864, b'x');
    let mut reader = AnswerReader::default();
    assert_eq!(reader.advance(&bytes), Ok(None), "as long as one may be");
    bytes.push(b'x');
    assert_eq!(reader.advance(&bytes), Err(Malformed));
}

#[test]
fn a_head_that_never_ends_is_given_up_whatever_came_before_it() {
    for interim in ["", "HTTP/1.1 100 Continue\r\n\r\n"] {
        let mut bytes = format!("{interim}HTTP/1.1 200 OK\r\nx: ").into_bytes();
        bytes.resize(interim.len() + 65_536, b'x');
        let mut reader = AnswerReader::default();
        assert_eq!(reader.advance(&bytes), Ok(None), "as long as one may be");
        bytes.push(b'x');
        assert_eq!(reader.advance(&bytes), Err(Malformed));
    }
}
