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
INSERT INTO catalog.products VALUES (1, '01a21907-acb0-7426-b2a7-7740b50a8de1', 'P-01A21907ACB07426B2A77740B50A8DE1', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795716263128376, 1795716263128376, 'mess tin
p-01a21907acb07426b2a77740b50a8de1
holds a pint.');
INSERT INTO catalog.products VALUES (2, '01a21907-acdc-735c-bdcd-4a07d6503df4', 'P-01A21907ACDC735CBDCD4A07D6503DF4', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795716263133222, 1795716263133222, 'mess tin
p-01a21907acdc735cbdcd4a07d6503df4
holds a pint.');
INSERT INTO catalog.products VALUES (3, '01a21907-acde-705c-b36a-4df09067ccb6', 'P-01A21907ACDE705CB36A4DF09067CCB6', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795716263135080, 1795716263135080, 'mess tin
p-01a21907acde705cb36a4df09067ccb6
holds a pint.');
INSERT INTO catalog.products VALUES (4, '01a21907-acf2-760e-8e3d-946f40e02bc6', 'P-01A21907ACF2760E8E3D946F40E02BC6', 'Mess tin', 'Holds a pint.', NULL, 2, 2, false, 1795716263154616, 1795716263159275, 'mess tin
p-01a21907acf2760e8e3d946f40e02bc6
holds a pint.');
INSERT INTO catalog.stock VALUES (4, 1, 8, 0);
INSERT INTO catalog.stock VALUES (1, 1, 98, 0);
INSERT INTO catalog.stock VALUES (2, 1, 99, 0);
INSERT INTO catalog.stock VALUES (3, 1, 99, 0);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21907-acb0-7426-b2a7-7741694d60ca', 1795716263128376);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (2, 2, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21907-acdc-735c-bdcd-4a083473aea6', 1795716263133222);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (3, 3, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21907-acde-705c-b36a-4df1b10b581e', 1795716263135080);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (4, 4, 1, 1, 7, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21907-acf2-760e-8e3d-94702fea6d6f', 1795716263154616);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (5, 4, 1, 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21907-acf4-75a4-b2b9-1542e03cea8f', 1795716263157264);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (6, 1, 1, 3, -2, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795716263161321);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (7, 2, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795716263161321);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (8, 2, 1, 3, -4, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795716263164556);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (9, 2, 1, 4, 4, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795716263166897);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (10, 3, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795716263169123);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (11, 3, 1, 4, 1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795716263172785);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (12, 3, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795716263175006);
INSERT INTO identity.accounts VALUES ('00000000-0000-0000-0000-000000000007', 'Ann', 'ann', 'Ann@example.com', 'ann@example.com', '$argon2id$', 'Ada', '', 2, true, 1795716263137436, 1795716263137436, false, 1, 1, NULL, NULL, 'ann', 'ada
');
INSERT INTO identity.addresses VALUES ('00000000-0000-0000-0000-000000000007', '00000000-0000-0000-0000-000000000009', 1795716263143178, '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', 1795716263143178);
INSERT INTO identity.api_keys VALUES ('00000000-0000-0000-0000-00000000000a', 'till', 16, NULL, 'secret', 1795716263148454, NULL, NULL, NULL, '00000000-0000-0000-0000-000000000009');
INSERT INTO identity.factors VALUES ('00000000-0000-0000-0000-000000000007', 'BASE32', 'paper', 0, NULL, 1795716263146807);
INSERT INTO identity.links VALUES ('00000000-0000-0000-0000-000000000007', 2, 'secret', 'Ann@example.com', 'ann@example.com', 1795716263145039, 14410116263145039);
INSERT INTO identity.sessions VALUES ('00000000-0000-0000-0000-000000000008', '00000000-0000-0000-0000-000000000007', 2, 1795716263141434, 1795716263139451, 14410116263141434, NULL, 1, 'a browser', NULL);
INSERT INTO orders.events VALUES (1, 1, '01a21907-acf9-7376-9249-066fb8895382', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000001', '01a21907-acf9-7376-9249-0670048b37a0', 1795716263161321);
INSERT INTO orders.events VALUES (2, 1, '01a21907-acfc-72cf-ac74-cefc339219dc', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a21907-acfc-72cf-ac74-cefd8d4eae5e', 1795716263164556);
INSERT INTO orders.events VALUES (3, 1, '01a21907-acfc-72cf-ac74-cefc339219dc', 2, 4, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a21907-acfe-7310-b85d-aff18a1485aa', 1795716263166897);
INSERT INTO orders.events VALUES (4, 1, '01a21907-ad00-7065-9848-f0b0751c306f', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a21907-ad00-7065-9848-f0b177618ed2', 1795716263169123);
INSERT INTO orders.events VALUES (5, 1, '01a21907-ad00-7065-9848-f0b0751c306f', 2, 2, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21907-ad02-76c0-b061-5712a4071eca', 1795716263171248);
INSERT INTO orders.events VALUES (6, 1, '01a21907-ad00-7065-9848-f0b0751c306f', 3, 5, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21907-ad04-74c3-8773-3310f4d0988a', 1795716263172785);
INSERT INTO orders.events VALUES (7, 1, '01a21907-ad00-7065-9848-f0b0751c306f', 4, 6, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21907-ad06-7657-af07-6ae7d79eea57', 1795716263175006);
INSERT INTO orders.order_lines VALUES ('01a21907-acf9-7376-9249-066fb8895382', 1, 1, 'P-01A21907ACB07426B2A77740B50A8DE1', 'Mess tin', 'Holds a pint.', 2, 1000);
INSERT INTO orders.order_lines VALUES ('01a21907-acf9-7376-9249-066fb8895382', 2, 2, 'P-01A21907ACDC735CBDCD4A07D6503DF4', 'Mess tin', 'Holds a pint.', 1, 250);
INSERT INTO orders.order_lines VALUES ('01a21907-acfc-72cf-ac74-cefc339219dc', 1, 2, 'P-01A21907ACDC735CBDCD4A07D6503DF4', 'Mess tin', 'Holds a pint.', 4, 250);
INSERT INTO orders.order_lines VALUES ('01a21907-ad00-7065-9848-f0b0751c306f', 1, 3, 'P-01A21907ACDE705CB36A4DF09067CCB6', 'Mess tin', 'Holds a pint.', 1, 99);
INSERT INTO orders.orders VALUES ('01a21907-acf9-7376-9249-066fb8895382', 1, 1, '00000000-0000-0000-0000-000000000001', 1, 1, 'EUR', 2250, '', 'kept', '008424f8-efdd-c67e-f7a2-5fc996e4e275', 'c83cf365-bb78-af90-a535-46a0bdbc80f9', 1795716263161321, 1795716263161321, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a21907-acfc-72cf-ac74-cefc339219dc', 2, 1, '00000000-0000-0000-0000-000000000002', 4, 2, 'EUR', 1000, '', NULL, NULL, NULL, 1795716263164556, 1795716263166897, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a21907-ad00-7065-9848-f0b0751c306f', 3, 1, '00000000-0000-0000-0000-000000000002', 1, 4, 'EUR', 99, '', NULL, NULL, NULL, 1795716263169123, 1795716263175006, NULL, NULL, NULL);
INSERT INTO public.refinery_schema_history VALUES (1, 'foundation', '2026-11-26T18:04:22.969214777Z', '6467867800885423345');
INSERT INTO public.refinery_schema_history VALUES (2, 'people', '2026-11-26T18:04:23.033875814Z', '9139341371454135502');
INSERT INTO public.refinery_schema_history VALUES (3, 'places', '2026-11-26T18:04:23.061128078Z', '11726373277051444244');
INSERT INTO writer.batches VALUES ('01a21907-acd8-7692-8928-eae308fac5bb', 1795716263128376);
INSERT INTO writer.batches VALUES ('01a21907-acdc-735c-bdcd-4a09348387ae', 1795716263133222);
INSERT INTO writer.batches VALUES ('01a21907-acde-705c-b36a-4df2073332d9', 1795716263135080);
INSERT INTO writer.batches VALUES ('01a21907-ace0-7141-962f-a29d9e3a52ca', 1795716263137436);
INSERT INTO writer.batches VALUES ('01a21907-ace3-70e5-88cb-6ba75188192e', 1795716263139451);
INSERT INTO writer.batches VALUES ('01a21907-ace5-7034-ac68-e8fc6134f616', 1795716263141434);
INSERT INTO writer.batches VALUES ('01a21907-ace6-71cc-9d16-5bd04b3a347b', 1795716263143178);
INSERT INTO writer.batches VALUES ('01a21907-ace8-77bc-af7e-a89a5681a176', 1795716263145039);
INSERT INTO writer.batches VALUES ('01a21907-acea-7717-8884-35772cb7cad3', 1795716263146807);
INSERT INTO writer.batches VALUES ('01a21907-aceb-701a-9740-6f1123bd53f2', 1795716263148454);
INSERT INTO writer.batches VALUES ('01a21907-aced-7326-9630-39a5851ecfb1', 1795716263150017);
INSERT INTO writer.batches VALUES ('01a21907-acef-74e8-baa7-83a6b75643fb', 1795716263151784);
INSERT INTO writer.batches VALUES ('01a21907-acf0-77b8-8158-cc3deae34569', 1795716263153153);
INSERT INTO writer.batches VALUES ('01a21907-acf2-760e-8e3d-9471fc5e61b1', 1795716263154616);
INSERT INTO writer.batches VALUES ('01a21907-acf4-75a4-b2b9-1543b708ae64', 1795716263157264);
INSERT INTO writer.batches VALUES ('01a21907-acf6-7034-9c89-930bd4866ba9', 1795716263159275);
INSERT INTO writer.batches VALUES ('01a21907-acf9-7376-9249-0671c8a574d7', 1795716263161321);
INSERT INTO writer.batches VALUES ('01a21907-acfc-72cf-ac74-cefe38248174', 1795716263164556);
INSERT INTO writer.batches VALUES ('01a21907-acfe-7310-b85d-aff2e3feff05', 1795716263166897);
INSERT INTO writer.batches VALUES ('01a21907-ad00-7065-9848-f0b22ae4b9ac', 1795716263169123);
INSERT INTO writer.batches VALUES ('01a21907-ad03-714c-90cb-992c491f9024', 1795716263171248);
INSERT INTO writer.batches VALUES ('01a21907-ad04-74c3-8773-3311520a1f62', 1795716263172785);
INSERT INTO writer.batches VALUES ('01a21907-ad06-7657-af07-6ae84756fd8b', 1795716263175006);
INSERT INTO writer.consumers VALUES ('search', 0, '00000000-0000-0000-0000-000000000001', 1795716263153154, 1795716263153153);
INSERT INTO writer.counters VALUES ('categories', 2);
INSERT INTO writer.counters VALUES ('products', 4);
INSERT INTO writer.counters VALUES ('orders', 3);
INSERT INTO writer.feed VALUES (1, 'e584f835', 7, 23);
INSERT INTO writer.traces VALUES (0, '00000000-0000-0000-0000-000000000000', 'created', '710a4d7e-384d-a339-e511-a19720e139c1', '1 [{"id":4,"public_id":"01a21907-acf2-760e-8e3d-946f40e02bc6","sku":"P-01A21907ACF2760E8E3D946F40E02BC6","name":"Mess tin","description":"Holds a pint.","image_url":null,"price":{"minor":500,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"is_archived":false,"created_at":1795716263154616,"updated_at":1795716263154616},{"on_hand":7,"reserved":0}]', 1795716263154616);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (1, 20, 'product:1', NULL, '{"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"name":"Mess tin","price":"10.00","sku":"P-01A21907ACB07426B2A77740B50A8DE1"}', 0, '00000000-0000-0000-0000-000000000000', '01a21907-acb0-7426-b2a7-7741694d60ca', 1795716263128376);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (2, 20, 'product:2', NULL, '{"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"name":"Mess tin","price":"2.50","sku":"P-01A21907ACDC735CBDCD4A07D6503DF4"}', 0, '00000000-0000-0000-0000-000000000000', '01a21907-acdc-735c-bdcd-4a083473aea6', 1795716263133222);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (3, 20, 'product:3', NULL, '{"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"name":"Mess tin","price":"0.99","sku":"P-01A21907ACDE705CB36A4DF09067CCB6"}', 0, '00000000-0000-0000-0000-000000000000', '01a21907-acde-705c-b36a-4df1b10b581e', 1795716263135080);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (4, 1, 'customer:00000000-0000-0000-0000-000000000007', NULL, '{"email":"Ann@example.com","email_confirmed":false,"first_name":"Ada","is_active":true,"last_name":"","role":"staff","username":"Ann"}', 0, '00000000-0000-0000-0000-000000000000', '01a21907-ace0-7141-962f-a29c5e42f267', 1795716263137436);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (5, 10, 'api_key:00000000-0000-0000-0000-00000000000a', NULL, '{"channel":null,"expires_at":null,"is_revoked":false,"name":"till","scopes":["intake"]}', 1, '00000000-0000-0000-0000-000000000009', '01a21907-aceb-701a-9740-6f104a92386f', 1795716263148454);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (6, 30, 'category:camp', NULL, '{"name":"Tents","parent":null,"slug":"camp"}', 1, '00000000-0000-0000-0000-000000000009', '01a21907-aced-7326-9630-39a49752f3ad', 1795716263150017);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (7, 30, 'category:tents', NULL, '{"name":"Tents","parent":1,"slug":"tents"}', 1, '00000000-0000-0000-0000-000000000009', '01a21907-acef-74e8-baa7-83a573d4e973', 1795716263151784);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (8, 20, 'product:4', NULL, '{"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"name":"Mess tin","price":"5.00","sku":"P-01A21907ACF2760E8E3D946F40E02BC6"}', 0, '00000000-0000-0000-0000-000000000000', '01a21907-acf2-760e-8e3d-94702fea6d6f', 1795716263154616);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (9, 40, 'product:4', '{"on_hand":7}', '{"on_hand":8}', 1, '00000000-0000-0000-0000-000000000009', '01a21907-acf4-75a4-b2b9-1542e03cea8f', 1795716263157264);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (10, 21, 'product:4', '{"category":null}', '{"category":"tents"}', 1, '00000000-0000-0000-0000-000000000009', '01a21907-acf6-7034-9c89-930ace9b9eac', 1795716263159275);
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
CREATE INDEX api_keys_by_maker ON identity.api_keys USING btree (created_by) WHERE (created_by IS NOT NULL);
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
