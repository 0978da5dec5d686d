//! Draws a network: pipes, junctions, symbols, ground and contours.
//!
//! Meshes hold places without exaggeration; heights are stretched by the
//! entities' transforms, so that the renderer's own culling stays right and
//! dragging the slider moves no vertices. All work is done in the sets of
//! [`super::SceneSet`]: meshes in `Build`, colours in `Colour`.

mod materials;
mod meshes;

use std::sync::Arc;

use bevy::prelude::*;
use bevy::render::storage::ShaderBuffer;

use self::materials::{
    MapUniform, NetworkMaterialsPlugin, NodeMaterial, PipeLook, PipeMaterial, PointLook,
    SymbolMaterial, TerrainMaterial,
};
use self::meshes::SymbolOf;
use super::materials::linear;
use super::spawn::Built;
use super::{SceneInput, SceneSet, SceneSettings, SceneTarget};
use crate::workbench::view::colour::Srgb;
use crate::workbench::view::geometry::Vector;
use crate::workbench::view::network::layout::{MapScale, width_weight};
use crate::workbench::view::network::paint::NetworkPainting;
use crate::workbench::view::network::terrain::Field;
use crate::workbench::view::network::{LinkForm, Network, NetworkLink, Part, drawn_length};
use crate::workbench::view::painting::{ScenePalette, blend};
use crate::workbench::view::scene::SceneView;

/// What the scene shows of a network.
#[derive(Clone, Debug, Default)]
pub struct NetworkInput {
    /// Colours and flows.
    pub painting: NetworkPainting,
    /// How wide things are drawn [points].
    pub scale: MapScale,
    /// What is under the pointer.
    pub hovered: Part,
    /// The ground, where it is shown.
    pub terrain: Option<Arc<Field>>,
    /// Lines of equal value, where they are shown.
    pub contours: Option<Arc<ContourLines>>,
}

impl PartialEq for NetworkInput {
    /// Large parts are compared by address: whoever changes one makes another.
    fn eq(&self, other: &Self) -> bool {
        self.painting == other.painting
            && self.scale == other.scale
            && self.hovered == other.hovered
            && same(self.terrain.as_ref(), other.terrain.as_ref())
            && same(self.contours.as_ref(), other.contours.as_ref())
    }
}

fn same<T>(one: Option<&Arc<T>>, other: Option<&Arc<T>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    }
}

/// Lines of equal value, ready to be drawn.
#[derive(Clone, Debug, Default)]
pub struct ContourLines {
    /// Pieces of lines, heights not exaggerated [scene units], with the position of their colour.
    pub pieces: Vec<([Vector; 2], usize)>,
    /// Colours of the levels.
    pub colours: Vec<Srgb>,
}

/// Draws networks.
pub(super) struct NetworkPlugin;

impl Plugin for NetworkPlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins(NetworkMaterialsPlugin)
            .init_resource::<BuiltNetwork>()
            .add_systems(
                Update,
                (build, build_terrain, build_contours, stretch)
                    .chain()
                    .after(super::spawn::build)
                    .in_set(SceneSet::Build),
            )
            .add_systems(Update, (colour, tune).chain().in_set(SceneSet::Colour));
    }
}

/// What stands in the world for the present network.
#[derive(Resource, Default)]
struct BuiltNetwork {
    network: Option<Arc<Network>>,
    settings: Option<SceneSettings>,
    pipes: Handle<PipeMaterial>,
    nodes: Handle<NodeMaterial>,
    symbols: Handle<SymbolMaterial>,
    lines: Handle<PipeMaterial>,
    pipe_looks: Handle<ShaderBuffer>,
    node_looks: Handle<ShaderBuffer>,
    symbol_looks: Handle<ShaderBuffer>,
    /// What each symbol stands for.
    meaning: Vec<SymbolOf>,
    /// Whether the symbol of each link is one of many.
    minor: Vec<bool>,
    /// Width of each pipe, from 0 to 1.
    weights: Vec<f32>,
    /// Length of each pipe as drawn, heights not exaggerated.
    lengths: Vec<f32>,
    painting: Option<NetworkPainting>,
    palette: Option<ScenePalette>,
    /// Marks of each pipe that had passed at `since`, and marks in a second from then on.
    marks: Vec<(f32, f32)>,
    /// Time for which marks have moved [s].
    clock: f32,
    since: f32,
    map: MapUniform,
    terrain: Option<(Arc<Field>, f64, ScenePalette)>,
    contours: Option<Arc<ContourLines>>,
}

/// Marks what is made once for a network.
#[derive(Component)]
struct OfNetwork;

/// Marks the ground.
#[derive(Component)]
struct OfTerrain;

