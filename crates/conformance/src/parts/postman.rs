//! Newman, Postman's own runner: plays the tour that docs/ keeps, which is what the steps in `tour` make.

use crate::{Stage, report::Report, shop::Shop, tour};
use anyhow::{Context, ensure};
use serde_json::Value;
use std::{fs, process::Stdio};
use testbed::node;

const KEPT: &str = "docs/tour.postman_collection.json";

pub fn run(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    let path = stage.file(KEPT);
    let kept = fs::read_to_string(&path).unwrap_or_default();
    report.check(&format!("{KEPT} is the tour"), same(&kept, &tour::collection()?));

    let modules = node::modules(&stage.client("postman"))?;
    let shop = Shop::open(stage)?;
    let told = shop.dir().join("newman.json");
    let mut newman = node::node();
    newman.arg(modules.join("newman/bin/newman.js")).arg("run").arg(&path);
    newman.args(["--env-var", &format!("base_url={}", shop.url())]);
    newman.args(["--reporters", "json", "--timeout-request", "60000", "--color", "off"]);
    newman.arg("--reporter-json-export").arg(&told).current_dir(shop.dir());
    // Its exit code says no more than what it tells.
    newman.env("NO_PROXY", "*").stdin(Stdio::null());
    let output = newman.output().context("cannot start newman")?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let told = fs::read_to_string(&told).with_context(|| format!("newman told nothing: {said}"))?;
    tell(&serde_json::from_str(&told)?, report)?;
    report.check("the shop is sound", shop.close());
    Ok(())
}

fn same(kept: &str, drawn: &str) -> anyhow::Result<()> {
    ensure!(
        kept == drawn,
        "it is of another version: write it anew with `conformance postman > {KEPT}`"
    );
    Ok(())
}

/// Every assertion, and every request or script that came to no assertion.
fn tell(told: &Value, report: &mut Report) -> anyhow::Result<()> {
    let executions = told["run"]["executions"].as_array().context("newman has run nothing")?;
    for execution in executions {
        let step = execution["item"]["name"].as_str().unwrap_or("a step");
        for broken in ["requestError", "prerequestScript", "testScript"] {
            let error = execution
                .get(broken)
                .filter(|error| !broken.ends_with("Script") || error[0]["error"].is_object());
            if let Some(error) = error {
                report.fail(step, &error.to_string());
            }
        }
        for assertion in execution["assertions"].as_array().into_iter().flatten() {
            let what = format!("{step}: {}", assertion["assertion"].as_str().unwrap_or_default());
            match &assertion["error"]["message"] {
                Value::Null => report.pass(&what),
                message => {
                    report.fail(&what, &format!("{message}; answered: {}", answer(execution)))
                }
            }
        }
    }
    Ok(())
}

/// The beginning of the body that a request was answered with.
fn answer(execution: &Value) -> String {
    let bytes = execution["response"]["stream"]["data"].as_array().into_iter().flatten();
    let bytes: Vec<u8> =
        bytes.filter_map(|byte| u8::try_from(byte.as_u64()?).ok()).take(2000).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_newman_tells_is_counted() {
        let mut report = Report::default();
        let told = json!({ "run": { "executions": [
            { "item": { "name": "one" }, "assertions": [{ "assertion": "good" }, { "assertion": "bad", "error": { "message": "no" } }] },
            { "item": { "name": "two" }, "requestError": { "code": "ECONNREFUSED" } },
            { "item": { "name": "three" }, "testScript": [{ "error": { "message": "answer is not defined" } }] },
            { "item": { "name": "four" }, "testScript": [{ "script": {} }], "assertions": [{ "assertion": "good" }] },
        ] } });
        tell(&told, &mut report).unwrap();
        assert_eq!(report.to_string(), "2 passed, 3 failed, 0 skipped");
        assert!(tell(&json!({}), &mut report).is_err());
    }

    #[test]
    fn a_collection_of_another_version_is_refused() {
        assert!(same("a", "a").is_ok());
        assert!(same("", "a").is_err());
    }
}
