//! The store: samples and verdicts on disk, for as long as they are wanted.
//!
//! New samples go into a SQLite database, one commit a call ([`Store::append`]),
//! and are on the disk when the call returns. [`Store::judge`] adds verdicts.
//! [`Store::seal`] moves samples that are judged into segments: immutable
//! Parquet files that pandas, Polars and DuckDB read without any code of ours.
//! The same database is the catalogue of the segments.
//!
//! A [`Reader`] reads while this goes on: the samples of a time
//! ([`Reader::range`], or [`Reader::replay`] where they are many) and buckets
//! for plots ([`Reader::overview`]).
//!
//! Nothing is changed once it is written. Samples have rising receive
//! sequences, verdicts rising revisions; a [`Snapshot`] is the highest of both,
//! with digests, and reads the same for ever, whatever comes later, however
//! samples are sealed and segments joined.
//!
//! ```text
//! folder/
//!   catalogue.sqlite      what is not sealed; what there is to know of the rest
//!   segments/00000001.parquet …
//!   lock                  held by the one writer
//! ```
//!
//! Why so, and what it costs: `docs/adr/0011-telemetry-store.md`.

mod block;
mod catalogue;
mod columns;
mod description;
mod entries;
mod error;
mod folder;
mod hot;
mod positions;
mod reader;
mod replay;
mod retain;
mod row;
mod seal;
mod segment;
mod shared;
mod snapshot;
#[cfg(test)]
mod tests;
mod tile;
mod writer;

pub use self::description::{StoreChannel, StoreDescription};
pub use self::error::StoreError;
pub use self::reader::{Bucket, Extent, Reader, Selection};
pub use self::replay::Pieces;
pub use self::retain::{Retained, Retention};
pub use self::seal::{SealPolicy, SegmentSummary};
pub use self::snapshot::{Block, Snapshot};
pub use self::writer::{Recovery, SequenceRange, Store};
