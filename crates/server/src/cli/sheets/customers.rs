//! `sutler customers import`: the customers of another shop come along, with their passwords.

use super::{Outcome, bar, counter, fault_of, opened, say, told, until_stopped};
use crate::{
    app::App,
    sheets::customers::{Checked, Finding, Written, check, write},
};
use clap::ArgMatches;
use domain::{Actor, CorrelationId};
use std::{io, process::ExitCode};
use uuid::Uuid;

pub async fn bring(app: &App, matches: &ArgMatches) -> Outcome {
    let file = opened(matches)?;
    let is_dry = matches.get_flag("dry-run");
    let bar = counter("looked at");
    let mut found = |finding: Finding<'_>| {
        let text = match finding {
            Finding::Bad { line, fault } => fault_of(line, fault),
            Finding::New { line, customer } if is_dry => {
                let cells =
                    customer.told().into_iter().map(|(name, cell)| format!("{name} {cell:?}"));
                let cells = cells.collect::<Vec<_>>().join(", ");
                format!("line {line}: {} is new: {cells}", customer.username.as_str())
            }
            Finding::New { .. } => return Ok(()),
            Finding::Rows(rows) => {
                bar.set_position(rows);
                return Ok(());
            }
        };
        bar.suspend(|| say(text)).map_err(io::Error::other)
    };
    let checked = check(app, &file, &mut found).await.map_err(told)?;
    bar.finish_and_clear();
    let Checked { created, unchanged, rows, bad } = checked;
    if bad > 0 {
        say(checked.refused(Vec::new()).detail())?;
        return Ok(ExitCode::FAILURE);
    }
    if is_dry {
        say(format!("would be: {created} created, {unchanged} unchanged"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let bar = self::bar("written", rows);
    let by = (Actor::SYSTEM, CorrelationId(Uuid::now_v7()));
    let mut told = |rows| bar.set_position(rows);
    let written = until_stopped(write(app, by, &file, &mut told), &bar).await?;
    let Written { created, unchanged, .. } = written;
    say(format!("{created} created, {unchanged} unchanged"))?;
    Ok(ExitCode::SUCCESS)
}
