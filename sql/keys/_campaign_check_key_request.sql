create function _campaign_check_key_request(name text, role text) returns text
language plpgsql immutable parallel safe
set search_path = @extschema@, pg_temp
as $$
begin
  if name is null or name !~ '\S' or char_length(name) > 200 then
    raise exception using errcode = '22023', message = 'name must be given and have at most 200 characters';
  end if;
  case regexp_replace(role, '^campaign_', '')
    when 'analyst' then return 'analyst';
    when 'admin' then return 'admin';
    else
      raise exception using errcode = '22023', message = format('unknown role %s', coalesce(quote_literal(role), 'NULL')),
        hint = 'Use analyst (reads) or admin (all).';
  end case;
end
$$;

comment on function _campaign_check_key_request(text, text) is
  'The role of a key to be made, by its short name. Errors: 22023 for a name or a role that cannot be.';
revoke all on function _campaign_check_key_request(text, text) from public;
