//! What happened last, for whoever looks at a failure, and a hash of all that ever happened, by
//! which two runs of one seed are found equal.

use crate::simulation::{
    clients::Request,
    kinds::{Fault, ended},
};
use domain::{BatchId, Micros, Rule};
use std::{collections::VecDeque, fmt, ops::Range, sync::Arc};
use store::{Error, Reply};

/// So many notes are kept: about 20 operations.
const KEPT: usize = 80;

#[derive(Default)]
pub struct History {
    last: VecDeque<(u64, Note)>,
    step: u64,
    hash: u64,
}

pub enum Note {
    Clock(Micros),
    Fault(Fault),
    Run { node: usize, requests: Arc<Vec<Request>> },
    Tried(BatchId),
    Failed(Error),
    Settled { batch: BatchId, is_commit: bool, now: Micros, parts: Range<usize> },
    Heard { requests: Arc<Vec<Request>>, replies: Vec<Option<Reply>> },
}

impl History {
    pub fn step(&mut self) -> u64 {
        self.step += 1;
        self.step
    }

    pub fn note(&mut self, note: Note) {
        self.mix(&note);
        if self.last.len() == KEPT {
            self.last.pop_front();
        }
        self.last.push_back((self.step, note));
    }

    pub fn hash(&self) -> u64 {
        self.hash
    }

    pub fn mix_in(&mut self, value: u64) {
        self.hash = (self.hash ^ value).wrapping_mul(0x0100_0000_01B3).rotate_left(23);
    }

    fn mix(&mut self, note: &Note) {
        match note {
            Note::Clock(now) => self.mix_in(now.0 as u64),
            Note::Fault(fault) => self.mix_in(*fault as u64),
            Note::Run { node, requests } => {
                self.mix_in(*node as u64);
                for request in requests.iter() {
                    self.mix_in(request.command.who.correlation.0.as_u128() as u64);
                }
            }
            Note::Tried(batch) => self.mix_in(batch.0.as_u128() as u64),
            Note::Failed(error) => self.mix_in(error.to_string().len() as u64),
            Note::Settled { batch, now, parts, .. } => {
                for value in [batch.0.as_u128() as u64, now.0 as u64, parts.end as u64] {
                    self.mix_in(value);
                }
            }
            Note::Heard { requests, replies } => {
                for (request, reply) in requests.iter().zip(replies) {
                    let ending = ended(&request.command.action, reply.as_ref());
                    ending.bytes().for_each(|byte| self.mix_in(byte.into()));
                }
            }
        }
    }
}

/// The last of what happened, one line each.
impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (step, note) in &self.last {
            match note {
                Note::Run { node, requests } => {
                    writeln!(f, "{step:5} node {node} takes {}", requests.len())?;
                    for (place, request) in requests.iter().enumerate() {
                        write_request(f, place, request)?;
                    }
                }
                Note::Clock(now) => writeln!(f, "{step:5} clock {}", now.0)?,
                Note::Fault(fault) => writeln!(f, "{step:5} FAULT {}", fault.name())?,
                Note::Tried(batch) => writeln!(f, "{step:5} batch {batch}")?,
                Note::Failed(error) => writeln!(f, "{step:5} failed: {error}")?,
                Note::Settled { batch, is_commit, now, parts } => {
                    let how = if *is_commit { "committed" } else { "nothing to write" };
                    writeln!(f, "{step:5} {how}: {batch} with {parts:?} at {}", now.0)?;
                }
                Note::Heard { requests, replies } => {
                    for (place, (request, reply)) in requests.iter().zip(replies).enumerate() {
                        let name = request.command.action.name();
                        let heard = match reply {
                            Some(reply) => format!("{reply:?}"),
                            None => "nothing".to_owned(),
                        };
                        writeln!(f, "{step:5}   {place:2} {name} heard {heard}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn write_request(f: &mut fmt::Formatter<'_>, place: usize, request: &Request) -> fmt::Result {
    let command = &request.command;
    let key = command.who.once.as_ref().map_or("no key", |once| once.key.as_str());
    let (role, who) = (command.who.actor.role.name(), command.who.actor.caller.id);
    writeln!(f, "        {place:2} {role} {who} ({key}): {:?}", command.action)
}
