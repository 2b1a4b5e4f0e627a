//! Categories: their slugs are few, so that they meet, and their tree is moved about.

mod tortured;

use super::{Checked, Comes, Draw, Noun, Texts, draws::draws, rows, same};
use crate::{
    attack::torture::{Comparison, Past},
    simulation::Clients,
};
use domain::{Category, CategoryId, CreateCategory, EditCategory, Listed, RemoveCategory, Text};
use model::Model;
use rows::{all, failed, text};
use rusqlite::Connection;

const SLUGS: [&str; 6] = ["camp", "food", "tents", "flags", "salt", "rope"];

pub use tortured::Ask;

pub struct Categories;

impl Noun for Categories {
    fn draws(&self) -> &'static [Draw] {
        draws! {
            CreateCategory, 2, Plain: |clients| (clients.staff(), clients.category());
            EditCategory, 2, Plain: |clients| (clients.staff(), clients.category_edit());
            RemoveCategory, 1, Plain: |clients| (clients.staff(), clients.category_removal());
        }
    }

    fn ways(&self) -> &'static [(&'static str, Comes)] {
        &[
            (CreateCategory::NAME, Comes::Asked),
            (EditCategory::NAME, Comes::Asked),
            (RemoveCategory::NAME, Comes::Asked),
        ]
    }

    fn counted(&self, model: &Model) -> Option<(&'static str, i64)> {
        Some(("categories", model.categories_made))
    }

    fn statements(&self) -> &'static [&'static str] {
        &[tortured::RACKS]
    }

    fn compare(
        &self,
        compared: &Comparison,
        past: &mut Past,
        wrong: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        tortured::compare(compared, past, wrong)
    }

    fn judge(&self, rows: &Connection, model: &Model) -> Checked {
        if model.touched.categories { self.judge_all(rows, model) } else { Ok(()) }
    }

    fn judge_all(&self, rows: &Connection, model: &Model) -> Checked {
        let sql = "select id, slug, name, parent_id from categories order by id";
        let found = all(rows, sql, [], |row| {
            Ok(Category {
                id: CategoryId(row.get("id")?),
                slug: Text::stored(text(row, "slug")?),
                name: Text::stored(text(row, "name")?),
                parent: row.get::<_, Option<i64>>("parent_id")?.map(CategoryId),
            })
        });
        same("categories", &found.map_err(failed)?[..], &model.categories[..])
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

impl Clients {
    fn category(&mut self) -> CreateCategory {
        let slug = self.slug();
        let parent = self.random.chance(400).then(|| self.slug());
        CreateCategory { name: Text::stored(&format!("All {}", slug.as_str())), slug, parent }
    }

    fn category_edit(&mut self) -> EditCategory {
        EditCategory {
            category: self.slug(),
            slug: self.random.chance(300).then(|| self.slug()),
            name: self.random.chance(300).then(|| Text::stored(&format!("Shelf {}", self.step))),
            parent: self.random.chance(600).then(|| self.random.chance(700).then(|| self.slug())),
        }
    }

    fn category_removal(&mut self) -> RemoveCategory {
        RemoveCategory { category: self.slug() }
    }

    pub fn slug(&mut self) -> Text<100> {
        Text::stored(SLUGS[self.random.below(SLUGS.len())])
    }
}
