//! The type-2 message (MS-NLMP, section 2.2.1.2).

use std::time::{SystemTime, UNIX_EPOCH};

use super::message::{CHALLENGE, SIGNATURE, utf16};

/// UNICODE, REQUEST_TARGET, SIGN, NTLM, ALWAYS_SIGN, TARGET_TYPE_DOMAIN, EXTENDED_SESSIONSECURITY, TARGET_INFO, VERSION, 128, KEY_EXCH, 56.
const FLAGS: u32 = 0x0000_0001
    | 0x0000_0004
    | 0x0000_0010
    | 0x0000_0200
    | 0x0000_8000
    | 0x0001_0000
    | 0x0008_0000
    | 0x0080_0000
    | 0x0200_0000
    | 0x2000_0000
    | 0x4000_0000
    | 0x8000_0000;
const VERSION: [u8; 8] = [10, 0, 0x63, 0x45, 0, 0, 0, 15];
const DOMAIN: &str = "CORP";
const HEAD: u16 = 56;
/// 100 ns between the years 1601 and 1970.
const EPOCH: u128 = 116_444_736_000_000_000;

/// A challenge with a server's name and clock in it, as domain members send.
pub fn write(nonce: &[u8; 8]) -> Vec<u8> {
    let domain = utf16(DOMAIN);
    let info = target_info();
    let mut message = SIGNATURE.to_vec();
    message.extend(CHALLENGE.to_le_bytes());
    let end = field(&mut message, &domain, HEAD);
    message.extend(FLAGS.to_le_bytes());
    message.extend(nonce);
    message.extend([0; 8]);
    field(&mut message, &info, end);
    message.extend(VERSION);
    message.extend(domain);
    message.extend(info);
    message
}

/// Writes length, length and place of a field; gives the end of its place.
fn field(message: &mut Vec<u8>, value: &[u8], place: u16) -> u16 {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    message.extend(length.to_le_bytes());
    message.extend(length.to_le_bytes());
    message.extend(u32::from(place).to_le_bytes());
    place.saturating_add(length)
}

fn target_info() -> Vec<u8> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let ticks = since.map_or(0, |since| since.as_nanos() / 100) + EPOCH;
    let ticks = u64::try_from(ticks).unwrap_or_default();
    let pairs = [
        (2_u16, utf16(DOMAIN)),
        (1, utf16("EX1")),
        (4, utf16("corp.example.test")),
        (3, utf16("ex1.corp.example.test")),
        (7, ticks.to_le_bytes().to_vec()),
        (0, Vec::new()),
    ];
    let mut info = Vec::new();
    for (id, value) in pairs {
        info.extend(id.to_le_bytes());
        info.extend(u16::try_from(value.len()).unwrap_or_default().to_le_bytes());
        info.extend(value);
    }
    info
}
