//! The words for how commands end and for what goes wrong. Commands and their refusals have the
//! domain's own words; what the door adds is told by a `match` without a wildcard, so that what it
//! learns to answer is named here and has to be seen.

use domain::{Action, Done, Kinds};
use model::Kept;
use store::{Rejection, Reply};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident { $($kind:ident => $text:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($kind,)+ }

        impl $name {
            pub const ALL: &[$name] = &[$($name::$kind,)+];

            pub fn name(self) -> &'static str {
                match self { $($name::$kind => $text,)+ }
            }
        }
    )+};
}

kinds! {
    /// How a command ends, but for what its own rule refuses.
    Ending {
        Done => "done",
        DoneBefore => "done before",
        Unreadable => "unreadable",
        ShutOut => "shut out",
        KeyReused => "key reused",
        Busy => "busy",
        Late => "late",
        Closing => "closing",
        Unavailable => "unavailable",
        Poisonous => "poisonous",
        Faulty => "faulty",
        Unknown => "unknown",
        Silence => "no answer",
    }

    /// What goes wrong, and how clients and nodes make it worse.
    Fault {
        ConnectRefused => "connecting: refused",
        ConnectLost => "connecting: lost",
        BeginRefused => "begin: unavailable",
        BeginLocked => "begin: locked",
        BeginRace => "begin: race",
        BeginLost => "begin: connection lost",
        RulePanic => "a rule panics",
        ReadRace => "second read: race",
        ReadRefused => "second read: unavailable",
        ReadLost => "second read: connection lost",
        CommitRefused => "commit: unavailable",
        CommitRace => "commit: race",
        CommitData => "commit: data refused",
        CommitFails => "commit: the database fails",
        LostBefore => "commit: lost, nothing landed",
        LostAfter => "commit: lost, it landed",
        LingeringLands => "commit: lost, lingers, lands",
        LingeringDies => "commit: lost, lingers, dies",
        RollbackLost => "rollback: connection lost",
        CrashConnecting => "crash: connecting",
        CrashBegun => "crash: begun",
        CrashBeforeCommit => "crash: before the commit",
        CrashAfterCommit => "crash: committed, not answered",
        CrashPausing => "crash: between two attempts",
        CrashAnswering => "crash: while answering",
        CrashIdle => "crash: with commands waiting",
        GaveUp => "node closes in doubt",
        AnswerLost => "answer lost on its way",
        SlowStore => "slow store",
        ClockForward => "clock jumps forward",
        ClockBack => "clock jumps back",
        Hours => "hours pass",
        Interleaved => "another node in between",
        Duplicated => "request sent twice",
        Reordered => "requests reordered",
        Retried => "unknown retried with its key",
        RetriedElsewhere => "unknown retried on another node",
        StaleRetry => "answered request sent again",
        OtherRequest => "key used for another request",
        BorrowedKey => "key of another caller",
        Poison => "poisonous command",
        LaterVersion => "kept answer of a later version",
    }
}

/// A command that was sent, and how it ended for its client: who heard nothing has no reply.
pub fn ended(action: &Action, reply: Option<&Reply>) -> &'static str {
    let ending = match reply {
        None => Ending::Silence,
        Some(Ok(answered)) => match &answered.done {
            Done::Now(_) => Ending::Done,
            Done::Before(text) => match Kept::read(action, text) {
                Kept::Unreadable => Ending::Unreadable,
                _ => Ending::DoneBefore,
            },
        },
        Some(Err(rejection)) => match rejection {
            Rejection::Refused(refusal) => return refusal.kind(),
            Rejection::ShutOut => Ending::ShutOut,
            Rejection::KeyReused => Ending::KeyReused,
            Rejection::Unreadable => Ending::Unreadable,
            Rejection::Busy => Ending::Busy,
            Rejection::Late => Ending::Late,
            Rejection::Closing => Ending::Closing,
            Rejection::Unavailable(_) => Ending::Unavailable,
            Rejection::Poisonous(_) => Ending::Poisonous,
            Rejection::Faulty(_) => Ending::Faulty,
            Rejection::Unknown => Ending::Unknown,
        },
    };
    ending.name()
}
