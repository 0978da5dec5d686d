//! The glue: the one place where workbench, running twin, panels and scene meet.

pub mod stage;
