//! People: what is written of them with what they do, what is found of it, and what is left when they go.

use crate::shop::*;
use domain::*;
use serde_json::{Value, json};
use store::{AccountFilter, AccountOrder, Direction, Page, TrailFilter};
use uuid::Uuid;

on_both_engines!(
    of_whoever_goes_only_rights_are_told,
    every_reader_of_people_runs_with_every_filter,
    who_lost_a_race_for_a_name_is_told_so,
);

fn page<A>(after: Option<A>, limit: i64) -> Page<A> {
    Page { limit, offset: 0, after, direction: Direction::Falling }
}

fn postal() -> PostalAddress {
    PostalAddress {
        name: Text::new("Ada").unwrap(),
        line1: Text::new("1 Camp Street").unwrap(),
        line2: None,
        post_code: None,
        city: Text::new("Köln \"am Rhein\"").unwrap(),
        region: None,
        country: Country::new("DE").unwrap(),
        phone: None,
    }
}

const OWN: &str = "ada@example.com";
const OTHER: &str = "Ada@example.com";

fn link(account: AccountId, purpose: Purpose) -> MakeLink {
    MakeLink {
        account,
        purpose,
        secret: Text::new("hash of a secret").unwrap(),
        email: Email::new(if purpose == Purpose::ChangeEmail { OTHER } else { OWN }).unwrap(),
        lifetime_us: Micros::HOUR,
        made_of: None,
    }
}

fn step(step: i64) -> Proof {
    Proof::Step { secret: Text::new("BASE32").unwrap(), step }
}

/// Something of everything that is kept of somebody.
async fn settled(shop: &Shop) -> (AccountId, SessionId) {
    let (account, session) = logged_in(shop, "ada").await;
    let send = async |command: Command| shop.send(command).await.unwrap();
    let (secret, recovery) = (Text::new("BASE32").unwrap(), Text::new("one two").unwrap());
    let by = Actor::of(Caller::account(account), Role::Customer);
    let keep = KeepAddress { account, id: AddressId(Uuid::now_v7()), postal: postal() };
    send(command(by, None, keep)).await;
    for purpose in Purpose::ALL {
        send(command(by, None, link(account, *purpose))).await;
    }
    send(command(by, None, BeginFactor { account, secret, recovery })).await;
    let confirm = ConfirmFactor { account, proof: step(7), keeps: Some(session) };
    send(command(by, None, confirm)).await;
    let first_name = Some(Text::new("Augusta").unwrap());
    send(command(by, None, EditAccount { first_name, ..EditAccount::of(account) })).await;
    (account, session)
}

async fn trail_of(shop: &Shop, account: AccountId) -> Vec<TrailEntry> {
    let subject = Some(trail::of_customer(account).to_string());
    let filter = TrailFilter { subject, ..TrailFilter::default() };
    let found = shop.readers.late().trail(&filter, page(None, 100)).await.unwrap();
    found.into_iter().map(|(_, entry)| entry).collect()
}

