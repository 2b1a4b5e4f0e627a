//! API keys: how programs come in. They are the shop's, and outlive the rights of who made them.

use crate::{
    app::App,
    http::{
        Method, State,
        answers::{Answer, Nothing},
        arguments::{Key, Known, Segment},
        bodies::Body,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        json::Json,
        lists::Place,
        pages::{List, OFFSET_MOST, Page},
        parsers::{Parser, boolean, choice, described, is, of, plain},
        problems::Problem,
        queries::{LateQuery, NoQuery},
        refusals::refusals,
        rights::Admin,
        routes::Route,
        shapes::{Named, Shape, Time, one_of, time, view},
        texts::title_of,
    },
    keys::{self, now},
    telemetry::security,
};
use domain::{
    AccountId, ApiKey, ApiKeyId, ChannelPolicy, CreateApiKey, Done, Micros, RevokeApiKey, Scope,
    Scopes, Text,
    keys::{CreateApiKeyRefusal, RevokeApiKeyRefusal},
};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::sync::Arc;
use store::Direction;
use uuid::Uuid;

const KEYS: &str = "/api/identity/api-keys";

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, KEYS, "list_api_keys", list)
            .about("Lists the API keys, the newest first, without their secrets; all, or those that an admin has made.")
            .linked("api_keys"),
        Route::new(Method::POST, KEYS, "create_api_key", create)
            .about("Makes an API key. It is shown now and never again.")
            .creates()
            .example(json!({ "name": "dashboard", "scopes": ["catalog:read", "orders:read"] }))
            .sends::<CreateApiKey>(),
        Route::new(Method::GET, "/api/identity/api-keys/{id}", "show_api_key", show)
            .about("Shows an API key, without its secret."),
        Route::new(Method::DELETE, "/api/identity/api-keys/{id}", "revoke_api_key", revoke)
            .about("Revokes an API key: within a second no node takes it any more.")
            .shows_nothing()
            .sends::<RevokeApiKey>(),
    ]
}

/// The names of scopes.
pub struct ScopesView(Scopes);

impl Serialize for ScopesView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Shape for ScopesView {
    fn shape(_: &mut Named) -> Value {
        json!({ "type": "array", "items": one_of(Scope::ALL.iter().map(|scope| scope.name())) })
    }
}

view! {
    pub struct ApiKeyView<'a> = "ApiKey" {
        id: Uuid,
        name: &'a str,
        scopes: ScopesView,
        channel: Option<&'a str>,
        unknown_items: &'static str as UnknownItems,
        takes_stock: bool,
        expires_at: Option<String> as Option<Time>,
        /// To the minute.
        last_used_at: Option<String> as Option<Time>,
        revoked_at: Option<String> as Option<Time>,
        /// The account of the admin who made it.
        created_by: Option<Uuid>,
        created_at: String as Time,
    }
}

view! {
    pub struct NewApiKeyView<'a> = "NewApiKey" {
        id: Uuid,
        name: &'a str,
        scopes: ScopesView,
        channel: Option<&'a str>,
        unknown_items: &'static str as UnknownItems,
        takes_stock: bool,
        expires_at: Option<String> as Option<Time>,
        created_by: Option<Uuid>,
        created_at: String as Time,
        /// Null when the request is answered again: it was shown once.
        key: Option<String>,
    }
}

impl ApiKeyView<'_> {
    fn of(key: &ApiKey) -> ApiKeyView<'_> {
        ApiKeyView {
            id: key.id.0,
            name: &key.name,
            scopes: ScopesView(key.scopes),
            channel: key.channel.as_deref(),
            unknown_items: UnknownItems::name(key.policy),
            takes_stock: key.policy.takes_stock,
            expires_at: key.expires_at.map(time),
            last_used_at: key.used_at.map(time),
            revoked_at: key.revoked_at.map(time),
            created_by: key.created_by.map(|maker| maker.0),
            created_at: time(key.created_at),
        }
    }
}

impl NewApiKeyView<'_> {
    fn of(key: &ApiKey, shown: Option<String>) -> NewApiKeyView<'_> {
        NewApiKeyView {
            id: key.id.0,
            name: &key.name,
            scopes: ScopesView(key.scopes),
            channel: key.channel.as_deref(),
            unknown_items: UnknownItems::name(key.policy),
            takes_stock: key.policy.takes_stock,
            expires_at: key.expires_at.map(time),
            created_by: key.created_by.map(|maker| maker.0),
            created_at: time(key.created_at),
            key: shown,
        }
    }
}

