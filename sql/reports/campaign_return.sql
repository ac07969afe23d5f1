create function campaign_return(revenue numeric, cost numeric)
returns numeric
language sql immutable parallel safe
return @extschema@.campaign_rate(revenue - cost, cost);

comment on function campaign_return(numeric, numeric) is
'Return on investment in percent: (revenue - cost) / cost * 100, rounded to 2 places; NULL when cost is 0 or either is NULL.';

revoke all on function campaign_return(numeric, numeric) from public;
grant execute on function campaign_return(numeric, numeric) to campaign_analyst;
