//! The headless job behind `counterpart replicate --select`: which of several scenarios is
//! the best, and how sure that is.

use std::path::PathBuf;

use super::error::LiveError;
use super::open::load;
use super::replicate::{find_scenario, find_variable, system};
use super::replications::Replications;
use crate::inference::statistics::{Selection, SelectionOptions, select_best};
use crate::quantity::{Quantity, SimDuration, Unit, format};
use crate::simulation::{Progress, Simulation};

/// Replications made beyond those asked for, so that several processors have work.
const AHEAD: u32 = 8;

/// What to choose among, and by what.
#[derive(Clone, Debug)]
pub struct SelectRequest {
    /// The document, or its folder.
    pub twin: PathBuf,
    /// The variable whose value at the end counts, as `asset.quantity`.
    pub variable: String,
    /// Ids of the scenarios; the twin as it is always takes part.
    pub scenarios: Vec<String>,
    /// A difference that is worth finding, in the unit of the variable.
    pub worthwhile: Quantity,
    /// Whether the lowest value is the best, and not the highest.
    pub lowest: bool,
    /// Probability that the best is found, such as 0.95.
    pub confidence: f64,
    /// Replications of each at first.
    pub first: u32,
    /// Most replications of each.
    pub most: u32,
    /// Run seed; the document's when absent.
    pub seed: Option<u64>,
    /// How long to run; the forecast's horizon when absent.
    pub until: Option<SimDuration>,
}

/// What was selected.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectOutcome {
    /// Id and version of the twin.
    pub twin: String,
    /// The variable.
    pub variable: String,
    /// Its unit for people.
    pub unit: Unit,
    /// Scenario of each system; `None` for the twin as it is, which is the first.
    pub systems: Vec<Option<String>>,
    /// What was found; means are in SI.
    pub selection: Selection,
    /// What was promised.
    pub options: SelectionOptions,
    /// Whether the lowest value is the best.
    pub lowest: bool,
    /// Length of each replication.
    pub horizon: SimDuration,
    /// Run seed.
    pub seed: u64,
}

/// Selects the best of the twin as it is and some scenarios, by the fully sequential
/// procedure of Kim and Nelson under common random numbers; see
/// [`select_best`](crate::inference::statistics::select_best).
///
/// # Errors
/// When the document has errors, something asked for is not there, or a replication fails.
pub fn select(request: &SelectRequest, progress: &Progress) -> Result<SelectOutcome, LiveError> {
    let loaded = load(&request.twin)?;
    let variable = find_variable(&request.variable, &loaded.variables)?;
    let unit = loaded.variables.get(variable).unit.clone();
    let worthwhile = request.worthwhile.difference_si();
    if !request.worthwhile.unit().is_commensurable(&unit) || worthwhile <= 0.0 {
        return Err(LiveError::Request(format!(
            "a worthwhile difference of {} is none of `{}`: give one above zero in {}",
            request.worthwhile.as_str(),
            request.variable,
            if unit.is_dimensionless() {
                "no unit or in %".to_owned()
            } else {
                format!("`{}` or a unit like it", unit.code())
            }
        )));
    }
    let mut names: Vec<Option<String>> = vec![None];
    for id in &request.scenarios {
        if !names.contains(&Some(id.clone())) {
            names.push(Some(id.clone()));
        }
    }
    let seed = request.seed.unwrap_or(loaded.twin.forecast.seed);
    let horizon = request.until.unwrap_or(loaded.twin.forecast.horizon);
    let simulation = Simulation::compile(&loaded.twin, &loaded.variables)?;
    let mut systems = Vec::with_capacity(names.len());
    for name in &names {
        let scenario = (name.as_ref())
            .map(|id| find_scenario(id, &loaded))
            .transpose()?;
        let record = vec![variable];
        let what = system(&loaded, &simulation, scenario, seed, horizon, record)?;
        systems.push(Replications::new(&simulation, what));
    }
    let options = SelectionOptions {
        confidence: request.confidence,
        worthwhile,
        first: request.first as usize,
        most: request.most as usize,
    };
    let sign = if request.lowest { -1.0 } else { 1.0 };
    let mut selection = select_best::<LiveError>(systems.len(), &options, |place, number| {
        // There are no more than the most, a u32.
        let number = number as u32;
        let system = &mut systems[place];
        if number >= system.count() {
            let ahead = request.first.max(number.saturating_add(AHEAD));
            system.extend_to(ahead.min(request.most.max(request.first)), progress)?;
        }
        Ok(sign * system.end_or_failure(variable, number)?)
    })?;
    for mean in &mut selection.means {
        *mean *= sign;
    }
    Ok(SelectOutcome {
        twin: format!("{} {}", loaded.twin.id, loaded.twin.version),
        variable: request.variable.clone(),
        unit,
        systems: names,
        selection,
        options,
        lowest: request.lowest,
        horizon,
        seed,
    })
}

impl SelectOutcome {
    /// The outcome for people.
    #[must_use]
    pub fn to_text(&self) -> String {
        let name = |place: usize| -> &str {
            (self.systems.get(place))
                .and_then(Option::as_deref)
                .unwrap_or("the twin as it is")
        };
        let best = self.selection.best;
        let mut lines = vec![format!(
            "{}: replications of {}, seed {}",
            self.twin, self.horizon, self.seed
        )];
        let which = if self.lowest { "lowest" } else { "highest" };
        lines.push(format!(
            "{which} {}: {}{}",
            self.variable,
            name(best),
            if self.selection.certain {
                ""
            } else {
                " so far; the others are not ruled out"
            }
        ));
        let found = self
            .selection
            .means
            .iter()
            .zip(&self.selection.replications);
        for (place, (mean, replications)) in found.enumerate() {
            lines.push(format!(
                "  {}: {} over {replications} replications",
                name(place),
                format::format_quantity(*mean, &self.unit, 5)
            ));
        }
        let percent = (100.0 * self.options.confidence * 1e6).round() / 1e6;
        let worthwhile = format::format_difference(self.options.worthwhile, &self.unit, 3);
        lines.push(if self.selection.certain {
            format!(
                "if one is better than all others by {worthwhile} or more, it is this one with a \
                 probability of at least {percent} % (Kim and Nelson 2001)"
            )
        } else {
            format!(
                "{} replications do not tell the best by {worthwhile} with {percent} %: allow more \
                 with `--most`, or take a larger `--worthwhile`",
                self.options.most
            )
        });
        lines.join("\n") + "\n"
    }
}
