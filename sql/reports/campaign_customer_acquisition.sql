create function campaign_customer_acquisition(customer_id text)
returns jsonb
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
set timezone = 'UTC'
as $$
#variable_conflict use_column
declare
  v_key jsonb := _campaign_key('customer_id', campaign_customer_acquisition.customer_id);
  v_first record;
  v_campaign jsonb;
begin
  select * into v_first
  from _campaign_conversions_by('customer_id', campaign_customer_acquisition.customer_id)
  limit 1;

  select _campaign_label(c.id, c.name, c.tracking_code, c.platform)
  into v_campaign
  from campaigns c
  where c.id = v_first.campaign_id;

  return jsonb_build_object(
    'customer_id', v_key,
    'campaign', v_campaign,
    'acquired_at', v_first.converted_at,
    'order_id', v_first.order_id
  );
end
$$;

comment on function campaign_customer_acquisition(text) is
'The campaign that won a customer, as a document: {customer_id, campaign, acquired_at, order_id} of the first order that was credited to a campaign, even if it was '
'cancelled later; null all three when there is none. Times are in UTC. Errors: NULL 22023, a text that is no key of the customers table 22P02.';

revoke all on function campaign_customer_acquisition(text) from public;
grant execute on function campaign_customer_acquisition(text) to campaign_analyst;
