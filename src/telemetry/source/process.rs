//! A program whose standard output is read.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crossbeam::channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender, bounded};

use super::link::{Link, Stopped, Wish};
use super::{Ending, Source, SourceContext, SourceError};
use crate::telemetry::decode::{CsvRows, Decoded, Decoder, Received, column_mappings};
use crate::twin::{Binding, Connection, Payload, SourceSettings};

/// Bytes read at a time.
const PIECE: usize = 1 << 16;
/// Pieces that wait to be decoded.
const PIECES: usize = 8;
/// How often a silent program is looked after.
const PATIENCE: Duration = Duration::from_millis(50);
/// Bytes kept of what a program says on its standard error.
const LAST_WORDS: usize = 2000;

/// A program that is started, read line by line, and started again when it ends
/// badly. One that ends well has said all it has to say.
pub(super) struct ProcessSource {
    command: Vec<String>,
    payload: Payload,
    bindings: Vec<Binding>,
}

impl ProcessSource {
    pub(super) fn new(
        settings: &SourceSettings,
        context: &SourceContext,
    ) -> Result<Self, SourceError> {
        let setting = |problem: &str| SourceError::Setting {
            setting: settings.id.clone(),
            problem: problem.to_owned(),
        };
        let Connection::Process { command, payload } = &settings.connection else {
            return Err(setting("it is no process"));
        };
        if command.is_empty() {
            return Err(setting(
                "`command` is empty; expected a program and its arguments",
            ));
        }
        if *payload == Payload::Sparkplug {
            return Err(setting(
                "a process writes lines, and Sparkplug B is no text; use MQTT for it",
            ));
        }
        Decoder::new(*payload, Arc::clone(&context.directory), &settings.bindings)?;
        Ok(Self {
            command: command.clone(),
            payload: *payload,
            bindings: settings.bindings.clone(),
        })
    }

    fn failed(&self, problem: String) -> SourceError {
        SourceError::Process {
            command: self.command.join(" "),
            problem,
        }
    }

    fn start(&self, link: &Link) -> Result<Child, SourceError> {
        let (program, arguments) = match self.command.split_first() {
            Some(parts) => parts,
            None => return Err(self.failed("is empty".to_owned())),
        };
        Command::new(program)
            .args(arguments)
            .current_dir(match link.context.folder.as_os_str().is_empty() {
                true => std::path::Path::new("."),
                false => &link.context.folder,
            })
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| self.failed(format!("cannot be started: {error}")))
    }
}

/// A program that is ended when nobody reads it any more.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended already cannot be ended again.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Source for ProcessSource {
    fn run(&mut self, link: &Link) -> Ending {
        let mut running = match self.start(link) {
            Ok(child) => Running(child),
            Err(error) => return Ending::Lost(error),
        };
        let (Some(output), Some(errors)) = (running.0.stdout.take(), running.0.stderr.take())
        else {
            return Ending::Lost(self.failed("has no output".to_owned()));
        };
        let lines = match Lines::new(self, link) {
            Ok(lines) => lines,
            Err(error) => return Ending::Failed(error),
        };
        link.connected();
        let (sender, pieces) = bounded(PIECES);
        let (words, last_words) = bounded(1);
        // Threads that nobody waits for: what the program has started in turn
        // may hold its output open after it has ended.
        let reading = thread("output", move || read(output, &sender)).and_then(|()| {
            thread("errors", move || {
                // Nobody is interested any more when this fails.
                let _ = words.send(keep_last_words(errors));
            })
        });
        if let Err(error) = reading {
            return Ending::Failed(error);
        }
        if follow(&pieces, lines, link).is_err() {
            return Ending::Interrupted;
        }
        let status = running.0.wait();
        let words = last_words
            .recv_timeout(Duration::from_secs(1))
            .unwrap_or_default();
        match status {
            Ok(status) if status.success() => Ending::Done,
            Ok(status) => Ending::Lost(self.failed(told(status, &words))),
            Err(error) => Ending::Lost(self.failed(format!("cannot be followed: {error}"))),
        }
    }
}

fn thread(what: &str, work: impl FnOnce() + Send + 'static) -> Result<(), SourceError> {
    std::thread::Builder::new()
        .name(format!("source {what}"))
        .spawn(work)
        .map(drop)
        .map_err(|error| SourceError::System {
            what: "thread",
            problem: error.to_string(),
        })
}

fn told(status: ExitStatus, words: &str) -> String {
    if words.is_empty() {
        format!("ended with {status} and said nothing about it")
    } else {
        format!("ended with {status}: {words}")
    }
}

/// Reads pieces of the output until it ends or nobody wants them.
fn read(mut output: impl Read, pieces: &Sender<Vec<u8>>) {
    let mut buffer = vec![0; PIECE];
    loop {
        match output.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(count) => {
                let mut piece = buffer[..count].to_vec();
                loop {
                    match pieces.send_timeout(piece, PATIENCE) {
                        Ok(()) => break,
                        Err(SendTimeoutError::Timeout(back)) => piece = back,
                        Err(SendTimeoutError::Disconnected(_)) => return,
                    }
                }
            }
        }
    }
}

