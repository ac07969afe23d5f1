//! The bytes of an audience. Two encodings of a set of numbers from 0 to 2^63 - 1:
//!
//! - *portable*, for the world outside: the 64-bit Roaring format that the libraries for C, Java, Go and Python share;
//! - *stored*, for rows: one byte that tells the form, then either a list of gaps (small, scattered sets) or the portable
//!   bytes. Of one set there is one stored encoding: the shorter.
//!
//! Nothing here trusts what it reads: damage is an error, and memory is bounded by the length of the bytes.

use roaring::RoaringTreemap;
use std::fmt;
use std::ops::ControlFlow;

/// Form byte: the number of members, the first member, then each gap less one, in LEB128.
const LIST: u8 = 1;

/// Form byte: the portable bytes follow.
const ROARING: u8 = 2;

/// A longer list is not worth its decoding, one number at a time.
const LONGEST_LIST: u64 = 1024;

/// First word of a 32-bit bitmap without runs, and the lower half of it with runs.
const WITHOUT_RUNS: u32 = 12_346;
const WITH_RUNS: u16 = 12_347;

/// A container with runs in it has offsets from this number of containers on.
const OFFSETS_FROM: usize = 4;

/// Most members of a container that is kept as an array.
const LONGEST_ARRAY: u32 = 4096;

/// Why bytes are not an audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damage(&'static str);

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Damage {
    pub const UNORDERED: Damage = Damage("its numbers are not in ascending order");
    pub const MISSING: Damage = Damage("there are none");
}

const CUT_SHORT: Damage = Damage("they end too early");
const TRAILING: Damage = Damage("more bytes follow its end");
const TOO_LARGE: Damage = Damage("a number is larger than 9223372036854775807");
const UNORDERED: Damage = Damage::UNORDERED;

/// The members of one stretch of 65,536 numbers, as portable bytes hold them.
pub enum Members<'a> {
    /// Ascending 16-bit numbers.
    Array(&'a [[u8; 2]]),
    /// A bit for each of the 65,536.
    Bits(&'a [[u8; 8]]),
    /// First number, and number of those that follow it without a gap.
    Runs(&'a [[u8; 4]]),
}

/// One stretch of 65,536 numbers, of which at least one is a member.
pub struct Container<'a> {
    /// The members' upper 48 bits.
    pub key: u64,
    /// How many members it says it has, from 1 to 65,536.
    pub cardinality: u32,
    pub members: Members<'a>,
}

/// A stored audience, opened.
pub enum Stored<'a> {
    List(List<'a>),
    Roaring(&'a [u8]),
}

impl<'a> Stored<'a> {
    pub fn open(bytes: &'a [u8]) -> Result<Self, Damage> {
        match bytes.split_first() {
            Some((&LIST, rest)) => Ok(Stored::List(List::open(rest)?)),
            Some((&ROARING, rest)) => Ok(Stored::Roaring(rest)),
            Some(_) => Err(Damage("this version of pg_campaign does not know their form")),
            None => Err(CUT_SHORT),
        }
    }

    /// The number of members; a large set is not decoded for it.
    pub fn count(&self) -> Result<u64, Damage> {
        match self {
            Stored::List(list) => Ok(list.left),
            Stored::Roaring(portable) => {
                let mut count = 0;
                each_container(portable, |container| {
                    count += u64::from(container.cardinality);
                    Ok(ControlFlow::Continue(()))
                })?;
                Ok(count)
            }
        }
    }

    /// Whether `number` is a member; only its container is looked into.
    pub fn contains(self, number: u64) -> Result<bool, Damage> {
        match self {
            Stored::List(list) => {
                for member in list {
                    let member = member?;
                    if member >= number {
                        return Ok(member == number);
                    }
                }
                Ok(false)
            }
            Stored::Roaring(portable) => {
                let mut found = false;
                each_container(portable, |container| {
                    if container.key < number >> 16 {
                        return Ok(ControlFlow::Continue(()));
                    }
                    found = container.key == number >> 16 && container.members.contain(number as u16);
                    Ok(ControlFlow::Break(()))
                })?;
                Ok(found)
            }
        }
    }

    /// The whole set, decoded.
    pub fn decode(self) -> Result<RoaringTreemap, Damage> {
        match self {
            Stored::List(list) => {
                let mut set = RoaringTreemap::new();
                for member in list {
                    set.insert(member?);
                }
                Ok(set)
            }
            Stored::Roaring(portable) => {
                RoaringTreemap::deserialize_from(portable).map_err(|_| Damage("they are not a Roaring bitmap"))
            }
        }
    }
}

/// The stored bytes of a set: the shorter of the two forms.
pub fn store(mut set: RoaringTreemap) -> Vec<u8> {
    set.optimize();
    let portable_size = set.serialized_size();
    if set.len() <= LONGEST_LIST {
        let list = list(&set);
        if list.len() <= 1 + portable_size {
            return list;
        }
    }
    let mut bytes = Vec::with_capacity(1 + portable_size);
    bytes.push(ROARING);
    write(&set, &mut bytes);
    bytes
}

/// The portable bytes of a stored set.
pub fn export(stored: &[u8]) -> Result<Vec<u8>, Damage> {
    match Stored::open(stored)? {
        Stored::Roaring(portable) => Ok(portable.to_vec()),
        list => {
            let mut set = list.decode()?;
            set.optimize();
            let mut bytes = Vec::with_capacity(set.serialized_size());
            write(&set, &mut bytes);
            Ok(bytes)
        }
    }
}

/// The set that portable bytes from outside hold. All is checked before any memory is taken.
pub fn import(portable: &[u8]) -> Result<RoaringTreemap, Damage> {
    each_container(portable, |container| {
        container.check()?;
        Ok(ControlFlow::Continue(()))
    })?;
    Stored::Roaring(portable).decode()
}

fn write(set: &RoaringTreemap, bytes: &mut Vec<u8>) {
    // Writing to memory does not fail.
    let _ = set.serialize_into(bytes);
}

/// The members of a list, ascending.
pub struct List<'a> {
    bytes: Bytes<'a>,
    left: u64,
    next_at_least: u64,
}

impl<'a> List<'a> {
    fn open(bytes: &'a [u8]) -> Result<Self, Damage> {
        let mut bytes = Bytes(bytes);
        let left = bytes.leb128()?;
        Ok(List { bytes, left, next_at_least: 0 })
    }

    fn read(&mut self) -> Result<u64, Damage> {
        let gap = self.bytes.leb128()?;
        let member = self.next_at_least.checked_add(gap).filter(|member| *member <= i64::MAX as u64);
        let member = member.ok_or(TOO_LARGE)?;
        self.next_at_least = member + 1;
        Ok(member)
    }
}

impl Iterator for List<'_> {
    type Item = Result<u64, Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            // The end is told once, as damage, when something follows it.
            let trailing = !self.bytes.0.is_empty();
            self.bytes = Bytes(&[]);
            return trailing.then_some(Err(TRAILING));
        }
        let member = self.read();
        self.left = if member.is_ok() { self.left - 1 } else { 0 };
        Some(member)
    }
}

