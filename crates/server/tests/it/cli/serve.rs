//! `sutler serve` and `sutler check`: what is refused, and with which remedy.

use super::SECRET;
use crate::{
    app::in_runtime,
    database::sql,
    process::{Node, run, run_with_input},
};
use serde_json::json;
use std::{fs, path::PathBuf};
use testbed::{TempDir, free_port};

#[test]
fn serve_refuses_a_missing_or_weak_secret_and_says_what_to_set() {
    let dir = TempDir::new().unwrap();
    let weak = [
        "",
        "short",
        &"a".repeat(64),
        "changemechangemechangemechangeme123",
        "passwordpasswordpasswordpassword",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        &"tr0ub4dor".repeat(4),
    ];
    for secret in weak {
        let environment = [("SUTLER_SECRET_KEY", secret), ("SUTLER_LISTEN", "127.0.0.1:0")];
        let ended = run(dir.path(), &["serve"], &environment);
        ended.says(1, &["secret_key", "SUTLER_SECRET_KEY", "openssl rand -hex 32"]);
        assert!(secret.is_empty() || !ended.stderr.contains(secret), "{ended:?}");
    }
    let previous = [("SUTLER_SECRET_KEY", SECRET), ("SUTLER_SECRET_KEY_PREVIOUS", "short")];
    run(dir.path(), &["serve"], &previous)
        .says(1, &["secret_key_previous", "SUTLER_SECRET_KEY_PREVIOUS"]);
    let ended = run(dir.path(), &["check"], &[]);
    ended.says(1, &["secret_key", "SUTLER_SECRET_KEY"]);
    run(dir.path(), &["check"], &[("SUTLER_SECRET_KEY", SECRET)]).says(0, &[]);
}

#[test]
fn a_shop_whose_customers_would_wait_for_mail_in_vain_does_not_start() {
    let dir = TempDir::new().unwrap();
    for (name, value) in
        [("SUTLER_REGISTRATION_TELLS", "false"), ("SUTLER_ORDERS_NEED_CONFIRMED_EMAIL", "true")]
    {
        let strict =
            [("SUTLER_SECRET_KEY", SECRET), ("SUTLER_LISTEN", "127.0.0.1:0"), (name, value)];
        let setting = name.strip_prefix("SUTLER_").unwrap().to_lowercase();
        for command in ["serve", "check"] {
            run(dir.path(), &[command], &strict).says(1, &[&setting, "SUTLER_SMTP_URL"]);
        }
        let mail =
            [("SUTLER_SMTP_URL", "smtp://localhost"), ("SUTLER_MAIL_FROM", "shop@example.com")];
        run(dir.path(), &["check"], &[&strict[..], &mail].concat()).says(0, &[]);
    }
}

#[test]
fn a_secret_is_read_from_a_file() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        let (file, data) = (dir.path().join("key"), dir.path().join("data"));
        fs::write(&file, format!("{SECRET}\n")).unwrap();
        let file = file.to_str().unwrap();
        let environment =
            [("SUTLER_SECRET_KEY_FILE", file), ("SUTLER_DATA_DIR", data.to_str().unwrap())];
        let create =
            ["user", "create", "--username", "ann", "--email", "a@example.com", "--password-stdin"];
        run_with_input(dir.path(), &create, &environment, "three blind mice\n").says(0, &[]);
        let node = Node::start(&["serve"], &environment).await;
        let token = node.token("ann", "three blind mice").await;
        // The same key from elsewhere makes the same tokens good.
        let both = [("SUTLER_SECRET_KEY", SECRET), environment[1]];
        let other = Node::start(&["serve"], &both).await;
        let me = other.ask("GET", "/api/identity/me").token(&token).send().await;
        assert_eq!(me.expect(200)["username"], "ann");
        assert!(!node.said().contains(SECRET) && !other.said().contains(SECRET));
        let twice = [environment[0], ("SUTLER_SECRET_KEY", SECRET)];
        run(dir.path(), &["config"], &twice).says(1, &["SUTLER_SECRET_KEY_FILE"]);
        let nowhere = [("SUTLER_SECRET_KEY_FILE", "/no/such/file")];
        run(dir.path(), &["config"], &nowhere).says(1, &["/no/such/file"]);
    });
}

