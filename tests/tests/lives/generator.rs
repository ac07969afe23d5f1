//! Draws lives: the same seed and the same moment give the same life.

use super::oracle::World;
use super::player::CUSTOMERS;
use super::story::{
    Campaign, Change, Column, Conflict, Customer, DAY, Ending, HOUR, History, Key, Mode, Moment, Money, NewOrder,
    Obstacle, Poison, Refunds, Session, Settings, Shop, Status, Step, Touch, Transaction, When,
};

const SESSIONS: std::ops::RangeInclusive<Session> = 1..=5;

/// Renamed orders get keys that no other has.
const RENAMED: Key = 10_000;

/// Numbers that look random (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: i64) -> i64 {
        (self.next() % bound.unsigned_abs().max(1)).cast_signed()
    }

    fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high - low + 1)
    }

    /// So many times of a hundred.
    fn likes(&mut self, percent: i64) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Clone>(&mut self, some: &[T]) -> T {
        some[usize::try_from(self.below(some.len().try_into().unwrap_or(1))).unwrap_or(0)].clone()
    }

    fn pick_of<T: Clone>(&mut self, some: impl IntoIterator<Item = T>) -> Option<T> {
        let some: Vec<T> = some.into_iter().collect();
        if some.is_empty() { None } else { Some(self.pick(&some)) }
    }
}

pub fn history(seed: u64, shop: Shop, now: Moment) -> History {
    let mut dice = Dice(seed);
    let window = dice.pick(&[30 * DAY, 2 * DAY, 2 * DAY, 6 * HOUR, 6 * HOUR]);
    let settings = Settings {
        window,
        click_window: dice.likes(25).then_some(window / 4),
        match_customer: dice.likes(20),
        record_bots: dice.likes(20),
        currency: dice.likes(70).then_some("EUR"),
        zone: dice.pick(&["UTC", "UTC", "Europe/Berlin", "Asia/Kolkata"]),
    };
    let start = (now - window * 16 / 5) / HOUR * HOUR;
    let mut author = Author {
        world: World::new(shop, settings.clone(), CUSTOMERS),
        shop,
        clock: start,
        latest: start + 3 * window,
        window,
        ticks: 0,
        next_key: 1,
        next_row: 1,
        renamings: 0,
        is_poisoned: dice.likes(35),
        is_hindered: dice.likes(15),
        has_crowd: dice.likes(6),
        failures_were_lost: false,
        dice,
        transactions: Vec::new(),
    };
    author.write();
    History { settings, transactions: author.transactions }
}

struct Author {
    dice: Dice,
    /// What the life has come to.
    world: World,
    shop: Shop,
    clock: Moment,
    latest: Moment,
    window: Moment,
    ticks: Moment,
    next_key: Key,
    next_row: i64,
    renamings: Key,
    is_poisoned: bool,
    is_hindered: bool,
    /// Hundreds of orders come at once.
    has_crowd: bool,
    failures_were_lost: bool,
    transactions: Vec<Transaction>,
}

impl Author {
    fn write(&mut self) {
        for campaign in 0..usize::try_from(self.dice.between(2, 4)).unwrap_or(2) {
            let parent = if campaign > 0 && self.dice.likes(40) { Some(self.campaign()) } else { None };
            self.alone(Step::Campaign { campaign, parent });
        }
        for _ in 0..self.dice.between(2, 6) {
            match self.click() {
                click if uses_now(&click) => self.add(vec![click], Ending::Commit, None),
                click => self.alone(click),
            }
        }
        for _ in 0..self.dice.between(6, 26) {
            self.clock = (self.clock + self.dice.below(self.window / 8)).min(self.latest);
            self.transaction();
        }
        self.alone(Step::Heal);
        let broken: Vec<Key> =
            self.world.orders.iter().filter(|(_, order)| order.broken).map(|(key, _)| *key).collect();
        if !broken.is_empty() {
            self.alone(Step::Mend { keys: broken });
        }
        self.alone(Step::Retry);
        if self.failures_were_lost || self.dice.likes(30) {
            self.alone(Step::Backfill);
        }
        if self.dice.likes(60) {
            self.report();
        }
    }

    fn report(&mut self) {
        if self.dice.likes(60) {
            self.alone(Step::Snapshot);
        }
        if let Some(last) = self.transactions.last_mut() {
            last.is_reported = true;
        }
    }

    fn alone(&mut self, step: Step) {
        self.add(vec![step], Ending::Alone, None);
    }

    fn add(&mut self, steps: Vec<Step>, ending: Ending, obstacle: Option<Obstacle>) {
        let before = self.world.clone();
        // Of what is in the way, whoever draws knows nothing: it draws as if all went well.
        self.world.rehearse(&steps, NOW);
        match ending {
            Ending::Rollback => self.world = before,
            Ending::Alone | Ending::Commit => self.world.commit(),
        }
        self.transactions.push(Transaction { steps, ending, obstacle, is_reported: false });
    }

