create function campaign_status()
returns table (
  version text, schema_version text, schema_name text, orders text, customers text,
  campaigns bigint, visits bigint, conversions bigint, snapshot_rows bigint,
  snapshots_until timestamptz, last_snapshot_at timestamptz, failures_waiting bigint,
  warnings text[]
)
language plpgsql stable security definer parallel safe
set search_path = @extschema@, pg_temp
as $$
#variable_conflict use_column
begin
  version := _campaign_version();
  schema_name := (select nspname from pg_namespace where oid = '@extschema@'::regnamespace);
  if to_regclass('@extschema@._campaign_schema_version') is not null then
    select v.version into schema_version from _campaign_schema_version v;
    select _campaign_table_name(s.orders), _campaign_table_name(s.customers) into orders, customers from _campaign_shop s;
    select count(*) into campaigns from campaigns;
    visits := _campaign_row_count('campaign_visits');
    conversions := _campaign_row_count('campaign_conversions');
    snapshot_rows := _campaign_row_count('campaign_analytics_snapshots');
    select s.until, s.folded_at into snapshots_until, last_snapshot_at from _campaign_snapshot_state s;
    select count(*) into failures_waiting from campaign_attribution_failures;
    warnings := _campaign_warnings();
  end if;
  return next;
end
$$;

comment on function campaign_status() is
  'One row on the state of the installation: the version of the code and of the tables (schema_version; NULL before campaign_install), the attached shop (NULL without one), rows in each table (beyond 100,000 about, as the planner knows them), how far the snapshots reach and when the last one was made (NULL before the first campaign_snapshot), how many failed attributions wait for campaign_retry_failures(), and what keeps orders from being credited (warnings: a table that was renamed, swapped or dropped, an inheriting table that is not followed, a disabled trigger; NULL when all is well).';
revoke all on function campaign_status() from public;
grant execute on function campaign_status() to campaign_analyst;
