//! How a network is painted at one moment: a colour for every node and link,
//! and how fast flow marks run. Pure, so that it is tested without a renderer.

use std::sync::Arc;

use super::super::colour::{Legend, Srgb};
use super::super::painting::{ScenePalette, blend};
use super::trace::Trace;
use super::values::Present;
use super::zones::Zones;
use super::{Network, NodeForm};

/// How far what recedes behind a trace fades into the background.
const RECEDE: f64 = 0.80;

/// Marks that pass a place in a second at the fast speed of the network.
const FULL_RATE: f64 = 1.1;

/// The paint of a link. Its ends may differ in colour.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinkPaint {
    /// Colour at the start.
    pub start: Srgb,
    /// Colour at the end.
    pub end: Srgb,
    /// Flow marks that pass in a second, positive from start to end.
    pub rate: f32,
    /// Strength of the marks from 0 to 1.
    pub marks: f32,
    /// Whether it is closed: drawn broken.
    pub closed: bool,
    /// Whether it is drawn wider than its diameter says.
    pub emphasised: bool,
}

/// The paint of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NodePaint {
    /// Surface colour.
    pub colour: Srgb,
    /// Share of its height that is filled, from 0 to 1.
    pub fill: f32,
    /// Whether a ring marks it.
    pub ringed: bool,
    /// Whether it is small and pale because something else matters.
    pub receded: bool,
}

/// Everything of a network that the renderer has to colour. Two paintings are
/// the same when they are one and the same.
#[derive(Clone, Debug, Default)]
pub struct NetworkPainting {
    /// One for each link.
    pub links: Arc<[LinkPaint]>,
    /// One for each node.
    pub nodes: Arc<[NodePaint]>,
}

impl PartialEq for NetworkPainting {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.links, &other.links) && Arc::ptr_eq(&self.nodes, &other.nodes)
    }
}

/// What a painting is made from.
#[derive(Clone, Copy, Debug)]
pub struct NetworkPaintInput<'a> {
    /// The value that colours each asset, by position in the document [display unit of the legend].
    pub values: &'a [Option<f64>],
    /// Meaning of the colours.
    pub legend: Option<&'a Legend>,
    /// What the network does.
    pub present: &'a Present,
    /// Whether flow marks are shown.
    pub flows: bool,
    /// The selected asset.
    pub selected: Option<usize>,
    /// What a trace met; the rest recedes.
    pub trace: Option<&'a Trace>,
    /// Zones, which then give the colours.
    pub zones: Option<&'a Zones>,
    /// Hues of zones, in order.
    pub categories: &'a [Srgb],
    /// Colours that stand for no value.
    pub palette: &'a ScenePalette,
}

