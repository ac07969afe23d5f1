-- Written in Rust, for functions that run with the extension's own rights and for the shop's triggers.

comment on function _campaign_timed_out() is 'Whether the query_canceled just caught came from statement_timeout, and not from a user; the statement then gets its time once more.';
comment on function _campaign_give_up() is 'From now to the end of this transaction, attribution of orders is not tried but recorded as failed.';
comment on function _campaign_check_time() is 'Begins a piece of attribution, within a block that catches errors: limits waits for locks by campaign.lock_timeout until the end of that block. Error 55P03 when attribution gave up in this transaction.';
comment on function _campaign_other_triggers(oid) is 'Whether a table has triggers of others that fire after INSERT or UPDATE.';

revoke all on function _campaign_timed_out() from public;
revoke all on function _campaign_give_up() from public;
revoke all on function _campaign_check_time() from public;
revoke all on function _campaign_other_triggers(oid) from public;
