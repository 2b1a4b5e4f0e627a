//! Categories: by id and by slug for the writer.

use crate::{table, view};
use domain::{Category, facts::SlugOwner};

view! { SlugOwner = "find_slugs" in "categories" slug => id }

table! {
    Category in "categories" locked
    by { id }
    edited { slug, name, parent(parent_id) }
}
