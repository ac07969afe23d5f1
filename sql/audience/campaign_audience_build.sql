-- sspace keeps hash aggregation honest: PostgreSQL does not see what the state takes outside its own memory.
create aggregate campaign_audience_build(session_no bigint) (
  sfunc = _campaign_audience_build_step,
  stype = internal,
  sspace = 1024,
  finalfunc = _campaign_audience_gathered_final,
  combinefunc = _campaign_audience_gathered_combine,
  serialfunc = _campaign_audience_gathered_serial,
  deserialfunc = _campaign_audience_gathered_deserial,
  parallel = safe
);

comment on aggregate campaign_audience_build(bigint) is
'The audience of all session numbers of the rows; NULLs are passed over, and without any the audience is empty. '
'Can run in parallel and over windows. Error: a negative number 22003.';

revoke all on function campaign_audience_build(bigint) from public;
grant execute on function campaign_audience_build(bigint) to campaign_analyst;
