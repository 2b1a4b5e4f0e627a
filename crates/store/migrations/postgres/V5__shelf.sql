-- the shelf: what is low, how much one may have, and skus that are free again

alter table catalog.products add column low_stock_threshold bigint check (low_stock_threshold >= 0);
-- Units of one product for one order, and for one caller in all: null where the shop's own figure holds.
alter table catalog.products add column order_units_most bigint check (order_units_most >= 1);
alter table catalog.products add column caller_units_most bigint check (caller_units_most >= 1);
-- What an archived product was sold under. Its sku is one that nobody can choose.
alter table catalog.products add column former_sku text;

update catalog.products set former_sku = sku, sku = 'sku:archived:' || id where is_archived;

drop view catalog.priced_products;

create view catalog.priced_products as
select p.id, p.public_id, p.sku, p.former_sku, p.name, p.description, p.image_url, p.category_id,
       p.low_stock_threshold, p.order_units_most, p.caller_units_most, p.version, p.is_archived,
       p.created_at, p.updated_at, r.currency, r.amount_minor, c.slug as category_slug,
       p.search_folded
from catalog.products p
join catalog.prices r on r.product_id = p.id and r.channel = 1
left join catalog.categories c on c.id = p.category_id;

-- What is archived is in no category: one that has nothing else in it may go.
update catalog.products set category_id = null where is_archived;

-- What the one door sees of the tree, and of what is in it; no further than a batch could take out.
create view catalog.branches as select 1::bigint as tree, id, parent_id from catalog.categories;

create view catalog.category_uses as
select c.id, (
    select count(*) from (
        select 1 from catalog.products p where p.category_id = c.id limit 10000
    ) few
) as products
from catalog.categories c;

-- What a caller has ordered of a product that has a bound for each caller, since it has one.
create table orders.bought (
    product_id bigint not null,
    owner_kind smallint not null,
    owner_id uuid not null,
    units bigint not null,
    primary key (product_id, owner_kind, owner_id)
);

-- Whether a line's units are among them: what was ordered without a bound is not.
alter table orders.order_lines add column is_counted boolean not null default false;

-- What the one door sees of a ledger: its sum, and what is promised (nothing yet: there are no carts). One
-- product's entries are summed up by stock_entries_by_product.
create view catalog.ledgers as
select p.id as product_id,
       (select coalesce(sum(e.delta), 0)::bigint from catalog.stock_entries e where e.product_id = p.id)
           as entered,
       0::bigint as held
from catalog.products p;

-- For the list of what is low: few products have a threshold.
create index products_by_threshold on catalog.products (id) where low_stock_threshold is not null;

-- How lists are found. The price in the shop's own channel stands on the product as well, for no index
-- reaches over two tables. A list is walked along the index of what narrows it and of its order, and ends
-- with its page; what is archived, and stays for ever, is never walked over.
alter table catalog.products add column own_price_minor bigint not null default 0 check (own_price_minor >= 0);
-- Or each product that is shown would be looked up in the other table for it.
alter table catalog.products add column own_currency text not null default '';

update catalog.products set (own_price_minor, own_currency) = (
    select r.amount_minor, r.currency from catalog.prices r
    where r.product_id = catalog.products.id and r.channel = 1
    limit 1
) where exists (select 1 from catalog.prices r where r.product_id = catalog.products.id and r.channel = 1);

drop index catalog.products_by_name;
drop index catalog.prices_by_amount;

-- Everything, as it came.
create index products_listed on catalog.products (id) where not is_archived;
-- Everything, by name.
create index products_by_name on catalog.products (name, id) where not is_archived;
-- Everything by price, and what costs so much.
create index products_by_price on catalog.products (own_price_minor, id) where not is_archived;
-- What is in a category: as it came (products_by_category, which the uses of a category are counted by
-- as well), by name, and by price and of some price. What is archived is in none.
create index products_by_category_name on catalog.products (category_id, name, id) where category_id is not null;
create index products_by_category_price on catalog.products (category_id, own_price_minor, id) where category_id is not null;
