//! What the links of changes carry (Graph reference, section 5).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

use super::desk::Desk;
use super::error::GraphError;

/// What a token starts with.
const HEAD: &[u8] = b"Rs1";

/// How far the reader is, and the options of the first request.
pub struct Token {
    /// The state.
    pub state: String,
    /// `$select`
    pub select: Option<String>,
}

impl Token {
    /// The text in a link of that list.
    pub fn write(&self, list: &str) -> String {
        let select = self.select.as_deref();
        let rest = json!([list, self.state, select]).to_string();
        URL_SAFE_NO_PAD.encode([HEAD, rest.as_bytes()].concat())
    }

    fn read(text: &str) -> Option<(Self, String)> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let rest: Json = serde_json::from_slice(bytes.strip_prefix(HEAD)?).ok()?;
        let token = Self {
            state: rest.get(1)?.as_str()?.to_owned(),
            select: rest.get(2)?.as_str().map(str::to_owned),
        };
        Some((token, rest.get(0)?.as_str()?.to_owned()))
    }

    /// The token of a link; options go with the first request only.
    pub fn of_call(desk: &Desk<'_>, list: &str) -> Result<Option<Self>, GraphError> {
        let call = desk.call;
        let allowed = |name: &str| matches!(name, "$select" | "$deltatoken" | "$skiptoken");
        let other = call.query.iter().map(|(name, _)| name.as_str());
        if let Some(name) = other
            .filter(|name| name.starts_with('$'))
            .find(|name| !allowed(name))
        {
            return Err(GraphError::new(
                400,
                "ErrorInvalidRequest",
                format!("The query parameter '{name}' is not supported with change tracking."),
            ));
        }
        let Some(text) = call
            .option("$deltatoken")
            .or_else(|| call.option("$skiptoken"))
        else {
            return Ok(None);
        };
        if call.option("$select").is_some() {
            return Err(GraphError::option(
                "Query options are part of the token and cannot be given again.",
            ));
        }
        let (token, its_list) =
            Self::read(text).ok_or_else(|| GraphError::option("Badly formed token."))?;
        match its_list == list {
            true => Ok(Some(token)),
            false => Err(lost(desk)),
        }
    }
}

/// The state is not known any more: begin anew.
pub fn lost(desk: &Desk<'_>) -> GraphError {
    let code = match desk.modes.lost_state.as_str() {
        "" => "SyncStateNotFound",
        code => code,
    };
    if code == "ErrorInvalidIdMalformed" {
        return GraphError::of_store(400, code);
    }
    let message = "The sync state generation is not found; generation=1;.";
    GraphError::new(410, code, message).with("Location", desk.link(&[]))
}
