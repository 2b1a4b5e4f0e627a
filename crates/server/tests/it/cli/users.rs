//! `sutler user`: accounts from the command line, beside a shop that runs.

use super::SECRET;
use crate::{
    app::in_runtime,
    database::{Database, Engine, assert_sound},
    process::{Ended, Node, run, run_with_input},
};
use serde_json::json;
use server::otp::Seed;
use testbed::TempDir;

const PASSWORD: &str = "three blind mice";
const NEW: &str = "see how they run";

/// A running shop, and its command line.
struct Office {
    node: Node,
    database: Database,
}

impl Office {
    async fn open(engine: Engine) -> Option<Office> {
        let database = Database::create(engine).await?;
        let environment =
            [("SUTLER_DATABASE_URL", database.url.as_str()), ("SUTLER_SECRET_KEY", SECRET)];
        let node = Node::start(&["serve"], &environment).await;
        Some(Office { node, database })
    }

    fn user(&self, arguments: &[&str], input: &str) -> Ended {
        let environment = [("SUTLER_DATABASE_URL", self.database.url.as_str())];
        let arguments = [&["user"], arguments].concat();
        run_with_input(self.database.dir.path(), &arguments, &environment, input)
    }

    fn create(&self, name: &str, role: &str) {
        let email = format!("{name}@example.com");
        let create = ["create", "--username", name, "--email", &email, "--role", role];
        let create = [&create[..], &["--password-stdin"]].concat();
        self.user(&create, &format!("{PASSWORD}\n")).says(0, &["created"]);
    }

    async fn login(&self, name: &str, password: &str) -> u16 {
        let login = json!({"username": name, "password": password});
        self.node.post("/api/identity/token", &login).send().await.status
    }

    async fn status(&self, path: &str, token: &str) -> u16 {
        self.node.ask("GET", path).token(token).send().await.status
    }

    /// On a route that does not ask what has become of the account.
    async fn until_refused(&self, token: &str) {
        let orders = "/api/orders/orders";
        crate::app::until("the token", async || self.status(orders, token).await == 401).await;
    }

    async fn close(mut self) {
        assert_eq!(self.node.stop(), Some(0));
        assert_sound(&self.database.url).await;
        self.database.remove().await;
    }
}

/// Declares each story twice, once per engine.
macro_rules! on_both_engines {
    ($($story:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[test] fn $story() { super::in_runtime(super::$story(super::Engine::Sqlite)); })+
        }
        mod on_postgres {
            $(#[test] fn $story() { super::in_runtime(super::$story(super::Engine::Postgres)); })+
        }
    };
}

on_both_engines! {
    users_are_listed_and_found,
    another_password_ends_all_sessions_of_a_running_shop,
    a_role_is_given_and_taken_away,
    an_account_is_closed_and_opened_again,
    a_lost_second_factor_is_taken_away,
    whoever_is_not_there_is_named,
    what_changes_rights_is_logged,
    who_makes_the_first_admin_is_asked_until_the_answers_are_good,
    a_shop_keeps_an_admin_unless_it_is_told_otherwise,
    who_takes_an_admins_rights_hears_of_the_keys_that_go_on,
}

async fn users_are_listed_and_found(engine: Engine) {
    let Some(office) = Office::open(engine).await else { return };
    office.user(&["list"], "").says(0, &["USERNAME", "EMAIL", "ROLE"]);
    for (name, role) in [("ben", "customer"), ("ann", "staff"), ("zoë", "admin")] {
        office.create(name, role);
    }
    let listed = |arguments: &[&str]| {
        let ended = office.user(&[&["list"], arguments].concat(), "");
        ended.says(0, &[]);
        let rows = ended.stdout.lines().skip(1);
        let words = rows.map(|row| row.split_whitespace().map(str::to_owned).collect());
        words.collect::<Vec<Vec<String>>>()
    };
    let all = listed(&[]);
    let told: Vec<_> = all.iter().map(|row| row[..4].join(" ")).collect();
    let expected = [
        "ann ann@example.com staff yes",
        "ben ben@example.com customer yes",
        "zoë zoë@example.com admin yes",
    ];
    assert_eq!(told, expected);
    office.user(&["disable", "ben"], "").says(0, &["ben is closed"]);
    let names = |arguments: &[&str]| -> Vec<String> {
        listed(arguments).into_iter().map(|row| row[0].clone()).collect()
    };
    assert_eq!(listed(&["be"])[0][..4].join(" "), "ben ben@example.com customer no");
    assert_eq!(names(&["ZO\u{cb}"]), ["zoë"]);
    assert_eq!(names(&["example.com", "--role", "staff"]), ["ann"]);
    assert_eq!(names(&["nobody"]), [""; 0]);
    assert_eq!(office.user(&["list", "--role", "king"], "").code, Some(2));
    office.close().await;
}

