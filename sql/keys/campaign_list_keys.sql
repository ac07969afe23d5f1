create function campaign_list_keys()
returns table (
  id uuid, name text, role text, created_at timestamptz, last_used_at timestamptz, revoked_at timestamptz
)
language sql stable security definer parallel safe
set search_path = @extschema@, pg_temp
as $$
  select k.id, k.name, k.role, k.created_at, k.last_used_at, k.revoked_at
  from _campaign_keys k
  order by k.created_at, k.id
$$;

comment on function campaign_list_keys() is
  'The keys of the HTTP shim, oldest first, revoked ones among them; never the keys themselves. last_used_at is true to the minute, NULL for a key never used; revoked_at NULL while the key is good.';
revoke all on function campaign_list_keys() from public;
grant execute on function campaign_list_keys() to campaign_admin;
