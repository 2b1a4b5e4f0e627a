//! Upgrades: a shop of every earlier schema, with data in it, becomes one of the present schema and
//! goes on trading. `schemas/` holds such a shop for each version; a released migration that is edited
//! no longer matches the history in them.

use crate::shop::*;
use domain::*;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Barrier,
};
use store::{Location, Schema};
use uuid::Uuid;

/// What writes the shop of the newest schema down, where it is missing.
const KEEP: &str = "SUTLER_KEEP_SCHEMA";

fn folder(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    }
}

/// The versions of which there are files in a folder: 1 for `V1__foundation.sql` and for `V1.sql`.
fn versions(folder: &Path) -> Vec<u32> {
    let files = std::fs::read_dir(folder).into_iter().flatten();
    let name = |file: std::io::Result<std::fs::DirEntry>| {
        let name = file.unwrap().file_name().into_string().unwrap();
        let number = name.strip_prefix('V').and_then(|rest| rest.split(['_', '.']).next());
        number.and_then(|number| number.parse().ok()).expect("a file of a version")
    };
    let mut versions: Vec<_> = files.map(name).collect();
    versions.sort();
    versions
}

/// A shop as the programs of a schema have left it.
pub async fn shop_of(engine: Engine, version: u32) -> Option<(Location, testbed::TempDir)> {
    let (location, dir) = fresh_location(engine).await?;
    let sql = std::fs::read_to_string(kept(engine).join(format!("V{version}.sql"))).unwrap();
    load(&location, &sql).await;
    Some((location, dir))
}

fn kept(engine: Engine) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/schemas").join(folder(engine))
}

fn keyed_creation() -> Command {
    let mut create = create_product(500, 7);
    create.who.once = Some(Once {
        key: IdempotencyKey::new("created").unwrap(),
        fingerprint: create.action.fingerprint().unwrap(),
    });
    create
}

const ACCOUNT: AccountId = AccountId(Uuid::from_u128(7));
const SESSION: SessionId = SessionId(Uuid::from_u128(8));

fn ann(id: AccountId) -> Command {
    let register = Register { role: Role::Staff, ..register(id, "Ann") };
    command(Actor::SYSTEM, None, register)
}

fn refresh(generation: i64) -> Command {
    let (grace_us, lifetime_us) = (0, 400 * 365 * Micros::DAY);
    let (id, account) = (SESSION, ACCOUNT);
    command(
        Actor::SYSTEM,
        None,
        RefreshSession { id, account, generation, grace_us, origin: None, lifetime_us },
    )
}

fn category(slug: &str, parent: Option<&str>) -> Command {
    let text = |text: &str| Text::new(text).unwrap();
    let (slug, name) = (text(slug), Text::new("Tents").unwrap());
    command(staff(), None, CreateCategory { slug, name, parent: parent.map(text) })
}

fn lease(holder: u128) -> Command {
    let (consumer, lease_us) = (Text::new("search").unwrap(), 1);
    let holder = Uuid::from_u128(holder);
    command(Actor::SYSTEM, None, TakeLease { consumer, holder, lease_us, begins_at: 0 })
}

fn staff() -> Actor {
    Actor { role: Role::Staff, ..customer(9) }
}

