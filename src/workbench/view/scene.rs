//! What the 3D scene shows, as plain data: where every asset stands, which
//! tubes run between them, which numbers colour them and what a ray meets.
//!
//! Scene units differ from metres: the system is moved to the origin and scaled
//! to a radius of one, so that a chip and a district look alike to the camera,
//! to the light and to single-precision arithmetic.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::colour::{ColourMap, Legend, round_range};
use super::flow::floor::{Building, Floor};
use super::flow::{FlowPlan, layout};
use super::geometry::{
    Extent, OrientedBox, Ray, Vector, add, cross, direction_or, dot, length, mix, scale, subtract,
};
use super::network::pick::PickIndex;
use super::network::{self, Network, Part};
use super::scene_quantities::quantities;
use crate::model::flow::kinds::is_inlet;
use crate::quantity::Unit;
use crate::twin::{
    Asset, Causality, KindRegistry, Medium, Shape, Twin, VariableIndex, VariableTable,
};

/// An asset that stands somewhere.
#[derive(Clone, Debug)]
pub struct Solid {
    /// Position of the asset in the document.
    pub asset: usize,
    /// How it is drawn.
    pub shape: Shape,
    /// A glTF file in place of the shape, relative to the document.
    pub gltf: Option<PathBuf>,
    /// Where it is [scene units].
    pub place: OrientedBox,
}

/// What a tube between two solids carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carries {
    /// Heat: a full tube with moving marks.
    Heat,
    /// A measured or commanded value: a thin dashed line.
    Signal,
    /// Water: a full tube with moving marks.
    Water,
    /// Items: a lane with moving marks.
    Items,
    /// Vehicles and people: a way on the floor, with still marks where it leads one
    /// way only.
    Traffic {
        /// Whether it leads from its start to its end only.
        one_way: bool,
    },
}

/// A tube between two solids.
#[derive(Clone, Debug)]
pub struct Tube {
    /// The asset the tube stands for (a conductance, a radiation); `None` for a plain link.
    pub asset: Option<usize>,
    /// Index of the solid at its start.
    pub from: usize,
    /// Index of the solid at its end.
    pub to: usize,
    /// What it carries.
    pub carries: Carries,
    /// Control points of its quadratic Bézier curve [scene units].
    pub curve: [Vector; 3],
    /// The variable that says how much flows, and the sign that makes start to end positive.
    pub flow: Option<(VariableIndex, f64)>,
}

impl Tube {
    /// The point of the curve at `fraction` of its parameter.
    #[must_use]
    pub fn point(&self, fraction: f64) -> Vector {
        let [a, b, c] = self.curve;
        mix(mix(a, b, fraction), mix(b, c, fraction), fraction)
    }
}

/// A quantity that can colour the scene.
#[derive(Clone, Debug)]
pub struct ColourQuantity {
    /// Name on the screen: `Temperature`.
    pub title: String,
    /// Unit of the legend.
    pub unit: Unit,
    /// Narrowest range of the legend [SI].
    pub least_span: f64,
    /// The variable that colours each asset, by position in the document.
    pub of_asset: Vec<Option<VariableIndex>>,
}

/// The scene of one twin.
#[derive(Clone, Debug)]
pub struct SceneView {
    /// Everything that stands somewhere, in document order.
    pub solids: Vec<Solid>,
    /// Everything that runs between two of them.
    pub tubes: Vec<Tube>,
    /// The box around all solids [scene units].
    pub extent: Extent,
    /// Height of the ground [scene units].
    pub ground: f64,
    /// Length of one scene unit [m].
    pub metres_per_unit: f64,
    /// What the scene can be coloured by; temperature first where there is one.
    pub quantities: Vec<ColourQuantity>,
    /// The network of pipes, where the twin has one; its parts are neither solids nor tubes.
    pub network: Option<Arc<Network>>,
    /// The flow of items, where the twin has one; its parts are solids, its ways tubes.
    pub flow: Option<Arc<FlowPlan>>,
    /// Where the items and agents of the flow stand and go.
    pub floor: Option<Arc<Floor>>,
    /// Factor by which the heights of the network are exaggerated.
    pub exaggeration: f64,
    /// A usual length of a link of the network [scene units].
    pub usual_length: f64,
    pub(super) pick_index: Arc<PickIndex>,
    neighbours: Vec<BTreeSet<usize>>,
    solid_of_asset: Vec<Option<usize>>,
}

