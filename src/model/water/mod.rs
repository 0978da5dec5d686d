//! Water distribution networks: pipes, pumps, valves and tanks under pressure.

pub mod kinds;
