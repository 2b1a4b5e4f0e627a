//! `sutler customers import`: the customers of another shop come along, with their passwords.
//!
//! Each line is an account of its own: what is wrong with one keeps no other one out, and the same file
//! may be given again when its lines were mended.

mod lines;

use super::{Outcome, node, output::say};
use crate::{
    app::App,
    settings::Settings,
    telemetry::{COMMAND_LINE, security},
};
use anyhow::Context;
use clap::{Arg, ArgAction, ArgMatches, Command};
use domain::{
    AccountId, Actor, CorrelationId, Done, Register, Role, Text, accounts::RegisterRefusal,
};
use futures_util::{StreamExt, stream};
use lines::{Customer, Wrong};
use std::{fs::File, path::PathBuf, process::ExitCode};
use store::Rejection;
use uuid::Uuid;

/// So many lines are on their way at once: they share commits.
const AT_ONCE: usize = 256;
/// So many lines that are wrong are shown.
const SHOWN: usize = 100;

const ABOUT: &str = "\
The first line names the columns: username and email, and any of password, first_name, last_name,
is_active, email_confirmed. A password is a hash as Django keeps it (pbkdf2_sha256$..., argon2$...), or
empty: its owner then chooses one by a mailed link. At the next login a hash is replaced by this shop's.
The same file may be given again: who is there already stays as he is.";

pub fn commands() -> Vec<Command> {
    vec![
        Command::new("import")
            .about("Import customers from a CSV file, with the password hashes of a Django shop")
            .long_about(ABOUT)
            .arg(
                Arg::new("file")
                    .required(true)
                    .value_name("FILE")
                    .value_parser(clap::value_parser!(PathBuf))
                    .help("The CSV file"),
            )
            .arg(
                Arg::new("dry-run")
                    .long("dry-run")
                    .action(ArgAction::SetTrue)
                    .help("Only say what is wrong with the lines"),
            ),
    ]
}

pub async fn run(settings: Settings, matches: &ArgMatches) -> Outcome {
    let path = matches.get_one::<PathBuf>("file").cloned().unwrap_or_default();
    let file = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines = lines::read(file)?;
    let mut report = Report::default();
    if matches.get_flag("dry-run") {
        for line in lines {
            report.add(line.map(|_| Came::New));
        }
        return report.tell_of_file();
    }
    node::prepare(&settings, false).await?;
    let app = App::open(settings, false)?;
    let mut ended = stream::iter(lines)
        .map(|line| async {
            match line {
                Ok(customer) => import(&app, customer).await,
                Err(wrong) => Err(wrong),
            }
        })
        .buffered(AT_ONCE);
    while let Some(line) = ended.next().await {
        report.add(line);
    }
    drop(ended);
    app.close().await?;
    report.tell()
}

/// What became of a line.
enum Came {
    New,
    /// Somebody of this name and address is there.
    Before,
}

#[derive(Default)]
struct Report {
    new: u64,
    before: u64,
    wrong: Vec<Wrong>,
}

impl Report {
    fn add(&mut self, line: Result<Came, Wrong>) {
        match line {
            Ok(Came::New) => self.new += 1,
            Ok(Came::Before) => self.before += 1,
            Err(wrong) => self.wrong.push(wrong),
        }
    }

    /// Who is there already is not looked for.
    fn tell_of_file(self) -> Outcome {
        let (good, wrong) = (self.new, self.wrong.len());
        self.tell_wrong()?;
        say(format!(
            "{good} lines can be read, {wrong} cannot; who is there already the import tells"
        ))?;
        Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn tell_wrong(&self) -> anyhow::Result<()> {
        for wrong in self.wrong.iter().take(SHOWN) {
            say(format!("line {}: {}", wrong.line, wrong.why))?;
        }
        if self.wrong.len() > SHOWN {
            say(format!("and {} lines more", self.wrong.len() - SHOWN))?;
        }
        Ok(())
    }

    fn tell(self) -> Outcome {
        self.tell_wrong()?;
        let (new, before, wrong) = (self.new, self.before, self.wrong.len());
        say(format!("{new} imported, {before} were there already, {wrong} refused"))?;
        Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

async fn import(app: &App, customer: Customer) -> Result<Came, Wrong> {
    let line = customer.line;
    let wrong = |why: String| Wrong { line, why };
    let correlation = CorrelationId(Uuid::now_v7());
    let (username, email) = (customer.username.clone(), customer.email.clone());
    let register = Register {
        id: AccountId(Uuid::now_v7()),
        username: customer.username,
        email: customer.email,
        password_hash: Text::stored(&customer.password_hash),
        first_name: customer.first_name,
        last_name: customer.last_name,
        role: Role::Customer,
        email_confirmed: customer.email_confirmed,
        is_active: customer.is_active,
        held_us: None,
    };
    match app.send(Actor::SYSTEM, correlation, None, register).await {
        Ok(answered) => {
            if let Done::Now(account) = answered.done {
                let (account, is_active) = (account.id, customer.is_active);
                security!(%account, is_active, by = COMMAND_LINE, "an account was imported");
            }
            Ok(Came::New)
        }
        Err(Rejection::Refused(RegisterRefusal::Taken { .. })) => {
            let there = app.readers.exact().account_named(username.as_str()).await;
            let there = there.map_err(|error| wrong(error.to_string()))?;
            match there.filter(|there| there.email.folded() == email.folded()) {
                Some(there) if there.held_until.is_some() => Err(wrong(format!(
                    "somebody has registered as {} with this e-mail address and has not confirmed \
                     it: import the line again when the account was let go",
                    username.as_str()
                ))),
                Some(_) => Ok(Came::Before),
                None => Err(wrong(format!(
                    "the username {} or the e-mail address is somebody else's, or looks like it",
                    username.as_str()
                ))),
            }
        }
        Err(rejection) => Err(wrong(format!("it was not imported: {rejection:?}"))),
    }
}
