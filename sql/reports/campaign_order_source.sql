create function campaign_order_source(order_id text)
returns jsonb
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
as $$
#variable_conflict use_column
declare
  v_key jsonb := _campaign_key('order_id', campaign_order_source.order_id);
  v_order record;
  v_campaign jsonb;
  v_visit jsonb;
  v_touches jsonb;
begin
  select * into v_order from _campaign_conversions_by('order_id', campaign_order_source.order_id);

  select _campaign_label(c.id, c.name, c.tracking_code, c.platform)
  into v_campaign
  from campaigns c
  where c.id = v_order.campaign_id;

  select
    jsonb_agg(t.touch - 'campaign') filter (where t.visit_id = v_order.visit_id) -> 0,
    jsonb_agg(t.touch || jsonb_build_object(
      'credited', t.visit_id = v_order.visit_id,
      'verdict', case
        when t.visit_id = v_order.visit_id then 'credited'
        when t.touch ->> 'session_id' <> v_order.session_id then 'other_session'
        -- The last live visit wins: a later one that did not was no longer live.
        when t.visited_at > c.visited_at then 'not_live'
        else 'earlier'
      end
    ) order by t.number)
  into v_visit, v_touches
  from _campaign_touches(array[v_order.session_id], v_order.customer_id, v_order.converted_at)
    with ordinality t (visit_id, campaign_id, campaign, visited_at, other_customer, touch, number)
  left join lateral (
    select v.visited_at from campaign_visits v where v.id = v_order.visit_id and v.session_id = v_order.session_id
  ) c on true;

  return jsonb_build_object(
    'order_id', v_key,
    'attributed', v_order.id is not null,
    'campaign', v_campaign,
    'visit', v_visit,
    'conversion', v_order.conversion,
    'touches', coalesce(v_touches, '[]')
  );
end
$$;

comment on function campaign_order_source(text) is
'Where an order came from, as a document: {order_id, attributed, campaign, visit, conversion, touches}. touches are all clicks before the order by its session or '
'its customer, oldest first, credited true on the one that got the order. Each has a verdict: credited; earlier (the session clicked again, and its last live '
'click wins); not_live (expired, or too old a click, when the order was placed); other_session (of the customer, in another browser). Without attribution: attributed false, the rest null, touches empty. visit is null '
'when it was purged. Money has 2 decimals, times are in UTC. Errors: NULL 22023, a text that is no key of the orders table 22P02.';

revoke all on function campaign_order_source(text) from public;
grant execute on function campaign_order_source(text) to campaign_analyst;
