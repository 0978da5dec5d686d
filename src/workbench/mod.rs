//! The desktop: one of the three faces.
//!
//! Three rooms that do not mix: `view` is plain Rust, `panels` is egui only,
//! `scene` is Bevy only; `app` is the one place that joins them.

#[cfg(feature = "desktop")]
pub mod app;
pub mod panels;
#[cfg(feature = "desktop")]
pub mod scene;
pub mod view;
