-- The three roles of the product. They are cluster-wide and without login: a shop grants them to its own logins.
do $$
declare
  v_role text;
begin
  foreach v_role in array array['campaign_tracker', 'campaign_analyst', 'campaign_admin'] loop
    if not exists (select from pg_catalog.pg_roles where rolname = v_role) then
      execute format('create role %I nologin', v_role);
    end if;
  end loop;
end
$$;

grant campaign_tracker, campaign_analyst to campaign_admin;
grant usage on schema @extschema@ to campaign_tracker, campaign_analyst;
