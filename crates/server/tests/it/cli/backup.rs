//! A shop in SQLite that is kept twice: backups while it sells, and what becomes of one.

mod broken;
mod on_postgres;

use super::SECRET;
use crate::{
    app::{in_runtime, until},
    database::load_schema,
    process::{Ended, Node, run},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};
use testbed::TempDir;
use tokio::task::JoinSet;

const KEY: &str = "64 hexadecimal digits: 0f8a44d19c2be7735d11a9c04e6b2f83";

/// A demo's shop, and where its backups are.
struct Kept {
    dir: TempDir,
    environment: Vec<(&'static str, String)>,
}

impl Kept {
    fn new() -> Kept {
        let dir = TempDir::new().unwrap();
        let within = |name: &str| dir.path().join(name).display().to_string();
        let environment = vec![
            ("SUTLER_DATA_DIR", within("data")),
            ("SUTLER_BACKUP_TO", within("backups")),
            ("SUTLER_SECRET_KEY", SECRET.to_owned()),
            ("SUTLER_RATE_LIMIT_ADDRESS", "0".to_owned()),
        ];
        Kept { dir, environment }
    }

    /// One whose shop is there, and nobody serves.
    async fn stopped() -> Kept {
        let kept = Kept::new();
        let mut node = kept.demo().await;
        assert_eq!(node.stop(), Some(0));
        kept
    }

    fn with(&self, name: &'static str, value: &str) -> Kept {
        let mut environment = self.environment.clone();
        environment.retain(|(other, _)| *other != name);
        environment.push((name, value.to_owned()));
        // The directory stays the first one's.
        Kept { dir: TempDir::new().unwrap(), environment }
    }

    fn environment(&self) -> Vec<(&str, &str)> {
        self.environment.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        run(self.dir.path(), arguments, &self.environment())
    }

    /// One that takes no backups by itself, however long a story takes.
    async fn demo(&self) -> Node {
        self.with("SUTLER_BACKUP_TO", "").serving().await
    }

