-- Something of the same name for everything that a statement can name without a schema: each tells the witness that it ran,
-- then does what the real one does. In a path before pg_catalog each is found first; behind it, where shadow() is told so,
-- only what fits better than a polymorphic original is worth making.
create procedure witness.shadow(p_schema name, p_behind boolean)
language plpgsql
set search_path = pg_catalog, pg_temp
set check_function_bodies = off
as $procedure$
declare
  v record;
  v_types constant text[] := array['text', 'name', 'uuid', 'bigint', 'integer', 'numeric', 'boolean', 'date', 'timestamptz',
    'interval', 'jsonb', 'regclass', 'oid', 'bytea', 'record'];
  v_polymorphic constant oid[] := array['anyelement', 'anyarray', 'anynonarray', 'anyenum', 'anycompatible', 'anycompatiblearray',
    'anycompatiblenonarray', '"any"']::regtype[]::oid[];
  v_type text;
  v_array text;
  v_arguments text;
  v_result text;
  v_call text;
begin
  -- Functions, and the aggregates of fixed arguments as aggregates.
  for v in
    select p.oid, p.proname, p.prokind, p.proretset, p.prorettype, p.provariadic, p.pronargs,
           p.prorettype = any (v_polymorphic) or p.proargtypes::oid[] && v_polymorphic as is_polymorphic
      from pg_proc p
      left join pg_aggregate a on a.aggfnoid = p.oid
     where p.pronamespace = 'pg_catalog'::regnamespace
       and (p.prokind = 'f' or p.prokind = 'a' and a.aggkind = 'n' and p.provariadic = 0)
       and not exists (
         select from pg_type t
          where t.oid = any (p.proargtypes::oid[] || p.prorettype) and t.typtype = 'p'
            and t.typname not in ('void', 'record') and t.oid <> all (v_polymorphic))
  loop
    if p_behind and not v.is_polymorphic then
      continue;
    end if;
    foreach v_type in array case when v.is_polymorphic then v_types else array[''] end loop
      v_array := case v_type when 'record' then 'record[]' else v_type || '[]' end;
      select string_agg(case when v.provariadic <> 0 and a.place = v.pronargs then 'variadic ' else '' end || a.type, ', ' order by a.place),
             string_agg(case when v.provariadic <> 0 and a.place = v.pronargs then 'variadic ' else '' end || '$' || a.place, ', ' order by a.place)
        into v_arguments, v_call
        from (
          select u.place,
                 case
                   when u.type = any (array['anyarray', 'anycompatiblearray']::regtype[]::oid[]) then v_array
                   when u.type = '"any"'::regtype and v.provariadic <> 0 and u.place = v.pronargs then 'text[]'
                   when u.type = any (v_polymorphic) then v_type
                   else format_type(u.type, null)
                 end as type
            from pg_proc p, unnest(p.proargtypes::oid[]) with ordinality u (type, place)
           where p.oid = v.oid
        ) a;
      v_result := case
        when v.prorettype = any (array['anyarray', 'anycompatiblearray']::regtype[]::oid[]) then v_array
        when v.prorettype = any (v_polymorphic) then v_type
        else format_type(v.prorettype, null)
      end;
      begin
        if v.prokind = 'a' then
          execute format('create function %I.step(%s) returns %s language plpgsql as %L', p_schema,
            concat_ws(', ', v_result, v_arguments), v_result,
            format('begin perform witness.saw(%L); return $1; end', 'aggregate ' || v.oid::regprocedure));
          execute format('create aggregate %1$I.%2$I(%3$s) (sfunc = %1$I.step, stype = %4$s)', p_schema, v.proname, coalesce(v_arguments, '*'), v_result);
        elsif v.proretset or v.prorettype = 'record'::regtype then
          if not v.is_polymorphic then
            execute format('create function %I.%I(%s) returns %s language plpgsql as %L', p_schema, v.proname,
              pg_get_function_arguments(v.oid), pg_get_function_result(v.oid),
              format('begin perform witness.saw(%L); return; end', 'function ' || v.oid::regprocedure));
          else
            execute format('create function %I.%I(%s) returns setof %s language plpgsql as %L', p_schema, v.proname, v_arguments, v_result,
              format('begin perform witness.saw(%L); return query select * from pg_catalog.%I(%s); end',
                'function ' || v.oid::regprocedure, v.proname, v_call));
          end if;
        else
          execute format('create function %I.%I(%s) returns %s language plpgsql as %L', p_schema, v.proname, v_arguments, v_result,
            format(case v_result when 'void' then 'begin perform witness.saw(%L); perform pg_catalog.%I(%s); end'
                else 'begin perform witness.saw(%L); return pg_catalog.%I(%s); end' end,
              'function ' || v.oid::regprocedure, v.proname, v_call));
        end if;
      exception
        -- Not every type fits every polymorphic function, and several originals can come to one shadow.
        when others then null;
      end;
    end loop;
  end loop;

  for v in
    select o.oid, o.oprname, o.oprleft, o.oprright, o.oprresult, array[o.oprleft, o.oprright] && v_polymorphic as is_polymorphic
      from pg_operator o
     where o.oprnamespace = 'pg_catalog'::regnamespace and o.oprcode <> 0
  loop
    if p_behind and not v.is_polymorphic then
      continue;
    end if;
    foreach v_type in array case when v.is_polymorphic then v_types else array[''] end loop
      begin
        select string_agg(a.type, ', ' order by a.place), max(a.type) filter (where a.place = 3)
          into v_arguments, v_result
          from (
            select u.place,
                   case
                     when u.type = any (array['anyarray', 'anycompatiblearray']::regtype[]::oid[]) then v_type || '[]'
                     when u.type = any (v_polymorphic) then v_type
                     else format_type(u.type, null)
                   end as type
              from unnest(array[v.oprleft, v.oprright, v.oprresult]) with ordinality u (type, place)
             where u.type <> 0
          ) a;
        v_arguments := left(v_arguments, -2 - length(v_result));
        execute format('create function %I.%I(%s) returns %s language plpgsql as %L', p_schema, 'operator_' || v.oid, v_arguments, v_result,
          format('begin perform witness.saw(%L); return %s operator(pg_catalog.%s) %s; end',
            'operator ' || v.oid::regoperator, case when v.oprleft <> 0 then '$1' end, v.oprname,
            case when v.oprleft <> 0 then '$2' else '$1' end));
        execute format('create operator %1$I.%2$s (%3$s, function = %1$I.%4$I)', p_schema, v.oprname,
          case when v.oprleft = 0 then 'rightarg = ' || v_arguments
               else format('leftarg = %s, rightarg = %s', split_part(v_arguments, ', ', 1), split_part(v_arguments, ', ', 2)) end,
          'operator_' || v.oid);
      exception
        when others then null;
      end;
    end loop;
  end loop;

  if not p_behind then
    call witness.shadow_types(p_schema);
  end if;
  call witness.shadow_relations(p_schema, array['campaign', 'shop', 'people'] || case when p_behind then '{}' else '{pg_catalog}'::text[] end);
