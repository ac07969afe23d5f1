create or replace function demo._check_address(customer_id uuid, address_id uuid, field text)
returns void
language plpgsql
stable
parallel safe
set search_path = demo, pg_temp
as $$
declare
  v_owner uuid;
begin
  if address_id is null then
    raise exception using errcode = '22023', message = format('an order needs a %s', field);
  end if;
  select addresses.customer_id into v_owner from addresses where id = address_id;
  if not found then
    raise exception using errcode = 'P0002', message = format('no such address: %s', address_id), hint = format('Look at %s.', field);
  end if;
  if v_owner <> _check_address.customer_id then
    raise exception using errcode = '22023', message = format('%s belongs to another customer: %s', field, address_id);
  end if;
end
$$;

comment on function demo._check_address(uuid, uuid, text) is
  'Raises P0002 unless the shop has this address, 22023 for null or when it belongs to another customer; field names it in the message.';
revoke all on function demo._check_address(uuid, uuid, text) from public;
