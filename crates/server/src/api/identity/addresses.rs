//! Addresses: where a customer has things sent.

use crate::{
    app::App,
    http::{
        Method, State,
        answers::{Answer, Nothing, Written},
        arguments::{Key, Known, Segment},
        authentication::Account,
        bodies::{Body, LateBody},
        codes,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        lists::{Place, Whole},
        pages::{List, OFFSET_MOST},
        parsers::{FromText, Read, of},
        problems::Problem,
        queries::{LateQuery, NoQuery},
        refusals::refusals,
        routes::Route,
        shapes::{Link, Time, time, view},
        texts::title_of,
    },
};
use domain::{
    Address, AddressId, Country, Done, DropAddress, KeepAddress, Micros, PostalAddress,
    ReplaceAddress,
    addresses::{AddressRefusal, KeepAddressRefusal, MOST},
};
use serde_json::{Value, json};
use std::sync::Arc;
use store::Direction;
use uuid::Uuid;

const ADDRESSES: &str = "/api/identity/me/addresses";
const ADDRESS: &str = "/api/identity/me/addresses/{id}";

pub fn routes() -> Vec<Route> {
    let example = json!({
        "name": "Ann Cook", "line1": "1 Camp Street", "post_code": "01234", "city": "Camp",
        "country": "DE",
    });
    vec![
        Route::new(Method::GET, ADDRESSES, "list_addresses", list)
            .about("Lists the addresses that are kept, the oldest first.")
            .linked("addresses"),
        Route::new(Method::POST, ADDRESSES, "keep_address", keep)
            .about("Keeps an address for the next time.")
            .creates()
            .example(example.clone())
            .refuses(&[codes::READ_ONLY, codes::NOT_FOUND])
            .sends::<KeepAddress>(),
        Route::new(Method::GET, ADDRESS, "show_address", show)
            .about("Shows an address that is kept."),
        Route::new(Method::PUT, ADDRESS, "replace_address", replace)
            .about("Overwrites an address.")
            .example(example)
            .refuses(&[codes::READ_ONLY])
            .sends::<ReplaceAddress>(),
        Route::new(Method::DELETE, ADDRESS, "drop_address", forget)
            .about("Keeps an address no longer.")
            .shows_nothing()
            .sends::<DropAddress>(),
    ]
}

view! {
    pub struct AddressView<'a> = "Address" {
        id: Uuid,
        name: &'a str,
        line1: &'a str,
        line2: Option<&'a str>,
        post_code: Option<&'a str>,
        city: &'a str,
        region: Option<&'a str>,
        country: &'static str,
        phone: Option<&'a str>,
        created_at: String as Time,
        updated_at: String as Time,
        url: String as Link,
    }
}

const SHOWN_ONLY: &[&str] = &["id", "created_at", "updated_at", "url"];

impl AddressView<'_> {
    pub fn of<'a>(address: &'a Address, public_url: &str) -> AddressView<'a> {
        let Address { id, postal, created_at, updated_at, .. } = address;
        AddressView {
            id: id.0,
            name: &postal.name,
            line1: &postal.line1,
            line2: postal.line2.as_deref(),
            post_code: postal.post_code.as_deref(),
            city: &postal.city,
            region: postal.region.as_deref(),
            country: postal.country.code(),
            phone: postal.phone.as_deref(),
            created_at: time(*created_at),
            updated_at: time(*updated_at),
            url: format!("{public_url}{ADDRESSES}/{id}"),
        }
    }
}

impl FromText for Country {
    fn parse(text: &str) -> Read<Country> {
        Country::new(text).map_err(|error| error.to_string())
    }

    fn schema() -> Value {
        let codes: Vec<&str> = Country::all().map(Country::code).collect();
        json!({ "type": "string", "enum": codes, "examples": ["DE"],
            "description": "By ISO 3166-1. Small letters are read too." })
    }
}

impl Reads for PostalAddress {
    const NAME: &'static str = "PostalAddress";

    fn read(fields: &mut Fields<'_>, given: Given<'_>) -> Option<PostalAddress> {
        fields.read_only(SHOWN_ONLY, given.shown);
        postal(fields)
    }
}

/// What stands on a parcel.
pub fn postal(fields: &mut Fields<'_>) -> Option<PostalAddress> {
    let name = fields.required("name", title_of());
    let line1 = fields.required("line1", title_of());
    let line2 = fields.nullable("line2", title_of());
    let post_code = fields.nullable("post_code", title_of());
    let city = fields.required("city", title_of());
    let region = fields.nullable("region", title_of());
    let country = fields.required("country", of::<Country>());
    let phone = fields.nullable("phone", title_of());
    Some(PostalAddress {
        name: name?,
        line1: line1?,
        line2: line2?.flatten(),
        post_code: post_code?.flatten(),
        city: city?,
        region: region?.flatten(),
        country: country?,
        phone: phone?.flatten(),
    })
}

