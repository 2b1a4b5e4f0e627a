//! `sutler backup`, `sutler restore` and `sutler drill`: a shop in SQLite, kept twice.

use super::{Outcome, check::wrong_backups, node, output::say};
use crate::{
    app::micros,
    backups::{self, Backups, Name, Restored, Taken, apart, late_after},
    keys::now,
    settings::Settings,
};
use anyhow::{Context, bail, ensure};
use clap::{Arg, ArgAction, ArgMatches, Command};
use domain::Micros;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};
use store::Location;

const NOWHERE: &str =
    "nobody has said where backups lie: set backup_to, or give --backup-to FOLDER";

pub fn commands() -> [Command; 3] {
    let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
    let list = flag("list").help("List those that are there instead, the newest last");
    let replace = flag("replace").help(
        "Where there is a shop already, put it beside the restored one: nothing may serve it",
    );
    let epoch = flag("new-epoch")
        .conflicts_with_all(["backup", "replace"])
        .help("Restore nothing: the database was restored by its own tools, and is told so");
    let which = Arg::new("backup")
        .value_name("BACKUP")
        .help("One of those that `sutler backup --list` lists, or any file [default: the newest]");
    [
        Command::new("backup").about("Copy a shop in SQLite, while it sells").long_about(
            "Copy a shop in SQLite to backup_to, while it sells.\n\nWhat was written is read again, and all \
             invariants are checked in it. Then those go that are superfluous: backups_hourly, backups_daily \
             and backups_weekly say how many are kept.",
        ).arg(list),
        Command::new("restore").about("Make a backup the shop").long_about(
            "Make a backup the shop: it is unpacked beside it, brought to this version's schema, checked, \
             and put in its place. It has another epoch than the one that it was taken of, so that \
             clients and those who follow its events can tell what came after the backup, and is lost.",
        ).args([which, replace, epoch]),
        Command::new("drill").about("Try whether the newest backup could be restored").long_about(
            "Restore the newest backup beside the shop, check all of it, and throw it away.\n\n\
             The exit code is 0 if it could be restored and is no older than twice backup_every.",
        ),
    ]
}

pub async fn run(settings: &Settings, name: &str, matches: &ArgMatches) -> Outcome {
    let location = node::location(settings)?;
    if name == "restore" && matches.get_flag("new-epoch") {
        return begin_epoch(&location).await;
    }
    let Location::Sqlite(shop) = &location else {
        bail!("a shop on Postgres is backed up by Postgres' own tools: docs/backups.md says how");
    };
    match name {
        "backup" if matches.get_flag("list") => list(&kept(settings)?),
        "backup" => {
            // One that is behind is copied as it is: that is what is wanted before it is migrated.
            node::exists(&location).await?;
            take(kept(settings)?, location).await
        }
        "restore" => restore(settings, shop, matches).await,
        _ => drill(settings).await,
    }
}

fn kept(settings: &Settings) -> anyhow::Result<Backups> {
    if let Some(problem) = wrong_backups(settings).into_iter().next() {
        bail!("{}. {}", problem.what, problem.remedy);
    }
    Backups::of(settings).context(NOWHERE)
}

fn list(backups: &Backups) -> Outcome {
    let names = backups.list()?;
    for name in &names {
        say(format!("{name}  {}", age(now().0 - name.taken_at.0)))?;
    }
    if names.is_empty() {
        say(format!("there is no backup in {}", backups.folder))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn take(backups: Backups, location: Location) -> Outcome {
    let place = backups.folder.to_string();
    let is_sealed = backups.is_sealed();
    let taken = apart(move || backups.take(&location, now())).await?;
    let Taken { name, bytes, took, invariants, removed } = taken;
    say(format!(
        "{name} lies in {place}: {}, in {:.1} s. It was read again, and all {invariants} invariants hold.",
        size(bytes),
        took.as_secs_f64()
    ))?;
    if !is_sealed {
        say("Whoever can read it reads who has ordered what: with backup_key it is sealed.")?;
    }
    for name in removed {
        say(format!("removed {name}, which is superfluous now"))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn restore(settings: &Settings, shop: &Path, matches: &ArgMatches) -> Outcome {
    let which = matches.get_one::<String>("backup").map(String::as_str);
    let file = which.map(PathBuf::from).filter(|path| path.is_file());
    let replaces = matches.get_flag("replace");
    node::make_room(&Location::Sqlite(shop.to_owned()))?;
    node::make_directory(&settings.data_dir)?;
    let to = shop.to_owned();
    let restored = match file {
        // Wherever it lies: nothing is asked of the place of the others.
        Some(file) => {
            let key = settings.backup_key.clone();
            apart(move || backups::restore(&file, key.as_ref(), &to, replaces, now())).await?
        }
        None => {
            let backups = kept(settings)?;
            let name = chosen(&backups, which)?;
            apart(move || backups.restore(&name, &to, replaces, now())).await?
        }
    };
    say(told(&restored, shop))?;
    Ok(ExitCode::SUCCESS)
}

fn chosen(backups: &Backups, which: Option<&str>) -> anyhow::Result<Name> {
    let names = backups.list()?;
    let Some(which) = which else {
        return backups
            .newest(now())?
            .with_context(|| format!("there is no backup in {}", backups.folder));
    };
    let found = names.into_iter().find(|name| name.to_string() == which);
    found.with_context(|| {
        format!(
            "there is no backup {which} in {}, and no such file: `sutler backup --list` lists them",
            backups.folder
        )
    })
}

fn told(restored: &Restored, shop: &Path) -> String {
    let Restored { taken_at, commit, invariants, replaced } = restored;
    let mut lines = vec![format!(
        "{} is the shop again as it was at {taken_at}, after commit {commit}: all {invariants} invariants hold.",
        shop.display()
    )];
    if let Some((before, lost)) = replaced {
        let lost = lost.map(|lost| match lost {
            0 => " It had nothing that this one lacks.".to_owned(),
            lost => format!(" It had {lost} commits that this one lacks."),
        });
        let lost = lost.unwrap_or_default();
        lines.push(format!("The shop that was there before lies in {}.{lost}", before.display()));
    }
    lines.push("Start it with `sutler serve`.".to_owned());
    lines.join("\n")
}

async fn drill(settings: &Settings) -> Outcome {
    let backups = kept(settings)?;
    let Some(newest) = backups.newest(now())? else {
        bail!("there is no backup in {}", backups.folder);
    };
    let old = now().0 - newest.taken_at.0;
    let found = apart(move || backups.drill(&newest)).await?;
    say(format!(
        "{} is {} old. It could be restored in {:.1} s: all {} invariants hold.",
        found.name,
        age(old),
        found.took.as_secs_f64(),
        found.invariants
    ))?;
    if old > late_after(settings) {
        say(format!(
            "That is too old: one is wanted every {} (backup_every).",
            age(micros(settings.backup_every))
        ))?;
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

async fn begin_epoch(location: &Location) -> Outcome {
    node::is_there(location).await?;
    ensure!(location.retire().await?, "{location} is in use: stop whatever serves it first");
    location.begin_epoch().await?;
    say(format!(
        "{location} has an epoch of its own: what came after its backup can be told apart"
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

/// In a unit of which there are some.
pub fn age(us: i64) -> String {
    const MINUTE: i64 = 60 * Micros::SECOND;
    let units = [(Micros::DAY, "days"), (Micros::HOUR, "hours"), (MINUTE, "min")];
    let unit = units.into_iter().find(|(unit, _)| us >= 2 * unit);
    let (unit, name) = unit.unwrap_or((Micros::SECOND, "s"));
    format!("{} {name}", us.max(0) / unit)
}
