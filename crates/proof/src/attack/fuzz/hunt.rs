//! One target under libFuzzer, for its time.

use super::{Places, report::Report};
use anyhow::Context;
use std::{
    fs::{self, File},
    path::Path,
    process::Stdio,
    time::Duration,
};
use testbed::{TempDir, processes};

/// Beyond its time: to start, to play the corpus, and to give up on one last input.
const GRACE: Duration = Duration::from_secs(120);

pub fn hunt(
    places: &Places,
    programs: &Path,
    name: &str,
    run_time: Duration,
) -> anyhow::Result<Report> {
    let below = |kind: &str| places.scratch.join(kind).join(name);
    let (corpus, artifacts, log) = (below("corpus"), below("artifacts"), below("logs"));
    copy(&places.sources.join("corpus").join(name), &corpus)?;
    for dir in [Some(artifacts.as_path()), log.parent()].into_iter().flatten() {
        fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
    }
    let dictionary = places.sources.join("dictionaries").join(format!("{name}.dict"));
    // The shops of `requests`, which a program that is ended leaves behind.
    let shops = TempDir::new()?;

    let mut command = processes::bound(programs.join(name), "KILL", None);
    command
        .arg(format!("-max_total_time={}", run_time.as_secs().max(1)))
        .arg(format!("-max_len={}", longest(name)))
        .arg(format!("-dict={}", dictionary.display()))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .args(["-timeout=25", "-rss_limit_mb=2048", "-print_final_stats=1"])
        .arg(&corpus)
        .env("TMPDIR", shops.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&log).with_context(|| format!("cannot write {}", log.display()))?);
    let mut child = processes::spawn(command)?;
    let in_time = processes::wait_for_end(&mut child, run_time + GRACE)?;
    if !in_time {
        child.kill()?;
    }
    let succeeded = child.wait()?.success();
    let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    Ok(Report::read(&text, in_time && succeeded, &log))
}

/// A little longer than what is still read.
fn longest(name: &str) -> usize {
    match name {
        "requests" | "bodies" => 8192,
        "tokens" => 6144,
        _ => 4608,
    }
}

/// What earlier runs found stays beside it.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("there is no {}", from.display()))? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
