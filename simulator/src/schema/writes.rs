//! Element orders of the operations that write items (EWS reference, sections 2.3 to 2.5).

use super::item::{CONTACT, DISTRIBUTION_LIST, FOREIGN, ID, ITEM};
use super::paths::PATHS;
use super::requests::{ITEM_IDS, TARGET, word};
use super::simple::Simple;
use super::{Attribute, Content, Type};

const MANY: usize = usize::MAX;

static BOOLEAN: Type = Type {
    attributes: &[],
    content: Content::Text(Simple::Boolean),
};

const ITEM_KINDS: &[(&str, &Type)] = &[
    ("Contact", &CONTACT),
    ("DistributionList", &DISTRIBUTION_LIST),
    ("Item", &ITEM),
    ("Message", &FOREIGN),
    ("CalendarItem", &FOREIGN),
    ("Task", &FOREIGN),
    ("PostItem", &FOREIGN),
];
const DISPOSITIONS: &[&str] = &["SaveOnly", "SendOnly", "SendAndSaveCopy"];

static ITEMS: Type = types!(&[choice!(ITEM_KINDS, 1, MANY)]);
/// CreateItem
pub(super) static CREATE_ITEM: Type = messages!(
    &[
        word("MessageDisposition", false, DISPOSITIONS),
        word(
            "SendMeetingInvitations",
            false,
            &["SendToNone", "SendOnlyToAll", "SendToAllAndSaveCopy"]
        ),
    ],
    &[
        optional!(&[("SavedItemFolderId", &TARGET)]),
        required!(&[("Items", &ITEMS)])
    ],
);

static SET_FIELD: Type = types!(&[required!(PATHS), required!(ITEM_KINDS)]);
static DELETE_FIELD: Type = types!(&[required!(PATHS)]);
static UPDATES: Type = types!(&[choice!(
    &[
        ("AppendToItemField", &SET_FIELD),
        ("SetItemField", &SET_FIELD),
        ("DeleteItemField", &DELETE_FIELD)
    ],
    1,
    MANY,
)]);
static ITEM_CHANGE: Type = types!(&[
    required!(&[("ItemId", &ID)]),
    required!(&[("Updates", &UPDATES)])
]);
static ITEM_CHANGES: Type = types!(&[choice!(&[("ItemChange", &ITEM_CHANGE)], 1, MANY)]);
/// UpdateItem
pub(super) static UPDATE_ITEM: Type = messages!(
    &[
        word(
            "ConflictResolution",
            true,
            &["NeverOverwrite", "AutoResolve", "AlwaysOverwrite"]
        ),
        word("MessageDisposition", false, DISPOSITIONS),
        word(
            "SendMeetingInvitationsOrCancellations",
            false,
            &[
                "SendToNone",
                "SendOnlyToAll",
                "SendOnlyToChanged",
                "SendToAllAndSaveCopy",
                "SendToChangedAndSaveCopy"
            ],
        ),
        Attribute {
            name: "SuppressReadReceipts",
            required: false,
            simple: Simple::Boolean
        },
    ],
    &[
        optional!(&[("SavedItemFolderId", &TARGET)]),
        required!(&[("ItemChanges", &ITEM_CHANGES)])
    ],
);

/// DeleteItem
pub(super) static DELETE_ITEM: Type = messages!(
    &[
        word(
            "DeleteType",
            true,
            &["HardDelete", "SoftDelete", "MoveToDeletedItems"]
        ),
        word(
            "SendMeetingCancellations",
            false,
            &["SendToNone", "SendOnlyToAll", "SendToAllAndSaveCopy"]
        ),
        word(
            "AffectedTaskOccurrences",
            false,
            &["AllOccurrences", "SpecifiedOccurrenceOnly"]
        ),
        Attribute {
            name: "SuppressReadReceipts",
            required: false,
            simple: Simple::Boolean
        },
    ],
    &[required!(&[("ItemIds", &ITEM_IDS)])],
);

/// MoveItem
pub(super) static MOVE_ITEM: Type = messages!(
    &[],
    &[
        required!(&[("ToFolderId", &TARGET)]),
        required!(&[("ItemIds", &ITEM_IDS)]),
        optional!(&[("ReturnNewItemIds", &BOOLEAN)]),
    ],
);
