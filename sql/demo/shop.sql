-- The whole demo shop, not yet attached: psql -f sql/demo/shop.sql. Then sql/demo/attach.sql, then sql/demo/season.sql.
\set ON_ERROR_STOP on
set client_min_messages = warning;
begin;
\ir tables.sql
\ir catalogue.sql
\ir _check_customer.sql
\ir _check_address.sql
\ir _check_items.sql
\ir _tax_rate.sql
\ir _shipping_fee.sql
\ir place_order.sql
commit;
