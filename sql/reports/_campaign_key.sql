create function _campaign_key(column_name text, key text)
returns jsonb
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
as $$
declare
  v_key jsonb;
begin
  if key is null then
    raise exception using errcode = '22023', message = format('%s is NULL', column_name),
      hint = 'Pass the id as the shop''s table has it.';
  end if;
  execute format('select to_jsonb($1::%s)', _campaign_column_type(column_name)) into v_key using key;
  return v_key;
end
$$;

comment on function _campaign_key(text, text) is
'A key of the shop, given as text, as its JSON value: column_name is order_id or customer_id. NULL is an error (22023), and so is a text that is no such key (22P02).';

revoke all on function _campaign_key(text, text) from public;
