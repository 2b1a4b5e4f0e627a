//! Categories as staff make them, change them, and take them out.

use super::{CategoryView, RackView, SHOWN_ONLY, SLUG_MOST, no_such_category, parse};
use crate::{
    app::App,
    http::{
        State,
        answers::{Answer, Nothing},
        arguments::{Key, Segment},
        bodies::{Body, LateBody},
        codes,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        parsers::{Parser, from_text, of},
        problems::{FieldError, Problem},
        queries::NoQuery,
        refusals::refusals,
        rights::Staff,
        texts::title_of,
    },
};
use domain::{
    CreateCategory, Done, EditCategory, RemoveCategory, Text,
    categories::{CreateCategoryRefusal, EditCategoryRefusal, MOST, RemoveCategoryRefusal},
    fold,
};
use serde_json::json;
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;

fn slug() -> impl Parser<Out = Text<SLUG_MOST>> {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let read = move |text: &str| match (1..=SLUG_MOST).contains(&text.len()) {
        true if text.bytes().all(is_plain) => Ok(Text::stored(text)),
        _ => Err(format!("must be 1 to {SLUG_MOST} small letters from a to z, digits and hyphens")),
    };
    from_text(read, || {
        json!({ "type": "string", "pattern": format!("^[a-z0-9-]{{1,{SLUG_MOST}}}$"),
            "examples": ["mess-tins"] })
    })
}

/// A slug out of a name, `zelte-ofen` of `Zelte & Öfen`: none, where no letter of it is one of a slug.
fn slug_of(name: &str) -> Option<Text<SLUG_MOST>> {
    let mut slug = String::with_capacity(name.len());
    // Taken apart, an accent is a letter of its own, and no gap.
    for c in fold(name).nfd().filter(|c| !('\u{300}'..='\u{36f}').contains(c)) {
        match c.is_ascii_alphanumeric() {
            true => slug.push(c),
            false if slug.is_empty() || slug.ends_with('-') => {}
            false => slug.push('-'),
        }
    }
    slug.truncate(SLUG_MOST);
    let slug = slug.trim_end_matches('-');
    (!slug.is_empty()).then(|| Text::stored(slug))
}

impl Reads for CreateCategory {
    const NAME: &'static str = "NewCategory";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<CreateCategory> {
        let slug = fields.optional("slug", slug());
        let category_name = fields.required("name", title_of::<200>());
        let parent = fields.nullable("parent", of::<Text<SLUG_MOST>>());
        fields.note("Without a slug, one is made of the name. The parent must exist.");
        let slug = match (slug?, &category_name) {
            (Some(slug), _) => Some(slug),
            (None, Some(name)) => slug_of(name)
                .or_else(|| fields.refuse("slug", "is required: of this name none can be made")),
            (None, None) => None,
        };
        Some(CreateCategory { slug: slug?, name: category_name?, parent: parent?.flatten() })
    }
}

pub async fn create(
    State(app): State<Arc<App>>,
    Staff(staff): Staff,
    CorrelationId(correlation): CorrelationId,
    Key(key): Key,
    _: NoQuery,
    Body(create): Body<CreateCategory>,
) -> Result<Answer<CategoryView<'static>>, Problem> {
    let correlation = domain::CorrelationId(correlation);
    let parent = create.parent.clone();
    let answered = app.send(staff.actor(), correlation, key, create).await?;
    app.catalog.forget();
    let (category, is_replay) = match answered.done {
        Done::Now(category) => (category, false),
        Done::Before(category) => (category, true),
    };
    let view = CategoryView::of(&app, &category, parent.as_deref());
    let answer = Answer::created(&view.url, &view).replayed(is_replay);
    Ok(answer.of_commit(&app, answered.commit).await)
}

/// What a PATCH names.
pub struct Edit(EditCategory);

impl From<Edit> for EditCategory {
    fn from(Edit(edit): Edit) -> EditCategory {
        edit
    }
}

impl Reads for Edit {
    const NAME: &'static str = "CategoryEdit";

    /// Which one it is, the address of the request says.
    fn read(fields: &mut Fields<'_>, given: Given<'_>) -> Option<Edit> {
        fields.read_only(SHOWN_ONLY, given.shown);
        let slug = fields.optional("slug", slug());
        let category_name = fields.optional("name", title_of::<200>());
        let parent = fields.nullable("parent", of::<Text<SLUG_MOST>>());
        fields.note("The parent must exist.");
        let category = Text::default();
        Some(Edit(EditCategory { category, slug: slug?, name: category_name?, parent: parent? }))
    }
}

/// What a PUT overwrites.
pub struct Replacement(EditCategory);

impl From<Replacement> for EditCategory {
    fn from(Replacement(edit): Replacement) -> EditCategory {
        edit
    }
}

impl Reads for Replacement {
    const NAME: &'static str = "CategoryReplacement";

