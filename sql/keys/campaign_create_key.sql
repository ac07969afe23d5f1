create function campaign_create_key(name text, role text default 'analyst') returns text
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_role text := _campaign_check_key_request(name, role);
  v_id uuid := gen_random_uuid();
  -- Two random UUIDs hold 244 bits of PostgreSQL's strong random source; the digest spreads them over 32 bytes.
  v_secret bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
  v_key text := format('pgc_%s_%s', replace(v_id::text, '-', ''),
    rtrim(translate(encode(v_secret, 'base64'), '+/', '-_'), '='));
begin
  insert into _campaign_keys (id, name, role, digest)
  values (v_id, trim(campaign_create_key.name), v_role, sha256(convert_to(v_key, 'UTF8')));
  return v_key;
end
$$;

comment on function campaign_create_key(text, text) is
  'Makes a key for the HTTP shim and returns it: the only time it is shown, only its SHA-256 is kept. name says whose it is (1 to 200 characters); role is analyst (reads) or admin (all). Errors: 22023 for a name or a role that cannot be.';
revoke all on function campaign_create_key(text, text) from public;
grant execute on function campaign_create_key(text, text) to campaign_admin;
