//! One Postgres of our own: started, stopped, killed, frozen and started again on the same port
//! and data directory. Invariant: signals go to the postmaster it started and its children only.

use crate::{
    directories::{TempDir, remove_shared_memory},
    free_port,
    installation::{Installation, find_bin},
    processes,
    settings::{Durability, settings},
};
use std::{
    fs,
    io::{self, ErrorKind},
    os::unix::{fs::DirBuilderExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Output, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

const READY_WITHIN: Duration = Duration::from_secs(30);
const STOPPED_WITHIN: Duration = Duration::from_secs(60);

/// A running (or stopped) server; dropping it stops it and removes its data.
#[derive(Debug)]
pub struct Postgres {
    installation: Installation,
    dir: TempDir,
    port: u16,
    settings: Vec<(String, String)>,
    running: Mutex<Option<Child>>,
}

impl Postgres {
    /// The directory of the programs of the newest Postgres here (15 or later), if there is one.
    pub fn find() -> Option<PathBuf> {
        find_bin()
    }

    /// Creates a data directory and starts a server in it, ready for connections.
    pub fn start(durability: Durability) -> io::Result<Postgres> {
        Postgres::start_with(durability, &[])
    }

    /// The same, with settings of the caller's that win over the defaults.
    pub fn start_with(durability: Durability, extra: &[(&str, &str)]) -> io::Result<Postgres> {
        let dir = match durability {
            Durability::Full => TempDir::on_disk()?,
            Durability::Off => TempDir::in_memory()?,
        };
        Postgres::start_in(dir, durability, extra)
    }

    /// The same, in a directory of the caller's choice: on a disk that can fill or fail.
    pub fn start_in(
        dir: TempDir,
        durability: Durability,
        extra: &[(&str, &str)],
    ) -> io::Result<Postgres> {
        let server = Postgres::beside(dir, durability, extra)?;
        server.create_data()?;
        server.first_started()
    }

    /// One that copies its log into a directory, piece by piece as each is full.
    pub fn start_archiving(archive: &Path) -> io::Result<Postgres> {
        let copies = "test ! -f DIR/%f && cp %p DIR/.%f && mv DIR/.%f DIR/%f";
        let copies = copies.replace("DIR", &archive.display().to_string());
        let extra = [("archive_mode", "on"), ("archive_command", copies.as_str())];
        let server = Postgres::beside(TempDir::on_disk()?, Durability::Full, &extra)?;
        server.give(archive)?;
        server.create_data()?;
        server.first_started()
    }

    /// A server of its own, over what `pg_basebackup` has copied of another one while that ran, and with the log that
    /// it has archived until a moment: a time as SQL writes it.
    pub fn start_restored(copied: TempDir, archive: &Path, moment: &str) -> io::Result<Postgres> {
        let restore = format!("cp {}/%f %p", archive.display());
        let extra = [
            ("restore_command", restore.as_str()),
            ("recovery_target_time", moment),
            ("recovery_target_action", "promote"),
        ];
        let server = Postgres::beside(copied, Durability::Full, &extra)?;
        fs::write(server.data().join("recovery.signal"), "")?;
        server.first_started()
    }

    /// Copies all of it, as it runs, into a directory of its own.
    pub fn copied(&self) -> io::Result<TempDir> {
        let copied = TempDir::on_disk()?;
        let data = self.make_data(copied.path())?;
        let output = self
            .installation
            .command("pg_basebackup", copied.path())
            .arg(format!("--pgdata={}", data.display()))
            .args(["--checkpoint=fast", "--wal-method=stream"])
            .args(["--host=127.0.0.1", "--username=postgres", &format!("--port={}", self.port)])
            .output()?;
        match output.status.success() {
            true => Ok(copied),
            false => Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned())),
        }
    }

    fn beside(
        dir: TempDir,
        durability: Durability,
        extra: &[(&str, &str)],
    ) -> io::Result<Postgres> {
        Ok(Postgres {
            installation: Installation::detect()?,
            dir,
            port: free_port()?,
            settings: settings(durability, extra),
            running: Mutex::new(None),
        })
    }

    fn first_started(mut self) -> io::Result<Postgres> {
        loop {
            match self.start_again() {
                // Another process was quicker to take the port.
                Err(error) if error.kind() == ErrorKind::AddrInUse => self.port = free_port()?,
                Err(error) => return Err(error),
                Ok(()) => return Ok(self),
            }
        }
    }

    /// Starts a stopped or killed server on the same port and data, and waits until it is ready,
    /// recovery included. A running one is left alone.
    pub fn start_again(&self) -> io::Result<()> {
        let mut running = self.running();
        if running.is_some() {
            return Ok(());
        }
        // Each start writes a log of its own, so that an old failure is not read as a new one.
        if self.log_file().exists() {
            fs::rename(self.log_file(), self.dir.path().join("previous.log"))?;
        }
        let log = fs::File::create(self.log_file())?;
        let mut command = self.installation.command("postgres", self.dir.path());
        command.arg("-D").arg(self.data());
        command.arg("-c").arg(format!("port={}", self.port));
        for (name, value) in &self.settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        // A group of its own: Ctrl-C is for the tests, they stop Postgres in their own order.
        command.process_group(0).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let mut child = processes::spawn(command)?;
        let ready = self.wait_until_ready(&mut child);
        *running = Some(child);
        if ready.is_err() {
            kill(&mut running)?;
        }
        ready
    }

    /// Fast shutdown (SIGINT): clients are disconnected, a checkpoint is written.
    pub fn stop_fast(&self) -> io::Result<()> {
        self.stop("INT")
    }

    /// Immediate shutdown (SIGQUIT): no checkpoint, the next start recovers.
    pub fn stop_immediate(&self) -> io::Result<()> {
        self.stop("QUIT")
    }

    /// Kills the postmaster and all its children without notice, as a crash would.
    pub fn kill_9(&self) -> io::Result<()> {
        kill(&mut self.running())
    }

    /// Freezes the server (SIGSTOP): connections stay open, nothing answers.
    pub fn pause(&self) -> io::Result<()> {
        if let Some(child) = self.running().as_ref() {
            // The postmaster first, it must not start children that stay awake.
            processes::signal("STOP", &[child.id()])?;
            processes::signal("STOP", &processes::children(child.id()))?;
        }
        Ok(())
    }

    /// Lets a frozen server go on.
    pub fn resume(&self) -> io::Result<()> {
        match self.running().as_ref() {
            Some(child) => resume(child.id()),
            None => Ok(()),
        }
    }

    /// Its URL for one database, as the superuser, without a password.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The pid of the postmaster, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.running().as_ref().map(Child::id)
    }

    /// The postmaster and its children, for accounting. Children that have ended count in the
    /// postmaster's `cutime` and `cstime`.
    pub fn pids(&self) -> Vec<u32> {
        self.pid().map(family).unwrap_or_default()
    }

    /// Where it keeps its data; `pg_wal` is inside.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// What the server has logged since its latest start.
    pub fn log(&self) -> String {
        fs::read(self.log_file())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.dir.path().join("postgres.log")
    }

    fn running(&self) -> MutexGuard<'_, Option<Child>> {
        // A test that panicked while it held the lock must not keep Drop from stopping the server.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn create_data(&self) -> io::Result<()> {
        let data = self.make_data(self.dir.path())?;
        let output = self
            .installation
            .command("initdb", self.dir.path())
            .arg("-D")
            .arg(&data)
            .args(["--username=postgres", "--auth=trust", "--no-sync"])
            .args(["--encoding=UTF8", "--locale=C"])
            .stdin(Stdio::null())
            .output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(initdb_failed(&data, &output))
    }

    /// An empty directory for data, which is the server's user's.
    fn make_data(&self, within: &Path) -> io::Result<PathBuf> {
        let data = within.join("data");
        fs::DirBuilder::new().mode(0o700).create(&data)?;
        self.give(&data)?;
        Ok(data)
    }

    fn give(&self, path: &Path) -> io::Result<()> {
        match self.installation.user {
            Some((uid, gid)) => std::os::unix::fs::chown(path, Some(uid), Some(gid)),
            None => Ok(()),
        }
    }

    /// Ready is what the postmaster itself writes into its lock file; the pid in it shows that it
    /// is ours and not the file a killed one left.
    fn wait_until_ready(&self, child: &mut Child) -> io::Result<()> {
        let started = Instant::now();
        let pid = child.id().to_string();
        loop {
            if let Some(status) = child.try_wait()? {
                return Err(self.start_failed(&format!("ended with {status}")));
            }
            let lock = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
            let mut lines = lock.lines();
            let is_ours = lines.next() == Some(pid.as_str());
            if is_ours && lines.nth(6).is_some_and(|line| line.starts_with("ready")) {
                return Ok(());
            }
            if started.elapsed() > READY_WITHIN {
                return Err(self.start_failed("is not ready after 30 seconds"));
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn start_failed(&self, what: &str) -> io::Error {
        let log = self.log();
        let kind = match log.contains("Address already in use") {
            true => ErrorKind::AddrInUse,
            false => ErrorKind::Other,
        };
        let dir = self.dir.path().display();
        io::Error::new(kind, format!("Postgres in {dir} {what}. Its log:\n{log}"))
    }

    fn stop(&self, signal: &str) -> io::Result<()> {
        let mut running = self.running();
        let Some(child) = running.as_mut() else {
            return Ok(());
        };
        processes::signal(signal, &[child.id()])?;
        // A frozen server could not obey.
        resume(child.id())?;
        if processes::wait_for_end(child, STOPPED_WITHIN)? {
            *running = None;
            return Ok(());
        }
        kill(&mut running)?;
        let message = format!("Postgres did not obey SIG{signal} within 60 seconds and was killed");
        Err(io::Error::new(ErrorKind::TimedOut, message))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.stop_immediate().is_err() {
            let _ = self.kill_9();
        }
        remove_shared_memory(&self.data());
    }
}

fn kill(running: &mut Option<Child>) -> io::Result<()> {
    let Some(mut child) = running.take() else {
        return Ok(());
    };
    // Frozen first: between the listing and the kill no child may be born.
    processes::signal("STOP", &[child.id()])?;
    let family = family(child.id());
    processes::signal("KILL", &family)?;
    child.wait()?;
    // Postgres refuses to start while a child of the dead one still holds its shared memory.
    if processes::wait_until_gone(&family, STOPPED_WITHIN) {
        return Ok(());
    }
    Err(io::Error::new(
        ErrorKind::TimedOut,
        "processes of a killed Postgres are still there after 60 seconds",
    ))
}

fn resume(postmaster: u32) -> io::Result<()> {
    processes::signal("CONT", &processes::children(postmaster))?;
    processes::signal("CONT", &[postmaster])
}

fn family(postmaster: u32) -> Vec<u32> {
    let mut pids = vec![postmaster];
    pids.extend(processes::children(postmaster));
    pids
}

fn initdb_failed(data: &Path, output: &Output) -> io::Error {
    io::Error::other(format!(
        "initdb failed in {}. Every directory above it must be open to the user that runs \
         Postgres (TMPDIR chooses another place). It said:\n{}{}",
        data.display(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}
