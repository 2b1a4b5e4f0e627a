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
CREATE TABLE catalog.prices (
    product_id bigint NOT NULL,
    channel smallint NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    CONSTRAINT prices_amount_minor_check CHECK ((amount_minor >= 0))
);
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
    CONSTRAINT products_version_check CHECK ((version >= 1))
);
CREATE VIEW catalog.priced_products AS
 SELECT p.id,
    p.public_id,
    p.sku,
    p.name,
    p.description,
    p.image_url,
    p.category_id,
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
    password_hash text NOT NULL,
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
    revoked_at bigint
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
INSERT INTO catalog.prices VALUES (3, 1, 'EUR', 99);
INSERT INTO catalog.prices VALUES (4, 1, 'EUR', 500);
INSERT INTO catalog.products VALUES (1, '01a218d2-7089-774f-a240-1319a742fd4c', 'P-01A218D27089774FA2401319A742FD4C', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795712774341157, 1795712774341157, 'mess tin
p-01a218d27089774fa2401319a742fd4c
holds a pint.');
INSERT INTO catalog.products VALUES (2, '01a218d2-70cd-756a-ad50-9623ff8b7cba', 'P-01A218D270CD756AAD509623FF8B7CBA', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795712774350103, 1795712774350103, 'mess tin
p-01a218d270cd756aad509623ff8b7cba
holds a pint.');
INSERT INTO catalog.products VALUES (3, '01a218d2-70cf-74e1-b79d-c9ff6765f0d3', 'P-01A218D270CF74E1B79DC9FF6765F0D3', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795712774352115, 1795712774352115, 'mess tin
p-01a218d270cf74e1b79dc9ff6765f0d3
holds a pint.');
INSERT INTO catalog.products VALUES (4, '01a218d2-70e9-77a1-9ad7-850db554b077', 'P-01A218D270E977A19AD7850DB554B077', 'Mess tin', 'Holds a pint.', NULL, 2, 2, false, 1795712774377852, 1795712774385140, 'mess tin
p-01a218d270e977a19ad7850db554b077
holds a pint.');
INSERT INTO catalog.stock VALUES (4, 1, 8, 0);
INSERT INTO catalog.stock VALUES (1, 1, 98, 0);
INSERT INTO catalog.stock VALUES (2, 1, 99, 0);
INSERT INTO catalog.stock VALUES (3, 1, 99, 0);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a218d2-7089-774f-a240-131af34598c0', 1795712774341157);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (2, 2, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a218d2-70cd-756a-ad50-962411f0ccd1', 1795712774350103);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (3, 3, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a218d2-70cf-74e1-b79d-ca0034cc6feb', 1795712774352115);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (4, 4, 1, 1, 7, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a218d2-70e9-77a1-9ad7-850e2360cb28', 1795712774377852);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (5, 4, 1, 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a218d2-70ed-7668-ad7a-261606bab087', 1795712774381616);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (6, 1, 1, 3, -2, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795712774388304);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (7, 2, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795712774388304);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (8, 2, 1, 3, -4, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795712774393658);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (9, 2, 1, 4, 4, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795712774396022);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (10, 3, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795712774401531);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (11, 3, 1, 4, 1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795712774405657);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (12, 3, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795712774411032);
INSERT INTO identity.accounts VALUES ('00000000-0000-0000-0000-000000000007', 'Ann', 'ann', 'Ann@example.com', 'ann@example.com', '$argon2id$', 'Ada', '', 2, true, 1795712774354571, 1795712774354571, false, 1, 1, NULL, NULL, 'ann', 'ada
');
INSERT INTO identity.addresses VALUES ('00000000-0000-0000-0000-000000000007', '00000000-0000-0000-0000-000000000009', 1795712774363534, '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', 1795712774363534);
INSERT INTO identity.api_keys VALUES ('00000000-0000-0000-0000-00000000000a', 'till', 16, NULL, 'secret', 1795712774370988, NULL, NULL, NULL);
INSERT INTO identity.factors VALUES ('00000000-0000-0000-0000-000000000007', 'BASE32', 'paper', 0, NULL, 1795712774369384);
INSERT INTO identity.links VALUES ('00000000-0000-0000-0000-000000000007', 2, 'secret', 'Ann@example.com', 'ann@example.com', 1795712774364995, 14410112774364995);
INSERT INTO identity.sessions VALUES ('00000000-0000-0000-0000-000000000008', '00000000-0000-0000-0000-000000000007', 2, 1795712774361853, 1795712774357005, 14410112774361853, NULL, 1, 'a browser', NULL);
INSERT INTO orders.events VALUES (1, 1, '01a218d2-70f3-7125-af2b-23b577f5b365', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000001', '01a218d2-70f4-75bd-aeda-dfa6c209e999', 1795712774388304);
INSERT INTO orders.events VALUES (2, 1, '01a218d2-70f9-765d-81e7-5f9e5477b79b', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a218d2-70f9-765d-81e7-5f9f4d06db3c', 1795712774393658);
INSERT INTO orders.events VALUES (3, 1, '01a218d2-70f9-765d-81e7-5f9e5477b79b', 2, 4, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a218d2-70fb-74e5-911d-26aa7d7c3a51', 1795712774396022);
INSERT INTO orders.events VALUES (4, 1, '01a218d2-7101-75f0-be1f-2472b9ee6284', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a218d2-7101-75f0-be1f-2473eaa19b93', 1795712774401531);
INSERT INTO orders.events VALUES (5, 1, '01a218d2-7101-75f0-be1f-2472b9ee6284', 2, 2, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a218d2-7103-7556-be55-fea91d9426b7', 1795712774403884);
INSERT INTO orders.events VALUES (6, 1, '01a218d2-7101-75f0-be1f-2472b9ee6284', 3, 5, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a218d2-7105-75a2-810c-e0333be2bc4e', 1795712774405657);
INSERT INTO orders.events VALUES (7, 1, '01a218d2-7101-75f0-be1f-2472b9ee6284', 4, 6, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a218d2-710a-7540-94e8-d04a9b9cd22c', 1795712774411032);
INSERT INTO orders.order_lines VALUES ('01a218d2-70f3-7125-af2b-23b577f5b365', 1, 1, 'P-01A218D27089774FA2401319A742FD4C', 'Mess tin', 'Holds a pint.', 2, 1000);
INSERT INTO orders.order_lines VALUES ('01a218d2-70f3-7125-af2b-23b577f5b365', 2, 2, 'P-01A218D270CD756AAD509623FF8B7CBA', 'Mess tin', 'Holds a pint.', 1, 250);
INSERT INTO orders.order_lines VALUES ('01a218d2-70f9-765d-81e7-5f9e5477b79b', 1, 2, 'P-01A218D270CD756AAD509623FF8B7CBA', 'Mess tin', 'Holds a pint.', 4, 250);
INSERT INTO orders.order_lines VALUES ('01a218d2-7101-75f0-be1f-2472b9ee6284', 1, 3, 'P-01A218D270CF74E1B79DC9FF6765F0D3', 'Mess tin', 'Holds a pint.', 1, 99);
INSERT INTO orders.orders VALUES ('01a218d2-70f3-7125-af2b-23b577f5b365', 1, 1, '00000000-0000-0000-0000-000000000001', 1, 1, 'EUR', 2250, '', 'kept', '008424f8-efdd-c67e-f7a2-5fc996e4e275', 'c83cf365-bb78-af90-a535-46a0bdbc80f9', 1795712774388304, 1795712774388304, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a218d2-70f9-765d-81e7-5f9e5477b79b', 2, 1, '00000000-0000-0000-0000-000000000002', 4, 2, 'EUR', 1000, '', NULL, NULL, NULL, 1795712774393658, 1795712774396022, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a218d2-7101-75f0-be1f-2472b9ee6284', 3, 1, '00000000-0000-0000-0000-000000000002', 1, 4, 'EUR', 99, '', NULL, NULL, NULL, 1795712774401531, 1795712774411032, NULL, NULL, NULL);
INSERT INTO public.refinery_schema_history VALUES (1, 'foundation', '2026-11-26T17:06:14.16133345Z', '6467867800885423345');
INSERT INTO public.refinery_schema_history VALUES (2, 'people', '2026-11-26T17:06:14.209951702Z', '9139341371454135502');
INSERT INTO public.refinery_schema_history VALUES (3, 'places', '2026-11-26T17:06:14.23015832Z', '5073229619475018257');
INSERT INTO writer.batches VALUES ('01a218d2-70c4-7152-be01-66ff809550a0', 1795712774341157);
INSERT INTO writer.batches VALUES ('01a218d2-70cd-756a-ad50-9625ad0f5556', 1795712774350103);
INSERT INTO writer.batches VALUES ('01a218d2-70cf-74e1-b79d-ca01ba491ca9', 1795712774352115);
INSERT INTO writer.batches VALUES ('01a218d2-70d2-777e-a313-ee87dcc2b17f', 1795712774354571);
INSERT INTO writer.batches VALUES ('01a218d2-70d4-70dc-9086-41a4a09dd049', 1795712774357005);
INSERT INTO writer.batches VALUES ('01a218d2-70d9-76f0-a4d6-9ab4e13b480e', 1795712774361853);
INSERT INTO writer.batches VALUES ('01a218d2-70db-74dc-935f-81c3e3599c5a', 1795712774363534);
INSERT INTO writer.batches VALUES ('01a218d2-70dc-7701-bffc-13a98e812108', 1795712774364995);
INSERT INTO writer.batches VALUES ('01a218d2-70e1-743e-9095-158bd00b21fa', 1795712774369384);
INSERT INTO writer.batches VALUES ('01a218d2-70e2-73a0-be9e-e77ce89cd244', 1795712774370988);
INSERT INTO writer.batches VALUES ('01a218d2-70e4-70e9-9f80-0943e6964049', 1795712774372492);
INSERT INTO writer.batches VALUES ('01a218d2-70e6-70ea-91ea-6cb12815e733', 1795712774374888);
INSERT INTO writer.batches VALUES ('01a218d2-70e8-72cf-afc3-ee9ee5128cdd', 1795712774376279);
INSERT INTO writer.batches VALUES ('01a218d2-70e9-77a1-9ad7-850fb5b19c23', 1795712774377852);
INSERT INTO writer.batches VALUES ('01a218d2-70ed-7668-ad7a-2617d6197021', 1795712774381616);
INSERT INTO writer.batches VALUES ('01a218d2-70ef-77f3-8f58-bb1b3f2b1b6e', 1795712774385140);
INSERT INTO writer.batches VALUES ('01a218d2-70f4-75bd-aeda-dfa7bd259032', 1795712774388304);
INSERT INTO writer.batches VALUES ('01a218d2-70f9-765d-81e7-5fa0db84fc81', 1795712774393658);
INSERT INTO writer.batches VALUES ('01a218d2-70fb-74e5-911d-26ab0021c13e', 1795712774396022);
INSERT INTO writer.batches VALUES ('01a218d2-7101-75f0-be1f-24740323f746', 1795712774401531);
INSERT INTO writer.batches VALUES ('01a218d2-7103-7556-be55-feaafcd7af99', 1795712774403884);
INSERT INTO writer.batches VALUES ('01a218d2-7105-75a2-810c-e034704b3b32', 1795712774405657);
INSERT INTO writer.batches VALUES ('01a218d2-710a-7540-94e8-d04bba2116b0', 1795712774411032);
INSERT INTO writer.consumers VALUES ('search', 0, '00000000-0000-0000-0000-000000000001', 1795712774376280, 1795712774376279);
INSERT INTO writer.counters VALUES ('categories', 2);
INSERT INTO writer.counters VALUES ('products', 4);
INSERT INTO writer.counters VALUES ('orders', 3);
INSERT INTO writer.feed VALUES (1, 'f4fc0e53', 7, 23);
INSERT INTO writer.traces VALUES (0, '00000000-0000-0000-0000-000000000000', 'created', '710a4d7e-384d-a339-e511-a19720e139c1', '1 [{"id":4,"public_id":"01a218d2-70e9-77a1-9ad7-850db554b077","sku":"P-01A218D270E977A19AD7850DB554B077","name":"Mess tin","description":"Holds a pint.","image_url":null,"price":{"minor":500,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"is_archived":false,"created_at":1795712774377852,"updated_at":1795712774377852},{"on_hand":7,"reserved":0}]', 1795712774377852);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (1, 20, 'product:1', NULL, '{"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"name":"Mess tin","price":"10.00","sku":"P-01A218D27089774FA2401319A742FD4C"}', 0, '00000000-0000-0000-0000-000000000000', '01a218d2-7089-774f-a240-131af34598c0', 1795712774341157);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (2, 20, 'product:2', NULL, '{"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"name":"Mess tin","price":"2.50","sku":"P-01A218D270CD756AAD509623FF8B7CBA"}', 0, '00000000-0000-0000-0000-000000000000', '01a218d2-70cd-756a-ad50-962411f0ccd1', 1795712774350103);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (3, 20, 'product:3', NULL, '{"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"name":"Mess tin","price":"0.99","sku":"P-01A218D270CF74E1B79DC9FF6765F0D3"}', 0, '00000000-0000-0000-0000-000000000000', '01a218d2-70cf-74e1-b79d-ca0034cc6feb', 1795712774352115);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (4, 1, 'customer:00000000-0000-0000-0000-000000000007', NULL, '{"email":"Ann@example.com","email_confirmed":false,"first_name":"Ada","is_active":true,"last_name":"","role":"staff","username":"Ann"}', 0, '00000000-0000-0000-0000-000000000000', '01a218d2-70d2-777e-a313-ee86b0123298', 1795712774354571);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (5, 10, 'api_key:00000000-0000-0000-0000-00000000000a', NULL, '{"channel":null,"expires_at":null,"is_revoked":false,"name":"till","scopes":["intake"]}', 1, '00000000-0000-0000-0000-000000000009', '01a218d2-70e2-73a0-be9e-e77bccf14e16', 1795712774370988);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (6, 30, 'category:camp', NULL, '{"name":"Tents","parent":null,"slug":"camp"}', 1, '00000000-0000-0000-0000-000000000009', '01a218d2-70e4-70e9-9f80-094273a86f70', 1795712774372492);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (7, 30, 'category:tents', NULL, '{"name":"Tents","parent":1,"slug":"tents"}', 1, '00000000-0000-0000-0000-000000000009', '01a218d2-70e6-70ea-91ea-6cb01aa2fc96', 1795712774374888);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (8, 20, 'product:4', NULL, '{"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"name":"Mess tin","price":"5.00","sku":"P-01A218D270E977A19AD7850DB554B077"}', 0, '00000000-0000-0000-0000-000000000000', '01a218d2-70e9-77a1-9ad7-850e2360cb28', 1795712774377852);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (9, 40, 'product:4', '{"on_hand":7}', '{"on_hand":8}', 1, '00000000-0000-0000-0000-000000000009', '01a218d2-70ed-7668-ad7a-261606bab087', 1795712774381616);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (10, 21, 'product:4', '{"category":null}', '{"category":"tents"}', 1, '00000000-0000-0000-0000-000000000009', '01a218d2-70ef-77f3-8f58-bb1aaa7cb34c', 1795712774385140);
SELECT pg_catalog.setval('catalog.stock_entries_id_seq', 12, true);
SELECT pg_catalog.setval('writer.trail_id_seq', 10, true);
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
CREATE INDEX prices_by_amount ON catalog.prices USING btree (amount_minor, product_id);
CREATE INDEX products_by_category ON catalog.products USING btree (category_id, id);
CREATE INDEX products_by_name ON catalog.products USING btree (name, id);
CREATE INDEX accounts_by_age ON identity.accounts USING btree (created_at, id);
CREATE INDEX accounts_by_era ON identity.accounts USING btree (era_began_at) WHERE (era_began_at IS NOT NULL);
CREATE UNIQUE INDEX accounts_by_skeleton ON identity.accounts USING btree (username_skeleton);
CREATE INDEX accounts_disabled ON identity.accounts USING btree (updated_at) WHERE (is_active = false);
CREATE INDEX api_keys_by_end ON identity.api_keys USING btree (revoked_at) WHERE (revoked_at IS NOT NULL);
CREATE INDEX links_by_expiry ON identity.links USING btree (expires_at);
CREATE INDEX sessions_by_account ON identity.sessions USING btree (account_id, id);
CREATE INDEX sessions_by_end ON identity.sessions USING btree (ended_at) WHERE (ended_at IS NOT NULL);
CREATE INDEX sessions_by_expiry ON identity.sessions USING btree (expires_at);
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
