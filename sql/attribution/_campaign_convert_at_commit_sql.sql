create function _campaign_convert_at_commit_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_convert_at_commit() returns trigger
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
as $function$
declare
  v_order_id text;
  v_session_id text;
  v_was_marked boolean;
begin
  v_order_id := (select ({order_key})::text from (select new.*) o);
  {only_marks_changed}
  {lent_session}
  perform _campaign_reconcile_safely(v_order_id, v_session_id, 'commit');
  return null;
exception
  when others or query_canceled or assert_failure then
    perform _campaign_survive(v_order_id, null, 'commit', sqlstate, sqlerrm, is_named => v_order_id is not null);
    return null;
end
$function$
$template$
$campaign$;

comment on function _campaign_convert_at_commit_sql() is
  'Template of the deferred trigger that reads an order again at COMMIT, when all of it is written, and credits or corrects it.';
revoke all on function _campaign_convert_at_commit_sql() from public;
