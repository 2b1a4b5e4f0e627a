//! `sutler migrate`: the schema, brought up to date, after a copy was taken; or only tried on one.

use super::{
    Outcome,
    node::{self, NoShop},
    output::say,
};
use crate::{
    backups::{Backups, Workroom, apart},
    keys::now,
    settings::Settings,
};
use anyhow::{Context, bail, ensure};
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::{fmt, process::ExitCode, time::Duration};
use store::{Finding, Location, Rehearsed, Schema, Taken, schema_version};

pub fn command() -> Command {
    let rehearse = Arg::new("rehearse")
        .long("rehearse")
        .value_name("CLONE")
        .num_args(0..=1)
        .default_missing_value("")
        .conflicts_with("no-backup")
        .help(
            "Change nothing: migrate a copy, and say how long that takes and what waits meanwhile",
        );
    Command::new("migrate").about("Bring the database's schema up to date").long_about(
        "Bring the database's schema up to date.\n\nA shop on SQLite that lacks migrations is backed up first: to \
         backup_to, or beside the shop where that is not set. On Postgres a restore point is marked in the \
         archive of its log, if it keeps one.\n\n\
         With --rehearse nothing of the shop is changed. One on SQLite is copied; one on Postgres has to be \
         cloned by Postgres' own tools, and CLONE is the postgres:// address of the clone.",
    ).args([rehearse, no_backup()])
}

/// For those who migrate.
pub fn no_backup() -> Arg {
    Arg::new("no-backup")
        .long("no-backup")
        .action(ArgAction::SetTrue)
        .help("Take no backup before the schema is changed")
}

pub async fn run(settings: &Settings, matches: &ArgMatches) -> Outcome {
    if let Some(clone) = matches.get_one::<String>("rehearse") {
        return rehearse(settings, clone).await;
    }
    let location = node::location(settings)?;
    let keeps = !matches.get_flag("no-backup");
    let Migrated { kept, applied } = bring_up_to_date(settings, &location, keeps).await?;
    let mut lines: Vec<String> = kept.iter().map(ToString::to_string).collect();
    lines.extend(applied.iter().map(|name| format!("applied {name}")));
    if applied.is_empty() {
        lines.push(match location.schema().await? {
            Schema::Ahead { at, .. } => format!(
                "{location} is at schema {at}, of a later version: this one knows {} and may work there",
                schema_version()
            ),
            _ => format!("{location} is up to date"),
        });
    }
    say(lines.join("\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// What becomes of a schema that is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migrates {
    /// It is left to `sutler migrate`.
    No,
    AfterBackup,
    AtOnce,
}

/// Brings the schema up to date, or refuses to run on one that does not do.
pub async fn prepare(settings: &Settings, migrates: Migrates) -> anyhow::Result<()> {
    let location = node::location(settings)?;
    if migrates == Migrates::No {
        return node::is_there(&location).await.map_err(|error| match error.downcast_ref() {
            Some(NoShop::Absent(_)) => error.context("run `sutler migrate` first"),
            _ => error,
        });
    }
    let keeps = migrates == Migrates::AfterBackup;
    let Migrated { kept, applied } = bring_up_to_date(settings, &location, keeps).await?;
    match kept {
        Some(kept @ Kept::Nothing) => tracing::warn!("{kept}"),
        Some(kept) => tracing::info!("before the schema is changed: {kept}"),
        None => {}
    }
    for migration in applied {
        tracing::info!(%migration, "migrated");
    }
    // Of a later version, which lets this one work there.
    node::tell_of_another(&location.schema().await?);
    Ok(())
}

struct Migrated {
    /// What can be gone back to, where anything was to be migrated.
    kept: Option<Kept>,
    applied: Vec<String>,
}

enum Kept {
    Backup {
        name: String,
        place: String,
    },
    /// A moment in Postgres' log.
    Mark(String),
    Nothing,
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kept::Backup { name, place } => write!(f, "backed up as {name} in {place}"),
            Kept::Mark(name) => write!(f, "marked in Postgres' log as the restore point `{name}`"),
            Kept::Nothing => f.write_str(
                "no backup was taken: this Postgres archives no log in which this moment could be marked (docs/backups.md)",
            ),
        }
    }
}

/// Migrates what is behind, and makes what is not there.
async fn bring_up_to_date(
    settings: &Settings,
    location: &Location,
    keeps: bool,
) -> anyhow::Result<Migrated> {
    node::make_room(location)?;
    let schema = location.schema().await?;
    node::refuse_outdated(location, &schema)?;
    let kept = match schema {
        Schema::Behind { at, .. } if keeps => Some(keep(settings, location, at).await?),
        _ => None,
    };
    let applied = location.migrate().await;
    let applied = applied.map_err(|error| match &kept {
        Some(kept) => anyhow::Error::from(error).context(format!("{kept}. But then")),
        None => error.into(),
    });
    Ok(Migrated { kept, applied: applied? })
}

async fn keep(settings: &Settings, location: &Location, at: u32) -> anyhow::Result<Kept> {
    const OR_NOT: &str = "no backup could be taken before the schema is changed (`sutler migrate --no-backup` does without one)";
    match location {
        Location::Sqlite(path) => {
            let backups = Backups::before_migrating(settings, path);
            let place = backups.folder.to_string();
            let shop = location.clone();
            let taken = apart(move || backups.take(&shop, now())).await.context(OR_NOT)?;
            Ok(Kept::Backup { name: taken.name.to_string(), place })
        }
        Location::Postgres(_) => {
            let name = format!("sutler before schema {}, at schema {at}", schema_version());
            Ok(if location.mark(&name).await? { Kept::Mark(name) } else { Kept::Nothing })
        }
    }
}

