//! What is on the screen, as plain Rust: view-models and commands.

pub mod camera;
pub mod colour;
pub mod geometry;
pub mod label;
pub mod painting;
pub mod scene;
