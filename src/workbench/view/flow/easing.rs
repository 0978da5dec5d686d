//! Items that leave one part and stand in the next are seen to go there: for a short
//! part of a second of watching they are drawn on their way along the lane.
//!
//! In the twin an item is handed on within no time, and where it truly is is told by
//! [`bodies`](super::bodies). So this belongs to the picture alone, and only while
//! time runs: a picture that stands is exact.

use std::collections::BTreeMap;

use super::bodies::Bodies;
use super::{FlowPlan, PartForm};
use crate::workbench::view::geometry::{Vector, add, mix, scale, subtract};

/// For how long an item is drawn on its way [s of watching].
pub const DURATION: f64 = 0.3;

/// The parts that hand items to each other, and how the way between two bows out from
/// a straight one \[scene units].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Passages(BTreeMap<(usize, usize), Vector>);

impl Passages {
    /// The ways from part to part of a flow, by the positions of the assets in the
    /// document. `lane` gives the curve of the lane that is drawn between two assets,
    /// `centre` where an asset stands. A way through a router, which holds nothing,
    /// passes over it.
    #[must_use]
    pub fn of(
        plan: &FlowPlan,
        lane: impl Fn(usize, usize) -> Option<[Vector; 3]>,
        centre: impl Fn(usize) -> Option<Vector>,
    ) -> Self {
        let asset = |part: usize| plan.parts[part].asset;
        let mut found = BTreeMap::new();
        let holds = |part: &usize| plan.parts[*part].form != PartForm::Router;
        for from in (0..plan.parts.len()).filter(holds) {
            // The routers on the way, with the first of them.
            let mut open: Vec<(usize, Option<usize>)> =
                plan.after(from).map(|part| (part, None)).collect();
            let mut seen = vec![false; plan.parts.len()];
            while let Some((part, router)) = open.pop() {
                if !holds(&part) {
                    if !std::mem::replace(&mut seen[part], true) {
                        let router = router.unwrap_or(part);
                        open.extend(plan.after(part).map(|next| (next, Some(router))));
                    }
                    continue;
                }
                let (begin, end) = (asset(from), asset(part));
                let bow = match router {
                    None => lane(begin, end).map(|[a, b, c]| subtract(b, mix(a, c, 0.5))),
                    Some(router) => centre(asset(router)).and_then(|over| {
                        let straight = mix(centre(begin)?, centre(end)?, 0.5);
                        let aside = subtract(over, straight);
                        // The curve goes half as far aside as the point that bends it.
                        Some([2.0 * aside[0], 0.0, 2.0 * aside[2]])
                    }),
                };
                found.entry((begin, end)).or_insert(bow.unwrap_or([0.0; 3]));
            }
        }
        Self(found)
    }

    fn between(&self, from: usize, to: usize) -> Option<Vector> {
        self.0.get(&(from, to)).copied()
    }
}

/// An item on its way from one part to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Slide {
    /// Where it was drawn last in the part that it left, and half its extent there.
    from: Vector,
    half: Vector,
    bow: Vector,
    /// For how long it has been on its way [s of watching].
    elapsed: f64,
}

/// An item as it was drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Drawn {
    item: u64,
    asset: usize,
    centre: Vector,
    half: Vector,
    slide: Option<Slide>,
}

/// Where items were drawn last, and which of them are on their way.
#[derive(Clone, Debug, Default)]
pub struct Easing {
    /// In the order of their serial numbers.
    last: Vec<Drawn>,
    next: Vec<Drawn>,
}

impl Easing {
    /// Forgets what was drawn: what is drawn next is exact.
    pub fn rest(&mut self) {
        self.last.clear();
    }

    /// Draws those on their way that came from one part into the next since the last
    /// call, `elapsed` seconds of watching ago, and those that still are.
    pub fn ease(&mut self, bodies: &mut Bodies, passages: &Passages, elapsed: f64) {
        self.next.clear();
        for body in &mut bodies.list {
            let Some(item) = body.item else { continue };
            let before = self.last.binary_search_by_key(&item, |one| one.item);
            let before = before.ok().map(|place| self.last[place]);
            let slide = before.and_then(|before| {
                if before.asset == body.asset {
                    return before.slide;
                }
                Some(Slide {
                    from: before.centre,
                    half: before.half,
                    bow: passages.between(before.asset, body.asset)?,
                    elapsed: 0.0,
                })
            });
            let slide = slide.and_then(|slide| {
                let elapsed = slide.elapsed + elapsed.max(0.0);
                (elapsed < DURATION).then_some(Slide { elapsed, ..slide })
            });
            if let Some(slide) = slide {
                let gone = slide.elapsed / DURATION;
                // It sets out and arrives gently.
                let gone = gone * gone * (3.0 - 2.0 * gone);
                let bend = add(mix(slide.from, body.centre, 0.5), slide.bow);
                let (begin, end) = (mix(slide.from, bend, gone), mix(bend, body.centre, gone));
                body.centre = mix(begin, end, gone);
                body.half = add(scale(slide.half, 1.0 - gone), scale(body.half, gone));
            }
            self.next.push(Drawn {
                item,
                asset: body.asset,
                centre: body.centre,
                half: body.half,
                slide,
            });
        }
        self.next.sort_unstable_by_key(|one| one.item);
        std::mem::swap(&mut self.last, &mut self.next);
    }
}

