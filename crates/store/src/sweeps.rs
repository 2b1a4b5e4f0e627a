//! Sweeps: what has outlived its use is deleted by its time.

use crate::{bulk::Bulk, statements, stored::Logged, tx::Write, value::Rows};
use domain::{Micros, facts::Log, sweeps::Prune};

statements! {
    BATCHES = Bulk::prune("prune_batches", "batches", &["at"]);
    TRACES = Bulk::prune("prune_traces", "traces", &["at"]);
    SESSIONS = Bulk::prune("prune_sessions", "sessions", &["expires_at"]);
    CONSUMERS = Bulk::prune("prune_consumers", "consumers", &["seen_at"]);
    LINKS = Bulk::prune("prune_links", "links", &["expires_at"]);
    TRAIL = Bulk::prune("prune_trail", "trail", &["at"]);
}

impl Logged for Prune {
    const BULKS: &'static [&'static Bulk] = STATEMENTS;

    fn writes<'f>(log: &'f Log<Self>, writes: &mut Vec<Write<'f>>) {
        let mut prune = |bulk, before: fn(&Prune) -> Micros| {
            let rows = Rows::of(log.0.iter().map(|prune| [before(prune).0.into()]));
            writes.push(Write { bulk, rows });
        };
        prune(&BATCHES, |prune| prune.batches_before);
        prune(&TRACES, |prune| prune.traces_before);
        prune(&SESSIONS, |prune| prune.sessions_before);
        prune(&CONSUMERS, |prune| prune.consumers_before);
        prune(&LINKS, |prune| prune.links_before);
        prune(&TRAIL, |prune| prune.trail_before);
    }
}