    fn read(fields: &mut Fields<'_>, given: Given<'_>) -> Option<Replacement> {
        fields.read_only(SHOWN_ONLY, given.shown);
        let slug = fields.optional("slug", slug());
        let category_name = fields.required("name", title_of::<200>());
        let parent = fields.nullable("parent", of::<Text<SLUG_MOST>>());
        fields.note("The parent must exist.");
        Some(Replacement(EditCategory {
            category: Text::default(),
            slug: slug?,
            name: Some(category_name?),
            parent: Some(parent?.flatten()),
        }))
    }
}

/// By PATCH or by PUT, as the body says.
pub async fn edit<B: Reads + Into<EditCategory>>(
    State(app): State<Arc<App>>,
    Staff(staff): Staff,
    CorrelationId(correlation): CorrelationId,
    Segment(slug): Segment,
    _: NoQuery,
    body: LateBody<B>,
) -> Result<Answer<CategoryView<'static>>, Problem> {
    let (category, exact) = (parse(&slug)?, app.readers.exact());
    let path = exact.category_path(&category).await?;
    let (present, _) = path.last().ok_or_else(no_such_category)?;
    let children = exact.category_children(present.id).await?;
    let shown = RackView::of(&app, &path, &children).ok_or_else(no_such_category)?;
    let shown = serde_json::to_value(shown).map_err(|_| Problem::internal())?;
    let edit = body.read(Given { currency: app.currency, shown: &shown })?.into();
    let edit = EditCategory { category, ..edit };
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(staff.actor(), correlation, None, edit).await?;
    app.catalog.forget();
    let Done::Now(edited) = answered.done;
    // Only the reader knows the parent's slug where the edit did not name it.
    let found = exact.category(edited.id).await?;
    let (_, parent) = found.unwrap_or((*edited.clone(), None));
    let answer = Answer::ok(&CategoryView::of(&app, &edited, parent.as_deref()));
    Ok(answer.of_commit(&app, answered.commit).await)
}

pub async fn remove(
    State(app): State<Arc<App>>,
    Staff(staff): Staff,
    CorrelationId(correlation): CorrelationId,
    Segment(slug): Segment,
    _: NoQuery,
) -> Result<Answer<Nothing>, Problem> {
    let remove = RemoveCategory { category: parse(&slug)? };
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(staff.actor(), correlation, None, remove).await?;
    app.catalog.forget();
    Ok(Answer::nothing().of_commit(&app, answered.commit).await)
}

refusals! {
    CreateCategoryRefusal {
        CreateCategoryRefusal::SlugTaken => [SLUG_TAKEN] slug_taken(),
        CreateCategoryRefusal::UnknownParent => [INVALID] unknown_parent(),
        CreateCategoryRefusal::TooMany => [CONFLICT] {
            let detail = format!("the tree has {MOST} categories, and takes no more");
            Problem::new(codes::CONFLICT, detail)
        },
    }
}

refusals! {
    EditCategoryRefusal {
        EditCategoryRefusal::NotFound => [NOT_FOUND] no_such_category(),
        EditCategoryRefusal::SlugTaken => [SLUG_TAKEN] slug_taken(),
        EditCategoryRefusal::UnknownParent => [INVALID] unknown_parent(),
        EditCategoryRefusal::Circle => [CATEGORY_CIRCLE] {
            Problem::new(codes::CATEGORY_CIRCLE, "the parent is the category itself, or below it")
                .errors(vec![FieldError::new("parent", "is the category itself, or below it")])
        },
    }
}

refusals! {
    RemoveCategoryRefusal {
        RemoveCategoryRefusal::NotFound => [NOT_FOUND] no_such_category(),
        RemoveCategoryRefusal::InUse => [CATEGORY_IN_USE] {
            let detail = "there are products in it, or categories below it; move them first";
            Problem::new(codes::CATEGORY_IN_USE, detail)
        },
    }
}

fn unknown_parent() -> Problem {
    Problem::invalid_field("parent", "there is no category with this slug")
}

fn slug_taken() -> Problem {
    Problem::new(codes::SLUG_TAKEN, "another category has this slug")
        .errors(vec![FieldError::new("slug", "belongs to another category")])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::json::Json;

    #[test]
    fn a_slug_is_made_of_a_name() {
        let (long, cut) = ("ab ".repeat(67), format!("{}-a", ["ab"; 33].join("-")));
        for (name, made) in [
            ("Mess tins", "mess-tins"),
            ("  Zelte & Öfen!", "zelte-ofen"),
            ("STRASSE Straße", "strasse-strasse"),
            ("Crème--brûlée 2", "creme-brulee-2"),
            ("Ａ４", "a4"),
            ("茶 tea 茶", "tea"),
            ("茶", ""),
            ("--", ""),
            (long.as_str(), cut.as_str()),
        ] {
            let found = slug_of(name);
            let found = found.as_ref().map_or("", Text::as_str);
            assert_eq!(found, made, "{name}");
            let is_slug = slug().read(&Json::Text(found.into())).is_ok();
            assert_eq!(is_slug, !made.is_empty(), "{name}");
        }
    }
}
