//! Checkpoints: the log is copied into the file beside the writer, so that no batch waits for a large one.
//!
//! A log begins anew only once all of it is copied, and while the copier works the writer adds to it. Each
//! pass leaves less than the one before; the last few pages the writer copies himself, between two batches.

use super::open;
use crate::tx::Error;
use rusqlite::{Connection, hooks::Wal};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    thread::{Builder, JoinHandle},
};

/// Rarer checkpoints write each hot page once instead of often; at a million orders it doubles the
/// rate. 64 MiB of 4 KiB pages: a log of that size is read in well under a second after a crash.
pub(super) const DUE_PAGES: i32 = 16_384;
/// The writer copies so many himself.
const FEW_PAGES: i32 = 2_048;
/// Where the copier does not keep up, the writer waits for the disk, too.
const MOST_PAGES: i32 = 4 * DUE_PAGES;

/// Of how many pages the copier knows that they are in the file; less than none while he works.
const AT_WORK: i32 = -1;

/// Ends with the connection that it serves, which is to be dropped before.
pub(super) struct Copier(Option<JoinHandle<()>>);

impl Copier {
    pub(super) fn beside(writer: &mut Connection, path: &Path) -> Result<Copier, Error> {
        let connection = open(path)?;
        let copied = Arc::new(AtomicI32::new(0));
        let (wake, woken) = sync_channel::<()>(1);
        let copier = {
            let copied = copied.clone();
            move || {
                while woken.recv().is_ok() {
                    let all = None::<&str>;
                    let done = connection.wal_checkpoint_v2(all, Default::default());
                    // What failed is tried again, by the writer in the end: he is told what is wrong.
                    copied.store(done.map_or(0, |(_, copied)| copied.max(0)), Ordering::Release);
                }
            }
        };
        let thread = Builder::new().name("copier".into()).spawn(copier);
        let thread = thread.map_err(|error| Error::Unavailable(error.to_string()))?;
        let mut log = Log { copied, wake, asked_at: 0 };
        let hook = move |wal: &mut Wal, pages| {
            // The commit is made: nothing that happens now may be told as its failure.
            if log.has_grown(pages) {
                let _ = wal.checkpoint();
            }
            Ok(())
        };
        writer.wal_hook(Some(hook)).map_err(super::classified)?;
        Ok(Copier(Some(thread)))
    }
}

impl Drop for Copier {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            let _ = thread.join();
        }
    }
}

/// The log as the writer sees it.
struct Log {
    copied: Arc<AtomicI32>,
    wake: SyncSender<()>,
    asked_at: i32,
}

impl Log {
    /// Sees that it is copied; whether the writer is to do it himself.
    fn has_grown(&mut self, pages: i32) -> bool {
        if pages < self.asked_at {
            // It has begun anew.
            self.asked_at = 0;
        }
        if pages < DUE_PAGES {
            return false;
        }
        let copied = self.copied.load(Ordering::Acquire);
        if copied == AT_WORK {
            return false;
        }
        let is_few = self.asked_at > 0 && pages - copied <= FEW_PAGES;
        if is_few || pages >= MOST_PAGES {
            return true;
        }
        if self.asked_at == 0 || pages - self.asked_at >= FEW_PAGES {
            self.asked_at = pages;
            self.copied.store(AT_WORK, Ordering::Release);
            if self.wake.try_send(()).is_err() {
                self.copied.store(0, Ordering::Release);
                return true;
            }
        }
        false
    }
}
