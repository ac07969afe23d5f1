-- A standard-SQL body is bound to its operators when it is created, so no caller's search_path reaches it and,
-- without a SET clause, the planner can inline it. The other formulas follow suit.
create function campaign_rate(part numeric, whole numeric)
returns numeric
language sql immutable parallel safe
return round(part * 100 / nullif(whole, 0), 2);

comment on function campaign_rate(numeric, numeric) is
'Percentage of part in whole: part / whole * 100, rounded to 2 places; NULL when whole is 0 or either is NULL. '
'Conversion rate = campaign_rate(conversions, visits).';

revoke all on function campaign_rate(numeric, numeric) from public;
grant execute on function campaign_rate(numeric, numeric) to campaign_analyst;
