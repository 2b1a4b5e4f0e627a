SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE SCHEMA catalog;
CREATE SCHEMA identity;
CREATE SCHEMA orders;
CREATE SCHEMA writer;
CREATE FUNCTION catalog.keep_shelf() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    if exists (select 1 from catalog.stock_entries where id = old.last_entry) then
        raise 'a shelf with a ledger is not deleted: its entries could not be found';
    end if;
    return old;
end $$;
CREATE FUNCTION catalog.link_entry() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    select last_entry into new.previous from catalog.stock
    where product_id = new.product_id and location_id = new.location_id
    for no key update;
    new.previous := coalesce(new.previous, 0);
    -- Behind the lock: ids of a shelf count upwards.
    new.id := nextval('catalog.stock_entries_id_seq');
    update catalog.stock set last_entry = new.id
    where product_id = new.product_id and location_id = new.location_id;
    return new;
end $$;
CREATE FUNCTION catalog.unlink_entries() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    perform 1 from catalog.stock s
    where (s.product_id, s.location_id) in (select product_id, location_id from gone)
    order by s.product_id, s.location_id for no key update;
    update catalog.stock_entries e set previous = l.before
    from (
        select id, coalesce(lag(id) over (partition by product_id, location_id order by id), 0)
            as before
        from catalog.stock_entries
        where (product_id, location_id) in (select product_id, location_id from gone)
    ) l
    where e.id = l.id and e.previous <> l.before;
    update catalog.stock s set last_entry = coalesce((
        select max(e.id) from catalog.stock_entries e
        where e.product_id = s.product_id and e.location_id = s.location_id
    ), 0)
    where (s.product_id, s.location_id) in (select product_id, location_id from gone);
    return null;
end $$;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE catalog.categories (
    id bigint NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    parent_id bigint
);
CREATE VIEW catalog.branches AS
 SELECT (1)::bigint AS tree,
    categories.id,
    categories.parent_id
   FROM catalog.categories;
CREATE TABLE catalog.products (
    id bigint NOT NULL,
    public_id uuid NOT NULL,
    sku text NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    image_url text,
    category_id bigint,
    version bigint NOT NULL,
    is_archived boolean NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    search_folded text NOT NULL,
    low_stock_threshold bigint,
    order_units_most bigint,
    caller_units_most bigint,
    former_sku text,
    own_price_minor bigint DEFAULT 0 NOT NULL,
    own_currency text DEFAULT ''::text NOT NULL,
    CONSTRAINT products_caller_units_most_check CHECK ((caller_units_most >= 1)),
    CONSTRAINT products_low_stock_threshold_check CHECK ((low_stock_threshold >= 0)),
    CONSTRAINT products_order_units_most_check CHECK ((order_units_most >= 1)),
    CONSTRAINT products_own_price_minor_check CHECK ((own_price_minor >= 0)),
    CONSTRAINT products_version_check CHECK ((version >= 1))
);
CREATE VIEW catalog.category_uses AS
 SELECT c.id,
    ( SELECT count(*) AS count
           FROM ( SELECT 1 AS "?column?"
                   FROM catalog.products p
                  WHERE (p.category_id = c.id)
                 LIMIT 10000) few) AS products
   FROM catalog.categories c;
CREATE TABLE catalog.stock (
    product_id bigint NOT NULL,
    location_id smallint NOT NULL,
    on_hand bigint NOT NULL,
    reserved bigint NOT NULL,
    last_entry bigint DEFAULT 0 NOT NULL,
    CONSTRAINT stock_check CHECK (((reserved >= 0) AND (reserved <= on_hand)))
)
WITH (fillfactor='50');
CREATE TABLE catalog.stock_entries (
    id bigint NOT NULL,
    product_id bigint NOT NULL,
    location_id smallint NOT NULL,
    kind smallint NOT NULL,
    delta bigint NOT NULL,
    reason text,
    actor_kind smallint NOT NULL,
    actor_id uuid NOT NULL,
    correlation_id uuid,
    at bigint NOT NULL,
    previous bigint,
    CONSTRAINT stock_entries_kind_check CHECK (((kind >= 1) AND (kind <= 4)))
);
CREATE TABLE orders.holds (
    cart_id uuid NOT NULL,
    product_id bigint NOT NULL,
    units bigint NOT NULL,
    added_at bigint NOT NULL,
    CONSTRAINT holds_units_check CHECK ((units >= 1))
);
CREATE VIEW catalog.ledgers AS
 SELECT p.id AS product_id,
    ( WITH RECURSIVE entries(previous, delta) AS (
                 SELECT e.previous,
                    e.delta
                   FROM (catalog.stock s
                     JOIN catalog.stock_entries e ON ((e.id = s.last_entry)))
                  WHERE (s.product_id = p.id)
                UNION ALL
                 SELECT e.previous,
                    e.delta
                   FROM (entries n
                     JOIN catalog.stock_entries e ON ((e.id = n.previous)))
                )
         SELECT (COALESCE(sum(entries.delta), (0)::numeric))::bigint AS "coalesce"
           FROM entries) AS entered,
    ( SELECT (COALESCE(sum(h.units), (0)::numeric))::bigint AS "coalesce"
           FROM orders.holds h
          WHERE (h.product_id = p.id)) AS held
   FROM catalog.products p;
CREATE TABLE catalog.prices (
    product_id bigint NOT NULL,
    channel smallint NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    CONSTRAINT prices_amount_minor_check CHECK ((amount_minor >= 0))
);
CREATE VIEW catalog.priced_products AS
 SELECT p.id,
    p.public_id,
    p.sku,
    p.former_sku,
    p.name,
    p.description,
    p.image_url,
    p.category_id,
    p.low_stock_threshold,
    p.order_units_most,
    p.caller_units_most,
    p.version,
    p.is_archived,
    p.created_at,
    p.updated_at,
    r.currency,
    r.amount_minor,
    c.slug AS category_slug,
    p.search_folded
   FROM ((catalog.products p
     JOIN catalog.prices r ON (((r.product_id = p.id) AND (r.channel = 1))))
     LEFT JOIN catalog.categories c ON ((c.id = p.category_id)));
