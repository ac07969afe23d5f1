//! A set that grows, member by member or by whole stored audiences: what build and union accumulate in.
//!
//! Each stretch of 65,536 numbers becomes a plain bit field as soon as it holds more than a few, and stored bytes are
//! added to it as they stand. Uniting thousands of audiences so takes a third to a tenth of the time of decoding each
//! into a bitmap of its own and merging the two.

use super::bytes::{Damage, Members, Stored, each_container, ends};
use roaring::{RoaringBitmap, RoaringTreemap};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Most members of a stretch that are kept as a list.
const FEW: usize = 1024;

/// A bit for each number of a stretch.
type Bits = [u64; 1024];

/// The members of one stretch of 65,536 numbers.
enum Chunk {
    /// Ascending, at most `FEW`.
    Few(Vec<u16>),
    Many(Box<Bits>),
}

/// Memory a growing set may take, in bytes: a session of each number up to 8,589,934,591 fits in it.
const LARGEST: usize = if cfg!(test) { 1 << 26 } else { 1 << 30 };

/// What a stretch takes besides its members, in bytes, about.
const PER_CHUNK: usize = 80;

/// The set; its stretches by the upper 48 bits of their numbers, and how many of them are bit fields.
#[derive(Default)]
pub struct Gathered {
    chunks: BTreeMap<u64, Chunk>,
    many: usize,
}

impl Gathered {
    pub fn insert(&mut self, number: u64) {
        self.chunks.entry(number >> 16).or_default().insert(number as u16, &mut self.many);
    }

    /// Adds the members of a stored audience. It breaks off when the set has become too large.
    pub fn add(&mut self, stored: &[u8]) -> Result<(), Damage> {
        match Stored::open(stored)? {
            Stored::List(list) => {
                let (mut key, mut numbers) = (0, Vec::new());
                for member in list {
                    let member = member?;
                    if member >> 16 != key && !numbers.is_empty() {
                        self.chunks.entry(key).or_default().add(numbers.drain(..), &mut self.many);
                    }
                    key = member >> 16;
                    numbers.push(member as u16);
                }
                if !numbers.is_empty() {
                    self.chunks.entry(key).or_default().add(numbers.drain(..), &mut self.many);
                }
                Ok(())
            }
            Stored::Roaring(portable) => each_container(portable, |container| {
                let chunk = self.chunks.entry(container.key).or_default();
                match container.members {
                    Members::Array(array) => {
                        chunk.add(array.iter().map(|member| u16::from_le_bytes(*member)), &mut self.many);
                    }
                    Members::Bits(words) => {
                        for (bits, word) in chunk.bits(&mut self.many).iter_mut().zip(words) {
                            *bits |= u64::from_le_bytes(*word);
                        }
                    }
                    Members::Runs(runs) => {
                        let bits = chunk.bits(&mut self.many);
                        for run in runs {
                            let (first, last) = ends(*run);
                            fill(bits, first, last.min(u32::from(u16::MAX)));
                        }
                    }
                }
                Ok(if self.is_too_large() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            }),
        }
    }

    /// Adds the members of another set.
    pub fn merge(&mut self, other: Gathered) {
        if self.chunks.is_empty() {
            *self = other;
            return;
        }
        for (key, theirs) in other.chunks {
            let ours = self.chunks.entry(key).or_default();
            match theirs {
                Chunk::Few(numbers) => ours.add(numbers.into_iter(), &mut self.many),
                Chunk::Many(words) => {
                    for (bits, word) in ours.bits(&mut self.many).iter_mut().zip(words.iter()) {
                        *bits |= word;
                    }
                }
            }
        }
    }

    /// Whether the set takes more memory than it may: a few short runs, far apart, can be asked to fill any memory.
    pub fn is_too_large(&self) -> bool {
        PER_CHUNK * self.chunks.len() + size_of::<Bits>() * self.many > LARGEST
    }

    /// The set as it stands.
    pub fn set(&self) -> Result<RoaringTreemap, Damage> {
        let mut bitmaps: Vec<(u32, RoaringBitmap)> = Vec::new();
        for (key, chunk) in &self.chunks {
            let high = (key >> 16) as u32;
            let first = (*key as u32) << 16;
            if bitmaps.last().is_none_or(|(last, _)| *last != high) {
                bitmaps.push((high, RoaringBitmap::new()));
            }
            let Some((_, bitmap)) = bitmaps.last_mut() else { continue };
            match chunk {
                Chunk::Few(numbers) => {
                    let ascending = bitmap.append(numbers.iter().map(|number| first | u32::from(*number)));
                    ascending.map_err(|_| Damage::UNORDERED)?;
                }
                Chunk::Many(words) => {
                    let mut bytes = [0; 8192];
                    for (to, word) in bytes.as_chunks_mut().0.iter_mut().zip(words.iter()) {
                        *to = word.to_le_bytes();
                    }
                    *bitmap |= RoaringBitmap::from_lsb0_bytes(first, &bytes);
                }
            }
        }
        Ok(RoaringTreemap::from_bitmaps(bitmaps))
    }
}

impl Default for Chunk {
    fn default() -> Self {
        Chunk::Few(Vec::new())
    }
}

impl Chunk {
    /// Adds a number. This and the next two count in `many` the chunks that become bit fields.
    fn insert(&mut self, number: u16, many: &mut usize) {
        match self {
            Chunk::Many(bits) => set(bits, number),
            Chunk::Few(numbers) => {
                // Session numbers mostly come in their order.
                let at = match numbers.last() {
                    Some(last) if *last >= number => match numbers.binary_search(&number) {
                        Ok(_) => return,
                        Err(at) => at,
                    },
                    _ => numbers.len(),
                };
                if numbers.len() < FEW {
                    numbers.insert(at, number);
                } else {
                    set(self.bits(many), number);
                }
            }
        }
    }

