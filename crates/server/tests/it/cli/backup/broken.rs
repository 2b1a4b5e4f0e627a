//! What is not whole, not sound or not what it says is never the shop, and never counts as a backup.

use super::{KEY, Kept, names};
use crate::{
    app::{in_runtime, until},
    process::begin,
};
use std::{fs, time::Duration};
use testbed::TempDir;

/// Nothing of it changes the shop that is there, and nothing is left lying about.
#[test]
fn a_backup_that_is_not_whole_is_never_the_shop() {
    in_runtime(async {
        let kept = Kept::stopped().await;
        let sealed = Kept { environment: kept.with("SUTLER_BACKUP_KEY", KEY).environment, ..kept };
        sealed.run(&["backup"]).says(0, &[]);
        let [name] = &sealed.backups()[..] else { panic!("{:?}", sealed.backups()) };
        let whole = fs::read(sealed.path("backups").join(name)).unwrap();
        let other = Kept {
            environment: sealed.with("SUTLER_BACKUP_KEY", &KEY.replace('0', "1")).environment,
            dir: TempDir::new().unwrap(),
        };
        other.run(&["drill"]).says(1, &[name, "another backup_key"]);
        let none = sealed.with("SUTLER_BACKUP_KEY", "");
        none.run(&["drill"]).says(1, &[name, "it is sealed", "backup_key"]);
        none.run(&["restore", name, "--replace"]).says(1, &["it is sealed"]);
        let shop = fs::read(sealed.path("data/sutler.db")).unwrap();
        let cut = &whole[..whole.len() - 1];
        let later = String::from_utf8_lossy(&whole[..whole.len().min(300)]).into_owned();
        let later = later.replace("\"schema\":", "\"schema\":9");
        for (broken, why) in [
            (cut, "changed or cut off"),
            (&b"sutler backup 1\n{}\n"[..], "heading cannot be read"),
            (&b"something else"[..], "no backup of Sutler"),
            (&b""[..], "no backup of Sutler"),
            (later.as_bytes(), "restore it with that version"),
        ] {
            let file = sealed.path("broken.backup");
            fs::write(&file, broken).unwrap();
            let file = file.to_str().unwrap();
            sealed.run(&["restore", file, "--replace"]).says(1, &[file, why]);
        }
        let left = names(&sealed.path("data"));
        assert!(left.iter().all(|name| name.starts_with("sutler.db")), "{left:?}");
        assert!(fs::read(sealed.path("data/sutler.db")).unwrap() == shop);
        sealed.run(&["restore", "nothing"]).says(1, &["no backup nothing", "--list"]);
        sealed.with("SUTLER_BACKUP_TO", "").run(&["backup"]).says(1, &["backup_to"]);
        sealed.with("SUTLER_BACKUP_TO", "/proc/none").run(&["backup"]).says(1, &["/proc/none"]);
    });
}

/// Who can write into the folder cannot make a shop of what he likes.
#[test]
fn a_backup_is_known_by_its_seal_and_its_own_name() {
    in_runtime(async {
        let kept = Kept::stopped().await;
        kept.run(&["backup"]).says(0, &[]);
        let open = kept.backups().pop().unwrap();
        let sealed = Kept { environment: kept.with("SUTLER_BACKUP_KEY", KEY).environment, ..kept };
        sealed.run(&["drill"]).says(1, &[&open, "it is not sealed"]);
        let folder = sealed.path("backups");
        fs::remove_file(folder.join(&open)).unwrap();
        sealed.run(&["backup"]).says(0, &[]);
        let name = sealed.backups().pop().unwrap();
        let renamed = "sutler-20300101T000000Z-1f0c33a2-7.backup";
        fs::rename(folder.join(&name), folder.join(renamed)).unwrap();
        for command in [&["drill"][..], &["restore", renamed, "--replace"]] {
            sealed.run(command).says(1, &[renamed, "another name than its own"]);
        }
        // One of a time that is still to come is the newest only where there is no other.
        sealed.run(&["backup"]).says(0, &[]);
        let drilled = sealed.run(&["drill"]);
        drilled.says(0, &["could be restored"]);
        assert!(!drilled.stdout.contains(renamed), "{drilled:?}");
        sealed
            .with("SUTLER_BACKUP_KEY", "secret")
            .run(&["backup"])
            .says(1, &["backup_key", "characters"]);
    });
}

/// Of which no invariant tells: only who looks at every page of it.
#[test]
fn a_shop_with_a_broken_page_is_not_taken_for_whole() {
    in_runtime(async {
        let kept = Kept::stopped().await;
        let shop = kept.path("data/sutler.db");
        let file = rusqlite::Connection::open(&shop).unwrap();
        let more = "create table more (n integer primary key, name text);
            create index more_by_name on more (name);
            with recursive g (n) as (select 1 union all select n + 1 from g where n < 5000)
            insert into more select n, 'name ' || n from g;
            pragma wal_checkpoint(truncate)";
        file.execute_batch(more).unwrap();
        drop(file);
        kept.run(&["backup"]).says(0, &[]);
        let mut bytes = fs::read(&shop).unwrap();
        let last = bytes.len() - 100;
        bytes[last] ^= 1;
        fs::write(&shop, bytes).unwrap();
        kept.run(&["audit"]).says(0, &["invariants hold"]);
        kept.run(&["backup"]).says(1, &["examining the backup", "it is broken"]);
        assert_eq!(kept.backups().len(), 1);
    });
}

#[test]
fn a_shop_that_is_not_sound_is_kept_under_another_name() {
    in_runtime(async {
        let kept = Kept::stopped().await;
        let file = rusqlite::Connection::open(kept.path("data/sutler.db")).unwrap();
        file.execute_batch("update stock set on_hand = on_hand + 1 where product_id = 1").unwrap();
        drop(file);
        let ended = kept.run(&["backup"]);
        ended.says(1, &["it does not hold in the shop", "sutler audit", ".unsound"]);
        let [name] = &kept.backups()[..] else { panic!("{:?}", kept.backups()) };
        assert_eq!(name, "sutler.unsound");
        kept.run(&["drill"]).says(1, &["there is no backup"]);
        let path = kept.path("backups").join(name);
        kept.run(&["restore", path.to_str().unwrap(), "--replace"]).says(1, &["does not hold"]);
    });
}

/// What a killed one leaves goes with the next, and none is there in part.
#[test]
fn a_backup_that_is_killed_leaves_no_part_of_it() {
    in_runtime(async {
        let kept = Kept::stopped().await;
        let mut died_within = 0;
        for wait in 0..20 {
            let mut child = begin(kept.dir.path(), &["backup"], &kept.environment());
            until("it is at work", async || kept.is_at_work()).await;
            tokio::time::sleep(Duration::from_millis(4 * wait)).await;
            child.kill().unwrap();
            child.wait().unwrap();
            died_within += u32::from(kept.is_at_work());
            for name in kept.backups().iter().filter(|name| !name.starts_with('.')) {
                let path = kept.path("backups").join(name);
                assert!(fs::metadata(path).unwrap().len() > 1000, "{name}");
            }
            // As somebody does who comes later, whether or not there is one by now.
            let drilled = kept.run(&["drill"]);
            let found = if names(&kept.path("backups")).iter().all(|name| name.starts_with('.')) {
                1
            } else {
                0
            };
            assert_eq!(drilled.code, Some(found), "{drilled:?}");
        }
        assert!(died_within > 0, "none was killed in the middle");
        kept.run(&["backup"]).says(0, &[]);
        assert!(!kept.is_at_work());
        kept.run(&["drill"]).says(0, &[]);
    });
}
