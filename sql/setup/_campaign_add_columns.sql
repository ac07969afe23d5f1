create function _campaign_add_columns(relation regclass, columns text[], ours text[]) returns text[]
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_column text;
  v_type text;
  v_name text;
  v_there text;
  v_added text[] := '{}';
begin
  if relation is null then
    return v_added;
  end if;
  foreach v_column in array columns loop
    v_name := split_part(v_column, ' ', 1);
    v_type := split_part(v_column, ' ', 2);
    select a.attname into v_there from pg_attribute a
     where a.attrelid = relation and a.attname = v_name and a.attnum > 0 and not a.attisdropped;
    if not found then
      execute format('alter table %s add column %I %s', _campaign_table_name(relation), v_name, v_type);
      v_added := v_added || v_name;
    -- A session is the shop's own to tell; whom an order goes to is not.
    elsif v_name <> 'session_id' and v_name <> all (ours)
      and not exists (
        select from pg_attribute a
         where a.attrelid = relation and a.attname = v_name and col_description(a.attrelid, a.attnum) like 'pg\_campaign:%')
    then
      raise exception using
        errcode = '55000',
        message = format('%s already has a column %I of its own', _campaign_table_name(relation), v_name),
        hint = 'Rename it, or install with add_columns => false.';
    end if;
    if v_name <> 'session_id' then
      execute format('comment on column %s.%I is %L', _campaign_table_name(relation), v_name, case v_name
        when 'campaign_id' then 'pg_campaign: the campaign that brought this order'
        when 'visit_id' then 'pg_campaign: the visit that brought this order'
        else 'pg_campaign: the campaign that won this customer'
      end);
    end if;
    -- Orders that no campaign brought need no entry. Customers get no index: they are there before they are won, and an
    -- index on what changes then would have every index of the table written.
    if v_name in ('campaign_id', 'visit_id') then
      execute format('create index if not exists %I on %s (%I) where %3$I is not null',
        _campaign_index_name(relation, v_name), _campaign_table_name(relation), v_name);
    end if;
  end loop;
  return v_added;
end
$$;

comment on function _campaign_add_columns(regclass, text[], text[]) is
  'Adds the columns (each "name type") that a shop''s table lacks, with their indexes, and returns the names of those it added; ours are those added before. Error 55000 when one is there that is the shop''s own.';
revoke all on function _campaign_add_columns(regclass, text[], text[]) from public;
