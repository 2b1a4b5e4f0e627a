//! Runs the test programs, and looks at what they print while they run: a test that does not end
//! is named and fails, and what comes after its program still runs.

use super::report::{Said, Summary};
use crate::cannot_start;
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};
use testbed::processes;

const LOOK: Duration = Duration::from_millis(100);
/// How long what was printed before the end may need to be read.
const PATIENCE: Duration = Duration::from_secs(2);

/// Runs a command, passes its output on to `sink` line by line and sums up the results in it. A
/// test that its program calls slow has `grace` to end; then the program is killed.
pub fn watch(
    mut command: Command,
    sink: impl Write + Send + 'static,
    grace: Duration,
) -> io::Result<(Summary, u8)> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| cannot_start("cargo", &error))?;
    let output = child.stdout.take();
    let (report, lines) = channel();
    thread::spawn(move || {
        if let Some(output) = output {
            let _ = pass_on(output, sink, |said| report.send(said).is_ok());
        }
    });
    let mut seen = Seen { grace, ..Seen::default() };
    seen.follow(&lines, &mut child)?;
    let status = child.wait()?;
    for name in &seen.hung {
        eprintln!("xtask test: {name} hung, so its program was killed");
    }
    Ok((seen.sum, exit_code(status.code())))
}

#[derive(Default)]
struct Seen {
    grace: Duration,
    sum: Summary,
    /// Of the program that runs now.
    so_far: Summary,
    /// Tests that have not ended, since they were named.
    slow: Vec<(String, Instant)>,
    hung: Vec<String>,
}

impl Seen {
    /// Reads until the child has ended and nothing more comes. A process that a test left behind
    /// holds the output open: nobody waits for that one.
    fn follow(&mut self, lines: &Receiver<Said>, child: &mut Child) -> io::Result<()> {
        let mut ended_at: Option<Instant> = None;
        loop {
            match lines.recv_timeout(LOOK) {
                Ok(said) => self.hear(said),
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            match ended_at {
                Some(at) if at.elapsed() > PATIENCE => return Ok(()),
                Some(_) => {}
                None if child.try_wait()?.is_some() => ended_at = Some(Instant::now()),
                None => self.end_what_hangs(child)?,
            }
        }
    }

    fn hear(&mut self, said: Said) {
        match said {
            Said::Result(result) => {
                self.sum += result;
                self.so_far = Summary::default();
                self.slow.clear();
            }
            Said::Slow(name) => self.slow.push((name, Instant::now())),
            Said::Ended(name, how) => {
                self.so_far += how;
                self.slow.retain(|(slow, _)| *slow != name);
            }
        }
    }

    /// A killed program says no result: what it has said of its tests counts, and that they hang.
    fn end_what_hangs(&mut self, child: &Child) -> io::Result<()> {
        if self.slow.iter().all(|(_, since)| since.elapsed() <= self.grace) {
            return Ok(());
        }
        // Cargo runs one program at a time.
        processes::signal("KILL", &processes::children(child.id()))?;
        self.sum += std::mem::take(&mut self.so_far);
        for (name, since) in self.slow.drain(..) {
            if since.elapsed() > self.grace {
                self.sum.failed += 1;
                self.hung.push(name);
            }
        }
        Ok(())
    }
}

fn pass_on(
    output: impl Read,
    mut sink: impl Write,
    mut report: impl FnMut(Said) -> bool,
) -> io::Result<()> {
    let mut reader = BufReader::new(output);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        sink.write_all(&line)?;
        sink.flush()?;
        let said = Said::read(&String::from_utf8_lossy(&line));
        if said.is_some_and(|said| !report(said)) {
            break;
        }
        line.clear();
    }
    Ok(())
}

/// 101 is what cargo itself gives for failures; a code is missing after a signal.
pub fn exit_code(code: Option<i32>) -> u8 {
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(101)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: &str = "test result: ok. 6 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out";
    const MINUTE: Duration = Duration::from_secs(60);

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn results_of_all_programs_are_summed_and_the_code_is_kept() {
        let command = shell(&format!("echo '{OK}'; echo x; echo '{OK}'; exit 7"));
        let (sum, code) = watch(command, io::sink(), MINUTE).unwrap();
        assert_eq!((sum.to_string().as_str(), code), ("12 passed, 0 failed, 4 skipped", 7));
    }

    #[test]
    fn a_process_that_holds_the_output_does_not_hold_the_suite() {
        let command = shell(&format!("echo '{OK}'; sleep 20 2>/dev/null & exit 0"));
        let started = Instant::now();
        let (sum, code) = watch(command, io::sink(), MINUTE).unwrap();
        assert_eq!((sum.passed, code), (6, 0));
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_test_that_hangs_fails_and_the_next_program_runs() {
        let slow = "has been running for over 60 seconds";
        let script = format!(
            "echo 'test a ... ok'; echo 'test b {slow}'; echo 'test c {slow}'; echo 'test c ... ok'
             sleep 600; test $? = 137 || exit 3; echo '{OK}'; exit 101"
        );
        let started = Instant::now();
        let (sum, code) = watch(shell(&script), io::sink(), Duration::from_millis(300)).unwrap();
        let summed = Summary { passed: 2 + 6, failed: 1, skipped: 2 };
        assert_eq!((sum, code), (summed, 101));
        assert!(started.elapsed() < MINUTE);
    }

    #[test]
    fn a_slow_test_that_ends_is_left_alone() {
        let slow = "test a has been running for over 60 seconds";
        let script =
            format!("echo '{slow}'; sleep 0.2; echo 'test a ... ok'; sleep 2; echo '{OK}'");
        let (sum, code) = watch(shell(&script), io::sink(), Duration::from_millis(1500)).unwrap();
        assert_eq!((sum.passed, sum.failed, code), (6, 0, 0));
    }
}
