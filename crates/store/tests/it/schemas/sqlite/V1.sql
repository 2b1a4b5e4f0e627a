CREATE TABLE refinery_schema_history(
             version int4 PRIMARY KEY,
             name VARCHAR(255),
             applied_on VARCHAR(255),
             checksum VARCHAR(255));
insert into refinery_schema_history values (1, 'foundation', '2026-11-26T02:30:46.981385198Z', '13791735324487078231');
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
CREATE TABLE sessions (
    id blob not null primary key,
    account_id blob not null references accounts (id),
    generation integer not null check (generation >= 1),
    rotated_at integer not null,
    created_at integer not null,
    expires_at integer not null,
    ended_at integer
) strict, without rowid;
CREATE TABLE categories (
    id integer not null primary key,
    slug text not null unique,
    name text not null,
    parent_id integer references categories (id)
) strict;
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
insert into products values (1, X'01A215B0EFCE706282343E9B6A7C4403', 'P-01a215b0-efce-7062-8234-3e9b6a7c4403', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795660246994176, 1795660246994176, 'mess tin
p-01a215b0-efce-7062-8234-3e9b6a7c4403
holds a pint.');
insert into products values (2, X'01A215B0EFD4770F838D6476D66BEF39', 'P-01a215b0-efd4-770f-838d-6476d66bef39', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795660246996989, 1795660246996989, 'mess tin
p-01a215b0-efd4-770f-838d-6476d66bef39
holds a pint.');
insert into products values (3, X'01A215B0EFD5702AA77402246ADD98F3', 'P-01a215b0-efd5-702a-a774-02246add98f3', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795660246997634, 1795660246997634, 'mess tin
p-01a215b0-efd5-702a-a774-02246add98f3
holds a pint.');
insert into products values (4, X'01A215B0EFD9712797F33F6DC7B70B4C', 'P-01a215b0-efd9-7127-97f3-3f6dc7b70b4c', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795660247001416, 1795660247001416, 'mess tin
p-01a215b0-efd9-7127-97f3-3f6dc7b70b4c
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
insert into stock values (4, 1, 7, 0);
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
insert into stock_entries values (1, 1, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A215B0EFCE706282343E9CD02B2E33', 1795660246994176);
insert into stock_entries values (2, 2, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A215B0EFD4770F838D64777A15C17A', 1795660246996989);
insert into stock_entries values (3, 3, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A215B0EFD5702AA7740225EADA164E', 1795660246997634);
insert into stock_entries values (4, 4, 1, 1, 7, NULL, 0, X'00000000000000000000000000000000', X'01A215B0EFD9712797F33F6E30F5B3C7', 1795660247001416);
insert into stock_entries values (5, 1, 1, 3, -2, NULL, 0, X'00000000000000000000000000000000', NULL, 1795660247005441);
insert into stock_entries values (6, 2, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795660247005441);
insert into stock_entries values (7, 2, 1, 3, -4, NULL, 0, X'00000000000000000000000000000000', NULL, 1795660247009211);
insert into stock_entries values (8, 2, 1, 4, 4, NULL, 0, X'00000000000000000000000000000000', NULL, 1795660247013384);
insert into stock_entries values (9, 3, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795660247017367);
insert into stock_entries values (10, 3, 1, 4, 1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795660247025358);
insert into stock_entries values (11, 3, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795660247031093);
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
insert into orders values (X'01A215B0EFDD757EA44A02B0D7319BD2', 1, 1, X'00000000000000000000000000000001', 1, 1, 'EUR', 2250, '', 'kept', X'008424F8EFDDC67EF7A25FC996E4E275', X'C83CF365BB78AF90A53546A0BDBC80F9', 1795660247005441, 1795660247005441, NULL, NULL, NULL);
insert into orders values (X'01A215B0EFE171D09A908991D01FBA8C', 2, 1, X'00000000000000000000000000000002', 4, 2, 'EUR', 1000, '', NULL, NULL, NULL, 1795660247009211, 1795660247013384, NULL, NULL, NULL);
insert into orders values (X'01A215B0EFE9747EA23EFB1AD7817DCB', 3, 1, X'00000000000000000000000000000002', 1, 4, 'EUR', 99, '', NULL, NULL, NULL, 1795660247017367, 1795660247031093, NULL, NULL, NULL);
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
insert into order_lines values (X'01A215B0EFDD757EA44A02B0D7319BD2', 1, 1, 'P-01a215b0-efce-7062-8234-3e9b6a7c4403', 'Mess tin', 'Holds a pint.', 2, 1000);
insert into order_lines values (X'01A215B0EFDD757EA44A02B0D7319BD2', 2, 2, 'P-01a215b0-efd4-770f-838d-6476d66bef39', 'Mess tin', 'Holds a pint.', 1, 250);
insert into order_lines values (X'01A215B0EFE171D09A908991D01FBA8C', 1, 2, 'P-01a215b0-efd4-770f-838d-6476d66bef39', 'Mess tin', 'Holds a pint.', 4, 250);
insert into order_lines values (X'01A215B0EFE9747EA23EFB1AD7817DCB', 1, 3, 'P-01a215b0-efd5-702a-a774-02246add98f3', 'Mess tin', 'Holds a pint.', 1, 99);
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
insert into events values (1, 1, X'01A215B0EFDD757EA44A02B0D7319BD2', 1, 1, NULL, 1, X'00000000000000000000000000000001', X'01A215B0EFDD757EA44A02B1A5555498', 1795660247005441);
insert into events values (2, 1, X'01A215B0EFE171D09A908991D01FBA8C', 1, 1, NULL, 1, X'00000000000000000000000000000002', X'01A215B0EFE171D09A9089927867FA8D', 1795660247009211);
insert into events values (3, 1, X'01A215B0EFE171D09A908991D01FBA8C', 2, 4, NULL, 1, X'00000000000000000000000000000002', X'01A215B0EFE5706082C2ADCEABFCAAE8', 1795660247013384);
insert into events values (4, 1, X'01A215B0EFE9747EA23EFB1AD7817DCB', 1, 1, NULL, 1, X'00000000000000000000000000000002', X'01A215B0EFE9747EA23EFB1B0D553C91', 1795660247017367);
insert into events values (5, 1, X'01A215B0EFE9747EA23EFB1AD7817DCB', 2, 2, NULL, 1, X'00000000000000000000000000000009', X'01A215B0EFED75C5BE97F3BD43EC425A', 1795660247021390);
insert into events values (6, 1, X'01A215B0EFE9747EA23EFB1AD7817DCB', 3, 5, NULL, 1, X'00000000000000000000000000000009', X'01A215B0EFF1759594A03B65A6495255', 1795660247025358);
insert into events values (7, 1, X'01A215B0EFE9747EA23EFB1AD7817DCB', 4, 6, NULL, 1, X'00000000000000000000000000000009', X'01A215B0EFF776D7B8030D08234F6C0A', 1795660247031093);
CREATE TABLE counters (
    name text not null primary key,
    last integer not null
) strict, without rowid;
insert into counters values ('categories', 0);
insert into counters values ('orders', 3);
insert into counters values ('products', 4);
CREATE TABLE feed (
    one integer not null primary key check (one = 1),
    epoch text not null,
    position integer not null,
    commits integer not null
) strict;
insert into feed values (1, 'f4361b41', 7, 11);
CREATE TABLE consumers (
    name text not null primary key,
    position integer not null check (position >= 0),
    holder blob not null,
    leased_until integer not null,
    seen_at integer not null
) strict, without rowid;
CREATE TABLE batches (
    id blob not null primary key,
    at integer not null
) strict, without rowid;
insert into batches values (X'01A215B0EFD273F5921BFB392B0A0864', 1795660246994176);
insert into batches values (X'01A215B0EFD4770F838D6478156B0080', 1795660246996989);
insert into batches values (X'01A215B0EFD5702AA7740226ED18C935', 1795660246997634);
insert into batches values (X'01A215B0EFD9712797F33F6F36C22096', 1795660247001416);
insert into batches values (X'01A215B0EFDD757EA44A02B2EFEAC166', 1795660247005441);
insert into batches values (X'01A215B0EFE171D09A90899342F250E0', 1795660247009211);
insert into batches values (X'01A215B0EFE5706082C2ADCFC9465788', 1795660247013384);
insert into batches values (X'01A215B0EFE9747EA23EFB1C447525FA', 1795660247017367);
insert into batches values (X'01A215B0EFED75C5BE97F3BEA4CC273B', 1795660247021390);
insert into batches values (X'01A215B0EFF1759594A03B66301A8D57', 1795660247025358);
insert into batches values (X'01A215B0EFF776D7B8030D090A3EA80E', 1795660247031093);
CREATE TABLE traces (
    caller_kind integer not null,
    caller_id blob not null,
    idempotency_key text not null,
    fingerprint blob not null,
    kept text not null,
    at integer not null,
    primary key (caller_kind, caller_id, idempotency_key)
) strict, without rowid;
insert into traces values (0, X'00000000000000000000000000000000', 'created', X'710A4D7E384DA339E511A19720E139C1', '1 [{"id":4,"public_id":"01a215b0-efd9-7127-97f3-3f6dc7b70b4c","sku":"P-01a215b0-efd9-7127-97f3-3f6dc7b70b4c","name":"Mess tin","description":"Holds a pint.","image_url":null,"price":{"minor":500,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"is_archived":false,"created_at":1795660247001416,"updated_at":1795660247001416},{"on_hand":7,"reserved":0}]', 1795660247001416);
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
