create function _campaign_key_role(key text) returns text
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_key _campaign_keys;
begin
  -- Found by its id, then compared by its digest: how long that takes tells nothing about the key.
  select k.* into v_key
  from _campaign_keys k
  where k.id = _campaign_key_id(key) and k.digest = sha256(convert_to(key, 'UTF8')) and k.revoked_at is null;
  if v_key.last_used_at > now() - interval '1 minute' or v_key.id is null or pg_is_in_recovery() then
    return v_key.role;
  end if;
  update _campaign_keys k set last_used_at = now() where k.id = v_key.id;
  return v_key.role;
end
$$;

comment on function _campaign_key_role(text) is
  'What a key may do: analyst or admin; NULL for one that is unknown or revoked. Notes, to the minute, that the key was used.';
revoke all on function _campaign_key_role(text) from public;
grant execute on function _campaign_key_role(text) to campaign_gatekeeper;
