//! Parcels of water that follow each other through pipes and tanks.
//!
//! Every pipe and tank holds a chain of parcels, each of one quality. The chain
//! is a ring in one common store, so that a copy of all water of a network is
//! one copy of memory, and a step allocates only while a chain grows beyond
//! what it ever held. A flow that turns reverses its chain by a flag.

use serde::{Deserialize, Serialize};

/// A volume of water of one quality.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Parcel {
    /// Volume, m³.
    pub(super) volume: f64,
    /// Concentration kg/m³, age s or share.
    pub(super) quality: f64,
}

/// A volume with what it carries.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Load {
    /// Volume, m³.
    pub(super) volume: f64,
    /// Volume times quality.
    pub(super) mass: f64,
}

impl Load {
    /// The quality of the whole, or `otherwise` where there is nothing.
    pub(super) fn quality_or(self, otherwise: f64) -> f64 {
        if self.volume > 0.0 {
            self.mass / self.volume
        } else {
            otherwise
        }
    }
}

/// A quality that is none: without an end to it, the front of a constituent would
/// go down to numbers that processors are slow with.
pub(super) const NOTHING: f64 = 1e-100;

/// Whether two qualities are near enough to make one parcel. Those that are apart
/// by just the tolerance are not, whatever rounding makes of it.
pub(super) fn are_alike(one: f64, other: f64, tolerance: f64) -> bool {
    (one - other).abs() < tolerance * (1.0 - 1e-9)
}

/// Least room of a chain that holds anything.
const LEAST_ROOM: u32 = 2;

/// Where the parcels of one pipe or tank stand in the store.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Chain {
    offset: u32,
    /// A power of two, or nought.
    room: u32,
    first: u32,
    length: u32,
    /// Whether the leading parcel stands last.
    reversed: bool,
}

impl Chain {
    /// Place in the store of the parcel at `position` of the ring.
    fn place(&self, position: u32) -> usize {
        (self.offset + ((self.first + position) & (self.room - 1))) as usize
    }
}

/// The parcels of all pipes and tanks. The leading parcel of a chain is the one
/// that leaves next, the trailing one that which came last.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Parcels {
    chains: Vec<Chain>,
    store: Vec<Parcel>,
    /// Offsets of rings that were outgrown, by the logarithm of their room.
    outgrown: Vec<Vec<u32>>,
}

impl Parcels {
    /// Number of chains.
    pub(super) fn chains(&self) -> usize {
        self.chains.len()
    }

    /// As many empty chains as stated.
    pub(super) fn new(chains: usize) -> Self {
        Self {
            chains: vec![Chain::default(); chains],
            store: Vec::with_capacity(chains * LEAST_ROOM as usize),
            outgrown: vec![Vec::new(); 32],
        }
    }

    /// Number of parcels in all chains.
    pub(super) fn count(&self) -> usize {
        let lengths = self.chains.iter().map(|chain| chain.length as usize);
        lengths.sum()
    }

    /// The parcel that leaves next.
    pub(super) fn leading(&mut self, chain: usize) -> Option<&mut Parcel> {
        let ring = self.chains[chain];
        let last = ring.length.checked_sub(1)?;
        let place = ring.place(if ring.reversed { last } else { 0 });
        self.store.get_mut(place)
    }

    /// The parcel that came last.
    pub(super) fn trailing(&mut self, chain: usize) -> Option<&mut Parcel> {
        let ring = self.chains[chain];
        let last = ring.length.checked_sub(1)?;
        let place = ring.place(if ring.reversed { 0 } else { last });
        self.store.get_mut(place)
    }

    /// Number of parcels in a chain.
    pub(super) fn length(&self, chain: usize) -> usize {
        self.chains[chain].length as usize
    }

    /// Puts a parcel behind all others.
    pub(super) fn push(&mut self, chain: usize, parcel: Parcel) {
        if self.chains[chain].length == self.chains[chain].room {
            self.grow(chain);
        }
        let ring = &mut self.chains[chain];
        let place = if ring.reversed {
            ring.first = ring.first.wrapping_sub(1) & (ring.room - 1);
            ring.place(0)
        } else {
            ring.place(ring.length)
        };
        ring.length += 1;
        self.store[place] = parcel;
    }

    /// Takes the leading parcel away.
    pub(super) fn drop_leading(&mut self, chain: usize) {
        let ring = &mut self.chains[chain];
        if ring.reversed {
            ring.shorten_at_end();
        } else {
            ring.shorten_at_start();
        }
    }

    /// Takes the trailing parcel away.
    pub(super) fn drop_trailing(&mut self, chain: usize) {
        let ring = &mut self.chains[chain];
        if ring.reversed {
            ring.shorten_at_start();
        } else {
            ring.shorten_at_end();
        }
    }

    /// Lets the chain leave at its other end.
    pub(super) fn reverse(&mut self, chain: usize) {
        self.chains[chain].reversed ^= true;
    }

    /// The parcels of a chain, in two parts and in no order that means anything.
    pub(super) fn parts(&self, chain: usize) -> [&[Parcel]; 2] {
        let (front, wrapped) = self.chains[chain].spans();
        [&self.store[front], &self.store[wrapped]]
    }

    /// Applies a change to every parcel of a chain.
    pub(super) fn change(&mut self, chain: usize, mut change: impl FnMut(&mut Parcel)) {
        let (front, wrapped) = self.chains[chain].spans();
        self.store[front].iter_mut().for_each(&mut change);
        self.store[wrapped].iter_mut().for_each(&mut change);
    }

    /// Volume of a chain and what it carries.
    pub(super) fn load(&self, chain: usize) -> Load {
        let mut load = Load::default();
        for parcel in self.parts(chain).into_iter().flatten() {
            load.volume += parcel.volume;
            load.mass += parcel.volume * parcel.quality;
        }
        load
    }

