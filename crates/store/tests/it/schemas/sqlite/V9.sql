CREATE TABLE refinery_schema_history(
             version int4 PRIMARY KEY,
             name VARCHAR(255),
             applied_on VARCHAR(255),
             checksum VARCHAR(255));
insert into refinery_schema_history values (1, 'foundation', '2026-11-27T22:34:53.216199234Z', '13791735324487078231');
insert into refinery_schema_history values (2, 'people', '2026-11-27T22:34:53.216218633Z', '3972199267030732129');
insert into refinery_schema_history values (3, 'places', '2026-11-27T22:34:53.216221427Z', '13876956151414174457');
insert into refinery_schema_history values (4, 'held', '2026-11-27T22:34:53.21622348Z', '6856602364040544182');
insert into refinery_schema_history values (5, 'shelf', '2026-11-27T22:34:53.216225143Z', '9143054201574326798');
insert into refinery_schema_history values (6, 'baskets', '2026-11-27T22:34:53.216227326Z', '6833090315583221487');
insert into refinery_schema_history values (7, 'links', '2026-11-27T22:34:53.216229199Z', '8986832462327766154');
insert into refinery_schema_history values (8, 'holders', '2026-11-27T22:34:53.216230971Z', '16797073301574228680');
insert into refinery_schema_history values (9, 'flow', '2026-11-27T22:34:53.216232754Z', '4649431861089510525');
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
, email_confirmed integer not null default 0 check (email_confirmed in (0, 1)), version integer not null default 1 check (version >= 1), era integer not null default 1, era_began_at integer, gone_at integer, username_skeleton text, names_folded text not null default '', held_until integer, language text) strict, without rowid;
insert into accounts values (X'00000000000000000000000000000007', 'Ann', 'ann', 'Ann@example.com', 'ann@example.com', '$argon2id$', 'Ada', '', 2, 1, 1795818893355392, 1795818893355392, 0, 1, 1, NULL, NULL, 'ann', 'ada
', NULL, NULL);
CREATE TABLE sessions (
    id blob not null primary key,
    account_id blob not null references accounts (id),
    generation integer not null check (generation >= 1),
    rotated_at integer not null,
    created_at integer not null,
    expires_at integer not null,
    ended_at integer
, era integer not null default 1, agent text, origin text) strict, without rowid;
insert into sessions values (X'00000000000000000000000000000008', X'00000000000000000000000000000007', 2, 1795818893365238, 1795818893358282, 14410218893365238, NULL, 1, 'a browser', NULL);
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
insert into products values (1, X'01A21F25B015712B94F81EFD96E3B928', 'P-01A21F25B015712B94F81EFD96E3B928', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795818893335340, 1795818893335340, 'mess tin
p-01a21f25b015712b94f81efd96e3b928
holds a pint.', NULL, NULL, NULL, NULL, 1000, 'EUR');
insert into products values (2, X'01A21F25B01F71ADB7F0A0B273EA00A7', 'P-01A21F25B01F71ADB7F0A0B273EA00A7', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795818893346185, 1795818893346185, 'mess tin
p-01a21f25b01f71adb7f0a0b273ea00a7
holds a pint.', NULL, NULL, NULL, NULL, 250, 'EUR');
insert into products values (3, X'01A21F25B02A70AEAC3B761A27B220F2', 'sku:archived:3', 'Mess tin', 'Holds a pint.', NULL, NULL, 3, 1, 1795818893354463, 1795818893450257, 'mess tin
p-01a21f25b02a70aeac3b761a27b220f2
holds a pint.', NULL, NULL, 5, 'P-01A21F25B02A70AEAC3B761A27B220F2', 99, 'EUR');
insert into products values (4, X'01A21F25B05673F69456077B6C1D24D0', 'P-01A21F25B05673F69456077B6C1D24D0', 'Mess tin', 'Holds a pint.', NULL, 2, 2, 0, 1795818893398952, 1795818893400366, 'mess tin
p-01a21f25b05673f69456077b6c1d24d0
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
    reserved integer not null, last_entry integer not null default 0,
    primary key (product_id, location_id),
    check (reserved >= 0 and reserved <= on_hand)
) strict, without rowid;
insert into stock values (1, 1, 98, 0, 6);
insert into stock values (2, 1, 98, 4, 13);
insert into stock values (3, 1, 99, 0, 12);
insert into stock values (4, 1, 8, 0, 5);
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
, previous integer) strict;
insert into stock_entries values (1, 1, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A21F25B015712B94F81EFE36B9BA77', 1795818893335340, 0);
insert into stock_entries values (2, 2, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A21F25B01F71ADB7F0A0B336CBBA84', 1795818893346185, 0);
insert into stock_entries values (3, 3, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A21F25B02A70AEAC3B761B6E0476D9', 1795818893354463, 0);
insert into stock_entries values (4, 4, 1, 1, 7, NULL, 0, X'00000000000000000000000000000000', X'01A21F25B05673F69456077C1B25E071', 1795818893398952, 0);
insert into stock_entries values (5, 4, 1, 1, 1, NULL, 1, X'00000000000000000000000000000009', X'01A21F25B05774D2809828B1681BE9E6', 1795818893399724, 4);
insert into stock_entries values (6, 1, 1, 3, -2, NULL, 0, X'00000000000000000000000000000000', NULL, 1795818893414442, 1);
insert into stock_entries values (7, 2, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795818893414442, 2);
insert into stock_entries values (8, 2, 1, 3, -4, NULL, 0, X'00000000000000000000000000000000', NULL, 1795818893418313, 7);
insert into stock_entries values (9, 2, 1, 4, 4, NULL, 0, X'00000000000000000000000000000000', NULL, 1795818893418950, 8);
insert into stock_entries values (10, 3, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795818893422455, 3);
insert into stock_entries values (11, 3, 1, 4, 1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795818893430398, 10);
insert into stock_entries values (12, 3, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795818893434333, 11);
insert into stock_entries values (13, 2, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795818893438271, 9);
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
, reference text, delivery_address text, contact text, pending_since integer, placed_by_kind integer, placed_by_id blob, channel text, handed_over text) strict, without rowid;
insert into orders values (X'01A21F25B06672D699A70895DD2F19ED', 1, 1, X'00000000000000000000000000000001', 1, 1, 'EUR', 2250, '', 'kept', X'008424F8EFDDC67EF7A25FC996E4E275', X'C83CF365BB78AF90A53546A0BDBC80F9', 1795818893414442, 1795818893414442, NULL, NULL, NULL, NULL, NULL, NULL, 1795818893414442, NULL, NULL, NULL, NULL);
insert into orders values (X'01A21F25B06A70F6943ACA657CCF1A55', 2, 1, X'00000000000000000000000000000002', 4, 2, 'EUR', 1000, '', NULL, NULL, NULL, 1795818893418313, 1795818893418950, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
insert into orders values (X'01A21F25B06E74F281BD18F4F5C5CFA8', 3, 1, X'00000000000000000000000000000007', 1, 5, 'EUR', 99, 'ring', 'delivered', X'9796307E1371977CED1298298CCD87BA', X'5662C47F1959DF189C24C09941013950', 1795818893422455, 1795818893447337, NULL, NULL, NULL, 'PO-1', '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', '{"phone":"+353 1"}', 1795818893434333, 1, X'00000000000000000000000000000009', NULL, NULL);
insert into orders values (X'01A21F25B07E70778D0AC1C313BA9034', 4, 1, X'00000000000000000000000000000001', 2, 2, 'EUR', 250, '', NULL, NULL, NULL, 1795818893438271, 1795818893446269, 1795818893446269, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
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
insert into order_lines values (X'01A21F25B06672D699A70895DD2F19ED', 1, 1, 'P-01A21F25B015712B94F81EFD96E3B928', 'Mess tin', 'Holds a pint.', 2, 1000, 0);
insert into order_lines values (X'01A21F25B06672D699A70895DD2F19ED', 2, 2, 'P-01A21F25B01F71ADB7F0A0B273EA00A7', 'Mess tin', 'Holds a pint.', 1, 250, 0);
insert into order_lines values (X'01A21F25B06A70F6943ACA657CCF1A55', 1, 2, 'P-01A21F25B01F71ADB7F0A0B273EA00A7', 'Mess tin', 'Holds a pint.', 4, 250, 0);
insert into order_lines values (X'01A21F25B06E74F281BD18F4F5C5CFA8', 1, 3, 'P-01A21F25B02A70AEAC3B761A27B220F2', 'Mess tin', 'Holds a pint.', 1, 99, 1);
insert into order_lines values (X'01A21F25B07E70778D0AC1C313BA9034', 1, 2, 'P-01A21F25B01F71ADB7F0A0B273EA00A7', 'Mess tin', 'Holds a pint.', 1, 250, 0);
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
insert into events values (1, 2, X'00000000000000000000000000000001', 1, 40, NULL, 0, X'00000000000000000000000000000000', X'01A21F25B015712B94F81EFE36B9BA77', 1795818893335340);
insert into events values (2, 2, X'00000000000000000000000000000002', 1, 40, NULL, 0, X'00000000000000000000000000000000', X'01A21F25B01F71ADB7F0A0B336CBBA84', 1795818893346185);
insert into events values (3, 2, X'00000000000000000000000000000003', 1, 40, NULL, 0, X'00000000000000000000000000000000', X'01A21F25B02A70AEAC3B761B6E0476D9', 1795818893354463);
insert into events values (4, 5, X'00000000000000000000000000000007', 1, 60, NULL, 0, X'00000000000000000000000000000000', X'01A21F25B02B72AD95491BD1ADCFD2E3', 1795818893355392);
insert into events values (5, 6, X'0000000000000000000000000000000A', NULL, 70, NULL, 1, X'00000000000000000000000000000009', X'01A21F25B03A7005A1C17B80C2D91945', 1795818893370236);
insert into events values (6, 4, X'00000000000000000000000000000001', NULL, 50, '{"v":1,"slug":"camp"}', 1, X'00000000000000000000000000000009', X'01A21F25B0447058A352461A7A2066C9', 1795818893380797);
insert into events values (7, 4, X'00000000000000000000000000000002', NULL, 50, '{"v":1,"slug":"tents"}', 1, X'00000000000000000000000000000009', X'01A21F25B04E749CA322FA4E3F994A3A', 1795818893390333);
insert into events values (8, 2, X'00000000000000000000000000000004', 1, 40, NULL, 0, X'00000000000000000000000000000000', X'01A21F25B05673F69456077C1B25E071', 1795818893398952);
insert into events values (9, 2, X'00000000000000000000000000000004', NULL, 21, '{"v":1,"from":7,"to":8}', 1, X'00000000000000000000000000000009', X'01A21F25B05774D2809828B1681BE9E6', 1795818893399724);
insert into events values (10, 2, X'00000000000000000000000000000004', 2, 41, '{"v":1,"changed":["category"]}', 1, X'00000000000000000000000000000009', X'01A21F25B058758EAD70F7ED1992CADE', 1795818893400366);
insert into events values (11, 2, X'00000000000000000000000000000003', 2, 41, '{"v":1,"changed":["caller_units_most"]}', 1, X'00000000000000000000000000000009', X'01A21F25B05974DB9B2BA5051F1F4791', 1795818893401059);
insert into events values (12, 1, X'01A21F25B06672D699A70895DD2F19ED', 1, 1, NULL, 1, X'00000000000000000000000000000001', X'01A21F25B06672D699A70896F632C6C3', 1795818893414442);
insert into events values (13, 1, X'01A21F25B06A70F6943ACA657CCF1A55', 1, 1, NULL, 1, X'00000000000000000000000000000002', X'01A21F25B06A70F6943ACA66A6A9657B', 1795818893418313);
insert into events values (14, 1, X'01A21F25B06A70F6943ACA657CCF1A55', 2, 4, NULL, 1, X'00000000000000000000000000000002', X'01A21F25B06A70F6943ACA68B1D306A9', 1795818893418950);
insert into events values (15, 1, X'01A21F25B06E74F281BD18F4F5C5CFA8', 1, 1, NULL, 1, X'00000000000000000000000000000009', X'01A21F25B06E74F281BD18F59B8E2D4C', 1795818893422455);
insert into events values (16, 1, X'01A21F25B06E74F281BD18F4F5C5CFA8', 2, 2, NULL, 1, X'00000000000000000000000000000009', X'01A21F25B07275A7B832F58E5ECCB86E', 1795818893426273);
insert into events values (17, 1, X'01A21F25B06E74F281BD18F4F5C5CFA8', 3, 5, NULL, 1, X'00000000000000000000000000000009', X'01A21F25B0767711ACA2A6FE48BA51AC', 1795818893430398);
insert into events values (18, 1, X'01A21F25B06E74F281BD18F4F5C5CFA8', 4, 6, NULL, 1, X'00000000000000000000000000000009', X'01A21F25B07A70ABB8E5A445335B1404', 1795818893434333);
insert into events values (19, 1, X'01A21F25B07E70778D0AC1C313BA9034', 1, 1, NULL, 1, X'00000000000000000000000000000001', X'01A21F25B07E70778D0AC1C4A1571B86', 1795818893438271);
insert into events values (20, 1, X'01A21F25B07E70778D0AC1C313BA9034', 2, 2, NULL, 0, X'00000000000000000000000000000000', X'01A21F25B0867068A97707B895C0514E', 1795818893446269);
insert into events values (21, 1, X'01A21F25B06E74F281BD18F4F5C5CFA8', 5, 7, NULL, 1, X'00000000000000000000000000000009', X'01A21F25B08775D5981AAA128FF14913', 1795818893447337);
insert into events values (22, 2, X'00000000000000000000000000000003', 3, 42, NULL, 1, X'00000000000000000000000000000009', X'01A21F25B08A700BB20A73D8A576BE7C', 1795818893450257);
CREATE TABLE counters (
    name text not null primary key,
    last integer not null
) strict, without rowid;
insert into counters values ('categories', 2);
insert into counters values ('orders', 4);
insert into counters values ('products', 4);
CREATE TABLE feed (
    one integer not null primary key check (one = 1),
    epoch text not null,
    position integer not null,
    commits integer not null
) strict;
insert into feed values (1, 'db516af3', 22, 31);
CREATE TABLE consumers (
    name text not null primary key,
    position integer not null check (position >= 0),
    holder blob not null,
    leased_until integer not null,
    seen_at integer not null
) strict, without rowid;
insert into consumers values ('search', 0, X'00000000000000000000000000000001', 1795818893446843, 1795818893446842);
CREATE TABLE batches (
    id blob not null primary key,
    at integer not null
) strict, without rowid;
insert into batches values (X'01A21F25B01777ECA3081EAE02E5FB38', 1795818893335340);
insert into batches values (X'01A21F25B0227264B4B011F230343023', 1795818893346185);
insert into batches values (X'01A21F25B02A70AEAC3B761CDBE42BA4', 1795818893354463);
insert into batches values (X'01A21F25B02B72AD95491BD297F9A581', 1795818893355392);
insert into batches values (X'01A21F25B02E771FB12D5DD8CB055A3F', 1795818893358282);
insert into batches values (X'01A21F25B0357663880246E9FE80C216', 1795818893365238);
insert into batches values (X'01A21F25B0357663880246EBD980BA65', 1795818893365778);
insert into batches values (X'01A21F25B036754FA360601153DB7643', 1795818893366259);
insert into batches values (X'01A21F25B0377350864C859A5DBF202F', 1795818893367959);
insert into batches values (X'01A21F25B03A7005A1C17B8199BFE1D1', 1795818893370236);
insert into batches values (X'01A21F25B0447058A352461B6E58F32A', 1795818893380797);
insert into batches values (X'01A21F25B04E749CA322FA4F9A070B11', 1795818893390333);
insert into batches values (X'01A21F25B05673F69456077A17C64D8B', 1795818893398347);
insert into batches values (X'01A21F25B05673F69456077D75974A54', 1795818893398952);
insert into batches values (X'01A21F25B05774D2809828B216B9159E', 1795818893399724);
insert into batches values (X'01A21F25B058758EAD70F7EE0D12A80C', 1795818893400366);
insert into batches values (X'01A21F25B05974DB9B2BA506AA12A64E', 1795818893401059);
insert into batches values (X'01A21F25B06672D699A7089701C4F9C8', 1795818893414442);
insert into batches values (X'01A21F25B06A70F6943ACA67785BF023', 1795818893418313);
insert into batches values (X'01A21F25B06A70F6943ACA6949CE855B', 1795818893418950);
insert into batches values (X'01A21F25B06E74F281BD18F6143DC323', 1795818893422455);
insert into batches values (X'01A21F25B07275A7B832F58F144A4AE1', 1795818893426273);
insert into batches values (X'01A21F25B0767711ACA2A6FF23374358', 1795818893430398);
insert into batches values (X'01A21F25B07A70ABB8E5A44680154016', 1795818893434333);
insert into batches values (X'01A21F25B07E70778D0AC1C50D15D279', 1795818893438271);
insert into batches values (X'01A21F25B0867068A97707B92B54378D', 1795818893446269);
insert into batches values (X'01A21F25B0867068A97707BBD4F8CE96', 1795818893446842);
insert into batches values (X'01A21F25B08775D5981AAA130CC9734B', 1795818893447337);
insert into batches values (X'01A21F25B08A700BB20A73D982C920C8', 1795818893450257);
insert into batches values (X'01A21F25B0927322801359E3802085CF', 1795818893458313);
insert into batches values (X'01A21F25B09674CC98B09B39A5946EF5', 1795818893462351);
CREATE TABLE traces (
    caller_kind integer not null,
    caller_id blob not null,
    idempotency_key text not null,
    fingerprint blob not null,
    kept text not null,
    at integer not null,
    primary key (caller_kind, caller_id, idempotency_key)
) strict, without rowid;
insert into traces values (0, X'00000000000000000000000000000000', 'created', X'710A4D7E384DA339E511A19720E139C1', '1 [{"id":4,"public_id":"01a21f25-b056-73f6-9456-077b6c1d24d0","sku":"P-01A21F25B05673F69456077B6C1D24D0","name":"Mess tin","description":"Holds a pint.","image_url":null,"price":{"minor":500,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"is_archived":false,"created_at":1795818893398952,"updated_at":1795818893398952},{"on_hand":7,"reserved":0}]', 1795818893398952);
CREATE TABLE addresses (
    account_id blob not null references accounts (id),
    id blob not null,
    created_at integer not null,
    postal text not null,
    updated_at integer not null,
    primary key (account_id, id)
) strict, without rowid;
insert into addresses values (X'00000000000000000000000000000007', X'00000000000000000000000000000009', 1795818893365778, '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', 1795818893365778);
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
insert into links values (X'00000000000000000000000000000007', 2, 'secret', 'Ann@example.com', 'ann@example.com', 1795818893366259, 14410218893366259);
CREATE TABLE factors (
    account_id blob not null primary key references accounts (id),
    secret text not null,
    recovery text not null,
    last_step integer not null,
    confirmed_at integer,
    created_at integer not null
) strict, without rowid;
insert into factors values (X'00000000000000000000000000000007', 'BASE32', 'paper', 0, NULL, 1795818893367959);
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
, created_by blob, accepts_unknown integer not null default 0 check (accepts_unknown in (0, 1)), takes_stock integer not null default 1 check (takes_stock in (0, 1))) strict, without rowid;
insert into api_keys values (X'0000000000000000000000000000000A', 'till', 16, NULL, 'secret', 1795818893370236, NULL, NULL, NULL, X'00000000000000000000000000000009', 0, 1);
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
insert into trail values (1, 20, 'product:1', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"10.00","sku":"P-01A21F25B015712B94F81EFD96E3B928"}', 0, X'00000000000000000000000000000000', X'01A21F25B015712B94F81EFE36B9BA77', 1795818893335340);
insert into trail values (2, 20, 'product:2', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"2.50","sku":"P-01A21F25B01F71ADB7F0A0B273EA00A7"}', 0, X'00000000000000000000000000000000', X'01A21F25B01F71ADB7F0A0B336CBBA84', 1795818893346185);
insert into trail values (3, 20, 'product:3', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"0.99","sku":"P-01A21F25B02A70AEAC3B761A27B220F2"}', 0, X'00000000000000000000000000000000', X'01A21F25B02A70AEAC3B761B6E0476D9', 1795818893354463);
insert into trail values (4, 1, 'customer:00000000-0000-0000-0000-000000000007', NULL, '{"email":"Ann@example.com","email_confirmed":false,"first_name":"Ada","is_active":true,"language":null,"last_name":"","role":"staff","username":"Ann"}', 0, X'00000000000000000000000000000000', X'01A21F25B02B72AD95491BD1ADCFD2E3', 1795818893355392);
insert into trail values (5, 10, 'api_key:00000000-0000-0000-0000-00000000000a', NULL, '{"channel":null,"expires_at":null,"is_revoked":false,"name":"till","scopes":["intake"]}', 1, X'00000000000000000000000000000009', X'01A21F25B03A7005A1C17B80C2D91945', 1795818893370236);
insert into trail values (6, 30, 'category:camp', NULL, '{"name":"Tents","parent":null,"slug":"camp"}', 1, X'00000000000000000000000000000009', X'01A21F25B0447058A352461A7A2066C9', 1795818893380797);
insert into trail values (7, 30, 'category:tents', NULL, '{"name":"Tents","parent":1,"slug":"tents"}', 1, X'00000000000000000000000000000009', X'01A21F25B04E749CA322FA4E3F994A3A', 1795818893390333);
insert into trail values (8, 20, 'product:4', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"5.00","sku":"P-01A21F25B05673F69456077B6C1D24D0"}', 0, X'00000000000000000000000000000000', X'01A21F25B05673F69456077C1B25E071', 1795818893398952);
insert into trail values (9, 40, 'product:4', '{"on_hand":7}', '{"on_hand":8}', 1, X'00000000000000000000000000000009', X'01A21F25B05774D2809828B1681BE9E6', 1795818893399724);
insert into trail values (10, 21, 'product:4', '{"category":null}', '{"category":"tents"}', 1, X'00000000000000000000000000000009', X'01A21F25B058758EAD70F7ED1992CADE', 1795818893400366);
insert into trail values (11, 21, 'product:3', '{"caller_units_most":null}', '{"caller_units_most":5}', 1, X'00000000000000000000000000000009', X'01A21F25B05974DB9B2BA5051F1F4791', 1795818893401059);
insert into trail values (12, 22, 'product:3', '{"is_archived":false}', '{"is_archived":true}', 1, X'00000000000000000000000000000009', X'01A21F25B08A700BB20A73D8A576BE7C', 1795818893450257);
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
insert into carts values (X'00000000000000000000000000000001', 1, 1795818893458313, 1795818893458313, 14410218893458313, NULL);
insert into carts values (X'C21F38C8641889F1A6124E2290192D55', 3, 1795818893462351, 1795818893462351, 14410218893462351, X'B3461FE8CE348FF4826716949113D587');
CREATE TABLE holds (
    cart_id blob not null,
    product_id integer not null,
    units integer not null check (units >= 1),
    added_at integer not null,
    primary key (cart_id, product_id)
) strict, without rowid;
insert into holds values (X'00000000000000000000000000000001', 2, 3, 1795818893458313);
insert into holds values (X'C21F38C8641889F1A6124E2290192D55', 2, 1, 1795818893462351);
CREATE TABLE crowds (
    id blob not null primary key,
    units integer not null check (units >= 1)
) strict, without rowid;
insert into crowds values (X'B3461FE8CE348FF4826716949113D587', 1);
CREATE TABLE claims (
    order_id blob not null primary key,
    holder blob not null,
    due_at integer not null,
    attempts integer not null check (attempts >= 0)
) strict, without rowid;
insert into claims values (X'01A21F25B07E70778D0AC1C313BA9034', X'00000000000000000000000000000003', 1795822493446269, 1);
CREATE TABLE figures (
    kind integer not null,
    bucket integer not null,
    value integer not null,
    primary key (kind, bucket)
) strict, without rowid;
insert into figures values (2, 7, 1);
CREATE INDEX accounts_disabled on accounts (updated_at) where is_active = false;
CREATE INDEX sessions_by_expiry on sessions (expires_at);
CREATE INDEX sessions_by_end on sessions (ended_at) where ended_at is not null;
CREATE INDEX categories_by_parent on categories (parent_id);
CREATE INDEX products_by_category on products (category_id, id);
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
CREATE INDEX carts_by_expiry on carts (expires_at);
CREATE VIEW ledgers as
select p.id as product_id,
       (with recursive entries (previous, delta) as (
            select e.previous, e.delta from stock s
            join stock_entries e on e.id = s.last_entry
            where s.product_id = p.id
            union all
            select e.previous, e.delta from entries n
            join stock_entries e on e.id = n.previous
        ) select coalesce(sum(delta), 0) from entries) as entered,
       (select coalesce(sum(h.units), 0) from holds h where h.product_id = p.id) as held
from products p;
CREATE TRIGGER stock_entries_linked after insert on stock_entries when new.previous is null
begin
    update stock_entries set previous = coalesce((
        select last_entry from stock
        where product_id = new.product_id and location_id = new.location_id
    ), 0) where id = new.id;
    update stock set last_entry = new.id
    where product_id = new.product_id and location_id = new.location_id;
end;
CREATE TRIGGER stock_entries_unlinked after delete on stock_entries
begin
    update stock_entries set previous = old.previous where previous = old.id;
    update stock set last_entry = old.previous
    where product_id = old.product_id and location_id = old.location_id
      and last_entry = old.id;
end;
CREATE TRIGGER stock_kept before delete on stock
when exists (select 1 from stock_entries where id = old.last_entry)
begin
    select raise(abort, 'a shelf with a ledger is not deleted: its entries could not be found');
end;
CREATE INDEX holds_by_product on holds (product_id, cart_id);
CREATE INDEX orders_personal on orders (created_at, id)
where delivery_address is not null or contact is not null or note <> '' or failure_reason is not null
    or handed_over is not null;
CREATE INDEX orders_handed on orders (number) where channel is not null;
CREATE INDEX claims_by_time on claims (due_at);
