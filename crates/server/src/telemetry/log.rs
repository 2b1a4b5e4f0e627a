//! The log of a process. Each line that a request causes carries its correlation id.
//!
//! The id travels beside the future that handles the request, not in a span: a span is paid for by
//! every request, this only by those that log something.

use crate::settings::LogFormat;
use std::{
    fmt,
    future::Future,
    io::{self, IsTerminal},
};
use tracing::{Event, Subscriber};
use tracing_subscriber::{
    EnvFilter,
    field::RecordFields,
    fmt::{
        FmtContext,
        format::{FormatEvent, FormatFields, Writer},
    },
    registry::LookupSpan,
    util::{SubscriberInitExt, TryInitError},
};
use uuid::Uuid;

tokio::task_local! {
    static CORRELATION_ID: Uuid;
}

/// Runs a future so that the lines it logs carry this correlation id.
pub fn correlated<F: Future>(id: Uuid, future: F) -> impl Future<Output = F::Output> {
    CORRELATION_ID.scope(id, future)
}

/// The correlation id that the lines carry which are logged here.
pub fn correlation_id() -> Option<Uuid> {
    CORRELATION_ID.try_get().ok()
}

/// What is logged at a level, or at several of different parts. What was migrated is told once, by us, and
/// statements with their parameters not at all, nor what is agreed on in a handshake of TLS.
pub fn directives(level: &str) -> String {
    format!("refinery_core=warn,rustls=info,tokio_postgres=warn,{level}")
}

/// Starts the log of this process, on standard error: standard output is for results.
pub fn start_log(format: LogFormat, level: &str) -> Result<(), TryInitError> {
    let level = directives(level);
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let terminal = io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // To say so, it would panic in whatever thread logs: a full disk must not end the writer.
    let builder = builder.log_internal_errors(false);
    let human = match format {
        LogFormat::Human => true,
        LogFormat::Json => false,
        LogFormat::Auto => terminal,
    };
    if human {
        let builder = builder.with_ansi(terminal);
        builder.map_fmt_fields(Human).finish().try_init()
    } else {
        let builder = builder.json().flatten_event(true);
        builder.map_event_format(Json).finish().try_init()
    }
}

/// Adds the correlation id to the fields of a line for people.
struct Human<F>(F);

impl<'writer, F> FormatFields<'writer> for Human<F>
where
    F: for<'any> FormatFields<'any>,
{
    fn format_fields<R: RecordFields>(&self, mut out: Writer<'writer>, fields: R) -> fmt::Result {
        self.0.format_fields(out.by_ref(), fields)?;
        match correlation_id() {
            Some(id) => write!(out, " correlation_id={id}"),
            None => Ok(()),
        }
    }
}

/// Adds the correlation id to a line in JSON.
struct Json<F>(F);

impl<S, N, F> FormatEvent<S, N> for Json<F>
where
    S: Subscriber + for<'any> LookupSpan<'any>,
    N: for<'any> FormatFields<'any> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut out: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(id) = correlation_id() else {
            return self.0.format_event(context, out, event);
        };
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        match line.strip_prefix('{') {
            Some(rest) => write!(out, "{{\"correlation_id\":\"{id}\",{rest}"),
            None => out.write_str(&line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    async fn speak() {
        let id = Uuid::from_u128(7);
        correlated(id, async { tracing::info!(stock = 3, "inside") }).await;
        tracing::info!("outside");
    }

    #[tokio::test]
    async fn lines_inside_a_request_carry_its_id_in_json() {
        let lines = Lines::default();
        let writer = lines.clone();
        let builder = tracing_subscriber::fmt().with_writer(move || writer.clone());
        let log = builder.json().flatten_event(true).map_event_format(Json).finish();
        let guard = tracing::subscriber::set_default(log);
        speak().await;
        drop(guard);
        let text = lines.text();
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["correlation_id"], "00000000-0000-0000-0000-000000000007");
        assert_eq!(lines[0]["message"], "inside");
        assert_eq!(lines[0]["stock"], 3);
        assert_eq!(lines[1].get("correlation_id"), None);
    }

    #[tokio::test]
    async fn lines_inside_a_request_carry_its_id_for_people() {
        let lines = Lines::default();
        let writer = lines.clone();
        let builder = tracing_subscriber::fmt().with_writer(move || writer.clone());
        let log = builder.with_ansi(false).map_fmt_fields(Human).finish();
        let guard = tracing::subscriber::set_default(log);
        speak().await;
        drop(guard);
        let text = lines.text();
        let (inside, outside) = text.split_once('\n').unwrap();
        assert!(
            inside.ends_with("inside stock=3 correlation_id=00000000-0000-0000-0000-000000000007")
        );
        assert!(outside.trim_end().ends_with("outside"));
    }
}
