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
INSERT INTO catalog.products VALUES (1, '01a21a55-c7b4-7199-a0f4-265acc6058e2', 'P-01A21A55C7B47199A0F4265ACC6058E2', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795738159142396, 1795738159142396, 'mess tin
p-01a21a55c7b47199a0f4265acc6058e2
holds a pint.', NULL, NULL, NULL, NULL, 1000);
INSERT INTO catalog.products VALUES (2, '01a21a55-c82b-71fa-bbbe-b9a06da39619', 'P-01A21A55C82B71FABBBEB9A06DA39619', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795738159148210, 1795738159148210, 'mess tin
p-01a21a55c82b71fabbbeb9a06da39619
holds a pint.', NULL, NULL, NULL, NULL, 250);
INSERT INTO catalog.products VALUES (4, '01a21a55-c83f-73a3-b369-f35e71d032a6', 'P-01A21A55C83F73A3B369F35E71D032A6', 'Mess tin', 'Holds a pint.', NULL, 2, 2, false, 1795738159168163, 1795738159172624, 'mess tin
p-01a21a55c83f73a3b369f35e71d032a6
holds a pint.', NULL, NULL, NULL, NULL, 500);
INSERT INTO catalog.products VALUES (3, '01a21a55-c82e-7411-8bda-44fe13dd59df', 'sku:archived:3', 'Mess tin', 'Holds a pint.', NULL, NULL, 3, true, 1795738159150728, 1795738159193728, 'mess tin
p-01a21a55c82e74118bda44fe13dd59df
holds a pint.', NULL, NULL, 5, 'P-01A21A55C82E74118BDA44FE13DD59DF', 99);
INSERT INTO catalog.stock VALUES (4, 1, 8, 0);
INSERT INTO catalog.stock VALUES (1, 1, 98, 0);
INSERT INTO catalog.stock VALUES (2, 1, 99, 0);
INSERT INTO catalog.stock VALUES (3, 1, 99, 0);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21a55-c7b4-7199-a0f4-265b1a9cfc8a', 1795738159142396);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (2, 2, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21a55-c82b-71fa-bbbe-b9a1760aaf95', 1795738159148210);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (3, 3, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21a55-c82e-7411-8bda-44ffd109b07d', 1795738159150728);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (4, 4, 1, 1, 7, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21a55-c83f-73a3-b369-f35f2c392344', 1795738159168163);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (5, 4, 1, 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21a55-c842-72b3-b0a5-cae07f4df185', 1795738159170565);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (6, 1, 1, 3, -2, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795738159176492);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (7, 2, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795738159176492);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (8, 2, 1, 3, -4, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795738159179750);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (9, 2, 1, 4, 4, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795738159181873);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (10, 3, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795738159183983);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (11, 3, 1, 4, 1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795738159187886);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (12, 3, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795738159190482);
INSERT INTO identity.accounts VALUES ('00000000-0000-0000-0000-000000000007', 'Ann', 'ann', 'Ann@example.com', 'ann@example.com', '$argon2id$', 'Ada', '', 2, true, 1795738159152691, 1795738159152691, false, 1, 1, NULL, NULL, 'ann', 'ada
', NULL);
INSERT INTO identity.addresses VALUES ('00000000-0000-0000-0000-000000000007', '00000000-0000-0000-0000-000000000009', 1795738159157910, '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', 1795738159157910);
INSERT INTO identity.api_keys VALUES ('00000000-0000-0000-0000-00000000000a', 'till', 16, NULL, 'secret', 1795738159162277, NULL, NULL, NULL, '00000000-0000-0000-0000-000000000009');
INSERT INTO identity.factors VALUES ('00000000-0000-0000-0000-000000000007', 'BASE32', 'paper', 0, NULL, 1795738159160812);
INSERT INTO identity.links VALUES ('00000000-0000-0000-0000-000000000007', 2, 'secret', 'Ann@example.com', 'ann@example.com', 1795738159159366, 14410138159159366);
INSERT INTO identity.sessions VALUES ('00000000-0000-0000-0000-000000000008', '00000000-0000-0000-0000-000000000007', 2, 1795738159156396, 1795738159154706, 14410138159156396, NULL, 1, 'a browser', NULL);
INSERT INTO orders.bought VALUES (3, 1, '00000000-0000-0000-0000-000000000002', 1);
INSERT INTO orders.events VALUES (1, 1, '01a21a55-c848-73c2-ab95-32eac89d12d4', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000001', '01a21a55-c848-73c2-ab95-32eb9dd06e0e', 1795738159176492);
INSERT INTO orders.events VALUES (2, 1, '01a21a55-c84b-7495-9652-979827264485', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a21a55-c84b-7495-9652-97995df9016d', 1795738159179750);
INSERT INTO orders.events VALUES (3, 1, '01a21a55-c84b-7495-9652-979827264485', 2, 4, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a21a55-c84d-72b7-91eb-0befac3435e7', 1795738159181873);
INSERT INTO orders.events VALUES (4, 1, '01a21a55-c84f-71ae-ae43-3ae8384570b0', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a21a55-c84f-71ae-ae43-3ae9baa7e026', 1795738159183983);
INSERT INTO orders.events VALUES (5, 1, '01a21a55-c84f-71ae-ae43-3ae8384570b0', 2, 2, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21a55-c852-72e1-9b3d-2cf6384db24e', 1795738159186525);
INSERT INTO orders.events VALUES (6, 1, '01a21a55-c84f-71ae-ae43-3ae8384570b0', 3, 5, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21a55-c853-7156-aabc-70bfa2f3bbf0', 1795738159187886);
INSERT INTO orders.events VALUES (7, 1, '01a21a55-c84f-71ae-ae43-3ae8384570b0', 4, 6, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21a55-c856-7085-849e-53f2d8ca2634', 1795738159190482);
INSERT INTO orders.order_lines VALUES ('01a21a55-c848-73c2-ab95-32eac89d12d4', 1, 1, 'P-01A21A55C7B47199A0F4265ACC6058E2', 'Mess tin', 'Holds a pint.', 2, 1000);
INSERT INTO orders.order_lines VALUES ('01a21a55-c848-73c2-ab95-32eac89d12d4', 2, 2, 'P-01A21A55C82B71FABBBEB9A06DA39619', 'Mess tin', 'Holds a pint.', 1, 250);
INSERT INTO orders.order_lines VALUES ('01a21a55-c84b-7495-9652-979827264485', 1, 2, 'P-01A21A55C82B71FABBBEB9A06DA39619', 'Mess tin', 'Holds a pint.', 4, 250);
INSERT INTO orders.order_lines VALUES ('01a21a55-c84f-71ae-ae43-3ae8384570b0', 1, 3, 'P-01A21A55C82E74118BDA44FE13DD59DF', 'Mess tin', 'Holds a pint.', 1, 99);
INSERT INTO orders.orders VALUES ('01a21a55-c848-73c2-ab95-32eac89d12d4', 1, 1, '00000000-0000-0000-0000-000000000001', 1, 1, 'EUR', 2250, '', 'kept', '008424f8-efdd-c67e-f7a2-5fc996e4e275', 'c83cf365-bb78-af90-a535-46a0bdbc80f9', 1795738159176492, 1795738159176492, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a21a55-c84b-7495-9652-979827264485', 2, 1, '00000000-0000-0000-0000-000000000002', 4, 2, 'EUR', 1000, '', NULL, NULL, NULL, 1795738159179750, 1795738159181873, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a21a55-c84f-71ae-ae43-3ae8384570b0', 3, 1, '00000000-0000-0000-0000-000000000002', 1, 4, 'EUR', 99, '', NULL, NULL, NULL, 1795738159183983, 1795738159190482, NULL, NULL, NULL);
INSERT INTO public.refinery_schema_history VALUES (1, 'foundation', '2026-11-27T00:09:18.804062039Z', '6467867800885423345');
INSERT INTO public.refinery_schema_history VALUES (2, 'people', '2026-11-27T00:09:18.933606572Z', '9139341371454135502');
INSERT INTO public.refinery_schema_history VALUES (3, 'places', '2026-11-27T00:09:18.986862719Z', '3664346519670716714');
INSERT INTO public.refinery_schema_history VALUES (4, 'held', '2026-11-27T00:09:18.991232693Z', '11084016189441942037');
INSERT INTO public.refinery_schema_history VALUES (5, 'shelf', '2026-11-27T00:09:18.995476177Z', '10663548480972184734');
INSERT INTO writer.batches VALUES ('01a21a55-c824-724d-87f2-c4ce131e09f1', 1795738159142396);
INSERT INTO writer.batches VALUES ('01a21a55-c82b-71fa-bbbe-b9a2b0dcbc75', 1795738159148210);
INSERT INTO writer.batches VALUES ('01a21a55-c82e-7411-8bda-4500b0c8b39e', 1795738159150728);
INSERT INTO writer.batches VALUES ('01a21a55-c830-7182-a723-665e710309b9', 1795738159152691);
INSERT INTO writer.batches VALUES ('01a21a55-c832-7775-95aa-ae8fb0447481', 1795738159154706);
INSERT INTO writer.batches VALUES ('01a21a55-c834-706a-afc4-47054fd4019c', 1795738159156396);
INSERT INTO writer.batches VALUES ('01a21a55-c835-714f-8dc8-7bd250ede0a0', 1795738159157910);
INSERT INTO writer.batches VALUES ('01a21a55-c837-72fe-a83f-76cb1baeb24e', 1795738159159366);
INSERT INTO writer.batches VALUES ('01a21a55-c838-779e-8b43-75911565d2ae', 1795738159160812);
INSERT INTO writer.batches VALUES ('01a21a55-c83a-77e1-872a-bf5ea03cc201', 1795738159162277);
INSERT INTO writer.batches VALUES ('01a21a55-c83b-7386-857c-8fdf5fc912cd', 1795738159163638);
INSERT INTO writer.batches VALUES ('01a21a55-c83d-7416-bbfb-6e948b0f6d9b', 1795738159165379);
INSERT INTO writer.batches VALUES ('01a21a55-c83e-70bd-bcb9-34d26af04cd4', 1795738159166967);
INSERT INTO writer.batches VALUES ('01a21a55-c83f-73a3-b369-f36076ec7b21', 1795738159168163);
INSERT INTO writer.batches VALUES ('01a21a55-c842-72b3-b0a5-cae189a5c2fc', 1795738159170565);
INSERT INTO writer.batches VALUES ('01a21a55-c844-775c-8e4e-4adda1ed6c15', 1795738159172624);
INSERT INTO writer.batches VALUES ('01a21a55-c846-7014-950f-98f8383f0340', 1795738159174768);
INSERT INTO writer.batches VALUES ('01a21a55-c848-73c2-ab95-32ec1744cdc9', 1795738159176492);
INSERT INTO writer.batches VALUES ('01a21a55-c84b-7495-9652-979a6a81f3c9', 1795738159179750);
INSERT INTO writer.batches VALUES ('01a21a55-c84d-72b7-91eb-0bf05efe12c9', 1795738159181873);
INSERT INTO writer.batches VALUES ('01a21a55-c84f-71ae-ae43-3aeae09527a7', 1795738159183983);
INSERT INTO writer.batches VALUES ('01a21a55-c852-72e1-9b3d-2cf7bd1f383e', 1795738159186525);
INSERT INTO writer.batches VALUES ('01a21a55-c853-7156-aabc-70c0ab44d0f8', 1795738159187886);
INSERT INTO writer.batches VALUES ('01a21a55-c856-7085-849e-53f336664d92', 1795738159190482);
INSERT INTO writer.batches VALUES ('01a21a55-c859-7730-9556-4823f3de811a', 1795738159193728);
INSERT INTO writer.consumers VALUES ('search', 0, '00000000-0000-0000-0000-000000000001', 1795738159166968, 1795738159166967);
INSERT INTO writer.counters VALUES ('categories', 2);
INSERT INTO writer.counters VALUES ('products', 4);
INSERT INTO writer.counters VALUES ('orders', 3);
INSERT INTO writer.feed VALUES (1, '53517ef4', 7, 25);
INSERT INTO writer.traces VALUES (0, '00000000-0000-0000-0000-000000000000', 'created', '710a4d7e-384d-a339-e511-a19720e139c1', '1 [{"id":4,"public_id":"01a21a55-c83f-73a3-b369-f35e71d032a6","sku":"P-01A21A55C83F73A3B369F35E71D032A6","name":"Mess tin","description":"Holds a pint.","image_url":null,"price":{"minor":500,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"is_archived":false,"created_at":1795738159168163,"updated_at":1795738159168163},{"on_hand":7,"reserved":0}]', 1795738159168163);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (1, 20, 'product:1', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"10.00","sku":"P-01A21A55C7B47199A0F4265ACC6058E2"}', 0, '00000000-0000-0000-0000-000000000000', '01a21a55-c7b4-7199-a0f4-265b1a9cfc8a', 1795738159142396);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (2, 20, 'product:2', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"2.50","sku":"P-01A21A55C82B71FABBBEB9A06DA39619"}', 0, '00000000-0000-0000-0000-000000000000', '01a21a55-c82b-71fa-bbbe-b9a1760aaf95', 1795738159148210);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (3, 20, 'product:3', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"0.99","sku":"P-01A21A55C82E74118BDA44FE13DD59DF"}', 0, '00000000-0000-0000-0000-000000000000', '01a21a55-c82e-7411-8bda-44ffd109b07d', 1795738159150728);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (4, 1, 'customer:00000000-0000-0000-0000-000000000007', NULL, '{"email":"Ann@example.com","email_confirmed":false,"first_name":"Ada","is_active":true,"last_name":"","role":"staff","username":"Ann"}', 0, '00000000-0000-0000-0000-000000000000', '01a21a55-c830-7182-a723-665da9a07f09', 1795738159152691);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (5, 10, 'api_key:00000000-0000-0000-0000-00000000000a', NULL, '{"channel":null,"expires_at":null,"is_revoked":false,"name":"till","scopes":["intake"]}', 1, '00000000-0000-0000-0000-000000000009', '01a21a55-c83a-77e1-872a-bf5d8c7464e9', 1795738159162277);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (6, 30, 'category:camp', NULL, '{"name":"Tents","parent":null,"slug":"camp"}', 1, '00000000-0000-0000-0000-000000000009', '01a21a55-c83b-7386-857c-8fde64439591', 1795738159163638);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (7, 30, 'category:tents', NULL, '{"name":"Tents","parent":1,"slug":"tents"}', 1, '00000000-0000-0000-0000-000000000009', '01a21a55-c83d-7416-bbfb-6e93d7cc343a', 1795738159165379);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (8, 20, 'product:4', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"5.00","sku":"P-01A21A55C83F73A3B369F35E71D032A6"}', 0, '00000000-0000-0000-0000-000000000000', '01a21a55-c83f-73a3-b369-f35f2c392344', 1795738159168163);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (9, 40, 'product:4', '{"on_hand":7}', '{"on_hand":8}', 1, '00000000-0000-0000-0000-000000000009', '01a21a55-c842-72b3-b0a5-cae07f4df185', 1795738159170565);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (10, 21, 'product:4', '{"category":null}', '{"category":"tents"}', 1, '00000000-0000-0000-0000-000000000009', '01a21a55-c844-775c-8e4e-4adc1228a263', 1795738159172624);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (11, 21, 'product:3', '{"caller_units_most":null}', '{"caller_units_most":5}', 1, '00000000-0000-0000-0000-000000000009', '01a21a55-c846-7014-950f-98f7169ff5cb', 1795738159174768);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (12, 22, 'product:3', '{"is_archived":false}', '{"is_archived":true}', 1, '00000000-0000-0000-0000-000000000009', '01a21a55-c859-7730-9556-4822090d251d', 1795738159193728);
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
