//! Blanks comments, strings and characters out of Rust code and keeps the strings apart. Knows
//! just enough of the grammar for that: nested comments, raw strings, lifetimes.
//! Invariant: what it returns has the same offsets and lines as the text.

use super::source::{Literal, line_of};

/// The code of `text` and its string literals.
pub fn scan(text: &str) -> (String, Vec<Literal>) {
    Scanner::new(text).scan()
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    code: String,
    strings: Vec<Literal>,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Scanner<'a> {
        Scanner { text, at: 0, code: String::with_capacity(text.len()), strings: Vec::new() }
    }

    fn scan(mut self) -> (String, Vec<Literal>) {
        while self.at < self.text.len() {
            let rest = &self.text[self.at..];
            if rest.starts_with("//") {
                self.blank(rest.find('\n').unwrap_or(rest.len()));
            } else if rest.starts_with("/*") {
                self.blank(block_comment(rest));
            } else if let Some((hashes, open)) = raw_string(rest).filter(|_| !self.is_in_name()) {
                let end = format!("\"{}", "#".repeat(hashes));
                let body = rest[open..].find(&end).unwrap_or(rest.len() - open);
                self.literal(open, body, end.len());
            } else if let Some(body) = rest.strip_prefix('"') {
                self.literal(1, quoted(body), 1);
            } else if rest.starts_with('\'') {
                self.blank_or_keep_quote(rest);
            } else {
                self.keep(rest);
            }
        }
        (self.code, self.strings)
    }

    /// The `r` in `number"` is no prefix of a string.
    fn is_in_name(&self) -> bool {
        let before = self.code.chars().next_back();
        before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    }

    fn keep(&mut self, rest: &str) {
        if let Some(c) = rest.chars().next() {
            self.code.push(c);
            self.at += c.len_utf8();
        }
    }

    /// `'x'`, `'\n'` and `'\u{1F600}'` are characters, `'a` alone is a lifetime.
    fn blank_or_keep_quote(&mut self, rest: &str) {
        let mut chars = rest[1..].char_indices();
        let length = match (chars.next(), chars.next()) {
            (Some((_, '\\')), Some((at, escaped))) => {
                let after = 1 + at + escaped.len_utf8();
                rest[after..].find('\'').map(|end| after + end + 1)
            }
            (Some(_), Some((at, '\''))) => Some(1 + at + 1),
            _ => None,
        };
        match length {
            Some(length) => self.blank(length),
            None => self.keep(rest),
        }
    }

    fn literal(&mut self, open: usize, body: usize, close: usize) {
        let from = self.at + open;
        self.strings.push(Literal {
            line: line_of(self.text, self.at),
            text: self.text[from..from + body].to_owned(),
        });
        self.blank((open + body + close).min(self.text.len() - self.at));
    }

    /// Bytes become blanks, so that offsets in the code are offsets in the text.
    fn blank(&mut self, length: usize) {
        let blanked = &self.text.as_bytes()[self.at..self.at + length];
        let blank = |byte: &u8| if *byte == b'\n' { '\n' } else { ' ' };
        self.code.extend(blanked.iter().map(blank));
        self.at += length;
    }
}

/// Comments nest.
fn block_comment(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let (mut depth, mut at) = (0usize, 0);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// For `r"`, `r#"`, `br##"`: the number of hashes and the length of the opening.
fn raw_string(rest: &str) -> Option<(usize, usize)> {
    let prefix = ["r", "br", "cr"].into_iter().find(|prefix| {
        let after = rest.strip_prefix(prefix);
        after.is_some_and(|after| after.trim_start_matches('#').starts_with('"'))
    })?;
    let after = &rest[prefix.len()..];
    let hashes = after.len() - after.trim_start_matches('#').len();
    Some((hashes, prefix.len() + hashes + 1))
}

/// The length of a string up to its closing quote.
fn quoted(body: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in body.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at,
            _ => {}
        }
    }
    body.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_offsets_kept() {
        for (text, code) in [
            ("a // b {\nc", "a       \nc"),
            ("a /* { /* } */ \n { */ b", "a              \n      b"),
            (r#"f("{\"{", '{', '\'', 'é')"#, "f(      ,    ,     ,     )"),
            ("f(r#\"{ \" }\"#, br\"{\") {", "f(          ,      ) {"),
            ("fn f<'a>(x: &'a str) {", "fn f<'a>(x: &'a str) {"),
            ("r#type + br", "r#type + br"),
            ("\"open", "     "),
        ] {
            let scanned = scan(text).0;
            assert_eq!(scanned, code, "{text}");
            assert_eq!(scanned.len(), text.len(), "{text}");
        }
    }

    #[test]
    fn string_literals_are_kept_with_their_line() {
        let (_, strings) =
            scan("let a = \"one\";\nlet b = r#\"two\nlines\"#; // \"not me\"\n\"x\\\"y\"");
        let found: Vec<_> = strings.iter().map(|s| (s.line, s.text.as_str())).collect();
        assert_eq!(found, [(1, "one"), (2, "two\nlines"), (4, "x\\\"y")]);
    }
}
