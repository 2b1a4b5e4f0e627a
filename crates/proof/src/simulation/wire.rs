//! The way to the database: every step of a transaction may fail, get lost, take long, or be the
//! last thing that its node does.

use crate::simulation::{attempt::Attempt, kinds::Fault, node, scene::Shared};
use domain::{BatchId, Micros};
use std::panic::resume_unwind;
use store::{
    Error,
    tx::{Committed, Connect, Read, Tx, Write},
};

/// The end of a node, thrown through its door.
pub struct Crash;

pub fn crash(scene: &Shared) -> ! {
    if let Some(attempt) = scene.lock().attempt() {
        attempt.is_crashed = true;
    }
    resume_unwind(Box::new(Crash))
}

fn on_purpose() -> String {
    "on purpose".to_owned()
}

pub struct Connector(pub Shared);

impl Connect for Connector {
    fn connect(&self) -> Result<Box<dyn Tx>, Error> {
        let faults =
            [(4, Fault::ConnectRefused), (4, Fault::ConnectLost), (1, Fault::CrashConnecting)];
        let mut scene = self.0.lock();
        let error = match scene.draw(&faults) {
            Some(Fault::ConnectRefused) => Error::Unavailable(on_purpose()),
            Some(Fault::ConnectLost) => Error::Lost(on_purpose()),
            Some(_) => {
                drop(scene);
                crash(&self.0)
            }
            None => {
                let wire = Wire { scene: self.0.clone(), batch: None, is_cut: false };
                return Ok(Box::new(wire));
            }
        };
        // Nothing was begun, so that it excuses no reply.
        Err(error)
    }
}

pub struct Wire {
    scene: Shared,
    /// Of the open transaction.
    batch: Option<BatchId>,
    is_cut: bool,
}

impl Wire {
    /// Ends the open transaction, as the database does with what a lost connection leaves behind.
    fn abandon(&mut self) {
        if self.batch.take().is_some() {
            let ended = self.scene.lock().database.rollback();
            let ended = ended.map_err(|error| format!("rolling back: {error}"));
            self.scene.lock().require(ended);
        }
    }

    fn fail<T>(&mut self, error: Error) -> Result<T, Error> {
        self.abandon();
        self.is_cut |= matches!(error, Error::Lost(_));
        Err(self.scene.lock().fail(error))
    }

    fn lose_commit<T>(&mut self) -> Result<T, Error> {
        if let Some(attempt) = self.scene.lock().attempt() {
            attempt.doubt();
        }
        self.fail(Error::Lost(on_purpose()))
    }

    fn crash(&mut self) -> ! {
        self.abandon();
        crash(&self.scene)
    }

    /// The database itself has ended the transaction.
    fn ended<T>(&mut self, error: Error) -> Result<T, Error> {
        self.batch = None;
        Err(self.scene.lock().fail_by_itself(error))
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.abandon();
    }
}

impl Tx for Wire {
    fn begin(&mut self, batch: BatchId, reads: &mut [Read]) -> Result<Micros, Error> {
        if self.is_cut {
            return self.fail(Error::Lost("used after it was lost".to_owned()));
        }
        node::act_meanwhile(&self.scene);
        let faults = [
            (3, Fault::BeginRefused),
            (3, Fault::BeginLocked),
            (5, Fault::BeginRace),
            (4, Fault::BeginLost),
            (2, Fault::RulePanic),
            (1, Fault::CrashBegun),
        ];
        let mut scene = self.scene.lock();
        if scene.lingering > 0 {
            scene.lingering -= 1;
            let is_locked = scene.random.chance(500);
            drop(scene);
            return self.fail(match is_locked {
                true => Error::Locked("an old transaction lingers".to_owned()),
                false => Error::Race("an old transaction lingers".to_owned()),
            });
        }
        let fault = scene.draw(&faults);
        let error = match fault {
            Some(Fault::BeginRefused) => Some(Error::Unavailable(on_purpose())),
            Some(Fault::BeginLocked) => Some(Error::Locked(on_purpose())),
            Some(Fault::BeginRace) => Some(Error::Race(on_purpose())),
            Some(Fault::BeginLost) => Some(Error::Lost(on_purpose())),
            _ => None,
        };
        if let Some(error) = error {
            drop(scene);
            return self.fail(error);
        }
        let begun = scene.database.begin(batch, reads);
        if let (Ok(now), Some(attempt)) = (&begun, scene.attempt()) {
            attempt.begin(*now);
        }
        drop(scene);
        let now = begun.or_else(|error| self.ended(error))?;
        self.batch = Some(batch);
        match fault {
            Some(Fault::RulePanic) => {
                self.abandon();
                self.scene.lock().fail(Error::Fault("a rule panics".to_owned()));
                resume_unwind(Box::new("a rule panics"))
            }
            Some(Fault::CrashBegun) => self.crash(),
            _ => Ok(now),
        }
    }

