//! Standard output, where results go. Whoever reads it may have seen enough and left: a command
//! then goes on to its end, and its exit code says what it would have said.

use anyhow::Context;
use std::{
    fmt::Display,
    io::{self, ErrorKind, Write},
};

/// Writes one line, or several.
pub fn say(text: impl Display) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}
