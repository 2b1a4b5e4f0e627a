//! How often everything happened, so that one can see that it did.

use crate::simulation::kinds::{CommandKind, Ending, Fault};
use comfy_table::{Table, presets};

#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    pub seeds: u64,
    pub batches: u64,
    pub checks: u64,
    endings: Vec<[u64; Ending::ALL.len()]>,
    faults: [u64; Fault::ALL.len()],
}

impl Default for Tally {
    fn default() -> Self {
        Tally {
            seeds: 0,
            batches: 0,
            checks: 0,
            endings: vec![[0; Ending::ALL.len()]; CommandKind::ALL.len()],
            faults: [0; Fault::ALL.len()],
        }
    }
}

impl Tally {
    pub fn ended(&mut self, command: CommandKind, ending: Ending) {
        self.endings[command as usize][ending as usize] += 1;
    }

    pub fn went_wrong(&mut self, fault: Fault) {
        self.faults[fault as usize] += 1;
    }

    pub fn add(&mut self, other: &Tally) {
        self.seeds += other.seeds;
        self.batches += other.batches;
        self.checks += other.checks;
        for (sum, more) in self.endings.iter_mut().flatten().zip(other.endings.iter().flatten()) {
            *sum += more;
        }
        for (sum, more) in self.faults.iter_mut().zip(other.faults) {
            *sum += more;
        }
    }

    /// Commands that were handed to a door, however often the door tried them.
    pub fn operations(&self) -> u64 {
        self.endings.iter().flatten().sum()
    }

    fn commands(&self, command: CommandKind) -> u64 {
        self.endings[command as usize].iter().sum()
    }

    fn endings(&self, ending: Ending) -> u64 {
        self.endings.iter().map(|of_command| of_command[ending as usize]).sum()
    }

    fn faults(&self, fault: Fault) -> u64 {
        self.faults[fault as usize]
    }

    /// What could have happened, and did not.
    pub fn unseen(&self) -> Vec<&'static str> {
        let commands = CommandKind::ALL.iter().filter(|kind| self.commands(**kind) == 0);
        let endings = Ending::ALL.iter().filter(|ending| self.endings(**ending) == 0);
        let faults = Fault::ALL.iter().filter(|fault| self.faults(**fault) == 0);
        let commands = commands.map(|kind| kind.name());
        let endings = endings.map(|ending| ending.name());
        commands.chain(endings).chain(faults.map(|fault| fault.name())).collect()
    }

    /// Two tables: commands with their endings, and faults.
    pub fn tables(&self) -> [Table; 2] {
        let mut commands = table(["command", "sent", "how they ended"]);
        for kind in CommandKind::ALL {
            let mut endings: Vec<_> = Ending::ALL
                .iter()
                .map(|ending| (self.endings[*kind as usize][*ending as usize], ending.name()))
                .filter(|(count, _)| *count > 0)
                .collect();
            endings.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
            let endings: Vec<_> =
                endings.iter().map(|(count, name)| format!("{name} {count}")).collect();
            let (name, sent) = (kind.name().to_owned(), self.commands(*kind).to_string());
            commands.add_row([name, sent, wrapped(&endings)]);
        }
        let mut faults = table(["fault", "times", ""]);
        for fault in Fault::ALL {
            let (name, count) = (fault.name().to_owned(), self.faults(*fault).to_string());
            faults.add_row([name, count, String::new()]);
        }
        [commands, faults]
    }
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
