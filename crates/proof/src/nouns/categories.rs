//! Categories, which nobody edits yet: their slugs are few, so that they meet.

use super::{Checked, Comes, Draw, Noun, Texts, draws::draws, rows, same};
use crate::simulation::Clients;
use domain::{Category, CategoryId, CreateCategory, Listed, Text};
use model::Model;
use rows::{all, failed, text};
use rusqlite::Connection;

const SLUGS: [&str; 6] = ["camp", "food", "tents", "flags", "salt", "rope"];

pub struct Categories;

impl Noun for Categories {
    fn draws(&self) -> &'static [Draw] {
        draws! {
            CreateCategory, 2, Plain: |clients| (clients.staff(), clients.category());
        }
    }

    fn ways(&self) -> &'static [(&'static str, Comes)] {
        &[(CreateCategory::NAME, Comes::ByItself("only a demo makes categories"))]
    }

    fn counted(&self, model: &Model) -> Option<(&'static str, i64)> {
        Some(("categories", model.categories.len() as i64))
    }

    fn judge(&self, rows: &Connection, model: &Model) -> Checked {
        judge_after(rows, model, model.categories.len() - model.touched.categories)
    }

    fn judge_all(&self, rows: &Connection, model: &Model) -> Checked {
        judge_after(rows, model, 0)
    }

    fn texts(&self) -> Option<Texts> {
        let sql = "select id, slug, name, coalesce(parent_id, 0) from categories order by id";
        let expected = |model: &Model| {
            let row = |category: &Category| {
                let parent = category.parent.map_or(0, |parent| parent.0);
                let (slug, name) = (category.slug.to_string(), category.name.to_string());
                vec![category.id.0.to_string(), slug, name, parent.to_string()]
            };
            model.categories.iter().map(row).collect()
        };
        Some(Texts { sql, expected })
    }
}

/// From this place on.
fn judge_after(rows: &Connection, model: &Model, place: usize) -> Checked {
    if place == model.categories.len() && place > 0 {
        return Ok(());
    }
    let sql = "select id, slug, name, parent_id from categories where id > ?1 order by id";
    let found = all(rows, sql, [place as i64], |row| {
        Ok(Category {
            id: CategoryId(row.get("id")?),
            slug: Text::stored(text(row, "slug")?),
            name: Text::stored(text(row, "name")?),
            parent: row.get::<_, Option<i64>>("parent_id")?.map(CategoryId),
        })
    });
    same("categories", &found.map_err(failed)?[..], &model.categories[place..])
}

impl Clients {
    fn category(&mut self) -> CreateCategory {
        let slug = self.slug();
        let parent = self.random.chance(400).then(|| self.slug());
        CreateCategory { name: Text::stored(&format!("All {}", slug.as_str())), slug, parent }
    }

    pub fn slug(&mut self) -> Text<100> {
        Text::stored(SLUGS[self.random.below(SLUGS.len())])
    }
}
