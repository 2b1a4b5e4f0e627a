//! `sutler user create`: an account from the command line, the first admin above all.

use super::{Outcome, node, output::say};
use crate::{app::App, passwords::check_password, settings::Settings};
use anyhow::{anyhow, bail};
use clap::{Arg, ArgAction, ArgMatches, Command};
use domain::{
    AccountId, Actor, CorrelationId, Email, Register, Role, Text, Username,
    accounts::RegisterRefusal,
};
use std::{io::BufRead, process::ExitCode};
use store::Rejection;
use uuid::Uuid;

pub fn command() -> Command {
    let required = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).required(true).help(help)
    };
    Command::new("create")
        .about("Create an account; without --password-stdin a password is made and printed once")
        .arg(required("username", "Name to log in with"))
        .arg(required("email", "E-mail address"))
        .arg(
            Arg::new("role")
                .long("role")
                .default_value("customer")
                .value_parser(["customer", "staff", "admin"])
                .help("What the account may do"),
        )
        .arg(
            Arg::new("password-stdin")
                .long("password-stdin")
                .action(ArgAction::SetTrue)
                .help("Read the password from the first line of standard input"),
        )
}

pub async fn run(settings: Settings, matches: &ArgMatches) -> Outcome {
    let text = |name: &str| matches.get_one::<String>(name).cloned().unwrap_or_default();
    let username = Username::new(&text("username")).map_err(|why| anyhow!("username {why}"))?;
    let email = Email::new(&text("email")).map_err(|why| anyhow!("email {why}"))?;
    let role = Role::named(&text("role")).ok_or_else(|| anyhow!("unknown role"))?;
    let (password, is_made) = match matches.get_flag("password-stdin") {
        true => (read_password()?, false),
        false => (made_password(), true),
    };
    let wrong = check_password(&password, username.as_str(), email.as_str(), &[]);
    if !wrong.is_empty() {
        bail!("the password {}", wrong.join("; it "));
    }
    node::prepare(&settings, true).await?;
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

pub async fn create(
    app: &App,
    username: Username,
    email: Email,
    role: Role,
    password: &str,
) -> anyhow::Result<()> {
    let hash = app.passwords.hash(password.to_owned()).await;
    let hash = hash.map_err(|_| anyhow!("the password could not be hashed"))?;
    let register = Register {
        id: AccountId(Uuid::now_v7()),
        username,
        email,
        password_hash: Text::stored(&hash),
        first_name: Text::default(),
        last_name: Text::default(),
        role,
    };
    let correlation = CorrelationId(Uuid::now_v7());
    match app.send(Actor::SYSTEM, correlation, None, register).await {
        Ok(_) => Ok(()),
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