impl SceneView {
    /// Lays out the scene of `twin`.
    ///
    /// Assets without a place, other than connections, are set in a row in
    /// front of the others, so that nothing is missing from the picture.
    #[must_use]
    pub fn new(twin: &Twin, registry: &KindRegistry, variables: &VariableTable) -> Self {
        let shapes: Vec<Shape> = twin
            .assets
            .iter()
            .map(|asset| shape_of(asset, registry))
            .collect();
        let mut network = Network::new(twin, registry, variables);
        let flow = FlowPlan::new(twin, variables);
        let mut solids = placed_solids(
            twin,
            &shapes,
            &network,
            &layout::set_out(twin, &flow, variables),
        );
        let (extent, centre, metres_per_unit) = to_scene_units(&mut solids, &mut network);
        let inward = |point| scale(subtract(point, centre), 1.0 / metres_per_unit);
        let mut solid_of_asset = vec![None; twin.assets.len()];
        for (index, solid) in solids.iter().enumerate() {
            solid_of_asset[solid.asset] = Some(index);
        }
        let joints = Joints::new(twin, registry, variables, &shapes, &solid_of_asset);
        let path = |asset: usize| twin.assets[asset].path.iter().map(|point| inward(*point));
        let tubes = joints.tubes(&solids, path);
        let mut scene = Self::from_parts(solids, tubes, extent, twin.assets.len());
        scene.metres_per_unit = metres_per_unit;
        if !flow.is_empty() {
            let ways = scene.tubes.iter();
            let ways = ways.filter(|tube| tube.carries == Carries::Items);
            let asset = |solid: usize| scene.solids[solid].asset;
            let lanes = ways
                .map(|tube| ((asset(tube.from), asset(tube.to)), tube.curve))
                .collect();
            let building = Building {
                twin,
                plan: &flow,
                variables,
                solid: |asset| scene.solid(asset).map(|solid| (solid.place, solid.shape)),
                inward,
                metres_per_unit,
                lanes: &lanes,
            };
            scene.floor = Some(Arc::new(building.floor()));
            scene.flow = Some(Arc::new(flow));
        }
        if network.is_empty() {
            scene.quantities = quantities(twin, variables, scene.flow.as_deref());
            return scene;
        }
        scene.quantities = network::scene::quantities(&network, variables, twin.assets.len());
        scene.usual_length = network.usual_length();
        scene.pick_index = Arc::new(PickIndex::new(&network));
        scene.network = Some(Arc::new(network));
        scene
    }

    /// Joins parts already in scene units; `assets` is the number of assets in the document.
    pub(super) fn from_parts(
        solids: Vec<Solid>,
        tubes: Vec<Tube>,
        extent: Extent,
        assets: usize,
    ) -> Self {
        let mut solid_of_asset = vec![None; assets];
        for (index, solid) in solids.iter().enumerate() {
            solid_of_asset[solid.asset] = Some(index);
        }
        let mut neighbours = vec![BTreeSet::new(); assets];
        for tube in &tubes {
            let ends = [
                Some(solids[tube.from].asset),
                Some(solids[tube.to].asset),
                tube.asset,
            ];
            for one in ends.into_iter().flatten() {
                for other in ends.into_iter().flatten().filter(|other| *other != one) {
                    neighbours[one].insert(other);
                }
            }
        }
        Self {
            ground: extent.low[1] - 0.012,
            extent,
            metres_per_unit: 1.0,
            quantities: Vec::new(),
            network: None,
            flow: None,
            floor: None,
            exaggeration: 1.0,
            usual_length: 0.0,
            pick_index: Arc::default(),
            neighbours,
            solid_of_asset,
            solids,
            tubes,
        }
    }

    /// The solid of an asset, if it stands somewhere.
    #[must_use]
    pub fn solid(&self, asset: usize) -> Option<&Solid> {
        self.solids.get((*self.solid_of_asset.get(asset)?)?)
    }

    /// The corners of everything that stands somewhere: what a picture of the whole has to hold.
    #[must_use]
    pub fn corners(&self) -> Vec<Vector> {
        let network = self.network.iter().flat_map(|one| one.all_points());
        self.solids
            .iter()
            .flat_map(|solid| solid.place.corners())
            .chain(network.map(|point| self.stretched(point)))
            .collect()
    }

