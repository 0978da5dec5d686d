//! How the scene is painted at one moment: a colour for every solid and tube,
//! made from values, legend and selection. Pure, so that it is tested without a renderer.

use super::colour::{Legend, Srgb};
use super::flow::bodies::Body;
use super::scene::{Carries, SceneView};

/// The colours of the scene that do not stand for a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScenePalette {
    /// Behind everything; what recedes fades towards it.
    pub background: Srgb,
    /// Lines of the ground grid.
    pub grid: Srgb,
    /// Solids and tubes that carry no value.
    pub neutral: Srgb,
    /// Water in tanks and reservoirs that carry no value.
    pub water: Srgb,
    /// Outline of what is selected.
    pub accent: Srgb,
    /// Soft shadow under what stands on the ground.
    pub shadow: Srgb,
}

/// The paint of one solid.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SolidPaint {
    /// Surface colour.
    pub colour: Srgb,
    /// Additional brightness from 0 to 1, for what is under the pointer.
    pub lift: f32,
}

/// The paint of one tube. What flows, flows from `from` to `to`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TubePaint {
    /// Colour at the tube's start.
    pub start: Srgb,
    /// Colour at the tube's end.
    pub end: Srgb,
    /// Width from 0 (thinnest) to 1.
    pub weight: f32,
    /// Speed of the marks [scene units per second of watching], positive from start to end.
    pub speed: f32,
    /// Strength of the marks from 0 to 1.
    pub marks: f32,
}

/// The paint of one item or agent of a flow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BodyPaint {
    /// What it is, and where.
    pub body: Body,
    /// Surface colour.
    pub colour: Srgb,
}

/// Everything the renderer has to colour.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Painting {
    /// One for each solid of the scene.
    pub solids: Vec<SolidPaint>,
    /// One for each tube of the scene.
    pub tubes: Vec<TubePaint>,
    /// Index of the solid that is outlined.
    pub outlined: Option<usize>,
}

/// What a painting is made from.
#[derive(Clone, Copy, Debug)]
pub struct PaintInput<'a> {
    /// The value that colours each asset, by position in the document [display unit of the legend].
    pub values: &'a [Option<f64>],
    /// What flows through each tube of the scene [SI], start to end positive.
    pub flows: &'a [Option<f64>],
    /// The largest flow seen so far [SI].
    pub flow_reference: f64,
    /// Meaning of the colours.
    pub legend: Option<&'a Legend>,
    /// The selected asset.
    pub selected: Option<usize>,
    /// The asset under the pointer.
    pub hovered: Option<usize>,
    /// Colours that stand for no value.
    pub palette: &'a ScenePalette,
}

/// How far what recedes fades into the background.
const RECEDE: f64 = 0.62;

/// Speed of the marks at the reference flow [scene units per second].
const FULL_SPEED: f32 = 0.32;

