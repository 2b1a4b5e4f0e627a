CREATE TABLE refinery_schema_history(
             version int4 PRIMARY KEY,
             name VARCHAR(255),
             applied_on VARCHAR(255),
             checksum VARCHAR(255));
insert into refinery_schema_history values (1, 'foundation', '2026-11-27T00:08:31.826949388Z', '13791735324487078231');
insert into refinery_schema_history values (2, 'people', '2026-11-27T00:08:31.826971938Z', '3972199267030732129');
insert into refinery_schema_history values (3, 'places', '2026-11-27T00:08:31.826978978Z', '13876956151414174457');
insert into refinery_schema_history values (4, 'held', '2026-11-27T00:08:31.826985808Z', '6856602364040544182');
insert into refinery_schema_history values (5, 'shelf', '2026-11-27T00:08:31.826988318Z', '11669076598675802105');
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
insert into accounts values (X'00000000000000000000000000000007', 'Ann', 'ann', 'Ann@example.com', 'ann@example.com', '$argon2id$', 'Ada', '', 2, 1, 1795738111986477, 1795738111986477, 0, 1, 1, NULL, NULL, 'ann', 'ada
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
insert into sessions values (X'00000000000000000000000000000008', X'00000000000000000000000000000007', 2, 1795738111990999, 1795738111987220, 14410138111990999, NULL, 1, 'a browser', NULL);
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
, low_stock_threshold integer check (low_stock_threshold >= 0), order_units_most integer check (order_units_most >= 1), caller_units_most integer check (caller_units_most >= 1), former_sku text) strict;
insert into products values (1, X'01A21A550FDF7689B0664CFBB001EDB5', 'P-01A21A550FDF7689B0664CFBB001EDB5', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795738111973627, 1795738111973627, 'mess tin
p-01a21a550fdf7689b0664cfbb001edb5
holds a pint.', NULL, NULL, NULL, NULL);
insert into products values (2, X'01A21A550FEA7163A7E44884A288FEE0', 'P-01A21A550FEA7163A7E44884A288FEE0', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795738111978681, 1795738111978681, 'mess tin
p-01a21a550fea7163a7e44884a288fee0
holds a pint.', NULL, NULL, NULL, NULL);
insert into products values (3, X'01A21A550FEF75B783931D166AEF361D', 'sku:archived:3', 'Mess tin', 'Holds a pint.', NULL, NULL, 3, 1, 1795738111983911, 1795738112013833, 'mess tin
p-01a21a550fef75b783931d166aef361d
holds a pint.', NULL, NULL, 5, 'P-01A21A550FEF75B783931D166AEF361D');
insert into products values (4, X'01A21A5510057456BF6C0BB39FED8058', 'P-01A21A5510057456BF6C0BB39FED8058', 'Mess tin', 'Holds a pint.', NULL, 2, 2, 0, 1795738112005342, 1795738112006806, 'mess tin
p-01a21a5510057456bf6c0bb39fed8058
holds a pint.', NULL, NULL, NULL, NULL);
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
insert into stock_entries values (1, 1, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A21A550FE073D4B1F533845946948A', 1795738111973627);
insert into stock_entries values (2, 2, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A21A550FEA7163A7E44885590394E4', 1795738111978681);
insert into stock_entries values (3, 3, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A21A550FEF75B783931D1758CDE00E', 1795738111983911);
insert into stock_entries values (4, 4, 1, 1, 7, NULL, 0, X'00000000000000000000000000000000', X'01A21A5510057456BF6C0BB4AC19328C', 1795738112005342);
insert into stock_entries values (5, 4, 1, 1, 1, NULL, 1, X'00000000000000000000000000000009', X'01A21A551006704EBA8AF3ECFC69EC5C', 1795738112006120);
insert into stock_entries values (6, 1, 1, 3, -2, NULL, 0, X'00000000000000000000000000000000', NULL, 1795738112008157);
insert into stock_entries values (7, 2, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795738112008157);
insert into stock_entries values (8, 2, 1, 3, -4, NULL, 0, X'00000000000000000000000000000000', NULL, 1795738112008929);
insert into stock_entries values (9, 2, 1, 4, 4, NULL, 0, X'00000000000000000000000000000000', NULL, 1795738112009530);
insert into stock_entries values (10, 3, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795738112010159);
insert into stock_entries values (11, 3, 1, 4, 1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795738112011280);
insert into stock_entries values (12, 3, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795738112013278);
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
insert into orders values (X'01A21A55100876A98417FD41403BEEB4', 1, 1, X'00000000000000000000000000000001', 1, 1, 'EUR', 2250, '', 'kept', X'008424F8EFDDC67EF7A25FC996E4E275', X'C83CF365BB78AF90A53546A0BDBC80F9', 1795738112008157, 1795738112008157, NULL, NULL, NULL);
insert into orders values (X'01A21A55100876A98417FD4407D43F9D', 2, 1, X'00000000000000000000000000000002', 4, 2, 'EUR', 1000, '', NULL, NULL, NULL, 1795738112008929, 1795738112009530, NULL, NULL, NULL);
insert into orders values (X'01A21A55100A72928E7BC8F73BC4F80E', 3, 1, X'00000000000000000000000000000002', 1, 4, 'EUR', 99, '', NULL, NULL, NULL, 1795738112010159, 1795738112013278, NULL, NULL, NULL);
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
insert into order_lines values (X'01A21A55100876A98417FD41403BEEB4', 1, 1, 'P-01A21A550FDF7689B0664CFBB001EDB5', 'Mess tin', 'Holds a pint.', 2, 1000, 0);
insert into order_lines values (X'01A21A55100876A98417FD41403BEEB4', 2, 2, 'P-01A21A550FEA7163A7E44884A288FEE0', 'Mess tin', 'Holds a pint.', 1, 250, 0);
insert into order_lines values (X'01A21A55100876A98417FD4407D43F9D', 1, 2, 'P-01A21A550FEA7163A7E44884A288FEE0', 'Mess tin', 'Holds a pint.', 4, 250, 0);
insert into order_lines values (X'01A21A55100A72928E7BC8F73BC4F80E', 1, 3, 'P-01A21A550FEF75B783931D166AEF361D', 'Mess tin', 'Holds a pint.', 1, 99, 1);
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
insert into events values (1, 1, X'01A21A55100876A98417FD41403BEEB4', 1, 1, NULL, 1, X'00000000000000000000000000000001', X'01A21A55100876A98417FD426174E2C4', 1795738112008157);
insert into events values (2, 1, X'01A21A55100876A98417FD4407D43F9D', 1, 1, NULL, 1, X'00000000000000000000000000000002', X'01A21A55100876A98417FD45389AE5D0', 1795738112008929);
insert into events values (3, 1, X'01A21A55100876A98417FD4407D43F9D', 2, 4, NULL, 1, X'00000000000000000000000000000002', X'01A21A551009764FBD1163622BA195C7', 1795738112009530);
insert into events values (4, 1, X'01A21A55100A72928E7BC8F73BC4F80E', 1, 1, NULL, 1, X'00000000000000000000000000000002', X'01A21A55100A72928E7BC8F8763BAEE0', 1795738112010159);
insert into events values (5, 1, X'01A21A55100A72928E7BC8F73BC4F80E', 2, 2, NULL, 1, X'00000000000000000000000000000009', X'01A21A55100A72928E7BC8FA8BE07CB8', 1795738112010847);
insert into events values (6, 1, X'01A21A55100A72928E7BC8F73BC4F80E', 3, 5, NULL, 1, X'00000000000000000000000000000009', X'01A21A55100B77A9891EF3F1CB81CBC2', 1795738112011280);
insert into events values (7, 1, X'01A21A55100A72928E7BC8F73BC4F80E', 4, 6, NULL, 1, X'00000000000000000000000000000009', X'01A21A55100D72FF8E64EC99D74CAE10', 1795738112013278);
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
insert into feed values (1, '0960875e', 7, 25);
CREATE TABLE consumers (
    name text not null primary key,
    position integer not null check (position >= 0),
    holder blob not null,
    leased_until integer not null,
    seen_at integer not null
) strict, without rowid;
insert into consumers values ('search', 0, X'00000000000000000000000000000001', 1795738111999755, 1795738111999754);
CREATE TABLE batches (
    id blob not null primary key,
    at integer not null
) strict, without rowid;
insert into batches values (X'01A21A550FE571DEA824C95C52CE5D03', 1795738111973627);
insert into batches values (X'01A21A550FEA7163A7E44886BCA0710A', 1795738111978681);
insert into batches values (X'01A21A550FEF75B783931D1891B37305', 1795738111983911);
insert into batches values (X'01A21A550FF2765697E51DEF22D6DE70', 1795738111986477);
insert into batches values (X'01A21A550FF37093A4681A49CF489C04', 1795738111987220);
insert into batches values (X'01A21A550FF67616BB9CFB9B1287DADD', 1795738111990999);
insert into batches values (X'01A21A550FF7751EACC94E935678401B', 1795738111991587);
insert into batches values (X'01A21A550FF87099968877891B9E8EEC', 1795738111992085);
insert into batches values (X'01A21A550FFA71D1AD83AB98AB4276E4', 1795738111994754);
insert into batches values (X'01A21A550FFC76A5AA875862F716C406', 1795738111996396);
insert into batches values (X'01A21A550FFC76A5AA87586489A735BB', 1795738111996897);
insert into batches values (X'01A21A550FFF7669B746B70EE9FCB71D', 1795738111999199);
insert into batches values (X'01A21A550FFF7669B746B7104D901D1C', 1795738111999754);
insert into batches values (X'01A21A5510057456BF6C0BB582CA8169', 1795738112005342);
insert into batches values (X'01A21A551006704EBA8AF3ED121DA744', 1795738112006120);
insert into batches values (X'01A21A551006704EBA8AF3EF6DFDA465', 1795738112006806);
insert into batches values (X'01A21A5510077381AA1C77F695F45B69', 1795738112007522);
insert into batches values (X'01A21A55100876A98417FD4398D60FA2', 1795738112008157);
insert into batches values (X'01A21A55100876A98417FD46E0FCF0EB', 1795738112008929);
insert into batches values (X'01A21A551009764FBD116363B30D5D5C', 1795738112009530);
insert into batches values (X'01A21A55100A72928E7BC8F9D5951CC3', 1795738112010159);
insert into batches values (X'01A21A55100A72928E7BC8FBC5D1C1DC', 1795738112010847);
insert into batches values (X'01A21A55100B77A9891EF3F2CA18DBBB', 1795738112011280);
insert into batches values (X'01A21A55100D72FF8E64EC9A03DD128A', 1795738112013278);
insert into batches values (X'01A21A55100D72FF8E64EC9C6113C3FB', 1795738112013833);
CREATE TABLE traces (
    caller_kind integer not null,
    caller_id blob not null,
    idempotency_key text not null,
    fingerprint blob not null,
    kept text not null,
    at integer not null,
    primary key (caller_kind, caller_id, idempotency_key)
) strict, without rowid;
insert into traces values (0, X'00000000000000000000000000000000', 'created', X'710A4D7E384DA339E511A19720E139C1', '1 [{"id":4,"public_id":"01a21a55-1005-7456-bf6c-0bb39fed8058","sku":"P-01A21A5510057456BF6C0BB39FED8058","name":"Mess tin","description":"Holds a pint.","image_url":null,"price":{"minor":500,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"is_archived":false,"created_at":1795738112005342,"updated_at":1795738112005342},{"on_hand":7,"reserved":0}]', 1795738112005342);
CREATE TABLE addresses (
    account_id blob not null references accounts (id),
    id blob not null,
    created_at integer not null,
    postal text not null,
    updated_at integer not null,
    primary key (account_id, id)
) strict, without rowid;
insert into addresses values (X'00000000000000000000000000000007', X'00000000000000000000000000000009', 1795738111991587, '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', 1795738111991587);
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
insert into links values (X'00000000000000000000000000000007', 2, 'secret', 'Ann@example.com', 'ann@example.com', 1795738111992085, 14410138111992085);
CREATE TABLE factors (
    account_id blob not null primary key references accounts (id),
    secret text not null,
    recovery text not null,
    last_step integer not null,
    confirmed_at integer,
    created_at integer not null
) strict, without rowid;
insert into factors values (X'00000000000000000000000000000007', 'BASE32', 'paper', 0, NULL, 1795738111994754);
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
insert into api_keys values (X'0000000000000000000000000000000A', 'till', 16, NULL, 'secret', 1795738111996396, NULL, NULL, NULL, X'00000000000000000000000000000009');
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
insert into trail values (1, 20, 'product:1', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"10.00","sku":"P-01A21A550FDF7689B0664CFBB001EDB5"}', 0, X'00000000000000000000000000000000', X'01A21A550FE073D4B1F533845946948A', 1795738111973627);
insert into trail values (2, 20, 'product:2', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"2.50","sku":"P-01A21A550FEA7163A7E44884A288FEE0"}', 0, X'00000000000000000000000000000000', X'01A21A550FEA7163A7E44885590394E4', 1795738111978681);
insert into trail values (3, 20, 'product:3', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"0.99","sku":"P-01A21A550FEF75B783931D166AEF361D"}', 0, X'00000000000000000000000000000000', X'01A21A550FEF75B783931D1758CDE00E', 1795738111983911);
insert into trail values (4, 1, 'customer:00000000-0000-0000-0000-000000000007', NULL, '{"email":"Ann@example.com","email_confirmed":false,"first_name":"Ada","is_active":true,"last_name":"","role":"staff","username":"Ann"}', 0, X'00000000000000000000000000000000', X'01A21A550FF2765697E51DEE91198781', 1795738111986477);
insert into trail values (5, 10, 'api_key:00000000-0000-0000-0000-00000000000a', NULL, '{"channel":null,"expires_at":null,"is_revoked":false,"name":"till","scopes":["intake"]}', 1, X'00000000000000000000000000000009', X'01A21A550FFC76A5AA875861BC825288', 1795738111996396);
insert into trail values (6, 30, 'category:camp', NULL, '{"name":"Tents","parent":null,"slug":"camp"}', 1, X'00000000000000000000000000000009', X'01A21A550FFC76A5AA875863D64BE27F', 1795738111996897);
insert into trail values (7, 30, 'category:tents', NULL, '{"name":"Tents","parent":1,"slug":"tents"}', 1, X'00000000000000000000000000000009', X'01A21A550FFD718D939CABF829EDE3AC', 1795738111999199);
insert into trail values (8, 20, 'product:4', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"5.00","sku":"P-01A21A5510057456BF6C0BB39FED8058"}', 0, X'00000000000000000000000000000000', X'01A21A5510057456BF6C0BB4AC19328C', 1795738112005342);
insert into trail values (9, 40, 'product:4', '{"on_hand":7}', '{"on_hand":8}', 1, X'00000000000000000000000000000009', X'01A21A551006704EBA8AF3ECFC69EC5C', 1795738112006120);
insert into trail values (10, 21, 'product:4', '{"category":null}', '{"category":"tents"}', 1, X'00000000000000000000000000000009', X'01A21A551006704EBA8AF3EEACCE6D2A', 1795738112006806);
insert into trail values (11, 21, 'product:3', '{"caller_units_most":null}', '{"caller_units_most":5}', 1, X'00000000000000000000000000000009', X'01A21A5510077381AA1C77F5B41FD660', 1795738112007522);
insert into trail values (12, 22, 'product:3', '{"is_archived":false}', '{"is_archived":true}', 1, X'00000000000000000000000000000009', X'01A21A55100D72FF8E64EC9B9CE64016', 1795738112013833);
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
CREATE INDEX products_by_name on products (name, id);
CREATE INDEX products_by_category on products (category_id, id);
CREATE INDEX prices_by_amount on prices (amount_minor, product_id);
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
