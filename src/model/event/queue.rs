//! Future events in order of time, then priority, then the order in which they
//! were scheduled.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::quantity::SimTime;

/// Which of two events at the same instant comes first: the one of the lower
/// number. Of two with the same number it is the one scheduled first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Priority(pub u8);

/// Names a scheduled event, to cancel or move it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventHandle(Key);

impl EventHandle {
    /// When the event comes.
    #[must_use]
    pub const fn time(self) -> SimTime {
        SimTime::from_nanoseconds(self.0.time)
    }
}

/// What orders events: time, then priority and sequence packed into one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Key {
    /// Nanoseconds since the epoch.
    time: i64,
    /// Priority in the upper 8 bits, sequence in the lower 56.
    order: u64,
}

const SEQUENCE_BITS: u32 = 56;

impl Key {
    /// Whether this comes before `other`; keys are never equal.
    #[inline]
    const fn is_before(self, other: Self) -> bool {
        (self.time < other.time) | ((self.time == other.time) & (self.order < other.order))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry<E> {
    key: Key,
    event: E,
}

/// Children of a node of the heap. Four are compared within a cache line or
/// two, and the heap is half as deep as with two.
const ARITY: usize = 4;

/// The agenda of a discrete-event model.
///
/// A heap of plain entries. A cancelled event stays where it is until its turn,
/// or until half of all entries are cancelled and the heap is made anew: so
/// cancelling is cheap, events that are never cancelled pay nothing for it, and
/// memory stays in proportion to what is pending. An event that was taken leaves its
/// place open: most events schedule another, which goes there and sinks, and so the
/// heap is walked once and not twice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EventQueue<E> {
    heap: Vec<Entry<E>>,
    /// Whether the first entry was taken and its place is still open.
    first_taken: bool,
    /// `order` of the entries that no longer count.
    cancelled: BTreeSet<u64>,
    /// Time of the event taken last.
    now: i64,
    sequence: u64,
}

impl<E> Default for EventQueue<E> {
    fn default() -> Self {
        Self {
            heap: Vec::new(),
            first_taken: false,
            cancelled: BTreeSet::new(),
            now: i64::MIN,
            sequence: 0,
        }
    }
}

impl<E: Copy> EventQueue<E> {
    /// Number of events that are still to come.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heap.len() - usize::from(self.first_taken) - self.cancelled.len()
    }

    /// Whether nothing is to come.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts an event on the agenda. A time before that of the event taken last
    /// counts as that time: nothing happens in the past.
    #[inline]
    pub fn schedule(&mut self, time: SimTime, priority: Priority, event: E) -> EventHandle {
        let key = Key {
            time: time.nanoseconds().max(self.now),
            order: (u64::from(priority.0) << SEQUENCE_BITS) | self.sequence,
        };
        // 2⁵⁶ events at ten million a second would take two hundred years.
        self.sequence += 1;
        let entry = Entry { key, event };
        if std::mem::take(&mut self.first_taken) {
            self.sink(0, entry);
        } else {
            let hole = self.heap.len();
            self.heap.push(entry);
            self.rise(hole, entry);
        }
        EventHandle(key)
    }

    /// Takes an event off the agenda. Returns whether it was still to come.
    ///
    /// A handle is used up by this and its holder forgets it: that an event was
    /// cancelled is known only until its entry is removed.
    pub fn cancel(&mut self, handle: EventHandle) -> bool {
        let key = handle.0;
        // An event at the present instant may have been taken or not, for one of
        // lower priority number may have been added since.
        let mut waiting = self.heap.iter().skip(usize::from(self.first_taken));
        let pending =
            key.time > self.now || (key.time == self.now && waiting.any(|entry| entry.key == key));
        if !pending || !self.cancelled.insert(key.order) {
            return false;
        }
        if self.cancelled.len() > 32 && self.cancelled.len() * 2 > self.heap.len() {
            self.sweep();
        }
        true
    }

    /// Moves an event to another time. It is then the last of its priority at
    /// that time. `None` when it is no longer to come.
    pub fn reschedule(
        &mut self,
        handle: EventHandle,
        time: SimTime,
        event: E,
    ) -> Option<EventHandle> {
        let priority = Priority((handle.0.order >> SEQUENCE_BITS) as u8);
        self.cancel(handle)
            .then(|| self.schedule(time, priority, event))
    }

