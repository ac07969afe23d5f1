//! What must be recorded of a shop's life: the rules of attribution over again, in plain words and maps. Written apart from
//! the product, it knows nothing of SQL, triggers, locks or plans.
//!
//! Where the rules leave something open, this takes the natural reading, and says so beside it (grep for "Open:").
//! Sometimes several outcomes are as good: then it keeps them all, and takes the one that it is shown ([`World::accept`]).
//! What no rule speaks of at all is not played ([`World::is_told`]).

use std::collections::{BTreeMap, BTreeSet};

use super::story::{
    Answer, Campaign, Change, Column, Conflict, Customer, Key, Mode, Moment, Money, NewOrder, Obstacle, Placed, Poison,
    Refunds, Session, Settings, Shop, Status, Step, Touch,
};

/// A value that the rules may leave open between some; the first is the likeliest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open<T>(Vec<Option<T>>);

impl<T: Copy + PartialEq> Open<T> {
    fn known(value: Option<T>) -> Open<T> {
        Open(vec![value])
    }

    pub fn get(&self) -> Option<T> {
        self.0[0]
    }

    fn is_open(&self) -> bool {
        self.0.len() > 1
    }

    fn allow(&mut self, value: Option<T>) {
        if !self.0.contains(&value) {
            self.0.push(value);
        }
    }

    /// Takes the value that was seen when it is one of these.
    fn accept(&mut self, seen: Option<T>) {
        if self.0.contains(&seen) {
            self.0 = vec![seen];
        }
    }

    /// Where it may be nothing, it is this now.
    fn fill(&mut self, value: T) {
        for some in &mut self.0 {
            some.get_or_insert(value);
        }
        let mut kept = Vec::new();
        self.0.retain(|some| {
            let is_new = !kept.contains(some);
            kept.push(*some);
            is_new
        });
    }
}

#[derive(Clone, Debug)]
pub struct Visit {
    pub campaign: Campaign,
    pub at: Moment,
    /// The latest click.
    pub clicked: Moment,
    /// The latest click or view.
    pub seen: Moment,
    pub expires: Moment,
    pub is_bot: bool,
    pub converted: bool,
    pub customer: Open<Customer>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub customer: Option<Customer>,
    pub total: Money,
    pub currency: Option<&'static str>,
    pub status: Status,
    pub refunded: Option<Money>,
    pub session: Option<Session>,
    pub at: Moment,
    pub broken: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    pub campaign: Campaign,
    pub touch: Touch,
    pub customer: Option<Customer>,
    pub currency: Option<String>,
    pub revenue: Money,
    pub total: Money,
    pub refunded: Money,
    pub is_cancelled: bool,
    pub at: Moment,
    /// Its order is gone. An order that comes with the same key is another one, until it is credited itself.
    pub is_left: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Failed {
    /// The session that the transaction lent to the order.
    lent: Option<Session>,
    /// The order was deleted, and its conversion could not be cancelled.
    is_deletion: bool,
    /// Whether it is recorded is open.
    is_doubtful: bool,
}

/// An order that something happened to.
#[derive(Clone, Debug)]
struct Event {
    key: Key,
    /// Whether it is to be credited if it is not.
    judge: bool,
    lent: Option<Session>,
    /// Whether what happened matters to attribution at all.
    matters: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Figures {
    pub visits: i64,
    pub visitors: BTreeSet<Session>,
    pub conversions: i64,
    /// By currency: how many, and how much.
    pub sales: BTreeMap<Option<String>, (i64, Money)>,
}

/// Everything that is recorded, and the shop's own tables.
#[derive(Clone, Debug)]
pub struct World {
    shop: Shop,
    settings: Settings,
    pub parents: BTreeMap<Campaign, Option<Campaign>>,
    pub visits: BTreeMap<Session, Vec<Visit>>,
    pub customers: BTreeMap<Customer, Open<Campaign>>,
    pub orders: BTreeMap<Key, Order>,
    pub conversions: BTreeMap<Key, Conversion>,
    pub failures: BTreeMap<Key, Failed>,
    pub refunds: BTreeMap<i64, (Key, Money)>,
    pub poison: BTreeSet<Poison>,
    /// campaign.session_id in this transaction.
    lent: Option<Session>,
    /// Orders that wait for the COMMIT.
    queue: Vec<Event>,
    /// Orders whose parts changed.
    parts: BTreeSet<Key>,
    /// Whether orders were written in this transaction, so that triggers may wait for its COMMIT.
    has_written: bool,
    /// Whether orders that are settled together are judged one after the other instead.
    one_by_one: bool,
    /// What is in the way of the statement, and the orders that failed for it.
    obstacle: Option<(Obstacle, BTreeSet<Key>)>,
    /// Customers who got their acquisition from the orders that are being settled now.
    won: BTreeSet<Customer>,
    linked: BTreeSet<Touch>,
}

impl World {
    pub fn new(shop: Shop, settings: Settings, customers: impl IntoIterator<Item = Customer>) -> World {
        World {
            shop,
            settings,
            parents: BTreeMap::new(),
            visits: BTreeMap::new(),
            customers: customers.into_iter().map(|customer| (customer, Open::known(None))).collect(),
            orders: BTreeMap::new(),
            conversions: BTreeMap::new(),
            failures: BTreeMap::new(),
            refunds: BTreeMap::new(),
            poison: BTreeSet::new(),
            lent: None,
            queue: Vec::new(),
            parts: BTreeSet::new(),
            has_written: false,
            one_by_one: false,
            obstacle: None,
            won: BTreeSet::new(),
            linked: BTreeSet::new(),
        }
    }