    fn transaction(&mut self) {
        match self.dice.below(100) {
            0..5 if self.is_hindered => self.hindered(),
            0..10 if self.is_poisoned => self.poison(),
            0..3 => self.report(),
            3..50 => {
                let step = self.step(false);
                self.alone(step);
            }
            _ => self.block(),
        }
    }

    fn block(&mut self) {
        let before = self.world.clone();
        let mut steps = Vec::new();
        for _ in 0..self.dice.between(1, 5) {
            let step = if self.dice.likes(15) { self.sub(1) } else { self.step(true) };
            self.world.rehearse(std::slice::from_ref(&step), NOW);
            steps.push(step);
        }
        self.world = before;
        let ending = if self.dice.likes(15) { Ending::Rollback } else { Ending::Commit };
        self.add(steps, ending, None);
    }

    fn sub(&mut self, depth: usize) -> Step {
        let before = self.world.clone();
        let mut steps = Vec::new();
        for _ in 0..self.dice.between(1, 3) {
            let step = if depth < 3 && self.dice.likes(15) { self.sub(depth + 1) } else { self.step(true) };
            self.world.rehearse(std::slice::from_ref(&step), NOW);
            steps.push(step);
        }
        self.world = before;
        Step::Sub { steps, is_kept: self.dice.likes(40) }
    }

    /// Something that happens, in a transaction block or by itself.
    fn step(&mut self, in_block: bool) -> Step {
        let drawn = match self.dice.below(100) {
            0..14 => Some(self.click()),
            14..18 => Some(Step::View { session: self.session(), at: self.moment() }),
            18..48 => Some(self.insert()),
            48..66 => self.update(),
            66..71 => self.orders(2).map(|keys| Step::Delete { keys }),
            71 => Some(Step::Truncate),
            72..80 if self.shop.refunds == Refunds::Calls => self.call_refund(),
            72..80 if self.shop.refunds == Refunds::Parts => Some(self.refund()),
            80..84 => Some(Step::Identify { session: self.session(), customer: self.customer() }),
            84..89 => self.attribute(),
            89..96 if in_block => {
                let lent = if self.dice.likes(85) { Some(self.session()) } else { None };
                Some(Step::Lend(lent))
            }
            96..98 if in_block => Some(Step::SettleNow),
            89..93 if !in_block => Some(Step::Retry),
            93..96 if !in_block => Some(Step::Backfill),
            96 if !in_block => Some(Step::Snapshot),
            97 => self.call_refund(),
            _ => None,
        };
        match drawn {
            Some(step) if in_block || !uses_now(&step) => step,
            _ => self.insert_one(),
        }
    }

    fn campaign(&mut self) -> Campaign {
        let campaigns: Vec<Campaign> = self.world.parents.keys().copied().collect();
        self.dice.pick(&campaigns)
    }

    fn session(&mut self) -> Session {
        self.dice.pick_of(SESSIONS).unwrap_or(1)
    }

    fn customer(&mut self) -> Customer {
        self.dice.pick_of(CUSTOMERS).unwrap_or(1)
    }

    /// A moment that no other event has, mostly the latest so far.
    fn moment(&mut self) -> When {
        if self.dice.likes(6) {
            return When::Now;
        }
        self.ticks += 1;
        let back = match self.dice.below(10) {
            0 => self.dice.below(self.window * 3 / 2),
            1..3 => self.dice.below(self.window / 4),
            _ => 0,
        };
        When::At((self.clock - back).min(self.latest) + self.ticks)
    }

    fn click(&mut self) -> Step {
        Step::Click {
            campaign: self.campaign(),
            session: self.session(),
            at: self.moment(),
            is_bot: self.dice.likes(8),
        }
    }

    fn amount(&mut self) -> Money {
        match self.dice.below(20) {
            0 => 0,
            1 => -self.dice.between(1, 50) * 1_000,
            2..5 => self.dice.between(1, 99_999),
            _ => self.dice.between(1, 20) * 5_000,
        }
    }

    fn refunded(&mut self) -> Option<Money> {
        self.dice.likes(70).then(|| self.dice.between(0, 10) * 2_500)
    }

