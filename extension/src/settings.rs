//! Every setting of the product (`campaign.*`), its range and its default.

use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting, PostgresGucEnum};
use pgrx::prelude::*;
use std::ffi::CString;

use crate::addresses::Storage;

/// What a failure inside attribution does to the shop's statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub enum OnError {
    #[name = c"warn"]
    Warn,
    #[name = c"raise"]
    Raise,
}

static WINDOW: GucSetting<i32> = GucSetting::<i32>::new(30 * 86_400);
static CLICK_WINDOW: GucSetting<i32> = GucSetting::<i32>::new(0);
static LOCK_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(2_000);
static MATCH_CUSTOMER: GucSetting<bool> = GucSetting::<bool>::new(false);
static RECORD_BOTS: GucSetting<bool> = GucSetting::<bool>::new(false);
static IP_STORAGE: GucSetting<Storage> = GucSetting::<Storage>::new(Storage::Masked);
static ON_ERROR: GucSetting<OnError> = GucSetting::<OnError>::new(OnError::Warn);
static GEOIP_DATABASE: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c""));
static STORE_URL: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c""));
static TIMEZONE: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c"UTC"));
static CURRENCY: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c""));
static SESSION_ID: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c""));

const TEN_YEARS: i32 = 3_650 * 86_400;

/// Registers the settings; called once when the library is loaded.
pub fn register() {
    GucRegistry::define_int_guc(
        c"campaign.window",
        c"How long a visit stays live after the session's last activity.",
        c"The attribution window, in seconds or with a unit ('30d'); 1 minute to 10 years.",
        &WINDOW,
        60,
        TEN_YEARS,
        GucContext::Suset,
        GucFlags::UNIT_S,
    );
    GucRegistry::define_int_guc(
        c"campaign.click_window",
        c"Credit a visit only when its click is at most this old at the order.",
        c"In seconds or with a unit ('7d'); 0, the default, sets no limit beyond campaign.window.",
        &CLICK_WINDOW,
        0,
        TEN_YEARS,
        GucContext::Suset,
        GucFlags::UNIT_S,
    );
    GucRegistry::define_int_guc(
        c"campaign.lock_timeout",
        c"How long crediting an order waits for a lock before it lets the order through, uncredited.",
        c"In milliseconds or with a unit ('2s'); 0 sets no limit beyond lock_timeout. The order is kept in campaign_attribution_failures.",
        &LOCK_TIMEOUT,
        0,
        i32::MAX,
        GucContext::Suset,
        GucFlags::UNIT_MS,
    );
    GucRegistry::define_bool_guc(
        c"campaign.match_customer",
        c"Without a live visit of the session, credit the customer's latest live visit.",
        c"Off by default.",
        &MATCH_CUSTOMER,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_bool_guc(
        c"campaign.record_bots",
        c"Keep the clicks of bots, with device_type 'bot'.",
        c"Off by default. Kept or not, they are never counted and never credited.",
        &RECORD_BOTS,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_enum_guc(
        c"campaign.ip_storage",
        c"How much of a visitor's IP address is kept: none, masked or full.",
        c"masked, the default, zeroes the last octet of IPv4 and the last 80 bits of IPv6.",
        &IP_STORAGE,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_enum_guc(
        c"campaign.on_error",
        c"What a failure inside attribution does: warn (the order goes through) or raise.",
        c"Under warn, the default, the failure is logged and kept in campaign_attribution_failures.",
        &ON_ERROR,
        GucContext::Suset,
        GucFlags::default(),
    );
    for (name, short, long, setting, context) in [
        (
            c"campaign.geoip_database",
            c"Path of a MaxMind-format file that tells country and city of an IP address.",
            c"Empty, the default: visits carry neither. The file is read by the server.",
            &GEOIP_DATABASE,
            GucContext::Suset,
        ),
        (
            c"campaign.store_url",
            c"Where tracking URLs lead when a campaign has no landing_url of its own.",
            c"An http or https address, such as https://yourstore.com.",
            &STORE_URL,
            GucContext::Suset,
        ),
        (
            c"campaign.timezone",
            c"The shop's time zone: what a day means in reports that do not name one.",
            c"An IANA name such as Europe/Berlin; UTC by default.",
            &TIMEZONE,
            GucContext::Suset,
        ),
        (
            c"campaign.currency",
            c"The shop's main currency, in which costs and budgets are given.",
            c"A code such as EUR. Empty, the default: the currency with the most conversions.",
            &CURRENCY,
            GucContext::Suset,
        ),
        (
            c"campaign.session_id",
            c"The session of the orders placed in this transaction, when their rows carry none.",
            c"Meant for SET LOCAL, by a backend that cannot change its INSERT.",
            &SESSION_ID,
            GucContext::Userset,
        ),
    ] {
        GucRegistry::define_string_guc(name, short, long, setting, context, GucFlags::default());
    }
    // SAFETY: called from _PG_init with a string that lives as long as the program.
    unsafe { pg_sys::MarkGUCPrefixReserved(c"campaign".as_ptr()) };
}

/// `campaign.window` in microseconds.
pub fn window_micros() -> i64 {
    i64::from(WINDOW.get()) * 1_000_000
}

/// `campaign.lock_timeout` in milliseconds; 0 for no limit.
pub fn lock_timeout_millis() -> i32 {
    LOCK_TIMEOUT.get()
}

/// `campaign.click_window` in microseconds; `None` when there is no limit.
pub fn click_window_micros() -> Option<i64> {
    Some(CLICK_WINDOW.get()).filter(|seconds| *seconds > 0).map(|seconds| i64::from(seconds) * 1_000_000)
}

/// `campaign.match_customer`.
pub fn match_customer() -> bool {
    MATCH_CUSTOMER.get()
}

/// Whether a failure of attribution is the shop's own error (`campaign.on_error = raise`).
pub fn raises_errors() -> bool {
    ON_ERROR.get() == OnError::Raise
}

/// `campaign.currency` in capital letters; `None` when none is named.
pub fn currency() -> Option<String> {
    text(&CURRENCY).map(|code| code.to_uppercase())
}

/// `campaign.session_id`; `None` when none is lent.
pub fn session_id() -> Option<String> {
    text(&SESSION_ID)
}

pub fn record_bots() -> bool {
    RECORD_BOTS.get()
}

pub(crate) fn ip_storage() -> Storage {
    IP_STORAGE.get()
}

/// `campaign.geoip_database`; `None` when none is named.
pub fn geoip_database() -> Option<String> {
    text(&GEOIP_DATABASE)
}

fn text(setting: &GucSetting<Option<CString>>) -> Option<String> {
    setting.get().map(|value| value.to_string_lossy().into_owned()).filter(|value| !value.is_empty())
}

/// The value of a setting of ours that SQL needs, by its name without `campaign.`; NULL when it is empty.
/// Calling it loads the library, so that a value set before is checked and a default is known.
#[pg_extern(stable, parallel_safe, strict)]
fn _campaign_setting(name: &str) -> Option<String> {
    match name {
        "timezone" => text(&TIMEZONE),
        "currency" => currency(),
        "store_url" => text(&STORE_URL),
        "on_error" => Some(
            match ON_ERROR.get() {
                OnError::Warn => "warn",
                OnError::Raise => "raise",
            }
            .to_owned(),
        ),
        _ => None,
    }
}

/// `campaign.match_customer`.
#[pg_extern(stable, parallel_safe)]
fn _campaign_match_customer() -> bool {
    match_customer()
}