async fn another_password_ends_all_sessions_of_a_running_shop(engine: Engine) {
    let Some(office) = Office::open(engine).await else { return };
    office.create("ann", "customer");
    let token = office.node.token("ann", PASSWORD).await;
    for weak in ["12345678\n", "ann@example.com\n", "\n", ""] {
        office.user(&["passwd", "ann", "--password-stdin"], weak).says(1, &["password"]);
    }
    assert_eq!(office.status("/api/identity/me", &token).await, 200);
    let set = office.user(&["passwd", "ann", "--password-stdin"], &format!("{NEW}\n"));
    set.says(0, &["ann has another password", "all sessions have ended"]);
    assert!(!set.stdout.contains(NEW) && !set.stderr.contains(NEW), "{set:?}");
    office.until_refused(&token).await;
    assert_eq!(office.login("ann", PASSWORD).await, 401);
    assert_eq!(office.login("ann", NEW).await, 200);
    // By the address too; and one that is made is shown once.
    let made = office.user(&["passwd", "ANN@example.com"], "");
    made.says(0, &["ann has another password"]);
    let line = made.stdout.lines().find_map(|line| line.strip_prefix("password: ")).unwrap();
    assert_eq!(office.login("ann", NEW).await, 401);
    assert_eq!(office.login("ann", line).await, 200);
    office.close().await;
}

async fn a_role_is_given_and_taken_away(engine: Engine) {
    let Some(office) = Office::open(engine).await else { return };
    let customers = "/api/identity/customers";
    office.create("ann", "customer");
    let before = office.node.token("ann", PASSWORD).await;
    assert_eq!(office.status(customers, &before).await, 403);
    office.user(&["role", "ann", "staff"], "").says(0, &["ann is staff now", "log in again"]);
    office.until_refused(&before).await;
    let staff = office.node.token("ann", PASSWORD).await;
    assert_eq!(office.status(customers, &staff).await, 200);
    office.user(&["role", "ann@example.com", "admin"], "").says(0, &["admin"]);
    office.user(&["role", "ann", "customer", "--force"], "").says(0, &["customer"]);
    office.until_refused(&staff).await;
    let after = office.node.token("ann", PASSWORD).await;
    assert_eq!(office.status(customers, &after).await, 403);
    assert_eq!(office.user(&["role", "ann", "king"], "").code, Some(2));
    assert_eq!(office.user(&["role", "ann"], "").code, Some(2));
    office.close().await;
}

async fn an_account_is_closed_and_opened_again(engine: Engine) {
    let Some(office) = Office::open(engine).await else { return };
    office.create("ann", "admin");
    let token = office.node.token("ann", PASSWORD).await;
    office.create("zoe", "admin");
    office.user(&["disable", "Ann"], "").says(0, &["ann is closed", "sessions have ended"]);
    office.until_refused(&token).await;
    assert_eq!(office.login("ann", PASSWORD).await, 401);
    // Again is the same.
    office.user(&["disable", "ann"], "").says(0, &["ann is closed"]);
    office.user(&["enable", "ann"], "").says(0, &["ann may come in again"]);
    assert_eq!(office.login("ann", PASSWORD).await, 200);
    assert_eq!(office.status("/api/identity/me", &token).await, 401);
    // It is told who did it: nobody with an account.
    let token = office.node.token("ann", PASSWORD).await;
    let told = office.node.ask("GET", "/api/audit?actor=system&kind=customer.changed");
    let told = told.token(&token).send().await.expect(200);
    assert_eq!(told["results"][0]["after"], json!({"is_active": true}));
    assert_eq!(told["count"], 2, "{told}");
    office.close().await;
}

