//! The security log: who failed to come in, who is new, whose rights have changed. A line for each, at
//! info, under a name of its own, so that `log_level` can keep it where the rest is silent. It names
//! accounts by their ids, and holds nothing that was typed: some type their password as their name.

/// Writes a line: `security!(account = %id, "a login failed")`.
macro_rules! security {
    ($($line:tt)+) => {
        tracing::info!(target: "security", $($line)+)
    };
}
pub(crate) use security;

/// Who has done it, where nobody has logged in for it.
pub const COMMAND_LINE: &str = "command line";
