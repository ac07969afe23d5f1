-- The trigger functions, written in Rust (extension/src/orders/triggers.rs). They run as whoever writes the shop's
-- tables, and switch to the rights that each step needs.

create function _campaign_credit_order() returns trigger
language c volatile parallel unsafe
as 'MODULE_PATHNAME', 'campaign_credit_order';
comment on function _campaign_credit_order() is
  'Trigger before INSERT of orders, for each row: writes into the order whom it is credited to. Before UPDATE of partitioned ones: notes a change of the key, by which the row may move.';

create function _campaign_follow_orders() returns trigger
language c volatile parallel unsafe
as 'MODULE_PATHNAME', 'campaign_follow_orders';
comment on function _campaign_follow_orders() is
  'Trigger after INSERT, UPDATE, DELETE or TRUNCATE of orders, for each statement: credits the new ones, follows those that changed, cancels those that are gone.';

create function _campaign_follow_order() returns trigger
language c volatile parallel unsafe
as 'MODULE_PATHNAME', 'campaign_follow_order';
comment on function _campaign_follow_order() is
  'Trigger after INSERT, UPDATE or DELETE of partitioned orders, for each row: the same for one order. PostgreSQL gives it to every partition.';

create function _campaign_queue_order() returns trigger
language c volatile parallel unsafe
as 'MODULE_PATHNAME', 'campaign_queue_order';
comment on function _campaign_queue_order() is
  'Trigger after a row of orders that are settled at COMMIT, or of a table that holds parts of orders: lets the order wait for COMMIT.';

create function _campaign_settle_orders() returns trigger
language c volatile parallel unsafe
as 'MODULE_PATHNAME', 'campaign_settle_orders';
comment on function _campaign_settle_orders() is
  'Deferred trigger: settles, all at once, the orders that wait for COMMIT.';

create function _campaign_is_money(revenue numeric, order_total numeric, refunded numeric) returns boolean
language c immutable parallel safe strict
as 'MODULE_PATHNAME', 'campaign_is_money';

-- Whoever owns the orders may make new partitions, to which PostgreSQL gives these triggers in his name. The functions act
-- for the attached tables only, so that a trigger on any other table does nothing.
grant execute on function _campaign_credit_order(), _campaign_follow_orders(), _campaign_follow_order(),
  _campaign_queue_order(), _campaign_settle_orders() to public;