/// Marks lines of equal value.
#[derive(Component)]
struct OfContours;

/// Marks what is as high as the exaggeration says.
#[derive(Component)]
struct Stretched;

fn network_of(input: &SceneInput) -> Option<&Arc<Network>> {
    input.scene.as_ref()?.network.as_ref()
}

fn stretch_of(scene: Option<&Arc<SceneView>>) -> f32 {
    scene.map_or(1.0, |scene| scene.exaggeration as f32)
}

/// Makes meshes and materials when another network is shown, or with another preset.
#[allow(
    clippy::too_many_arguments,
    reason = "a Bevy system asks for what it needs"
)]
fn build(
    mut commands: Commands,
    input: Res<SceneInput>,
    settings: Res<SceneSettings>,
    mut built: ResMut<BuiltNetwork>,
    mut scene: ResMut<Built>,
    old: Query<Entity, Or<(With<OfNetwork>, With<OfTerrain>, With<OfContours>)>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
    mut pipes: ResMut<Assets<PipeMaterial>>,
    mut nodes: ResMut<Assets<NodeMaterial>>,
    mut symbols: ResMut<Assets<SymbolMaterial>>,
) {
    let network = network_of(&input).cloned();
    let settings_changed = network.is_some() && built.settings != Some(*settings);
    if same(built.network.as_ref(), network.as_ref()) && !settings_changed {
        return;
    }
    for entity in &old {
        commands.entity(entity).despawn();
    }
    *built = BuiltNetwork {
        network: network.clone(),
        settings: Some(*settings),
        ..BuiltNetwork::default()
    };
    scene.generation += 1;
    let Some(network) = network else { return };
    let widest = network.widest();
    built.minor = minor(&network);
    built.weights = network
        .links
        .iter()
        .map(|link| width_weight(link.diameter, widest) as f32)
        .collect();
    built.lengths = (0..network.links.len())
        .map(|link| drawn_length(network.points(link)) as f32)
        .collect();
    built.marks = vec![(0.0, 0.0); network.links.len()];
    let (symbol_mesh, meaning) = meshes::symbols(&network, settings.preset.symbol_sides());
    // A buffer may not be empty.
    let pipe_looks = vec![PipeLook::default(); network.links.len().max(1)];
    built.pipe_looks = buffers.add(ShaderBuffer::from(pipe_looks));
    let node_looks = vec![PointLook::default(); network.nodes.len().max(1)];
    built.node_looks = buffers.add(ShaderBuffer::from(node_looks));
    let symbol_looks = vec![PointLook::default(); meaning.len().max(1)];
    built.symbol_looks = buffers.add(ShaderBuffer::from(symbol_looks));
    built.meaning = meaning;
    let map = MapUniform::default();
    built.pipes = pipes.add(PipeMaterial {
        map,
        looks: built.pipe_looks.clone(),
    });
    built.nodes = nodes.add(NodeMaterial {
        map,
        looks: built.node_looks.clone(),
    });
    built.symbols = symbols.add(SymbolMaterial {
        map,
        looks: built.symbol_looks.clone(),
    });
    let pose = Transform::from_scale(Vec3::new(1.0, stretch_of(input.scene.as_ref()), 1.0));
    for mesh in meshes::pipes(&network) {
        let material = MeshMaterial3d(built.pipes.clone());
        commands.spawn((
            OfNetwork,
            Stretched,
            Mesh3d(meshes.add(mesh)),
            material,
            pose,
        ));
    }
    for mesh in meshes::nodes(&network) {
        let material = MeshMaterial3d(built.nodes.clone());
        commands.spawn((
            OfNetwork,
            Stretched,
            Mesh3d(meshes.add(mesh)),
            material,
            pose,
        ));
    }
    if let Some(mesh) = symbol_mesh {
        let material = MeshMaterial3d(built.symbols.clone());
        commands.spawn((
            OfNetwork,
            Stretched,
            Mesh3d(meshes.add(mesh)),
            material,
            pose,
            // Symbols reach out of the box around their feet.
            bevy::camera::visibility::NoFrustumCulling,
        ));
    }
}

/// Valves of which a map shows small symbols from afar, where there are more.
const FEW_VALVES: usize = 24;

/// Which links have a symbol that would cover the network from afar, being one
/// of many: a town may have a valve at every corner.
fn minor(network: &Network) -> Vec<bool> {
    let is_valve =
        |link: &NetworkLink| matches!(link.form, LinkForm::Valve | LinkForm::PressureValve);
    let many = network.links.iter().filter(|link| is_valve(link)).count() > FEW_VALVES;
    network
        .links
        .iter()
        .map(|link| many && is_valve(link))
        .collect()
}

