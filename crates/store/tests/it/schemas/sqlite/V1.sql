CREATE TABLE refinery_schema_history(
             version int4 PRIMARY KEY,
             name VARCHAR(255),
             applied_on VARCHAR(255),
             checksum VARCHAR(255));
insert into refinery_schema_history values (1, 'foundation', '2026-11-26T07:49:54.096940364Z', '13791735324487078231');
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
) strict, without rowid;
insert into accounts values (X'00000000000000000000000000000007', 'Ann', 'ann', 'ann@example.com', 'ann@example.com', '$argon2id$', 'Ann', '', 2, 1, 1795679394198918, 1795679394198918);
CREATE TABLE sessions (
    id blob not null primary key,
    account_id blob not null references accounts (id),
    generation integer not null check (generation >= 1),
    rotated_at integer not null,
    created_at integer not null,
    expires_at integer not null,
    ended_at integer
) strict, without rowid;
insert into sessions values (X'00000000000000000000000000000008', X'00000000000000000000000000000007', 2, 1795679394201766, 1795679394201302, 14410079394201766, NULL);
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
insert into products values (1, X'01A216D5196E7618BB948935D33CE8CA', 'P-01A216D5196E7618BB948935D33CE8CA', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795679394194164, 1795679394194164, 'mess tin
p-01a216d5196e7618bb948935d33ce8ca
holds a pint.');
insert into products values (2, X'01A216D5199577818C742DBA7D238EA1', 'P-01A216D5199577818C742DBA7D238EA1', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795679394197461, 1795679394197461, 'mess tin
p-01a216d5199577818c742dba7d238ea1
holds a pint.');
insert into products values (3, X'01A216D51996752894A01AA253584134', 'P-01A216D51996752894A01AA253584134', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795679394198221, 1795679394198221, 'mess tin
p-01a216d51996752894a01aa253584134
holds a pint.');
insert into products values (4, X'01A216D5199F76C1B96DE6C425294E5B', 'P-01A216D5199F76C1B96DE6C425294E5B', 'Mess tin', 'Holds a pint.', NULL, 2, 2, 0, 1795679394208096, 1795679394209550, 'mess tin
p-01a216d5199f76c1b96de6c425294e5b
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
insert into stock_entries values (1, 1, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A216D5196E7618BB9489369E6120D0', 1795679394194164);
insert into stock_entries values (2, 2, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A216D5199577818C742DBB87613A9D', 1795679394197461);
insert into stock_entries values (3, 3, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A216D51996752894A01AA366DB5A18', 1795679394198221);
insert into stock_entries values (4, 4, 1, 1, 7, NULL, 0, X'00000000000000000000000000000000', X'01A216D5199F76C1B96DE6C5ECEEE4A4', 1795679394208096);
insert into stock_entries values (5, 4, 1, 1, 1, NULL, 1, X'00000000000000000000000000000009', X'01A216D519A07127A8C17B3D0055DF35', 1795679394208855);
insert into stock_entries values (6, 1, 1, 3, -2, NULL, 0, X'00000000000000000000000000000000', NULL, 1795679394213499);
insert into stock_entries values (7, 2, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795679394213499);
insert into stock_entries values (8, 2, 1, 3, -4, NULL, 0, X'00000000000000000000000000000000', NULL, 1795679394214503);
insert into stock_entries values (9, 2, 1, 4, 4, NULL, 0, X'00000000000000000000000000000000', NULL, 1795679394217357);
insert into stock_entries values (10, 3, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795679394218061);
insert into stock_entries values (11, 3, 1, 4, 1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795679394219161);
insert into stock_entries values (12, 3, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795679394221152);
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
insert into orders values (X'01A216D519A5729B98CFEECE7D7C3EB3', 1, 1, X'00000000000000000000000000000001', 1, 1, 'EUR', 2250, '', 'kept', X'008424F8EFDDC67EF7A25FC996E4E275', X'C83CF365BB78AF90A53546A0BDBC80F9', 1795679394213499, 1795679394213499, NULL, NULL, NULL);
insert into orders values (X'01A216D519A67037AC3C6781A8C478AC', 2, 1, X'00000000000000000000000000000002', 4, 2, 'EUR', 1000, '', NULL, NULL, NULL, 1795679394214503, 1795679394217357, NULL, NULL, NULL);
insert into orders values (X'01A216D519A977EBACA0927563356BE0', 3, 1, X'00000000000000000000000000000002', 1, 4, 'EUR', 99, '', NULL, NULL, NULL, 1795679394218061, 1795679394221152, NULL, NULL, NULL);
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
insert into order_lines values (X'01A216D519A5729B98CFEECE7D7C3EB3', 1, 1, 'P-01A216D5196E7618BB948935D33CE8CA', 'Mess tin', 'Holds a pint.', 2, 1000);
insert into order_lines values (X'01A216D519A5729B98CFEECE7D7C3EB3', 2, 2, 'P-01A216D5199577818C742DBA7D238EA1', 'Mess tin', 'Holds a pint.', 1, 250);
insert into order_lines values (X'01A216D519A67037AC3C6781A8C478AC', 1, 2, 'P-01A216D5199577818C742DBA7D238EA1', 'Mess tin', 'Holds a pint.', 4, 250);
insert into order_lines values (X'01A216D519A977EBACA0927563356BE0', 1, 3, 'P-01A216D51996752894A01AA253584134', 'Mess tin', 'Holds a pint.', 1, 99);
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
insert into events values (1, 1, X'01A216D519A5729B98CFEECE7D7C3EB3', 1, 1, NULL, 1, X'00000000000000000000000000000001', X'01A216D519A5729B98CFEECF097FF3CB', 1795679394213499);
insert into events values (2, 1, X'01A216D519A67037AC3C6781A8C478AC', 1, 1, NULL, 1, X'00000000000000000000000000000002', X'01A216D519A67037AC3C67827F34163C', 1795679394214503);
insert into events values (3, 1, X'01A216D519A67037AC3C6781A8C478AC', 2, 4, NULL, 1, X'00000000000000000000000000000002', X'01A216D519A977EBACA09273CF85D0A3', 1795679394217357);
insert into events values (4, 1, X'01A216D519A977EBACA0927563356BE0', 1, 1, NULL, 1, X'00000000000000000000000000000002', X'01A216D519A977EBACA092763BAD50DC', 1795679394218061);
insert into events values (5, 1, X'01A216D519A977EBACA0927563356BE0', 2, 2, NULL, 1, X'00000000000000000000000000000009', X'01A216D519AA70A7AA036DD9E6F4A8F9', 1795679394218643);
insert into events values (6, 1, X'01A216D519A977EBACA0927563356BE0', 3, 5, NULL, 1, X'00000000000000000000000000000009', X'01A216D519AB71418EEE05784E91EA05', 1795679394219161);
insert into events values (7, 1, X'01A216D519A977EBACA0927563356BE0', 4, 6, NULL, 1, X'00000000000000000000000000000009', X'01A216D519AD77358429221E5BA5CC58', 1795679394221152);
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
insert into feed values (1, 'ed4797e6', 7, 19);
CREATE TABLE consumers (
    name text not null primary key,
    position integer not null check (position >= 0),
    holder blob not null,
    leased_until integer not null,
    seen_at integer not null
) strict, without rowid;
insert into consumers values ('search', 0, X'00000000000000000000000000000001', 1795679394205793, 1795679394205792);
CREATE TABLE batches (
    id blob not null primary key,
    at integer not null
) strict, without rowid;
insert into batches values (X'01A216D519707180BDD9E54C382A37F4', 1795679394194164);
insert into batches values (X'01A216D5199577818C742DBC76FAAF3F', 1795679394197461);
insert into batches values (X'01A216D51996752894A01AA4DDC60583', 1795679394198221);
insert into batches values (X'01A216D51996752894A01AA69668A61A', 1795679394198918);
insert into batches values (X'01A216D5199972EAB0B4F646C415F73C', 1795679394201302);
insert into batches values (X'01A216D5199972EAB0B4F6485FDE4857', 1795679394201766);
insert into batches values (X'01A216D5199A7370A58E279D798B64B5', 1795679394202269);
insert into batches values (X'01A216D5199D72F3A2332CE94045E8F4', 1795679394205347);
insert into batches values (X'01A216D5199D72F3A2332CEBAF5BD8F3', 1795679394205792);
insert into batches values (X'01A216D519A07127A8C17B3C75DCEA47', 1795679394208096);
insert into batches values (X'01A216D519A07127A8C17B3EACEB53E0', 1795679394208855);
insert into batches values (X'01A216D519A177B19B293EA4470B5730', 1795679394209550);
insert into batches values (X'01A216D519A5729B98CFEED0E867486E', 1795679394213499);
insert into batches values (X'01A216D519A67037AC3C6783A003E7B4', 1795679394214503);
insert into batches values (X'01A216D519A977EBACA092740ACEE465', 1795679394217357);
insert into batches values (X'01A216D519AA70A7AA036DD847ECCBBD', 1795679394218061);
insert into batches values (X'01A216D519AA70A7AA036DDAA41A34A6', 1795679394218643);
insert into batches values (X'01A216D519AB71418EEE0579091ED8B0', 1795679394219161);
insert into batches values (X'01A216D519AD77358429221FADC622B4', 1795679394221152);
CREATE TABLE traces (
    caller_kind integer not null,
    caller_id blob not null,
    idempotency_key text not null,
    fingerprint blob not null,
    kept text not null,
    at integer not null,
    primary key (caller_kind, caller_id, idempotency_key)
) strict, without rowid;
insert into traces values (0, X'00000000000000000000000000000000', 'created', X'710A4D7E384DA339E511A19720E139C1', '1 [{"id":4,"public_id":"01a216d5-199f-76c1-b96d-e6c425294e5b","sku":"P-01A216D5199F76C1B96DE6C425294E5B","name":"Mess tin","description":"Holds a pint.","image_url":null,"price":{"minor":500,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"is_archived":false,"created_at":1795679394208096,"updated_at":1795679394208096},{"on_hand":7,"reserved":0}]', 1795679394208096);
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
