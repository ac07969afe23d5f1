create function _campaign_convert_template(source text, credited_visit text, touch text) returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $$
  select replace(replace(replace(_campaign_convert_sql(),
    '{source}', source), '{credited_visit}', credited_visit), '{touch}', touch)
$$;

comment on function _campaign_convert_template(text, text, text) is
  'The converting statement for a source of order rows o and a query that finds the visit of an order p.';
revoke all on function _campaign_convert_template(text, text, text) from public;
