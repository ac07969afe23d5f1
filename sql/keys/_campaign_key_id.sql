create function _campaign_key_id(key text) returns uuid
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $$
  select substr(key, 5, 32)::uuid where key ~ '^pgc_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$'
$$;

comment on function _campaign_key_id(text) is 'The id inside a key, which is pgc_, the id, _ and the secret; NULL for a text that cannot be a key.';
revoke all on function _campaign_key_id(text) from public;
grant execute on function _campaign_key_id(text) to campaign_admin;
