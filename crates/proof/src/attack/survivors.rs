//! What no test notices. cargo-mutants changes the code in every way that it knows; a change that
//! all tests pass has survived. In the domain every change is tried, elsewhere a sample that a seed
//! draws. Each survivor that stays has a reason, in `survivors.toml`.

mod drill;
mod reasons;

use crate::{
    stage::random::Random,
    verdicts::{Line, Verdict},
};
use anyhow::bail;
use drill::{Change, Drill, End};
use reasons::Reasons;
use std::{str::FromStr, time::Instant};

/// Change the code in every way, and see what no test notices
#[derive(clap::Args, Clone, Debug)]
pub struct SurvivorsArgs {
    /// Only what has changed since this revision
    #[arg(long, value_name = "REVISION", conflicts_with_all = ["parts", "files"])]
    pub since: Option<String>,

    /// Only these
    #[arg(long, value_enum, value_delimiter = ',', default_value = "domain,elsewhere")]
    pub parts: Vec<Part>,

    /// Only changes to these files
    #[arg(long, value_delimiter = ',', value_name = "GLOBS")]
    pub files: Vec<String>,

    /// How many changes are drawn outside of the domain
    #[arg(long, default_value_t = 200)]
    pub sample: usize,

    /// What is drawn
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// Only this part of them, as 2/4: what takes hours is done in parts
    #[arg(long, default_value = "1/1", value_name = "PART")]
    pub shard: Shard,

    /// Ask only the tests of the crate that is changed
    #[arg(long)]
    pub narrow: bool,

    /// Say what would be tried, and try nothing
    #[arg(long)]
    pub list: bool,
}

/// Every so-and-so-many-th change, from one of the first on: each part has some of every file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    first: usize,
    of: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let parts =
            text.split_once('/').and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
        match parts {
            Some((first, of)) if 1 <= first && first <= of => Ok(Shard { first, of }),
            _ => Err("it is K/N, the K-th of N parts, as 2/4".into()),
        }
    }
}

impl Shard {
    fn of(self, changes: Vec<Change>) -> Vec<Change> {
        changes.into_iter().skip(self.first - 1).step_by(self.of).collect()
    }
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Domain,
    Elsewhere,
}

impl Part {
    fn packages(self) -> &'static [&'static str] {
        match self {
            Part::Domain => &["domain"],
            // What is shipped.
            Part::Elsewhere => &["store", "sutler", "load"],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Part::Domain => "changes to the domain",
            Part::Elsewhere => "changes elsewhere",
        }
    }

    /// Of a hundred changes so many may survive.
    fn most_percent(self) -> usize {
        match self {
            Part::Domain => 5,
            Part::Elsewhere => 10,
        }
    }
}

/// What came of some changes.
struct Tried {
    name: String,
    most_percent: Option<usize>,
    caught: usize,
    survivors: Vec<Change>,
    /// They do not compile, and so are none.
    unviable: usize,
}

pub fn run(args: &SurvivorsArgs) -> anyhow::Result<Vec<Line>> {
    let drill = Drill::prepare(&super::mutants::root()?)?;
    let reasons = Reasons::read(&super::mutants::root()?)?;
    let mut lines = Vec::new();
    for (mut name, most_percent, changes) in chosen(&drill, args)? {
        let Shard { first, of } = args.shard;
        if of > 1 {
            name = format!("{name}, part {first} of {of}");
        }
        let changes = args.shard.of(changes);
        if args.list {
            changes.iter().for_each(|change| println!("{}", change.name));
            continue;
        }
        let began = Instant::now();
        let tried = tried(&drill, name, most_percent, changes, args.narrow)?;
        println!("{}", listed(&tried, &reasons));
        lines.push(line(&tried, &reasons, began));
    }
    Ok(lines)
}

type Chosen = (String, Option<usize>, Vec<Change>);

fn chosen(drill: &Drill, args: &SurvivorsArgs) -> anyhow::Result<Vec<Chosen>> {
    if let Some(revision) = &args.since {
        let packages = [Part::Domain, Part::Elsewhere].map(Part::packages).concat();
        let changes = drill.changes_since(revision, &packages)?;
        return Ok(vec![(format!("changes to what is new since {revision}"), None, changes)]);
    }
    let mut chosen = Vec::new();
    for part in &args.parts {
        let mut changes = drill.changes(part.packages(), &args.files)?;
        let mut name = part.name().to_owned();
        if *part == Part::Elsewhere && changes.len() > args.sample {
            name = format!("{name}, {} of {} drawn by {}", args.sample, changes.len(), args.seed);
            changes = drawn(changes, args.sample, args.seed);
        }
        chosen.push((name, Some(part.most_percent()), changes));
    }
    if chosen.iter().all(|(.., changes)| changes.is_empty()) {
        bail!("nothing in these files can be changed");
    }
    Ok(chosen)
}

