-- baskets: what carts hold, and what orders say besides their goods

alter table orders add column reference text;
-- Of a person, in JSON: both go when the shop forgets him, and so do the note and why it failed.
alter table orders add column delivery_address text;
alter table orders add column contact text;
-- Only of what is pending: null in every other status.
alter table orders add column pending_since integer;
-- Only where it was placed for its owner by somebody else, whose the key is then.
alter table orders add column placed_by_kind integer;
alter table orders add column placed_by_id blob;

-- What waits was placed then, or came back to it by its last move.
update orders set pending_since = case version when 1 then created_at else updated_at end
where status = 1;

create index orders_pending on orders (pending_since) where pending_since is not null;
create index orders_by_reference on orders (reference) where reference is not null;
-- Orders that say something of a person, for who looks what is to be forgotten.
create index orders_personal on orders (created_at, id)
where delivery_address is not null or contact is not null or note <> '' or failure_reason is not null;

-- carts: what is held for whom, and until when

-- Known by the id of whose it is: an account, or a guest, whose token comes to it.
create table carts (
    id blob not null primary key,
    owner_kind integer not null check (owner_kind in (1, 3)),
    opened_at integer not null,
    updated_at integer not null,
    expires_at integer not null,
    crowd_id blob
) strict, without rowid;

-- What has expired, and what lives for longer than any may.
create index carts_by_expiry on carts (expires_at);

create table holds (
    cart_id blob not null,
    product_id integer not null,
    units integer not null check (units >= 1),
    added_at integer not null,
    primary key (cart_id, product_id)
) strict, without rowid;

-- What is promised of a product, and to which carts.
create index holds_by_product on holds (product_id);

-- How much all guests of an address hold.
create table crowds (
    id blob not null primary key,
    units integer not null check (units >= 1)
) strict, without rowid;

drop view ledgers;

create view ledgers as
select p.id as product_id,
       (select coalesce(sum(e.delta), 0) from stock_entries e where e.product_id = p.id)
           as entered,
       (select coalesce(sum(h.units), 0) from holds h where h.product_id = p.id) as held
from products p;
