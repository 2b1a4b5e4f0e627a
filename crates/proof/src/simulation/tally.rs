//! How often everything happened, so that one can see that it did.

use crate::{
    nouns::{self, Draw},
    simulation::kinds::{Ending, Fault},
};
use comfy_table::{Table, presets};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    pub seeds: u64,
    pub batches: u64,
    pub checks: u64,
    /// By command and ending.
    endings: BTreeMap<(&'static str, &'static str), u64>,
    faults: BTreeMap<Fault, u64>,
}

impl Tally {
    pub fn ended(&mut self, command: &'static str, ending: &'static str) {
        *self.endings.entry((command, ending)).or_default() += 1;
    }

    pub fn went_wrong(&mut self, fault: Fault) {
        *self.faults.entry(fault).or_default() += 1;
    }

    pub fn add(&mut self, other: &Tally) {
        self.seeds += other.seeds;
        self.batches += other.batches;
        self.checks += other.checks;
        for (ending, more) in &other.endings {
            *self.endings.entry(*ending).or_default() += more;
        }
        for (fault, more) in &other.faults {
            *self.faults.entry(*fault).or_default() += more;
        }
    }

    /// Commands that were handed to a door, however often the door tried them.
    pub fn operations(&self) -> u64 {
        self.endings.values().sum()
    }

    fn commands(&self, command: &str) -> u64 {
        let of_command = self.endings.iter().filter(|((name, _), _)| *name == command);
        of_command.map(|(_, count)| count).sum()
    }

    fn faults(&self, fault: Fault) -> u64 {
        self.faults.get(&fault).copied().unwrap_or(0)
    }

    /// What could have happened, and did not: every command of the domain, with all that its own rule
    /// and its key may bring it; whatever the door may answer, and every fault.
    pub fn unseen(&self) -> Vec<String> {
        let names = domain::commands::NAMES.concat();
        let commands = names.into_iter().filter(|name| self.commands(name) == 0);
        let own = nouns::draws().flat_map(|draw| {
            let unseen = endings(draw).into_iter();
            let unseen = unseen.filter(|ending| !self.endings.contains_key(&(draw.name, ending)));
            unseen.map(|ending| format!("{}: {ending}", draw.name))
        });
        let door = Ending::ALL.iter().map(|ending| ending.name());
        let door = door.filter(|name| !self.endings.keys().any(|(_, ending)| ending == name));
        let faults = Fault::ALL.iter().filter(|fault| self.faults(**fault) == 0);
        let words = commands.chain(door).chain(faults.map(|fault| fault.name()));
        words.map(str::to_owned).chain(own).collect()
    }

    /// Two tables: commands with their endings, and faults.
    pub fn tables(&self) -> [Table; 2] {
        let mut commands = table(["command", "sent", "how they ended"]);
        for name in domain::commands::NAMES.concat() {
            let of_command = self.endings.iter().filter(|((command, _), _)| *command == name);
            let mut endings: Vec<_> =
                of_command.map(|((_, ending), count)| (*count, *ending)).collect();
            endings.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
            let endings: Vec<_> =
                endings.iter().map(|(count, name)| format!("{name} {count}")).collect();
            commands.add_row([name.to_owned(), self.commands(name).to_string(), wrapped(&endings)]);
        }
        let mut faults = table(["fault", "times", ""]);
        for fault in Fault::ALL {
            let (name, count) = (fault.name().to_owned(), self.faults(*fault).to_string());
            faults.add_row([name, count, String::new()]);
        }
        [commands, faults]
    }
}

/// What a command has to have come to.
fn endings(draw: &Draw) -> Vec<&'static str> {
    let keyed = [Ending::DoneBefore.name(), Ending::KeyReused.name()];
    let keyed = keyed.into_iter().filter(|_| draw.is_keyed());
    let own = draw.refusals.iter().copied();
    [Ending::Done.name()].into_iter().chain(own).chain(keyed).collect()
}

fn table(header: [&str; 3]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    table
}

/// Several to a line, so that the table stays as wide as a terminal.
fn wrapped(parts: &[String]) -> String {
    let mut lines = vec![String::new()];
    for part in parts {
        if lines.last().is_some_and(|line| line.len() + part.len() > 72) {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push_str(", ");
            }
            line.push_str(part);
        }
    }
    lines.join("\n")
}
