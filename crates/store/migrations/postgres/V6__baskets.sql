-- baskets: what carts hold, and what orders say besides their goods

alter table orders.orders add column reference text;
-- Of a person, in JSON: both go when the shop forgets him, and so do the note and why it failed.
alter table orders.orders add column delivery_address text;
alter table orders.orders add column contact text;
-- Only of what is pending: null in every other status.
alter table orders.orders add column pending_since bigint;
-- Only where it was placed for its owner by somebody else, whose the key is then.
alter table orders.orders add column placed_by_kind smallint;
alter table orders.orders add column placed_by_id uuid;

-- What waits was placed then, or came back to it by its last move.
update orders.orders set pending_since = case version when 1 then created_at else updated_at end
where status = 1;

create index orders_pending on orders.orders (pending_since) where pending_since is not null;
create index orders_by_reference on orders.orders (reference) where reference is not null;
-- Orders that say something of a person, for who looks what is to be forgotten.
create index orders_personal on orders.orders (created_at, id)
where delivery_address is not null or contact is not null or note <> '' or failure_reason is not null;

-- carts: what is held for whom, and until when

-- Known by the id of whose it is: an account, or a guest, whose token comes to it.
create table orders.carts (
    id uuid not null primary key,
    owner_kind smallint not null check (owner_kind in (1, 3)),
    opened_at bigint not null,
    updated_at bigint not null,
    expires_at bigint not null,
    crowd_id uuid
);

-- What has expired, and what lives for longer than any may.
create index carts_by_expiry on orders.carts (expires_at);

create table orders.holds (
    cart_id uuid not null,
    product_id bigint not null,
    units bigint not null check (units >= 1),
    added_at bigint not null,
    primary key (cart_id, product_id)
);

-- What is promised of a product, and to which carts.
create index holds_by_product on orders.holds (product_id);

-- How much all guests of an address hold.
create table orders.crowds (
    id uuid not null primary key,
    units bigint not null check (units >= 1)
) with (fillfactor = 50);

drop view catalog.ledgers;

create view catalog.ledgers as
select p.id as product_id,
       (select coalesce(sum(e.delta), 0)::bigint from catalog.stock_entries e where e.product_id = p.id)
           as entered,
       (select coalesce(sum(h.units), 0)::bigint from orders.holds h where h.product_id = p.id) as held
from catalog.products p;
