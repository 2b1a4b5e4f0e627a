//! JSON as it came: borrowed from the body, with every digit of its numbers, and with names that
//! come twice still there to be seen.
//!
//! It takes exactly the texts that serde_json takes (a fuzz target compares them), nested at most
//! 127 deep.

use super::numbers::whole;
use serde_json::Value;
use std::{borrow::Cow, fmt};

/// How deep lists and objects may stand in each other.
const DEPTH_MOST: usize = 127;

#[derive(Clone, Debug, PartialEq)]
pub enum Json<'a> {
    Null,
    Bool(bool),
    /// Its digits, as they came.
    Number(&'a str),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Members<'a>),
    /// A parameter of a query: text, a number or a flag, as it is asked for.
    Word(Cow<'a, str>),
    /// What was named as wrong already, so that one cause is one error.
    Unreadable,
}

/// In the order in which they came, and as often.
pub type Members<'a> = Vec<(Cow<'a, str>, Json<'a>)>;

/// As two documents do that are taken for one.
pub const GOES_ON: &str = "goes on behind its end";

/// Why a text is not JSON, and where; it completes "the body ...".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    pub what: &'static str,
    pub line: usize,
    pub column: usize,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let JsonError { what, line, column } = self;
        write!(f, "{what} at line {line} column {column}")
    }
}

impl<'a> Json<'a> {
    pub fn parse(bytes: &'a [u8]) -> Result<Json<'a>, JsonError> {
        let error = |what, at: usize| {
            let before = &bytes[..at.min(bytes.len())];
            let line_begins = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            JsonError { what, line, column: 1 + before.len() - line_begins }
        };
        let text = std::str::from_utf8(bytes)
            .map_err(|invalid| error("is not UTF-8", invalid.valid_up_to()))?;
        let mut reader = Reader { text, at: 0, depth: 0 };
        reader.document().map_err(|what| error(what, reader.at))
    }

    /// What it is called in a message.
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Number(_) => "a number",
            Json::Text(_) | Json::Word(_) => "text",
            Json::List(_) => "a list",
            Json::Object(_) => "an object",
            Json::Unreadable => "unreadable",
        }
    }

    /// Whether it says the same as what we wrote: all our numbers are whole.
    pub fn says(&self, written: &Value) -> bool {
        match (self, written) {
            (Json::Null, Value::Null) => true,
            (Json::Bool(given), Value::Bool(flag)) => given == flag,
            (Json::Number(given), Value::Number(number)) => {
                number.as_i64().is_some_and(|number| whole(given) == Ok(number))
            }
            (Json::Text(given), Value::String(text)) => given == text,
            (Json::List(given), Value::Array(items)) => {
                given.len() == items.len()
                    && given.iter().zip(items).all(|(given, item)| given.says(item))
            }
            (Json::Object(given), Value::Object(members)) => {
                given.len() == members.len()
                    && members.iter().all(|(name, member)| {
                        given.iter().any(|(known, value)| known == name && value.says(member))
                    })
            }
            _ => false,
        }
    }
}

