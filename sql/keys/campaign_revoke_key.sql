create function campaign_revoke_key(id uuid) returns timestamptz
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_revoked_at timestamptz;
begin
  if id is null then
    raise exception using errcode = '22023', message = 'key id must be given';
  end if;
  update _campaign_keys k set revoked_at = coalesce(k.revoked_at, now())
  where k.id = campaign_revoke_key.id
  returning k.revoked_at into v_revoked_at;
  if not found then
    raise exception using errcode = 'P0002', message = format('no key with id %s', id);
  end if;
  return v_revoked_at;
end
$$;

comment on function campaign_revoke_key(uuid) is
  'Ends a key for good and returns when; a key already revoked keeps its time. A running shim refuses it within 5 seconds. Errors: P0002 no such key, 22023 NULL.';
revoke all on function campaign_revoke_key(uuid) from public;
grant execute on function campaign_revoke_key(uuid) to campaign_admin;