/// Something of everything: no table is empty.
async fn trade(shop: &Shop) {
    let staff = staff();
    shop.send(ann(ACCOUNT)).await.unwrap();
    let lifetime_us = 400 * 365 * Micros::DAY;
    let open = log_in(SESSION, ACCOUNT, lifetime_us);
    shop.send(command(Actor::SYSTEM, None, open)).await.unwrap();
    shop.send(refresh(1)).await.unwrap();
    keep(shop).await;
    shop.send(category("camp", None)).await.unwrap();
    shop.send(category("tents", Some("camp"))).await.unwrap();
    shop.send(lease(1)).await.unwrap();
    let product = ProductRef::Id(ProductId(4));
    let line = StockLine { product, change: StockChange::Delta(1), reason: None };
    shop.send(keyed_creation()).await.unwrap();
    shop.send(command(staff, None, MoveStock { lines: vec![line], partial: false })).await.unwrap();
    let tents = Some(Some(Text::new("tents").unwrap()));
    let edit = EditProduct { category: tents, ..EditProduct::of(ProductRef::Id(ProductId(4))) };
    shop.send(command(staff, None, edit)).await.unwrap();
    let bound = EditProduct {
        caller_units_most: Some(Some(5)),
        ..EditProduct::of(ProductRef::Id(ProductId(3)))
    };
    shop.send(command(staff, None, bound)).await.unwrap();
    placed(shop.send(place(customer(1), Some("kept"), &[(1, 2), (2, 1)])).await);
    let cancelled = placed(shop.send(place(customer(2), None, &[(2, 4)])).await);
    shop.send(move_order(customer(2), cancelled.id, OrderStatus::Cancelled)).await.unwrap();
    let failed = placed(shop.send(delivered()).await);
    for to in [OrderStatus::Processing, OrderStatus::Failed, OrderStatus::Pending] {
        shop.send(move_order(staff, failed.id, to)).await.unwrap();
    }
    let begun = placed(shop.send(place(customer(1), None, &[(2, 1)])).await);
    let (orders, holder) = (vec![begun.id], Uuid::from_u128(3));
    let take = TakeOrders { orders, waited_us: 0, holder, lease_us: Micros::HOUR };
    shop.send(command(Actor::SYSTEM, None, take)).await.unwrap();
    let figures = vec![Figure { kind: FigureKind::Orders, bucket: 7, value: 1 }];
    let (consumer, holder, lease_us) = (Text::stored("search"), Uuid::from_u128(1), 1);
    let (from, to, is_recount) = (0, 0, false);
    let count = CountFigures { consumer, holder, from, to, figures, is_recount, lease_us };
    shop.send(command(Actor::SYSTEM, None, count)).await.unwrap();
    let edit = EditOrder { note: Some(Text::new("ring").unwrap()), ..EditOrder::of(failed.id) };
    shop.send(command(staff, None, edit)).await.unwrap();
    let archive = ArchiveProduct { product: ProductRef::Id(ProductId(3)), versions: None };
    shop.send(command(staff, None, archive)).await.unwrap();
    let (ttl_us, max_age_us) = (400 * 365 * Micros::DAY, 400 * 365 * Micros::DAY);
    let limits = CartLimits { ttl_us, max_age_us, ..CartLimits::default() };
    let crowd = Some(CrowdId::of("home"));
    for (actor, units) in [(customer(1), 3), (guest(1), 1)] {
        let change = change_cart(2, carts::Change::Add, units);
        shop.send(command(actor, None, ChangeCart { crowd, limits, ..change })).await.unwrap();
    }
}

/// What carts hold since the sixth version is held, and is ordered.
async fn is_held(shop: &Shop) {
    let held = async || shop.readers.late().explained(ProductId(2)).await.unwrap().unwrap().held;
    assert_eq!(held().await, 4);
    let (limits, most) = (CartLimits::default(), Most::default());
    let max_age_us = 400 * 365 * Micros::DAY;
    let limits = CartLimits { max_age_us, ..limits };
    let claim = ClaimCart { guest: guest(1).caller, limits, most };
    let claimed = done::<ClaimCart>(shop.send(command(customer(1), None, claim)).await);
    assert_eq!((claimed.left.len(), claimed.cart.lines[0].units), (0, 4));
    let (id, currency, details) = (OrderId(Uuid::now_v7()), eur(0).currency, Details::default());
    let order = Checkout { id, currency, most, lines: 1, total: None, details };
    let order = done::<Checkout>(shop.send(command(customer(1), None, order)).await);
    assert_eq!((order.total_minor, held().await), (1_000, 0));
}

/// What the staff order for her, since the sixth version.
fn delivered() -> Command {
    let mut placed = place(staff(), Some("delivered"), &[(3, 1)]);
    let order = placing(&mut placed);
    order.customer = Some(ACCOUNT);
    order.details = Details {
        note: Text::default(),
        reference: Some(Reference::new("PO-1").unwrap()),
        delivery_address: Some(postal()),
        contact: Contact::new(None, None, Some(Text::new("+353 1").unwrap())),
    };
    let fingerprint = placed.action.fingerprint().unwrap();
    placed.who.once.iter_mut().for_each(|once| once.fingerprint = fingerprint);
    placed
}

