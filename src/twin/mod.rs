//! What is there: the twin document and the kinds its assets may be of.
//!
//! A [`Twin`] is a checked, versioned description of one real system. It knows
//! which assets exist, how they are linked and what their sensors are called;
//! it does not know how anything behaves. Behaviour is found through the
//! [`KindRegistry`], which the model floor fills and hands in.

mod check;
mod contingency;
mod contract;
mod control;
mod document;
mod event_log_file;
mod file;
mod happening;
mod indicator;
mod kind;
mod layout;
mod load;
mod nearest;
pub(crate) mod parquet_file;
mod patch;
mod publish;
mod reference;
mod report;
mod save;
mod schema;
mod spans;
mod standing;
mod variable;

pub use contingency::{
    Contingency, Effect, EffectValue, Equivalent, Need, Occurrence, OccurrenceError,
    ParseOccurrenceError, ParseProblem, Size,
};
pub use contract::{
    Aggregation, Balance, Binding, BrokerAccess, Connection, Contract, Evolution, OnFailure,
    Payload, QualityMeaning, SourceSettings, topic_matches,
};
pub use control::{Condition, Control, Curve, Join, Pattern, Premise, Relation, Rule, Subject};
pub use document::{
    AcceptanceCriterion, Action, Asset, Channel, ChannelRole, FORMAT_VERSION, ForecastSettings,
    Intervention, Link, Look, Metric, Place, PortReference, Provenance, Scenario, TelemetryFile,
    Twin, Uncertainty,
};
pub use event_log_file::{EVENT_LOG_COLUMNS, EVENT_LOG_ENDINGS, EventLogFile};
pub use file::{FileError, write_atomically};
pub use happening::{Happening, RequestStep, UnitState, What};
pub use indicator::{Indicator, Measure};
pub use kind::{
    Attribute, AttributeForm, Bounds, Causality, Declaration, Kind, KindRegistry, Medium, Port,
    Shape,
};
pub use load::{LARGEST_DOCUMENT, LoadedTwin, check_imported, load, parse};
pub use nearest::nearest as nearest_names;
pub use publish::{PublishSettings, PublishTarget};
pub use reference::reference_markdown;
pub use report::{Appearance, Diagnostic, Finding, Position, Related, Report, Severity};
pub use save::{Layout, SaveError, Saved, document_text, save};
pub use spans::{Content, DocumentPath, Entry, Node, ScanError, Step, Tree};
pub use standing::{Carried, Standing, StandingAgent, StandingItem, StandingServer};
pub use variable::{Variable, VariableIndex, VariableTable};
