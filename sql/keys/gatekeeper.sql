-- The role that may ask what a key may do, and nothing else. Whoever is campaign_admin may take it, so that the shim's
-- login needs no grant of its own.
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'campaign_gatekeeper') then
    create role campaign_gatekeeper nologin;
  end if;
end
$$;

grant campaign_gatekeeper to campaign_admin;
grant usage on schema @extschema@ to campaign_gatekeeper;