/// It goes where it was to go, and whoever placed it has the key.
async fn is_delivered(shop: &Shop) {
    let Ok(Done::Before(id)) = own::<PlaceOrder>(shop.send(delivered()).await) else {
        panic!("it was placed before")
    };
    let order = shop.readers.exact().order(id).await.unwrap().unwrap();
    assert_eq!((order.owner, order.placed_by), (Caller::account(ACCOUNT), Some(staff().caller)));
    assert_eq!(order.reference.as_ref().map(Reference::as_str), Some("PO-1"));
    assert_eq!((order.note.as_str(), order.delivery_address), ("ring", Some(postal())));
    assert_eq!((order.contact.unwrap().phone.as_deref(), order.version), (Some("+353 1"), 5));
}

/// What was pending before it was asked for since when has waited since it was placed, or since its last move.
async fn waits_since_then(shop: &Shop) {
    let since = "case version when 1 then created_at else updated_at end";
    let sql = format!("select number from orders where pending_since = {since} order by 1");
    assert_eq!(shop.numbers(&sql).await, [1, 3]);
}

/// How what is archived was kept until the fifth version, which nobody could ask for yet.
const ARCHIVED: &str = "update products set is_archived = true, category_id = 1 where id = 3";

/// What is archived keeps its name, and gives its sku free, and its category.
async fn is_archived(shop: &Shop) {
    let exact = shop.readers.exact();
    let (archived, _) = exact.product(&ProductRef::Id(ProductId(3))).await.unwrap().unwrap();
    assert!(archived.is_archived && archived.category.is_none(), "{archived:?}");
    let sku = archived.shown_sku().clone();
    assert_eq!(exact.product(&ProductRef::Sku(sku.clone())).await.unwrap(), None);
    let (id, name) = (PublicId(Uuid::now_v7()), Text::new("Mess tin").unwrap());
    let again = CreateProduct { sku: Some(sku), ..CreateProduct::of(id, name, eur(100)) };
    let (again, _) = done::<CreateProduct>(shop.send(command(staff(), None, again)).await);
    assert_ne!(again.id, archived.id);
}

/// What is kept of her since the second version.
async fn keep(shop: &Shop) {
    let (account, text) = (ACCOUNT, |text: &str| Text::new(text).unwrap());
    let address = KeepAddress { account, id: AddressId(Uuid::from_u128(9)), postal: postal() };
    shop.send(command(Actor::SYSTEM, None, address)).await.unwrap();
    let (email, lifetime_us) = (Email::new("Ann@example.com").unwrap(), 400 * 365 * Micros::DAY);
    let (purpose, secret) = (Purpose::ConfirmEmail, text("secret"));
    let link = MakeLink { account, purpose, secret, email, lifetime_us, made_of: None };
    shop.send(command(Actor::SYSTEM, None, link)).await.unwrap();
    let (secret, recovery) = (text("BASE32"), Text::new("paper").unwrap());
    let factor = BeginFactor { account, secret, recovery };
    shop.send(command(Actor::SYSTEM, None, factor)).await.unwrap();
    let create = CreateApiKey {
        id: ApiKeyId(Uuid::from_u128(10)),
        secret: text("secret"),
        name: Text::new("till").unwrap(),
        scopes: Scopes::of([Scope::Intake]),
        channel: None,
        policy: ChannelPolicy::default(),
        expires_at: None,
    };
    let admin = Actor { role: Role::Admin, ..customer(9) };
    shop.send(command(admin, None, create)).await.unwrap();
}

fn postal() -> PostalAddress {
    PostalAddress {
        name: Text::new("Ann").unwrap(),
        line1: Text::new("1 Camp Street").unwrap(),
        line2: None,
        post_code: None,
        city: Text::new("Camp").unwrap(),
        region: None,
        country: Country::new("IE").unwrap(),
        phone: None,
    }
}

/// It is found again, and does what it was made for.
async fn is_kept(shop: &Shop) {
    let (exact, account) = (shop.readers.exact(), ACCOUNT);
    assert_eq!(exact.addresses(account).await.unwrap().len(), 1);
    assert_eq!(exact.factor(account).await.unwrap().unwrap().recovery_left(), 1);
    let key = exact.api_key(ApiKeyId(Uuid::from_u128(10))).await.unwrap().unwrap();
    assert!(key.scopes.has(Scope::Intake));
    assert_eq!(key.created_by, customer(9).account());
    let secret = Text::new("secret").unwrap();
    let confirm = command(Actor::SYSTEM, None, ConfirmEmail { account, secret });
    assert!(done::<ConfirmEmail>(shop.send(confirm).await).email_confirmed);
}

