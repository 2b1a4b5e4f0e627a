//! The life of a throw-away server, as a story per promise. Without Postgres there is nothing to
//! try, and `test_server` says so.

use std::{
    net::TcpStream,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use testbed::{Durability, Postgres, TestPostgres, processes, test_server};

const SOON: Duration = Duration::from_secs(20);

fn installed() -> Option<PathBuf> {
    let bin = Postgres::find();
    if bin.is_none() {
        let _ = test_server(); // Panics in CI, says what is skipped elsewhere.
    }
    bin
}

fn query(server: &Postgres, bin: &std::path::Path, sql: &str) -> String {
    let output = Command::new(bin.join("psql"))
        .args(["-X", "-A", "-t", "-c", sql, &server.url("postgres")])
        .env("PGCONNECT_TIMEOUT", "5")
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}\n{}", server.log());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn settings_of(durability: Durability) -> Option<String> {
    let bin = installed()?;
    let server = Postgres::start(durability).unwrap();
    let sql = "select string_agg(setting, ',' order by name) from pg_settings where name in \
               ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses')";
    Some(query(&server, &bin, sql))
}

#[test]
fn a_server_answers_and_leaves_nothing_behind() {
    let Some(bin) = installed() else { return };
    let server = Postgres::start(Durability::Off).unwrap();
    assert_eq!(query(&server, &bin, "select 1"), "1");
    let pids = server.pids();
    assert!(pids.len() > 3, "a postmaster and its children: {pids:?}");
    assert_eq!(server.pid(), Some(pids[0]));
    let data = server.data();
    let port = server.port();
    drop(server);
    assert!(processes::wait_until_gone(&pids, SOON));
    assert!(!data.exists());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn durability_is_what_was_asked_for() {
    let Some(full) = settings_of(Durability::Full) else {
        return;
    };
    assert_eq!(full, "on,on,127.0.0.1,on");
    let off = settings_of(Durability::Off).unwrap();
    assert_eq!(off, "off,off,127.0.0.1,off");
}

#[test]
fn what_was_committed_survives_every_way_to_stop() {
    let Some(bin) = installed() else { return };
    let server = Postgres::start(Durability::Full).unwrap();
    query(&server, &bin, "create table kept (n int)");
    let port = server.port();
    let ways: [fn(&Postgres) -> std::io::Result<()>; 3] =
        [Postgres::kill_9, Postgres::stop_immediate, Postgres::stop_fast];
    for (n, stop) in ways.into_iter().enumerate() {
        query(&server, &bin, &format!("insert into kept values ({n})"));
        let pids = server.pids();
        stop(&server).unwrap();
        assert!(processes::wait_until_gone(&pids, SOON));
        assert!((server.pid(), server.pids()) == (None, vec![]));
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
        server.start_again().unwrap();
        assert_eq!(server.port(), port);
        let count = query(&server, &bin, "select count(*) from kept");
        assert_eq!(count, (n + 1).to_string());
    }
}

#[test]
fn a_frozen_server_goes_on_or_is_stopped_all_the_same() {
    let Some(bin) = installed() else { return };
    let server = Postgres::start(Durability::Off).unwrap();
    server.pause().unwrap();
    let frozen = Command::new(bin.join("pg_isready"))
        .args(["-t", "1", "-d", &server.url("postgres")])
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(!frozen.success());
    server.resume().unwrap();
    assert_eq!(query(&server, &bin, "select 1"), "1");
    server.pause().unwrap();
    let pids = server.pids();
    drop(server);
    assert!(processes::wait_until_gone(&pids, SOON));
}

#[test]
fn a_setting_that_postgres_refuses_is_reported_with_its_log() {
    if installed().is_none() {
        return;
    }
    let wrong = [("shared_buffers", "a lot")];
    let error = Postgres::start_with(Durability::Off, &wrong).unwrap_err();
    assert!(error.to_string().contains("shared_buffers"), "{error}");
}

#[test]
fn the_shared_server_is_one_for_all_threads() {
    let ask = || std::thread::spawn(|| test_server().url("x")).join().unwrap();
    let first = ask();
    assert_eq!(first, ask());
    if let TestPostgres::Started(server) = test_server() {
        // The thread that asked for it has ended, which must not have ended the server.
        assert!(server.pid().is_some_and(processes::is_alive));
    }
}

/// Started by the next test in a process of its own, to be killed there.
#[test]
fn hold_a_server() {
    let Ok(file) = std::env::var("TESTBED_HOLD") else {
        return;
    };
    let server = Postgres::start(Durability::Off).unwrap();
    let pids: Vec<String> = server.pids().iter().map(u32::to_string).collect();
    let dir = server.data().display().to_string();
    std::fs::write(&file, format!("{dir}\n{}\n", pids.join(" "))).unwrap();
    loop {
        std::thread::park();
    }
}

#[test]
fn a_server_dies_with_a_killed_process_and_the_next_one_clears_up() {
    if installed().is_none() {
        return;
    }
    let dir = testbed::TempDir::new().unwrap();
    let file = dir.path().join("held");
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "hold_a_server", "--nocapture"])
        .env("TESTBED_HOLD", &file)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let held = loop {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        if text.ends_with('\n') {
            break text;
        }
        assert!(started.elapsed() < 2 * SOON, "the holder starts no server");
        std::thread::sleep(Duration::from_millis(20));
    };
    holder.kill().unwrap();
    holder.wait().unwrap();
    let (data, pids) = held.trim().split_once('\n').unwrap();
    let pids: Vec<u32> = pids.split(' ').map(|pid| pid.parse().unwrap()).collect();
    assert!(processes::wait_until_gone(&pids, SOON), "{pids:?} live on");

    // This process has swept already: a new one does it again.
    let swept = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_shared_server_is_one_for_all_threads"])
        .env_remove(testbed::databases::URL_VARIABLE)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(swept.success());
    assert!(!std::path::Path::new(data).exists(), "{data} is left");
}