/// Paints `network`.
///
/// A link shows its own value where the legend gives it one, else it runs from
/// the colour of one end to that of the other, so that a node quantity is seen
/// along the pipes and not only as dots.
#[must_use]
pub fn paint(network: &Network, input: &NetworkPaintInput) -> NetworkPainting {
    let palette = input.palette;
    let own = |asset: usize| -> Option<Srgb> {
        let value = input.values.get(asset).copied().flatten()?;
        let legend = input.legend?;
        value.is_finite().then(|| legend.colour(value))
    };
    let of_zone = |zone: usize| match input.categories {
        [] => palette.neutral,
        categories => categories[zone % categories.len()],
    };
    let node_colours: Vec<Option<Srgb>> = network
        .nodes
        .iter()
        .enumerate()
        .map(|(index, node)| match input.zones {
            Some(zones) => zones.of_node.get(index).map(|zone| of_zone(*zone)),
            None => own(node.asset),
        })
        .collect();
    let recede = |colour: Srgb, met: bool| {
        if met {
            colour
        } else {
            blend(colour, palette.background, RECEDE)
        }
    };
    let fast = input.present.fast(network);
    let links = network
        .links
        .iter()
        .enumerate()
        .map(|(index, link)| {
            let met = input
                .trace
                .is_none_or(|trace| trace.links.get(index).copied().unwrap_or(false));
            let selected = input.selected == Some(link.asset);
            let closed = input.present.closed.get(index).copied().unwrap_or(false);
            let (start, end) = if selected {
                (palette.accent, palette.accent)
            } else if let Some(zones) = input.zones {
                let colour = match zones.of_link.get(index).copied().flatten() {
                    Some(zone) => of_zone(zone),
                    None => palette.neutral,
                };
                (colour, colour)
            } else if let Some(colour) = own(link.asset) {
                (colour, colour)
            } else {
                let [from, to] = link.ends().map(|node| node_colours[node]);
                (
                    from.or(to).unwrap_or(palette.neutral),
                    to.or(from).unwrap_or(palette.neutral),
                )
            };
            let speed = input
                .present
                .velocities
                .get(index)
                .copied()
                .flatten()
                .filter(|_| input.flows && met && !closed)
                .unwrap_or(0.0);
            let share = if fast > 0.0 {
                (speed / fast).clamp(-1.5, 1.5)
            } else {
                0.0
            };
            LinkPaint {
                start: recede(start, met),
                end: recede(end, met),
                rate: (share * FULL_RATE) as f32,
                marks: if share == 0.0 {
                    0.0
                } else {
                    (0.35 + 0.65 * share.abs().sqrt()).min(1.0) as f32
                },
                closed,
                emphasised: selected || (met && input.trace.is_some()),
            }
        })
        .collect();
    let nodes = network
        .nodes
        .iter()
        .enumerate()
        .map(|(index, node)| {
            let met = input
                .trace
                .is_none_or(|trace| trace.nodes.get(index).copied().unwrap_or(false));
            let plain = match node.form {
                NodeForm::Junction => palette.neutral,
                NodeForm::Tank | NodeForm::Reservoir => palette.water,
            };
            let colour = node_colours[index].unwrap_or(plain);
            NodePaint {
                colour: recede(colour, met),
                fill: match node.form {
                    NodeForm::Tank => input.present.fill.get(index).copied().unwrap_or(1.0) as f32,
                    NodeForm::Junction | NodeForm::Reservoir => 1.0,
                },
                ringed: input.selected == Some(node.asset),
                receded: !met,
            }
        })
        .collect();
    NetworkPainting { links, nodes }
}

#[cfg(test)]
mod tests {
    use super::super::super::colour::ColourMap;
    use super::super::test_support::{link, node};
    use super::super::trace::{Direction, trace};
    use super::super::zones::{ZoneRule, zones};
    use super::*;

    const PALETTE: ScenePalette = ScenePalette {
        background: [20, 20, 20],
        grid: [60, 60, 60],
        neutral: [128, 128, 128],
        water: [90, 150, 220],
        accent: [255, 160, 0],
        shadow: [0, 0, 0],
    };

    const HUES: [Srgb; 2] = [[1, 2, 3], [4, 5, 6]];

    /// Three nodes in a row, two pipes.
    fn network() -> Network {
        let nodes = (0..3)
            .map(|index| node(index, [index as f64, 0.0, 0.0]))
            .collect();
        let links = vec![(link(3, 0, 1), Vec::new()), (link(4, 1, 2), Vec::new())];
        Network::from_parts(nodes, links, 5)
    }

    fn legend() -> Legend {
        Legend {
            title: "Pressure".into(),
            unit: "m".into(),
            low: 0.0,
            high: 60.0,
            map: ColourMap::Viridis,
        }
    }

    fn present() -> Present {
        Present {
            flows: vec![Some(0.01), Some(-0.002)],
            velocities: vec![Some(1.0), Some(-0.2)],
            closed: vec![false, false],
            ..Present::default()
        }
    }

