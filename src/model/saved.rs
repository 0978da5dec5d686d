//! The state of a model as text, for files that a run goes on from.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ModelError;

/// Writes down what a model keeps. Numbers come back to the bit, infinite ones too.
///
/// # Errors
/// When it cannot be put into text.
pub(crate) fn to_text<State: Serialize>(state: &State) -> Result<String, ModelError> {
    ron::to_string(state).map_err(|error| ModelError::SavedState {
        problem: format!("it cannot be written down: {error}"),
    })
}

/// Reads what [`to_text`] wrote.
///
/// # Errors
/// When the text is not the state of such a model.
pub(crate) fn from_text<State: DeserializeOwned>(text: &str) -> Result<State, ModelError> {
    ron::from_str(text).map_err(|error| ModelError::SavedState {
        problem: format!("it is not the state of this model: {error}"),
    })
}

/// Takes a list of a state in place of one that has to be of the same length.
///
/// # Errors
/// When it is of another length.
pub(crate) fn take<Value>(
    what: &str,
    held: &mut Vec<Value>,
    saved: Vec<Value>,
) -> Result<(), ModelError> {
    check_length(what, held.len(), saved.len())?;
    *held = saved;
    Ok(())
}

/// Refuses a list of a state that has another length than the model's own.
///
/// # Errors
/// When the lengths differ.
pub(crate) fn check_length(what: &str, held: usize, saved: usize) -> Result<(), ModelError> {
    if held == saved {
        Ok(())
    } else {
        Err(ModelError::SavedState {
            problem: format!("it has {saved} {what}, and this twin has {held}"),
        })
    }
}
