//! A way to a database that fails on demand: commits whose answers get lost, races that are lost,
//! and gates that hold the writer's thread where a test wants it.

use crate::shop::{Shop, patient, until};
use domain::{BatchId, Command, Micros};
use std::{
    collections::VecDeque,
    ops::Deref,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use store::{
    Error, Limits, Reply,
    tx::{Committed, Connect, Read, Tx, Write},
};

/// Holds whoever comes while it is closed; for a minute at most, then the test has failed anyway.
#[derive(Default)]
pub struct Gate {
    state: Mutex<GateState>,
    opened: Condvar,
}

#[derive(Default)]
struct GateState {
    closed: bool,
    is_held: bool,
}

impl Gate {
    pub fn close(&self) {
        self.state.lock().unwrap().closed = true;
    }

    pub fn open(&self) {
        self.state.lock().unwrap().closed = false;
        self.opened.notify_all();
    }

    /// Waits until the writer stands before the gate.
    pub async fn holds(&self) {
        until("the writer at the gate", async || self.is_holding()).await;
    }

    pub fn is_holding(&self) -> bool {
        self.state.lock().unwrap().is_held
    }

    fn pass(&self) {
        let mut state = self.state.lock().unwrap();
        state.is_held = state.closed;
        let minute = Duration::from_secs(60);
        let (mut state, waited) =
            self.opened.wait_timeout_while(state, minute, |state| state.closed).unwrap();
        assert!(!waited.timed_out(), "nobody opened the gate");
        state.is_held = false;
    }
}

pub enum Fault {
    /// The commit lands, and its answer gets lost.
    LoseAnswer,
    /// Nothing lands.
    Fail(Error),
}

/// What goes wrong, in this order, and what was seen; shared by a test and its writer.
#[derive(Default)]
pub struct Faults {
    pub connecting: Gate,
    pub beginning: Gate,
    pub committing: Gate,
    pub connects: Mutex<VecDeque<Error>>,
    /// How many sessions there were.
    pub sessions: AtomicU64,
    pub begins: Mutex<VecDeque<Error>>,
    pub commits: Mutex<VecDeque<Fault>>,
    /// While the facts are loaded.
    pub panics_once: AtomicBool,
    pub batches: Mutex<Vec<BatchId>>,
    /// How often the database was asked and waited for.
    pub trips: AtomicU64,
    /// What the database itself complained of.
    pub errors: Mutex<Vec<Error>>,
}

/// The test's hold on them. When it is let go, also by a test that fails, the gates open.
pub struct Control(Arc<Faults>);

impl Deref for Control {
    type Target = Faults;
    fn deref(&self) -> &Faults {
        &self.0
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        [&self.connecting, &self.beginning, &self.committing].into_iter().for_each(Gate::open);
    }
}

pub fn lost() -> Error {
    Error::Lost("on purpose".into())
}

pub fn race() -> Error {
    Error::Race("on purpose".into())
}

impl Faults {
    pub fn at_commits(faults: impl IntoIterator<Item = Fault>) -> Faults {
        Faults { commits: Mutex::new(faults.into_iter().collect()), ..Faults::default() }
    }

    /// The ids of the batches that reached the database, one for each attempt.
    pub fn batches(&self) -> Vec<BatchId> {
        self.batches.lock().unwrap().clone()
    }

    /// What the database itself complained of.
    pub fn errors(&self) -> Vec<Error> {
        self.errors.lock().unwrap().clone()
    }

    pub fn assert_no_deadlock(&self) {
        let errors = self.errors();
        assert!(!errors.iter().any(|e| e.to_string().contains("deadlock")), "{errors:?}");
    }

    fn note<T>(&self, answer: Result<T, Error>) -> Result<T, Error> {
        self.errors.lock().unwrap().extend(answer.as_ref().err().cloned());
        answer
    }
}

impl Shop {
    pub fn with_faults(self, faults: Faults, limits: Limits) -> (Shop, Control) {
        let faults = Arc::new(faults);
        let connect = Faulty { inner: self.location.writer(), faults: faults.clone() };
        (self.reopened(Box::new(connect), limits), Control(faults))
    }

    /// A writer that has not connected yet, so that what is sent gathers.
    pub fn gathering(self, faults: Faults) -> (Shop, Control) {
        faults.connecting.close();
        self.with_faults(faults, patient())
    }

    /// Sends all to a gathering writer, which takes them as one batch.
    pub async fn send_as_one_batch(&self, faults: &Faults, commands: Vec<Command>) -> Vec<Reply> {
        let count = commands.len();
        let sent = futures_util::future::join_all(commands.into_iter().map(|c| self.send(c)));
        let opened = async {
            until("all to wait", async || self.writer.waiting() == count).await;
            faults.connecting.open();
        };
        tokio::join!(sent, opened).0
    }
}

struct Faulty {
    inner: Box<dyn Connect>,
    faults: Arc<Faults>,
}

struct FaultyTx {
    inner: Box<dyn Tx>,
    faults: Arc<Faults>,
}

impl Connect for Faulty {
    fn connect(&self) -> Result<Box<dyn Tx>, Error> {
        self.faults.connecting.pass();
        if let Some(error) = self.faults.connects.lock().unwrap().pop_front() {
            return Err(error);
        }
        let inner = self.inner.connect()?;
        self.faults.sessions.fetch_add(1, Relaxed);
        Ok(Box::new(FaultyTx { inner, faults: self.faults.clone() }))
    }
}

impl Tx for FaultyTx {
    fn begin(&mut self, batch: BatchId, reads: &mut [Read]) -> Result<Micros, Error> {
        self.faults.beginning.pass();
        if let Some(error) = self.faults.begins.lock().unwrap().pop_front() {
            return Err(error);
        }
        self.faults.batches.lock().unwrap().push(batch);
        self.faults.trips.fetch_add(1, Relaxed);
        let begun = self.faults.note(self.inner.begin(batch, reads));
        assert!(!self.faults.panics_once.swap(false, Relaxed), "on purpose");
        begun
    }

    fn read(&mut self, reads: &mut [Read]) -> Result<(), Error> {
        self.faults.trips.fetch_add(1, Relaxed);
        self.faults.note(self.inner.read(reads))
    }

    fn write_and_commit(&mut self, writes: &[Write]) -> Result<Committed, Error> {
        self.faults.committing.pass();
        self.faults.trips.fetch_add(1, Relaxed);
        let fault = self.faults.commits.lock().unwrap().pop_front();
        match fault {
            None => self.faults.note(self.inner.write_and_commit(writes)),
            Some(Fault::LoseAnswer) => {
                self.inner.write_and_commit(writes).expect("it has to land");
                Err(lost())
            }
            Some(Fault::Fail(error)) => {
                self.inner.rollback().expect("it has to end");
                Err(error)
            }
        }
    }

    fn rollback(&mut self) -> Result<(), Error> {
        self.faults.note(self.inner.rollback())
    }
}
