create function _campaign_fill(template text) returns text
language plpgsql stable parallel safe
set search_path = @extschema@, pg_temp
as $$
declare
  s _campaign_shop;
  v_filled text := template;
  v_part record;
begin
  select * into strict s from _campaign_shop;
  for v_part in
    select * from (values
      -- Fragments first: they hold names that come after them.
      (1, 'order_facts', replace(_campaign_facts_sql(), '{order_visit}', case
        when s.add_columns then 'o.visit_id'
        else '(_campaign_last_touch({order_session_id}, ({order_customer})::{customer_key_type},
          coalesce(({order_placed_at})::timestamptz, now()))).visit_id'
      end)),
      (1, 'order_facts_uncredited', replace(_campaign_facts_sql(), '{order_visit}', 'null::uuid')),
      (1, 'order_lines_query', case
        when s.order_lines is null then
          'select null::{order_key_type}, null::text, null::text, null::numeric, null::numeric where false'
        else
          'select ({order_key})::{order_key_type}, l.product_id::text, l.product_name::text, l.quantity::numeric, l.amount::numeric
             from {orders} o
            cross join lateral ({order_lines}) l (product_id, product_name, quantity, amount)
            where ({order_key}) = any (p_order_ids)'
      end),
      (1, 'mark_order', case
        when not s.add_columns then 'null;'
        else
          'update {orders} o
              set campaign_id = p_campaign_id, visit_id = p_visit_id
            where ({order_key}) = p_order_id and (o.campaign_id, o.visit_id) is distinct from (p_campaign_id, p_visit_id);'
      end),
      (1, 'forget_orders', case
        when not s.add_columns then 'null;'
        else 'update {orders} o set campaign_id = null, visit_id = null where o.campaign_id = any (p_campaigns);'
      end),
      (1, 'acquire', case
        when s.customers is null or not s.add_columns then 'null;'
        else
          'for v_place in 1 .. cardinality(p_customers) loop
    update {customers} o
       set acquisition_campaign_id = p_campaigns[v_place]
     where ({customer_key}) = p_customers[v_place] and o.acquisition_campaign_id is null;
  end loop;'
      end),
      (1, 'forget_customers', case
        when s.customers is null or not s.add_columns then 'null;'
        else 'update {customers} o set acquisition_campaign_id = null where o.acquisition_campaign_id = any (p_campaigns);'
      end),
      (2, 'order_session_id',
        $sql$coalesce(nullif(({order_session})::text, ''), nullif(current_setting('campaign.session_id', true), ''))$sql$),
      (2, 'refunds_mapped', (s.order_refunded is not null)::text),
      (3, 'schema', '@extschema@'),
      (3, 'orders', _campaign_table_name(s.orders)),
      (3, 'customers', _campaign_table_name(s.customers)),
      (3, 'order_key_type', s.order_key_type::text),
      (3, 'customer_key_type', s.customer_key_type::text),
      (4, 'order_key', s.order_key),
      (4, 'customer_key', s.customer_key),
      (4, 'order_customer', coalesce(s.order_customer, 'null')),
      (4, 'order_total', s.order_total),
      (4, 'order_currency', coalesce(s.order_currency, 'null')),
      (4, 'order_session', coalesce(s.order_session, 'null')),
      (4, 'order_placed_at', s.order_placed_at),
      (4, 'order_is_placed', coalesce(s.order_is_placed, 'true')),
      (4, 'order_is_cancelled', coalesce(s.order_is_cancelled, 'false')),
      (4, 'order_refunded', coalesce(s.order_refunded, '0')),
      (4, 'order_lines', s.order_lines)
    ) p (step, name, value)
    order by step
  loop
    v_filled := replace(v_filled, '{' || v_part.name || '}', coalesce(v_part.value, ''));
  end loop;
  return v_filled;
end
$$;

comment on function _campaign_fill(text) is
  'A template of shop SQL with its {names} replaced by the attached shop''s tables, types and expressions.';
revoke all on function _campaign_fill(text) from public;
