//! Where on the parts and on the floor items and agents stand: rows on buffers,
//! places on stations, the way along a conveyor, the aisles between waypoints.

use std::collections::BTreeMap;

use super::easing::Passages;
use super::{FlowPlan, PartForm};
use crate::model::flow::kinds::name;
use crate::twin::{Shape, Twin, VariableTable};
use crate::workbench::view::geometry::{
    OrientedBox, Vector, add, direction_or, dot, length, mix, scale, subtract,
};

/// Edge of an item, as a part of what the parts of a flow usually measure across.
const ITEM: f64 = 0.34;

/// Distance of two items, in edges.
const PITCH: f64 = 1.15;

/// Largest distance of two items on a part with room to spare, in edges.
const LOOSE: f64 = 1.6;

/// Least that an item is made smaller so that all find room.
const SMALLEST: f64 = 0.4;

/// Items above each other before they are made smaller, and once they cannot be.
const LAYERS: [usize; 2] = [2, 6];

/// Height of a person and half the breadth \[m].
const PERSON: [f64; 2] = [1.75, 0.28];

/// The flat part of a shape on which items stand: its height, and in depth from where
/// to where, all from -1 at the foot or the back to 1 at the top or the front.
#[must_use]
pub const fn deck(shape: Shape) -> [f64; 3] {
    match shape {
        Shape::Machine => [-0.1, -0.2, 1.0],
        Shape::Stalls => [0.3, -0.7, 1.0],
        Shape::Gate => [-0.2, -1.0, 1.0],
        Shape::Belt => [0.9, -1.0, 1.0],
        Shape::Reservoir => [-0.6, -0.7, 0.7],
        _ => [1.0, -1.0, 1.0],
    }
}

/// Places in rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    first: Vector,
    /// Steps to the next row and to the next place in a row.
    steps: [Vector; 2],
    /// Rows, and places in each.
    counts: [usize; 2],
    /// Half the edge of an item.
    half: f64,
    turn: f64,
    /// The same with smaller items, for more of them.
    finer: Option<Box<Self>>,
}

/// A rectangle on which items stand.
#[derive(Clone, Copy, Debug)]
struct Top {
    centre: Vector,
    /// The directions in which items go and across, of length one.
    axes: [Vector; 2],
    /// Length and width.
    size: [f64; 2],
}

impl Grid {
    /// Room for `count` items on a rectangle, or as many as fit; in its middle, or
    /// from its end on, where items leave.
    fn on(top: &Top, count: Option<usize>, edge: f64, in_the_middle: bool) -> Self {
        Self::with(top, count, [edge, edge * SMALLEST], in_the_middle)
    }

    /// As [`Grid::on`], with items of this edge, or of the least.
    fn with(top: &Top, count: Option<usize>, edges: [f64; 2], in_the_middle: bool) -> Self {
        let [edge, smallest] = edges;
        let room = top.size.map(|one| one * 0.96);
        let mut edge = edge.min(room[0] * 0.92).min(room[1] * 0.92);
        let fitting = |edge: f64| {
            room.map(|one| ((one / (edge * PITCH).max(1e-9)).floor() as usize).clamp(1, 1_000))
        };
        let mut counts = fitting(edge);
        if let Some(count) = count.filter(|count| *count > 0) {
            if count > counts[0] * counts[1] {
                let needed = (room[0] * room[1] / count as f64).sqrt() / PITCH;
                edge = needed.clamp(smallest.min(edge), edge);
                counts = fitting(edge);
            }
            if count < counts[0] * counts[1] {
                let across = count.div_ceil(counts[0]);
                counts = [count.div_ceil(across), across];
            }
        }
        let pitch: [f64; 2] =
            std::array::from_fn(|axis| (room[axis] / counts[axis] as f64).min(edge * LOOSE));
        let reach = |axis: usize| pitch[axis] * (counts[axis] as f64 - 1.0) / 2.0;
        let begin = if in_the_middle {
            reach(0)
        } else {
            (room[0] - pitch[0]) / 2.0
        };
        let ahead = scale(top.axes[0], begin);
        let aside = scale(top.axes[1], -reach(1));
        // Without a count, all that find room on a rectangle are counted.
        let finer = (edge > smallest * 1.01).then(|| {
            let edge = (edge * 0.63).max(smallest);
            Box::new(Self::with(top, None, [edge, smallest], in_the_middle))
        });
        Self {
            finer,
            first: add(top.centre, add(ahead, aside)),
            steps: [scale(top.axes[0], -pitch[0]), scale(top.axes[1], pitch[1])],
            counts,
            half: edge / 2.0,
            turn: turn(top.axes[0]),
        }
    }