/// The list form of a set.
fn list(set: &RoaringTreemap) -> Vec<u8> {
    let mut bytes = vec![LIST];
    write_leb128(set.len(), &mut bytes);
    let mut next_at_least = 0;
    for member in set {
        write_leb128(member - next_at_least, &mut bytes);
        next_at_least = member + 1;
    }
    bytes
}

fn write_leb128(mut number: u64, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Tells `visit` of each container of portable bytes, ascending, until it breaks off. What frames the containers is
/// checked on the way, up to the last byte; what is inside them is not.
pub fn each_container<'a>(
    portable: &'a [u8],
    mut visit: impl FnMut(Container<'a>) -> Result<ControlFlow<()>, Damage>,
) -> Result<(), Damage> {
    let mut bytes = Bytes(portable);
    let mut last_high = None;

    for _ in 0..bytes.u64()? {
        let high = bytes.u32()?;
        if high > i32::MAX as u32 {
            return Err(TOO_LARGE);
        }
        if last_high.replace(high).is_some_and(|last| last >= high) {
            return Err(UNORDERED);
        }

        let start = bytes.0.len();
        let cookie = bytes.u32()?;
        let (size, run_flags) = if cookie == WITHOUT_RUNS {
            (bytes.u32()? as usize, None)
        } else if cookie as u16 == WITH_RUNS {
            let size = (cookie >> 16) as usize + 1;
            (size, Some(bytes.take(size.div_ceil(8))?))
        } else {
            return Err(Damage("they are not a 64-bit Roaring bitmap in the portable format"));
        };
        if size > 1 << 16 {
            return Err(Damage("a bitmap claims more containers than there can be"));
        }
        let descriptions = bytes.chunks::<4>(size)?;
        let offsets = if run_flags.is_none() || size >= OFFSETS_FROM { Some(bytes.chunks::<4>(size)?) } else { None };

        let mut last_key = None;
        for (i, &[key_0, key_1, last_0, last_1]) in descriptions.iter().enumerate() {
            let key = u16::from_le_bytes([key_0, key_1]);
            let cardinality = u32::from(u16::from_le_bytes([last_0, last_1])) + 1;
            if last_key.replace(key).is_some_and(|last| last >= key) {
                return Err(UNORDERED);
            }
            if offsets.is_some_and(|offsets| u32::from_le_bytes(offsets[i]) as usize != start - bytes.0.len()) {
                return Err(Damage("a container is not where its offset says"));
            }
            let members = if run_flags.is_some_and(|flags| flags[i / 8] & (1 << (i % 8)) != 0) {
                let runs = usize::from(bytes.u16()?);
                Members::Runs(bytes.chunks(runs)?)
            } else if cardinality <= LONGEST_ARRAY {
                Members::Array(bytes.chunks(cardinality as usize)?)
            } else {
                Members::Bits(bytes.chunks(1024)?)
            };
            let container = Container { key: u64::from(high) << 16 | u64::from(key), cardinality, members };
            if visit(container)?.is_break() {
                return Ok(());
            }
        }
    }
    if bytes.0.is_empty() { Ok(()) } else { Err(TRAILING) }
}

impl Container<'_> {
    /// Whether the members are ascending, and as many as it says.
    fn check(&self) -> Result<(), Damage> {
        let counted = match self.members {
            Members::Array(array) => {
                if !array.is_sorted_by(|a, b| u16::from_le_bytes(*a) < u16::from_le_bytes(*b)) {
                    return Err(UNORDERED);
                }
                array.len() as u32
            }
            Members::Bits(words) => words.iter().map(|word| u64::from_le_bytes(*word).count_ones()).sum(),
            Members::Runs(runs) => {
                let mut counted = 0;
                // A run that touched the one before would be one with it.
                let mut next_at_least = 0;
                for run in runs {
                    let (first, last) = ends(*run);
                    if last > u32::from(u16::MAX) || first < next_at_least {
                        return Err(Damage("its runs overlap"));
                    }
                    counted += last - first + 1;
                    next_at_least = last + 2;
                }
                counted
            }
        };
        if counted == self.cardinality { Ok(()) } else { Err(Damage("a container holds not as many as it claims")) }
    }
}

