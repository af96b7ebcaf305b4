//! Showing an item as XML, in the element order and with the empty elements of the recorded
//! answers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::body;
use super::shape::{BodyType, Shape};
use crate::clock;
use crate::contact::fields::{self as f, Place};
use crate::contact::value::{Properties, PropertyId, Value};
use crate::soap::write;
use crate::store::Store;
use crate::store::ids::{KeyType, short_key};
use crate::store::item::{Item, ItemKind};

/// From which base shape on an element is shown.
#[derive(Debug, PartialEq, Eq)]
pub enum Base {
    /// IdOnly
    Id,
    /// Default
    Default,
    /// AllProperties
    All,
    /// Only when it is asked for.
    Asked,
}

/// How an element is made.
#[derive(Debug)]
pub enum Part {
    /// Stored property.
    Field,
    /// The same for every contact.
    Fixed(&'static str),
    /// Made by a branch of its own.
    Special,
}

use Base::{All, Asked, Default};
use Part::{Field, Fixed, Special};

/// Number of elements of the item part in [`ELEMENTS`].
const ITEM_PART: usize = 33;

/// Elements in the schema's order (EWS reference, sections 3.1 and 3.8).
pub static ELEMENTS: &[(&str, Part, Base)] = &[
    ("ItemId", Special, Base::Id),
    ("ParentFolderId", Special, All),
    ("ItemClass", Special, All),
    ("Subject", Field, All),
    ("Sensitivity", Special, All),
    ("Body", Special, All),
    ("Attachments", Special, Asked),
    ("DateTimeReceived", Special, All),
    ("Size", Special, All),
    ("Categories", Field, Asked),
    ("Importance", Special, All),
    ("IsSubmitted", Fixed("false"), All),
    ("IsDraft", Fixed("true"), All),
    ("IsFromMe", Fixed("false"), All),
    ("IsResend", Fixed("false"), All),
    ("IsUnmodified", Fixed("false"), All),
    ("DateTimeSent", Special, All),
    ("DateTimeCreated", Special, All),
    ("ReminderDueBy", Field, All),
    ("ReminderIsSet", Field, All),
    ("ReminderMinutesBeforeStart", Field, All),
    ("DisplayCc", Fixed(""), All),
    ("DisplayTo", Fixed(""), All),
    ("HasAttachments", Special, Default),
    ("ExtendedProperty", Special, Asked),
    ("Culture", Special, All),
    ("EffectiveRights", Special, All),
    ("LastModifiedName", Special, All),
    ("LastModifiedTime", Special, All),
    ("IsAssociated", Fixed("false"), All),
    ("WebClientReadFormQueryString", Special, All),
    ("ConversationId", Special, All),
    ("TextBody", Special, Asked),
    ("FileAs", Special, Default),
    ("FileAsMapping", Special, All),
    ("DisplayName", Field, All),
    ("GivenName", Field, All),
    ("Initials", Field, All),
    ("MiddleName", Field, All),
    ("Nickname", Field, All),
    ("CompleteName", Special, Default),
    ("CompanyName", Field, Default),
    ("EmailAddresses", Special, Default),
    ("PhysicalAddresses", Special, Default),
    ("PhoneNumbers", Special, Default),
    ("AssistantName", Field, All),
    ("Birthday", Field, Asked),
    ("BusinessHomePage", Field, All),
    ("Children", Field, All),
    ("Companies", Field, Asked),
    ("ContactSource", Fixed("Store"), Asked),
    ("Department", Field, All),
    ("Generation", Field, All),
    ("ImAddresses", Special, Default),
    ("JobTitle", Field, Default),
    ("Manager", Field, All),
    ("Mileage", Field, All),
    ("OfficeLocation", Field, All),
    ("PostalAddressIndex", Field, All),
    ("Profession", Field, All),
    ("SpouseName", Field, All),
    ("Surname", Field, All),
    ("WeddingAnniversary", Field, Asked),
    ("HasPicture", Special, Asked),
    ("PhoneticFullName", Special, All),
    ("PhoneticFirstName", Special, All),
    ("PhoneticLastName", Special, All),
];

/// The property that each element shows, found once.
static FIELD_OF: std::sync::LazyLock<Vec<Option<PropertyId>>> = std::sync::LazyLock::new(|| {
    let of = |name: &str| {
        f::by_place(&Place::Contact(leak(name))).or_else(|| f::by_place(&Place::Item(leak(name))))
    };
    ELEMENTS
        .iter()
        .map(|(name, ..)| of(name).map(|(id, _)| id))
        .collect()
});

fn leak(name: &str) -> &'static str {
    ELEMENTS
        .iter()
        .map(|(n, ..)| *n)
        .find(|n| *n == name)
        .unwrap_or_default()
}