    fn currency(&mut self) -> Option<&'static str> {
        self.dice.pick(&[Some("EUR"), Some("EUR"), Some("USD"), Some("usd"), Some("JOD"), None])
    }

    fn status(&mut self) -> Status {
        match self.dice.below(20) {
            0..3 => Status::Cart,
            3 => Status::Declined,
            4 => Status::Cancelled,
            5..8 => Status::Shipped,
            _ => Status::Paid,
        }
    }

    fn some_customer(&mut self) -> Option<Customer> {
        if self.dice.likes(60) { Some(self.customer()) } else { None }
    }

    fn some_session(&mut self) -> Option<Session> {
        if self.dice.likes(65) { Some(self.session()) } else { None }
    }

    fn order(&mut self, key: Key) -> NewOrder {
        let session = self.some_session();
        let mut at = self.moment();
        if self.dice.likes(12) {
            // Just where a visit begins or ends.
            let visits = session.and_then(|session| self.world.visits.get(&session)).into_iter().flatten();
            let edges: Vec<Moment> =
                visits.flat_map(|visit| [visit.at - 1, visit.at, visit.expires - 1, visit.expires]).collect();
            at = self.dice.pick_of(edges).map_or(at, When::At);
        }
        NewOrder {
            key,
            customer: self.some_customer(),
            total: self.amount(),
            currency: self.currency(),
            status: self.status(),
            refunded: if self.dice.likes(10) { self.refunded() } else { None },
            session,
            at,
            broken: self.shop.can_break && self.is_poisoned && self.dice.likes(4),
        }
    }

    fn fresh_key(&mut self) -> Key {
        self.next_key += 1;
        self.next_key - 1
    }

    fn insert_one(&mut self) -> Step {
        let key = self.fresh_key();
        let mut order = self.order(key);
        if order.at == When::Now {
            order.at = When::At(self.clock);
        }
        Step::Insert { orders: vec![order], conflict: Conflict::Fail, by_copy: false }
    }

    fn insert(&mut self) -> Step {
        let rows = match self.dice.below(100) {
            0 if self.has_crowd => 500,
            1..7 if self.has_crowd => self.dice.between(20, 120),
            0..10 => self.dice.between(6, 20),
            10..40 => self.dice.between(2, 5),
            _ => 1,
        };
        let mut keys: Vec<Key> = (0..rows).map(|_| self.fresh_key()).collect();
        if self.dice.likes(12) {
            // Of an order that is gone.
            let gone: Vec<Key> = (1..self.next_key - rows)
                .filter(|key| !self.world.orders.contains_key(key) && self.world.conversions.contains_key(key))
                .collect();
            keys.extend(self.dice.pick_of(gone));
        }
        let mut orders: Vec<NewOrder> = keys.into_iter().map(|key| self.order(key)).collect();
        let mut conflict = Conflict::Fail;
        if self.dice.likes(15) {
            if let Some(there) = self.orders(2) {
                for key in there {
                    let mut order = self.order(key);
                    order.at = When::At(self.world.orders[&key].at);
                    orders.push(order);
                }
            }
            let columns = [
                vec![Column::Total],
                vec![Column::Total, Column::Status, Column::Refunded],
                vec![Column::Session, Column::Customer],
                vec![Column::Total, Column::Currency, Column::Status, Column::Session, Column::Customer],
            ];
            conflict = match self.dice.below(10) {
                0 => Conflict::Fail,
                1..3 => Conflict::Nothing,
                _ => Conflict::Update(self.dice.pick(&columns)),
            };
        }
        let by_copy = conflict == Conflict::Fail && self.dice.likes(15);
        Step::Insert { orders, conflict, by_copy }
    }

    /// Some orders that are there.
    fn orders(&mut self, most: i64) -> Option<Vec<Key>> {
        let there: Vec<Key> = self.world.orders.keys().copied().collect();
        if there.is_empty() {
            return None;
        }
        let mut keys: Vec<Key> = (0..self.dice.between(1, most)).map(|_| self.dice.pick(&there)).collect();
        keys.sort_unstable();
        keys.dedup();
        Some(keys)
    }

    fn update(&mut self) -> Option<Step> {
        let keys = match self.dice.below(12) {
            0 => self.world.orders.keys().copied().collect(),
            _ => self.orders(3)?,
        };
        let mut changes = Vec::new();
        for _ in 0..self.dice.between(1, 2) {
            let change = match self.dice.below(34) {
                0..6 => Change::Total(self.amount()),
                6..9 => Change::Currency(self.currency()),
                9..17 => Change::Status(self.status()),
                17..20 => Change::Refunded(self.refunded()),
                20..24 => Change::Customer(self.some_customer()),
                24..27 => Change::Session(self.some_session()),
                27..29 => {
                    let When::At(at) = self.moment() else { continue };
                    Change::At(at)
                }
                29..31 => {
                    self.renamings += 1;
                    Change::Key(RENAMED * self.renamings)
                }
                31 => Change::Clear,
                32 => Change::Nothing,
                _ if self.is_poisoned => Change::Break,
                _ => Change::Nothing,
            };
            let is_same = |other: &Change| std::mem::discriminant(other) == std::mem::discriminant(&change);
            let writes_total = |change: &Change| matches!(change, Change::Total(_) | Change::Nothing);
            if !changes.iter().any(|other| is_same(other) || (writes_total(other) && writes_total(&change))) {
                changes.push(change);
            }
        }
        (!keys.is_empty() && !changes.is_empty()).then_some(Step::Update { keys, changes })
    }

    fn refund(&mut self) -> Step {
        let row = if self.next_row > 1 && self.dice.likes(45) {
            self.dice.between(1, self.next_row - 1)
        } else {
            self.next_row += 1;
            self.next_row - 1
        };
        let key = self.orders(1).map_or(1, |keys| keys[0]);
        let now = if self.dice.likes(80) { Some((key, self.dice.between(-1, 10) * 2_500)) } else { None };
        Step::Refund { row, now }
    }

    fn call_refund(&mut self) -> Option<Step> {
        let keys: Vec<Key> = self.world.conversions.keys().copied().collect();
        let key = self.dice.pick_of(keys)?;
        let amount = if self.dice.likes(20) { 0 } else { self.dice.between(-1, 20) * 2_500 };
        Some(Step::CallRefund { key, amount })
    }

    fn attribute(&mut self) -> Option<Step> {
        let key = self.orders(1)?[0];
        Some(Step::Attribute { key, session: self.some_session() })
    }

    fn poison(&mut self) {
        if !self.world.poison.is_empty() && self.dice.likes(50) {
            self.alone(Step::Heal);
            self.alone(Step::Retry);
            return;
        }
        let mut poison = Vec::new();
        for _ in 0..self.dice.between(1, 3) {
            // Orders that are there, and some that come next.
            let key = match self.orders(1) {
                Some(keys) if self.dice.likes(50) => keys[0],
                _ => self.next_key + self.dice.below(4),
            };
            poison.push(match self.dice.below(20) {
                0..9 => Poison::Conversion(key),
                9..14 => Poison::Visit(self.session()),
                14..17 => Poison::Customer(self.customer()),
                17 => {
                    self.failures_were_lost = true;
                    Poison::Failures
                }
                // Elsewhere the marks are in the row before it is written.
                _ if self.shop.mode == Mode::Commit => Poison::Mark(key),
                _ => Poison::Conversion(key),
            });
        }
        self.alone(Step::Poison(poison));
    }

    fn hindered(&mut self) {
        let touches: Vec<Touch> = self
            .world
            .visits
            .iter()
            .flat_map(|(session, visits)| (1..=visits.len()).map(move |number| (*session, number)))
            .collect();
        let key = self.fresh_key();
        let mut order = self.order(key);
        if order.at == When::Now {
            order.at = When::At(self.clock);
        }
        match self.dice.below(10) {
            0..4 => {
                if let Some(touch) = self.dice.pick_of(touches) {
                    order.session = Some(touch.0);
                    order.at = When::At(self.world.visits[&touch.0][touch.1 - 1].at + 1);
                    let more = self.fresh_key();
                    let more = self.order(more);
                    let orders = if more.at == When::Now { vec![order] } else { vec![order, more] };
                    let step = Step::Insert { orders, conflict: Conflict::Fail, by_copy: false };
                    self.add(vec![step], Ending::Alone, Some(Obstacle::Visit(touch)));
                }
            }
            4..6 => {
                let customer = self.customer();
                order.customer = Some(customer);
                let step = Step::Insert { orders: vec![order], conflict: Conflict::Fail, by_copy: false };
                self.add(vec![step], Ending::Alone, Some(Obstacle::Customer(customer)));
            }
            6..8 if self.shop.mode != Mode::Commit => {
                let step = Step::Insert { orders: vec![order], conflict: Conflict::Fail, by_copy: false };
                self.add(vec![step], Ending::Alone, Some(Obstacle::Slow(key)));
            }
            _ => {
                let credited: Vec<Key> = self
                    .world
                    .orders
                    .keys()
                    .copied()
                    .filter(|key| self.world.marks(*key).is_some() && !self.world.failures.contains_key(key))
                    .collect();
                if let Some(key) = self.dice.pick_of(credited) {
                    let step = if self.dice.likes(30) {
                        Step::Delete { keys: vec![key] }
                    } else {
                        Step::Update { keys: vec![key], changes: vec![Change::Total(self.amount())] }
                    };
                    self.add(vec![step], Ending::Alone, Some(Obstacle::Conversion(key)));
                }
            }
        }
    }
}

/// What is now in a rehearsal is later than all else.
const NOW: Moment = Moment::MAX / 4;

fn uses_now(step: &Step) -> bool {
    match step {
        Step::Click { at, .. } | Step::View { at, .. } => *at == When::Now,
        Step::Insert { orders, .. } => orders.iter().any(|order| order.at == When::Now),
        _ => false,
    }
}
