//! Slows the writer down, and nothing else of the shop: batches stay small by a setting, and each is
//! held up at a failpoint, when it is decided and before it is written.

/// For `sutler-failpoints`. Rows: six orders of one line.
pub const SETTINGS: [(&str, &str); 2] =
    [("SUTLER_BATCH_LIMIT", "36"), ("FAILPOINT", "decided:delay:15")];
pub const IN_WORDS: &str = "batches of 6 orders, each held up for 15 ms";
