create function _campaign_renew_tables() returns void
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_constraint record;
begin
  -- 0.2.0: visits tell their latest click, and whose they are apart from themselves.
  alter table campaign_visits add column if not exists clicked_at timestamptz;
  if to_regclass('@extschema@.campaign_visits_customer_id_idx') is not null then
    execute 'insert into campaign_customer_sessions (customer_id, session_id)
      select distinct v.customer_id, v.session_id from campaign_visits v where v.customer_id is not null
      on conflict do nothing';
    drop index campaign_visits_customer_id_idx;
  end if;
  alter table campaign_conversions add column if not exists order_deleted_at timestamptz;
  -- 0.2.0: orders no longer lock the campaign they go to, and their money is checked once.
  for v_constraint in
    select conname from pg_constraint
     where conrelid = to_regclass('@extschema@.campaign_conversions')
       and (contype = 'f' or (contype = 'c' and conname <> 'campaign_conversions_money'))
  loop
    execute format('alter table campaign_conversions drop constraint %I', v_constraint.conname);
  end loop;
  alter table campaign_attribution_failures add column if not exists former_order_id text;
  alter table _campaign_shop drop column if exists granted_usage, add column if not exists orders_name text,
    add column if not exists needs_path boolean not null default false;
  update _campaign_shop set orders_name = _campaign_table_name(orders) where orders_name is null and _campaign_table_name(orders) is not null;
  insert into _campaign_book (orders, orders_name)
  select s.orders, s.orders_name from _campaign_shop s where s.orders_name is not null
  on conflict do nothing;
end
$$;

comment on function _campaign_renew_tables() is
  'Brings tables of earlier versions to this one: what create table if not exists cannot do. Does nothing where nothing is to be done.';
revoke all on function _campaign_renew_tables() from public;
