create function _campaign_details_of(ids uuid[]) returns setof campaign_details
language sql stable parallel safe
set search_path = @extschema@, pg_temp
as $$
  select c.id, c.parent_campaign_id, c.name, c.description, c.platform, c.campaign_type, c.post_url, c.landing_url,
         c.tracking_code,
         _campaign_link(coalesce(c.landing_url, _campaign_setting('store_url')), c.tracking_code),
         round(c.cost, 2), round(c.budget, 2), c.starts_at, c.ends_at, c.is_active, c.metadata,
         (select count(*)::integer from campaigns child where child.parent_campaign_id = c.id),
         c.created_at, c.updated_at
    from unnest(ids) with ordinality i (id, place)
    join campaigns c on c.id = i.id
   order by i.place
$$;

comment on function _campaign_details_of(uuid[]) is 'The campaigns with these ids, in this order, as the management functions show them.';
revoke all on function _campaign_details_of(uuid[]) from public;
