//! A progress bar, where somebody is looking.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Failure;
use crate::simulation::Progress;

/// Time between two looks at the progress.
const PERIOD: Duration = Duration::from_millis(80);
/// Parts of the bar.
const PARTS: u64 = 1000;

/// Does `work` on the given number of threads with a progress bar on the standard error, if
/// that is a terminal.
///
/// # Errors
/// When the system has no threads to give.
pub(super) fn with_progress<T: Send>(
    what: &'static str,
    threads: Option<u16>,
    work: impl FnOnce(&Progress) -> T + Send,
) -> Result<T, Failure> {
    let progress = Arc::new(Progress::new());
    let done = Arc::new(AtomicBool::new(false));
    let watcher = io::stderr().is_terminal().then(|| {
        let (progress, done) = (Arc::clone(&progress), Arc::clone(&done));
        std::thread::spawn(move || watch(what, &progress, &done))
    });
    let result = match threads {
        None => Ok(work(&progress)),
        Some(threads) => rayon::ThreadPoolBuilder::new()
            .num_threads(usize::from(threads))
            .build()
            .map(|pool| pool.install(|| work(&progress)))
            .map_err(|error| {
                Failure::Environment(format!("{threads} threads cannot be started: {error}"))
            }),
    };
    done.store(true, Ordering::Relaxed);
    if let Some(watcher) = watcher {
        // A bar that failed has nothing to say about the work.
        let _ = watcher.join();
    }
    result
}

fn watch(what: &'static str, progress: &Progress, done: &AtomicBool) {
    let bar = ProgressBar::new(PARTS);
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent:>3} %  {eta}") {
        bar.set_style(style);
    }
    bar.set_message(what);
    while !done.load(Ordering::Relaxed) {
        bar.set_position((progress.fraction() * PARTS as f64) as u64);
        std::thread::sleep(PERIOD);
    }
    bar.finish_and_clear();
}