/// The same for every machine, in the order of the files.
fn drawn(mut changes: Vec<Change>, count: usize, seed: u64) -> Vec<Change> {
    let mut random = Random::new(seed);
    while changes.len() > count {
        changes.remove(random.below(changes.len()));
    }
    changes
}

fn tried(
    drill: &Drill,
    name: String,
    most_percent: Option<usize>,
    changes: Vec<Change>,
    is_narrow: bool,
) -> anyhow::Result<Tried> {
    let mut tried = Tried { name, most_percent, caught: 0, survivors: Vec::new(), unviable: 0 };
    let mut passed = Vec::new();
    eprintln!("{}: {} to try", tried.name, changes.len());
    for (change, end) in drill.run_own(changes)? {
        match end {
            End::Caught => tried.caught += 1,
            End::Unviable => tried.unviable += 1,
            End::Missed => passed.push(change),
        }
    }
    if is_narrow || passed.is_empty() {
        tried.survivors = passed;
        return Ok(tried);
    }
    eprintln!("{}: {} passed their own tests, and meet all others", tried.name, passed.len());
    for (change, end) in drill.run_all(passed)? {
        match end {
            End::Missed => tried.survivors.push(change),
            End::Caught | End::Unviable => tried.caught += 1,
        }
    }
    Ok(tried)
}

/// For docs/proof.md.
fn listed(tried: &Tried, reasons: &Reasons) -> String {
    let mut text = format!("{}\n\n| survivor | why it stays |\n|---|---|\n", tried.name);
    for change in &tried.survivors {
        let reason = reasons.of(change).unwrap_or("**no reason**");
        text.push_str(&format!("| `{}` | {reason} |\n", change.plain));
    }
    text
}

fn line(tried: &Tried, reasons: &Reasons, began: Instant) -> Line {
    let survived = tried.survivors.len();
    let all = tried.caught + survived;
    let unexplained: Vec<&str> = tried
        .survivors
        .iter()
        .filter(|change| reasons.of(change).is_none())
        .map(|change| change.plain.as_str())
        .collect();
    let is_within = tried.most_percent.is_none_or(|most| survived * 100 <= all * most);
    let percent = survived as f64 * 100.0 / all.max(1) as f64;
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    let mut remark = format!("{survived} survive ({percent:.1}%)");
    if let Some(most) = tried.most_percent {
        remark.push_str(&format!(", {most}% may"));
    }
    if !unexplained.is_empty() {
        remark.push_str(&format!("; without a reason: {}", unexplained.len()));
    }
    remark.push_str(&format!("; {} do not compile; {minutes:.0} minutes", tried.unviable));
    Line {
        tried: tried.name.clone(),
        times: format!("{all} changes"),
        verdict: Verdict::of(is_within && unexplained.is_empty()),
        remark,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(number: usize) -> Change {
        let name = format!("a.rs:{number}:1: replace {number} with 0");
        Change::named(&name, "a.rs", "a")
    }

    #[test]
    fn a_sample_is_as_large_as_asked_for_and_a_seed_repeats_it() {
        let all = || (0..50).map(change).collect::<Vec<_>>();
        let [one, again, other] = [1, 1, 2].map(|seed| drawn(all(), 7, seed));
        assert_eq!((one.len(), &one), (7, &again));
        assert_ne!(one, other);
        assert_eq!(drawn(all(), 50, 1), all());
    }

    #[test]
    fn shards_are_all_of_it_once() {
        let all: Vec<Change> = (0..10).map(change).collect();
        let mut tried = Vec::new();
        for shard in ["1/3", "2/3", "3/3"] {
            let part = shard.parse::<Shard>().unwrap().of(all.clone());
            assert!([3, 4].contains(&part.len()), "{part:?}");
            tried.extend(part);
        }
        tried.sort_by_key(|change| all.iter().position(|one| one == change));
        assert_eq!(tried, all);
        for wrong in ["0/3", "4/3", "1", "a/b", "1/0"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_part_holds_within_its_rate_and_with_a_reason_for_each_survivor() {
        let verdict = |caught, survivors: Vec<Change>, reasons: &str| {
            let (name, most_percent) = (String::new(), Some(5));
            let tried = Tried { name, most_percent, caught, survivors, unviable: 3 };
            line(&tried, &reasons.parse().unwrap(), Instant::now()).verdict
        };
        let reason = "[[survivor]]\nname = \"a.rs: replace 4 with 0\"\nwhy = \"it is the same\"\n";
        assert_eq!(verdict(20, vec![], ""), Verdict::Held);
        assert_eq!(verdict(19, vec![change(4)], reason), Verdict::Held);
        assert_eq!(verdict(19, vec![change(4)], ""), Verdict::Broken);
        assert_eq!(verdict(18, vec![change(4)], reason), Verdict::Broken);
    }
}
