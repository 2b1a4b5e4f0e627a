//! The corpus of hostile input, each file once: what was mended stays mended.

use std::{fs, path::Path};

/// Plays a target's corpus; says how many files it has.
fn play(name: &str) -> usize {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name);
    let (_, run) = hostile::TARGETS.into_iter().find(|(known, _)| *known == name).unwrap();
    let mut files: Vec<_> = fs::read_dir(dir).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    for file in &files {
        // Shown if the next line panics.
        println!("{}", file.display());
        run(&fs::read(file).unwrap());
    }
    files.len()
}

macro_rules! targets {
    ($($name:ident),+ $(,)?) => {
        $(#[test] fn $name() {
            assert!(play(stringify!($name)) >= 10);
        })+

        #[test]
        fn no_target_is_left_out() {
            assert_eq!([$(stringify!($name)),+], hostile::TARGETS.map(|(name, _)| name));
        }
    };
}

targets! { bodies, queries, cursors, tokens, settings, requests }

#[test]
fn the_books_are_right_afterwards() {
    play("requests");
    hostile::requests::finish();
}
