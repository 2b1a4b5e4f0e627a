//! The command line, told against the built binary.

mod audit;
mod backup;
mod customers;
mod demo;
mod files;
mod health;
mod mail;
mod migrate;
mod serve;
mod sheets;
mod stock;
mod tls;
mod users;
mod worker;

use crate::process::{run, run_into, run_with_input};
use server::settings::TABLE;
use std::fs;
use testbed::TempDir;

const SECRET: &str = crate::app::SECRET;

#[test]
fn config_prints_every_setting_and_where_it_came_from() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("sutler.toml"), "currency = \"USD\"\nqueue_limit = 77\n").unwrap();
    let environment = [("SUTLER_CATALOG_PUBLIC", "false"), ("SUTLER_SECRET_KEY", SECRET)];
    let ended = run(dir.path(), &["config", "--queue-limit", "78"], &environment);
    ended.says(0, &[]);
    let line = |name: &str| -> String {
        let is_it = |line: &&str| line.split_whitespace().next() == Some(name);
        let found = ended.stdout.lines().find(is_it);
        found.unwrap_or_else(|| panic!("{name} is not in {}", ended.stdout)).to_owned()
    };
    for setting in TABLE {
        let line = line(setting.name);
        assert!(line.split_whitespace().count() >= 3, "no value or no origin: {line}");
    }
    for (name, value, origin) in [
        ("currency", "USD", "sutler.toml"),
        ("queue_limit", "78", "flag --queue-limit"),
        ("catalog_public", "false", "environment SUTLER_CATALOG_PUBLIC"),
        ("listen", "127.0.0.1:8000", "default"),
        ("allowed_hosts", "localhost,127.0.0.1,[::1]", "default"),
        ("secret_key", "***", "environment SUTLER_SECRET_KEY"),
    ] {
        let line = line(name);
        assert!(line.contains(value) && line.contains(origin), "{line}");
    }
    assert!(!ended.stdout.contains(SECRET));
}

#[test]
fn a_variable_that_is_no_setting_is_refused() {
    let dir = TempDir::new().unwrap();
    for command in ["config", "serve", "demo", "check", "audit", "migrate"] {
        let environment = [("SUTLER_LISTN", "127.0.0.1:1"), ("SUTLER_SECRET_KEY", SECRET)];
        let ended = run(dir.path(), &[command], &environment);
        ended.says(1, &["SUTLER_LISTN", "SUTLER_LISTEN"]);
    }
    fs::write(dir.path().join("sutler.toml"), "lisen = '127.0.0.1:1'\nqueue_limit = 0\n").unwrap();
    let ended = run(dir.path(), &["config"], &[("SUTLER_CURRENCY", "EURO")]);
    ended.says(1, &["lisen", "listen", "queue_limit", "SUTLER_CURRENCY"]);
}

#[test]
fn the_sample_file_is_a_settings_file() {
    let dir = TempDir::new().unwrap();
    let ended = run(dir.path(), &["config", "--sample"], &[]);
    ended.says(0, &[]);
    for setting in TABLE {
        assert!(ended.stdout.contains(&format!("\n#{} = ", setting.name)), "{}", setting.name);
    }
    fs::write(dir.path().join("sutler.toml"), &ended.stdout).unwrap();
    run(dir.path(), &["config"], &[]).says(0, &["listen"]);
}

#[test]
fn a_user_is_created_once_with_a_password_that_is_shown_once() {
    let dir = TempDir::new().unwrap();
    let create = |name: &str, more: &[&str], input: &str| {
        let email = format!("{name}@example.com");
        let usual = ["user", "create", "--username", name, "--email", &email];
        run_with_input(dir.path(), &[&usual[..], more].concat(), &[], input)
    };
    let made = create("ann", &["--role", "admin"], "");
    made.says(0, &["created admin ann", "password"]);
    create("ben", &["--password-stdin"], "three blind mice\n").says(0, &["created customer ben"]);
    create("BEN", &[], "").says(1, &["taken"]);
    create("carl", &["--password-stdin"], "12345678\n").says(1, &["password"]);
    create("carl", &["--password-stdin"], "").says(1, &["password"]);
    create("a@b", &[], "").says(1, &["username"]);
    let wrong = create("carl", &["--role", "king"], "");
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(!create("dora", &["--password-stdin"], "four blind mice\n").stdout.contains("mice"));
}

