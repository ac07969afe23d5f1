create function campaign_average(amount numeric, number numeric)
returns numeric
language sql immutable parallel safe
return round(amount / nullif(number, 0), 2);

comment on function campaign_average(numeric, numeric) is
'Amount for each one: amount / number, rounded to 2 places; NULL when number is 0 or either is NULL. '
'Average order value = campaign_average(revenue, conversions), cost per visit = campaign_average(cost, visits), '
'cost per conversion = campaign_average(cost, conversions).';

revoke all on function campaign_average(numeric, numeric) from public;
grant execute on function campaign_average(numeric, numeric) to campaign_analyst;