async fn a_lost_second_factor_is_taken_away(engine: Engine) {
    let Some(office) = Office::open(engine).await else { return };
    office.create("ann", "staff");
    office.user(&["drop-otp", "ann"], "").says(1, &["second factor"]);
    let token = office.node.token("ann", PASSWORD).await;
    let otp = "/api/identity/me/otp";
    let made = office
        .node
        .post(otp, &json!({ "password": PASSWORD }))
        .token(&token)
        .send()
        .await
        .expect(201);
    let secret = made["secret"].as_str().unwrap();
    assert!(Seed::read(secret).is_some());
    let code = crate::identity::people::code(secret, 0);
    let confirm = office.node.post(&format!("{otp}/confirm"), &json!({ "otp": code }));
    assert_eq!(confirm.token(&token).send().await.status, 204);
    assert_eq!(office.login("ann", PASSWORD).await, 401);
    office
        .user(&["drop-otp", "ann"], "")
        .says(0, &["ann logs in by password alone", "a second factor was taken away"]);
    assert_eq!(office.login("ann", PASSWORD).await, 200);
    office.close().await;
}

async fn a_shop_keeps_an_admin_unless_it_is_told_otherwise(engine: Engine) {
    let Some(office) = Office::open(engine).await else { return };
    office.create("ann", "admin");
    office.create("zoe", "admin");
    office.create("ben", "staff");
    // A closed one is none.
    office.user(&["disable", "zoe"], "").says(0, &["zoe is closed"]);
    office.user(&["role", "zoe", "staff"], "").says(0, &["zoe is staff now"]);
    office.user(&["role", "zoe", "admin"], "").says(0, &["zoe is admin now"]);
    for taken in [&["disable", "ann"][..], &["role", "ann", "staff"], &["role", "ann", "customer"]]
    {
        office.user(taken, "").says(1, &["ann is the last admin", "--force"]);
    }
    office.user(&["role", "ann", "admin"], "").says(0, &["ann is admin now"]);
    office.user(&["disable", "ben"], "").says(0, &["ben is closed"]);
    office.user(&["enable", "zoe"], "").says(0, &["zoe may come in again"]);
    office.user(&["disable", "ann"], "").says(0, &["ann is closed"]);
    // Whoever has the command line has the shop.
    office.user(&["role", "zoe", "staff", "--force"], "").says(0, &["zoe is staff now"]);
    office.close().await;
}

async fn who_takes_an_admins_rights_hears_of_the_keys_that_go_on(engine: Engine) {
    let Some(office) = Office::open(engine).await else { return };
    office.create("ann", "admin");
    office.create("zoe", "admin");
    let token = office.node.token("ann", PASSWORD).await;
    let keys = "/api/identity/api-keys";
    let make = async |name: &str| {
        let body = json!({"name": name, "scopes": ["catalog:read"]});
        let made = office.node.post(keys, &body).token(&token).send().await.expect(201);
        made["id"].as_str().unwrap().to_owned()
    };
    let (till, old) = (make("till").await, make("old till").await);
    let revoke = office.node.ask("DELETE", &format!("{keys}/{old}"));
    assert_eq!(revoke.token(&token).send().await.status, 204);
    let taken = office.user(&["role", "ann", "staff"], "");
    taken.says(0, &["ann is staff now", &till, "goes on"]);
    assert!(!taken.stdout.contains(&old), "{taken:?}");
    office.user(&["disable", "ann"], "").says(0, &["ann is closed", &till, "goes on"]);
    office.close().await;
}

async fn whoever_is_not_there_is_named(engine: Engine) {
    let Some(office) = Office::open(engine).await else { return };
    office.create("ann", "customer");
    for arguments in [
        &["passwd", "bob"][..],
        &["role", "bob", "staff"],
        &["disable", "bob"],
        &["enable", "bob"],
        &["drop-otp", "bob"],
    ] {
        office.user(arguments, "").says(1, &["bob", "sutler user list"]);
    }
    let token = office.node.token("ann", PASSWORD).await;
    let me = office.node.ask("GET", "/api/identity/me").token(&token).send().await.expect(200);
    let gone = office.node.ask("DELETE", "/api/identity/me").token(&token).send().await;
    assert_eq!(gone.status, 204);
    let name = format!("gone-{}", me["id"].as_str().unwrap());
    for arguments in [&["enable", &name][..], &["role", &name, "admin"]] {
        office.user(arguments, "").says(1, &["deleted"]);
    }
    let passwd = office.user(&["passwd", &name, "--password-stdin"], &format!("{NEW}\n"));
    passwd.says(1, &["deleted"]);
    office.close().await;
}

