//! The bodies of items and agents at an instant: who is where, put where things
//! stand.

use super::floor::{Crowd, Floor, Grid, Spot};
use super::moves::Moves;
use super::standing::{Inside, Stage, Standing};
use crate::quantity::SimTime;
use crate::workbench::view::geometry::{Vector, add};

/// Most bodies that are drawn; of a busier flow the rest is counted.
pub const MOST_BODIES: usize = 5_000;

/// Most items drawn on one part, so that one long queue does not take the room of all
/// others.
pub const MOST_ON_A_PART: usize = 600;

/// Height of an item, in edges.
pub const HEIGHT: f64 = 0.8;

/// Height of a vehicle's deck, from -1 at its foot to 1 at the top of its mast.
pub const DECK: f64 = -0.1;

/// Where the deck of a vehicle ends, from -1 at its rear to 1 at its front.
pub const DECK_END: f64 = 0.5;

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    /// An item of this class.
    Item(u16),
    /// A vehicle.
    Vehicle,
    /// A person.
    Person,
}

/// One item or agent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Body {
    /// Position in the document of the part that it is in, or of its fleet or pool.
    pub asset: usize,
    /// The serial number of an item.
    pub item: Option<u64>,
    /// What it is.
    pub look: Look,
    /// Its middle [scene units].
    pub centre: Vector,
    /// Half its extent: along, up, across [scene units].
    pub half: Vector,
    /// The angle about the upright axis that turns along into the x axis [rad].
    pub turn: f64,
}

/// Every item and agent at one instant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bodies {
    /// Those that are drawn.
    pub list: Vec<Body>,
    /// How many there are besides, for want of room.
    pub left_out: usize,
    /// How many there are besides, in parts and on waypoints without a place.
    pub without_place: usize,
    /// The agents among them.
    seats: Vec<Seat>,
}

/// An agent that was put somewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Seat {
    asset: usize,
    agent: usize,
    /// Its position among the bodies.
    body: usize,
    /// The waypoint at which it stands.
    stands_at: Option<u32>,
    /// Items put on it so far.
    load: usize,
}

impl Bodies {
    /// Puts everyone where they are at `time`; nobody where that is not known.
    /// Items are left out where they would be too small to be seen. What was put
    /// before is put again in the same memory.
    pub fn put(&mut self, moves: &mut Moves, floor: &Floor, time: SimTime, with_items: bool) {
        self.list.clear();
        self.seats.clear();
        self.left_out = 0;
        self.without_place = 0;
        if !moves.go_to(time) {
            return;
        }
        let (standing, belts) = (moves.shown(), moves.belts());
        for (asset, crowd) in floor.crowds() {
            self.put_agents(standing, floor, *asset, crowd, time);
        }
        if !with_items {
            return;
        }
        for asset in 0..standing.assets() {
            let count = standing.inside(asset).len();
            let spot = floor.spot(asset);
            if count == 0 || *spot == Spot::Nowhere {
                self.without_place += count;
                continue;
            }
            let mut room = MOST_ON_A_PART.min(MOST_BODIES.saturating_sub(self.list.len()));
            if let Spot::Rows(grid) = spot {
                room = room.min(grid.for_count(count).most());
            }
            self.left_out += count.saturating_sub(room);
            let items = standing.inside(asset).take(room);
            match spot {
                Spot::Nowhere => {}
                Spot::Rows(grid) => {
                    let grid = grid.for_count(count);
                    for (position, item) in items.enumerate() {
                        self.put_item(asset, item, grid, position);
                    }
                }
                Spot::Along(track) => {
                    // A document of four billion assets cannot be held.
                    let belt = belts.get(&(asset as u32));
                    for (position, item) in items.enumerate() {
                        let ridden = |belt| standing.ridden(asset, position, belt, time);
                        let foot = track.place(belt.map_or(0.0, ridden));
                        self.put_item_at(asset, item, foot, track.half, track.turn);
                    }
                }
                Spot::Carried {
                    pick_up,
                    drop_off,
                    fleet,
                } => {
                    let (mut waiting, mut brought) = (0, 0);
                    for item in items {
                        let (grid, position) = match item.stage {
                            Stage::Waiting => (pick_up, &mut waiting),
                            Stage::Brought => (drop_off, &mut brought),
                            Stage::Aboard(agent) => {
                                self.put_aboard(asset, item, *fleet, agent, floor.edge());
                                continue;
                            }
                        };
                        match grid {
                            Some(grid) => self.put_item(asset, item, grid, *position),
                            None => self.without_place += 1,
                        }
                        *position += 1;
                    }
                }
            }
        }
    }

