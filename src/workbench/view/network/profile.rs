//! What the long section shows: heights along the way, and between which heads
//! the water stood since the run began.

use super::super::Workbench;
use super::Network;
use super::section::{Way, band};
use super::values::Present;

/// Most rows of the record that the band looks at; a long record is sampled.
const MOST_ROWS: usize = 300;

/// One node of the way.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfilePoint {
    /// Position of the asset in the document.
    pub asset: usize,
    /// Distance from the beginning, along the links [m].
    pub distance: f64,
    /// Height of the node [m].
    pub ground: f64,
    /// Hydraulic head at the instant shown [m].
    pub head: Option<f64>,
    /// Lowest and highest head since the run began [m].
    pub band: Option<(f64, f64)>,
}

/// The long section, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Profile {
    /// An end of it has not been chosen yet.
    Unfinished {
        /// Name of the asset where it begins, if that was chosen.
        from: Option<String>,
        /// Name of the asset where it ends, if that was chosen.
        to: Option<String>,
    },
    /// No open way joins the two ends.
    Unjoined {
        /// Name of the asset where it begins.
        from: String,
        /// Name of the asset where it ends.
        to: String,
    },
    /// The points of the way, from beginning to end.
    Way(Vec<ProfilePoint>),
}

/// The long section at the instant shown; `None` without a network.
#[must_use]
pub fn view(workbench: &Workbench) -> Option<Profile> {
    let state = &workbench.network;
    state.network.as_ref()?;
    let document = workbench.document.as_ref()?;
    let name = |asset: usize| document.asset_name(asset).to_owned();
    let (Some(from), Some(to)) = (state.section_from, state.section_to) else {
        return Some(Profile::Unfinished {
            from: state.section_from.map(name),
            to: state.section_to.map(name),
        });
    };
    let answers = workbench.answers()?;
    Some(match &answers.section {
        Some(points) => Profile::Way(points.clone()),
        None => Profile::Unjoined {
            from: name(from),
            to: name(to),
        },
    })
}

/// The nodes along `way`.
pub(super) fn points(
    workbench: &Workbench,
    network: &Network,
    present: &Present,
    way: &Way,
) -> Vec<ProfilePoint> {
    let record = &workbench.record;
    let rows = record.times().len();
    let stride = rows.div_ceil(MOST_ROWS).max(1);
    way.nodes
        .iter()
        .zip(&way.distances)
        .map(|(&index, distance)| {
            let node = &network.nodes[index];
            let heads = node.head.into_iter().flat_map(|head| {
                (0..rows)
                    .step_by(stride)
                    .filter_map(move |row| record.value(row, head))
            });
            ProfilePoint {
                asset: node.asset,
                distance: *distance,
                ground: node.elevation,
                head: present.heads[index],
                band: band(heads),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::test_support::running_workbench;
    use super::*;
    use crate::workbench::view::command::{NetworkCommand, SelectCommand};

    fn section(from: &str, to: &str) -> Profile {
        let mut workbench = running_workbench();
        for (id, command) in [
            (from, NetworkCommand::SectionFrom),
            (to, NetworkCommand::SectionTo),
        ] {
            let asset = workbench.asset(id);
            workbench.apply(SelectCommand::Asset(asset).into());
            workbench.apply(command.into());
        }
        view(&workbench).unwrap()
    }

    #[test]
    fn the_section_has_ground_head_and_the_range_of_the_run() {
        let Profile::Way(points) = section("a", "c") else {
            panic!("a way");
        };
        let workbench = running_workbench();
        let assets: Vec<usize> = points.iter().map(|point| point.asset).collect();
        assert_eq!(assets, ["a", "b", "c"].map(|id| workbench.asset(id)));
        assert_eq!(points[1].distance, 100.0);
        assert_eq!(points[1].ground, 12.0);
        assert_eq!(points[1].head, Some(58.0));
        assert_eq!(points[1].band, Some((57.0, 58.0)));
    }

    #[test]
    fn a_closed_pipe_is_no_way_and_an_unchosen_end_is_asked_for() {
        let unjoined = Profile::Unjoined {
            from: "A".to_owned(),
            to: "Tower".to_owned(),
        };
        assert_eq!(section("a", "tower"), unjoined);
        let mut workbench = running_workbench();
        assert!(matches!(
            view(&workbench),
            Some(Profile::Unfinished { from: None, .. })
        ));
        workbench.network.network = None;
        assert_eq!(view(&workbench), None);
    }
}