async fn of_whoever_goes_only_rights_are_told(shop: Shop) {
    let (account, _) = settled(&shop).await;
    let (bystander, theirs) = logged_in(&shop, "bob").await;
    let exact = || shop.readers.exact();
    let kinds = |entries: &[TrailEntry]| entries.iter().map(|e| e.kind).collect::<Vec<_>>();
    use TrailKind::{CustomerChanged, CustomerDeleted, CustomerRegistered, FactorAdded};
    let (last_name, role) = (Some(Text::new("King").unwrap()), Some(Role::Staff));
    let edit = EditAccount { last_name, role, ..EditAccount::of(account) };
    shop.send(command(Actor::SYSTEM, None, edit)).await.unwrap();
    let before = trail_of(&shop, account).await;
    assert_eq!(kinds(&before), [CustomerChanged, CustomerChanged, FactorAdded, CustomerRegistered]);
    assert_eq!(before[1].before.as_deref(), Some(r#"{"first_name":"Ada"}"#));
    assert_eq!(before[1].after.as_deref(), Some(r#"{"first_name":"Augusta"}"#));
    shop.send(command(Actor::SYSTEM, None, Anonymize { id: account })).await.unwrap();
    let told = trail_of(&shop, account).await;
    assert_eq!(kinds(&told), [&[CustomerDeleted][..], &kinds(&before)].concat());
    let json = |side: &Option<Box<str>>| side.as_deref().map(|told| told.parse().unwrap());
    let both: Vec<[Option<Value>; 2]> =
        told.iter().map(|entry| [json(&entry.before), json(&entry.after)]).collect();
    let opened = json!({"email_confirmed": false, "is_active": true, "role": "customer"});
    assert_eq!(
        both,
        [
            [None, None],
            [Some(json!({"role": "customer"})), Some(json!({"role": "staff"}))],
            [None, None],
            [None, None],
            [None, Some(opened)],
        ]
    );
    let other = trail_of(&shop, bystander).await.remove(0).after.unwrap();
    assert!(other.contains("bob"), "of others all is told: {other}");
    for table in ["links", "factors", "addresses"] {
        assert_eq!(shop.numbers(&format!("select count(*) from {table}")).await, [0], "{table}");
    }
    for told in ["agent", "origin"] {
        let known = format!("select count(*) from sessions where {told} is not null");
        assert_eq!(shop.numbers(&known).await, [1], "{told}");
    }
    let late = shop.readers.late();
    assert!(late.sessions(bystander, Micros(0), page(None, 5)).await.unwrap()[0].id == theirs);
    let gone = exact().account(account).await.unwrap().unwrap();
    assert_eq!(
        (gone.is_active, gone.gone_at.is_some(), gone.first_name.as_str()),
        (false, true, "")
    );
    assert_eq!(exact().account_named("ada").await, Ok(None));
    let again = register(AccountId(Uuid::now_v7()), "ada");
    shop.send(command(Actor::SYSTEM, None, again)).await.expect("the name is free");
}

async fn every_reader_of_people_runs_with_every_filter(shop: Shop) {
    let (account, session) = settled(&shop).await;
    let (exact, late) = (shop.readers.exact(), shop.readers.late());
    let kept = exact.addresses(account).await.unwrap();
    assert_eq!(kept.iter().map(|address| &address.postal).collect::<Vec<_>>(), [&postal()]);
    let sent = exact.link(account, Purpose::ChangeEmail).await.unwrap().unwrap();
    assert_eq!((sent.purpose, sent.email.as_str()), (Purpose::ChangeEmail, "Ada@example.com"));
    let factor = exact.factor(account).await.unwrap().unwrap();
    assert_eq!((factor.last_step, factor.recovery_left(), factor.is_confirmed()), (7, 2, true));
    let is_active = Some(true);
    for (search, found) in [("AUGUSTA", 1), ("ada@", 1), ("%", 0), ("nobody", 0)] {
        let filter = AccountFilter {
            search: Some(search.to_owned()),
            is_active,
            role: Some(Role::Customer),
        };
        assert_eq!(late.count_found(&filter, 10).await, Ok(found), "{search}");
        for order in [AccountOrder::Created, AccountOrder::Username] {
            for direction in [Direction::Rising, Direction::Falling] {
                let page = Page { limit: 5, offset: 0, after: None, direction };
                let accounts = late.accounts(&filter, order, page).await.unwrap();
                assert_eq!(accounts.len() as i64, found, "{search} {order:?}");
            }
        }
    }
    let create = CreateApiKey {
        id: ApiKeyId(Uuid::now_v7()),
        secret: Text::new("hash").unwrap(),
        name: Text::new("till").unwrap(),
        scopes: Scopes::of([Scope::Intake, Scope::OrdersRead]),
        channel: Some(Text::new("till").unwrap()),
        policy: ChannelPolicy { accepts_unknown: true, takes_stock: false },
        expires_at: None,
    };
    let key = done::<CreateApiKey>(shop.send(command(Actor::SYSTEM, None, create)).await);
    assert_eq!(late.api_keys(None, page(None, 5)).await.unwrap(), [(*key).clone()]);
    assert_eq!(late.count_api_keys(None, 10).await, Ok(1));
    // The shop itself has made it.
    assert_eq!(late.api_keys(Some(account), page(None, 5)).await, Ok(vec![]));
    assert_eq!(late.count_api_keys(Some(account), 10).await, Ok(0));
    assert_eq!(exact.living_keys_of(account, Micros(1)).await, Ok(vec![]));
    assert_eq!(exact.api_key(key.id).await, Ok(Some(*key)));
    let filter = TrailFilter {
        subject: Some(trail::of_customer(account).to_string()),
        other_than: None,
        actor: Some(Caller::account(account)),
        kinds: vec![TrailKind::CustomerChanged, TrailKind::FactorAdded],
        since: Some(Micros(1)),
    };
    assert_eq!(late.count_trail(&filter, 10).await, Ok(2));
    assert_eq!(late.addresses(account, page(None, 5)).await.as_ref(), Ok(&kept));
    assert_eq!(late.count_addresses(account, 10).await, Ok(kept.len() as i64));
    let last = &kept[0];
    let behind = page(Some((last.created_at, last.id.0)), 5);
    assert_eq!(late.addresses(account, behind).await, Ok(vec![]));
    let sessions = late.sessions(account, Micros(1), page(None, 5)).await.unwrap();
    assert_eq!(sessions[0].id, session);
    assert_eq!(late.count_sessions(account, Micros(1), 10).await, Ok(sessions.len() as i64));
    assert_eq!(late.count_sessions(account, Micros(i64::MAX), 10).await, Ok(0));
    let newest = late.trail(&filter, page(None, 1)).await.unwrap();
    let older = late.trail(&filter, page(Some(newest[0].0), 5)).await.unwrap();
    let kinds: Vec<_> = newest.iter().chain(&older).map(|(_, entry)| entry.kind).collect();
    assert_eq!(kinds, filter.kinds);
}

/// An edit takes names as a registration does.
async fn who_lost_a_race_for_a_name_is_told_so(shop: Shop) {
    let (account, _) = logged_in(&shop, "ada").await;
    let other = shop.second_node();
    let wanted = Some(Username::new("Bob").unwrap());
    let edit = EditAccount { username: wanted, ..EditAccount::of(account) };
    let bob = register(AccountId(Uuid::now_v7()), "bob");
    let (edited, registered) = tokio::join!(
        shop.send(command(Actor::SYSTEM, None, edit)),
        other.send(command(Actor::SYSTEM, None, bob)),
    );
    let (edited, registered) = (own::<EditAccount>(edited), own::<Register>(registered));
    assert!(edited.is_ok() != registered.is_ok(), "{edited:?} {registered:?}");
}