    /// Adds ascending numbers.
    fn add(&mut self, new: impl ExactSizeIterator<Item = u16>, many: &mut usize) {
        if let Chunk::Few(numbers) = self
            && numbers.len() + new.len() <= FEW
        {
            *numbers = united(numbers, new);
            return;
        }
        let bits = self.bits(many);
        new.for_each(|number| set(bits, number));
    }

    /// The bit field, made when there is none.
    fn bits(&mut self, many: &mut usize) -> &mut Bits {
        if let Chunk::Few(numbers) = self {
            *many += 1;
            let mut bits = Box::new([0; 1024]);
            numbers.iter().for_each(|number| set(&mut bits, *number));
            *self = Chunk::Many(bits);
        }
        match self {
            Chunk::Many(bits) => bits,
            Chunk::Few(_) => unreachable!(),
        }
    }
}

fn set(bits: &mut Bits, number: u16) {
    bits[usize::from(number / 64)] |= 1 << (number % 64);
}

/// Sets the bits from `first` to `last`, at most 65,535.
fn fill(bits: &mut Bits, first: u32, last: u32) {
    let (from, to) = ((first / 64) as usize, (last / 64) as usize);
    let head = u64::MAX << (first % 64);
    let tail = u64::MAX >> (63 - last % 64);
    if from == to {
        bits[from] |= head & tail;
    } else {
        bits[from] |= head;
        bits[from + 1..to].fill(u64::MAX);
        bits[to] |= tail;
    }
}

/// Two ascending lists as one.
fn united(a: &[u16], b: impl ExactSizeIterator<Item = u16>) -> Vec<u16> {
    let mut both = Vec::with_capacity(a.len() + b.len());
    let mut rest = a;
    for number in b {
        let before = rest.iter().take_while(|other| **other < number).count();
        both.extend_from_slice(&rest[..before]);
        rest = &rest[before..];
        if rest.first() == Some(&number) {
            rest = &rest[1..];
        }
        both.push(number);
    }
    both.extend_from_slice(rest);
    both
}

#[cfg(test)]
mod tests {
    use super::super::bytes::tests::{any_set, stored};
    use super::super::tests::Dice;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn gathers_what_a_sorted_set_gathers() {
        let mut dice = Dice(4);
        for round in 0..40 {
            let mut model = BTreeSet::new();
            let mut parts = [Gathered::default(), Gathered::default()];
            for _ in 0..dice.below(6) {
                let part = &mut parts[dice.below(2) as usize];
                let set = any_set(&mut dice);
                if dice.below(2) == 0 {
                    part.add(&stored(&set)).unwrap();
                } else {
                    let mut numbers: Vec<u64> = set.iter().copied().collect();
                    for i in 0..numbers.len() {
                        let j = dice.below(numbers.len() as u64) as usize;
                        numbers.swap(i, j);
                    }
                    numbers.into_iter().for_each(|number| part.insert(number));
                }
                model.extend(set);
            }
            let [mut all, other] = parts;
            all.merge(other);
            assert!(all.set().unwrap().iter().eq(model.into_iter()), "round {round}");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut gathered = Gathered::default();
        gathered.insert(0);
        assert!(!gathered.is_too_large());
        // 20,000 short runs, 14 bytes each, would become 160 MB of bit fields.
        let mut runs = RoaringTreemap::new();
        (0..20_000u64).for_each(|i| _ = runs.insert_range(i << 16..(i << 16) + 10));
        let stored = super::super::bytes::store(runs);
        assert!(stored.len() < 400_000);
        gathered.add(&stored).unwrap();
        assert!(gathered.is_too_large());
    }

    #[test]
    fn fills_up_to_both_ends() {
        for (first, last) in [(0, 0), (0, 63), (0, 64), (63, 64), (65, 127), (1, 65_535), (65_535, 65_535), (0, 65_535)]
        {
            let mut bits = [0; 1024];
            fill(&mut bits, first, last);
            let filled = (0..65_536u32).filter(|n| bits[(n / 64) as usize] >> (n % 64) & 1 == 1);
            assert!(filled.eq(first..=last), "{first} to {last}");
        }
    }
}