async fn rehearse(settings: &Settings, clone: &str) -> Outcome {
    let shop = node::location(settings)?;
    node::exists(&shop).await?;
    node::refuse_outdated(&shop, &shop.schema().await?)?;
    let rehearsal = match &shop {
        Location::Sqlite(path) => {
            ensure!(
                clone.is_empty(),
                "--rehearse takes no address for a shop on SQLite: it is copied by itself"
            );
            let beside = node::directory(path).to_owned();
            let shop = shop.clone();
            apart(move || {
                let room = Workroom::within(&beside)?;
                let copy = room.path().join("shop.db");
                shop.copy_to(&copy).context("copying the shop")?;
                try_on(&Location::Sqlite(copy))
            })
            .await?
        }
        Location::Postgres(_) => {
            let clone = cloned(settings, &shop, clone).await?;
            apart(move || try_on(&clone)).await?
        }
    };
    say(told(&rehearsal))?;
    let is_sound = rehearsal.findings.iter().all(Finding::is_sound);
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Rehearsal {
    migrations: Vec<Rehearsed>,
    findings: Vec<Finding>,
}

fn try_on(copy: &Location) -> anyhow::Result<Rehearsal> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let migrations = copy.rehearse().await?;
        Ok(Rehearsal { migrations, findings: copy.audit().await? })
    })
}

/// The shop's clone, as the shop is: no other shop's, and not the shop.
async fn cloned(settings: &Settings, shop: &Location, clone: &str) -> anyhow::Result<Location> {
    if clone.is_empty() {
        bail!(
            "a shop on Postgres is rehearsed on a clone: make one by Postgres' own tools, and give its address, \
             as in --rehearse postgres://localhost/clone"
        );
    }
    let clone: Location = clone.parse().map_err(anyhow::Error::msg).context("the clone")?;
    let Location::Postgres(_) = &clone else {
        bail!("the shop is on Postgres, and so must its clone be");
    };
    ensure!(
        shop.server_and_database().await? != clone.server_and_database().await?,
        "that is the shop itself: give the address of its clone"
    );
    node::exists(&clone).await?;
    let [ours, theirs] = [shop.schema().await?.version(), clone.schema().await?.version()];
    ensure!(
        ours == theirs,
        "the shop is at schema {ours} and its clone at schema {theirs}: clone it anew"
    );
    ensure!(
        epoch_of(settings, shop).await? == epoch_of(settings, &clone).await?,
        "that is another shop, or one that was restored: give the address of a clone of this one"
    );
    ensure!(
        clone.retire().await?,
        "somebody works on the clone: give the address of one that is nobody's"
    );
    Ok(clone)
}

/// The readers are gone when it is told: nobody else is there.
async fn epoch_of(settings: &Settings, location: &Location) -> anyhow::Result<String> {
    let readers = location.readers(2, settings.read_deadline)?;
    Ok(readers.exact().feed().await?.epoch)
}

fn told(Rehearsal { migrations, findings }: &Rehearsal) -> String {
    let mut lines: Vec<String> = migrations.iter().map(one).collect();
    let took: Duration = migrations.iter().map(|one| one.took).sum();
    let broken = findings.iter().find(|finding| !finding.is_sound());
    let after = match broken {
        None => format!("all {} invariants hold afterwards.", findings.len()),
        Some(broken) => format!("afterwards it does not hold that {}.", broken.holds),
    };
    lines.push(match migrations.len() {
        0 => format!("Nothing is to be migrated, and {after}"),
        1 => format!("1 migration in {}; {after}", seconds(took)),
        many => format!("{many} migrations in {}; {after}", seconds(took)),
    });
    lines.join("\n")
}

/// `V9__flow took 1.20 s: reads and writes of orders.orders wait for it`
fn one(Rehearsed { migration, took, locked }: &Rehearsed) -> String {
    let waits = |wanted: Taken, what: &str| {
        let tables: Vec<&str> = locked
            .iter()
            .filter(|(_, taken)| *taken == wanted)
            .map(|(table, _)| table.as_str())
            .collect();
        (!tables.is_empty()).then(|| format!("{what} {}", tables.join(", ")))
    };
    let waits: Vec<String> = [
        waits(Taken::ReadsAndWrites, "reads and writes of"),
        waits(Taken::Writes, "writes to"),
        waits(Taken::Rows, "changes of the same rows of"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let waits = match waits.is_empty() {
        true => "nothing waits".to_owned(),
        false => format!("{} wait", waits.join(", and ")),
    };
    format!("{migration} took {}: {waits} for it", seconds(*took))
}

fn seconds(took: Duration) -> String {
    format!("{:.2} s", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rehearsal_says_what_waits_for_how_long() {
        let one = |locked: &[(&str, Taken)]| {
            let locked =
                locked.iter().map(|(table, taken)| ((*table).to_owned(), *taken)).collect();
            one(&Rehearsed {
                migration: "V9__flow".to_owned(),
                took: Duration::from_millis(1_204),
                locked,
            })
        };
        assert_eq!(one(&[]), "V9__flow took 1.20 s: nothing waits for it");
        let rows = one(&[("a", Taken::Rows)]);
        assert_eq!(rows, "V9__flow took 1.20 s: changes of the same rows of a wait for it");
        let both = [("a", Taken::Writes), ("b", Taken::ReadsAndWrites), ("c", Taken::Writes)];
        assert_eq!(
            one(&both),
            "V9__flow took 1.20 s: reads and writes of b, and writes to a, c wait for it"
        );
    }
}
