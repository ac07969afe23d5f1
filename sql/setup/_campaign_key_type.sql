create function _campaign_key_type(relation regclass, expression text, argument text) returns regtype
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_type constant regtype := _campaign_check_expression(relation, expression, argument, null);
  v_base constant regtype := _campaign_base_type(v_type);
begin
  case
    when v_base in ('uuid'::regtype, 'bigint'::regtype, 'integer'::regtype, 'text'::regtype) then
      return v_base;
    when v_base = 'smallint'::regtype then
      return 'integer'::regtype;
    when v_base in ('varchar'::regtype, 'bpchar'::regtype) then
      return 'text'::regtype;
    else
      raise exception using
        errcode = '22023',
        message = format('%s => %L has type %s; keys may be uuid, bigint, integer or text', argument, expression, v_type);
  end case;
end
$$;

comment on function _campaign_key_type(regclass, text, text) is
  'The type under which a shop''s key is kept: uuid, bigint, integer or text, also where it is a domain over that. Error 22023 for any other.';
revoke all on function _campaign_key_type(regclass, text, text) from public;