    /// The rows for so many items, which may be smaller than these.
    #[must_use]
    pub fn for_count(&self, count: usize) -> &Self {
        match &self.finer {
            Some(finer) if count > self.counts[0] * self.counts[1] * LAYERS[0] => {
                finer.for_count(count)
            }
            _ => self,
        }
    }

    /// Most items that are drawn on it.
    #[must_use]
    pub fn most(&self) -> usize {
        self.counts[0] * self.counts[1] * LAYERS[1]
    }

    /// The middle of the foot of an item at this position, the first first; those that
    /// find no room stand on the others.
    #[must_use]
    pub fn place(&self, position: usize) -> Vector {
        let [rows, across] = self.counts;
        let layer = position / (rows * across);
        let within = position % (rows * across);
        let [back, aside] = self.steps;
        let place = add(
            self.first,
            add(
                scale(back, (within / across) as f64),
                scale(aside, (within % across) as f64),
            ),
        );
        let rise = layer as f64 * self.half * 2.0 * super::bodies::HEIGHT;
        add(place, [0.0, rise, 0.0])
    }

    /// Half the edge of an item on it.
    #[must_use]
    pub fn half(&self) -> f64 {
        self.half
    }

    /// How items on it are turned about the upright axis [rad].
    #[must_use]
    pub fn turn(&self) -> f64 {
        self.turn
    }
}

/// The way along a conveyor.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    begin: Vector,
    end: Vector,
    /// Half the edge of an item.
    pub half: f64,
    /// How items on it are turned about the upright axis [rad].
    pub turn: f64,
}

impl Track {
    /// The middle of the foot of an item that has gone this part of the way.
    #[must_use]
    pub fn place(&self, share: f64) -> Vector {
        mix(self.begin, self.end, share)
    }
}

/// Where the items inside an asset are.
#[derive(Clone, Debug, PartialEq)]
pub enum Spot {
    /// Nowhere: the asset has no place.
    Nowhere,
    /// In rows.
    Rows(Grid),
    /// On their way along it.
    Along(Track),
    /// At both ends of a transport, or on a vehicle.
    Carried {
        /// Those that wait to be fetched.
        pick_up: Option<Grid>,
        /// Those that were brought.
        drop_off: Option<Grid>,
        /// Position in the document of the fleet.
        fleet: Option<usize>,
    },
}

/// What the agents of an asset look like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crowd {
    /// Whether they are vehicles; otherwise people.
    pub drives: bool,
    /// Half their extent: along, up, across.
    pub half: Vector,
}

/// The floor of a flow: where everything that moves can be [scene units].
#[derive(Clone, Debug, PartialEq)]
pub struct Floor {
    spots: Vec<Spot>,
    waypoints: BTreeMap<u32, Vector>,
    /// Ways that are not straight, by the waypoints at their ends.
    ways: BTreeMap<(u32, u32), Vec<Vector>>,
    crowds: Vec<(usize, Crowd)>,
    /// Usual edge of an item.
    edge: f64,
    passages: Passages,
}

/// What a floor is made from.
pub struct Building<'a, Solid, Inward>
where
    Solid: Fn(usize) -> Option<(OrientedBox, Shape)>,
    Inward: Fn(Vector) -> Vector,
{
    /// The document.
    pub twin: &'a Twin,
    /// Its flow.
    pub plan: &'a FlowPlan,
    /// Its variables.
    pub variables: &'a VariableTable,
    /// Where an asset stands, and what it looks like [scene units].
    pub solid: Solid,
    /// From a place in the document to one in the scene.
    pub inward: Inward,
    /// Length of one scene unit \[m].
    pub metres_per_unit: f64,
    /// The curves of the lanes, by the assets between which they are drawn.
    pub lanes: &'a BTreeMap<(usize, usize), [Vector; 3]>,
}

