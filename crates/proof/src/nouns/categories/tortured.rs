//! Categories of a tortured shop: every client makes, renames and removes its own. One that something may be
//! below is never removed, so that nothing that is asked for is wrong in itself.

use crate::attack::torture::{Asked, Client, Comparison, Fate, Past, Rack, Wire};
use domain::{CreateCategory, EditCategory, Listed, RemoveCategory};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const PATH: &str = "/api/catalog/categories";

/// What a tortured shop is asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Ask {
    Create { slug: String, parent: Option<String> },
    Edit { slug: String, name: String },
    Remove { slug: String },
}

impl Ask {
    pub fn create(client: &mut Client) -> Ask {
        let parent = if client.random.chance(400) { own(client) } else { None };
        if let Some(parent) = &parent {
            client.racks.insert(parent.clone(), Rack::Above);
        }
        Ask::Create { slug: client.name("rack"), parent }
    }

    pub fn edit(client: &mut Client) -> Option<Ask> {
        Some(Ask::Edit { slug: own(client)?, name: client.name("Name") })
    }

    pub fn remove(client: &mut Client) -> Option<Ask> {
        let slug = own(client).filter(|slug| client.racks.get(slug) == Some(&Rack::Free))?;
        client.racks.insert(slug.clone(), Rack::Gone);
        Some(Ask::Remove { slug })
    }
}

/// One that this client has, and means to keep for now.
fn own(client: &mut Client) -> Option<String> {
    let there = client.racks.iter().filter(|(_, rack)| **rack != Rack::Gone);
    let there: Vec<String> = there.map(|(slug, _)| slug.clone()).collect();
    client.random.pick(&there).cloned()
}

impl Asked for Ask {
    fn command(&self) -> &'static str {
        match self {
            Ask::Create { .. } => CreateCategory::NAME,
            Ask::Edit { .. } => EditCategory::NAME,
            Ask::Remove { .. } => RemoveCategory::NAME,
        }
    }

    fn is_keyed(&self) -> bool {
        matches!(self, Ask::Create { .. })
    }

    /// An edit without an answer may be asked for again when its category has gone.
    fn may_be_refused(&self, code: &str) -> bool {
        !matches!(self, Ask::Create { .. }) && code == "not_found"
    }

    fn is_done_if_refused(&self, code: &str) -> bool {
        matches!(self, Ask::Remove { .. }) && code == "not_found"
    }

    fn wire(&self) -> Wire {
        match self {
            Ask::Create { slug, parent } => {
                let name = first_name(slug);
                Wire::post(PATH, json!({ "slug": slug, "name": name, "parent": parent }))
            }
            Ask::Edit { slug, name } => Wire {
                body: Some(json!({ "name": name })),
                ..Wire::new("PATCH", &format!("{PATH}/{slug}"))
            },
            Ask::Remove { slug } => Wire::new("DELETE", &format!("{PATH}/{slug}")),
        }
    }

    fn learn(&self, client: &mut Client, _: &Value) {
        if let Ask::Create { slug, .. } = self {
            client.racks.entry(slug.clone()).or_insert(Rack::Free);
        }
    }
}

fn first_name(slug: &str) -> String {
    format!("Rack {slug}")
}

const NOUN: &str = "categories";
pub(super) const RACKS: &str = "select c.id, c.slug, c.name, coalesce(p.slug, '')
    from categories c left join categories p on p.id = c.parent_id order by c.id";

/// A category as it was found.
#[derive(Debug)]
struct Found<'c> {
    id: i64,
    name: &'c str,
    parent: &'c str,
}

pub(super) fn compare(
    compared: &Comparison,
    past: &mut Past,
    wrong: &mut Vec<String>,
) -> anyhow::Result<()> {
    let mut rows = BTreeMap::new();
    for [id, slug, name, parent] in compared.rows.of(RACKS)? {
        let found = Found { id: id.parse()?, name, parent };
        if rows.insert(slug, found).is_some() {
            wrong.push(format!("two categories have the slug {slug}"));
        }
    }
    compare_names(compared, &rows, past, wrong);
    let removals = compared.asked::<Ask>().filter_map(|(entry, ask)| match ask {
        Ask::Remove { slug } => Some((slug.as_str(), &entry.fate)),
        _ => None,
    });
    let removals: BTreeMap<&str, &Fate> = removals.collect();
    for (entry, ask) in compared.asked::<Ask>() {
        let Ask::Create { slug, parent } = ask else { continue };
        let found = rows.remove(slug.as_str());
        match (&entry.fate, removals.get(slug.as_str()), found) {
            (_, Some(Fate::Unknown), _) | (Fate::Unknown, ..) => {}
            (_, Some(Fate::Done(_)), None) => {}
            (_, Some(Fate::Done(_)), Some(row)) => {
                wrong.push(format!("category {slug} was removed, and is there: {row:?}"));
            }
            (Fate::Done(_), _, Some(row)) if row.parent == parent.as_deref().unwrap_or("") => {}
            (Fate::Done(told), _, found) => {
                wrong.push(format!("category {slug}: told {told}, found {found:?}"));
            }
            (Fate::NotDone | Fate::Refused(_), _, Some(row)) => {
                wrong.push(format!("told {:?}, and yet made: {row:?}", entry.fate));
            }
            (Fate::NotDone | Fate::Refused(_), _, None) => {}
        }
    }
    wrong.extend(rows.keys().map(|slug| format!("nobody asked for the category {slug}")));
    Ok(())
}

fn compare_names(
    compared: &Comparison,
    rows: &BTreeMap<&str, Found>,
    past: &mut Past,
    wrong: &mut Vec<String>,
) {
    let mut last: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    let mut late: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (entry, ask) in compared.asked::<Ask>() {
        let Ask::Edit { slug, name } = ask else { continue };
        if matches!(entry.fate, Fate::Done(_)) {
            let this = (entry.acknowledged, name.as_str());
            last.entry(slug).and_modify(|last| *last = (*last).max(this)).or_insert(this);
        }
        // An attempt without an answer may have come after one that had one.
        if compared.may_come_late(entry) {
            late.insert((slug, name));
        }
    }
    for (slug, row) in rows {
        let before = past.get(&(NOUN, row.id)).cloned().unwrap_or_else(|| (0, first_name(slug)));
        let (at, expected) = match last.get(slug) {
            Some((at, name)) if *at > before.0 => (*at, (*name).to_owned()),
            _ => before,
        };
        if row.name != expected && !late.contains(&(*slug, row.name)) {
            wrong.push(format!("{slug}, {row:?}: its last name that was told is {expected}"));
        }
        past.insert((NOUN, row.id), (at, row.name.to_owned()));
    }
}
