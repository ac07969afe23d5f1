//! What can happen in a shop's life, in words that neither the oracle nor the database owns.

use std::fmt;

/// In microseconds since 1970.
pub type Moment = i64;
/// In thousandths of a unit: shops have currencies with three decimals.
pub type Money = i64;
pub type Key = i64;
pub type Customer = i64;
/// The place of a campaign among those of its history; its tracking code is the letter of that place.
pub type Campaign = usize;
pub type Session = u32;
/// A visit: its session, and its number among the session's touches.
pub type Touch = (Session, usize);

pub const SECOND: Moment = 1_000_000;
pub const HOUR: Moment = 3_600 * SECOND;
pub const DAY: Moment = 24 * HOUR;

/// When orders are credited, and in what table they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Insert,
    Commit,
    Partitions,
}

/// Where the shop says what was paid back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refunds {
    /// In a column of the order.
    Column,
    /// In a table beside (order_parts).
    Parts,
    /// Nowhere: it calls campaign_refund.
    Calls,
}

/// Which orders are placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// order_is_placed is not mapped.
    All,
    /// A cancelled order is not placed any more.
    PaidOrShipped,
    /// A cancelled order is placed, and cancelled.
    AllButCarts,
}

/// A shop as it is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shop {
    pub mode: Mode,
    pub refunds: Refunds,
    pub placed: Placed,
    pub maps_currency: bool,
    /// The total is an expression that cannot be computed for orders that are broken.
    pub can_break: bool,
}

/// What holds through a history.
#[derive(Clone, Debug)]
pub struct Settings {
    pub window: Moment,
    pub click_window: Option<Moment>,
    pub match_customer: bool,
    pub record_bots: bool,
    pub currency: Option<&'static str>,
    pub zone: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Cart,
    Paid,
    Shipped,
    Declined,
    Cancelled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    At(Moment),
    /// The moment of the transaction.
    Now,
}

impl When {
    pub fn moment(self, now: Moment) -> Moment {
        match self {
            When::At(moment) => moment,
            When::Now => now,
        }
    }
}

#[derive(Clone, Debug)]
pub struct NewOrder {
    pub key: Key,
    pub customer: Option<Customer>,
    pub total: Money,
    pub currency: Option<&'static str>,
    pub status: Status,
    pub refunded: Option<Money>,
    pub session: Option<Session>,
    pub at: When,
    pub broken: bool,
}

/// What an INSERT does about keys that are there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    Fail,
    Nothing,
    /// Takes these columns of the new row.
    Update(Vec<Column>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Customer,
    Total,
    Currency,
    Status,
    Refunded,
    Session,
}

/// What an UPDATE sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Customer(Option<Customer>),
    Total(Money),
    Currency(Option<&'static str>),
    Status(Status),
    Refunded(Option<Money>),
    Session(Option<Session>),
    At(Moment),
    /// Adds to the key.
    Key(Key),
    /// Our columns, as an application writes them back that had read the row before we filled them.
    Clear,
    /// A column to itself.
    Nothing,
    Break,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Poison {
    /// Writing the conversion of this order fails.
    Conversion(Key),
    /// Marking a visit of this session as converted fails.
    Visit(Session),
    /// Writing this customer's acquisition fails.
    Customer(Customer),
    /// Writing our columns of this order fails.
    Mark(Key),
    /// No failure can be recorded.
    Failures,
}

/// What is in the way of a single statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Locked by another session.
    Visit(Touch),
    Customer(Customer),
    Conversion(Key),
    /// Writing this order's conversion takes longer than statement_timeout.
    Slow(Key),
}

#[derive(Clone, Debug)]
pub enum Step {
    Campaign {
        campaign: Campaign,
        parent: Option<Campaign>,
    },
    Click {
        campaign: Campaign,
        session: Session,
        at: When,
        is_bot: bool,
    },
    View {
        session: Session,
        at: When,
    },
    Insert {
        orders: Vec<NewOrder>,
        conflict: Conflict,
        by_copy: bool,
    },
    Update {
        keys: Vec<Key>,
        changes: Vec<Change>,
    },
    Delete {
        keys: Vec<Key>,
    },
    Truncate,
    /// Of a row in the table of refunds: which one, of which order, how much. None: the row goes.
    Refund {
        row: i64,
        now: Option<(Key, Money)>,
    },
    /// Sets campaign.session_id for the rest of the transaction.
    Lend(Option<Session>),
    Identify {
        session: Session,
        customer: Customer,
    },
    Attribute {
        key: Key,
        session: Option<Session>,
    },
    CallRefund {
        key: Key,
        amount: Money,
    },
    Retry,
    Backfill,
    Snapshot,
    /// What waits for the COMMIT is done now.
    SettleNow,
    /// Between a savepoint and its end.
    Sub {
        steps: Vec<Step>,
        is_kept: bool,
    },
    Poison(Vec<Poison>),
    Heal,
    /// Orders are whole again, behind the triggers' back.
    Mend {
        keys: Vec<Key>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// One statement without a transaction block.
    Alone,
    Commit,
    Rollback,
}

#[derive(Clone, Debug)]
pub struct Transaction {
    pub steps: Vec<Step>,
    pub ending: Ending,
    pub obstacle: Option<Obstacle>,
    /// Whether reports are compared after it.
    pub is_reported: bool,
}

#[derive(Clone, Debug)]
pub struct History {
    pub settings: Settings,
    pub transactions: Vec<Transaction>,
}

/// What a step answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Any,
    Text(String),
    /// An error with this SQLSTATE.
    Error(&'static str),
}

/// A campaign's tracking code.
pub fn code(campaign: Campaign) -> char {
    char::from(b'A' + u8::try_from(campaign).unwrap_or(25))
}

pub fn touch((session, number): Touch) -> String {
    format!("s{session}#{number}")
}

/// Money as a decimal without zeros at its end.
pub fn money(amount: Money) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let (whole, part) = (amount.abs() / 1_000, amount.abs() % 1_000);
    match part {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{part:03}").trim_end_matches('0').to_owned(),
    }
}

/// A moment as PostgreSQL reads it, and as `to_char` is told to write it.
pub fn stamp(moment: Moment) -> String {
    let (days, rest) = (moment.div_euclid(DAY), moment.rem_euclid(DAY));
    // Days since 1970 to a date of the Gregorian calendar, in years that begin with March.
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!(
        "{year}-{month:02}-{day_of_month:02} {:02}:{:02}:{:02}.{:06}Z",
        rest / HOUR,
        rest / (60 * SECOND) % 60,
        rest / SECOND % 60,
        rest % SECOND
    )
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Status::Cart => "cart",
            Status::Paid => "paid",
            Status::Shipped => "shipped",
            Status::Declined => "declined",
            Status::Cancelled => "cancelled",
        })
    }
}