pub struct NewApiKey {
    name: Text<100>,
    scopes: Scopes,
    channel: Option<Text<50>>,
    policy: ChannelPolicy,
    expires_at: Option<Micros>,
}

/// What becomes of items that the catalog does not know, in the orders of a key's channel.
struct UnknownItems;

impl UnknownItems {
    const CHOICES: [(&'static str, bool); 2] = [("reject", false), ("accept", true)];

    fn name(policy: ChannelPolicy) -> &'static str {
        let [(reject, _), (accept, _)] = UnknownItems::CHOICES;
        if policy.accepts_unknown { accept } else { reject }
    }
}

impl Shape for UnknownItems {
    fn shape(_: &mut Named) -> Value {
        one_of(UnknownItems::CHOICES.map(|(name, _)| name))
    }
}

/// Names of scopes, one at least.
fn scopes() -> impl Parser<Out = Scopes> {
    let names = || Scope::ALL.iter().map(|scope| scope.name());
    let wrong = move || {
        let names: Vec<&str> = names().collect();
        format!("must be a list of some of {}", names.join(", "))
    };
    let read = move |given: &Json<'_>| {
        let Json::List(items) = given else { return Err(wrong()) };
        let scope = |item: &Json<'_>| Scope::named(plain(item).ok()?);
        let scopes: Option<Vec<Scope>> = items.iter().map(scope).collect();
        scopes.filter(|scopes| !scopes.is_empty()).map(Scopes::of).ok_or_else(wrong)
    };
    is(read, move || {
        json!({ "type": "array", "minItems": 1, "items": one_of(names()),
            "examples": [["catalog:read"]] })
    })
}

impl Reads for NewApiKey {
    const NAME: &'static str = "NewApiKeyRequest";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<NewApiKey> {
        let name = fields.required("name", title_of::<100>());
        let scopes = fields.required("scopes", scopes());
        let words = "Where the orders come from that the key hands over: what has the scope intake names it.";
        let channel = fields.nullable("channel", described(title_of::<50>(), words));
        let words = "Whether the channel's orders may have items that the catalog does not know: they are refused, or taken as they are.";
        let unknown = described(choice(&UnknownItems::CHOICES), words);
        let accepts_unknown = fields.optional("unknown_items", unknown);
        let words = "Whether what the catalog knows of the channel's orders leaves the shelves.";
        let takes_stock = fields.optional("takes_stock", described(boolean(), words));
        let expires_at = fields.nullable("expires_at", of::<Micros>());
        let usual = ChannelPolicy::default();
        let policy = ChannelPolicy {
            accepts_unknown: accepts_unknown?.unwrap_or(usual.accepts_unknown),
            takes_stock: takes_stock?.unwrap_or(usual.takes_stock),
        };
        let (scopes, channel) = (scopes?, channel?.flatten());
        if scopes.has(Scope::Intake) && channel.is_none() {
            return fields.refuse("channel", "is required of a key with the scope intake");
        }
        if channel.is_none() && policy != usual {
            return fields
                .refuse("channel", "is required where its orders are to be taken otherwise");
        }
        Some(NewApiKey { name: name?, scopes, channel, policy, expires_at: expires_at?.flatten() })
    }
}

async fn create(
    State(app): State<Arc<App>>,
    Admin(admin): Admin,
    CorrelationId(correlation): CorrelationId,
    Key(once): Key,
    _: NoQuery,
    Body(new): Body<NewApiKey>,
) -> Result<Answer<NewApiKeyView<'static>>, Problem> {
    let made = keys::ApiKey::make(Uuid::now_v7());
    let create = CreateApiKey {
        id: ApiKeyId(made.id),
        secret: Text::stored(&made.hash()),
        name: new.name,
        scopes: new.scopes,
        channel: new.channel,
        policy: new.policy,
        expires_at: new.expires_at,
    };
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(admin.actor(), correlation, once, create).await?;
    let (key, shown) = match answered.done {
        Done::Now(key) => (key, Some(made.text())),
        Done::Before(id) => {
            let key = app.readers.exact().api_key(id).await?;
            (Box::new(key.ok_or_else(Problem::outcome_unknown)?), None)
        }
    };
    let is_replay = shown.is_none();
    if !is_replay {
        security!(key = %key.id, admin = %admin.id, "an API key was made");
    }
    let url = format!("{}{KEYS}/{}", app.settings.public_url, key.id);
    let answer = Answer::created(&url, &NewApiKeyView::of(&key, shown)).replayed(is_replay);
    Ok(answer.of_commit(&app, answered.commit).await)
}

