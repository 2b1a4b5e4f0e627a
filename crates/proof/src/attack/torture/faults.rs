//! What is done to a shop, one kind per run of cycles. One table says what each fault is called,
//! which blow it strikes, and at what kind of place.

use super::{clock, disks, memory, proxy::Weather, snares::Moment, stand::Needs};
use crate::stage::{engines::Engine, random::Random};

/// What is done; `strikes` does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blow {
    Kill,
    Freeze,
    /// At a point that `FAILPOINT` names.
    KillAt(&'static str),
    FreezeAt(&'static str),
    /// At one of the moments that others than the shop see.
    KillWhen(&'static [Moment]),
    /// When orders are committed, and those who follow the events have not come to them.
    KillWhenOrdered,
    /// Whatever a fulfilment service says by itself.
    LetServe,
    TroubleMail,
    /// The wall clock of the shop's processes.
    SetClock,
    /// To whichever network has a proxy.
    Weather(Weather),
    FillDisk,
    TakeMemory,
    CutPower,
    RestartInTurn,
    KillDatabase,
    StopDatabase,
    FreezeDatabase,
    EndSessions,
}

/// What the shop stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Alone,
    /// Two nodes on one Postgres.
    TwoNodes,
    /// A proxy between the clients and the shop.
    BadNetwork,
    SmallDisk,
    /// A disk that forgets what was not synced.
    LosesPower,
    /// A Postgres that is struck itself.
    OnPostgres,
    /// A proxy between the shop and Postgres.
    BadNetworkToPostgres,
    /// Orders are posted to a fulfilment service.
    Served,
    /// No letter may be missing in the end.
    Mailed,
    /// A clock that is not this machine's.
    Clocked,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// For the command line.
    pub name: &'static str,
    /// For the page.
    pub what: &'static str,
    pub blow: Blow,
    place: Place,
}

const fn fault(name: &'static str, what: &'static str, blow: Blow, place: Place) -> Fault {
    Fault { name, what, blow, place }
}

use Blow::{
    CutPower, EndSessions, FillDisk, Freeze, FreezeAt, FreezeDatabase, Kill, KillAt, KillDatabase,
    KillWhen, KillWhenOrdered, LetServe, RestartInTurn, SetClock, StopDatabase, TakeMemory,
    TroubleMail, Weather as Network,
};
use Moment::{Answered, LetterRead, LetterTaken, Posted};
use Place::{
    Alone, BadNetwork, BadNetworkToPostgres, Clocked, LosesPower, Mailed, OnPostgres, Served,
    SmallDisk, TwoNodes,
};
use Weather::{CutsAnswers, CutsCommits, CutsRequests, Delays, Silent};

pub static FAULTS: [Fault; 36] = [
    fault("killed", "kill -9 of the server at random", Kill, Alone),
    fault("frozen", "SIGSTOP of the server at random", Freeze, Alone),
    fault("killed-queued", "kill -9 when queued", KillAt("queued"), Alone),
    fault("killed-decided", "kill -9 when decided", KillAt("decided"), Alone),
    fault("killed-flushed", "kill -9 when flushed", KillAt("flushed"), Alone),
    fault("killed-committed", "kill -9 when committed", KillAt("committed"), Alone),
    fault("killed-answered", "kill -9 when answered", KillAt("answered"), Alone),
    fault("frozen-queued", "SIGSTOP when queued", FreezeAt("queued"), Alone),
    fault("frozen-decided", "SIGSTOP when decided", FreezeAt("decided"), Alone),
    fault("frozen-flushed", "SIGSTOP when flushed", FreezeAt("flushed"), Alone),
    fault("frozen-committed", "SIGSTOP when committed", FreezeAt("committed"), Alone),
    fault("frozen-answered", "SIGSTOP when answered", FreezeAt("answered"), Alone),
    fault("requests-cut", "connections cut within the request", Network(CutsRequests), BadNetwork),
    fault("answers-cut", "connections cut before the answer", Network(CutsAnswers), BadNetwork),
    fault("delays", "a slow network", Network(Delays), BadNetwork),
    fault("half-open", "half-open connections", Network(Silent), BadNetwork),
    fault("disk-full", "a full disk", FillDisk, SmallDisk),
    fault("memory-short", "no more memory", TakeMemory, Alone),
    fault("power-lost", "loss of power", CutPower, LosesPower),
    fault("one-of-two-killed", "kill -9 of one node of two", Kill, TwoNodes),
    fault("one-of-two-frozen", "SIGSTOP of one node of two", Freeze, TwoNodes),
    fault("rolling-restart", "rolling restart of two nodes", RestartInTurn, TwoNodes),
    fault("database-killed", "kill -9 of Postgres", KillDatabase, OnPostgres),
    fault("database-stopped", "immediate stop of Postgres", StopDatabase, OnPostgres),
    fault("database-frozen", "SIGSTOP of Postgres", FreezeDatabase, OnPostgres),
    fault("database-sessions-ended", "Postgres ends all sessions", EndSessions, OnPostgres),
    fault(
        "database-requests-cut",
        "Postgres cut off within a request",
        Network(CutsRequests),
        BadNetworkToPostgres,
    ),
    fault(
        "database-answers-cut",
        "Postgres cut off before its answer",
        Network(CutsAnswers),
        BadNetworkToPostgres,
    ),
    fault(
        "database-commits-cut",
        "Postgres cut off before it tells of a commit",
        Network(CutsCommits),
        BadNetworkToPostgres,
    ),
    fault(
        "database-half-open",
        "half-open connections to Postgres",
        Network(Silent),
        BadNetworkToPostgres,
    ),
    fault(
        "service-erratic",
        "a fulfilment service that fails, hangs, breaks off, refuses and answers late",
        LetServe,
        Served,
    ),
    fault(
        "killed-posted",
        "kill -9 when the fulfilment service has an order, and when it has answered",
        KillWhen(&[Posted, Answered]),
        Served,
    ),
    fault(
        "mail-erratic",
        "a mail server that hangs, breaks off, and refuses for now or for good",
        TroubleMail,
        Mailed,
    ),
    fault(
        "killed-mailed",
        "kill -9 when the mail server has a letter, and when it has said so",
        KillWhen(&[LetterRead, LetterTaken]),
        Mailed,
    ),
    fault(
        "killed-counting",
        "kill -9 when orders are committed, and before they are counted or mailed",
        KillWhenOrdered,
        Mailed,
    ),
    fault("clock-set", "the clock set forward and back, by minutes and hours", SetClock, Clocked),
];

impl Fault {
    pub fn named(name: &str) -> Option<&'static Fault> {
        FAULTS.iter().find(|fault| fault.name == name)
    }

    /// Why this machine cannot have it, if it cannot.
    pub fn missing(&self, engine: Engine) -> Option<&'static str> {
        let memory = if self.blow == TakeMemory { memory::missing() } else { None };
        let clock = if self.place == Clocked { clock::missing() } else { None };
        memory.or(clock).or_else(|| disks::missing(self.needs(engine).disk))
    }

    pub fn strikes(&self, engine: Engine) -> bool {
        let is_for_both = !matches!(self.place, TwoNodes | OnPostgres | BadNetworkToPostgres);
        engine == Engine::Postgres || is_for_both
    }

    pub fn needs(&self, engine: Engine) -> Needs {
        let disk = match (self.place, engine) {
            (SmallDisk, Engine::Sqlite) => disks::Kind::Small(160),
            (SmallDisk, Engine::Postgres) => disks::Kind::Small(256),
            (LosesPower, Engine::Sqlite) => disks::Kind::Image(128),
            (LosesPower, Engine::Postgres) => disks::Kind::Image(384),
            _ => disks::Kind::Plain,
        };
        Needs {
            disk,
            nodes: if self.place == TwoNodes { 2 } else { 1 },
            proxy: self.place == BadNetwork,
            database_proxy: self.place == BadNetworkToPostgres,
            service: self.place == Served,
            clock: self.place == Clocked,
        }
    }

    /// Whether no letter may be missing when a node had the time that a dead one's lease takes.
    pub fn expects_letters(&self) -> bool {
        self.place == Mailed
    }

    /// Whether a request may still be on its way when its sender has asked again: those that the dead
    /// had taken are dead.
    pub fn leaves_requests_behind(&self) -> bool {
        let kills =
            matches!(self.blow, Kill | KillAt(_) | KillWhen(_) | KillWhenOrdered | CutPower);
        let kills_all = kills && self.place != TwoNodes;
        !kills_all
    }

    /// Where a node is told to die or to stop.
    pub fn failpoint(&self, random: &mut Random) -> Option<String> {
        let (point, signal) = match self.blow {
            KillAt(point) => (point, "kill"),
            FreezeAt(point) => (point, "stop"),
            _ => return None,
        };
        // A batch holds several commands: its points come less often.
        let most = if matches!(point, "queued" | "answered") { 150 } else { 40 };
        Some(format!("{point}:{signal}:{}", random.between(3, most)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_faults_have_one_name_and_each_strikes_postgres() {
        let names: BTreeSet<&str> = FAULTS.iter().map(|fault| fault.name).collect();
        let said: BTreeSet<&str> = FAULTS.iter().map(|fault| fault.what).collect();
        assert_eq!((names.len(), said.len()), (FAULTS.len(), FAULTS.len()));
        for fault in &FAULTS {
            assert!(fault.strikes(Engine::Postgres), "{}", fault.name);
            assert_eq!(Fault::named(fault.name), Some(fault));
        }
    }
}
