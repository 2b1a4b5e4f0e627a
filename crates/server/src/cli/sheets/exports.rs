//! `export`: a sheet goes to standard output, or into a file that is whole when it is there.

use super::{Outcome, counter, told};
use crate::{
    app::App,
    sheets::exports::{Export, Piece, written},
};
use anyhow::Context;
use clap::ArgMatches;
use futures_util::TryStreamExt;
use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, BufWriter, ErrorKind, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};
use uuid::Uuid;

const STDOUT: &str = "-";

pub async fn take<E: Export>(app: &Arc<App>, matches: &ArgMatches) -> Outcome {
    let path = matches.get_one::<PathBuf>("file").filter(|path| *path != Path::new(STDOUT));
    let mut out = Out::open(path)?;
    // Of what goes to a terminal as well it would be in the middle.
    let bar = path.map(|_| counter("written"));
    let mut pieces = written::<E>(Arc::clone(app));
    while let Some(Piece { bytes, rows }) = pieces.try_next().await.map_err(told)? {
        match out.writer.write_all(&bytes) {
            // Whoever reads it has seen enough.
            Err(error) if path.is_none() && error.kind() == ErrorKind::BrokenPipe => {
                return Ok(ExitCode::SUCCESS);
            }
            written => written.context("the sheet cannot be written")?,
        }
        if let Some(bar) = &bar {
            bar.inc(rows);
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// Where a sheet goes.
struct Out {
    writer: BufWriter<Box<dyn Write>>,
    unfinished: Option<Unfinished>,
}

impl Out {
    fn open(path: Option<&PathBuf>) -> anyhow::Result<Out> {
        let Some(path) = path else { return Ok(Out::of(io::stdout(), None)) };
        let cannot = || format!("cannot write {}", path.display());
        // What is no file, such as /dev/null, cannot be replaced by one.
        if fs::metadata(path).is_ok_and(|about| !about.is_file()) {
            let file = File::options().write(true).open(path).with_context(cannot)?;
            return Ok(Out::of(file, None));
        }
        let (unfinished, file) = Unfinished::beside(path).with_context(cannot)?;
        Ok(Out::of(file, Some(unfinished)))
    }

    fn of(writer: impl Write + 'static, unfinished: Option<Unfinished>) -> Out {
        Out { writer: BufWriter::new(Box::new(writer)), unfinished }
    }

    fn finish(mut self) -> anyhow::Result<()> {
        self.writer.flush().context("the sheet cannot be written")?;
        match self.unfinished {
            Some(unfinished) => unfinished.finish(),
            None => Ok(()),
        }
    }
}

/// A file that takes another one's place once it is whole, and goes if it never is: what was there
/// before stays until then.
struct Unfinished {
    path: PathBuf,
    place: PathBuf,
}

impl Unfinished {
    fn beside(path: &Path) -> io::Result<(Unfinished, File)> {
        // What a link leads to is meant, not the link.
        let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut name = OsString::from(".");
        name.push(place.file_name().unwrap_or_default());
        name.push(format!(".{}.part", Uuid::now_v7().simple()));
        let path = place.with_file_name(name);
        let file = File::options().write(true).create_new(true).open(&path)?;
        let unfinished = Unfinished { path, place };
        if let Ok(about) = fs::metadata(&unfinished.place) {
            file.set_permissions(about.permissions())?;
        }
        Ok((unfinished, file))
    }

    fn finish(self) -> anyhow::Result<()> {
        fs::rename(&self.path, &self.place)
            .with_context(|| format!("cannot write {}", self.place.display()))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Once it has taken its place there is none.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testbed::TempDir;

    #[test]
    fn what_was_there_stays_until_the_new_one_is_whole() {
        let dir = TempDir::new().unwrap();
        let (path, link) = (dir.path().join("out.csv"), dir.path().join("link.csv"));
        fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        for (place, text) in [(&path, "new"), (&link, "newer")] {
            let before = fs::read_to_string(&path).unwrap();
            let mut broken = Out::open(Some(place)).unwrap();
            broken.writer.write_all(b"half").unwrap();
            drop(broken);
            assert_eq!(fs::read_to_string(&path).unwrap(), before);
            let mut out = Out::open(Some(place)).unwrap();
            out.writer.write_all(text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), before);
            out.finish().unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "something was left");
        assert!(link.is_symlink());
        Out::open(Some(&PathBuf::from("/dev/null"))).unwrap().finish().unwrap();
        assert!(Out::open(Some(&dir.path().join("no/out.csv"))).is_err());
    }

    /// Writes where it is told to, while `place` holds what it held before; or cannot.
    struct Disk {
        file: File,
        place: PathBuf,
        is_full: bool,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            assert_eq!(fs::read_to_string(&self.place).unwrap(), "old", "it was there too soon");
            if self.is_full { Err(ErrorKind::StorageFull.into()) } else { self.file.write(bytes) }
        }

        fn flush(&mut self) -> io::Result<()> {
            self.file.flush()
        }
    }

    #[test]
    fn a_file_takes_its_place_when_the_last_of_it_is_written_and_never_without_it() {
        let dir = TempDir::new().unwrap();
        let place = dir.path().join("out.csv");
        fs::write(&place, "old").unwrap();
        // What waits in memory is written at the end.
        for (is_full, expected) in [(true, "old"), (false, "new")] {
            let (unfinished, file) = Unfinished::beside(&place).unwrap();
            let disk = Disk { file, place: place.clone(), is_full };
            let mut out = Out::of(disk, Some(unfinished));
            out.writer.write_all(b"new").unwrap();
            assert_eq!(out.finish().is_err(), is_full);
            assert_eq!(fs::read_to_string(&place).unwrap(), expected);
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "something was left");
        }
    }
}
