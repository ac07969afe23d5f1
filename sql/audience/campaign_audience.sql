-- External storage: compression saved 8 % of the bytes of daily audiences, and writing them took three times as long.
create type campaign_audience (
  input = campaign_audience_in,
  output = campaign_audience_out,
  receive = campaign_audience_recv,
  send = campaign_audience_send,
  internallength = variable,
  alignment = int4,
  storage = external
);

comment on type campaign_audience is
'An exact set of sessions, by their session_no (0 to 9223372036854775807), compressed: about 2 bytes a member when scattered, less when dense. '
'Written {1,2,5}; blanks, repetitions and any order are read. Its binary form, and bytea when cast, is a 64-bit Roaring bitmap in the portable format, '
'and is checked when read. Operators: | (in either), & (in both), - (in the first only), @> (has a session_no, or a whole audience), =, <>. '
'Errors: 22P02 malformed text, 22P03 bytes that are no audience, 22003 a number out of range.';

revoke all on function campaign_audience_in(cstring) from public;
revoke all on function campaign_audience_out(campaign_audience) from public;
revoke all on function campaign_audience_recv(internal) from public;
revoke all on function campaign_audience_send(campaign_audience) from public;
grant execute on function campaign_audience_in(cstring) to campaign_analyst;
grant execute on function campaign_audience_out(campaign_audience) to campaign_analyst;
grant execute on function campaign_audience_recv(internal) to campaign_analyst;
grant execute on function campaign_audience_send(campaign_audience) to campaign_analyst;

comment on function campaign_audience_in(cstring) is 'Reads an audience written as text. Errors: 22P02 malformed, 22003 a number out of range.';
comment on function campaign_audience_out(campaign_audience) is 'Writes an audience as text: {1,2,5}.';
comment on function campaign_audience_recv(internal) is 'Reads an audience in its binary form. Error 22P03 for bytes that are no audience.';
comment on function campaign_audience_send(campaign_audience) is 'Writes an audience in its binary form.';