#[cfg(test)]
mod tests {
    use super::super::bodies::{Body, Look};
    use super::super::test_support::plan;
    use super::*;
    use crate::workbench::view::geometry::length;
    use PartForm::{Buffer, Machine, Router, Sink};

    fn bodies(items: &[(u64, usize, f64)]) -> Bodies {
        let list = items.iter().map(|&(item, asset, x)| Body {
            asset,
            item: Some(item),
            look: Look::Item(0),
            centre: [x, 0.0, 0.0],
            half: [0.1; 3],
            turn: 0.0,
        });
        let mut bodies = Bodies::default();
        bodies.list.extend(list);
        bodies
    }

    /// A buffer, a machine, a router and two sinks, ten units apart; the lane to the
    /// machine rises by one.
    fn passages() -> Passages {
        let plan = plan(
            &[Buffer, Machine, Router, Sink, Sink],
            &[(0, 1), (1, 2), (2, 3), (2, 4)],
        );
        let centre = |asset: usize| Some([10.0 * asset as f64, 0.0, 0.0]);
        let lane = |from: usize, to: usize| {
            let (from, to) = (centre(from)?, centre(to)?);
            Some([from, add(mix(from, to, 0.5), [0.0, 1.0, 0.0]), to])
        };
        Passages::of(&plan, lane, centre)
    }

    /// Where the only item is drawn.
    fn drawn(easing: &mut Easing, asset: usize, x: f64, elapsed: f64) -> Vector {
        let mut bodies = bodies(&[(7, asset, x)]);
        easing.ease(&mut bodies, &passages(), elapsed);
        bodies.list[0].centre
    }

    #[test]
    fn an_item_goes_along_the_lane_to_the_next_part_and_is_there_soon() {
        let mut easing = Easing::default();
        assert_eq!(drawn(&mut easing, 0, 0.0, 0.02), [0.0; 3]);
        let mut before = [0.0; 3];
        let mut highest = 0.0f64;
        let mut steps = 0;
        loop {
            let place = drawn(&mut easing, 1, 10.0, 0.02);
            assert!(place[0] > before[0]);
            assert!(length(subtract(place, before)) < 1.2, "no jump");
            highest = highest.max(place[1]);
            before = place;
            steps += 1;
            if place == [10.0, 0.0, 0.0] {
                break;
            }
        }
        assert!(f64::from(steps) * 0.02 <= 1.0 / 3.0, "{steps} steps");
        assert!((0.4..=0.5).contains(&highest), "as high as the lane");
        assert_eq!(drawn(&mut easing, 1, 10.0, 0.02), [10.0, 0.0, 0.0]);
    }

    #[test]
    fn what_moves_within_a_part_or_comes_from_elsewhere_is_where_it_is() {
        let mut easing = Easing::default();
        drawn(&mut easing, 0, 0.0, 0.02);
        assert_eq!(drawn(&mut easing, 0, 1.0, 0.02), [1.0, 0.0, 0.0]);
        // From the buffer straight to the sink: it was in between unseen.
        assert_eq!(drawn(&mut easing, 3, 30.0, 0.02), [30.0, 0.0, 0.0]);
        // Made here.
        let mut made = bodies(&[(8, 0, 0.0)]);
        easing.ease(&mut made, &passages(), 0.02);
        assert_eq!(made.list[0].centre, [0.0; 3]);
    }

    #[test]
    fn a_way_through_a_router_is_a_way() {
        let mut easing = Easing::default();
        drawn(&mut easing, 1, 10.0, 0.02);
        let place = drawn(&mut easing, 4, 40.0, 0.1);
        assert!(place[0] > 10.0 && place[0] < 40.0, "{place:?}");
    }

    #[test]
    fn where_time_stands_an_item_on_its_way_is_where_it_is() {
        let mut easing = Easing::default();
        drawn(&mut easing, 0, 0.0, 0.02);
        assert!(drawn(&mut easing, 1, 10.0, 0.02)[0] < 9.0);
        easing.rest();
        assert_eq!(drawn(&mut easing, 1, 10.0, 0.02), [10.0, 0.0, 0.0]);
    }

    #[test]
    fn an_item_that_goes_on_while_on_its_way_turns_to_where_it_goes() {
        let mut easing = Easing::default();
        drawn(&mut easing, 0, 0.0, 0.02);
        let before = drawn(&mut easing, 1, 10.0, 0.15);
        let after = drawn(&mut easing, 3, 30.0, 0.001);
        assert!(
            length(subtract(after, before)) < 0.5,
            "{before:?} {after:?}"
        );
    }
}