impl Members<'_> {
    fn contain(&self, number: u16) -> bool {
        match self {
            Members::Array(array) => array.binary_search_by_key(&number, |member| u16::from_le_bytes(*member)).is_ok(),
            Members::Bits(words) => words
                .get(usize::from(number / 64))
                .is_some_and(|word| u64::from_le_bytes(*word) >> (number % 64) & 1 == 1),
            Members::Runs(runs) => runs.iter().any(|run| {
                let (first, last) = ends(*run);
                (first..=last).contains(&u32::from(number))
            }),
        }
    }
}

/// First and last number of a run; the last of a damaged one may be beyond 65,535.
pub fn ends([first_0, first_1, more_0, more_1]: [u8; 4]) -> (u32, u32) {
    let first = u32::from(u16::from_le_bytes([first_0, first_1]));
    (first, first + u32::from(u16::from_le_bytes([more_0, more_1])))
}

/// Bytes yet to be read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Damage> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(CUT_SHORT)?;
        self.0 = rest;
        Ok(taken)
    }

    fn chunks<const N: usize>(&mut self, count: usize) -> Result<&'a [[u8; N]], Damage> {
        Ok(self.take(N * count)?.as_chunks().0)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(CUT_SHORT)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn u16(&mut self) -> Result<u16, Damage> {
        self.fixed().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, Damage> {
        self.fixed().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, Damage> {
        self.fixed().map(u64::from_le_bytes)
    }

    fn leb128(&mut self) -> Result<u64, Damage> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let [byte] = self.fixed()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(TOO_LARGE)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::audience::gathered::Gathered;
    use crate::audience::tests::Dice;
    use std::collections::BTreeSet;

    const LARGEST: u64 = i64::MAX as u64;

    /// A random set of any shape: scattered, dense, in runs, over one or many containers, near the ends of the range.
    pub fn any_set(dice: &mut Dice) -> BTreeSet<u64> {
        let mut set = BTreeSet::new();
        for _ in 0..dice.below(4) {
            let spread = [300, 70_000, 1_000_000, 1 << 34, LARGEST][dice.below(5) as usize];
            let start = match dice.below(4) {
                0 => 0,
                1 => LARGEST - spread,
                2 => (1 << 32) - 10,
                _ => dice.below(LARGEST - spread + 1),
            }
            .min(LARGEST - spread);
            match dice.below(3) {
                0 => {
                    let length = dice.below(30_000.min(spread));
                    set.extend(start..start + length);
                }
                1 => set.extend((0..dice.below(60)).map(|_| start + dice.below(spread))),
                _ => set.extend((0..dice.below(6_000)).map(|_| start + dice.below(spread))),
            }
        }
        set
    }

    pub fn stored(set: &BTreeSet<u64>) -> Vec<u8> {
        store(set.iter().copied().collect())
    }

    fn opened(bytes: &[u8]) -> Stored<'_> {
        Stored::open(bytes).unwrap()
    }

    #[test]
    fn any_set_comes_back() {
        let mut dice = Dice(1);
        for round in 0..100 {
            let set = any_set(&mut dice);
            let bytes = stored(&set);
            let decoded = opened(&bytes).decode().unwrap();
            assert!(decoded.iter().eq(set.iter().copied()), "round {round}");
            assert_eq!(opened(&bytes).count(), Ok(set.len() as u64), "round {round}");
            let members: Vec<u64> = set.iter().copied().collect();
            for _ in 0..50 {
                let number = match dice.below(2) {
                    0 => dice.below(LARGEST),
                    _ => members.get(dice.below(1 + members.len() as u64) as usize).copied().unwrap_or(0),
                };
                assert_eq!(opened(&bytes).contains(number), Ok(set.contains(&number)), "round {round}: {number}");
            }
            let portable = export(&bytes).unwrap();
            assert_eq!(import(&portable).unwrap(), decoded, "round {round}");
            assert_eq!(store(import(&portable).unwrap()), bytes, "round {round}: one encoding of one set");
        }
    }

    #[test]
    fn however_a_set_was_made_its_bytes_are_the_same() {
        let mut dice = Dice(2);
        for round in 0..40 {
            let (a, b) = (any_set(&mut dice), any_set(&mut dice));
            let (x, y): (RoaringTreemap, RoaringTreemap) = (a.iter().copied().collect(), b.iter().copied().collect());
            assert_eq!(store(&x | &y), stored(&(&a | &b)), "round {round}");
            assert_eq!(store(&x & &y), stored(&(&a & &b)), "round {round}");
            assert_eq!(store(&x - &y), stored(&(&a - &b)), "round {round}");
            let mut gathered = Gathered::default();
            gathered.add(&stored(&a)).unwrap();
            gathered.add(&stored(&b)).unwrap();
            assert_eq!(store(gathered.set().unwrap()), stored(&(&a | &b)), "round {round}");
        }
    }

    #[test]
    fn small_sets_are_short() {
        assert_eq!(stored(&BTreeSet::new()), [LIST, 0]);
        assert_eq!(stored(&BTreeSet::from([5])), [LIST, 1, 5]);
        assert_eq!(stored(&BTreeSet::from([0, 1, 300])), [LIST, 3, 0, 0, 0xaa, 2]);
        assert_eq!(stored(&BTreeSet::from([LARGEST])).len(), 11);
        assert_eq!(stored(&(0..100_000).collect())[0], ROARING);
    }

    /// Laid out by hand from the format's specification.
    #[test]
    fn portable_bytes_are_the_public_format() {
        let bytes = export(&stored(&BTreeSet::from([1, 2, 5, 1 << 32]))).unwrap();
        #[rustfmt::skip]
        assert_eq!(bytes, [
            2, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0, 0, 58, 48, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 16, 0, 0, 0, 1, 0, 2, 0, 5, 0,
            1, 0, 0, 0, 58, 48, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0,
        ]);
    }

    #[test]
    fn damage_is_told() {
        let head = |groups: u8| vec![groups, 0, 0, 0, 0, 0, 0, 0];
        let bitmap = |high: [u8; 4], rest: &[u8]| [&high[..], rest].concat();
        let one = [58, 48, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 7, 0];
        let runs = |cardinality: u8, runs: &[[u8; 4]]| {
            let mut bytes = vec![59, 48, 0, 0, 1, 0, 0, cardinality - 1, 0, runs.len() as u8, 0];
            bytes.extend(runs.as_flattened());
            [head(1), bitmap([0; 4], &bytes)].concat()
        };
        assert!(import(&[head(1), bitmap([0; 4], &one)].concat()).is_ok());
        assert!(import(&runs(5, &[[0, 0, 1, 0], [3, 0, 2, 0]])).is_ok());
        assert!(import(&head(0)).is_ok());

        for (bytes, damage) in [
            (vec![], CUT_SHORT),
            (head(1), CUT_SHORT),
            (vec![0xff; 8], CUT_SHORT),
            ([head(0), vec![0]].concat(), TRAILING),
            ([head(1), bitmap([0; 4], &one), vec![0]].concat(), TRAILING),
            ([head(1), bitmap([0, 0, 0, 0x80], &one)].concat(), TOO_LARGE),
            ([head(2), bitmap([3, 0, 0, 0], &one), bitmap([3, 0, 0, 0], &one)].concat(), UNORDERED),
            ([head(2), bitmap([3, 0, 0, 0], &one), bitmap([2, 0, 0, 0], &one)].concat(), UNORDERED),
            (
                [head(1), bitmap([0; 4], &[1, 2, 3, 4])].concat(),
                Damage("they are not a 64-bit Roaring bitmap in the portable format"),
            ),
            (
                [head(1), bitmap([0; 4], &[58, 48, 0, 0, 255, 255, 255, 255])].concat(),
                Damage("a bitmap claims more containers than there can be"),
            ),
            ([head(1), bitmap([0; 4], &[58, 48, 0, 0, 0, 0, 1, 0])].concat(), CUT_SHORT),
            ([head(1), bitmap([0; 4], &[59, 48, 255, 255])].concat(), CUT_SHORT),
            (
                [head(1), bitmap([0; 4], &[58, 48, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 0, 7, 0])].concat(),
                Damage("a container is not where its offset says"),
            ),
            (
                [head(1), bitmap([0; 4], &[58, 48, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 16, 0, 0, 0, 7, 0, 7, 0])].concat(),
                UNORDERED,
            ),
            (runs(4, &[[0, 0, 1, 0], [3, 0, 2, 0]]), Damage("a container holds not as many as it claims")),
            (runs(4, &[[0, 0, 1, 0], [2, 0, 1, 0]]), Damage("its runs overlap")),
            (runs(4, &[[5, 0, 1, 0], [2, 0, 1, 0]]), Damage("its runs overlap")),
            (runs(4, &[[0xfe, 0xff, 3, 0]]), Damage("its runs overlap")),
            (runs(1, &[]), Damage("a container holds not as many as it claims")),
        ] {
            assert_eq!(import(&bytes).err(), Some(damage), "{bytes:?}");
        }
        for (bytes, damage) in [
            (vec![], CUT_SHORT),
            (vec![9], Damage("this version of pg_campaign does not know their form")),
            (vec![LIST], CUT_SHORT),
            (vec![LIST, 2, 5], CUT_SHORT),
            (vec![LIST, 1, 5, 5], TRAILING),
            (vec![LIST, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0], TOO_LARGE),
            (vec![LIST, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1], TOO_LARGE),
        ] {
            assert_eq!(Stored::open(&bytes).and_then(Stored::decode).err(), Some(damage), "{bytes:?}");
        }
    }

    /// Changes, cuts and extends bytes at random.
    fn damaged(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=dice.below(3) {
            // Most of the meaning is in the first bytes.
            let reach = if dice.below(2) == 0 { bytes.len() } else { bytes.len().min(60) };
            let at = dice.below(reach.max(1) as u64) as usize;
            match dice.below(5) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at.min(bytes.len()), dice.below(256) as u8),
                2 if at < bytes.len() => {
                    bytes.remove(at);
                }
                _ if at < bytes.len() => bytes[at] = [0, 255, dice.below(256) as u8][dice.below(3) as usize],
                _ => {}
            }
        }
        bytes
    }

    #[test]
    fn damaged_bytes_are_an_error_or_a_set() {
        let mut dice = Dice(3);
        let (mut refused, mut accepted) = (0, 0);
        for _ in 0..40 {
            let bytes = stored(&any_set(&mut dice));
            let portable = export(&bytes).unwrap();
            for _ in 0..200 {
                match import(&damaged(&portable, &mut dice)) {
                    Err(_) => refused += 1,
                    Ok(set) => {
                        accepted += 1;
                        assert!(set.iter().is_sorted_by(|a, b| a < b) && set.max() <= Some(LARGEST));
                        assert_eq!(set.iter().count() as u64, set.len());
                        let again = store(set.clone());
                        assert_eq!(opened(&again).count(), Ok(set.len()));
                        assert_eq!(opened(&again).decode().unwrap(), set);
                    }
                }
                // A damaged row must not do harm either, whatever it then says.
                let row = damaged(&bytes, &mut dice);
                let _ = Stored::open(&row).and_then(|row| row.count());
                let _ = Stored::open(&row).and_then(|row| row.contains(dice.below(1 << 20)));
                let _ = export(&row);
                let mut gathered = Gathered::default();
                if gathered.add(&row).is_ok() {
                    let _ = gathered.set().map(store);
                }
            }
        }
        assert!(refused > 5_000 && accepted > 100, "{refused} refused, {accepted} accepted");
    }
}