    /// Whether the rules tell what the step does. The rest is for tests of its own.
    pub fn is_told(&self, step: &Step) -> bool {
        match step {
            Step::Campaign { parent, .. } => parent.is_none_or(|parent| self.parents.contains_key(&parent)),
            Step::Click { campaign, .. } => self.parents.contains_key(campaign),
            Step::Insert { orders, conflict, .. } => orders.iter().all(|order| self.may_insert(order, conflict)),
            Step::Update { keys, changes } => self.may_update(keys, changes),
            Step::Truncate => {
                // PostgreSQL refuses it while triggers wait for the COMMIT.
                self.poison.is_empty()
                    && !self.failures.values().any(|failed| failed.is_deletion)
                    && !(self.shop.mode == Mode::Commit && self.has_written)
            }
            Step::Attribute { key, .. } => match self.orders.get(key) {
                // Whether a deleted order's conversion answers is open.
                None => !self.conversions.contains_key(key),
                // Whether it corrects what a failure left wrong is open.
                Some(order) => {
                    let waits = self.queue.iter().any(|event| event.key == *key);
                    let is_wrong = self.failures.contains_key(key) && self.own_conversion(*key).is_some();
                    !order.broken && !waits && !is_wrong
                }
            },
            // What cannot be recorded keeps a repair from its work, too.
            Step::Retry => !self.poison.contains(&Poison::Failures),
            // The same: whether there is a conversion.
            Step::CallRefund { .. } => !(self.settings.match_customer && self.has_written),
            Step::Mend { keys } => keys.iter().all(|key| self.orders.contains_key(key)),
            _ => true,
        }
    }

    fn may_insert(&self, order: &NewOrder, conflict: &Conflict) -> bool {
        if let Some(there) = self.orders.get(&order.key) {
            // In partitions of time a key alone is not unique.
            if self.shop.mode == Mode::Partitions && order.at != super::story::When::At(there.at) {
                return false;
            }
            let Conflict::Update(columns) = conflict else { return true };
            return (!columns.contains(&Column::Status) || self.may_place_again(order.key))
                && (!columns.contains(&Column::Customer) || self.may_leave_customer(order.key));
        }
        // Two orders of one key, the first one's deletion not followed yet.
        !self.failures.get(&order.key).is_some_and(|failed| failed.is_deletion)
    }

    /// An order that is placed twice in one transaction, by two sessions, and credited at its COMMIT: by which is open.
    fn may_place_again(&self, key: Key) -> bool {
        !self.queue.iter().any(|event| event.key == key && event.lent != self.lent)
    }

    /// A former customer whose acquisition cannot be taken back: who is to know of it later is open.
    fn may_leave_customer(&self, key: Key) -> bool {
        let customer = self.conversions.get(&key).and_then(|conversion| conversion.customer);
        customer.is_none_or(|customer| !self.poison.contains(&Poison::Customer(customer)))
    }

    fn may_update(&self, keys: &[Key], changes: &[Change]) -> bool {
        let present = || keys.iter().copied().filter(|key| self.orders.contains_key(key));
        changes.iter().all(|change| match change {
            Change::Key(more) => present().all(|key| {
                let is_free = |key: Key| {
                    !self.failures.contains_key(&key)
                        && !self.poison.contains(&Poison::Conversion(key))
                        && !self.poison.contains(&Poison::Mark(key))
                };
                // A renamed order whose failure waits, or that cannot be renamed, or that takes the key of a deleted
                // one with its conversion. In partitions, a new key and a new partition at once look like two orders.
                is_free(key)
                    && is_free(key + more)
                    && !self.orders.contains_key(&(key + more))
                    && !self.conversions.contains_key(&(key + more))
                    && !self.orders[&key].broken
                    && !changes.iter().any(|change| matches!(change, Change::At(_) | Change::Break))
            }),
            Change::Clear => !present().any(|key| self.poison.contains(&Poison::Mark(key))),
            Change::Status(_) => present().all(|key| self.may_place_again(key)),
            Change::Customer(_) => present().all(|key| self.may_leave_customer(key)),
            Change::Break => self.shop.can_break,
            _ => true,
        })
    }

