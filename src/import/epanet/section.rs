//! The sections of an EPANET file.

use super::text::begins;

/// A section that EPANET knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Title,
    Junctions,
    Reservoirs,
    Tanks,
    Pipes,
    Pumps,
    Valves,
    Demands,
    Emitters,
    Leakage,
    Status,
    Patterns,
    Curves,
    Controls,
    Rules,
    Energy,
    Quality,
    Sources,
    Reactions,
    Mixing,
    Times,
    Report,
    Options,
    Coordinates,
    Vertices,
    Labels,
    Backdrop,
    Tags,
    Roughness,
    End,
}

impl Section {
    pub const ALL: [Self; 30] = [
        Self::Title,
        Self::Junctions,
        Self::Reservoirs,
        Self::Tanks,
        Self::Pipes,
        Self::Pumps,
        Self::Valves,
        Self::Demands,
        Self::Emitters,
        Self::Leakage,
        Self::Status,
        Self::Patterns,
        Self::Curves,
        Self::Controls,
        Self::Rules,
        Self::Energy,
        Self::Quality,
        Self::Sources,
        Self::Reactions,
        Self::Mixing,
        Self::Times,
        Self::Report,
        Self::Options,
        Self::Coordinates,
        Self::Vertices,
        Self::Labels,
        Self::Backdrop,
        Self::Tags,
        Self::Roughness,
        Self::End,
    ];

    /// Its heading as EPANET writes it.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Title => "[TITLE]",
            Self::Junctions => "[JUNCTIONS]",
            Self::Reservoirs => "[RESERVOIRS]",
            Self::Tanks => "[TANKS]",
            Self::Pipes => "[PIPES]",
            Self::Pumps => "[PUMPS]",
            Self::Valves => "[VALVES]",
            Self::Demands => "[DEMANDS]",
            Self::Emitters => "[EMITTERS]",
            Self::Leakage => "[LEAKAGE]",
            Self::Status => "[STATUS]",
            Self::Patterns => "[PATTERNS]",
            Self::Curves => "[CURVES]",
            Self::Controls => "[CONTROLS]",
            Self::Rules => "[RULES]",
            Self::Energy => "[ENERGY]",
            Self::Quality => "[QUALITY]",
            Self::Sources => "[SOURCES]",
            Self::Reactions => "[REACTIONS]",
            Self::Mixing => "[MIXING]",
            Self::Times => "[TIMES]",
            Self::Report => "[REPORT]",
            Self::Options => "[OPTIONS]",
            Self::Coordinates => "[COORDINATES]",
            Self::Vertices => "[VERTICES]",
            Self::Labels => "[LABELS]",
            Self::Backdrop => "[BACKDROP]",
            Self::Tags => "[TAGS]",
            Self::Roughness => "[ROUGHNESS]",
            Self::End => "[END]",
        }
    }

    /// The section that a line beginning with a bracket opens. As in EPANET, the first
    /// letters decide, in any case; the bracket may be left open.
    pub fn of_heading(line: &str) -> Option<Self> {
        /// Letters that tell every section from the others: `[JUNC`.
        const TELLING: usize = 5;
        Self::ALL.into_iter().find(|section| {
            let heading = section.heading();
            let telling = heading.len().min(TELLING);
            begins(line, &heading[..telling])
        })
    }
}
