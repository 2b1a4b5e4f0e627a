//! One seed: a shop, its nodes and its clients, from an empty database to the last check.

use crate::{
    simulation::{
        clients::{Clients, Request, spread},
        kinds::{Fault, ended},
        node::{Heard, Node},
        scene::{Scene, Shared},
        tally::Tally,
    },
    stage::random::Random,
};
use domain::{Done, Micros, Rule};
use std::{collections::BTreeMap, fmt, sync::Arc};
use store::Answered;

/// How a seed ended.
#[derive(Debug)]
pub struct Ended {
    pub tally: Tally,
    /// Equal for two runs of one seed.
    pub hash: u64,
    pub broken: Option<Failure>,
}

#[derive(Debug)]
pub struct Failure {
    pub seed: u64,
    pub operations: u64,
    pub step: u64,
    pub what: String,
    pub history: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure { seed, operations, step, what, history } = self;
        writeln!(f, "what happened last:\n{history}")?;
        writeln!(f, "seed {seed} broke at step {step}: {what}")?;
        write!(f, "again: proof simulate --seed {seed} --operations {operations}")
    }
}

/// Between two looks at everything; what a commit has touched is looked at at once.
const STEPS_PER_CHECK: u64 = 60;

struct Play {
    shared: Shared,
    clients: Clients,
    nodes: Vec<(Node, Vec<Request>)>,
    dice: Random,
    /// Which node each wish was last brought to.
    asked: BTreeMap<usize, usize>,
    largest_batch: usize,
    step: u64,
}

/// Plays a seed until so many operations were sent.
pub fn play(seed: u64, operations: u64) -> anyhow::Result<Ended> {
    let mut dice = Random::new(seed);
    let mut scene = Scene::open(Random::new(dice.next()))?;
    scene.storm = dice.weighted(&[(2, 0), (4, 20), (4, 60), (2, 150)]).unwrap_or(0);
    let customers = dice.weighted(&[(1, 2), (3, 12), (3, 60), (1, 400)]).unwrap_or(12);
    let nodes = 1 + dice.below(4);
    let mut play = Play {
        shared: Shared::new(scene),
        clients: Clients::new(Random::new(dice.next()), customers, spread(seed)),
        nodes: (0..nodes).map(|number| (Node::new(number), Vec::new())).collect(),
        largest_batch: dice.weighted(&[(1, 1), (3, 6), (3, 16), (1, 60)]).unwrap_or(6),
        asked: BTreeMap::new(),
        dice,
        step: 0,
    };
    while play.goes_on(operations) {
        play.act();
    }
    play.settle_down();
    Ok(play.end(seed, operations))
}

impl Play {
    fn goes_on(&self, operations: u64) -> bool {
        let scene = self.shared.lock();
        scene.broken.is_none() && scene.tally.operations() < operations
    }

    fn act(&mut self) {
        let count = 1 + self.dice.below(self.largest_batch);
        self.gather(count);
        self.turn_clock();
        self.plan_meanwhile();
        if self.dice.chance(10) {
            self.shared.lock().keep_unreadably();
        }
        let busy: Vec<usize> =
            (0..self.nodes.len()).filter(|place| !self.nodes[*place].1.is_empty()).collect();
        if let Some(place) = self.dice.pick(&busy).copied() {
            if self.dice.chance(4) && self.shared.lock().storm > 0 {
                self.crash_idle(place);
            } else {
                self.run(place);
            }
        }
        if self.step.is_multiple_of(STEPS_PER_CHECK) {
            self.shared.lock().check_all();
        }
    }

    /// Requests arrive at nodes, not always in the order in which they were sent.
    fn gather(&mut self, count: usize) {
        self.step = self.shared.lock().history.step();
        let position = self.shared.lock().position();
        for (request, why) in self.clients.ask(self.step, position, count) {
            let place = self.dice.below(self.nodes.len());
            if request.is_poison {
                self.shared.lock().wrong(Fault::Poison);
            }
            if let Some(why) = why {
                self.shared.lock().wrong(why);
                let before = self.asked.get(&request.wish);
                if why == Fault::Retried && before.is_some_and(|before| *before != place) {
                    self.shared.lock().wrong(Fault::RetriedElsewhere);
                }
            }
            self.asked.insert(request.wish, place);
            let queue = &mut self.nodes[place].1;
            match self.dice.chance(150) && !queue.is_empty() {
                true => {
                    self.shared.lock().wrong(Fault::Reordered);
                    queue.insert(self.dice.below(queue.len()), request);
                }
                false => queue.push(request),
            }
        }
    }