    /// Does the step. An error leaves everything as it was.
    pub fn perform(&mut self, step: &Step, now: Moment) -> Answer {
        let before = self.clone();
        let answer = self.act(step, now);
        if matches!(answer, Answer::Error(_)) {
            *self = before;
        }
        answer
    }

    /// The same with something in the way, which these orders failed for.
    pub fn perform_hindered(&mut self, step: &Step, now: Moment, obstacle: Obstacle, failed: BTreeSet<Key>) -> Answer {
        self.obstacle = Some((obstacle, failed));
        let answer = self.perform(step, now);
        self.commit();
        self.obstacle = None;
        answer
    }

    /// The transaction commits.
    pub fn commit(&mut self) {
        let parts = std::mem::take(&mut self.parts);
        let mut events = std::mem::take(&mut self.queue);
        for key in parts {
            // A changed part can place an order only where the mapping says which orders are placed.
            let judge = self.shop.placed != Placed::All;
            enqueue(&mut events, Event { key, judge, lent: None, matters: true });
        }
        self.settle(events);
        self.lent = None;
        self.has_written = false;
    }

    /// The same steps, their transaction committed, where the rules leave open whether orders that are settled together
    /// are judged by what was known before the first of them, or each by what is known after the one before: it matters
    /// where a customer's visits count (rule 4), which orders link.
    pub fn judged_one_by_one(&self, steps: &[Step], now: Moment) -> World {
        let mut world = World { one_by_one: true, ..self.clone() };
        world.rehearse(steps, now);
        world.commit();
        world.one_by_one = false;
        world
    }

    /// Performs steps, those between savepoints too, as far as the rules tell.
    pub fn rehearse(&mut self, steps: &[Step], now: Moment) {
        for step in steps {
            match step {
                Step::Sub { steps, is_kept } => {
                    let before = self.clone();
                    self.rehearse(steps, now);
                    if !is_kept {
                        *self = before;
                    }
                }
                step if self.is_told(step) => drop(self.perform(step, now)),
                _ => {}
            }
        }
    }

    fn act(&mut self, step: &Step, now: Moment) -> Answer {
        match step {
            Step::Campaign { campaign, parent } => {
                self.parents.insert(*campaign, *parent);
            }
            Step::Click { campaign, session, at, is_bot } => {
                return self.click(*campaign, *session, at.moment(now), *is_bot);
            }
            Step::View { session, at } => return self.view(*session, at.moment(now)),
            Step::Insert { orders, conflict, .. } => return self.insert(orders, conflict, now),
            Step::Update { keys, changes } => self.update(keys, changes),
            Step::Delete { keys } => keys.iter().for_each(|key| self.delete(*key)),
            Step::Truncate => {
                let keys: Vec<Key> = self.orders.keys().copied().collect();
                let failures = self.failures.clone();
                keys.into_iter().for_each(|key| self.delete(key));
                // Open: whether TRUNCATE takes the failures away as DELETE does.
                for (key, failed) in failures {
                    self.failures.entry(key).or_insert(Failed { is_doubtful: true, ..failed });
                }
            }
            Step::Refund { row, now } => {
                let before = match now {
                    Some(now) => self.refunds.insert(*row, *now),
                    None => self.refunds.remove(row),
                };
                if self.shop.refunds == Refunds::Parts && before != *now {
                    self.parts.extend([before, *now].iter().flatten().map(|(key, _)| *key));
                }
            }
            Step::Lend(session) => self.lent = *session,
            Step::Identify { session, customer } => {
                let mut linked = 0;
                for visit in self.visits.get_mut(session).into_iter().flatten() {
                    if visit.customer.get().is_none() {
                        visit.customer = Open::known(Some(*customer));
                        linked += 1;
                    }
                }
                return Answer::Text(linked.to_string());
            }
            Step::Attribute { key, session } => return self.attribute(*key, *session),
            Step::CallRefund { key, amount } => return self.call_refund(*key, *amount),
            Step::Retry => self.retry(),
            Step::Backfill => self.backfill(),
            Step::Snapshot | Step::Sub { .. } => {}
            Step::SettleNow => {
                let lent = self.lent;
                self.commit();
                self.lent = lent;
            }
            Step::Poison(poison) => self.poison.extend(poison),
            Step::Heal => self.poison.clear(),
            Step::Mend { keys } => {
                for key in keys {
                    if let Some(order) = self.orders.get_mut(key) {
                        order.broken = false;
                    }
                }
            }
        }
        Answer::Any
    }

