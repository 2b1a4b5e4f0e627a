-- standings

-- Sessions that are good: what their accounts may do they may do.
create view identity.standings as
    select session.id, session.era from identity.sessions session
    join identity.accounts account on account.id = session.account_id
    where session.ended_at is null and session.era = account.era and account.is_active;
