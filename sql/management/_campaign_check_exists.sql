create function _campaign_check_exists(id uuid) returns uuid
language plpgsql stable parallel safe
set search_path = @extschema@, pg_temp
as $$
begin
  if id is null then
    raise exception using errcode = '22023', message = 'campaign id must be given';
  end if;
  if not exists (select from campaigns c where c.id = _campaign_check_exists.id) then
    raise exception using errcode = 'P0002', message = format('no campaign with id %s', id);
  end if;
  return id;
end
$$;

comment on function _campaign_check_exists(uuid) is 'The id itself; error 22023 when it is NULL, P0002 when no campaign has it.';
revoke all on function _campaign_check_exists(uuid) from public;