    /// Rule 1. The latest visit of a session is the one recorded last.
    /// Open: a click of an earlier time than its visit's first (history imported out of order) is taken as a click of that
    /// visit, which it does not change, as the rule says by its letter (DEFECTS.md, M12).
    fn click(&mut self, campaign: Campaign, session: Session, at: Moment, is_bot: bool) -> Answer {
        if is_bot && !self.settings.record_bots {
            return Answer::Text("f".to_owned());
        }
        let until = at + self.settings.window;
        let visits = self.visits.entry(session).or_default();
        match visits.last_mut() {
            Some(latest) if latest.campaign == campaign && at < latest.expires && latest.is_bot == is_bot => {
                latest.clicked = latest.clicked.max(at);
                latest.seen = latest.seen.max(at);
                latest.expires = latest.expires.max(until);
                Answer::Text("f".to_owned())
            }
            _ => {
                visits.push(Visit {
                    campaign,
                    at,
                    clicked: at,
                    seen: at,
                    expires: until,
                    is_bot,
                    converted: false,
                    customer: Open::known(None),
                });
                Answer::Text("t".to_owned())
            }
        }
    }

    /// Rule 2.
    fn view(&mut self, session: Session, at: Moment) -> Answer {
        let visits = self.visits.get_mut(&session).into_iter().flatten();
        let Some(visit) = visits.filter(|visit| !visit.is_bot && visit.expires > at).last() else {
            return Answer::Text("null".to_owned());
        };
        visit.seen = visit.seen.max(at);
        visit.expires = visit.expires.max(at + self.settings.window);
        Answer::Text(super::story::stamp(visit.expires))
    }

    fn visit(&self, (session, number): Touch) -> &Visit {
        &self.visits[&session][number - 1]
    }

    fn visit_mut(&mut self, (session, number): Touch) -> &mut Visit {
        self.visits.get_mut(&session).map(|visits| &mut visits[number - 1]).expect("a touch is of a visit")
    }

    /// Rules 3 and 4: the visit that gets the credit. Open: a customer's visits are those that are linked to him, by an
    /// order or by campaign_identify; not the others of the same sessions.
    fn credited(&self, session: Option<Session>, customer: Option<Customer>, at: Moment) -> Option<Touch> {
        let is_live = |visit: &Visit| {
            !visit.is_bot
                && visit.at <= at
                && at < visit.expires
                && self.settings.click_window.is_none_or(|window| visit.clicked >= at - window)
        };
        let all = || {
            self.visits.iter().flat_map(|(session, visits)| {
                visits.iter().zip(1..).map(move |(visit, number)| ((*session, number), visit))
            })
        };
        let latest = |visits: &mut dyn Iterator<Item = (Touch, &Visit)>| {
            visits
                .filter(|(_, visit)| is_live(visit))
                .max_by_key(|((_, number), visit)| (visit.at, *number))
                .map(|(touch, _)| touch)
        };
        latest(&mut all().filter(|((own, _), _)| Some(*own) == session)).or_else(|| {
            let of_customer = |visit: &Visit| customer.is_some() && visit.customer.get() == customer;
            self.settings.match_customer.then(|| latest(&mut all().filter(|(_, visit)| of_customer(visit))))?
        })
    }

    fn is_placed(&self, order: &Order) -> bool {
        match self.shop.placed {
            Placed::All => true,
            Placed::PaidOrShipped => matches!(order.status, Status::Paid | Status::Shipped),
            Placed::AllButCarts => order.status != Status::Cart,
        }
    }

    /// Not placed any more, or cancelled.
    fn is_void(&self, order: &Order) -> bool {
        !self.is_placed(order) || order.status == Status::Cancelled
    }

    /// What the shop says was paid back; nothing where it says nothing.
    fn refunded(&self, key: Key, order: &Order) -> Option<Money> {
        match self.shop.refunds {
            Refunds::Column => Some(order.refunded.unwrap_or(0).max(0)),
            Refunds::Parts => {
                let parts = self.refunds.values().filter(|(order, _)| *order == key);
                Some(parts.map(|(_, amount)| amount).sum::<Money>().max(0))
            }
            Refunds::Calls => None,
        }
    }

    fn currency(&self, order: &Order) -> Option<String> {
        let own = order.currency.filter(|_| self.shop.maps_currency);
        own.or(self.settings.currency).map(str::to_uppercase)
    }

    fn is_broken(&self, order: &Order) -> bool {
        self.shop.can_break && order.broken
    }

    /// The conversion of the order that has this key now.
    fn own_conversion(&self, key: Key) -> Option<&Conversion> {
        self.conversions.get(&key).filter(|conversion| !conversion.is_left)
    }

    /// The marks that the order carries.
    pub fn marks(&self, key: Key) -> Option<(Campaign, Touch)> {
        self.own_conversion(key).map(|conversion| (conversion.campaign, conversion.touch))
    }

