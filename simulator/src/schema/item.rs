//! Element orders of items (EWS reference, section 3.1).

use super::attachments::FILES;
use super::paths::EXTENDED;
use super::simple::Simple;
use super::{Attribute, Content, Particle, Type};
use crate::contact::fields::{ADDRESS_KEYS, EMAIL_KEYS, FILE_AS_MAPPINGS, IM_KEYS, PHONE_KEYS};
use crate::soap::xml::Namespace::Types;

const MANY: usize = usize::MAX;

const fn text(simple: Simple) -> Type {
    Type {
        attributes: &[],
        content: Content::Text(simple),
    }
}

static TEXT: Type = text(Simple::Text);
static BOOLEAN: Type = text(Simple::Boolean);
static INT: Type = text(Simple::Int);
static DATE_TIME: Type = text(Simple::DateTime);
static ANY: Type = Type {
    attributes: &[],
    content: Content::Any,
};
static SENSITIVITY: Type = text(Simple::Enum(&[
    "Normal",
    "Personal",
    "Private",
    "Confidential",
]));
static IMPORTANCE: Type = text(Simple::Enum(&["Low", "Normal", "High"]));
static FILE_AS_MAPPING: Type = text(Simple::Enum(FILE_AS_MAPPINGS));
static ADDRESS_INDEX: Type = text(Simple::Enum(&["None", "Home", "Business", "Other"]));
static CONTACT_SOURCE: Type = text(Simple::Enum(&["ActiveDirectory", "Store"]));

/// t:ItemId and t:FolderId
pub static ID: Type = Type {
    attributes: &[
        Attribute {
            name: "Id",
            required: true,
            simple: Simple::Text,
        },
        Attribute {
            name: "ChangeKey",
            required: false,
            simple: Simple::Text,
        },
    ],
    content: Content::Empty,
};

static STRINGS: Type = Type {
    attributes: &[],
    content: Content::Sequence(Types, &[choice!(&[("String", &TEXT)], 0, MANY)]),
};

static BODY: Type = Type {
    attributes: &[
        Attribute {
            name: "BodyType",
            required: true,
            simple: Simple::Enum(&["HTML", "Text"]),
        },
        Attribute {
            name: "IsTruncated",
            required: false,
            simple: Simple::Boolean,
        },
    ],
    content: Content::Text(Simple::Text),
};

static VALUES: Type = Type {
    attributes: &[],
    content: Content::Sequence(Types, &[choice!(&[("Value", &TEXT)], 1, MANY)]),
};
static EXTENDED_PROPERTY: Type = Type {
    attributes: &[],
    content: Content::Sequence(
        Types,
        &[
            required!(&[("ExtendedFieldURI", &EXTENDED)]),
            required!(&[("Value", &TEXT), ("Values", &VALUES)]),
        ],
    ),
};

macro_rules! entries {
    ($entry:ident) => {
        Type {
            attributes: &[],
            content: Content::Sequence(Types, &[choice!(&[("Entry", &$entry)], 0, MANY)]),
        }
    };
}