    /// Time of the next event.
    pub fn next_time(&mut self) -> Option<SimTime> {
        self.close_first();
        self.drop_cancelled();
        self.heap
            .first()
            .map(|entry| SimTime::from_nanoseconds(entry.key.time))
    }

    /// Takes the next event if it comes at `until` or before.
    #[inline(always)]
    pub fn next_until(&mut self, until: SimTime) -> Option<(SimTime, E)> {
        self.close_first();
        if !self.cancelled.is_empty() {
            self.drop_cancelled();
        }
        let first = *self.heap.first()?;
        if first.key.time > until.nanoseconds() {
            return None;
        }
        self.first_taken = true;
        self.now = first.key.time;
        Some((SimTime::from_nanoseconds(first.key.time), first.event))
    }

    /// Removes cancelled events from the top, so that the first one counts.
    fn drop_cancelled(&mut self) {
        while let Some(first) = self.heap.first()
            && !self.cancelled.is_empty()
            && self.cancelled.remove(&first.key.order)
        {
            self.remove_first();
        }
    }

    /// Makes the heap anew of what still counts.
    fn sweep(&mut self) {
        self.close_first();
        let cancelled = std::mem::take(&mut self.cancelled);
        self.heap
            .retain(|entry| !cancelled.contains(&entry.key.order));
        for hole in (0..self.heap.len() / 2).rev() {
            let entry = self.heap[hole];
            self.sink(hole, entry);
        }
    }

    /// Fills the place of an event that was taken and scheduled no other.
    #[inline]
    fn close_first(&mut self) {
        if std::mem::take(&mut self.first_taken) {
            self.remove_first();
        }
    }

    #[inline]
    fn remove_first(&mut self) {
        if let Some(last) = self.heap.pop()
            && !self.heap.is_empty()
        {
            self.sink(0, last);
        }
    }

    /// Puts `entry` where it belongs on the way from `hole` to the top.
    #[inline]
    fn rise(&mut self, mut hole: usize, entry: Entry<E>) {
        while hole > 0 {
            let parent = (hole - 1) / ARITY;
            if self.heap[parent].key.is_before(entry.key) {
                break;
            }
            self.heap[hole] = self.heap[parent];
            hole = parent;
        }
        self.heap[hole] = entry;
    }