    async fn serving(&self) -> Node {
        Node::start(&["demo"], &self.environment()).await
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Whether a room for work is there.
    fn is_at_work(&self) -> bool {
        let left = |folder| names(&self.path(folder)).iter().any(|name| name.starts_with('.'));
        left("data") || left("backups")
    }

    /// The oldest first.
    fn backups(&self) -> Vec<String> {
        names(&self.path("backups"))
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn handed(name: &str) -> Value {
    json!({ "order_id": name, "user_id": "U1", "item_ids": [1], "total_amount": 9.99 })
}

/// Those who hand orders over until they are told to stop, and what was accepted of them.
struct Senders {
    over: Arc<AtomicBool>,
    accepted: Arc<Mutex<BTreeSet<String>>>,
    tasks: JoinSet<()>,
}

impl Senders {
    fn at(node: &Node) -> Senders {
        let (over, accepted) = (Arc::<AtomicBool>::default(), Arc::<Mutex<_>>::default());
        let mut tasks = JoinSet::new();
        for sender in 0..8 {
            let (over, accepted) = (over.clone(), Arc::<Mutex<BTreeSet<String>>>::clone(&accepted));
            let ask = node.ask("POST", "/api/orders/");
            tasks.spawn(async move {
                for number in 0.. {
                    let name = format!("ORD-{sender}-{number}");
                    ask.clone().json(&handed(&name)).send().await.expect(201);
                    accepted.lock().unwrap().insert(name);
                    if over.load(Relaxed) {
                        break;
                    }
                }
            });
        }
        Senders { over, accepted, tasks }
    }

    fn accepted(&self) -> BTreeSet<String> {
        self.accepted.lock().unwrap().clone()
    }

    async fn stop(mut self) -> BTreeSet<String> {
        self.over.store(true, Relaxed);
        while let Some(task) = self.tasks.join_next().await {
            task.unwrap();
        }
        self.accepted()
    }
}

async fn status(node: &Node, name: &str) -> u16 {
    node.ask("GET", &format!("/api/orders/{name}/")).send().await.status
}

async fn admin(node: &Node) -> String {
    node.token("admin", "admin-password").await
}

/// The position of the shop, as a write is told.
async fn position(node: &Node, name: &str) -> String {
    let answer = node.post("/api/orders/", &handed(name)).send().await;
    answer.header("sutler-position").unwrap().to_owned()
}

#[test]
fn a_backup_of_a_shop_that_sells_has_all_that_was_accepted_before_it() {
    in_runtime(async {
        let kept = Kept::new();
        let sealed = Kept { environment: kept.with("SUTLER_BACKUP_KEY", KEY).environment, ..kept };
        let node = sealed.demo().await;
        let senders = Senders::at(&node);
        until("some orders", async || senders.accepted().len() > 50).await;
        let before = senders.accepted();
        sealed.run(&["backup"]).says(0, &["lies in", "It was read again", "invariants hold"]);
        let [first] = &sealed.backups()[..] else { panic!("{:?}", sealed.backups()) };
        let until_then = senders.accepted();
        assert!(until_then.len() > before.len(), "nothing was accepted while it was taken");
        until("some more", async || senders.accepted().len() > until_then.len() + 50).await;
        let all = senders.stop().await;
        let cursor = node.ask("GET", "/api/events?limit=1").token(&admin(&node).await).send().await;
        let cursor = cursor.expect(200)["next"].as_str().unwrap().to_owned();
        let lost_position = position(&node, "ORD-later").await;
        sealed
            .run(&["restore", first, "--replace"])
            .says(1, &["stop whatever serves it", "in use"]);
        node.signal("KILL");
        let mut node = node;
        node.ended();

        sealed.run(&["restore", first]).says(1, &["there is a shop in", "--replace"]);
        let restored = sealed.run(&["restore", first, "--replace"]);
        restored.says(
            0,
            &["is the shop again", "was there before lies in", "commits that this one lacks"],
        );
        sealed.run(&["audit"]).says(0, &[]);
        let node = sealed.demo().await;
        for name in &before {
            assert_eq!(status(&node, name).await, 200, "{name} was accepted before the backup");
        }
        let lost = all.iter().filter(|name| !until_then.contains(*name));
        let lost: Vec<_> = lost.collect();
        assert!(lost.len() > 20, "{}", lost.len());
        for name in lost.iter().take(20) {
            assert_eq!(status(&node, name).await, 404, "{name} came after the backup");
        }
        // What is lost can be handed over again, and what came of the lost history is told apart.
        node.post("/api/orders/", &handed(lost[0])).send().await.expect(201);
        let epoch = |position: &str| position.split('-').next().unwrap().to_owned();
        assert_ne!(epoch(&position(&node, "ORD-anew").await), epoch(&lost_position));
        let old = node.ask("GET", &format!("/api/events?cursor={cursor}"));
        let old = old.token(&admin(&node).await).send().await.expect(422);
        assert!(old.to_string().contains("another history"), "{old}");
        drop(node);
        sealed.run(&["audit"]).says(0, &[]);
    });
}

#[test]
fn a_serving_shop_takes_its_backups_by_itself_and_says_how_old_the_last_is() {
    in_runtime(async {
        let kept = Kept::new();
        let node = kept.serving().await;
        let ready = async || node.ask("GET", "/health/ready").send().await.expect(200);
        until("a backup", async || ready().await["backup"] == "ok").await;
        assert!(ready().await["backup_age_seconds"].as_i64().unwrap() < 60);
        assert_eq!(kept.backups().len(), 1);
        let metrics = node.ask("GET", "/metrics").token(&admin(&node).await).send().await.text();
        for figure in ["backups_total{outcome=\"taken\"} 1", "backup_age_seconds "] {
            assert!(metrics.contains(figure), "{figure}: {metrics}");
        }
        kept.run(&["drill"]).says(0, &["could be restored", "invariants hold"]);
        let rooms = names(&kept.path("data"));
        assert!(rooms.iter().all(|name| !name.starts_with('.')), "{rooms:?}");
        drop(node);
        let off = kept.with("SUTLER_BACKUP_TO", "");
        let node = off.demo().await;
        let ready = node.ask("GET", "/health/ready").send().await.expect(200);
        assert_eq!((&ready["backup"], &ready["backup_age_seconds"]), (&json!("off"), &json!(null)));
    });
}

#[test]
fn superfluous_backups_go_and_the_newest_is_restored() {
    in_runtime(async {
        let kept = Kept::new();
        let node = kept.demo().await;
        fs::create_dir_all(kept.path("backups")).unwrap();
        let (note, old) = ("notes.txt", "sutler-20200101T000000Z-1f0c33a2-7.backup");
        let older = "sutler-20190101T000000Z-1f0c33a2-7.backup";
        for name in [note, old, older] {
            fs::write(kept.path("backups").join(name), "").unwrap();
        }
        let few = [
            ("SUTLER_BACKUPS_HOURLY", "2"),
            ("SUTLER_BACKUPS_DAILY", "0"),
            ("SUTLER_BACKUPS_WEEKLY", "0"),
        ];
        let environment = [&kept.environment()[..], &few].concat();
        let taken = run(kept.dir.path(), &["backup"], &environment);
        taken.says(0, &["removed", older, "superfluous", "backup_key"]);
        let left = kept.backups();
        assert_eq!((left.len(), &left[0][..], &left[1][..]), (3, note, old), "{left:?}");
        let listed = kept.run(&["backup", "--list"]);
        listed.says(0, &[old, &left[2]]);
        assert!(!listed.stdout.contains(note), "{listed:?}");
        drop(node);
        fs::remove_dir_all(kept.path("data")).unwrap();
        kept.run(&["restore"]).says(0, &["is the shop again"]);
        kept.run(&["audit"]).says(0, &["invariants hold"]);
    });
}

/// Whatever is left of a shop is kept beside the restored one: of a whole one all, of a broken one what there is.
#[test]
fn what_was_there_before_is_kept() {
    in_runtime(async {
        let kept = Kept::new();
        let mut node = kept.demo().await;
        kept.run(&["backup"]).says(0, &[]);
        node.post("/api/orders/", &handed("ORD-later")).send().await.expect(201);
        assert_eq!(node.stop(), Some(0));
        let shop = kept.path("data/sutler.db");
        let aside = || {
            let names = names(&kept.path("data"));
            names.into_iter().filter(|name| name.contains(".before-")).collect::<Vec<_>>()
        };
        kept.run(&["restore", "--replace"]).says(0, &["It had", "that this one lacks"]);
        let [before] = &aside()[..] else { panic!("{:?}", aside()) };
        let before = kept.path("data").join(before);
        let orders = |path: &Path| -> i64 {
            let file = rusqlite::Connection::open(path).unwrap();
            file.query_row("select count(*) from orders", [], |row| row.get(0)).unwrap()
        };
        assert_eq!((orders(&before), orders(&shop)), (1, 0));
        for path in [&before, &shop, &kept.path("backups").join(&kept.backups()[0])] {
            let mode = fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", path.display());
        }
        fs::remove_file(before).unwrap();

        // A log without its file is not taken for the restored one's.
        fs::remove_file(&shop).unwrap();
        fs::write(kept.path("data/sutler.db-wal"), "of another file").unwrap();
        kept.run(&["restore"]).says(1, &["sutler.db-wal", "--replace"]);
        kept.run(&["restore", "--replace"]).says(0, &["is the shop again"]);
        assert!(aside().iter().any(|name| name.ends_with("-wal")), "{:?}", aside());
        aside().iter().for_each(|name| fs::remove_file(kept.path("data").join(name)).unwrap());

        fs::write(&shop, "no shop any more".repeat(1000)).unwrap();
        kept.run(&["restore", "--replace"]).says(0, &["is the shop again"]);
        kept.run(&["audit"]).says(0, &[]);
        let broken =
            aside().into_iter().find(|name| !name.ends_with("-wal") && !name.ends_with("-shm"));
        let broken = fs::read_to_string(kept.path("data").join(broken.unwrap())).unwrap();
        assert!(broken.starts_with("no shop any more"));
    });
}

#[test]
fn a_check_before_production_asks_for_backups() {
    in_runtime(async {
        let kept = Kept::stopped().await;
        let check = |kept: &Kept, parts: &[&str]| kept.run(&["check", "--deploy"]).says(1, parts);
        check(
            &kept,
            &["there is no backup in", "lies on the disk of the shop", "backup_key is not set"],
        );
        check(&kept.with("SUTLER_BACKUP_TO", ""), &["backup_to is not set: if this disk dies"]);
        fs::create_dir_all(kept.path("backups")).unwrap();
        let old = kept.path("backups/sutler-20200101T000000Z-1f0c33a2-7.backup");
        fs::write(&old, "").unwrap();
        check(&kept, &["the last backup in", "days old"]);
        kept.with("SUTLER_BACKUP_KEY", "secret")
            .run(&["serve"])
            .says(1, &["backup_key", "characters"]);
        kept.run(&["backup"]).says(0, &[]);
        let found = kept.run(&["check", "--deploy"]);
        assert!(
            !found.stdout.contains("days old") && !found.stdout.contains("no backup"),
            "{found:?}"
        );
    });
}

/// His last token is one that the restored shop has never given out.
#[test]
fn who_was_logged_in_before_a_backup_stays_so_after_it_was_restored() {
    in_runtime(async {
        let kept = Kept::new();
        let node = kept.demo().await;
        let login = json!({ "username": "demo", "password": "demo-password" });
        let begun = node.post("/api/identity/token", &login).send().await.expect(200);
        let refresh = async |node: &Node, token: &Value| {
            let body = json!({ "refresh": token });
            node.post("/api/identity/token/refresh", &body).send().await
        };
        kept.run(&["backup"]).says(0, &[]);
        let second = refresh(&node, &begun["refresh"]).await.expect(200);
        let third = refresh(&node, &second["refresh"]).await.expect(200);
        let mut node = node;
        assert_eq!(node.stop(), Some(0));
        kept.run(&["restore", "--replace"]).says(0, &["is the shop again"]);
        let node = kept.demo().await;
        // What an access token says is not known here, and is not believed.
        let access = third["access"].as_str().unwrap();
        let me = node.ask("GET", "/api/identity/me").token(access).send().await.expect(401);
        assert!(me["detail"].as_str().unwrap().contains("restored"), "{me}");
        let fourth = refresh(&node, &third["refresh"]).await.expect(200);
        refresh(&node, &fourth["refresh"]).await.expect(200);
        kept.run(&["audit"]).says(0, &["invariants hold"]);
    });
}

/// A backup of an older schema, as the version before this one has taken it, or `sutler backup` before a migration.
#[test]
fn a_shop_that_is_behind_is_backed_up_as_it_is_and_restored_to_this_schema() {
    in_runtime(async {
        let kept = Kept::new();
        let too_old = store::SERVES_FROM - 1;
        fs::create_dir(kept.path("data")).unwrap();
        let shop = format!("sqlite://{}", kept.path("data/sutler.db").display());
        load_schema(&shop, too_old).await;
        kept.run(&["audit"]).says(2, &["sutler migrate"]);
        kept.run(&["backup"]).says(0, &["invariants hold"]);
        let name = kept.backups().pop().unwrap();
        let head = fs::read(kept.path("backups").join(name)).unwrap();
        let head = String::from_utf8_lossy(&head[..200]).into_owned();
        assert!(head.contains(&format!("\"schema\":{too_old},")), "{head}");
        kept.run(&["audit"]).says(2, &["sutler migrate"]);
        kept.run(&["restore", "--replace"]).says(0, &["is the shop again"]);
        kept.run(&["audit"]).says(0, &["invariants hold"]);
    });
}

#[test]
fn a_drill_fails_where_the_newest_is_too_old() {
    in_runtime(async {
        let kept = Kept::stopped().await;
        kept.run(&["backup"]).says(0, &[]);
        let folder = kept.path("backups");
        let name = kept.backups().pop().unwrap();
        // Three hours are more than twice the hour of backup_every; one and a half are not.
        for (minutes, code) in [(180, 1), (90, 0)] {
            let whole = fs::read(folder.join(&name)).unwrap();
            let at = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(minutes);
            let at = at.round(jiff::Unit::Second).unwrap();
            // It is not sealed: it can say what it likes.
            let head = String::from_utf8_lossy(&whole[..200]).into_owned();
            let taken_at = head.split('"').nth(3).unwrap().to_owned();
            let older = at.to_string();
            assert_eq!(taken_at.len(), older.len());
            let place = head.find(&taken_at).unwrap();
            let mut aged = whole.clone();
            aged[place..place + older.len()].copy_from_slice(older.as_bytes());
            let named =
                name.replace(&taken_at.replace(['-', ':'], ""), &older.replace(['-', ':'], ""));
            fs::remove_file(folder.join(&name)).unwrap();
            fs::write(folder.join(&named), aged).unwrap();
            kept.run(&["drill"]).says(code, &[&named, "could be restored"]);
            fs::remove_file(folder.join(&named)).unwrap();
            fs::write(folder.join(&name), &whole).unwrap();
        }
    });
}