static EMAIL: Type = Type {
    attributes: &[
        Attribute {
            name: "Key",
            required: true,
            simple: Simple::Enum(EMAIL_KEYS),
        },
        Attribute {
            name: "Name",
            required: false,
            simple: Simple::Text,
        },
        Attribute {
            name: "RoutingType",
            required: false,
            simple: Simple::Text,
        },
        Attribute {
            name: "MailboxType",
            required: false,
            simple: Simple::Enum(&[
                "Unknown",
                "OneOff",
                "Mailbox",
                "PublicDL",
                "PrivateDL",
                "Contact",
                "PublicFolder",
                "GroupMailbox",
                "ImplicitContact",
            ]),
        },
    ],
    content: Content::Text(Simple::Text),
};
static PHONE: Type = Type {
    attributes: &[Attribute {
        name: "Key",
        required: true,
        simple: Simple::Enum(PHONE_KEYS),
    }],
    content: Content::Text(Simple::Text),
};
static IM: Type = Type {
    attributes: &[Attribute {
        name: "Key",
        required: true,
        simple: Simple::Enum(IM_KEYS),
    }],
    content: Content::Text(Simple::Text),
};
static ADDRESS: Type = Type {
    attributes: &[Attribute {
        name: "Key",
        required: true,
        simple: Simple::Enum(ADDRESS_KEYS),
    }],
    content: Content::Sequence(
        Types,
        &[
            optional!(&[("Street", &TEXT)]),
            optional!(&[("City", &TEXT)]),
            optional!(&[("State", &TEXT)]),
            optional!(&[("CountryOrRegion", &TEXT)]),
            optional!(&[("PostalCode", &TEXT)]),
        ],
    ),
};
static EMAILS: Type = entries!(EMAIL);
static PHONES: Type = entries!(PHONE);
static IMS: Type = entries!(IM);
static ADDRESSES: Type = entries!(ADDRESS);

static COMPLETE_NAME: Type = Type {
    attributes: &[],
    content: Content::Sequence(
        Types,
        &[
            optional!(&[("Title", &TEXT)]),
            optional!(&[("FirstName", &TEXT)]),
            optional!(&[("MiddleName", &TEXT)]),
            optional!(&[("LastName", &TEXT)]),
            optional!(&[("Suffix", &TEXT)]),
            optional!(&[("Initials", &TEXT)]),
            optional!(&[("FullName", &TEXT)]),
            optional!(&[("Nickname", &TEXT)]),
            optional!(&[("YomiFirstName", &TEXT)]),
            optional!(&[("YomiLastName", &TEXT)]),
        ],
    ),
};

/// The item part, then whatever the kind of item adds.
macro_rules! item {
    ($($own:expr),* $(,)?) => {
        &[
            optional!(&[("MimeContent", &ANY)]),
            optional!(&[("ItemId", &ID)]),
            optional!(&[("ParentFolderId", &ID)]),
            optional!(&[("ItemClass", &TEXT)]),
            optional!(&[("Subject", &TEXT)]),
            optional!(&[("Sensitivity", &SENSITIVITY)]),
            optional!(&[("Body", &BODY)]),
            optional!(&[("Attachments", &FILES)]),
            optional!(&[("DateTimeReceived", &DATE_TIME)]),
            optional!(&[("Size", &INT)]),
            optional!(&[("Categories", &STRINGS)]),
            optional!(&[("Importance", &IMPORTANCE)]),
            optional!(&[("InReplyTo", &TEXT)]),
            optional!(&[("IsSubmitted", &BOOLEAN)]),
            optional!(&[("IsDraft", &BOOLEAN)]),
            optional!(&[("IsFromMe", &BOOLEAN)]),
            optional!(&[("IsResend", &BOOLEAN)]),
            optional!(&[("IsUnmodified", &BOOLEAN)]),
            optional!(&[("InternetMessageHeaders", &ANY)]),
            optional!(&[("DateTimeSent", &DATE_TIME)]),
            optional!(&[("DateTimeCreated", &DATE_TIME)]),
            optional!(&[("ResponseObjects", &ANY)]),
            optional!(&[("ReminderDueBy", &DATE_TIME)]),
            optional!(&[("ReminderIsSet", &BOOLEAN)]),
            optional!(&[("ReminderNextTime", &DATE_TIME)]),
            optional!(&[("ReminderMinutesBeforeStart", &INT)]),
            optional!(&[("DisplayCc", &TEXT)]),
            optional!(&[("DisplayTo", &TEXT)]),
            optional!(&[("DisplayBcc", &TEXT)]),
            optional!(&[("HasAttachments", &BOOLEAN)]),
            choice!(&[("ExtendedProperty", &EXTENDED_PROPERTY)], 0, MANY),
            optional!(&[("Culture", &TEXT)]),
            optional!(&[("EffectiveRights", &ANY)]),
            optional!(&[("LastModifiedName", &TEXT)]),
            optional!(&[("LastModifiedTime", &DATE_TIME)]),
            optional!(&[("IsAssociated", &BOOLEAN)]),
            optional!(&[("WebClientReadFormQueryString", &TEXT)]),
            optional!(&[("WebClientEditFormQueryString", &TEXT)]),
            optional!(&[("ConversationId", &ID)]),
            optional!(&[("UniqueBody", &BODY)]),
            $($own),*
        ]
    };
}