    fn insert(&mut self, orders: &[NewOrder], conflict: &Conflict, now: Moment) -> Answer {
        self.has_written = true;
        let mut placed = Vec::new();
        let mut changed = Vec::new();
        for order in orders {
            let new = Order {
                customer: order.customer,
                total: order.total,
                currency: order.currency,
                status: order.status,
                refunded: order.refunded,
                session: order.session,
                at: order.at.moment(now),
                broken: order.broken,
            };
            match (self.orders.get(&order.key).cloned(), conflict) {
                (None, _) => {
                    let lent = self.lent.filter(|_| self.is_placed(&new));
                    self.orders.insert(order.key, new);
                    placed.push(Event { key: order.key, judge: true, lent, matters: true });
                }
                (Some(_), Conflict::Fail) => return Answer::Error("23505"),
                (Some(_), Conflict::Nothing) => {}
                (Some(before), Conflict::Update(columns)) => {
                    let mut after = before.clone();
                    for column in columns {
                        match column {
                            Column::Customer => after.customer = new.customer,
                            Column::Total => after.total = new.total,
                            Column::Currency => after.currency = new.currency,
                            Column::Status => after.status = new.status,
                            Column::Refunded => after.refunded = new.refunded,
                            Column::Session => after.session = new.session,
                        }
                    }
                    changed.extend(self.change(order.key, &before, &after));
                    self.orders.insert(order.key, after);
                }
            }
        }
        self.happen(placed);
        self.happen(changed);
        Answer::Any
    }

    fn update(&mut self, keys: &[Key], changes: &[Change]) {
        self.has_written = true;
        let mut events = Vec::new();
        for key in keys {
            let Some(before) = self.orders.get(key).cloned() else { continue };
            let (mut after, mut new_key) = (before.clone(), *key);
            for change in changes {
                match *change {
                    Change::Customer(customer) => after.customer = customer,
                    Change::Total(total) => after.total = total,
                    Change::Currency(currency) => after.currency = currency,
                    Change::Status(status) => after.status = status,
                    Change::Refunded(refunded) => after.refunded = refunded,
                    Change::Session(session) => after.session = session,
                    Change::At(at) => after.at = at,
                    Change::Key(more) => new_key += more,
                    Change::Break => after.broken = true,
                    // Marks are as the conversion says, whatever anybody writes there.
                    Change::Clear | Change::Nothing => {}
                }
            }
            let event = self.change(new_key, &before, &after);
            if new_key != *key {
                self.orders.remove(key);
                if self.own_conversion(*key).is_some() {
                    let conversion = self.conversions.remove(key);
                    self.conversions.extend(conversion.map(|conversion| (new_key, conversion)));
                }
                self.queue.iter_mut().filter(|event| event.key == *key).for_each(|event| event.key = new_key);
                events.extend(event.or(Some(Event { key: new_key, judge: false, lent: None, matters: true })));
            } else {
                events.extend(event);
            }
            self.orders.insert(new_key, after);
        }
        self.happen(events);
    }

    /// What an UPDATE means: nothing, when it changes nothing that is mapped. It judges an order that it places, and a
    /// placed one whose session or customer it changes; only what places the order may lend it a session.
    fn change(&self, key: Key, before: &Order, after: &Order) -> Option<Event> {
        let facts = |order: &Order| {
            (
                (order.customer, order.total, self.is_broken(order), order.session, order.at),
                order.currency.filter(|_| self.shop.maps_currency),
                order.refunded.filter(|_| self.shop.refunds == Refunds::Column),
                (self.is_placed(order), order.status == Status::Cancelled),
            )
        };
        let matters = facts(before) != facts(after);
        if !matters && !self.is_broken(after) {
            return None;
        }
        let is_placed = self.is_placed(after);
        let places = is_placed && !self.is_placed(before);
        let judge = places || (is_placed && (before.session, before.customer) != (after.session, after.customer));
        Some(Event { key, judge, lent: self.lent.filter(|_| places), matters })
    }

    fn delete(&mut self, key: Key) {
        if self.orders.remove(&key).is_none() {
            return;
        }
        self.queue.retain(|event| event.key != key);
        let is_hindered = self.is_hindered(key);
        let Some(conversion) = self.conversions.get(&key).filter(|conversion| !conversion.is_left).cloned() else {
            if is_hindered {
                self.fail(key, Failed { is_deletion: true, is_doubtful: true, ..Failed::default() });
            } else {
                self.failures.remove(&key);
            }
            return;
        };
        if is_hindered || (!conversion.is_cancelled && self.refuses_conversion(key)) {
            self.fail(key, Failed { is_deletion: true, ..Failed::default() });
            return;
        }
        self.conversions.insert(key, Conversion { is_cancelled: true, is_left: true, ..conversion });
        self.failures.remove(&key);
    }

    fn happen(&mut self, events: Vec<Event>) {
        if self.shop.mode == Mode::Commit {
            for event in events {
                enqueue(&mut self.queue, event);
            }
        } else {
            self.settle(events);
        }
    }

    /// Settles orders of one statement, or of one COMMIT.
    /// Open: in which order they are taken, so which of them wins a customer, and which one's customer gets the visit.
    fn settle(&mut self, events: Vec<Event>) {
        self.won.clear();
        self.linked.clear();
        let judge = |world: &World, event: &Event| {
            let order = world.orders.get(&event.key).filter(|order| event.judge && world.is_placed(order))?;
            world.credited(order.session.or(event.lent), order.customer, order.at)
        };
        let judged: Vec<Option<Touch>> = events.iter().map(|event| judge(self, event)).collect();
        for (event, touch) in events.iter().zip(judged) {
            let touch = if self.one_by_one { judge(self, event) } else { touch };
            self.settle_one(event, touch);
        }
    }

