//! Asking for what was not given on the command line, again until the answer can be used. A password that
//! is typed is not shown.

use anyhow::bail;
use rustix::termios::{LocalModes, OptionalActions, Termios, isatty, tcgetattr, tcsetattr};
use std::io::{self, BufRead, Write};

/// Asks on standard error, for standard output is for results.
pub fn line(question: &str) -> anyhow::Result<String> {
    write!(io::stderr(), "{question}: ")?;
    io::stderr().flush()?;
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 {
        bail!("nobody has answered: {question}");
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Asks until `read` can use the answer. It says what is wrong with one that it cannot.
pub fn until_good<A, T>(
    ask: impl Fn() -> anyhow::Result<A>,
    read: impl Fn(A) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    loop {
        match read(ask()?) {
            Ok(good) => return Ok(good),
            Err(why) => writeln!(io::stderr(), "{why}")?,
        }
    }
}

/// Asks twice, for nobody sees what he types.
pub fn password() -> anyhow::Result<(String, String)> {
    let _hidden = Hidden::begin();
    Ok((line("Password")?, line("Password again")?))
}

/// While this lives, a terminal does not show what is typed.
struct Hidden(Option<Termios>);

impl Hidden {
    fn begin() -> Hidden {
        let terminal = isatty(io::stdin()).then(|| tcgetattr(io::stdin()).ok()).flatten();
        if let Some(shown) = &terminal {
            let mut hidden = shown.clone();
            hidden.local_modes.remove(LocalModes::ECHO);
            hidden.local_modes.insert(LocalModes::ECHONL);
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &hidden);
        }
        Hidden(terminal)
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if let Some(shown) = &self.0 {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, shown);
        }
    }
}
