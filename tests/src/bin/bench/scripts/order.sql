-- An order as the shop inserts it; the triggers do the rest. Each session orders once, in no order.
\set session permute(:client_id * :sessions_of_client + mod(:placed, :sessions_of_client), :sessions) + :first_session
\set placed :placed + 1
\set customer random(:first_customer, :last_customer)
insert into orders (customer_id, total, session_id)
values (('00000000-0000-4000-9000-' || :customer)::uuid, 129.90, '00000000-0000-4000-8000-' || :session);
