create function _campaign_value(dimension campaign_dimension, device_type text, country text, city text, referrer text, landing_page text)
returns text
language sql immutable parallel safe
return case dimension
  when 'device' then device_type
  when 'country' then country
  when 'city' then city
  when 'referrer' then @extschema@._campaign_host(referrer)
  when 'landing_page' then landing_page
end;

comment on function _campaign_value(campaign_dimension, text, text, text, text, text) is 'What a visit is in one dimension.';

revoke all on function _campaign_value(campaign_dimension, text, text, text, text, text) from public;