    /// The assets joined to `asset` by a tube, and the tubes' own assets.
    #[must_use]
    pub fn neighbours(&self, asset: usize) -> Option<&BTreeSet<usize>> {
        self.neighbours.get(asset)
    }

    /// The box around one asset, or around the two ends of a connection [scene units].
    #[must_use]
    pub fn extent_of(&self, asset: usize) -> Option<Extent> {
        if let Some(solid) = self.solid(asset) {
            return Extent::around(solid.place.corners());
        }
        if let Some(network) = &self.network {
            let points = match network.part(asset) {
                Part::None => &[],
                Part::Node(node) => std::slice::from_ref(&network.nodes[node].position),
                Part::Link(link) => network.points(link),
            };
            if !points.is_empty() {
                return Extent::around(points.iter().map(|point| self.stretched(*point)));
            }
        }
        let tube = self.tubes.iter().find(|tube| tube.asset == Some(asset))?;
        Extent::around(
            self.solids[tube.from]
                .place
                .corners()
                .into_iter()
                .chain(self.solids[tube.to].place.corners()),
        )
    }

    /// Where the label of an asset points [scene units]: the top of a solid, the middle of a tube.
    #[must_use]
    pub fn anchor(&self, asset: usize) -> Option<Vector> {
        if let Some(solid) = self.solid(asset) {
            let top = solid
                .place
                .corners()
                .into_iter()
                .map(|corner| corner[1])
                .fold(f64::NEG_INFINITY, f64::max);
            return Some([solid.place.centre[0], top, solid.place.centre[2]]);
        }
        if let Some(network) = &self.network {
            match network.part(asset) {
                Part::None => {}
                Part::Node(node) => return Some(self.stretched(network.nodes[node].position)),
                Part::Link(link) => return Some(self.stretched(network.middle(link).0)),
            }
        }
        let tube = self.tubes.iter().find(|tube| tube.asset == Some(asset))?;
        Some(tube.point(0.5))
    }

    /// The asset that a ray meets first. Frames let it through; a tube counts
    /// within `tolerance` scene units of its middle line.
    #[must_use]
    pub fn pick(&self, ray: &Ray, tolerance: f64) -> Option<usize> {
        let mut best: Option<(f64, usize)> = None;
        let mut offer = |distance: f64, asset: usize| {
            if best.is_none_or(|(nearest, _)| distance < nearest) {
                best = Some((distance, asset));
            }
        };
        for solid in self
            .solids
            .iter()
            .filter(|solid| solid.shape != Shape::Frame)
        {
            if let Some(distance) = solid.place.hit(ray) {
                offer(distance, solid.asset);
            }
        }
        for tube in &self.tubes {
            let Some(asset) = tube.asset else { continue };
            for piece in 0..8 {
                let (start, end) = (
                    tube.point(f64::from(piece) / 8.0),
                    tube.point(f64::from(piece + 1) / 8.0),
                );
                let (distance, gap) = ray.approach(start, end);
                if gap <= tolerance {
                    offer(distance, asset);
                }
            }
        }
        best.map(|(_, asset)| asset)
    }

    /// A legend for the quantity at `index` over the values observed so far [SI].
    ///
    /// Returns `None` when there is no such quantity.
    #[must_use]
    pub fn legend(&self, index: usize, low: f64, high: f64, map: ColourMap) -> Option<Legend> {
        let quantity = self.quantities.get(index)?;
        let unit = &quantity.unit;
        let span = unit.difference_from_si(quantity.least_span).abs();
        let (low, high) = (unit.from_si(low), unit.from_si(high));
        let (low, high) = round_range(low.min(high), high.max(low), span, map.is_diverging());
        Some(Legend {
            title: quantity.title.clone(),
            unit: unit.symbol(),
            low,
            high,
            map,
        })
    }
}

/// How wide a flow is drawn, from 0 (none) to 1 (`reference` or more): by the
/// logarithm, so that a hundredth of the largest flow still shows.
#[must_use]
pub fn flow_weight(flow: f64, reference: f64) -> f64 {
    if reference.is_nan() || reference <= 0.0 || !flow.is_finite() {
        return 0.0;
    }
    ((1.0 + 20.0 * flow.abs() / reference).ln() / 21f64.ln()).clamp(0.0, 1.0)
}

