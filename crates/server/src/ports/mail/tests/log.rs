//! What a test logs. One subscriber hears all tests: one for each would miss lines, for whether a line is
//! wanted at all is settled for the whole process when it is first met, by whichever test meets it.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, OnceLock},
    thread::{self, ThreadId},
};

type Lines = Arc<Mutex<Vec<u8>>>;

static HEARD: OnceLock<Mutex<HashMap<ThreadId, Lines>>> = OnceLock::new();

/// All that is logged while it lives, on this thread.
pub struct Log {
    lines: Lines,
}

/// Begins to hear. Before anything that is to be heard is met for the first time.
pub fn listen() -> &'static Mutex<HashMap<ThreadId, Lines>> {
    HEARD.get_or_init(|| {
        let log = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
        let log = log.with_writer(Sink::of_this_thread).finish();
        tracing::subscriber::set_global_default(log).unwrap();
        Mutex::default()
    })
}

impl Log {
    pub fn start() -> Log {
        let lines = Lines::default();
        listen().lock().unwrap().insert(thread::current().id(), lines.clone());
        tracing::callsite::rebuild_interest_cache();
        Log { lines }
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.lines.lock().unwrap().clone()).unwrap()
    }

    /// How many lines hold this.
    pub fn count(&self, part: &str) -> usize {
        self.text().lines().filter(|line| line.contains(part)).count()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        listen().lock().unwrap().remove(&thread::current().id());
    }
}

/// Where a line goes: nowhere, if nobody on its thread listens.
struct Sink(Option<Lines>);

impl Sink {
    fn of_this_thread() -> Sink {
        // Not yet set while it is being made.
        let heard = HEARD.get().map(|heard| heard.lock().unwrap());
        Sink(heard.and_then(|heard| heard.get(&thread::current().id()).cloned()))
    }
}

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(lines) = &self.0 {
            lines.lock().unwrap().extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
