//! Compares the raw rows with the model: what a commit has touched at once, everything now and then.

use crate::nouns::{Checked, NOUNS, keys, orders::Acknowledged, rows, same};
use domain::Outcome;
use model::Model;
use rusqlite::Connection;

#[derive(Default)]
pub struct Inspector {
    acknowledged: Acknowledged,
    /// Batches that had something to write.
    pub commits: i64,
}

impl Inspector {
    pub fn acknowledge(&mut self, outcome: &Outcome) {
        self.acknowledged.hear(outcome);
    }

    /// What the last commit has touched, and has not swept away.
    pub fn check_commit(&mut self, connection: &Connection, model: &mut Model) -> Checked {
        if let Some(now) = model.touched.swept_at {
            keys::forget(connection, model, now)?;
            for noun in NOUNS {
                noun.forget(connection, model, now)?;
            }
        }
        for noun in NOUNS {
            noun.judge(connection, model)?;
        }
        keys::judge(connection, model)?;
        self.check_numbers(connection, model)
    }

    /// Every row of every table, and the shop's own audit.
    pub fn check_all(&mut self, connection: &Connection, model: &Model) -> Checked {
        self.acknowledged.judge(connection)?;
        for noun in NOUNS {
            noun.judge_all(connection, model)?;
        }
        keys::judge_all(connection, model)?;
        self.check_numbers(connection, model)?;
        audit(connection)
    }

    /// What is counted up stands where it should.
    fn check_numbers(&self, connection: &Connection, model: &Model) -> Checked {
        let counters = rows::counters(connection).map_err(rows::failed)?;
        let counted = NOUNS.iter().filter_map(|noun| noun.counted(model));
        let expected = counted.map(|(name, last)| (name.to_owned(), last)).collect();
        same("the counters", counters, expected)?;
        let feed = rows::feed(connection).map_err(rows::failed)?;
        let expected = vec![(model.events.len() as i64, self.commits)];
        same("the feed's position and its commits", feed, expected)
    }
}

fn audit(connection: &Connection) -> Checked {
    let findings = store::audit_connection(connection).map_err(|error| error.to_string())?;
    // Nobody looks for carts whose time is over here: clients do, when it occurs to them.
    let mut findings = findings.into_iter().filter(|finding| finding.holds != store::OVERDUE);
    match findings.find(|finding| !finding.is_sound()) {
        Some(finding) => {
            Err(format!("the audit found: not {:?}: {:?}", finding.holds, finding.rows))
        }
        None => Ok(()),
    }
}