fn shape_of(asset: &Asset, registry: &KindRegistry) -> Shape {
    asset
        .look
        .as_ref()
        .and_then(|look| look.shape)
        .or_else(|| registry.get(&asset.kind).map(|kind| kind.shape))
        .unwrap_or(Shape::Block)
}

/// The solids in metres, those without a place set in a row in front of the others.
///
/// Beside a network nothing is set in a row: what has no place there is a
/// setting or a demand, and no thing that stands somewhere.
fn placed_solids(
    twin: &Twin,
    shapes: &[Shape],
    network: &Network,
    set_out: &BTreeMap<usize, OrientedBox>,
) -> Vec<Solid> {
    let stated = |asset: &Asset| {
        asset
            .place
            .as_ref()
            .map(|place| OrientedBox::new(place.position, place.size, place.rotation))
            .filter(|place| {
                place
                    .centre
                    .iter()
                    .chain(&place.half_size)
                    .all(|part| part.is_finite())
            })
    };
    let place_of = |index: usize| stated(&twin.assets[index]).or(set_out.get(&index).copied());
    let all = 0..twin.assets.len();
    let known = Extent::around(
        all.clone()
            .filter_map(place_of)
            .flat_map(|one| one.corners()),
    );
    // Beside a flow, what has no place there is a setting, a calendar, a pool or a group.
    let of_flow = |asset: &Asset| asset.kind.starts_with("flow.");
    let has_flow = twin.assets.iter().any(of_flow);
    let is_setting = |index: usize| {
        let asset = &twin.assets[index];
        has_flow && (of_flow(asset) || shapes[index] == Shape::Frame)
    };
    let is_left_out = |index: usize| {
        let joins = shapes[index] == Shape::Connection || network.part(index) != Part::None;
        let is_placed = place_of(index).is_some();
        joins || !is_placed && (!network.is_empty() || is_setting(index))
    };
    let missing = all
        .filter(|index| !is_left_out(*index) && place_of(*index).is_none())
        .count();
    let across = (missing as f64).sqrt().ceil().max(1.0);
    let (cell, origin) = match known {
        Some(extent) => (
            (extent.radius() * 0.25).max(1e-6),
            [extent.centre()[0], extent.low[1], extent.high[2]],
        ),
        None => (1.0, [0.0; 3]),
    };
    let mut placed = 0.0f64;
    let mut solids = Vec::new();
    for (index, (asset, shape)) in twin.assets.iter().zip(shapes).enumerate() {
        if is_left_out(index) {
            continue;
        }
        let place = place_of(index).unwrap_or_else(|| {
            let (column, row) = (placed % across, (placed / across).floor() + 1.0);
            placed += 1.0;
            let half = cell * 0.3;
            OrientedBox::new(
                [
                    origin[0] + (column - (across - 1.0) / 2.0) * cell,
                    origin[1] + half,
                    origin[2] + row * cell,
                ],
                [half * 2.0; 3],
                [0.0; 3],
            )
        });
        solids.push(Solid {
            asset: index,
            shape: *shape,
            gltf: asset
                .look
                .as_ref()
                .and_then(|look| look.gltf.as_ref())
                .map(PathBuf::from),
            place,
        });
    }
    solids
}

/// Moves and scales the solids to scene units; gives their extent, where its middle was
/// in metres, and the metres in one unit.
fn to_scene_units(solids: &mut [Solid], network: &mut Network) -> (Extent, Vector, f64) {
    let around = |solids: &[Solid], network: &Network| {
        Extent::around(
            solids
                .iter()
                .flat_map(|solid| solid.place.corners())
                .chain(network.all_points()),
        )
        .unwrap_or(Extent {
            low: [-0.5; 3],
            high: [0.5; 3],
        })
    };
    let metric = around(solids, network);
    let centre = metric.centre();
    let radius = metric.radius();
    let metres_per_unit = if radius > 0.0 && radius.is_finite() {
        radius
    } else {
        1.0
    };
    for solid in solids.iter_mut() {
        let place = &mut solid.place;
        place.centre = scale(subtract(place.centre, centre), 1.0 / metres_per_unit);
        // A thing without thickness would vanish; give it a hair.
        place.half_size = place
            .half_size
            .map(|half| (half / metres_per_unit).max(1e-4));
    }
    network.rescale(centre, metres_per_unit);
    (around(solids, network), centre, metres_per_unit)
}

