CREATE TABLE refinery_schema_history(
             version int4 PRIMARY KEY,
             name VARCHAR(255),
             applied_on VARCHAR(255),
             checksum VARCHAR(255));
insert into refinery_schema_history values (1, 'foundation', '2026-11-27T05:12:18.365983196Z', '13791735324487078231');
insert into refinery_schema_history values (2, 'people', '2026-11-27T05:12:18.366002364Z', '3972199267030732129');
insert into refinery_schema_history values (3, 'places', '2026-11-27T05:12:18.366004808Z', '13876956151414174457');
insert into refinery_schema_history values (4, 'held', '2026-11-27T05:12:18.366006971Z', '6856602364040544182');
insert into refinery_schema_history values (5, 'shelf', '2026-11-27T05:12:18.366008654Z', '9143054201574326798');
insert into refinery_schema_history values (6, 'baskets', '2026-11-27T05:12:18.366010917Z', '14789168566565053560');
CREATE TABLE accounts (
    id blob not null primary key,
    username text not null,
    username_folded text not null unique,
    email text not null,
    email_folded text not null unique,
    password_hash text not null,
    first_name text not null,
    last_name text not null,
    role integer not null check (role between 1 and 3),
    is_active integer not null check (is_active in (0, 1)),
    created_at integer not null,
    updated_at integer not null
, email_confirmed integer not null default 0 check (email_confirmed in (0, 1)), version integer not null default 1 check (version >= 1), era integer not null default 1, era_began_at integer, gone_at integer, username_skeleton text, names_folded text not null default '', held_until integer) strict, without rowid;
insert into accounts values (X'00000000000000000000000000000007', 'Ann', 'ann', 'Ann@example.com', 'ann@example.com', '$argon2id$', 'Ada', '', 2, 1, 1795756338382369, 1795756338382369, 0, 1, 1, NULL, NULL, 'ann', 'ada
', NULL);
CREATE TABLE sessions (
    id blob not null primary key,
    account_id blob not null references accounts (id),
    generation integer not null check (generation >= 1),
    rotated_at integer not null,
    created_at integer not null,
    expires_at integer not null,
    ended_at integer
, era integer not null default 1, agent text, origin text) strict, without rowid;
insert into sessions values (X'00000000000000000000000000000008', X'00000000000000000000000000000007', 2, 1795756338383521, 1795756338383000, 14410156338383521, NULL, 1, 'a browser', NULL);
CREATE TABLE categories (
    id integer not null primary key,
    slug text not null unique,
    name text not null,
    parent_id integer references categories (id)
) strict;
insert into categories values (1, 'camp', 'Tents', NULL);
insert into categories values (2, 'tents', 'Tents', 1);
CREATE TABLE products (
    id integer not null primary key,
    public_id blob not null unique,
    sku text not null unique,
    name text not null,
    description text not null,
    image_url text,
    category_id integer references categories (id),
    version integer not null check (version >= 1),
    is_archived integer not null check (is_archived in (0, 1)),
    created_at integer not null,
    updated_at integer not null,
    -- Name, sku and description, their case folded by the shop: no engine folds like another. Last,
    -- where rows that are not searched need not reach.
    search_folded text not null
, low_stock_threshold integer check (low_stock_threshold >= 0), order_units_most integer check (order_units_most >= 1), caller_units_most integer check (caller_units_most >= 1), former_sku text, own_price_minor integer not null default 0 check (own_price_minor >= 0), own_currency text not null default '') strict;
insert into products values (1, X'01A21B6B2CCA71B1B1C339FC8544C34D', 'P-01A21B6B2CCA71B1B1C339FC8544C34D', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795756338379794, 1795756338379794, 'mess tin
p-01a21b6b2cca71b1b1c339fc8544c34d
holds a pint.', NULL, NULL, NULL, NULL, 1000, 'EUR');
insert into products values (2, X'01A21B6B2CCD72F88C9E3B49703025A9', 'P-01A21B6B2CCD72F88C9E3B49703025A9', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795756338381079, 1795756338381079, 'mess tin
p-01a21b6b2ccd72f88c9e3b49703025a9
holds a pint.', NULL, NULL, NULL, NULL, 250, 'EUR');
insert into products values (3, X'01A21B6B2CCD72F88C9E3B4F65E09E0F', 'sku:archived:3', 'Mess tin', 'Holds a pint.', NULL, NULL, 3, 1, 1795756338381669, 1795756338395351, 'mess tin
p-01a21b6b2ccd72f88c9e3b4f65e09e0f
holds a pint.', NULL, NULL, 5, 'P-01A21B6B2CCD72F88C9E3B4F65E09E0F', 99, 'EUR');
insert into products values (4, X'01A21B6B2CD3772282F18C8FBE14C335', 'P-01A21B6B2CD3772282F18C8FBE14C335', 'Mess tin', 'Holds a pint.', NULL, 2, 2, 0, 1795756338387412, 1795756338388669, 'mess tin
p-01a21b6b2cd3772282f18c8fbe14c335
holds a pint.', NULL, NULL, NULL, NULL, 500, 'EUR');
CREATE TABLE prices (
    product_id integer not null references products (id),
    channel integer not null,
    currency text not null,
    amount_minor integer not null check (amount_minor >= 0),
    primary key (product_id, channel, currency)
) strict, without rowid;
insert into prices values (1, 1, 'EUR', 1000);
insert into prices values (2, 1, 'EUR', 250);
insert into prices values (3, 1, 'EUR', 99);
insert into prices values (4, 1, 'EUR', 500);
CREATE TABLE stock (
    product_id integer not null references products (id),
    location_id integer not null,
    on_hand integer not null,
    reserved integer not null,
    primary key (product_id, location_id),
    check (reserved >= 0 and reserved <= on_hand)
) strict, without rowid;
insert into stock values (1, 1, 98, 0);
insert into stock values (2, 1, 99, 4);
insert into stock values (3, 1, 99, 0);
insert into stock values (4, 1, 8, 0);
CREATE TABLE stock_entries (
    id integer not null primary key,
    product_id integer not null,
    location_id integer not null,
    kind integer not null check (kind between 1 and 4),
    delta integer not null,
    reason text,
    actor_kind integer not null,
    actor_id blob not null,
    correlation_id blob,
    at integer not null
) strict;
insert into stock_entries values (1, 1, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A21B6B2CCA71B1B1C339FD0D66FA35', 1795756338379794);
insert into stock_entries values (2, 2, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A21B6B2CCD72F88C9E3B4AF303D256', 1795756338381079);
insert into stock_entries values (3, 3, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A21B6B2CCD72F88C9E3B50D38DBA60', 1795756338381669);
insert into stock_entries values (4, 4, 1, 1, 7, NULL, 0, X'00000000000000000000000000000000', X'01A21B6B2CD3772282F18C90F3FAD692', 1795756338387412);
insert into stock_entries values (5, 4, 1, 1, 1, NULL, 1, X'00000000000000000000000000000009', X'01A21B6B2CD47197B68137E260525C42', 1795756338388076);
insert into stock_entries values (6, 1, 1, 3, -2, NULL, 0, X'00000000000000000000000000000000', NULL, 1795756338389887);
insert into stock_entries values (7, 2, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795756338389887);
insert into stock_entries values (8, 2, 1, 3, -4, NULL, 0, X'00000000000000000000000000000000', NULL, 1795756338390741);
insert into stock_entries values (9, 2, 1, 4, 4, NULL, 0, X'00000000000000000000000000000000', NULL, 1795756338391383);
insert into stock_entries values (10, 3, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795756338392138);
insert into stock_entries values (11, 3, 1, 4, 1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795756338393593);
insert into stock_entries values (12, 3, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795756338394313);
CREATE TABLE orders (
    id blob not null primary key,
    number integer not null unique,
    owner_kind integer not null,
    owner_id blob not null,
    status integer not null check (status between 1 and 5),
    version integer not null check (version >= 1),
    currency text not null,
    total_minor integer not null check (total_minor >= 0),
    note text not null,
    idempotency_key text,
    fingerprint blob,
    -- Of the owner and the key, so that a key is found by one column and by one index only: a planner
    -- without statistics cannot take the index of an owner's whole history instead.
    once_id blob unique,
    created_at integer not null,
    updated_at integer not null,
    processing_started_at integer,
    processing_completed_at integer,
    failure_reason text
, reference text, delivery_address text, contact text, pending_since integer, placed_by_kind integer, placed_by_id blob) strict, without rowid;
insert into orders values (X'01A21B6B2CD5720FA3CBE04521522E96', 1, 1, X'00000000000000000000000000000001', 1, 1, 'EUR', 2250, '', 'kept', X'008424F8EFDDC67EF7A25FC996E4E275', X'C83CF365BB78AF90A53546A0BDBC80F9', 1795756338389887, 1795756338389887, NULL, NULL, NULL, NULL, NULL, NULL, 1795756338389887, NULL, NULL);
insert into orders values (X'01A21B6B2CD677EFABE9FB4D93ABFA28', 2, 1, X'00000000000000000000000000000002', 4, 2, 'EUR', 1000, '', NULL, NULL, NULL, 1795756338390741, 1795756338391383, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
insert into orders values (X'01A21B6B2CD8709F8B3BF572B9790E6A', 3, 1, X'00000000000000000000000000000007', 1, 5, 'EUR', 99, 'ring', 'delivered', X'9796307E1371977CED1298298CCD87BA', X'5662C47F1959DF189C24C09941013950', 1795756338392138, 1795756338394869, NULL, NULL, NULL, 'PO-1', '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', '{"phone":"+353 1"}', 1795756338394313, 1, X'00000000000000000000000000000009');
CREATE TABLE order_lines (
    order_id blob not null,
    line integer not null,
    product_id integer not null,
    sku text not null,
    name text not null,
    description text not null,
    quantity integer not null check (quantity >= 1),
    unit_price_minor integer not null check (unit_price_minor >= 0), is_counted integer not null default 0 check (is_counted in (0, 1)),
    primary key (order_id, line)
) strict, without rowid;
insert into order_lines values (X'01A21B6B2CD5720FA3CBE04521522E96', 1, 1, 'P-01A21B6B2CCA71B1B1C339FC8544C34D', 'Mess tin', 'Holds a pint.', 2, 1000, 0);
insert into order_lines values (X'01A21B6B2CD5720FA3CBE04521522E96', 2, 2, 'P-01A21B6B2CCD72F88C9E3B49703025A9', 'Mess tin', 'Holds a pint.', 1, 250, 0);
insert into order_lines values (X'01A21B6B2CD677EFABE9FB4D93ABFA28', 1, 2, 'P-01A21B6B2CCD72F88C9E3B49703025A9', 'Mess tin', 'Holds a pint.', 4, 250, 0);
insert into order_lines values (X'01A21B6B2CD8709F8B3BF572B9790E6A', 1, 3, 'P-01A21B6B2CCD72F88C9E3B4F65E09E0F', 'Mess tin', 'Holds a pint.', 1, 99, 1);
CREATE TABLE events (
    position integer not null primary key,
    subject_kind integer not null,
    subject_id blob not null,
    -- The one that the subject has got by it; null when it tells of something else.
    version integer,
    kind integer not null,
    data text,
    actor_kind integer not null,
    actor_id blob not null,
    correlation_id blob not null,
    at integer not null,
    unique (subject_id, version)
) strict;
insert into events values (1, 1, X'01A21B6B2CD5720FA3CBE04521522E96', 1, 1, NULL, 1, X'00000000000000000000000000000001', X'01A21B6B2CD5720FA3CBE04661C394FE', 1795756338389887);
insert into events values (2, 1, X'01A21B6B2CD677EFABE9FB4D93ABFA28', 1, 1, NULL, 1, X'00000000000000000000000000000002', X'01A21B6B2CD677EFABE9FB4E093659B1', 1795756338390741);
insert into events values (3, 1, X'01A21B6B2CD677EFABE9FB4D93ABFA28', 2, 4, NULL, 1, X'00000000000000000000000000000002', X'01A21B6B2CD774E4AEF8274464B71CD2', 1795756338391383);
insert into events values (4, 1, X'01A21B6B2CD8709F8B3BF572B9790E6A', 1, 1, NULL, 1, X'00000000000000000000000000000009', X'01A21B6B2CD8709F8B3BF57398043AD1', 1795756338392138);
insert into events values (5, 1, X'01A21B6B2CD8709F8B3BF572B9790E6A', 2, 2, NULL, 1, X'00000000000000000000000000000009', X'01A21B6B2CD8709F8B3BF5757FF77718', 1795756338393001);
insert into events values (6, 1, X'01A21B6B2CD8709F8B3BF572B9790E6A', 3, 5, NULL, 1, X'00000000000000000000000000000009', X'01A21B6B2CD97197829F7400991CB50E', 1795756338393593);
insert into events values (7, 1, X'01A21B6B2CD8709F8B3BF572B9790E6A', 4, 6, NULL, 1, X'00000000000000000000000000000009', X'01A21B6B2CDA7523A81025929A811EAF', 1795756338394313);
insert into events values (8, 1, X'01A21B6B2CD8709F8B3BF572B9790E6A', 5, 7, NULL, 1, X'00000000000000000000000000000009', X'01A21B6B2CDA7523A810259401FA0362', 1795756338394869);
CREATE TABLE counters (
    name text not null primary key,
    last integer not null
) strict, without rowid;
insert into counters values ('categories', 2);
insert into counters values ('orders', 3);
insert into counters values ('products', 4);
CREATE TABLE feed (
    one integer not null primary key check (one = 1),
    epoch text not null,
    position integer not null,
    commits integer not null
) strict;
insert into feed values (1, '9b617b54', 8, 28);
CREATE TABLE consumers (
    name text not null primary key,
    position integer not null check (position >= 0),
    holder blob not null,
    leased_until integer not null,
    seen_at integer not null
) strict, without rowid;
insert into consumers values ('search', 0, X'00000000000000000000000000000001', 1795756338386944, 1795756338386943);
CREATE TABLE batches (
    id blob not null primary key,
    at integer not null
) strict, without rowid;
insert into batches values (X'01A21B6B2CCB75B7B9CA7F4E2EA10CA7', 1795756338379794);
insert into batches values (X'01A21B6B2CCD72F88C9E3B4B90D71E71', 1795756338381079);
insert into batches values (X'01A21B6B2CCD72F88C9E3B519130D910', 1795756338381669);
insert into batches values (X'01A21B6B2CCE72CCB674C94D89DB3354', 1795756338382369);
insert into batches values (X'01A21B6B2CCE72CCB674C95109ADEBA2', 1795756338383000);
insert into batches values (X'01A21B6B2CCF75A681222E66F077E9DC', 1795756338383521);
insert into batches values (X'01A21B6B2CCF75A681222E68F94DC680', 1795756338383997);
insert into batches values (X'01A21B6B2CD070559A9BF787D518BF04', 1795756338384496);
insert into batches values (X'01A21B6B2CD070559A9BF789C55841F9', 1795756338384950);
insert into batches values (X'01A21B6B2CD171219D9D17500E3E5CFD', 1795756338385349);
insert into batches values (X'01A21B6B2CD171219D9D17541D2A2937', 1795756338385821);
insert into batches values (X'01A21B6B2CD2756898CAD61B7C49AF71', 1795756338386439);
insert into batches values (X'01A21B6B2CD2756898CAD61FE36E1A5A', 1795756338386943);
insert into batches values (X'01A21B6B2CD3772282F18C91714D8F0A', 1795756338387412);
insert into batches values (X'01A21B6B2CD47197B68137E339B9B3E0', 1795756338388076);
insert into batches values (X'01A21B6B2CD47197B68137E555747A7B', 1795756338388669);
insert into batches values (X'01A21B6B2CD5720FA3CBE042688CA27C', 1795756338389308);
insert into batches values (X'01A21B6B2CD5720FA3CBE047EA37E967', 1795756338389887);
insert into batches values (X'01A21B6B2CD677EFABE9FB4F3B3D8CED', 1795756338390741);
insert into batches values (X'01A21B6B2CD774E4AEF82745EEE0EDB8', 1795756338391383);
insert into batches values (X'01A21B6B2CD8709F8B3BF574D7634856', 1795756338392138);
insert into batches values (X'01A21B6B2CD8709F8B3BF576186AEE7C', 1795756338393001);
insert into batches values (X'01A21B6B2CD97197829F74019C37B052', 1795756338393593);
insert into batches values (X'01A21B6B2CDA7523A810259356A2FD4F', 1795756338394313);
insert into batches values (X'01A21B6B2CDA7523A81025959830483D', 1795756338394869);
insert into batches values (X'01A21B6B2CDB7784A58C418BEF0F8540', 1795756338395351);
insert into batches values (X'01A21B6B2CDB7784A58C418D0A2C4B55', 1795756338395921);
insert into batches values (X'01A21B6B2CDC75BEBA016CAB3ABD2081', 1795756338396493);
CREATE TABLE traces (
    caller_kind integer not null,
    caller_id blob not null,
    idempotency_key text not null,
    fingerprint blob not null,
    kept text not null,
    at integer not null,
    primary key (caller_kind, caller_id, idempotency_key)
) strict, without rowid;
insert into traces values (0, X'00000000000000000000000000000000', 'created', X'710A4D7E384DA339E511A19720E139C1', '1 [{"id":4,"public_id":"01a21b6b-2cd3-7722-82f1-8c8fbe14c335","sku":"P-01A21B6B2CD3772282F18C8FBE14C335","name":"Mess tin","description":"Holds a pint.","image_url":null,"price":{"minor":500,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"is_archived":false,"created_at":1795756338387412,"updated_at":1795756338387412},{"on_hand":7,"reserved":0}]', 1795756338387412);
CREATE TABLE addresses (
    account_id blob not null references accounts (id),
    id blob not null,
    created_at integer not null,
    postal text not null,
    updated_at integer not null,
    primary key (account_id, id)
) strict, without rowid;
insert into addresses values (X'00000000000000000000000000000007', X'00000000000000000000000000000009', 1795756338383997, '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', 1795756338383997);
CREATE TABLE links (
    account_id blob not null references accounts (id),
    purpose integer not null check (purpose between 1 and 3),
    secret text not null,
    email text not null,
    email_folded text not null,
    made_at integer not null,
    expires_at integer not null,
    primary key (account_id, purpose)
) strict, without rowid;
insert into links values (X'00000000000000000000000000000007', 2, 'secret', 'Ann@example.com', 'ann@example.com', 1795756338384496, 14410156338384496);
CREATE TABLE factors (
    account_id blob not null primary key references accounts (id),
    secret text not null,
    recovery text not null,
    last_step integer not null,
    confirmed_at integer,
    created_at integer not null
) strict, without rowid;
insert into factors values (X'00000000000000000000000000000007', 'BASE32', 'paper', 0, NULL, 1795756338384950);
CREATE TABLE api_keys (
    id blob not null primary key,
    name text not null,
    scopes integer not null,
    channel text,
    secret text not null,
    created_at integer not null,
    expires_at integer,
    used_at integer,
    revoked_at integer
, created_by blob) strict, without rowid;
insert into api_keys values (X'0000000000000000000000000000000A', 'till', 16, NULL, 'secret', 1795756338385349, NULL, NULL, NULL, X'00000000000000000000000000000009');
CREATE TABLE trail (
    id integer primary key autoincrement,
    kind integer not null,
    subject text not null,
    before text,
    after text,
    actor_kind integer not null,
    actor_id blob not null,
    correlation_id blob not null,
    at integer not null
) strict;
insert into trail values (1, 20, 'product:1', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"10.00","sku":"P-01A21B6B2CCA71B1B1C339FC8544C34D"}', 0, X'00000000000000000000000000000000', X'01A21B6B2CCA71B1B1C339FD0D66FA35', 1795756338379794);
insert into trail values (2, 20, 'product:2', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"2.50","sku":"P-01A21B6B2CCD72F88C9E3B49703025A9"}', 0, X'00000000000000000000000000000000', X'01A21B6B2CCD72F88C9E3B4AF303D256', 1795756338381079);
insert into trail values (3, 20, 'product:3', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"0.99","sku":"P-01A21B6B2CCD72F88C9E3B4F65E09E0F"}', 0, X'00000000000000000000000000000000', X'01A21B6B2CCD72F88C9E3B50D38DBA60', 1795756338381669);
insert into trail values (4, 1, 'customer:00000000-0000-0000-0000-000000000007', NULL, '{"email":"Ann@example.com","email_confirmed":false,"first_name":"Ada","is_active":true,"last_name":"","role":"staff","username":"Ann"}', 0, X'00000000000000000000000000000000', X'01A21B6B2CCE72CCB674C94CF0FA6B4B', 1795756338382369);
insert into trail values (5, 10, 'api_key:00000000-0000-0000-0000-00000000000a', NULL, '{"channel":null,"expires_at":null,"is_revoked":false,"name":"till","scopes":["intake"]}', 1, X'00000000000000000000000000000009', X'01A21B6B2CD171219D9D174FBEE321C1', 1795756338385349);
insert into trail values (6, 30, 'category:camp', NULL, '{"name":"Tents","parent":null,"slug":"camp"}', 1, X'00000000000000000000000000000009', X'01A21B6B2CD171219D9D17536BDFF010', 1795756338385821);
insert into trail values (7, 30, 'category:tents', NULL, '{"name":"Tents","parent":1,"slug":"tents"}', 1, X'00000000000000000000000000000009', X'01A21B6B2CD2756898CAD61A44F2F7AC', 1795756338386439);
insert into trail values (8, 20, 'product:4', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"5.00","sku":"P-01A21B6B2CD3772282F18C8FBE14C335"}', 0, X'00000000000000000000000000000000', X'01A21B6B2CD3772282F18C90F3FAD692', 1795756338387412);
insert into trail values (9, 40, 'product:4', '{"on_hand":7}', '{"on_hand":8}', 1, X'00000000000000000000000000000009', X'01A21B6B2CD47197B68137E260525C42', 1795756338388076);
insert into trail values (10, 21, 'product:4', '{"category":null}', '{"category":"tents"}', 1, X'00000000000000000000000000000009', X'01A21B6B2CD47197B68137E4D077DD5E', 1795756338388669);
insert into trail values (11, 21, 'product:3', '{"caller_units_most":null}', '{"caller_units_most":5}', 1, X'00000000000000000000000000000009', X'01A21B6B2CD5720FA3CBE04145033279', 1795756338389308);
insert into trail values (12, 22, 'product:3', '{"is_archived":false}', '{"is_archived":true}', 1, X'00000000000000000000000000000009', X'01A21B6B2CDB7784A58C418A9CE9FF82', 1795756338395351);
CREATE TABLE bought (
    product_id integer not null,
    owner_kind integer not null,
    owner_id blob not null,
    units integer not null,
    primary key (product_id, owner_kind, owner_id)
) strict, without rowid;
insert into bought values (3, 1, X'00000000000000000000000000000007', 1);
CREATE TABLE carts (
    id blob not null primary key,
    owner_kind integer not null check (owner_kind in (1, 3)),
    opened_at integer not null,
    updated_at integer not null,
    expires_at integer not null,
    crowd_id blob
) strict, without rowid;
insert into carts values (X'00000000000000000000000000000001', 1, 1795756338395921, 1795756338395921, 14410156338395921, NULL);
insert into carts values (X'C21F38C8641889F1A6124E2290192D55', 3, 1795756338396493, 1795756338396493, 14410156338396493, X'B3461FE8CE348FF4826716949113D587');
CREATE TABLE holds (
    cart_id blob not null,
    product_id integer not null,
    units integer not null check (units >= 1),
    added_at integer not null,
    primary key (cart_id, product_id)
) strict, without rowid;
insert into holds values (X'00000000000000000000000000000001', 2, 3, 1795756338395921);
insert into holds values (X'C21F38C8641889F1A6124E2290192D55', 2, 1, 1795756338396493);
CREATE TABLE crowds (
    id blob not null primary key,
    units integer not null check (units >= 1)
) strict, without rowid;
insert into crowds values (X'B3461FE8CE348FF4826716949113D587', 1);
CREATE INDEX accounts_disabled on accounts (updated_at) where is_active = false;
CREATE INDEX sessions_by_expiry on sessions (expires_at);
CREATE INDEX sessions_by_end on sessions (ended_at) where ended_at is not null;
CREATE INDEX categories_by_parent on categories (parent_id);
CREATE INDEX products_by_category on products (category_id, id);
CREATE INDEX stock_entries_by_product on stock_entries (product_id, id);
CREATE INDEX orders_by_owner on orders (owner_kind, owner_id, number);
CREATE INDEX consumers_by_sight on consumers (seen_at);
CREATE INDEX batches_by_time on batches (at);
CREATE INDEX traces_by_time on traces (at);
CREATE UNIQUE INDEX accounts_by_skeleton on accounts (username_skeleton);
CREATE INDEX accounts_by_age on accounts (created_at, id);
CREATE INDEX accounts_by_era on accounts (era_began_at) where era_began_at is not null;
CREATE INDEX links_by_expiry on links (expires_at);
CREATE INDEX api_keys_by_end on api_keys (revoked_at) where revoked_at is not null;
CREATE INDEX trail_by_subject on trail (subject, id);
CREATE INDEX trail_by_actor on trail (actor_kind, actor_id, id);
CREATE INDEX trail_by_time on trail (at);
CREATE VIEW standings as
    select session.id, session.era from sessions session
    join accounts account on account.id = session.account_id
    where session.ended_at is null and session.era = account.era and account.is_active = 1;
CREATE INDEX sessions_by_account on sessions (account_id, id);
CREATE INDEX api_keys_by_maker on api_keys (created_by) where created_by is not null;
CREATE INDEX sessions_open on sessions (account_id) where ended_at is null;
CREATE INDEX accounts_held on accounts (held_until, id) where held_until is not null;
CREATE INDEX accounts_foreign_hashes on accounts (password_hash)
    where substr(password_hash, 1, 31) <> '$argon2id$v=19$m=19456,t=2,p=1$' and password_hash <> '';
CREATE VIEW priced_products as
select p.id, p.public_id, p.sku, p.former_sku, p.name, p.description, p.image_url, p.category_id,
       p.low_stock_threshold, p.order_units_most, p.caller_units_most, p.version, p.is_archived,
       p.created_at, p.updated_at, r.currency, r.amount_minor, c.slug as category_slug,
       p.search_folded
from products p
join prices r on r.product_id = p.id and r.channel = 1
left join categories c on c.id = p.category_id;
CREATE VIEW branches as select 1 as tree, id, parent_id from categories;
CREATE VIEW category_uses as
select c.id, (
    select count(*) from (
        select 1 from products p where p.category_id = c.id limit 10000
    ) few
) as products
from categories c;
CREATE INDEX products_by_threshold on products (id) where low_stock_threshold is not null;
CREATE INDEX products_listed on products (is_archived, id);
CREATE INDEX products_by_name on products (is_archived, name, id);
CREATE INDEX products_by_price on products (is_archived, own_price_minor, id);
CREATE INDEX products_by_category_name on products (category_id, name, id) where category_id is not null;
CREATE INDEX products_by_category_price on products (category_id, own_price_minor, id) where category_id is not null;
CREATE INDEX orders_pending on orders (pending_since) where pending_since is not null;
CREATE INDEX orders_by_reference on orders (reference) where reference is not null;
CREATE INDEX orders_personal on orders (created_at, id)
where delivery_address is not null or contact is not null or note <> '';
CREATE INDEX carts_by_expiry on carts (expires_at);
CREATE INDEX holds_by_product on holds (product_id);
CREATE VIEW ledgers as
select p.id as product_id,
       (select coalesce(sum(e.delta), 0) from stock_entries e where e.product_id = p.id)
           as entered,
       (select coalesce(sum(h.units), 0) from holds h where h.product_id = p.id) as held
from products p;
