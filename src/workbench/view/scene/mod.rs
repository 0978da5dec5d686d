//! What the 3D scene shows, as plain data: where every asset stands, which
//! tubes run between them, which numbers colour them and what a ray meets.
//!
//! Scene units differ from metres: the system is moved to the origin and scaled
//! to a radius of one, so that a chip and a district look alike to the camera,
//! to the light and to single-precision arithmetic. What stands where is worked out
//! in `placing`, what runs between in `tubes`.

mod placing;
mod tubes;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use self::placing::{placed_solids, shape_of, to_scene_units};
use self::tubes::Joints;
pub use self::tubes::{Carries, Tube};
use super::colour::{ColourMap, Legend, round_range};
use super::flow::floor::{Building, Floor};
use super::flow::{FlowPlan, layout};
use super::geometry::{Extent, OrientedBox, Ray, Vector, scale, subtract};
use super::network::pick::PickIndex;
use super::network::{self, Network, Part};
use super::scene_quantities::quantities;
use crate::quantity::Unit;
use crate::twin::{KindRegistry, Shape, Twin, VariableIndex, VariableTable};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin::Kind;
    use crate::workbench::view::geometry::{add, length};

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
}