    /// Puts `entry` where it belongs below `hole`.
    #[inline]
    fn sink(&mut self, mut hole: usize, entry: Entry<E>) {
        let heap = self.heap.as_mut_slice();
        loop {
            let first = hole * ARITY + 1;
            if first >= heap.len() {
                break;
            }
            let mut least = first;
            let end = (first + ARITY).min(heap.len());
            for child in first + 1..end {
                if heap[child].key.is_before(heap[least].key) {
                    least = child;
                }
            }
            if entry.key.is_before(heap[least].key) {
                break;
            }
            heap[hole] = heap[least];
            hole = least;
        }
        heap[hole] = entry;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(nanoseconds: i64) -> SimTime {
        SimTime::from_nanoseconds(nanoseconds)
    }

    fn drain(queue: &mut EventQueue<u32>) -> Vec<(i64, u32)> {
        std::iter::from_fn(|| queue.next_until(SimTime::MAX))
            .map(|(time, event)| (time.nanoseconds(), event))
            .collect()
    }

    #[test]
    fn events_come_in_order_of_time_then_priority_then_sequence() {
        let mut queue = EventQueue::default();
        queue.schedule(at(5), Priority(1), 1);
        queue.schedule(at(5), Priority(0), 2);
        queue.schedule(at(3), Priority(9), 3);
        queue.schedule(at(5), Priority(1), 4);
        assert_eq!(drain(&mut queue), [(3, 3), (5, 2), (5, 1), (5, 4)]);
    }

    #[test]
    fn an_event_waits_for_its_time() {
        let mut queue = EventQueue::default();
        queue.schedule(at(10), Priority(0), 1);
        assert_eq!(queue.next_until(at(9)), None);
        assert_eq!(queue.next_time(), Some(at(10)));
        assert_eq!(queue.next_until(at(10)), Some((at(10), 1)));
    }

    #[test]
    fn nothing_is_scheduled_into_the_past() {
        let mut queue = EventQueue::default();
        queue.schedule(at(10), Priority(0), 1);
        queue.next_until(at(10));
        queue.schedule(at(2), Priority(0), 2);
        assert_eq!(drain(&mut queue), [(10, 2)]);
    }

    #[test]
    fn an_event_that_was_taken_or_cancelled_cannot_be_cancelled() {
        let mut queue = EventQueue::default();
        let early = queue.schedule(at(10), Priority(5), 1);
        let late = queue.schedule(at(10), Priority(6), 2);
        queue.next_until(at(10));
        // One that overtakes the other two at the same instant.
        let first = queue.schedule(at(10), Priority(0), 3);
        assert!(!queue.cancel(early));
        assert!(queue.cancel(first));
        assert!(!queue.cancel(first));
        assert!(queue.cancel(late));
        assert!(queue.is_empty());
        assert_eq!(queue.next_time(), None);
    }

    #[test]
    fn a_moved_event_comes_at_its_new_time_only() {
        let mut queue = EventQueue::default();
        let moved = queue.schedule(at(10), Priority(0), 1);
        queue.schedule(at(20), Priority(0), 2);
        let again = queue.reschedule(moved, at(30), 1);
        assert!(again.is_some());
        assert_eq!(queue.reschedule(moved, at(40), 1), None);
        assert_eq!(drain(&mut queue), [(20, 2), (30, 1)]);
    }

    #[test]
    fn cancelled_events_do_not_pile_up() {
        let mut queue = EventQueue::default();
        for round in 0..100_000_u32 {
            let handle = queue.schedule(at(1_000_000_000), Priority(0), round);
            queue.cancel(handle);
        }
        assert!(queue.heap.len() < 200);
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn a_saved_queue_goes_on_alike() {
        let mut queue = EventQueue::default();
        for event in 0..50_u32 {
            let handle = queue.schedule(at(i64::from(event * 7919 % 31)), Priority(0), event);
            if event % 3 == 0 {
                queue.cancel(handle);
            }
        }
        let text = serde_json::to_string(&queue).expect("text");
        let mut restored: EventQueue<u32> = serde_json::from_str(&text).expect("a queue");
        assert_eq!(drain(&mut queue.clone()), drain(&mut restored));
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_a_stable_sort(
            events in prop::collection::vec((0_i64..20, 0_u8..4, prop::bool::weighted(0.3)), 0..200)
        ) {
            let mut queue = EventQueue::default();
            let mut expected = Vec::new();
            let mut handles = Vec::new();
            for (number, &(time, priority, cancelled)) in (0_u32..).zip(&events) {
                let handle = queue.schedule(at(time), Priority(priority), number);
                if cancelled {
                    handles.push(handle);
                } else {
                    expected.push((time, priority, number));
                }
            }
            for handle in handles {
                prop_assert!(queue.cancel(handle));
            }
            expected.sort_by_key(|&(time, priority, _)| (time, priority));
            prop_assert_eq!(queue.len(), expected.len());
            let expected: Vec<_> = expected.iter().map(|&(time, _, n)| (time, n)).collect();
            prop_assert_eq!(drain(&mut queue), expected);
        }

        // Taking, adding and cancelling in turn, beside a list that is searched.
        #[test]
        fn events_that_are_taken_and_added_in_turn_stay_in_order(
            steps in prop::collection::vec((0_u8..4, 0_i64..20, 0_u8..3), 0..300)
        ) {
            let mut queue = EventQueue::default();
            let mut list: Vec<((i64, u8, u32), EventHandle)> = Vec::new();
            let mut now = i64::MIN;
            for (number, &(what, ahead, priority)) in (0_u32..).zip(&steps) {
                match what {
                    0 | 1 => {
                        let time = ahead.max(now);
                        let handle = queue.schedule(at(time), Priority(priority), number);
                        list.push(((time, priority, number), handle));
                    }
                    2 => {
                        let first = (0..list.len()).min_by_key(|&place| list[place].0);
                        let expected = first.map(|place| list.swap_remove(place).0);
                        now = expected.map_or(now, |(time, ..)| time);
                        let expected = expected.map(|(time, _, number)| (at(time), number));
                        prop_assert_eq!(queue.next_until(SimTime::MAX), expected);
                    }
                    _ => {
                        if !list.is_empty() {
                            let (_, handle) = list.swap_remove(ahead as usize % list.len());
                            prop_assert!(queue.cancel(handle));
                        }
                    }
                }
                prop_assert_eq!(queue.len(), list.len());
            }
        }
    }
}
