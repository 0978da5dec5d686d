//! What the program has to say: a log of everything, and toasts for what needs
//! a look now.

use crate::live::Severity;

/// One thing said.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Counts up from zero; names a toast.
    pub number: u64,
    /// How much it matters.
    pub severity: Severity,
    /// Where it comes from, in a word or two: `Telemetry`.
    pub source: String,
    /// What happened and what to do.
    pub message: String,
    /// Wall time since the program began [s].
    pub at: f64,
    /// How often it was said in a row.
    pub count: u32,
}

impl Entry {
    /// What a toast says: of a channel, which one comes first.
    #[must_use]
    pub fn text(&self) -> String {
        match self.source.strip_prefix("Channel ") {
            Some(channel) => format!("{channel}: {}", self.message),
            None => self.message.clone(),
        }
    }
}

/// Most entries kept; older ones are counted and dropped.
const MOST_ENTRIES: usize = 2_000;

/// Most toasts shown at once.
const MOST_TOASTS: usize = 4;

/// How long a toast stays [s]; an error stays until it is dismissed.
const TOAST_LIFE: f64 = 6.0;

/// Everything said, with the toasts that are up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    entries: Vec<Entry>,
    dropped: u64,
    next: u64,
    toasts: Vec<u64>,
    clock: f64,
}

impl Log {
    /// Everything said, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Number of older entries that were dropped.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The toasts that are up, oldest first.
    pub fn toasts(&self) -> impl Iterator<Item = &Entry> {
        self.toasts.iter().filter_map(|number| {
            self.entries
                .iter()
                .rev()
                .find(|entry| entry.number == *number)
        })
    }

    /// Number of warnings and errors said.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.entries
            .iter()
            .filter(|entry| entry.severity != Severity::Information)
            .count()
    }

    /// Says something. What was just said is counted, not repeated. Warnings
    /// and errors, and what the user waits for (`toast`), come up as a toast.
    pub fn say(&mut self, severity: Severity, source: &str, message: &str, toast: bool) {
        let at = self.clock;
        let number = match self.entries.last_mut() {
            Some(last)
                if last.severity == severity
                    && last.source == source
                    && last.message == message =>
            {
                last.count += 1;
                last.at = at;
                last.number
            }
            _ => {
                if self.entries.len() == MOST_ENTRIES {
                    self.entries.remove(0);
                    self.dropped += 1;
                }
                let number = self.next;
                self.next += 1;
                self.entries.push(Entry {
                    number,
                    severity,
                    source: source.to_owned(),
                    message: message.to_owned(),
                    at,
                    count: 1,
                });
                number
            }
        };
        if (toast || severity == Severity::Error) && !self.toasts.contains(&number) {
            self.toasts.push(number);
            if self.toasts.len() > MOST_TOASTS {
                self.toasts.remove(0);
            }
        }
    }

    /// Takes a toast away.
    pub fn dismiss(&mut self, number: u64) {
        self.toasts.retain(|one| *one != number);
    }

    /// Takes the newest toast away; whether there was one.
    pub fn dismiss_newest(&mut self) -> bool {
        self.toasts.pop().is_some()
    }

    /// Counts `elapsed` seconds of wall time; whether a toast went away.
    pub fn tick(&mut self, elapsed: f64) -> bool {
        self.clock += elapsed.max(0.0);
        let before = self.toasts.len();
        let clock = self.clock;
        let entries = &self.entries;
        self.toasts.retain(|number| {
            entries
                .iter()
                .rev()
                .find(|entry| entry.number == *number)
                .is_some_and(|entry| {
                    entry.severity == Severity::Error || clock - entry.at < TOAST_LIFE
                })
        });
        self.toasts.len() != before
    }

    /// Whether a toast is up that will go away by itself.
    #[must_use]
    pub fn has_fading_toast(&self) -> bool {
        self.toasts().any(|entry| entry.severity != Severity::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toast_of_an_incident_names_its_channel() {
        let mut log = Log::default();
        log.say(
            Severity::Error,
            "Channel T1",
            "missing: 1 sample did not come",
            false,
        );
        log.say(Severity::Error, "Document", "The disk is full", false);
        let texts: Vec<String> = log.toasts().map(Entry::text).collect();
        assert_eq!(
            texts,
            ["T1: missing: 1 sample did not come", "The disk is full"]
        );
    }

    #[test]
    fn a_toast_goes_by_itself_but_an_error_waits() {
        let mut log = Log::default();
        log.say(Severity::Information, "File", "Saved", true);
        log.say(Severity::Error, "File", "The disk is full", false);
        assert_eq!(log.toasts().count(), 2);
        assert!(log.tick(TOAST_LIFE + 1.0));
        let left: Vec<&str> = log.toasts().map(|entry| entry.message.as_str()).collect();
        assert_eq!(left, ["The disk is full"]);
        assert!(log.dismiss_newest());
        assert!(!log.dismiss_newest());
        assert_eq!(log.entries().len(), 2);
        assert_eq!(log.warnings(), 1);
    }

    #[test]
    fn what_is_said_again_is_counted() {
        let mut log = Log::default();
        for _ in 0..3 {
            log.say(Severity::Warning, "Telemetry", "T1 is out of range", false);
        }
        assert_eq!(log.entries().len(), 1);
        assert_eq!(log.entries()[0].count, 3);
    }

    #[test]
    fn the_log_is_limited_and_says_how_much_it_dropped() {
        let mut log = Log::default();
        for number in 0..MOST_ENTRIES + 5 {
            log.say(Severity::Information, "Test", &number.to_string(), false);
        }
        assert_eq!(log.entries().len(), MOST_ENTRIES);
        assert_eq!(log.dropped(), 5);
    }
}
