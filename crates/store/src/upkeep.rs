//! What the writer keeps for itself: counters, batch ids, and the traces of keyed commands.

use crate::{
    bulk::{Bulk, Shape},
    orders::caller,
    tx::{Error, Read, Write},
    value::Rows,
};
use domain::Fingerprint;
use domain::{Caller, Facts, IdempotencyKey, Micros, Trace, idempotency::Kept};
use std::collections::{BTreeMap, BTreeSet};

pub static FIND_COUNTERS: Bulk = Bulk {
    name: "find_counters",
    table: "counters",
    keys: &["name"],
    columns: &[],
    shape: Shape::Find { select: &["name", "last"], lock: true },
};

pub static SET_COUNTERS: Bulk = Bulk {
    name: "set_counters",
    table: "counters",
    keys: &["name"],
    columns: &["last"],
    shape: Shape::Set,
};

pub static FIND_TRACES: Bulk = Bulk {
    name: "find_traces",
    table: "traces",
    keys: &["caller_kind", "caller_id", "idempotency_key"],
    columns: &[],
    shape: Shape::Find {
        select: &["caller_kind", "caller_id", "idempotency_key", "fingerprint", "kept", "at"],
        lock: false,
    },
};

pub static INSERT_TRACES: Bulk = Bulk {
    name: "insert_traces",
    table: "traces",
    keys: &[],
    columns: &["caller_kind", "caller_id", "idempotency_key", "fingerprint", "kept", "at"],
    shape: Shape::Insert,
};

const fn prune(name: &'static str, table: &'static str, key: &'static [&'static str]) -> Bulk {
    Bulk { name, table, keys: key, columns: &[], shape: Shape::Prune }
}

pub static PRUNE_BATCHES: Bulk = prune("prune_batches", "batches", &["at"]);
pub static PRUNE_TRACES: Bulk = prune("prune_traces", "traces", &["at"]);
pub static PRUNE_SESSIONS: Bulk = prune("prune_sessions", "sessions", &["expires_at"]);

pub static BULKS: [&Bulk; 7] = [
    &FIND_COUNTERS,
    &SET_COUNTERS,
    &FIND_TRACES,
    &INSERT_TRACES,
    &PRUNE_BATCHES,
    &PRUNE_TRACES,
    &PRUNE_SESSIONS,
];

pub(crate) type Keys = BTreeSet<(Caller, IdempotencyKey)>;

pub(crate) fn key_rows(keys: &Keys) -> Rows<'_> {
    Rows::of(
        keys.iter().map(|(caller, key)| {
            [caller.kind.code().into(), caller.id.into(), key.as_str().into()]
        }),
    )
}

pub(crate) fn find_traces<'f>(
    keys: &'f Keys,
    into: &'f mut BTreeMap<(Caller, IdempotencyKey), Trace>,
) -> Read<'f> {
    Read {
        bulk: &FIND_TRACES,
        keys: key_rows(keys),
        each: Box::new(|row| {
            let kept: Kept = serde_json::from_str(&row.text(4)?)
                .map_err(|error| Error::Other(format!("a trace does not read back: {error}")))?;
            let trace = Trace {
                caller: caller(row, 0)?,
                key: IdempotencyKey::stored(&row.text(2)?),
                fingerprint: Fingerprint(row.uuid(3)?),
                kept,
                at: Micros(row.int(5)?),
            };
            into.insert((trace.caller, trace.key.clone()), trace);
            Ok(())
        }),
    }
}

pub(crate) fn insert_traces(traces: &[Trace]) -> Write<'_> {
    let mut sorted: Vec<&Trace> = traces.iter().collect();
    sorted.sort_by_key(|trace| (trace.caller, &trace.key));
    let rows = sorted.into_iter().map(|trace| {
        let kept = serde_json::to_string(&trace.kept).expect("an answer is made of plain values");
        [
            trace.caller.kind.code().into(),
            trace.caller.id.into(),
            trace.key.as_str().into(),
            trace.fingerprint.0.into(),
            kept.into(),
            trace.at.0.into(),
        ]
    });
    Write { bulk: &INSERT_TRACES, rows: Rows::of(rows) }
}

/// Ids that the shop counts itself are given out under their counter's lock.
pub(crate) fn find_counters<'f>(
    wanted: &[(&'static str, bool)],
    last_product: &'f mut i64,
    last_category: &'f mut i64,
) -> Read<'f> {
    let wanted = wanted.iter().filter(|(_, wanted)| *wanted);
    Read {
        bulk: &FIND_COUNTERS,
        keys: Rows::of(wanted.map(|(name, _)| [(*name).into()])),
        each: Box::new(|row| {
            match row.text(0)?.as_str() {
                "products" => *last_product = row.int(1)?,
                _ => *last_category = row.int(1)?,
            }
            Ok(())
        }),
    }
}

pub(crate) fn set_counters(facts: &Facts) -> Write<'static> {
    let changes = &facts.changes;
    let raised = [
        ("categories", facts.last_category, !changes.categories.is_empty()),
        ("products", facts.last_product, !changes.created_products.is_empty()),
    ];
    let raised = raised.into_iter().filter(|(_, _, raised)| *raised);
    Write {
        bulk: &SET_COUNTERS,
        rows: Rows::of(raised.map(|(name, last, _)| [name.into(), last.into()])),
    }
}

pub(crate) fn prunes(facts: &Facts) -> [Write<'static>; 3] {
    let prune = facts.changes.prune.as_ref();
    let before = |bulk, time: Option<Micros>| Write {
        bulk,
        rows: Rows::of(time.map(|time| [time.0.into()])),
    };
    [
        before(&PRUNE_BATCHES, prune.map(|prune| prune.batches_before)),
        before(&PRUNE_TRACES, prune.map(|prune| prune.traces_before)),
        before(&PRUNE_SESSIONS, prune.map(|prune| prune.sessions_before)),
    ]
}
