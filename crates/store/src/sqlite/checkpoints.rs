//! Checkpoints: the log is copied into the file beside the writer, so that no batch waits for a large one.
//!
//! A log begins anew only once all of it is copied, and while the copier works the writer adds to it. Where
//! the copier is the faster of the two, each pass leaves less than the one before; the last few pages the writer
//! copies himself, between two batches, and has the disk keep what both have copied. What somebody reads for minutes, as
//! a backup does, cannot be copied meanwhile, and the log becomes as long as that takes: the copier has it for himself
//! afterwards, as long as each pass leaves less.

use super::{classified, open};
use crate::tx::Error;
use rusqlite::{Connection, hooks::Wal};
use std::{
    path::Path,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{SyncSender, sync_channel},
    },
    thread::{Builder, JoinHandle},
};

/// Rarer checkpoints write each hot page once instead of often; at a million orders it doubles the
/// rate. 64 MiB of 4 KiB pages: a log of that size is read in well under a second after a crash.
pub(super) const DUE_PAGES: i32 = 16_384;
/// The writer copies an eighth of that himself.
const FEW: i32 = 8;
/// Where the copier does not keep up, the writer waits for him once so many times that is in the log. A file of
/// that size is kept for the next log.
const MOST: i32 = 4;
pub(super) const MOST_BYTES: i64 = MOST as i64 * DUE_PAGES as i64 * 4096;

/// What the copier has done.
#[derive(Default)]
struct Copied {
    /// Of so many pages he knows that they are in the file.
    pages: i32,
    is_at_work: bool,
}

#[derive(Clone, Default)]
struct Shared(Arc<(Mutex<Copied>, Condvar)>);

impl Shared {
    fn now(&self) -> MutexGuard<'_, Copied> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn done(&self, pages: i32) {
        *self.now() = Copied { pages, is_at_work: false };
        self.0.1.notify_all();
    }

    /// Once he is done.
    fn waited(&self) -> MutexGuard<'_, Copied> {
        let done = self.0.1.wait_while(self.now(), |copied| copied.is_at_work);
        done.unwrap_or_else(PoisonError::into_inner)
    }
}

enum Wake {
    Copy,
    End,
}

/// Ends when it is dropped.
pub(super) struct Copier {
    wake: SyncSender<Wake>,
    thread: Option<JoinHandle<()>>,
}

impl Copier {
    /// Copies once so many pages are due.
    pub(super) fn beside(writer: &mut Connection, path: &Path, due: i32) -> Result<Copier, Error> {
        let connection = open(path)?;
        let copied = Shared::default();
        let (wake, woken) = sync_channel(1);
        let copier = {
            let copied = copied.clone();
            move || {
                while let Ok(Wake::Copy) = woken.recv() {
                    let done = connection.wal_checkpoint_v2(None::<&str>, Default::default());
                    copied.done(told(done));
                }
            }
        };
        let thread = Builder::new().name("copier".into()).spawn(copier);
        let thread = thread.map_err(|error| Error::Unavailable(error.to_string()))?;
        let mut log = Log::new(due, copied, wake.clone());
        let hook = move |wal: &mut Wal, pages| {
            // The commit is made: nothing that happens now may be told as its failure.
            if log.has_grown(pages) {
                told(wal.checkpoint_v2(Default::default()));
            }
            Ok(())
        };
        writer.wal_hook(Some(hook)).map_err(classified)?;
        Ok(Copier { wake, thread: Some(thread) })
    }
}

impl Drop for Copier {
    fn drop(&mut self) {
        let _ = self.wake.send(Wake::End);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// How many pages of the log are in the file. What failed is tried again with the next commits; the log goes on.
fn told(done: Result<(i32, i32), rusqlite::Error>) -> i32 {
    match done {
        Ok((_, copied)) => copied.max(0),
        Err(error) => {
            let is_busy = error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy);
            if !is_busy {
                tracing::warn!(%error, "the log of the database was not copied into its file");
            }
            0
        }
    }
}

/// The log as the writer sees it.
struct Log {
    due: i32,
    copied: Shared,
    wake: SyncSender<Wake>,
    asked_at: i32,
    /// What was left to copy when the copier was asked.
    left: i32,
    /// He was asked after a reader had kept him from it, or has left less than was left before.
    is_let_work: bool,
}

impl Log {
    fn new(due: i32, copied: Shared, wake: SyncSender<Wake>) -> Log {
        Log { due, copied, wake, asked_at: 0, left: 0, is_let_work: false }
    }

