-- Written in Rust (extension/src/orders/calls.rs), for the product's own functions.

comment on function _campaign_settle_order(text, text) is 'Makes what is recorded of one stored order agree with it: credited by the session given, or else its own, corrected, or left as it is. One row: the campaign and visit credited, NULL when none is, and whether this call made the conversion. Errors: P0002 no such order, 22P02 a key that is not of the shop''s type, 55000 no shop attached.';
comment on function _campaign_retry_order(text, text, text, text) is 'Settles one order whose attribution failed, by its own session or else by the one that was kept with the failure. One whose failure was to cancel it (step is cancel), and that is not there, is cancelled. former_order_id is the key that it had before, NULL when it has had no other. Errors as _campaign_settle_order.';
comment on function _campaign_backfill_orders(text[]) is 'Credits stored orders by the sessions they carry, and corrects those that are credited; one that fails costs only itself. How many were credited now, had been before, and failed. Orders that are not there are passed over.';
comment on function _campaign_orders_placed(timestamptz, timestamptz) is 'The keys of the orders placed in from_at <= t < until_at, first one first; those of orders that are no longer placed too where they have a conversion.';
comment on function _campaign_order_lines(text[]) is 'The lines of orders, as the shop''s order_lines query tells them; no rows when none is mapped, or no shop attached.';
comment on function _campaign_forget(uuid[]) is 'Takes campaigns that are being deleted out of the shop''s orders and customers. A customer was won by the first other campaign that an order of theirs is credited to, if there is one.';
comment on function _campaign_is_marking() is 'Whether the UPDATE of orders that runs is our own, of which nothing is to be settled at COMMIT.';
comment on function _campaign_base_type(oid) is 'The type that a domain is over, through all its layers; any other type is itself.';
comment on function _campaign_ask_as_owner(oid, text, boolean) is 'Runs a query with the rights of a table''s owner as of now, under the search_path that the shop''s expressions get, or an empty one; the first column of its first row as text. Errors are those of the query.';
comment on function _campaign_is_money(numeric, numeric, numeric) is 'Whether all are finite numbers and the last is not below 0: revenue, total and refunded amount of a conversion.';

revoke all on function _campaign_settle_order(text, text) from public;
revoke all on function _campaign_retry_order(text, text, text, text) from public;
revoke all on function _campaign_backfill_orders(text[]) from public;
revoke all on function _campaign_orders_placed(timestamptz, timestamptz) from public;
revoke all on function _campaign_order_lines(text[]) from public;
revoke all on function _campaign_forget(uuid[]) from public;
revoke all on function _campaign_base_type(oid) from public;
-- A condition of a trigger is asked as whoever writes the orders.
grant execute on function _campaign_is_marking() to public;
revoke all on function _campaign_ask_as_owner(oid, text, boolean) from public;
revoke all on function _campaign_is_money(numeric, numeric, numeric) from public;
