//! schemathesis: asks a shop for whatever its document allows and forbids, as nobody, as a customer and as
//! staff, and looks whether it does as the document says. How it asks is in `clients/schemathesis`.

use crate::{Stage, report::Report, shop::Shop};
use anyhow::{Context, ensure};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::{Command, Stdio},
};
use testbed::python;

/// Two of those that it needs are named, too: they draw the cases, and the same seed is to draw the same.
const PACKAGES: &[&str] =
    &["schemathesis==4.32.0", "hypothesis==6.170.17", "jsonschema-rs==0.59.0"];
const ROLES: [&str; 3] = ["anonymous", "customer", "staff"];

pub fn run(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    python::install(PACKAGES)?;
    for role in ROLES {
        eprintln!("asking as {role}, which takes some minutes");
        if let Err(error) = ask(stage, role, report) {
            report.fail(&format!("{role}: schemathesis comes to its end"), &format!("{error:#}"));
        }
    }
    Ok(())
}

fn ask(stage: &Stage, role: &str, report: &mut Report) -> anyhow::Result<()> {
    let python = python::environment(PACKAGES).context("schemathesis has gone")?;
    let client = stage.client("schemathesis");
    let shop = Shop::open(stage)?;
    let (told, seen) = (shop.dir().join("report.json"), shop.dir().join("seen.json"));
    let mut schemathesis = Command::new(python);
    schemathesis.args(["-m", "schemathesis.cli", "--config-file"]);
    schemathesis.arg(client.join("schemathesis.toml"));
    schemathesis.arg("run").arg(format!("{}/api/openapi.json", shop.url()));
    schemathesis.args(["--no-color", "--report", "json", "--report-json-path"]).arg(&told);
    schemathesis.env("SCHEMATHESIS_HOOKS", "hooks").env("PYTHONPATH", &client);
    // In the order of a set it would draw other cases each time.
    schemathesis.env("PYTHONHASHSEED", "0");
    schemathesis.env("PYTHONDONTWRITEBYTECODE", "1").env("NO_PROXY", "*");
    schemathesis.env("CONFORMANCE_URL", shop.url()).env("CONFORMANCE_ROLE", role);
    schemathesis.env("CONFORMANCE_SEEN", &seen).current_dir(shop.dir()).stdin(Stdio::null());
    let output = schemathesis.output().context("cannot start python")?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    let told = fs::read_to_string(&told).with_context(|| format!("it told nothing: {said}"))?;
    let seen = fs::read_to_string(&seen).with_context(|| format!("nothing was seen: {said}"))?;
    let run = Run { role, told: serde_json::from_str(&told)?, seen: serde_json::from_str(&seen)? };
    run.tell(&said, report)?;
    // Its exit code has to agree: it knows of errors of its own, too.
    let is_agreed = output.status.success() == (run.failed().is_empty());
    ensure!(is_agreed, "schemathesis ended with {}:\n{said}", output.status);
    report.check(&format!("{role}: the shop is sound"), shop.close());
    Ok(())
}

type Seen = BTreeMap<String, BTreeMap<String, u64>>;

/// What came of asking as somebody.
struct Run<'a> {
    role: &'a str,
    told: Value,
    /// By operation: how often each status was answered.
    seen: Seen,
}

impl Run<'_> {
    /// A check for each operation, and one for the whole.
    fn tell(&self, said: &str, report: &mut Report) -> anyhow::Result<()> {
        let failed = self.failed();
        for operation in self.seen.keys() {
            let what = format!("{}: {operation}", self.role);
            match failed.contains(operation) {
                true => report.fail(&what, &failures(said, operation)),
                false => report.pass(&what),
            }
        }
        report.check(&format!("{}: every operation was asked", self.role), self.is_whole(said));
        report.check(&format!("{}: no answer is a 5xx", self.role), self.has_no_5xx());
        Ok(())
    }

    fn failed(&self) -> BTreeSet<String> {
        let failures = self.told["failures"].as_array().into_iter().flatten();
        let operations = failures.filter_map(|failure| failure["operations"].as_array()).flatten();
        operations.filter_map(|operation| Some(operation.as_str()?.to_owned())).collect()
    }

    fn is_whole(&self, said: &str) -> anyhow::Result<()> {
        let is_complete = self.told["complete"] == Value::Bool(true);
        let total = self.told["operations"]["total"].as_u64();
        let asked = self.seen.len() as u64;
        ensure!(
            is_complete && total == Some(asked),
            "of {total:?} operations {asked} were asked:\n{said}"
        );
        Ok(())
    }

    fn has_no_5xx(&self) -> anyhow::Result<()> {
        for (operation, statuses) in &self.seen {
            let bad = statuses.keys().find(|status| status.starts_with('5'));
            ensure!(bad.is_none(), "{operation} was answered {bad:?}");
        }
        Ok(())
    }
}

/// What schemathesis says of an operation: the paragraph under its name.
fn failures(said: &str, operation: &str) -> String {
    let is_title = |line: &str| line.starts_with("__") || line.starts_with("==");
    let mut lines = said
        .lines()
        .skip_while(|line| !(is_title(line) && line.trim_matches(['_', '=', ' ']) == operation));
    let title = lines.next().unwrap_or_default();
    let rest: Vec<&str> = lines.take_while(|line| !is_title(line)).collect();
    format!("{title}\n{}", rest.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(told: Value, seen: Value) -> String {
        let mut report = Report::default();
        let run = Run { role: "staff", told, seen: serde_json::from_value(seen).unwrap() };
        run.tell("", &mut report).unwrap();
        report.to_string()
    }

    #[test]
    fn each_operation_is_a_check_and_so_is_the_whole() {
        let good = json!({ "complete": true, "operations": { "total": 2 }, "failures": [] });
        let seen = json!({ "GET /a": { "200": 3 }, "POST /a": { "422": 1 } });
        assert_eq!(told(good.clone(), seen.clone()), "4 passed, 0 failed, 0 skipped");

        let mut failed = good.clone();
        failed["failures"] = json!([{ "operations": ["POST /a"] }]);
        assert_eq!(told(failed, seen.clone()), "3 passed, 1 failed, 0 skipped");

        let fewer = json!({ "GET /a": { "200": 3 } });
        assert_eq!(told(good.clone(), fewer), "2 passed, 1 failed, 0 skipped");
        let mut broken_off = good.clone();
        broken_off["complete"] = json!(false);
        assert_eq!(told(broken_off, seen), "3 passed, 1 failed, 0 skipped");

        let fallen = json!({ "GET /a": { "200": 3 }, "POST /a": { "201": 1, "503": 1 } });
        assert_eq!(told(good, fallen), "3 passed, 1 failed, 0 skipped");
    }

    #[test]
    fn what_is_said_of_an_operation_is_found_under_its_name() {
        let said = "= FAILURES =\n____ GET /a ____\nno\n____ GET /a/b ____\n1. wrong\n\n  so\n=== END ===\n";
        assert_eq!(failures(said, "GET /a/b"), "____ GET /a/b ____\n1. wrong\n\n  so");
        assert_eq!(failures(said, "GET /c"), "\n");
    }
}
