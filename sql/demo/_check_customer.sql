create or replace function demo._check_customer(customer_id uuid)
returns void
language plpgsql
stable
parallel safe
set search_path = demo, pg_temp
as $$
begin
  if customer_id is null then
    raise exception using errcode = '22023', message = 'an order needs a customer_id';
  end if;
  if not exists (select from customers where id = _check_customer.customer_id) then
    raise exception using errcode = 'P0002', message = format('no such customer: %s', customer_id);
  end if;
end
$$;

comment on function demo._check_customer(uuid) is 'Raises P0002 unless the shop has this customer, 22023 for null.';
revoke all on function demo._check_customer(uuid) from public;
