create function _campaign_need(value text, argument text) returns text
language plpgsql immutable parallel safe
set search_path = @extschema@, pg_temp
as $$
begin
  if value is null or value !~ '\S' then
    raise exception using errcode = '22023', message = format('%s must be given', argument);
  end if;
  return value;
end
$$;

comment on function _campaign_need(text, text) is 'The value itself; error 22023, naming the argument, when it is NULL or blank.';
revoke all on function _campaign_need(text, text) from public;
