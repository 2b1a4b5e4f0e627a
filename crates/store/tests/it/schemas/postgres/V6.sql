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
CREATE TABLE orders.holds (
    cart_id uuid NOT NULL,
    product_id bigint NOT NULL,
    units bigint NOT NULL,
    added_at bigint NOT NULL,
    CONSTRAINT holds_units_check CHECK ((units >= 1))
);
CREATE VIEW catalog.ledgers AS
 SELECT p.id AS product_id,
    ( SELECT (COALESCE(sum(e.delta), (0)::numeric))::bigint AS "coalesce"
           FROM catalog.stock_entries e
          WHERE (e.product_id = p.id)) AS entered,
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
CREATE TABLE orders.carts (
    id uuid NOT NULL,
    owner_kind smallint NOT NULL,
    opened_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    crowd_id uuid,
    CONSTRAINT carts_owner_kind_check CHECK ((owner_kind = ANY (ARRAY[1, 3])))
);
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
INSERT INTO catalog.products VALUES (1, '01a21bed-6e0c-7588-a3e6-e68b6a70b70c', 'P-01A21BED6E0C7588A3E6E68B6A70B70C', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795764874850221, 1795764874850221, 'mess tin
p-01a21bed6e0c7588a3e6e68b6a70b70c
holds a pint.', NULL, NULL, NULL, NULL, 1000, 'EUR');
INSERT INTO catalog.products VALUES (2, '01a21bed-6e72-7093-a255-8d7756c3fcbe', 'P-01A21BED6E727093A2558D7756C3FCBE', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, false, 1795764874866530, 1795764874866530, 'mess tin
p-01a21bed6e727093a2558d7756c3fcbe
holds a pint.', NULL, NULL, NULL, NULL, 250, 'EUR');
INSERT INTO catalog.products VALUES (4, '01a21bed-6eab-70ac-bd86-52b8171aaa95', 'P-01A21BED6EAB70ACBD8652B8171AAA95', 'Mess tin', 'Holds a pint.', NULL, 2, 2, false, 1795764874923820, 1795764874927433, 'mess tin
p-01a21bed6eab70acbd8652b8171aaa95
holds a pint.', NULL, NULL, NULL, NULL, 500, 'EUR');
INSERT INTO catalog.products VALUES (3, '01a21bed-6e78-75cd-a01c-ed7fdfc53ebb', 'sku:archived:3', 'Mess tin', 'Holds a pint.', NULL, NULL, 3, true, 1795764874872909, 1795764874965722, 'mess tin
p-01a21bed6e7875cda01ced7fdfc53ebb
holds a pint.', NULL, NULL, 5, 'P-01A21BED6E7875CDA01CED7FDFC53EBB', 99, 'EUR');
INSERT INTO catalog.stock VALUES (4, 1, 8, 0);
INSERT INTO catalog.stock VALUES (1, 1, 98, 0);
INSERT INTO catalog.stock VALUES (3, 1, 99, 0);
INSERT INTO catalog.stock VALUES (2, 1, 99, 4);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21bed-6e0c-7588-a3e6-e68c2525b22e', 1795764874850221);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (2, 2, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21bed-6e72-7093-a255-8d784418b069', 1795764874866530);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (3, 3, 1, 1, 100, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21bed-6e78-75cd-a01c-ed802d7d512f', 1795764874872909);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (4, 4, 1, 1, 7, NULL, 0, '00000000-0000-0000-0000-000000000000', '01a21bed-6eab-70ac-bd86-52b9695f36ae', 1795764874923820);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (5, 4, 1, 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21bed-6ead-7671-841a-60d3873c27a6', 1795764874925650);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (6, 1, 1, 3, -2, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795764874933671);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (7, 2, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795764874933671);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (8, 2, 1, 3, -4, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795764874939086);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (9, 2, 1, 4, 4, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795764874940539);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (10, 3, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795764874946586);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (11, 3, 1, 4, 1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795764874953360);
INSERT INTO catalog.stock_entries OVERRIDING SYSTEM VALUE VALUES (12, 3, 1, 3, -1, NULL, 0, '00000000-0000-0000-0000-000000000000', NULL, 1795764874960641);
INSERT INTO identity.accounts VALUES ('00000000-0000-0000-0000-000000000007', 'Ann', 'ann', 'Ann@example.com', 'ann@example.com', '$argon2id$', 'Ada', '', 2, true, 1795764874874075, 1795764874874075, false, 1, 1, NULL, NULL, 'ann', 'ada
', NULL);
INSERT INTO identity.addresses VALUES ('00000000-0000-0000-0000-000000000007', '00000000-0000-0000-0000-000000000009', 1795764874889024, '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', 1795764874889024);
INSERT INTO identity.api_keys VALUES ('00000000-0000-0000-0000-00000000000a', 'till', 16, NULL, 'secret', 1795764874898944, NULL, NULL, NULL, '00000000-0000-0000-0000-000000000009');
INSERT INTO identity.factors VALUES ('00000000-0000-0000-0000-000000000007', 'BASE32', 'paper', 0, NULL, 1795764874898174);
INSERT INTO identity.links VALUES ('00000000-0000-0000-0000-000000000007', 2, 'secret', 'Ann@example.com', 'ann@example.com', 1795764874894383, 14410164874894383);
INSERT INTO identity.sessions VALUES ('00000000-0000-0000-0000-000000000008', '00000000-0000-0000-0000-000000000007', 2, 1795764874876797, 1795764874875414, 14410164874876797, NULL, 1, 'a browser', NULL);
INSERT INTO orders.bought VALUES (3, 1, '00000000-0000-0000-0000-000000000007', 1);
INSERT INTO orders.carts VALUES ('00000000-0000-0000-0000-000000000001', 1, 1795764874968617, 1795764874968617, 14410164874968617, NULL);
INSERT INTO orders.carts VALUES ('c21f38c8-6418-89f1-a612-4e2290192d55', 3, 1795764874970634, 1795764874970634, 14410164874970634, 'b3461fe8-ce34-8ff4-8267-16949113d587');
INSERT INTO orders.crowds VALUES ('b3461fe8-ce34-8ff4-8267-16949113d587', 1);
INSERT INTO orders.events VALUES (1, 1, '01a21bed-6eb5-72e9-a42c-561a30d644a7', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000001', '01a21bed-6eb5-72e9-a42c-561be9daa07a', 1795764874933671);
INSERT INTO orders.events VALUES (2, 1, '01a21bed-6eba-70d5-9136-4785d6edde4f', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a21bed-6eba-70d5-9136-47861959180f', 1795764874939086);
INSERT INTO orders.events VALUES (3, 1, '01a21bed-6eba-70d5-9136-4785d6edde4f', 2, 4, NULL, 1, '00000000-0000-0000-0000-000000000002', '01a21bed-6ebc-7034-a5bc-91d3f2a05efe', 1795764874940539);
INSERT INTO orders.events VALUES (4, 1, '01a21bed-6ec2-72a6-b249-37d6c2425835', 1, 1, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21bed-6ec2-72a6-b249-37d7e341ddb6', 1795764874946586);
INSERT INTO orders.events VALUES (5, 1, '01a21bed-6ec2-72a6-b249-37d6c2425835', 2, 2, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21bed-6ec6-762a-9537-e897761e7faf', 1795764874951114);
INSERT INTO orders.events VALUES (6, 1, '01a21bed-6ec2-72a6-b249-37d6c2425835', 3, 5, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21bed-6ec9-7461-a487-f51a2d5516ec', 1795764874953360);
INSERT INTO orders.events VALUES (7, 1, '01a21bed-6ec2-72a6-b249-37d6c2425835', 4, 6, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21bed-6ecf-73e8-859a-f70b3a7e5b94', 1795764874960641);
INSERT INTO orders.events VALUES (8, 1, '01a21bed-6ec2-72a6-b249-37d6c2425835', 5, 7, NULL, 1, '00000000-0000-0000-0000-000000000009', '01a21bed-6ed3-7561-b36a-2fcaa0870d66', 1795764874964405);
INSERT INTO orders.holds VALUES ('00000000-0000-0000-0000-000000000001', 2, 3, 1795764874968617);
INSERT INTO orders.holds VALUES ('c21f38c8-6418-89f1-a612-4e2290192d55', 2, 1, 1795764874970634);
INSERT INTO orders.order_lines VALUES ('01a21bed-6eb5-72e9-a42c-561a30d644a7', 1, 1, 'P-01A21BED6E0C7588A3E6E68B6A70B70C', 'Mess tin', 'Holds a pint.', 2, 1000, false);
INSERT INTO orders.order_lines VALUES ('01a21bed-6eb5-72e9-a42c-561a30d644a7', 2, 2, 'P-01A21BED6E727093A2558D7756C3FCBE', 'Mess tin', 'Holds a pint.', 1, 250, false);
INSERT INTO orders.order_lines VALUES ('01a21bed-6eba-70d5-9136-4785d6edde4f', 1, 2, 'P-01A21BED6E727093A2558D7756C3FCBE', 'Mess tin', 'Holds a pint.', 4, 250, false);
INSERT INTO orders.order_lines VALUES ('01a21bed-6ec2-72a6-b249-37d6c2425835', 1, 3, 'P-01A21BED6E7875CDA01CED7FDFC53EBB', 'Mess tin', 'Holds a pint.', 1, 99, true);
INSERT INTO orders.orders VALUES ('01a21bed-6eb5-72e9-a42c-561a30d644a7', 1, 1, '00000000-0000-0000-0000-000000000001', 1, 1, 'EUR', 2250, '', 'kept', '008424f8-efdd-c67e-f7a2-5fc996e4e275', 'c83cf365-bb78-af90-a535-46a0bdbc80f9', 1795764874933671, 1795764874933671, NULL, NULL, NULL, NULL, NULL, NULL, 1795764874933671, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a21bed-6eba-70d5-9136-4785d6edde4f', 2, 1, '00000000-0000-0000-0000-000000000002', 4, 2, 'EUR', 1000, '', NULL, NULL, NULL, 1795764874939086, 1795764874940539, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO orders.orders VALUES ('01a21bed-6ec2-72a6-b249-37d6c2425835', 3, 1, '00000000-0000-0000-0000-000000000007', 1, 5, 'EUR', 99, 'ring', 'delivered', '9796307e-1371-977c-ed12-98298ccd87ba', '5662c47f-1959-df18-9c24-c09941013950', 1795764874946586, 1795764874964405, NULL, NULL, NULL, 'PO-1', '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', '{"phone":"+353 1"}', 1795764874960641, 1, '00000000-0000-0000-0000-000000000009');
INSERT INTO public.refinery_schema_history VALUES (1, 'foundation', '2026-11-27T07:34:34.690555956Z', '6467867800885423345');
INSERT INTO public.refinery_schema_history VALUES (2, 'people', '2026-11-27T07:34:34.701613836Z', '9139341371454135502');
INSERT INTO public.refinery_schema_history VALUES (3, 'places', '2026-11-27T07:34:34.708312527Z', '3664346519670716714');
INSERT INTO public.refinery_schema_history VALUES (4, 'held', '2026-11-27T07:34:34.709925836Z', '11084016189441942037');
INSERT INTO public.refinery_schema_history VALUES (5, 'shelf', '2026-11-27T07:34:34.710797387Z', '7696496667043570105');
INSERT INTO public.refinery_schema_history VALUES (6, 'baskets', '2026-11-27T07:34:34.727592934Z', '13977187141953088525');
INSERT INTO writer.batches VALUES ('01a21bed-6e61-717e-8fb9-1d5e81375962', 1795764874850221);
INSERT INTO writer.batches VALUES ('01a21bed-6e72-7093-a255-8d7ae2280f12', 1795764874866530);
INSERT INTO writer.batches VALUES ('01a21bed-6e78-75cd-a01c-ed81542df537', 1795764874872909);
INSERT INTO writer.batches VALUES ('01a21bed-6e79-71d1-b023-2fa1f88594e1', 1795764874874075);
INSERT INTO writer.batches VALUES ('01a21bed-6e7b-7325-8b33-25d308c77e1b', 1795764874875414);
INSERT INTO writer.batches VALUES ('01a21bed-6e7c-7024-b0c0-b794ac20d345', 1795764874876797);
INSERT INTO writer.batches VALUES ('01a21bed-6e88-7597-8377-4d07c2ebff41', 1795764874889024);
INSERT INTO writer.batches VALUES ('01a21bed-6e8e-764f-865b-09fda2b95eaf', 1795764874894383);
INSERT INTO writer.batches VALUES ('01a21bed-6e8f-7388-860f-039b87094609', 1795764874898174);
INSERT INTO writer.batches VALUES ('01a21bed-6e92-748c-bd60-81143a9cff2d', 1795764874898944);
INSERT INTO writer.batches VALUES ('01a21bed-6e94-73e0-921e-0a072b882b92', 1795764874900428);
INSERT INTO writer.batches VALUES ('01a21bed-6ea0-77d0-8d60-9f88072edbcb', 1795764874912863);
INSERT INTO writer.batches VALUES ('01a21bed-6ea7-7018-9a0c-5ac3a4f6c137', 1795764874919476);
INSERT INTO writer.batches VALUES ('01a21bed-6eab-70ac-bd86-52ba78e61407', 1795764874923820);
INSERT INTO writer.batches VALUES ('01a21bed-6ead-7671-841a-60d42d7c6330', 1795764874925650);
INSERT INTO writer.batches VALUES ('01a21bed-6eaf-739c-a930-33164d9d94e8', 1795764874927433);
INSERT INTO writer.batches VALUES ('01a21bed-6eb3-735c-9182-85d8e77fb6b9', 1795764874931300);
INSERT INTO writer.batches VALUES ('01a21bed-6eb5-72e9-a42c-561ce46c5e7b', 1795764874933671);
INSERT INTO writer.batches VALUES ('01a21bed-6eba-70d5-9136-4787a40280d7', 1795764874939086);
INSERT INTO writer.batches VALUES ('01a21bed-6ebc-7034-a5bc-91d42022c1c4', 1795764874940539);
INSERT INTO writer.batches VALUES ('01a21bed-6ec2-72a6-b249-37d866c03caf', 1795764874946586);
INSERT INTO writer.batches VALUES ('01a21bed-6ec6-762a-9537-e898e74dbc57', 1795764874951114);
INSERT INTO writer.batches VALUES ('01a21bed-6ec9-7461-a487-f51bf83765b2', 1795764874953360);
INSERT INTO writer.batches VALUES ('01a21bed-6ed0-725d-96ba-6d94d4cd2249', 1795764874960641);
INSERT INTO writer.batches VALUES ('01a21bed-6ed4-75e2-b0a2-58687bfe6ad1', 1795764874964405);
INSERT INTO writer.batches VALUES ('01a21bed-6ed5-7360-8d04-907877c975e9', 1795764874965722);
INSERT INTO writer.batches VALUES ('01a21bed-6ed8-762d-b19e-ff692844934f', 1795764874968617);
INSERT INTO writer.batches VALUES ('01a21bed-6eda-729c-9a61-1de9e56359c9', 1795764874970634);
INSERT INTO writer.consumers VALUES ('search', 0, '00000000-0000-0000-0000-000000000001', 1795764874919477, 1795764874919476);
INSERT INTO writer.counters VALUES ('categories', 2);
INSERT INTO writer.counters VALUES ('products', 4);
INSERT INTO writer.counters VALUES ('orders', 3);
INSERT INTO writer.feed VALUES (1, '8494ad7f', 8, 28);
INSERT INTO writer.traces VALUES (0, '00000000-0000-0000-0000-000000000000', 'created', '710a4d7e-384d-a339-e511-a19720e139c1', '1 [{"id":4,"public_id":"01a21bed-6eab-70ac-bd86-52b8171aaa95","sku":"P-01A21BED6EAB70ACBD8652B8171AAA95","name":"Mess tin","description":"Holds a pint.","image_url":null,"price":{"minor":500,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"is_archived":false,"created_at":1795764874923820,"updated_at":1795764874923820},{"on_hand":7,"reserved":0}]', 1795764874923820);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (1, 20, 'product:1', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"10.00","sku":"P-01A21BED6E0C7588A3E6E68B6A70B70C"}', 0, '00000000-0000-0000-0000-000000000000', '01a21bed-6e0c-7588-a3e6-e68c2525b22e', 1795764874850221);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (2, 20, 'product:2', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"2.50","sku":"P-01A21BED6E727093A2558D7756C3FCBE"}', 0, '00000000-0000-0000-0000-000000000000', '01a21bed-6e72-7093-a255-8d784418b069', 1795764874866530);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (3, 20, 'product:3', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"0.99","sku":"P-01A21BED6E7875CDA01CED7FDFC53EBB"}', 0, '00000000-0000-0000-0000-000000000000', '01a21bed-6e78-75cd-a01c-ed802d7d512f', 1795764874872909);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (4, 1, 'customer:00000000-0000-0000-0000-000000000007', NULL, '{"email":"Ann@example.com","email_confirmed":false,"first_name":"Ada","is_active":true,"last_name":"","role":"staff","username":"Ann"}', 0, '00000000-0000-0000-0000-000000000000', '01a21bed-6e79-71d1-b023-2fa0aace8163', 1795764874874075);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (5, 10, 'api_key:00000000-0000-0000-0000-00000000000a', NULL, '{"channel":null,"expires_at":null,"is_revoked":false,"name":"till","scopes":["intake"]}', 1, '00000000-0000-0000-0000-000000000009', '01a21bed-6e92-748c-bd60-811375b37fcc', 1795764874898944);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (6, 30, 'category:camp', NULL, '{"name":"Tents","parent":null,"slug":"camp"}', 1, '00000000-0000-0000-0000-000000000009', '01a21bed-6e94-73e0-921e-0a06760cb7cf', 1795764874900428);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (7, 30, 'category:tents', NULL, '{"name":"Tents","parent":1,"slug":"tents"}', 1, '00000000-0000-0000-0000-000000000009', '01a21bed-6ea0-77d0-8d60-9f879188875e', 1795764874912863);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (8, 20, 'product:4', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"5.00","sku":"P-01A21BED6EAB70ACBD8652B8171AAA95"}', 0, '00000000-0000-0000-0000-000000000000', '01a21bed-6eab-70ac-bd86-52b9695f36ae', 1795764874923820);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (9, 40, 'product:4', '{"on_hand":7}', '{"on_hand":8}', 1, '00000000-0000-0000-0000-000000000009', '01a21bed-6ead-7671-841a-60d3873c27a6', 1795764874925650);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (10, 21, 'product:4', '{"category":null}', '{"category":"tents"}', 1, '00000000-0000-0000-0000-000000000009', '01a21bed-6eaf-739c-a930-33152cc20951', 1795764874927433);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (11, 21, 'product:3', '{"caller_units_most":null}', '{"caller_units_most":5}', 1, '00000000-0000-0000-0000-000000000009', '01a21bed-6eb3-735c-9182-85d703e38c23', 1795764874931300);
INSERT INTO writer.trail OVERRIDING SYSTEM VALUE VALUES (12, 22, 'product:3', '{"is_archived":false}', '{"is_archived":true}', 1, '00000000-0000-0000-0000-000000000009', '01a21bed-6ed5-7360-8d04-9077ca853b43', 1795764874965722);
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
ALTER TABLE ONLY orders.carts
    ADD CONSTRAINT carts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY orders.crowds
    ADD CONSTRAINT crowds_pkey PRIMARY KEY (id);
ALTER TABLE ONLY orders.events
    ADD CONSTRAINT events_pkey PRIMARY KEY ("position");
ALTER TABLE ONLY orders.events
    ADD CONSTRAINT events_subject_id_version_key UNIQUE (subject_id, version);
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
CREATE INDEX holds_by_product ON orders.holds USING btree (product_id);
CREATE INDEX orders_by_owner ON orders.orders USING btree (owner_kind, owner_id, number);
CREATE INDEX orders_by_reference ON orders.orders USING btree (reference) WHERE (reference IS NOT NULL);
CREATE INDEX orders_pending ON orders.orders USING btree (pending_since) WHERE (pending_since IS NOT NULL);
CREATE INDEX orders_personal ON orders.orders USING btree (created_at, id) WHERE ((delivery_address IS NOT NULL) OR (contact IS NOT NULL) OR (note <> ''::text) OR (failure_reason IS NOT NULL));
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
