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
      (1, 'order_facts', _campaign_order_facts_sql()),
      (1, 'last_touch', _campaign_last_touch_sql()),
      (1, 'touch_by_session', _campaign_touch_sql('session_id')),
      (1, 'touch_by_customer', _campaign_touch_sql('customer_id')),
      (2, 'order_session_id',
        $sql$coalesce(nullif(({order_session})::text, ''), nullif(current_setting('campaign.session_id', true), ''))$sql$),
      (2, 'refunds_mapped', (s.order_refunded is not null)::text),
      (2, 'cancellations_mapped', (s.order_is_cancelled is not null)::text),
      (3, 'schema', quote_ident('@extschema@')),
      (3, 'orders', _campaign_table_name(s.orders)),
      (3, 'customers', _campaign_table_name(s.customers)),
      (3, 'order_key_type', s.order_key_type::text),
      (3, 'customer_key_type', s.customer_key_type::text),
      (4, 'order_key', s.order_key),
      (4, 'customer_key', s.customer_key),
      (4, 'order_customer', coalesce(s.order_customer, 'null')),
      (4, 'order_total', s.order_total),
      (4, 'order_currency', coalesce(s.order_currency, '_campaign_setting(''currency'')')),
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
