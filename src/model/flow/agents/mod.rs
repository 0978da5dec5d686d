//! Vehicles and operators that go about a network of aisles.
//!
//! [`Roads`] says where agents can go, [`Fleet`] what vehicles there are, and
//! [`Transport`] which items they carry from where to where. A vehicle that takes
//! a task books its whole way beforehand, home included: times at waypoints and in
//! aisles that no other vehicle has booked (`bookings`, `route`). So no two are
//! ever where only one may be, and none waits for another that waits for it. What
//! is exact in this and what is cautious is argued in `docs/adr/0021-agents.md`.

mod befall;
mod bookings;
mod check;
mod dispatch;
mod drive;
mod least;
mod outputs;
mod position;
mod read;
mod results;
mod resume;
mod roads;
mod route;
mod state;
mod transport;
mod walk;

pub use check::{RoadPlace, RoadProblem, check_roads};
pub use least::LeastTimes;
pub use position::{AgentPosition, Whereabouts};
pub use results::{FleetReport, VehicleMode};
pub use roads::{Aisle, Battery, Fleet, Roads, TaskRule, Transport, Walk, Waypoint};

pub(super) use bookings::Bookings;
pub(super) use outputs::RoadOutputs;
pub(super) use read::RoadLayout;
pub(super) use resume::{AgentPlaces, Told};
pub(super) use state::{FleetState, TransportState, Vehicle};
pub(super) use walk::Walker;
