create function _campaign_credit_order_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_credit_order() returns trigger
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
as $function$
declare
  o alias for new;
  v_visit_id uuid;
  v_campaign_id uuid;
begin
  if {order_session_id} is null and not _campaign_match_customer() then
    return new;
  end if;
  select t.id, t.campaign_id into v_visit_id, v_campaign_id
    from (select {order_facts}) p
   cross join lateral ({touch_by_session}) t
   where p.is_placed;
  if not found and _campaign_match_customer() then
    select t.id, t.campaign_id into v_visit_id, v_campaign_id
      from (select {order_facts}) p
     cross join lateral ({touch_by_customer}) t
     where p.is_placed;
  end if;
  if v_visit_id is not null then
    new.visit_id := v_visit_id;
    new.campaign_id := v_campaign_id;
  end if;
  return new;
exception
  when others then
    perform _campaign_survive(({order_key})::text, current_setting('campaign.session_id', true), 'credit', sqlstate, sqlerrm);
    return new;
end
$function$
$template$
$campaign$;

comment on function _campaign_credit_order_sql() is
  'Template of the trigger that writes campaign_id and visit_id into an order as it is inserted.';
revoke all on function _campaign_credit_order_sql() from public;
