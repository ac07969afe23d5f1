create cast (campaign_audience as bytea) with function _campaign_audience_to_bytea(campaign_audience);
comment on cast (campaign_audience as bytea) is
'The audience as a 64-bit Roaring bitmap in the portable format, as the Roaring libraries of other languages read it.';

create cast (bytea as campaign_audience) with function _campaign_audience_from_bytea(bytea);
comment on cast (bytea as campaign_audience) is
'The audience of a 64-bit Roaring bitmap in the portable format. Error: bytes that are not one, or hold a number above 9223372036854775807, 22P03.';

create cast (bigint[] as campaign_audience) with function campaign_audience(bigint[]);
comment on cast (bigint[] as campaign_audience) is
'The audience of these session numbers. Errors: a negative number 22003, NULL among them 22004.';