const CONTACT_PARTICLES: &[Particle] = item![
    optional!(&[("FileAs", &TEXT)]),
    optional!(&[("FileAsMapping", &FILE_AS_MAPPING)]),
    optional!(&[("DisplayName", &TEXT)]),
    optional!(&[("GivenName", &TEXT)]),
    optional!(&[("Initials", &TEXT)]),
    optional!(&[("MiddleName", &TEXT)]),
    optional!(&[("Nickname", &TEXT)]),
    optional!(&[("CompleteName", &COMPLETE_NAME)]),
    optional!(&[("CompanyName", &TEXT)]),
    optional!(&[("EmailAddresses", &EMAILS)]),
    optional!(&[("PhysicalAddresses", &ADDRESSES)]),
    optional!(&[("PhoneNumbers", &PHONES)]),
    optional!(&[("AssistantName", &TEXT)]),
    optional!(&[("Birthday", &DATE_TIME)]),
    optional!(&[("BusinessHomePage", &TEXT)]),
    optional!(&[("Children", &STRINGS)]),
    optional!(&[("Companies", &STRINGS)]),
    optional!(&[("ContactSource", &CONTACT_SOURCE)]),
    optional!(&[("Department", &TEXT)]),
    optional!(&[("Generation", &TEXT)]),
    optional!(&[("ImAddresses", &IMS)]),
    optional!(&[("JobTitle", &TEXT)]),
    optional!(&[("Manager", &TEXT)]),
    optional!(&[("Mileage", &TEXT)]),
    optional!(&[("OfficeLocation", &TEXT)]),
    optional!(&[("PostalAddressIndex", &ADDRESS_INDEX)]),
    optional!(&[("Profession", &TEXT)]),
    optional!(&[("SpouseName", &TEXT)]),
    optional!(&[("Surname", &TEXT)]),
    optional!(&[("WeddingAnniversary", &DATE_TIME)]),
    optional!(&[("HasPicture", &BOOLEAN)]),
    optional!(&[("PhoneticFullName", &TEXT)]),
    optional!(&[("PhoneticFirstName", &TEXT)]),
    optional!(&[("PhoneticLastName", &TEXT)]),
    optional!(&[("Alias", &TEXT)]),
    optional!(&[("Notes", &TEXT)]),
    optional!(&[("Photo", &TEXT)]),
    optional!(&[("UserSMIMECertificate", &ANY)]),
    optional!(&[("MSExchangeCertificate", &ANY)]),
    optional!(&[("DirectoryId", &TEXT)]),
    optional!(&[("ManagerMailbox", &ANY)]),
    optional!(&[("DirectReports", &ANY)]),
];

/// t:Contact
pub static CONTACT: Type = Type {
    attributes: &[],
    content: Content::Sequence(Types, CONTACT_PARTICLES),
};

/// t:DistributionList
pub static DISTRIBUTION_LIST: Type = Type {
    attributes: &[],
    content: Content::Sequence(
        Types,
        item![
            optional!(&[("DisplayName", &TEXT)]),
            optional!(&[("FileAs", &TEXT)]),
            optional!(&[("ContactSource", &CONTACT_SOURCE)]),
            optional!(&[("Members", &ANY)]),
        ],
    ),
};

/// t:Item
pub static ITEM: Type = Type {
    attributes: &[],
    content: Content::Sequence(Types, item![]),
};

/// Any other kind of item: the schema knows it, the simulator does not look into it.
pub static FOREIGN: Type = Type {
    attributes: &[],
    content: Content::Any,
};
