create procedure campaign_backfill(
  start_date date default null,
  end_date date default null,
  tz text default null,
  batch_size integer default 1000,
  inout orders_seen bigint default null,
  inout credited bigint default null,
  inout already_credited bigint default null,
  inout failed bigint default null
)
language plpgsql
as $$
declare
  v_batch record;
  v_done record;
begin
  -- What commits can neither pin its search_path nor run with its owner's rights. So it pins the path for one
  -- transaction at a time, and leaves the work to functions that do both.
  perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  orders_seen := 0;
  credited := 0;
  already_credited := 0;
  failed := 0;
  for v_batch in
    select b.order_ids, b.all_orders from @extschema@._campaign_backfill_batches(start_date, end_date, tz, batch_size) b
  loop
    perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    select * into v_done from @extschema@._campaign_backfill_batch(v_batch.order_ids);
    orders_seen := orders_seen operator(pg_catalog.+) pg_catalog.cardinality(v_batch.order_ids)::bigint;
    credited := credited operator(pg_catalog.+) v_done.credited;
    already_credited := already_credited operator(pg_catalog.+) v_done.already_credited;
    failed := failed operator(pg_catalog.+) v_done.failed;
    raise notice 'campaign_backfill: % of % orders, % credited, % credited before, % failed',
      orders_seen, v_batch.all_orders, credited, already_credited, failed;
    commit;
  end loop;
  if failed operator(pg_catalog.=) 0::bigint then
    perform @extschema@._campaign_backfill_done(start_date, end_date, tz);
  end if;
end
$$;

comment on procedure campaign_backfill(date, date, text, integer, bigint, bigint, bigint, bigint) is
  'Credits orders that were placed before the shop was attached, or while it was not, by the sessions they carry: CALL campaign_backfill(''2024-06-01'', ''2024-06-30''). From start_date to end_date, days of tz, both included; a NULL date is an open end, tz NULL is campaign.timezone. An order gets the visit that was live when it was placed; one that is credited keeps its visit and is brought in line with its total, refunds and cancellation. Each batch (1 to 100,000 orders) is committed by itself and told by a NOTICE, so a run that was stopped goes on when called again, and a second run changes nothing. One row at the end: orders seen, credited now, credited before, failed (see campaign_attribution_failures). Not inside a transaction block. Errors: 22023 an unknown time zone, an end before the start or a batch_size that cannot be, 55000 no shop attached.';
revoke all on procedure campaign_backfill(date, date, text, integer, bigint, bigint, bigint, bigint) from public;
grant execute on procedure campaign_backfill(date, date, text, integer, bigint, bigint, bigint, bigint) to campaign_admin;
