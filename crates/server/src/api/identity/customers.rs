//! Customers, as the staff see them: found, created, changed, and made nobody's.

use super::{
    accounts::{
        AccountView, SHOWN_ONLY, admins_only, check_version, language, no_such_customer,
        refuse_reserved, shown,
    },
    api_keys::tell_living_keys,
    letters::{self, send_link},
    passwords::{is_own, new_password},
};
use crate::{
    app::App,
    http::{
        Method, State,
        answers::{Answer, Nothing},
        arguments::{Key, Known, Origin, Segment, Unless},
        bodies::{Body, LateBody},
        codes,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        json::Json,
        pages::{Cursor, List, OFFSET_MOST, Page},
        parsers::{FromText, Parser, boolean, choice, is, of, plain, text},
        problems::Problem,
        queries::{LateQuery, NoQuery},
        rights::Staff,
        routes::Route,
        texts::line_of,
    },
    limits::Guest,
    passwords::check_password,
    ports::mail::Letter,
    telemetry::security,
};
use Direction::{Falling, Rising};
use domain::{
    Account, AccountId, Actor, Anonymize, Done, EditAccount, Email, Purpose, Register, Role, Scope,
    Text, Username, rules::Never,
};
use serde_json::json;
use std::sync::Arc;
use store::{AccountFilter, AccountOrder, Direction, Rejection, Value};
use uuid::Uuid;

const CUSTOMERS: &str = "/api/identity/customers";
const CUSTOMER: &str = "/api/identity/customers/{id}";

pub fn routes() -> Vec<Route> {
    let example = json!({ "username": "ben", "email": "ben@example.com", "first_name": "Ben" });
    vec![
        Route::new(Method::GET, CUSTOMERS, "list_customers", list)
            .about("Lists accounts, the newest first.")
            .linked("customers")
            .scoped(Scope::CustomersRead),
        Route::new(Method::POST, CUSTOMERS, "create_customer", create)
            .about("Opens an account for somebody. A link is sent, if the shop sends mail: to confirm the address or, without a password, to choose one.")
            .creates()
            .example(example.clone())
            .refuses(&[codes::FORBIDDEN])
            .scoped(Scope::CustomersWrite)
            .sends::<Register>(),
        Route::new(Method::GET, CUSTOMER, "show_customer", show)
            .about("Shows an account.")
            .scoped(Scope::CustomersRead),
        Route::new(Method::PUT, CUSTOMER, "replace_customer", edit::<CustomerReplacement>)
            .about("Overwrites what may be changed of an account. What is left out becomes empty, but rights stay.")
            .example(example)
            .refuses(&[codes::READ_ONLY])
            .scoped(Scope::CustomersWrite)
            .tagged()
            .sends::<EditAccount>(),
        Route::new(Method::PATCH, CUSTOMER, "edit_customer", edit::<CustomerEdit>)
            .about("Changes what the body names. Roles are the admins' to give; with another role, or closed, all sessions end.")
            .example(json!({ "is_active": false }))
            .refuses(&[codes::READ_ONLY])
            .scoped(Scope::CustomersWrite)
            .tagged()
            .sends::<EditAccount>(),
        Route::new(Method::DELETE, CUSTOMER, "delete_customer", delete)
            .about("Makes an account nobody's: all that says whose it was goes, and what was ordered stays.")
            .shows_nothing()
            .scoped(Scope::CustomersWrite)
            .sends::<Anonymize>(),
    ]
}

fn url(app: &App, id: AccountId) -> String {
    format!("{}{CUSTOMERS}/{id}", app.settings.public_url)
}

struct CustomerQuery {
    filter: AccountFilter,
    order: AccountOrder,
    direction: Direction,
    page: Page,
    after: Option<(Value<'static>, Uuid)>,
}

const ORDERINGS: &[(&str, (AccountOrder, Direction))] = &[
    ("-created_at", (AccountOrder::Created, Falling)),
    ("created_at", (AccountOrder::Created, Rising)),
    ("username", (AccountOrder::Username, Rising)),
    ("-username", (AccountOrder::Username, Falling)),
];

impl Reads for CustomerQuery {
    const NAME: &'static str = "CustomerQuery";

