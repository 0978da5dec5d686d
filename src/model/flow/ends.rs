//! Where items of a twin begin and end.

use std::collections::BTreeSet;

use super::kinds::name;
use crate::twin::Twin;

/// Where items may begin and end, by the positions of the assets in the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    /// Sources, what makes several items of one, and what is called.
    pub makes: BTreeSet<u32>,
    /// Sinks, what joins items to others, sources, which may lose them, and what is
    /// called.
    pub takes: BTreeSet<u32>,
}

/// Whether a twin has items that flow.
#[must_use]
pub fn is_in(twin: &Twin) -> bool {
    (twin.assets.iter()).any(|asset| asset.kind.starts_with("flow."))
}

/// Where items of a twin begin and end.
#[must_use]
pub fn item_ends(twin: &Twin) -> Ends {
    let of = |kinds: &[&str]| {
        let assets = (0..).zip(&twin.assets);
        let found = assets.filter(|(_, asset)| kinds.contains(&asset.kind.as_str()));
        found.map(|(place, _)| place).collect()
    };
    Ends {
        makes: of(&[name::SOURCE, name::SPLIT, name::SERVICE, name::DEPENDENCY]),
        takes: of(&[
            name::SINK,
            name::ASSEMBLY,
            name::SOURCE,
            name::SERVICE,
            name::DEPENDENCY,
        ]),
    }
}