/// The links of a twin, ready to be turned into tubes.
struct Joints {
    /// (connection asset, start solid, end solid, carries, flow)
    joints: Vec<(
        Option<usize>,
        usize,
        usize,
        Carries,
        Option<(VariableIndex, f64)>,
    )>,
}

impl Joints {
    fn new(
        twin: &Twin,
        registry: &KindRegistry,
        variables: &VariableTable,
        shapes: &[Shape],
        solid_of_asset: &[Option<usize>],
    ) -> Self {
        let by_id: BTreeMap<&str, usize> = twin
            .assets
            .iter()
            .enumerate()
            .map(|(index, asset)| (asset.id.as_str(), index))
            .collect();
        let end_of = |reference: &'_ str| -> Option<(usize, String, Medium)> {
            let (id, port) = reference.rsplit_once('.')?;
            let asset = *by_id.get(id)?;
            let medium = registry
                .get(&twin.assets[asset].kind)
                .and_then(|kind| kind.port(port))
                .map_or(Medium::Heat, |port| port.medium);
            Some((asset, port.to_owned(), medium))
        };
        let power_of = |asset: usize| flow_variable(variables, asset);
        let mut joints = Vec::new();
        let mut of_connection: Vec<Vec<(String, usize, Medium)>> =
            vec![Vec::new(); twin.assets.len()];
        for link in &twin.links {
            let (Some(from), Some(to)) = (end_of(&link.from.0), end_of(&link.to.0)) else {
                continue;
            };
            match (solid_of_asset[from.0], solid_of_asset[to.0]) {
                (Some(start), Some(end)) => {
                    let signal = from.2 == Medium::Signal
                        || [from.0, to.0]
                            .into_iter()
                            .any(|asset| matches!(shapes[asset], Shape::Probe | Shape::Controller));
                    let carries = match from.2 {
                        Medium::Items => Carries::Items,
                        _ if signal => Carries::Signal,
                        Medium::Water => Carries::Water,
                        Medium::Traffic | Medium::Calls => Carries::Signal,
                        Medium::Heat | Medium::Signal => Carries::Heat,
                    };
                    let flow = if carries == Carries::Items {
                        // Marks run the way that items take, however the link is written.
                        let (giver, sign) = if is_inlet(&from.1) {
                            (to.0, -1.0)
                        } else {
                            (from.0, 1.0)
                        };
                        let passes = variables.of_asset(giver, "throughput");
                        passes.map(|variable| (variable, sign))
                    } else if signal {
                        None
                    } else {
                        power_of(from.0)
                            .map(|variable| (variable, 1.0))
                            .or_else(|| power_of(to.0).map(|variable| (variable, -1.0)))
                    };
                    joints.push((None, start, end, carries, flow));
                }
                (Some(solid), None) => of_connection[to.0].push((to.1, solid, to.2)),
                (None, Some(solid)) => of_connection[from.0].push((from.1, solid, from.2)),
                (None, None) => {}
            }
        }
        for (asset, ends) in of_connection.iter_mut().enumerate() {
            // Flow outputs count from the first port to the second.
            ends.sort_by(|one, other| one.0.cmp(&other.0));
            for pair in ends.windows(2) {
                let carries = match pair[0].2 {
                    Medium::Heat => Carries::Heat,
                    Medium::Signal | Medium::Items | Medium::Calls => Carries::Signal,
                    Medium::Traffic => Carries::Traffic {
                        one_way: twin.assets[asset]
                            .attributes
                            .get("direction")
                            .map(String::as_str)
                            == Some("OneWay"),
                    },
                    Medium::Water => Carries::Water,
                };
                let flow = power_of(asset).map(|variable| (variable, 1.0));
                joints.push((Some(asset), pair[0].1, pair[1].1, carries, flow));
            }
        }
        Self { joints }
    }

    /// The tubes; `path` gives the points that an asset leads over.
    fn tubes<Points>(&self, solids: &[Solid], path: impl Fn(usize) -> Points) -> Vec<Tube>
    where
        Points: Iterator<Item = Vector>,
    {
        let mut met: BTreeMap<(usize, usize), u32> = BTreeMap::new();
        let mut tubes = Vec::with_capacity(self.joints.len());
        for &(asset, from, to, carries, flow) in &self.joints {
            if from == to {
                continue;
            }
            let tube = |curve| Tube {
                asset,
                from,
                to,
                carries,
                curve,
                flow,
            };
            if let Carries::Traffic { .. } = carries {
                let mut points = vec![foot_of(&solids[from])];
                // Points are as high as the middles of waypoints.
                let fall = [0.0, -solids[from].place.half_size[1], 0.0];
                let over = asset.into_iter().flat_map(&path);
                points.extend(over.map(|point| add(point, fall)));
                points.push(foot_of(&solids[to]));
                let pieces = points.windows(2);
                tubes.extend(
                    pieces.map(|pair| tube([pair[0], mix(pair[0], pair[1], 0.5), pair[1]])),
                );
                continue;
            }
            let count = met.entry((from.min(to), from.max(to))).or_default();
            tubes.push(tube(curve_between(
                &solids[from],
                &solids[to],
                carries,
                *count,
            )));
            *count += 1;
        }
        tubes
    }
}