#[test]
fn serve_does_not_migrate_when_it_is_told_not_to() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        let data = dir.path().join("data");
        let environment =
            [("SUTLER_SECRET_KEY", SECRET), ("SUTLER_DATA_DIR", data.to_str().unwrap())];
        let refused =
            run(dir.path(), &["serve", "--no-migrate", "--listen", "127.0.0.1:0"], &environment);
        refused.says(2, &["run `sutler migrate` first", "there is no shop in"]);
        run(dir.path(), &["migrate"], &environment).says(0, &[]);
        run(dir.path(), &["migrate"], &environment).says(0, &["up to date"]);
        let mut node = Node::start(&["serve", "--no-migrate"], &environment).await;
        node.ask("GET", "/api").send().await.expect(200);
        assert_eq!(node.stop(), Some(0));
    });
}

#[test]
fn figures_may_have_a_listener_of_their_own() {
    in_runtime(async {
        let metrics = format!("127.0.0.1:{}", free_port().unwrap());
        let environment =
            [("SUTLER_SECRET_KEY", SECRET), ("SUTLER_METRICS_LISTEN", metrics.as_str())];
        let node = Node::start(&["serve"], &environment).await;
        let ask = |path: &str| crate::client::Ask::new(metrics.parse().unwrap(), "GET", path);
        assert_eq!(ask("/metrics").send().await.status, 200);
        ask("/api").elsewhere().send().await.problem(404, "not_found");
        node.ask("GET", "/metrics").send().await.problem(401, "unauthenticated");
    });
}

#[test]
fn a_port_that_is_taken_is_named_before_anything_is_made() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let dir = TempDir::new().unwrap();
    let data = dir.path().join("data");
    let usual = [("SUTLER_SECRET_KEY", SECRET), ("SUTLER_DATA_DIR", data.to_str().unwrap())];
    for command in ["serve", "demo"] {
        let environment = [usual[0], usual[1], ("SUTLER_LISTEN", address.as_str())];
        run(dir.path(), &[command], &environment).says(1, &[&address, "--listen", "in use"]);
        let metrics = ("SUTLER_METRICS_LISTEN", address.as_str());
        let environment = [usual[0], usual[1], ("SUTLER_LISTEN", "127.0.0.1:0"), metrics];
        run(dir.path(), &[command], &environment).says(1, &[&address, "--metrics-listen"]);
    }
    assert!(!data.exists());
}

#[test]
fn a_shop_listens_at_a_name() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        for command in ["serve", "demo"] {
            let data = dir.path().join(command);
            let environment =
                [("SUTLER_SECRET_KEY", SECRET), ("SUTLER_DATA_DIR", data.to_str().unwrap())];
            let mut node = Node::start_at("localhost", &[command], &environment).await;
            let port = node.address.port();
            let index = node.ask("GET", "/api").send().await;
            index.expect(200);
            assert_eq!(node.stop(), Some(0));
            assert!(node.said().contains(&format!("http://localhost:{port}")), "{}", node.said());
        }
        let environment = [("SUTLER_SECRET_KEY", SECRET)];
        let nowhere = ["serve", "--listen", "no-such-host.invalid:8000"];
        run(dir.path(), &nowhere, &environment).says(1, &["no-such-host.invalid", "--listen"]);
        let ended = run(dir.path(), &["serve", "--listen", "8000"], &environment);
        ended.says(1, &["listen", "localhost:8000"]);
    });
}

