//! The scene of one seed: the database, the clock, the dice and the model, shared by all nodes.
//! One thread acts on it; the lock is never waited for.

use crate::{
    nouns::{keys, orders},
    simulation::{
        attempt::{Attempt, Excuse},
        clients::Request,
        history::{History, Note},
        inspection::Inspector,
        kinds::Fault,
        node::Heard,
        tally::Tally,
    },
    stage::random::Random,
};
use domain::{BatchId, Micros};
use model::Model;
use rusqlite::config::DbConfig;
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicI64, Ordering::Relaxed},
};
use store::{Error, Sqlite};

/// 2026-01-01, and some microseconds.
const BEGINNING_US: i64 = 1_767_225_600_123_456;

#[derive(Clone)]
pub struct Shared(Arc<Mutex<Scene>>);

impl Shared {
    pub fn new(scene: Scene) -> Shared {
        Shared(Arc::new(Mutex::new(scene)))
    }

    pub fn lock(&self) -> MutexGuard<'_, Scene> {
        // A crash unwinds between two steps, never within one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub struct Scene {
    pub database: Sqlite,
    clock: Arc<AtomicI64>,
    /// What really passed, whatever the clock says.
    pub passed_us: i64,
    pub random: Random,
    pub model: Model,
    pub inspector: Inspector,
    pub tally: Tally,
    pub history: History,
    pub broken: Option<String>,
    /// Runs of doors, one inside the other when a node acts in between.
    pub attempts: Vec<Attempt>,
    /// A batch of another node, for when this one pauses.
    pub meanwhile: Option<Arc<Vec<Request>>>,
    /// What its clients heard.
    pub overheard: Vec<Heard>,
    /// So many per mille of the steps go wrong.
    pub storm: u32,
    /// An old transaction holds its locks for so many tries.
    pub lingering: u32,
}

impl Scene {
    pub fn open(random: Random) -> Result<Scene, Error> {
        let clock = Arc::new(AtomicI64::new(BEGINNING_US));
        let hands = clock.clone();
        let database = Sqlite::in_memory(Box::new(move || Micros(hands.load(Relaxed))))?;
        let connection = database.connection();
        connection.set_prepared_statement_cache_capacity(128);
        // Or SQLite prepares some statements anew for every value that is bound.
        let is_stable =
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop);
        let prepared = is_stable.and_then(|()| connection.execute_batch(orders::REFUSE_POISON));
        prepared.map_err(|error| Error::Other(error.to_string()))?;
        Ok(Scene {
            database,
            clock,
            passed_us: 0,
            random,
            model: Model::default(),
            inspector: Inspector::default(),
            tally: Tally::default(),
            history: History::default(),
            broken: None,
            attempts: Vec::new(),
            meanwhile: None,
            overheard: Vec::new(),
            storm: 0,
            lingering: 0,
        })
    }

    pub fn pass_time(&mut self, span_us: i64) {
        self.passed_us += span_us;
        self.set_clock(span_us);
    }

    /// The clock of the database moves, and no time has passed.
    pub fn set_clock(&mut self, span_us: i64) {
        self.clock.fetch_add(span_us, Relaxed);
        self.history.note(Note::Clock(self.now()));
    }

    pub fn now(&self) -> Micros {
        Micros(self.clock.load(Relaxed))
    }

    /// The first thing that broke is the one to look at.
    pub fn require(&mut self, held: Result<(), String>) {
        if let Err(what) = held {
            self.broken.get_or_insert(what);
        }
    }

    pub fn wrong(&mut self, fault: Fault) {
        self.tally.went_wrong(fault);
        self.history.note(Note::Fault(fault));
    }

    /// The run that is going on.
    pub fn attempt(&mut self) -> Option<&mut Attempt> {
        self.attempts.last_mut()
    }

    /// What goes wrong at this point, if anything.
    pub fn draw(&mut self, from: &[(u32, Fault)]) -> Option<Fault> {
        let storm = self.storm;
        let has_budget = self.attempt().is_some_and(|attempt| attempt.budget > 0);
        if !has_budget || !self.random.chance(storm) {
            return None;
        }
        let fault = self.random.weighted(from)?;
        if let Some(attempt) = self.attempt() {
            attempt.budget -= 1;
        }
        self.wrong(fault);
        Some(fault)
    }

    /// An error of the database's own making, which excuses nothing: what is wrong with a command
    /// alone is known, and batch-mates must not notice.
    pub fn fail_by_itself(&mut self, error: Error) -> Error {
        self.history.note(Note::Failed(error.clone()));
        if let Some(attempt) = self.attempt() {
            attempt.fail(&error);
        }
        error
    }

    /// An error made on purpose, on its way to the door.
    pub fn fail(&mut self, error: Error) -> Error {
        let excuse = match &error {
            Error::Unavailable(_) | Error::Locked(_) | Error::Other(_) => {
                Some(Excuse::DatabaseAway)
            }
            Error::Race(_) | Error::Data(_) => Some(Excuse::Spoilt),
            Error::Fault(_) => Some(Excuse::Faulty),
            Error::Lost(_) | Error::Landed => None,
        };
        if let Some(attempt) = self.attempt() {
            attempt.excuses.extend(excuse);
        }
        self.fail_by_itself(error)
    }

    /// What was decided is now true, or was nothing: the model hears of it, and the rows are compared.
    pub fn settled(&mut self, batch: BatchId, is_commit: bool) {
        let Some(attempt) = self.attempts.last_mut() else { return };
        let ended = attempt.settle(batch);
        let (Ok(range), Some(now)) = (&ended, attempt.now) else {
            let ended = ended.and(Err("a batch ended before it was begun".to_owned()));
            return self.require(ended);
        };
        let commands = attempt.requests[range.clone()].iter().map(|request| &request.command);
        let ends = self.model.commit(commands, now);
        self.inspector.commits += i64::from(is_commit);
        attempt.know(range.clone(), ends, is_commit.then_some(self.inspector.commits));
        self.history.note(Note::Settled { batch, is_commit, now, parts: range.clone() });
        self.tally.checks += 1;
        let held = match (self.model.touched.is_empty(), is_commit) {
            (true, true) => Err("a batch that changes nothing was written".to_owned()),
            (false, false) => Err("a batch that changes something was not written".to_owned()),
            _ => self.inspector.check_commit(self.database.connection(), &mut self.model),
        };
        self.require(held);
    }

    /// Another version has kept an answer in a form of its own: whoever asks for it again cannot have
    /// it, and nobody else notices.
    pub fn keep_unreadably(&mut self) {
        let random = &mut self.random;
        let spoilt = self.model.keep_unreadably(|count| random.below(count));
        let Some((caller, key)) = spoilt else { return };
        self.wrong(Fault::LaterVersion);
        let kept = keys::keep_unreadably(self.database.connection(), caller, &key);
        self.require(match kept {
            Ok(1) => Ok(()),
            kept => Err(format!("{kept:?} traces of {key:?} are kept")),
        });
    }

    /// Where the shop's events stand, for those who follow them.
    pub fn position(&self) -> i64 {
        self.model.events.len() as i64
    }

    /// Everything that can be checked at any time.
    pub fn check_all(&mut self) {
        self.tally.checks += 1;
        let held = self.inspector.check_all(self.database.connection(), &self.model);
        self.require(held);
    }
}
