//! Building the targets, with the stable compiler and plain cargo: what `cargo fuzz build --sanitizer
//! none` would do, without a tool to install first.

use super::Places;
use anyhow::{Context, bail};
use std::{
    path::PathBuf,
    process::{Command, Stdio},
};
use testbed::processes;

/// Counts edges and watches comparisons, which is how libFuzzer sees what an input has reached. No
/// address sanitizer: it needs a nightly compiler, and finds misuse of memory, for which it takes
/// unsafe code. Sutler has none.
const FLAGS: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Builds all targets; gives the directory where they are.
pub fn build(places: &Places) -> anyhow::Result<PathBuf> {
    if std::env::var_os("CXX").is_none() && processes::on_path("c++").is_none() {
        bail!("libFuzzer is C++, and c++ is missing: install it (Debian: apt-get install g++)");
    }
    let host = host()?;
    let manifest = places.sources.join("Cargo.toml");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = processes::bound(cargo, "TERM", None);
    command.args(["build", "--quiet", "--release", "--bins", "--locked", "--manifest-path"]);
    // With a target named, what runs while building is not instrumented.
    command.arg(&manifest).args(["--target", &host]);
    command.env("CARGO_TARGET_DIR", &places.scratch).env("RUSTFLAGS", FLAGS);
    command.env_remove("CARGO_ENCODED_RUSTFLAGS").stdin(Stdio::null());
    println!("building the fuzz targets, which takes a few minutes the first time");
    let status = processes::spawn(command).context("cannot start cargo")?.wait()?;
    if !status.success() {
        let manifest = manifest.display();
        bail!(
            "the fuzz targets cannot be built; if their Cargo.lock is behind: \
             cargo update --workspace --manifest-path {manifest}"
        );
    }
    Ok(places.scratch.join(host).join("release"))
}

fn host() -> anyhow::Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("cannot start rustc")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc does not say what it runs on")
}
