//! A real broker, mosquitto, on a port of its own.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::common::eventually;
use crate::http::free_port;
use crate::support;

/// Where Debian puts the program, beside the path.
const PROGRAMS: [&str; 3] = [
    "mosquitto",
    "/usr/sbin/mosquitto",
    "/usr/local/sbin/mosquitto",
];

/// The program, or `None` when the test called `test` is skipped, which it has
/// then said.
fn program(test: &str) -> Option<&'static str> {
    let found = PROGRAMS.into_iter().find(|program| {
        Command::new(program)
            .arg("-h")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok()
    });
    if found.is_none() {
        support::skipped_without(test, "no mosquitto (Debian package mosquitto)");
    }
    found
}

/// A running broker; it is killed when it is dropped.
pub struct Broker {
    program: &'static str,
    pub port: u16,
    folder: tempfile::TempDir,
    child: Option<Child>,
}

/// A certificate of the broker's and the authority behind it.
pub struct Certificates {
    pub authority: String,
    pub certificate: String,
    pub key: String,
}

impl Certificates {
    /// Signed by an authority of its own, for `name`.
    pub fn new(name: &str) -> Self {
        use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, format!("authority of {name}"));
        let key = KeyPair::generate().expect("a key");
        let authority = params.self_signed(&key).expect("an authority");
        let issuer = Issuer::new(params, key);
        let own = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new(vec![name.to_owned()])
            .expect("parameters")
            .signed_by(&own, &issuer)
            .expect("a certificate");
        Self {
            authority: authority.pem(),
            certificate: certificate.pem(),
            key: own.serialize_pem(),
        }
    }
}

impl Broker {
    /// Starts a broker for the test called `test`, with these lines of settings.
    pub fn start(test: &str, settings: &str) -> Option<Self> {
        Self::start_with(test, settings, |_| {})
    }

    /// As [`start`](Self::start); `prepare` is given the broker's folder, which
    /// the settings call `FOLDER`.
    pub fn start_with(test: &str, settings: &str, prepare: impl Fn(&Path)) -> Option<Self> {
        let program = program(test)?;
        let folder = tempfile::tempdir().expect("a folder");
        prepare(folder.path());
        let port = free_port();
        let settings = settings.replace("FOLDER", &folder.path().display().to_string());
        let anonymous = if settings.contains("allow_anonymous") {
            ""
        } else {
            "allow_anonymous true\n"
        };
        let user = if running_as_root() { "user root\n" } else { "" };
        std::fs::write(
            folder.path().join("mosquitto.conf"),
            format!("listener {port} 127.0.0.1\n{anonymous}{user}{settings}\n"),
        )
        .expect("written");
        let mut broker = Self {
            program,
            port,
            folder,
            child: None,
        };
        broker.run();
        Some(broker)
    }

    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Starts the program and waits until it listens.
    pub fn run(&mut self) {
        let child = Command::new(self.program)
            .arg("-c")
            .arg(self.folder.path().join("mosquitto.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the broker starts");
        self.child = Some(child);
        let port = self.port;
        eventually("the broker listens", || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
    }

    /// Kills it, as `kill -9` does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Ends it in order and starts it again.
    pub fn restart(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = Command::new("kill")
                .arg("-TERM")
                .arg(child.id().to_string())
                .status();
            let _ = child.wait();
        }
        self.run();
    }

    pub fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Whether the test may do everything; mosquitto then gives up its rights
/// unless it is told not to, and could not read its folder.
fn running_as_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.starts_with(b"0\n"))
}
