//! The materials of the scene: few, shared, and fed by instance.
//!
//! Colours reach the shaders through one storage buffer for all solids and one
//! for all tubes, indexed by each entity's mesh tag. A change of every colour
//! is one upload and no change of any material.

use bevy::asset::{load_internal_asset, uuid_handle};
use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, Face, ShaderType};
use bevy::render::storage::ShaderBuffer;
use bevy::shader::Shader;

const SOLID_SHADER: Handle<Shader> = uuid_handle!("6d3b0c59-7f0a-4a52-9f3c-2a4f7b0c1e01");
const TUBE_SHADER: Handle<Shader> = uuid_handle!("6d3b0c59-7f0a-4a52-9f3c-2a4f7b0c1e02");
const OUTLINE_SHADER: Handle<Shader> = uuid_handle!("6d3b0c59-7f0a-4a52-9f3c-2a4f7b0c1e03");
const GROUND_SHADER: Handle<Shader> = uuid_handle!("6d3b0c59-7f0a-4a52-9f3c-2a4f7b0c1e04");
const BODY_SHADER: Handle<Shader> = uuid_handle!("6d3b0c59-7f0a-4a52-9f3c-2a4f7b0c1e05");

/// Draw the outside of a surface only.
pub(super) const OUTSIDE: Option<Face> = Some(Face::Back);

/// Draw the inside of a surface only.
const INSIDE: Option<Face> = Some(Face::Front);

/// Draw both sides of a surface.
pub(super) const BOTH_SIDES: Option<Face> = None;

/// Has a type be a material of the scene: one shader for both stages, these sides of
/// its surfaces, without shadows and passes before the picture; what lets light through
/// says so last. A macro, for the trait of the renderer cannot be given to all types of
/// a trait of our own.
macro_rules! scene_material {
    ($name:ident, $shader:ident, $sides:expr) => {
        $crate::workbench::scene::materials::scene_material!($name, $shader, $sides, |_: &Self| {
            ::bevy::prelude::AlphaMode::Opaque
        });
    };
    ($name:ident, $shader:ident, $sides:expr, $alpha:expr) => {
        impl ::bevy::pbr::Material for $name {
            fn vertex_shader() -> ::bevy::shader::ShaderRef {
                $shader.into()
            }

            fn fragment_shader() -> ::bevy::shader::ShaderRef {
                $shader.into()
            }

            fn alpha_mode(&self) -> ::bevy::prelude::AlphaMode {
                let alpha: fn(&Self) -> ::bevy::prelude::AlphaMode = $alpha;
                alpha(self)
            }

            fn enable_prepass() -> bool {
                false
            }

            fn enable_shadows() -> bool {
                false
            }

            fn specialize(
                _pipeline: &::bevy::pbr::MaterialPipeline,
                descriptor: &mut ::bevy::render::render_resource::RenderPipelineDescriptor,
                _layout: &::bevy::mesh::MeshVertexBufferLayoutRef,
                _key: ::bevy::pbr::MaterialPipelineKey<Self>,
            ) -> Result<(), ::bevy::render::render_resource::SpecializedMeshPipelineError> {
                descriptor.primitive.cull_mode = $sides;
                Ok(())
            }
        }
    };
}
pub(super) use scene_material;

/// Registers the materials and their shaders.
pub(super) struct SceneMaterialsPlugin;

impl Plugin for SceneMaterialsPlugin {
    fn build(&self, app: &mut App) {
        load_internal_asset!(app, SOLID_SHADER, "shaders/solid.wgsl", Shader::from_wgsl);
        load_internal_asset!(app, TUBE_SHADER, "shaders/tube.wgsl", Shader::from_wgsl);
        load_internal_asset!(
            app,
            OUTLINE_SHADER,
            "shaders/outline.wgsl",
            Shader::from_wgsl
        );
        load_internal_asset!(app, GROUND_SHADER, "shaders/ground.wgsl", Shader::from_wgsl);
        load_internal_asset!(app, BODY_SHADER, "shaders/body.wgsl", Shader::from_wgsl);
        app.add_plugins((
            MaterialPlugin::<SolidMaterial>::default(),
            MaterialPlugin::<TubeMaterial>::default(),
            MaterialPlugin::<OutlineMaterial>::default(),
            MaterialPlugin::<GroundMaterial>::default(),
            MaterialPlugin::<BodyMaterial>::default(),
        ));
    }
}

