CREATE TABLE refinery_schema_history(
             version int4 PRIMARY KEY,
             name VARCHAR(255),
             applied_on VARCHAR(255),
             checksum VARCHAR(255));
insert into refinery_schema_history values (1, 'foundation', '2026-11-26T20:16:42.17467394Z', '13791735324487078231');
insert into refinery_schema_history values (2, 'people', '2026-11-26T20:16:42.174686391Z', '3972199267030732129');
insert into refinery_schema_history values (3, 'places', '2026-11-26T20:16:42.1746898Z', '13876956151414174457');
insert into refinery_schema_history values (4, 'held', '2026-11-26T20:16:42.17469284Z', '6856602364040544182');
CREATE TABLE accounts (
    id blob not null primary key,
    username text not null,
    username_folded text not null unique,
    email text not null,
    email_folded text not null unique,
    password_hash text not null,
    first_name text not null,
    last_name text not null,
    role integer not null check (role between 1 and 3),
    is_active integer not null check (is_active in (0, 1)),
    created_at integer not null,
    updated_at integer not null
, email_confirmed integer not null default 0 check (email_confirmed in (0, 1)), version integer not null default 1 check (version >= 1), era integer not null default 1, era_began_at integer, gone_at integer, username_skeleton text, names_folded text not null default '', held_until integer) strict, without rowid;
insert into accounts values (X'00000000000000000000000000000007', 'Ann', 'ann', 'Ann@example.com', 'ann@example.com', '$argon2id$', 'Ada', '', 2, 1, 1795724202233154, 1795724202233154, 0, 1, 1, NULL, NULL, 'ann', 'ada
', NULL);
CREATE TABLE sessions (
    id blob not null primary key,
    account_id blob not null references accounts (id),
    generation integer not null check (generation >= 1),
    rotated_at integer not null,
    created_at integer not null,
    expires_at integer not null,
    ended_at integer
, era integer not null default 1, agent text, origin text) strict, without rowid;
insert into sessions values (X'00000000000000000000000000000008', X'00000000000000000000000000000007', 2, 1795724202238672, 1795724202238059, 14410124202238672, NULL, 1, 'a browser', NULL);
CREATE TABLE categories (
    id integer not null primary key,
    slug text not null unique,
    name text not null,
    parent_id integer references categories (id)
) strict;
insert into categories values (1, 'camp', 'Tents', NULL);
insert into categories values (2, 'tents', 'Tents', 1);
CREATE TABLE products (
    id integer not null primary key,
    public_id blob not null unique,
    sku text not null unique,
    name text not null,
    description text not null,
    image_url text,
    category_id integer references categories (id),
    version integer not null check (version >= 1),
    is_archived integer not null check (is_archived in (0, 1)),
    created_at integer not null,
    updated_at integer not null,
    -- Name, sku and description, their case folded by the shop: no engine folds like another. Last,
    -- where rows that are not searched need not reach.
    search_folded text not null
) strict;
insert into products values (1, X'01A21980D0F2737B8CD9E10F006895F9', 'P-01A21980D0F2737B8CD9E10F006895F9', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795724202227689, 1795724202227689, 'mess tin
p-01a21980d0f2737b8cd9e10f006895f9
holds a pint.');
insert into products values (2, X'01A21980D0F4750DAAB6ABB3A9B085C4', 'P-01A21980D0F4750DAAB6ABB3A9B085C4', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795724202228856, 1795724202228856, 'mess tin
p-01a21980d0f4750daab6abb3a9b085c4
holds a pint.');
insert into products values (3, X'01A21980D0F577BEB7F77DACC49CC9E6', 'P-01A21980D0F577BEB7F77DACC49CC9E6', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795724202229526, 1795724202229526, 'mess tin
p-01a21980d0f577beb7f77dacc49cc9e6
holds a pint.');
insert into products values (4, X'01A21980D10D737A8D831762AC132B2F', 'P-01A21980D10D737A8D831762AC132B2F', 'Mess tin', 'Holds a pint.', NULL, 2, 2, 0, 1795724202253914, 1795724202259166, 'mess tin
p-01a21980d10d737a8d831762ac132b2f
holds a pint.');
CREATE TABLE prices (
    product_id integer not null references products (id),
    channel integer not null,
    currency text not null,
    amount_minor integer not null check (amount_minor >= 0),
    primary key (product_id, channel, currency)
) strict, without rowid;
insert into prices values (3, 1, 'EUR', 99);
insert into prices values (2, 1, 'EUR', 250);
insert into prices values (4, 1, 'EUR', 500);
insert into prices values (1, 1, 'EUR', 1000);
CREATE TABLE stock (
    product_id integer not null references products (id),
    location_id integer not null,
    on_hand integer not null,
    reserved integer not null,
    primary key (product_id, location_id),
    check (reserved >= 0 and reserved <= on_hand)
) strict, without rowid;
insert into stock values (1, 1, 98, 0);
insert into stock values (2, 1, 99, 0);
insert into stock values (3, 1, 99, 0);
insert into stock values (4, 1, 8, 0);
CREATE TABLE stock_entries (
    id integer not null primary key,
    product_id integer not null,
    location_id integer not null,
    kind integer not null check (kind between 1 and 4),
    delta integer not null,
    reason text,
    actor_kind integer not null,
    actor_id blob not null,
    correlation_id blob,
    at integer not null
) strict;
insert into stock_entries values (1, 1, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A21980D0F2737B8CD9E11091982A40', 1795724202227689);
insert into stock_entries values (2, 2, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A21980D0F4750DAAB6ABB49516E1B5', 1795724202228856);
insert into stock_entries values (3, 3, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A21980D0F577BEB7F77DADBAB0622B', 1795724202229526);
insert into stock_entries values (4, 4, 1, 1, 7, NULL, 0, X'00000000000000000000000000000000', X'01A21980D10D737A8D83176356A2AB57', 1795724202253914);
insert into stock_entries values (5, 4, 1, 1, 1, NULL, 1, X'00000000000000000000000000000009', X'01A21980D110708CBAFFC9DD92C264AC', 1795724202258255);
insert into stock_entries values (6, 1, 1, 3, -2, NULL, 0, X'00000000000000000000000000000000', NULL, 1795724202261339);
insert into stock_entries values (7, 2, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795724202261339);
insert into stock_entries values (8, 2, 1, 3, -4, NULL, 0, X'00000000000000000000000000000000', NULL, 1795724202264168);
insert into stock_entries values (9, 2, 1, 4, 4, NULL, 0, X'00000000000000000000000000000000', NULL, 1795724202265184);
insert into stock_entries values (10, 3, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795724202267415);
insert into stock_entries values (11, 3, 1, 4, 1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795724202270168);
insert into stock_entries values (12, 3, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795724202271821);
CREATE TABLE orders (
    id blob not null primary key,
    number integer not null unique,
    owner_kind integer not null,
    owner_id blob not null,
    status integer not null check (status between 1 and 5),
    version integer not null check (version >= 1),
    currency text not null,
    total_minor integer not null check (total_minor >= 0),
    note text not null,
    idempotency_key text,
    fingerprint blob,
    -- Of the owner and the key, so that a key is found by one column and by one index only: a planner
    -- without statistics cannot take the index of an owner's whole history instead.
    once_id blob unique,
    created_at integer not null,
    updated_at integer not null,
    processing_started_at integer,
    processing_completed_at integer,
    failure_reason text
) strict, without rowid;
insert into orders values (X'01A21980D1157437AD8842D9411E0DA7', 1, 1, X'00000000000000000000000000000001', 1, 1, 'EUR', 2250, '', 'kept', X'008424F8EFDDC67EF7A25FC996E4E275', X'C83CF365BB78AF90A53546A0BDBC80F9', 1795724202261339, 1795724202261339, NULL, NULL, NULL);
insert into orders values (X'01A21980D118732B97A95EDC638D640C', 2, 1, X'00000000000000000000000000000002', 4, 2, 'EUR', 1000, '', NULL, NULL, NULL, 1795724202264168, 1795724202265184, NULL, NULL, NULL);
insert into orders values (X'01A21980D11B700F96E913E319A8007A', 3, 1, X'00000000000000000000000000000002', 1, 4, 'EUR', 99, '', NULL, NULL, NULL, 1795724202267415, 1795724202271821, NULL, NULL, NULL);
CREATE TABLE order_lines (
    order_id blob not null,
    line integer not null,
    product_id integer not null,
    sku text not null,
    name text not null,
    description text not null,
    quantity integer not null check (quantity >= 1),
    unit_price_minor integer not null check (unit_price_minor >= 0),
    primary key (order_id, line)
) strict, without rowid;
insert into order_lines values (X'01A21980D1157437AD8842D9411E0DA7', 1, 1, 'P-01A21980D0F2737B8CD9E10F006895F9', 'Mess tin', 'Holds a pint.', 2, 1000);
insert into order_lines values (X'01A21980D1157437AD8842D9411E0DA7', 2, 2, 'P-01A21980D0F4750DAAB6ABB3A9B085C4', 'Mess tin', 'Holds a pint.', 1, 250);
insert into order_lines values (X'01A21980D118732B97A95EDC638D640C', 1, 2, 'P-01A21980D0F4750DAAB6ABB3A9B085C4', 'Mess tin', 'Holds a pint.', 4, 250);
insert into order_lines values (X'01A21980D11B700F96E913E319A8007A', 1, 3, 'P-01A21980D0F577BEB7F77DACC49CC9E6', 'Mess tin', 'Holds a pint.', 1, 99);
CREATE TABLE events (
    position integer not null primary key,
    subject_kind integer not null,
    subject_id blob not null,
    -- The one that the subject has got by it; null when it tells of something else.
    version integer,
    kind integer not null,
    data text,
    actor_kind integer not null,
    actor_id blob not null,
    correlation_id blob not null,
    at integer not null,
    unique (subject_id, version)
) strict;
insert into events values (1, 1, X'01A21980D1157437AD8842D9411E0DA7', 1, 1, NULL, 1, X'00000000000000000000000000000001', X'01A21980D1157437AD8842DA3063D990', 1795724202261339);
insert into events values (2, 1, X'01A21980D118732B97A95EDC638D640C', 1, 1, NULL, 1, X'00000000000000000000000000000002', X'01A21980D118732B97A95EDDD435237F', 1795724202264168);
insert into events values (3, 1, X'01A21980D118732B97A95EDC638D640C', 2, 4, NULL, 1, X'00000000000000000000000000000002', X'01A21980D119728596736FA104568B6E', 1795724202265184);
insert into events values (4, 1, X'01A21980D11B700F96E913E319A8007A', 1, 1, NULL, 1, X'00000000000000000000000000000002', X'01A21980D11B700F96E913E4C60C99B7', 1795724202267415);
insert into events values (5, 1, X'01A21980D11B700F96E913E319A8007A', 2, 2, NULL, 1, X'00000000000000000000000000000009', X'01A21980D11C7300AFD9E468BE02B2F1', 1795724202269132);
insert into events values (6, 1, X'01A21980D11B700F96E913E319A8007A', 3, 5, NULL, 1, X'00000000000000000000000000000009', X'01A21980D11E768FA997A933CC097FEA', 1795724202270168);
insert into events values (7, 1, X'01A21980D11B700F96E913E319A8007A', 4, 6, NULL, 1, X'00000000000000000000000000000009', X'01A21980D11F7513BD7D97C28D7BE7C6', 1795724202271821);
CREATE TABLE counters (
    name text not null primary key,
    last integer not null
) strict, without rowid;
insert into counters values ('categories', 2);
insert into counters values ('orders', 3);
insert into counters values ('products', 4);
CREATE TABLE feed (
    one integer not null primary key check (one = 1),
    epoch text not null,
    position integer not null,
    commits integer not null
) strict;
insert into feed values (1, '91d734c4', 7, 23);
CREATE TABLE consumers (
    name text not null primary key,
    position integer not null check (position >= 0),
    holder blob not null,
    leased_until integer not null,
    seen_at integer not null
) strict, without rowid;
insert into consumers values ('search', 0, X'00000000000000000000000000000001', 1795724202251832, 1795724202251831);
CREATE TABLE batches (
    id blob not null primary key,
    at integer not null
) strict, without rowid;
insert into batches values (X'01A21980D0F3764DBBCCDB08E29504F0', 1795724202227689);
insert into batches values (X'01A21980D0F4750DAAB6ABB5FB95601E', 1795724202228856);
insert into batches values (X'01A21980D0F577BEB7F77DAE70E28CE3', 1795724202229526);
insert into batches values (X'01A21980D0F976F3BD34959279A25013', 1795724202233154);
insert into batches values (X'01A21980D0FE7629BD7660928F98B91F', 1795724202238059);
insert into batches values (X'01A21980D0FE7629BD7660944A9E50D2', 1795724202238672);
insert into batches values (X'01A21980D1007157A286B6282417A554', 1795724202240707);
insert into batches values (X'01A21980D1057062BA992535D1658469', 1795724202245139);
insert into batches values (X'01A21980D1057062BA992537A4D0CD4C', 1795724202245654);
insert into batches values (X'01A21980D1067333BD747F1D3FFD2ACF', 1795724202246076);
insert into batches values (X'01A21980D1067333BD747F1FDB71565D', 1795724202246792);
insert into batches values (X'01A21980D1097724BBF46E11BA3A926C', 1795724202249448);
insert into batches values (X'01A21980D10B70558173BE1840116079', 1795724202251831);
insert into batches values (X'01A21980D10D737A8D8317646F161F1D', 1795724202253914);
insert into batches values (X'01A21980D11277148CC6BEC844B0CBAE', 1795724202258255);
insert into batches values (X'01A21980D1137178B24AB847EC43257C', 1795724202259166);
insert into batches values (X'01A21980D1157437AD8842DBF4E28A57', 1795724202261339);
insert into batches values (X'01A21980D118732B97A95EDEFF549BDB', 1795724202264168);
insert into batches values (X'01A21980D119728596736FA28ACA9582', 1795724202265184);
insert into batches values (X'01A21980D11B700F96E913E51D065C7C', 1795724202267415);
insert into batches values (X'01A21980D11D72A4B262C3ECA5B470BE', 1795724202269132);
insert into batches values (X'01A21980D11E768FA997A9345176FB98', 1795724202270168);
insert into batches values (X'01A21980D11F7513BD7D97C3E294CBCC', 1795724202271821);
CREATE TABLE traces (
    caller_kind integer not null,
    caller_id blob not null,
    idempotency_key text not null,
    fingerprint blob not null,
    kept text not null,
    at integer not null,
    primary key (caller_kind, caller_id, idempotency_key)
) strict, without rowid;
insert into traces values (0, X'00000000000000000000000000000000', 'created', X'710A4D7E384DA339E511A19720E139C1', '1 [{"id":4,"public_id":"01a21980-d10d-737a-8d83-1762ac132b2f","sku":"P-01A21980D10D737A8D831762AC132B2F","name":"Mess tin","description":"Holds a pint.","image_url":null,"price":{"minor":500,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"is_archived":false,"created_at":1795724202253914,"updated_at":1795724202253914},{"on_hand":7,"reserved":0}]', 1795724202253914);
CREATE TABLE addresses (
    account_id blob not null references accounts (id),
    id blob not null,
    created_at integer not null,
    postal text not null,
    updated_at integer not null,
    primary key (account_id, id)
) strict, without rowid;
insert into addresses values (X'00000000000000000000000000000007', X'00000000000000000000000000000009', 1795724202240707, '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', 1795724202240707);
CREATE TABLE links (
    account_id blob not null references accounts (id),
    purpose integer not null check (purpose between 1 and 3),
    secret text not null,
    email text not null,
    email_folded text not null,
    made_at integer not null,
    expires_at integer not null,
    primary key (account_id, purpose)
) strict, without rowid;
insert into links values (X'00000000000000000000000000000007', 2, 'secret', 'Ann@example.com', 'ann@example.com', 1795724202245139, 14410124202245139);
CREATE TABLE factors (
    account_id blob not null primary key references accounts (id),
    secret text not null,
    recovery text not null,
    last_step integer not null,
    confirmed_at integer,
    created_at integer not null
) strict, without rowid;
insert into factors values (X'00000000000000000000000000000007', 'BASE32', 'paper', 0, NULL, 1795724202245654);
CREATE TABLE api_keys (
    id blob not null primary key,
    name text not null,
    scopes integer not null,
    channel text,
    secret text not null,
    created_at integer not null,
    expires_at integer,
    used_at integer,
    revoked_at integer
, created_by blob) strict, without rowid;
insert into api_keys values (X'0000000000000000000000000000000A', 'till', 16, NULL, 'secret', 1795724202246076, NULL, NULL, NULL, X'00000000000000000000000000000009');
CREATE TABLE trail (
    id integer primary key autoincrement,
    kind integer not null,
    subject text not null,
    before text,
    after text,
    actor_kind integer not null,
    actor_id blob not null,
    correlation_id blob not null,
    at integer not null
) strict;
insert into trail values (1, 20, 'product:1', NULL, '{"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"name":"Mess tin","price":"10.00","sku":"P-01A21980D0F2737B8CD9E10F006895F9"}', 0, X'00000000000000000000000000000000', X'01A21980D0F2737B8CD9E11091982A40', 1795724202227689);
insert into trail values (2, 20, 'product:2', NULL, '{"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"name":"Mess tin","price":"2.50","sku":"P-01A21980D0F4750DAAB6ABB3A9B085C4"}', 0, X'00000000000000000000000000000000', X'01A21980D0F4750DAAB6ABB49516E1B5', 1795724202228856);
insert into trail values (3, 20, 'product:3', NULL, '{"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"name":"Mess tin","price":"0.99","sku":"P-01A21980D0F577BEB7F77DACC49CC9E6"}', 0, X'00000000000000000000000000000000', X'01A21980D0F577BEB7F77DADBAB0622B', 1795724202229526);
insert into trail values (4, 1, 'customer:00000000-0000-0000-0000-000000000007', NULL, '{"email":"Ann@example.com","email_confirmed":false,"first_name":"Ada","is_active":true,"last_name":"","role":"staff","username":"Ann"}', 0, X'00000000000000000000000000000000', X'01A21980D0F6771C974F13486387B8F4', 1795724202233154);
insert into trail values (5, 10, 'api_key:00000000-0000-0000-0000-00000000000a', NULL, '{"channel":null,"expires_at":null,"is_revoked":false,"name":"till","scopes":["intake"]}', 1, X'00000000000000000000000000000009', X'01A21980D1067333BD747F1C87201A31', 1795724202246076);
insert into trail values (6, 30, 'category:camp', NULL, '{"name":"Tents","parent":null,"slug":"camp"}', 1, X'00000000000000000000000000000009', X'01A21980D1067333BD747F1EBEC97AF4', 1795724202246792);
insert into trail values (7, 30, 'category:tents', NULL, '{"name":"Tents","parent":1,"slug":"tents"}', 1, X'00000000000000000000000000000009', X'01A21980D1097724BBF46E1088540EC9', 1795724202249448);
insert into trail values (8, 20, 'product:4', NULL, '{"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"name":"Mess tin","price":"5.00","sku":"P-01A21980D10D737A8D831762AC132B2F"}', 0, X'00000000000000000000000000000000', X'01A21980D10D737A8D83176356A2AB57', 1795724202253914);
insert into trail values (9, 40, 'product:4', '{"on_hand":7}', '{"on_hand":8}', 1, X'00000000000000000000000000000009', X'01A21980D110708CBAFFC9DD92C264AC', 1795724202258255);
insert into trail values (10, 21, 'product:4', '{"category":null}', '{"category":"tents"}', 1, X'00000000000000000000000000000009', X'01A21980D1137178B24AB8468E0F043E', 1795724202259166);
CREATE INDEX accounts_disabled on accounts (updated_at) where is_active = false;
CREATE INDEX sessions_by_expiry on sessions (expires_at);
CREATE INDEX sessions_by_end on sessions (ended_at) where ended_at is not null;
CREATE INDEX categories_by_parent on categories (parent_id);
CREATE INDEX products_by_name on products (name, id);
CREATE INDEX products_by_category on products (category_id, id);
CREATE INDEX prices_by_amount on prices (amount_minor, product_id);
CREATE VIEW priced_products as
select p.id, p.public_id, p.sku, p.name, p.description, p.image_url, p.category_id, p.version,
       p.is_archived, p.created_at, p.updated_at, r.currency, r.amount_minor, c.slug as category_slug,
       p.search_folded
from products p
join prices r on r.product_id = p.id and r.channel = 1
left join categories c on c.id = p.category_id;
CREATE INDEX stock_entries_by_product on stock_entries (product_id, id);
CREATE INDEX orders_by_owner on orders (owner_kind, owner_id, number);
CREATE INDEX consumers_by_sight on consumers (seen_at);
CREATE INDEX batches_by_time on batches (at);
CREATE INDEX traces_by_time on traces (at);
CREATE UNIQUE INDEX accounts_by_skeleton on accounts (username_skeleton);
CREATE INDEX accounts_by_age on accounts (created_at, id);
CREATE INDEX accounts_by_era on accounts (era_began_at) where era_began_at is not null;
CREATE INDEX links_by_expiry on links (expires_at);
CREATE INDEX api_keys_by_end on api_keys (revoked_at) where revoked_at is not null;
CREATE INDEX trail_by_subject on trail (subject, id);
CREATE INDEX trail_by_actor on trail (actor_kind, actor_id, id);
CREATE INDEX trail_by_time on trail (at);
CREATE VIEW standings as
    select session.id, session.era from sessions session
    join accounts account on account.id = session.account_id
    where session.ended_at is null and session.era = account.era and account.is_active = 1;
CREATE INDEX sessions_by_account on sessions (account_id, id);
CREATE INDEX api_keys_by_maker on api_keys (created_by) where created_by is not null;
CREATE INDEX sessions_open on sessions (account_id) where ended_at is null;
CREATE INDEX accounts_held on accounts (held_until, id) where held_until is not null;
CREATE INDEX accounts_foreign_hashes on accounts (password_hash)
    where substr(password_hash, 1, 31) <> '$argon2id$v=19$m=19456,t=2,p=1$' and password_hash <> '';
