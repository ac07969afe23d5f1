create function _campaign_currency_entry(currency text, conversions bigint, revenue numeric)
returns jsonb
language sql stable parallel safe
return jsonb_build_object(
  'currency', currency,
  'conversions', conversions,
  'revenue', round(revenue, 2),
  'average_order_value', @extschema@.campaign_average(revenue, conversions)
);

comment on function _campaign_currency_entry(text, bigint, numeric) is
'One element of other_currencies: {currency, conversions, revenue, average_order_value}.';

revoke all on function _campaign_currency_entry(text, bigint, numeric) from public;
