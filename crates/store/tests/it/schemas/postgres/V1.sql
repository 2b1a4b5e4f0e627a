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
    CONSTRAINT accounts_role_check CHECK (((role >= 1) AND (role <= 3)))
);
CREATE TABLE identity.sessions (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    generation bigint NOT NULL,
    rotated_at bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    ended_at bigint,
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
INSERT INTO catalog.prices VALUES (1, 1, 'EUR', 1000);
INSERT INTO catalog.prices VALUES (2, 1, 'EUR', 250);
INSERT INTO catalog.prices VALUES (3, 1, 'EUR', 99);
INSERT INTO catalog.prices VALUES (4, 1, 'EUR', 500);
INSERT INTO catalog.products VALUES (1, '01a215b0-ec20-759c-ae47-d1dfffe16864', 'P-01a215b0-ec20-759c-ae47-d1dfffe16864', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795660246116117, 1795660246116117, 'mess tin
p-01a215b0-ec20-759c-ae47-d1dfffe16864
holds a pint.');
INSERT INTO catalog.products VALUES (2, '01a215b0-ec74-773f-a7e2-18e8740b4d0e', 'P-01a215b0-ec74-773f-a7e2-18e8740b4d0e', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795660246133119, 1795660246133119, 'mess tin
p-01a215b0-ec74-773f-a7e2-18e8740b4d0e
holds a pint.');
INSERT INTO catalog.products VALUES (3, '01a215b0-ec7a-7508-a0ff-0efc3e4e48ad', 'P-01a215b0-ec7a-7508-a0ff-0efc3e4e48ad', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795660246138753, 1795660246138753, 'mess tin
p-01a215b0-ec7a-7508-a0ff-0efc3e4e48ad
holds a pint.');
INSERT INTO catalog.products VALUES (4, '01a215b0-ec81-741f-bd06-23158c3a30ad', 'P-01a215b0-ec81-741f-bd06-23158c3a30ad', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795660246145817, 1795660246145817, 'mess tin
p-01a215b0-ec81-741f-bd06-23158c3a30ad
holds a pint.');
INSERT INTO catalog.stock VALUES (4, 1, 7, 0);
INSERT INTO catalog.stock VALUES (1, 1, 98, 0);
INSERT INTO catalog.stock VALUES (2, 1, 99, 0);
INSERT INTO catalog.stock VALUES (3, 1, 99, 0);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a215b0-ec20-759c-ae47-d1e0679a16fc', 1795660246116117);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (2, 2, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a215b0-ec74-773f-a7e2-18e965b462db', 1795660246133119);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (3, 3, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a215b0-ec7a-7508-a0ff-0efd5e0d817f', 1795660246138753);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (4, 4, 1, 1, 7, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a215b0-ec81-741f-bd06-2316d099ded5', 1795660246145817);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (5, 1, 1, 3, -2, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795660246153918);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (6, 2, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795660246153918);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (7, 2, 1, 3, -4, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795660246165873);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (8, 2, 1, 4, 4, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795660246168643);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (9, 3, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795660246177834);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (10, 3, 1, 4, 1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795660246189506);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (11, 3, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795660246201864);
INSERT INTO orders.events VALUES (1, 1, '01a215b0-ec89-7715-92f2-db94899a8195', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000001', '01a215b0-ec89-7715-92f2-db95d01f7ff5', 1795660246153918);
INSERT INTO orders.events VALUES (2, 1, '01a215b0-ec95-759e-bf13-32dd0cd523f8', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a215b0-ec95-759e-bf13-32de18e7ed0d', 1795660246165873);
INSERT INTO orders.events VALUES (3, 1, '01a215b0-ec95-759e-bf13-32dd0cd523f8', 2, 4, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a215b0-ec98-7164-b1a1-698234cd4f55', 1795660246168643);
INSERT INTO orders.events VALUES (4, 1, '01a215b0-eca1-7087-ac11-005cebd6951b', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a215b0-eca1-7087-ac11-005d1aa487d3', 1795660246177834);
INSERT INTO orders.events VALUES (5, 1, '01a215b0-eca1-7087-ac11-005cebd6951b', 2, 2, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a215b0-eca4-7295-a9e7-b9c27950b34a', 1795660246180627);
INSERT INTO orders.events VALUES (6, 1, '01a215b0-eca1-7087-ac11-005cebd6951b', 3, 5, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a215b0-ecaa-7067-853e-8f926827451f', 1795660246189506);
INSERT INTO orders.events VALUES (7, 1, '01a215b0-eca1-7087-ac11-005cebd6951b', 4, 6, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a215b0-ecb9-7591-83cc-6011341653a9', 1795660246201864);
INSERT INTO orders.order_lines VALUES ('01a215b0-ec89-7715-92f2-db94899a8195', 1, 1, 'P-01a215b0-ec20-759c-ae47-d1dfffe16864', 'Mess tin', 'Holds a pint.', 2, 1000);
INSERT INTO orders.order_lines VALUES ('01a215b0-ec89-7715-92f2-db94899a8195', 2, 2, 'P-01a215b0-ec74-773f-a7e2-18e8740b4d0e', 'Mess tin', 'Holds a pint.', 1, 250);
INSERT INTO orders.order_lines VALUES ('01a215b0-ec95-759e-bf13-32dd0cd523f8', 1, 2, 'P-01a215b0-ec74-773f-a7e2-18e8740b4d0e', 'Mess tin', 'Holds a pint.', 4, 250);
INSERT INTO orders.order_lines VALUES ('01a215b0-eca1-7087-ac11-005cebd6951b', 1, 3, 'P-01a215b0-ec7a-7508-a0ff-0efc3e4e48ad', 'Mess tin', 'Holds a pint.', 1, 99);
INSERT INTO orders.orders VALUES ('01a215b0-ec89-7715-92f2-db94899a8195', 1, 1, '00000000-0000-0000-0000-000000000001', 1, 1, 'EUR', 2250, '', 'kept', '008424f8-efdd-c67e-f7a2-5fc996e4e275', 'c83cf365-bb78-af90-a535-46a0bdbc80f9', 1795660246153918, 1795660246153918, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a215b0-ec95-759e-bf13-32dd0cd523f8', 2, 1, '00000000-0000-0000-0000-000000000002', 4, 2, 'EUR', 1000, '', NULL, NULL, NULL, 1795660246165873, 1795660246168643, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a215b0-eca1-7087-ac11-005cebd6951b', 3, 1, '00000000-0000-0000-0000-000000000002', 1, 4, 'EUR', 99, '', NULL, NULL, NULL, 1795660246177834, 1795660246201864, NULL, NULL, NULL);
INSERT INTO public.refinery_schema_history VALUES (1, 'foundation', '2026-11-26T02:30:45.841960086Z', '6467867800885423345');
INSERT INTO writer.batches VALUES ('01a215b0-ec63-72b4-8465-1388081303f8', 1795660246116117);
INSERT INTO writer.batches VALUES ('01a215b0-ec74-773f-a7e2-18ea8377a39e', 1795660246133119);
INSERT INTO writer.batches VALUES ('01a215b0-ec7a-7508-a0ff-0efe0249e936', 1795660246138753);
INSERT INTO writer.batches VALUES ('01a215b0-ec81-741f-bd06-2317dd9083d5', 1795660246145817);
INSERT INTO writer.batches VALUES ('01a215b0-ec89-7715-92f2-db9626af4948', 1795660246153918);
INSERT INTO writer.batches VALUES ('01a215b0-ec95-759e-bf13-32df14612847', 1795660246165873);
INSERT INTO writer.batches VALUES ('01a215b0-ec98-7164-b1a1-698377e8b705', 1795660246168643);
INSERT INTO writer.batches VALUES ('01a215b0-eca1-7087-ac11-005e1df5277c', 1795660246177834);
INSERT INTO writer.batches VALUES ('01a215b0-eca4-7295-a9e7-b9c330d999c0', 1795660246180627);
INSERT INTO writer.batches VALUES ('01a215b0-ecad-76c9-9847-e554c2588290', 1795660246189506);
INSERT INTO writer.batches VALUES ('01a215b0-ecb9-7591-83cc-60120bd10f1c', 1795660246201864);
INSERT INTO writer.counters VALUES ('categories', 0);
INSERT INTO writer.counters VALUES ('products', 4);
INSERT INTO writer.counters VALUES ('orders', 3);
INSERT INTO writer.feed VALUES (1, '128c7493', 7, 11);
INSERT INTO writer.traces VALUES (0, '00000000-0000-0000-0000-000000000000', 'created', '710a4d7e-384d-a339-e511-a19720e139c1', '1 [{"id":4,"public_id":"01a215b0-ec81-741f-bd06-23158c3a30ad","sku":"P-01a215b0-ec81-741f-bd06-23158c3a30ad","name":"Mess tin","description":"Holds a pint.","image_url":null,"price":{"minor":500,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"is_archived":false,"created_at":1795660246145817,"updated_at":1795660246145817},{"on_hand":7,"reserved":0}]', 1795660246145817);
SELECT pg_catalog.setval('catalog.stock_entries_id_seq', 11, true);
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
CREATE INDEX categories_by_parent ON catalog.categories USING btree (parent_id);
CREATE INDEX prices_by_amount ON catalog.prices USING btree (amount_minor, product_id);
CREATE INDEX products_by_category ON catalog.products USING btree (category_id, id);
CREATE INDEX products_by_name ON catalog.products USING btree (name, id);
CREATE INDEX accounts_disabled ON identity.accounts USING btree (updated_at) WHERE (is_active = false);
CREATE INDEX sessions_by_end ON identity.sessions USING btree (ended_at) WHERE (ended_at IS NOT NULL);
CREATE INDEX sessions_by_expiry ON identity.sessions USING btree (expires_at);
CREATE INDEX orders_by_owner ON orders.orders USING btree (owner_kind, owner_id, number);
CREATE INDEX batches_by_time ON writer.batches USING btree (at);
CREATE INDEX consumers_by_sight ON writer.consumers USING btree (seen_at);
CREATE INDEX traces_by_time ON writer.traces USING btree (at);
ALTER TABLE ONLY catalog.categories
    ADD CONSTRAINT categories_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES catalog.categories(id);
ALTER TABLE ONLY catalog.prices
    ADD CONSTRAINT prices_product_id_fkey FOREIGN KEY (product_id) REFERENCES catalog.products(id);
ALTER TABLE ONLY catalog.products
    ADD CONSTRAINT products_category_id_fkey FOREIGN KEY (category_id) REFERENCES catalog.categories(id);
ALTER TABLE ONLY catalog.stock
    ADD CONSTRAINT stock_product_id_fkey FOREIGN KEY (product_id) REFERENCES catalog.products(id);
ALTER TABLE ONLY identity.sessions
    ADD CONSTRAINT sessions_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);