/// Paints `scene`.
///
/// With a selection, the selected asset and what a tube joins to it keep their
/// colours and the rest recedes. A tube that carries heat takes the colours of
/// its two ends, so that the fall of temperature along it is seen, unless the
/// legend gives the tube's own asset a value.
#[must_use]
pub fn paint(scene: &SceneView, input: &PaintInput) -> Painting {
    let palette = input.palette;
    let stays = |asset: usize| match input.selected {
        None => true,
        Some(selected) => {
            asset == selected
                || scene
                    .neighbours(selected)
                    .is_some_and(|neighbours| neighbours.contains(&asset))
        }
    };
    let own_colour = |asset: usize| -> Option<Srgb> {
        let value = (*input.values.get(asset)?)?;
        value
            .is_finite()
            .then(|| input.legend.map(|legend| legend.colour(value)))?
    };
    let recede = |colour: Srgb, stays: bool| {
        if stays {
            colour
        } else {
            blend(colour, palette.background, RECEDE)
        }
    };
    let lift = |asset: Option<usize>| {
        if asset.is_some() && asset == input.hovered {
            0.12
        } else {
            0.0
        }
    };
    let solids = scene
        .solids
        .iter()
        .map(|solid| SolidPaint {
            colour: recede(
                own_colour(solid.asset).unwrap_or(palette.neutral),
                stays(solid.asset),
            ),
            lift: lift(Some(solid.asset)),
        })
        .collect();
    let tubes = scene
        .tubes
        .iter()
        .zip(input.flows)
        .map(|(tube, flow)| {
            let (from, to) = (scene.solids[tube.from].asset, scene.solids[tube.to].asset);
            let selected = tube.asset.is_some() && tube.asset == input.selected;
            let stays = match tube.asset {
                Some(asset) => stays(asset),
                None => {
                    stays(from)
                        && stays(to)
                        && input.selected.is_none_or(|one| one == from || one == to)
                }
            };
            let (start, end) = match tube.carries {
                _ if selected => (palette.accent, palette.accent),
                Carries::Signal => (palette.neutral, palette.neutral),
                Carries::Items => (palette.neutral, palette.neutral),
                Carries::Traffic { .. } => {
                    let way = blend(palette.neutral, palette.background, 0.55);
                    (way, way)
                }
                Carries::Heat | Carries::Water => match tube.asset.and_then(own_colour) {
                    Some(own) => (own, own),
                    None => (
                        own_colour(from)
                            .or(own_colour(to))
                            .unwrap_or(palette.neutral),
                        own_colour(to)
                            .or(own_colour(from))
                            .unwrap_or(palette.neutral),
                    ),
                },
            };
            let flow = flow.filter(|flow| flow.is_finite()).unwrap_or(0.0);
            let weight = flow_weight(flow, input.flow_reference) as f32;
            let hovered = lift(tube.asset) > 0.0;
            let brighten = |colour| {
                if hovered {
                    blend(colour, [255; 3], 0.2)
                } else {
                    colour
                }
            };
            TubePaint {
                start: recede(brighten(start), stays),
                end: recede(brighten(end), stays),
                weight,
                speed: FULL_SPEED * weight * flow.signum() as f32,
                marks: if let Carries::Traffic { one_way } = tube.carries {
                    f32::from(u8::from(one_way))
                } else if !stays {
                    0.25 * weight.sqrt()
                } else {
                    weight.sqrt()
                },
            }
        })
        .collect();
    let outlined = input
        .selected
        .and_then(|asset| scene.solids.iter().position(|solid| solid.asset == asset));
    Painting {
        solids,
        tubes,
        outlined,
    }
}

