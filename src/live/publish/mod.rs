//! What a twin knows, published while it runs live.
//!
//! A publisher of the document is three parts. A [`StateOutlet`] rides on the
//! session and takes simulated values and residuals whenever their time has
//! come; the feed adds alarms. Both put what they have into an [`Outbox`], which
//! is bounded and never makes them wait: when nobody takes what is in it, the
//! oldest values give way and are counted. A [`Publisher`] is the thread that
//! takes it out and brings it to a [sink](crate::telemetry::sink), however long
//! that is away.

mod alarm;
mod outbox;
mod publisher;
mod state_outlet;
#[cfg(test)]
mod tests;

pub(super) use self::alarm::alarm_of;
pub use self::publisher::Publisher;
pub use self::state_outlet::StateOutlet;

use super::error::LiveError;
use crate::telemetry::source::Secrets;
use crate::twin::LoadedTwin;

/// Starts all publishers of a document. What rides on the session comes first,
/// in the same order as the publishers.
///
/// # Errors
/// When the settings of one cannot be used: an address, a secret, a file. A
/// broker or server that cannot be reached is no error: it is tried again, and
/// the publisher's report says so.
pub(super) fn start(
    loaded: &LoadedTwin,
    secrets: &Secrets,
) -> Result<(Vec<StateOutlet>, Vec<Publisher>), LiveError> {
    let mut outlets = Vec::new();
    let mut publishers = Vec::new();
    for settings in &loaded.twin.publish {
        let publisher = Publisher::start(settings, loaded, secrets).map_err(|problem| {
            LiveError::Request(format!("publisher `{}`: {problem}", settings.id))
        })?;
        outlets.push(StateOutlet::new(settings, loaded, publisher.outbox()));
        publishers.push(publisher);
    }
    Ok((outlets, publishers))
}
