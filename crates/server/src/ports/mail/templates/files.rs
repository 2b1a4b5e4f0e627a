//! The directory of templates that a shop replaces: files such as `order_received.de.txt`.

use super::{KINDS, Kind, Template, file_name};
use crate::language::Language;
use std::{
    fmt,
    fs::{self, DirEntry},
    io,
    path::{Path, PathBuf},
};

/// No letter is longer.
const BYTES_MOST: u64 = 64 * 1024;

/// What is wrong with a file, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub path: PathBuf,
    pub line: Option<usize>,
    pub why: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "{}, line {line}: {}", self.path.display(), self.why),
            None => write!(out, "{}: {}", self.path.display(), self.why),
        }
    }
}

/// A template that a shop has of its own.
pub type Own = ((&'static str, &'static str), Template);

/// All templates of a directory by kind and language, or all that is wrong with them. Files whose names begin
/// with a point are nobody's.
pub fn read(directory: &Path) -> Result<Vec<Own>, Vec<Fault>> {
    let fault = |error: io::Error| {
        let why = format!("cannot be read: {error}");
        vec![Fault { path: directory.to_owned(), line: None, why }]
    };
    let entries = fs::read_dir(directory).map_err(fault)?;
    let mut entries: Vec<DirEntry> = entries.collect::<io::Result<_>>().map_err(fault)?;
    entries.sort_by_key(DirEntry::file_name);
    let (mut read, mut wrong) = (Vec::new(), Vec::new());
    for entry in entries {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        match read_one(&entry.path(), &name) {
            Ok(own) => read.push(own),
            Err(faults) => wrong.extend(faults),
        }
    }
    if wrong.is_empty() { Ok(read) } else { Err(wrong) }
}

fn read_one(path: &Path, name: &str) -> Result<Own, Vec<Fault>> {
    let fault = |line, why| Fault { path: path.to_owned(), line, why };
    let Some((kind, language)) = named(name) else {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        let why = format!(
            "is the template of no letter: one is called {}.en.txt or .de.txt, and the letters are {}",
            known.first().unwrap_or(&""),
            known.join(", ")
        );
        return Err(vec![fault(None, why)]);
    };
    let text = text(path).map_err(|why| vec![fault(None, why)])?;
    match Template::read(kind, &text) {
        Ok(template) => Ok(((kind.name, language.code()), template)),
        Err(wrong) => {
            Err(wrong.into_iter().map(|wrong| fault(Some(wrong.line), wrong.why)).collect())
        }
    }
}

fn named(name: &str) -> Option<(&'static Kind, Language)> {
    let all = KINDS.iter().flat_map(|kind| Language::ALL.map(|language| (kind, language)));
    all.into_iter().find(|(kind, language)| file_name(kind, *language) == name)
}

fn text(path: &Path) -> Result<String, String> {
    let length = fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?.len();
    if length > BYTES_MOST {
        return Err(format!("is longer than {BYTES_MOST} bytes"));
    }
    let bytes = fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use testbed::TempDir;

    #[test]
    fn a_directory_is_read_whole_or_all_that_is_wrong_is_told() {
        let dir = TempDir::new().unwrap();
        let write = |name: &str, text: &[u8]| fs::write(dir.path().join(name), text).unwrap();
        assert_eq!(read(dir.path()), Ok(vec![]));
        write("order_received.de.txt", b"Subject: Danke\n\n{lines}\n");
        write(".order_received.de.txt.swp", b"\xff");
        let own = read(dir.path()).unwrap();
        assert_eq!(own[0].0, ("order_received", "de"));
        write("order_received.fr.txt", b"Subject: Merci\n\n{lines}\n");
        write("order_completed.en.txt", b"Subject: a\n\n{lignes}\n");
        write("order_failed.en.txt", b"Subject: a\n\n\xff\n");
        write("stock_low.en.txt", &[b'x'; 70_000]);
        let wrong = read(dir.path()).unwrap_err();
        let told: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        for (told, (name, part)) in told.iter().zip([
            ("order_completed.en.txt, line 3:", "{lignes} is unknown here"),
            ("order_failed.en.txt:", "is not UTF-8"),
            ("order_received.fr.txt:", "is the template of no letter"),
            ("stock_low.en.txt:", "is longer than 65536 bytes"),
        ]) {
            assert!(told.contains(name) && told.contains(part), "{told}");
        }
        assert_eq!(told.len(), 4, "{told:?}");
        let absent = read(&dir.path().join("none")).unwrap_err();
        assert!(absent[0].to_string().contains("cannot be read"), "{absent:?}");
    }
}
