//! A mail server of our own: started, stopped and started again on the same port, told how to behave,
//! and asked what it has got. It is aiosmtpd, in a Python environment of its own.

use crate::{databases::is_ci, directories::TempDir, free_port, processes, python};
use std::{
    fs,
    io::{self, ErrorKind, Write},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Stdio},
    sync::{Mutex, MutexGuard, Once, PoisonError},
    thread,
    time::{Duration, Instant},
};

const SCRIPT: &str = include_str!("smtp/server.py");
/// What it runs in. Another version is another environment.
pub const PACKAGES: &[&str] = &["aiosmtpd==1.4.6", "trustme==1.2.1"];
const READY_WITHIN: Duration = Duration::from_secs(60);

/// How a server keeps its connections from being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    None,
    StartTls,
    AtOnce,
}

/// What a server is like.
#[derive(Debug, Clone, Copy)]
pub struct SmtpOptions {
    pub tls: SmtpTls,
    /// Whom it lets in; anybody without.
    pub login: Option<(&'static str, &'static str)>,
    /// Whether it takes addresses with other characters than ASCII before the @.
    pub takes_utf8: bool,
}

impl Default for SmtpOptions {
    fn default() -> SmtpOptions {
        SmtpOptions { tls: SmtpTls::None, login: None, takes_utf8: true }
    }
}

/// A mail that a server has accepted, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub from: String,
    pub to: Vec<String>,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// A running (or stopped) server; dropping it stops it and removes what it has kept.
#[derive(Debug)]
pub struct SmtpServer {
    dir: TempDir,
    port: u16,
    options: SmtpOptions,
    running: Mutex<Option<Child>>,
}

impl SmtpServer {
    pub fn is_installed() -> bool {
        python::environment(PACKAGES).is_some()
    }

    /// Makes the Python environment that it runs in.
    pub fn install() -> io::Result<()> {
        python::install(PACKAGES)
    }

    /// A server for a test; `None` if none is installed: skip the test.
    ///
    /// # Panics
    /// In CI when none is installed, and anywhere when one does not start.
    pub fn for_test(options: SmtpOptions) -> Option<SmtpServer> {
        static TOLD: Once = Once::new();
        if SmtpServer::is_installed() {
            let started = SmtpServer::start(options);
            return Some(started.unwrap_or_else(|error| panic!("no mail server: {error}")));
        }
        assert!(!is_ci(), "no mail server in CI: run `cargo xtask tools` first");
        TOLD.call_once(|| {
            // Not eprintln: the test harness would swallow it for tests that pass.
            let _ = writeln!(
                io::stderr(),
                "SKIPPED: every test with a mail server. `cargo xtask tools` installs one"
            );
        });
        None
    }

    /// Starts a server, ready for connections.
    pub fn start(options: SmtpOptions) -> io::Result<SmtpServer> {
        let running = Mutex::new(None);
        let mut server = SmtpServer { dir: TempDir::new()?, port: free_port()?, options, running };
        fs::write(server.file("server.py"), SCRIPT)?;
        server.behave("accept")?;
        loop {
            match server.start_again() {
                // Another process was quicker to take the port.
                Err(error) if error.kind() == ErrorKind::AddrInUse => server.port = free_port()?,
                Err(error) => return Err(error),
                Ok(()) => return Ok(server),
            }
        }
    }

    /// Starts a stopped server on the same port, with what it had. A running one is left alone.
    pub fn start_again(&self) -> io::Result<()> {
        let mut running = self.running();
        if running.is_some() {
            return Ok(());
        }
        let python = python::environment(PACKAGES).ok_or_else(|| {
            io::Error::new(ErrorKind::NotFound, "aiosmtpd is missing: run `cargo xtask tools`")
        })?;
        let log = fs::File::create(self.file("log"))?;
        let mut command = processes::bound(python, "KILL", None);
        command.arg(self.file("server.py")).arg(self.dir.path()).arg(self.port.to_string());
        command.arg(match self.options.tls {
            SmtpTls::None => "none",
            SmtpTls::StartTls => "starttls",
            SmtpTls::AtOnce => "atonce",
        });
        let login = self.options.login.map(|(user, password)| format!("{user}:{password}"));
        command.arg(login.unwrap_or_default());
        command.arg(if self.options.takes_utf8 { "utf8" } else { "ascii" });
        command.env("PYTHONUTF8", "1").current_dir(self.dir.path()).process_group(0);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let mut child = processes::spawn(command)?;
        let ready = self.wait_until_ready(&mut child);
        *running = Some(child);
        if ready.is_err() {
            end(&mut running)?;
        }
        ready
    }

