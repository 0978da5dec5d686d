//! The `counterpart` program.

fn main() {}
