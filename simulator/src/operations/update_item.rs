//! UpdateItem (EWS reference, section 2.4).

use super::create_item::{number, write_id};
use super::item_error::ItemError;
use super::paths::{self, Path};
use super::written::{self, Written};
use super::{Context, batch};
use crate::contact::fields::{self, BODY, BODY_TYPE, Kind, Place};
use crate::contact::value::{Properties, PropertyId, Value};
use crate::contact::{computed, slot};
use crate::modes::SlotModes;
use crate::soap::xml::Element;
use crate::store::Store;
use crate::store::item::{Item, ItemKind};

pub fn execute(context: &Context<'_>, body: &Element, out: &mut String) {
    let mut store = context.write();
    let resolution = body.attribute("ConflictResolution").unwrap_or_default();
    batch::run(
        context,
        body.grandchildren("ItemChanges"),
        "UpdateItem",
        "<m:Items/>",
        out,
        |change, out| {
            let Some(id) = change.child("ItemId") else {
                return Err(ItemError::new("ErrorInvalidIdEmpty"));
            };
            let item = store
                .item_by_id(id.attribute("Id").unwrap_or_default())?
                .clone();
            let merged = if context.modes.ignores_change_keys() {
                false
            } else {
                check_key(&store, &item, id.attribute("ChangeKey"), resolution)?
            };
            let mut properties = item.properties.clone();
            let mut given = Vec::new();
            for description in change.grandchildren("Updates") {
                let modes = context.modes.for_slots();
                apply(
                    &mut store,
                    description,
                    &item,
                    modes,
                    &mut properties,
                    &mut given,
                )?;
            }
            if item.kind() == ItemKind::Contact {
                computed::settle(&item.properties, &mut properties, &given);
            }
            let Some(item) = store.update(item.number, properties, context.user) else {
                return Err(ItemError::new("ErrorItemNotFound"));
            };
            context.count_write();
            write_id(out, &store, &item);
            let merged = usize::from(merged);
            out.push_str(&format!(
                "<m:ConflictResults><t:Count>{merged}</t:Count></m:ConflictResults>"
            ));
            Ok(())
        },
    );
}

/// Whether the write may go on; true if it overrules a change that the writer has not seen.
///
/// AutoResolve would merge property by property on a server; the simulator keeps no history, so a
/// stale key is a clash there too.
pub(super) fn check_key(
    store: &Store,
    item: &Item,
    key: Option<&str>,
    resolution: &str,
) -> Result<bool, ItemError> {
    let Some(key) = key.filter(|key| !key.is_empty()) else {
        if resolution == "AlwaysOverwrite" {
            return Ok(false);
        }
        return Err(ItemError::new("ErrorChangeKeyRequiredForWriteOperations"));
    };
    let Some(change) = store.ids.read_change_key(key) else {
        return Err(ItemError::new("ErrorInvalidChangeKey"));
    };
    match (change == item.key, resolution) {
        (true, _) => Ok(false),
        (false, "AlwaysOverwrite") => Ok(true),
        (false, _) => Err(ItemError::new("ErrorIrresolvableConflict")),
    }
}

fn apply(
    store: &mut Store,
    description: &Element,
    item: &Item,
    modes: SlotModes,
    properties: &mut Properties,
    given: &mut Vec<PropertyId>,
) -> Result<(), ItemError> {
    let Some(element) = description.children.first() else {
        return Err(ItemError::new("ErrorIncorrectUpdatePropertyCount"));
    };
    let path = paths::read(element)?;
    let refuse = |code: &str| Err(ItemError::about(code, &paths::text(element)));
    match description.name.as_str() {
        "DeleteItemField" => {
            let by_name = element.name == "ExtendedFieldURI";
            let cleared = cleared(store, &path, by_name, modes).ok_or_else(|| {
                ItemError::about("ErrorInvalidPropertyDelete", &paths::text(element))
            })?;
            for id in cleared {
                keep_slot(id, by_name || modes.ghosts, properties);
                properties.remove(id);
                given.push(id);
            }
            Ok(())
        }
        "AppendToItemField" if path != Path::Field(BODY) => refuse("ErrorInvalidPropertyAppend"),
        action => {
            let content = description.children.get(1);
            if element.attribute("FieldURI") == Some("item:ItemClass") {
                let class = content
                    .and_then(|c| c.child_text("ItemClass"))
                    .unwrap_or_default();
                return if class == &*item.class {
                    Ok(())
                } else {
                    refuse("ErrorObjectTypeChanged")
                };
            }
            match &path {
                // The notes are the body, the picture is an attachment (section 3.1, 37 and 38).
                Path::Named(uri) if matches!(uri.as_str(), "contacts:Notes" | "contacts:Photo") => {
                    return refuse("ErrorInvalidPropertyRequest");
                }
                Path::Named(_) => return refuse("ErrorInvalidPropertySet"),
                _ => {}
            }
            if content.is_some_and(|content| content.child("Attachments").is_some()) {
                return refuse("ErrorIncorrectUpdatePropertyCount");
            }
            let written = content.map(written::read).transpose()?.unwrap_or_default();
            let [
                Written {
                    path: found,
                    values,
                },
            ] = written.as_slice()
            else {
                return refuse("ErrorIncorrectUpdatePropertyCount");
            };
            if *found != path {
                return refuse("ErrorUpdatePropertyMismatch");
            }
            let by_name = element.name == "ExtendedFieldURI";
            let named = content.is_some_and(names_the_address);
            for (target, value) in values {
                let id = number(store, target)?;
                keep_slot(id, by_name || modes.keep_names, properties);
                if value.is_none() && modes.keep_names && !named && is_name_of_slot(id) {
                    continue;
                }
                let value = match (value, action) {
                    (Some(Value::Text(more)), "AppendToItemField") if id == BODY => {
                        Some(Value::text(&format!("{}{more}", properties.text(BODY))))
                    }
                    (value, _) => value.clone(),
                };
                properties.put(id, value);
                given.push(id);
            }
            Ok(())
        }
    }
}

/// What is derived from an e-mail address stays when the address changes alone, or goes alone.
fn keep_slot(id: PropertyId, alone: bool, properties: &mut Properties) {
    if let Some(slot) = slot::of(id).filter(|slot| alone && slot.address == id) {
        slot.fix(properties);
    }
}

/// Whether an e-mail entry comes with a display name.
fn names_the_address(content: &Element) -> bool {
    content
        .grandchildren("EmailAddresses")
        .iter()
        .any(|entry| entry.attribute("Name").is_some_and(|name| !name.is_empty()))
}

fn is_name_of_slot(id: PropertyId) -> bool {
    slot::of(id).is_some_and(|slot| [slot.name, slot.original_name, slot.original_id].contains(&id))
}

/// The properties that a deletion clears, None where it may not. One that is named as an extended
/// property is cleared alone.
fn cleared(store: &Store, path: &Path, by_name: bool, modes: SlotModes) -> Option<Vec<PropertyId>> {
    match path {
        Path::Named(_) => None,
        Path::Extended(name) => Some(store.registry.find(name).into_iter().collect()),
        Path::Field(id) => {
            let field = fields::of(*id)?;
            if !field.clearable
                || (field.kind == Kind::Word && matches!(field.place, Place::Item(_)))
            {
                return None;
            }
            let mut all = vec![*id];
            if let Some(slot) = slot::of(*id).filter(|_| !by_name && !modes.ghosts) {
                all.extend(slot.others());
            }
            all.extend((*id == BODY).then_some(BODY_TYPE));
            Some(all)
        }
    }
}
