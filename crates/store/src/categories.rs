//! Categories: by id and by slug for the writer.

use crate::{cell_types, table, value::Value, view};
use domain::{Category, CategoryId, facts::SlugOwner};

cell_types! {
    CategoryId: optional_int, raw => Ok(CategoryId(raw)), id => Value::Int(id.0);
}

view! { SlugOwner = "find_slugs" in "categories" slug => id }

table! {
    Category in "categories" locked
    by { id }
    edited { slug, name, parent(parent_id) }
}
