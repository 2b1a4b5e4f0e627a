//! Many orders of another system at once, one a line, each taken or refused by itself: whoever is cut off sends
//! the same again, and what was taken is taken once.

use super::{handed::NewHanded, intake};
use crate::{
    app::App,
    http::{
        Method, State,
        answers::Answer,
        bodies::read_fields,
        codes,
        correlation::CorrelationId,
        fields::Given,
        json::{GOES_ON, Json, JsonError},
        problems::Problem,
        queries::NoQuery,
        rights::Channel,
        routes::Route,
        shapes::{Named, Shape, View, one_of, view},
        sheets::{Long, SheetBody},
    },
    patience::until_taken,
};
use domain::{Done, HandOver, OrderId, Reference, Scope};
use futures_util::{StreamExt, stream};
use serde_json::Value;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek},
    sync::Arc,
    time::Duration,
};
use store::Rejection;
use tokio::{task::spawn_blocking, time::Instant};
use uuid::Uuid;

const LINES_MOST: usize = 10_000;
/// So many are on their way at once: they share commits, and leave room to others.
const IN_FLIGHT: usize = 64;
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "/api/orders/bulk", "hand_over_orders", hand_over_all)
            .about("Hands over up to 10,000 orders, one a line, each taken or refused by itself. The same again takes none twice.")
            .linked("order_bulk")
            .scoped(Scope::Intake)
            .refuses(&[codes::ORDER_ID_TAKEN])
            .sends::<HandOver>(),
    ]
}

/// Orders, one a line.
struct Lines;

impl Long for Lines {
    const KIND: &'static str = "application/x-ndjson";
    const EXAMPLE: &'static str = concat!(
        r#"{"order_id": "ORD002", "user_id": "USER001", "item_ids": [1], "total_amount": 9.99}"#,
        "\n",
        r#"{"order_id": "ORD003", "user_id": "USER002", "item_ids": [2, 3], "total_amount": "20.00"}"#,
        "\n",
    );

    fn words() -> String {
        format!(
            "Up to {LINES_MOST} lines, each of them a HandedOrder as POST /api/orders takes it."
        )
    }
}

/// How a line has ended.
struct Ended;

