//! Ids of EWS as ids of Graph ("translateExchangeIds", Microsoft Graph documentation).

use std::collections::HashMap;

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::Graph;
use super::calls::Call;
use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ids::ItemId;

/// The tag of the ids that can be translated.
const EWS: &str = "ews";

impl Graph {
    /// The ids that stay, of items that EWS knows by these ids.
    ///
    /// # Errors
    /// When they are of another kind, or the request fails.
    pub(super) fn translated(
        &self,
        kind: &str,
        ids: &[ItemId],
    ) -> Result<Vec<Option<ItemId>>, RemoteError> {
        if kind != EWS {
            return Err(RemoteError::new(
                RemoteClass::Permanent,
                format!("Microsoft Graph translates ids of \"{EWS}\", not of \"{kind}\""),
            ));
        }
        let inputs: Vec<&str> = ids.iter().map(ItemId::as_str).collect();
        let path = self.mailbox().below("translateExchangeIds");
        let call = Call::new(Method::POST, path).json(json!({
            "inputIds": inputs,
            "sourceIdType": "ewsId",
            "targetIdType": "restImmutableEntryId",
        }));
        let reply = self.call(&call)?;
        match reply.status {
            // One of them is so wrong that none is answered.
            400 | 404 if reply.is_of_graph && ids.len() > 1 => {
                let (left, right) = ids.split_at(ids.len() / 2);
                let mut found = self.translated(kind, left)?;
                found.extend(self.translated(kind, right)?);
                return Ok(found);
            }
            400 if reply.is_of_graph => return Ok(vec![None]),
            _ => {}
        }
        let reply = reply.success()?;
        let value = reply.body.get("value").and_then(Json::as_array);
        let Some(value) = value else {
            return Err(reply.garbled("a translation of ids without any"));
        };
        let found: HashMap<&str, &str> = value.iter().filter_map(pair_of).collect();
        Ok(inputs
            .iter()
            .map(|id| found.get(id).map(|id| ItemId::new(*id)))
            .collect())
    }
}

/// An id and what it became; nothing where it became nothing.
fn pair_of(entry: &Json) -> Option<(&str, &str)> {
    let text = |name: &str| entry.get(name).and_then(Json::as_str);
    let target = text("targetId").filter(|target| !target.is_empty())?;
    Some((text("sourceId")?, target))
}