type Read<T> = Result<T, &'static str>;

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Read<Json<'a>> {
        let value = self.value()?;
        match self.next_token() {
            None => Ok(value),
            Some(_) => Err(GOES_ON),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The first byte that is no white space; it is not passed.
    fn next_token(&mut self) -> Option<u8> {
        while let Some(byte) = self.peek() {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    fn value(&mut self) -> Read<Json<'a>> {
        match self.next_token() {
            Some(b'"') => self.string().map(Json::Text),
            Some(b'{') => self.nested(Reader::object),
            Some(b'[') => self.nested(Reader::list),
            Some(b'-' | b'0'..=b'9') => self.number().map(Json::Number),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(_) => Err("has no value"),
            None => Err("ends too early"),
        }
    }

    fn word(&mut self, word: &str, value: Json<'a>) -> Read<Json<'a>> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err("has no value");
        }
        self.at += word.len();
        Ok(value)
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Read<Json<'a>>) -> Read<Json<'a>> {
        if self.depth == DEPTH_MOST {
            return Err("is nested too deep");
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn list(&mut self) -> Read<Json<'a>> {
        let mut items = Vec::new();
        if self.next_token() == Some(b']') {
            self.at += 1;
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value()?);
            if self.ends(b']', "lacks a comma or ]")? {
                return Ok(Json::List(items));
            }
        }
    }

    fn object(&mut self) -> Read<Json<'a>> {
        let mut members = Vec::new();
        if self.next_token() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(members));
        }
        loop {
            match self.next_token() {
                Some(b'"') => {}
                Some(_) => return Err("lacks a name in quotes"),
                None => return Err("ends too early"),
            }
            let name = self.string()?;
            match self.next_token() {
                Some(b':') => self.at += 1,
                Some(_) => return Err("lacks a colon"),
                None => return Err("ends too early"),
            }
            members.push((name, self.value()?));
            if self.ends(b'}', "lacks a comma or }")? {
                return Ok(Json::Object(members));
            }
        }
    }

    /// Passes a comma, or what closes.
    fn ends(&mut self, closing: u8, otherwise: &'static str) -> Read<bool> {
        let is_end = match self.next_token() {
            Some(b',') => false,
            Some(byte) if byte == closing => true,
            Some(_) => return Err(otherwise),
            None => return Err("ends too early"),
        };
        self.at += 1;
        Ok(is_end)
    }

    fn number(&mut self) -> Read<&'a str> {
        const WRONG: &str = "has a number that is none";
        let from = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ if self.digits() => {}
            _ => return Err(WRONG),
        }
        if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(WRONG);
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if !self.digits() {
                return Err(WRONG);
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !self.digits() {
                return Err(WRONG);
            }
        }
        Ok(&self.text[from..self.at])
    }

    /// Whether there was at least one.
    fn digits(&mut self) -> bool {
        let from = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at > from
    }

    fn string(&mut self) -> Read<Cow<'a, str>> {
        self.at += 1;
        let plain = self.plain()?;
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = plain.to_owned();
        loop {
            // At the end of a plain part stands a quote or a backslash.
            self.at += 1;
            if self.text.as_bytes()[self.at - 1] == b'"' {
                return Ok(Cow::Owned(text));
            }
            text.push(self.escaped()?);
            text.push_str(self.plain()?);
        }
    }

    /// Text up to a quote or a backslash.
    fn plain(&mut self) -> Read<&'a str> {
        let from = self.at;
        loop {
            match self.peek() {
                Some(b'"' | b'\\') => return Ok(&self.text[from..self.at]),
                Some(0..0x20) => return Err("has a control character in a text"),
                Some(_) => self.at += 1,
                None => return Err("ends within a text"),
            }
        }
    }

    fn escaped(&mut self) -> Read<char> {
        let Some(letter) = self.peek() else { return Err("ends within a text") };
        let meant = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err("has an unknown escape"),
        };
        self.at += 1;
        Ok(meant)
    }

    fn unicode(&mut self) -> Read<char> {
        const LONE: &str = "has half a character";
        let first = self.hex()?;
        let code = match first {
            0xd800..=0xdbff => {
                if !self.text.as_bytes()[self.at..].starts_with(b"\\u") {
                    return Err(LONE);
                }
                self.at += 2;
                let second = self.hex()?;
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err(LONE);
                }
                0x10000 + ((first - 0xd800) << 10 | (second - 0xdc00))
            }
            code => code,
        };
        char::from_u32(code).ok_or(LONE)
    }

    fn hex(&mut self) -> Read<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            code = code << 4 | digit.ok_or("has an escape without its four digits")?;
            self.at += 1;
        }
        Ok(code)
    }
}

#[cfg(test)]
mod tests;
