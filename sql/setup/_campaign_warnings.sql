create function _campaign_warnings() returns text[]
language sql stable parallel safe
set search_path = @extschema@, pg_temp
as $$
  select array_agg(w.warning order by w.place, w.warning)
    from _campaign_shop s
   cross join lateral (
      select 1, format('the attached orders table is gone: attach its successor by campaign_install(orders => ..., same_orders => true)')
       where _campaign_table_name(s.orders) is null
      union all
      select 2, format('the attached orders are %s, which was %s when it was attached%s', _campaign_table_name(s.orders), s.orders_name,
               case when to_regclass(s.orders_name) is not null then
                 format(': %s is another table now, and nothing of it is credited. If it holds the same orders, attach it by campaign_install(orders => %L, ..., same_orders => true)',
                   s.orders_name, s.orders_name)
               else '' end)
       where _campaign_table_name(s.orders) <> s.orders_name
      union all
      select 3, format('%s inherits from the orders, but its own rows are not followed: run campaign_install() again', _campaign_table_name(o.relation))
        from _campaign_order_tables(s.orders) o
       where _campaign_table_name(s.orders) is not null
         and not exists (select from pg_trigger t where t.tgrelid = o.relation and t.tgname = 'zz_campaign_600_cancel_all')
      union all
      select 4, format('the trigger %I of %s is disabled', t.tgname, _campaign_table_name(t.tgrelid))
        from pg_trigger t
        join pg_proc p on p.oid = t.tgfoid and p.pronamespace = '@extschema@'::regnamespace
       where t.tgname like 'zz\_campaign\_%' and t.tgenabled = 'D' and t.tgparentid = 0
    ) w (place, warning)
$$;

comment on function _campaign_warnings() is
  'What keeps orders of the attached shop from being credited, in sentences; NULL when nothing does.';
revoke all on function _campaign_warnings() from public;
