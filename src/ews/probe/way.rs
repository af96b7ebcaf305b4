//! The way to the server below HTTP: its name, and a connection.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// The addresses of a name. The system's resolver knows no limit, so it is asked by a thread that may be left behind.
pub(super) fn resolve(host: &str, port: u16, limit: Duration) -> Result<Vec<SocketAddr>, String> {
    let (answer, answered) = channel();
    let name = host.trim_matches(['[', ']']).to_owned();
    let asked = thread::Builder::new().name("ecs-resolve".to_owned());
    asked
        .spawn(move || {
            let found = (name.as_str(), port).to_socket_addrs();
            let _ = answer.send(found.map(Iterator::collect));
        })
        .map_err(|error| error.to_string())?;
    match answered.recv_timeout(limit) {
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", limit.as_secs())),
    }
}

/// The first address that takes a connection; else what the last one said.
pub(super) fn connect(addresses: &[SocketAddr], limit: Duration) -> io::Result<SocketAddr> {
    let mut last = io::Error::other("the name has no address");
    for address in addresses {
        match TcpStream::connect_timeout(address, limit) {
            Ok(_) => return Ok(*address),
            Err(error) => last = error,
        }
    }
    Err(last)
}
