//! A client of an MQTT broker in a few lines: packets of version 3.1.1, quality
//! of service 0, written and read by hand.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A connection to a broker.
pub struct RawClient(TcpStream);

/// A packet: its first byte, its length, what is in it.
fn packet(first: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    let mut length = content.len();
    loop {
        let more = if length > 127 { 0x80 } else { 0 };
        bytes.push((length & 0x7f) as u8 | more);
        length >>= 7;
        if length == 0 {
            break;
        }
    }
    bytes.extend_from_slice(content);
    bytes
}

fn text(text: &str) -> Vec<u8> {
    let mut bytes = (text.len() as u16).to_be_bytes().to_vec();
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

impl RawClient {
    pub fn connect(port: u16, name: &str) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a broker");
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .expect("a limit");
        // A clean session, which never has to say that it lives.
        let mut hello = text("MQTT");
        hello.extend([4, 2, 0, 0]);
        hello.extend(text(name));
        stream.write_all(&packet(0x10, &hello)).expect("sent");
        let mut client = Self(stream);
        assert_eq!(client.next(), (0x20, vec![0, 0]), "the broker lets it in");
        client
    }

    fn next(&mut self) -> (u8, Vec<u8>) {
        let mut byte = [0];
        self.0.read_exact(&mut byte).expect("a packet");
        let first = byte[0];
        let (mut length, mut shift) = (0_usize, 0);
        loop {
            self.0.read_exact(&mut byte).expect("a length");
            length |= usize::from(byte[0] & 0x7f) << shift;
            shift += 7;
            if byte[0] < 0x80 {
                break;
            }
        }
        let mut content = vec![0; length];
        self.0.read_exact(&mut content).expect("a packet");
        (first, content)
    }

    pub fn publish(&mut self, topic: &str, payload: &[u8]) {
        let mut content = text(topic);
        content.extend_from_slice(payload);
        self.0.write_all(&packet(0x30, &content)).expect("sent");
    }

    pub fn subscribe(&mut self, topic: &str) {
        let mut content = vec![0, 1];
        content.extend(text(topic));
        content.push(0);
        self.0.write_all(&packet(0x82, &content)).expect("sent");
        assert_eq!(self.next(), (0x90, vec![0, 1, 0]), "it may subscribe");
    }

    /// The next message: topic and payload.
    pub fn message(&mut self) -> (String, Vec<u8>) {
        loop {
            let (first, content) = self.next();
            if first & 0xf0 == 0x30 {
                let length = usize::from(u16::from_be_bytes([content[0], content[1]]));
                let (topic, payload) = content[2..].split_at(length);
                return (
                    String::from_utf8_lossy(topic).into_owned(),
                    payload.to_vec(),
                );
            }
        }
    }
}