async fn list(
    State(app): State<Arc<App>>,
    account: Account,
    query: LateQuery<Whole<(Micros, Uuid)>>,
    known: Known,
) -> Result<Answer<List<AddressView<'static>>>, Problem> {
    let Whole { page, after } = query.read(Given::of(app.currency))?;
    let (late, asked) = (app.readers.late(), page.asked(after, Direction::Rising));
    let count = late.count_addresses(account.id, OFFSET_MOST);
    let found = page.find(late.addresses(account.id, asked), count).await?;
    let public_url = &app.settings.public_url;
    let views = found.rows.iter().map(|one| AddressView::of(one, public_url)).collect();
    let place = |address: &Address| (address.created_at, address.id.0).cursor();
    Ok(found.written(&query.links(public_url), place, views)?.answer(&known))
}

async fn show(
    State(app): State<Arc<App>>,
    account: Account,
    Segment(id): Segment,
    _: NoQuery,
    known: Known,
) -> Result<Answer<AddressView<'static>>, Problem> {
    let kept = app.readers.exact().addresses(account.id).await?;
    let id = address_id(&id)?;
    let address = kept.iter().find(|address| address.id == id);
    let address = address.ok_or_else(no_such_address)?;
    let view = AddressView::of(address, &app.settings.public_url);
    Ok(Written::of(None, &view)?.answer(&known))
}

async fn keep(
    State(app): State<Arc<App>>,
    account: Account,
    CorrelationId(correlation): CorrelationId,
    Key(key): Key,
    _: NoQuery,
    Body(postal): Body<PostalAddress>,
) -> Result<Answer<AddressView<'static>>, Problem> {
    let keep = KeepAddress { account: account.id, id: AddressId(Uuid::now_v7()), postal };
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(account.actor(), correlation, key, keep).await?;
    let (address, is_replay) = match answered.done {
        Done::Now(address) => (address, false),
        Done::Before(id) => {
            let kept = app.readers.exact().addresses(account.id).await?;
            let address = kept.into_iter().find(|address| address.id == id);
            (Box::new(address.ok_or_else(no_such_address)?), true)
        }
    };
    let view = AddressView::of(&address, &app.settings.public_url);
    let answer = Answer::created(&view.url, &view).replayed(is_replay);
    Ok(answer.of_commit(&app, answered.commit).await)
}

async fn replace(
    State(app): State<Arc<App>>,
    account: Account,
    CorrelationId(correlation): CorrelationId,
    Segment(id): Segment,
    _: NoQuery,
    body: LateBody<PostalAddress>,
) -> Result<Answer<AddressView<'static>>, Problem> {
    let id = address_id(&id)?;
    let kept = app.readers.exact().addresses(account.id).await?;
    let before = kept.iter().find(|address| address.id == id).ok_or_else(no_such_address)?;
    let view = AddressView::of(before, &app.settings.public_url);
    let view = serde_json::to_value(view).map_err(|_| Problem::internal())?;
    let postal = body.read(Given { currency: app.currency, shown: &view })?;
    let replace = ReplaceAddress { account: account.id, id, postal };
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(account.actor(), correlation, None, replace).await?;
    let Done::Now(address) = answered.done;
    let answer = Answer::ok(&AddressView::of(&address, &app.settings.public_url));
    Ok(answer.of_commit(&app, answered.commit).await)
}

async fn forget(
    State(app): State<Arc<App>>,
    account: Account,
    CorrelationId(correlation): CorrelationId,
    Segment(id): Segment,
    _: NoQuery,
) -> Result<Answer<Nothing>, Problem> {
    let drop = DropAddress { account: account.id, id: address_id(&id)? };
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(account.actor(), correlation, None, drop).await?;
    Ok(Answer::nothing().of_commit(&app, answered.commit).await)
}

fn address_id(text: &str) -> Result<AddressId, Problem> {
    Uuid::try_parse(text).map(AddressId).map_err(|_| no_such_address())
}

fn no_such_address() -> Problem {
    Problem::not_found("there is no such address")
}

refusals! {
    KeepAddressRefusal {
        KeepAddressRefusal::AccountClosed => [UNAUTHENTICATED] {
            Problem::unauthenticated("the account is closed")
        },
        KeepAddressRefusal::TooMany => [CONFLICT] {
            let detail = format!("an account keeps {MOST} addresses; drop one first");
            Problem::new(codes::CONFLICT, detail)
        },
    }
}

refusals! {
    AddressRefusal {
        AddressRefusal::UnknownAddress => [NOT_FOUND] no_such_address(),
    }
}