    fn put_agents(
        &mut self,
        standing: &Standing,
        floor: &Floor,
        asset: usize,
        crowd: &Crowd,
        time: SimTime,
    ) {
        for (agent, leg) in standing.agents(asset).iter().enumerate() {
            let Some(leg) = leg else { continue };
            let share = leg.share(time);
            let Some((foot, turn)) = floor.on_the_way(leg.from, leg.to, share) else {
                self.without_place += 1;
                continue;
            };
            if self.list.len() >= MOST_BODIES {
                self.left_out += 1;
                continue;
            }
            let stands_at = (share >= 1.0).then_some(leg.to);
            // Those that stand in one place stand side by side, to the left and right.
            let others = self.seats.iter().filter(|seat| seat.stands_at == stands_at);
            let place = stands_at.map_or(0, |_| others.count());
            let side = if place % 2 == 0 { 1.0 } else { -1.0 };
            let aside = side * place.div_ceil(2) as f64 * crowd.half[2] * 2.3;
            self.seats.push(Seat {
                asset,
                agent,
                body: self.list.len(),
                stands_at,
                load: 0,
            });
            let shift = [aside * turn.sin(), crowd.half[1], aside * turn.cos()];
            self.list.push(Body {
                asset,
                item: None,
                look: if crowd.drives {
                    Look::Vehicle
                } else {
                    Look::Person
                },
                centre: add(foot, shift),
                half: crowd.half,
                turn,
            });
        }
    }

    fn put_item(&mut self, asset: usize, item: &Inside, grid: &Grid, position: usize) {
        self.put_item_at(asset, item, grid.place(position), grid.half(), grid.turn());
    }

    fn put_item_at(&mut self, asset: usize, item: &Inside, foot: Vector, half: f64, turn: f64) {
        self.list.push(Body {
            asset,
            item: Some(item.item),
            look: Look::Item(item.class),
            centre: add(foot, [0.0, half * HEIGHT, 0.0]),
            half: [half, half * HEIGHT, half],
            turn,
        });
    }

