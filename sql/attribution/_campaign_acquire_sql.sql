create function _campaign_acquire_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_acquire(p_customers {customer_key_type}[], p_campaigns uuid[]) returns void
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
as $function$
begin
  {acquire}
end
$function$
$template$
$campaign$;

comment on function _campaign_acquire_sql() is
  'Template: writes acquisition_campaign_id into customers that have none, the first order given winning. Runs as the owner of the customers table.';
revoke all on function _campaign_acquire_sql() from public;