    /// Ends it at once; connections break.
    pub fn stop(&self) -> io::Result<()> {
        end(&mut self.running())
    }

    /// How it behaves from now on: `accept`; `hang`, which never answers a recipient; `break`, which
    /// ends the connection at one; `no-farewell`, which accepts and never says goodbye; or an answer to each recipient, such as `550 5.1.1 No ADDRESS`;
    /// behind `to ann@example.com` to this recipient alone.
    pub fn behave(&self, mood: &str) -> io::Result<()> {
        let unfinished = self.file("mood.unfinished");
        fs::write(&unfinished, mood)?;
        fs::rename(unfinished, self.file("mood"))
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate of who vouches for it, as `SSL_CERT_FILE` takes it.
    pub fn authority(&self) -> PathBuf {
        self.file("ca.pem")
    }

    /// How many recipients it was asked to take.
    pub fn attempts(&self) -> usize {
        fs::read_to_string(self.file("attempts")).map_or(0, |text| text.lines().count())
    }

    /// What it has accepted, in that order.
    pub fn received(&self) -> Vec<Received> {
        let texts =
            (1..).map_while(|number| fs::read_to_string(self.file(&format!("{number}.txt"))).ok());
        texts.map(|text| Received::read(&text)).collect()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn running(&self) -> MutexGuard<'_, Option<Child>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_until_ready(&self, child: &mut Child) -> io::Result<()> {
        let (started, pid) = (Instant::now(), child.id().to_string());
        loop {
            if fs::read_to_string(self.file("ready")).is_ok_and(|ready| ready == pid) {
                return Ok(());
            }
            if let Some(status) = child.try_wait()? {
                return Err(self.start_failed(&format!("ended with {status}")));
            }
            if started.elapsed() > READY_WITHIN {
                return Err(self.start_failed("is not ready after 60 seconds"));
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn start_failed(&self, what: &str) -> io::Error {
        let log = fs::read_to_string(self.file("log")).unwrap_or_default();
        let kind = match log.contains("address already in use") {
            true => ErrorKind::AddrInUse,
            false => ErrorKind::Other,
        };
        io::Error::new(kind, format!("the mail server {what}. Its log:\n{log}"))
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

impl Received {
    /// The value of a header; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        let mut headers = self.headers.iter();
        headers.find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    fn read(text: &str) -> Received {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut received = Received {
            from: String::new(),
            to: Vec::new(),
            headers: Vec::new(),
            body: body.to_owned(),
        };
        for (name, value) in head.lines().filter_map(|line| line.split_once(": ")) {
            match name {
                "MAIL FROM" => received.from = value.to_owned(),
                "RCPT TO" => received.to.push(value.to_owned()),
                _ => received.headers.push((name.to_owned(), value.to_owned())),
            }
        }
        received
    }
}

fn end(running: &mut Option<Child>) -> io::Result<()> {
    let Some(mut child) = running.take() else {
        return Ok(());
    };
    child.kill()?;
    child.wait().map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_received_is_read_with_its_envelope_and_its_headers() {
        let text = "MAIL FROM: a@x.example\nRCPT TO: b@x.example\nRCPT TO: c@x.example\n\
                    Subject: One: two\n\nText\n\nMore: text\n";
        let received = Received::read(text);
        assert_eq!((received.from.as_str(), received.to.len()), ("a@x.example", 2));
        assert_eq!((received.header("Subject"), received.header("Bcc")), ("One: two", ""));
        assert_eq!(received.body, "Text\n\nMore: text\n");
    }
}
