-- places

-- From where a session was used last: a keyed hash of its account and an address. None if it is from before.
alter table identity.sessions add column origin text;

-- The last sessions of an account are found without the others.
drop index identity.sessions_by_account;

create index sessions_by_account on identity.sessions (account_id, id);
