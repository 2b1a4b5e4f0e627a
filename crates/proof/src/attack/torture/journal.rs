//! What clients sent and what they were told, kept outside of what is tortured: in this process,
//! and in a file that stays when something broke.

use super::requests::Ask;
use serde::Serialize;
use serde_json::Value;
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// What one attempt came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Told {
    /// No connection: nothing was sent.
    Unsent,
    /// 429 or 503: nothing was changed, come again.
    NotNow,
    /// Sent, and no answer, or one that says so.
    Unknown(&'static str),
    Done {
        status: u16,
        body: Value,
    },
    Refused {
        status: u16,
        code: String,
    },
}

/// What the client knows by now.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Fate {
    /// As far as anybody was told, it was not done.
    #[default]
    NotDone,
    Unknown,
    Done(Value),
    Refused(String),
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub number: usize,
    pub client: usize,
    pub ask: Ask,
    pub key: Option<String>,
    pub fate: Fate,
    /// An attempt had no answer: what was refused since may still have been done.
    pub was_unknown: bool,
    /// Which acknowledgement it was, of all: the later one of two edits stands.
    pub acknowledged: usize,
}

pub struct Journal {
    began: Instant,
    pub path: PathBuf,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    entries: Vec<Entry>,
    acknowledgements: usize,
    wrong: Vec<String>,
    /// How often somebody was told to come again.
    not_now: u64,
    file: Option<BufWriter<File>>,
}

#[derive(Serialize)]
struct Line<'a> {
    at_us: u128,
    entry: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ask: Option<&'a Ask>,
    #[serde(skip_serializing_if = "Option::is_none")]
    told: Option<&'a Told>,
}

impl Journal {
    pub fn at(path: &Path) -> anyhow::Result<Journal> {
        let file = Some(BufWriter::new(File::create(path)?));
        let kept = Mutex::new(Kept { file, ..Kept::default() });
        Ok(Journal { began: Instant::now(), path: path.to_owned(), kept })
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Before anything is sent.
    pub fn open(&self, client: usize, ask: Ask, key: Option<String>) -> usize {
        let mut kept = self.lock();
        let entry = kept.entries.len();
        self.write(&mut kept, |at_us| Line {
            at_us,
            entry,
            client: Some(client),
            key: key.as_deref(),
            ask: Some(&ask),
            told: None,
        });
        let fate = Fate::default();
        let (was_unknown, acknowledged) = (false, 0);
        let number = entry;
        kept.entries.push(Entry { number, client, ask, key, fate, was_unknown, acknowledged });
        entry
    }

    pub fn told(&self, entry: usize, told: &Told) {
        let mut kept = self.lock();
        self.write(&mut kept, |at_us| Line {
            at_us,
            entry,
            client: None,
            key: None,
            ask: None,
            told: Some(told),
        });
        kept.not_now += u64::from(*told == Told::NotNow);
        let Kept { entries, acknowledgements, .. } = &mut *kept;
        let Some(known) = entries.get_mut(entry) else { return };
        let wrong = match (told, &known.fate) {
            (Told::Unsent | Told::NotNow, _) => None,
            (Told::Unknown(_), Fate::Done(_)) => None,
            (Told::Unknown(_), _) => {
                known.was_unknown = true;
                known.fate = Fate::Unknown;
                None
            }
            (Told::Done { body, .. }, Fate::Done(before)) if !is_same(before, body) => {
                Some(format!("was told of two things: {before} and {body}"))
            }
            (Told::Done { body, .. }, _) => {
                *acknowledgements += 1;
                known.acknowledged = *acknowledgements;
                known.fate = Fate::Done(body.clone());
                None
            }
            (Told::Refused { status, code }, Fate::Done(_)) => {
                Some(format!("was acknowledged before, and is now refused: {status} {code}"))
            }
            (Told::Refused { code, .. }, _) => {
                known.fate = Fate::Refused(code.clone());
                None
            }
        };
        if let Some(wrong) = wrong {
            let wrong = format!("entry {entry}, {:?}: {wrong}", known.ask);
            kept.wrong.push(wrong);
        }
    }

    pub fn not_now(&self) -> u64 {
        self.lock().not_now
    }

    /// Something that no client may be told.
    pub fn wrong(&self, what: String) {
        self.lock().wrong.push(what);
    }

    pub fn take_wrong(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().wrong)
    }

    pub fn was_unknown(&self, entry: usize) -> bool {
        self.lock().entries.get(entry).is_some_and(|entry| entry.was_unknown)
    }

    pub fn entry(&self, entry: usize) -> Option<Entry> {
        self.lock().entries.get(entry).cloned()
    }

    pub fn entries(&self) -> Vec<Entry> {
        self.lock().entries.clone()
    }

    /// What one client sent last, and how it stands.
    pub fn of_client(&self, client: usize, from: usize) -> Vec<(usize, Entry)> {
        let kept = self.lock();
        let numbered = kept.entries.iter().enumerate().skip(from);
        numbered
            .filter(|(_, entry)| entry.client == client)
            .map(|(number, entry)| (number, entry.clone()))
            .collect()
    }

    /// Of the latest entries so many as are found to be what is meant.
    pub fn latest<T>(&self, most: usize, found: impl Fn(&Entry) -> Option<T>) -> Vec<T> {
        self.lock().entries.iter().rev().filter_map(found).take(most).collect()
    }

    pub fn len(&self) -> usize {
        self.lock().entries.len()
    }

    pub fn flush(&self) -> anyhow::Result<()> {
        if let Some(file) = &mut self.lock().file {
            file.flush()?;
        }
        Ok(())
    }

    fn write<'a>(&self, kept: &mut Kept, line: impl FnOnce(u128) -> Line<'a>) {
        let line = line(self.began.elapsed().as_micros());
        let Some(file) = &mut kept.file else { return };
        // A journal that cannot be written is of no use afterwards, and harms nothing now.
        if serde_json::to_writer(&mut *file, &line).is_err() || file.write_all(b"\n").is_err() {
            kept.file = None;
        }
    }
}

/// Whether two answers speak of the same thing. A replay shows an order's present state.
fn is_same(one: &Value, other: &Value) -> bool {
    ["id", "number", "total", "order_items", "sku", "price", "lines"]
        .iter()
        .all(|field| one[field] == other[field])
}
