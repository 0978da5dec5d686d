//! The things that flow.

use serde::{Deserialize, Serialize};

use super::network::Outlet;

/// Position of an item in the store; used again once the item has left.
pub(super) type ItemIndex = u32;

/// One thing that flows: its attributes, and what is remembered of its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Number in the order in which items were made, from zero; never used again.
    pub serial: u64,
    /// When it was made, ns.
    pub born: i64,
    /// When it came into the part that it is in, ns.
    pub entered: i64,
    /// When it is due, ns; `i64::MAX` where it is not.
    pub due: i64,
    /// The higher goes first, where priority counts.
    pub priority: i32,
    /// What set-ups and routers go by.
    pub class: u16,
    /// How often it was sent to be reworked.
    pub reworks: u16,
    /// The way that a router chose for it, until it has taken it.
    pub(super) chosen: Option<Outlet>,
}

/// All items there are. Places of items that have left are used again, so that
/// memory is that of the most items at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Items {
    places: Vec<Item>,
    free: Vec<ItemIndex>,
    made: u64,
}

impl Items {
    /// Keeps a new item; gives it its serial number.
    #[inline]
    pub(super) fn add(&mut self, mut item: Item) -> ItemIndex {
        item.serial = self.made;
        self.made += 1;
        if let Some(place) = self.free.pop() {
            self.places[place as usize] = item;
            place
        } else {
            self.places.push(item);
            // Four billion items at one time need more memory than there is.
            (self.places.len() - 1) as ItemIndex
        }
    }

    /// A serial number for something that is told of like an item and is none.
    #[inline]
    pub(super) fn next_serial(&mut self) -> u64 {
        self.made += 1;
        self.made - 1
    }

    /// Lets an item go.
    #[inline]
    pub(super) fn remove(&mut self, item: ItemIndex) {
        self.free.push(item);
    }

    #[inline]
    pub(super) fn get(&self, item: ItemIndex) -> &Item {
        &self.places[item as usize]
    }

    #[inline]
    pub(super) fn get_mut(&mut self, item: ItemIndex) -> &mut Item {
        &mut self.places[item as usize]
    }

    /// How many there are now.
    pub(super) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }
}
