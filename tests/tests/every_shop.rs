//! The lives of orders in any shop: one table of stories, each told alike in every mode, some of them with every kind of keys.

/// The tests of a story: one for each mode.
macro_rules! tests_of {
    ($story:ident by $tell:ident: $($test:ident $mode:ident)*) => {
        mod $story {
            use super::super::{Mode, $tell};

            $(#[test]
            fn $test() {
                $tell(Mode::$mode, super::$story);
            })*
        }
    };
}

/// Has each story told in every mode.
macro_rules! stories {
    ($($story:ident)*) => {
        $(tests_of! { $story by tell: at_insert Insert at_commit Commit in_partitions_by_time ByTime in_partitions_by_key ByKey })*
    };
}

/// The same, with every kind of keys.
macro_rules! stories_with_any_keys {
    ($($story:ident)*) => {
        $(tests_of! { $story by tell_with_any_keys: at_insert Insert at_commit Commit in_partitions_by_time ByTime in_partitions_by_key ByKey })*
    };
}

/// Has each story told that plain tables know nothing of.
macro_rules! stories_of_partitions {
    ($($story:ident)*) => {
        $(tests_of! { $story by tell: in_partitions_by_time ByTime in_partitions_by_key ByKey })*
    };
}

/// Has each story told that partitioned tables know nothing of.
macro_rules! stories_of_plain_tables {
    ($($story:ident)*) => {
        $(tests_of! { $story by tell: at_insert Insert at_commit Commit })*
    };
}

mod changes;
mod locks;
mod orders;
mod rights;
mod stage;
mod tables;

use stage::{KINDS, Keys, Mode, Shop};

/// Opens a shop, has a story told in it, and looks whether all is well in the end.
#[track_caller]
fn tell(mode: Mode, story: fn(&Shop)) {
    tell_with(mode, &[Keys::of(mode)], story);
}

/// The same for each kind of keys.
#[track_caller]
fn tell_with_any_keys(mode: Mode, story: fn(&Shop)) {
    tell_with(mode, &KINDS, story);
}

#[track_caller]
fn tell_with(mode: Mode, kinds: &[Keys], story: fn(&Shop)) {
    let mut shop = Shop::empty(mode);
    for keys in kinds {
        println!("orders {mode:?} with keys of type {}", keys.kind);
        shop.furnish(*keys);
        story(&shop);
        shop.is_sound();
        shop.clear();
    }
}
