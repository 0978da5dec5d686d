//! Time and memory of this process, as the system counts them.
#![allow(dead_code, reason = "each benchmark uses its part of this")]

use std::time::Instant;

/// A line of `/proc/self/status` \[MiB], where there is one.
pub fn memory(name: &str) -> f64 {
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let line = status.lines().find(|line| line.starts_with(name))?;
            line.split_whitespace().nth(1)?.parse::<f64>().ok()
        })
        .map_or(f64::NAN, |kibibytes| kibibytes / 1024.0)
}

/// Time that this thread has had a processor \[s], where the system says so. It
/// does not count what others take of a shared machine, nor waiting for the disk.
pub fn processor_time() -> f64 {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok())
        .map_or(f64::NAN, |nanoseconds| nanoseconds / 1e9)
}

/// Adds up what is measured, and leaves out what is not.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    /// By the clock on the wall \[s].
    pub wall: f64,
    /// On a processor \[s].
    pub processor: f64,
}

impl Spent {
    /// Does something and adds what it takes.
    #[expect(clippy::disallowed_methods, reason = "a benchmark tells the time")]
    pub fn on<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let (wall, processor) = (Instant::now(), processor_time());
        let result = work();
        self.processor += processor_time() - processor;
        self.wall += wall.elapsed().as_secs_f64();
        result
    }

    pub fn and(self, other: Self) -> Self {
        Self {
            wall: self.wall + other.wall,
            processor: self.processor + other.processor,
        }
    }

    pub fn nanoseconds_each(&self, count: u64) -> String {
        format!(
            "{:.0} ns a sample of processor time, {:.0} by the wall",
            self.processor * 1e9 / count as f64,
            self.wall * 1e9 / count as f64
        )
    }

    pub fn million_a_second(&self, count: u64) -> String {
        let count = count as f64 / 1e6;
        format!(
            "{:.2} million a second of processor time ({:.2} s), {:.2} by the wall ({:.2} s)",
            count / self.processor,
            self.processor,
            count / self.wall,
            self.wall
        )
    }
}
