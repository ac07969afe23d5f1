-- sspace keeps hash aggregation honest: PostgreSQL does not see what the state takes outside its own memory.
create aggregate campaign_audience_intersect(audience campaign_audience) (
  sfunc = _campaign_audience_intersect_step,
  stype = internal,
  sspace = 16384,
  finalfunc = _campaign_audience_intersect_final,
  combinefunc = _campaign_audience_intersect_combine,
  serialfunc = _campaign_audience_intersect_serial,
  deserialfunc = _campaign_audience_intersect_deserial,
  parallel = safe
);

comment on aggregate campaign_audience_intersect(campaign_audience) is
'The sessions that are in every row''s audience; NULLs are passed over, and without any the result is NULL. '
'Can run in parallel and over windows.';

revoke all on function campaign_audience_intersect(campaign_audience) from public;
grant execute on function campaign_audience_intersect(campaign_audience) to campaign_analyst;
