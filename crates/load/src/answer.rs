//! Reads just enough of an HTTP/1.1 answer: status, framing, Retry-After.
//! Works on whatever bytes have arrived so far, so that an answer may be cut anywhere on its way.

use std::{borrow::Cow, ops::Range, time::Duration};

const MAX_HEAD_BYTES: usize = 64 * 1024;
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// What came back is not HTTP as this client knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// A complete answer; its body lies in the buffer of the connection that read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub keep_alive: bool,
    pub retry_after: Option<Duration>,
    body: Range<usize>,
    chunked: bool,
}

impl Answer {
    /// The body, out of the bytes that the answer was read from.
    pub fn body<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let raw = &bytes[self.body.clone()];
        if self.chunked { Cow::Owned(join_chunks(raw)) } else { Cow::Borrowed(raw) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length(usize),
    Chunked,
    UntilClose,
}

#[derive(Clone, Debug)]
struct Head {
    status: u16,
    framing: Framing,
    keep_alive: bool,
    retry_after: Option<Duration>,
    /// Where the body begins.
    end: usize,
}

/// Follows one answer while its bytes arrive.
#[derive(Debug, Default)]
pub struct AnswerReader {
    head: Option<Head>,
    /// Everything before this has been dealt with: interim answers, then whole chunks.
    done: usize,
}

impl AnswerReader {
    /// Looks at all bytes received so far; `None` if more are needed.
    pub fn advance(&mut self, bytes: &[u8]) -> Result<Option<Answer>, Malformed> {
        let head = loop {
            match self.head.take() {
                Some(head) => break head,
                None => match read_head(&bytes[self.done..])? {
                    // 100 Continue and its kin announce the real answer.
                    Some(head) if head.status < 200 => self.done += head.end,
                    Some(mut head) => {
                        head.end += self.done;
                        self.done = head.end;
                        self.head = Some(head);
                    }
                    None if bytes.len() - self.done > MAX_HEAD_BYTES => return Err(Malformed),
                    None => return Ok(None),
                },
            }
        };
        let end = match head.framing {
            Framing::Length(length) => Some(head.end + length),
            Framing::Chunked => self.find_end_of_chunks(bytes)?,
            Framing::UntilClose => None,
        };
        match end {
            // More than one answer to one request: whatever this is, it cannot be trusted further.
            Some(end) if end < bytes.len() => Err(Malformed),
            Some(end) if end == bytes.len() => Ok(Some(complete(head, end))),
            _ if bytes.len() - head.end > MAX_BODY_BYTES => Err(Malformed),
            _ => {
                self.head = Some(head);
                Ok(None)
            }
        }
    }

    /// The answer, if the end of the connection is what ends it.
    pub fn close(&mut self, length: usize) -> Option<Answer> {
        let head = self.head.take_if(|head| head.framing == Framing::UntilClose)?;
        Some(complete(head, length))
    }

