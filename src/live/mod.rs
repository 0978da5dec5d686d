//! One twin in operation: the loop that joins simulation, telemetry and
//! forecast, and the jobs made of it.
//!
//! - [`Session`]: a twin beside its measurements, stepped by hand; no thread
//!   and no wall clock. Everything else here is made of it.
//! - [`Worker`]: a session on a thread of its own; [`LiveCommand`]s go in,
//!   [`Snapshot`]s come out, and neither side ever waits for the other.
//! - [`Forecast`]: an ensemble from now over the twin's horizon, as it would
//!   go (A) and under a [`ChangeSet`] (B), from the same now and with the same
//!   draws.
//! - [`Comparison`]: what B changes of A, in numbers.
//! - [`Clock`]: how wall time becomes simulation time. Wall time is known here
//!   and in the faces only.
//! - [`onboarding`]: from a file of unknown columns to a twin beside it.
//! - [`plant`]: a real system played, with its faults, for whatever listens live.
//! - [`run`], [`verify`], [`synthesize`]: the jobs behind the commands of the
//!   same names.
//!
//! ```no_run
//! use counterpart::live::{Session, SessionOptions, open_document};
//!
//! # fn example() -> Result<(), counterpart::live::LiveError> {
//! let document = open_document("scenes/tclab".as_ref(), None)?;
//! let mut session = Session::open(&document.twin, document.telemetry, SessionOptions::default())?;
//! let end = session.end().expect("telemetry ends somewhere");
//! session.advance_to(end)?;
//! for channel in session.channels() {
//!     println!("{}: {:.3}", channel.id, channel.statistics.root_mean_square());
//! }
//! # Ok(())
//! # }
//! ```

mod change_set;
mod channel_residuals;
mod clock;
mod comparison;
pub mod contracts;
mod error;
pub mod event_log;
mod exchange;
mod feed;
mod forecast;
mod happenings;
mod history;
mod listen;
mod live_command;
mod notice;
pub mod onboarding;
mod open;
mod outputs;
pub mod plant;
mod publish;
mod reception;
mod replicate;
mod replications;
mod report;
mod run;
mod select;
mod session;
mod snapshot;
mod stored;
mod stored_table;
mod synthesize;
mod telemetry_state;
mod trial;
pub mod validation;
mod verify;
mod worker;

pub use change_set::ChangeSet;
pub use channel_residuals::{Arrivals, ChannelResiduals};
pub use clock::{Clock, FreeRunningClock, PacedClock, ReplayedClock, SteppedClock};
pub use comparison::{Comparison, Difference, IndicatorOutcome};
pub use error::LiveError;
pub use exchange::{
    ExportOutcome, ImportOutcome, export_epanet, import_epanet, load_epanet, saving_path,
};
pub use feed::{Feed, FeedOptions};
pub use forecast::{Forecast, ForecastInputs, ForecastJob};
pub use history::{History, Rows};
pub use listen::{ListenRequest, Listening, LiveSources, PlantToPlay, listen};
pub use live_command::{Compared, Delivery, FeedCommand, LiveCommand};
pub use notice::{Notice, Place, Severity};
pub use open::{OpenedDocument, document_path, load as load_twin, open_document};
pub use plant::Hidden;
pub use publish::{Publisher, StateOutlet};
pub use reception::Amendment;
pub use replicate::{
    ReplicateOutcome, ReplicateRequest, ReplicatedVariable, StationActivity, WantedPrecision,
    replicate,
};
pub use run::{AcceptanceOutcome, ChannelOutcome, RunOutcome, RunRequest, run};
pub use select::{SelectOutcome, SelectRequest, select};
pub use session::{Session, SessionOptions};
pub use snapshot::{ChannelNews, ForecastState, Snapshot};
pub use stored::{Moment, STORE, StoreRequest, open_store, read_stored, store_beside};
pub use stored_table::{StoreContents, StoredChannel, TableRequest, store_contents, write_stored};
pub use synthesize::{SynthesizeRequest, Synthetic, synthesize, synthesized};
pub use telemetry_state::{
    ChannelQuality, Health, KeptAside, PublisherReport, SourceReport, StoreState, TelemetryState,
    Timeline, VerdictSpan,
};
pub use trial::{Trial, TrialLine, TrialRequest};
pub use verify::{Verification, verify};
pub use worker::{Busy, Worker, WorkerHandle, WorkerOptions};
