create schema identity;
create schema catalog;
create schema orders;
create schema writer;

-- identity

create table identity.accounts (
    id uuid not null primary key,
    username text not null,
    username_folded text not null unique,
    email text not null,
    email_folded text not null unique,
    password_hash text not null,
    first_name text not null,
    last_name text not null,
    role smallint not null check (role between 1 and 3),
    is_active boolean not null,
    created_at bigint not null,
    updated_at bigint not null
);

create index accounts_disabled on identity.accounts (updated_at) where is_active = false;

create table identity.sessions (
    id uuid not null primary key,
    account_id uuid not null references identity.accounts (id),
    generation bigint not null check (generation >= 1),
    rotated_at bigint not null,
    created_at bigint not null,
    expires_at bigint not null,
    ended_at bigint
);

create index sessions_by_expiry on identity.sessions (expires_at);
create index sessions_by_end on identity.sessions (ended_at) where ended_at is not null;

-- catalog

create table catalog.categories (
    id bigint not null primary key,
    slug text not null unique,
    name text not null,
    parent_id bigint references catalog.categories (id)
);

create index categories_by_parent on catalog.categories (parent_id);

create table catalog.products (
    id bigint not null primary key,
    public_id uuid not null unique,
    sku text not null unique,
    name text not null,
    description text not null,
    image_url text,
    category_id bigint references catalog.categories (id),
    version bigint not null check (version >= 1),
    is_archived boolean not null,
    created_at bigint not null,
    updated_at bigint not null,
    -- Name, sku and description, their case folded by the shop: no engine folds like another.
    search_folded text not null
);

create index products_by_name on catalog.products (name, id);
create index products_by_category on catalog.products (category_id, id);

create table catalog.prices (
    product_id bigint not null references catalog.products (id),
    channel smallint not null,
    currency text not null,
    amount_minor bigint not null check (amount_minor >= 0),
    primary key (product_id, channel, currency)
);

create index prices_by_amount on catalog.prices (amount_minor, product_id);

create view catalog.priced_products as
select p.id, p.public_id, p.sku, p.name, p.description, p.image_url, p.category_id, p.version,
       p.is_archived, p.created_at, p.updated_at, r.currency, r.amount_minor, c.slug as category_slug,
       p.search_folded
from catalog.products p
join catalog.prices r on r.product_id = p.id and r.channel = 1
left join catalog.categories c on c.id = p.category_id;

-- Narrow, and without an index on its counters: a hot product is one small row.
create table catalog.stock (
    product_id bigint not null references catalog.products (id),
    location_id smallint not null,
    on_hand bigint not null,
    reserved bigint not null,
    primary key (product_id, location_id),
    check (reserved >= 0 and reserved <= on_hand)
) with (fillfactor = 50);

create table catalog.stock_entries (
    id bigint generated always as identity,
    product_id bigint not null,
    location_id smallint not null,
    kind smallint not null check (kind between 1 and 4),
    delta bigint not null,
    reason text,
    actor_kind smallint not null,
    actor_id uuid not null,
    correlation_id uuid,
    at bigint not null,
    primary key (product_id, id)
);

-- orders

create table orders.orders (
    id uuid not null primary key,
    number bigint not null unique,
    owner_kind smallint not null,
    owner_id uuid not null,
    status smallint not null check (status between 1 and 5),
    version bigint not null check (version >= 1),
    currency text not null,
    total_minor bigint not null check (total_minor >= 0),
    note text not null,
    idempotency_key text,
    fingerprint uuid,
    -- Of the owner and the key, so that a key is found by one column and by one index only: a planner
    -- without statistics cannot take the index of an owner's whole history instead.
    once_id uuid unique,
    created_at bigint not null,
    updated_at bigint not null,
    processing_started_at bigint,
    processing_completed_at bigint,
    failure_reason text
);

create index orders_by_owner on orders.orders (owner_kind, owner_id, number);

create table orders.order_lines (
    order_id uuid not null,
    line smallint not null,
    product_id bigint not null,
    sku text not null,
    name text not null,
    description text not null,
    quantity bigint not null check (quantity >= 1),
    unit_price_minor bigint not null check (unit_price_minor >= 0),
    primary key (order_id, line)
);

-- What happened to whom. A row keeps only what cannot be told from its subject at that version.
create table orders.events (
    position bigint not null primary key,
    subject_kind smallint not null,
    subject_id uuid not null,
    -- The one that the subject has got by it; null when it tells of something else.
    version bigint,
    kind smallint not null,
    data text,
    actor_kind smallint not null,
    actor_id uuid not null,
    correlation_id uuid not null,
    at bigint not null,
    unique (subject_id, version)
);

-- writer: what the one door keeps for itself

create table writer.counters (
    name text not null primary key,
    last bigint not null
) with (fillfactor = 50);

insert into writer.counters (name, last) values ('orders', 0), ('products', 0), ('categories', 0);

-- One row, the last that every commit takes: the position of the last event and the commit's number.
-- The epoch says which history they are of.
create table writer.feed (
    one smallint not null primary key check (one = 1),
    epoch text not null,
    position bigint not null,
    commits bigint not null
) with (fillfactor = 50);

insert into writer.feed (one, epoch, position, commits)
values (1, left(md5(random()::text || clock_timestamp()::text), 8), 0, 0);

-- Who follows the events, and how far each has come.
create table writer.consumers (
    name text not null primary key,
    position bigint not null check (position >= 0),
    holder uuid not null,
    leased_until bigint not null,
    seen_at bigint not null
);

create index consumers_by_sight on writer.consumers (seen_at);

create table writer.batches (
    id uuid not null primary key,
    at bigint not null
);

create index batches_by_time on writer.batches (at);

create table writer.traces (
    caller_kind smallint not null,
    caller_id uuid not null,
    idempotency_key text not null,
    fingerprint uuid not null,
    kept text not null,
    at bigint not null,
    primary key (caller_kind, caller_id, idempotency_key)
);

create index traces_by_time on writer.traces (at);
