create function campaign_suggest_mapping(orders regclass)
returns table (call text, unsure text[])
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
#variable_conflict use_variable
declare
  v_orders constant text := _campaign_table_name(orders);
  v_key record;
  v_customer record;
  v_total record;
  v_part record;
  v_status record;
  v_column record;
  v_lines record;
  v_values text[];
  v_chosen text[];
  v_camel boolean;
  -- Arguments of the call in their order: name, value as SQL.
  v_arguments text[] := array['orders', quote_literal(v_orders)];
  v_parts jsonb := '{}';
  v_cancelled text[] := '{}';
  v_placed text[] := '{}';
  v_at text := 'insert';
  v_refunded text;
  v_note text;
begin
  unsure := '{}';
  if orders is null then
    raise exception using errcode = '22023', message = 'orders must be given';
  end if;
  perform _campaign_check_table(orders, 'orders');
  v_camel := exists (select from _campaign_columns_of(orders) c where c.name ~ '[a-z][A-Z]');

  -- The order's key: the primary key, or of several columns the one that is called so.
  select c.name, k.columns into v_key
    from (select i.indkey::smallint[] as places, i.indnkeyatts as columns from pg_index i where i.indrelid = orders and i.indisprimary) k
    join _campaign_columns_of(orders) c on c.place = any (k.places)
   order by c.word ~ '^(order)?(id|key|uuid|number|no)$' desc, c.place
   limit 1;
  if v_key.name is null then
    select 'id' as name, 1 as columns into v_key;
    unsure := unsure || 'order_id: the table has no primary key; name the column that is unique'::text;
  elsif v_key.columns > 1 then
    unsure := unsure || format('order_id: of the %s columns of the primary key, %I was taken; it must be unique by itself', v_key.columns, v_key.name);
  end if;

  -- The customer: a foreign key to a table of people, or a column named as one.
  select c.name, f.confrelid as relation,
         (select a.attname from pg_attribute a where a.attrelid = f.confrelid and a.attnum = f.confkey[1])::text as key, true as is_sure
    into v_customer
    from _campaign_columns_of(orders) c
    join pg_constraint f on f.conrelid = orders and f.contype = 'f' and f.conkey = array[c.place]
    join pg_class r on r.oid = f.confrelid
   where c.word ~ '(customer|user|buyer|client|account|member|shopper)(id)?$' or r.relname ~* '(customer|user|buyer|client|account|member|shopper)s?$'
   order by c.word ~ 'customer' desc, c.word ~ '(staff|created|updated|admin|agent|channel)' , c.place
   limit 1;
  if v_customer.name is null then
    select c.name, r.oid::regclass as relation, p.name as key, false as is_sure into v_customer
      from _campaign_columns_of(orders) c
      left join pg_class r on r.relkind in ('r', 'p') and r.relnamespace = (select relnamespace from pg_class where oid = orders)
       and lower(r.relname) = any (array[regexp_replace(c.word, 'id$', ''), regexp_replace(c.word, 'id$', '') || 's'])
      left join lateral (
        select n.name from _campaign_columns_of(r.oid) n join pg_index i on i.indrelid = r.oid and i.indisprimary and i.indnkeyatts = 1 and i.indkey[0] = n.place
         where n.type = c.type
      ) p on true
     where c.word ~ '^(customer|user|buyer|client|account|member|shopper)(id)?$'
     order by (p.name is not null) desc, c.word ~ 'customer' desc, c.place
     limit 1;
  end if;
  if v_customer.key is not null then
    v_arguments := v_arguments || array['customers', quote_literal(_campaign_table_name(v_customer.relation))];
    if not v_customer.is_sure then
      unsure := unsure || format('customers: no foreign key says so, but %I fits the key of %s', v_customer.name, _campaign_table_name(v_customer.relation));
    end if;
  else
    unsure := unsure || 'customers: no table of customers was found'::text;
  end if;
  if v_key.name <> 'id' then
    v_arguments := v_arguments || array['order_id', quote_literal(v_key.name)];
  end if;
  if v_customer.key <> 'id' then
    v_arguments := v_arguments || array['customer_id', quote_literal(v_customer.key)];
  end if;
  if v_customer.name is null then
    v_arguments := v_arguments || array['order_customer', 'null'];
  elsif v_customer.name <> 'customer_id' then
    v_arguments := v_arguments || array['order_customer', quote_literal(v_customer.name)];
  end if;

  -- The total: one column, or goods and shipping, or a document in a table beside.
  select c.name, c.type into v_total from _campaign_columns_of(orders) c
   where c.is_number and c.word = any (array['grandtotal', 'totalgrossamount', 'ordertotal', 'totalamount', 'totalprice', 'totalwithtax', 'amounttotal',
     'total', 'totalcents', 'amount'])
   order by array_position(array['grandtotal', 'totalgrossamount', 'ordertotal', 'totalamount', 'totalprice', 'totalwithtax', 'amounttotal', 'total',
     'totalcents', 'amount'], c.word)
   limit 1;
  if v_total.name is not null then
    if v_total.type in ('integer'::regtype, 'bigint'::regtype) then
      v_arguments := v_arguments || array['order_total', quote_literal(format('o.%I / 100.0', v_total.name))];
      unsure := unsure || format('order_total: %I holds whole numbers, taken to be minor units (cents)', v_total.name);
    elsif v_total.name <> 'total' then
      v_arguments := v_arguments || array['order_total', quote_literal(v_total.name)];
    end if;
  else
    select string_agg(format('o.%I', c.name), ' + ' order by c.word ~ 'subtotal' desc) as columns, bool_and(c.type in ('integer', 'bigint')) as is_minor, count(*) as found
      into v_column
      from (
        select distinct on (n.word ~ 'subtotal') n.*
          from _campaign_columns_of(orders) n
         where n.is_number and n.word ~ '^(subtotal|shipping)(price|fee|cost|amount|total)?(withtax|incltax|gross|grossamount)?$'
         order by n.word ~ 'subtotal', n.word ~ '(withtax|incltax|gross)' desc, n.place
      ) c;
    if v_column.found > 0 then
      v_arguments := v_arguments || array['order_total', quote_literal(case when v_column.is_minor then format('(%s) / 100.0', v_column.columns) else v_column.columns end)];
      unsure := unsure || format('order_total: no column holds the total; taken as %s%s', v_column.columns,
        case when v_column.is_minor then ', in minor units (cents)' else '' end);
    else
      select p.relation, p.order_column, c.name, d.key, v.name as version into v_part
        from _campaign_tables_of(orders, v_key.name) p
        join _campaign_columns_of(p.relation) c on c.type in ('json', 'jsonb')
        cross join lateral _campaign_document_keys(p.relation, c.name) d (key)
        left join _campaign_columns_of(p.relation) v on v.word = 'version'
       where d.key ~ '^(current_?order_?total|grand_?total|order_?total|total)$'
       order by d.key ~ 'current' desc, length(d.key) desc
       limit 1;
      if v_part.relation is null then
        select p.relation, p.order_column, c.name, 'current_order_total' as key, v.name as version into v_part
          from _campaign_tables_of(orders, v_key.name) p
          join _campaign_columns_of(p.relation) c on c.type in ('json', 'jsonb') and c.word ~ 'total'
          left join _campaign_columns_of(p.relation) v on v.word = 'version'
         limit 1;
        v_note := ' (a guess: the table is empty)';
      end if;
      if v_part.relation is not null then
        v_at := 'commit';
        v_parts := v_parts || jsonb_build_object(_campaign_table_name(v_part.relation), v_part.order_column);
        v_arguments := v_arguments || array['order_total', quote_literal(format('(select (p.%I ->> %L)::numeric from %s p where p.%I = o.%I%s limit 1)',
          v_part.name, v_part.key, _campaign_table_name(v_part.relation), v_part.order_column, v_key.name,
          coalesce(format(' order by p.%I desc', v_part.version), '')))];
        unsure := unsure || format('order_total: taken from %s.%I, key %s%s; read at COMMIT', _campaign_table_name(v_part.relation), v_part.name, v_part.key,
          coalesce(v_note, ''));
      else
        v_arguments := v_arguments || array['order_total', quote_literal('total')];
        unsure := unsure || 'order_total: nothing that looks like a total was found; this call fails until you name it'::text;
      end if;
    end if;
  end if;

  -- The currency.
  select c.name into v_column from _campaign_columns_of(orders) c
   where c.is_text and c.word = any (array['currency', 'currencycode', 'currencyiso', 'ordercurrency', 'currencyid']) order by c.place limit 1;
  if v_column.name is not null then
    v_arguments := v_arguments || array['order_currency', quote_literal(v_column.name)];
  else
    unsure := unsure || 'order_currency: none found; all orders count in campaign.currency'::text;
  end if;

  -- The session: a column, or a key of a document.
  select c.name, null::text as key into v_column from _campaign_columns_of(orders) c
   where c.is_text and c.word ~ '(campaign|browser|visitor|client|tracking)?session(id|key)?$' order by c.word ~ 'campaign' desc, c.place limit 1;
  if v_column.name is null then
    select c.name, d.key into v_column
      from _campaign_columns_of(orders) c
      left join lateral _campaign_document_keys(orders, c.name) d (key) on d.key ~* 'session'
     where c.type in ('json', 'jsonb') and c.word ~ '^(public)?(metadata|meta|attributes|customfields|custom|note|notes|data|extra|properties)$'
     order by (d.key is not null) desc, d.key ~* 'campaign' desc, c.place
     limit 1;
    if v_column.name is not null then
      v_arguments := v_arguments || array['order_session', quote_literal(format('o.%I ->> %L', v_column.name, coalesce(v_column.key, 'campaign_session')))];
      if v_column.key is null then
        unsure := unsure || format('order_session: no order carries a session yet; the checkout has to write it into %I as campaign_session', v_column.name);
      else
        unsure := unsure || format('order_session: key %s of %I looks like it; it must be the id that the tracking snippet made', v_column.key, v_column.name);
      end if;
    else
      unsure := unsure || 'order_session: the table has no place for it; campaign_install adds a column session_id (add_columns), or say it by SET LOCAL campaign.session_id or campaign_attribute'::text;
    end if;
  else
    if v_column.name <> 'session_id' then
      v_arguments := v_arguments || array['order_session', quote_literal(v_column.name)];
    end if;
    unsure := unsure || format('order_session: %I must hold the id that the tracking snippet made', v_column.name);
  end if;

  -- When it was placed, and whether it is.
  select c.name, c.type, c.is_nullable, c.word into v_column from _campaign_columns_of(orders) c
   where c.type in ('timestamptz', 'timestamp', 'date')
     and c.word = any (array['orderplacedat', 'placedat', 'orderedat', 'purchasedat', 'submittedat', 'completedat', 'orderdate', 'createdat', 'created', 'datecreated', 'createdon', 'createddate', 'insertedat'])
   order by array_position(array['orderplacedat', 'placedat', 'orderedat', 'purchasedat', 'submittedat', 'orderdate', 'createdat', 'created', 'datecreated', 'createdon', 'createddate', 'insertedat', 'completedat'], c.word)
   limit 1;
  if v_column.name is null then
    v_arguments := v_arguments || array['order_placed_at', quote_literal('now()')];
    unsure := unsure || 'order_placed_at: no time was found; now() is right only for orders that are recorded as they are placed'::text;
  else
    if v_column.type in ('timestamp', 'date') then
      v_arguments := v_arguments || array['order_placed_at', quote_literal(format('o.%I at time zone ''UTC''', v_column.name))];
      unsure := unsure || format('order_placed_at: %I has no time zone, taken to be in UTC', v_column.name);
    elsif v_column.name <> 'created_at' then
      v_arguments := v_arguments || array['order_placed_at', quote_literal(v_column.name)];
    end if;
    if v_column.is_nullable and v_column.word ~ '(placed|ordered|purchased|submitted)' then
      v_placed := v_placed || format('o.%I is not null', v_column.name);
    end if;
  end if;
  select v_placed || array_agg(format('not o.%I', c.name) order by c.place) into v_chosen from _campaign_columns_of(orders) c
   where c.type = 'boolean'::regtype and c.word ~ '^is(draft|draftorder|cart|quote|template)$';
  v_placed := coalesce(v_chosen, v_placed);

  -- What its status can say: the values of an enum or a check, else those that are there.
  for v_status in
    select c.name, c.type from _campaign_columns_of(orders) c where c.word = any (array['status', 'state', 'orderstatus', 'orderstate']) order by c.place
  loop
    v_values := _campaign_values_of(orders, v_status.name);
    v_chosen := array(select v from unnest(v_values) v where v ~* '^(cancel|void|declin|expire|reject|refused|failed)' order by v);
    if cardinality(v_chosen) > 0 then
      v_cancelled := v_cancelled || format('o.%I in (%s)', v_status.name, array_to_string(array(select quote_literal(v) from unnest(v_chosen) v), ', '));
    else
      v_cancelled := v_cancelled || format('o.%I::text ilike ''cancel%%''', v_status.name);
      unsure := unsure || format('order_is_cancelled: no value of %I seen so far says so (%s); taken to begin with cancel', v_status.name,
        coalesce(nullif(array_to_string(v_values[1:8], ', '), ''), 'the table is empty'));
    end if;
    v_chosen := array(select v from unnest(v_values) v where v ~* '^(draft|cart|basket|quote|adding|arranging|incomplete|abandoned|checkout)' order by v);
    if cardinality(v_chosen) > 0 and v_placed = '{}' then
      v_placed := v_placed || format('o.%I not in (%s)', v_status.name, array_to_string(array(select quote_literal(v) from unnest(v_chosen) v), ', '));
      unsure := unsure || format('order_is_placed: an order is taken to be placed when %I is none of %s', v_status.name, array_to_string(v_chosen, ', '));
    end if;
  end loop;
  select v_cancelled || array_agg(format('o.%I is not null', c.name) order by c.place) into v_chosen from _campaign_columns_of(orders) c
   where c.type in ('timestamptz', 'timestamp') and c.word ~ '^(cancell?edat|deletedat|voidedat)$';
  v_cancelled := coalesce(v_chosen, v_cancelled);
  if v_placed <> '{}' then
    v_arguments := v_arguments || array['order_is_placed', quote_literal(array_to_string(v_placed, ' and '))];
  end if;
  if v_cancelled <> '{}' then
    v_arguments := v_arguments || array['order_is_cancelled', quote_literal(array_to_string(v_cancelled, ' or '))];
  else
    unsure := unsure || 'order_is_cancelled: nothing tells a cancelled order; a deleted one counts as cancelled'::text;
  end if;

  -- Refunds: a column, or a table beside, reached by the order's key or by the payment's.
  select format('o.%I', c.name) into v_refunded from _campaign_columns_of(orders) c
   where c.is_number and c.word ~ '^(total)?(refund|refunded)(amount|total|value)?$|^(amount|total)refunded$' order by c.place limit 1;
  if v_refunded is null then
    select format('(select sum(p.%I) from %s p where p.%I = o.%I)', a.name, _campaign_table_name(p.relation), p.order_column, v_key.name), p.relation, p.order_column
      into v_part
      from _campaign_tables_of(orders, v_key.name) p
      join pg_class r on r.oid = p.relation and r.relname ~* 'refund'
      join _campaign_columns_of(p.relation) a on a.is_number and a.word = any (array['amount', 'total', 'totalamount', 'refundamount', 'value', 'amountvalue'])
     order by a.place limit 1;
    if v_part.relation is not null then
      v_refunded := v_part.format;
      v_parts := v_parts || jsonb_build_object(_campaign_table_name(v_part.relation), v_part.order_column);
      unsure := unsure || format('order_refunded: the sum of %s; say which of its rows count, if not all', _campaign_table_name(v_part.relation));
    else
      select format('(select sum(r.%I)%s from %s r join %s p on p.%I = r.%I where p.%I = o.%I)', a.name, case when a.type in ('integer', 'bigint') then ' / 100.0' else '' end,
               _campaign_table_name(f.conrelid), _campaign_table_name(p.relation), k.attname, c.name, p.order_column, v_key.name),
             f.conrelid as relation,
             format('(select p.%I from %s p where p.%I = o.%I)', p.order_column, _campaign_table_name(p.relation), k.attname, c.name) as order_key
        into v_part
        from _campaign_tables_of(orders, v_key.name) p
        join pg_constraint f on f.confrelid = p.relation and f.contype = 'f' and cardinality(f.conkey) = 1
        join pg_class r on r.oid = f.conrelid and r.relname ~* 'refund'
        join pg_attribute k on k.attrelid = p.relation and k.attnum = f.confkey[1]
        join _campaign_columns_of(f.conrelid) c on c.place = f.conkey[1]
        join _campaign_columns_of(f.conrelid) a on a.is_number and a.word = any (array['amount', 'total', 'totalamount', 'refundamount', 'value', 'amountvalue'])
       order by a.word = 'total' desc, a.place limit 1;
      if v_part.relation is not null then
        v_refunded := v_part.format;
        v_parts := v_parts || jsonb_build_object(_campaign_table_name(v_part.relation), v_part.order_key);
        unsure := unsure || format('order_refunded: the sum of %s; say which of its rows count, and mind totals that a refund lowers already', _campaign_table_name(v_part.relation));
      end if;
    end if;
  end if;
  if v_refunded is not null then
    v_arguments := v_arguments || array['order_refunded', quote_literal(v_refunded)];
  else
    unsure := unsure || 'order_refunded: no amount of refunds was found; record them by campaign_refund'::text;
  end if;

  -- The lines: a table beside with a quantity, its product and amount there or one step further.
  select p.relation, p.order_column, q.name as quantity, i.name as product, t.name as title, m.name as amount, m.is_unit, m.type in ('integer', 'bigint') as is_minor into v_lines
    from _campaign_tables_of(orders, v_key.name) p
    join pg_class r on r.oid = p.relation and r.relname !~* '(refund|return|claim|history|change)'
    join lateral (select n.name from _campaign_columns_of(p.relation) n where n.is_number and n.word ~ '^(quantity|qty)' order by n.place limit 1) q on true
    left join lateral (
      select n.name from _campaign_columns_of(p.relation) n where n.word ~ '^(product|variant|productvariant|sku|productsku|item)(id)?$'
       order by n.word = 'productid' desc, n.word ~ 'variant' desc, n.place limit 1
    ) i on true
    left join lateral (
      select n.name from _campaign_columns_of(p.relation) n where n.is_text and n.word ~ '^(product)?(name|title)$' order by n.word ~ 'product' desc, n.place limit 1
    ) t on true
    left join lateral (
      select n.name, n.word ~ '(unit|list|final|item)?price' and n.word !~ 'total' as is_unit, n.type
        from _campaign_columns_of(p.relation) n
       where n.is_number and n.word ~ '^(linetotal|rowtotal|totalprice|totalpricegrossamount|total|amount|totalamount|subtotal|unitprice|unitpricegrossamount|listprice|finalprice|price)$'
       order by n.word ~ 'total|amount$' desc, n.place limit 1
    ) m on true
   order by (i.name is not null and m.name is not null) desc, r.relname ~* '(line|item)' desc, p.relation::text
   limit 1;
  if v_lines.amount is not null and v_lines.product is not null then
    v_arguments := v_arguments || array['order_lines', quote_literal(format('select l.%I, %s, l.%I, %s%s from %s l where l.%I = o.%I',
      v_lines.product, case when v_lines.title is null then 'null' else format('l.%I', v_lines.title) end, v_lines.quantity,
      case when v_lines.is_unit then format('l.%I * l.%I', v_lines.quantity, v_lines.amount) else format('l.%I', v_lines.amount) end,
      case when v_lines.is_minor then ' / 100.0' else '' end, _campaign_table_name(v_lines.relation), v_lines.order_column, v_key.name))];
    unsure := unsure || format('order_lines: %s, its %I and %I', _campaign_table_name(v_lines.relation), v_lines.product, v_lines.amount);
  elsif v_lines.relation is not null then
    -- One step further: the table that the line points to.
    select f.confrelid::regclass as relation, c.name as line_column, k.attname as key, i.name as product, t.name as title, m.name as amount,
           m.type in ('integer', 'bigint') as is_minor
      into v_part
      from pg_constraint f
      join _campaign_columns_of(f.conrelid) c on c.place = f.conkey[1]
      join pg_attribute k on k.attrelid = f.confrelid and k.attnum = f.confkey[1]
      join lateral (
        select n.name from _campaign_columns_of(f.confrelid) n where n.word ~ '^(product|variant|productvariant|sku)(id)?$' order by n.word = 'productid' desc, n.place limit 1
      ) i on true
      join lateral (
        select n.name, n.type from _campaign_columns_of(f.confrelid) n where n.is_number and n.word ~ '^(unitprice|price|listprice|finalprice)$' order by n.place limit 1
      ) m on true
      left join lateral (
        select n.name from _campaign_columns_of(f.confrelid) n where n.is_text and n.word ~ '^(product)?(name|title)$' order by n.word ~ 'product' desc, n.place limit 1
      ) t on true
     where f.conrelid = v_lines.relation and f.contype = 'f' and cardinality(f.conkey) = 1 and f.confrelid <> orders
     limit 1;
    if v_part.relation is not null then
      v_arguments := v_arguments || array['order_lines', quote_literal(format('select p.%I, %s, l.%I, l.%I * p.%I%s from %s l join %s p on p.%I = l.%I where l.%I = o.%I',
        v_part.product, case when v_part.title is null then 'null' else format('p.%I', v_part.title) end, v_lines.quantity, v_lines.quantity, v_part.amount,
        case when v_part.is_minor then ' / 100.0' else '' end, _campaign_table_name(v_lines.relation), _campaign_table_name(v_part.relation),
        v_part.key, v_part.line_column, v_lines.order_column, v_key.name))];
      unsure := unsure || format('order_lines: the quantity of %s, product and price of %s; mind lines of older versions', _campaign_table_name(v_lines.relation), _campaign_table_name(v_part.relation));
    else
      unsure := unsure || format('order_lines: %s has the quantities, but not both product and amount; without it there is no report of products', _campaign_table_name(v_lines.relation));
    end if;
  else
    unsure := unsure || 'order_lines: no table of lines was found; without it there is no report of products'::text;
  end if;

  if v_parts <> '{}' then
    v_arguments := v_arguments || array['order_parts', quote_literal(v_parts::text)];
  end if;
  if v_at <> 'insert' then
    v_arguments := v_arguments || array['at', quote_literal(v_at)];
  elsif v_placed = '{}' then
    unsure := unsure || 'at: the total is taken to be there when the order is inserted; if it is written later in the same transaction, say at => ''commit'''::text;
  end if;
  if v_camel or 'order_session' = any (v_arguments) then
    v_arguments := v_arguments || array['add_columns', 'false'];
    unsure := unsure || 'add_columns: false, as an ORM may drop columns that it did not create; true adds campaign_id and visit_id to the orders'::text;
  end if;

  call := format(E'select %s(\n%s);',
    (select format('%I.campaign_install', nspname) from pg_namespace where oid = '@extschema@'::regnamespace),
    (select string_agg(format('  %s => %s', rpad(v_arguments[n], 18), v_arguments[n + 1]), E',\n' order by n)
       from generate_series(1, cardinality(v_arguments), 2) n));
  return next;
end
$$;

comment on function campaign_suggest_mapping(regclass) is
  'Proposes the campaign_install call for an orders table from its columns, keys and neighbours, and from the values that are in it. One row: the call, ready to be read, mended and run, and what it is unsure of, each line beginning with the argument. Changes nothing; reads with the rights of the caller. Errors: 22023 no table given, or not a table.';
revoke all on function campaign_suggest_mapping(regclass) from public;
