//! Sweeps: what has outlived its use is deleted by its time.

use crate::{bulk::Bulk, stored::Logged, tx::Write, value::Rows};
use domain::{Micros, facts::Log, sweeps::Prune};

static BATCHES: Bulk = Bulk::prune("prune_batches", "batches", &["at"]);
static TRACES: Bulk = Bulk::prune("prune_traces", "traces", &["at"]);
static SESSIONS: Bulk = Bulk::prune("prune_sessions", "sessions", &["expires_at"]);
static CONSUMERS: Bulk = Bulk::prune("prune_consumers", "consumers", &["seen_at"]);

impl Logged for Prune {
    const BULKS: &'static [&'static Bulk] = &[&BATCHES, &TRACES, &SESSIONS, &CONSUMERS];

    fn writes<'f>(log: &'f Log<Self>, writes: &mut Vec<Write<'f>>) {
        let mut prune = |bulk, before: fn(&Prune) -> Micros| {
            let rows = Rows::of(log.0.iter().map(|prune| [before(prune).0.into()]));
            writes.push(Write { bulk, rows });
        };
        prune(&BATCHES, |prune| prune.batches_before);
        prune(&TRACES, |prune| prune.traces_before);
        prune(&SESSIONS, |prune| prune.sessions_before);
        prune(&CONSUMERS, |prune| prune.consumers_before);
    }
}
