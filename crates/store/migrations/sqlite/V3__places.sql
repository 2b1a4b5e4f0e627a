-- standings

-- Sessions that are good: what their accounts may do they may do.
create view standings as
    select session.id, session.era from sessions session
    join accounts account on account.id = session.account_id
    where session.ended_at is null and session.era = account.era and account.is_active = 1;
