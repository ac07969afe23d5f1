//! The order's way: what happens to an order of the shop, in the order's own transaction.
//!
//! 1. [`triggers`] are told of a row or a statement; what concerns nobody is let through at once.
//! 2. [`shop`] says which shop is attached; [`reading`] reads the facts of an order, as the orders' owner ([`rights`]).
//! 3. [`touch`] finds the visit that gets the credit, and `campaign_credit_order` writes it into the order.
//! 4. [`settle`] makes what is recorded agree with the orders: who has no conversion is credited, who has one is followed.
//! 5. [`ledger`] writes conversions and visits, as the owner of our tables; [`writing`] writes orders and customers, as theirs.
//! 6. Orders that are complete only at COMMIT wait in the [`queue`], and are settled there all at once.
//! 7. All of it happens in a subtransaction ([`guard`]): what fails is tried order by order, and what fails again is kept
//!    for a retry ([`failures`]). The order itself goes through.

mod calls;
mod failures;
mod guard;
mod ledger;
mod lookup;
mod parts;
mod queue;
mod reading;
mod rights;
mod settle;
mod shop;
mod statement;
mod touch;
mod triggers;
mod values;
mod writing;