/// The end of what the program says on its standard error, as one line.
fn keep_last_words(mut errors: impl Read) -> String {
    let mut words: Vec<u8> = Vec::new();
    let mut buffer = [0; 1024];
    while let Ok(count) = errors.read(&mut buffer) {
        if count == 0 {
            break;
        }
        words.extend_from_slice(&buffer[..count]);
        if words.len() > LAST_WORDS {
            words.drain(..words.len() - LAST_WORDS);
        }
    }
    let text = String::from_utf8_lossy(&words);
    let last = text
        .lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty())
        .unwrap_or_default();
    last.chars().take(300).collect()
}

/// Hands on what comes until the output ends.
fn follow(pieces: &Receiver<Vec<u8>>, mut lines: Lines, link: &Link) -> Result<(), Stopped> {
    loop {
        match pieces.recv_timeout(PATIENCE) {
            Ok(piece) => lines.take(&piece, link)?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return lines.finish(link),
        }
        match link.control.wish() {
            Wish::Run => {}
            // The program waits when nobody reads it.
            Wish::Pause => link.rest()?,
            Wish::Stop => return Err(Stopped),
        }
    }
}

/// Lines put together from pieces, and what decodes them.
struct Lines {
    form: LineForm,
    begun: Vec<u8>,
    /// Whether the rest of a line that is too long is being skipped.
    skipping: bool,
}

enum LineForm {
    Each(Box<Decoder>),
    Table(Box<CsvRows>),
    /// A table whose header cannot be used; the rest is counted only.
    Unusable,
}

impl Lines {
    fn new(source: &ProcessSource, link: &Link) -> Result<Self, SourceError> {
        let form = if source.payload == Payload::Csv {
            let mappings = column_mappings(&source.bindings);
            LineForm::Table(Box::new(CsvRows::new("output", mappings)))
        } else {
            LineForm::Each(Box::new(Decoder::new(
                source.payload,
                Arc::clone(&link.context.directory),
                &source.bindings,
            )?))
        };
        Ok(Self {
            form,
            begun: Vec::new(),
            skipping: false,
        })
    }

    fn take(&mut self, piece: &[u8], link: &Link) -> Result<(), Stopped> {
        let now = link.now();
        link.health
            .change(|health| health.receive(piece.len(), now));
        let mut decoded = Decoded::default();
        if matches!(self.form, LineForm::Each(_)) {
            let mut rest = piece;
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                self.add(&rest[..end], link);
                self.line(link, &mut decoded);
                rest = &rest[end + 1..];
                if decoded.messages.len() >= link.context.limits.messages {
                    link.deliver(link.batch(std::mem::take(&mut decoded), None))?;
                }
            }
            self.add(rest, link);
        } else {
            self.table(Some(piece), link, &mut decoded);
        }
        link.deliver(link.batch(decoded, None))
    }

    fn finish(&mut self, link: &Link) -> Result<(), Stopped> {
        let mut decoded = Decoded::default();
        if matches!(self.form, LineForm::Each(_)) {
            self.line(link, &mut decoded);
        } else {
            self.table(None, link, &mut decoded);
        }
        link.deliver(link.batch(decoded, None))
    }

    fn add(&mut self, text: &[u8], link: &Link) {
        if self.skipping {
            return;
        }
        let limit = link.context.limits.payload;
        if self.begun.len() + text.len() > limit {
            self.begun.clear();
            self.skipping = true;
            link.health.change(|health| {
                health.drop_counted(1, format!("a line of more than {limit} bytes"));
            });
        } else {
            self.begun.extend_from_slice(text);
        }
    }

    /// Decodes the line that is complete now.
    fn line(&mut self, link: &Link, into: &mut Decoded) {
        self.skipping = false;
        let line = std::mem::take(&mut self.begun);
        if let LineForm::Each(decoder) = &mut self.form
            && !line.iter().all(u8::is_ascii_whitespace)
        {
            decoder.decode("output", &line, link.now(), into);
        }
    }

    /// Takes a piece of a table, or its end.
    fn table(&mut self, piece: Option<&[u8]>, link: &Link, into: &mut Decoded) {
        let LineForm::Table(rows) = &mut self.form else {
            return;
        };
        let received = Received::At(link.now());
        let directory = &link.context.directory;
        let read = match piece {
            Some(piece) => rows.push(piece, received, directory, into),
            None => rows.finish(received, directory, into),
        };
        if let Err(problem) = read {
            self.form = LineForm::Unusable;
            link.health.change(|health| {
                health.drop_counted(1, format!("the output is no table of channels: {problem}"));
                health.note(&format!("the output is no table of channels: {problem}"));
            });
        }
    }
}