/// The colour a `fraction` of the way from `a` to `b`, in the encoded space, as a screen designer mixes.
#[must_use]
pub fn blend(a: Srgb, b: Srgb, fraction: f64) -> Srgb {
    std::array::from_fn(|channel| {
        let (a, b) = (f64::from(a[channel]), f64::from(b[channel]));
        (a + (b - a) * fraction).round().clamp(0.0, 255.0) as u8
    })
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

#[cfg(test)]
mod tests {
    use super::super::colour::ColourMap;
    use super::super::geometry::{Extent, OrientedBox};
    use super::super::scene::{Solid, Tube};
    use super::*;
    use crate::twin::Shape;

    const PALETTE: ScenePalette = ScenePalette {
        background: [20, 20, 20],
        grid: [60, 60, 60],
        neutral: [128, 128, 128],
        water: [90, 150, 220],
        accent: [255, 160, 0],
        shadow: [0, 0, 0],
    };

    /// Three blocks in a row; a tube asset (3) joins the first two.
    fn scene() -> SceneView {
        let solids: Vec<Solid> = (0..3)
            .map(|asset| Solid {
                asset,
                shape: Shape::Block,
                gltf: None,
                place: OrientedBox::new([asset as f64, 0.0, 0.0], [0.5; 3], [0.0; 3]),
            })
            .collect();
        let tube = Tube {
            asset: Some(3),
            from: 0,
            to: 1,
            carries: Carries::Heat,
            curve: [[0.0; 3], [0.5, 0.2, 0.0], [1.0, 0.0, 0.0]],
            flow: None,
        };
        let extent = Extent {
            low: [-1.0; 3],
            high: [1.0; 3],
        };
        SceneView::from_parts(solids, vec![tube], extent, 4)
    }

    fn legend() -> Legend {
        Legend {
            title: "Temperature".into(),
            unit: "°C".into(),
            low: 20.0,
            high: 60.0,
            map: ColourMap::Viridis,
        }
    }

    fn painting(selected: Option<usize>, flow: f64) -> Painting {
        let legend = legend();
        paint(
            &scene(),
            &PaintInput {
                values: &[Some(20.0), Some(60.0), None, None],
                flows: &[Some(flow)],
                flow_reference: 1.0,
                legend: Some(&legend),
                selected,
                hovered: Some(1),
                palette: &PALETTE,
            },
        )
    }

    #[test]
    fn a_small_flow_still_shows_and_a_large_one_does_not_burst() {
        assert_eq!(flow_weight(0.0, 1.0), 0.0);
        assert!(flow_weight(0.01, 1.0) > 0.05);
        assert_eq!(flow_weight(-5.0, 1.0), 1.0);
        assert_eq!(flow_weight(f64::NAN, 1.0), 0.0);
        assert_eq!(flow_weight(1.0, 0.0), 0.0);
    }

    #[test]
    fn solids_show_their_value_and_neutral_where_they_have_none() {
        let painting = painting(None, 1.0);
        assert_eq!(painting.solids[0].colour, ColourMap::Viridis.sample(0.0));
        assert_eq!(painting.solids[1].colour, ColourMap::Viridis.sample(1.0));
        assert_eq!(painting.solids[2].colour, PALETTE.neutral);
        assert!(painting.solids[1].lift > painting.solids[0].lift);
        assert_eq!(painting.outlined, None);
    }

    #[test]
    fn a_tube_takes_the_colours_of_its_ends_and_flows_the_way_the_heat_goes() {
        let forward = painting(None, 0.5).tubes[0];
        assert_eq!(forward.start, ColourMap::Viridis.sample(0.0));
        assert_eq!(forward.end, ColourMap::Viridis.sample(1.0));
        assert!(forward.speed > 0.0 && forward.weight > 0.5);
        let backward = painting(None, -0.5).tubes[0];
        assert_eq!(backward.speed, -forward.speed);
        let still = painting(None, 0.0).tubes[0];
        assert_eq!((still.speed, still.marks, still.weight), (0.0, 0.0, 0.0));
    }

    #[test]
    fn with_a_selection_the_rest_recedes_and_neighbours_stay() {
        let painting = painting(Some(0), 1.0);
        assert_eq!(painting.outlined, Some(0));
        assert_eq!(painting.solids[1].colour, ColourMap::Viridis.sample(1.0));
        assert_eq!(
            painting.solids[2].colour,
            blend(PALETTE.neutral, PALETTE.background, RECEDE)
        );
    }

    #[test]
    fn a_selected_connection_wears_the_accent() {
        let painting = painting(Some(3), 1.0);
        assert_eq!(painting.outlined, None);
        assert_eq!(painting.tubes[0].start, PALETTE.accent);
    }

    #[test]
    fn a_value_that_is_not_a_number_leaves_the_solid_neutral() {
        let legend = legend();
        let input = PaintInput {
            values: &[Some(f64::NAN)],
            flows: &[Some(f64::NAN)],
            flow_reference: f64::NAN,
            legend: Some(&legend),
            selected: None,
            hovered: None,
            palette: &PALETTE,
        };
        let painting = paint(&scene(), &input);
        assert_eq!(painting.solids[0].colour, PALETTE.neutral);
        assert_eq!(painting.tubes[0].speed, 0.0);
    }
}
