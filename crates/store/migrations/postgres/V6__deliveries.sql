-- deliveries: where an order goes, whom to reach, whose name for it, and since when it waits

alter table orders.orders add column reference text;
-- Of a person, in JSON: both go when the shop forgets him, and so does the note.
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
where delivery_address is not null or contact is not null or note <> '';
