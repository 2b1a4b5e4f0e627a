-- places

-- The admin who made it: a key outlives his rights. Of those before, the trail tells.
alter table identity.api_keys add column created_by uuid;

update identity.api_keys set created_by = (
    select trail.actor_id from writer.trail trail
    where trail.actor_kind = 1 and trail.kind = 10
        and trail.subject = 'api_key:' || api_keys.id::text
    limit 1
);

create index api_keys_by_maker on identity.api_keys (created_by) where created_by is not null;