#[test]
fn without_a_name_there_is_help() {
    let dir = TempDir::new().unwrap();
    for command in ["passwd", "role", "disable", "enable", "drop-otp"] {
        run(dir.path(), &["user", command], &[]).says(2, &["<NAME>"]);
        run(dir.path(), &["user", command, "--help"], &[]).says(0, &["<NAME>"]);
    }
    for command in ["create", "list", "passwd", "role", "disable", "enable", "drop-otp"] {
        run(dir.path(), &["user", "--help"], &[]).says(0, &[command]);
    }
}

async fn what_changes_rights_is_logged(engine: Engine) {
    let Some(office) = Office::open(engine).await else { return };
    let create = ["create", "--username", "ann", "--email", "ann@example.com", "--role", "staff"];
    let password = format!("{PASSWORD}\n");
    let told: &[(&[&str], &[&str])] = &[
        (&[&create[..], &["--password-stdin"]].concat(), &["an account was opened", "staff"]),
        (&["role", "ann", "admin"], &["rights were changed", "admin", "true"]),
        (&["disable", "ann", "--force"], &["rights were changed", "admin", "false"]),
        (&["enable", "ann"], &["rights were changed", "true"]),
        (&["passwd", "ann", "--password-stdin"], &["a password was changed"]),
    ];
    for (arguments, parts) in told {
        let ended = office.user(arguments, &password);
        ended.says(0, &[]);
        let mut lines = ended.stderr.lines().filter(|line| line.contains("security"));
        let (line, more) = (lines.next().unwrap_or_default(), lines.next());
        assert!(more.is_none() && line.contains("command line"), "{arguments:?}: {ended:?}");
        assert!(parts.iter().all(|part| line.contains(part)), "{arguments:?}: {line}");
        assert!(!line.contains("ann"), "{line}");
    }
    let file = office.database.dir.path().join("customers.csv");
    std::fs::write(&file, "username,email,is_active\nben,ben@example.com,false\n").unwrap();
    let environment = [("SUTLER_DATABASE_URL", office.database.url.as_str())];
    let import = ["customers", "import", file.to_str().unwrap()];
    let ended = run(office.database.dir.path(), &import, &environment);
    ended.says(0, &["1 created", "accounts were imported", "command line"]);
    office.close().await;
}

/// What `make create-superuser` runs.
fn superuser() -> Vec<String> {
    let makefile = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Makefile");
    let makefile = std::fs::read_to_string(makefile).unwrap();
    let (_, target) = makefile.split_once("\ncreate-superuser:").unwrap();
    let (_, command) = target.split_once("/sutler ").unwrap();
    let words = command.lines().next().unwrap().split_whitespace();
    words.take_while(|word| !word.starts_with("$(")).map(str::to_owned).collect()
}

async fn who_makes_the_first_admin_is_asked_until_the_answers_are_good(engine: Engine) {
    let Some(office) = Office::open(engine).await else { return };
    let command = superuser();
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    assert_eq!(command[..2], ["user", "create"]);
    // Each that is wrong is asked for again, and what was good is not.
    let answers = [
        "a@b",
        "ann",
        "nowhere",
        "ann@example.com",
        PASSWORD,
        NEW,
        "12345678",
        "12345678",
        PASSWORD,
        PASSWORD,
    ];
    let made = office.user(&command[1..], &(answers.join("\n") + "\n"));
    made.says(0, &["the username", "the e-mail address", "not the same", "created admin ann"]);
    for (question, times) in [
        ("Name to log in with: ", 2),
        ("E-mail address: ", 2),
        ("Password: ", 3),
        ("Password again: ", 3),
    ] {
        assert_eq!(made.stderr.matches(question).count(), times, "{made:?}");
    }
    assert!(!made.stdout.contains(PASSWORD), "{made:?}");
    let token = office.node.token("ann", PASSWORD).await;
    assert_eq!(office.status("/api/identity/api-keys", &token).await, 200);
    // Nobody is asked for ever.
    let left = office.user(&command[1..], "ben\nnowhere\n");
    left.says(1, &["nobody has answered: E-mail address"]);
    assert_eq!(office.login("ben", PASSWORD).await, 401);
    // What is given is not asked for.
    let some = [&command[1..], &["--username", "ben", "--email", "ben@example.com"]].concat();
    let made = office.user(&some, &format!("{PASSWORD}\n{PASSWORD}\n"));
    made.says(0, &["created admin ben"]);
    assert!(!made.stderr.contains("Name to log in with"), "{made:?}");
    office.close().await;
}
