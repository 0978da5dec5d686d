//! Work of the wizard that takes longer than a frame.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::live::LiveError;
use crate::live::onboarding::{
    BrokerRequest, Onboarding, OnboardingRequest, Overheard, Welcome, examine_file_with, overhear,
};
use crate::simulation::Progress;
use crate::telemetry::source::capture::Heard;

/// Work of the wizard that is done away from the frame.
#[derive(Clone, Debug)]
pub struct OnboardingErrand {
    /// Names it in its news.
    pub number: u64,
    /// Told how far it is, and asked whether to stop.
    pub progress: Arc<Progress>,
    /// What is to be done.
    pub work: OnboardingWork,
}

/// Two errands are the same when they have the same number.
impl PartialEq for OnboardingErrand {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

/// What an errand does.
#[derive(Clone, Debug)]
pub enum OnboardingWork {
    /// Look at a file.
    Examine(OnboardingRequest),
    /// Listen to a broker.
    Listen(BrokerRequest),
    /// Look at what was heard.
    ExamineHeard {
        /// What was heard.
        overheard: Arc<Overheard>,
        /// Positions of the places that are left out.
        left_out: BTreeSet<usize>,
    },
    /// Write what was accepted, and run the twin beside it.
    Accept(Arc<Onboarding>),
}

/// What came of an errand. Errors are in words.
#[derive(Clone, Debug)]
pub enum OnboardingNews {
    /// What has been heard so far.
    Heard(Arc<Heard>),
    /// Listening has ended.
    Listened(Result<Arc<Overheard>, String>),
    /// What is proposed.
    Examined(Result<Box<Onboarding>, String>),
    /// What was accepted.
    Accepted(Result<Box<Welcome>, String>),
}

impl OnboardingErrand {
    /// Does the work, away from the frame; what is heard on the way goes to `tell`.
    #[must_use]
    pub fn run(self, tell: &dyn Fn(OnboardingNews)) -> OnboardingNews {
        let progress = self.progress.as_ref();
        let words = |error: LiveError| error.to_string();
        match self.work {
            OnboardingWork::Examine(request) => OnboardingNews::Examined(
                examine_file_with(&request, progress)
                    .map(Box::new)
                    .map_err(words),
            ),
            OnboardingWork::Listen(request) => {
                let mut told = |heard: &Heard| tell(OnboardingNews::Heard(Arc::new(heard.clone())));
                OnboardingNews::Listened(
                    overhear(&request, progress, &mut told)
                        .map(Arc::new)
                        .map_err(words),
                )
            }
            OnboardingWork::ExamineHeard {
                overheard,
                left_out,
            } => OnboardingNews::Examined(
                overheard
                    .examine(&left_out, progress)
                    .map(Box::new)
                    .map_err(words),
            ),
            OnboardingWork::Accept(onboarding) => OnboardingNews::Accepted(
                onboarding
                    .accept_and_look(progress)
                    .map(Box::new)
                    .map_err(words),
            ),
        }
    }
}
