-- The tracking functions are written in Rust; who may call them, and what they say of themselves, stands here.

comment on function campaign_track_visit(text, text, text, text, text, text, timestamptz) is
  'Records a click on a campaign''s link. One row: the visit (new, or the session''s live visit of that campaign, extended), the campaign, and until when the visit is live. A bot gets a NULL visit unless campaign.record_bots is on. Texts are cut at 2,000 characters; device, country and city come from the user agent and the address. visited_at is for importing history and needs campaign_admin. Errors: P0002 no such campaign, 55000 the campaign is not active, 22023 a code or session id that cannot be, 42501 visited_at without campaign_admin.';
comment on function campaign_track_visits(text[], text[], text[], text[], text[], text[], timestamptz[]) is
  'Records many clicks at once: arrays of one length, one element a click. One row an element, in their order: what campaign_track_visit would answer, or the SQLSTATE and message of what is wrong with that element, which never spoils the others. Errors: 22023 arrays of different lengths, 42501 visited_at without campaign_admin.';
comment on function campaign_update_activity(text, timestamptz) is
  'Records a page view: extends the session''s latest live visit by campaign.window and returns its new expiry, NULL when the session has no live visit. at is for importing history and needs campaign_admin. Errors: 22023 a session id that cannot be, 42501 at without campaign_admin.';
comment on function campaign_update_activities(text[]) is
  'Records many page views at once, one element a session. One row an element, in their order: the new expiry of the session''s latest live visit, NULL when it has none, or the SQLSTATE and message of what is wrong with that element, which never spoils the others. A session that comes twice is extended once and told twice. Errors: 22023 session_ids is NULL.';
comment on function campaign_identify(text, text) is
  'Tells whose session it is: links the customer to the session''s visits that have none yet and returns how many were linked. Errors: 22023 a session id or customer key that cannot be, 22P02 a key that is not of the shop''s type.';

revoke all on function campaign_track_visit(text, text, text, text, text, text, timestamptz) from public;
revoke all on function campaign_track_visits(text[], text[], text[], text[], text[], text[], timestamptz[]) from public;
revoke all on function campaign_update_activity(text, timestamptz) from public;
revoke all on function campaign_update_activities(text[]) from public;
revoke all on function campaign_identify(text, text) from public;
grant execute on function campaign_track_visit(text, text, text, text, text, text, timestamptz) to campaign_tracker;
grant execute on function campaign_track_visits(text[], text[], text[], text[], text[], text[], timestamptz[]) to campaign_tracker;
grant execute on function campaign_update_activity(text, timestamptz) to campaign_tracker;
grant execute on function campaign_update_activities(text[]) to campaign_tracker;
grant execute on function campaign_identify(text, text) to campaign_tracker;

-- What follows only computes or reads settings, for functions that run with the extension's own rights.

comment on function _campaign_setting(text) is 'The value of a campaign.* setting that SQL needs, by its name without the prefix; NULL when it is empty.';
comment on function _campaign_match_customer() is 'Whether campaign.match_customer is on.';
comment on function _campaign_uuid() is 'A new UUIDv7: it sorts by the time it was made.';
comment on function _campaign_version() is 'The version of the loaded library.';
comment on function _campaign_code_base(text, text, text) is 'The tracking code of a campaign''s name, platform and type, without its number.';
comment on function _campaign_code_numbered(text, integer) is 'A tracking code''s base with a number, two digits at least; 40 characters at most.';
comment on function _campaign_code_check(text) is 'What is wrong with a tracking code given by a user; NULL when nothing is.';
comment on function _campaign_link(text, text) is 'An address with utm_campaign set to a tracking code, the rest of its query and its fragment kept. Error 22023 for a bad address.';
comment on function _campaign_url_check(text) is 'What is wrong with an http or https address; NULL when nothing is.';
comment on function _campaign_tell_change() is 'Trigger: tells every backend that campaigns have changed.';

revoke all on function _campaign_setting(text) from public;
revoke all on function _campaign_match_customer() from public;
revoke all on function _campaign_uuid() from public;
revoke all on function _campaign_version() from public;
revoke all on function _campaign_code_base(text, text, text) from public;
revoke all on function _campaign_code_numbered(text, integer) from public;
revoke all on function _campaign_code_check(text) from public;
revoke all on function _campaign_link(text, text) from public;
revoke all on function _campaign_url_check(text) from public;
revoke all on function _campaign_tell_change() from public;

comment on function _campaign_host(text) is
  'The host of a URL in lower case, without user, port, path or query; NULL when the text holds no host.';
comment on function _campaign_tally_visits(uuid[], timestamptz[], timestamptz[], date[], timestamptz[]) is
  'The visits of campaign_ids[i] in starts[i] <= t < ends[i], or of all campaigns in starts[1] <= t < ends[1] when campaign_ids is NULL, without bots, counted by hour of UTC (hour is set), by local day (only day is set) and by day and value of each dimension (dimension is set). day_starts are the first instants of the days, ascending.';
revoke all on function _campaign_host(text) from public;
revoke all on function _campaign_tally_visits(uuid[], timestamptz[], timestamptz[], date[], timestamptz[]) from public;
-- Its plans serve any stretch of time, and must not read the whole table for a short one.
alter function _campaign_tally_visits(uuid[], timestamptz[], timestamptz[], date[], timestamptz[]) set enable_seqscan = off;
alter function _campaign_tally_visits(uuid[], timestamptz[], timestamptz[], date[], timestamptz[]) set enable_hashjoin = off;
alter function _campaign_tally_visits(uuid[], timestamptz[], timestamptz[], date[], timestamptz[]) set enable_mergejoin = off;
