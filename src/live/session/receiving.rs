//! What comes in while a session runs, and what it changes of its past.

use std::sync::Arc;

use super::{Session, SessionOptions};
use crate::inference::ResidualStatistics;
use crate::live::channel_residuals::{Arrivals, ChannelResiduals};
use crate::live::error::LiveError;
use crate::live::notice::Notice;
use crate::live::reception::Amendment;
use crate::quantity::SimTime;
use crate::twin::{ChannelRole, LoadedTwin};

impl Session {
    /// Opens a session beside live sources, from `begin` on: it steps no further
    /// than to where everything has come in, and has no end.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn open_live(
        loaded: &LoadedTwin,
        begin: SimTime,
        options: SessionOptions,
    ) -> Result<Self, LiveError> {
        let options = SessionOptions {
            begin: Some(begin),
            end: None,
            ..options
        };
        let mut session = Self::open(loaded, None, options)?;
        let twin = Arc::clone(&session.twin);
        for (position, channel) in twin.channels.iter().enumerate() {
            let Some(variable) = session.variables.find(&channel.variable) else {
                continue;
            };
            if channel.role == ChannelRole::Input {
                session.plan.extend(variable, &[], &[]);
            }
            session.channels.push(ChannelResiduals {
                channel: position,
                id: channel.id.clone(),
                variable,
                role: channel.role,
                residuals: Vec::new(),
                statistics: ResidualStatistics::new(),
                times: Vec::new(),
                values: Vec::new(),
                arrived: 0,
                rejected: Vec::new(),
            });
        }
        session.known_until = Some(session.begin);
        session.rewind()?;
        Ok(session)
    }

    /// Takes in what live sources have brought, and that nothing more will come
    /// for times up to `known_until`. Gives the time from which the twin has to
    /// be simulated again, where it stands then: an input came for a time that
    /// was simulated already. Advance from there.
    ///
    /// # Errors
    /// When the simulation cannot start again.
    pub fn receive(
        &mut self,
        arrivals: &[Arrivals],
        known_until: SimTime,
    ) -> Result<Option<SimTime>, LiveError> {
        let now = self.now();
        let begin = self.begin;
        let mut changed: Option<SimTime> = None;
        for arrival in arrivals {
            let Some(channel) = self
                .channels
                .iter_mut()
                .find(|one| one.channel == arrival.channel)
            else {
                continue;
            };
            channel.reject(&arrival.rejected);
            let last = channel.times.last().copied();
            let first = last.map_or(0, |last| {
                arrival.times.partition_point(|time| *time <= last)
            });
            let (times, values) = (&arrival.times[first..], &arrival.values[first..]);
            channel.times.extend(times);
            channel.values.extend(values);
            if channel.role == ChannelRole::Input {
                self.plan.extend(channel.variable, times, values);
                // Inputs of the very beginning were not there when it began.
                let is_due = |time: SimTime| time < now || (now == begin && time <= now);
                if let Some(time) = times.first()
                    && is_due(*time)
                {
                    changed = Some(changed.map_or(*time, |other| other.min(*time)));
                }
            } else {
                channel.catch_up(now, &self.history);
            }
        }
        self.cursor.follow(&self.plan);
        self.known_until = self.known_until.max(Some(known_until));
        match changed {
            Some(time) => self.go_back_before(time).map(|()| Some(self.now())),
            None => Ok(None),
        }
    }

    /// Puts observations in place of others, and goes back to before the first
    /// of them: samples were released from quarantine. Advance from there; what
    /// comes out has the same bits as a run that knew them from the beginning.
    /// Gives where the session stands, or `None` when nothing has changed.
    ///
    /// # Errors
    /// When the simulation cannot start again.
    pub fn amend(&mut self, amendments: &[Amendment]) -> Result<Option<SimTime>, LiveError> {
        let mut first: Option<SimTime> = None;
        for amendment in amendments {
            let Some(channel) = self
                .channels
                .iter_mut()
                .find(|one| one.channel == amendment.channel)
            else {
                continue;
            };
            channel.amend(amendment);
            if channel.role == ChannelRole::Input {
                self.plan
                    .replace(channel.variable, &channel.times, &channel.values);
            }
            first = Some(first.map_or(amendment.from, |other| other.min(amendment.from)));
        }
        let Some(first) = first.filter(|first| *first <= self.now()) else {
            self.cursor.follow(&self.plan);
            return Ok(None);
        };
        self.go_back_before(first)?;
        Ok(Some(self.now()))
    }

    /// Lets samples of the file that is replayed out of quarantine, as
    /// [`LiveCommand::ReleaseSamples`](crate::live::LiveCommand::ReleaseSamples)
    /// does beside live sources: the session goes back to before them. Gives
    /// where it stands and the notices that tell of it; `None` without a replay.
    ///
    /// # Errors
    /// When the simulation cannot start again.
    pub fn release(&mut self, sequences: &[u64]) -> Result<Option<Vec<Notice>>, LiveError> {
        self.follow_telemetry();
        let now = self.now();
        let Some(replay) = &mut self.replay else {
            return Ok(None);
        };
        let (amendments, notices) = replay.release(sequences, now);
        self.amend(&amendments)?;
        Ok(Some(notices))
    }

    /// Goes back to the last mark before `time`, or to the beginning.
    fn go_back_before(&mut self, time: SimTime) -> Result<(), LiveError> {
        self.generation += 1;
        let Some(position) = self.trail.iter().rposition(|mark| mark.time() < time) else {
            return self.rewind();
        };
        self.trail.truncate(position + 1);
        let Some(mark) = self.trail.back() else {
            return self.rewind();
        };
        self.simulation = mark.fork();
        self.watch_happenings();
        self.cursor = self.plan.cursor();
        self.cursor.begin(&self.start);
        self.halted = None;
        let now = self.now();
        let steps = (now - self.begin)
            .whole_steps(self.simulation.timestep())
            .and_then(|steps| u64::try_from(steps).ok())
            .unwrap_or(0);
        self.history.go_back_to(now, steps);
        for channel in &mut self.channels {
            channel.go_back_to(now);
        }
        Ok(())
    }

    /// Until when everything has come in, in a session beside live sources.
    #[must_use]
    pub fn known_until(&self) -> Option<SimTime> {
        self.known_until
    }

    /// Whether the next step would go beyond what has come in from live sources.
    #[must_use]
    pub fn waits_for_samples(&self) -> bool {
        self.known_until
            .is_some_and(|until| self.now() + self.simulation.timestep() > until)
    }
}
