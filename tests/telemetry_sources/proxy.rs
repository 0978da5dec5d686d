//! A line that can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Passes bytes on between clients and a server, until it is cut.
pub struct Proxy {
    pub port: u16,
    open: Arc<Mutex<Vec<TcpStream>>>,
    passed: Arc<AtomicUsize>,
}

impl Proxy {
    pub fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let own = listener.local_addr().expect("its address").port();
        let open: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let passed: Arc<AtomicUsize> = Arc::default();
        let (theirs, count) = (Arc::clone(&open), Arc::clone(&passed));
        // It lives as long as the test program.
        thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { continue };
                // A server that is down closes the door on the client.
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else {
                    continue;
                };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let from = from.try_clone().expect("a stream");
                    let to = to.try_clone().expect("a stream");
                    let count = Arc::clone(&count);
                    thread::spawn(move || pass(from, to, &count));
                }
                theirs.lock().expect("a lock").extend([client, server]);
            }
        });
        Self {
            port: own,
            open,
            passed,
        }
    }

    /// Bytes passed so far, both ways.
    pub fn passed(&self) -> usize {
        self.passed.load(Ordering::Relaxed)
    }

    /// Cuts every connection there is, wherever it is; new ones can be made.
    pub fn cut(&self) {
        for stream in self.open.lock().expect("a lock").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, count: &AtomicUsize) {
    let mut buffer = [0; 512];
    while let Ok(read) = from.read(&mut buffer) {
        if read == 0 || to.write_all(&buffer[..read]).is_err() {
            break;
        }
        count.fetch_add(read, Ordering::Relaxed);
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
