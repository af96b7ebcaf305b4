//! CreateItem (EWS reference, section 2.3).

use super::item_error::ItemError;
use super::written::{self, Target};
use super::{Context, attachment_view, batch, create_attachment, folder_ids};
use crate::contact::computed;
use crate::contact::value::Properties;
use crate::soap::write;
use crate::soap::xml::Element;
use crate::store::Store;
use crate::store::item::{Item, ItemKind};

pub fn execute(context: &Context<'_>, body: &Element, out: &mut String) {
    let mut store = context.write();
    let target = match body.child("SavedItemFolderId") {
        Some(_) => folder_ids::target(context, &store, body.child("SavedItemFolderId")),
        None => store
            .distinguished(context.mailbox, "contacts")
            .ok_or_else(|| ItemError::new("ErrorFolderNotFound")),
    };
    let target = target.map_err(|error| {
        if error.code == "ErrorItemNotFound" {
            ItemError::new("ErrorSavedItemFolderNotFound")
        } else {
            error
        }
    });
    batch::run(
        context,
        body.grandchildren("Items"),
        "CreateItem",
        "<m:Items/>",
        out,
        |wanted, out| {
            let folder = target.clone()?;
            let class = class_of(wanted)?;
            if wanted.name == "Contact"
                && !store
                    .folder(folder)
                    .is_some_and(|folder| folder.holds_contacts())
            {
                return Err(ItemError::new("ErrorCannotCreateContactInNonContactFolder"));
            }
            let mut properties = Properties::default();
            let mut given = Vec::new();
            for property in written::read(wanted)? {
                for (target, value) in property.values {
                    let id = number(&mut store, &target)?;
                    properties.put(id, value);
                    given.push(id);
                }
            }
            if wanted.name == "Contact" {
                computed::settle(&Properties::default(), &mut properties, &given);
            }
            let files = wanted
                .grandchildren("Attachments")
                .iter()
                .map(|file| create_attachment::read(context, file))
                .collect::<Result<Vec<_>, _>>()?;
            let item = store.create_with(folder, class, properties, files, context.user);
            context.count_write();
            write_ids(out, &store, &item, true);
            Ok(())
        },
    );
}

fn class_of(wanted: &Element) -> Result<&str, ItemError> {
    let default = match wanted.name.as_str() {
        "Contact" => "IPM.Contact",
        "DistributionList" => "IPM.DistList",
        "Item" => "IPM",
        _ => return Err(ItemError::new("ErrorUnsupportedPathForQuery")),
    };
    let class = wanted.child_text("ItemClass").unwrap_or(default);
    let fits = match wanted.name.as_str() {
        "Contact" => ItemKind::of(class) == ItemKind::Contact,
        "DistributionList" => ItemKind::of(class) == ItemKind::DistributionList,
        _ => true,
    };
    if fits {
        Ok(class)
    } else {
        Err(ItemError::new("ErrorObjectTypeChanged"))
    }
}

/// The number of the property that a value goes to; extended names are numbered as they come.
pub fn number(
    store: &mut Store,
    target: &Target,
) -> Result<crate::contact::value::PropertyId, ItemError> {
    match target {
        Target::Field(id) => Ok(*id),
        Target::Extended(name) => store
            .registry
            .intern(name)
            .ok_or_else(|| ItemError::new("ErrorItemSavePropertyError")),
    }
}

/// Appends m:Items with an item's new id, all that a write answers, but for the ids of the
/// attachments that an item was made with: exchangelib reads them from servers since 2013.
pub fn write_id(out: &mut String, store: &Store, item: &Item) {
    write_ids(out, store, item, false);
}

fn write_ids(out: &mut String, store: &Store, item: &Item, made: bool) {
    let kind = item.kind();
    out.push_str("<m:Items>");
    write::open(out, kind.element());
    let key = store.ids.change_key(kind.key_type(), item.key);
    write::id(out, "ItemId", &store.item_id(item), &key);
    if made {
        attachment_view::write_ids(out, store, item);
    }
    write::close(out, kind.element());
    out.push_str("</m:Items>");
}
