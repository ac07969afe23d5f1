create function _campaign_conversions_by(column_name text, key text)
returns table (
  id uuid,
  campaign_id uuid,
  visit_id uuid,
  session_id text,
  order_id jsonb,
  customer_id text,
  currency text,
  net_revenue numeric,
  converted_at timestamptz,
  cancelled_at timestamptz,
  conversion jsonb
)
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
-- Times in documents read the same whoever asks.
set timezone = 'UTC'
as $$
begin
  return query execute format(
    $query$
    select c.id, c.campaign_id, c.visit_id, c.session_id, to_jsonb(c.order_id), c.customer_id::text, c.currency, c.net_revenue,
      c.converted_at, c.cancelled_at,
      jsonb_build_object(
        'id', c.id,
        'revenue', round(c.revenue, 2),
        'order_total', round(c.order_total, 2),
        'refunded', round(c.refunded, 2),
        'net_revenue', round(c.net_revenue, 2),
        'currency', c.currency,
        'converted_at', c.converted_at,
        'cancelled_at', c.cancelled_at
      )
    from campaign_conversions c
    where c.%1$I = $1::%2$s
    order by c.converted_at, c.created_at, c.id
    $query$,
    column_name, _campaign_column_type(column_name)
  ) using key;
end
$$;

comment on function _campaign_conversions_by(text, text) is
'The conversions of one order or one customer (column_name is order_id or customer_id), cancelled ones included, first one first; conversion is how documents '
'show one: {id, revenue, order_total, refunded, net_revenue, currency, converted_at, cancelled_at}.';

revoke all on function _campaign_conversions_by(text, text) from public;
