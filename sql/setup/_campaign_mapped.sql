create function _campaign_mapped(relation regclass, mapping text) returns text
language sql stable parallel safe strict
set search_path = @extschema@, pg_temp
as $$
  select case
    when exists (
      select from pg_attribute
       where attrelid = relation and attname = mapping and attnum > 0 and not attisdropped
    ) then format('o.%I', mapping)
    else mapping
  end
$$;

comment on function _campaign_mapped(regclass, text) is
  'A mapping argument as an SQL expression over the row o: a column name becomes that column, anything else stays as it is.';
revoke all on function _campaign_mapped(regclass, text) from public;
