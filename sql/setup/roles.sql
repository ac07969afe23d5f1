-- The roles of the product. They are cluster-wide and without login: a shop grants them to its own logins.
-- campaign_gatekeeper may only ask what a key of the HTTP service may do; whoever is campaign_admin may take it.
do $$
declare
  v_role text;
begin
  -- Another database of the cluster may be doing the same.
  lock table pg_catalog.pg_authid in share row exclusive mode;
  foreach v_role in array array['campaign_tracker', 'campaign_analyst', 'campaign_admin', 'campaign_gatekeeper'] loop
    if not exists (select from pg_catalog.pg_roles where rolname = v_role) then
      execute format('create role %I nologin', v_role);
    end if;
  end loop;
end
$$;

grant campaign_tracker, campaign_analyst, campaign_gatekeeper to campaign_admin;
grant usage on schema @extschema@ to campaign_tracker, campaign_analyst, campaign_gatekeeper;
