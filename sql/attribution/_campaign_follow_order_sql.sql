create function _campaign_follow_order_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_follow_order() returns trigger
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
as $function$
declare
  v_order_id text;
  v_session_id text;
  v_was_marked boolean;
begin
  if tg_op = 'DELETE' then
    -- A row that moved to another partition is still there, and found.
    v_order_id := (select ({order_key})::text from (select old.*) o);
  else
    if not (select coalesce(({order_is_placed})::boolean, false) from (select new.*) o) then
      return null;
    end if;
    if tg_op = 'UPDATE' and
      (select row(f.*) from (select {order_facts_uncredited} from (select new.*) o) f)
        is not distinct from (select row(f.*) from (select {order_facts_uncredited} from (select old.*) o) f)
    then
      return null;
    end if;
    v_order_id := (select ({order_key})::text from (select new.*) o);
    {only_marks_changed}
    {lent_session}
  end if;
  perform _campaign_reconcile_safely(v_order_id, v_session_id, lower(tg_op));
  return null;
exception
  when others or query_canceled or assert_failure then
    perform _campaign_survive(v_order_id, null, lower(tg_op), sqlstate, sqlerrm, is_named => v_order_id is not null);
    return null;
end
$function$
$template$
$campaign$;

comment on function _campaign_follow_order_sql() is
  'Template of the row trigger of partitioned orders. PostgreSQL gives it to every partition, those attached later too, and fires it for statements that name a partition.';
revoke all on function _campaign_follow_order_sql() from public;
