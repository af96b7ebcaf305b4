//! Element orders of the operations (EWS reference, section 2).

use super::attachments::{CREATE_ATTACHMENT, DELETE_ATTACHMENT, GET_ATTACHMENT};
use super::item::ID;
use super::paths::{FOLDER_SHAPE, ITEM_SHAPE, RESTRICTION, SORT_ORDER};
use super::simple::Simple;
use super::writes::{CREATE_ITEM, DELETE_ITEM, MOVE_ITEM, UPDATE_ITEM};
use super::{Attribute, Content, Type};
use crate::soap::xml::Namespace::Types;

const MANY: usize = usize::MAX;

/// The type of an operation's request element, or None for an unknown operation.
pub fn of(operation: &str) -> Option<&'static Type> {
    Some(match operation {
        "GetFolder" => &GET_FOLDER,
        "FindFolder" => &FIND_FOLDER,
        "CreateFolder" => &CREATE_FOLDER,
        "SyncFolderItems" => &SYNC_FOLDER_ITEMS,
        "GetItem" => &GET_ITEM,
        "FindItem" => &FIND_ITEM,
        "CreateItem" => &CREATE_ITEM,
        "UpdateItem" => &UPDATE_ITEM,
        "DeleteItem" => &DELETE_ITEM,
        "MoveItem" | "CopyItem" => &MOVE_ITEM,
        "CreateAttachment" => &CREATE_ATTACHMENT,
        "GetAttachment" => &GET_ATTACHMENT,
        "DeleteAttachment" => &DELETE_ATTACHMENT,
        "ConvertId" => &CONVERT_ID,
        "ResolveNames" => &RESOLVE_NAMES,
        _ => return None,
    })
}

/// An attribute that holds one of some words.
pub(super) const fn word(
    name: &'static str,
    required: bool,
    words: &'static [&'static str],
) -> Attribute {
    Attribute {
        name,
        required,
        simple: Simple::Enum(words),
    }
}

static TEXT: Type = Type {
    attributes: &[],
    content: Content::Text(Simple::Text),
};
static NON_EMPTY: Type = Type {
    attributes: &[],
    content: Content::Text(Simple::NonEmpty),
};
static PAGE: Type = Type {
    attributes: &[],
    content: Content::Text(Simple::Range(1, 512)),
};
static SCOPE: Type = Type {
    attributes: &[],
    content: Content::Text(Simple::Enum(&["NormalItems", "NormalAndAssociatedItems"])),
};
static ANY: Type = Type {
    attributes: &[],
    content: Content::Any,
};

static MAILBOX: Type = types!(&[
    optional!(&[("Name", &TEXT)]),
    optional!(&[("EmailAddress", &NON_EMPTY)]),
    optional!(&[("RoutingType", &NON_EMPTY)]),
    optional!(&[("MailboxType", &NON_EMPTY)]),
]);

/// DistinguishedFolderIdNameType of the schema, the part that any client of contacts may name.
#[rustfmt::skip]
const DISTINGUISHED: &[&str] = &[
    "calendar", "contacts", "deleteditems", "drafts", "inbox", "journal", "notes", "outbox",
    "sentitems", "tasks", "msgfolderroot", "publicfoldersroot", "root", "junkemail",
    "searchfolders", "voicemail", "recoverableitemsroot", "recoverableitemsdeletions",
    "recoverableitemsversions", "recoverableitemspurges", "archiveroot", "archivemsgfolderroot",
    "archivedeleteditems", "archiverecoverableitemsroot", "archiverecoverableitemsdeletions",
    "archiverecoverableitemsversions", "archiverecoverableitemspurges", "syncissues", "conflicts",
    "localfailures", "serverfailures", "recipientcache", "quickcontacts", "conversationhistory",
    "adminauditlogs", "todosearch", "mycontacts", "directory", "imcontactlist", "peopleconnect",
    "favorites", "archiveinbox",
];

static DISTINGUISHED_ID: Type = Type {
    attributes: &[
        word("Id", true, DISTINGUISHED),
        Attribute {
            name: "ChangeKey",
            required: false,
            simple: Simple::Text,
        },
    ],
    content: Content::Sequence(Types, &[optional!(&[("Mailbox", &MAILBOX)])]),
};
const FOLDER_ID: &[(&str, &Type)] = &[
    ("FolderId", &ID),
    ("DistinguishedFolderId", &DISTINGUISHED_ID),
];
/// One folder.
pub(super) static TARGET: Type = types!(&[required!(FOLDER_ID)]);
static FOLDER_IDS: Type = types!(&[choice!(FOLDER_ID, 1, MANY)]);
/// Ids of items.
pub(super) static ITEM_IDS: Type = types!(&[choice!(&[("ItemId", &ID)], 1, MANY)]);

static GET_FOLDER: Type = messages!(
    &[],
    &[
        required!(&[("FolderShape", &FOLDER_SHAPE)]),
        required!(&[("FolderIds", &FOLDER_IDS)])
    ]
);

