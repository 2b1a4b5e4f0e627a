-- people, as far as they are let in

-- Sessions that are good: what their accounts may do they may do.
create view standings as
    select session.id, session.era from sessions session
    join accounts account on account.id = session.account_id
    where session.ended_at is null and session.era = account.era and account.is_active = 1;

-- From where a session was used last: a keyed hash of its account and an address. None if it is from before.
alter table sessions add column origin text;

-- The last sessions of an account are found without the others.
drop index sessions_by_account;

create index sessions_by_account on sessions (account_id, id);

-- The admin who made it: a key outlives his rights. Of those before, the trail tells.
alter table api_keys add column created_by blob;

update api_keys set created_by = (
    select min(trail.actor_id) from trail
    where trail.actor_kind = 1 and trail.kind = 10
        and trail.subject = 'api_key:' || lower(
            substr(hex(api_keys.id), 1, 8) || '-' || substr(hex(api_keys.id), 9, 4) || '-'
            || substr(hex(api_keys.id), 13, 4) || '-' || substr(hex(api_keys.id), 17, 4) || '-'
            || substr(hex(api_keys.id), 21))
);

create index api_keys_by_maker on api_keys (created_by) where created_by is not null;

-- Those that may be too many: a login looks for them, and not through all that have ended.
create index sessions_open on sessions (account_id) where ended_at is null;