end
$procedure$;

-- Domains over the types of pg_catalog, of the same names.
create procedure witness.shadow_types(p_schema name)
language plpgsql
set search_path = pg_catalog, pg_temp
as $procedure$
declare
  v_name name;
begin
  for v_name in select typname from pg_type where typnamespace = 'pg_catalog'::regnamespace and typtype = 'b' and typcategory <> 'A' loop
    execute format('create domain %I.%I as pg_catalog.%2$I check (witness.saw(%L))', p_schema, v_name, 'type ' || v_name);
  end loop;
end
$procedure$;

-- Views of the same names and columns as the relations of some schemas. They read nothing, and depend on nothing.
create procedure witness.shadow_relations(p_schema name, p_of text[])
language plpgsql
set search_path = pg_catalog, pg_temp
as $procedure$
declare
  v record;
begin
  for v in
    select c.relname, string_agg(format('null::%s as %I', format_type(a.atttypid, a.atttypmod), a.attname), ', ' order by a.attnum) as columns
      from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = any (p_of::regnamespace[]) and c.relkind in ('r', 'p', 'v', 'm')
     group by c.oid, c.relname
  loop
    begin
      execute format('create view %I.%I as select %s where witness.saw(%L)', p_schema, v.relname, v.columns, 'relation ' || v.relname);
      execute format('grant all on %I.%I to public', p_schema, v.relname);
      execute format('create trigger watch instead of insert or update or delete on %I.%I for each row execute function witness.watch()',
        p_schema, v.relname);
    exception
      -- Pseudo-types, and types that the maker may not use.
      when others then null;
    end;
  end loop;
end
$procedure$;
