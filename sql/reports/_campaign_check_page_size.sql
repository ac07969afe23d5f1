create function _campaign_check_page_size(page_size integer)
returns integer
language plpgsql immutable parallel safe
set search_path = @extschema@, pg_temp
as $$
begin
  if page_size is null or page_size not between 1 and 1000 then
    raise exception using errcode = '22023', message = 'page_size must be between 1 and 1000';
  end if;
  return page_size;
end
$$;

comment on function _campaign_check_page_size(integer) is 'The page size itself; error 22023 when it is NULL or not between 1 and 1000.';

revoke all on function _campaign_check_page_size(integer) from public;
