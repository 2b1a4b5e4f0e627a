-- people

alter table accounts add column email_confirmed integer not null default 0 check (email_confirmed in (0, 1));
alter table accounts add column version integer not null default 1 check (version >= 1);
-- Sessions of an earlier era of their account have ended.
alter table accounts add column era integer not null default 1;
alter table accounts add column era_began_at integer;
-- Since then it is nobody's.
alter table accounts add column gone_at integer;

-- What no two names may have in common. It is found for names of ASCII; of those that were alike before, the
-- first keeps it, and the others are left as they are.
alter table accounts add column username_skeleton text;

update accounts set username_skeleton =
    replace(replace(replace(lower(replace(username, 'I', 'l')), 'm', 'rn'), '0', 'o'), '1', 'l')
where username_folded not glob '*[^a-z0-9._+-]*';

create index accounts_skeletons on accounts (username_skeleton, id);

update accounts set username_skeleton = null where exists (
    select 1 from accounts other
    where other.username_skeleton = accounts.username_skeleton and other.id < accounts.id
);

drop index accounts_skeletons;

create unique index accounts_by_skeleton on accounts (username_skeleton);

-- First and last name, their case folded by the shop: no engine folds like another.
alter table accounts add column names_folded text not null default '';

update accounts set names_folded = lower(first_name || char(10) || last_name);

create index accounts_by_age on accounts (created_at, id);
create index accounts_by_era on accounts (era_began_at) where era_began_at is not null;

alter table sessions add column era integer not null default 1;
alter table sessions add column agent text;

create index sessions_by_account on sessions (account_id);

create table addresses (
    account_id blob not null references accounts (id),
    id blob not null,
    created_at integer not null,
    postal text not null,
    updated_at integer not null,
    primary key (account_id, id)
) strict, without rowid;

-- Sent to an e-mail address, good once: of the secret there is a hash.
create table links (
    account_id blob not null references accounts (id),
    purpose integer not null check (purpose between 1 and 3),
    secret text not null,
    email text not null,
    email_folded text not null,
    made_at integer not null,
    expires_at integer not null,
    primary key (account_id, purpose)
) strict, without rowid;

create index links_by_expiry on links (expires_at);

create table factors (
    account_id blob not null primary key references accounts (id),
    secret text not null,
    recovery text not null,
    last_step integer not null,
    confirmed_at integer,
    created_at integer not null
) strict, without rowid;

create table api_keys (
    id blob not null primary key,
    name text not null,
    scopes integer not null,
    channel text,
    secret text not null,
    created_at integer not null,
    expires_at integer,
    used_at integer,
    revoked_at integer
) strict, without rowid;

create index api_keys_by_end on api_keys (revoked_at) where revoked_at is not null;

-- Who changed what, with before and after.
create table trail (
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

create index trail_by_subject on trail (subject, id);
create index trail_by_actor on trail (actor_kind, actor_id, id);
create index trail_by_time on trail (at);
