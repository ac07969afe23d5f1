-- Where clocks go back over midnight (Havana), 00:00 comes twice and AT TIME ZONE takes the second; the day starts with the
-- first. One expression without a SET clause, which the planner can inline: a report asks for thousands of days.
create function _campaign_day_start(day date, zone text)
returns timestamptz
language sql stable parallel safe
return case
  when ((day::timestamp at time zone zone) - (((day::timestamp at time zone zone) - interval '3 hours') at time zone zone
    - (day::timestamp - interval '3 hours'))) at time zone zone = day::timestamp
  then (day::timestamp at time zone zone) - (((day::timestamp at time zone zone) - interval '3 hours') at time zone zone
    - (day::timestamp - interval '3 hours'))
  else day::timestamp at time zone zone
end;

comment on function _campaign_day_start(date, text) is
'The first instant of a local day. A time zone that is not known is an error (22023).';

revoke all on function _campaign_day_start(date, text) from public;