/// Which operation shows the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// GetItem: everything.
    Get,
    /// FindItem and SyncFolderItems: no body, no attributes on e-mail entries, texts cut at 255
    /// characters (EWS reference, sections 2.6 and 4, and the recordings).
    Find,
}

/// Appends an item's element.
pub fn write_item(out: &mut String, store: &Store, item: &Item, shape: &Shape, mode: Mode) {
    let kind = item.kind();
    let view = View {
        store,
        item,
        shape,
        mode,
    };
    write::open(out, kind.element());
    for (at, ((name, part, _), field)) in ELEMENTS.iter().zip(FIELD_OF.iter()).enumerate() {
        if at >= ITEM_PART && kind != ItemKind::Contact {
            break;
        }
        let wanted = shape.elements >> at & 1 == 1;
        match part {
            Field if wanted => view.field(out, name, *field),
            Fixed(value) if wanted => write::element(out, name, value),
            Special => view.special(out, name, wanted),
            _ => {}
        }
    }
    if kind == ItemKind::DistributionList {
        for (at, (name, ..)) in ELEMENTS.iter().enumerate() {
            if *name == "DisplayName" && shape.elements >> at & 1 == 1 {
                write::element(out, name, item.properties.text(f::DISPLAY_NAME));
            }
        }
    }
    write::close(out, kind.element());
}

pub(super) struct View<'a> {
    pub(super) store: &'a Store,
    pub(super) item: &'a Item,
    pub(super) shape: &'a Shape,
    pub(super) mode: Mode,
}

