//! `sutler user list`, `passwd`, `role`, `disable` and `enable`.

use super::{check, chosen, password_stdin, roles};
use crate::{
    app::App,
    cli::{Outcome, node, output::say},
    keys::now,
    limits::Guest,
    settings::Settings,
    telemetry::{COMMAND_LINE, security},
};
use anyhow::{anyhow, bail};
use clap::{Arg, ArgAction, ArgMatches, Command};
use comfy_table::{Table, presets::NOTHING};
use domain::{
    Account, Actor, CorrelationId, Done, DropFactor, EditAccount, Role, SetPassword, Text,
    accounts::EditAccountRefusal, credentials::SetPasswordRefusal, factors::DropFactorRefusal,
};
use std::process::ExitCode;
use store::{AccountFilter, AccountOrder, Direction, Page, Rejection};
use uuid::Uuid;

/// Accounts are read in pieces of so many.
const PIECE: i64 = 500;

pub fn commands() -> Vec<Command> {
    let whose = || {
        Arg::new("who").required(true).value_name("NAME").help("Its user name or e-mail address")
    };
    let only_role = Arg::new("role").long("role").value_parser(roles()).help("Only with this role");
    let search = Arg::new("search").value_name("TEXT").help("Only whose names have this in them");
    let role = Arg::new("role").required(true).value_parser(roles()).help("What it may do");
    let force = || {
        let force = Arg::new("force").long("force").action(ArgAction::SetTrue);
        force.help("Also of the last admin, who leaves the shop without one")
    };
    vec![
        Command::new("list").about("List accounts").arg(search).arg(only_role),
        Command::new("passwd")
            .about("Set another password, which ends all sessions; without --password-stdin one is made and printed once")
            .arg(whose())
            .arg(password_stdin()),
        Command::new("role")
            .about("Give an account another role")
            .arg(whose())
            .arg(role)
            .arg(force()),
        Command::new("disable")
            .about("Close an account: nobody comes in by it")
            .arg(whose())
            .arg(force()),
        Command::new("enable").about("Open a closed account again").arg(whose()),
        Command::new("drop-otp")
            .about("Take away the second factor of somebody who has lost it")
            .arg(whose()),
    ]
}

pub async fn run(settings: Settings, name: &str, matches: &ArgMatches) -> Outcome {
    node::is_there(&node::location(&settings)?).await?;
    let app = App::open(settings, false)?;
    let done = match name {
        "list" => list(&app, matches).await,
        "passwd" => passwd(&app, matches).await,
        "role" => set_role(&app, matches).await,
        "drop-otp" => drop_otp(&app, matches).await,
        name => set_active(&app, matches, name == "enable").await,
    };
    app.close().await?;
    done.map(|()| ExitCode::SUCCESS)
}

async fn list(app: &App, matches: &ArgMatches) -> anyhow::Result<()> {
    let text = |name: &str| matches.get_one::<String>(name).cloned();
    let filter = AccountFilter {
        search: text("search"),
        role: text("role").and_then(|role| Role::named(&role)),
        is_active: None,
    };
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(["USERNAME", "EMAIL", "ROLE", "ACTIVE", "ID"]);
    let mut last: Option<Account> = None;
    loop {
        let after = last.take().map(|account| (account.username.folded().into(), account.id.0));
        let page = Page { limit: PIECE, offset: 0, after, direction: Direction::Rising };
        let found = app.readers.late().accounts(&filter, AccountOrder::Username, page).await?;
        for account in &found {
            table.add_row([
                account.username.as_str(),
                account.email.as_str(),
                account.role.name(),
                if account.is_active { "yes" } else { "no" },
                &account.id.to_string(),
            ]);
        }
        if (found.len() as i64) < PIECE {
            return say(table);
        }
        last = found.into_iter().next_back();
    }
}

async fn find(app: &App, matches: &ArgMatches) -> anyhow::Result<Account> {
    let who = matches.get_one::<String>("who").cloned().unwrap_or_default();
    let found = app.readers.exact().account_named(&who).await?;
    found.ok_or_else(|| anyhow!("no account is called {who}; `sutler user list` shows all"))
}

const GONE: &str = "this account was deleted, and is nobody's";