    /// Puts an item on a vehicle, behind and then above those that are on it.
    fn put_aboard(
        &mut self,
        asset: usize,
        item: &Inside,
        fleet: Option<usize>,
        agent: u16,
        edge: f64,
    ) {
        let is_it =
            |seat: &&mut Seat| Some(seat.asset) == fleet && seat.agent == usize::from(agent);
        let Some(seat) = self.seats.iter_mut().find(is_it) else {
            self.without_place += 1;
            return;
        };
        let vehicle = self.list[seat.body];
        let long = vehicle.half[0] * (1.0 + DECK_END);
        let half = (edge.min(long * 0.95).min(vehicle.half[2] * 1.8)) / 2.0;
        let in_a_row = ((long / (half * 2.0)) as usize).max(1);
        let (column, layer) = (seat.load % in_a_row, seat.load / in_a_row);
        seat.load += 1;
        let pitch = long / in_a_row as f64;
        let along = vehicle.half[0] * DECK_END - pitch * (column as f64 + 0.5);
        let rise = vehicle.half[1] * DECK + layer as f64 * half * 2.0 * HEIGHT;
        let shift = [
            along * vehicle.turn.cos(),
            rise,
            -along * vehicle.turn.sin(),
        ];
        let foot = add(vehicle.centre, shift);
        self.put_item_at(asset, item, foot, half, vehicle.turn);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::FlowPlan;
    use super::super::standing::Belt;
    use super::*;
    use crate::twin::{Happening, Shape, Twin, VariableTable, What};
    use crate::workbench::view::geometry::{OrientedBox, length, subtract};
    use crate::workbench::view::scene::SceneView;
    use crate::workbench::view::test_support::at;

    /// A source, a rack of four places, a conveyor of ten seconds, a machine, and a truck
    /// that takes what it makes away over an aisle with a corner.
    const YARD: &str = r#"(
        format: 1, id: "yard", name: "Yard", version: "1", epoch: "2026-01-05T00:00:00Z", timestep: "1 min",
        assets: [
            (id: "raw", kind: "flow.Source", parameters: { "interval_time": "1 min" }, place: (position: (0.0, 0.5, 0.0), size: (1.0, 1.0, 1.0))),
            (id: "rack", kind: "flow.Buffer", parameters: { "capacity": "4" }, place: (position: (3.0, 0.5, 0.0), size: (3.0, 1.0, 1.0))),
            (id: "belt", kind: "flow.Conveyor", parameters: { "length": "10 m", "speed": "1 m/s", "item_length": "1 m" }, place: (position: (10.0, 0.5, 0.0), size: (10.0, 1.0, 1.0))),
            (id: "mill", kind: "flow.Machine", parameters: { "service_time": "1 min" }, place: (position: (17.0, 1.0, 0.0), size: (2.0, 2.0, 2.0))),
            (id: "run", kind: "flow.Transport", attributes: { "fleet": "trucks", "pick_up": "here", "drop_off": "there" }, place: (position: (20.0, 0.1, 0.0), size: (1.0, 0.2, 1.0))),
            (id: "trucks", kind: "flow.Fleet", parameters: { "vehicles": "1", "length": "2 m", "capacity": "2" }, attributes: { "home": "here" }),
            (id: "here", kind: "flow.Waypoint", place: (position: (22.0, 0.05, 0.0), size: (1.0, 0.1, 1.0))),
            (id: "there", kind: "flow.Waypoint", place: (position: (32.0, 0.05, 10.0), size: (1.0, 0.1, 1.0))),
            (id: "aisle", kind: "flow.Aisle", path: [(32.0, 0.05, 0.0)]),
            (id: "done", kind: "flow.Sink", place: (position: (36.0, 0.5, 10.0), size: (1.0, 1.0, 1.0))),
        ],
        links: [
            (from: "raw.out", to: "rack.in"), (from: "rack.out", to: "belt.in"),
            (from: "belt.out", to: "mill.in"), (from: "mill.out", to: "run.in"),
            (from: "run.out", to: "done.in"),
            (from: "aisle.a", to: "here.aisles"), (from: "aisle.b", to: "there.aisles"),
        ],
    )"#;

    const RACK: u32 = 1;
    const BELT: u32 = 2;
    const MILL: u32 = 3;
    const RUN: u32 = 4;
    const TRUCKS: u32 = 5;
    const HERE: u32 = 6;
    const THERE: u32 = 7;

    struct Yard {
        scene: SceneView,
        moves: Moves,
        bodies: Bodies,
    }

    fn yard() -> Yard {
        let twin: Twin = ron::Options::default()
            .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
            .from_str(YARD)
            .expect("a document");
        let registry = crate::model::registry();
        let variables = VariableTable::new(&twin, &registry);
        let scene = SceneView::new(&twin, &registry, &variables);
        let plan = FlowPlan::new(&twin, &variables);
        let belts = plan.belts(|variable| Some(variables.get(variable).initial));
        Yard {
            scene,
            moves: Moves::among(belts),
            bodies: Bodies::default(),
        }
    }

    impl Yard {
        fn tell(&mut self, second: i64, asset: u32, what: What) {
            let happening = Happening {
                time: at(second),
                asset,
                what,
            };
            self.moves.take_in(&[happening], 0, at(second));
        }

        fn enter(&mut self, second: i64, asset: u32, item: u64) {
            self.tell(second, asset, What::Entered { item, class: 0 });
        }

