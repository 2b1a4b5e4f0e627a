-- identity

create table accounts (
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

create index accounts_disabled on accounts (updated_at) where is_active = false;

create table sessions (
    id blob not null primary key,
    account_id blob not null references accounts (id),
    generation integer not null check (generation >= 1),
    rotated_at integer not null,
    created_at integer not null,
    expires_at integer not null,
    ended_at integer
) strict, without rowid;

create index sessions_by_expiry on sessions (expires_at);
create index sessions_by_end on sessions (ended_at) where ended_at is not null;

-- catalog

create table categories (
    id integer not null primary key,
    slug text not null unique,
    name text not null,
    parent_id integer references categories (id)
) strict;

create index categories_by_parent on categories (parent_id);

create table products (
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

create index products_by_name on products (name, id);
create index products_by_category on products (category_id, id);

create table prices (
    product_id integer not null references products (id),
    channel integer not null,
    currency text not null,
    amount_minor integer not null check (amount_minor >= 0),
    primary key (product_id, channel, currency)
) strict, without rowid;

create index prices_by_amount on prices (amount_minor, product_id);

create view priced_products as
select p.id, p.public_id, p.sku, p.name, p.description, p.image_url, p.category_id, p.version,
       p.is_archived, p.created_at, p.updated_at, r.currency, r.amount_minor, c.slug as category_slug,
       p.search_folded
from products p
join prices r on r.product_id = p.id and r.channel = 1
left join categories c on c.id = p.category_id;

-- Narrow, and without an index on its counters: a hot product is one small row.
create table stock (
    product_id integer not null references products (id),
    location_id integer not null,
    on_hand integer not null,
    reserved integer not null,
    primary key (product_id, location_id),
    check (reserved >= 0 and reserved <= on_hand)
) strict, without rowid;

create table stock_entries (
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

create index stock_entries_by_product on stock_entries (product_id, id);

-- orders

create table orders (
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

create index orders_by_owner on orders (owner_kind, owner_id, number);

create table order_lines (
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

-- What happened to whom. A row keeps only what cannot be told from its subject at that version.
create table events (
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

-- writer: what the one door keeps for itself

create table counters (
    name text not null primary key,
    last integer not null
) strict, without rowid;

insert into counters (name, last) values ('orders', 0), ('products', 0), ('categories', 0);

-- One row, the last that every commit takes: the position of the last event and the commit's number.
-- The epoch says which history they are of.
create table feed (
    one integer not null primary key check (one = 1),
    epoch text not null,
    position integer not null,
    commits integer not null
) strict;

insert into feed (one, epoch, position, commits)
values (1, lower(hex(randomblob(4))), 0, 0);

-- Who follows the events, and how far each has come.
create table consumers (
    name text not null primary key,
    position integer not null check (position >= 0),
    holder blob not null,
    leased_until integer not null,
    seen_at integer not null
) strict, without rowid;

create index consumers_by_sight on consumers (seen_at);

create table batches (
    id blob not null primary key,
    at integer not null
) strict, without rowid;

create index batches_by_time on batches (at);

create table traces (
    caller_kind integer not null,
    caller_id blob not null,
    idempotency_key text not null,
    fingerprint blob not null,
    kept text not null,
    at integer not null,
    primary key (caller_kind, caller_id, idempotency_key)
) strict, without rowid;

create index traces_by_time on traces (at);