/// Makes the ground when it is shown, when heights are stretched otherwise, in another theme.
fn build_terrain(
    mut commands: Commands,
    input: Res<SceneInput>,
    mut built: ResMut<BuiltNetwork>,
    mut scene: ResMut<Built>,
    old: Query<Entity, With<OfTerrain>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<TerrainMaterial>>,
) {
    let exaggeration = input.scene.as_ref().map_or(1.0, |scene| scene.exaggeration);
    let wanted = network_of(&input)
        .and_then(|_| input.network.terrain.clone())
        .map(|field| (field, exaggeration, input.palette));
    let unchanged = match (&built.terrain, &wanted) {
        (Some(one), Some(other)) => {
            Arc::ptr_eq(&one.0, &other.0)
                && one.1.to_bits() == other.1.to_bits()
                && one.2 == other.2
        }
        (None, None) => true,
        _ => false,
    };
    if unchanged {
        return;
    }
    for entity in &old {
        commands.entity(entity).despawn();
    }
    scene.generation += 1;
    if let Some((field, exaggeration, palette)) = &wanted {
        commands.spawn((
            OfTerrain,
            Stretched,
            Mesh3d(meshes.add(meshes::terrain(field, *exaggeration, palette))),
            MeshMaterial3d(materials.add(TerrainMaterial {})),
            Transform::from_scale(Vec3::new(1.0, *exaggeration as f32, 1.0)),
        ));
    }
    built.terrain = wanted;
}

/// Makes the lines of equal value when they are others.
#[allow(
    clippy::too_many_arguments,
    reason = "a Bevy system asks for what it needs"
)]
fn build_contours(
    mut commands: Commands,
    input: Res<SceneInput>,
    mut built: ResMut<BuiltNetwork>,
    mut scene: ResMut<Built>,
    old: Query<Entity, With<OfContours>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
    mut pipes: ResMut<Assets<PipeMaterial>>,
) {
    let wanted = network_of(&input).and_then(|_| input.network.contours.clone());
    if same(built.contours.as_ref(), wanted.as_ref()) {
        return;
    }
    for entity in &old {
        commands.entity(entity).despawn();
    }
    scene.generation += 1;
    built.contours.clone_from(&wanted);
    built.lines = Handle::default();
    let Some(contours) = wanted.filter(|one| !one.pieces.is_empty()) else {
        return;
    };
    let looks: Vec<PipeLook> = contours
        .colours
        .iter()
        .map(|colour| PipeLook {
            start: linear(*colour).extend(0.0),
            end: linear(*colour).extend(0.0),
            motion: Vec4::new(0.0, 0.0, 1.0, 0.0),
        })
        .collect();
    built.lines = pipes.add(PipeMaterial {
        map: built.map,
        looks: buffers.add(ShaderBuffer::from(looks)),
    });
    commands.spawn((
        OfContours,
        Stretched,
        Mesh3d(meshes.add(meshes::lines(&contours.pieces))),
        MeshMaterial3d(built.lines.clone()),
        Transform::from_scale(Vec3::new(1.0, stretch_of(input.scene.as_ref()), 1.0)),
    ));
}

/// Stretches heights.
fn stretch(input: Res<SceneInput>, mut stretched: Query<&mut Transform, With<Stretched>>) {
    let wanted = Vec3::new(1.0, stretch_of(input.scene.as_ref()), 1.0);
    for mut pose in &mut stretched {
        if pose.scale != wanted {
            pose.scale = wanted;
        }
    }
}

