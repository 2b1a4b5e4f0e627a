-- flow: where orders come from, and what is done with them

-- An order that a channel has handed over: from where, and what it said, in JSON. What it said may be of a
-- person, and goes when the shop forgets him.
alter table orders add column channel text;
alter table orders add column handed_over text;

drop index orders_personal;
create index orders_personal on orders (created_at, id)
where delivery_address is not null or contact is not null or note <> '' or failure_reason is not null
    or handed_over is not null;

create index orders_handed on orders (number) where channel is not null;

-- What becomes of the orders of a key's channel: items that the catalog does not know, and stock.
alter table api_keys add column accepts_unknown integer not null default 0 check (accepts_unknown in (0, 1));
alter table api_keys add column takes_stock integer not null default 1 check (takes_stock in (0, 1));

-- Orders that a worker has begun with: whose they are, and when they are anybody's.
create table claims (
    order_id blob not null primary key,
    holder blob not null,
    due_at integer not null,
    attempts integer not null check (attempts >= 0)
) strict, without rowid;

create index claims_by_time on claims (due_at);

-- The language in which the shop writes to somebody, where it is known.
alter table accounts add column language text;

-- What orders come to, counted by the consumer of that name: its cursor says up to which event.
create table figures (
    kind integer not null,
    bucket integer not null,
    value integer not null,
    primary key (kind, bucket)
) strict, without rowid;