    /// Whether that worked.
    fn settle_one(&mut self, event: &Event, touch: Option<Touch>) -> bool {
        let key = event.key;
        // Gone before the COMMIT, or a part of an order that is not there.
        // Open: that is no failure, as there is nothing to be wrong about.
        let Some(order) = self.orders.get(&key).cloned() else { return true };
        let failed = Failed { lent: event.lent, ..Failed::default() };
        if self.is_hindered(key) {
            return self.fail(key, failed);
        }
        let own = self.own_conversion(key).cloned();
        if self.is_broken(&order) {
            // Open: whether the total is read where nothing depends on it.
            let is_doubtful = !event.matters || (own.is_none() && touch.is_none());
            return self.fail(key, Failed { is_doubtful, ..failed });
        }
        if let Some(own) = own {
            let followed = self.follow(key, &order, &own);
            if followed != own && self.refuses_conversion(key) {
                return self.fail(key, failed);
            }
            self.conversions.insert(key, followed.clone());
            if followed.customer != own.customer {
                self.lose(own.customer, key, false);
                self.link(&followed, key);
            } else if event.judge {
                self.link(&followed, key);
            } else if let Some(customer) = followed.customer {
                // Open: whether a later change of the order makes up for an acquisition that is still to be settled.
                let is_refused = self.refuses_customer(customer);
                if let Some(acquisition) = self.customers.get_mut(&customer)
                    && acquisition.get().is_none()
                    && !is_refused
                {
                    acquisition.allow(Some(followed.campaign));
                }
            }
        } else if let Some(touch) = touch {
            if self.refuses_credit(key, touch, order.customer) {
                return self.fail(key, failed);
            }
            self.credit(key, &order, touch);
        }
        // Open: whether what works clears an earlier failure of the same order before it is retried.
        if let Some(failed) = self.failures.get_mut(&key) {
            failed.is_doubtful = true;
        }
        true
    }

    /// The conversion of an order as the order says by now. Open: a currency that is gone is as one that never was.
    fn follow(&self, key: Key, order: &Order, own: &Conversion) -> Conversion {
        Conversion {
            total: order.total,
            refunded: self.refunded(key, order).unwrap_or(own.refunded),
            is_cancelled: self.is_void(order),
            currency: if self.shop.maps_currency { self.currency(order) } else { own.currency.clone() },
            customer: order.customer.or(own.customer),
            is_left: false,
            ..own.clone()
        }
    }

    /// A conversion for an order that has none. One that a deleted order of the same key left lives again when it is of
    /// the same visit, else the new order takes it over.
    /// Open: a visit that converted once stays converted, also when its only conversion is taken over by another visit.
    fn credit(&mut self, key: Key, order: &Order, touch: Touch) {
        let left = self.conversions.get(&key).cloned();
        let conversion = match &left {
            Some(left) if left.touch == touch => self.follow(key, order, left),
            _ => Conversion {
                campaign: self.visit(touch).campaign,
                touch,
                customer: order.customer,
                currency: self.currency(order),
                revenue: order.total,
                total: order.total,
                refunded: self.refunded(key, order).unwrap_or(0),
                is_cancelled: self.is_void(order),
                at: order.at,
                is_left: false,
            },
        };
        self.conversions.insert(key, conversion.clone());
        self.visit_mut(touch).converted = true;
        if let Some(left) = left
            && left.customer != conversion.customer
        {
            self.lose(left.customer, key, left.touch != touch);
        }
        self.link(&conversion, key);
    }

    /// The customer whom a conversion names is won by it, and the visit was his, unless something was so before.
    fn link(&mut self, conversion: &Conversion, key: Key) {
        let Some(customer) = conversion.customer else { return };
        let is_linked_now = self.linked.contains(&conversion.touch);
        let visit = self.visit_mut(conversion.touch);
        if is_linked_now {
            visit.customer.allow(Some(customer));
        } else if visit.customer.get().is_none() {
            visit.customer.fill(customer);
            self.linked.insert(conversion.touch);
        }
        if self.refuses_customer(customer) {
            // What cannot be written to the customer costs the order nothing, and is settled later.
            if self.customers.get(&customer).is_some_and(|acquisition| acquisition.get().is_none()) {
                self.fail(key, Failed::default());
            }
            return;
        }
        let is_won_now = self.won.contains(&customer);
        if let Some(acquisition) = self.customers.get_mut(&customer) {
            if is_won_now {
                acquisition.allow(Some(conversion.campaign));
            } else if acquisition.get().is_none() {
                acquisition.fill(conversion.campaign);
                self.won.insert(customer);
            }
        }
    }

