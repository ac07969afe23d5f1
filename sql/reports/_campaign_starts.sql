create function _campaign_starts(starts timestamptz[], range_from timestamptz)
returns timestamptz[]
language sql immutable parallel safe
return case when pg_catalog.cardinality(starts) > 0 then greatest(starts[1], range_from) || starts[2:] else array[range_from] end;

comment on function _campaign_starts(timestamptz[], timestamptz) is
'The starts of the buckets of _campaign_buckets, the first not before range_from: a week or month that began earlier counts only from there.';

revoke all on function _campaign_starts(timestamptz[], timestamptz) from public;
