create function _campaign_cursor(at timestamptz, id uuid)
returns text
language sql immutable parallel safe
return encode(timestamptz_send(at) || uuid_send(id), 'hex');

comment on function _campaign_cursor(timestamptz, uuid) is
'The place of a row in a list ordered by time and id, as text for the one who pages through it: 48 hexadecimal digits, exact to the microsecond. '
'_campaign_cursor_place reads it back.';

revoke all on function _campaign_cursor(timestamptz, uuid) from public;