    /// Sees that it is copied; whether the writer is to do it himself.
    fn has_grown(&mut self, pages: i32) -> bool {
        if pages < self.asked_at {
            // It has begun anew.
            (self.asked_at, self.is_let_work) = (0, false);
        }
        if pages < self.due {
            return false;
        }
        let (few, is_too_much) = (self.due / FEW, pages >= MOST * self.due);
        let mut copied = match is_too_much && !self.is_let_work {
            true => self.copied.waited(),
            false => self.copied.now(),
        };
        if copied.is_at_work {
            return false;
        }
        let left = pages - copied.pages;
        // Not by those who read what was there a moment ago.
        let is_kept_from_it = copied.pages + few < self.asked_at;
        let catches_up = !is_kept_from_it && left < self.left - self.left / FEW;
        if self.asked_at > 0 && !is_kept_from_it && left <= few {
            return true;
        }
        if is_too_much && !is_kept_from_it && !catches_up {
            return true;
        }
        if self.asked_at == 0 || pages - self.asked_at >= few || catches_up && is_too_much {
            self.is_let_work = self.asked_at > 0 && (is_kept_from_it || catches_up);
            (self.asked_at, self.left) = (pages, left);
            copied.is_at_work = self.wake.try_send(Wake::Copy).is_ok();
            return !copied.is_at_work;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::open_reader;
    use std::sync::mpsc::Receiver;
    use testbed::TempDir;

    const DUE: i32 = 64;

    fn shop() -> (TempDir, Connection, Copier) {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("shop.db");
        let mut writer = open(&path).unwrap();
        writer.execute_batch("create table t (n integer primary key, filling blob)").unwrap();
        let copier = Copier::beside(&mut writer, &path, DUE).unwrap();
        (dir, writer, copier)
    }

    /// A page or two each.
    fn write(writer: &Connection, commits: usize) {
        for _ in 0..commits {
            writer.execute("insert into t (filling) values (zeroblob(3000))", []).unwrap();
        }
    }

    fn log_pages(dir: &TempDir) -> i32 {
        let log = std::fs::metadata(dir.path().join("shop.db-wal")).unwrap();
        (log.len() / 4120) as i32
    }

    #[test]
    fn a_log_begins_anew_while_a_shop_writes() {
        let (dir, writer, copier) = shop();
        write(&writer, 5_000);
        assert!(log_pages(&dir) <= (MOST + 1) * DUE, "{}", log_pages(&dir));
        let count = |connection: &Connection| -> i64 {
            connection.query_row("select count(*) from t", [], |row| row.get(0)).unwrap()
        };
        assert_eq!(count(&open_reader(&dir.path().join("shop.db")).unwrap()), 5_000);
        drop(writer);
        drop(copier);
        // Who closes a file last copies what is left, and the log is gone.
        assert!(!dir.path().join("shop.db-wal").exists());
        assert_eq!(count(&open(&dir.path().join("shop.db")).unwrap()), 5_000);
    }

    /// Nothing of it can be copied that he has not seen; the writer goes on, and once he is gone it is.
    #[test]
    fn a_log_that_somebody_reads_grows_until_he_has_ended() {
        let (dir, writer, _copier) = shop();
        let reader = open_reader(&dir.path().join("shop.db")).unwrap();
        reader.execute_batch("begin; select count(*) from t").unwrap();
        write(&writer, 1_000);
        let grown = log_pages(&dir);
        assert!(grown > 1_000, "{grown}");
        reader.execute_batch("commit").unwrap();
        write(&writer, 1_000);
        assert!(log_pages(&dir) < grown + 500, "{} after {grown}", log_pages(&dir));
    }

    fn log() -> (Log, Receiver<Wake>) {
        let (wake, woken) = sync_channel(1);
        (Log::new(DUE, Shared::default(), wake), woken)
    }

    #[test]
    fn the_writer_copies_what_is_little_or_has_become_too_much() {
        let (mut log, woken) = log();
        assert!(!log.has_grown(DUE - 1) && woken.try_recv().is_err());
        assert!(!log.has_grown(DUE) && woken.try_recv().is_ok());
        // While the copier works he is let work.
        assert!(!log.has_grown(MOST * DUE - 1) && woken.try_recv().is_err());
        log.copied.done(DUE);
        assert!(log.has_grown(DUE + DUE / FEW), "the rest of it is little");
        assert!(!log.has_grown(2 * DUE) && woken.try_recv().is_ok(), "and this is not");
        log.copied.done(2 * DUE);
        assert!(log.has_grown(MOST * DUE), "he does not keep up");
        // It begins anew: what was copied was another log.
        assert!(!log.has_grown(3) && !log.has_grown(DUE) && woken.try_recv().is_ok());
    }

    #[test]
    fn what_a_reader_keeps_from_being_copied_is_not_little() {
        let (mut log, woken) = log();
        assert!(!log.has_grown(DUE) && woken.try_recv().is_ok());
        log.copied.done(10);
        assert!(!log.has_grown(DUE + 1) && woken.try_recv().is_err(), "he has just looked");
        assert!(!log.has_grown(DUE + DUE / FEW) && woken.try_recv().is_ok());
    }

    /// Orders would wait for as long as it takes to copy what a backup has kept in the log.
    #[test]
    fn what_a_long_reader_has_left_the_writer_does_not_wait_for() {
        let (mut log, woken) = log();
        assert!(!log.has_grown(DUE) && woken.try_recv().is_ok());
        log.copied.done(10);
        let mut pages = DUE;
        while pages < 40 * DUE {
            pages += DUE / FEW;
            assert!(!log.has_grown(pages) && woken.try_recv().is_ok(), "{pages}");
            log.copied.done(10);
        }
        // The reader has ended. This does not wait for him, or would for ever.
        assert!(!log.has_grown(40 * DUE + DUE / FEW) && woken.try_recv().is_ok());
        assert!(!log.has_grown(50 * DUE) && woken.try_recv().is_err());
        log.copied.done(40 * DUE);
        assert!(!log.has_grown(50 * DUE + 1) && woken.try_recv().is_ok(), "he catches up");
        log.copied.done(50 * DUE);
        assert!(!log.has_grown(52 * DUE) && woken.try_recv().is_ok(), "and goes on to");
        log.copied.done(52 * DUE);
        assert!(log.has_grown(54 * DUE), "until he leaves no less than before");
        // Who reads what was there a moment ago keeps nobody from it.
        let (mut log, woken) = self::log();
        assert!(!log.has_grown(2 * DUE) && woken.try_recv().is_ok());
        log.copied.done(2 * DUE - 1);
        assert!(log.has_grown(MOST * DUE));
    }

    #[test]
    fn the_writer_waits_for_who_does_not_keep_up() {
        let (mut log, _woken) = log();
        assert!(!log.has_grown(DUE));
        let copied = log.copied.clone();
        let copier = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(50));
            copied.done(DUE);
        });
        assert!(log.has_grown(MOST * DUE));
        assert_eq!(log.copied.now().pages, DUE, "before he was done");
        copier.join().unwrap();
    }

    #[test]
    fn who_has_no_copier_copies_himself() {
        let (mut log, woken) = log();
        drop(woken);
        assert!(log.has_grown(DUE) && log.has_grown(DUE + DUE / FEW));
    }

    #[test]
    fn what_was_not_copied_is_none() {
        let none = [Ok((-1, -1)), Err(rusqlite::Error::InvalidQuery)];
        assert_eq!(none.map(told), [0, 0]);
        assert_eq!(told(Ok((20_000, 300))), 300);
    }
}
