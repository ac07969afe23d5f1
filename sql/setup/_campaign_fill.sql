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
        -- A trigger that fires after ours may have brought the session.
        when s.add_columns then 'coalesce(o.visit_id, case when {order_session_id} is not null or _campaign_match_customer()
          then {last_touch} end)'
        else '{last_touch}'
      end)),
      (1, 'order_facts_uncredited', replace(_campaign_facts_sql(), '{order_visit}', case
        when s.add_columns then 'o.visit_id'
        else 'null::uuid'
      end)),
      (1, 'order_is_unmarked', case when s.add_columns then 'o.visit_id is null' else 'false' end),
      -- Only the transaction that places an order may lend it a session.
      (1, 'lent_session', 'if tg_op = ''INSERT'' or not (select coalesce(({order_is_placed})::boolean, false) from (select old.*) o) then
      v_session_id := current_setting(''campaign.session_id'', true);
    end if;'),
      -- Where nothing but our marks changed, by us or by others, there is nothing to judge.
      (1, 'only_marks_changed', case when s.add_columns then
        'if tg_op = ''UPDATE'' and (old.campaign_id, old.visit_id) is distinct from (new.campaign_id, new.visit_id) then
    v_was_marked := old.visit_id is not null;
    old.campaign_id := new.campaign_id;
    old.visit_id := new.visit_id;
    if old *= new then
      if v_was_marked then
        perform _campaign_check_time(), _campaign_remark_orders(array[v_order_id::{order_key_type}]);
      end if;
      return null;
    end if;
  end if;'
      end),
      -- An application that saves whole rows may write back columns as they were before we filled them.
      (1, 'restore_marks', case when s.add_columns then
        'perform _campaign_remark_orders(l.order_ids)
     from (
       select array_agg(m.order_id) as order_ids
         from (
           select ({order_key})::{order_key_type} as order_id, o.campaign_id, o.visit_id from campaign_old_orders o where o.visit_id is not null
           except
           select ({order_key})::{order_key_type}, o.campaign_id, o.visit_id from campaign_new_orders o
         ) m
     ) l
    where l.order_ids is not null;'
      end),
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
      (2, 'last_touch', '(_campaign_last_touch({order_session_id}, ({order_customer})::{customer_key_type},
          coalesce(({order_placed_at})::timestamptz, now()))).visit_id'),
      (3, 'order_session_id',
        $sql$coalesce(nullif(({order_session})::text, ''), nullif(current_setting('campaign.session_id', true), ''))$sql$),
      (3, 'refunds_mapped', (s.order_refunded is not null)::text),
      (4, 'schema', '@extschema@'),
      (4, 'orders', _campaign_table_name(s.orders)),
      (4, 'customers', _campaign_table_name(s.customers)),
      (4, 'order_key_type', s.order_key_type::text),
      (4, 'customer_key_type', s.customer_key_type::text),
      (5, 'order_key', s.order_key),
      (5, 'customer_key', s.customer_key),
      (5, 'order_customer', coalesce(s.order_customer, 'null')),
      (5, 'order_total', s.order_total),
      (5, 'order_currency', coalesce(s.order_currency, 'null')),
      (5, 'order_session', coalesce(s.order_session, 'null')),
      (5, 'order_placed_at', s.order_placed_at),
      (5, 'order_is_placed', coalesce(s.order_is_placed, 'true')),
      (5, 'order_is_cancelled', coalesce(s.order_is_cancelled, 'false')),
      (5, 'order_refunded', coalesce(s.order_refunded, '0')),
      (5, 'order_lines', s.order_lines)
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