    fn read(query: &mut Fields<'_>, _: Given<'_>) -> Option<CustomerQuery> {
        let search = query.optional("search", text(1..=200));
        let is_active = query.optional("is_active", boolean());
        let role = query.optional("role", choice(&roles()));
        let ordering = query.optional("ordering", choice(ORDERINGS));
        let page = Page::read(query);
        let filter = AccountFilter { search: search?, is_active: is_active?, role: role? };
        let (ordering, page) = (ordering?, page?);
        let (order, direction) = ordering.unwrap_or((AccountOrder::Created, Falling));
        let after = page.after(query, |cursor| after(cursor, order))?;
        Some(CustomerQuery { filter, order, direction, page, after })
    }

    fn page(&self) -> Option<&Page> {
        Some(&self.page)
    }
}

fn roles() -> [(&'static str, Role); 3] {
    Role::ALL.map(|role| (role.name(), role))
}

fn after(cursor: &Cursor, order: AccountOrder) -> Option<(Value<'static>, Uuid)> {
    let [name, key, id] = cursor.0.as_slice() else { return None };
    let key = match order {
        AccountOrder::Username => Value::from(key.clone()),
        AccountOrder::Created => Value::Int(key.parse().ok()?),
    };
    (*name == format!("{order:?}")).then_some((key, Uuid::try_parse(id).ok()?))
}

fn cursor(order: AccountOrder, account: &Account) -> Cursor {
    let key = match order {
        AccountOrder::Created => account.created_at.0.to_string(),
        AccountOrder::Username => account.username.folded(),
    };
    Cursor(vec![format!("{order:?}"), key, account.id.to_string()])
}

async fn list(
    State(app): State<Arc<App>>,
    _: Staff,
    query: LateQuery<CustomerQuery>,
    known: Known,
) -> Result<Answer<List<AccountView<'static>>>, Problem> {
    let CustomerQuery { filter, order, direction, page, after } =
        query.read(Given::of(app.currency))?;
    let (late, asked) = (app.readers.late(), page.asked(after, direction));
    let count = late.count_found(&filter, OFFSET_MOST);
    let found = page.find(late.accounts(&filter, order, asked), count).await?;
    let rows = found.rows.iter();
    let views = rows.map(|account| AccountView::of(account, url(&app, account.id))).collect();
    let links = query.links(&app.settings.public_url);
    Ok(found.written(&links, |account| cursor(order, account), views)?.answer(&known))
}

async fn find(app: &App, id: &str) -> Result<Account, Problem> {
    let id = account_id(id)?;
    app.readers.exact().account(id).await?.ok_or_else(no_such_customer)
}

fn account_id(text: &str) -> Result<AccountId, Problem> {
    Uuid::try_parse(text).map(AccountId).map_err(|_| no_such_customer())
}

async fn show(
    State(app): State<Arc<App>>,
    _: Staff,
    Segment(id): Segment,
    _: NoQuery,
    known: Known,
) -> Result<Answer<AccountView<'static>>, Problem> {
    let account = find(&app, &id).await?;
    shown(&account, url(&app, account.id), &known)
}

pub struct NewCustomer {
    username: Username,
    email: Email,
    password: Option<String>,
    first_name: Text<150>,
    last_name: Text<150>,
    language: Option<Text<8>>,
    role: Role,
    is_active: bool,
}

impl Reads for NewCustomer {
    const NAME: &'static str = "NewCustomer";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<NewCustomer> {
        let username = fields.required("username", of::<Username>());
        let email = fields.required("email", of::<Email>());
        let password = fields.optional("password", new_password());
        let first_name = fields.optional("first_name", line_of::<150>());
        let last_name = fields.optional("last_name", line_of::<150>());
        let language = fields.nullable("language", language());
        let is_active = fields.optional("is_active", boolean());
        let role = fields.optional("role", choice(&roles()));
        let is_customer = role.flatten().unwrap_or(Role::Customer) == Role::Customer;
        refuse_reserved(fields, username.as_ref().filter(|_| is_customer));
        let known = |name: &Option<Option<Text<150>>>| name.clone().flatten().unwrap_or_default();
        let (first_known, last_known) = (known(&first_name), known(&last_name));
        let names = [first_known.as_str(), last_known.as_str()];
        let known_name = username.as_ref().map_or("", Username::as_str);
        let known_email = email.as_ref().map_or("", Email::as_str);
        let chosen = password.iter().flatten();
        for why in chosen.flat_map(|chosen| check_password(chosen, known_name, known_email, &names))
        {
            fields.refuse::<()>("password", why);
        }
        Some(NewCustomer {
            username: username?,
            email: email?,
            password: password?,
            first_name: first_name?.unwrap_or_default(),
            last_name: last_name?.unwrap_or_default(),
            language: language?.flatten(),
            role: role?.unwrap_or(Role::Customer),
            is_active: is_active?.unwrap_or(true),
        })
    }
}

