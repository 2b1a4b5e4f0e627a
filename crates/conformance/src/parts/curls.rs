//! The curls of the documents, pasted into bash from top to bottom, against a fresh demo for each document.

use crate::{
    Stage,
    blocks::{self, Block, DEMO, LOCAL},
    report::Report,
    shop::Shop,
};
use anyhow::{Context, ensure};
use std::{
    fmt::Write,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use testbed::processes;

const README: &str = "README.md";
const CURL: &str = include_str!("curls.sh");

pub fn run(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    let mut many = 0;
    for path in documents(stage)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match blocks::read(&fs::read_to_string(&path)?) {
            Ok(blocks) if blocks.is_empty() => {}
            Ok(blocks) => {
                many += blocks.len();
                // The README is about the demo as everybody gets it.
                let shop = match name == README {
                    true => Shop::open_plain(stage)?,
                    false => Shop::open(stage)?,
                };
                follow(&name, &blocks, &shop, report)?;
                report.check(&format!("{name}: the shop is sound"), shop.close());
            }
            Err(error) => {
                report.fail(&format!("{name}: its blocks can be read"), &error.to_string())
            }
        }
    }
    ensure!(many > 0, "no document has a block with a curl");
    Ok(())
}

fn documents(stage: &Stage) -> anyhow::Result<Vec<PathBuf>> {
    let mut documents = vec![stage.file(README)];
    for entry in fs::read_dir(stage.file("docs"))? {
        documents.push(entry?.path());
    }
    documents.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    documents.sort();
    Ok(documents)
}

/// Runs all of a document in one shell, and tells where it came to.
fn follow(name: &str, blocks: &[Block], shop: &Shop, report: &mut Report) -> anyhow::Result<()> {
    let curl = processes::on_path("curl").context("no curl (Debian: apt-get install curl)")?;
    let bin = shop.dir().join("bin");
    let here = shop.dir().join("here");
    for dir in [&bin, &here] {
        fs::create_dir(dir)?;
    }
    let wrapper = bin.join("curl");
    fs::write(&wrapper, CURL)?;
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755))?;
    let done = shop.dir().join("done");
    fs::write(&done, "")?;
    let script = shop.dir().join("document.sh");
    fs::write(&script, pasted(blocks, shop.url()))?;

    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = [bin].into_iter().chain(std::env::split_paths(&path));
    let mut bash = Command::new("bash");
    bash.arg(&script).current_dir(&here).env("PATH", std::env::join_paths(paths)?);
    bash.env("CONFORMANCE_CURL", curl).env("CONFORMANCE_DIR", shop.dir());
    bash.env("CONFORMANCE_DONE", &done).stdin(Stdio::null());
    let output = bash.output().context("cannot start bash")?;
    tell(name, blocks, &done, &String::from_utf8_lossy(&output.stderr), report)
}

/// The commands as one script, which notes the line of each that has succeeded.
fn pasted(blocks: &[Block], url: &str) -> String {
    let mut script = "set -eu -o pipefail\n".to_owned();
    for block in blocks {
        let wanted = if block.is_refused { 4 } else { 2 };
        let _ =
            writeln!(script, "export CONFORMANCE_WANTED={wanted}\n: >\"$CONFORMANCE_DIR/told\"");
        for (at, command) in (1..).zip(&block.commands) {
            let text = command.text.replace(DEMO, url).replace(LOCAL, url);
            let _ = writeln!(script, "{text}");
            let shown = block.shown.iter().filter(|_| at == block.commands.len());
            for part in shown {
                let _ = writeln!(
                    script,
                    "grep -qF -- '{part}' \"$CONFORMANCE_DIR/told\" || {{ echo 'no answer has {part}, as is shown' >&2; exit 22; }}"
                );
            }
            let _ = writeln!(script, "echo {} >>\"$CONFORMANCE_DONE\"", command.line);
        }
    }
    script
}

