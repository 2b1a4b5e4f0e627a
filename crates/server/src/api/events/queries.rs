//! What is asked of the feed: from where on, which kinds, of what, and for how long to wait.

use crate::{
    app::App,
    http::{
        fields::{Fields, Given, Reads},
        json::Json,
        pages::{Cursor, LIMIT, LIMIT_MOST, Page, Start, cursor},
        parsers::{Parser, Read, choice, described, from_text, integer, is, plain},
        problems::Problem,
    },
    settings::read_duration,
};
use domain::{
    AccountId, ApiKeyId, CategoryId, EventKind, OrderId, ProductId, Subject, SubjectKind,
    carts::CartId,
};
use serde_json::json;
use std::time::Duration;
use store::FeedFilter;
use uuid::Uuid;

/// No answer is held back longer.
const WAIT_MOST: Duration = Duration::from_secs(30);
/// Names the list that a cursor is of.
const OF_FEED: &str = "events";
const NOT_OURS: &str = "is not one that this list gave out";

/// A place in the feed: after a position of this history of the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub epoch: String,
    pub position: i64,
}

impl Mark {
    pub fn cursor(&self) -> String {
        Cursor(vec![OF_FEED.to_owned(), self.epoch.clone(), self.position.to_string()]).encode()
    }

    fn of(cursor: &Cursor) -> Option<Mark> {
        let [list, epoch, position] = cursor.0.as_slice() else { return None };
        let read: i64 = position.parse().ok()?;
        let is_ours = list == OF_FEED && read >= 0 && *position == read.to_string();
        is_ours.then(|| Mark { epoch: epoch.clone(), position: read })
    }

    /// As a stream has given it.
    pub fn heard(text: &str) -> Result<Mark, Problem> {
        let mark = Cursor::decode(text).and_then(|cursor| Mark::of(&cursor));
        mark.ok_or_else(|| Problem::invalid_field("Last-Event-ID", NOT_OURS))
    }
}

pub struct EventQuery {
    pub page: Page,
    pub after: Option<Mark>,
    pub kinds: Vec<EventKind>,
    pub subject: Option<Wanted>,
    pub wait: Duration,
}

/// Of what events are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Subject(Subject),
    /// By its slug, or by the number that its events have.
    Category(String),
}

impl Wanted {
    async fn find(&self, app: &App) -> Result<Subject, Problem> {
        let name = match self {
            Wanted::Subject(subject) => return Ok(*subject),
            Wanted::Category(name) => name,
        };
        let path = app.readers.late().category_path(name).await?;
        let found = path.last().map(|(category, _)| category.id);
        let found = found.or_else(|| number(name).map(CategoryId)).ok_or_else(|| {
            let words =
                "there is no category of this slug; one that is gone is known by its number";
            Problem::invalid_field("subject", words)
        });
        found.map(Subject::category)
    }
}

impl EventQuery {
    /// What is to be looked for.
    pub async fn filter(&self, app: &App) -> Result<FeedFilter, Problem> {
        let subject = match &self.subject {
            Some(wanted) => Some(wanted.find(app).await?),
            None => None,
        };
        Ok(FeedFilter { kinds: self.kinds.clone(), subject })
    }
}

fn number(text: &str) -> Option<i64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| is_plain)
}

/// What an event tells as its subject: its kind and its id.
fn subject() -> impl Parser<Out = Wanted> {
    let read = |given: &Json<'_>| -> Read<Wanted> {
        let wrong = || {
            "must be a kind and an id, as events have them: order:, cart:, customer: or key: and a UUID, \
             product: and its number, category: and its slug or number"
                .to_owned()
        };
        let (kind, id) = plain(given)?.split_once(':').ok_or_else(wrong)?;
        let uuid = || Uuid::try_parse(id).map_err(|_| wrong());
        let subject = match SubjectKind::named(kind).ok_or_else(wrong)? {
            SubjectKind::Order => Subject::order(OrderId(uuid()?)),
            SubjectKind::Cart => Subject::cart(CartId(uuid()?)),
            SubjectKind::Customer => Subject::customer(AccountId(uuid()?)),
            SubjectKind::ApiKey => Subject::api_key(ApiKeyId(uuid()?)),
            SubjectKind::Product => Subject::product(ProductId(number(id).ok_or_else(wrong)?)),
            SubjectKind::Category => {
                let is_slug = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
                let is_one = (1..=100).contains(&id.len()) && id.bytes().all(is_slug);
                return if is_one { Ok(Wanted::Category(id.to_owned())) } else { Err(wrong()) };
            }
        };
        Ok(Wanted::Subject(subject))
    };
    is(read, || {
        let uuid = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
        let pattern = format!(
            "^((order|cart|customer|key):{uuid}|product:[1-9][0-9]{{0,17}}|category:[a-z0-9-]{{1,100}})$"
        );
        json!({ "type": "string", "pattern": pattern, "examples": ["product:1"],
            "description": "Of this only: a kind and an id, as events have them; a category by its slug too." })
    })
}

fn wait() -> impl Parser<Out = Duration> {
    let read = |text: &str| {
        let span = read_duration(text).filter(|span| *span <= WAIT_MOST);
        span.ok_or("must be a time with its unit, from 0s to 30s, such as 25s or 500ms")
    };
    from_text(read, || {
        json!({ "type": "string", "pattern": "^([0-2]?[0-9]s|30s|[0-9]{1,4}ms)$", "examples": ["0s"],
            "description": "So long, 30s at most, the answer waits for an event where there is none." })
    })
}

impl Reads for EventQuery {
    const NAME: &'static str = "EventQuery";

    fn read(query: &mut Fields<'_>, _: Given<'_>) -> Option<EventQuery> {
        let limit = query.optional("limit", integer(1..=LIMIT_MOST));
        let words = "As an answer has it as `next`, or an event of a stream as its `id`. Empty: from the beginning.";
        let cursor = query.optional("cursor", described(cursor(), words));
        let names: Vec<_> = EventKind::ALL.iter().map(|kind| (kind.name(), *kind)).collect();
        let kinds = query.many("kinds", EventKind::ALL.len(), choice(&names));
        let subject = query.optional("subject", subject());
        let wait = query.optional("wait", wait());
        query.note(
            "`next` is always there, also at the end and when nothing was found: go on with it. For one answer so many \
             positions are looked through at most, so that one that is narrowed may be empty, and its `next` further on.",
        );
        let (limit, start) = (limit?.unwrap_or(LIMIT), Start::Cursor(cursor?.flatten()));
        let page = Page { limit, start };
        let after = page.after(query, Mark::of)?;
        let wait = wait?.unwrap_or_default();
        Some(EventQuery { page, after, kinds: kinds?, subject: subject?, wait })
    }

    fn page(&self) -> Option<&Page> {
        Some(&self.page)
    }
}