#[test]
fn serve_refuses_accounts_with_the_demos_passwords() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        let environment = [
            ("SUTLER_SECRET_KEY", SECRET),
            ("SUTLER_DATA_DIR", dir.path().to_str().unwrap()),
            ("SUTLER_LISTEN", "127.0.0.1:0"),
        ];
        let create = |environment: &[(&str, &str)], name: &str, password: &str| {
            let email = format!("{name}@example.com");
            let create = ["user", "create", "--username", name, "--email", &email];
            let create = [&create[..], &["--role", "admin", "--password-stdin"]].concat();
            run_with_input(dir.path(), &create, environment, &format!("{password}\n")).says(0, &[]);
        };
        // The name alone is no fault.
        create(&environment, "demo", "three blind mice");
        let mut node = Node::start(&["serve"], &environment[..2]).await;
        // Nor can a customer take the other name, with the password that everybody knows.
        let body = json!({"username": "Admin", "email": "any@evil.example",
            "password": "admin-password", "password2": "admin-password"});
        let refused = node.post("/api/identity/register", &body).send().await;
        assert_eq!(refused.bad_fields(422, "invalid"), ["username"]);
        assert_eq!(node.stop(), Some(0));
        let mut node = Node::start(&["serve"], &environment[..2]).await;
        assert_eq!(node.stop(), Some(0));
        run(dir.path(), &["demo"], &environment).says(1, &["it is a real shop", "--data-dir"]);
        let other = dir.path().join("other");
        let environment =
            [environment[0], ("SUTLER_DATA_DIR", other.to_str().unwrap()), environment[2]];
        create(&environment, "admin", "admin-password");
        let ended = run(dir.path(), &["serve"], &environment);
        ended.says(1, &["accounts admin.", "sutler demo", "--data-dir"]);
        let data = dir.path().join("demo");
        let demo = [environment[0], ("SUTLER_DATA_DIR", data.to_str().unwrap())];
        let mut node = Node::start(&["demo"], &demo).await;
        assert_eq!(node.stop(), Some(0));
        let ended = run(dir.path(), &["serve", "--listen", "127.0.0.1:0"], &demo);
        ended.says(1, &["accounts admin.", data.to_str().unwrap()]);
    });
}

#[test]
fn a_demos_account_that_was_disabled_does_not_keep_a_shop_from_starting() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        let environment =
            [("SUTLER_SECRET_KEY", SECRET), ("SUTLER_DATA_DIR", dir.path().to_str().unwrap())];
        let create = ["user", "create", "--username", "admin", "--email", "admin@example.com"];
        let create = [&create[..], &["--role", "admin", "--password-stdin"]].concat();
        run_with_input(dir.path(), &create, &environment, "admin-password\n").says(0, &[]);
        let refused = run(dir.path(), &["serve", "--listen", "127.0.0.1:0"], &environment);
        refused.says(1, &["accounts admin."]);
        let url = format!("sqlite://{}", dir.path().join("sutler.db").display());
        sql(&url, "update accounts set is_active = false").await;
        let mut node = Node::start(&["serve"], &environment).await;
        assert_eq!(node.stop(), Some(0));
    });
}

#[test]
fn a_shop_does_not_start_with_another_currency_than_its_prices() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        let data = ("SUTLER_DATA_DIR", dir.path().to_str().unwrap());
        let mut demo = Node::start(&["demo"], &[data]).await;
        assert_eq!(demo.stop(), Some(0));
        for command in ["serve", "demo"] {
            let environment = [
                data,
                ("SUTLER_SECRET_KEY", SECRET),
                ("SUTLER_LISTEN", "127.0.0.1:0"),
                ("SUTLER_CURRENCY", "USD"),
            ];
            let refused = run(dir.path(), &[command], &environment);
            refused.says(1, &["prices are in EUR", "currency is set to USD", "set it to EUR"]);
        }
    });
}

