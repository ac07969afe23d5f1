-- sspace keeps hash aggregation honest: PostgreSQL does not see what the state takes outside its own memory.
create aggregate campaign_audience_union(audience campaign_audience) (
  sfunc = _campaign_audience_union_step,
  stype = internal,
  sspace = 16384,
  finalfunc = _campaign_audience_gathered_final,
  combinefunc = _campaign_audience_gathered_combine,
  serialfunc = _campaign_audience_gathered_serial,
  deserialfunc = _campaign_audience_gathered_deserial,
  parallel = safe
);

comment on aggregate campaign_audience_union(campaign_audience) is
'The sessions that are in any of the rows'' audiences; NULLs are passed over, and without any the audience is empty. '
'Can run in parallel and over windows.';

revoke all on function campaign_audience_union(campaign_audience) from public;
grant execute on function campaign_audience_union(campaign_audience) to campaign_analyst;
