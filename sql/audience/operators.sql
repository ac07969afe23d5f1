create operator | (
  leftarg = campaign_audience, rightarg = campaign_audience,
  function = _campaign_audience_or, commutator = |
);
comment on operator | (campaign_audience, campaign_audience) is 'The sessions that are in either audience.';

create operator & (
  leftarg = campaign_audience, rightarg = campaign_audience,
  function = _campaign_audience_and, commutator = &
);
comment on operator & (campaign_audience, campaign_audience) is 'The sessions that are in both audiences.';

create operator - (
  leftarg = campaign_audience, rightarg = campaign_audience,
  function = _campaign_audience_minus
);
comment on operator - (campaign_audience, campaign_audience) is 'The sessions that are in the first audience but not in the second.';

create operator @> (
  leftarg = campaign_audience, rightarg = bigint,
  function = campaign_audience_contains, restrict = contsel, join = contjoinsel
);
comment on operator @> (campaign_audience, bigint) is 'Whether the audience has the session.';

create operator @> (
  leftarg = campaign_audience, rightarg = campaign_audience,
  function = campaign_audience_contains, restrict = contsel, join = contjoinsel
);
comment on operator @> (campaign_audience, campaign_audience) is 'Whether the first audience has all sessions of the second.';

create operator = (
  leftarg = campaign_audience, rightarg = campaign_audience,
  function = _campaign_audience_equal, commutator = =, negator = <>, restrict = eqsel, join = eqjoinsel
);
comment on operator = (campaign_audience, campaign_audience) is 'Whether both audiences have the same sessions.';

create operator <> (
  leftarg = campaign_audience, rightarg = campaign_audience,
  function = _campaign_audience_unequal, commutator = <>, negator = =, restrict = neqsel, join = neqjoinsel
);
comment on operator <> (campaign_audience, campaign_audience) is 'Whether a session is in one audience only.';