async fn create(
    State(app): State<Arc<App>>,
    Staff(staff): Staff,
    origin: Origin,
    Key(key): Key,
    _: NoQuery,
    Body(new): Body<NewCustomer>,
) -> Result<Answer<AccountView<'static>>, Problem> {
    let actor = staff.actor();
    if new.role != Role::Customer && actor.role != Role::Admin {
        return Err(admins_only());
    }
    let place = letters::place(&app)?;
    let again = new.password.clone().filter(|_| key.is_some());
    let (hash, has_password) = match new.password {
        Some(password) => (app.passwords.hash(Guest::known(origin.client), password).await?, true),
        // No password has this hash: it is for the owner to choose one.
        None => (String::new(), false),
    };
    let register = Register {
        id: AccountId(Uuid::now_v7()),
        username: new.username,
        email: new.email,
        password_hash: Text::stored(&hash),
        first_name: new.first_name,
        last_name: new.last_name,
        language: new.language,
        role: new.role,
        email_confirmed: false,
        is_active: new.is_active,
        held_us: None,
    };
    let answered = app.send(actor, origin.correlation, key, register).await?;
    let (account, is_replay) = match answered.done {
        Done::Now(account) => (account, false),
        Done::Before(id) => {
            let account = app.readers.exact().account(id).await?;
            let account = account.ok_or_else(Problem::outcome_unknown)?;
            // No fingerprint holds a password: whether it is the same request the account's hash tells.
            if let Some(password) = again
                && !is_own(&app, origin.client, &account, password).await?
            {
                return Err(Rejection::<Never>::KeyReused.into());
            }
            (Box::new(account), true)
        }
    };
    if !is_replay {
        log_rights("an account was opened by staff", actor, &account);
        // Who has a password still has to show that the address is his, where the shop wants that.
        let purpose = if has_password { Purpose::ConfirmEmail } else { Purpose::ResetPassword };
        send_link(&app, place, (&account, account.email.clone()), purpose, origin).await;
    }
    let url = url(&app, account.id);
    let answer = Answer::created(&url, &AccountView::of(&account, url.clone())).replayed(is_replay);
    Ok(answer.of_commit(&app, answered.commit).await)
}

/// Rights are logged wherever they change.
fn log_rights(what: &str, actor: Actor, account: &Account) {
    let (role, is_active) = (account.role.name(), account.is_active);
    security!(account = %account.id, role, is_active, by = %actor.caller.id, "{what}");
}

/// What stands there already may stay, by whatever rules it came.
fn address(shown: &serde_json::Value) -> impl Parser<Out = Email> {
    let there = shown["email"].as_str().map(str::to_owned);
    let read = move |given: &Json<'_>| match plain(given)? {
        text if Some(text) == there.as_deref() => Ok(Email::stored(text)),
        text => Email::parse(text),
    };
    is(read, <Email as FromText>::schema)
}

/// Staff may be called what passes for the shop; customers are not, unless they are already.
fn refuse_for_customers(
    fields: &mut Fields<'_>,
    chosen: Option<&Username>,
    role: Option<Role>,
    shown: &serde_json::Value,
) {
    let is_customer = match role {
        Some(role) => role == Role::Customer,
        None => shown["role"] == Role::Customer.name(),
    };
    let is_new = |name: &&Username| shown["username"] != name.as_str();
    refuse_reserved(fields, chosen.filter(|_| is_customer).filter(is_new));
}

pub struct CustomerEdit(EditAccount);

impl Reads for CustomerEdit {
    const NAME: &'static str = "CustomerEdit";

    fn read(fields: &mut Fields<'_>, given: Given<'_>) -> Option<CustomerEdit> {
        fields.read_only(SHOWN_ONLY, given.shown);
        let username = fields.optional("username", of::<Username>());
        let email = fields.optional("email", address(given.shown));
        let first_name = fields.optional("first_name", line_of::<150>());
        let last_name = fields.optional("last_name", line_of::<150>());
        let language = fields.nullable("language", language());
        let is_active = fields.optional("is_active", boolean());
        let role = fields.optional("role", choice(&roles()));
        let chosen = username.as_ref().and_then(Option::as_ref);
        refuse_for_customers(fields, chosen, role.flatten(), given.shown);
        // Whose edit it is the address of the request says.
        Some(CustomerEdit(EditAccount {
            username: username?,
            email: email?,
            first_name: first_name?,
            last_name: last_name?,
            language: language?,
            is_active: is_active?,
            role: role?,
            ..EditAccount::of(AccountId(Uuid::nil()))
        }))
    }
}

