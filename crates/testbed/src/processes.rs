//! Starting, signalling and looking at processes, with the tools every Linux has and no unsafe
//! code. Invariant: a signal goes only to pids the caller names, never to a group or a name.

use std::{
    ffi::OsStr,
    io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        mpsc::{Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

const POLL: Duration = Duration::from_millis(10);

type Order = (Command, Sender<io::Result<Child>>);

static KEEPER: OnceLock<Sender<Order>> = OnceLock::new();

/// Starts `command` from a thread that lives as long as this process. The kernel sends a "parent
/// death signal" when the starting *thread* ends, and a test's thread ends with its test.
pub fn spawn(command: Command) -> io::Result<Child> {
    let gone = |_| io::Error::other("the thread that starts processes has gone");
    let keeper = KEEPER.get_or_init(|| {
        let (orders, inbox) = channel::<Order>();
        thread::spawn(move || {
            for (mut command, reply) in inbox {
                // The caller is waiting; if it is not, the child must not be left behind.
                if let Err(unwanted) = reply.send(command.spawn())
                    && let Ok(mut child) = unwanted.0
                {
                    let _ = child.kill();
                    let _ = child.wait();
                }
            }
        });
        orders
    });
    let (reply, answer) = channel();
    keeper
        .send((command, reply))
        .map_err(|_| io::Error::other("the thread that starts processes has gone"))?;
    answer.recv().map_err(gone)?
}

/// A command that gets `signal` when the thread that starts it dies (see [`spawn`]), and that
/// runs as `user` if one is given. Without `setpriv` the first is not available and is left out.
pub fn bound(program: impl AsRef<OsStr>, signal: &str, user: Option<(u32, u32)>) -> Command {
    let Some(setpriv) = on_path("setpriv") else {
        return Command::new(program);
    };
    let mut command = Command::new(setpriv);
    if let Some((uid, gid)) = user {
        command.arg(format!("--reuid={uid}"));
        command.arg(format!("--regid={gid}"));
        command.arg("--clear-groups");
    }
    command.args(["--pdeathsig", signal, "--"]).arg(program);
    command
}

/// Sends a signal (`"TERM"`, `"STOP"`, ...) to each of these pids. `sh` knows `kill` itself;
/// `/bin/kill` is missing from small images. A pid that has gone is no error.
pub fn signal(name: &str, pids: &[u32]) -> io::Result<()> {
    for pid in pids {
        let status = Command::new("sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", name, &pid.to_string()])
            .stderr(Stdio::null())
            .status()?;
        if !status.success() && is_alive(*pid) {
            return Err(io::Error::other(format!(
                "cannot send SIG{name} to process {pid}: it belongs to somebody else"
            )));
        }
    }
    Ok(())
}

/// Waits until the child has ended; `false` if it is still there after `limit`.
pub fn wait_for_end(child: &mut Child, limit: Duration) -> io::Result<bool> {
    let started = Instant::now();
    while child.try_wait()?.is_none() {
        if started.elapsed() > limit {
            return Ok(false);
        }
        thread::sleep(POLL);
    }
    Ok(true)
}

/// Waits until none of these pids runs; `false` if one still does after `limit`.
pub fn wait_until_gone(pids: &[u32], limit: Duration) -> bool {
    let started = Instant::now();
    while pids.iter().any(|pid| is_alive(*pid)) {
        if started.elapsed() > limit {
            return false;
        }
        thread::sleep(POLL);
    }
    true
}

/// Whether the process runs. One that has ended and only waits to be collected does not.
pub fn is_alive(pid: u32) -> bool {
    match stat(pid) {
        Some(stat) => !matches!(stat.state, 'Z' | 'X'),
        // No /proc (not a Linux): ask by a signal that does nothing.
        None if !Path::new("/proc/self").exists() => Command::new("sh")
            .args(["-c", "kill -0 \"$0\"", &pid.to_string()])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success()),
        None => false,
    }
}

/// Whether the process stands still, after SIGSTOP.
pub fn is_stopped(pid: u32) -> bool {
    stat(pid).is_some_and(|stat| stat.state == 'T')
}

/// The direct children of a process, as far as /proc tells.
pub fn children(parent: u32) -> Vec<u32> {
    all()
        .into_iter()
        .filter(|pid| stat(*pid).is_some_and(|stat| stat.parent == parent && stat.state != 'Z'))
        .collect()
}

/// Every process whose working directory is `dir` or below it.
pub fn inside(dir: &Path) -> Vec<u32> {
    let is_inside = |pid: &u32| {
        std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(dir))
    };
    all().into_iter().filter(is_inside).collect()
}

/// When the process started, in clock ticks since boot: with the pid it names one process for
/// good, as pids come round again.
pub fn started_at(pid: u32) -> Option<u64> {
    stat(pid).map(|stat| stat.started_at)
}

/// The first file of that name in PATH, or where Debian keeps tools for root.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/bin"), PathBuf::from("/usr/sbin")])
        .map(|dir| dir.join(program))
        .find(|file| file.is_file())
}

struct Stat {
    state: char,
    parent: u32,
    started_at: u64,
}

fn all() -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// Fields 3, 4 and 22 of /proc/PID/stat. The name in field 2 may hold spaces and brackets, so
/// counting begins after its last one.
fn stat(pid: u32) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    Some(Stat {
        state: fields.first()?.chars().next()?,
        parent: fields.get(1)?.parse().ok()?,
        started_at: fields.get(19)?.parse().ok()?,
    })
}