impl<Solid, Inward> Building<'_, Solid, Inward>
where
    Solid: Fn(usize) -> Option<(OrientedBox, Shape)>,
    Inward: Fn(Vector) -> Vector,
{
    fn initial(&self, asset: usize, quantity: &str) -> Option<f64> {
        let variable = self.variables.of_asset(asset, quantity)?;
        Some(self.variables.get(variable).initial)
    }

    fn asset_called(&self, id: &str) -> Option<usize> {
        self.twin.assets.iter().position(|asset| asset.id == id)
    }

    fn centre(&self, asset: usize) -> Option<Vector> {
        Some((self.solid)(asset)?.0.centre)
    }

    /// Which way items go through a part, as seen from above.
    fn heading(&self, part: usize) -> Vector {
        let centre = |part: usize| self.centre(self.plan.parts[part].asset);
        let Some(own) = centre(part) else {
            return [1.0, 0.0, 0.0];
        };
        let after = self.plan.after(part).find_map(centre).unwrap_or(own);
        let before = self.plan.before(part).find_map(centre).unwrap_or(own);
        let way = subtract(after, before);
        [way[0], 0.0, way[2]]
    }

    /// Usual edge of an item.
    fn edge(&self) -> f64 {
        let across = |part: &super::FlowPart| {
            let half = (self.solid)(part.asset)?.0.half_size;
            (part.form != PartForm::Router).then(|| 2.0 * half[0].min(half[2]))
        };
        let mut all: Vec<f64> = self.plan.parts.iter().filter_map(across).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).map_or(0.02, |median| median * ITEM)
    }

    fn top(&self, part: usize) -> Option<Top> {
        let (place, shape) = (self.solid)(self.plan.parts[part].asset)?;
        let [height, back, front] = deck(shape);
        let [half_x, half_y, half_z] = place.half_size;
        let rise = scale(place.axes[1], half_y * height);
        let shift = scale(place.axes[2], half_z * (back + front) / 2.0);
        let size = [2.0 * half_x, half_z * (front - back)];
        let lies_long = size[0] >= size[1];
        let (mut axes, size) = if lies_long {
            ([place.axes[0], place.axes[2]], size)
        } else {
            ([place.axes[2], place.axes[0]], [size[1], size[0]])
        };
        if dot(axes[0], self.heading(part)) < 0.0 {
            axes[0] = scale(axes[0], -1.0);
        }
        Some(Top {
            centre: add(place.centre, add(rise, shift)),
            axes,
            size,
        })
    }

    /// Where the items of a part stand.
    fn spot(&self, part: usize, edge: f64, waypoints: &BTreeMap<u32, Vector>) -> Spot {
        let described = &self.plan.parts[part];
        if described.form == PartForm::Transport {
            return self.carried(part, edge, waypoints);
        }
        let Some(top) = self.top(part) else {
            return Spot::Nowhere;
        };
        let value = |quantity: &str| self.initial(described.asset, quantity);
        let whole = |value: Option<f64>| value.filter(|one| *one >= 1.0).map(|one| one as usize);
        let grid = match described.form {
            PartForm::Conveyor => return self.track(&top, edge, described.asset),
            PartForm::Buffer => Grid::on(&top, whole(value("capacity")), edge, false),
            PartForm::ServerPool => Grid::on(&top, whole(value("servers")), edge, true),
            PartForm::Source
            | PartForm::Machine
            | PartForm::Split
            | PartForm::Inspection
            | PartForm::Router => Grid::on(&top, Some(1), edge, true),
            _ => Grid::on(&top, None, edge, true),
        };
        Spot::Rows(grid)
    }

    fn track(&self, top: &Top, edge: f64, asset: usize) -> Spot {
        let room = self
            .initial(asset, "item_length")
            .zip(self.initial(asset, "length"))
            .map_or(edge, |(item, whole)| {
                top.size[0] * item / whole.max(1e-9) / PITCH
            });
        let half = edge.min(room).min(top.size[1] * 0.8) / 2.0;
        let reach = scale(top.axes[0], (top.size[0] / 2.0 - half).max(0.0));
        Spot::Along(Track {
            begin: subtract(top.centre, reach),
            end: add(top.centre, reach),
            half,
            turn: turn(top.axes[0]),
        })
    }

    /// Items of a transport stand on it at the end that it is nearer to, and beside the
    /// waypoint at the other.
    fn carried(&self, part: usize, edge: f64, waypoints: &BTreeMap<u32, Vector>) -> Spot {
        let asset = self.plan.parts[part].asset;
        let named = |attribute: &str| {
            let id = self.twin.assets[asset].attributes.get(attribute)?;
            self.asset_called(id)
        };
        let ends = ["pick_up", "drop_off"].map(|end| {
            let waypoint = named(end)?;
            Some((waypoint, *waypoints.get(&(waypoint as u32))?))
        });
        let own = self.top(part);
        let distance = |end: usize| {
            let (own, (_, there)) = (own.as_ref()?, ends[end]?);
            Some(length(subtract(there, own.centre)))
        };
        let nearer = match (distance(0), distance(1)) {
            (Some(one), Some(other)) => Some(usize::from(other < one)),
            (Some(_), None) => Some(0),
            (None, Some(_)) => Some(1),
            // Without waypoints that stand somewhere all stand on the transport.
            (None, None) => None,
        };
        let grid = |end: usize, partner: Option<usize>| {
            if nearer.is_none_or(|nearer| nearer == end)
                && let Some(top) = &own
            {
                let places = self.initial(asset, ["pick_up_places", "drop_off_places"][end]);
                let places = places.map(|places| places as usize);
                return Some(Grid::on(top, places, edge, true));
            }
            let (waypoint, there) = ends[end]?;
            let reach = (self.solid)(waypoint).map_or(edge, |(place, _)| place.half_size[0]);
            let towards = partner
                .and_then(|partner| self.centre(self.plan.parts[partner].asset))
                .map_or([0.0, 0.0, 1.0], |partner| subtract(partner, there));
            let ahead = direction_or([towards[0], 0.0, towards[2]], [0.0, 0.0, 1.0]);
            let width = edge * PITCH * 3.0;
            let top = Top {
                centre: add(there, scale(ahead, reach + edge)),
                axes: [ahead, [-ahead[2], 0.0, ahead[0]]],
                size: [edge * PITCH * 1.1, width],
            };
            Some(Grid::on(&top, None, edge, true))
        };
        Spot::Carried {
            pick_up: grid(0, self.plan.before(part).next()),
            drop_off: grid(1, self.plan.after(part).next()),
            fleet: named("fleet"),
        }
    }

    fn crowds(&self, edge: f64) -> Vec<(usize, Crowd)> {
        let unit = 1.0 / self.metres_per_unit.max(1e-12);
        let crowd = |asset: usize| match self.twin.assets[asset].kind.as_str() {
            name::FLEET => {
                let long = self.initial(asset, "length").unwrap_or(1.0) * unit * 0.85;
                // What carries items is larger than they are.
                let long = long.max(edge * 1.7);
                let half = [long / 2.0, long * 0.22, (long * 0.28).max(edge * 0.6)];
                Some(Crowd { drives: true, half })
            }
            name::RESOURCE_POOL => {
                let high = (PERSON[0] * unit).max(edge * 1.4);
                let wide = high * PERSON[1] / PERSON[0];
                Some(Crowd {
                    drives: false,
                    half: [wide, high / 2.0, wide],
                })
            }
            _ => None,
        };
        (0..self.twin.assets.len())
            .filter_map(|asset| Some((asset, crowd(asset)?)))
            .collect()
    }

    /// Ways over the points of an aisle, both ways.
    fn ways(&self, waypoints: &BTreeMap<u32, Vector>) -> BTreeMap<(u32, u32), Vec<Vector>> {
        let mut ways = BTreeMap::new();
        for aisle in (self.twin.assets.iter()).filter(|asset| asset.kind == name::AISLE) {
            let end = |port: &str| {
                let other = self.twin.links.iter().find_map(|link| {
                    let (from, to) = (link.from.parts()?, link.to.parts()?);
                    let own = (aisle.id.as_str(), port);
                    match (from == own, to == own) {
                        (true, _) => Some(to.0),
                        (_, true) => Some(from.0),
                        _ => None,
                    }
                })?;
                self.asset_called(other).map(|asset| asset as u32)
            };
            let (Some(a), Some(b)) = (end("a"), end("b")) else {
                continue;
            };
            let (Some(begin), Some(finish)) = (waypoints.get(&a), waypoints.get(&b)) else {
                continue;
            };
            if aisle.path.is_empty() {
                continue;
            }
            let mut points = vec![*begin];
            // Points are as high as the middles of waypoints; all go on their tops.
            let rise = (self.solid)(a as usize).map_or(0.0, |(place, _)| place.half_size[1]);
            let above = |point: &Vector| add((self.inward)(*point), [0.0, rise, 0.0]);
            points.extend(aisle.path.iter().map(above));
            points.push(*finish);
            ways.insert((b, a), points.iter().rev().copied().collect());
            ways.insert((a, b), points);
        }
        ways
    }

    /// The floor.
    #[must_use]
    pub fn floor(&self) -> Floor {
        let edge = self.edge();
        let mut waypoints = BTreeMap::new();
        for (asset, described) in self.twin.assets.iter().enumerate() {
            if described.kind == name::WAYPOINT
                && let Some((place, _)) = (self.solid)(asset)
            {
                let foot = scale(place.axes[1], place.half_size[1]);
                waypoints.insert(asset as u32, add(place.centre, foot));
            }
        }
        let mut spots = vec![Spot::Nowhere; self.twin.assets.len()];
        for (part, described) in self.plan.parts.iter().enumerate() {
            spots[described.asset] = self.spot(part, edge, &waypoints);
        }
        // What holds items and is no part that gives them on, a service for one.
        for (asset, spot) in spots.iter_mut().enumerate() {
            let kind = self.twin.assets[asset].kind.as_str();
            if kind == name::SERVICE
                && let Some((place, _)) = (self.solid)(asset)
            {
                let rise = scale(place.axes[1], place.half_size[1]);
                let top = Top {
                    centre: add(place.centre, rise),
                    axes: [place.axes[0], place.axes[2]],
                    size: [2.0 * place.half_size[0], 2.0 * place.half_size[2]],
                };
                *spot = Spot::Rows(Grid::on(&top, None, edge, true));
            }
        }
        let lane = |from: usize, to: usize| {
            // The same lane, whichever way round its link is written.
            let found = self.lanes.get(&(from, to));
            found.or_else(|| self.lanes.get(&(to, from))).copied()
        };
        Floor {
            passages: Passages::of(self.plan, lane, |asset| self.centre(asset)),
            spots,
            ways: self.ways(&waypoints),
            crowds: self.crowds(edge),
            waypoints,
            edge,
        }
    }
}

