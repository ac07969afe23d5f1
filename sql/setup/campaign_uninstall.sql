create function campaign_uninstall(keep_data boolean default true) returns text
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
set client_min_messages = warning
as $$
declare
  s _campaign_shop;
  v_orders text;
begin
  if keep_data is null then
    raise exception using errcode = '22023', message = 'keep_data must be true or false';
  end if;
  if to_regclass('@extschema@._campaign_shop') is null then
    return 'nothing is installed';
  end if;
  perform _campaign_lock_orders();
  lock table _campaign_shop in exclusive mode;
  select * into s from _campaign_shop;
  if found then
    v_orders := _campaign_table_name(s.orders);
    perform _campaign_detach();
    if v_orders is not null then
      perform _campaign_drop_columns(s.orders, s.added_order_columns);
    end if;
    if _campaign_table_name(s.customers) is not null then
      perform _campaign_drop_columns(s.customers, s.added_customer_columns);
    end if;
    delete from _campaign_shop;
  end if;
  if not keep_data then
    drop table campaign_analytics_snapshots, campaign_breakdown_snapshots, campaign_attribution_failures,
      campaign_conversions, campaign_customer_sessions, campaign_visits, campaigns, _campaign_keys, _campaign_shop, _campaign_book, _campaign_snapshot_state,
      _campaign_snapshot_marks, _campaign_schema_version;
    drop sequence _campaign_session_no;
  end if;
  return concat_ws('; ',
    coalesce('detached from ' || v_orders, 'no shop was attached'),
    case when keep_data then 'the recorded data stays' else 'the tables are gone' end);
end
$$;

comment on function campaign_uninstall(boolean) is
  'Detaches the shop and takes from its tables every trigger, column, index and constraint that campaign_install added. keep_data true (the default) leaves campaigns, visits and conversions; false drops them for good.';
revoke all on function campaign_uninstall(boolean) from public;
