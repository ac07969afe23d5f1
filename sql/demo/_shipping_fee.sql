create or replace function demo._shipping_fee(country text, subtotal numeric)
returns numeric
language sql
stable
parallel safe
set search_path = demo, pg_temp
as $$
  select case when subtotal >= free_from then 0.00 else fee end
  from shipping_rates
  where shipping_rates.country in (_shipping_fee.country, '*')
  order by shipping_rates.country = '*'
  limit 1
$$;

comment on function demo._shipping_fee(text, numeric) is
  'Returns what sending an order of this subtotal (before tax) to this country costs: 0 from the country''s threshold on.';
revoke all on function demo._shipping_fee(text, numeric) from public;
