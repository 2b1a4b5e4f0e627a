CREATE TABLE refinery_schema_history(
             version int4 PRIMARY KEY,
             name VARCHAR(255),
             applied_on VARCHAR(255),
             checksum VARCHAR(255));
insert into refinery_schema_history values (1, 'foundation', '2026-11-27T04:09:03.158286547Z', '13791735324487078231');
insert into refinery_schema_history values (2, 'people', '2026-11-27T04:09:03.158315269Z', '3972199267030732129');
insert into refinery_schema_history values (3, 'places', '2026-11-27T04:09:03.158318144Z', '13876956151414174457');
insert into refinery_schema_history values (4, 'held', '2026-11-27T04:09:03.158321669Z', '6856602364040544182');
insert into refinery_schema_history values (5, 'shelf', '2026-11-27T04:09:03.158323802Z', '9143054201574326798');
insert into refinery_schema_history values (6, 'deliveries', '2026-11-27T04:09:03.158327448Z', '15257463784308809288');
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
insert into accounts values (X'00000000000000000000000000000007', 'Ann', 'ann', 'Ann@example.com', 'ann@example.com', '$argon2id$', 'Ada', '', 2, 1, 1795752543314679, 1795752543314679, 0, 1, 1, NULL, NULL, 'ann', 'ada
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
insert into sessions values (X'00000000000000000000000000000008', X'00000000000000000000000000000007', 2, 1795752543333948, 1795752543326535, 14410152543333948, NULL, 1, 'a browser', NULL);
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
insert into products values (1, X'01A21B31441A70E68D4258C55336CB09', 'P-01A21B31441A70E68D4258C55336CB09', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795752543263681, 1795752543263681, 'mess tin
p-01a21b31441a70e68d4258c55336cb09
holds a pint.', NULL, NULL, NULL, NULL, 1000, 'EUR');
insert into products values (2, X'01A21B31443475649D6D50D9236DB999', 'P-01A21B31443475649D6D50D9236DB999', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795752543284597, 1795752543284597, 'mess tin
p-01a21b31443475649d6d50d9236db999
holds a pint.', NULL, NULL, NULL, NULL, 250, 'EUR');
insert into products values (3, X'01A21B31444E724DB591B6EC584041DA', 'sku:archived:3', 'Mess tin', 'Holds a pint.', NULL, NULL, 3, 1, 1795752543311000, 1795752543474550, 'mess tin
p-01a21b31444e724db591b6ec584041da
holds a pint.', NULL, NULL, 5, 'P-01A21B31444E724DB591B6EC584041DA', 99, 'EUR');
insert into products values (4, X'01A21B31448C72E387256297565074ED', 'P-01A21B31448C72E387256297565074ED', 'Mess tin', 'Holds a pint.', NULL, 2, 2, 0, 1795752543372989, 1795752543379011, 'mess tin
p-01a21b31448c72e387256297565074ed
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
insert into stock values (2, 1, 99, 0);
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
insert into stock_entries values (1, 1, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A21B31441A70E68D4258C6A2355FFE', 1795752543263681);
insert into stock_entries values (2, 2, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A21B31443475649D6D50DAC71D255A', 1795752543284597);
insert into stock_entries values (3, 3, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A21B31444E724DB591B6ED6111EA79', 1795752543311000);
insert into stock_entries values (4, 4, 1, 1, 7, NULL, 0, X'00000000000000000000000000000000', X'01A21B31448C72E38725629856D2E313', 1795752543372989);
insert into stock_entries values (5, 4, 1, 1, 1, NULL, 1, X'00000000000000000000000000000009', X'01A21B3144927136BE8BBF17B56EC4AA', 1795752543378273);
insert into stock_entries values (6, 1, 1, 3, -2, NULL, 0, X'00000000000000000000000000000000', NULL, 1795752543392069);
insert into stock_entries values (7, 2, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795752543392069);
insert into stock_entries values (8, 2, 1, 3, -4, NULL, 0, X'00000000000000000000000000000000', NULL, 1795752543406653);
insert into stock_entries values (9, 2, 1, 4, 4, NULL, 0, X'00000000000000000000000000000000', NULL, 1795752543407563);
insert into stock_entries values (10, 3, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795752543410203);
insert into stock_entries values (11, 3, 1, 4, 1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795752543437312);
insert into stock_entries values (12, 3, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795752543447139);
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
insert into orders values (X'01A21B31449F72BAA0248F83EADBA32C', 1, 1, X'00000000000000000000000000000001', 1, 1, 'EUR', 2250, '', 'kept', X'008424F8EFDDC67EF7A25FC996E4E275', X'C83CF365BB78AF90A53546A0BDBC80F9', 1795752543392069, 1795752543392069, NULL, NULL, NULL, NULL, NULL, NULL, 1795752543392069, NULL, NULL);
insert into orders values (X'01A21B3144AE705D9B9E2B3EA0EDAE00', 2, 1, X'00000000000000000000000000000002', 4, 2, 'EUR', 1000, '', NULL, NULL, NULL, 1795752543406653, 1795752543407563, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
insert into orders values (X'01A21B3144B170A583087BC42371EDF8', 3, 1, X'00000000000000000000000000000007', 1, 5, 'EUR', 99, 'ring', 'delivered', X'9796307E1371977CED1298298CCD87BA', X'5662C47F1959DF189C24C09941013950', 1795752543410203, 1795752543462878, NULL, NULL, NULL, 'PO-1', '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', '{"phone":"+353 1"}', 1795752543447139, 1, X'00000000000000000000000000000009');
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
insert into order_lines values (X'01A21B31449F72BAA0248F83EADBA32C', 1, 1, 'P-01A21B31441A70E68D4258C55336CB09', 'Mess tin', 'Holds a pint.', 2, 1000, 0);
insert into order_lines values (X'01A21B31449F72BAA0248F83EADBA32C', 2, 2, 'P-01A21B31443475649D6D50D9236DB999', 'Mess tin', 'Holds a pint.', 1, 250, 0);
insert into order_lines values (X'01A21B3144AE705D9B9E2B3EA0EDAE00', 1, 2, 'P-01A21B31443475649D6D50D9236DB999', 'Mess tin', 'Holds a pint.', 4, 250, 0);
insert into order_lines values (X'01A21B3144B170A583087BC42371EDF8', 1, 3, 'P-01A21B31444E724DB591B6EC584041DA', 'Mess tin', 'Holds a pint.', 1, 99, 1);
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
insert into events values (1, 1, X'01A21B31449F72BAA0248F83EADBA32C', 1, 1, NULL, 1, X'00000000000000000000000000000001', X'01A21B31449F72BAA0248F84C2F21C69', 1795752543392069);
insert into events values (2, 1, X'01A21B3144AE705D9B9E2B3EA0EDAE00', 1, 1, NULL, 1, X'00000000000000000000000000000002', X'01A21B3144AE705D9B9E2B3F9F10B68A', 1795752543406653);
insert into events values (3, 1, X'01A21B3144AE705D9B9E2B3EA0EDAE00', 2, 4, NULL, 1, X'00000000000000000000000000000002', X'01A21B3144AF76D19F78241BB83E94A2', 1795752543407563);
insert into events values (4, 1, X'01A21B3144B170A583087BC42371EDF8', 1, 1, NULL, 1, X'00000000000000000000000000000009', X'01A21B3144B170A583087BC53F0286C5', 1795752543410203);
insert into events values (5, 1, X'01A21B3144B170A583087BC42371EDF8', 2, 2, NULL, 1, X'00000000000000000000000000000009', X'01A21B3144BA7321AB22C77F3C9CE2F6', 1795752543418526);
insert into events values (6, 1, X'01A21B3144B170A583087BC42371EDF8', 3, 5, NULL, 1, X'00000000000000000000000000000009', X'01A21B3144CD719BBD2F4CE259E886D2', 1795752543437312);
insert into events values (7, 1, X'01A21B3144B170A583087BC42371EDF8', 4, 6, NULL, 1, X'00000000000000000000000000000009', X'01A21B3144D1708DB35346BD2F413964', 1795752543447139);
insert into events values (8, 1, X'01A21B3144B170A583087BC42371EDF8', 5, 7, NULL, 1, X'00000000000000000000000000000009', X'01A21B3144E6745D9DDB38BFB956B216', 1795752543462878);
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
insert into feed values (1, '6ac86273', 8, 26);
CREATE TABLE consumers (
    name text not null primary key,
    position integer not null check (position >= 0),
    holder blob not null,
    leased_until integer not null,
    seen_at integer not null
) strict, without rowid;
insert into consumers values ('search', 0, X'00000000000000000000000000000001', 1795752543371561, 1795752543371560);
CREATE TABLE batches (
    id blob not null primary key,
    at integer not null
) strict, without rowid;
insert into batches values (X'01A21B31441F7327BDDA33A6332C4DCE', 1795752543263681);
insert into batches values (X'01A21B31443475649D6D50DB02A7DE79', 1795752543284597);
insert into batches values (X'01A21B31444E724DB591B6EE8ABBDE62', 1795752543311000);
insert into batches values (X'01A21B314452754C9C8A5FE331863980', 1795752543314679);
insert into batches values (X'01A21B31445E732AABEC052F5EE46485', 1795752543326535);
insert into batches values (X'01A21B31446576A798F138B050B22B5C', 1795752543333948);
insert into batches values (X'01A21B31446C73689584B05E694FEC27', 1795752543340905);
insert into batches values (X'01A21B31447872FDA9E0AB9D43FF3D64', 1795752543352315);
insert into batches values (X'01A21B31447A727590343CD7C38931BA', 1795752543354172);
insert into batches values (X'01A21B31448476B79AA55B69C17A852E', 1795752543364252);
insert into batches values (X'01A21B31448675A5A80FC09104FFC7D7', 1795752543366780);
insert into batches values (X'01A21B31448A74B8A5F062E45F582653', 1795752543370389);
insert into batches values (X'01A21B31448B749EA52753CCD9442BF7', 1795752543371560);
insert into batches values (X'01A21B31448C72E387256299A9B033E0', 1795752543372989);
insert into batches values (X'01A21B3144927136BE8BBF18ACE509FA', 1795752543378273);
insert into batches values (X'01A21B3144927136BE8BBF1A33BAA0C1', 1795752543379011);
insert into batches values (X'01A21B3144967725A3268199ECDFEF55', 1795752543382951);
insert into batches values (X'01A21B3144A076DEBBEEBBBCECA26038', 1795752543392069);
insert into batches values (X'01A21B3144AE705D9B9E2B4048D99B69', 1795752543406653);
insert into batches values (X'01A21B3144AF76D19F78241C60A4D8EC', 1795752543407563);
insert into batches values (X'01A21B3144B27559B1B2EB0464EB4573', 1795752543410203);
insert into batches values (X'01A21B3144BA7321AB22C780ACA11ACE', 1795752543418526);
insert into batches values (X'01A21B3144CD719BBD2F4CE3302E1FEE', 1795752543437312);
insert into batches values (X'01A21B3144D1708DB35346BEF296EBE6', 1795752543447139);
insert into batches values (X'01A21B3144E6745D9DDB38C07F44222A', 1795752543462878);
insert into batches values (X'01A21B3144F273BABF8037558507F196', 1795752543474550);
CREATE TABLE traces (
    caller_kind integer not null,
    caller_id blob not null,
    idempotency_key text not null,
    fingerprint blob not null,
    kept text not null,
    at integer not null,
    primary key (caller_kind, caller_id, idempotency_key)
) strict, without rowid;
insert into traces values (0, X'00000000000000000000000000000000', 'created', X'710A4D7E384DA339E511A19720E139C1', '1 [{"id":4,"public_id":"01a21b31-448c-72e3-8725-6297565074ed","sku":"P-01A21B31448C72E387256297565074ED","name":"Mess tin","description":"Holds a pint.","image_url":null,"price":{"minor":500,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"is_archived":false,"created_at":1795752543372989,"updated_at":1795752543372989},{"on_hand":7,"reserved":0}]', 1795752543372989);
CREATE TABLE addresses (
    account_id blob not null references accounts (id),
    id blob not null,
    created_at integer not null,
    postal text not null,
    updated_at integer not null,
    primary key (account_id, id)
) strict, without rowid;
insert into addresses values (X'00000000000000000000000000000007', X'00000000000000000000000000000009', 1795752543340905, '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', 1795752543340905);
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
insert into links values (X'00000000000000000000000000000007', 2, 'secret', 'Ann@example.com', 'ann@example.com', 1795752543352315, 14410152543352315);
CREATE TABLE factors (
    account_id blob not null primary key references accounts (id),
    secret text not null,
    recovery text not null,
    last_step integer not null,
    confirmed_at integer,
    created_at integer not null
) strict, without rowid;
insert into factors values (X'00000000000000000000000000000007', 'BASE32', 'paper', 0, NULL, 1795752543354172);
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
insert into api_keys values (X'0000000000000000000000000000000A', 'till', 16, NULL, 'secret', 1795752543364252, NULL, NULL, NULL, X'00000000000000000000000000000009');
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
insert into trail values (1, 20, 'product:1', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"10.00","sku":"P-01A21B31441A70E68D4258C55336CB09"}', 0, X'00000000000000000000000000000000', X'01A21B31441A70E68D4258C6A2355FFE', 1795752543263681);
insert into trail values (2, 20, 'product:2', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"2.50","sku":"P-01A21B31443475649D6D50D9236DB999"}', 0, X'00000000000000000000000000000000', X'01A21B31443475649D6D50DAC71D255A', 1795752543284597);
insert into trail values (3, 20, 'product:3', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"0.99","sku":"P-01A21B31444E724DB591B6EC584041DA"}', 0, X'00000000000000000000000000000000', X'01A21B31444E724DB591B6ED6111EA79', 1795752543311000);
insert into trail values (4, 1, 'customer:00000000-0000-0000-0000-000000000007', NULL, '{"email":"Ann@example.com","email_confirmed":false,"first_name":"Ada","is_active":true,"last_name":"","role":"staff","username":"Ann"}', 0, X'00000000000000000000000000000000', X'01A21B314452754C9C8A5FE2DE7A4A0F', 1795752543314679);
insert into trail values (5, 10, 'api_key:00000000-0000-0000-0000-00000000000a', NULL, '{"channel":null,"expires_at":null,"is_revoked":false,"name":"till","scopes":["intake"]}', 1, X'00000000000000000000000000000009', X'01A21B31448476B79AA55B68752D91D8', 1795752543364252);
insert into trail values (6, 30, 'category:camp', NULL, '{"name":"Tents","parent":null,"slug":"camp"}', 1, X'00000000000000000000000000000009', X'01A21B31448675A5A80FC090A89C5509', 1795752543366780);
insert into trail values (7, 30, 'category:tents', NULL, '{"name":"Tents","parent":1,"slug":"tents"}', 1, X'00000000000000000000000000000009', X'01A21B31448A74B8A5F062E32560AF4D', 1795752543370389);
insert into trail values (8, 20, 'product:4', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"5.00","sku":"P-01A21B31448C72E387256297565074ED"}', 0, X'00000000000000000000000000000000', X'01A21B31448C72E38725629856D2E313', 1795752543372989);
insert into trail values (9, 40, 'product:4', '{"on_hand":7}', '{"on_hand":8}', 1, X'00000000000000000000000000000009', X'01A21B3144927136BE8BBF17B56EC4AA', 1795752543378273);
insert into trail values (10, 21, 'product:4', '{"category":null}', '{"category":"tents"}', 1, X'00000000000000000000000000000009', X'01A21B3144927136BE8BBF19F7EBD289', 1795752543379011);
insert into trail values (11, 21, 'product:3', '{"caller_units_most":null}', '{"caller_units_most":5}', 1, X'00000000000000000000000000000009', X'01A21B3144967725A3268198B918E794', 1795752543382951);
insert into trail values (12, 22, 'product:3', '{"is_archived":false}', '{"is_archived":true}', 1, X'00000000000000000000000000000009', X'01A21B3144F273BABF8037543C5A42F8', 1795752543474550);
CREATE TABLE bought (
    product_id integer not null,
    owner_kind integer not null,
    owner_id blob not null,
    units integer not null,
    primary key (product_id, owner_kind, owner_id)
) strict, without rowid;
insert into bought values (3, 1, X'00000000000000000000000000000007', 1);
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
CREATE VIEW ledgers as
select p.id as product_id,
       (select coalesce(sum(e.delta), 0) from stock_entries e where e.product_id = p.id)
           as entered,
       0 as held
from products p;
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
