//! What a commit costs at least: one small write and `fdatasync` on the disk of the data.

use crate::measure::figures::median;
use anyhow::Context;
use std::{
    fs::File,
    io::{Seek, SeekFrom, Write},
    path::Path,
    time::Instant,
};

const BLOCK: usize = 4096;
const TIMES: usize = 200;

/// The median of many, in a file whose blocks exist already, as a reused WAL's do.
pub fn fdatasync_ms(dir: &Path) -> anyhow::Result<f64> {
    let path = dir.join("fdatasync");
    let times_ms = time_writes(&path).context("measuring fdatasync");
    std::fs::remove_file(&path)?;
    median(times_ms?.into_iter()).context("nothing was written")
}

fn time_writes(path: &Path) -> anyhow::Result<Vec<f64>> {
    let mut file = File::create(path)?;
    file.write_all(&vec![1; BLOCK * TIMES])?;
    file.sync_all()?;
    file.seek(SeekFrom::Start(0))?;
    let mut times_ms = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let started = Instant::now();
        file.write_all(&[2; BLOCK])?;
        file.sync_data()?;
        times_ms.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(times_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sync_takes_some_time_and_leaves_nothing() {
        let dir = testbed::TempDir::new().unwrap();
        assert!(fdatasync_ms(dir.path()).unwrap() > 0.0);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
