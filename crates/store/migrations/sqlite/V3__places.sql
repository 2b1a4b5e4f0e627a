-- places

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