async fn passwd(app: &App, matches: &ArgMatches) -> anyhow::Result<()> {
    let account = find(app, matches).await?;
    let (password, is_made) = chosen(matches)?;
    check(&password, account.username.as_str(), account.email.as_str())?;
    let hash = app.passwords.hash(Guest::SHOP, password.clone()).await;
    let hash = hash.map_err(|_| anyhow!("the password could not be hashed"))?;
    let (known, keeps) = (None, None);
    let set = SetPassword { account: account.id, password_hash: Text::stored(&hash), known, keeps };
    let correlation = CorrelationId(Uuid::now_v7());
    match app.send(Actor::SYSTEM, correlation, None, set).await {
        Ok(_) => security!(account = %account.id, by = COMMAND_LINE, "a password was changed"),
        Err(Rejection::Refused(SetPasswordRefusal::AccountClosed)) => bail!(GONE),
        Err(rejection) => bail!("the password was not set: {rejection:?}"),
    }
    say(format!(
        "{} has another password, and all sessions have ended",
        account.username.as_str()
    ))?;
    match is_made {
        true => say(format!("password: {password}")),
        false => Ok(()),
    }
}

async fn edit(app: &App, edit: EditAccount) -> anyhow::Result<()> {
    let correlation = CorrelationId(Uuid::now_v7());
    match app.send(Actor::SYSTEM, correlation, None, edit).await {
        Ok(answered) => {
            let Done::Now(account) = answered.done;
            let (role, is_active) = (account.role.name(), account.is_active);
            security!(account = %account.id, role, is_active, by = COMMAND_LINE, "rights were changed");
            Ok(())
        }
        Err(Rejection::Refused(EditAccountRefusal::NotFound)) => bail!(GONE),
        Err(rejection) => bail!("the account was not changed: {rejection:?}"),
    }
}

async fn set_role(app: &App, matches: &ArgMatches) -> anyhow::Result<()> {
    let account = find(app, matches).await?;
    let role = matches.get_one::<String>("role").and_then(|role| Role::named(role));
    if role != Some(Role::Admin) {
        keep_an_admin(app, &account, matches).await?;
    }
    edit(app, EditAccount { role, ..EditAccount::of(account.id) }).await?;
    let (name, role) = (account.username.as_str(), role.map_or("", Role::name));
    say(format!("{name} is {role} now, and has to log in again"))?;
    say_living_keys(app, &account).await
}

/// A shop without an admin is one that only its command line can open again.
async fn keep_an_admin(app: &App, account: &Account, matches: &ArgMatches) -> anyhow::Result<()> {
    let is_admin = account.is_active && account.role == Role::Admin;
    if !is_admin || matches.get_flag("force") {
        return Ok(());
    }
    if app.readers.exact().count_admins().await? < 2 {
        let name = account.username.as_str();
        bail!("{name} is the last admin: make another one first, or say --force");
    }
    Ok(())
}

/// Keys are the shop's, and go on without the rights of who made them.
async fn say_living_keys(app: &App, account: &Account) -> anyhow::Result<()> {
    for key in app.readers.exact().living_keys_of(account.id, now()).await? {
        let (name, maker) = (key.name.as_str(), account.username.as_str());
        say(format!("the API key {} ({name}), which {maker} made, goes on", key.id))?;
    }
    Ok(())
}

async fn set_active(app: &App, matches: &ArgMatches, is_active: bool) -> anyhow::Result<()> {
    let account = find(app, matches).await?;
    if !is_active {
        keep_an_admin(app, &account, matches).await?;
    }
    edit(app, EditAccount { is_active: Some(is_active), ..EditAccount::of(account.id) }).await?;
    let name = account.username.as_str();
    match is_active {
        true => say(format!("{name} may come in again")),
        false => {
            say(format!("{name} is closed, and all sessions have ended"))?;
            say_living_keys(app, &account).await
        }
    }
}

async fn drop_otp(app: &App, matches: &ArgMatches) -> anyhow::Result<()> {
    let account = find(app, matches).await?;
    let name = account.username.as_str();
    let drop = DropFactor { account: account.id, proof: None, keeps: None };
    let correlation = CorrelationId(Uuid::now_v7());
    match app.send(Actor::SYSTEM, correlation, None, drop).await {
        Ok(_) => {
            security!(account = %account.id, by = COMMAND_LINE, "a second factor was taken away");
            say(format!("{name} logs in by password alone now"))
        }
        Err(Rejection::Refused(DropFactorRefusal::NoFactor)) => {
            bail!("{name} has no second factor: there is nothing to take away")
        }
        Err(rejection) => bail!("the second factor was not taken away: {rejection:?}"),
    }
}