/// Uploads colours and flows when they are others.
fn colour(
    input: Res<SceneInput>,
    time: Res<Time>,
    mut built: ResMut<BuiltNetwork>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
) {
    let Some(network) = built.network.clone() else {
        return;
    };
    if input.moving {
        built.clock += time.delta_secs().min(0.1);
    }
    let painting = &input.network.painting;
    if built.painting.as_ref() == Some(painting) && built.palette == Some(input.palette) {
        return;
    }
    let whole =
        painting.links.len() == network.links.len() && painting.nodes.len() == network.nodes.len();
    if !whole {
        return;
    }
    let passed_time = built.clock - built.since;
    for (marks, paint) in built.marks.iter_mut().zip(painting.links.iter()) {
        // Marks go on from where they are, at another speed.
        *marks = ((marks.0 + marks.1 * passed_time).fract(), paint.rate);
    }
    built.since = built.clock;
    if let Some(mut buffer) = buffers.get_mut(&built.pipe_looks)
        && !painting.links.is_empty()
    {
        let since = built.since;
        let looks: Vec<PipeLook> = painting
            .links
            .iter()
            .enumerate()
            .map(|(index, paint)| {
                let (passed, rate) = built.marks[index];
                let wider = if paint.emphasised { 0.35 } else { 0.0 };
                PipeLook {
                    start: linear(paint.start).extend(built.weights[index] + wider),
                    end: linear(paint.end).extend(paint.marks),
                    // The shader reckons from clock zero.
                    motion: Vec4::new(
                        (passed - rate * since).rem_euclid(1.0),
                        rate,
                        built.lengths[index],
                        f32::from(u8::from(paint.closed)),
                    ),
                }
            })
            .collect();
        buffer.set_data(looks);
    }
    if let Some(mut buffer) = buffers.get_mut(&built.node_looks)
        && !painting.nodes.is_empty()
    {
        let looks: Vec<PointLook> = painting
            .nodes
            .iter()
            .zip(&network.nodes)
            .map(|(paint, node)| {
                let is_junction = node.form == crate::workbench::view::network::NodeForm::Junction;
                let size = match (is_junction, paint.receded) {
                    (false, _) => 0.0,
                    (true, true) => 0.7,
                    (true, false) => 1.0,
                };
                PointLook {
                    colour: linear(paint.colour).extend(size),
                    state: Vec4::new(
                        f32::from(u8::from(paint.ringed)),
                        0.0,
                        f32::from(u8::from(!is_junction)),
                        0.0,
                    ),
                }
            })
            .collect();
        buffer.set_data(looks);
    }
    if let Some(mut buffer) = buffers.get_mut(&built.symbol_looks)
        && !built.meaning.is_empty()
    {
        let accent = input.palette.accent;
        let looks: Vec<PointLook> = built
            .meaning
            .iter()
            .map(|of| match *of {
                SymbolOf::Node(node) => {
                    let paint = painting.nodes[node];
                    PointLook {
                        colour: linear(paint.colour).extend(paint.fill),
                        state: Vec4::ZERO,
                    }
                }
                SymbolOf::Link(link) => {
                    let paint = painting.links[link];
                    let colour = blend(paint.start, paint.end, 0.5);
                    let selected = paint.start == accent && paint.emphasised;
                    PointLook {
                        colour: linear(colour).extend(1.0),
                        state: Vec4::new(
                            f32::from(u8::from(paint.closed)),
                            f32::from(u8::from(built.minor[link])),
                            f32::from(u8::from(selected)),
                            0.0,
                        ),
                    }
                }
            })
            .collect();
        buffer.set_data(looks);
    }
    built.painting = Some(painting.clone());
    built.palette = Some(input.palette);
}

/// Tells the shaders the present zoom, clock and pointer.
fn tune(
    input: Res<SceneInput>,
    target: Res<SceneTarget>,
    mut built: ResMut<BuiltNetwork>,
    mut pipes: ResMut<Assets<PipeMaterial>>,
    mut nodes: ResMut<Assets<NodeMaterial>>,
    mut symbols: ResMut<Assets<SymbolMaterial>>,
) {
    if built.network.is_none() {
        return;
    }
    let scale = input.network.scale;
    // The picture may have fewer pixels than its tile.
    let point = input.pixels_per_point * target.size.y as f32 / (input.size.y as f32).max(1.0);
    let (link, node) = match input.network.hovered {
        Part::None => (-1.0, -1.0),
        Part::Link(link) => (link as f32, -1.0),
        Part::Node(node) => (-1.0, node as f32),
    };
    let palette = &input.palette;
    let shell = blend(palette.background, palette.neutral, 0.5);
    let map = MapUniform {
        motion: Vec4::new(built.clock, scale.mark_spacing as f32, link, node),
        size: Vec4::new(
            scale.thinnest as f32,
            scale.widest as f32,
            scale.junction as f32,
            scale.symbol as f32,
        ) * point,
        accent: linear(palette.accent).extend(point),
        shell: linear(shell).extend(scale.minor as f32),
        ground: linear(palette.background).extend(1.0),
    };
    let lines = built.lines.clone();
    let contour_map = MapUniform {
        size: Vec4::new(1.0, 1.0, 0.0, 0.0) * point * 1.1,
        motion: Vec4::new(0.0, 1.0, -1.0, -1.0),
        ..map
    };
    if let Some(one) = pipes.get(&lines)
        && one.map != contour_map
        && let Some(mut one) = pipes.get_mut(&lines)
    {
        one.map = contour_map;
    }
    if built.map == map {
        return;
    }
    built.map = map;
    if let Some(mut one) = pipes.get_mut(&built.pipes) {
        one.map = map;
    }
    if let Some(mut one) = nodes.get_mut(&built.nodes) {
        one.map = map;
    }
    if let Some(mut one) = symbols.get_mut(&built.symbols) {
        one.map = map;
    }
}
