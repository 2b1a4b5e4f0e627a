//! openapi-typescript: types are made of what a shop serves; a client that is written with them (in
//! `clients/typescript`) compiles strictly and buys something.

use crate::{
    Stage,
    report::Report,
    shop::{Shop, said},
};
use anyhow::{Context, ensure};
use std::{
    fs,
    os::unix::fs::symlink,
    process::{Command, Stdio},
};
use testbed::node;

pub fn run(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    let client = stage.client("typescript");
    let modules = node::modules(&client)?;
    let shop = Shop::open(stage)?;
    let here = shop.dir().join("client");
    fs::create_dir_all(here.join("src"))?;
    for file in ["package.json", "tsconfig.json", "src/client.ts"] {
        fs::copy(client.join(file), here.join(file))?;
    }
    symlink(&modules, here.join("node_modules"))?;
    let document = here.join("openapi.json");
    fs::write(&document, shop.get("/api/openapi.json")?)?;

    let program = |script: &str| {
        let mut command = node::node();
        command.arg(modules.join(script)).current_dir(&here);
        command
    };
    let mut types = program("openapi-typescript/bin/cli.js");
    let types = said(types.arg(&document).args(["-o", "src/schema.d.ts"]));
    report.check("types are made of the document", types.map(|_| ()));
    let compiled = said(program("typescript/bin/tsc").args(["--strict", "-p", "."]));
    report.check("a client compiles with them", compiled.map(|_| ()));
    tell(node::node().arg(here.join("built/client.js")).arg(shop.url()), report)?;
    report.check("the shop is sound", shop.close());
    Ok(())
}

/// Counts the lines that the client prints, `ok WHAT` and `FAILED WHAT: ...`; it has to come to its end.
fn tell(client: &mut Command, report: &mut Report) -> anyhow::Result<()> {
    let output = client.stdin(Stdio::null()).output().context("cannot start node")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut many = 0;
    for line in text.lines() {
        if let Some(what) = line.strip_prefix("ok ") {
            report.pass(what);
        } else if let Some(what) = line.strip_prefix("FAILED ") {
            let (what, seen) = what.split_once(": ").unwrap_or((what, ""));
            report.fail(what, seen);
        } else {
            continue;
        }
        many += 1;
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(
        many > 0 && output.status.success(),
        "the client ended with {}: {errors}",
        output.status
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(script: &str) -> (String, bool) {
        let mut report = Report::default();
        let ended = tell(Command::new("sh").args(["-c", script]), &mut report).is_ok();
        (report.to_string(), ended)
    }

    #[test]
    fn what_the_client_prints_is_counted_and_it_has_to_end_well() {
        assert_eq!(
            told("echo ok a; echo ok b"),
            ("2 passed, 0 failed, 0 skipped".to_owned(), true)
        );
        let failed = told("echo ok a; echo 'FAILED b: {}'; exit 1");
        assert_eq!(failed, ("1 passed, 1 failed, 0 skipped".to_owned(), false));
        assert!(!told("echo ok a; exit 1").1);
        assert!(!told("true").1);
    }
}
