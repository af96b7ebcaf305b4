//! Element orders of the operations on attachments (EWS reference, section 2.8).

use super::item::ID;
use super::paths::{ADDITIONAL, BODY_TYPE};
use super::simple::Simple;
use super::{Attribute, Content, Type};

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
static BASE64: Type = text(Simple::Base64);
static ANY: Type = Type {
    attributes: &[],
    content: Content::Any,
};

static ATTACHMENT_ID: Type = Type {
    attributes: &[Attribute {
        name: "Id",
        required: true,
        simple: Simple::Text,
    }],
    content: Content::Empty,
};

static FILE: Type = types!(&[
    optional!(&[("AttachmentId", &ANY)]),
    optional!(&[("Name", &TEXT)]),
    optional!(&[("ContentType", &TEXT)]),
    optional!(&[("ContentId", &TEXT)]),
    optional!(&[("ContentLocation", &TEXT)]),
    optional!(&[("AttachmentOriginalUrl", &TEXT)]),
    optional!(&[("Size", &INT)]),
    optional!(&[("LastModifiedTime", &DATE_TIME)]),
    optional!(&[("IsInline", &BOOLEAN)]),
    optional!(&[("IsContactPhoto", &BOOLEAN)]),
    optional!(&[("Content", &BASE64)]),
]);
/// t:Attachments of an item that is made; empty there, not in CreateAttachment.
pub(super) static FILES: Type = types!(&[choice!(FILE_KINDS, 0, MANY)]);
static SOME_FILES: Type = types!(&[choice!(FILE_KINDS, 1, MANY)]);
const FILE_KINDS: &[(&str, &Type)] = &[
    ("FileAttachment", &FILE),
    ("ItemAttachment", &ANY),
    ("ReferenceAttachment", &ANY),
];
static ATTACHMENT_IDS: Type = types!(&[choice!(&[("AttachmentId", &ATTACHMENT_ID)], 1, MANY)]);

/// CreateAttachment
pub(super) static CREATE_ATTACHMENT: Type = messages!(
    &[],
    &[
        required!(&[("ParentItemId", &ID)]),
        required!(&[("Attachments", &SOME_FILES)]),
    ],
);

static SHAPE: Type = types!(&[
    optional!(&[("IncludeMimeContent", &BOOLEAN)]),
    optional!(&[("BodyType", &BODY_TYPE)]),
    optional!(&[("FilterHtmlContent", &BOOLEAN)]),
    optional!(&[("AdditionalProperties", &ADDITIONAL)]),
]);

/// GetAttachment
pub(super) static GET_ATTACHMENT: Type = messages!(
    &[],
    &[
        optional!(&[("AttachmentShape", &SHAPE)]),
        required!(&[("AttachmentIds", &ATTACHMENT_IDS)]),
    ],
);

/// DeleteAttachment
pub(super) static DELETE_ATTACHMENT: Type =
    messages!(&[], &[required!(&[("AttachmentIds", &ATTACHMENT_IDS)])],);