/// The tables that a dump has no rows of.
fn empty_tables(dump: &str) -> Vec<&str> {
    let after = |start: &str| {
        let lines = dump.lines().filter_map(move |line| {
            let is = line.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
            is.then(|| line[start.len()..].split([' ', '(']).next().unwrap_or_default())
        });
        lines.collect::<BTreeSet<_>>()
    };
    let (made, filled) = (after("create table "), after("insert into "));
    made.difference(&filled).copied().collect()
}

/// The whole database as SQL.
fn dumped(location: &Location) -> String {
    match location {
        Location::Sqlite(path) => dumped_sqlite(&rusqlite::Connection::open(path).unwrap()),
        Location::Postgres(config) => {
            let (tokio_postgres::config::Host::Tcp(host), Some(port)) =
                (&config.get_hosts()[0], config.get_ports().first())
            else {
                panic!("a server on TCP")
            };
            let dump = std::process::Command::new("pg_dump")
                .args(["--inserts", "--no-owner", "--host", host, "--port", &port.to_string()])
                .args(["--username", config.get_user().unwrap(), config.get_dbname().unwrap()])
                .output()
                .expect("pg_dump is installed");
            assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
            let text = String::from_utf8(dump.stdout).unwrap();
            let lines = text.lines().filter(|line| {
                !line.is_empty() && !line.starts_with("--") && !line.starts_with('\\')
            });
            lines.collect::<Vec<_>>().join("\n") + "\n"
        }
    }
}

fn dumped_sqlite(connection: &rusqlite::Connection) -> String {
    let texts = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let mut dump: Vec<String> = Vec::new();
    let named = "from sqlite_master where sql is not null and name not like 'sqlite_%'";
    for table in texts(&format!("select name {named} and type = 'table' order by rowid")) {
        dump.extend(texts(&format!("select sql || ';' {named} and name = '{table}'")));
        let columns =
            texts(&format!("select 'quote(' || name || ')' from pragma_table_info('{table}')"));
        let values = columns.join(" || ', ' || ");
        dump.extend(texts(&format!(
            "select 'insert into {table} values (' || {values} || ');' from {table}"
        )));
    }
    dump.extend(texts(&format!("select sql || ';' {named} and type <> 'table' order by rowid")));
    dump.join("\n") + "\n"
}

async fn kept_schemas_become_the_present_one(engine: Engine) {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder(engine));
    let (present, folder) = (versions(&migrations), kept(engine));
    let newest = present.last().unwrap();
    if std::env::var_os(KEEP).is_some() && !folder.join(format!("V{newest}.sql")).exists() {
        let Some((shop, _dir)) = Shop::open(engine).await else { return };
        trade(&shop).await;
        shop.writer.close();
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("V{newest}.sql")), dumped(&shop.location)).unwrap();
    }
    assert_eq!(
        versions(&folder),
        present,
        "each migration has a shop of its schema in tests/it/schemas: with {KEEP}=1 this test writes \
         the newest one"
    );
    for version in present {
        let sql = std::fs::read_to_string(folder.join(format!("V{version}.sql"))).unwrap();
        // Whatever a migration does to a table, it does to one with rows.
        assert_eq!(
            empty_tables(&sql),
            [""; 0],
            "V{version}: `trade` writes something of everything"
        );
        let Some((location, _dir)) = shop_of(engine, version).await else { return };
        if version < 5 {
            run_sql(&location, ARCHIVED).await.unwrap();
        }
        location.migrate().await.unwrap_or_else(|error| panic!("V{version}: {error}"));
        assert_eq!(location.schema().await.unwrap(), Schema::Current, "V{version}");
        let shop = Shop::at(engine, location.clone(), location.writer(), patient());
        match version {
            ..6 => waits_since_then(&shop).await,
            6.. => is_delivered(&shop).await,
        }
        // Since then one more is worked on.
        goes_on(&shop, 3 + i64::from(version >= 9)).await;
        is_archived(&shop).await;
        if version >= 2 {
            is_kept(&shop).await;
        }
        if version >= 6 {
            is_held(&shop).await;
        }
        shop.writer.close();
        assert_sound(&location).await;
    }
}

async fn load(location: &Location, sql: &str) {
    match location {
        Location::Sqlite(path) => {
            let connection = rusqlite::Connection::open(path).unwrap();
            connection
                .execute_batch("pragma journal_mode = wal; pragma foreign_keys = off")
                .unwrap();
            connection.execute_batch(sql).unwrap();
        }
        Location::Postgres(config) => {
            let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute(sql).await.unwrap();
        }
    }
}

