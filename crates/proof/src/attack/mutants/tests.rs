//! Mutants fit the code as it is, and every command has one: whoever moves a piece of code or adds
//! a command hears of it here, and not in the proof's next run.

use super::{
    catching::{Verdict, found},
    mutant::{Mutant, Shop},
    root,
    tree::Tree,
    workshop::Ended,
};
use std::{
    collections::BTreeSet, fs, os::unix::process::ExitStatusExt, path::Path, process::ExitStatus,
    time::Duration,
};
use testbed::TempDir;

fn all() -> Vec<Mutant> {
    Mutant::all(&root().unwrap()).unwrap()
}

#[test]
fn every_mutant_fits_the_code() {
    let root = root().unwrap();
    let misfits: Vec<String> = all().iter().flat_map(|mutant| mutant.misfits(&root)).collect();
    assert!(misfits.is_empty(), "{}", misfits.join("\n"));
}

#[test]
fn every_mutant_names_commands_that_exist() {
    let named = super::commands().unwrap();
    let commands = domain::commands::NAMES.concat();
    let unknown: Vec<_> = named.iter().filter(|name| !commands.contains(&name.as_str())).collect();
    assert!(unknown.is_empty(), "no command is called {unknown:?}");
}

#[test]
fn every_mutant_says_what_it_does_and_no_two_do_the_same() {
    let mutants = all();
    assert!(mutants.len() >= 28);
    let said: BTreeSet<&str> = mutants.iter().map(|mutant| mutant.what.as_str()).collect();
    assert_eq!(said.len(), mutants.len());
    let edits: BTreeSet<String> =
        mutants.iter().map(|mutant| format!("{:?}", mutant.edits)).collect();
    assert_eq!(edits.len(), mutants.len());
}

#[test]
fn a_mutant_is_put_in_and_taken_out_and_nothing_else_is_touched() {
    let [from, to] = [(); 2].map(|()| TempDir::new().unwrap());
    let write = |name: &str, text: &str| fs::write(from.path().join(name), text).unwrap();
    write("Cargo.toml", "[workspace.package]\nversion = \"0.1.0\"\n");
    write(
        "Cargo.lock",
        "[[package]]\nname = \"ours\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"theirs\"\n\
         version = \"0.1.0\"\nsource = \"registry\"\n",
    );
    write("a.rs", "one two");
    write("b.rs", "three");
    fs::create_dir(from.path().join("target")).unwrap();
    write("target/built", "");
    fs::write(to.path().join("stale.rs"), "").unwrap();

    let mut tree = Tree::copy(from.path(), to.path().to_owned()).unwrap();
    let read = |name: &str| fs::read_to_string(to.path().join(name)).unwrap_or_default();
    assert!(read("Cargo.toml").contains("0.0.0-mutant"));
    let lock = read("Cargo.lock");
    assert_eq!((lock.matches("0.0.0-mutant").count(), lock.matches("0.1.0").count()), (1, 1));
    let exists = |name: &str| Path::new(&to.path().join(name)).exists();
    assert!(!exists("stale.rs") && !exists("target"));

    let mutant = |edits: &str| -> Mutant {
        let text = "what = \"\"\npromise = \"never-lose\"\ncommands = []\n\
                    catcher = { kind = \"simulation\", seeds = 1 }\n";
        toml::from_str(&format!("{text}{edits}")).unwrap()
    };
    let first = "[[edit]]\nfile = \"a.rs\"\nfind = \"one\"\nreplace = \"1\"\n";
    let second = "[[edit]]\nfile = \"a.rs\"\nfind = \"two\"\nreplace = \"2\"\n";
    let other = "[[edit]]\nfile = \"b.rs\"\nfind = \"three\"\nreplace = \"3\"\n";
    tree.mutate(&mutant(&format!("{first}{second}"))).unwrap();
    assert_eq!((read("a.rs"), read("b.rs")), ("1 2".to_owned(), "three".to_owned()));
    tree.mutate(&mutant(other)).unwrap();
    assert_eq!((read("a.rs"), read("b.rs")), ("one two".to_owned(), "3".to_owned()));
    tree.restore().unwrap();
    assert_eq!((read("a.rs"), read("b.rs")), ("one two".to_owned(), "three".to_owned()));
    assert_eq!(mutant(first).catcher.shop(), Shop::Simulation);
}

#[test]
fn only_a_catcher_that_says_what_it_found_has_caught_anything() {
    let caught = |what: &str| Verdict::Caught(what.to_owned());
    let told = |shop, code: i32, output: &str| {
        let status = Some(ExitStatus::from_raw(code << 8));
        let (output, errors) = (output.to_owned(), String::new());
        found(shop, &Ended { status, output, errors, took: Duration::ZERO })
    };
    let failed = "test a::b ... FAILED\ntest c ... ok\ntest d ... FAILED\n";
    assert_eq!(told(Shop::Store, 101, failed), caught("a::b and 1 more"));
    let broke = "what happened last:\nseed 3 broke at step 7: told";
    assert_eq!(told(Shop::Simulation, 1, broke), caught("seed 3 broke at step 7: told"));
    assert_eq!(told(Shop::Torture, 1, "sqlite  BROKEN  lost"), caught("sqlite  BROKEN  lost"));
    assert_eq!(told(Shop::Laws, 0, failed), Verdict::Survived);
    for (shop, code, output) in
        [(Shop::Laws, 101, "panicked"), (Shop::Stories, 134, failed), (Shop::Simulation, 2, "")]
    {
        assert!(matches!(told(shop, code, output), Verdict::Broken(_)), "{shop:?} {code}");
    }
    let hanging =
        Ended { status: None, output: String::new(), errors: String::new(), took: Duration::ZERO };
    assert_eq!(found(Shop::Store, &hanging), Verdict::Hangs);
}

#[test]
fn every_mutant_stands_in_the_document() {
    let document = fs::read_to_string(root().unwrap().join("docs/proof.md")).unwrap();
    let missing: Vec<_> =
        all().into_iter().filter(|mutant| !document.contains(&mutant.what)).collect();
    let names: Vec<_> = missing.iter().map(|mutant| &mutant.name).collect();
    assert!(names.is_empty(), "{names:?}: paste the table of `proof mutants --markdown`");
}
