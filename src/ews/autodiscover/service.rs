//! The hosts that the DNS names for a service: one question for SRV records to the name servers of this machine.
//!
//! What the DNS says is not proved: a host that it names gets credentials only if the rule allows it.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, Question, RCODE, TYPE};

/// Where the name servers of this machine are listed.
const RESOLVERS: &str = "/etc/resolv.conf";

/// Name servers that are asked, one after another.
const MOST_SERVERS: usize = 2;

/// The only port that is of interest.
const HTTPS: u16 = 443;

/// The hosts of a service, the best one first, within a time.
///
/// # Errors
/// What is wrong, or that there are none.
pub(in crate::ews) fn hosts(name: &str, time: Duration) -> Result<Vec<String>, String> {
    let listed = fs::read_to_string(RESOLVERS).unwrap_or_default();
    let mut said = "this machine has no name server".to_owned();
    for server in servers(&listed).into_iter().take(MOST_SERVERS) {
        match ask(server, name, time / 2) {
            Ok(answer) => return read(name, &answer),
            Err(error) => said = error,
        }
    }
    Err(said)
}

fn servers(listed: &str) -> Vec<SocketAddr> {
    let lines = listed.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let address = (words.next()? == "nameserver").then(|| words.next())??;
        let address: IpAddr = address.parse().ok()?;
        Some(SocketAddr::new(address, 53))
    });
    lines.collect()
}

fn ask(server: SocketAddr, name: &str, time: Duration) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| {
        format!("the name server {} does not answer ({error})", server.ip())
    };
    let id = u16::try_from(RandomState::new().hash_one(name) & 0xFFFF).unwrap_or_default();
    let mut question = Packet::new_query(id);
    question.set_flags(PacketFlag::RECURSION_DESIRED);
    let named = Name::new(name).map_err(|_| "no name of the DNS".to_owned())?;
    question.questions.push(Question::new(
        named,
        TYPE::SRV.into(),
        CLASS::IN.into(),
        false,
    ));
    let bytes = question.build_bytes_vec();
    let bytes = bytes.map_err(|_| "no name of the DNS".to_owned())?;
    let here = match server {
        SocketAddr::V4(_) => "0.0.0.0:0",
        SocketAddr::V6(_) => "[::]:0",
    };
    let socket = UdpSocket::bind(here).map_err(failed)?;
    // Only what this server sends is received.
    socket.connect(server).map_err(failed)?;
    socket.send(&bytes).map_err(failed)?;
    let until = Instant::now() + time;
    let mut buffer = vec![0; 4096];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(format!(
                "the name server {} does not answer in time",
                server.ip()
            ));
        }
        socket.set_read_timeout(Some(left)).map_err(failed)?;
        let length = socket.recv(&mut buffer).map_err(failed)?;
        let answer = buffer.get(..length).unwrap_or_default();
        if Packet::parse(answer)
            .is_ok_and(|packet| packet.id() == id && packet.has_flags(PacketFlag::RESPONSE))
        {
            return Ok(answer.to_vec());
        }
    }
}

fn read(name: &str, answer: &[u8]) -> Result<Vec<String>, String> {
    let packet = Packet::parse(answer).map_err(|_| "the name server answers garbled".to_owned())?;
    if !matches!(packet.rcode(), RCODE::NoError | RCODE::NameError) {
        return Err(format!("the name server says {:?}", packet.rcode()));
    }
    let mut found: Vec<(u16, std::cmp::Reverse<u16>, String)> = packet
        .answers
        .iter()
        .filter(|record| record.name.to_string().eq_ignore_ascii_case(name))
        .filter_map(|record| match &record.rdata {
            RData::SRV(service) if service.port == HTTPS => Some((
                service.priority,
                std::cmp::Reverse(service.weight),
                service.target.to_string(),
            )),
            _ => None,
        })
        .filter(|(_, _, host)| !host.is_empty() && host != ".")
        .collect();
    found.sort();
    match found.is_empty() {
        true => Err("no such entry".to_owned()),
        false => Ok(found.into_iter().map(|(_, _, host)| host).collect()),
    }
}

#[cfg(test)]
mod tests {
    use simple_dns::ResourceRecord;
    use simple_dns::rdata::SRV;

    use super::*;

    const NAME: &str = "_autodiscover._tcp.example.test";

    fn record(
        owner: &'static str,
        priority: u16,
        weight: u16,
        port: u16,
        target: &'static str,
    ) -> ResourceRecord<'static> {
        let service = SRV {
            priority,
            weight,
            port,
            target: Name::new(target).unwrap(),
        };
        ResourceRecord::new(
            Name::new(owner).unwrap(),
            CLASS::IN,
            60,
            RData::SRV(service),
        )
    }

    fn answer(id: u16, records: Vec<ResourceRecord<'static>>) -> Vec<u8> {
        let mut packet = Packet::new_reply(id);
        packet.answers = records;
        packet.build_bytes_vec_compressed().unwrap()
    }

    #[test]
    fn the_best_host_on_the_right_port_comes_first() {
        let records = vec![
            record(NAME, 20, 9, 443, "spare.example.test"),
            record(NAME, 10, 1, 443, "light.example.test"),
            record(
                "_AUTODISCOVER._tcp.example.test",
                10,
                7,
                443,
                "heavy.example.test",
            ),
            record(NAME, 1, 1, 8443, "port.example.test"),
            record("_other._tcp.example.test", 1, 1, 443, "other.example.test"),
        ];
        assert_eq!(
            read(NAME, &answer(1, records)).unwrap(),
            [
                "heavy.example.test",
                "light.example.test",
                "spare.example.test"
            ]
        );
        assert_eq!(read(NAME, &answer(1, vec![])).unwrap_err(), "no such entry");
        assert!(read(NAME, b"nonsense").is_err());
    }

    #[test]
    fn name_servers_are_those_of_this_machine() {
        let listed = "# comment\nsearch example.test\nnameserver 192.0.2.1\nnameserver fe80::1%eth0\nnameserver 2001:db8::1\n";
        let found: Vec<String> = servers(listed).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["192.0.2.1:53", "[2001:db8::1]:53"]);
    }

    /// An answer to another question is passed over, and a server that says nothing holds nobody for long.
    #[test]
    fn a_name_server_is_asked_once() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        let asked = std::thread::spawn(move || {
            let mut buffer = [0; 512];
            let (length, client) = server.recv_from(&mut buffer).unwrap();
            let question = Packet::parse(&buffer[..length]).unwrap();
            let id = question.id();
            let name = question.questions[0].qname.to_string();
            for id in [id.wrapping_add(1), id] {
                let records = vec![record(NAME, 1, 1, 443, "mail.example.test")];
                server.send_to(&answer(id, records), client).unwrap();
            }
            // Kept open, so that the next question gets silence and no refusal.
            (name, server)
        });
        let answer = ask(address, NAME, Duration::from_secs(5)).unwrap();
        assert_eq!(read(NAME, &answer).unwrap(), ["mail.example.test"]);
        let (name, silent) = asked.join().unwrap();
        assert_eq!(name, NAME);
        let before = Instant::now();
        ask(address, NAME, Duration::from_millis(50)).unwrap_err();
        assert!(before.elapsed() < Duration::from_secs(2));
        drop(silent);
    }
}