    fn find_end_of_chunks(&mut self, bytes: &[u8]) -> Result<Option<usize>, Malformed> {
        loop {
            let Some((size, data)) = read_chunk_size(bytes, self.done)? else { return Ok(None) };
            if size == 0 {
                return Ok(end_of_trailers(bytes, data));
            }
            let next = data + size + 2;
            match bytes.get(data + size..next) {
                Some(b"\r\n") => self.done = next,
                Some(_) => return Err(Malformed),
                None => return Ok(None),
            }
        }
    }
}

fn complete(head: Head, end: usize) -> Answer {
    Answer {
        status: head.status,
        keep_alive: head.keep_alive && head.framing != Framing::UntilClose,
        retry_after: head.retry_after,
        body: head.end..end,
        chunked: head.framing == Framing::Chunked,
    }
}

fn read_head(bytes: &[u8]) -> Result<Option<Head>, Malformed> {
    let Some((line, mut at)) = next_line(bytes, 0) else { return Ok(None) };
    let (status, mut keep_alive) = read_status_line(line)?;
    let mut length = None;
    let mut chunked = false;
    let mut retry_after = None;
    loop {
        let Some((line, next)) = next_line(bytes, at) else { return Ok(None) };
        at = next;
        if line.is_empty() {
            break;
        }
        // The first letter rules out most headers for the price of one comparison.
        match line[0] | 0x20 {
            b'c' => {
                if let Some(value) = header(line, b"content-length") {
                    length = Some(read_number(value, MAX_BODY_BYTES).ok_or(Malformed)?);
                } else if let Some(value) = header(line, b"connection") {
                    keep_alive = !value.eq_ignore_ascii_case(b"close")
                        && (keep_alive || value.eq_ignore_ascii_case(b"keep-alive"));
                }
            }
            b't' => {
                if let Some(value) = header(line, b"transfer-encoding") {
                    chunked = value.eq_ignore_ascii_case(b"chunked");
                }
            }
            b'r' => {
                if let Some(value) = header(line, b"retry-after") {
                    // A date instead of seconds means "not at once" just as well.
                    let seconds = read_number(value, 86_400).unwrap_or(1);
                    retry_after = Some(Duration::from_secs(seconds as u64));
                }
            }
            _ => {}
        }
    }
    let framing = match (status, chunked, length) {
        (204 | 304, _, _) => Framing::Length(0),
        (_, true, _) => Framing::Chunked,
        (_, false, Some(length)) => Framing::Length(length),
        (_, false, None) => Framing::UntilClose,
    };
    Ok(Some(Head { status, framing, keep_alive, retry_after, end: at }))
}

fn read_status_line(line: &[u8]) -> Result<(u16, bool), Malformed> {
    let (version, rest) = line.split_at_checked(9).ok_or(Malformed)?;
    let keep_alive = match version {
        b"HTTP/1.1 " => true,
        b"HTTP/1.0 " => false,
        _ => return Err(Malformed),
    };
    let status = rest.get(..3).and_then(|digits| read_number(digits, 999)).ok_or(Malformed)?;
    if status < 100 || rest.get(3).is_some_and(|&byte| byte != b' ') {
        return Err(Malformed);
    }
    Ok((status as u16, keep_alive))
}

/// The line that begins at `from`, without its line break, and where the next one begins.
fn next_line(bytes: &[u8], from: usize) -> Option<(&[u8], usize)> {
    let rest = bytes.get(from..)?;
    let length = rest.iter().position(|&byte| byte == b'\n')?;
    let line = &rest[..length];
    Some((line.strip_suffix(b"\r").unwrap_or(line), from + length + 1))
}

fn header<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = line.split_at_checked(name.len())?;
    let value = rest.strip_prefix(b":")?;
    start.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
}

fn read_number(digits: &[u8], max: usize) -> Option<usize> {
    let number =
        std::str::from_utf8(digits).ok().filter(|text| !text.starts_with('+'))?.parse().ok()?;
    (number <= max).then_some(number)
}

/// The size of the chunk at `from` and where its data begins.
fn read_chunk_size(bytes: &[u8], from: usize) -> Result<Option<(usize, usize)>, Malformed> {
    let Some((line, data)) = next_line(bytes, from) else { return Ok(None) };
    let digits = line.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
    let text = std::str::from_utf8(digits).map_err(|_| Malformed)?;
    match usize::from_str_radix(text, 16) {
        Ok(size) if size <= MAX_BODY_BYTES => Ok(Some((size, data))),
        _ => Err(Malformed),
    }
}

fn end_of_trailers(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let (line, next) = next_line(bytes, at)?;
        at = next;
        if line.is_empty() {
            return Some(at);
        }
    }
}

fn join_chunks(bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(bytes.len());
    let mut at = 0;
    // The reader has walked these chunks before and found them whole.
    while let Ok(Some((size, data))) = read_chunk_size(bytes, at) {
        let Some(chunk) = bytes.get(data..data + size).filter(|chunk| !chunk.is_empty()) else {
            break;
        };
        body.extend_from_slice(chunk);
        at = data + size + 2;
    }
    body
}

#[cfg(test)]
mod tests;
