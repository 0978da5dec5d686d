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
}