#[test]
fn what_is_unfit_for_production_is_named_with_its_remedy() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        let data = dir.path().join("data");
        let data = data.to_str().unwrap();
        let mut demo = Node::start(&["demo"], &[("SUTLER_DATA_DIR", data)]).await;
        assert_eq!(demo.stop(), Some(0));
        let unfit = [
            ("SUTLER_DATA_DIR", data),
            ("SUTLER_ALLOWED_HOSTS", "*"),
            ("SUTLER_LOG_LEVEL", "debug"),
            ("SUTLER_METRICS_LISTEN", "0.0.0.0:9100"),
        ];
        let ended = run(dir.path(), &["check", "--deploy"], &unfit);
        ended.says(
            1,
            &[
                "secret_key",
                "public_url",
                "allowed_hosts",
                "metrics_listen",
                "log_level",
                "demo",
                "admin",
            ],
        );
        ended.says(1, &["SUTLER_SECRET_KEY", "SUTLER_PUBLIC_URL", "SUTLER_ALLOWED_HOSTS"]);
        // For programs the same, and nothing else.
        let quiet = [("SUTLER_LOG_FORMAT", "human"), ("SUTLER_CATALOG_CACHE_TTL", "0s")];
        let quiet = [&unfit[..], &quiet].concat();
        let ended = run(dir.path(), &["check", "--deploy", "--json"], &quiet);
        ended.says(1, &[]);
        let told: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(told["is_fit"], false);
        let findings = told["findings"].as_array().unwrap();
        let of = |level: &str| findings.iter().filter(|one| one["level"] == level).count();
        let plain = run(dir.path(), &["check", "--deploy"], &quiet);
        let plain =
            |level: &str| plain.stdout.lines().filter(|line| line.starts_with(level)).count();
        assert_eq!([of("unsafe"), of("note")], [plain("UNSAFE"), plain("NOTE")]);
        for part in ["log_format is human", "catalog_cache_ttl is 0s"] {
            let is_it = |one: &&serde_json::Value| one["what"].as_str().unwrap().contains(part);
            let found = findings.iter().find(is_it).expect(part);
            assert_eq!(found["level"], "note");
            assert!(found["remedy"].as_str().unwrap().contains("SUTLER_"), "{found}");
        }
    });
}

#[test]
fn sound_settings_are_fit_for_production() {
    // Not below /tmp, which is one of the things that are unfit.
    let dir = Kept::create();
    let (data, backups) = (dir.0.join("data"), dir.0.join("backups"));
    let fit = [
        ("SUTLER_DATA_DIR", data.to_str().unwrap()),
        ("SUTLER_BACKUP_TO", backups.to_str().unwrap()),
        ("SUTLER_SECRET_KEY", SECRET),
        ("SUTLER_PUBLIC_URL", "https://shop.example"),
        ("SUTLER_MAX_CONNECTIONS", "200"),
        ("SUTLER_TRUSTED_PROXIES", "10.0.0.0/8"),
    ];
    run(&dir.0, &["check", "--deploy"], &fit).says(1, &["no shop", "sutler migrate"]);
    run(&dir.0, &["migrate"], &fit).says(0, &[]);
    run(&dir.0, &["backup"], &fit).says(0, &[]);
    run(&dir.0, &["check", "--deploy"], &fit).says(0, &["Nothing is wrong"]);
    run(&dir.0, &["check", "--deploy", "--json"], &fit).says(0, &["\"is_fit\":true"]);
    let ended = run(&dir.0, &["check", "--deploy"], &fit[..5]);
    ended.says(1, &["all clients count as one", "SUTLER_TRUSTED_PROXIES"]);
    let elsewhere = ("SUTLER_DATABASE_URL", "postgres://me:geheim@db.invalid/shop");
    let remote = [&fit[2..], &[elsewhere]].concat();
    let ended = run(&dir.0, &["check", "--deploy"], &remote);
    ended.says(1, &["sslmode=require"]);
    assert!(!ended.stdout.contains("geheim") && !ended.stderr.contains("geheim"), "{ended:?}");
}

/// A directory that a restart would not empty; removed when it is dropped all the same.
struct Kept(PathBuf);

impl Kept {
    fn create() -> Kept {
        let path = PathBuf::from(format!("/var/tmp/sutler-it-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Kept(path)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