impl Ended {
    const NAMES: [&'static str; 3] = ["done", "refused", "unknown"];
}

impl Shape for Ended {
    fn shape(_: &mut Named) -> Value {
        one_of(Ended::NAMES)
    }
}

view! {
    pub struct ResultView = "HandedOrderResult" {
        line: i64,
        status: &'static str as Ended,
        order_id: Option<String>,
        /// Of the order, if it was taken now or before.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Uuid>,
        /// Why it was not taken, as POST /api/orders would say it.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    }
}

/// One a line, in the order of the lines: the document shows what each of them is.
pub struct ResultsView;

impl Shape for ResultsView {
    fn shape(named: &mut Named) -> Value {
        ResultView::shape(named)
    }
}

impl View for ResultsView {
    const NAME: &'static str = ResultView::NAME;
    const KIND: &'static str = "application/x-ndjson";
}

impl ResultView {
    fn refused(line: i64, order_id: Option<&Reference>, problem: &Problem) -> ResultView {
        let [_, refused, unknown] = Ended::NAMES;
        let is_unknown = problem.code() == codes::OUTCOME_UNKNOWN;
        ResultView {
            line,
            status: if is_unknown { unknown } else { refused },
            order_id: order_id.map(|id| id.as_str().to_owned()),
            id: None,
            code: Some(problem.code().name),
            detail: Some(in_one_line(problem)),
        }
    }
}

fn in_one_line(problem: &Problem) -> String {
    let errors = problem.field_errors().iter();
    let errors = errors.map(|error| match error.field.as_str() {
        "" => error.message.clone(),
        field => format!("{field}: {}", error.message),
    });
    let errors: Vec<_> = errors.collect();
    match errors.is_empty() {
        true => problem.detail().to_owned(),
        false => errors.join("; "),
    }
}

/// Why a line is no order. What is not even JSON is told by its place in the line.
fn malformed(line: &[u8], problem: Problem) -> Problem {
    let Err(JsonError { what, column, .. }) = Json::parse(line) else { return problem };
    let hint = match what {
        GOES_ON => ": each order is a line (curl keeps their ends with --data-binary)",
        _ => "",
    };
    Problem::malformed_json(format!("the line {what} at column {column}{hint}"))
}

async fn hand_over_all(
    State(app): State<Arc<App>>,
    channel: Channel,
    CorrelationId(correlation): CorrelationId,
    _: NoQuery,
    lines: SheetBody<Lines>,
) -> Result<Answer<ResultsView>, Problem> {
    let arrived = lines.taken(&app, channel.actor().caller).await?;
    let (file, longest) = (arrived.file.clone(), app.settings.body_limit);
    let lines = spawn_blocking(move || read_lines(&file, longest)).await;
    let lines = lines.map_err(|_| Problem::internal())?.map_err(|error| {
        tracing::error!(%error, "what has arrived cannot be read again");
        Problem::internal()
    })?;
    if lines.len() > LINES_MOST {
        let detail = format!("a request has at most {LINES_MOST} orders; send them in parts");
        return Err(Problem::new(codes::BODY_TOO_LARGE, detail));
    }
    let correlation = domain::CorrelationId(correlation);
    let until = Instant::now() + app.settings.answer_deadline;
    let handed = stream::iter(lines)
        .map(|(number, line)| handed_over(&app, &channel, correlation, number, line, until))
        .buffered(IN_FLIGHT);
    let handed: Vec<(ResultView, Option<i64>)> = handed.collect().await;
    let commit = handed.iter().filter_map(|(_, commit)| *commit).max();
    let mut lines = String::new();
    for (result, _) in &handed {
        lines += &serde_json::to_string(result).map_err(|_| Problem::internal())?;
        lines.push('\n');
    }
    Ok(Answer::text(lines).of_commit(&app, commit).await)
}

/// A line, or that it is too long to be an order.
type Line = Result<Vec<u8>, ()>;

/// All that are not empty, with their numbers; one more than may be at most.
fn read_lines(mut file: &File, longest: usize) -> io::Result<Vec<(i64, Line)>> {
    file.rewind()?;
    let (mut reader, mut lines) = (BufReader::new(file), Vec::new());
    for number in 1.. {
        let mut line = Vec::new();
        let most = longest as u64 + 1;
        if reader.by_ref().take(most).read_until(b'\n', &mut line)? == 0 || lines.len() > LINES_MOST
        {
            break;
        }
        let is_whole = line.ends_with(b"\n") || line.len() <= longest;
        if !is_whole {
            reader.skip_until(b'\n')?;
            lines.push((number, Err(())));
        } else if !line.trim_ascii().is_empty() {
            lines.push((number, Ok(line)));
        }
    }
    Ok(lines)
}

/// What a line that is refused calls its order, so that whoever has sent it finds it again.
fn name_of(line: &[u8]) -> Option<Reference> {
    let line: Value = serde_json::from_slice(line).ok()?;
    match &line["order_id"] {
        Value::String(name) => Reference::new(name).ok(),
        Value::Number(number) => Reference::new(&number.to_string()).ok(),
        _ => None,
    }
}

/// What becomes of a line, and in which commit.
async fn handed_over(
    app: &App,
    channel: &Channel,
    correlation: domain::CorrelationId,
    number: i64,
    line: Line,
    until: Instant,
) -> (ResultView, Option<i64>) {
    let read = line.map_err(|()| {
        let most = app.settings.body_limit;
        (None, Problem::new(codes::BODY_TOO_LARGE, format!("an order has at most {most} bytes")))
    });
    let read = read.and_then(|line| {
        let read = read_fields::<NewHanded>(&line, Given::of(app.currency));
        read.map_err(|problem| (name_of(&line), malformed(&line, problem)))
    });
    let new = match read {
        Ok(new) => new,
        Err((named, problem)) => {
            return (ResultView::refused(number, named.as_ref(), &problem), None);
        }
    };
    let order_id = new.order_id.clone();
    let (key, hand_over) = intake::handing(app, channel, new);
    let send = || app.send(channel.actor(), correlation, Some(key.clone()), hand_over.clone());
    let may_pass = |rejection: &Rejection<_>| {
        use Rejection::{Busy, Late, Unavailable, Unknown};
        // What was tried is tried again under its key.
        matches!(rejection, Busy | Late | Unavailable(_) | Unknown)
    };
    match until_taken(until, LONGEST_PAUSE, may_pass, send).await {
        Ok(answered) => {
            let id: OrderId = match answered.done {
                Done::Now(order) => order.id,
                Done::Before(id) => id,
            };
            let [done, ..] = Ended::NAMES;
            let (order_id, id) = (Some(order_id.as_str().to_owned()), Some(id.0));
            let (status, code, detail) = (done, None, None);
            (ResultView { line: number, status, order_id, id, code, detail }, answered.commit)
        }
        Err(rejection) => {
            let problem = intake::refused(&order_id, rejection);
            (ResultView::refused(number, Some(&order_id), &problem), None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_line_is_told_as_one() {
        let told = |line: &str| malformed(line.as_bytes(), Problem::internal()).detail().to_owned();
        assert_eq!(told("order"), "the line has no value at column 1");
        let joined = "the line goes on behind its end at column 4: each order is a line (curl keeps their ends with --data-binary)";
        assert_eq!(told("{} {}"), joined);
        assert_eq!(told("[]"), Problem::internal().detail(), "what is JSON has another fault");
    }

    #[test]
    fn lines_are_told_by_their_numbers_and_empty_ones_are_passed_over() {
        let mut file = crate::sheets::spools::anonymous().unwrap();
        file.write_all(b"one\n\n  \r\nfour\nmuch too long\nsix\nseven").unwrap();
        let lines = read_lines(&file, 7).unwrap();
        let ok = |number, line: &str| (number, Ok(line.as_bytes().to_vec()));
        let expected =
            [ok(1, "one\n"), ok(4, "four\n"), (5, Err(())), ok(6, "six\n"), ok(7, "seven")];
        assert_eq!(lines, expected);
        let mut many = crate::sheets::spools::anonymous().unwrap();
        many.write_all("x\n".repeat(LINES_MOST + 5).as_bytes()).unwrap();
        assert_eq!(read_lines(&many, 7).unwrap().len(), LINES_MOST + 1);
    }
}
