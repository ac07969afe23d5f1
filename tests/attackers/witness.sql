-- The witness. Code that runs saw() is asked what it can reach: whom it runs as, whom it can become, and whose private
-- table it can read. It tells by a warning, because a row would be taken back with whatever is rolled back afterwards.
create schema witness;
grant usage on schema witness to public;
create schema vault;
grant usage on schema vault to public;

create function witness.saw(place text) returns boolean
language plpgsql volatile parallel unsafe
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_reached text[] := array[current_user];
  v_attempt text;
  v_owner name;
begin
  foreach v_attempt in array array['reset role', 'set role none', 'reset session authorization', 'set role postgres',
    'set session authorization postgres'] loop
    begin
      execute v_attempt;
      v_reached := v_reached || current_user::text;
      raise exception 'back to whom it was';
    exception
      when others then null;
    end;
  end loop;
  for v_owner in select relname from pg_class where relnamespace = 'vault'::regnamespace loop
    begin
      execute format('select from vault.%I', v_owner);
      v_reached := v_reached || v_owner::text;
    exception
      when insufficient_privilege then null;
    end;
  end loop;
  foreach v_attempt in array array['select rolpassword from pg_authid', 'create role witness_of_a_superuser'] loop
    begin
      execute v_attempt;
      v_reached := v_reached || 'superuser'::text;
      raise exception 'back to where it was';
    exception
      when others then null;
    end;
  end loop;
  raise warning '%', concat_ws(chr(9), 'witness', place, session_user,
    (select string_agg(distinct who, ',' order by who) from unnest(v_reached) who));
  return true;
end
$$;

-- For any trigger.
create function witness.watch() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  perform witness.saw(format('%s %s %s %s.%s', tg_name, lower(tg_when), lower(tg_op), tg_table_schema, tg_table_name));
  return case when tg_op = 'DELETE' then old else new end;
end
$$;

-- For any place that takes an expression; fixed is what the planner may compute beforehand.
create function witness.pass(place text, value anyelement) returns anyelement
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$ begin perform witness.saw(place); return value; end $$;
create function witness.fixed(place text, value anyelement) returns anyelement
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$ begin perform witness.saw(place); return value; end $$;
