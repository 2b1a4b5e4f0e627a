//! What is done to a shop, one kind per run of cycles: names, and what each needs of the place.

use super::{disks, memory, stand::Needs};
use crate::stage::{engines::Engine, random::Random};

/// As `FAILPOINT` calls them.
const POINTS: [&str; 5] = ["queued", "decided", "flushed", "committed", "answered"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    Killed,
    Frozen,
    KilledAt(&'static str),
    FrozenAt(&'static str),
    RequestsCut,
    AnswersCut,
    Delays,
    HalfOpen,
    DiskFull,
    MemoryShort,
    PowerLost,
    OneOfTwoKilled,
    OneOfTwoFrozen,
    RollingRestart,
    DatabaseKilled,
    DatabaseStopped,
    DatabaseFrozen,
    DatabaseSessionsEnded,
    DatabaseRequestsCut,
    DatabaseAnswersCut,
    DatabaseHalfOpen,
}

impl Fault {
    pub fn all() -> Vec<Fault> {
        let mut all = vec![Fault::Killed, Fault::Frozen];
        all.extend(POINTS.map(Fault::KilledAt));
        all.extend(POINTS.map(Fault::FrozenAt));
        all.extend([
            Fault::RequestsCut,
            Fault::AnswersCut,
            Fault::Delays,
            Fault::HalfOpen,
            Fault::DiskFull,
            Fault::MemoryShort,
            Fault::PowerLost,
            Fault::OneOfTwoKilled,
            Fault::OneOfTwoFrozen,
            Fault::RollingRestart,
            Fault::DatabaseKilled,
            Fault::DatabaseStopped,
            Fault::DatabaseFrozen,
            Fault::DatabaseSessionsEnded,
            Fault::DatabaseRequestsCut,
            Fault::DatabaseAnswersCut,
            Fault::DatabaseHalfOpen,
        ]);
        all
    }

    /// For the command line.
    pub fn name(self) -> String {
        match self {
            Fault::Killed => "killed".into(),
            Fault::Frozen => "frozen".into(),
            Fault::KilledAt(point) => format!("killed-{point}"),
            Fault::FrozenAt(point) => format!("frozen-{point}"),
            Fault::RequestsCut => "requests-cut".into(),
            Fault::AnswersCut => "answers-cut".into(),
            Fault::Delays => "delays".into(),
            Fault::HalfOpen => "half-open".into(),
            Fault::DiskFull => "disk-full".into(),
            Fault::MemoryShort => "memory-short".into(),
            Fault::PowerLost => "power-lost".into(),
            Fault::OneOfTwoKilled => "one-of-two-killed".into(),
            Fault::OneOfTwoFrozen => "one-of-two-frozen".into(),
            Fault::RollingRestart => "rolling-restart".into(),
            Fault::DatabaseKilled => "database-killed".into(),
            Fault::DatabaseStopped => "database-stopped".into(),
            Fault::DatabaseFrozen => "database-frozen".into(),
            Fault::DatabaseSessionsEnded => "database-sessions-ended".into(),
            Fault::DatabaseRequestsCut => "database-requests-cut".into(),
            Fault::DatabaseAnswersCut => "database-answers-cut".into(),
            Fault::DatabaseHalfOpen => "database-half-open".into(),
        }
    }

    /// For the page.
    pub fn what(self) -> String {
        match self {
            Fault::Killed => "kill -9 of the server at random".into(),
            Fault::Frozen => "SIGSTOP of the server at random".into(),
            Fault::KilledAt(point) => format!("kill -9 when {point}"),
            Fault::FrozenAt(point) => format!("SIGSTOP when {point}"),
            Fault::RequestsCut => "connections cut within the request".into(),
            Fault::AnswersCut => "connections cut before the answer".into(),
            Fault::Delays => "a slow network".into(),
            Fault::HalfOpen => "half-open connections".into(),
            Fault::DiskFull => "a full disk".into(),
            Fault::MemoryShort => "no more memory".into(),
            Fault::PowerLost => "loss of power".into(),
            Fault::OneOfTwoKilled => "kill -9 of one node of two".into(),
            Fault::OneOfTwoFrozen => "SIGSTOP of one node of two".into(),
            Fault::RollingRestart => "rolling restart of two nodes".into(),
            Fault::DatabaseKilled => "kill -9 of Postgres".into(),
            Fault::DatabaseStopped => "immediate stop of Postgres".into(),
            Fault::DatabaseFrozen => "SIGSTOP of Postgres".into(),
            Fault::DatabaseSessionsEnded => "Postgres ends all sessions".into(),
            Fault::DatabaseRequestsCut => "Postgres cut off within a request".into(),
            Fault::DatabaseAnswersCut => "Postgres cut off before its answer".into(),
            Fault::DatabaseHalfOpen => "half-open connections to Postgres".into(),
        }
    }

    /// Why this machine cannot have it, if it cannot.
    pub fn missing(self, engine: Engine) -> Option<&'static str> {
        let memory = if self == Fault::MemoryShort { memory::missing() } else { None };
        memory.or_else(|| disks::missing(self.needs(engine).disk))
    }

    pub fn strikes(self, engine: Engine) -> bool {
        let is_for_both = match self {
            Fault::Killed | Fault::Frozen | Fault::KilledAt(_) | Fault::FrozenAt(_) => true,
            Fault::RequestsCut | Fault::AnswersCut | Fault::Delays | Fault::HalfOpen => true,
            Fault::DiskFull | Fault::MemoryShort | Fault::PowerLost => true,
            Fault::OneOfTwoKilled | Fault::OneOfTwoFrozen | Fault::RollingRestart => false,
            Fault::DatabaseKilled | Fault::DatabaseStopped | Fault::DatabaseFrozen => false,
            Fault::DatabaseSessionsEnded | Fault::DatabaseHalfOpen => false,
            Fault::DatabaseRequestsCut | Fault::DatabaseAnswersCut => false,
        };
        engine == Engine::Postgres || is_for_both
    }

    pub fn needs(self, engine: Engine) -> Needs {
        let disk = match (self, engine) {
            (Fault::DiskFull, Engine::Sqlite) => disks::Kind::Small(160),
            (Fault::DiskFull, Engine::Postgres) => disks::Kind::Small(256),
            (Fault::PowerLost, Engine::Sqlite) => disks::Kind::Image(128),
            (Fault::PowerLost, Engine::Postgres) => disks::Kind::Image(384),
            _ => disks::Kind::Plain,
        };
        let nodes = match self {
            Fault::OneOfTwoKilled | Fault::OneOfTwoFrozen | Fault::RollingRestart => 2,
            _ => 1,
        };
        let proxy = matches!(
            self,
            Fault::RequestsCut | Fault::AnswersCut | Fault::Delays | Fault::HalfOpen
        );
        let database_proxy = matches!(
            self,
            Fault::DatabaseRequestsCut | Fault::DatabaseAnswersCut | Fault::DatabaseHalfOpen
        );
        Needs { disk, nodes, proxy, database_proxy }
    }

    /// Whether a request may still be on its way when its sender has asked again: those that the dead
    /// had taken are dead.
    pub fn leaves_requests_behind(self) -> bool {
        !matches!(self, Fault::Killed | Fault::KilledAt(_) | Fault::PowerLost)
    }

    /// Where a node is told to die or to stop.
    pub fn failpoint(self, random: &mut Random) -> Option<String> {
        let (point, signal) = match self {
            Fault::KilledAt(point) => (point, "kill"),
            Fault::FrozenAt(point) => (point, "stop"),
            _ => return None,
        };
        // A batch holds several commands: its points come less often.
        let most = if matches!(point, "queued" | "answered") { 150 } else { 40 };
        Some(format!("{point}:{signal}:{}", random.between(3, most)))
    }
}
