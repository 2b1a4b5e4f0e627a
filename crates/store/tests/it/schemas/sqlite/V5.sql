CREATE TABLE refinery_schema_history(
             version int4 PRIMARY KEY,
             name VARCHAR(255),
             applied_on VARCHAR(255),
             checksum VARCHAR(255));
insert into refinery_schema_history values (1, 'foundation', '2026-11-27T00:45:18.464220472Z', '13791735324487078231');
insert into refinery_schema_history values (2, 'people', '2026-11-27T00:45:18.464243942Z', '3972199267030732129');
insert into refinery_schema_history values (3, 'places', '2026-11-27T00:45:18.464251402Z', '13876956151414174457');
insert into refinery_schema_history values (4, 'held', '2026-11-27T00:45:18.464258492Z', '6856602364040544182');
insert into refinery_schema_history values (5, 'shelf', '2026-11-27T00:45:18.464261322Z', '13131645755654755221');
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
insert into accounts values (X'00000000000000000000000000000007', 'Ann', 'ann', 'Ann@example.com', 'ann@example.com', '$argon2id$', 'Ada', '', 2, 1, 1795740318722043, 1795740318722043, 0, 1, 1, NULL, NULL, 'ann', 'ada
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
insert into sessions values (X'00000000000000000000000000000008', X'00000000000000000000000000000007', 2, 1795740318737372, 1795740318725560, 14410140318737372, NULL, 1, 'a browser', NULL);
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
, low_stock_threshold integer check (low_stock_threshold >= 0), order_units_most integer check (order_units_most >= 1), caller_units_most integer check (caller_units_most >= 1), former_sku text, own_price_minor integer not null default 0 check (own_price_minor >= 0)) strict;
insert into products values (1, X'01A21A76BBB574F18F22B5762949A582', 'P-01A21A76BBB574F18F22B5762949A582', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795740318678463, 1795740318678463, 'mess tin
p-01a21a76bbb574f18f22b5762949a582
holds a pint.', NULL, NULL, NULL, NULL, 1000);
insert into products values (2, X'01A21A76BBFD75F89B3A377CDA37674A', 'P-01A21A76BBFD75F89B3A377CDA37674A', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795740318717531, 1795740318717531, 'mess tin
p-01a21a76bbfd75f89b3a377cda37674a
holds a pint.', NULL, NULL, NULL, NULL, 250);
insert into products values (3, X'01A21A76BC01742D876B39F9815E9D5B', 'sku:archived:3', 'Mess tin', 'Holds a pint.', NULL, NULL, 3, 1, 1795740318721264, 1795740318829981, 'mess tin
p-01a21a76bc01742d876b39f9815e9d5b
holds a pint.', NULL, NULL, 5, 'P-01A21A76BC01742D876B39F9815E9D5B', 99);
insert into products values (4, X'01A21A76BC35755B93608B12153B3217', 'P-01A21A76BC35755B93608B12153B3217', 'Mess tin', 'Holds a pint.', NULL, 2, 2, 0, 1795740318773541, 1795740318785229, 'mess tin
p-01a21a76bc35755b93608b12153b3217
holds a pint.', NULL, NULL, NULL, NULL, 500);
CREATE TABLE prices (
    product_id integer not null references products (id),
    channel integer not null,
    currency text not null,
    amount_minor integer not null check (amount_minor >= 0),
    primary key (product_id, channel, currency)
) strict, without rowid;
insert into prices values (1, 1, 'EUR', 1000);
insert into prices values (2, 1, 'EUR', 250);
insert into prices values (3, 1, 'EUR', 99);
insert into prices values (4, 1, 'EUR', 500);
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
insert into stock_entries values (1, 1, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A21A76BBB574F18F22B5776ED52E38', 1795740318678463);
insert into stock_entries values (2, 2, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A21A76BBFD75F89B3A377D4A30D546', 1795740318717531);
insert into stock_entries values (3, 3, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A21A76BC01742D876B39FA4E13D5AC', 1795740318721264);
insert into stock_entries values (4, 4, 1, 1, 7, NULL, 0, X'00000000000000000000000000000000', X'01A21A76BC35755B93608B133215C5C0', 1795740318773541);
insert into stock_entries values (5, 4, 1, 1, 1, NULL, 1, X'00000000000000000000000000000009', X'01A21A76BC3D75CAA18D0578E43F0D35', 1795740318781277);
insert into stock_entries values (6, 1, 1, 3, -2, NULL, 0, X'00000000000000000000000000000000', NULL, 1795740318793315);
insert into stock_entries values (7, 2, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795740318793315);
insert into stock_entries values (8, 2, 1, 3, -4, NULL, 0, X'00000000000000000000000000000000', NULL, 1795740318794177);
insert into stock_entries values (9, 2, 1, 4, 4, NULL, 0, X'00000000000000000000000000000000', NULL, 1795740318805347);
insert into stock_entries values (10, 3, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795740318806237);
insert into stock_entries values (11, 3, 1, 4, 1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795740318809214);
insert into stock_entries values (12, 3, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795740318817220);
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
insert into orders values (X'01A21A76BC49773899C99EA90139CEB6', 1, 1, X'00000000000000000000000000000001', 1, 1, 'EUR', 2250, '', 'kept', X'008424F8EFDDC67EF7A25FC996E4E275', X'C83CF365BB78AF90A53546A0BDBC80F9', 1795740318793315, 1795740318793315, NULL, NULL, NULL);
insert into orders values (X'01A21A76BC4A76F09BA809B3F9A29B18', 2, 1, X'00000000000000000000000000000002', 4, 2, 'EUR', 1000, '', NULL, NULL, NULL, 1795740318794177, 1795740318805347, NULL, NULL, NULL);
insert into orders values (X'01A21A76BC567409BD9102B6A00DF5D3', 3, 1, X'00000000000000000000000000000002', 1, 4, 'EUR', 99, '', NULL, NULL, NULL, 1795740318806237, 1795740318817220, NULL, NULL, NULL);
CREATE TABLE order_lines (
    order_id blob not null,
    line integer not null,
    product_id integer not null,
    sku text not null,
    name text not null,
    description text not null,
    quantity integer not null check (quantity >= 1),
    unit_price_minor integer not null check (unit_price_minor >= 0), is_counted integer not null default 0 check (is_counted in (0, 1)),
    primary key (order_id, line)
) strict, without rowid;
insert into order_lines values (X'01A21A76BC49773899C99EA90139CEB6', 1, 1, 'P-01A21A76BBB574F18F22B5762949A582', 'Mess tin', 'Holds a pint.', 2, 1000, 0);
insert into order_lines values (X'01A21A76BC49773899C99EA90139CEB6', 2, 2, 'P-01A21A76BBFD75F89B3A377CDA37674A', 'Mess tin', 'Holds a pint.', 1, 250, 0);
insert into order_lines values (X'01A21A76BC4A76F09BA809B3F9A29B18', 1, 2, 'P-01A21A76BBFD75F89B3A377CDA37674A', 'Mess tin', 'Holds a pint.', 4, 250, 0);
insert into order_lines values (X'01A21A76BC567409BD9102B6A00DF5D3', 1, 3, 'P-01A21A76BC01742D876B39F9815E9D5B', 'Mess tin', 'Holds a pint.', 1, 99, 1);
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
insert into events values (1, 1, X'01A21A76BC49773899C99EA90139CEB6', 1, 1, NULL, 1, X'00000000000000000000000000000001', X'01A21A76BC49773899C99EAAD1BAB18F', 1795740318793315);
insert into events values (2, 1, X'01A21A76BC4A76F09BA809B3F9A29B18', 1, 1, NULL, 1, X'00000000000000000000000000000002', X'01A21A76BC4A76F09BA809B49767D9F2', 1795740318794177);
insert into events values (3, 1, X'01A21A76BC4A76F09BA809B3F9A29B18', 2, 4, NULL, 1, X'00000000000000000000000000000002', X'01A21A76BC55756599432618AD531266', 1795740318805347);
insert into events values (4, 1, X'01A21A76BC567409BD9102B6A00DF5D3', 1, 1, NULL, 1, X'00000000000000000000000000000002', X'01A21A76BC567409BD9102B73E0216DC', 1795740318806237);
insert into events values (5, 1, X'01A21A76BC567409BD9102B6A00DF5D3', 2, 2, NULL, 1, X'00000000000000000000000000000009', X'01A21A76BC567409BD9102B934848F13', 1795740318806995);
insert into events values (6, 1, X'01A21A76BC567409BD9102B6A00DF5D3', 3, 5, NULL, 1, X'00000000000000000000000000000009', X'01A21A76BC5974339322727B64A8E037', 1795740318809214);
insert into events values (7, 1, X'01A21A76BC567409BD9102B6A00DF5D3', 4, 6, NULL, 1, X'00000000000000000000000000000009', X'01A21A76BC617047BAA86C364B0C2616', 1795740318817220);
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
insert into feed values (1, '71aee500', 7, 25);
CREATE TABLE consumers (
    name text not null primary key,
    position integer not null check (position >= 0),
    holder blob not null,
    leased_until integer not null,
    seen_at integer not null
) strict, without rowid;
insert into consumers values ('search', 0, X'00000000000000000000000000000001', 1795740318771893, 1795740318771892);
CREATE TABLE batches (
    id blob not null primary key,
    at integer not null
) strict, without rowid;
insert into batches values (X'01A21A76BBD675588C42023E44E05ECA', 1795740318678463);
insert into batches values (X'01A21A76BBFD75F89B3A377E05DD9C94', 1795740318717531);
insert into batches values (X'01A21A76BC01742D876B39FBCE362FB2', 1795740318721264);
insert into batches values (X'01A21A76BC027593B37008C1346D9A58', 1795740318722043);
insert into batches values (X'01A21A76BC0577ADBC651FCB987BCCFC', 1795740318725560);
insert into batches values (X'01A21A76BC1173BAAF9576E8AA55B5B2', 1795740318737372);
insert into batches values (X'01A21A76BC13768BAC3582DBA97FDE12', 1795740318739029);
insert into batches values (X'01A21A76BC19769A90CC43BCB61D0DAB', 1795740318745173);
insert into batches values (X'01A21A76BC1D7486B03E378BC85F6214', 1795740318749258);
insert into batches values (X'01A21A76BC21769696E0C806F6AB5520', 1795740318753231);
insert into batches values (X'01A21A76BC2570C8A69C1FC485327B8B', 1795740318757233);
insert into batches values (X'01A21A76BC337192A512D99CAFF7E5A1', 1795740318771107);
insert into batches values (X'01A21A76BC337192A512D99E33BA7CFD', 1795740318771892);
insert into batches values (X'01A21A76BC35755B93608B1439ADC5F4', 1795740318773541);
insert into batches values (X'01A21A76BC3D75CAA18D0579D6C369FD', 1795740318781277);
insert into batches values (X'01A21A76BC4170ED99559287225BE357', 1795740318785229);
insert into batches values (X'01A21A76BC4574E5A4AF915094205332', 1795740318789218);
insert into batches values (X'01A21A76BC49773899C99EAB7281F5D8', 1795740318793315);
insert into batches values (X'01A21A76BC4A76F09BA809B52FC72005', 1795740318794177);
insert into batches values (X'01A21A76BC55756599432619D6130AF3', 1795740318805347);
insert into batches values (X'01A21A76BC567409BD9102B8E40445CE', 1795740318806237);
insert into batches values (X'01A21A76BC567409BD9102BA904E7547', 1795740318806995);
insert into batches values (X'01A21A76BC5974339322727CC251E9AE', 1795740318809214);
insert into batches values (X'01A21A76BC617047BAA86C370CC13B16', 1795740318817220);
insert into batches values (X'01A21A76BC6D72C7A30670ABA0947E94', 1795740318829981);
CREATE TABLE traces (
    caller_kind integer not null,
    caller_id blob not null,
    idempotency_key text not null,
    fingerprint blob not null,
    kept text not null,
    at integer not null,
    primary key (caller_kind, caller_id, idempotency_key)
) strict, without rowid;
insert into traces values (0, X'00000000000000000000000000000000', 'created', X'710A4D7E384DA339E511A19720E139C1', '1 [{"id":4,"public_id":"01a21a76-bc35-755b-9360-8b12153b3217","sku":"P-01A21A76BC35755B93608B12153B3217","name":"Mess tin","description":"Holds a pint.","image_url":null,"price":{"minor":500,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"is_archived":false,"created_at":1795740318773541,"updated_at":1795740318773541},{"on_hand":7,"reserved":0}]', 1795740318773541);
CREATE TABLE addresses (
    account_id blob not null references accounts (id),
    id blob not null,
    created_at integer not null,
    postal text not null,
    updated_at integer not null,
    primary key (account_id, id)
) strict, without rowid;
insert into addresses values (X'00000000000000000000000000000007', X'00000000000000000000000000000009', 1795740318739029, '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', 1795740318739029);
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
insert into links values (X'00000000000000000000000000000007', 2, 'secret', 'Ann@example.com', 'ann@example.com', 1795740318745173, 14410140318745173);
CREATE TABLE factors (
    account_id blob not null primary key references accounts (id),
    secret text not null,
    recovery text not null,
    last_step integer not null,
    confirmed_at integer,
    created_at integer not null
) strict, without rowid;
insert into factors values (X'00000000000000000000000000000007', 'BASE32', 'paper', 0, NULL, 1795740318749258);
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
insert into api_keys values (X'0000000000000000000000000000000A', 'till', 16, NULL, 'secret', 1795740318753231, NULL, NULL, NULL, X'00000000000000000000000000000009');
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
insert into trail values (1, 20, 'product:1', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"10.00","sku":"P-01A21A76BBB574F18F22B5762949A582"}', 0, X'00000000000000000000000000000000', X'01A21A76BBB574F18F22B5776ED52E38', 1795740318678463);
insert into trail values (2, 20, 'product:2', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"2.50","sku":"P-01A21A76BBFD75F89B3A377CDA37674A"}', 0, X'00000000000000000000000000000000', X'01A21A76BBFD75F89B3A377D4A30D546', 1795740318717531);
insert into trail values (3, 20, 'product:3', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"0.99","sku":"P-01A21A76BC01742D876B39F9815E9D5B"}', 0, X'00000000000000000000000000000000', X'01A21A76BC01742D876B39FA4E13D5AC', 1795740318721264);
insert into trail values (4, 1, 'customer:00000000-0000-0000-0000-000000000007', NULL, '{"email":"Ann@example.com","email_confirmed":false,"first_name":"Ada","is_active":true,"last_name":"","role":"staff","username":"Ann"}', 0, X'00000000000000000000000000000000', X'01A21A76BC01742D876B39FCDE5F7AE2', 1795740318722043);
insert into trail values (5, 10, 'api_key:00000000-0000-0000-0000-00000000000a', NULL, '{"channel":null,"expires_at":null,"is_revoked":false,"name":"till","scopes":["intake"]}', 1, X'00000000000000000000000000000009', X'01A21A76BC21769696E0C805E272DCCD', 1795740318753231);
insert into trail values (6, 30, 'category:camp', NULL, '{"name":"Tents","parent":null,"slug":"camp"}', 1, X'00000000000000000000000000000009', X'01A21A76BC2570C8A69C1FC3BDD478C5', 1795740318757233);
insert into trail values (7, 30, 'category:tents', NULL, '{"name":"Tents","parent":1,"slug":"tents"}', 1, X'00000000000000000000000000000009', X'01A21A76BC337192A512D99BF9D03887', 1795740318771107);
insert into trail values (8, 20, 'product:4', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"5.00","sku":"P-01A21A76BC35755B93608B12153B3217"}', 0, X'00000000000000000000000000000000', X'01A21A76BC35755B93608B133215C5C0', 1795740318773541);
insert into trail values (9, 40, 'product:4', '{"on_hand":7}', '{"on_hand":8}', 1, X'00000000000000000000000000000009', X'01A21A76BC3D75CAA18D0578E43F0D35', 1795740318781277);
insert into trail values (10, 21, 'product:4', '{"category":null}', '{"category":"tents"}', 1, X'00000000000000000000000000000009', X'01A21A76BC4170ED995592860249DD67', 1795740318785229);
insert into trail values (11, 21, 'product:3', '{"caller_units_most":null}', '{"caller_units_most":5}', 1, X'00000000000000000000000000000009', X'01A21A76BC4574E5A4AF914F21B62C9E', 1795740318789218);
insert into trail values (12, 22, 'product:3', '{"is_archived":false}', '{"is_archived":true}', 1, X'00000000000000000000000000000009', X'01A21A76BC6D72C7A30670AA61A8873C', 1795740318829981);
CREATE TABLE bought (
    product_id integer not null,
    owner_kind integer not null,
    owner_id blob not null,
    units integer not null,
    primary key (product_id, owner_kind, owner_id)
) strict, without rowid;
insert into bought values (3, 1, X'00000000000000000000000000000002', 1);
CREATE INDEX accounts_disabled on accounts (updated_at) where is_active = false;
CREATE INDEX sessions_by_expiry on sessions (expires_at);
CREATE INDEX sessions_by_end on sessions (ended_at) where ended_at is not null;
CREATE INDEX categories_by_parent on categories (parent_id);
CREATE INDEX products_by_category on products (category_id, id);
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
CREATE VIEW priced_products as
select p.id, p.public_id, p.sku, p.former_sku, p.name, p.description, p.image_url, p.category_id,
       p.low_stock_threshold, p.order_units_most, p.caller_units_most, p.version, p.is_archived,
       p.created_at, p.updated_at, r.currency, r.amount_minor, c.slug as category_slug,
       p.search_folded
from products p
join prices r on r.product_id = p.id and r.channel = 1
left join categories c on c.id = p.category_id;
CREATE VIEW branches as select 1 as tree, id, parent_id from categories;
CREATE VIEW category_uses as
select c.id, (
    select count(*) from (
        select 1 from products p where p.category_id = c.id limit 10000
    ) few
) as products
from categories c;
CREATE VIEW ledgers as
select p.id as product_id,
       (select coalesce(sum(e.delta), 0) from stock_entries e where e.product_id = p.id)
           as entered,
       0 as held
from products p;
CREATE INDEX products_by_threshold on products (id) where low_stock_threshold is not null;
CREATE INDEX products_listed on products (is_archived, id);
CREATE INDEX products_by_name on products (is_archived, name, id);
CREATE INDEX products_by_price on products (is_archived, own_price_minor, id);
CREATE INDEX products_by_category_name on products (category_id, name, id) where category_id is not null;
CREATE INDEX products_by_category_price on products (category_id, own_price_minor, id) where category_id is not null;
