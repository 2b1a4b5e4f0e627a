//! The built binary, as an operator runs it: in a directory and an environment of its own.
//! Invariant: only processes that a story started are signalled, and none outlives it.

use crate::client::{Answer, Ask};
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    io::Write,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};
use testbed::{TempDir, free_port, processes};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_sutler");
/// As long as a debug build on a busy machine may need for anything.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A command with nothing of ours in its environment, working in `dir`, where everybody may read
/// and write what is made without a thought. To write more into a file than it may is an error for it,
/// and not its end.
fn command(dir: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = processes::bound("sh", "KILL", None);
    command.args(["-c", "umask 000; trap '' XFSZ; exec \"$0\" \"$@\"", PROGRAM]);
    command.args(arguments).current_dir(dir).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.envs(environment.iter().copied());
    command
}

/// Runs a command to its end.
pub fn run(dir: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
    run_with_input(dir, arguments, environment, "")
}

/// Begins a command of which nobody hears, for a story to end it.
pub fn begin(dir: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Child {
    let mut command = command(dir, arguments, environment);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    processes::spawn(command).unwrap()
}

/// The same of one that is heard, once it has `ended`.
pub fn begin_heard(dir: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Child {
    let mut command = command(dir, arguments, environment);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    processes::spawn(command).unwrap()
}

pub fn ended(child: Child) -> Ended {
    to_its_end(child)
}

/// Runs a command whose standard output goes there.
pub fn run_into(
    out: impl Into<Stdio>,
    dir: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Ended {
    let mut command = command(dir, arguments, environment);
    command.stdin(Stdio::null()).stdout(out).stderr(Stdio::piped());
    to_its_end(processes::spawn(command).unwrap())
}

pub fn run_with_input(
    dir: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
    input: &str,
) -> Ended {
    let mut command = command(dir, arguments, environment);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = processes::spawn(command).unwrap();
    // A command that needs no input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    to_its_end(child)
}

/// One that does not end by itself, a node that should have refused to start, is killed.
fn to_its_end(child: Child) -> Ended {
    let (pid, (is_over, over)) = (child.id(), mpsc::channel::<()>());
    let watch = thread::spawn(move || {
        if over.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            processes::signal("KILL", &[pid]).unwrap();
        }
    });
    let output = child.wait_with_output().unwrap();
    drop(is_over);
    watch.join().unwrap();
    Ended::new(output)
}

/// What a command said before it ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    fn new(output: Output) -> Ended {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        assert_no_secret_in(&text(output.stderr.clone()));
        Ended {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    #[track_caller]
    pub fn says(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        for part in parts {
            let is_said = self.stdout.contains(part) || self.stderr.contains(part);
            assert!(is_said, "{part} is not in {self:?}");
        }
    }
}

/// A node in a process of its own.
pub struct Node {
    pub address: SocketAddr,
    dir: TempDir,
    child: Child,
}

impl Node {
    /// Starts `sutler COMMAND` and waits until it is ready.
    pub async fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Node {
        Node::start_at("127.0.0.1", arguments, environment).await
    }

    /// Starts it on a name or an address that stands for 127.0.0.1.
    pub async fn start_at(host: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Node {
        let dir = TempDir::new().unwrap();
        let port = free_port().unwrap();
        let listen = format!("{host}:{port}");
        let mut environment = environment.to_vec();
        environment.push(("SUTLER_LISTEN", &listen));
        // All that an operator asks of it who looks for a fault is looked at.
        if environment.iter().all(|(name, _)| *name != "SUTLER_LOG_LEVEL") {
            environment.push(("SUTLER_LOG_LEVEL", "debug"));
        }
        let mut command = command(dir.path(), arguments, &environment);
        let log = |name: &str| File::create(dir.path().join(name)).unwrap();
        command.stdin(Stdio::null()).stdout(log("stdout")).stderr(log("stderr"));
        let child = processes::spawn(command).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut node = Node { address, dir, child };
        node.wait_until_ready().await;
        node
    }

    async fn wait_until_ready(&mut self) {
        let started = Instant::now();
        loop {
            let ready = self.ask("GET", "/health/ready").try_send().await;
            // It has begun to serve, if only those who speak TLS.
            let is_sealed =
                |answer: &Answer| String::from_utf8_lossy(&answer.body).contains("speaks TLS");
            if ready.is_ok_and(|answer| answer.status == 200 || is_sealed(&answer)) {
                return;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "ended with {ended:?}: {}", self.said());
            assert!(started.elapsed() < PATIENCE, "not ready: {}", self.said());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub fn ask(&self, method: &str, path: &str) -> Ask {
        Ask::new(self.address, method, path)
    }

    pub fn post(&self, path: &str, body: &Value) -> Ask {
        self.ask("POST", path).json(body)
    }

    /// An access token for a name and its password.
    pub async fn token(&self, username: &str, password: &str) -> String {
        let login = json!({"username": username, "password": password});
        let answer: Answer = self.post("/api/identity/token", &login).send().await;
        answer.expect(200)["access"].as_str().unwrap().to_owned()
    }

    /// Both its outputs.
    pub fn said(&self) -> String {
        self.output("stdout") + &self.output("stderr")
    }

    fn output(&self, name: &str) -> String {
        fs::read_to_string(self.dir.path().join(name)).unwrap()
    }

    /// Asks it to stop and gives its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        self.signal("TERM");
        self.ended()
    }

    pub fn signal(&self, name: &str) {
        processes::signal(name, &[self.child.id()]).unwrap();
    }

    /// From now on no file of it can grow beyond this: its disk fails.
    pub fn limit_files(&self, limit: &str) {
        let mut command =
            Command::new(processes::on_path("prlimit").expect("prlimit of util-linux"));
        command.args(["--pid", &self.child.id().to_string(), &format!("--fsize={limit}:")]);
        assert!(command.status().unwrap().success());
    }

    pub fn ended(&mut self) -> Option<i32> {
        assert!(processes::wait_for_end(&mut self.child, PATIENCE).unwrap(), "{}", self.said());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // What it prints for who has started it is on its other output.
        if !thread::panicking() {
            assert_no_secret_in(&self.output("stderr"));
        }
    }
}

#[track_caller]
fn assert_no_secret_in(log: &str) {
    let secrets: Vec<&str> = crate::logs::secrets_in(log).collect();
    assert!(secrets.is_empty(), "a program has logged secrets: {secrets:#?}");
}