/// The middle of the foot of a solid.
fn foot_of(solid: &Solid) -> Vector {
    let place = &solid.place;
    subtract(place.centre, scale(place.axes[1], place.half_size[1]))
}

/// The curve between the surfaces of two boxes; the `count`-th between the same two swings aside.
fn curve_between(from: &Solid, to: &Solid, carries: Carries, count: u32) -> [Vector; 3] {
    let start = surface_towards(from, to.place.centre);
    let end = surface_towards(to, from.place.centre);
    let way = subtract(end, start);
    let reach = length(way);
    let side = direction_or(cross(way, [0.0, 1.0, 0.0]), [1.0, 0.0, 0.0]);
    let lift = match carries {
        Carries::Heat => 0.16,
        Carries::Signal => 0.05,
        Carries::Water | Carries::Traffic { .. } => 0.0,
        // A long way leads over what stands between.
        Carries::Items if reach > 0.45 => 0.3,
        Carries::Items => 0.0,
    };
    let swing = if count == 0 {
        0.0
    } else {
        let turn = if count % 2 == 1 { 1.0 } else { -1.0 };
        turn * 0.22 * f64::from(count.div_ceil(2))
    };
    let upright = way[1].abs() / reach.max(1e-12);
    // A tube that rises bows outwards rather than upwards.
    let rise = scale([0.0, 1.0, 0.0], lift * reach * (1.0 - upright));
    let aside = scale(side, swing * reach);
    [start, add(mix(start, end, 0.5), add(rise, aside)), end]
}

/// Where the line from the middle of a solid towards `target` leaves it.
fn surface_towards(solid: &Solid, target: Vector) -> Vector {
    let place = &solid.place;
    if solid.shape != Shape::Sphere {
        return place.exit_towards(target);
    }
    let way = subtract(target, place.centre);
    // In units of the half extents the ellipsoid is the unit sphere.
    let stretched = (0..3)
        .map(|axis| dot(place.axes[axis], way) / place.half_size[axis].max(1e-9))
        .map(|part| part * part)
        .sum::<f64>()
        .sqrt();
    add(place.centre, scale(way, 1.0 / stretched.max(1.0)))
}

