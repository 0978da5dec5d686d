//! The wizard that takes unknown telemetry into a twin: from a file or a broker
//! over what is proposed to the first residuals.
//!
//! [`Wizard`] is the state; [`OnboardingCommand`]s change it through
//! [`Workbench::apply`](super::Workbench::apply), and what takes time comes back
//! as an [`OnboardingErrand`]. Its [`OnboardingNews`] carries the number of the
//! errand, so that what was cancelled is told to nobody.

mod errand;
mod form;
pub mod look;
pub mod review;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::command::{LayoutCommand, OnboardingCommand, PlotCommand};
use super::dock::Pane;
use super::{Effect, Workbench};
pub use errand::{OnboardingErrand, OnboardingNews, OnboardingWork};
pub use form::{Form, FormField, Origin};
use review::Review;

use crate::live::onboarding::{ColumnEdit, Onboarding, OnboardingRequest, Overheard, Welcome};
use crate::simulation::Progress;
use crate::telemetry::source::capture::Heard;

/// Where the wizard stands.
#[derive(Clone, Debug)]
pub enum Stage {
    /// The person says where samples are. Nothing has been read, so closing the
    /// wizard costs nothing.
    Source,
    /// A broker is listened to. What has come is shown as it comes; to stop early
    /// is to go on with it.
    Listening(Arc<Heard>),
    /// The person chooses among the places where numbers came.
    Heard {
        /// What came.
        overheard: Arc<Overheard>,
        /// Positions of the places that are left out.
        left_out: BTreeSet<usize>,
    },
    /// The samples are read and the twin is simulated to tell columns apart. To
    /// cancel is to go back.
    Examining,
    /// The person judges what is proposed. Nothing has been written.
    Proposals(Box<Review>),
    /// The document is being written, then the twin runs beside the data. The
    /// proposals are kept: a failure leads back to them. Only the run can be
    /// skipped; a write that has begun is not given up half way.
    Accepting(Box<Review>),
    /// The twin stands beside its data, and its first residuals are shown.
    FirstLook(Box<Welcome>),
}

/// Something that went wrong, shown where it arose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: ProblemPlace,
    /// What, and what to do.
    pub text: String,
}

/// Where in the wizard something went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemPlace {
    /// A field of the first page.
    Field(FormField),
    /// The page as a whole.
    Page,
    /// The column at this position.
    Column(usize),
}

/// The open wizard.
#[derive(Clone, Debug)]
pub struct Wizard {
    /// Where it stands.
    pub stage: Stage,
    /// What the first page says.
    pub form: Form,
    /// What went wrong last.
    pub problem: Option<Problem>,
    /// How far the errand under way is.
    pub progress: Arc<Progress>,
    /// Number of the errand that is waited for.
    errand: Option<u64>,
}

/// The wizard, while it is open, and the numbers of its errands.
#[derive(Clone, Debug, Default)]
pub struct OnboardingState {
    /// The wizard, while it is open.
    pub wizard: Option<Wizard>,
    next: u64,
}

/// A page of the wizard, as its heading tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Page {
    /// Where samples are.
    Source,
    /// What is in them.
    Proposals,
    /// How far the twin is from them.
    FirstLook,
}

impl Page {
    /// All pages, in order.
    pub const ALL: [Self; 3] = [Self::Source, Self::Proposals, Self::FirstLook];

    /// The heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Source => "Source",
            Self::Proposals => "Columns",
            Self::FirstLook => "First residuals",
        }
    }
}

impl Wizard {
    fn new(form: Form) -> Self {
        Self {
            stage: Stage::Source,
            form,
            problem: None,
            progress: Arc::new(Progress::new()),
            errand: None,
        }
    }

    /// The page that the stage belongs to.
    #[must_use]
    pub fn page(&self) -> Page {
        match self.stage {
            Stage::Source | Stage::Listening(_) | Stage::Heard { .. } | Stage::Examining => {
                Page::Source
            }
            Stage::Proposals(_) | Stage::Accepting(_) => Page::Proposals,
            Stage::FirstLook(_) => Page::FirstLook,
        }
    }

