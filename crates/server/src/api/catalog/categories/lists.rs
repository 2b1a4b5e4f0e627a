//! Categories as visitors see them: lists, and one with the way to it.

use super::{CategoryView, RackView, no_such_category, parse};
use crate::{
    app::App,
    http::{
        State,
        answers::{Answer, Written},
        arguments::{Known, Segment},
        fields::{Fields, Given, Reads},
        pages::{Cursor, List, OFFSET_MOST, Page},
        parsers::{choice, such_as, text},
        problems::Problem,
        queries::{LateQuery, NoQuery},
        rights::Looker,
    },
};
use Direction::{Falling, Rising};
use domain::Category;
use std::sync::Arc;
use store::{CategoryFilter, CategoryOrder, Direction, Value};

/// A list's query.
pub struct CategoryQuery {
    filter: CategoryFilter,
    order: CategoryOrder,
    direction: Direction,
    page: Page,
    after: Option<(Value<'static>, i64)>,
}

const ORDERINGS: &[(&str, (CategoryOrder, Direction))] = &[
    ("slug", (CategoryOrder::Slug, Rising)),
    ("-slug", (CategoryOrder::Slug, Falling)),
    ("name", (CategoryOrder::Name, Rising)),
    ("-name", (CategoryOrder::Name, Falling)),
];

impl Reads for CategoryQuery {
    const NAME: &'static str = "CategoryQuery";

    fn read(query: &mut Fields<'_>, _: Given<'_>) -> Option<CategoryQuery> {
        let parent = query.optional("parent", such_as(text(0..=100), "tents"));
        let ordering = query.optional("ordering", choice(ORDERINGS));
        query.note("An empty parent is for those at the top.");
        let page = Page::read(query);
        let filter = CategoryFilter { parent: parent? };
        let ((order, direction), page) = (ordering?.unwrap_or_default(), page?);
        let after = page.after(query, |cursor| after(cursor, order))?;
        Some(CategoryQuery { filter, order, direction, page, after })
    }

    fn page(&self) -> Option<&Page> {
        Some(&self.page)
    }
}

fn after(cursor: &Cursor, order: CategoryOrder) -> Option<(Value<'static>, i64)> {
    let [name, key, id] = cursor.0.as_slice() else { return None };
    (*name == format!("{order:?}")).then_some((Value::from(key.clone()), id.parse().ok()?))
}

fn cursor(order: CategoryOrder, category: &Category) -> Cursor {
    let key = match order {
        CategoryOrder::Slug => category.slug.to_string(),
        CategoryOrder::Name => category.name.to_string(),
    };
    Cursor(vec![format!("{order:?}"), key, category.id.to_string()])
}

pub async fn list(
    State(app): State<Arc<App>>,
    Looker(_): Looker,
    query: LateQuery<CategoryQuery>,
    known: Known,
) -> Result<Answer<List<CategoryView<'static>>>, Problem> {
    let CategoryQuery { filter, order, direction, page, after } =
        query.read(Given::of(app.currency))?;
    let (late, asked) = (app.readers.late(), page.asked(after, direction));
    let count = late.count_categories(&filter, OFFSET_MOST);
    let found = page.find(late.categories(&filter, order, asked), count).await?;
    let views = CategoryView::all(&app, &found.rows);
    let links = query.links(&app.settings.public_url);
    let page = found.written(&links, |(category, _)| cursor(order, category), views)?;
    Ok(shown_to_all(&app, page.answer(&known)))
}

pub async fn show(
    State(app): State<Arc<App>>,
    Looker(_): Looker,
    Segment(slug): Segment,
    _: NoQuery,
    known: Known,
) -> Result<Answer<RackView<'static>>, Problem> {
    let (slug, late) = (parse(&slug)?, app.readers.late());
    let path = late.category_path(&slug).await?;
    let (category, _) = path.last().ok_or_else(no_such_category)?;
    let children = late.category_children(category.id).await?;
    let view = RackView::of(&app, &path, &children).ok_or_else(no_such_category)?;
    Ok(shown_to_all(&app, Written::of(None, &view)?.answer(&known)))
}

/// In a shop whose catalog is for customers only, a page of it is for nobody else to keep.
fn shown_to_all<V>(app: &App, answer: Answer<V>) -> Answer<V> {
    if app.settings.catalog_public { answer.public() } else { answer }
}
