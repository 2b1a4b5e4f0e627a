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
INSERT INTO catalog.categories VALUES (1, 'camp', 'Tents', NULL);
INSERT INTO catalog.categories VALUES (2, 'tents', 'Tents', 1);
INSERT INTO catalog.prices VALUES (1, 1, 'EUR', 1000);
INSERT INTO catalog.prices VALUES (2, 1, 'EUR', 250);
INSERT INTO catalog.prices VALUES (3, 1, 'EUR', 99);
INSERT INTO catalog.prices VALUES (4, 1, 'EUR', 500);
INSERT INTO catalog.products VALUES (1, '01a216d5-19a1-77b1-9b29-3ea5797c4f5e', 'P-01A216D519A177B19B293EA5797C4F5E', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795679394258814, 1795679394258814, 'mess tin
p-01a216d519a177b19b293ea5797c4f5e
holds a pint.');
INSERT INTO catalog.products VALUES (2, '01a216d5-19d7-7171-9a53-18e8256b9998', 'P-01A216D519D771719A5318E8256B9998', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795679394263807, 1795679394263807, 'mess tin
p-01a216d519d771719a5318e8256b9998
holds a pint.');
INSERT INTO catalog.products VALUES (3, '01a216d5-19da-740d-9bd7-1994cffade3f', 'P-01A216D519DA740D9BD71994CFFADE3F', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795679394266686, 1795679394266686, 'mess tin
p-01a216d519da740d9bd71994cffade3f
holds a pint.');
INSERT INTO catalog.products VALUES (4, '01a216d5-19e8-73bd-a71a-f1030081229e', 'P-01A216D519E873BDA71AF1030081229E', 'Mess tin', 'Holds a pint.', NULL, 2, 2, false, 1795679394280491, 1795679394285509, 'mess tin
p-01a216d519e873bda71af1030081229e
holds a pint.');
INSERT INTO catalog.stock VALUES (4, 1, 8, 0);
INSERT INTO catalog.stock VALUES (1, 1, 98, 0);
INSERT INTO catalog.stock VALUES (2, 1, 99, 0);
INSERT INTO catalog.stock VALUES (3, 1, 99, 0);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a216d5-19a1-77b1-9b29-3ea6f0c1302f', 1795679394258814);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (2, 2, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a216d5-19d7-7171-9a53-18e93bab4ad8', 1795679394263807);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (3, 3, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a216d5-19da-740d-9bd7-199522de1ad3', 1795679394266686);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (4, 4, 1, 1, 7, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a216d5-19e8-73bd-a71a-f104af4a6e0e', 1795679394280491);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (5, 4, 1, 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a216d5-19eb-7200-b86f-53d97a907448', 1795679394283380);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (6, 1, 1, 3, -2, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795679394288238);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (7, 2, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795679394288238);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (8, 2, 1, 3, -4, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795679394293335);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (9, 2, 1, 4, 4, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795679394296815);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (10, 3, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795679394304429);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (11, 3, 1, 4, 1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795679394308007);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (12, 3, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795679394310009);
INSERT INTO identity.accounts VALUES ('00000000-0000-0000-0000-000000000007', 'Ann', 'ann', 'ann@example.com', 'ann@example.com', '$argon2id$', 'Ann', '', 2, true, 1795679394270254, 1795679394270254);
INSERT INTO identity.sessions VALUES ('00000000-0000-0000-0000-000000000008', '00000000-0000-0000-0000-000000000007', 2, 1795679394274060, 1795679394272454, 14410079394274060, NULL);
INSERT INTO orders.events VALUES (1, 1, '01a216d5-19ef-7769-8936-95d5587ee3d8', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000001', '01a216d5-19ef-7769-8936-95d6aa12ca09', 1795679394288238);
INSERT INTO orders.events VALUES (2, 1, '01a216d5-19f5-7142-9ea4-08b85d497799', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a216d5-19f5-7142-9ea4-08b93b4b111f', 1795679394293335);
INSERT INTO orders.events VALUES (3, 1, '01a216d5-19f5-7142-9ea4-08b85d497799', 2, 4, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a216d5-19f8-75b6-b144-c26674189027', 1795679394296815);
INSERT INTO orders.events VALUES (4, 1, '01a216d5-19fe-72e7-a48b-4fe1f315d971', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a216d5-19fe-72e7-a48b-4fe2a0b7b6eb', 1795679394304429);
INSERT INTO orders.events VALUES (5, 1, '01a216d5-19fe-72e7-a48b-4fe1f315d971', 2, 2, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a216d5-1a02-7562-9ced-7741bd932476', 1795679394306666);
INSERT INTO orders.events VALUES (6, 1, '01a216d5-19fe-72e7-a48b-4fe1f315d971', 3, 5, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a216d5-1a03-766a-877b-623d0c236bba', 1795679394308007);
INSERT INTO orders.events VALUES (7, 1, '01a216d5-19fe-72e7-a48b-4fe1f315d971', 4, 6, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a216d5-1a05-7148-9a38-1785c58e6adc', 1795679394310009);
INSERT INTO orders.order_lines VALUES ('01a216d5-19ef-7769-8936-95d5587ee3d8', 1, 1, 'P-01A216D519A177B19B293EA5797C4F5E', 'Mess tin', 'Holds a pint.', 2, 1000);
INSERT INTO orders.order_lines VALUES ('01a216d5-19ef-7769-8936-95d5587ee3d8', 2, 2, 'P-01A216D519D771719A5318E8256B9998', 'Mess tin', 'Holds a pint.', 1, 250);
INSERT INTO orders.order_lines VALUES ('01a216d5-19f5-7142-9ea4-08b85d497799', 1, 2, 'P-01A216D519D771719A5318E8256B9998', 'Mess tin', 'Holds a pint.', 4, 250);
INSERT INTO orders.order_lines VALUES ('01a216d5-19fe-72e7-a48b-4fe1f315d971', 1, 3, 'P-01A216D519DA740D9BD71994CFFADE3F', 'Mess tin', 'Holds a pint.', 1, 99);
INSERT INTO orders.orders VALUES ('01a216d5-19ef-7769-8936-95d5587ee3d8', 1, 1, '00000000-0000-0000-0000-000000000001', 1, 1, 'EUR', 2250, '', 'kept', '008424f8-efdd-c67e-f7a2-5fc996e4e275', 'c83cf365-bb78-af90-a535-46a0bdbc80f9', 1795679394288238, 1795679394288238, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a216d5-19f5-7142-9ea4-08b85d497799', 2, 1, '00000000-0000-0000-0000-000000000002', 4, 2, 'EUR', 1000, '', NULL, NULL, NULL, 1795679394293335, 1795679394296815, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a216d5-19fe-72e7-a48b-4fe1f315d971', 3, 1, '00000000-0000-0000-0000-000000000002', 1, 4, 'EUR', 99, '', NULL, NULL, NULL, 1795679394304429, 1795679394310009, NULL, NULL, NULL);
INSERT INTO public.refinery_schema_history VALUES (1, 'foundation', '2026-11-26T07:49:54.097588975Z', '6467867800885423345');
INSERT INTO writer.batches VALUES ('01a216d5-19d2-7175-b8d9-8be7f6da1224', 1795679394258814);
INSERT INTO writer.batches VALUES ('01a216d5-19d7-7171-9a53-18ea79e47eba', 1795679394263807);
INSERT INTO writer.batches VALUES ('01a216d5-19da-740d-9bd7-1996bac61b2d', 1795679394266686);
INSERT INTO writer.batches VALUES ('01a216d5-19de-7405-8a40-f660c1e53872', 1795679394270254);
INSERT INTO writer.batches VALUES ('01a216d5-19e0-7104-ac8e-aa588c13694b', 1795679394272454);
INSERT INTO writer.batches VALUES ('01a216d5-19e1-74e1-9f35-036d91df0b6d', 1795679394274060);
INSERT INTO writer.batches VALUES ('01a216d5-19e3-7513-96ab-15a352c7db50', 1795679394275449);
INSERT INTO writer.batches VALUES ('01a216d5-19e5-713f-836a-5c4a9cdc2f59', 1795679394277411);
INSERT INTO writer.batches VALUES ('01a216d5-19e6-7436-b74c-49ccfad7f288', 1795679394278922);
INSERT INTO writer.batches VALUES ('01a216d5-19e8-73bd-a71a-f10520f017bb', 1795679394280491);
INSERT INTO writer.batches VALUES ('01a216d5-19eb-7200-b86f-53da51e882c5', 1795679394283380);
INSERT INTO writer.batches VALUES ('01a216d5-19ed-77f4-98a2-c015220f80cb', 1795679394285509);
INSERT INTO writer.batches VALUES ('01a216d5-19f0-776f-8bec-15a8091cdcfb', 1795679394288238);
INSERT INTO writer.batches VALUES ('01a216d5-19f5-7142-9ea4-08bac689cfbc', 1795679394293335);
INSERT INTO writer.batches VALUES ('01a216d5-19f8-75b6-b144-c2678cc31079', 1795679394296815);
INSERT INTO writer.batches VALUES ('01a216d5-1a00-760e-8ea8-2d722a3f6831', 1795679394304429);
INSERT INTO writer.batches VALUES ('01a216d5-1a02-7562-9ced-77427b51ec8a', 1795679394306666);
INSERT INTO writer.batches VALUES ('01a216d5-1a03-766a-877b-623e3f2caa91', 1795679394308007);
INSERT INTO writer.batches VALUES ('01a216d5-1a05-7148-9a38-1786b2fb83a1', 1795679394310009);
INSERT INTO writer.consumers VALUES ('search', 0, '00000000-0000-0000-0000-000000000001', 1795679394278923, 1795679394278922);
INSERT INTO writer.counters VALUES ('categories', 2);
INSERT INTO writer.counters VALUES ('products', 4);
INSERT INTO writer.counters VALUES ('orders', 3);
INSERT INTO writer.feed VALUES (1, 'a0276f61', 7, 19);
INSERT INTO writer.traces VALUES (0, '00000000-0000-0000-0000-000000000000', 'created', '710a4d7e-384d-a339-e511-a19720e139c1', '1 [{"id":4,"public_id":"01a216d5-19e8-73bd-a71a-f1030081229e","sku":"P-01A216D519E873BDA71AF1030081229E","name":"Mess tin","description":"Holds a pint.","image_url":null,"price":{"minor":500,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"is_archived":false,"created_at":1795679394280491,"updated_at":1795679394280491},{"on_hand":7,"reserved":0}]', 1795679394280491);
SELECT pg_catalog.setval('catalog.stock_entries_id_seq', 12, true);
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
