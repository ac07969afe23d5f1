create function _campaign_key_type(relation regclass, expression text, argument text) returns regtype
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_type regtype := _campaign_check_expression(relation, expression, argument);
begin
  return case
    when v_type = 'uuid'::regtype then 'uuid'::regtype
    when v_type = 'bigint'::regtype then 'bigint'::regtype
    when v_type in ('integer'::regtype, 'smallint'::regtype) then 'integer'::regtype
    when v_type in ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype) then 'text'::regtype
    else _campaign_raise('22023',
      format('%s => %L has type %s; keys may be uuid, bigint, integer or text', argument, expression, v_type))::regtype
  end;
end
$$;

comment on function _campaign_key_type(regclass, text, text) is
  'The type under which a shop''s key is kept: uuid, bigint, integer or text. Error 22023 for any other.';
revoke all on function _campaign_key_type(regclass, text, text) from public;