    /// Whether something is being done that takes longer.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.errand.is_some()
    }

    /// What is being done, in words; empty while nothing is.
    #[must_use]
    pub fn doing(&self) -> &'static str {
        match &self.stage {
            Stage::Listening(heard) if heard.is_connected => "Listening",
            Stage::Listening(_) => "Connecting",
            Stage::Examining => "Reading, and trying which column is what",
            Stage::Accepting(_) if self.progress.fraction() > 0.0 => {
                "Running the twin beside the data"
            }
            Stage::Accepting(_) => "Writing the document",
            _ => "",
        }
    }

    /// The proposals, while they are on show.
    #[must_use]
    pub fn review(&self) -> Option<&Review> {
        match &self.stage {
            Stage::Proposals(review) | Stage::Accepting(review) => Some(review.as_ref()),
            _ => None,
        }
    }

    /// Name of the button that goes on.
    #[must_use]
    pub fn next_name(&self) -> &'static str {
        match &self.stage {
            Stage::Source if self.form.origin == Origin::Broker => "Listen",
            Stage::Source => "Look at the file",
            Stage::Listening(_) => "Stop and go on",
            Stage::Heard { .. } => "Look at the columns",
            Stage::Examining => "Look at the file",
            Stage::Proposals(_) => "Accept",
            Stage::Accepting(_) => "Skip the first look",
            Stage::FirstLook(_) => "Open in workbench",
        }
    }

    /// Whether it can go on.
    ///
    /// # Errors
    /// With the reason, when it cannot.
    pub fn can_go_on(&self) -> Result<(), String> {
        match &self.stage {
            Stage::Source => self.form.refusal().map_or(Ok(()), |(_, why)| Err(why)),
            Stage::Listening(heard) if heard.places.is_empty() => {
                Err("Nothing has come yet".to_owned())
            }
            Stage::Heard {
                overheard,
                left_out,
            } if left_out.len() >= overheard.capture.heard.places.len() => {
                Err("Choose at least one place".to_owned())
            }
            Stage::Examining => Err("The file is being looked at".to_owned()),
            Stage::Proposals(review) => review.refusal.clone().map_or(Ok(()), Err),
            Stage::Accepting(_) if self.progress.fraction() <= 0.0 => {
                Err("The document is being written".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Whether it can go back a step.
    ///
    /// # Errors
    /// With the reason, when it cannot.
    pub fn can_go_back(&self) -> Result<(), String> {
        match self.stage {
            Stage::Source => Err("This is the first step".to_owned()),
            Stage::Accepting(_) => Err("The document is being written".to_owned()),
            _ => Ok(()),
        }
    }

    /// Whether closing it leaves things as they were. While the document is being
    /// written it stays, so that what came of it is seen.
    ///
    /// # Errors
    /// With the reason, when it cannot be closed.
    pub fn can_close(&self) -> Result<(), String> {
        match self.stage {
            Stage::Accepting(_) => Err("The document is being written".to_owned()),
            _ => Ok(()),
        }
    }

    fn fail(&mut self, place: ProblemPlace, text: impl Into<String>) {
        self.problem = Some(Problem {
            place,
            text: text.into(),
        });
    }

    /// Gives up what is under way.
    fn cancel(&mut self) {
        self.progress.cancel();
        self.errand = None;
    }

    /// The request for the file of the form.
    fn request(&self) -> OnboardingRequest {
        OnboardingRequest {
            file: PathBuf::from(self.form.file.trim()),
            twin: self.form.twin_path(),
            zone: self.form.zone_name(),
        }
    }
}

impl OnboardingState {
    /// Begins work of the open wizard.
    fn begin(&mut self, work: OnboardingWork) -> Vec<Effect> {
        let Some(wizard) = &mut self.wizard else {
            return Vec::new();
        };
        self.next += 1;
        wizard.progress = Arc::new(Progress::new());
        wizard.errand = Some(self.next);
        wizard.problem = None;
        vec![Effect::Onboarding(OnboardingErrand {
            number: self.next,
            progress: Arc::clone(&wizard.progress),
            work,
        })]
    }
}

impl Workbench {
    /// Carries out a command of the wizard.
    pub(super) fn apply_onboarding(&mut self, command: OnboardingCommand) -> Vec<Effect> {
        if let OnboardingCommand::Begin = command {
            if self.onboarding.wizard.is_none() {
                let form = Form::new(self.document.as_ref().and_then(|one| one.path()));
                self.onboarding.wizard = Some(Wizard::new(form));
            }
            return Vec::new();
        }
        if let OnboardingCommand::FileAt(path) = command {
            return self.take_file(&path);
        }
        let Some(wizard) = &mut self.onboarding.wizard else {
            return Vec::new();
        };
        match command {
            OnboardingCommand::Close => {
                if wizard.can_close().is_ok() {
                    wizard.cancel();
                    self.onboarding.wizard = None;
                }
            }
            OnboardingCommand::Next => return self.go_on_onboarding(),
            OnboardingCommand::Back => {
                self.go_back_onboarding();
            }
            OnboardingCommand::ChooseFile => return vec![Effect::ChooseUnknownTelemetry],
            OnboardingCommand::ChooseTwin => return vec![Effect::ChooseTwinOfTelemetry],
            OnboardingCommand::Fill { field, text } => {
                wizard.form.fill(field, text);
                // What is typed again is no longer what was wrong.
                wizard.problem = None;
            }
            OnboardingCommand::From(origin) => {
                wizard.form.origin = origin;
                wizard.problem = None;
            }
            OnboardingCommand::TakePlace { place, taken } => {
                if let Stage::Heard { left_out, .. } = &mut wizard.stage {
                    if taken {
                        left_out.remove(&place);
                    } else {
                        left_out.insert(place);
                    }
                }
            }
            OnboardingCommand::Assign { column, target } => {
                wizard.change(column, |onboarding, name| onboarding.assign(name, &target));
            }
            OnboardingCommand::Take { column, taken } => {
                wizard.change(column, |onboarding, name| {
                    onboarding.take_column(name, taken)
                });
            }
            OnboardingCommand::EditColumn {
                column,
                field,
                text,
            } => wizard.change(column, |onboarding, name| {
                onboarding.edit(&ColumnEdit {
                    column: name.to_owned(),
                    field,
                    text,
                })
            }),
            OnboardingCommand::Expand(column) => {
                if let Stage::Proposals(review) = &mut wizard.stage {
                    review.expanded = (review.expanded != Some(column)).then_some(column);
                }
            }
            OnboardingCommand::Begin | OnboardingCommand::FileAt(_) => {}
        }
        Vec::new()
    }

    /// A file that was dropped or chosen: it is looked at at once.
    fn take_file(&mut self, path: &Path) -> Vec<Effect> {
        self.apply_onboarding(OnboardingCommand::Begin);
        let Some(wizard) = &mut self.onboarding.wizard else {
            return Vec::new();
        };
        if wizard.can_close().is_err() {
            return Vec::new();
        }
        wizard.cancel();
        wizard.stage = Stage::Source;
        wizard.form.origin = Origin::File;
        wizard
            .form
            .fill(FormField::File, path.display().to_string());
        wizard.problem = None;
        // Without a twin the form says what is missing.
        if wizard.form.refusal().is_none() {
            self.go_on_onboarding()
        } else {
            Vec::new()
        }
    }

    fn go_on_onboarding(&mut self) -> Vec<Effect> {
        let edited = self.edits_named_twin();
        let Some(wizard) = &mut self.onboarding.wizard else {
            return Vec::new();
        };
        if wizard.can_go_on().is_err() {
            if let (Stage::Source, Some((field, why))) = (&wizard.stage, wizard.form.refusal()) {
                wizard.fail(ProblemPlace::Field(field), why);
            }
            return Vec::new();
        }
        match &wizard.stage {
            Stage::Source if edited => {
                wizard.fail(
                    ProblemPlace::Field(FormField::Twin),
                    "This twin has edits that are not saved and would be lost; close this and \
                     save it first",
                );
                Vec::new()
            }
            Stage::Source => match wizard.form.origin {
                Origin::File => {
                    let request = wizard.request();
                    wizard.stage = Stage::Examining;
                    self.onboarding.begin(OnboardingWork::Examine(request))
                }
                Origin::Broker => {
                    let request = wizard.form.broker_request();
                    wizard.stage = Stage::Listening(Arc::default());
                    self.onboarding.begin(OnboardingWork::Listen(request))
                }
            },
            Stage::Listening(_) => {
                // What has come is kept; the errand ends with it.
                wizard.progress.cancel();
                Vec::new()
            }
            Stage::Heard {
                overheard,
                left_out,
            } => {
                let work = OnboardingWork::ExamineHeard {
                    overheard: Arc::clone(overheard),
                    left_out: left_out.clone(),
                };
                wizard.stage = Stage::Examining;
                self.onboarding.begin(work)
            }
            Stage::Examining => Vec::new(),
            Stage::Proposals(review) => {
                let onboarding = Arc::clone(&review.onboarding);
                wizard.stage = Stage::Accepting(review.clone());
                self.onboarding.begin(OnboardingWork::Accept(onboarding))
            }
            Stage::Accepting(_) => {
                wizard.progress.cancel();
                Vec::new()
            }
            Stage::FirstLook(_) => {
                let listens = wizard.form.origin == Origin::Broker;
                if listens && self.busy.is_some() {
                    let text = "The twin is still being opened; try again in a moment";
                    wizard.fail(ProblemPlace::Page, text);
                    return Vec::new();
                }
                self.onboarding.wizard = None;
                let mut effects = self.apply(PlotCommand::Fit.into());
                effects.extend(self.apply(LayoutCommand::Reveal(Pane::Plots).into()));
                if listens {
                    effects.push(Effect::GoLive { with_plant: false });
                }
                effects
            }
        }
    }

    /// Whether the twin that the form names is open with edits that are not saved.
    fn edits_named_twin(&self) -> bool {
        let (Some(document), Some(wizard)) = (&self.document, &self.onboarding.wizard) else {
            return false;
        };
        let own = document.path().map(crate::live::document_path);
        let named = wizard.form.twin_path();
        document.is_changed() && own == named.as_deref().map(crate::live::document_path)
    }

    /// One step back in the wizard; whether there was one.
    pub(super) fn go_back_onboarding(&mut self) -> bool {
        let Some(wizard) = &mut self.onboarding.wizard else {
            return false;
        };
        let heard = match (&wizard.stage, wizard.form.origin) {
            (Stage::Proposals(review), Origin::Broker) => {
                review.onboarding.broker().map(|overheard| Stage::Heard {
                    overheard: Arc::clone(overheard),
                    left_out: BTreeSet::new(),
                })
            }
            _ => None,
        };
        match &wizard.stage {
            Stage::Source => {
                wizard.cancel();
                self.onboarding.wizard = None;
            }
            Stage::Accepting(_) => {}
            _ => {
                wizard.cancel();
                wizard.problem = None;
                wizard.stage = heard.unwrap_or(Stage::Source);
            }
        }
        true
    }

    /// Learns what came of an errand. News of one that was given up is dropped.
    pub fn onboarding_told(&mut self, number: u64, news: OnboardingNews) -> Vec<Effect> {
        let Some(wizard) = &mut self.onboarding.wizard else {
            return Vec::new();
        };
        if wizard.errand != Some(number) {
            return Vec::new();
        }
        let is_last = !matches!(news, OnboardingNews::Heard(_));
        if is_last {
            wizard.errand = None;
        }
        match news {
            OnboardingNews::Heard(heard) => {
                if let Stage::Listening(before) = &mut wizard.stage {
                    *before = heard;
                }
            }
            OnboardingNews::Listened(Ok(overheard)) => {
                wizard.stage = Stage::Heard {
                    overheard,
                    left_out: BTreeSet::new(),
                };
            }
            OnboardingNews::Listened(Err(why)) => {
                wizard.stage = Stage::Source;
                wizard.fail(ProblemPlace::Page, why);
            }
            OnboardingNews::Examined(Ok(onboarding)) => {
                wizard.stage = Stage::Proposals(Box::new(Review::new(Arc::from(onboarding))));
            }
            OnboardingNews::Examined(Err(why)) => {
                wizard.stage = Stage::Source;
                wizard.fail(ProblemPlace::Page, why);
            }
            OnboardingNews::Accepted(Ok(welcome)) => {
                let document = welcome.document.clone();
                wizard.stage = Stage::FirstLook(welcome);
                // Behind the wizard the twin opens beside its data.
                return vec![Effect::Open(document)];
            }
            OnboardingNews::Accepted(Err(why)) => {
                if let Stage::Accepting(review) = &wizard.stage {
                    wizard.stage = Stage::Proposals(review.clone());
                }
                wizard.fail(ProblemPlace::Page, why);
            }
        }
        Vec::new()
    }
}

impl Wizard {
    /// Changes what is proposed for a column; a refusal is shown at it.
    fn change(
        &mut self,
        column: usize,
        change: impl FnOnce(&mut Onboarding, &str) -> Result<(), crate::live::LiveError>,
    ) {
        let Stage::Proposals(review) = &mut self.stage else {
            return;
        };
        let Some(name) = review
            .onboarding
            .inference
            .columns
            .get(column)
            .map(|one| one.header.clone())
        else {
            return;
        };
        let changed = change(Arc::make_mut(&mut review.onboarding), &name);
        review.refresh();
        self.problem = changed.err().map(|error| Problem {
            place: ProblemPlace::Column(column),
            text: error.to_string(),
        });
    }
}
