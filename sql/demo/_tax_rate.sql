create or replace function demo._tax_rate(country text, region text)
returns numeric
language sql
stable
parallel safe
set search_path = demo, pg_temp
as $$
  select coalesce((
    select rate
    from tax_rates
    where tax_rates.country = _tax_rate.country and tax_rates.region in (_tax_rate.region, '')
    order by tax_rates.region desc
    limit 1), 0)
$$;

comment on function demo._tax_rate(text, text) is
  'Returns the sales tax as a fraction (0.0725 is 7.25 %): the region''s, else the country''s, else 0.';
revoke all on function demo._tax_rate(text, text) from public;
