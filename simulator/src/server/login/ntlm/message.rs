//! Reading NTLM messages (MS-NLMP, section 2.2.1).

/// What each message begins with.
pub const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";
/// A type-1 message.
pub const NEGOTIATE: u32 = 1;
/// A type-2 message.
pub const CHALLENGE: u32 = 2;
/// A type-3 message.
pub const AUTHENTICATE: u32 = 3;

/// A type-3 message.
#[derive(Debug)]
pub struct Authenticate {
    /// The response that proves the password: NTLMv1 has 24 bytes, NTLMv2 more.
    pub response: Vec<u8>,
    /// The account's domain; empty when it is part of the name.
    pub domain: String,
    /// The account's name.
    pub user: String,
    /// The key of the session, encrypted, where one was agreed on.
    pub session_key: Vec<u8>,
    /// The integrity code.
    pub mic: [u8; 16],
}

/// Where the integrity code is.
pub const MIC: std::ops::Range<usize> = 72..88;

/// The kind of a message.
pub fn kind(message: &[u8]) -> Option<u32> {
    message.strip_prefix(SIGNATURE)?;
    number(message, 8)
}

/// A text as NTLM sends it.
pub fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A value of four bytes.
pub fn number(message: &[u8], place: usize) -> Option<u32> {
    let bytes = message.get(place..place.checked_add(4)?)?;
    bytes.try_into().ok().map(u32::from_le_bytes)
}

fn short(message: &[u8], place: usize) -> Option<u16> {
    let bytes = message.get(place..place.checked_add(2)?)?;
    bytes.try_into().ok().map(u16::from_le_bytes)
}

fn field(message: &[u8], place: usize) -> Option<Vec<u8>> {
    let length = usize::from(short(message, place)?);
    let begin = usize::try_from(number(message, place.checked_add(4)?)?).ok()?;
    message
        .get(begin..begin.checked_add(length)?)
        .map(<[u8]>::to_vec)
}

fn text(message: &[u8], place: usize) -> Option<String> {
    let bytes = field(message, place)?;
    let units = bytes
        .chunks_exact(2)
        .filter_map(|unit| unit.try_into().ok().map(u16::from_le_bytes));
    String::from_utf16(&units.collect::<Vec<u16>>()).ok()
}

impl Authenticate {
    /// Reads a message.
    pub fn read(message: &[u8]) -> Option<Self> {
        Some(Self {
            response: field(message, 20)?,
            domain: text(message, 28)?,
            user: text(message, 36)?,
            session_key: field(message, 52)?,
            mic: message.get(MIC)?.try_into().ok()?,
        })
    }
}

/// The pairs of a target info: id and value.
pub fn pairs(mut info: &[u8]) -> Vec<(u16, &[u8])> {
    let mut all = Vec::new();
    while let (Some(id), Some(length)) = (short(info, 0), short(info, 2)) {
        let end = 4 + usize::from(length);
        let Some(value) = info.get(4..end) else { break };
        if id == 0 {
            break;
        }
        all.push((id, value));
        info = info.get(end..).unwrap_or_default();
    }
    all
}
