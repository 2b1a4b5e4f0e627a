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
    CONSTRAINT stock_entries_kind_check CHECK (((kind >= 1) AND (kind <= 4)))
);
CREATE VIEW catalog.ledgers AS
 SELECT p.id AS product_id,
    ( SELECT (COALESCE(sum(e.delta), (0)::numeric))::bigint AS "coalesce"
           FROM catalog.stock_entries e
          WHERE (e.product_id = p.id)) AS entered,
    (0)::bigint AS held
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
CREATE TABLE catalog.stock (
    product_id bigint NOT NULL,
    location_id smallint NOT NULL,
    on_hand bigint NOT NULL,
    reserved bigint NOT NULL,
    CONSTRAINT stock_check CHECK (((reserved >= 0) AND (reserved <= on_hand)))
)
WITH (fillfactor='50');
ALTER TABLE catalog.stock_entries ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
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
    created_by uuid
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
INSERT INTO catalog.products VALUES (1, '01a21a76-bcdb-719b-a7e6-5556951bf0b5', 'P-01A21A76BCDB719BA7E65556951BF0B5', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795740319033879, 1795740319033879, 'mess tin
p-01a21a76bcdb719ba7e65556951bf0b5
holds a pint.', NULL, NULL, NULL, NULL, 1000);
INSERT INTO catalog.products VALUES (2, '01a21a76-bd41-70f9-970e-ff20a6b7a1ce', 'P-01A21A76BD4170F9970EFF20A6B7A1CE', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795740319042141, 1795740319042141, 'mess tin
p-01a21a76bd4170f9970eff20a6b7a1ce
holds a pint.', NULL, NULL, NULL, NULL, 250);
INSERT INTO catalog.products VALUES (4, '01a21a76-bd62-768a-87e9-c7254693bedc', 'P-01A21A76BD62768A87E9C7254693BEDC', 'Mess tin', 'Holds a pint.', NULL, 2, 2, false, 1795740319075164, 1795740319080978, 'mess tin
p-01a21a76bd62768a87e9c7254693bedc
holds a pint.', NULL, NULL, NULL, NULL, 500);
INSERT INTO catalog.products VALUES (3, '01a21a76-bd45-754d-b0d7-78f1a92779c5', 'sku:archived:3', 'Mess tin', 'Holds a pint.', NULL, NULL, 3, true, 1795740319045955, 1795740319110582, 'mess tin
p-01a21a76bd45754db0d778f1a92779c5
holds a pint.', NULL, NULL, 5, 'P-01A21A76BD45754DB0D778F1A92779C5', 99);
INSERT INTO catalog.stock VALUES (4, 1, 8, 0);
INSERT INTO catalog.stock VALUES (1, 1, 98, 0);
INSERT INTO catalog.stock VALUES (2, 1, 99, 0);
INSERT INTO catalog.stock VALUES (3, 1, 99, 0);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21a76-bcdb-719b-a7e6-5557d8676551', 1795740319033879);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (2, 2, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21a76-bd41-70f9-970e-ff21e12ba1eb', 1795740319042141);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (3, 3, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21a76-bd45-754d-b0d7-78f2f99d2303', 1795740319045955);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (4, 4, 1, 1, 7, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21a76-bd62-768a-87e9-c726d56d5168', 1795740319075164);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (5, 4, 1, 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21a76-bd66-73d6-99d1-f836fd7c6f0f', 1795740319078713);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (6, 1, 1, 3, -2, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795740319087792);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (7, 2, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795740319087792);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (8, 2, 1, 3, -4, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795740319095102);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (9, 2, 1, 4, 4, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795740319097000);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (10, 3, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795740319099397);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (11, 3, 1, 4, 1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795740319104720);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (12, 3, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795740319107542);
INSERT INTO identity.accounts VALUES ('00000000-0000-0000-0000-000000000007', 'Ann', 'ann', 'Ann@example.com', 'ann@example.com', '$argon2id$', 'Ada', '', 2, true, 1795740319048482, 1795740319048482, false, 1, 1, NULL, NULL, 'ann', 'ada
', NULL);
INSERT INTO identity.addresses VALUES ('00000000-0000-0000-0000-000000000007', '00000000-0000-0000-0000-000000000009', 1795740319060906, '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', 1795740319060906);
INSERT INTO identity.api_keys VALUES ('00000000-0000-0000-0000-00000000000a', 'till', 16, NULL, 'secret', 1795740319066122, NULL, NULL, NULL, '00000000-0000-0000-0000-000000000009');
INSERT INTO identity.factors VALUES ('00000000-0000-0000-0000-000000000007', 'BASE32', 'paper', 0, NULL, 1795740319064508);
INSERT INTO identity.links VALUES ('00000000-0000-0000-0000-000000000007', 2, 'secret', 'Ann@example.com', 'ann@example.com', 1795740319062672, 14410140319062672);
INSERT INTO identity.sessions VALUES ('00000000-0000-0000-0000-000000000008', '00000000-0000-0000-0000-000000000007', 2, 1795740319059495, 1795740319057750, 14410140319059495, NULL, 1, 'a browser', NULL);
INSERT INTO orders.bought VALUES (3, 1, '00000000-0000-0000-0000-000000000002', 1);
INSERT INTO orders.events VALUES (1, 1, '01a21a76-bd6f-7746-b49a-5323c21e44da', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000001', '01a21a76-bd6f-7746-b49a-5324fafe6c98', 1795740319087792);
INSERT INTO orders.events VALUES (2, 1, '01a21a76-bd76-71f3-ab58-adb30a1d253a', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a21a76-bd76-71f3-ab58-adb45fe47a53', 1795740319095102);
INSERT INTO orders.events VALUES (3, 1, '01a21a76-bd76-71f3-ab58-adb30a1d253a', 2, 4, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a21a76-bd78-74a9-b9a9-b0109c1fe5b2', 1795740319097000);
INSERT INTO orders.events VALUES (4, 1, '01a21a76-bd7b-7480-b19f-523abd33d8e3', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a21a76-bd7b-7480-b19f-523bf9411c28', 1795740319099397);
INSERT INTO orders.events VALUES (5, 1, '01a21a76-bd7b-7480-b19f-523abd33d8e3', 2, 2, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21a76-bd7e-707f-a45d-5064386fe3f6', 1795740319102996);
INSERT INTO orders.events VALUES (6, 1, '01a21a76-bd7b-7480-b19f-523abd33d8e3', 3, 5, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21a76-bd80-70e8-b50d-0ba5d93a5a36', 1795740319104720);
INSERT INTO orders.events VALUES (7, 1, '01a21a76-bd7b-7480-b19f-523abd33d8e3', 4, 6, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21a76-bd83-752b-9fe7-7a12673d8a5d', 1795740319107542);
INSERT INTO orders.order_lines VALUES ('01a21a76-bd6f-7746-b49a-5323c21e44da', 1, 1, 'P-01A21A76BCDB719BA7E65556951BF0B5', 'Mess tin', 'Holds a pint.', 2, 1000, false);
INSERT INTO orders.order_lines VALUES ('01a21a76-bd6f-7746-b49a-5323c21e44da', 2, 2, 'P-01A21A76BD4170F9970EFF20A6B7A1CE', 'Mess tin', 'Holds a pint.', 1, 250, false);
INSERT INTO orders.order_lines VALUES ('01a21a76-bd76-71f3-ab58-adb30a1d253a', 1, 2, 'P-01A21A76BD4170F9970EFF20A6B7A1CE', 'Mess tin', 'Holds a pint.', 4, 250, false);
INSERT INTO orders.order_lines VALUES ('01a21a76-bd7b-7480-b19f-523abd33d8e3', 1, 3, 'P-01A21A76BD45754DB0D778F1A92779C5', 'Mess tin', 'Holds a pint.', 1, 99, true);
INSERT INTO orders.orders VALUES ('01a21a76-bd6f-7746-b49a-5323c21e44da', 1, 1, '00000000-0000-0000-0000-000000000001', 1, 1, 'EUR', 2250, '', 'kept', '008424f8-efdd-c67e-f7a2-5fc996e4e275', 'c83cf365-bb78-af90-a535-46a0bdbc80f9', 1795740319087792, 1795740319087792, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a21a76-bd76-71f3-ab58-adb30a1d253a', 2, 1, '00000000-0000-0000-0000-000000000002', 4, 2, 'EUR', 1000, '', NULL, NULL, NULL, 1795740319095102, 1795740319097000, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a21a76-bd7b-7480-b19f-523abd33d8e3', 3, 1, '00000000-0000-0000-0000-000000000002', 1, 4, 'EUR', 99, '', NULL, NULL, NULL, 1795740319099397, 1795740319107542, NULL, NULL, NULL);
INSERT INTO public.refinery_schema_history VALUES (1, 'foundation', '2026-11-27T00:45:18.670024753Z', '6467867800885423345');
INSERT INTO public.refinery_schema_history VALUES (2, 'people', '2026-11-27T00:45:18.773601364Z', '9139341371454135502');
INSERT INTO public.refinery_schema_history VALUES (3, 'places', '2026-11-27T00:45:18.841540794Z', '3664346519670716714');
INSERT INTO public.refinery_schema_history VALUES (4, 'held', '2026-11-27T00:45:18.84856521Z', '11084016189441942037');
INSERT INTO public.refinery_schema_history VALUES (5, 'shelf', '2026-11-27T00:45:18.89346433Z', '15148620531468070245');
INSERT INTO writer.batches VALUES ('01a21a76-bd39-76ce-90c7-45217b87c74d', 1795740319033879);
INSERT INTO writer.batches VALUES ('01a21a76-bd41-70f9-970e-ff22b59d67df', 1795740319042141);
INSERT INTO writer.batches VALUES ('01a21a76-bd45-754d-b0d7-78f3b6f8fb83', 1795740319045955);
INSERT INTO writer.batches VALUES ('01a21a76-bd47-756c-9ffa-e532e4e11ab1', 1795740319048482);
INSERT INTO writer.batches VALUES ('01a21a76-bd51-73b7-addb-db5fa0102f61', 1795740319057750);
INSERT INTO writer.batches VALUES ('01a21a76-bd53-72e6-bb1a-13b7ede193d1', 1795740319059495);
INSERT INTO writer.batches VALUES ('01a21a76-bd54-741b-91d4-15fded9e80d4', 1795740319060906);
INSERT INTO writer.batches VALUES ('01a21a76-bd56-7731-933e-536923f718f7', 1795740319062672);
INSERT INTO writer.batches VALUES ('01a21a76-bd58-724e-817a-be3667b69aa4', 1795740319064508);
INSERT INTO writer.batches VALUES ('01a21a76-bd59-767c-93b2-b8739f0df68a', 1795740319066122);
INSERT INTO writer.batches VALUES ('01a21a76-bd5d-740c-ac83-9fcf9474d878', 1795740319069930);
INSERT INTO writer.batches VALUES ('01a21a76-bd5f-7799-a26c-c701dc9ff162', 1795740319071987);
INSERT INTO writer.batches VALUES ('01a21a76-bd61-75b1-a3c8-cc1442acc26b', 1795740319073531);
INSERT INTO writer.batches VALUES ('01a21a76-bd62-768a-87e9-c727729cf451', 1795740319075164);
INSERT INTO writer.batches VALUES ('01a21a76-bd66-73d6-99d1-f837a2c090ed', 1795740319078713);
INSERT INTO writer.batches VALUES ('01a21a76-bd68-7340-ae0f-f0ca5ff0d50b', 1795740319080978);
INSERT INTO writer.batches VALUES ('01a21a76-bd6d-77aa-9ac1-5d732ce63bd1', 1795740319085371);
INSERT INTO writer.batches VALUES ('01a21a76-bd6f-7746-b49a-5325988c9337', 1795740319087792);
INSERT INTO writer.batches VALUES ('01a21a76-bd76-71f3-ab58-adb5cb00c058', 1795740319095102);
INSERT INTO writer.batches VALUES ('01a21a76-bd78-74a9-b9a9-b011faaa61e6', 1795740319097000);
INSERT INTO writer.batches VALUES ('01a21a76-bd7b-7480-b19f-523c1c5180e6', 1795740319099397);
INSERT INTO writer.batches VALUES ('01a21a76-bd7e-707f-a45d-5065b2e79f75', 1795740319102996);
INSERT INTO writer.batches VALUES ('01a21a76-bd80-70e8-b50d-0ba68736c872', 1795740319104720);
INSERT INTO writer.batches VALUES ('01a21a76-bd83-752b-9fe7-7a13cd6fc590', 1795740319107542);
INSERT INTO writer.batches VALUES ('01a21a76-bd86-7255-801f-a10f51ccace4', 1795740319110582);
INSERT INTO writer.consumers VALUES ('search', 0, '00000000-0000-0000-0000-000000000001', 1795740319073532, 1795740319073531);
INSERT INTO writer.counters VALUES ('categories', 2);
INSERT INTO writer.counters VALUES ('products', 4);
INSERT INTO writer.counters VALUES ('orders', 3);
INSERT INTO writer.feed VALUES (1, '0a81a228', 7, 25);
INSERT INTO writer.traces VALUES (0, '00000000-0000-0000-0000-000000000000', 'created', '710a4d7e-384d-a339-e511-a19720e139c1', '1 [{"id":4,"public_id":"01a21a76-bd62-768a-87e9-c7254693bedc","sku":"P-01A21A76BD62768A87E9C7254693BEDC","name":"Mess tin","description":"Holds a pint.","image_url":null,"price":{"minor":500,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"is_archived":false,"created_at":1795740319075164,"updated_at":1795740319075164},{"on_hand":7,"reserved":0}]', 1795740319075164);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (1, 20, 'product:1', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"10.00","sku":"P-01A21A76BCDB719BA7E65556951BF0B5"}', 0, '00000000-0000-0000-0000-000000000000', '01a21a76-bcdb-719b-a7e6-5557d8676551', 1795740319033879);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (2, 20, 'product:2', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"2.50","sku":"P-01A21A76BD4170F9970EFF20A6B7A1CE"}', 0, '00000000-0000-0000-0000-000000000000', '01a21a76-bd41-70f9-970e-ff21e12ba1eb', 1795740319042141);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (3, 20, 'product:3', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"0.99","sku":"P-01A21A76BD45754DB0D778F1A92779C5"}', 0, '00000000-0000-0000-0000-000000000000', '01a21a76-bd45-754d-b0d7-78f2f99d2303', 1795740319045955);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (4, 1, 'customer:00000000-0000-0000-0000-000000000007', NULL, '{"email":"Ann@example.com","email_confirmed":false,"first_name":"Ada","is_active":true,"last_name":"","role":"staff","username":"Ann"}', 0, '00000000-0000-0000-0000-000000000000', '01a21a76-bd47-756c-9ffa-e531a5e35f56', 1795740319048482);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (5, 10, 'api_key:00000000-0000-0000-0000-00000000000a', NULL, '{"channel":null,"expires_at":null,"is_revoked":false,"name":"till","scopes":["intake"]}', 1, '00000000-0000-0000-0000-000000000009', '01a21a76-bd59-767c-93b2-b8721bb182a4', 1795740319066122);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (6, 30, 'category:camp', NULL, '{"name":"Tents","parent":null,"slug":"camp"}', 1, '00000000-0000-0000-0000-000000000009', '01a21a76-bd5d-740c-ac83-9fce0b5fa5aa', 1795740319069930);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (7, 30, 'category:tents', NULL, '{"name":"Tents","parent":1,"slug":"tents"}', 1, '00000000-0000-0000-0000-000000000009', '01a21a76-bd5f-7799-a26c-c700d4fef6c6', 1795740319071987);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (8, 20, 'product:4', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"5.00","sku":"P-01A21A76BD62768A87E9C7254693BEDC"}', 0, '00000000-0000-0000-0000-000000000000', '01a21a76-bd62-768a-87e9-c726d56d5168', 1795740319075164);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (9, 40, 'product:4', '{"on_hand":7}', '{"on_hand":8}', 1, '00000000-0000-0000-0000-000000000009', '01a21a76-bd66-73d6-99d1-f836fd7c6f0f', 1795740319078713);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (10, 21, 'product:4', '{"category":null}', '{"category":"tents"}', 1, '00000000-0000-0000-0000-000000000009', '01a21a76-bd68-7340-ae0f-f0c951524c17', 1795740319080978);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (11, 21, 'product:3', '{"caller_units_most":null}', '{"caller_units_most":5}', 1, '00000000-0000-0000-0000-000000000009', '01a21a76-bd6d-77aa-9ac1-5d727af55cb5', 1795740319085371);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (12, 22, 'product:3', '{"is_archived":false}', '{"is_archived":true}', 1, '00000000-0000-0000-0000-000000000009', '01a21a76-bd86-7255-801f-a10ee512c7ee', 1795740319110582);
SELECT pg_catalog.setval('catalog.stock_entries_id_seq', 12, true);
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
    ADD CONSTRAINT stock_entries_pkey PRIMARY KEY (product_id, id);
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
ALTER TABLE ONLY orders.events
    ADD CONSTRAINT events_pkey PRIMARY KEY ("position");
ALTER TABLE ONLY orders.events
    ADD CONSTRAINT events_subject_id_version_key UNIQUE (subject_id, version);
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
CREATE INDEX orders_by_owner ON orders.orders USING btree (owner_kind, owner_id, number);
CREATE INDEX batches_by_time ON writer.batches USING btree (at);
CREATE INDEX consumers_by_sight ON writer.consumers USING btree (seen_at);
CREATE INDEX traces_by_time ON writer.traces USING btree (at);
CREATE INDEX trail_by_actor ON writer.trail USING btree (actor_kind, actor_id, id);
CREATE INDEX trail_by_subject ON writer.trail USING btree (subject, id);
CREATE INDEX trail_by_time ON writer.trail USING btree (at);
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