    /// Takes a volume from the leading end; less where there is less.
    pub(super) fn take(&mut self, chain: usize, volume: f64) -> Load {
        let mut taken = Load::default();
        let mut left = volume;
        while left > 0.0 {
            let Some(parcel) = self.leading(chain) else {
                break;
            };
            let part = parcel.volume.min(left);
            let used_up = part >= parcel.volume;
            taken.volume += part;
            taken.mass += part * parcel.quality;
            left -= part;
            parcel.volume -= part;
            if used_up {
                self.drop_leading(chain);
            }
        }
        taken
    }

    /// Puts a volume in at the trailing end; mixed into the trailing parcel where
    /// their qualities are less than `tolerance` apart.
    pub(super) fn put(&mut self, chain: usize, volume: f64, quality: f64, tolerance: f64) {
        if let Some(last) = self.trailing(chain)
            && are_alike(last.quality, quality, tolerance)
        {
            let total = last.volume + volume;
            let mixed = (last.quality * last.volume + quality * volume) / total;
            last.quality = if mixed < NOTHING { 0.0 } else { mixed };
            last.volume = total;
            return;
        }
        self.push(chain, Parcel { volume, quality });
    }

    fn grow(&mut self, chain: usize) {
        let old = self.chains[chain];
        let room = (old.room * 2).max(LEAST_ROOM);
        let offset = match self.outgrown[room.ilog2() as usize].pop() {
            Some(offset) => offset,
            None => {
                let offset = self.store.len();
                self.store.resize(offset + room as usize, Parcel::default());
                offset as u32
            }
        };
        for position in 0..old.length {
            self.store[(offset + position) as usize] = self.store[old.place(position)];
        }
        if old.room > 0 {
            self.outgrown[old.room.ilog2() as usize].push(old.offset);
        }
        self.chains[chain] = Chain {
            offset,
            room,
            first: 0,
            ..old
        };
    }
}

impl Chain {
    fn shorten_at_start(&mut self) {
        if self.length > 0 {
            self.first = (self.first + 1) & (self.room - 1);
            self.length -= 1;
        }
    }

    fn shorten_at_end(&mut self) {
        self.length = self.length.saturating_sub(1);
    }

    /// Where the parcels stand: up to the end of the ring, and from its start on.
    fn spans(&self) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let start = self.offset as usize;
        let front = self.length.min(self.room - self.first.min(self.room));
        let first = start + self.first as usize;
        let wrapped = self.length - front;
        (
            first..first + front as usize,
            start..start + wrapped as usize,
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parcel(number: u32) -> Parcel {
        Parcel {
            volume: 1.0,
            quality: f64::from(number),
        }
    }

    #[derive(Clone, Copy, Debug)]
    enum Deed {
        Push,
        DropLeading,
        DropTrailing,
        Reverse,
    }

    fn deeds() -> impl Strategy<Value = Vec<(usize, Deed)>> {
        let deed = prop_oneof![
            4 => Just(Deed::Push),
            2 => Just(Deed::DropLeading),
            1 => Just(Deed::DropTrailing),
            1 => Just(Deed::Reverse),
        ];
        proptest::collection::vec((0..3_usize, deed), 0..200)
    }

    proptest! {
        #[test]
        fn chains_hold_what_lists_hold(deeds in deeds()) {
            let mut parcels = Parcels::new(3);
            let mut lists = vec![std::collections::VecDeque::new(); 3];
            for (number, (chain, deed)) in (0..).zip(deeds) {
                let list = &mut lists[chain];
                match deed {
                    Deed::Push => {
                        parcels.push(chain, parcel(number));
                        list.push_back(parcel(number));
                    }
                    Deed::DropLeading => {
                        parcels.drop_leading(chain);
                        list.pop_front();
                    }
                    Deed::DropTrailing => {
                        parcels.drop_trailing(chain);
                        list.pop_back();
                    }
                    Deed::Reverse => {
                        parcels.reverse(chain);
                        list.make_contiguous().reverse();
                    }
                }
                prop_assert_eq!(parcels.leading(chain).copied(), list.front().copied());
                prop_assert_eq!(parcels.trailing(chain).copied(), list.back().copied());
                prop_assert_eq!(parcels.length(chain), list.len());
                let total: f64 = list.iter().map(|parcel| parcel.quality).sum();
                prop_assert!((parcels.load(chain).mass - total).abs() < 1e-9);
            }
            let length: usize = lists.iter().map(std::collections::VecDeque::len).sum();
            prop_assert_eq!(parcels.count(), length);
        }
    }

    #[test]
    fn what_is_taken_is_what_came_first() {
        let mut parcels = Parcels::new(1);
        parcels.put(0, 2.0, 1.0, 0.1);
        parcels.put(0, 3.0, 5.0, 0.1);
        let taken = parcels.take(0, 4.0);
        assert!((taken.volume - 4.0).abs() < 1e-15);
        assert!((taken.mass - (2.0 + 2.0 * 5.0)).abs() < 1e-15);
        let rest = parcels.take(0, 4.0);
        assert!((rest.volume - 1.0).abs() < 1e-15, "no more than there is");
    }

    #[test]
    fn water_within_the_tolerance_joins_the_last_parcel_without_loss() {
        let mut parcels = Parcels::new(1);
        parcels.put(0, 1.0, 1.0, 0.1);
        parcels.put(0, 3.0, 1.08, 0.1);
        assert_eq!(parcels.length(0), 1);
        let load = parcels.load(0);
        assert!((load.mass - (1.0 + 3.0 * 1.08)).abs() < 1e-15);
    }
}
