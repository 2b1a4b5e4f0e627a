//! Who follows the shop's events: a few processes that work for a few consumers, and sometimes for
//! one that another works for already.

use crate::random::Random;
use domain::{Consumer, Micros, MoveCursor, TakeLease, Text};
use std::collections::BTreeMap;
use uuid::Uuid;

const NAMES: [&str; 3] = ["search", "webhooks", "figures"];

pub struct Followers {
    processes: Vec<Uuid>,
    /// What was told last of each consumer.
    told: BTreeMap<Text<100>, Consumer>,
    /// Where the feed stands: nobody has seen what comes after.
    pub feed: i64,
}

impl Followers {
    pub fn new(random: &mut Random) -> Followers {
        let processes = (0..4).map(|_| random.uuid()).collect();
        Followers { processes, told: BTreeMap::new(), feed: 0 }
    }

    pub fn hear(&mut self, consumer: &Consumer) {
        self.told.insert(consumer.name.clone(), consumer.clone());
    }

    pub fn lease(&self, random: &mut Random) -> TakeLease {
        let (consumer, told) = self.consumer(random);
        let holder = self.holder(random, told, 500);
        TakeLease { consumer, holder, lease_us: lease_us(random) }
    }

    /// Mostly on from where it stands, sometimes over the same events again.
    pub fn step(&self, random: &mut Random) -> MoveCursor {
        let (consumer, told) = self.consumer(random);
        let holder = self.holder(random, told, 850);
        let from = told.map_or(0, |told| told.position);
        let position = match random.below(20) {
            0 | 1 => (from - random.between(1, 3)).max(0),
            2 => from,
            _ => random.between(from, self.feed),
        };
        MoveCursor { consumer, holder, position, lease_us: lease_us(random) }
    }

    fn consumer(&self, random: &mut Random) -> (Text<100>, Option<&Consumer>) {
        let name = Text::stored(NAMES[random.below(NAMES.len())]);
        let told = self.told.get(&name);
        (name, told)
    }

    fn holder(&self, random: &mut Random, told: Option<&Consumer>, faithful: u32) -> Uuid {
        match told {
            Some(told) if random.chance(faithful) => told.holder,
            _ => self.processes[random.below(self.processes.len())],
        }
    }
}

fn lease_us(random: &mut Random) -> i64 {
    random.between(1, 40) * Micros::SECOND
}
