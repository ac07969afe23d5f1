create function _campaign_key_type(relation regclass, expression text, argument text) returns regtype
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_type regtype := _campaign_check_expression(relation, expression, argument);
begin
  case
    when v_type in ('uuid'::regtype, 'bigint'::regtype, 'integer'::regtype, 'text'::regtype) then
      return v_type;
    when v_type = 'smallint'::regtype then
      return 'integer'::regtype;
    when v_type in ('varchar'::regtype, 'bpchar'::regtype) then
      return 'text'::regtype;
    else
      raise exception using
        errcode = '22023',
        message = format('%s => %L has type %s; keys may be uuid, bigint, integer or text', argument, expression, v_type);
  end case;
end
$$;

comment on function _campaign_key_type(regclass, text, text) is
  'The type under which a shop''s key is kept: uuid, bigint, integer or text. Error 22023 for any other.';
revoke all on function _campaign_key_type(regclass, text, text) from public;
