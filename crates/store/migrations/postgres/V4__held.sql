-- accounts that nobody has shown to be his

-- Until then one waits to be confirmed, where registering does not tell who is a customer. Those of before
-- are not known from those that were opened where it tells: they stay.
alter table identity.accounts add column held_until bigint;

create index accounts_held on identity.accounts (held_until, id) where held_until is not null;

-- Compared by their bytes, as on SQLite.
alter table identity.accounts alter column password_hash type text collate "C";

-- Hashes that the shop has not made itself: of each form one is found without the others.
create index accounts_foreign_hashes on identity.accounts (password_hash)
    where substr(password_hash, 1, 31) <> '$argon2id$v=19$m=19456,t=2,p=1$' and password_hash <> '';
