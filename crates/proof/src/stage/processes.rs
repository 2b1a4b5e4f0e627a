//! What processes have cost so far, read from /proc.
//!
//! A process's time is its utime and stime, in ticks of 10 ms, with all its threads, ended ones
//! too. Where it has one thread only, as Postgres's have, the scheduler tells nanoseconds.

use anyhow::Context;
use std::{fs, time::Duration};

/// Linux tells user space a hundred ticks a second on every architecture.
const TICK: Duration = Duration::from_millis(10);

/// The numbers of /proc/PID/stat that matter here.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    own: Duration,
    /// Of children that have ended and were waited for.
    ended_children: Duration,
    threads: u64,
}

fn read(pid: u32, file: &str) -> anyhow::Result<String> {
    let path = format!("/proc/{pid}/{file}");
    fs::read_to_string(&path).with_context(|| format!("reading {path}"))
}

/// The name in field 2 may hold spaces and brackets: counting begins after its last one.
fn parse_stat(text: &str) -> Option<Stat> {
    let (_, rest) = text.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<i64>().ok();
    let ticks = |number| Some(TICK * u32::try_from(field(number)?.max(0)).ok()?);
    Some(Stat {
        own: ticks(14)? + ticks(15)?,
        ended_children: ticks(16)? + ticks(17)?,
        threads: u64::try_from(field(20)?).ok()?,
    })
}

/// Time on a processor is the first of three numbers.
fn parse_schedstat(text: &str) -> Option<Duration> {
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// One `name: number` of a file such as /proc/PID/io or /proc/PID/status.
fn parse_entry(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    rest.split_whitespace().next()?.parse().ok()
}

fn stat(pid: u32) -> anyhow::Result<Stat> {
    parse_stat(&read(pid, "stat")?).with_context(|| format!("/proc/{pid}/stat is not understood"))
}

/// Processor time of one process with all its threads.
pub fn cpu_of(pid: u32) -> anyhow::Result<Duration> {
    let stat = stat(pid)?;
    let exact = || parse_schedstat(&read(pid, "schedstat").ok()?);
    match stat.threads {
        1 => Ok(exact().unwrap_or(stat.own)),
        _ => Ok(stat.own),
    }
}

/// Processor time of a parent and all its children, those that have ended included: it never falls.
pub fn cpu_of_family(parent: u32) -> anyhow::Result<Duration> {
    let mut sum = cpu_of(parent)? + stat(parent)?.ended_children;
    for child in testbed::processes::children(parent) {
        // One that ends just now is counted with its parent the next time.
        sum += cpu_of(child).unwrap_or_default();
    }
    Ok(sum)
}

/// Processor time of the threads of this process that bear the name; and of who copies its log for the writer.
pub fn cpu_of_threads(name: &str) -> anyhow::Result<Duration> {
    let mut sum = Duration::ZERO;
    for entry in fs::read_dir("/proc/self/task").context("listing threads")?.flatten() {
        let path = entry.path();
        // Threads come and go while they are listed.
        let Ok(comm) = fs::read_to_string(path.join("comm")) else { continue };
        let comm = comm.trim_end();
        if comm == name || (name == "writer" && comm == "copier") {
            let text = fs::read_to_string(path.join("schedstat")).context("reading schedstat")?;
            sum += parse_schedstat(&text).context("schedstat is not understood")?;
        }
    }
    Ok(sum)
}

/// Bytes that this process has sent to the disks.
pub fn written_bytes(pid: u32) -> anyhow::Result<u64> {
    parse_entry(&read(pid, "io")?, "write_bytes").context("/proc/PID/io is not understood")
}

/// Memory that the process occupies.
pub fn resident_bytes(pid: u32) -> anyhow::Result<u64> {
    let kib = parse_entry(&read(pid, "status")?, "VmRSS");
    Ok(kib.context("/proc/PID/status is not understood")? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_is_read_behind_a_name_with_brackets_and_spaces() {
        let text = "2000 (a) b (c) S 1 2 3 0 -1 4194304 105 0 0 0 150 50 7 3 20 0 9 0 302011 313 4";
        let expected = Stat {
            own: Duration::from_secs(2),
            ended_children: Duration::from_millis(100),
            threads: 9,
        };
        assert_eq!(parse_stat(text), Some(expected));
        assert_eq!(parse_stat("2000 (a) S 1 2"), None);
        assert_eq!(parse_stat(""), None);
    }

    #[test]
    fn schedstat_and_entries_are_read() {
        assert_eq!(parse_schedstat("375838 0 1\n"), Some(Duration::from_nanos(375_838)));
        assert_eq!(parse_schedstat(""), None);
        let io = "rchar: 1\nwrite_bytes: 4096\ncancelled_write_bytes: 7\n";
        assert_eq!(parse_entry(io, "write_bytes"), Some(4096));
        assert_eq!(parse_entry("VmRSS:\t  52000 kB\n", "VmRSS"), Some(52_000));
        assert_eq!(parse_entry(io, "VmRSS"), None);
    }

    #[test]
    fn this_process_has_cost_something() {
        let pid = std::process::id();
        let before = cpu_of(pid).unwrap();
        let mut sum = 0_u64;
        while cpu_of(pid).unwrap() <= before + TICK {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(cpu_of_family(pid).unwrap() > before);
        assert!(resident_bytes(pid).unwrap() > 0);
        assert!(written_bytes(pid).is_ok());
    }
}
