//! Traces: what is kept of keyed commands, found by caller and key.

use crate::table;
use domain::Trace;

table! {
    Trace in "traces" unlocked
    by { caller(caller_kind, caller_id), key(idempotency_key) }
    kept { fingerprint, kept, at }
}
