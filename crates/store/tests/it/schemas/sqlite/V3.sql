CREATE TABLE refinery_schema_history(
             version int4 PRIMARY KEY,
             name VARCHAR(255),
             applied_on VARCHAR(255),
             checksum VARCHAR(255));
insert into refinery_schema_history values (1, 'foundation', '2026-11-26T17:27:32.261294594Z', '13791735324487078231');
insert into refinery_schema_history values (2, 'people', '2026-11-26T17:27:32.261325234Z', '3972199267030732129');
insert into refinery_schema_history values (3, 'places', '2026-11-26T17:27:32.261328974Z', '1113042456607936394');
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
, email_confirmed integer not null default 0 check (email_confirmed in (0, 1)), version integer not null default 1 check (version >= 1), era integer not null default 1, era_began_at integer, gone_at integer, username_skeleton text, names_folded text not null default '') strict, without rowid;
insert into accounts values (X'00000000000000000000000000000007', 'Ann', 'ann', 'Ann@example.com', 'ann@example.com', '$argon2id$', 'Ada', '', 2, 1, 1795714052417692, 1795714052417692, 0, 1, 1, NULL, NULL, 'ann', 'ada
');
CREATE TABLE sessions (
    id blob not null primary key,
    account_id blob not null references accounts (id),
    generation integer not null check (generation >= 1),
    rotated_at integer not null,
    created_at integer not null,
    expires_at integer not null,
    ended_at integer
, era integer not null default 1, agent text) strict, without rowid;
insert into sessions values (X'00000000000000000000000000000008', X'00000000000000000000000000000007', 2, 1795714052440913, 1795714052423321, 14410114052440913, NULL, 1, 'a browser');
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
insert into products values (1, X'01A218E5F10670C09E16E8481EAA8995', 'P-01A218E5F10670C09E16E8481EAA8995', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795714052360345, 1795714052360345, 'mess tin
p-01a218e5f10670c09e16e8481eaa8995
holds a pint.');
insert into products values (2, X'01A218E5F12F73D087758EB8E6219B00', 'P-01A218E5F12F73D087758EB8E6219B00', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795714052401965, 1795714052401965, 'mess tin
p-01a218e5f12f73d087758eb8e6219b00
holds a pint.');
insert into products values (3, X'01A218E5F1367557AD67FF9D47D8040B', 'P-01A218E5F1367557AD67FF9D47D8040B', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795714052406935, 1795714052406935, 'mess tin
p-01a218e5f1367557ad67ff9d47d8040b
holds a pint.');
insert into products values (4, X'01A218E5F19F74C8BF35C7204874455D', 'P-01A218E5F19F74C8BF35C7204874455D', 'Mess tin', 'Holds a pint.', NULL, 2, 2, 0, 1795714052511996, 1795714052519745, 'mess tin
p-01a218e5f19f74c8bf35c7204874455d
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
insert into stock_entries values (1, 1, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A218E5F10670C09E16E849CE9D249A', 1795714052360345);
insert into stock_entries values (2, 2, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A218E5F12F73D087758EB955A7BE8D', 1795714052401965);
insert into stock_entries values (3, 3, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A218E5F1367557AD67FF9EBA71DC6E', 1795714052406935);
insert into stock_entries values (4, 4, 1, 1, 7, NULL, 0, X'00000000000000000000000000000000', X'01A218E5F19F74C8BF35C721478B94C0', 1795714052511996);
insert into stock_entries values (5, 4, 1, 1, 1, NULL, 1, X'00000000000000000000000000000009', X'01A218E5F1A273E1B6499EDC4382586E', 1795714052515061);
insert into stock_entries values (6, 1, 1, 3, -2, NULL, 0, X'00000000000000000000000000000000', NULL, 1795714052525226);
insert into stock_entries values (7, 2, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795714052525226);
insert into stock_entries values (8, 2, 1, 3, -4, NULL, 0, X'00000000000000000000000000000000', NULL, 1795714052530045);
insert into stock_entries values (9, 2, 1, 4, 4, NULL, 0, X'00000000000000000000000000000000', NULL, 1795714052552986);
insert into stock_entries values (10, 3, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795714052563451);
insert into stock_entries values (11, 3, 1, 4, 1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795714052588484);
insert into stock_entries values (12, 3, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795714052619498);
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
insert into orders values (X'01A218E5F1AA75DF9977809158E8A761', 1, 1, X'00000000000000000000000000000001', 1, 1, 'EUR', 2250, '', 'kept', X'008424F8EFDDC67EF7A25FC996E4E275', X'C83CF365BB78AF90A53546A0BDBC80F9', 1795714052525226, 1795714052525226, NULL, NULL, NULL);
insert into orders values (X'01A218E5F1B1704DAB19BF9AE80F9DB9', 2, 1, X'00000000000000000000000000000002', 4, 2, 'EUR', 1000, '', NULL, NULL, NULL, 1795714052530045, 1795714052552986, NULL, NULL, NULL);
insert into orders values (X'01A218E5F1D170489031B04D579E553A', 3, 1, X'00000000000000000000000000000002', 1, 4, 'EUR', 99, '', NULL, NULL, NULL, 1795714052563451, 1795714052619498, NULL, NULL, NULL);
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
insert into order_lines values (X'01A218E5F1AA75DF9977809158E8A761', 1, 1, 'P-01A218E5F10670C09E16E8481EAA8995', 'Mess tin', 'Holds a pint.', 2, 1000);
insert into order_lines values (X'01A218E5F1AA75DF9977809158E8A761', 2, 2, 'P-01A218E5F12F73D087758EB8E6219B00', 'Mess tin', 'Holds a pint.', 1, 250);
insert into order_lines values (X'01A218E5F1B1704DAB19BF9AE80F9DB9', 1, 2, 'P-01A218E5F12F73D087758EB8E6219B00', 'Mess tin', 'Holds a pint.', 4, 250);
insert into order_lines values (X'01A218E5F1D170489031B04D579E553A', 1, 3, 'P-01A218E5F1367557AD67FF9D47D8040B', 'Mess tin', 'Holds a pint.', 1, 99);
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
insert into events values (1, 1, X'01A218E5F1AA75DF9977809158E8A761', 1, 1, NULL, 1, X'00000000000000000000000000000001', X'01A218E5F1AA75DF997780927D57BDC9', 1795714052525226);
insert into events values (2, 1, X'01A218E5F1B1704DAB19BF9AE80F9DB9', 1, 1, NULL, 1, X'00000000000000000000000000000002', X'01A218E5F1B1704DAB19BF9B9C59D4C1', 1795714052530045);
insert into events values (3, 1, X'01A218E5F1B1704DAB19BF9AE80F9DB9', 2, 4, NULL, 1, X'00000000000000000000000000000002', X'01A218E5F1C6762FBF65917F032B44AD', 1795714052552986);
insert into events values (4, 1, X'01A218E5F1D170489031B04D579E553A', 1, 1, NULL, 1, X'00000000000000000000000000000002', X'01A218E5F1D170489031B04E2F94BF9F', 1795714052563451);
insert into events values (5, 1, X'01A218E5F1D170489031B04D579E553A', 2, 2, NULL, 1, X'00000000000000000000000000000009', X'01A218E5F1DF757FBFA7F44F630BE489', 1795714052575492);
insert into events values (6, 1, X'01A218E5F1D170489031B04D579E553A', 3, 5, NULL, 1, X'00000000000000000000000000000009', X'01A218E5F1E57219ACAEEEB4B3119303', 1795714052588484);
insert into events values (7, 1, X'01A218E5F1D170489031B04D579E553A', 4, 6, NULL, 1, X'00000000000000000000000000000009', X'01A218E5F20B737BA69A578D648F71BE', 1795714052619498);
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
insert into feed values (1, '1248dc29', 7, 23);
CREATE TABLE consumers (
    name text not null primary key,
    position integer not null check (position >= 0),
    holder blob not null,
    leased_until integer not null,
    seen_at integer not null
) strict, without rowid;
insert into consumers values ('search', 0, X'00000000000000000000000000000001', 1795714052505196, 1795714052505195);
CREATE TABLE batches (
    id blob not null primary key,
    at integer not null
) strict, without rowid;
insert into batches values (X'01A218E5F1087133B1D7DA99C6987B95', 1795714052360345);
insert into batches values (X'01A218E5F131706CAF33C483D12A4671', 1795714052401965);
insert into batches values (X'01A218E5F1367557AD67FF9F30E026DA', 1795714052406935);
insert into batches values (X'01A218E5F1417479846661593ACC3826', 1795714052417692);
insert into batches values (X'01A218E5F147719DA55C4A44F9A80A1E', 1795714052423321);
insert into batches values (X'01A218E5F1587273954B4C73F016F7AF', 1795714052440913);
insert into batches values (X'01A218E5F171705CAE1C866FE20BF969', 1795714052465276);
insert into batches values (X'01A218E5F17274288871056E16378485', 1795714052466567);
insert into batches values (X'01A218E5F17B708EADC43108756E3C8B', 1795714052475719);
insert into batches values (X'01A218E5F18575528211005D8133466E', 1795714052485390);
insert into batches values (X'01A218E5F18D74BA862537BA27D7D675', 1795714052493445);
insert into batches values (X'01A218E5F1957345A57E6831CC3A0983', 1795714052502020);
insert into batches values (X'01A218E5F19972A59F10170AB2A7C8A1', 1795714052505195);
insert into batches values (X'01A218E5F19F74C8BF35C722DC0044CD', 1795714052511996);
insert into batches values (X'01A218E5F1A373AFA3DF3ED50D39AF2E', 1795714052515061);
insert into batches values (X'01A218E5F1A7724F89E7ABCF58D26BA5', 1795714052519745);
insert into batches values (X'01A218E5F1AD7390B51D07BAD4A6B247', 1795714052525226);
insert into batches values (X'01A218E5F1B27453841ADBC993580867', 1795714052530045);
insert into batches values (X'01A218E5F1C873CA90733581C81B34AB', 1795714052552986);
insert into batches values (X'01A218E5F1D37512B8AC784227C759DA', 1795714052563451);
insert into batches values (X'01A218E5F1DF757FBFA7F4500896C630', 1795714052575492);
insert into batches values (X'01A218E5F1EC72D096D060CA787E4021', 1795714052588484);
insert into batches values (X'01A218E5F20B737BA69A578EF597031B', 1795714052619498);
CREATE TABLE traces (
    caller_kind integer not null,
    caller_id blob not null,
    idempotency_key text not null,
    fingerprint blob not null,
    kept text not null,
    at integer not null,
    primary key (caller_kind, caller_id, idempotency_key)
) strict, without rowid;
insert into traces values (0, X'00000000000000000000000000000000', 'created', X'710A4D7E384DA339E511A19720E139C1', '1 [{"id":4,"public_id":"01a218e5-f19f-74c8-bf35-c7204874455d","sku":"P-01A218E5F19F74C8BF35C7204874455D","name":"Mess tin","description":"Holds a pint.","image_url":null,"price":{"minor":500,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"is_archived":false,"created_at":1795714052511996,"updated_at":1795714052511996},{"on_hand":7,"reserved":0}]', 1795714052511996);
CREATE TABLE addresses (
    account_id blob not null references accounts (id),
    id blob not null,
    created_at integer not null,
    postal text not null,
    updated_at integer not null,
    primary key (account_id, id)
) strict, without rowid;
insert into addresses values (X'00000000000000000000000000000007', X'00000000000000000000000000000009', 1795714052465276, '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', 1795714052465276);
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
insert into links values (X'00000000000000000000000000000007', 2, 'secret', 'Ann@example.com', 'ann@example.com', 1795714052466567, 14410114052466567);
CREATE TABLE factors (
    account_id blob not null primary key references accounts (id),
    secret text not null,
    recovery text not null,
    last_step integer not null,
    confirmed_at integer,
    created_at integer not null
) strict, without rowid;
insert into factors values (X'00000000000000000000000000000007', 'BASE32', 'paper', 0, NULL, 1795714052475719);
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
insert into api_keys values (X'0000000000000000000000000000000A', 'till', 16, NULL, 'secret', 1795714052485390, NULL, NULL, NULL, X'00000000000000000000000000000009');
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
insert into trail values (1, 20, 'product:1', NULL, '{"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"name":"Mess tin","price":"10.00","sku":"P-01A218E5F10670C09E16E8481EAA8995"}', 0, X'00000000000000000000000000000000', X'01A218E5F10670C09E16E849CE9D249A', 1795714052360345);
insert into trail values (2, 20, 'product:2', NULL, '{"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"name":"Mess tin","price":"2.50","sku":"P-01A218E5F12F73D087758EB8E6219B00"}', 0, X'00000000000000000000000000000000', X'01A218E5F12F73D087758EB955A7BE8D', 1795714052401965);
insert into trail values (3, 20, 'product:3', NULL, '{"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"name":"Mess tin","price":"0.99","sku":"P-01A218E5F1367557AD67FF9D47D8040B"}', 0, X'00000000000000000000000000000000', X'01A218E5F1367557AD67FF9EBA71DC6E', 1795714052406935);
insert into trail values (4, 1, 'customer:00000000-0000-0000-0000-000000000007', NULL, '{"email":"Ann@example.com","email_confirmed":false,"first_name":"Ada","is_active":true,"last_name":"","role":"staff","username":"Ann"}', 0, X'00000000000000000000000000000000', X'01A218E5F139758A873CA89D4FE9D6B7', 1795714052417692);
insert into trail values (5, 10, 'api_key:00000000-0000-0000-0000-00000000000a', NULL, '{"channel":null,"expires_at":null,"is_revoked":false,"name":"till","scopes":["intake"]}', 1, X'00000000000000000000000000000009', X'01A218E5F18575528211005C8498C1E9', 1795714052485390);
insert into trail values (6, 30, 'category:camp', NULL, '{"name":"Tents","parent":null,"slug":"camp"}', 1, X'00000000000000000000000000000009', X'01A218E5F18D74BA862537B987DBDC6A', 1795714052493445);
insert into trail values (7, 30, 'category:tents', NULL, '{"name":"Tents","parent":1,"slug":"tents"}', 1, X'00000000000000000000000000000009', X'01A218E5F1957345A57E6830CE07F46D', 1795714052502020);
insert into trail values (8, 20, 'product:4', NULL, '{"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"name":"Mess tin","price":"5.00","sku":"P-01A218E5F19F74C8BF35C7204874455D"}', 0, X'00000000000000000000000000000000', X'01A218E5F19F74C8BF35C721478B94C0', 1795714052511996);
insert into trail values (9, 40, 'product:4', '{"on_hand":7}', '{"on_hand":8}', 1, X'00000000000000000000000000000009', X'01A218E5F1A273E1B6499EDC4382586E', 1795714052515061);
insert into trail values (10, 21, 'product:4', '{"category":null}', '{"category":"tents"}', 1, X'00000000000000000000000000000009', X'01A218E5F1A7724F89E7ABCE7A06A313', 1795714052519745);
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
CREATE INDEX sessions_by_account on sessions (account_id);
CREATE INDEX links_by_expiry on links (expires_at);
CREATE INDEX api_keys_by_end on api_keys (revoked_at) where revoked_at is not null;
CREATE INDEX trail_by_subject on trail (subject, id);
CREATE INDEX trail_by_actor on trail (actor_kind, actor_id, id);
CREATE INDEX trail_by_time on trail (at);
CREATE INDEX api_keys_by_maker on api_keys (created_by) where created_by is not null;