#[test]
fn without_a_command_there_is_help() {
    let dir = TempDir::new().unwrap();
    let help = run(dir.path(), &[], &[]);
    for command in ["demo", "serve", "migrate", "check", "audit", "config", "user", "load"] {
        assert!(help.stderr.contains(command) || help.stdout.contains(command), "{help:?}");
    }
    run(dir.path(), &["srve"], &[]).says(2, &["serve"]);
}

#[test]
fn each_command_helps_with_its_own_flags_and_one_line_on_variables() {
    let dir = TempDir::new().unwrap();
    for (command, own) in [
        (&["demo"][..], &["--published", "--listen", "--data-dir", "--processing"][..]),
        (&["serve"], &["--listen", "--data-dir", "--database-url", "--no-migrate", "--no-backup"]),
        (
            &["migrate"],
            &["--rehearse", "--no-backup", "--data-dir", "--database-url", "--backup-to"],
        ),
        (&["check"], &["--data-dir", "--database-url", "--deploy", "--json"]),
        (&["audit"], &["--data-dir", "--database-url"]),
        (&["config"], &["--sample"]),
        (
            &["user", "create"],
            &[
                "--data-dir",
                "--database-url",
                "--username",
                "--email",
                "--role",
                "--password-stdin",
                "--ask",
            ],
        ),
    ] {
        for flag in ["--help", "-h"] {
            let help = run(dir.path(), &[command, &[flag]].concat(), &[]);
            help.says(0, &[]);
            let lines = help.stdout.lines().filter(|line| line.trim_start().starts_with('-'));
            let starts = lines
                .filter_map(|line| line.split_whitespace().find(|word| word.starts_with("--")));
            let mut shown: Vec<&str> =
                starts.filter(|flag| !["--help", "--config"].contains(flag)).collect();
            let mut own = own.to_vec();
            shown.sort_unstable();
            own.sort_unstable();
            let on_variables = help.stdout.lines().filter(|line| line.contains("SUTLER_")).count();
            assert_eq!((shown, on_variables), (own, 1), "{}", help.stdout);
        }
        // The others are taken all the same.
        let other = [command, &["--queue-limit", "many"]].concat();
        let ended = run(dir.path(), &other, &[]);
        assert!(!ended.stderr.contains("unexpected argument"), "{ended:?}");
    }
}

#[test]
fn whoever_has_seen_enough_may_leave() {
    let dir = TempDir::new().unwrap();
    let data = ("SUTLER_DATA_DIR", dir.path().to_str().unwrap());
    run(dir.path(), &["migrate"], &[data]).says(0, &[]);
    for (arguments, code) in [
        (&["config"][..], 0),
        (&["config", "--sample"], 0),
        (&["audit"], 0),
        (&["migrate"], 0),
        (&["check"], 1),
        (&["user", "create", "--username", "ann", "--email", "a@example.com"], 0),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let silent = [data, ("SUTLER_LOG_LEVEL", "off")];
        let ended = run_into(writer, dir.path(), arguments, &silent);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(code), ""), "{arguments:?}");
    }
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    run_into(full(), dir.path(), &["config"], &[]).says(1, &["cannot write to standard output"]);
}

#[test]
fn a_settings_file_that_is_there_and_cannot_be_read_stops_everything() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("sutler.toml");
    let refused = |why: &str| {
        for command in ["config", "serve", "migrate"] {
            let ended = run(dir.path(), &[command], &[("SUTLER_SECRET_KEY", SECRET)]);
            ended.says(1, &["sutler.toml is not readable", why]);
        }
        assert!(!dir.path().join("sutler-data").exists());
    };
    fs::create_dir(&file).unwrap();
    refused("directory");
    fs::remove_dir(&file).unwrap();
    fs::write(&file, b"currency = \"\xff\"").unwrap();
    refused("UTF-8");
    fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(dir.path().join("gone.toml"), &file).unwrap();
    refused("No such file");
    fs::remove_file(&file).unwrap();
    run(dir.path(), &["config"], &[]).says(0, &[]);
}

#[test]
fn hosts_that_no_request_can_name_are_refused() {
    let dir = TempDir::new().unwrap();
    for host in ["https://shop.example.com", "shop.example.com:8000", "a b", "*.example.com"] {
        let ended = run(dir.path(), &["config", "--allowed-hosts", host], &[]);
        ended.says(1, &["allowed_hosts", host, "such as shop.example.com"]);
    }
}
