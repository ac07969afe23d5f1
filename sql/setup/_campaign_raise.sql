create function _campaign_raise(code text, message text, hint text default null) returns text
language plpgsql volatile parallel safe
set search_path = @extschema@, pg_temp
as $$
begin
  if hint is null then
    raise exception using errcode = code, message = message;
  end if;
  raise exception using errcode = code, message = message, hint = hint;
end
$$;

comment on function _campaign_raise(text, text, text) is
  'Raises the given SQLSTATE and message from within an expression; never returns.';
revoke all on function _campaign_raise(text, text, text) from public;
