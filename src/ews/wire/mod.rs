//! EWS on the wire: requests from values to bytes, answers from a byte stream to values.
//!
//! Names are those of the schema (`messages.xsd`, `types.xsd`). Nothing here knows HTTP, time or the
//! contact of the other layers. Answers are read as a stream: what is not asked for is skipped, and each
//! response message is handed out as soon as it is complete.

mod attachment;
pub mod autodiscover;
mod contact;
mod create_attachment;
mod create_folder;
mod create_item;
mod delete_attachment;
mod delete_item;
mod error;
mod extended;
mod fault;
mod field;
mod find_folder;
mod find_item;
mod folder;
mod get_attachment;
mod get_folder;
mod get_item;
mod ids;
mod item;
mod move_item;
mod response_code;
mod shape;
mod soap;
mod sync_folder_items;
mod update_item;
mod xml;

pub use attachment::Attachment;
pub use create_attachment::{CreateAttachment, CreatedAttachment};
pub use create_folder::CreateFolder;
pub use create_item::CreateItem;
pub use delete_attachment::DeleteAttachment;
pub use delete_item::{DeleteItem, DeleteType};
pub use error::{ResponseError, TooLong, WireError};
pub use extended::{ExtendedFieldUri, PropertySet};
pub use field::{
    AddressPart, ContactElement, EMAIL_KEYS, EmailAddress, Field, FieldPath, FieldValue, IM_KEYS,
    ItemElement, PHONE_KEYS, PHYSICAL_ADDRESS_KEYS,
};
pub use find_folder::{FindFolder, FoundFolders};
pub use find_item::{FindItem, FoundItems, IsEqualTo};
pub use folder::{Folder, Folders, Rights};
pub use get_attachment::{AttachmentContent, GetAttachment};
pub use get_folder::GetFolder;
pub use get_item::GetItem;
pub use ids::{FolderRef, ItemId};
pub use item::{ContactItem, Item, Items};
pub use move_item::MoveItem;
pub use response_code::{CodeClass, class_of};
pub use shape::{BodyType, ItemShape};
pub use soap::{Context, Message, Operation, ResponsePart, SchemaVersion, read, write};
pub use sync_folder_items::{ChangeKind, Changes, ItemChange, MAX_CHANGES, SyncFolderItems};
pub use update_item::{ConflictResolution, FieldUpdate, ItemUpdate, UpdateItem};
