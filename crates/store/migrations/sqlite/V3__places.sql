-- standings

-- Sessions that are good: what their accounts may do they may do.
create view standings as
    select session.id, session.era from sessions session
    join accounts account on account.id = session.account_id
    where session.ended_at is null and session.era = account.era and account.is_active = 1;
-- places

-- From where a session was used last: a keyed hash of its account and an address. None if it is from before.
alter table sessions add column origin text;

-- The last sessions of an account are found without the others.
drop index sessions_by_account;

create index sessions_by_account on sessions (account_id, id);