        fn at(&mut self, seconds: f64) -> &Bodies {
            let time = SimTime::from_seconds(seconds).expect("a time");
            let floor = self.scene.floor.clone().expect("a floor");
            self.bodies.put(&mut self.moves, &floor, time, true);
            &self.bodies
        }

        fn place(&self, asset: u32) -> OrientedBox {
            self.scene.solid(asset as usize).expect("a place").place
        }
    }

    fn inside(place: &OrientedBox, body: &Body) -> bool {
        let way = subtract(body.centre, place.centre);
        [0, 2]
            .into_iter()
            .all(|axis| way[axis].abs() + body.half[axis] <= place.half_size[axis] + 1e-9)
    }

    fn apart(one: &Body, other: &Body) -> bool {
        (0..3).any(|axis| {
            let gap = (one.centre[axis] - other.centre[axis]).abs();
            gap >= one.half[axis] + other.half[axis] - 1e-9
        })
    }

    #[test]
    fn items_stand_beside_each_other_on_what_they_are_in() {
        let mut yard = yard();
        for item in 0..4 {
            yard.enter(0, RACK, item);
        }
        yard.enter(0, MILL, 9);
        let (rack, mill) = (yard.place(RACK), yard.place(MILL));
        let list = yard.at(1.0).list.clone();
        assert_eq!(list.len(), 5);
        for (position, body) in list.iter().enumerate() {
            let place = if body.asset == RACK as usize {
                &rack
            } else {
                &mill
            };
            assert!(inside(place, body), "{body:?}");
            assert!(list[..position].iter().all(|other| apart(other, body)));
        }
        let top = rack.centre[1] + rack.half_size[1];
        assert!((list[0].centre[1] - list[0].half[1] - top).abs() < 1e-9);
        // The one that came first stands where it will leave.
        assert!(list[0].centre[0] > list[3].centre[0]);
    }

    #[test]
    fn more_items_than_there_is_room_for_stand_on_each_other() {
        let mut yard = yard();
        for item in 0..50 {
            yard.enter(0, RACK, item);
        }
        let list = yard.at(1.0).list.clone();
        assert_eq!(list.len(), 50);
        for (position, body) in list.iter().enumerate() {
            assert!(list[..position].iter().all(|other| apart(other, body)));
        }
    }

    #[test]
    fn an_item_is_in_the_middle_of_the_conveyor_at_half_its_time() {
        let mut yard = yard();
        yard.enter(100, BELT, 1);
        let belt = yard.place(BELT);
        let x = |yard: &mut Yard, seconds: f64| yard.at(seconds).list[0].centre[0];
        let begin = x(&mut yard, 100.0);
        let middle = x(&mut yard, 105.0);
        let end = x(&mut yard, 110.0);
        assert!((middle - belt.centre[0]).abs() < 1e-9);
        assert!(begin < middle && middle < end);
        assert!((x(&mut yard, 400.0) - end).abs() < 1e-12, "it is held");
        assert!(((end - middle) - (middle - begin)).abs() < 1e-9);
    }