    fn turn_clock(&mut self) {
        let mut scene = self.shared.lock();
        let dice = &mut self.dice;
        let calm_us = dice.between(1, 3 * Micros::SECOND);
        scene.pass_time(calm_us);
        let (fault, span_us) = match dice.below(1000) {
            0..6 => (Fault::ClockBack, -dice.between(1, 3 * Micros::HOUR)),
            6..10 => (Fault::ClockForward, dice.between(Micros::HOUR, 40 * Micros::DAY)),
            10..40 => (Fault::Hours, dice.between(Micros::HOUR, 30 * Micros::HOUR)),
            _ => return,
        };
        scene.wrong(fault);
        match fault {
            Fault::Hours => scene.pass_time(span_us),
            _ => scene.set_clock(span_us),
        }
    }

    /// Some requests of another node are kept for a moment when this one pauses.
    fn plan_meanwhile(&mut self) {
        let place = self.dice.below(self.nodes.len());
        if self.nodes.len() < 2 || self.nodes[place].1.is_empty() || !self.dice.chance(300) {
            return;
        }
        let requests = std::mem::take(&mut self.nodes[place].1);
        self.shared.lock().meanwhile = Some(Arc::new(requests));
    }

    fn run(&mut self, place: usize) {
        let (node, queue) = &mut self.nodes[place];
        let most = self.largest_batch.max(queue.len() / 2);
        let requests: Vec<Request> = queue.drain(..queue.len().min(most)).collect();
        let heard = node.run(&self.shared, Arc::new(requests));
        self.hear(heard);
        let overheard = std::mem::take(&mut self.shared.lock().overheard);
        overheard.into_iter().for_each(|heard| self.hear(heard));
        let left = self.shared.lock().meanwhile.take();
        if let Some(requests) = left {
            let heard = node_of(&mut self.nodes, place).run(&self.shared, requests);
            self.hear(heard);
        }
    }

    fn crash_idle(&mut self, place: usize) {
        self.shared.lock().wrong(Fault::CrashIdle);
        let (node, queue) = &mut self.nodes[place];
        node.crash();
        let requests = Arc::new(std::mem::take(queue));
        let silence = requests.iter().map(|_| None).collect();
        self.hear((requests, silence));
    }

    fn hear(&mut self, (requests, replies): Heard) {
        let mut scene = self.shared.lock();
        for (request, reply) in requests.iter().zip(&replies) {
            let action = &request.command.action;
            scene.tally.ended(action.name(), ended(action, reply.as_ref()));
            if let Some(Ok(Answered { done: Done::Now(outcome), .. })) = reply {
                scene.inspector.acknowledge(outcome);
            }
            let agreed = self.clients.hear(request, reply.as_ref());
            scene.require(agreed);
        }
    }

    /// The weather clears; whoever does not know how a request ended asks until it does.
    fn settle_down(&mut self) {
        self.shared.lock().storm = 0;
        self.shared.lock().lingering = 0;
        for _ in 0..8 {
            self.clients.hurry();
            self.gather(0);
            for place in 0..self.nodes.len() {
                while !self.nodes[place].1.is_empty() && self.shared.lock().broken.is_none() {
                    self.run(place);
                }
            }
        }
        let mut scene = self.shared.lock();
        if scene.broken.is_none() {
            let is_waiting = self.clients.is_waiting();
            let known = Err("a request stays without an answer".to_owned());
            scene.require(if is_waiting { known } else { Ok(()) });
            scene.check_all();
        }
    }

    fn end(self, seed: u64, operations: u64) -> Ended {
        let mut scene = self.shared.lock();
        let orders: Vec<u64> = scene.model.orders.keys().map(|id| id.0.as_u128() as u64).collect();
        orders.into_iter().for_each(|id| scene.history.mix_in(id));
        scene.tally.seeds = 1;
        let broken = scene.broken.take().map(|what| Failure {
            seed,
            operations,
            step: self.step,
            what,
            history: scene.history.to_string(),
        });
        Ended { tally: std::mem::take(&mut scene.tally), hash: scene.history.hash(), broken }
    }
}

/// Another node than this one, if there is one.
fn node_of(nodes: &mut [(Node, Vec<Request>)], place: usize) -> &mut Node {
    let other = (place + 1) % nodes.len();
    &mut nodes[other].0
}