/// The light of the scene: one key light, a light sky and a dim floor.
#[derive(Clone, Copy, Debug, PartialEq, ShaderType)]
pub(super) struct Light {
    /// Direction towards the key light; w: its strength.
    pub key: Vec4,
    /// Light from above; w: height of the ground.
    pub sky: Vec4,
    /// Light from below; w: opacity of a surface that faces the eye.
    pub floor: Vec4,
}

impl Light {
    /// The light over a ground at this height. A lit face shows its colour
    /// nearly as the legend does; a face turned away is about half as bright.
    pub fn over(ground: f32) -> Self {
        let towards = Vec3::new(0.45, 0.80, 0.40).normalize_or(Vec3::Y);
        Self {
            key: towards.extend(0.70),
            sky: Vec4::new(0.36, 0.37, 0.39, ground),
            floor: Vec4::new(0.17, 0.165, 0.16, 1.0),
        }
    }

    /// The same light for a surface one can look through.
    pub fn through(self, opacity: f32) -> Self {
        Self {
            floor: self.floor.truncate().extend(opacity),
            ..self
        }
    }
}

/// Matt solids.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub(super) struct SolidMaterial {
    #[uniform(0)]
    pub light: Light,
    /// Linear colour and brightness, one `vec4` for each solid.
    #[storage(1, read_only)]
    pub looks: Handle<ShaderBuffer>,
    /// Whether one sees through it.
    pub translucent: bool,
}

scene_material!(SolidMaterial, SOLID_SHADER, OUTSIDE, |material: &Self| {
    if material.translucent {
        AlphaMode::Blend
    } else {
        AlphaMode::Opaque
    }
});

/// One tube as its shader reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub(super) struct TubeLook {
    /// Start of the curve; w: radius.
    pub start: Vec4,
    /// Its middle control point; w: phase of the marks.
    pub bend: Vec4,
    /// Its end; w: number of marks along it.
    pub end: Vec4,
    /// Linear colour at the start; w: strength of the marks.
    pub start_colour: Vec4,
    /// Linear colour at the end; w: 1 where dashed, 2 where flat on the floor.
    pub end_colour: Vec4,
}

/// Tubes between assets.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub(super) struct TubeMaterial {
    #[uniform(0)]
    pub light: Light,
    /// One [`TubeLook`] for each tube.
    #[storage(1, read_only)]
    pub tubes: Handle<ShaderBuffer>,
}

scene_material!(TubeMaterial, TUBE_SHADER, OUTSIDE);

/// One item or agent as its shader reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub(super) struct BodyLook {
    /// Its middle; w: turn about the upright axis.
    pub centre: Vec4,
    /// Half its extent along, up and across.
    pub half: Vec4,
    /// Linear colour.
    pub colour: Vec4,
}

/// Items and agents.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub(super) struct BodyMaterial {
    #[uniform(0)]
    pub light: Light,
    /// One [`BodyLook`] for each copy in the mesh.
    #[storage(1, read_only)]
    pub bodies: Handle<ShaderBuffer>,
}

scene_material!(BodyMaterial, BODY_SHADER, OUTSIDE);

/// The rim around what is selected.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub(super) struct OutlineMaterial {
    /// Linear colour; w: width in pixels.
    #[uniform(0)]
    pub colour: Vec4,
}

scene_material!(OutlineMaterial, OUTLINE_SHADER, INSIDE);

/// Numbers of the ground's shader.
#[derive(Clone, Copy, Debug, PartialEq, ShaderType)]
pub(super) struct Ground {
    /// Linear colour of the lines; w: opacity.
    pub grid: Vec4,
    /// Spacing of fine lines, fine lines to a main one, radius of fading, 1 for a shadow.
    pub measure: Vec4,
    /// Linear colour of the shadow; w: opacity.
    pub shadow: Vec4,
}

/// The ground grid, and the soft shadows on it.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub(super) struct GroundMaterial {
    #[uniform(0)]
    pub ground: Ground,
}

// The ground is also seen from below, and through its lines.
scene_material!(GroundMaterial, GROUND_SHADER, BOTH_SIDES, |_: &Self| {
    AlphaMode::Blend
});

/// An sRGB colour in the linear space in which light is reckoned.
pub(super) fn linear(colour: [u8; 3]) -> Vec3 {
    let linear = Color::srgb_u8(colour[0], colour[1], colour[2]).to_linear();
    Vec3::new(linear.red, linear.green, linear.blue)
}
