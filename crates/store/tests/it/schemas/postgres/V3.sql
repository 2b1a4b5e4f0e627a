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
INSERT INTO catalog.products VALUES (1, '01a2192f-acc3-720d-a888-f192daa96f77', 'P-01A2192FACC3720DA888F192DAA96F77', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795718884619034, 1795718884619034, 'mess tin
p-01a2192facc3720da888f192daa96f77
holds a pint.');
INSERT INTO catalog.products VALUES (2, '01a2192f-ad19-703e-84cf-20d7599d6652', 'P-01A2192FAD19703E84CF20D7599D6652', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795718884633719, 1795718884633719, 'mess tin
p-01a2192fad19703e84cf20d7599d6652
holds a pint.');
INSERT INTO catalog.products VALUES (3, '01a2192f-ad21-742a-ae59-fc09f5afa010', 'P-01A2192FAD21742AAE59FC09F5AFA010', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795718884641623, 1795718884641623, 'mess tin
p-01a2192fad21742aae59fc09f5afa010
holds a pint.');
INSERT INTO catalog.products VALUES (4, '01a2192f-ad4e-7531-be69-70b5dd742e87', 'P-01A2192FAD4E7531BE6970B5DD742E87', 'Mess tin', 'Holds a pint.', NULL, 2, 2, false, 1795718884687081, 1795718884699470, 'mess tin
p-01a2192fad4e7531be6970b5dd742e87
holds a pint.');
INSERT INTO catalog.stock VALUES (4, 1, 8, 0);
INSERT INTO catalog.stock VALUES (1, 1, 98, 0);
INSERT INTO catalog.stock VALUES (2, 1, 99, 0);
INSERT INTO catalog.stock VALUES (3, 1, 99, 0);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a2192f-acc3-720d-a888-f1934839a1a3', 1795718884619034);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (2, 2, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a2192f-ad19-703e-84cf-20d8b3cf9c2c', 1795718884633719);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (3, 3, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a2192f-ad21-742a-ae59-fc0aa1673016', 1795718884641623);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (4, 4, 1, 1, 7, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a2192f-ad4e-7531-be69-70b72503dfb0', 1795718884687081);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (5, 4, 1, 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a2192f-ad59-738b-a166-794bf5348870', 1795718884697536);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (6, 1, 1, 3, -2, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795718884701790);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (7, 2, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795718884701790);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (8, 2, 1, 3, -4, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795718884709973);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (9, 2, 1, 4, 4, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795718884717148);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (10, 3, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795718884722494);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (11, 3, 1, 4, 1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795718884729817);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (12, 3, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795718884732037);
INSERT INTO identity.accounts VALUES ('00000000-0000-0000-0000-000000000007', 'Ann', 'ann', 'Ann@example.com', 'ann@example.com', '$argon2id$', 'Ada', '', 2, true, 1795718884649743, 1795718884649743, false, 1, 1, NULL, NULL, 'ann', 'ada
');
INSERT INTO identity.addresses VALUES ('00000000-0000-0000-0000-000000000007', '00000000-0000-0000-0000-000000000009', 1795718884659135, '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', 1795718884659135);
INSERT INTO identity.api_keys VALUES ('00000000-0000-0000-0000-00000000000a', 'till', 16, NULL, 'secret', 1795718884665222, NULL, NULL, NULL, '00000000-0000-0000-0000-000000000009');
INSERT INTO identity.factors VALUES ('00000000-0000-0000-0000-000000000007', 'BASE32', 'paper', 0, NULL, 1795718884663887);
INSERT INTO identity.links VALUES ('00000000-0000-0000-0000-000000000007', 2, 'secret', 'Ann@example.com', 'ann@example.com', 1795718884662446, 14410118884662446);
INSERT INTO identity.sessions VALUES ('00000000-0000-0000-0000-000000000008', '00000000-0000-0000-0000-000000000007', 2, 1795718884657150, 1795718884653421, 14410118884657150, NULL, 1, 'a browser', NULL);
INSERT INTO orders.events VALUES (1, 1, '01a2192f-ad5d-75c8-8ab3-36ca5d25baf8', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000001', '01a2192f-ad5d-75c8-8ab3-36cb85b49c2f', 1795718884701790);
INSERT INTO orders.events VALUES (2, 1, '01a2192f-ad65-74d5-8859-740763b9da32', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a2192f-ad65-74d5-8859-7408709a9b08', 1795718884709973);
INSERT INTO orders.events VALUES (3, 1, '01a2192f-ad65-74d5-8859-740763b9da32', 2, 4, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a2192f-ad69-74a7-be8f-226459c49806', 1795718884717148);
INSERT INTO orders.events VALUES (4, 1, '01a2192f-ad71-76f4-ba68-c27878f3ea94', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a2192f-ad71-76f4-ba68-c27956821abc', 1795718884722494);
INSERT INTO orders.events VALUES (5, 1, '01a2192f-ad71-76f4-ba68-c27878f3ea94', 2, 2, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a2192f-ad74-7210-88d7-bd1764ddf455', 1795718884724870);
INSERT INTO orders.events VALUES (6, 1, '01a2192f-ad71-76f4-ba68-c27878f3ea94', 3, 5, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a2192f-ad79-72ca-97d1-bb02b013d335', 1795718884729817);
INSERT INTO orders.events VALUES (7, 1, '01a2192f-ad71-76f4-ba68-c27878f3ea94', 4, 6, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a2192f-ad7b-770a-b3d5-e1b60ee41fdc', 1795718884732037);
INSERT INTO orders.order_lines VALUES ('01a2192f-ad5d-75c8-8ab3-36ca5d25baf8', 1, 1, 'P-01A2192FACC3720DA888F192DAA96F77', 'Mess tin', 'Holds a pint.', 2, 1000);
INSERT INTO orders.order_lines VALUES ('01a2192f-ad5d-75c8-8ab3-36ca5d25baf8', 2, 2, 'P-01A2192FAD19703E84CF20D7599D6652', 'Mess tin', 'Holds a pint.', 1, 250);
INSERT INTO orders.order_lines VALUES ('01a2192f-ad65-74d5-8859-740763b9da32', 1, 2, 'P-01A2192FAD19703E84CF20D7599D6652', 'Mess tin', 'Holds a pint.', 4, 250);
INSERT INTO orders.order_lines VALUES ('01a2192f-ad71-76f4-ba68-c27878f3ea94', 1, 3, 'P-01A2192FAD21742AAE59FC09F5AFA010', 'Mess tin', 'Holds a pint.', 1, 99);
INSERT INTO orders.orders VALUES ('01a2192f-ad5d-75c8-8ab3-36ca5d25baf8', 1, 1, '00000000-0000-0000-0000-000000000001', 1, 1, 'EUR', 2250, '', 'kept', '008424f8-efdd-c67e-f7a2-5fc996e4e275', 'c83cf365-bb78-af90-a535-46a0bdbc80f9', 1795718884701790, 1795718884701790, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a2192f-ad65-74d5-8859-740763b9da32', 2, 1, '00000000-0000-0000-0000-000000000002', 4, 2, 'EUR', 1000, '', NULL, NULL, NULL, 1795718884709973, 1795718884717148, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a2192f-ad71-76f4-ba68-c27878f3ea94', 3, 1, '00000000-0000-0000-0000-000000000002', 1, 4, 'EUR', 99, '', NULL, NULL, NULL, 1795718884722494, 1795718884732037, NULL, NULL, NULL);
INSERT INTO public.refinery_schema_history VALUES (1, 'foundation', '2026-11-26T18:48:04.461280348Z', '6467867800885423345');
INSERT INTO public.refinery_schema_history VALUES (2, 'people', '2026-11-26T18:48:04.492454846Z', '9139341371454135502');
INSERT INTO public.refinery_schema_history VALUES (3, 'places', '2026-11-26T18:48:04.50843836Z', '3664346519670716714');
INSERT INTO writer.batches VALUES ('01a2192f-ad0a-72cc-a12a-9c515254a755', 1795718884619034);
INSERT INTO writer.batches VALUES ('01a2192f-ad19-703e-84cf-20d9dd824233', 1795718884633719);
INSERT INTO writer.batches VALUES ('01a2192f-ad21-742a-ae59-fc0b0b50ac55', 1795718884641623);
INSERT INTO writer.batches VALUES ('01a2192f-ad29-71a4-ae99-8c2eb8565ef0', 1795718884649743);
INSERT INTO writer.batches VALUES ('01a2192f-ad2d-738d-ae49-c84c3f33ec0d', 1795718884653421);
INSERT INTO writer.batches VALUES ('01a2192f-ad2e-7117-aadf-88b5f8a2d15f', 1795718884657150);
INSERT INTO writer.batches VALUES ('01a2192f-ad32-7510-8044-1af16853a3dd', 1795718884659135);
INSERT INTO writer.batches VALUES ('01a2192f-ad36-703e-851b-de9006c5e839', 1795718884662446);
INSERT INTO writer.batches VALUES ('01a2192f-ad37-70b5-b23b-3247746eaa18', 1795718884663887);
INSERT INTO writer.batches VALUES ('01a2192f-ad38-720a-8034-0961902ac8c8', 1795718884665222);
INSERT INTO writer.batches VALUES ('01a2192f-ad41-724c-b098-a40bf3fa746a', 1795718884673458);
INSERT INTO writer.batches VALUES ('01a2192f-ad45-758d-9b23-431bf6c22a91', 1795718884677871);
INSERT INTO writer.batches VALUES ('01a2192f-ad4d-7712-badd-8609a3c968ca', 1795718884685838);
INSERT INTO writer.batches VALUES ('01a2192f-ad4e-7531-be69-70b8c4aa5836', 1795718884687081);
INSERT INTO writer.batches VALUES ('01a2192f-ad59-738b-a166-794c80a9398f', 1795718884697536);
INSERT INTO writer.batches VALUES ('01a2192f-ad5b-76ae-9b49-328ec5ee7190', 1795718884699470);
INSERT INTO writer.batches VALUES ('01a2192f-ad5d-75c8-8ab3-36cc186036bf', 1795718884701790);
INSERT INTO writer.batches VALUES ('01a2192f-ad65-74d5-8859-740ade5a7fd5', 1795718884709973);
INSERT INTO writer.batches VALUES ('01a2192f-ad69-74a7-be8f-22669e8e38da', 1795718884717148);
INSERT INTO writer.batches VALUES ('01a2192f-ad72-759d-962a-304d4dcba8f2', 1795718884722494);
INSERT INTO writer.batches VALUES ('01a2192f-ad74-7210-88d7-bd1a03927041', 1795718884724870);
INSERT INTO writer.batches VALUES ('01a2192f-ad79-72ca-97d1-bb050a58d6d6', 1795718884729817);
INSERT INTO writer.batches VALUES ('01a2192f-ad7b-770a-b3d5-e1b75bab3c32', 1795718884732037);
INSERT INTO writer.consumers VALUES ('search', 0, '00000000-0000-0000-0000-000000000001', 1795718884685839, 1795718884685838);
INSERT INTO writer.counters VALUES ('categories', 2);
INSERT INTO writer.counters VALUES ('products', 4);
INSERT INTO writer.counters VALUES ('orders', 3);
INSERT INTO writer.feed VALUES (1, '74bcafe8', 7, 23);
INSERT INTO writer.traces VALUES (0, '00000000-0000-0000-0000-000000000000', 'created', '710a4d7e-384d-a339-e511-a19720e139c1', '1 [{"id":4,"public_id":"01a2192f-ad4e-7531-be69-70b5dd742e87","sku":"P-01A2192FAD4E7531BE6970B5DD742E87","name":"Mess tin","description":"Holds a pint.","image_url":null,"price":{"minor":500,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"is_archived":false,"created_at":1795718884687081,"updated_at":1795718884687081},{"on_hand":7,"reserved":0}]', 1795718884687081);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (1, 20, 'product:1', NULL, '{"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"name":"Mess tin","price":"10.00","sku":"P-01A2192FACC3720DA888F192DAA96F77"}', 0, '00000000-0000-0000-0000-000000000000', '01a2192f-acc3-720d-a888-f1934839a1a3', 1795718884619034);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (2, 20, 'product:2', NULL, '{"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"name":"Mess tin","price":"2.50","sku":"P-01A2192FAD19703E84CF20D7599D6652"}', 0, '00000000-0000-0000-0000-000000000000', '01a2192f-ad19-703e-84cf-20d8b3cf9c2c', 1795718884633719);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (3, 20, 'product:3', NULL, '{"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"name":"Mess tin","price":"0.99","sku":"P-01A2192FAD21742AAE59FC09F5AFA010"}', 0, '00000000-0000-0000-0000-000000000000', '01a2192f-ad21-742a-ae59-fc0aa1673016', 1795718884641623);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (4, 1, 'customer:00000000-0000-0000-0000-000000000007', NULL, '{"email":"Ann@example.com","email_confirmed":false,"first_name":"Ada","is_active":true,"last_name":"","role":"staff","username":"Ann"}', 0, '00000000-0000-0000-0000-000000000000', '01a2192f-ad29-71a4-ae99-8c2dde01e748', 1795718884649743);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (5, 10, 'api_key:00000000-0000-0000-0000-00000000000a', NULL, '{"channel":null,"expires_at":null,"is_revoked":false,"name":"till","scopes":["intake"]}', 1, '00000000-0000-0000-0000-000000000009', '01a2192f-ad38-720a-8034-09603b7630ae', 1795718884665222);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (6, 30, 'category:camp', NULL, '{"name":"Tents","parent":null,"slug":"camp"}', 1, '00000000-0000-0000-0000-000000000009', '01a2192f-ad41-724c-b098-a40a537591fe', 1795718884673458);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (7, 30, 'category:tents', NULL, '{"name":"Tents","parent":1,"slug":"tents"}', 1, '00000000-0000-0000-0000-000000000009', '01a2192f-ad45-758d-9b23-431ab3fb60c3', 1795718884677871);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (8, 20, 'product:4', NULL, '{"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"name":"Mess tin","price":"5.00","sku":"P-01A2192FAD4E7531BE6970B5DD742E87"}', 0, '00000000-0000-0000-0000-000000000000', '01a2192f-ad4e-7531-be69-70b72503dfb0', 1795718884687081);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (9, 40, 'product:4', '{"on_hand":7}', '{"on_hand":8}', 1, '00000000-0000-0000-0000-000000000009', '01a2192f-ad59-738b-a166-794bf5348870', 1795718884697536);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (10, 21, 'product:4', '{"category":null}', '{"category":"tents"}', 1, '00000000-0000-0000-0000-000000000009', '01a2192f-ad5b-76ae-9b49-328b573e120e', 1795718884699470);
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
