//! `sutler user`: accounts from the command line, the first admin above all.

mod asking;
mod changes;

use super::{
    Outcome,
    migrate::{self, Migrates},
    node,
    output::say,
};
use crate::{
    app::App,
    limits::Guest,
    passwords::check_password,
    settings::Settings,
    telemetry::{COMMAND_LINE, security},
};
use anyhow::{anyhow, bail};
use clap::{Arg, ArgAction, ArgMatches, Command};
use domain::{
    AccountId, Actor, CorrelationId, Email, Register, Role, Text, Username,
    accounts::RegisterRefusal,
};
use std::{io::BufRead, process::ExitCode};
use store::{Rejection, Schema};
use uuid::Uuid;

/// What can be done to accounts.
pub fn commands() -> Vec<Command> {
    [vec![create_command()], changes::commands()].concat()
}

pub async fn run(settings: Settings, name: &str, matches: &ArgMatches) -> Outcome {
    match name {
        "create" => run_create(settings, matches).await,
        name => changes::run(settings, name, matches).await,
    }
}

fn roles() -> [&'static str; 3] {
    Role::ALL.map(Role::name)
}

fn password_stdin() -> Arg {
    Arg::new("password-stdin")
        .long("password-stdin")
        .action(ArgAction::SetTrue)
        .help("Read the password from the first line of standard input")
}

fn create_command() -> Command {
    let required = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).required_unless_present("ask").help(help)
    };
    let ask = Arg::new("ask")
        .long("ask")
        .action(ArgAction::SetTrue)
        .conflicts_with("password-stdin")
        .help("Ask for what is not given, and for the password");
    Command::new("create")
        .about("Create an account; without --password-stdin a password is made and printed once")
        .arg(required("username", "Name to log in with"))
        .arg(required("email", "E-mail address"))
        .arg(
            Arg::new("role")
                .long("role")
                .default_value("customer")
                .value_parser(roles())
                .help("What the account may do"),
        )
        .arg(password_stdin())
        .arg(ask)
}

async fn run_create(settings: Settings, matches: &ArgMatches) -> Outcome {
    let username = given(matches, "username", "Name to log in with", |text| {
        Username::new(&text).map_err(|why| anyhow!("the username {why}"))
    })?;
    let email = given(matches, "email", "E-mail address", |text| {
        Email::new(&text).map_err(|why| anyhow!("the e-mail address {why}"))
    })?;
    let role = given(matches, "role", "Role", |text| {
        Role::named(&text).ok_or_else(|| anyhow!("unknown role"))
    })?;
    let is_good = |password: &str| check(password, username.as_str(), email.as_str());
    let (password, is_made) = match matches.get_flag("ask") {
        true => {
            let read = |(one, two): (String, String)| match one == two {
                true => is_good(&one).map(|()| one),
                false => bail!("the two passwords are not the same"),
            };
            (asking::until_good(asking::password, read)?, false)
        }
        false => chosen(matches)?,
    };
    is_good(&password)?;
    let location = node::location(&settings)?;
    match location.schema().await? {
        Schema::Absent => migrate::prepare(&settings, Migrates::AtOnce).await?,
        _ => node::is_there(&location).await?,
    }
    let app = App::open(settings, false)?;
    let created = create(&app, username.clone(), email, role, &password).await;
    app.close().await?;
    created?;
    say(format!("created {} {}", role.name(), username.as_str()))?;
    if is_made {
        say(format!("password: {password}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What an argument says; or an answer, if it is not there and questions may be asked.
fn given<T>(
    matches: &ArgMatches,
    name: &str,
    question: &str,
    read: impl Fn(String) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    match matches.get_one::<String>(name) {
        None if matches.get_flag("ask") => asking::until_good(|| asking::line(question), read),
        text => read(text.cloned().unwrap_or_default()),
    }
}

/// The password, and whether it was made here.
fn chosen(matches: &ArgMatches) -> anyhow::Result<(String, bool)> {
    Ok(match matches.get_flag("password-stdin") {
        true => (read_password()?, false),
        false => (made_password(), true),
    })
}

fn check(password: &str, username: &str, email: &str) -> anyhow::Result<()> {
    let wrong = check_password(password, username, email, &[]);
    match wrong.is_empty() {
        true => Ok(()),
        false => bail!("the password {}", wrong.join("; it ")),
    }
}

pub async fn create(
    app: &App,
    username: Username,
    email: Email,
    role: Role,
    password: &str,
) -> anyhow::Result<()> {
    let hash = app.passwords.hash(Guest::SHOP, password.to_owned()).await;
    let hash = hash.map_err(|_| anyhow!("the password could not be hashed"))?;
    let register = Register {
        id: AccountId(Uuid::now_v7()),
        username,
        email,
        password_hash: Text::stored(&hash),
        first_name: Text::default(),
        last_name: Text::default(),
        language: None,
        role,
        // Whoever types this knows whose it is.
        email_confirmed: true,
        is_active: true,
        held_us: None,
    };
    let correlation = CorrelationId(Uuid::now_v7());
    let id = register.id;
    match app.send(Actor::SYSTEM, correlation, None, register).await {
        Ok(_) => {
            security!(account = %id, role = role.name(), by = COMMAND_LINE, "an account was opened");
            Ok(())
        }
        Err(Rejection::Refused(RegisterRefusal::Taken { username, .. })) => {
            bail!("the {} is taken", if username { "user name" } else { "e-mail address" })
        }
        Err(rejection) => bail!("the account was not created: {rejection:?}"),
    }
}

fn read_password() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    match line.trim_end_matches(['\r', '\n']) {
        "" => bail!("standard input has no password in its first line"),
        password => Ok(password.to_owned()),
    }
}

/// 122 random bits.
fn made_password() -> String {
    Uuid::new_v4().simple().to_string()
}