    #[test]
    fn a_vehicle_goes_round_the_corner_at_an_even_speed_with_its_load() {
        let mut yard = yard();
        for item in [1, 2] {
            yard.enter(0, RUN, item);
        }
        let travels = |arrives: i64| What::Travels {
            agent: 0,
            from: HERE,
            to: THERE,
            arrives: at(arrives),
        };
        for item in [1, 2] {
            yard.tell(100, RUN, What::Loaded { item, agent: 0 });
        }
        yard.tell(100, TRUCKS, travels(120));
        let unit = 1.0 / yard.scene.metres_per_unit;
        let mut before: Option<Vector> = None;
        for half_second in 200..=240 {
            let list = yard.at(f64::from(half_second) / 2.0).list.clone();
            assert_eq!(list.len(), 3);
            let truck = &list[0];
            assert_eq!(truck.look, Look::Vehicle);
            if let Some(before) = before {
                let way = length(subtract(truck.centre, before));
                // Twenty metres in as many seconds; the corner is at a whole second.
                assert!((way - 0.5 * unit).abs() < 1e-9, "{way} at {half_second}");
            }
            before = Some(truck.centre);
            for item in &list[1..] {
                let away = subtract(item.centre, truck.centre);
                assert!(length(away) < truck.half[0] * 1.2, "{item:?} on {truck:?}");
                assert!(away[1] > 0.0);
            }
            assert!(apart(&list[1], &list[2]));
        }
        let corner = yard.at(110.0).list[0].centre;
        let there = yard.place(THERE).centre;
        assert!((corner[0] - there[0]).abs() < 1e-9, "it takes the corner");
        for item in [1, 2] {
            yard.tell(130, RUN, What::Unloaded { item });
        }
        let list = yard.at(131.0).list.clone();
        let waits_near = |body: &Body| length(subtract(body.centre, there)) < 3.0 * unit;
        assert!(list[1..].iter().all(waits_near));
        assert!(
            list[1..]
                .iter()
                .all(|item| item.centre[1] < list[0].centre[1] + list[0].half[1])
        );
    }

    #[test]
    fn vehicles_that_stand_in_one_place_stand_side_by_side() {
        let mut yard = yard();
        for agent in 0..3 {
            yard.tell(
                0,
                TRUCKS,
                What::Travels {
                    agent,
                    from: HERE,
                    to: HERE,
                    arrives: at(0),
                },
            );
        }
        let list = yard.at(5.0).list.clone();
        assert_eq!(list.len(), 3);
        for (position, body) in list.iter().enumerate() {
            assert!(list[..position].iter().all(|other| apart(other, body)));
        }
    }

    #[test]
    fn looking_back_puts_everyone_where_they_were() {
        let mut yard = yard();
        for item in 0..40_u64 {
            let second = item as i64 * 2;
            yard.enter(second, RACK, item);
            yard.tell(second + 1, RACK, What::Left { item });
            yard.enter(second + 1, BELT, item);
            if item >= 8 {
                yard.tell(second + 1, BELT, What::Left { item: item - 8 });
            }
        }
        let instants = [3.5, 20.25, 41.0, 77.75];
        let forward: Vec<Vec<Body>> = instants.map(|one| yard.at(one).list.clone()).to_vec();
        for (instant, seen) in instants.iter().zip(&forward).rev() {
            assert_eq!(&yard.at(*instant).list, seen);
        }
        assert!(yard.at(-5.0).list.is_empty(), "before anything is known");
    }

    #[test]
    fn of_a_crowd_the_rest_is_counted() {
        let mut yard = yard();
        for item in 0..2_000 {
            yard.enter(0, RACK, item);
        }
        let bodies = yard.at(1.0);
        assert_eq!(bodies.list.len(), MOST_ON_A_PART);
        assert_eq!(bodies.left_out, 2_000 - MOST_ON_A_PART);
        // What has no place is not drawn, and is counted.
        let (mut nowhere, mut moves) = (
            Bodies::default(),
            Moves::among(BTreeMap::<u32, Belt>::new()),
        );
        let what = What::Entered { item: 1, class: 0 };
        let time = at(0);
        moves.take_in(
            &[Happening {
                time,
                asset: 99,
                what,
            }],
            0,
            time,
        );
        let floor = yard.scene.floor.clone().expect("a floor");
        nowhere.put(&mut moves, &floor, at(1), true);
        assert_eq!((nowhere.list.len(), nowhere.without_place), (0, 1));
    }

    #[test]
    fn a_deck_lies_within_its_shape() {
        for shape in [
            Shape::Machine,
            Shape::Stalls,
            Shape::Gate,
            Shape::Reservoir,
            Shape::Slab,
        ] {
            let [height, back, front] = super::super::floor::deck(shape);
            assert!((-1.0..=1.0).contains(&height) && back < front);
            assert!(back >= -1.0 && front <= 1.0);
        }
    }
}