    /// A conversion names somebody else now: the former customer was not won by it after all.
    /// Open: whether that is so too when a new order takes over the conversion that he was named by.
    fn lose(&mut self, customer: Option<Customer>, key: Key, is_open: bool) {
        let Some(customer) = customer else { return };
        if self.conversions.values().any(|other| other.customer == Some(customer)) {
            return;
        }
        let is_refused = self.refuses_customer(customer);
        let Some(acquisition) = self.customers.get_mut(&customer) else { return };
        if acquisition.get().is_none() && !acquisition.is_open() {
            return;
        }
        if is_refused {
            self.fail(key, Failed { is_doubtful: is_open, ..Failed::default() });
        } else if is_open {
            acquisition.allow(None);
        } else {
            *acquisition = Open::known(None);
            self.won.remove(&customer);
        }
    }

    fn refuses_conversion(&self, key: Key) -> bool {
        self.poison.contains(&Poison::Conversion(key))
            || self
                .obstacle
                .as_ref()
                .is_some_and(|(obstacle, _)| [Obstacle::Conversion(key), Obstacle::Slow(key)].contains(obstacle))
    }

    fn refuses_credit(&self, key: Key, touch: Touch, customer: Option<Customer>) -> bool {
        let visit = self.visit(touch);
        let is_locked = self.obstacle.as_ref().is_some_and(|(obstacle, _)| *obstacle == Obstacle::Visit(touch));
        self.refuses_conversion(key)
            || self.poison.contains(&Poison::Mark(key))
            || (!visit.converted && (is_locked || self.poison.contains(&Poison::Visit(touch.0))))
            || (is_locked && customer.is_some() && visit.customer.get().is_none())
    }

    fn refuses_customer(&self, customer: Customer) -> bool {
        self.poison.contains(&Poison::Customer(customer))
            || self.obstacle.as_ref().is_some_and(|(obstacle, _)| *obstacle == Obstacle::Customer(customer))
    }

    /// What one order waited for in vain, or too long, the others of its transaction may be spared. Open: which of them.
    fn is_hindered(&self, key: Key) -> bool {
        self.obstacle
            .as_ref()
            .is_some_and(|(obstacle, failed)| !matches!(obstacle, Obstacle::Customer(_)) && failed.contains(&key))
    }

    /// Keeps a failure, and what earlier ones of the same order said. Answers that it did not work.
    fn fail(&mut self, key: Key, failed: Failed) -> bool {
        if !self.poison.contains(&Poison::Failures) {
            let before = self.failures.get(&key).cloned();
            let is_doubtful = failed.is_doubtful && before.as_ref().is_none_or(|before| before.is_doubtful);
            let lent = failed.lent.or(before.and_then(|before| before.lent));
            self.failures.insert(key, Failed { lent, is_doubtful, ..failed });
        }
        false
    }

    fn attribute(&mut self, key: Key, session: Option<Session>) -> Answer {
        let Some(order) = self.orders.get(&key).cloned() else {
            return Answer::Error("P0002");
        };
        self.won.clear();
        self.linked.clear();
        if let Some(own) = self.own_conversion(key).cloned() {
            self.link(&own, key);
            return Answer::Text("f".to_owned());
        }
        let touch = Some(&order)
            .filter(|order| self.is_placed(order))
            .and_then(|order| self.credited(session.or(order.session), order.customer, order.at));
        let Some(touch) = touch else {
            return if self.settings.match_customer { Answer::Any } else { Answer::Text("f".to_owned()) };
        };
        if self.refuses_credit(key, touch, order.customer) {
            return Answer::Error("P0001");
        }
        let is_new = !self.conversions.contains_key(&key);
        self.credit(key, &order, touch);
        // Open: whether the repair clears the failure.
        if let Some(failed) = self.failures.get_mut(&key) {
            failed.is_doubtful = true;
        }
        // Open, with customers' visits: whether it was credited before, by what an order beside it linked.
        if is_new && !self.settings.match_customer { Answer::Text("t".to_owned()) } else { Answer::Any }
    }

    fn call_refund(&mut self, key: Key, amount: Money) -> Answer {
        if self.shop.refunds != Refunds::Calls {
            return Answer::Error("55000");
        }
        let is_refused = self.poison.contains(&Poison::Conversion(key));
        match self.conversions.get_mut(&key) {
            None => Answer::Error("P0002"),
            Some(conversion) if amount < 0 || (amount > 0 && amount > conversion.total) => Answer::Error("22023"),
            Some(conversion) => {
                if is_refused && conversion.refunded != amount {
                    return Answer::Error("P0001");
                }
                conversion.refunded = amount;
                Answer::Any
            }
        }
    }

