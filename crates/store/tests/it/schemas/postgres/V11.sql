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
    since bigint DEFAULT 0 NOT NULL,
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
CREATE TABLE writer.oldest (
    one smallint NOT NULL,
    schema integer NOT NULL,
    CONSTRAINT oldest_one_check CHECK ((one = 1))
);
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
INSERT INTO catalog.products VALUES (1, '01a2224a-a314-7369-8bc1-178b8db37265', 'P-01A2224AA31473698BC1178B8DB37265', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795871646630551, 1795871646630551, 'mess tin
p-01a2224aa31473698bc1178b8db37265
holds a pint.', NULL, NULL, NULL, NULL, 1000, 'EUR');
INSERT INTO catalog.products VALUES (2, '01a2224a-a3c1-7201-b054-b01a13143445', 'P-01A2224AA3C17201B054B01A13143445', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795871646659702, 1795871646659702, 'mess tin
p-01a2224aa3c17201b054b01a13143445
holds a pint.', NULL, NULL, NULL, NULL, 250, 'EUR');
INSERT INTO catalog.products VALUES (4, '01a2224a-a45b-75d1-8576-2631ec71e6f1', 'P-01A2224AA45B75D185762631EC71E6F1', 'Mess tin', 'Holds a pint.', NULL, 2, 2, false, 1795871646814403, 1795871646830206, 'mess tin
p-01a2224aa45b75d185762631ec71e6f1
holds a pint.', NULL, NULL, NULL, NULL, 500, 'EUR');
INSERT INTO catalog.products VALUES (3, '01a2224a-a3ce-7704-bf48-a52698950274', 'sku:archived:3', 'Mess tin', 'Holds a pint.', NULL, NULL, 3, true, 1795871646671310, 1795871646934660, 'mess tin
p-01a2224aa3ce7704bf48a52698950274
holds a pint.', NULL, NULL, 5, 'P-01A2224AA3CE7704BF48A52698950274', 99, 'EUR');
INSERT INTO catalog.stock VALUES (4, 1, 8, 0, 5);
INSERT INTO catalog.stock VALUES (1, 1, 98, 0, 6);
INSERT INTO catalog.stock VALUES (3, 1, 99, 0, 12);
INSERT INTO catalog.stock VALUES (2, 1, 98, 4, 13);
INSERT INTO catalog.stock_entries VALUES (1, 1, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a2224a-a314-7369-8bc1-178c45f2c93b', 1795871646630551, 0);
INSERT INTO catalog.stock_entries VALUES (2, 2, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a2224a-a3c1-7201-b054-b01b0ab45003', 1795871646659702, 0);
INSERT INTO catalog.stock_entries VALUES (3, 3, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a2224a-a3ce-7704-bf48-a527c2bff801', 1795871646671310, 0);
INSERT INTO catalog.stock_entries VALUES (4, 4, 1, 1, 7, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a2224a-a45b-75d1-8576-263222ded970', 1795871646814403, 0);
INSERT INTO catalog.stock_entries VALUES (5, 4, 1, 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a2224a-a465-7746-b9ae-663eb179ed83', 1795871646822350, 4);
INSERT INTO catalog.stock_entries VALUES (6, 1, 1, 3, -2, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795871646842576, 1);
INSERT INTO catalog.stock_entries VALUES (7, 2, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795871646842576, 2);
INSERT INTO catalog.stock_entries VALUES (8, 2, 1, 3, -4, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795871646853902, 7);
INSERT INTO catalog.stock_entries VALUES (9, 2, 1, 4, 4, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795871646858643, 8);
INSERT INTO catalog.stock_entries VALUES (10, 3, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795871646865646, 3);
INSERT INTO catalog.stock_entries VALUES (11, 3, 1, 4, 1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795871646885304, 10);
INSERT INTO catalog.stock_entries VALUES (12, 3, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795871646894651, 11);
INSERT INTO catalog.stock_entries VALUES (13, 2, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795871646903215, 9);
INSERT INTO identity.accounts VALUES ('00000000-0000-0000-0000-000000000007', 'Ann', 'ann', 'Ann@example.com', 'ann@example.com', '$argon2id$', 'Ada', '', 2, true, 1795871646680312, 1795871646680312, false, 1, 1, NULL, NULL, 'ann', 'ada
', NULL, NULL);
INSERT INTO identity.addresses VALUES ('00000000-0000-0000-0000-000000000007', '00000000-0000-0000-0000-000000000009', 1795871646728858, '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', 1795871646728858);
INSERT INTO identity.api_keys VALUES ('00000000-0000-0000-0000-00000000000a', 'till', 16, NULL, 'secret', 1795871646774775, NULL, NULL, NULL, '00000000-0000-0000-0000-000000000009', false, true);
INSERT INTO identity.factors VALUES ('00000000-0000-0000-0000-000000000007', 'BASE32', 'paper', 0, NULL, 1795871646746737);
INSERT INTO identity.links VALUES ('00000000-0000-0000-0000-000000000007', 2, 'secret', 'Ann@example.com', 'ann@example.com', 1795871646731999, 14410271646731999);
INSERT INTO identity.sessions VALUES ('00000000-0000-0000-0000-000000000008', '00000000-0000-0000-0000-000000000007', 2, 1795871646722847, 1795871646707162, 14410271646722847, NULL, 1, 'a browser', NULL);
INSERT INTO orders.bought VALUES (3, 1, '00000000-0000-0000-0000-000000000007', 1);
INSERT INTO orders.carts VALUES ('00000000-0000-0000-0000-000000000001', 1, 1795871646938899, 1795871646938899, 14410271646938899, NULL);
INSERT INTO orders.carts VALUES ('c21f38c8-6418-89f1-a612-4e2290192d55', 3, 1795871646943101, 1795871646943101, 14410271646943101, 'b3461fe8-ce34-8ff4-8267-16949113d587');
INSERT INTO orders.claims VALUES ('01a2224a-a4b4-7746-8f97-ebcf22d607e9', '00000000-0000-0000-0000-000000000003', 1795875246915364, 1, 1795871646915364);
INSERT INTO orders.crowds VALUES ('b3461fe8-ce34-8ff4-8267-16949113d587', 1);
INSERT INTO orders.events VALUES (1, 2, '00000000-0000-0000-0000-000000000001', 1, 40, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a2224a-a314-7369-8bc1-178c45f2c93b', 1795871646630551);
INSERT INTO orders.events VALUES (2, 2, '00000000-0000-0000-0000-000000000002', 1, 40, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a2224a-a3c1-7201-b054-b01b0ab45003', 1795871646659702);
INSERT INTO orders.events VALUES (3, 2, '00000000-0000-0000-0000-000000000003', 1, 40, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a2224a-a3ce-7704-bf48-a527c2bff801', 1795871646671310);
INSERT INTO orders.events VALUES (4, 5, '00000000-0000-0000-0000-000000000007', 1, 60, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a2224a-a3d3-761a-9cb6-d86e4f0f2f3b', 1795871646680312);
INSERT INTO orders.events VALUES (5, 6, '00000000-0000-0000-0000-00000000000a', NULL, 70, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a2224a-a429-72da-8ef9-e1d9822122f9', 1795871646774775);
INSERT INTO orders.events VALUES (6, 4, '00000000-0000-0000-0000-000000000001', NULL, 50, '{"v":1,"slug":"camp"}', 1, '00000000-0000-0000-0000-000000000009', '01a2224a-a43c-7537-9261-c90c27f12425', 1795871646780707);
INSERT INTO orders.events VALUES (7, 4, '00000000-0000-0000-0000-000000000002', NULL, 50, '{"v":1,"slug":"tents"}', 1, '00000000-0000-0000-0000-000000000009', '01a2224a-a43f-76f0-9e15-aca37a800cac', 1795871646794775);
INSERT INTO orders.events VALUES (8, 2, '00000000-0000-0000-0000-000000000004', 1, 40, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a2224a-a45b-75d1-8576-263222ded970', 1795871646814403);
INSERT INTO orders.events VALUES (9, 2, '00000000-0000-0000-0000-000000000004', NULL, 21, '{"v":1,"from":7,"to":8}', 1, '00000000-0000-0000-0000-000000000009', '01a2224a-a465-7746-b9ae-663eb179ed83', 1795871646822350);
INSERT INTO orders.events VALUES (10, 2, '00000000-0000-0000-0000-000000000004', 2, 41, '{"v":1,"changed":["category"]}', 1, '00000000-0000-0000-0000-000000000009', '01a2224a-a46d-76a8-a066-9a30fb3357c6', 1795871646830206);
INSERT INTO orders.events VALUES (11, 2, '00000000-0000-0000-0000-000000000003', 2, 41, '{"v":1,"changed":["caller_units_most"]}', 1, '00000000-0000-0000-0000-000000000009', '01a2224a-a475-71d1-8453-002c53473cb8', 1795871646838248);
INSERT INTO orders.events VALUES (12, 1, '01a2224a-a478-7600-b01d-342aefbf442b', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000001', '01a2224a-a478-7600-b01d-342ba13e0bc2', 1795871646842576);
INSERT INTO orders.events VALUES (13, 1, '01a2224a-a485-73c8-b994-3794f9bd5638', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a2224a-a485-73c8-b994-3795d5039c69', 1795871646853902);
INSERT INTO orders.events VALUES (14, 1, '01a2224a-a485-73c8-b994-3794f9bd5638', 2, 4, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a2224a-a489-7465-894b-a1a4ad77a63e', 1795871646858643);
INSERT INTO orders.events VALUES (15, 1, '01a2224a-a490-736e-bdfb-4fdfe5bd428f', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a2224a-a490-736e-bdfb-4fe0f01e9041', 1795871646865646);
INSERT INTO orders.events VALUES (16, 1, '01a2224a-a490-736e-bdfb-4fdfe5bd428f', 2, 2, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a2224a-a49f-7484-a8ea-240047318cf8', 1795871646880097);
INSERT INTO orders.events VALUES (17, 1, '01a2224a-a490-736e-bdfb-4fdfe5bd428f', 3, 5, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a2224a-a4a5-71f4-af26-9fb5304d4931', 1795871646885304);
INSERT INTO orders.events VALUES (18, 1, '01a2224a-a490-736e-bdfb-4fdfe5bd428f', 4, 6, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a2224a-a4ab-750d-9246-050924234b40', 1795871646894651);
INSERT INTO orders.events VALUES (19, 1, '01a2224a-a4b4-7746-8f97-ebcf22d607e9', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000001', '01a2224a-a4b4-7746-8f97-ebd090eeca90', 1795871646903215);
INSERT INTO orders.events VALUES (20, 1, '01a2224a-a4b4-7746-8f97-ebcf22d607e9', 2, 2, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a2224a-a4c2-70f9-b8e2-61bbf13b9b0f', 1795871646915364);
INSERT INTO orders.events VALUES (21, 1, '01a2224a-a490-736e-bdfb-4fdfe5bd428f', 5, 7, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a2224a-a4cb-724d-90c1-af079dea165c', 1795871646923943);
INSERT INTO orders.events VALUES (22, 2, '00000000-0000-0000-0000-000000000003', 3, 42, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a2224a-a4d3-73f5-b08b-98e6b763dcd8', 1795871646934660);
INSERT INTO orders.figures VALUES (2, 7, 1);
INSERT INTO orders.holds VALUES ('00000000-0000-0000-0000-000000000001', 2, 3, 1795871646938899);
INSERT INTO orders.holds VALUES ('c21f38c8-6418-89f1-a612-4e2290192d55', 2, 1, 1795871646943101);
INSERT INTO orders.order_lines VALUES ('01a2224a-a478-7600-b01d-342aefbf442b', 1, 1, 'P-01A2224AA31473698BC1178B8DB37265', 'Mess tin', 'Holds a pint.', 2, 1000, false);
INSERT INTO orders.order_lines VALUES ('01a2224a-a478-7600-b01d-342aefbf442b', 2, 2, 'P-01A2224AA3C17201B054B01A13143445', 'Mess tin', 'Holds a pint.', 1, 250, false);
INSERT INTO orders.order_lines VALUES ('01a2224a-a485-73c8-b994-3794f9bd5638', 1, 2, 'P-01A2224AA3C17201B054B01A13143445', 'Mess tin', 'Holds a pint.', 4, 250, false);
INSERT INTO orders.order_lines VALUES ('01a2224a-a490-736e-bdfb-4fdfe5bd428f', 1, 3, 'P-01A2224AA3CE7704BF48A52698950274', 'Mess tin', 'Holds a pint.', 1, 99, true);
INSERT INTO orders.order_lines VALUES ('01a2224a-a4b4-7746-8f97-ebcf22d607e9', 1, 2, 'P-01A2224AA3C17201B054B01A13143445', 'Mess tin', 'Holds a pint.', 1, 250, false);
INSERT INTO orders.orders VALUES ('01a2224a-a478-7600-b01d-342aefbf442b', 1, 1, '00000000-0000-0000-0000-000000000001', 1, 1, 'EUR', 2250, '', 'kept', '008424f8-efdd-c67e-f7a2-5fc996e4e275', 'c83cf365-bb78-af90-a535-46a0bdbc80f9', 1795871646842576, 1795871646842576, NULL, NULL, NULL, NULL, NULL, NULL, 1795871646842576, NULL, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a2224a-a485-73c8-b994-3794f9bd5638', 2, 1, '00000000-0000-0000-0000-000000000002', 4, 2, 'EUR', 1000, '', NULL, NULL, NULL, 1795871646853902, 1795871646858643, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a2224a-a4b4-7746-8f97-ebcf22d607e9', 4, 1, '00000000-0000-0000-0000-000000000001', 2, 2, 'EUR', 250, '', NULL, NULL, NULL, 1795871646903215, 1795871646915364, 1795871646915364, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a2224a-a490-736e-bdfb-4fdfe5bd428f', 3, 1, '00000000-0000-0000-0000-000000000007', 1, 5, 'EUR', 99, 'ring', 'delivered', '9796307e-1371-977c-ed12-98298ccd87ba', '5662c47f-1959-df18-9c24-c09941013950', 1795871646865646, 1795871646923943, NULL, NULL, NULL, 'PO-1', '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', '{"phone":"+353 1"}', 1795871646894651, 1, '00000000-0000-0000-0000-000000000009', NULL, NULL);
INSERT INTO public.refinery_schema_history VALUES (1, 'foundation', '2026-11-28T13:13:54.617349693Z', '6467867800885423345');
INSERT INTO public.refinery_schema_history VALUES (2, 'people', '2026-11-28T13:13:54.707589133Z', '9139341371454135502');
INSERT INTO public.refinery_schema_history VALUES (3, 'places', '2026-11-28T13:13:54.760227327Z', '3664346519670716714');
INSERT INTO public.refinery_schema_history VALUES (4, 'held', '2026-11-28T13:13:54.776145817Z', '11084016189441942037');
INSERT INTO public.refinery_schema_history VALUES (5, 'shelf', '2026-11-28T13:13:54.785103163Z', '7696496667043570105');
INSERT INTO public.refinery_schema_history VALUES (6, 'baskets', '2026-11-28T13:13:54.820254857Z', '12554793556705887687');
INSERT INTO public.refinery_schema_history VALUES (7, 'links', '2026-11-28T13:13:54.844812746Z', '3338318388446559034');
INSERT INTO public.refinery_schema_history VALUES (8, 'holders', '2026-11-28T13:13:54.864577728Z', '9455261854645875360');
INSERT INTO public.refinery_schema_history VALUES (9, 'flow', '2026-11-28T13:13:54.868098079Z', '2062773708444828940');
INSERT INTO public.refinery_schema_history VALUES (10, 'clocks', '2026-11-28T13:13:54.88989958Z', '1723942667738208110');
INSERT INTO public.refinery_schema_history VALUES (11, 'oldest', '2026-11-28T13:13:54.893438356Z', '1077984875147593049');
INSERT INTO writer.batches VALUES ('01a2224a-a3a5-773f-827b-1f73621a4e87', 1795871646630551);
INSERT INTO writer.batches VALUES ('01a2224a-a3c1-7201-b054-b01c330b14e5', 1795871646659702);
INSERT INTO writer.batches VALUES ('01a2224a-a3ce-7704-bf48-a5283298774e', 1795871646671310);
INSERT INTO writer.batches VALUES ('01a2224a-a3d3-761a-9cb6-d86f528e7577', 1795871646680312);
INSERT INTO writer.batches VALUES ('01a2224a-a3f2-7629-bd1d-6a17ed448fb8', 1795871646707162);
INSERT INTO writer.batches VALUES ('01a2224a-a3fe-7573-b3e4-f3baf3b8fabd', 1795871646722847);
INSERT INTO writer.batches VALUES ('01a2224a-a408-734b-b33b-c3452c673230', 1795871646728858);
INSERT INTO writer.batches VALUES ('01a2224a-a40b-7084-802e-380144d6da2b', 1795871646731999);
INSERT INTO writer.batches VALUES ('01a2224a-a416-7077-8219-f4ce9479c6be', 1795871646746737);
INSERT INTO writer.batches VALUES ('01a2224a-a429-72da-8ef9-e1dae076135f', 1795871646774775);
INSERT INTO writer.batches VALUES ('01a2224a-a43c-7537-9261-c90d7dc435e6', 1795871646780707);
INSERT INTO writer.batches VALUES ('01a2224a-a43f-76f0-9e15-aca4ae980af3', 1795871646794775);
INSERT INTO writer.batches VALUES ('01a2224a-a451-772b-a642-c5badbe6566f', 1795871646806781);
INSERT INTO writer.batches VALUES ('01a2224a-a45b-75d1-8576-263338fafd89', 1795871646814403);
INSERT INTO writer.batches VALUES ('01a2224a-a466-71de-80e5-fc091ff48d43', 1795871646822350);
INSERT INTO writer.batches VALUES ('01a2224a-a46d-76a8-a066-9a3136cb04e4', 1795871646830206);
INSERT INTO writer.batches VALUES ('01a2224a-a475-71d1-8453-002d4178edc4', 1795871646838248);
INSERT INTO writer.batches VALUES ('01a2224a-a478-7600-b01d-342c4e6f69a2', 1795871646842576);
INSERT INTO writer.batches VALUES ('01a2224a-a485-73c8-b994-379686e6a219', 1795871646853902);
INSERT INTO writer.batches VALUES ('01a2224a-a489-7465-894b-a1a59615faeb', 1795871646858643);
INSERT INTO writer.batches VALUES ('01a2224a-a491-7587-ba3a-f520cd115f67', 1795871646865646);
INSERT INTO writer.batches VALUES ('01a2224a-a49f-7484-a8ea-2401ead5516e', 1795871646880097);
INSERT INTO writer.batches VALUES ('01a2224a-a4a5-71f4-af26-9fb64b96d041', 1795871646885304);
INSERT INTO writer.batches VALUES ('01a2224a-a4ab-750d-9246-050a019ef215', 1795871646894651);
INSERT INTO writer.batches VALUES ('01a2224a-a4b6-7080-b87e-165e85de7e8c', 1795871646903215);
INSERT INTO writer.batches VALUES ('01a2224a-a4c2-70f9-b8e2-61bca1e42eac', 1795871646915364);
INSERT INTO writer.batches VALUES ('01a2224a-a4c9-73c3-80ff-a3f621cf77cf', 1795871646921775);
INSERT INTO writer.batches VALUES ('01a2224a-a4cb-724d-90c1-af0845583f27', 1795871646923943);
INSERT INTO writer.batches VALUES ('01a2224a-a4d3-73f5-b08b-98e74d66978f', 1795871646934660);
INSERT INTO writer.batches VALUES ('01a2224a-a4da-706b-afa5-ef1c6e5673d1', 1795871646938899);
INSERT INTO writer.batches VALUES ('01a2224a-a4de-7620-8924-ba4a95a17779', 1795871646943101);
INSERT INTO writer.consumers VALUES ('search', 0, '00000000-0000-0000-0000-000000000001', 1795871646921776, 1795871646921775);
INSERT INTO writer.counters VALUES ('categories', 2);
INSERT INTO writer.counters VALUES ('products', 4);
INSERT INTO writer.counters VALUES ('orders', 4);
INSERT INTO writer.feed VALUES (1, '43ffbc95', 22, 31);
INSERT INTO writer.oldest VALUES (1, 10);
INSERT INTO writer.traces VALUES (0, '00000000-0000-0000-0000-000000000000', 'created', '710a4d7e-384d-a339-e511-a19720e139c1', '1 [{"id":4,"public_id":"01a2224a-a45b-75d1-8576-2631ec71e6f1","sku":"P-01A2224AA45B75D185762631EC71E6F1","name":"Mess tin","description":"Holds a pint.","image_url":null,"price":{"minor":500,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"is_archived":false,"created_at":1795871646814403,"updated_at":1795871646814403},{"on_hand":7,"reserved":0}]', 1795871646814403);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (1, 20, 'product:1', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"10.00","sku":"P-01A2224AA31473698BC1178B8DB37265"}', 0, '00000000-0000-0000-0000-000000000000', '01a2224a-a314-7369-8bc1-178c45f2c93b', 1795871646630551);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (2, 20, 'product:2', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"2.50","sku":"P-01A2224AA3C17201B054B01A13143445"}', 0, '00000000-0000-0000-0000-000000000000', '01a2224a-a3c1-7201-b054-b01b0ab45003', 1795871646659702);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (3, 20, 'product:3', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"0.99","sku":"P-01A2224AA3CE7704BF48A52698950274"}', 0, '00000000-0000-0000-0000-000000000000', '01a2224a-a3ce-7704-bf48-a527c2bff801', 1795871646671310);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (4, 1, 'customer:00000000-0000-0000-0000-000000000007', NULL, '{"email":"Ann@example.com","email_confirmed":false,"first_name":"Ada","is_active":true,"language":null,"last_name":"","role":"staff","username":"Ann"}', 0, '00000000-0000-0000-0000-000000000000', '01a2224a-a3d3-761a-9cb6-d86e4f0f2f3b', 1795871646680312);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (5, 10, 'api_key:00000000-0000-0000-0000-00000000000a', NULL, '{"channel":null,"expires_at":null,"is_revoked":false,"name":"till","scopes":["intake"]}', 1, '00000000-0000-0000-0000-000000000009', '01a2224a-a429-72da-8ef9-e1d9822122f9', 1795871646774775);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (6, 30, 'category:camp', NULL, '{"name":"Tents","parent":null,"slug":"camp"}', 1, '00000000-0000-0000-0000-000000000009', '01a2224a-a43c-7537-9261-c90c27f12425', 1795871646780707);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (7, 30, 'category:tents', NULL, '{"name":"Tents","parent":1,"slug":"tents"}', 1, '00000000-0000-0000-0000-000000000009', '01a2224a-a43f-76f0-9e15-aca37a800cac', 1795871646794775);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (8, 20, 'product:4', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"5.00","sku":"P-01A2224AA45B75D185762631EC71E6F1"}', 0, '00000000-0000-0000-0000-000000000000', '01a2224a-a45b-75d1-8576-263222ded970', 1795871646814403);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (9, 40, 'product:4', '{"on_hand":7}', '{"on_hand":8}', 1, '00000000-0000-0000-0000-000000000009', '01a2224a-a465-7746-b9ae-663eb179ed83', 1795871646822350);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (10, 21, 'product:4', '{"category":null}', '{"category":"tents"}', 1, '00000000-0000-0000-0000-000000000009', '01a2224a-a46d-76a8-a066-9a30fb3357c6', 1795871646830206);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (11, 21, 'product:3', '{"caller_units_most":null}', '{"caller_units_most":5}', 1, '00000000-0000-0000-0000-000000000009', '01a2224a-a475-71d1-8453-002c53473cb8', 1795871646838248);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (12, 22, 'product:3', '{"is_archived":false}', '{"is_archived":true}', 1, '00000000-0000-0000-0000-000000000009', '01a2224a-a4d3-73f5-b08b-98e6b763dcd8', 1795871646934660);
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
ALTER TABLE ONLY writer.oldest
    ADD CONSTRAINT oldest_pkey PRIMARY KEY (one);
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
CREATE INDEX claims_by_taking ON orders.claims USING btree (since);
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
