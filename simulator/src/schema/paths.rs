//! Paths to properties, restrictions and sort orders.

use super::simple::Simple;
use super::{Attribute, Content, Type};
use crate::soap::xml::Namespace::Types;

const MANY: usize = usize::MAX;

/// What contact paths an on-premises server knows (EWS reference, section 3.4).
#[rustfmt::skip]
const CONTACT_PATHS: &[&str] = &[
    "Alias", "AssistantName", "Birthday", "BusinessHomePage", "Children", "Companies",
    "CompanyName", "CompleteName", "ContactSource", "Culture", "Department", "DisplayName",
    "DirectoryId", "DirectReports", "EmailAddresses", "FileAs", "FileAsMapping", "Generation",
    "GivenName", "HasPicture", "ImAddresses", "Initials", "JobTitle", "Manager", "ManagerMailbox",
    "MiddleName", "Mileage", "MSExchangeCertificate", "Nickname", "Notes", "OfficeLocation",
    "PhoneNumbers", "PhoneticFullName", "PhoneticFirstName", "PhoneticLastName", "Photo",
    "PhysicalAddresses", "PostalAddressIndex", "Profession", "SpouseName", "Surname",
    "UserSMIMECertificate", "WeddingAnniversary",
];

#[rustfmt::skip]
const ITEM_PATHS: &[&str] = &[
    "ItemId", "ParentFolderId", "ItemClass", "MimeContent", "Attachments", "Subject",
    "DateTimeReceived", "Size", "Categories", "HasAttachments", "Importance", "InReplyTo",
    "InternetMessageHeaders", "IsAssociated", "IsDraft", "IsFromMe", "IsResend", "IsSubmitted",
    "IsUnmodified", "DateTimeSent", "DateTimeCreated", "Body", "ResponseObjects", "Sensitivity",
    "ReminderDueBy", "ReminderIsSet", "ReminderNextTime", "ReminderMinutesBeforeStart",
    "DisplayTo", "DisplayCc", "DisplayBcc", "Culture", "EffectiveRights", "LastModifiedName",
    "LastModifiedTime", "ConversationId", "UniqueBody", "Flag", "StoreEntryId", "InstanceKey",
    "NormalizedBody", "EntityExtractionResult", "PolicyTag", "ArchiveTag", "RetentionDate",
    "Preview", "PredictedActionReasons", "IsClutter", "RightsManagementLicenseData",
    "BlockStatus", "HasBlockedImages", "WebClientReadFormQueryString",
    "WebClientEditFormQueryString", "TextBody", "IconIndex", "MimeContentUTF8",
];

#[rustfmt::skip]
const FOLDER_PATHS: &[&str] = &[
    "FolderId", "ParentFolderId", "DisplayName", "UnreadCount", "TotalCount", "ChildFolderCount",
    "FolderClass", "SearchParameters", "ManagedFolderInformation", "PermissionSet",
    "EffectiveRights", "SharingEffectiveRights", "DistinguishedFolderId", "PolicyTag",
    "ArchiveTag", "ReplicaList",
];

/// Whether the schema knows a path. Other item kinds than contacts are not looked at closely.
pub fn is_field_uri(value: &str) -> bool {
    match value.split_once(':') {
        Some(("contacts", name)) => CONTACT_PATHS.contains(&name),
        Some(("item", name)) => ITEM_PATHS.contains(&name),
        Some(("folder", name)) => FOLDER_PATHS.contains(&name),
        Some(("distributionlist", name)) => name == "Members",
        Some((
            "message" | "calendar" | "task" | "postitem" | "meeting" | "meetingRequest"
            | "conversation",
            name,
        )) => !name.is_empty(),
        _ => false,
    }
}

/// The types that an extended property may have (EWS reference, section 3.7).
#[rustfmt::skip]
pub const PROPERTY_TYPES: &[&str] = &[
    "ApplicationTime", "ApplicationTimeArray", "Binary", "BinaryArray", "Boolean", "CLSID",
    "CLSIDArray", "Currency", "CurrencyArray", "Double", "DoubleArray", "Error", "Float",
    "FloatArray", "Integer", "IntegerArray", "Long", "LongArray", "Null", "Object", "ObjectArray",
    "Short", "ShortArray", "SystemTime", "SystemTimeArray", "String", "StringArray",
];

