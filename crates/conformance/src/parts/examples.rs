//! The examples of the document: each request is sent to a demo as the document shows it, and its answer has to be
//! the one that stands there, but for what is another one each time (`forms.rs`). The answers are kept by
//! `conformance examples`.

mod forms;
mod steps;

use crate::{
    Stage,
    report::Report,
    shop::{Shop, said},
};
use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use steps::{Step, steps};

/// Where a demo is, if nobody says otherwise.
const USUAL: &str = "http://127.0.0.1:8000";
/// Orders stay where they are moved.
const STILL: [(&str, &str); 1] = [("SUTLER_PROCESSING", "manual")];

/// For what comes with a delay.
const PATIENCE: Duration = Duration::from_secs(30);

pub fn run(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    let shop = Shop::open_with(stage, &STILL)?;
    let mut visit = Visit::begin(&shop)?;
    for step in steps() {
        let is_first = !visit.answers.contains_key(step.operation);
        let answered = visit.take(&step);
        if is_first {
            let compared = answered.and_then(|()| visit.compare(step.operation));
            report.check(&format!("{} is answered as its example says", step.operation), compared);
        } else {
            answered.with_context(|| format!("{} once more", step.operation))?;
        }
    }
    report.check("every answer in JSON has an example", visit.is_complete());
    drop(visit);
    report.check("the shop is sound", shop.close());
    Ok(())
}

/// The answers as the document should have them.
pub fn answers(stage: &Stage) -> anyhow::Result<String> {
    let shop = Shop::open_with(stage, &STILL)?;
    let mut visit = Visit::begin(&shop)?;
    for step in steps() {
        visit.take(&step)?;
    }
    let answers = visit.answers;
    shop.close()?;
    Ok(serde_json::to_string_pretty(&answers)? + "\n")
}

/// A demo, and what is known of it so far.
struct Visit<'s> {
    shop: &'s Shop,
    document: Value,
    /// By the names that steps give them.
    known: BTreeMap<&'static str, String>,
    /// The first answer of each operation.
    answers: BTreeMap<&'static str, Value>,
    /// Those that were held against the document.
    compared: BTreeSet<&'static str>,
}

impl<'s> Visit<'s> {
    fn begin(shop: &'s Shop) -> anyhow::Result<Visit<'s>> {
        let document = serde_json::from_str(&shop.get("/api/openapi.json")?)?;
        let (known, answers, compared) = Default::default();
        Ok(Visit { shop, document, known, answers, compared })
    }

    fn take(&mut self, step: &Step) -> anyhow::Result<()> {
        let (method, path, operation) = self.operation(step.operation)?;
        let (kind, body) = self.body(operation, step)?;
        let path = self.filled(&path, step)?;
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--max-time", "60", "--request", &method]);
        curl.args(["--write-out", "\n%{http_code}"]);
        if let Some(header) = step.who {
            let secret = self.known.get(header.1).with_context(|| format!("no {}", header.1))?;
            curl.args(["--header", &format!("{}{secret}", header.0)]);
        }
        if let Some(body) = &body {
            curl.args(["--header", &format!("Content-Type: {kind}"), "--data-binary", body]);
        }
        curl.arg(format!("{}{path}", self.shop.url())).stdin(Stdio::null());
        let asked = format!("{method} {path}");
        let began = Instant::now();
        let (status, answer) = loop {
            let (status, answer) = self.said(&mut curl, &asked)?;
            let is_there = |(pointer, value): (&str, i64)| {
                answer.pointer(pointer).and_then(Value::as_i64) == Some(value)
            };
            if step.until.is_none_or(is_there) {
                break (status, answer);
            }
            ensure!(began.elapsed() < PATIENCE, "{asked}: it stays at {answer}");
            thread::sleep(Duration::from_millis(50));
        };
        for (name, pointer) in &step.keeps {
            let kept = answer.pointer(pointer).with_context(|| format!("{path}: no {pointer}"))?;
            let text = kept.as_str().map_or_else(|| kept.to_string(), str::to_owned);
            self.known.insert(name, text);
        }
        let told = json!({ "asked": forms::usual(&asked), "status": status, "answer": answer });
        self.answers.entry(step.operation).or_insert(told);
        Ok(())
    }

    fn said(&self, curl: &mut Command, asked: &str) -> anyhow::Result<(String, Value)> {
        let said = said(curl)?;
        let (answer, status) = said.rsplit_once('\n').context("curl says no status")?;
        ensure!(status.starts_with('2'), "{asked}: {status} {answer}");
        let answer = match answer {
            "" => Value::Null,
            text => serde_json::from_str(&text.replace(self.shop.url(), USUAL))?,
        };
        Ok((status.to_owned(), answer))
    }

    /// Its method and path, and itself.
    fn operation(&self, name: &str) -> anyhow::Result<(String, String, &Value)> {
        for (path, operations) in self.document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in operations.as_object().into_iter().flatten() {
                if operation["operationId"] == name {
                    return Ok((method.to_uppercase(), path.clone(), operation));
                }
            }
        }
        bail!("the document has no {name}")
    }

    /// As the document shows it, but for what no document can know.
    fn body(&self, operation: &Value, step: &Step) -> anyhow::Result<(String, Option<String>)> {
        let contents = operation["requestBody"]["content"].as_object();
        let Some((kind, content)) = contents.and_then(|contents| contents.iter().next()) else {
            return Ok((String::new(), None));
        };
        let mut body = content["examples"]["usual"]["value"].clone();
        for (member, value) in &step.with {
            body[*member] =
                self.known.get(value).map_or_else(|| json!(value), |known| json!(known));
        }
        let text = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
        Ok((kind.clone(), Some(text)))
    }

    fn filled(&self, path: &str, step: &Step) -> anyhow::Result<String> {
        let mut filled = Vec::new();
        for part in path.split('/') {
            filled.push(match (part.starts_with('{'), step.at) {
                (false, _) => part,
                (true, Some(at)) => self.known.get(at).map_or(at, String::as_str),
                (true, None) => bail!("{path} needs to be told where"),
            });
        }
        Ok(format!("{}{}", filled.join("/"), step.query))
    }

    /// With what the document has.
    fn compare(&mut self, name: &'static str) -> anyhow::Result<()> {
        self.compared.insert(name);
        let (.., operation) = self.operation(name)?;
        let told = self.answers.get(name).context("it was not asked")?;
        let status = told["status"].as_str().unwrap_or_default();
        let content = &operation["responses"][status]["content"]["application/json"];
        let demo = &content["examples"]["demo"];
        let (asked, example) = (&demo["summary"], &demo["value"]);
        ensure!(!example.is_null(), "the document has no example of its {status}");
        ensure!(
            *asked == told["asked"],
            "the example is of {asked}, and {} was asked",
            told["asked"]
        );
        forms::compare("", example, &told["answer"])
    }

    fn is_complete(&self) -> anyhow::Result<()> {
        let mut missing = Vec::new();
        for (_, operations) in self.document["paths"].as_object().into_iter().flatten() {
            for (_, operation) in operations.as_object().into_iter().flatten() {
                let name = operation["operationId"].as_str().unwrap_or_default();
                let responses = operation["responses"].as_object().into_iter().flatten();
                let mut shown = responses.filter(|(status, _)| status.starts_with('2'));
                let is_json = shown.any(|(_, one)| !one["content"]["application/json"].is_null());
                if is_json && name != "document" && !self.compared.contains(name) {
                    missing.push(name);
                }
            }
        }
        ensure!(missing.is_empty(), "nobody compares {missing:?}");
        Ok(())
    }
}
