-- standings

-- Sessions that are good: what their accounts may do they may do.
create view identity.standings as
    select session.id, session.era from identity.sessions session
    join identity.accounts account on account.id = session.account_id
    where session.ended_at is null and session.era = account.era and account.is_active;
-- places

-- From where a session was used last: a keyed hash of its account and an address. None if it is from before.
alter table identity.sessions add column origin text;

-- The last sessions of an account are found without the others.
drop index identity.sessions_by_account;

create index sessions_by_account on identity.sessions (account_id, id);
