//! What a source hands on, and how it learns that it is safe.

use super::super::decode::Message;
use super::super::position::ReadPosition;

/// Messages that came together.
#[derive(Debug, Default)]
pub struct Batch {
    /// What was decoded, in the order in which it came; may be empty where only
    /// the acknowledgement is wanted.
    pub messages: Vec<Message>,
    /// How far the file has been read that it is from, to be kept in the commit
    /// of the messages.
    pub position: Option<ReadPosition>,
    /// To be given once all of it is committed, where the source wants to know.
    pub acknowledge: Option<Acknowledgement>,
}

impl Batch {
    /// Lets go of the acknowledgement without a word: the source cannot be
    /// told any more, and knows it.
    pub(super) fn disown(&mut self) {
        if let Some(mut acknowledge) = self.acknowledge.take() {
            acknowledge.tell = None;
        }
    }

    /// Says that everything in it is committed, if the source wants to know.
    ///
    /// # Errors
    /// When the source cannot be told; it will send the batch again. The
    /// source's health says so as well.
    pub fn commit(self) -> Result<(), AcknowledgeError> {
        match self.acknowledge {
            Some(acknowledge) => acknowledge.commit(),
            None => Ok(()),
        }
    }
}

/// A source could not be told that its messages are safe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the source could not be told that its messages are safe, it will send them again: {why}")]
pub struct AcknowledgeError {
    /// What went wrong.
    pub why: String,
}

/// What tells a source whether its messages are safe.
type Teller = Box<dyn FnOnce(Result<(), String>) -> Result<(), AcknowledgeError> + Send>;

/// The duty to say what became of a batch. Dropped without a word, it says that
/// the batch was not committed.
pub struct Acknowledgement {
    tell: Option<Teller>,
}

impl Acknowledgement {
    /// One that calls `tell` exactly once.
    pub(super) fn new(
        tell: impl FnOnce(Result<(), String>) -> Result<(), AcknowledgeError> + Send + 'static,
    ) -> Self {
        Self {
            tell: Some(Box::new(tell)),
        }
    }

    /// Everything of the batch is committed.
    ///
    /// # Errors
    /// When the source cannot be told.
    pub fn commit(mut self) -> Result<(), AcknowledgeError> {
        match self.tell.take() {
            Some(tell) => tell(Ok(())),
            None => Ok(()),
        }
    }

    /// The batch could not be committed, for this reason.
    pub fn refuse(mut self, why: &str) {
        if let Some(tell) = self.tell.take() {
            // Who could not be told of a refusal sends again in any case.
            let _ = tell(Err(why.to_owned()));
        }
    }
}

impl Drop for Acknowledgement {
    fn drop(&mut self) {
        if let Some(tell) = self.tell.take() {
            let _ = tell(Err(
                "the batch was dropped before it was committed".to_owned()
            ));
        }
    }
}

impl std::fmt::Debug for Acknowledgement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Acknowledgement").finish_non_exhaustive()
    }
}
