create function _campaign_backfill_batches(start_date date, end_date date, tz text, batch_size integer)
returns table (order_ids text[], all_orders bigint)
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_days record;
begin
  if batch_size is null or batch_size not between 1 and 100000 then
    raise exception using errcode = '22023', message = 'batch_size must be between 1 and 100000';
  end if;
  select * into v_days from _campaign_days(start_date, end_date, tz);
  perform _campaign_check_attached();
  return query
    select array_agg(p.order_id order by p.place), sum(count(*)) over ()::bigint
      from _campaign_orders_placed(v_days.range_from, v_days.range_until) with ordinality p (order_id, place)
     group by (p.place - 1) / batch_size
     order by (p.place - 1) / batch_size;
end
$$;

comment on function _campaign_backfill_batches(date, date, text, integer) is
  'The keys of the orders placed in a range of days, first one first, in batches; with each, how many orders there are in all.';
revoke all on function _campaign_backfill_batches(date, date, text, integer) from public;
grant execute on function _campaign_backfill_batches(date, date, text, integer) to campaign_admin;