ALTER TABLE catalog.stock_entries ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME catalog.stock_entries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE identity.accounts (
    id uuid NOT NULL,
    username text NOT NULL,
    username_folded text NOT NULL,
    email text NOT NULL,
    email_folded text NOT NULL,
    password_hash text NOT NULL COLLATE pg_catalog."C",
    first_name text NOT NULL,
    last_name text NOT NULL,
    role smallint NOT NULL,
    is_active boolean NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    email_confirmed boolean DEFAULT false NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    era bigint DEFAULT 1 NOT NULL,
    era_began_at bigint,
    gone_at bigint,
    username_skeleton text,
    names_folded text DEFAULT ''::text NOT NULL,
    held_until bigint,
    language text,
    CONSTRAINT accounts_role_check CHECK (((role >= 1) AND (role <= 3))),
    CONSTRAINT accounts_version_check CHECK ((version >= 1))
);
CREATE TABLE identity.addresses (
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    created_at bigint NOT NULL,
    postal text NOT NULL,
    updated_at bigint NOT NULL
);
CREATE TABLE identity.api_keys (
    id uuid NOT NULL,
    name text NOT NULL,
    scopes bigint NOT NULL,
    channel text,
    secret text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    used_at bigint,
    revoked_at bigint,
    created_by uuid,
    accepts_unknown boolean DEFAULT false NOT NULL,
    takes_stock boolean DEFAULT true NOT NULL
);
CREATE TABLE identity.factors (
    account_id uuid NOT NULL,
    secret text NOT NULL,
    recovery text NOT NULL,
    last_step bigint NOT NULL,
    confirmed_at bigint,
    created_at bigint NOT NULL
);
CREATE TABLE identity.links (
    account_id uuid NOT NULL,
    purpose smallint NOT NULL,
    secret text NOT NULL,
    email text NOT NULL,
    email_folded text NOT NULL,
    made_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT links_purpose_check CHECK (((purpose >= 1) AND (purpose <= 3)))
);
CREATE TABLE identity.sessions (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    generation bigint NOT NULL,
    rotated_at bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    ended_at bigint,
    era bigint DEFAULT 1 NOT NULL,
    agent text,
    origin text,
    CONSTRAINT sessions_generation_check CHECK ((generation >= 1))
);
CREATE VIEW identity.standings AS
 SELECT session.id,
    session.era
   FROM (identity.sessions session
     JOIN identity.accounts account ON ((account.id = session.account_id)))
  WHERE ((session.ended_at IS NULL) AND (session.era = account.era) AND account.is_active);
