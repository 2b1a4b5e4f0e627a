//! Only the store knows SQL: a string that looks like it elsewhere is a finding. Tests may talk
//! to the database, and proof holds hand-written statements against the store.

use super::{Finding, source::Source};

const EXEMPT: [&str; 3] = ["crates/store/", "crates/proof/", "xtask/"];

const OBJECTS: [&str; 12] = [
    "database",
    "extension",
    "function",
    "index",
    "materialized",
    "role",
    "schema",
    "sequence",
    "table",
    "temp",
    "trigger",
    "view",
];

pub fn check(source: &Source) -> Vec<Finding> {
    if EXEMPT.iter().any(|exempt| source.path.starts_with(exempt)) {
        return Vec::new();
    }
    source
        .strings
        .iter()
        .filter(|string| !source.is_test(string.line) && looks_like_sql(&string.text))
        .map(|string| Finding {
            path: source.path.clone(),
            line: string.line,
            rule: "sql",
            what: "SQL outside crates/store".to_owned(),
            remedy: "add a reader or a command to the store and call that",
        })
        .collect()
}

/// The first word says which other words make it a statement: prose may begin with "Select", too.
fn looks_like_sql(text: &str) -> bool {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().filter(|word| *word != "\\").collect();
    let has = |word: &str| words.contains(&word);
    let (Some(first), Some(second)) = (words.first(), words.get(1)) else {
        return false;
    };
    match *first {
        "select" => {
            has("from") || second.starts_with(|c: char| !c.is_alphabetic()) || second.contains('(')
        }
        "insert" | "replace" => *second == "into" || *second == "or",
        "update" => has("set") && text.contains('='),
        "delete" => *second == "from",
        "with" => has("as") && text.contains("(") && has("select"),
        "create" => words.iter().skip(1).take(2).any(|word| OBJECTS.contains(word)),
        "alter" | "drop" => OBJECTS.contains(second),
        "begin" => matches!(*second, "immediate" | "transaction" | "isolation"),
        "pragma" | "truncate" | "vacuum" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let source = Source::new(path, text.to_owned());
        check(&source).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn statements_look_like_sql() {
        for text in [
            "select 1",
            "SELECT count(*) FROM orders",
            "\n  select id\n  from products",
            "insert into a values ($1)",
            "update a set b = 1",
            "delete from a",
            "create table a (b int)",
            "create unique index a on b (c)",
            "with a as (select 1) select * from a",
            "alter table a add b int",
            "drop table a",
            "pragma journal_mode = wal",
            "begin immediate",
        ] {
            assert!(looks_like_sql(text), "{text}");
        }
    }

    #[test]
    fn prose_does_not() {
        for text in [
            "Select a product first",
            "select",
            "Update the price, then try again",
            "create an order",
            "Insert coin",
            "drop the old file",
            "with care",
            "delete",
        ] {
            assert!(!looks_like_sql(text), "{text}");
        }
    }

    #[test]
    fn sql_is_found_outside_the_store_and_tests_only() {
        let text =
            "f(\"select 1\");\n// \"select 1\"\n#[cfg(test)]\nmod tests { f(\"select 1\"); }";
        assert_eq!(lines("crates/server/src/orders.rs", text), [1]);
        assert_eq!(lines("crates/store/src/orders.rs", text), [0; 0]);
        assert_eq!(lines("crates/proof/src/limit.rs", text), [0; 0]);
        assert_eq!(lines("crates/server/tests/it/main.rs", text), [0; 0]);
    }
}
