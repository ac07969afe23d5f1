create function _campaign_forget_customers_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_forget_customers(p_campaigns uuid[]) returns void
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
as $function$
begin
  {forget_customers}
end
$function$
$template$
$campaign$;

comment on function _campaign_forget_customers_sql() is
  'Template: takes deleted campaigns out of the shop''s customers. Runs as the owner of the customers table.';
revoke all on function _campaign_forget_customers_sql() from public;
