-- The functions of audiences are written in Rust; what they cost, who may call them, and what they say of themselves, stands here.

alter function campaign_audience_members(campaign_audience) rows 10000;
alter function _campaign_audience_union_step(internal, campaign_audience) cost 1000;
alter function _campaign_audience_intersect_step(internal, campaign_audience) cost 1000;
alter function _campaign_audience_or(campaign_audience, campaign_audience) cost 1000;
alter function _campaign_audience_and(campaign_audience, campaign_audience) cost 1000;
alter function _campaign_audience_minus(campaign_audience, campaign_audience) cost 1000;
alter function campaign_audience_contains(campaign_audience, campaign_audience) cost 1000;
alter function campaign_audience_contains(campaign_audience, bigint) cost 20;
alter function campaign_audience_count(campaign_audience) cost 20;

comment on function campaign_audience(bigint[]) is
'The audience of these session numbers, in any order; repetitions count once. NULL for NULL. Errors: a negative number 22003, NULL among them 22004.';
comment on function campaign_audience_count(campaign_audience) is
'The number of sessions in the audience. NULL for NULL.';
comment on function campaign_audience_contains(campaign_audience, bigint) is
'Whether the audience has the session. NULL if either is NULL.';
comment on function campaign_audience_contains(campaign_audience, campaign_audience) is
'Whether the first audience has all sessions of the second. NULL if either is NULL.';
comment on function campaign_audience_members(campaign_audience) is
'The session numbers of the audience, ascending, one a row. No row for NULL.';

revoke all on function campaign_audience(bigint[]) from public;
revoke all on function campaign_audience_count(campaign_audience) from public;
revoke all on function campaign_audience_contains(campaign_audience, bigint) from public;
revoke all on function campaign_audience_contains(campaign_audience, campaign_audience) from public;
revoke all on function campaign_audience_members(campaign_audience) from public;
grant execute on function campaign_audience(bigint[]) to campaign_analyst;
grant execute on function campaign_audience_count(campaign_audience) to campaign_analyst;
grant execute on function campaign_audience_contains(campaign_audience, bigint) to campaign_analyst;
grant execute on function campaign_audience_contains(campaign_audience, campaign_audience) to campaign_analyst;
grant execute on function campaign_audience_members(campaign_audience) to campaign_analyst;

-- Operators and casts ask for their functions' rights.
revoke all on function _campaign_audience_or(campaign_audience, campaign_audience) from public;
revoke all on function _campaign_audience_and(campaign_audience, campaign_audience) from public;
revoke all on function _campaign_audience_minus(campaign_audience, campaign_audience) from public;
revoke all on function _campaign_audience_equal(campaign_audience, campaign_audience) from public;
revoke all on function _campaign_audience_unequal(campaign_audience, campaign_audience) from public;
revoke all on function _campaign_audience_to_bytea(campaign_audience) from public;
revoke all on function _campaign_audience_from_bytea(bytea) from public;
grant execute on function _campaign_audience_or(campaign_audience, campaign_audience) to campaign_analyst;
grant execute on function _campaign_audience_and(campaign_audience, campaign_audience) to campaign_analyst;
grant execute on function _campaign_audience_minus(campaign_audience, campaign_audience) to campaign_analyst;
grant execute on function _campaign_audience_equal(campaign_audience, campaign_audience) to campaign_analyst;
grant execute on function _campaign_audience_unequal(campaign_audience, campaign_audience) to campaign_analyst;
grant execute on function _campaign_audience_to_bytea(campaign_audience) to campaign_analyst;
grant execute on function _campaign_audience_from_bytea(bytea) to campaign_analyst;

-- The parts of aggregates run with the aggregate owner's rights.
revoke all on function _campaign_audience_build_step(internal, bigint) from public;
revoke all on function _campaign_audience_union_step(internal, campaign_audience) from public;
revoke all on function _campaign_audience_gathered_combine(internal, internal) from public;
revoke all on function _campaign_audience_gathered_serial(internal) from public;
revoke all on function _campaign_audience_gathered_deserial(bytea, internal) from public;
revoke all on function _campaign_audience_gathered_final(internal) from public;
revoke all on function _campaign_audience_intersect_step(internal, campaign_audience) from public;
revoke all on function _campaign_audience_intersect_combine(internal, internal) from public;
revoke all on function _campaign_audience_intersect_serial(internal) from public;
revoke all on function _campaign_audience_intersect_deserial(bytea, internal) from public;
revoke all on function _campaign_audience_intersect_final(internal) from public;