#[rustfmt::skip]
const INDEXED_URIS: &[&str] = &[
    "item:InternetMessageHeader", "contacts:ImAddress", "contacts:PhysicalAddress:Street",
    "contacts:PhysicalAddress:City", "contacts:PhysicalAddress:State",
    "contacts:PhysicalAddress:CountryOrRegion", "contacts:PhysicalAddress:PostalCode",
    "contacts:PhoneNumber", "contacts:EmailAddress", "distributionlist:Members:Member",
];

const fn attribute(name: &'static str, required: bool, simple: Simple) -> Attribute {
    Attribute {
        name,
        required,
        simple,
    }
}

static FIELD_URI: Type = Type {
    attributes: &[attribute("FieldURI", true, Simple::FieldUri)],
    content: Content::Empty,
};
static INDEXED: Type = Type {
    attributes: &[
        attribute("FieldURI", true, Simple::Enum(INDEXED_URIS)),
        attribute("FieldIndex", true, Simple::Text),
    ],
    content: Content::Empty,
};

/// t:ExtendedFieldURI
pub static EXTENDED: Type = Type {
    attributes: &[
        attribute(
            "DistinguishedPropertySetId",
            false,
            Simple::Enum(&[
                "Meeting",
                "Appointment",
                "Common",
                "PublicStrings",
                "Address",
                "InternetHeaders",
                "CalendarAssistant",
                "UnifiedMessaging",
                "Task",
                "Sharing",
            ]),
        ),
        attribute("PropertySetId", false, Simple::Guid),
        attribute("PropertyTag", false, Simple::PropertyTag),
        attribute("PropertyName", false, Simple::Text),
        attribute("PropertyId", false, Simple::Int),
        attribute("PropertyType", true, Simple::Enum(PROPERTY_TYPES)),
    ],
    content: Content::Empty,
};

/// The three kinds of path.
pub const PATHS: &[(&str, &Type)] = &[
    ("FieldURI", &FIELD_URI),
    ("IndexedFieldURI", &INDEXED),
    ("ExtendedFieldURI", &EXTENDED),
];

/// t:AdditionalProperties
pub static ADDITIONAL: Type = Type {
    attributes: &[],
    content: Content::Sequence(Types, &[choice!(PATHS, 1, MANY)]),
};

static CONSTANT: Type = Type {
    attributes: &[attribute("Value", true, Simple::Text)],
    content: Content::Empty,
};
static OPERAND: Type = Type {
    attributes: &[],
    content: Content::Sequence(
        Types,
        &[required!(&[
            ("FieldURI", &FIELD_URI),
            ("IndexedFieldURI", &INDEXED),
            ("ExtendedFieldURI", &EXTENDED),
            ("Constant", &CONSTANT),
        ])],
    ),
};
static TWO_OPERANDS: Type = Type {
    attributes: &[],
    content: Content::Sequence(
        Types,
        &[
            required!(PATHS),
            required!(&[("FieldURIOrConstant", &OPERAND)]),
        ],
    ),
};
static EXISTS: Type = Type {
    attributes: &[],
    content: Content::Sequence(Types, &[required!(PATHS)]),
};
static CONTAINS: Type = Type {
    attributes: &[
        attribute(
            "ContainmentMode",
            false,
            Simple::Enum(&[
                "FullString",
                "Prefixed",
                "Substring",
                "PrefixOnWords",
                "ExactPhrase",
            ]),
        ),
        attribute(
            "ContainmentComparison",
            false,
            Simple::Enum(&[
                "Exact",
                "IgnoreCase",
                "IgnoreNonSpacingCharacters",
                "Loose",
                "IgnoreCaseAndNonSpacingCharacters",
                "LooseAndIgnoreCase",
                "LooseAndIgnoreNonSpace",
                "LooseAndIgnoreCaseAndIgnoreNonSpace",
            ]),
        ),
    ],
    content: Content::Sequence(
        Types,
        &[required!(PATHS), required!(&[("Constant", &CONSTANT)])],
    ),
};
static BITMASK: Type = Type {
    attributes: &[attribute("Value", true, Simple::Text)],
    content: Content::Empty,
};
static EXCLUDES: Type = Type {
    attributes: &[],
    content: Content::Sequence(
        Types,
        &[required!(PATHS), required!(&[("Bitmask", &BITMASK)])],
    ),
};
static EXPRESSIONS: &[(&str, &Type)] = &[
    ("Contains", &CONTAINS),
    ("Excludes", &EXCLUDES),
    ("Exists", &EXISTS),
    ("IsEqualTo", &TWO_OPERANDS),
    ("IsNotEqualTo", &TWO_OPERANDS),
    ("IsGreaterThan", &TWO_OPERANDS),
    ("IsGreaterThanOrEqualTo", &TWO_OPERANDS),
    ("IsLessThan", &TWO_OPERANDS),
    ("IsLessThanOrEqualTo", &TWO_OPERANDS),
    ("And", &OPERATION),
    ("Not", &NOT),
    ("Or", &OPERATION),
];
static OPERATION: Type = Type {
    attributes: &[],
    content: Content::Sequence(Types, &[choice!(EXPRESSIONS, 1, MANY)]),
};
static NOT: Type = Type {
    attributes: &[],
    content: Content::Sequence(Types, &[required!(EXPRESSIONS)]),
};

