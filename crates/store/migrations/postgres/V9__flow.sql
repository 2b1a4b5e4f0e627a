-- flow: where orders come from, and what is done with them

-- An order that a channel has handed over: from where, and what it said, in JSON. What it said may be of a
-- person, and goes when the shop forgets him.
alter table orders.orders add column channel text;
alter table orders.orders add column handed_over text;

drop index orders.orders_personal;
create index orders_personal on orders.orders (created_at, id)
where delivery_address is not null or contact is not null or note <> '' or failure_reason is not null
    or handed_over is not null;

create index orders_handed on orders.orders (number) where channel is not null;

-- What becomes of the orders of a key's channel: items that the catalog does not know, and stock.
alter table identity.api_keys add column accepts_unknown boolean not null default false;
alter table identity.api_keys add column takes_stock boolean not null default true;

-- Orders that a worker has begun with: whose they are, and when they are anybody's.
create table orders.claims (
    order_id uuid not null primary key,
    holder uuid not null,
    due_at bigint not null,
    attempts bigint not null check (attempts >= 0)
) with (fillfactor = 50);

create index claims_by_time on orders.claims (due_at);

-- The language in which the shop writes to somebody, where it is known.
alter table identity.accounts add column language text;

-- What orders come to, counted by the consumer of that name: its cursor says up to which event.
create table orders.figures (
    kind smallint not null,
    bucket bigint not null,
    value bigint not null,
    primary key (kind, bucket)
) with (fillfactor = 50);
