//! What happens to assets at instants: items that come and go, servers that do
//! something else, agents that set out, conveyors that carry at another speed.
//!
//! Values of variables say how things stand at the end of each step; happenings
//! say what went on within it. Models of events record them when asked to,
//! faces draw them, and event logs are made of them and read into them.

use serde::{Deserialize, Serialize};

use crate::quantity::{SimDuration, SimTime};

/// Something that happened to an asset at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub time: SimTime,
    /// Position of the asset in the document.
    pub asset: u32,
    /// What.
    pub what: What,
}

/// What happened.
///
/// An item is in one asset at a time: it has left one before it enters the next,
/// at the same instant. Where recording begins on the way, the states of all
/// servers, how conveyors carry and the items inside are told first, as if they came
/// in then, and then which of them are on vehicles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// An item came into the asset, or was made in it.
    Entered {
        /// Serial number of the item; never used again within a run.
        item: u64,
        /// Its class; 0 where items have none.
        class: u16,
    },
    /// An item left the asset: for the next, for good, or because it was joined to
    /// another.
    Left {
        /// Serial number of the item.
        item: u64,
    },
    /// A server of a station does something else from now on.
    State {
        /// Which server; 0 for the first.
        server: u16,
        /// What it does.
        state: UnitState,
    },
    /// An agent left a waypoint for another, or stands where it is where both are the
    /// same. In between it goes at an even speed.
    Travels {
        /// Which agent of the asset, a fleet or a pool of operators; 0 for the first.
        agent: u16,
        /// Position in the document of the waypoint that it left.
        from: u32,
        /// Position in the document of the waypoint that it goes to.
        to: u32,
        /// When it will be there.
        arrives: SimTime,
    },
    /// A vehicle of the fleet of a transport goes off with an item that is inside the
    /// transport.
    Loaded {
        /// Serial number of the item.
        item: u64,
        /// Which vehicle of the fleet; 0 for the first.
        agent: u16,
    },
    /// An item inside a transport was brought, and stands where it is to be handed on.
    Unloaded {
        /// Serial number of the item.
        item: u64,
    },
    /// A conveyor carries at this speed from now on. What is on it keeps the part of
    /// the way that it has gone.
    Carries {
        /// Time from its start to its end.
        travel: SimDuration,
        /// Time in which it moves on by the room of one item.
        spacing: SimDuration,
    },
    /// A request inside a service, or an attempt at a dependency, came on. Every request
    /// is an item in its service, and every attempt one in its dependency.
    Request {
        /// Serial number of the item.
        item: u64,
        /// How far it is.
        step: RequestStep,
    },
}

/// How far a request or an attempt is. All but the first two end it: it leaves at the
/// same instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequestStep {
    /// Its service has a slot for it, and begins to work on it.
    Begun,
    /// The work of its own service is done; what it calls comes next.
    Worked,
    /// It is answered.
    Answered,
    /// It failed.
    Failed,
    /// It found no room, or the service down.
    Rejected,
    /// Who asked waits no longer.
    TimedOut,
    /// An open breaker let it not through.
    CutOff,
}

impl RequestStep {
    /// Those that end it, in the order shown.
    pub const ENDS: [Self; 5] = [
        Self::Answered,
        Self::Failed,
        Self::Rejected,
        Self::TimedOut,
        Self::CutOff,
    ];

    /// Its name in files and on screens.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Begun => "being served",
            Self::Worked => "worked on",
            Self::Answered => "answered",
            Self::Failed => "error",
            Self::Rejected => "rejected",
            Self::TimedOut => "timed out",
            Self::CutOff => "cut off",
        }
    }

    /// Whether it ends a request.
    #[must_use]
    pub const fn is_end(self) -> bool {
        !matches!(self, Self::Begun | Self::Worked)
    }
}

/// What a server of a station is doing.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum UnitState {
    /// Has nothing to work on.
    #[default]
    Starved,
    /// Works.
    Working,
    /// Is set up for another class of items.
    SettingUp,
    /// Waits for room behind it.
    Blocked,
    /// Has failed, and is repaired or waits for it.
    Down,
    /// Waits for an operator.
    AwaitingOperator,
    /// Is out of its working hours, or held from outside.
    Off,
}

impl UnitState {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 7] = [
        Self::Starved,
        Self::Working,
        Self::SettingUp,
        Self::Blocked,
        Self::Down,
        Self::AwaitingOperator,
        Self::Off,
    ];

    /// Its number: its position in [`UnitState::ALL`].
    #[must_use]
    pub const fn number(self) -> usize {
        self as usize
    }

    /// Whether a server that does this holds up the line by itself: it works,
    /// is set up, or is down.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Working | Self::SettingUp | Self::Down)
    }

    /// Its name in files and on screens.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Starved => "starved",
            Self::Working => "working",
            Self::SettingUp => "setting up",
            Self::Blocked => "blocked",
            Self::Down => "down",
            Self::AwaitingOperator => "awaiting operator",
            Self::Off => "off",
        }
    }
}
