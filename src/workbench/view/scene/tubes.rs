//! What runs between the solids of a scene: from the links of a document to curves.

use std::collections::BTreeMap;

use super::Solid;
use crate::model::flow::kinds::is_inlet;
use crate::quantity::Unit;
use crate::twin::{Causality, KindRegistry, Medium, Shape, Twin, VariableIndex, VariableTable};
use crate::workbench::view::geometry::{
    Vector, add, cross, direction_or, dot, length, mix, scale, subtract,
};

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

/// The links of a twin, ready to be turned into tubes.
pub(super) struct Joints {
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
    /// The links between what stands somewhere; `solid_of_asset` says which solid an
    /// asset is.
    pub(super) fn new(
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
    pub(super) fn tubes<Points>(
        &self,
        solids: &[Solid],
        path: impl Fn(usize) -> Points,
    ) -> Vec<Tube>
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