    fn read(&mut self, reads: &mut [Read]) -> Result<(), Error> {
        let faults = [(2, Fault::ReadRace), (2, Fault::ReadRefused), (2, Fault::ReadLost)];
        let fault = self.scene.lock().draw(&faults);
        match fault {
            Some(Fault::ReadRace) => return self.fail(Error::Race(on_purpose())),
            Some(Fault::ReadRefused) => return self.fail(Error::Unavailable(on_purpose())),
            Some(_) => return self.fail(Error::Lost(on_purpose())),
            None => {}
        }
        let read = self.scene.lock().database.read(reads);
        read.or_else(|error| self.ended(error))
    }

    fn write_and_commit(&mut self, writes: &[Write]) -> Result<Committed, Error> {
        let faults = [
            (3, Fault::CommitRefused),
            (4, Fault::CommitRace),
            (2, Fault::CommitData),
            (1, Fault::CommitFails),
            (3, Fault::LostBefore),
            (5, Fault::LostAfter),
            (2, Fault::LingeringLands),
            (2, Fault::LingeringDies),
            (2, Fault::CrashBeforeCommit),
            (2, Fault::CrashAfterCommit),
        ];
        let fault = {
            let mut scene = self.scene.lock();
            scene.attempt().into_iter().for_each(Attempt::decided);
            scene.draw(&faults)
        };
        match fault {
            Some(Fault::CommitRefused) => return self.fail(Error::Unavailable(on_purpose())),
            Some(Fault::CommitRace) => return self.fail(Error::Race(on_purpose())),
            Some(Fault::CommitData) => return self.fail(Error::Data(on_purpose())),
            Some(Fault::CommitFails) => return self.fail(Error::Other(on_purpose())),
            Some(Fault::LostBefore) => return self.lose_commit(),
            Some(Fault::LingeringDies) => {
                self.linger();
                return self.lose_commit();
            }
            Some(Fault::CrashBeforeCommit) => self.crash(),
            _ => {}
        }
        let written = self.scene.lock().database.write_and_commit(writes);
        let committed = written.or_else(|error| self.ended(error))?;
        if let Some(batch) = self.batch.take() {
            self.scene.lock().settled(batch, true);
        }
        match fault {
            Some(Fault::CrashAfterCommit) => self.crash(),
            Some(Fault::LostAfter) => self.lose_answer(),
            Some(Fault::LingeringLands) => {
                self.linger();
                self.lose_answer()
            }
            _ => Ok(committed),
        }
    }

    fn rollback(&mut self) -> Result<(), Error> {
        let mut scene = self.scene.lock();
        if scene.attempt().is_some_and(|attempt| attempt.is_crashed) {
            // The unwinding was caught as if a rule had panicked: it goes on.
            drop(scene);
            resume_unwind(Box::new(Crash))
        }
        // After a panic the transaction is gone already.
        let Some(batch) = self.batch.take() else { return Ok(()) };
        scene.attempt().into_iter().for_each(Attempt::decided);
        let is_drawn = scene.random.chance(300);
        let fault = is_drawn.then(|| scene.draw(&[(1, Fault::RollbackLost)])).flatten();
        drop(scene);
        let rolled_back = self.scene.lock().database.rollback();
        rolled_back.or_else(|error| self.ended(error))?;
        match fault {
            Some(_) => self.fail(Error::Lost(on_purpose())),
            None => {
                self.scene.lock().settled(batch, false);
                Ok(())
            }
        }
    }
}

impl Wire {
    fn lose_answer<T>(&mut self) -> Result<T, Error> {
        if let Some(attempt) = self.scene.lock().attempt() {
            attempt.lose_answer();
        }
        self.fail(Error::Lost(on_purpose()))
    }

    /// The old transaction keeps its locks for a while.
    fn linger(&self) {
        let mut scene = self.scene.lock();
        scene.lingering = scene.random.between(1, 4) as u32;
    }
}
