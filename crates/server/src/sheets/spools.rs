//! Files without a name, for what is too long for memory: they go when nobody holds them any more, however
//! the process ends.

use crate::http::{problems::Problem, shapes::View, streams::Piece};
use serde::Serialize;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    os::unix::fs::{FileExt, OpenOptionsExt},
    sync::Arc,
};
use uuid::Uuid;

/// So much of one is read at once.
const PIECE: usize = 256 << 10;

pub fn anonymous() -> io::Result<File> {
    let path = std::env::temp_dir().join(format!("sutler-{}", Uuid::now_v7()));
    let file =
        OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}

/// That there is no room for one: the disk is full, or there is none to write to.
pub fn no_room(error: &io::Error) -> Problem {
    tracing::error!(%error, "a temporary file cannot be written");
    Problem::unavailable("this node has no room for the sheet at the moment")
}

/// Rows of a list that is shown later.
pub struct Spool {
    rows: BufWriter<File>,
    room: u64,
}

impl Spool {
    /// For so many bytes of rows.
    pub fn new(room: u64) -> io::Result<Spool> {
        Ok(Spool { rows: BufWriter::new(anonymous()?), room })
    }

    /// Whether there was room for it. After the first for which there is none no other one is taken.
    pub fn push(&mut self, row: &impl Serialize) -> io::Result<bool> {
        if self.room == 0 {
            return Ok(false);
        }
        let mut row = serde_json::to_vec(row)?;
        row.push(b'\n');
        self.room = self.room.saturating_sub(row.len() as u64);
        match self.room {
            0 => Ok(false),
            _ => self.rows.write_all(&row).map(|()| true),
        }
    }

    pub fn finish(self) -> io::Result<Spooled> {
        let file = self.rows.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Spooled(Arc::new(file)))
    }
}

#[derive(Clone)]
pub struct Spooled(Arc<File>);

impl Spooled {
    /// The rows from this place on, as many as are read at once.
    pub async fn piece<V>(self, from: Option<u64>) -> Result<Piece<V, u64>, Problem>
    where
        V: View + Serialize,
    {
        let read = tokio::task::spawn_blocking(move || self.read(from.unwrap_or(0)));
        let (rows, next) =
            read.await.map_err(|_| Problem::internal())?.map_err(|_| Problem::internal())?;
        Ok(Piece::written(rows, next))
    }

    fn read(&self, from: u64) -> io::Result<(Vec<Vec<u8>>, Option<u64>)> {
        let mut size = PIECE;
        loop {
            let mut bytes = vec![0; size];
            let count = self.0.read_at(&mut bytes, from)?;
            bytes.truncate(count);
            // A row that is longer than a piece is read with more room.
            match bytes.iter().rposition(|byte| *byte == b'\n') {
                None if count == size => size *= 2,
                None => return Ok((Vec::new(), None)),
                Some(end) => {
                    let rows = bytes[..end].split(|byte| *byte == b'\n').map(<[u8]>::to_vec);
                    return Ok((rows.collect(), Some(from + end as u64 + 1)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_spooled_is_read_in_pieces_row_by_row() {
        let rows = [7, PIECE / 2, PIECE, 3 * PIECE, 0].map(|length| "x".repeat(length));
        let mut spool = Spool::new(1 << 30).unwrap();
        assert!(rows.iter().all(|row| spool.push(row).unwrap()));
        let spooled = spool.finish().unwrap();
        let (mut read, mut from) = (Vec::new(), Some(0));
        while let Some(place) = from {
            let (piece, next) = spooled.read(place).unwrap();
            read.extend(piece);
            from = next;
        }
        let read: Vec<String> =
            read.iter().map(|row| serde_json::from_slice(row).unwrap()).collect();
        assert_eq!(read, rows);
    }

    #[test]
    fn what_there_is_no_room_for_is_not_spooled_nor_what_comes_after_it() {
        // Each with its quotes and its end.
        let mut spool = Spool::new(10).unwrap();
        let told = ["1234", "12", ""].map(|row| spool.push(&row).unwrap());
        assert_eq!(told, [true, false, false]);
        let (read, _) = spool.finish().unwrap().read(0).unwrap();
        assert_eq!(read, [b"\"1234\""]);
    }
}