struct KeyQuery {
    maker: Option<AccountId>,
    page: Page,
    after: Option<Uuid>,
}

impl Reads for KeyQuery {
    const NAME: &'static str = "ApiKeyQuery";

    fn read(query: &mut Fields<'_>, _: Given<'_>) -> Option<KeyQuery> {
        let maker = query.optional("created_by", of::<Uuid>());
        let page = Page::read(query);
        let (maker, page) = (maker?.map(AccountId), page?);
        let after = page.after(query, Uuid::read)?;
        Some(KeyQuery { maker, page, after })
    }

    fn page(&self) -> Option<&Page> {
        Some(&self.page)
    }
}

async fn list(
    State(app): State<Arc<App>>,
    _: Admin,
    query: LateQuery<KeyQuery>,
    known: Known,
) -> Result<Answer<List<ApiKeyView<'static>>>, Problem> {
    let KeyQuery { maker, page, after } = query.read(Given::of(app.currency))?;
    let (late, asked) = (app.readers.late(), page.asked(after, Direction::Falling));
    let count = late.count_api_keys(maker, OFFSET_MOST);
    let found = page.find(late.api_keys(maker, asked), count).await?;
    let views = found.rows.iter().map(ApiKeyView::of).collect();
    let links = query.links(&app.settings.public_url);
    Ok(found.written(&links, |key| key.id.0.cursor(), views)?.answer(&known))
}

async fn show(
    State(app): State<Arc<App>>,
    _: Admin,
    Segment(id): Segment,
    _: NoQuery,
) -> Result<Answer<ApiKeyView<'static>>, Problem> {
    let key = app.readers.exact().api_key(key_id(&id)?).await?.ok_or_else(no_such_key)?;
    Ok(Answer::ok(&ApiKeyView::of(&key)))
}

async fn revoke(
    State(app): State<Arc<App>>,
    Admin(admin): Admin,
    CorrelationId(correlation): CorrelationId,
    Segment(id): Segment,
    _: NoQuery,
) -> Result<Answer<Nothing>, Problem> {
    let id = key_id(&id)?;
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(admin.actor(), correlation, None, RevokeApiKey { id }).await?;
    app.keys.forget(id.0).await;
    security!(key = %id, admin = %admin.id, "an API key was revoked");
    Ok(Answer::nothing().of_commit(&app, answered.commit).await)
}

fn key_id(text: &str) -> Result<ApiKeyId, Problem> {
    Uuid::try_parse(text).map(ApiKeyId).map_err(|_| no_such_key())
}

fn no_such_key() -> Problem {
    Problem::not_found("there is no such API key")
}

/// Somebody is an admin no more, and his keys go on: who has taken his rights hears which.
pub async fn tell_living_keys(app: &App, maker: AccountId) {
    match app.readers.exact().living_keys_of(maker, now()).await {
        Ok(keys) if keys.is_empty() => {}
        Ok(keys) => {
            let keys: Vec<String> = keys.iter().map(|key| key.id.to_string()).collect();
            let keys = keys.join(" ");
            tracing::warn!(account = %maker, keys, "API keys outlive the rights of who made them");
        }
        Err(error) => {
            tracing::warn!(account = %maker, %error, "cannot ask which API keys go on");
        }
    }
}

fn lost_rights() -> Problem {
    Problem::forbidden("API keys are for admins, and you are none any more: log in again")
}

refusals! {
    CreateApiKeyRefusal {
        CreateApiKeyRefusal::AdminsOnly => [FORBIDDEN] lost_rights(),
        CreateApiKeyRefusal::Expired => [INVALID] {
            Problem::invalid_field("expires_at", "must lie ahead")
        },
    }
}

refusals! {
    RevokeApiKeyRefusal {
        RevokeApiKeyRefusal::AdminsOnly => [FORBIDDEN] lost_rights(),
        RevokeApiKeyRefusal::NotFound => [NOT_FOUND] no_such_key(),
    }
}