/// The output or state of an asset that is a power.
fn flow_variable(variables: &VariableTable, asset: usize) -> Option<VariableIndex> {
    let power = Unit::known("W").dimension();
    variables.indices_of_asset(asset).find(|index| {
        let variable = variables.get(*index);
        matches!(variable.causality, Causality::Output | Causality::State)
            && variable.unit.dimension() == power
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin::Kind;

    const DOCUMENT: &str = r#"(
        format: 1, id: "pair", name: "Pair", version: "1", epoch: "2024-01-01T00:00:00Z", timestep: "1 s",
        assets: [
            (id: "hot", kind: "thermal.Body", place: (position: (-2.0, 0.0, 0.0), size: (1.0, 1.0, 1.0))),
            (id: "cold", kind: "thermal.Body", place: (position: (2.0, 0.0, 0.0), size: (1.0, 1.0, 1.0))),
            (id: "wall", kind: "thermal.Conductance"),
            (id: "probe", kind: "thermal.Sensor"),
            (id: "all", kind: "core.Group", place: (position: (0.0, 0.0, 0.0), size: (8.0, 2.0, 2.0))),
        ],
        links: [
            (from: "wall.b", to: "cold.heat"),
            (from: "wall.a", to: "hot.heat"),
            (from: "probe.body", to: "hot.heat"),
            (from: "nobody.a", to: "hot.heat"),
        ],
    )"#;

    fn scene() -> SceneView {
        let twin: Twin = ron::Options::default()
            .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
            .from_str(DOCUMENT)
            .unwrap();
        let registry = crate::model::registry();
        assert!(
            registry
                .iter()
                .any(|kind: &Kind| kind.name == "thermal.Body")
        );
        let variables = VariableTable::new(&twin, &registry);
        SceneView::new(&twin, &registry, &variables)
    }

    #[test]
    fn the_system_is_brought_to_the_origin_and_to_a_radius_of_one() {
        let scene = scene();
        assert!(length(scene.extent.centre()) < 1e-12);
        assert!((scene.extent.radius() - 1.0).abs() < 1e-12);
        assert!(scene.metres_per_unit > 4.0);
    }

    #[test]
    fn everything_but_connections_stands_somewhere_even_without_a_place() {
        let scene = scene();
        let standing: Vec<usize> = scene.solids.iter().map(|solid| solid.asset).collect();
        assert_eq!(standing, vec![0, 1, 3, 4]);
        let probe = scene.solid(3).unwrap();
        assert!(probe.place.half_size.iter().all(|half| *half > 0.0));
    }

    #[test]
    fn a_conductance_becomes_a_tube_from_its_first_port_to_its_second() {
        let scene = scene();
        let tube = scene
            .tubes
            .iter()
            .find(|tube| tube.asset == Some(2))
            .unwrap();
        assert_eq!(scene.solids[tube.from].asset, 0);
        assert_eq!(scene.solids[tube.to].asset, 1);
        assert_eq!(tube.carries, Carries::Heat);
        assert!(tube.flow.is_some());
        let probe = scene
            .tubes
            .iter()
            .find(|tube| tube.asset.is_none())
            .unwrap();
        assert_eq!(probe.carries, Carries::Signal);
        assert!(scene.neighbours(0).unwrap().contains(&1));
        assert!(scene.neighbours(0).unwrap().contains(&2));
        assert!(!scene.neighbours(1).unwrap().contains(&3));
    }

    #[test]
    fn a_ray_picks_the_nearest_solid_or_tube_and_passes_through_frames() {
        let scene = scene();
        let towards = |asset: usize| {
            let point = scene.anchor(asset).unwrap();
            let origin = add(point, [0.0, 4.0, 0.0]);
            Ray {
                origin,
                direction: [0.0, -1.0, 0.0],
            }
        };
        assert_eq!(scene.pick(&towards(0), 0.02), Some(0));
        assert_eq!(scene.pick(&towards(2), 0.02), Some(2));
        let beside = Ray {
            origin: [0.0, 4.0, 5.0],
            direction: [0.0, -1.0, 0.0],
        };
        assert_eq!(scene.pick(&beside, 0.02), None);
    }

    #[test]
    fn temperature_is_the_first_quantity_and_its_legend_is_in_celsius() {
        let scene = scene();
        assert_eq!(scene.quantities[0].title, "Temperature");
        assert!(scene.quantities[0].of_asset[0].is_some());
        assert!(scene.quantities[0].of_asset[2].is_none());
        let legend = scene.legend(0, 293.15, 333.15, ColourMap::Batlow).unwrap();
        assert_eq!((legend.low, legend.high), (20.0, 60.0));
        assert!(scene.legend(99, 0.0, 1.0, ColourMap::Batlow).is_none());
    }

    #[test]
    fn a_small_flow_still_shows_and_a_large_one_does_not_burst() {
        assert_eq!(flow_weight(0.0, 1.0), 0.0);
        assert!(flow_weight(0.01, 1.0) > 0.05);
        assert_eq!(flow_weight(-5.0, 1.0), 1.0);
        assert_eq!(flow_weight(f64::NAN, 1.0), 0.0);
        assert_eq!(flow_weight(1.0, 0.0), 0.0);
    }
}