CREATE TABLE orders.bought (
    product_id bigint NOT NULL,
    owner_kind smallint NOT NULL,
    owner_id uuid NOT NULL,
    units bigint NOT NULL
);
CREATE TABLE orders.carts (
    id uuid NOT NULL,
    owner_kind smallint NOT NULL,
    opened_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    crowd_id uuid,
    CONSTRAINT carts_owner_kind_check CHECK ((owner_kind = ANY (ARRAY[1, 3])))
);
CREATE TABLE orders.claims (
    order_id uuid NOT NULL,
    holder uuid NOT NULL,
    due_at bigint NOT NULL,
    attempts bigint NOT NULL,
    CONSTRAINT claims_attempts_check CHECK ((attempts >= 0))
)
WITH (fillfactor='50');
CREATE TABLE orders.crowds (
    id uuid NOT NULL,
    units bigint NOT NULL,
    CONSTRAINT crowds_units_check CHECK ((units >= 1))
)
WITH (fillfactor='50');
CREATE TABLE orders.events (
    "position" bigint NOT NULL,
    subject_kind smallint NOT NULL,
    subject_id uuid NOT NULL,
    version bigint,
    kind smallint NOT NULL,
    data text,
    actor_kind smallint NOT NULL,
    actor_id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE orders.figures (
    kind smallint NOT NULL,
    bucket bigint NOT NULL,
    value bigint NOT NULL
)
WITH (fillfactor='50');
CREATE TABLE orders.order_lines (
    order_id uuid NOT NULL,
    line smallint NOT NULL,
    product_id bigint NOT NULL,
    sku text NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    quantity bigint NOT NULL,
    unit_price_minor bigint NOT NULL,
    is_counted boolean DEFAULT false NOT NULL,
    CONSTRAINT order_lines_quantity_check CHECK ((quantity >= 1)),
    CONSTRAINT order_lines_unit_price_minor_check CHECK ((unit_price_minor >= 0))
);
CREATE TABLE orders.orders (
    id uuid NOT NULL,
    number bigint NOT NULL,
    owner_kind smallint NOT NULL,
    owner_id uuid NOT NULL,
    status smallint NOT NULL,
    version bigint NOT NULL,
    currency text NOT NULL,
    total_minor bigint NOT NULL,
    note text NOT NULL,
    idempotency_key text,
    fingerprint uuid,
    once_id uuid,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    processing_started_at bigint,
    processing_completed_at bigint,
    failure_reason text,
    reference text,
    delivery_address text,
    contact text,
    pending_since bigint,
    placed_by_kind smallint,
    placed_by_id uuid,
    channel text,
    handed_over text,
    CONSTRAINT orders_status_check CHECK (((status >= 1) AND (status <= 5))),
    CONSTRAINT orders_total_minor_check CHECK ((total_minor >= 0)),
    CONSTRAINT orders_version_check CHECK ((version >= 1))
);
CREATE TABLE public.refinery_schema_history (
    version integer NOT NULL,
    name character varying(255),
    applied_on character varying(255),
    checksum character varying(255)
);
CREATE TABLE writer.batches (
    id uuid NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE writer.consumers (
    name text NOT NULL,
    "position" bigint NOT NULL,
    holder uuid NOT NULL,
    leased_until bigint NOT NULL,
    seen_at bigint NOT NULL,
    CONSTRAINT consumers_position_check CHECK (("position" >= 0))
);
CREATE TABLE writer.counters (
    name text NOT NULL,
    last bigint NOT NULL
)
WITH (fillfactor='50');
CREATE TABLE writer.feed (
    one smallint NOT NULL,
    epoch text NOT NULL,
    "position" bigint NOT NULL,
    commits bigint NOT NULL,
    CONSTRAINT feed_one_check CHECK ((one = 1))
)
WITH (fillfactor='50');
CREATE TABLE writer.traces (
    caller_kind smallint NOT NULL,
    caller_id uuid NOT NULL,
    idempotency_key text NOT NULL,
    fingerprint uuid NOT NULL,
    kept text NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE writer.trail (
    id bigint NOT NULL,
    kind smallint NOT NULL,
    subject text NOT NULL,
    before text,
    after text,
    actor_kind smallint NOT NULL,
    actor_id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    at bigint NOT NULL
);
ALTER TABLE writer.trail ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME writer.trail_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
INSERT INTO catalog.categories VALUES (1, 'camp', 'Tents', NULL);
INSERT INTO catalog.categories VALUES (2, 'tents', 'Tents', 1);
INSERT INTO catalog.prices VALUES (1, 1, 'EUR', 1000);
INSERT INTO catalog.prices VALUES (2, 1, 'EUR', 250);
INSERT INTO catalog.prices VALUES (4, 1, 'EUR', 500);
INSERT INTO catalog.prices VALUES (3, 1, 'EUR', 99);
INSERT INTO catalog.products VALUES (1, '01a21f25-af94-7464-b724-fc21d6100ec8', 'P-01A21F25AF947464B724FC21D6100EC8', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795818893242884, 1795818893242884, 'mess tin
p-01a21f25af947464b724fc21d6100ec8
holds a pint.', NULL, NULL, NULL, NULL, 1000, 'EUR');
INSERT INTO catalog.products VALUES (2, '01a21f25-afbf-7446-9551-517874390cff', 'P-01A21F25AFBF74469551517874390CFF', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795818893247839, 1795818893247839, 'mess tin
p-01a21f25afbf74469551517874390cff
holds a pint.', NULL, NULL, NULL, NULL, 250, 'EUR');
INSERT INTO catalog.products VALUES (4, '01a21f25-afce-73a7-9017-e9e3fbb521d5', 'P-01A21F25AFCE73A79017E9E3FBB521D5', 'Mess tin', 'Holds a pint.', NULL, 2, 2, false, 1795818893262509, 1795818893265669, 'mess tin
p-01a21f25afce73a79017e9e3fbb521d5
holds a pint.', NULL, NULL, NULL, NULL, 500, 'EUR');
INSERT INTO catalog.products VALUES (3, '01a21f25-afc1-740f-890d-80fbd7235ae6', 'sku:archived:3', 'Mess tin', 'Holds a pint.', NULL, NULL, 3, true, 1795818893249832, 1795818893294998, 'mess tin
p-01a21f25afc1740f890d80fbd7235ae6
holds a pint.', NULL, NULL, 5, 'P-01A21F25AFC1740F890D80FBD7235AE6', 99, 'EUR');
INSERT INTO catalog.stock VALUES (4, 1, 8, 0, 5);
INSERT INTO catalog.stock VALUES (1, 1, 98, 0, 6);
INSERT INTO catalog.stock VALUES (3, 1, 99, 0, 12);
INSERT INTO catalog.stock VALUES (2, 1, 98, 4, 13);
INSERT INTO catalog.stock_entries VALUES (1, 1, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21f25-af94-7464-b724-fc2257f09486', 1795818893242884, 0);
INSERT INTO catalog.stock_entries VALUES (2, 2, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21f25-afbf-7446-9551-5179b7bb99de', 1795818893247839, 0);
INSERT INTO catalog.stock_entries VALUES (3, 3, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21f25-afc1-740f-890d-80fcd24cfb20', 1795818893249832, 0);
INSERT INTO catalog.stock_entries VALUES (4, 4, 1, 1, 7, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21f25-afce-73a7-9017-e9e4c87637f3', 1795818893262509, 0);
INSERT INTO catalog.stock_entries VALUES (5, 4, 1, 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21f25-afd0-768c-8e6a-d409b60f4695', 1795818893264302, 4);
INSERT INTO catalog.stock_entries VALUES (6, 1, 1, 3, -2, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795818893272863, 1);
INSERT INTO catalog.stock_entries VALUES (7, 2, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795818893272863, 2);
INSERT INTO catalog.stock_entries VALUES (8, 2, 1, 3, -4, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795818893275650, 7);
INSERT INTO catalog.stock_entries VALUES (9, 2, 1, 4, 4, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795818893277169, 8);
INSERT INTO catalog.stock_entries VALUES (10, 3, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795818893282740, 3);
INSERT INTO catalog.stock_entries VALUES (11, 3, 1, 4, 1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795818893286433, 10);
INSERT INTO catalog.stock_entries VALUES (12, 3, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795818893288110, 11);
INSERT INTO catalog.stock_entries VALUES (13, 2, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795818893289956, 9);
INSERT INTO identity.accounts VALUES ('00000000-0000-0000-0000-000000000007', 'Ann', 'ann', 'Ann@example.com', 'ann@example.com', '$argon2id$', 'Ada', '', 2, true, 1795818893251796, 1795818893251796, false, 1, 1, NULL, NULL, 'ann', 'ada
', NULL, NULL);
INSERT INTO identity.addresses VALUES ('00000000-0000-0000-0000-000000000007', '00000000-0000-0000-0000-000000000009', 1795818893255450, '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', 1795818893255450);
INSERT INTO identity.api_keys VALUES ('00000000-0000-0000-0000-00000000000a', 'till', 16, NULL, 'secret', 1795818893258294, NULL, NULL, NULL, '00000000-0000-0000-0000-000000000009', false, true);
INSERT INTO identity.factors VALUES ('00000000-0000-0000-0000-000000000007', 'BASE32', 'paper', 0, NULL, 1795818893257424);
INSERT INTO identity.links VALUES ('00000000-0000-0000-0000-000000000007', 2, 'secret', 'Ann@example.com', 'ann@example.com', 1795818893256437, 14410218893256437);
INSERT INTO identity.sessions VALUES ('00000000-0000-0000-0000-000000000008', '00000000-0000-0000-0000-000000000007', 2, 1795818893254525, 1795818893253183, 14410218893254525, NULL, 1, 'a browser', NULL);
INSERT INTO orders.bought VALUES (3, 1, '00000000-0000-0000-0000-000000000007', 1);
INSERT INTO orders.carts VALUES ('00000000-0000-0000-0000-000000000001', 1, 1795818893298878, 1795818893298878, 14410218893298878, NULL);
INSERT INTO orders.carts VALUES ('c21f38c8-6418-89f1-a612-4e2290192d55', 3, 1795818893300656, 1795818893300656, 14410218893300656, 'b3461fe8-ce34-8ff4-8267-16949113d587');
INSERT INTO orders.claims VALUES ('01a21f25-afe9-72fa-991b-ebfdee53a14f', '00000000-0000-0000-0000-000000000003', 1795822493291509, 1);
INSERT INTO orders.crowds VALUES ('b3461fe8-ce34-8ff4-8267-16949113d587', 1);
INSERT INTO orders.events VALUES (1, 2, '00000000-0000-0000-0000-000000000001', 1, 40, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21f25-af94-7464-b724-fc2257f09486', 1795818893242884);
INSERT INTO orders.events VALUES (2, 2, '00000000-0000-0000-0000-000000000002', 1, 40, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21f25-afbf-7446-9551-5179b7bb99de', 1795818893247839);
INSERT INTO orders.events VALUES (3, 2, '00000000-0000-0000-0000-000000000003', 1, 40, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21f25-afc1-740f-890d-80fcd24cfb20', 1795818893249832);
INSERT INTO orders.events VALUES (4, 5, '00000000-0000-0000-0000-000000000007', 1, 60, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21f25-afc3-75d1-936f-a2ac3740efe8', 1795818893251796);
INSERT INTO orders.events VALUES (5, 6, '00000000-0000-0000-0000-00000000000a', NULL, 70, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21f25-afca-767d-ae88-d04b4f5ca3e7', 1795818893258294);
INSERT INTO orders.events VALUES (6, 4, '00000000-0000-0000-0000-000000000001', NULL, 50, '{"v":1,"slug":"camp"}', 1, '00000000-0000-0000-0000-000000000009', '01a21f25-afcb-71d3-bcfe-6d119b19c61e', 1795818893259312);
INSERT INTO orders.events VALUES (7, 4, '00000000-0000-0000-0000-000000000002', NULL, 50, '{"v":1,"slug":"tents"}', 1, '00000000-0000-0000-0000-000000000009', '01a21f25-afcc-76c4-a896-6d0f37030c5b', 1795818893260593);
INSERT INTO orders.events VALUES (8, 2, '00000000-0000-0000-0000-000000000004', 1, 40, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21f25-afce-73a7-9017-e9e4c87637f3', 1795818893262509);
INSERT INTO orders.events VALUES (9, 2, '00000000-0000-0000-0000-000000000004', NULL, 21, '{"v":1,"from":7,"to":8}', 1, '00000000-0000-0000-0000-000000000009', '01a21f25-afd0-768c-8e6a-d409b60f4695', 1795818893264302);
INSERT INTO orders.events VALUES (10, 2, '00000000-0000-0000-0000-000000000004', 2, 41, '{"v":1,"changed":["category"]}', 1, '00000000-0000-0000-0000-000000000009', '01a21f25-afd1-7455-94de-2627c1608436', 1795818893265669);
INSERT INTO orders.events VALUES (11, 2, '00000000-0000-0000-0000-000000000003', 2, 41, '{"v":1,"changed":["caller_units_most"]}', 1, '00000000-0000-0000-0000-000000000009', '01a21f25-afd7-72a6-a2f1-0057aad0bcf3', 1795818893271386);
INSERT INTO orders.events VALUES (12, 1, '01a21f25-afd8-7043-b9cc-608d24de2fcf', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000001', '01a21f25-afd8-7043-b9cc-608eb6270986', 1795818893272863);
INSERT INTO orders.events VALUES (13, 1, '01a21f25-afdb-738f-b5ba-f8b19c6fb751', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a21f25-afdb-738f-b5ba-f8b2ab2d9ee2', 1795818893275650);
INSERT INTO orders.events VALUES (14, 1, '01a21f25-afdb-738f-b5ba-f8b19c6fb751', 2, 4, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a21f25-afdd-72c8-8dea-ebe545ff51cc', 1795818893277169);
INSERT INTO orders.events VALUES (15, 1, '01a21f25-afe2-74b5-9bc8-bfc66ece231b', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21f25-afe2-74b5-9bc8-bfc79c92b35b', 1795818893282740);
INSERT INTO orders.events VALUES (16, 1, '01a21f25-afe2-74b5-9bc8-bfc66ece231b', 2, 2, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21f25-afe5-77b0-aa15-5f77f101aefe', 1795818893285208);
INSERT INTO orders.events VALUES (17, 1, '01a21f25-afe2-74b5-9bc8-bfc66ece231b', 3, 5, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21f25-afe6-725a-9a45-b0eaf06f1f68', 1795818893286433);
INSERT INTO orders.events VALUES (18, 1, '01a21f25-afe2-74b5-9bc8-bfc66ece231b', 4, 6, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21f25-afe7-756a-8dd6-de0cc8f72dae', 1795818893288110);
INSERT INTO orders.events VALUES (19, 1, '01a21f25-afe9-72fa-991b-ebfdee53a14f', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000001', '01a21f25-afe9-72fa-991b-ebfe4455cc62', 1795818893289956);
INSERT INTO orders.events VALUES (20, 1, '01a21f25-afe9-72fa-991b-ebfdee53a14f', 2, 2, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21f25-afeb-7224-9cad-1013666b25a2', 1795818893291509);
INSERT INTO orders.events VALUES (21, 1, '01a21f25-afe2-74b5-9bc8-bfc66ece231b', 5, 7, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21f25-afed-73f4-868b-5ca6d559a7ca', 1795818893293839);
INSERT INTO orders.events VALUES (22, 2, '00000000-0000-0000-0000-000000000003', 3, 42, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21f25-afee-74b6-b999-e4d6cee4aa8c', 1795818893294998);
INSERT INTO orders.figures VALUES (2, 7, 1);
INSERT INTO orders.holds VALUES ('00000000-0000-0000-0000-000000000001', 2, 3, 1795818893298878);
INSERT INTO orders.holds VALUES ('c21f38c8-6418-89f1-a612-4e2290192d55', 2, 1, 1795818893300656);
INSERT INTO orders.order_lines VALUES ('01a21f25-afd8-7043-b9cc-608d24de2fcf', 1, 1, 'P-01A21F25AF947464B724FC21D6100EC8', 'Mess tin', 'Holds a pint.', 2, 1000, false);
INSERT INTO orders.order_lines VALUES ('01a21f25-afd8-7043-b9cc-608d24de2fcf', 2, 2, 'P-01A21F25AFBF74469551517874390CFF', 'Mess tin', 'Holds a pint.', 1, 250, false);
INSERT INTO orders.order_lines VALUES ('01a21f25-afdb-738f-b5ba-f8b19c6fb751', 1, 2, 'P-01A21F25AFBF74469551517874390CFF', 'Mess tin', 'Holds a pint.', 4, 250, false);
INSERT INTO orders.order_lines VALUES ('01a21f25-afe2-74b5-9bc8-bfc66ece231b', 1, 3, 'P-01A21F25AFC1740F890D80FBD7235AE6', 'Mess tin', 'Holds a pint.', 1, 99, true);
INSERT INTO orders.order_lines VALUES ('01a21f25-afe9-72fa-991b-ebfdee53a14f', 1, 2, 'P-01A21F25AFBF74469551517874390CFF', 'Mess tin', 'Holds a pint.', 1, 250, false);
INSERT INTO orders.orders VALUES ('01a21f25-afd8-7043-b9cc-608d24de2fcf', 1, 1, '00000000-0000-0000-0000-000000000001', 1, 1, 'EUR', 2250, '', 'kept', '008424f8-efdd-c67e-f7a2-5fc996e4e275', 'c83cf365-bb78-af90-a535-46a0bdbc80f9', 1795818893272863, 1795818893272863, NULL, NULL, NULL, NULL, NULL, NULL, 1795818893272863, NULL, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a21f25-afdb-738f-b5ba-f8b19c6fb751', 2, 1, '00000000-0000-0000-0000-000000000002', 4, 2, 'EUR', 1000, '', NULL, NULL, NULL, 1795818893275650, 1795818893277169, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a21f25-afe9-72fa-991b-ebfdee53a14f', 4, 1, '00000000-0000-0000-0000-000000000001', 2, 2, 'EUR', 250, '', NULL, NULL, NULL, 1795818893289956, 1795818893291509, 1795818893291509, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a21f25-afe2-74b5-9bc8-bfc66ece231b', 3, 1, '00000000-0000-0000-0000-000000000007', 1, 5, 'EUR', 99, 'ring', 'delivered', '9796307e-1371-977c-ed12-98298ccd87ba', '5662c47f-1959-df18-9c24-c09941013950', 1795818893282740, 1795818893293839, NULL, NULL, NULL, 'PO-1', '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', '{"phone":"+353 1"}', 1795818893288110, 1, '00000000-0000-0000-0000-000000000009', NULL, NULL);
INSERT INTO public.refinery_schema_history VALUES (1, 'foundation', '2026-11-27T22:34:53.098502258Z', '6467867800885423345');
INSERT INTO public.refinery_schema_history VALUES (2, 'people', '2026-11-27T22:34:53.123829913Z', '9139341371454135502');
INSERT INTO public.refinery_schema_history VALUES (3, 'places', '2026-11-27T22:34:53.138663811Z', '3664346519670716714');
INSERT INTO public.refinery_schema_history VALUES (4, 'held', '2026-11-27T22:34:53.14245421Z', '11084016189441942037');
INSERT INTO public.refinery_schema_history VALUES (5, 'shelf', '2026-11-27T22:34:53.144556749Z', '7696496667043570105');
INSERT INTO public.refinery_schema_history VALUES (6, 'baskets', '2026-11-27T22:34:53.154574136Z', '12554793556705887687');
INSERT INTO public.refinery_schema_history VALUES (7, 'links', '2026-11-27T22:34:53.163985707Z', '3338318388446559034');
INSERT INTO public.refinery_schema_history VALUES (8, 'holders', '2026-11-27T22:34:53.1741548Z', '9455261854645875360');
INSERT INTO public.refinery_schema_history VALUES (9, 'flow', '2026-11-27T22:34:53.175056156Z', '2062773708444828940');
INSERT INTO writer.batches VALUES ('01a21f25-afba-770c-96d5-f33b49bf89ee', 1795818893242884);
INSERT INTO writer.batches VALUES ('01a21f25-afbf-7446-9551-517a819fc743', 1795818893247839);
INSERT INTO writer.batches VALUES ('01a21f25-afc1-740f-890d-80fd9195e27d', 1795818893249832);
INSERT INTO writer.batches VALUES ('01a21f25-afc3-75d1-936f-a2ad269d3ee5', 1795818893251796);
INSERT INTO writer.batches VALUES ('01a21f25-afc5-763c-8d13-51216ca26971', 1795818893253183);
INSERT INTO writer.batches VALUES ('01a21f25-afc6-74de-a5e0-1a5642f585d0', 1795818893254525);
INSERT INTO writer.batches VALUES ('01a21f25-afc7-73db-85d3-3a02cd8349d3', 1795818893255450);
INSERT INTO writer.batches VALUES ('01a21f25-afc8-7746-9b9e-c13c88c570d0', 1795818893256437);
INSERT INTO writer.batches VALUES ('01a21f25-afc9-72d7-89d8-6332504307fb', 1795818893257424);
INSERT INTO writer.batches VALUES ('01a21f25-afca-767d-ae88-d04c8edf79ce', 1795818893258294);
INSERT INTO writer.batches VALUES ('01a21f25-afcb-71d3-bcfe-6d12ee7e9e0b', 1795818893259312);
INSERT INTO writer.batches VALUES ('01a21f25-afcc-76c4-a896-6d104b602cab', 1795818893260593);
INSERT INTO writer.batches VALUES ('01a21f25-afcd-7070-ad0f-0ef1a992da29', 1795818893261559);
INSERT INTO writer.batches VALUES ('01a21f25-afce-73a7-9017-e9e523218bd3', 1795818893262509);
INSERT INTO writer.batches VALUES ('01a21f25-afd0-768c-8e6a-d40af710bdf4', 1795818893264302);
INSERT INTO writer.batches VALUES ('01a21f25-afd1-7455-94de-2628ef40e57e', 1795818893265669);
INSERT INTO writer.batches VALUES ('01a21f25-afd7-72a6-a2f1-00589001757a', 1795818893271386);
INSERT INTO writer.batches VALUES ('01a21f25-afd8-7043-b9cc-608ffd175e94', 1795818893272863);
INSERT INTO writer.batches VALUES ('01a21f25-afdb-738f-b5ba-f8b3b1df1fbe', 1795818893275650);
INSERT INTO writer.batches VALUES ('01a21f25-afdd-72c8-8dea-ebe6ec507ea6', 1795818893277169);
INSERT INTO writer.batches VALUES ('01a21f25-afe2-74b5-9bc8-bfc8792819f5', 1795818893282740);
INSERT INTO writer.batches VALUES ('01a21f25-afe5-77b0-aa15-5f7836fbb04d', 1795818893285208);
INSERT INTO writer.batches VALUES ('01a21f25-afe6-725a-9a45-b0eb00119cbc', 1795818893286433);
INSERT INTO writer.batches VALUES ('01a21f25-afe7-756a-8dd6-de0dfe5c095a', 1795818893288110);
INSERT INTO writer.batches VALUES ('01a21f25-afe9-72fa-991b-ebffe83ab4af', 1795818893289956);
INSERT INTO writer.batches VALUES ('01a21f25-afeb-7224-9cad-101444fd9c51', 1795818893291509);
INSERT INTO writer.batches VALUES ('01a21f25-afec-73ed-94d6-9b0fc900ddc8', 1795818893292744);
INSERT INTO writer.batches VALUES ('01a21f25-afed-73f4-868b-5ca758e3ea56', 1795818893293839);
INSERT INTO writer.batches VALUES ('01a21f25-afee-74b6-b999-e4d7e01b32e4', 1795818893294998);
INSERT INTO writer.batches VALUES ('01a21f25-aff2-752c-b25c-d1662f586284', 1795818893298878);
INSERT INTO writer.batches VALUES ('01a21f25-aff4-71c5-90cf-022f81888940', 1795818893300656);
INSERT INTO writer.consumers VALUES ('search', 0, '00000000-0000-0000-0000-000000000001', 1795818893292745, 1795818893292744);
INSERT INTO writer.counters VALUES ('categories', 2);
INSERT INTO writer.counters VALUES ('products', 4);
INSERT INTO writer.counters VALUES ('orders', 4);
INSERT INTO writer.feed VALUES (1, 'd13d5ac2', 22, 31);
INSERT INTO writer.traces VALUES (0, '00000000-0000-0000-0000-000000000000', 'created', '710a4d7e-384d-a339-e511-a19720e139c1', '1 [{"id":4,"public_id":"01a21f25-afce-73a7-9017-e9e3fbb521d5","sku":"P-01A21F25AFCE73A79017E9E3FBB521D5","name":"Mess tin","description":"Holds a pint.","image_url":null,"price":{"minor":500,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"is_archived":false,"created_at":1795818893262509,"updated_at":1795818893262509},{"on_hand":7,"reserved":0}]', 1795818893262509);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (1, 20, 'product:1', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"10.00","sku":"P-01A21F25AF947464B724FC21D6100EC8"}', 0, '00000000-0000-0000-0000-000000000000', '01a21f25-af94-7464-b724-fc2257f09486', 1795818893242884);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (2, 20, 'product:2', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"2.50","sku":"P-01A21F25AFBF74469551517874390CFF"}', 0, '00000000-0000-0000-0000-000000000000', '01a21f25-afbf-7446-9551-5179b7bb99de', 1795818893247839);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (3, 20, 'product:3', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"0.99","sku":"P-01A21F25AFC1740F890D80FBD7235AE6"}', 0, '00000000-0000-0000-0000-000000000000', '01a21f25-afc1-740f-890d-80fcd24cfb20', 1795818893249832);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (4, 1, 'customer:00000000-0000-0000-0000-000000000007', NULL, '{"email":"Ann@example.com","email_confirmed":false,"first_name":"Ada","is_active":true,"language":null,"last_name":"","role":"staff","username":"Ann"}', 0, '00000000-0000-0000-0000-000000000000', '01a21f25-afc3-75d1-936f-a2ac3740efe8', 1795818893251796);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (5, 10, 'api_key:00000000-0000-0000-0000-00000000000a', NULL, '{"channel":null,"expires_at":null,"is_revoked":false,"name":"till","scopes":["intake"]}', 1, '00000000-0000-0000-0000-000000000009', '01a21f25-afca-767d-ae88-d04b4f5ca3e7', 1795818893258294);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (6, 30, 'category:camp', NULL, '{"name":"Tents","parent":null,"slug":"camp"}', 1, '00000000-0000-0000-0000-000000000009', '01a21f25-afcb-71d3-bcfe-6d119b19c61e', 1795818893259312);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (7, 30, 'category:tents', NULL, '{"name":"Tents","parent":1,"slug":"tents"}', 1, '00000000-0000-0000-0000-000000000009', '01a21f25-afcc-76c4-a896-6d0f37030c5b', 1795818893260593);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (8, 20, 'product:4', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"5.00","sku":"P-01A21F25AFCE73A79017E9E3FBB521D5"}', 0, '00000000-0000-0000-0000-000000000000', '01a21f25-afce-73a7-9017-e9e4c87637f3', 1795818893262509);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (9, 40, 'product:4', '{"on_hand":7}', '{"on_hand":8}', 1, '00000000-0000-0000-0000-000000000009', '01a21f25-afd0-768c-8e6a-d409b60f4695', 1795818893264302);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (10, 21, 'product:4', '{"category":null}', '{"category":"tents"}', 1, '00000000-0000-0000-0000-000000000009', '01a21f25-afd1-7455-94de-2627c1608436', 1795818893265669);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (11, 21, 'product:3', '{"caller_units_most":null}', '{"caller_units_most":5}', 1, '00000000-0000-0000-0000-000000000009', '01a21f25-afd7-72a6-a2f1-0057aad0bcf3', 1795818893271386);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (12, 22, 'product:3', '{"is_archived":false}', '{"is_archived":true}', 1, '00000000-0000-0000-0000-000000000009', '01a21f25-afee-74b6-b999-e4d6cee4aa8c', 1795818893294998);
SELECT pg_catalog.setval('catalog.stock_entries_id_seq', 13, true);
SELECT pg_catalog.setval('writer.trail_id_seq', 12, true);
ALTER TABLE ONLY catalog.categories
    ADD CONSTRAINT categories_pkey PRIMARY KEY (id);
ALTER TABLE ONLY catalog.categories
    ADD CONSTRAINT categories_slug_key UNIQUE (slug);
ALTER TABLE ONLY catalog.prices
    ADD CONSTRAINT prices_pkey PRIMARY KEY (product_id, channel, currency);
ALTER TABLE ONLY catalog.products
    ADD CONSTRAINT products_pkey PRIMARY KEY (id);
ALTER TABLE ONLY catalog.products
    ADD CONSTRAINT products_public_id_key UNIQUE (public_id);
ALTER TABLE ONLY catalog.products
    ADD CONSTRAINT products_sku_key UNIQUE (sku);
ALTER TABLE ONLY catalog.stock_entries
    ADD CONSTRAINT stock_entries_pkey PRIMARY KEY (id);
ALTER TABLE ONLY catalog.stock
    ADD CONSTRAINT stock_pkey PRIMARY KEY (product_id, location_id);
ALTER TABLE ONLY identity.accounts
    ADD CONSTRAINT accounts_email_folded_key UNIQUE (email_folded);
ALTER TABLE ONLY identity.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY identity.accounts
    ADD CONSTRAINT accounts_username_folded_key UNIQUE (username_folded);
ALTER TABLE ONLY identity.addresses
    ADD CONSTRAINT addresses_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY identity.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY identity.factors
    ADD CONSTRAINT factors_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY identity.links
    ADD CONSTRAINT links_pkey PRIMARY KEY (account_id, purpose);
ALTER TABLE ONLY identity.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY orders.bought
    ADD CONSTRAINT bought_pkey PRIMARY KEY (product_id, owner_kind, owner_id);
ALTER TABLE ONLY orders.carts
    ADD CONSTRAINT carts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY orders.claims
    ADD CONSTRAINT claims_pkey PRIMARY KEY (order_id);
ALTER TABLE ONLY orders.crowds
    ADD CONSTRAINT crowds_pkey PRIMARY KEY (id);
ALTER TABLE ONLY orders.events
    ADD CONSTRAINT events_pkey PRIMARY KEY ("position");
ALTER TABLE ONLY orders.events
    ADD CONSTRAINT events_subject_id_version_key UNIQUE (subject_id, version);
ALTER TABLE ONLY orders.figures
    ADD CONSTRAINT figures_pkey PRIMARY KEY (kind, bucket);
ALTER TABLE ONLY orders.holds
    ADD CONSTRAINT holds_pkey PRIMARY KEY (cart_id, product_id);
ALTER TABLE ONLY orders.order_lines
    ADD CONSTRAINT order_lines_pkey PRIMARY KEY (order_id, line);
ALTER TABLE ONLY orders.orders
    ADD CONSTRAINT orders_number_key UNIQUE (number);
ALTER TABLE ONLY orders.orders
    ADD CONSTRAINT orders_once_id_key UNIQUE (once_id);
ALTER TABLE ONLY orders.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.refinery_schema_history
    ADD CONSTRAINT refinery_schema_history_pkey PRIMARY KEY (version);
ALTER TABLE ONLY writer.batches
    ADD CONSTRAINT batches_pkey PRIMARY KEY (id);
ALTER TABLE ONLY writer.consumers
    ADD CONSTRAINT consumers_pkey PRIMARY KEY (name);
ALTER TABLE ONLY writer.counters
    ADD CONSTRAINT counters_pkey PRIMARY KEY (name);
ALTER TABLE ONLY writer.feed
    ADD CONSTRAINT feed_pkey PRIMARY KEY (one);
ALTER TABLE ONLY writer.traces
    ADD CONSTRAINT traces_pkey PRIMARY KEY (caller_kind, caller_id, idempotency_key);
ALTER TABLE ONLY writer.trail
    ADD CONSTRAINT trail_pkey PRIMARY KEY (id);
CREATE INDEX categories_by_parent ON catalog.categories USING btree (parent_id);
CREATE INDEX products_by_category ON catalog.products USING btree (category_id, id);
CREATE INDEX products_by_category_name ON catalog.products USING btree (category_id, name, id) WHERE (category_id IS NOT NULL);
CREATE INDEX products_by_category_price ON catalog.products USING btree (category_id, own_price_minor, id) WHERE (category_id IS NOT NULL);
CREATE INDEX products_by_name ON catalog.products USING btree (name, id) WHERE (NOT is_archived);
CREATE INDEX products_by_price ON catalog.products USING btree (own_price_minor, id) WHERE (NOT is_archived);
CREATE INDEX products_by_threshold ON catalog.products USING btree (id) WHERE (low_stock_threshold IS NOT NULL);
CREATE INDEX products_listed ON catalog.products USING btree (id) WHERE (NOT is_archived);
CREATE INDEX accounts_by_age ON identity.accounts USING btree (created_at, id);
CREATE INDEX accounts_by_era ON identity.accounts USING btree (era_began_at) WHERE (era_began_at IS NOT NULL);
CREATE UNIQUE INDEX accounts_by_skeleton ON identity.accounts USING btree (username_skeleton);
CREATE INDEX accounts_disabled ON identity.accounts USING btree (updated_at) WHERE (is_active = false);
CREATE INDEX accounts_foreign_hashes ON identity.accounts USING btree (password_hash) WHERE ((substr(password_hash, 1, 31) <> '$argon2id$v=19$m=19456,t=2,p=1$'::text) AND (password_hash <> ''::text));
CREATE INDEX accounts_held ON identity.accounts USING btree (held_until, id) WHERE (held_until IS NOT NULL);
CREATE INDEX api_keys_by_end ON identity.api_keys USING btree (revoked_at) WHERE (revoked_at IS NOT NULL);
CREATE INDEX api_keys_by_maker ON identity.api_keys USING btree (created_by) WHERE (created_by IS NOT NULL);
CREATE INDEX links_by_expiry ON identity.links USING btree (expires_at);
CREATE INDEX sessions_by_account ON identity.sessions USING btree (account_id, id);
CREATE INDEX sessions_by_end ON identity.sessions USING btree (ended_at) WHERE (ended_at IS NOT NULL);
CREATE INDEX sessions_by_expiry ON identity.sessions USING btree (expires_at);
CREATE INDEX sessions_open ON identity.sessions USING btree (account_id) WHERE (ended_at IS NULL);
CREATE INDEX carts_by_expiry ON orders.carts USING btree (expires_at);
CREATE INDEX claims_by_time ON orders.claims USING btree (due_at);
CREATE INDEX holds_by_product ON orders.holds USING btree (product_id, cart_id);
CREATE INDEX orders_by_owner ON orders.orders USING btree (owner_kind, owner_id, number);
CREATE INDEX orders_by_reference ON orders.orders USING btree (reference) WHERE (reference IS NOT NULL);
CREATE INDEX orders_handed ON orders.orders USING btree (number) WHERE (channel IS NOT NULL);
CREATE INDEX orders_pending ON orders.orders USING btree (pending_since) WHERE (pending_since IS NOT NULL);
CREATE INDEX orders_personal ON orders.orders USING btree (created_at, id) WHERE ((delivery_address IS NOT NULL) OR (contact IS NOT NULL) OR (note <> ''::text) OR (failure_reason IS NOT NULL) OR (handed_over IS NOT NULL));
CREATE INDEX batches_by_time ON writer.batches USING btree (at);
CREATE INDEX consumers_by_sight ON writer.consumers USING btree (seen_at);
CREATE INDEX traces_by_time ON writer.traces USING btree (at);
CREATE INDEX trail_by_actor ON writer.trail USING btree (actor_kind, actor_id, id);
CREATE INDEX trail_by_subject ON writer.trail USING btree (subject, id);
CREATE INDEX trail_by_time ON writer.trail USING btree (at);
CREATE TRIGGER stock_entries_linked BEFORE INSERT ON catalog.stock_entries FOR EACH ROW WHEN ((new.previous IS NULL)) EXECUTE FUNCTION catalog.link_entry();
CREATE TRIGGER stock_entries_unlinked AFTER DELETE ON catalog.stock_entries REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION catalog.unlink_entries();
CREATE TRIGGER stock_kept BEFORE DELETE ON catalog.stock FOR EACH ROW EXECUTE FUNCTION catalog.keep_shelf();
ALTER TABLE ONLY catalog.categories
    ADD CONSTRAINT categories_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES catalog.categories(id);
ALTER TABLE ONLY catalog.prices
    ADD CONSTRAINT prices_product_id_fkey FOREIGN KEY (product_id) REFERENCES catalog.products(id);
ALTER TABLE ONLY catalog.products
    ADD CONSTRAINT products_category_id_fkey FOREIGN KEY (category_id) REFERENCES catalog.categories(id);
ALTER TABLE ONLY catalog.stock
    ADD CONSTRAINT stock_product_id_fkey FOREIGN KEY (product_id) REFERENCES catalog.products(id);
ALTER TABLE ONLY identity.addresses
    ADD CONSTRAINT addresses_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);
ALTER TABLE ONLY identity.factors
    ADD CONSTRAINT factors_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);
ALTER TABLE ONLY identity.links
    ADD CONSTRAINT links_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);
ALTER TABLE ONLY identity.sessions
    ADD CONSTRAINT sessions_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);
