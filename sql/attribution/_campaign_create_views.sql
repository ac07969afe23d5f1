create function _campaign_create_views() returns void
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
begin
  -- They read the product's tables only: a view on the shop's own would stand in the way of its migrations.
  create view campaign_attached_orders as
    select k.order_id, k.campaign_id, c.tracking_code, c.name as campaign_name, c.platform, k.visit_id, k.session_id, k.customer_id,
           k.currency, k.revenue, k.order_total, k.refunded, k.net_revenue, k.cancelled_at, k.converted_at
      from campaign_conversions k
      join campaigns c on c.id = k.campaign_id;
  comment on view campaign_attached_orders is
    'What a campaign brought, one row a credited order, to join with the shop''s orders by order_id: the campaign, the visit, and the money as reports count it (net_revenue: after refunds, 0 once cancelled). There while a shop is attached.';

  create view campaign_attached_customers as
    select distinct on (k.customer_id)
           k.customer_id, k.campaign_id as acquisition_campaign_id, c.tracking_code, c.name as campaign_name, c.platform,
           k.order_id as first_order_id, k.converted_at as acquired_at
      from campaign_conversions k
      join campaigns c on c.id = k.campaign_id
     where k.customer_id is not null
     order by k.customer_id, k.converted_at, k.created_at, k.id;
  comment on view campaign_attached_customers is
    'Who was won by which campaign, one row a customer, to join with the shop''s customers by customer_id: the campaign of the first credited order. There while a shop is attached.';

  grant select on campaign_attached_orders, campaign_attached_customers to campaign_analyst;
end
$$;

comment on function _campaign_create_views() is
  'Creates the views that stand in for columns on the shop''s tables, their keys in the shop''s own types.';
revoke all on function _campaign_create_views() from public;