/// What was kept by the earlier version is found, and more is added to it.
async fn goes_on(shop: &Shop, orders: i64) {
    let account = shop.readers.exact().account_named("ann").await.unwrap().unwrap();
    assert_eq!((account.id, account.role, account.is_active), (ACCOUNT, Role::Staff, true));
    assert_eq!((account.version, account.era, account.email_confirmed), (1, 1, false));
    assert_eq!((account.era_began_at, account.gone_at), (None, None));
    let taken = own::<Register>(shop.send(ann(AccountId(Uuid::from_u128(70)))).await);
    assert!(taken.is_err(), "her name is taken");
    assert_eq!(done::<RefreshSession>(shop.send(refresh(2)).await).generation, 3);
    let below = done::<CreateCategory>(shop.send(category("flags", Some("tents"))).await);
    assert_eq!((below.id, below.parent), (CategoryId(3), Some(CategoryId(2))));
    assert_eq!(done::<TakeLease>(shop.send(lease(2)).await).position, 0);
    assert_eq!(shop.available(4).await, 8);
    let product = shop.readers.exact().product(&ProductRef::Id(ProductId(4))).await.unwrap();
    assert_eq!(product.unwrap().0.category_slug.as_deref(), Some("tents"));
    assert_eq!(shop.orders().await, orders);
    let again =
        own::<PlaceOrder>(shop.send(place(customer(1), Some("kept"), &[(1, 2), (2, 1)])).await);
    let Ok(Done::Before(id)) = again else { panic!("{again:?}") };
    let order = shop.readers.exact().order(id).await.unwrap().unwrap();
    assert_eq!((order.number, order.lines.len(), order.total_minor), (Some(1), 2, 2250));
    let number = placed(shop.send(place(customer(1), None, &[(1, 1)])).await).number;
    assert_eq!(number, Some(orders + 1));
    shop.send(move_order(customer(1), id, OrderStatus::Cancelled)).await.unwrap();
    assert_eq!(shop.available(1).await, 99);
    let again = own::<CreateProduct>(shop.send(keyed_creation()).await);
    let Ok(Done::Before((product, stock))) = again else { panic!("{again:?}") };
    assert_eq!((product.price.minor, stock.on_hand), (500, 7));
    assert_eq!(
        (product.name.as_str(), product.description.as_str()),
        ("Mess tin", "Holds a pint.")
    );
}

fn run(engine: Engine) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(kept_schemas_become_the_present_one(engine));
}

#[test]
fn a_shop_of_every_earlier_schema_goes_on_with_its_data_on_sqlite() {
    run(Engine::Sqlite);
}

#[test]
fn a_shop_of_every_earlier_schema_goes_on_with_its_data_on_postgres() {
    run(Engine::Postgres);
}

/// Nodes, and a command line beside them.
fn those_who_migrate_at_once_take_turns(engine: Engine) {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for _ in 0..5 {
        let Some((location, _dir)) = runtime().block_on(fresh_location(engine)) else { return };
        let start = Barrier::new(6);
        let migrate = || {
            start.wait();
            runtime().block_on(location.migrate()).unwrap().len()
        };
        let applied = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..6).map(|_| scope.spawn(migrate)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
        });
        assert_eq!(applied, versions(&kept(engine)).len(), "each is applied once");
    }
}

#[test]
fn those_who_migrate_at_once_take_turns_on_sqlite() {
    those_who_migrate_at_once_take_turns(Engine::Sqlite);
}

#[test]
fn those_who_migrate_at_once_take_turns_on_postgres() {
    those_who_migrate_at_once_take_turns(Engine::Postgres);
}

#[tokio::test]
async fn a_shop_that_cannot_be_looked_for_is_not_called_absent() {
    let dir = testbed::TempDir::new().unwrap();
    let (nowhere, a_file) = (dir.path().join("shop.db"), dir.path().join("file"));
    std::fs::write(&a_file, "").unwrap();
    assert_eq!(Location::Sqlite(nowhere).schema().await, Ok(Schema::Absent));
    let beneath = a_file.join("shop.db");
    let error = Location::Sqlite(beneath.clone()).schema().await.unwrap_err().to_string();
    assert!(error.contains(&*beneath.to_string_lossy()), "{error}");
}