    fn input<'a>(
        values: &'a [Option<f64>],
        legend: &'a Legend,
        present: &'a Present,
    ) -> NetworkPaintInput<'a> {
        NetworkPaintInput {
            values,
            legend: Some(legend),
            present,
            flows: true,
            selected: None,
            trace: None,
            zones: None,
            categories: &HUES,
            palette: &PALETTE,
        }
    }

    #[test]
    fn pipes_run_from_the_colour_of_one_node_to_that_of_the_other() {
        let (legend, present) = (legend(), present());
        let values = [Some(0.0), Some(60.0), None, None, None];
        let painting = paint(&network(), &input(&values, &legend, &present));
        let (low, high) = (
            ColourMap::Viridis.sample(0.0),
            ColourMap::Viridis.sample(1.0),
        );
        assert_eq!(
            (painting.links[0].start, painting.links[0].end),
            (low, high)
        );
        assert_eq!(
            (painting.links[1].start, painting.links[1].end),
            (high, high)
        );
        assert_eq!(painting.nodes[2].colour, PALETTE.neutral);
    }

    #[test]
    fn a_pipe_with_a_value_of_its_own_shows_it() {
        let (legend, present) = (legend(), present());
        let values = [None, None, None, Some(30.0), Some(f64::NAN)];
        let painting = paint(&network(), &input(&values, &legend, &present));
        assert_eq!(painting.links[0].start, ColourMap::Viridis.sample(0.5));
        assert_eq!(painting.links[1].end, PALETTE.neutral);
    }

    #[test]
    fn marks_run_with_the_water_and_faster_where_it_is_faster() {
        let (legend, present) = (legend(), present());
        let painting = paint(&network(), &input(&[], &legend, &present));
        let [fast, slow] = [painting.links[0], painting.links[1]];
        assert!(fast.rate > 0.0 && slow.rate < 0.0);
        // As one speed to the other.
        assert!((fast.rate / slow.rate + 5.0).abs() < 1e-5);
        assert!(fast.marks > slow.marks && slow.marks > 0.0);
        let without = NetworkPaintInput {
            flows: false,
            ..input(&[], &legend, &present)
        };
        assert_eq!(paint(&network(), &without).links[0].marks, 0.0);
    }

    #[test]
    fn a_closed_pipe_has_no_marks_and_is_told_apart() {
        let legend = legend();
        let shut = Present {
            closed: vec![true, false],
            ..present()
        };
        let painting = paint(&network(), &input(&[], &legend, &shut));
        assert!(painting.links[0].closed && !painting.links[1].closed);
        assert_eq!(painting.links[0].marks, 0.0);
    }

    #[test]
    fn a_trace_lets_the_rest_recede_and_a_selection_does_not() {
        let (legend, present) = (legend(), present());
        let network = network();
        let found = trace(&network, 1, Direction::Upstream, &present.flows, 0.0);
        let values = [Some(60.0); 5];
        let traced = paint(
            &network,
            &NetworkPaintInput {
                trace: Some(&found),
                ..input(&values, &legend, &present)
            },
        );
        let high = ColourMap::Viridis.sample(1.0);
        // Water comes to the middle from both sides.
        assert!(traced.links.iter().all(|link| link.start == high));
        let from_end = trace(&network, 0, Direction::Upstream, &present.flows, 0.0);
        let traced = paint(
            &network,
            &NetworkPaintInput {
                trace: Some(&from_end),
                ..input(&values, &legend, &present)
            },
        );
        assert_eq!(
            traced.links[0].start,
            blend(high, PALETTE.background, RECEDE)
        );
        let selected = paint(
            &network,
            &NetworkPaintInput {
                selected: Some(3),
                ..input(&values, &legend, &present)
            },
        );
        assert_eq!(selected.links[0].start, PALETTE.accent);
        assert_eq!(selected.links[1].start, high);
    }

    #[test]
    fn zones_give_their_hue_to_pipes_and_nodes() {
        let (legend, present) = (legend(), present());
        let network = network();
        let shut = Present {
            closed: vec![true, false],
            ..Present::default()
        };
        let found = zones(&network, ZoneRule::Pressure, &shut);
        let painting = paint(
            &network,
            &NetworkPaintInput {
                zones: Some(&found),
                ..input(&[], &legend, &present)
            },
        );
        assert_eq!(painting.links[0].start, PALETTE.neutral, "cut");
        assert_eq!(painting.links[1].start, HUES[0], "the larger zone");
        assert_eq!(painting.nodes[0].colour, HUES[1]);
    }
}
