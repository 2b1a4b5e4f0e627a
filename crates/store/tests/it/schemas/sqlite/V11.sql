CREATE TABLE refinery_schema_history(
             version int4 PRIMARY KEY,
             name VARCHAR(255),
             applied_on VARCHAR(255),
             checksum VARCHAR(255));
insert into refinery_schema_history values (1, 'foundation', '2026-11-28T13:13:57.872349047Z', '13791735324487078231');
insert into refinery_schema_history values (2, 'people', '2026-11-28T13:13:57.872381628Z', '3972199267030732129');
insert into refinery_schema_history values (3, 'places', '2026-11-28T13:13:57.872387509Z', '13876956151414174457');
insert into refinery_schema_history values (4, 'held', '2026-11-28T13:13:57.872393831Z', '6856602364040544182');
insert into refinery_schema_history values (5, 'shelf', '2026-11-28T13:13:57.872399091Z', '9143054201574326798');
insert into refinery_schema_history values (6, 'baskets', '2026-11-28T13:13:57.872406945Z', '6833090315583221487');
insert into refinery_schema_history values (7, 'links', '2026-11-28T13:13:57.872412346Z', '8986832462327766154');
insert into refinery_schema_history values (8, 'holders', '2026-11-28T13:13:57.872418046Z', '16797073301574228680');
insert into refinery_schema_history values (9, 'flow', '2026-11-28T13:13:57.872422595Z', '4649431861089510525');
insert into refinery_schema_history values (10, 'clocks', '2026-11-28T13:13:57.872429378Z', '18022426373846699405');
insert into refinery_schema_history values (11, 'oldest', '2026-11-28T13:13:57.872433846Z', '15429950760377590045');
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
insert into accounts values (X'00000000000000000000000000000007', 'Ann', 'ann', 'Ann@example.com', 'ann@example.com', '$argon2id$', 'Ada', '', 2, 1, 1795871649566612, 1795871649566612, 0, 1, 1, NULL, NULL, 'ann', 'ada
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
insert into sessions values (X'00000000000000000000000000000008', X'00000000000000000000000000000007', 2, 1795871649578824, 1795871649571735, 14410271649578824, NULL, 1, 'a browser', NULL);
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
insert into products values (1, X'01A2224AAEFE734E8D56A01430FE8F10', 'P-01A2224AAEFE734E8D56A01430FE8F10', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795871649539672, 1795871649539672, 'mess tin
p-01a2224aaefe734e8d56a01430fe8f10
holds a pint.', NULL, NULL, NULL, NULL, 1000, 'EUR');
insert into products values (2, X'01A2224AAF11728AAE65F3118B931D81', 'P-01A2224AAF11728AAE65F3118B931D81', 'Mess tin', 'Holds a pint.', NULL, NULL, 1, 0, 1795871649554030, 1795871649554030, 'mess tin
p-01a2224aaf11728aae65f3118b931d81
holds a pint.', NULL, NULL, NULL, NULL, 250, 'EUR');
insert into products values (3, X'01A2224AAF1577628AA3C1093226CA53', 'sku:archived:3', 'Mess tin', 'Holds a pint.', NULL, NULL, 3, 1, 1795871649557863, 1795871649622127, 'mess tin
p-01a2224aaf1577628aa3c1093226ca53
holds a pint.', NULL, NULL, 5, 'P-01A2224AAF1577628AA3C1093226CA53', 99, 'EUR');
insert into products values (4, X'01A2224AAF36746E9BC6AA260B65DB25', 'P-01A2224AAF36746E9BC6AA260B65DB25', 'Mess tin', 'Holds a pint.', NULL, 2, 2, 0, 1795871649591066, 1795871649594588, 'mess tin
p-01a2224aaf36746e9bc6aa260b65db25
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
insert into stock_entries values (1, 1, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A2224AAEFE734E8D56A0159CD91224', 1795871649539672, 0);
insert into stock_entries values (2, 2, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A2224AAF11728AAE65F312D263B9C1', 1795871649554030, 0);
insert into stock_entries values (3, 3, 1, 1, 100, NULL, 0, X'00000000000000000000000000000000', X'01A2224AAF1577628AA3C10ABB698E22', 1795871649557863, 0);
insert into stock_entries values (4, 4, 1, 1, 7, NULL, 0, X'00000000000000000000000000000000', X'01A2224AAF36746E9BC6AA27EE75B3EB', 1795871649591066, 0);
insert into stock_entries values (5, 4, 1, 1, 1, NULL, 1, X'00000000000000000000000000000009', X'01A2224AAF38700BB825B9E0566C5CC7', 1795871649592699, 4);
insert into stock_entries values (6, 1, 1, 3, -2, NULL, 0, X'00000000000000000000000000000000', NULL, 1795871649597598, 1);
insert into stock_entries values (7, 2, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795871649597598, 2);
insert into stock_entries values (8, 2, 1, 3, -4, NULL, 0, X'00000000000000000000000000000000', NULL, 1795871649602297, 7);
insert into stock_entries values (9, 2, 1, 4, 4, NULL, 0, X'00000000000000000000000000000000', NULL, 1795871649604348, 8);
insert into stock_entries values (10, 3, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795871649606154, 3);
insert into stock_entries values (11, 3, 1, 4, 1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795871649613920, 10);
insert into stock_entries values (12, 3, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795871649615329, 11);
insert into stock_entries values (13, 2, 1, 3, -1, NULL, 0, X'00000000000000000000000000000000', NULL, 1795871649617091, 9);
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
insert into orders values (X'01A2224AAF3D7124BCFC874A56776EAA', 1, 1, X'00000000000000000000000000000001', 1, 1, 'EUR', 2250, '', 'kept', X'008424F8EFDDC67EF7A25FC996E4E275', X'C83CF365BB78AF90A53546A0BDBC80F9', 1795871649597598, 1795871649597598, NULL, NULL, NULL, NULL, NULL, NULL, 1795871649597598, NULL, NULL, NULL, NULL);
insert into orders values (X'01A2224AAF3F75D880AD9751F0A3CC70', 2, 1, X'00000000000000000000000000000002', 4, 2, 'EUR', 1000, '', NULL, NULL, NULL, 1795871649602297, 1795871649604348, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
insert into orders values (X'01A2224AAF4572AEBE10BBC8C0202B7B', 3, 1, X'00000000000000000000000000000007', 1, 5, 'EUR', 99, 'ring', 'delivered', X'9796307E1371977CED1298298CCD87BA', X'5662C47F1959DF189C24C09941013950', 1795871649606154, 1795871649621012, NULL, NULL, NULL, 'PO-1', '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', '{"phone":"+353 1"}', 1795871649615329, 1, X'00000000000000000000000000000009', NULL, NULL);
insert into orders values (X'01A2224AAF5077E9A488AF187930CA01', 4, 1, X'00000000000000000000000000000001', 2, 2, 'EUR', 250, '', NULL, NULL, NULL, 1795871649617091, 1795871649618674, 1795871649618674, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
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
insert into order_lines values (X'01A2224AAF3D7124BCFC874A56776EAA', 1, 1, 'P-01A2224AAEFE734E8D56A01430FE8F10', 'Mess tin', 'Holds a pint.', 2, 1000, 0);
insert into order_lines values (X'01A2224AAF3D7124BCFC874A56776EAA', 2, 2, 'P-01A2224AAF11728AAE65F3118B931D81', 'Mess tin', 'Holds a pint.', 1, 250, 0);
insert into order_lines values (X'01A2224AAF3F75D880AD9751F0A3CC70', 1, 2, 'P-01A2224AAF11728AAE65F3118B931D81', 'Mess tin', 'Holds a pint.', 4, 250, 0);
insert into order_lines values (X'01A2224AAF4572AEBE10BBC8C0202B7B', 1, 3, 'P-01A2224AAF1577628AA3C1093226CA53', 'Mess tin', 'Holds a pint.', 1, 99, 1);
insert into order_lines values (X'01A2224AAF5077E9A488AF187930CA01', 1, 2, 'P-01A2224AAF11728AAE65F3118B931D81', 'Mess tin', 'Holds a pint.', 1, 250, 0);
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
insert into events values (1, 2, X'00000000000000000000000000000001', 1, 40, NULL, 0, X'00000000000000000000000000000000', X'01A2224AAEFE734E8D56A0159CD91224', 1795871649539672);
insert into events values (2, 2, X'00000000000000000000000000000002', 1, 40, NULL, 0, X'00000000000000000000000000000000', X'01A2224AAF11728AAE65F312D263B9C1', 1795871649554030);
insert into events values (3, 2, X'00000000000000000000000000000003', 1, 40, NULL, 0, X'00000000000000000000000000000000', X'01A2224AAF1577628AA3C10ABB698E22', 1795871649557863);
insert into events values (4, 5, X'00000000000000000000000000000007', 1, 60, NULL, 0, X'00000000000000000000000000000000', X'01A2224AAF1E732EA1ABA04DDCD07E62', 1795871649566612);
insert into events values (5, 6, X'0000000000000000000000000000000A', NULL, 70, NULL, 1, X'00000000000000000000000000000009', X'01A2224AAF30706C99762EDAE3077461', 1795871649584240);
insert into events values (6, 4, X'00000000000000000000000000000001', NULL, 50, '{"v":1,"slug":"camp"}', 1, X'00000000000000000000000000000009', X'01A2224AAF31720ABD17BC9A1183D143', 1795871649586700);
insert into events values (7, 4, X'00000000000000000000000000000002', NULL, 50, '{"v":1,"slug":"tents"}', 1, X'00000000000000000000000000000009', X'01A2224AAF3477D0BA2FF5DED2CA7FCC', 1795871649588723);
insert into events values (8, 2, X'00000000000000000000000000000004', 1, 40, NULL, 0, X'00000000000000000000000000000000', X'01A2224AAF36746E9BC6AA27EE75B3EB', 1795871649591066);
insert into events values (9, 2, X'00000000000000000000000000000004', NULL, 21, '{"v":1,"from":7,"to":8}', 1, X'00000000000000000000000000000009', X'01A2224AAF38700BB825B9E0566C5CC7', 1795871649592699);
insert into events values (10, 2, X'00000000000000000000000000000004', 2, 41, '{"v":1,"changed":["category"]}', 1, X'00000000000000000000000000000009', X'01A2224AAF3A73D99A3C26942C3C32B6', 1795871649594588);
insert into events values (11, 2, X'00000000000000000000000000000003', 2, 41, '{"v":1,"changed":["caller_units_most"]}', 1, X'00000000000000000000000000000009', X'01A2224AAF3C71F0913A07BDAF81C39B', 1795871649596235);
insert into events values (12, 1, X'01A2224AAF3D7124BCFC874A56776EAA', 1, 1, NULL, 1, X'00000000000000000000000000000001', X'01A2224AAF3D7124BCFC874BF7DAAC4A', 1795871649597598);
insert into events values (13, 1, X'01A2224AAF3F75D880AD9751F0A3CC70', 1, 1, NULL, 1, X'00000000000000000000000000000002', X'01A2224AAF3F75D880AD975277AF1238', 1795871649602297);
insert into events values (14, 1, X'01A2224AAF3F75D880AD9751F0A3CC70', 2, 4, NULL, 1, X'00000000000000000000000000000002', X'01A2224AAF44720FA3AC18E8864AF271', 1795871649604348);
insert into events values (15, 1, X'01A2224AAF4572AEBE10BBC8C0202B7B', 1, 1, NULL, 1, X'00000000000000000000000000000009', X'01A2224AAF4572AEBE10BBC98A6D62AF', 1795871649606154);
insert into events values (16, 1, X'01A2224AAF4572AEBE10BBC8C0202B7B', 2, 2, NULL, 1, X'00000000000000000000000000000009', X'01A2224AAF4C7687872EAE52F6DA19FC', 1795871649612487);
insert into events values (17, 1, X'01A2224AAF4572AEBE10BBC8C0202B7B', 3, 5, NULL, 1, X'00000000000000000000000000000009', X'01A2224AAF4D7443831DD549B0773C11', 1795871649613920);
insert into events values (18, 1, X'01A2224AAF4572AEBE10BBC8C0202B7B', 4, 6, NULL, 1, X'00000000000000000000000000000009', X'01A2224AAF4F700296C22FB792BDA1B2', 1795871649615329);
insert into events values (19, 1, X'01A2224AAF5077E9A488AF187930CA01', 1, 1, NULL, 1, X'00000000000000000000000000000001', X'01A2224AAF517332AE1049AC523B8826', 1795871649617091);
insert into events values (20, 1, X'01A2224AAF5077E9A488AF187930CA01', 2, 2, NULL, 0, X'00000000000000000000000000000000', X'01A2224AAF527670880D6E2D71F9D2FE', 1795871649618674);
insert into events values (21, 1, X'01A2224AAF4572AEBE10BBC8C0202B7B', 5, 7, NULL, 1, X'00000000000000000000000000000009', X'01A2224AAF54705C9C6AA2A00D0B0F97', 1795871649621012);
insert into events values (22, 2, X'00000000000000000000000000000003', 3, 42, NULL, 1, X'00000000000000000000000000000009', X'01A2224AAF5674F388947F56374D7C57', 1795871649622127);
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
insert into feed values (1, '4cfeadb4', 22, 31);
CREATE TABLE consumers (
    name text not null primary key,
    position integer not null check (position >= 0),
    holder blob not null,
    leased_until integer not null,
    seen_at integer not null
) strict, without rowid;
insert into consumers values ('search', 0, X'00000000000000000000000000000001', 1795871649619923, 1795871649619922);
CREATE TABLE batches (
    id blob not null primary key,
    at integer not null
) strict, without rowid;
insert into batches values (X'01A2224AAF0370B4BE06029918E4BAF5', 1795871649539672);
insert into batches values (X'01A2224AAF11728AAE65F3131C92F4F0', 1795871649554030);
insert into batches values (X'01A2224AAF1577628AA3C10B8C32A80F', 1795871649557863);
insert into batches values (X'01A2224AAF1E732EA1ABA04ECA10AEF3', 1795871649566612);
insert into batches values (X'01A2224AAF23745E8550915BF785B50F', 1795871649571735);
insert into batches values (X'01A2224AAF2A7171A54AEEFE4F102159', 1795871649578824);
insert into batches values (X'01A2224AAF2C7672823E9B7A3F46A31C', 1795871649580338);
insert into batches values (X'01A2224AAF2D708B8F45EF31ED2C78C7', 1795871649581436);
insert into batches values (X'01A2224AAF2F74B9BF364B382B494D0E', 1795871649583273);
insert into batches values (X'01A2224AAF30706C99762EDBB928CEDF', 1795871649584240);
insert into batches values (X'01A2224AAF327375AB9D94B8854D0659', 1795871649586700);
insert into batches values (X'01A2224AAF3477D0BA2FF5DF6DCEC947', 1795871649588723);
insert into batches values (X'01A2224AAF35701BAE8697EF4B3EAA72', 1795871649590012);
insert into batches values (X'01A2224AAF3775418987BB2694E05E8F', 1795871649591066);
insert into batches values (X'01A2224AAF38700BB825B9E1DF18452F', 1795871649592699);
insert into batches values (X'01A2224AAF3A73D99A3C269592A72FA6', 1795871649594588);
insert into batches values (X'01A2224AAF3C71F0913A07BE8101355C', 1795871649596235);
insert into batches values (X'01A2224AAF3D7124BCFC874CAE8A5789', 1795871649597598);
insert into batches values (X'01A2224AAF4276D5A038F9B00C93CE4F', 1795871649602297);
insert into batches values (X'01A2224AAF44720FA3AC18E95E994FA6', 1795871649604348);
insert into batches values (X'01A2224AAF46761B846F85D2B96C92B7', 1795871649606154);
insert into batches values (X'01A2224AAF4C7687872EAE53C7B08D78', 1795871649612487);
insert into batches values (X'01A2224AAF4D7443831DD54A1F085553', 1795871649613920);
insert into batches values (X'01A2224AAF4F700296C22FB803272E16', 1795871649615329);
insert into batches values (X'01A2224AAF517332AE1049ADCA978389', 1795871649617091);
insert into batches values (X'01A2224AAF527670880D6E2E0429108D', 1795871649618674);
insert into batches values (X'01A2224AAF53702DB55E12BF41D4A66D', 1795871649619922);
insert into batches values (X'01A2224AAF54705C9C6AA2A13A8DD66A', 1795871649621012);
insert into batches values (X'01A2224AAF5674F388947F57F0665AF5', 1795871649622127);
insert into batches values (X'01A2224AAF577123AFB1D0BD902CD828', 1795871649623786);
insert into batches values (X'01A2224AAF59737E8BC1785CE55AC7DC', 1795871649625091);
CREATE TABLE traces (
    caller_kind integer not null,
    caller_id blob not null,
    idempotency_key text not null,
    fingerprint blob not null,
    kept text not null,
    at integer not null,
    primary key (caller_kind, caller_id, idempotency_key)
) strict, without rowid;
insert into traces values (0, X'00000000000000000000000000000000', 'created', X'710A4D7E384DA339E511A19720E139C1', '1 [{"id":4,"public_id":"01a2224a-af36-746e-9bc6-aa260b65db25","sku":"P-01A2224AAF36746E9BC6AA260B65DB25","name":"Mess tin","description":"Holds a pint.","image_url":null,"price":{"minor":500,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"is_archived":false,"created_at":1795871649591066,"updated_at":1795871649591066},{"on_hand":7,"reserved":0}]', 1795871649591066);
CREATE TABLE addresses (
    account_id blob not null references accounts (id),
    id blob not null,
    created_at integer not null,
    postal text not null,
    updated_at integer not null,
    primary key (account_id, id)
) strict, without rowid;
insert into addresses values (X'00000000000000000000000000000007', X'00000000000000000000000000000009', 1795871649580338, '{"name":"Ann","line1":"1 Camp Street","city":"Camp","country":"IE"}', 1795871649580338);
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
insert into links values (X'00000000000000000000000000000007', 2, 'secret', 'Ann@example.com', 'ann@example.com', 1795871649581436, 14410271649581436);
CREATE TABLE factors (
    account_id blob not null primary key references accounts (id),
    secret text not null,
    recovery text not null,
    last_step integer not null,
    confirmed_at integer,
    created_at integer not null
) strict, without rowid;
insert into factors values (X'00000000000000000000000000000007', 'BASE32', 'paper', 0, NULL, 1795871649583273);
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
insert into api_keys values (X'0000000000000000000000000000000A', 'till', 16, NULL, 'secret', 1795871649584240, NULL, NULL, NULL, X'00000000000000000000000000000009', 0, 1);
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
insert into trail values (1, 20, 'product:1', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"10.00","sku":"P-01A2224AAEFE734E8D56A01430FE8F10"}', 0, X'00000000000000000000000000000000', X'01A2224AAEFE734E8D56A0159CD91224', 1795871649539672);
insert into trail values (2, 20, 'product:2', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"2.50","sku":"P-01A2224AAF11728AAE65F3118B931D81"}', 0, X'00000000000000000000000000000000', X'01A2224AAF11728AAE65F312D263B9C1', 1795871649554030);
insert into trail values (3, 20, 'product:3', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"0.99","sku":"P-01A2224AAF1577628AA3C1093226CA53"}', 0, X'00000000000000000000000000000000', X'01A2224AAF1577628AA3C10ABB698E22', 1795871649557863);
insert into trail values (4, 1, 'customer:00000000-0000-0000-0000-000000000007', NULL, '{"email":"Ann@example.com","email_confirmed":false,"first_name":"Ada","is_active":true,"language":null,"last_name":"","role":"staff","username":"Ann"}', 0, X'00000000000000000000000000000000', X'01A2224AAF1E732EA1ABA04DDCD07E62', 1795871649566612);
insert into trail values (5, 10, 'api_key:00000000-0000-0000-0000-00000000000a', NULL, '{"channel":null,"expires_at":null,"is_revoked":false,"name":"till","scopes":["intake"]}', 1, X'00000000000000000000000000000009', X'01A2224AAF30706C99762EDAE3077461', 1795871649584240);
insert into trail values (6, 30, 'category:camp', NULL, '{"name":"Tents","parent":null,"slug":"camp"}', 1, X'00000000000000000000000000000009', X'01A2224AAF31720ABD17BC9A1183D143', 1795871649586700);
insert into trail values (7, 30, 'category:tents', NULL, '{"name":"Tents","parent":1,"slug":"tents"}', 1, X'00000000000000000000000000000009', X'01A2224AAF3477D0BA2FF5DED2CA7FCC', 1795871649588723);
insert into trail values (8, 20, 'product:4', NULL, '{"caller_units_most":null,"category":null,"currency":"EUR","description":"Holds a pint.","image_url":null,"is_archived":false,"low_stock_threshold":null,"name":"Mess tin","order_units_most":null,"price":"5.00","sku":"P-01A2224AAF36746E9BC6AA260B65DB25"}', 0, X'00000000000000000000000000000000', X'01A2224AAF36746E9BC6AA27EE75B3EB', 1795871649591066);
insert into trail values (9, 40, 'product:4', '{"on_hand":7}', '{"on_hand":8}', 1, X'00000000000000000000000000000009', X'01A2224AAF38700BB825B9E0566C5CC7', 1795871649592699);
insert into trail values (10, 21, 'product:4', '{"category":null}', '{"category":"tents"}', 1, X'00000000000000000000000000000009', X'01A2224AAF3A73D99A3C26942C3C32B6', 1795871649594588);
insert into trail values (11, 21, 'product:3', '{"caller_units_most":null}', '{"caller_units_most":5}', 1, X'00000000000000000000000000000009', X'01A2224AAF3C71F0913A07BDAF81C39B', 1795871649596235);
insert into trail values (12, 22, 'product:3', '{"is_archived":false}', '{"is_archived":true}', 1, X'00000000000000000000000000000009', X'01A2224AAF5674F388947F56374D7C57', 1795871649622127);
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
insert into carts values (X'00000000000000000000000000000001', 1, 1795871649623786, 1795871649623786, 14410271649623786, NULL);
insert into carts values (X'C21F38C8641889F1A6124E2290192D55', 3, 1795871649625091, 1795871649625091, 14410271649625091, X'B3461FE8CE348FF4826716949113D587');
CREATE TABLE holds (
    cart_id blob not null,
    product_id integer not null,
    units integer not null check (units >= 1),
    added_at integer not null,
    primary key (cart_id, product_id)
) strict, without rowid;
insert into holds values (X'00000000000000000000000000000001', 2, 3, 1795871649623786);
insert into holds values (X'C21F38C8641889F1A6124E2290192D55', 2, 1, 1795871649625091);
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
, since integer not null default 0) strict, without rowid;
insert into claims values (X'01A2224AAF5077E9A488AF187930CA01', X'00000000000000000000000000000003', 1795875249618674, 1, 1795871649618674);
CREATE TABLE figures (
    kind integer not null,
    bucket integer not null,
    value integer not null,
    primary key (kind, bucket)
) strict, without rowid;
insert into figures values (2, 7, 1);
CREATE TABLE oldest (
    one integer not null primary key check (one = 1),
    schema integer not null
) strict, without rowid;
insert into oldest values (1, 10);
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
CREATE INDEX claims_by_taking on claims (since);
