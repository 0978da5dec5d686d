//! The picture of the scene as the panels see it: what is written over it.

use super::colour::Legend;
use super::label::Label;
use super::network::map::MapFrame;

/// What the panels draw over the picture of the scene. The scene fills it in
/// each time the picture changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ViewportView {
    /// Labels of assets, laid out so that none overlap.
    pub labels: Vec<Label>,
    /// Whether colours stand for what the stations of a flow do.
    pub shows_states: bool,
    /// What the colours mean.
    pub legend: Option<Legend>,
    /// Titles of the quantities that the scene can be coloured by.
    pub quantities: Vec<String>,
    /// Position of the one it is coloured by.
    pub coloured_by: Option<usize>,
    /// Position of what a what-if changes among `quantities`, where the scene can show it.
    pub differences: Option<usize>,
    /// Scale, north and exaggeration of heights, for a network.
    pub map: Option<MapFrame>,
    /// What is not drawn as it should be, in words: `Software renderer: drawn at half size`.
    pub note: Option<String>,
    /// Which items are not drawn, in words.
    pub left_out: Option<String>,
}

/// Corners of the picture in which something is written, as width and height
/// [points]: legend, way home, and for a map the heights, scale and north.
const LEGEND: [f64; 2] = [224.0, 64.0];
const HOME: [f64; 2] = [96.0, 40.0];
const HEIGHTS: [f64; 2] = [272.0, 40.0];
const SCALE: [f64; 2] = [184.0, 80.0];
const NORTH: [f64; 2] = [64.0, 72.0];

/// Parts of a picture of `size` points that no label may cover, each as its
/// upper left and lower right corner.
#[must_use]
pub fn furniture(size: [f64; 2], is_map: bool) -> Vec<[[f64; 2]; 2]> {
    let [width, height] = size;
    let lower_left = |[w, h]: [f64; 2]| [[0.0, height - h], [w, height]];
    let lower_right = |[w, h]: [f64; 2]| [[width - w, height - h], [width, height]];
    let mut parts = vec![lower_left(LEGEND), lower_right(HOME)];
    if is_map {
        parts.push([[0.0, 0.0], HEIGHTS]);
        parts.push(lower_right(SCALE));
        parts.push([[width - NORTH[0], 0.0], [width, NORTH[1]]]);
    }
    parts
}
