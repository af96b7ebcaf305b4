//! Ids of one kind to those of another (Graph reference, section 7).

use serde_json::{Value as Json, json};

use super::desk::Desk;
use super::error::GraphError;
use super::reply::Reply;
use crate::store::{IdError, Store};

const KINDS: &[&str] = &[
    "entryId",
    "ewsId",
    "immutableEntryId",
    "restId",
    "restImmutableEntryId",
];

/// Ids at most.
const MOST: usize = 1000;

/// Translates; what cannot be translated is told at its entry.
pub fn execute(desk: &Desk<'_>) -> Result<Reply, GraphError> {
    let sent = desk.call.object()?;
    // Parameters of an action: the documents write them small, Microsoft's own client with a capital letter.
    let parameter = |name: &str| {
        let found = sent
            .iter()
            .find(|(sent, _)| sent.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    };
    let kind = |name: &str| {
        parameter(name)
            .and_then(Json::as_str)
            .filter(|kind| KINDS.contains(kind))
            .ok_or_else(|| GraphError::body(format!("{name} is none of {}.", KINDS.join(", "))))
    };
    let (source, target) = (kind("sourceIdType")?, kind("targetIdType")?);
    let ids = parameter("inputIds")
        .and_then(Json::as_array)
        .ok_or_else(|| GraphError::body("inputIds is missing."))?;
    if ids.len() > MOST {
        return Err(GraphError::new(
            400,
            "ErrorInvalidRequest",
            "There are more than 1000 ids.",
        ));
    }
    let store = desk.read();
    let value: Vec<Json> = ids
        .iter()
        .map(|id| {
            let id = id.as_str().unwrap_or_default();
            match translate(desk, &store, source, target, id) {
                Ok(found) => json!({ "sourceId": id, "targetId": found }),
                Err(error) => {
                    let error = GraphError::from(error);
                    let details = json!({ "code": error.code, "message": error.message });
                    json!({ "sourceId": id, "errorDetails": details })
                }
            }
        })
        .collect();
    let context = desk.context("Collection(microsoft.graph.convertIdResult)");
    Ok(Reply::json(
        200,
        json!({ "@odata.context": context, "value": value }),
    ))
}

fn translate(
    desk: &Desk<'_>,
    store: &Store,
    source: &str,
    target: &str,
    id: &str,
) -> Result<String, IdError> {
    let item = store.item_by_kind_of_id(source, id)?;
    let mailbox = store.folder(item.folder).map(|folder| folder.mailbox);
    match mailbox == Some(desk.mailbox) {
        true => Ok(store.kind_of_id(target, item)),
        false => Err(IdError::NotFound),
    }
}