/// m:Restriction
pub static RESTRICTION: Type = Type {
    attributes: &[],
    content: Content::Sequence(Types, &[required!(EXPRESSIONS)]),
};

static FIELD_ORDER: Type = Type {
    attributes: &[attribute(
        "Order",
        true,
        Simple::Enum(&["Ascending", "Descending"]),
    )],
    content: Content::Sequence(Types, &[required!(PATHS)]),
};

/// m:SortOrder
pub static SORT_ORDER: Type = Type {
    attributes: &[],
    content: Content::Sequence(Types, &[choice!(&[("FieldOrder", &FIELD_ORDER)], 1, MANY)]),
};

static BASE_SHAPE: Type = Type {
    attributes: &[],
    content: Content::Text(Simple::Enum(&[
        "IdOnly",
        "Default",
        "AllProperties",
        "PcxPeopleSearch",
    ])),
};
static BOOLEAN: Type = Type {
    attributes: &[],
    content: Content::Text(Simple::Boolean),
};
static TEXT: Type = Type {
    attributes: &[],
    content: Content::Text(Simple::Text),
};
static INT: Type = Type {
    attributes: &[],
    content: Content::Text(Simple::Int),
};
/// How a body is wanted.
pub(super) static BODY_TYPE: Type = Type {
    attributes: &[],
    content: Content::Text(Simple::Enum(&["Best", "HTML", "Text"])),
};

/// m:ItemShape
pub static ITEM_SHAPE: Type = Type {
    attributes: &[],
    content: Content::Sequence(
        Types,
        &[
            required!(&[("BaseShape", &BASE_SHAPE)]),
            optional!(&[("IncludeMimeContent", &BOOLEAN)]),
            optional!(&[("BodyType", &BODY_TYPE)]),
            optional!(&[("UniqueBodyType", &BODY_TYPE)]),
            optional!(&[("NormalizedBodyType", &BODY_TYPE)]),
            optional!(&[("FilterHtmlContent", &BOOLEAN)]),
            optional!(&[("ConvertHtmlCodePageToUTF8", &BOOLEAN)]),
            optional!(&[("InlineImageUrlTemplate", &TEXT)]),
            optional!(&[("BlockExternalImages", &BOOLEAN)]),
            optional!(&[("AddBlankTargetToLinks", &BOOLEAN)]),
            optional!(&[("MaximumBodySize", &INT)]),
            optional!(&[("AdditionalProperties", &ADDITIONAL)]),
        ],
    ),
};

/// m:FolderShape
pub static FOLDER_SHAPE: Type = Type {
    attributes: &[],
    content: Content::Sequence(
        Types,
        &[
            required!(&[("BaseShape", &BASE_SHAPE)]),
            optional!(&[("AdditionalProperties", &ADDITIONAL)]),
        ],
    ),
};