impl From<CustomerEdit> for EditAccount {
    fn from(CustomerEdit(edit): CustomerEdit) -> EditAccount {
        edit
    }
}

pub struct CustomerReplacement(EditAccount);

impl From<CustomerReplacement> for EditAccount {
    fn from(CustomerReplacement(edit): CustomerReplacement) -> EditAccount {
        edit
    }
}

impl Reads for CustomerReplacement {
    const NAME: &'static str = "CustomerReplacement";

    fn read(fields: &mut Fields<'_>, given: Given<'_>) -> Option<CustomerReplacement> {
        fields.read_only(SHOWN_ONLY, given.shown);
        let username = fields.required("username", of::<Username>());
        let email = fields.required("email", address(given.shown));
        let first_name = fields.optional("first_name", line_of::<150>());
        let last_name = fields.optional("last_name", line_of::<150>());
        let language = fields.nullable("language", language());
        let is_active = fields.optional("is_active", boolean());
        let role = fields.optional("role", choice(&roles()));
        refuse_for_customers(fields, username.as_ref(), role.flatten(), given.shown);
        Some(CustomerReplacement(EditAccount {
            username: Some(username?),
            email: Some(email?),
            first_name: Some(first_name?.unwrap_or_default()),
            last_name: Some(last_name?.unwrap_or_default()),
            language: Some(language?.flatten()),
            is_active: is_active?,
            role: role?,
            ..EditAccount::of(AccountId(Uuid::nil()))
        }))
    }
}

/// By PATCH or by PUT, as the body says.
async fn edit<B: Reads + Into<EditAccount>>(
    State(app): State<Arc<App>>,
    Staff(staff): Staff,
    origin: Origin,
    Segment(id): Segment,
    Unless(unless): Unless,
    _: NoQuery,
    body: LateBody<B>,
) -> Result<Answer<AccountView<'static>>, Problem> {
    let (before, actor) = (find(&app, &id).await?, staff.actor());
    let versions = unless.and_then(|unless| unless.versions());
    check_version(&before, versions.as_ref())?;
    let view = AccountView::of(&before, url(&app, before.id));
    let view = serde_json::to_value(view).map_err(|_| Problem::internal())?;
    let edit = body.read(Given { currency: app.currency, shown: &view })?.into();
    let edit = EditAccount { id: before.id, versions, ..edit };
    // Before it is done, for it has to be told.
    let place = letters::place(&app)?;
    let answered = app.send(actor, origin.correlation, None, edit).await?;
    let Done::Now(account) = answered.done;
    if account.email != before.email {
        let letter = Letter::AddressChanged { new: account.email.clone() };
        letters::tell(&app, &before.email, origin.language, letter);
        let to = account.email.clone();
        send_link(&app, place, (&account, to), Purpose::ConfirmEmail, origin).await;
    }
    if account.role != before.role || account.is_active != before.is_active {
        log_rights("the rights of an account were changed", actor, &account);
        app.revocations.hear(&app).await;
        if before.role == Role::Admin && (account.role != Role::Admin || !account.is_active) {
            tell_living_keys(&app, account.id).await;
        }
    }
    let answer = shown(&account, url(&app, account.id), &Known::default())?;
    Ok(answer.of_commit(&app, answered.commit).await)
}

async fn delete(
    State(app): State<Arc<App>>,
    Staff(staff): Staff,
    CorrelationId(correlation): CorrelationId,
    Segment(id): Segment,
    _: NoQuery,
) -> Result<Answer<Nothing>, Problem> {
    let id = account_id(&id)?;
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(staff.actor(), correlation, None, Anonymize { id }).await?;
    app.revocations.add(id.0);
    let by = staff.actor().caller.id;
    security!(account = %id, %by, "an account was made nobody's by staff");
    tell_living_keys(&app, id).await;
    Ok(Answer::nothing().of_commit(&app, answered.commit).await)
}