impl Floor {
    /// Where the items inside an asset are.
    #[must_use]
    pub fn spot(&self, asset: usize) -> &Spot {
        self.spots.get(asset).unwrap_or(&Spot::Nowhere)
    }

    /// Who may be on the way: fleets and pools, with what their agents look like.
    #[must_use]
    pub fn crowds(&self) -> &[(usize, Crowd)] {
        &self.crowds
    }

    /// The ways from part to part.
    #[must_use]
    pub fn passages(&self) -> &Passages {
        &self.passages
    }

    /// Usual edge of an item [scene units].
    #[must_use]
    pub fn edge(&self) -> f64 {
        self.edge
    }

    /// Where an agent is that has gone this part of its way, and which way it looks,
    /// as an angle about the upright axis [rad]; `None` where a waypoint has no place.
    #[must_use]
    pub fn on_the_way(&self, from: u32, to: u32, share: f64) -> Option<(Vector, f64)> {
        let (begin, end) = (*self.waypoints.get(&from)?, *self.waypoints.get(&to)?);
        let Some(points) = self.ways.get(&(from, to)) else {
            return Some((mix(begin, end, share), turn(subtract(end, begin))));
        };
        let pieces = || {
            let pairs = points.windows(2);
            pairs.map(|pair| (pair[0], pair[1], length(subtract(pair[1], pair[0]))))
        };
        let mut gone = share * pieces().map(|piece| piece.2).sum::<f64>();
        let mut last = (end, turn(subtract(end, begin)));
        for (begin, end, long) in pieces() {
            let looks = turn(subtract(end, begin));
            if gone <= long && long > 0.0 {
                return Some((mix(begin, end, gone / long), looks));
            }
            gone -= long;
            last = (end, looks);
        }
        Some(last)
    }
}

/// The angle about the upright axis that turns the x axis into this direction [rad].
fn turn(direction: Vector) -> f64 {
    (-direction[2]).atan2(direction[0])
}
