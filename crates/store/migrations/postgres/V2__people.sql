-- people

alter table identity.accounts add column email_confirmed boolean not null default false;
alter table identity.accounts add column version bigint not null default 1 check (version >= 1);
-- Sessions of an earlier era of their account have ended.
alter table identity.accounts add column era bigint not null default 1;
alter table identity.accounts add column era_began_at bigint;
-- Since then it is nobody's.
alter table identity.accounts add column gone_at bigint;

-- What no two names may have in common. It is found for names of ASCII; of those that were alike before, the
-- first keeps it, and the others are left as they are.
alter table identity.accounts add column username_skeleton text;

update identity.accounts set username_skeleton =
    replace(replace(replace(lower(replace(username, 'I', 'l')), 'm', 'rn'), '0', 'o'), '1', 'l')
where username_folded ~ '^[a-z0-9._+-]*$';

create index accounts_skeletons on identity.accounts (username_skeleton, id);

update identity.accounts set username_skeleton = null where exists (
    select 1 from identity.accounts other
    where other.username_skeleton = accounts.username_skeleton and other.id < accounts.id
);

drop index identity.accounts_skeletons;

create unique index accounts_by_skeleton on identity.accounts (username_skeleton);

-- First and last name, their case folded by the shop: no engine folds like another.
alter table identity.accounts add column names_folded text not null default '';

update identity.accounts set names_folded = lower(first_name || chr(10) || last_name);

create index accounts_by_age on identity.accounts (created_at, id);
create index accounts_by_era on identity.accounts (era_began_at) where era_began_at is not null;

alter table identity.sessions add column era bigint not null default 1;
alter table identity.sessions add column agent text;

create index sessions_by_account on identity.sessions (account_id);

create table identity.addresses (
    account_id uuid not null references identity.accounts (id),
    id uuid not null,
    created_at bigint not null,
    postal text not null,
    updated_at bigint not null,
    primary key (account_id, id)
);

-- Sent to an e-mail address, good once: of the secret there is a hash.
create table identity.links (
    account_id uuid not null references identity.accounts (id),
    purpose smallint not null check (purpose between 1 and 3),
    secret text not null,
    email text not null,
    email_folded text not null,
    made_at bigint not null,
    expires_at bigint not null,
    primary key (account_id, purpose)
);

create index links_by_expiry on identity.links (expires_at);

create table identity.factors (
    account_id uuid not null primary key references identity.accounts (id),
    secret text not null,
    recovery text not null,
    last_step bigint not null,
    confirmed_at bigint,
    created_at bigint not null
);

create table identity.api_keys (
    id uuid not null primary key,
    name text not null,
    scopes bigint not null,
    channel text,
    secret text not null,
    created_at bigint not null,
    expires_at bigint,
    used_at bigint,
    revoked_at bigint
);

create index api_keys_by_end on identity.api_keys (revoked_at) where revoked_at is not null;

-- Who changed what, with before and after.
create table writer.trail (
    id bigint generated always as identity primary key,
    kind smallint not null,
    subject text not null,
    before text,
    after text,
    actor_kind smallint not null,
    actor_id uuid not null,
    correlation_id uuid not null,
    at bigint not null
);

create index trail_by_subject on writer.trail (subject, id);
create index trail_by_actor on writer.trail (actor_kind, actor_id, id);
create index trail_by_time on writer.trail (at);