impl View<'_> {
    pub(super) fn properties(&self) -> &Properties {
        &self.item.properties
    }

    pub(super) fn cut<'t>(&self, text: &'t str) -> &'t str {
        match text.char_indices().nth(255) {
            Some((end, _)) if self.mode == Mode::Find => text.get(..end).unwrap_or(text),
            _ => text,
        }
    }

    fn field(&self, out: &mut String, name: &str, field: Option<PropertyId>) {
        match field.and_then(|id| self.properties().get(id)) {
            Some(Value::Text(text)) => write::element(out, name, self.cut(text)),
            Some(Value::Time(instant)) => write::element(out, name, &clock::format(*instant)),
            Some(Value::List(list)) if !list.is_empty() => {
                write::open(out, name);
                for text in list {
                    write::element(out, "String", self.cut(text));
                }
                write::close(out, name);
            }
            Some(Value::List(_)) | None => {}
        }
    }

    /// Elements with a form of their own. Dictionaries and extended properties may be wanted in
    /// part.
    fn special(&self, out: &mut String, name: &str, wanted: bool) {
        match name {
            "ExtendedProperty" => self.extended(out),
            "EmailAddresses" | "PhysicalAddresses" | "PhoneNumbers" | "ImAddresses" => {
                self.dictionary(out, name, wanted);
            }
            _ if wanted => self.computed(out, name),
            _ => {}
        }
    }

    fn computed(&self, out: &mut String, name: &str) {
        let item = self.item;
        let or = |property, default| match self.properties().text(property) {
            "" => default,
            text => text,
        };
        match name {
            "ItemId" => {
                let key = self.store.ids.change_key(item.kind().key_type(), item.key);
                write::id(out, name, &self.store.item_id(item), &key);
            }
            "ParentFolderId" => {
                write::id(
                    out,
                    name,
                    &self.store.folder_id(item.folder),
                    short_key(KeyType::Folder),
                );
            }
            "ItemClass" => write::element(out, name, &item.class),
            "Sensitivity" => write::element(out, name, or(f::SENSITIVITY, "Normal")),
            "Importance" => write::element(out, name, or(f::IMPORTANCE, "Normal")),
            "Culture" => write::element(out, name, or(f::CULTURE, "en-US")),
            "FileAsMapping" => write::element(out, name, or(f::FILE_AS_MAPPING, "None")),
            "FileAs" => write::element(out, name, self.cut(or(f::FILE_AS, ""))),
            "Body" if self.mode == Mode::Get => self.body(out, name, self.shape.body_type),
            "TextBody" if self.mode == Mode::Get => self.body(out, name, BodyType::Text),
            "DateTimeReceived" | "DateTimeSent" | "DateTimeCreated" => {
                write::element(out, name, &clock::format(item.created));
            }
            "LastModifiedTime" => write::element(out, name, &clock::format(item.modified)),
            "LastModifiedName" => write::element(out, name, &item.modified_by),
            "Size" => write::element(out, name, &item.size().to_string()),
            // A list of items never shows them (EWS reference, section 10, item 9).
            "Attachments" if self.mode == Mode::Get => {
                super::attachment_view::write_list(out, self.store, item);
            }
            "HasAttachments" => {
                let some = !item.attachments.is_empty();
                write::element(out, name, if some { "true" } else { "false" });
            }
            "PhoneticFirstName" => self.field(out, name, Some(f::PHONETIC_FIRST)),
            "PhoneticLastName" => self.field(out, name, Some(f::PHONETIC_LAST)),
            "PhoneticFullName" => self.phonetic_name(out, name),
            "HasPicture" => write::element(out, name, or(f::HAS_PICTURE, "false")),
            "EffectiveRights" => super::folder_view::write_rights(out, false),
            "WebClientReadFormQueryString" => self.web_client(out, name),
            "ConversationId" => self.conversation(out),
            "CompleteName" => self.complete_name(out),
            _ => {}
        }
    }

    fn body(&self, out: &mut String, name: &str, wanted: BodyType) {
        let stored = self.properties().text(f::BODY);
        let is_html = self.properties().text(f::BODY_TYPE) == "HTML";
        let (word, text) = body::convert(stored, is_html, wanted);
        let cut = self
            .shape
            .body_limit
            .and_then(|limit| text.char_indices().nth(limit))
            .map(|(end, _)| end);
        let shown = cut.and_then(|end| text.get(..end)).unwrap_or(&text);
        out.push_str(&format!("<t:{name} BodyType=\"{word}\""));
        if self.shape.body_limit.is_some() {
            out.push_str(&format!(" IsTruncated=\"{}\"", cut.is_some()));
        }
        if shown.is_empty() {
            out.push_str("/>");
        } else {
            out.push('>');
            write::text(out, shown);
            write::close(out, name);
        }
    }

    fn web_client(&self, out: &mut String, name: &str) {
        let id = self
            .store
            .item_id(self.item)
            .replace('+', "%2B")
            .replace('/', "%2F")
            .replace('=', "%3D");
        let url = format!(
            "https://mail.example.com/owa?ItemID={id}&exvsurl=1&viewmodel=PersonaCardViewModelFactory"
        );
        write::element(out, name, &url);
    }

    fn conversation(&self, out: &mut String) {
        let mailbox = self
            .store
            .folder(self.item.folder)
            .and_then(|folder| self.store.mailboxes.get(folder.mailbox));
        let mut bytes = vec![0, 4, 0x24, 0];
        bytes.extend_from_slice(mailbox.map_or("", |m| m.guid.as_str()).as_bytes());
        bytes.extend_from_slice(&[0x10, 0]);
        let mut state = self.item.number;
        for _ in 0..2 {
            bytes.extend_from_slice(&crate::store::ids::mix(&mut state).to_le_bytes());
        }
        out.push_str("<t:ConversationId Id=\"");
        out.push_str(&STANDARD.encode(bytes));
        out.push_str("\"/>");
    }

    fn phonetic_name(&self, out: &mut String, name: &str) {
        let parts = [f::PHONETIC_FIRST, f::PHONETIC_LAST].map(|part| self.properties().text(part));
        let full = parts.join(" ");
        if !full.trim().is_empty() {
            write::element(out, name, self.cut(full.trim()));
        }
    }

    fn complete_name(&self, out: &mut String) {
        let parts = [
            ("Title", f::TITLE),
            ("FirstName", f::GIVEN_NAME),
            ("MiddleName", f::MIDDLE_NAME),
            ("LastName", f::SURNAME),
            ("Suffix", f::GENERATION),
            ("Initials", f::INITIALS),
            ("FullName", f::DISPLAY_NAME),
            ("Nickname", f::NICKNAME),
            ("YomiFirstName", f::PHONETIC_FIRST),
            ("YomiLastName", f::PHONETIC_LAST),
        ];
        let start = out.len();
        write::open(out, "CompleteName");
        let empty = out.len();
        for (name, property) in parts {
            let text = self.properties().text(property);
            if !text.is_empty() {
                write::element(out, name, self.cut(text));
            }
        }
        if out.len() == empty {
            out.truncate(start);
        } else {
            write::close(out, "CompleteName");
        }
    }
}