    /// Every failure once more, one by one.
    fn retry(&mut self) {
        for (key, failed) in std::mem::take(&mut self.failures) {
            let kept = self.failures.clone();
            self.won.clear();
            self.linked.clear();
            if let Some(order) = self.orders.get(&key).cloned() {
                let touch = Some(&order)
                    .filter(|order| self.is_placed(order))
                    .and_then(|order| self.credited(order.session.or(failed.lent), order.customer, order.at));
                self.settle_one(&Event { key, judge: true, lent: failed.lent, matters: true }, touch);
                continue;
            }
            let own = self.own_conversion(key).cloned();
            match own {
                // The deletion was seen when it failed.
                Some(own) if failed.is_deletion => {
                    if !own.is_cancelled && self.refuses_conversion(key) {
                        self.failures = kept;
                        self.failures.insert(key, failed);
                    } else {
                        self.conversions.insert(key, Conversion { is_cancelled: true, is_left: true, ..own });
                    }
                }
                // An order that is not there is no deleted one. Open: what becomes of it when nothing depends on it.
                own => {
                    let is_doubtful = failed.is_doubtful || own.is_none();
                    self.failures.insert(key, Failed { is_doubtful, ..failed });
                }
            }
        }
    }

    /// Every order that is placed, or was: the first one first, together.
    /// Open: an order whose failure waits is credited by the session that it was lent, as a retry would.
    fn backfill(&mut self) {
        let mut orders: Vec<(Moment, Key)> = self.orders.iter().map(|(key, order)| (order.at, *key)).collect();
        orders.sort_unstable();
        let mut events = Vec::new();
        for (_, key) in orders {
            if self.is_placed(&self.orders[&key]) || self.own_conversion(key).is_some() {
                let failed = self.failures.remove(&key);
                events.push(Event { key, judge: true, lent: failed.and_then(|failed| failed.lent), matters: true });
            } else if let Some(failed) = self.failures.get_mut(&key) {
                // Open: whether it looks after orders that are not placed.
                failed.is_doubtful = true;
            }
        }
        self.settle(events);
    }

    /// Whether something was left open that is to be seen before going on.
    pub fn is_open(&self) -> bool {
        self.customers.values().any(Open::is_open)
            || self.visits.values().flatten().any(|visit| visit.customer.is_open())
            || self.failures.values().any(|failed| failed.is_doubtful)
    }

    /// Takes what was seen where the rules leave it open.
    pub fn accept(
        &mut self,
        acquisitions: &BTreeMap<Customer, Option<Campaign>>,
        linked: &BTreeMap<Touch, Option<Customer>>,
        failures: &BTreeSet<Key>,
    ) {
        for (customer, acquisition) in &mut self.customers {
            acquisition.accept(acquisitions.get(customer).copied().flatten());
        }
        for (session, visits) in &mut self.visits {
            for (visit, number) in visits.iter_mut().zip(1..) {
                visit.customer.accept(linked.get(&(*session, number)).copied().flatten());
            }
        }
        self.failures.retain(|key, failed| !failed.is_doubtful || failures.contains(key));
        self.failures.values_mut().for_each(|failed| failed.is_doubtful = false);
    }

    /// What the reports say of each campaign, alone or with all below it; of a time, or of all.
    pub fn figures(&self, with_children: bool, range: Option<(Moment, Moment)>) -> BTreeMap<Campaign, Figures> {
        let is_in = |at: Moment| range.is_none_or(|(from, until)| from <= at && at < until);
        self.parents
            .keys()
            .map(|root| {
                let is_member = |mut campaign: Campaign| loop {
                    match self.parents[&campaign] {
                        _ if campaign == *root => return true,
                        Some(parent) if with_children => campaign = parent,
                        _ => return false,
                    }
                };
                (*root, self.sum(is_member, is_in))
            })
            .collect()
    }

    pub fn all_figures(&self) -> Figures {
        self.sum(|_| true, |_| true)
    }

    fn sum(&self, is_member: impl Fn(Campaign) -> bool, is_in: impl Fn(Moment) -> bool) -> Figures {
        let mut figures = Figures::default();
        for (session, visits) in &self.visits {
            for _ in visits.iter().filter(|visit| !visit.is_bot && is_member(visit.campaign) && is_in(visit.at)) {
                figures.visits += 1;
                figures.visitors.insert(*session);
            }
        }
        for conversion in self.conversions.values() {
            if !conversion.is_cancelled && is_member(conversion.campaign) && is_in(conversion.at) {
                figures.conversions += 1;
                let sales = figures.sales.entry(conversion.currency.clone()).or_default();
                sales.0 += 1;
                sales.1 += conversion.total - conversion.refunded;
            }
        }
        figures
    }
}

/// One order is settled once, whatever happened to it since.
fn enqueue(queue: &mut Vec<Event>, event: Event) {
    match queue.iter_mut().find(|other| other.key == event.key) {
        Some(other) => {
            other.judge |= event.judge;
            other.lent = event.lent.or(other.lent);
            other.matters |= event.matters;
        }
        None => queue.push(event),
    }
}
