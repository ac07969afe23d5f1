create function _campaign_touches(sessions text[], customer_id text, until timestamptz)
returns table (
  visit_id uuid,
  campaign_id uuid,
  campaign jsonb,
  visited_at timestamptz,
  other_customer boolean,
  touch jsonb
)
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
-- Times in documents read the same whoever asks.
set timezone = 'UTC'
as $$
begin
  return query execute format(
    $query$
    with visits as (
      select v.*, false as other_customer
      from _campaign_sessions_of($2::%1$s) s (session_id)
      join campaign_visits v on v.session_id = s.session_id
      where v.customer_id = $2::%1$s
      union all
      select v.*, v.customer_id is not null
      from campaign_visits v
      where v.session_id = any ($1) and ($2 is null or v.customer_id is distinct from $2::%1$s)
    ),
    labelled as (
      select v.*, _campaign_label(c.id, c.name, c.tracking_code, c.platform) as campaign
      from visits v
      left join campaigns c on c.id = v.campaign_id
      where v.visited_at <= $3 and v.device_type is distinct from 'bot'
    )
    select l.id, l.campaign_id, l.campaign, l.visited_at, l.other_customer,
      jsonb_build_object(
        'id', l.id, 'campaign', l.campaign, 'session_id', l.session_id, 'visited_at', l.visited_at,
        'landing_page', l.landing_page, 'referrer', l.referrer, 'device_type', l.device_type, 'country', l.country
      )
    from labelled l
    order by l.visited_at, l.touch_no, l.id
    $query$,
    _campaign_column_type('customer_id')
  ) using sessions, customer_id, until;
end
$$;

comment on function _campaign_touches(text[], text, timestamptz) is
'The visits, up to and including an instant, of these sessions and of this customer in any session, oldest first; bots are left out. other_customer '
'marks a visit of another customer on the same browser. A customer id that is none is an error (22P02).';

revoke all on function _campaign_touches(text[], text, timestamptz) from public;
