//! A node: a door of the shop that runs batch after batch until it crashes, and may be opened again.

use crate::simulation::{
    attempt::Attempt,
    clients::Request,
    history::Note,
    kinds::Fault,
    scene::{Scene, Shared},
    wire::{self, Connector, Crash},
};
use domain::{BatchId, Command};
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};
use store::{
    Rejection, Reply,
    door::{Door, World},
};

/// Another node, which has no number.
const PASSING: usize = 99;
/// So much may go wrong in one run, which therefore ends.
const BUDGET: u32 = 6;

pub struct Node {
    number: usize,
    door: Option<Door<Clockwork>>,
}

/// What a client heard of each of its requests.
pub type Heard = (Arc<Vec<Request>>, Vec<Option<Reply>>);

impl Node {
    pub fn new(number: usize) -> Node {
        Node { number, door: None }
    }

    pub fn crash(&mut self) {
        self.door = None;
    }

    /// Runs one batch as the writer does: connects first, then hands all to the door.
    pub fn run(&mut self, shared: &Shared, requests: Arc<Vec<Request>>) -> Heard {
        {
            let mut scene = shared.lock();
            scene.tally.batches += 1;
            scene.history.note(Note::Run { node: self.number, requests: requests.clone() });
            scene.attempts.push(Attempt::new(requests.clone(), BUDGET));
        }
        let door = self.door.get_or_insert_with(|| {
            let connector = Box::new(Connector(shared.clone()));
            Door::new(connector, Clockwork(shared.clone()), Arc::default())
        });
        let commands: Vec<&Command> = requests.iter().map(|request| &request.command).collect();
        let ran = catch_unwind(AssertUnwindSafe(|| match door.prepare() {
            true => door.run(&commands),
            false => vec![Err(Rejection::Closing); commands.len()],
        }));
        let replies = self.answer(&mut shared.lock(), ran, commands.len());
        shared
            .lock()
            .history
            .note(Note::Heard { requests: requests.clone(), replies: replies.clone() });
        (requests, replies)
    }

    fn answer(
        &mut self,
        scene: &mut Scene,
        ran: Result<Vec<Reply>, Box<dyn Any + Send>>,
        count: usize,
    ) -> Vec<Option<Reply>> {
        let fault = match ran {
            Ok(_) => scene.draw(&[(1, Fault::CrashAnswering), (3, Fault::AnswerLost)]),
            Err(_) => None,
        };
        let mut replies: Vec<Option<Reply>> = match ran {
            Ok(replies) => replies.into_iter().map(Some).collect(),
            Err(end) => {
                if !end.is::<Crash>() {
                    scene.require(Err("the door panicked".to_owned()));
                }
                self.crash();
                vec![None; count]
            }
        };
        let Some(attempt) = scene.attempts.pop() else { return replies };
        scene.require(attempt.check(&replies));
        if attempt.gives_up {
            self.crash();
        }
        let unheard = scene.random.below(count);
        match fault {
            Some(Fault::CrashAnswering) => {
                self.crash();
                replies.iter_mut().skip(unheard).for_each(|reply| *reply = None);
            }
            Some(_) => replies[unheard] = None,
            None => {}
        }
        replies
    }
}

/// Another node runs its batch while this one has no transaction open.
pub fn act_meanwhile(shared: &Shared) {
    let requests = {
        let mut scene = shared.lock();
        if scene.attempts.len() != 1 || scene.meanwhile.is_none() || !scene.random.chance(400) {
            return;
        }
        scene.wrong(Fault::Interleaved);
        scene.meanwhile.take()
    };
    if let Some(requests) = requests {
        let heard = Node::new(PASSING).run(shared, requests);
        shared.lock().overheard.push(heard);
    }
}

/// The world as the dice have it.
struct Clockwork(Shared);

impl World for Clockwork {
    fn new_batch_id(&mut self) -> BatchId {
        let mut scene = self.0.lock();
        let id = BatchId(scene.random.uuid());
        scene.history.note(Note::Tried(id));
        let passed_us = scene.passed_us;
        let begun = scene.attempt().map_or(Ok(()), |attempt| attempt.begin_part(id, passed_us));
        scene.require(begun);
        id
    }

    fn elapsed(&self) -> Duration {
        Duration::from_micros(self.0.lock().passed_us.unsigned_abs())
    }

    fn pause(&mut self, how_long: Duration) {
        let faults = [(4, Fault::SlowStore), (1, Fault::CrashPausing), (2, Fault::GaveUp)];
        let mut scene = self.0.lock();
        scene.pass_time(i64::try_from(how_long.as_micros()).unwrap_or(i64::MAX));
        let fault = scene.draw(&faults);
        match fault {
            Some(Fault::SlowStore) => {
                let slow_us = scene.random.between(1, 4 * 3600) * 1_000_000;
                scene.pass_time(slow_us);
            }
            Some(Fault::GaveUp) => {
                if let Some(attempt) = scene.attempt() {
                    attempt.close();
                }
            }
            _ => {}
        }
        let passed_us = scene.passed_us;
        scene.attempts.iter_mut().for_each(|attempt| attempt.grow_old(passed_us));
        drop(scene);
        if fault == Some(Fault::CrashPausing) {
            wire::crash(&self.0);
        }
        act_meanwhile(&self.0);
    }

    fn must_give_up(&self) -> bool {
        self.0.lock().attempt().is_some_and(Attempt::must_give_up)
    }
}
