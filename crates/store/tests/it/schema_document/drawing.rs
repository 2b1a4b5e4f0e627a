//! The document of the tables: for each module a diagram, what its rows are, its views, triggers and indexes; and
//! what numbers stand for.

use super::{
    reading::{Column, Index, Table},
    words::{MODULES, Module, REFERENCES, codes},
};
use std::collections::BTreeSet;

pub fn draw(tables: &[Table]) -> String {
    let mut lines = Vec::new();
    for module in MODULES {
        lines.extend([format!("## {}\n", module.name), format!("{}\n", module.about)]);
        lines.extend(diagram(module, tables));
        lines.extend(rows(module, tables));
        lines.extend(views(module, tables));
        lines.extend(triggers(module, tables));
        lines.extend(indexes(module, tables));
    }
    lines.push("## What numbers stand for\n".to_owned());
    let code = |(columns, codes): (&[&str], String)| [list(columns), codes];
    lines.extend(table(["column", "stands for"], codes().into_iter().map(code)));
    lines.join("\n").trim_end().to_owned() + "\n"
}

/// As it is drawn of SQLite, which has wider types.
pub fn on_sqlite(document: &str) -> String {
    let line = |line: &str| {
        let column = line.strip_prefix(COLUMN).filter(|column| !column.starts_with(' '));
        match column.and_then(|column| column.split_once(' ')) {
            Some((kind, rest)) => format!("{COLUMN}{} {rest}", wider(kind)),
            None => line.to_owned(),
        }
    };
    document.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

fn wider(kind: &str) -> &str {
    match kind {
        "uuid" => "blob",
        "bigint" | "smallint" | "boolean" => "integer",
        other => other,
    }
}

/// What a column's line begins with, and no other line.
const COLUMN: &str = "        ";

/// A table of Markdown, or nothing if it has no rows.
fn table<const WIDTH: usize>(
    heads: [&str; WIDTH],
    rows: impl Iterator<Item = [String; WIDTH]>,
) -> Vec<String> {
    let rows: Vec<_> = rows.map(|row| format!("| {} |", row.join(" | "))).collect();
    if rows.is_empty() {
        return rows;
    }
    let heads = [format!("| {} |", heads.join(" | ")), format!("|{}", "---|".repeat(WIDTH))];
    heads.into_iter().chain(rows).chain([String::new()]).collect()
}

fn list(names: &[impl AsRef<str>]) -> String {
    names.iter().map(|name| code(name.as_ref())).collect::<Vec<_>>().join(", ")
}

fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

/// What a module has, in the order of its words, each with its sentence.
fn named<'t>(
    module: &Module,
    tables: &'t [Table],
    are_views: bool,
) -> impl Iterator<Item = (&'t Table, &'static str)> {
    let things = module.things.iter();
    let found = things
        .filter_map(|(name, is)| Some((tables.iter().find(|table| table.name == *name)?, *is)));
    found.filter(move |(table, _)| table.is_view == are_views)
}

fn rows(module: &Module, tables: &[Table]) -> Vec<String> {
    let row = |(table, is): (&Table, &str)| [code(&table.name), is.to_owned()];
    table(["table", "a row is"], named(module, tables, false).map(row))
}

fn views(module: &Module, tables: &[Table]) -> Vec<String> {
    let row = |(view, is): (&Table, &str)| {
        let columns: Vec<_> = view.columns.iter().map(|column| &column.name).collect();
        [code(&view.name), is.to_owned(), list(&columns)]
    };
    table(["view", "shows", "columns"], named(module, tables, true).map(row))
}

fn triggers(module: &Module, tables: &[Table]) -> Vec<String> {
    let row = |(name, does): &(&str, &str)| {
        let of =
            tables.iter().find(|table| table.triggers.iter().any(|trigger| trigger == name))?;
        Some([code(name), code(&of.name), (*does).to_owned()])
    };
    table(["trigger", "of", "what it does"], module.things.iter().filter_map(row))
}

fn indexes(module: &Module, tables: &[Table]) -> Vec<String> {
    let all = named(module, tables, false)
        .flat_map(|(table, _)| table.indexes.iter().map(move |index| (&table.name, index)));
    let row = |(table, index): (&String, &Index)| {
        let name = match (index.name.as_str(), index.is_unique) {
            ("", _) => "unique".to_owned(),
            (name, true) => format!("{}, unique", code(name)),
            (name, false) => code(name),
        };
        let rows = if index.rows.is_empty() { "all".to_owned() } else { code(&index.rows) };
        [name, code(&format!("{table} ({})", index.columns.join(", "))), rows]
    };
    table(["index", "of", "rows"], all.map(row))
}

fn diagram(module: &Module, tables: &[Table]) -> Vec<String> {
    let mut lines = vec!["```mermaid".to_owned(), "erDiagram".to_owned()];
    let own: Vec<&Table> = named(module, tables, false).map(|(table, _)| table).collect();
    let (mut relations, mut others) = (Vec::new(), BTreeSet::new());
    for table in &own {
        lines.push(format!("    {} {{", table.name));
        lines.extend(table.columns.iter().map(|column| drawn(table, column)));
        lines.push("    }".to_owned());
        for (columns, to, of, line) in leads(table) {
            let is_certain = of.is_empty()
                && columns.iter().all(|name| table.column(name).is_some_and(|it| !it.may_be_null));
            let to_one = if is_certain { "||" } else { "|o" };
            let from = if table.is_unique(&columns) { "o|" } else { "o{" };
            let columns = columns.join(", ");
            let label = if of.is_empty() { columns } else { format!("{columns} if {of}") };
            relations.push(format!("    {to} {to_one}{line}{from} {} : \"{label}\"", table.name));
            if own.iter().all(|own| own.name != to) {
                let module =
                    MODULES.iter().find(|module| module.things.iter().any(|it| it.0 == to));
                others.extend(module.map(|module| format!("    {to}[\"{}.{to}\"]", module.name)));
            }
        }
    }
    lines.into_iter().chain(others).chain(relations).chain(["```\n".to_owned()]).collect()
}

/// Columns of a table, to which table they lead, of which rows, and the line of that: broken where the database does
/// not look after it.
fn leads(table: &Table) -> impl Iterator<Item = (Vec<String>, &str, &str, &str)> {
    let kept = table.foreign_keys.iter();
    let kept = kept.map(|key| (key.columns.clone(), key.to.as_str(), "", "--"));
    let told = REFERENCES.iter().filter(|reference| reference.from == table.name);
    let columns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    kept.chain(told.map(move |it| (columns(it.columns), it.to, it.of, "..")))
}

fn drawn(table: &Table, column: &Column) -> String {
    let name = &column.name;
    let mut marks = Vec::new();
    if table.key.contains(name) {
        marks.push("PK");
    }
    if table.foreign_keys.iter().any(|key| key.columns.contains(name)) {
        marks.push("FK");
    }
    let alone = std::slice::from_ref(name);
    if table.key != alone && table.is_unique(alone) {
        marks.push("UK");
    }
    let marks = marks.join(", ");
    let null = if column.may_be_null { "\"or null\"" } else { "" };
    let line = format!("{COLUMN}{} {name} {marks} {null}", column.kind.replace(' ', "_"));
    let words: Vec<&str> = line.split_whitespace().collect();
    format!("{COLUMN}{}", words.join(" "))
}
