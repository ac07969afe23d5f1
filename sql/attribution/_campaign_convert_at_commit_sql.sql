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
  o alias for new;
begin
  perform _campaign_reconcile_safely(({order_key})::text, current_setting('campaign.session_id', true), 'commit');
  return null;
exception
  when others then
    perform _campaign_survive(null, null, 'commit', sqlstate, sqlerrm);
    return null;
end
$function$
$template$
$campaign$;

comment on function _campaign_convert_at_commit_sql() is
  'Template of the deferred trigger that reads an order again at COMMIT, when all of it is written, and credits or corrects it.';
revoke all on function _campaign_convert_at_commit_sql() from public;