static INDEXED_VIEW: Type = Type {
    attributes: &[
        Attribute {
            name: "MaxEntriesReturned",
            required: false,
            simple: Simple::Int,
        },
        Attribute {
            name: "Offset",
            required: true,
            simple: Simple::Int,
        },
        word("BasePoint", true, &["Beginning", "End"]),
    ],
    content: Content::Empty,
};
static CONTACTS_VIEW: Type = Type {
    attributes: &[
        Attribute {
            name: "MaxEntriesReturned",
            required: false,
            simple: Simple::Int,
        },
        Attribute {
            name: "InitialName",
            required: false,
            simple: Simple::Text,
        },
        Attribute {
            name: "FinalName",
            required: false,
            simple: Simple::Text,
        },
    ],
    content: Content::Empty,
};

static FIND_FOLDER: Type = messages!(
    &[word("Traversal", true, &["Shallow", "Deep", "SoftDeleted"])],
    &[
        required!(&[("FolderShape", &FOLDER_SHAPE)]),
        optional!(&[
            ("IndexedPageFolderView", &INDEXED_VIEW),
            ("FractionalPageFolderView", &ANY)
        ]),
        optional!(&[("Restriction", &RESTRICTION)]),
        required!(&[("ParentFolderIds", &FOLDER_IDS)]),
    ],
);

static FOLDER: Type = types!(&[
    optional!(&[("FolderId", &ID)]),
    optional!(&[("ParentFolderId", &ID)]),
    optional!(&[("FolderClass", &TEXT)]),
    optional!(&[("DisplayName", &TEXT)]),
]);
static FOLDERS: Type = types!(&[choice!(
    &[("Folder", &FOLDER), ("ContactsFolder", &FOLDER)],
    1,
    MANY
)]);
static CREATE_FOLDER: Type = messages!(
    &[],
    &[
        required!(&[("ParentFolderId", &TARGET)]),
        required!(&[("Folders", &FOLDERS)])
    ]
);

static SYNC_FOLDER_ITEMS: Type = messages!(
    &[],
    &[
        required!(&[("ItemShape", &ITEM_SHAPE)]),
        required!(&[("SyncFolderId", &TARGET)]),
        optional!(&[("SyncState", &TEXT)]),
        optional!(&[("Ignore", &ITEM_IDS)]),
        required!(&[("MaxChangesReturned", &PAGE)]),
        optional!(&[("SyncScope", &SCOPE)]),
    ],
);

static GET_ITEM: Type = messages!(
    &[],
    &[
        required!(&[("ItemShape", &ITEM_SHAPE)]),
        required!(&[("ItemIds", &ITEM_IDS)])
    ]
);

static FIND_ITEM: Type = messages!(
    &[word(
        "Traversal",
        true,
        &["Shallow", "SoftDeleted", "Associated"]
    )],
    &[
        required!(&[("ItemShape", &ITEM_SHAPE)]),
        optional!(&[
            ("IndexedPageItemView", &INDEXED_VIEW),
            ("ContactsView", &CONTACTS_VIEW),
            ("FractionalPageItemView", &ANY),
            ("SeekToConditionPageItemView", &ANY),
            ("CalendarView", &ANY),
        ]),
        optional!(&[("GroupBy", &ANY), ("DistinguishedGroupBy", &ANY)]),
        optional!(&[("Restriction", &RESTRICTION)]),
        optional!(&[("SortOrder", &SORT_ORDER)]),
        required!(&[("ParentFolderIds", &FOLDER_IDS)]),
        optional!(&[("QueryString", &ANY)]),
    ],
);

static RESOLVE_NAMES: Type = messages!(
    &[
        Attribute {
            name: "ReturnFullContactData",
            required: true,
            simple: Simple::Boolean
        },
        Attribute {
            name: "SearchScope",
            required: false,
            simple: Simple::Text
        },
        Attribute {
            name: "ContactDataShape",
            required: false,
            simple: Simple::Text
        },
    ],
    &[
        optional!(&[("ParentFolderIds", &FOLDER_IDS)]),
        required!(&[("UnresolvedEntry", &NON_EMPTY)])
    ],
);

const ID_FORMATS: &[&str] = &[
    "EwsLegacyId",
    "EwsId",
    "EntryId",
    "HexEntryId",
    "StoreId",
    "OwaId",
];
static ALTERNATE_ID: Type = Type {
    attributes: &[
        word("Format", true, ID_FORMATS),
        Attribute {
            name: "Id",
            required: true,
            simple: Simple::Text,
        },
        Attribute {
            name: "Mailbox",
            required: true,
            simple: Simple::NonEmpty,
        },
        Attribute {
            name: "IsArchive",
            required: false,
            simple: Simple::Boolean,
        },
    ],
    content: Content::Empty,
};
static SOURCE_IDS: Type = types!(&[choice!(&[("AlternateId", &ALTERNATE_ID)], 1, MANY)]);
static CONVERT_ID: Type = messages!(
    &[word("DestinationFormat", true, ID_FORMATS)],
    &[required!(&[("SourceIds", &SOURCE_IDS)])]
);
