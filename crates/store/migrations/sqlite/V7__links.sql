-- links: a shelf names its last entry in the ledger, and each entry the one before it
--
-- An index by product changed a page of its own with nearly every order, in a ledger of ten million
-- entries the dearest of all that an order wrote.

alter table stock add column last_entry integer not null default 0;
-- None, until it is linked: what is written beside the shop is linked by the triggers below.
alter table stock_entries add column previous integer;

-- Entries of a shelf that was deleted beside the shop are found from a new one, on which nothing lies.
insert into stock (product_id, location_id, on_hand, reserved)
select distinct e.product_id, e.location_id, 0, 0 from stock_entries e
where exists (select 1 from products p where p.id = e.product_id)
  and not exists (
    select 1 from stock s
    where s.product_id = e.product_id and s.location_id = e.location_id
  );

update stock_entries set previous = l.previous
from (
    select id, coalesce(lag(id) over (partition by product_id, location_id order by id), 0) as previous
    from stock_entries
) l
where l.id = stock_entries.id;

update stock set last_entry = e.last
from (
    select product_id, location_id, max(id) as last from stock_entries
    group by product_id, location_id
) e
where e.product_id = stock.product_id and e.location_id = stock.location_id;

drop index stock_entries_by_product;

drop view ledgers;

create view ledgers as
select p.id as product_id,
       (with recursive entries (previous, delta) as (
            select e.previous, e.delta from stock s
            join stock_entries e on e.id = s.last_entry
            where s.product_id = p.id
            union all
            select e.previous, e.delta from entries n
            join stock_entries e on e.id = n.previous
        ) select coalesce(sum(delta), 0) from entries) as entered,
       (select coalesce(sum(h.units), 0) from holds h where h.product_id = p.id) as held
from products p;

-- What somebody writes by hand: the shop itself links what it writes, and deletes nothing of it.

create trigger stock_entries_linked after insert on stock_entries when new.previous is null
begin
    update stock_entries set previous = coalesce((
        select last_entry from stock
        where product_id = new.product_id and location_id = new.location_id
    ), 0) where id = new.id;
    update stock set last_entry = new.id
    where product_id = new.product_id and location_id = new.location_id;
end;

create trigger stock_entries_unlinked after delete on stock_entries
begin
    update stock_entries set previous = old.previous where previous = old.id;
    update stock set last_entry = old.previous
    where product_id = old.product_id and location_id = old.location_id
      and last_entry = old.id;
end;

create trigger stock_kept before delete on stock
when exists (select 1 from stock_entries where id = old.last_entry)
begin
    select raise(abort, 'a shelf with a ledger is not deleted: its entries could not be found');
end;
