//! The materials of a network: one for all pipes, one for all junctions, one
//! for all symbols, one for the ground. Colours and states reach them through
//! one storage buffer each, so that new values are one upload.

use bevy::asset::{load_internal_asset, uuid_handle};
use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, ShaderType};
use bevy::render::storage::ShaderBuffer;
use bevy::shader::Shader;

use super::super::materials::{BOTH_SIDES, scene_material};

const MAP_SHADER: Handle<Shader> = uuid_handle!("6d3b0c59-7f0a-4a52-9f3c-2a4f7b0c1e10");
const PIPE_SHADER: Handle<Shader> = uuid_handle!("6d3b0c59-7f0a-4a52-9f3c-2a4f7b0c1e11");
const NODE_SHADER: Handle<Shader> = uuid_handle!("6d3b0c59-7f0a-4a52-9f3c-2a4f7b0c1e12");
const SYMBOL_SHADER: Handle<Shader> = uuid_handle!("6d3b0c59-7f0a-4a52-9f3c-2a4f7b0c1e13");
const TERRAIN_SHADER: Handle<Shader> = uuid_handle!("6d3b0c59-7f0a-4a52-9f3c-2a4f7b0c1e14");

/// Registers the materials and their shaders.
pub(super) struct NetworkMaterialsPlugin;

impl Plugin for NetworkMaterialsPlugin {
    fn build(&self, app: &mut App) {
        load_internal_asset!(
            app,
            MAP_SHADER,
            "../shaders/network_map.wgsl",
            Shader::from_wgsl
        );
        load_internal_asset!(
            app,
            PIPE_SHADER,
            "../shaders/network_pipe.wgsl",
            Shader::from_wgsl
        );
        load_internal_asset!(
            app,
            NODE_SHADER,
            "../shaders/network_node.wgsl",
            Shader::from_wgsl
        );
        load_internal_asset!(
            app,
            SYMBOL_SHADER,
            "../shaders/network_symbol.wgsl",
            Shader::from_wgsl
        );
        load_internal_asset!(
            app,
            TERRAIN_SHADER,
            "../shaders/terrain.wgsl",
            Shader::from_wgsl
        );
        app.add_plugins((
            MaterialPlugin::<PipeMaterial>::default(),
            MaterialPlugin::<NodeMaterial>::default(),
            MaterialPlugin::<SymbolMaterial>::default(),
            MaterialPlugin::<TerrainMaterial>::default(),
        ));
    }
}

/// How the map is drawn at the present zoom; the same for all materials.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub(super) struct MapUniform {
    /// Clock of the flow marks [s], distance of two marks, link and node under the pointer (-1 for none).
    pub motion: Vec4,
    /// Thinnest pipe, widest pipe, radius of a junction, height of a symbol [pixels].
    pub size: Vec4,
    /// Linear colour of the selection; w: pixels in a point.
    pub accent: Vec4,
    /// Linear colour of what is empty or shut; w: size of minor symbols beside others.
    pub shell: Vec4,
    /// Linear colour behind everything.
    pub ground: Vec4,
}

/// One pipe as its shader reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub(super) struct PipeLook {
    /// Linear colour at the start; w: width from 0 to 1, above where emphasised.
    pub start: Vec4,
    /// Linear colour at the end; w: strength of the marks.
    pub end: Vec4,
    /// Marks passed at clock zero, marks in a second, length, 1 where closed.
    pub motion: Vec4,
}

/// One junction or symbol as its shader reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub(super) struct PointLook {
    /// Linear colour; w: size of a junction, full part of a symbol.
    pub colour: Vec4,
    /// Junction: ringed, unused, height of its symbol. Symbol: shut, minor, selected.
    pub state: Vec4,
}

macro_rules! map_material {
    ($(#[$doc:meta])* $name:ident, $shader:ident, $look:literal) => {
        $(#[$doc])*
        #[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
        pub(super) struct $name {
            #[uniform(0)]
            pub map: MapUniform,
            #[doc = $look]
            #[storage(1, read_only)]
            pub looks: Handle<ShaderBuffer>,
        }

        // Ribbons and squares have no inside.
        scene_material!($name, $shader, BOTH_SIDES);
    };
}

map_material! {
    /// Pipes.
    PipeMaterial, PIPE_SHADER, "One [`PipeLook`] for each pipe."
}

map_material! {
    /// Junctions and the ring around what is selected.
    NodeMaterial, NODE_SHADER, "One [`PointLook`] for each node."
}

map_material! {
    /// Tanks, reservoirs, pumps and valves.
    SymbolMaterial, SYMBOL_SHADER, "One [`PointLook`] for each symbol."
}

/// The ground.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub(super) struct TerrainMaterial {}

// The ground is also seen from below.
scene_material!(TerrainMaterial, TERRAIN_SHADER, BOTH_SIDES);