fn tell(
    name: &str,
    blocks: &[Block],
    done: &Path,
    errors: &str,
    report: &mut Report,
) -> anyhow::Result<()> {
    let done = fs::read_to_string(done)?.lines().count();
    let all: Vec<_> = blocks.iter().flat_map(|block| &block.commands).collect();
    for (at, command) in all.iter().enumerate() {
        let what = format!("{name}:{}", command.line);
        if at < done {
            if command.asks() {
                report.pass(&what);
            }
        } else {
            report.fail(&what, &format!("{}\n{errors}", command.text));
            let rest = all[at + 1..].iter().filter(|command| command.asks()).count();
            report.skip(rest, "what comes after it in this document");
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use testbed::TempDir;

    /// A curl that answers what its last argument says, as the wrapper asks for it.
    const FAKE: &str = r#"#!/bin/sh
for word in "$@"; do case "$word" in status=*) status=${word#status=} ;; esac; done
echo "body of $status"
echo "answer $status GET url" >&2
"#;

    fn runs(dir: &Path, wanted: &str, command: &str) -> bool {
        let mut bash = Command::new("bash");
        let script = format!(
            "set -eu -o pipefail; curl() {{ bash {}/curls.sh \"$@\"; }}; {command}",
            dir.display()
        );
        bash.args(["-c", &script]).env("CONFORMANCE_CURL", dir.join("fake"));
        bash.env("CONFORMANCE_DIR", dir).env("CONFORMANCE_WANTED", wanted);
        bash.output().unwrap().status.success()
    }

    #[test]
    fn an_answer_that_was_not_promised_ends_the_document() {
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join("curls.sh"), CURL).unwrap();
        fs::write(dir.path().join("fake"), FAKE).unwrap();
        fs::set_permissions(dir.path().join("fake"), fs::Permissions::from_mode(0o755)).unwrap();
        for (wanted, command, is_good) in [
            ("2", "curl status=201", true),
            ("2", "curl status=404", false),
            ("2", "curl status=304", false),
            ("2", "curl status=000", false),
            ("4", "curl status=409", true),
            ("4", "curl status=200", false),
            ("4", "curl status=500", false),
            ("2", "curl status=404 | cat", false),
            ("2", "A=$(curl status=404 | sed s/x/y/)", false),
            ("2", "A=$(curl status=200); test \"$A\" = 'body of 200'", true),
        ] {
            assert_eq!(runs(dir.path(), wanted, command), is_good, "{wanted}: {command}");
        }
    }

    #[test]
    fn a_document_is_pasted_with_the_address_of_the_shop() {
        let document = format!(
            "```sh\ncurl {DEMO}/a\n```\n```json\n{{\"id\": 7}}\n```\n```sh refused\ncurl {DEMO}/b\n```\n"
        );
        let script = pasted(&blocks::read(&document).unwrap(), "http://127.0.0.1:15000");
        let expected = "set -eu -o pipefail
export CONFORMANCE_WANTED=2
: >\"$CONFORMANCE_DIR/told\"
curl http://127.0.0.1:15000/a
grep -qF -- '\"id\":' \"$CONFORMANCE_DIR/told\" || { echo 'no answer has \"id\":, as is shown' >&2; exit 22; }
echo 2 >>\"$CONFORMANCE_DONE\"
export CONFORMANCE_WANTED=4
: >\"$CONFORMANCE_DIR/told\"
curl http://127.0.0.1:15000/b
echo 8 >>\"$CONFORMANCE_DONE\"
";
        assert_eq!(script, expected);
    }

    #[test]
    fn a_document_is_told_of_as_far_as_it_came() {
        let dir = TempDir::new().unwrap();
        let done = dir.path().join("done");
        let document =
            format!("```sh\nA='a'\ncurl {DEMO}/1\ncurl {DEMO}/2\nB='b'\ncurl {DEMO}/3\n```\n");
        let blocks = blocks::read(&document).unwrap();
        for (lines, sum) in [
            ("", "0 passed, 1 failed, 3 skipped"),
            ("2\n3\n", "1 passed, 1 failed, 1 skipped"),
            ("2\n3\n4\n5\n6\n", "3 passed, 0 failed, 0 skipped"),
        ] {
            fs::write(&done, lines).unwrap();
            let mut report = Report::default();
            tell("a.md", &blocks, &done, "", &mut report).unwrap();
            assert_eq!(report.to_string(), sum);
        }
    }
}
