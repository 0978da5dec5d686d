//! How much the renderer is asked to do: chosen by the adapter, overridable.

use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;
use bevy::render::view::Msaa;

use super::meshes::Fineness;

/// How much work a picture of the scene may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Preset {
    /// For software renderers: few triangles, no multisampling, a smaller picture.
    Light,
    /// For graphics processors: bevelled edges, round things rounder, four samples a pixel.
    Full,
}

impl Preset {
    /// The preset called `name` on the command line or in the settings.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "light" => Some(Self::Light),
            "full" => Some(Self::Full),
            _ => None,
        }
    }

    /// Name on the screen and in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Full => "full",
        }
    }

    /// The preset that suits an adapter.
    #[must_use]
    pub fn for_adapter(info: &RenderAdapterInfo) -> Self {
        if is_software(info) {
            Self::Light
        } else {
            Self::Full
        }
    }

    /// Samples for each pixel of the scene.
    #[must_use]
    pub const fn samples(self) -> Msaa {
        match self {
            Self::Light => Msaa::Off,
            Self::Full => Msaa::Sample4,
        }
    }

    /// Pixels of the scene for each pixel of its tile, in each direction, while the picture moves.
    #[must_use]
    pub const fn resolution_scale(self) -> f32 {
        match self {
            Self::Light => 0.75,
            Self::Full => 1.0,
        }
    }

    /// Most redraws in a second for the moving marks alone.
    #[must_use]
    pub const fn animation_rate(self) -> f32 {
        match self {
            Self::Light => 10.0,
            Self::Full => 60.0,
        }
    }

    /// Sides of what is round in the symbols of a map, which are small.
    pub(super) const fn symbol_sides(self) -> u32 {
        match self {
            Self::Light => 10,
            Self::Full => 20,
        }
    }

    /// How fine the meshes of a scene with this many solids are.
    pub(super) const fn fineness(self, solids: usize) -> Fineness {
        match (self, solids) {
            (_, 4_000..) => Fineness {
                sides: 6,
                bevels: false,
            },
            (Self::Light, 0..200) => Fineness {
                sides: 12,
                bevels: true,
            },
            (Self::Light, _) => Fineness {
                sides: 6,
                bevels: false,
            },
            (Self::Full, 0..1_000) => Fineness {
                sides: 24,
                bevels: true,
            },
            (Self::Full, _) => Fineness {
                sides: 12,
                bevels: false,
            },
        }
    }
}

/// Whether pictures are made by the processor.
#[must_use]
pub fn is_software(info: &RenderAdapterInfo) -> bool {
    let name = info.name.to_lowercase();
    format!("{:?}", info.device_type) == "Cpu"
        || [
            "llvmpipe",
            "lavapipe",
            "swiftshader",
            "software",
            "basic render",
        ]
        .iter()
        .any(|word| name.contains(word))
}
