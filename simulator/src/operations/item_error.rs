//! Errors that belong to one entry of a request (EWS reference, sections 2.0 and 5).

use crate::contact::extended::BadName;
use crate::soap::fault::{SERVER_BUSY, back_off};
use crate::soap::write;
use crate::store::IdError;

/// Why one entry was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemError {
    /// ResponseCode
    pub code: String,
    /// MessageText
    pub text: String,
    /// Children of m:MessageXml, ready to send.
    pub message_xml: String,
}

/// After one of these the server leaves the rest of a batch undone (EWS reference, section 2.0).
const STOPPING: &[&str] = &[
    "ErrorAccessDenied",
    "ErrorAccountDisabled",
    "ErrorADUnavailable",
    "ErrorADOperation",
    "ErrorConnectionFailed",
    "ErrorMailboxStoreUnavailable",
    "ErrorMailboxMoveInProgress",
    "ErrorPasswordChangeRequired",
    "ErrorPasswordExpired",
    "ErrorQuotaExceeded",
    "ErrorInsufficientResources",
];

impl ItemError {
    /// An error with its usual text.
    pub fn new(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            text: text_of(code).to_owned(),
            message_xml: String::new(),
        }
    }

    /// An error about a property; `path` is the path element, ready to send.
    pub fn about(code: &str, path: &str) -> Self {
        Self {
            message_xml: path.to_owned(),
            ..Self::new(code)
        }
    }

    /// ErrorServerBusy in its form with HTTP status 200.
    pub fn server_busy(milliseconds: u64) -> Self {
        Self {
            message_xml: back_off(milliseconds),
            ..Self::new("ErrorServerBusy")
        }
    }

    /// Whether the rest of the batch is left undone.
    pub fn stops_batch(&self) -> bool {
        STOPPING.contains(&self.code.as_str())
    }

    /// Appends a whole error message; `rest` is the operation's own, empty part.
    pub fn write(&self, out: &mut String, operation: &str, rest: &str) {
        let class = if self.code == "ErrorBatchProcessingStopped" {
            "Warning"
        } else {
            "Error"
        };
        out.push_str(&format!(
            "<m:{operation}ResponseMessage ResponseClass=\"{class}\"><m:MessageText>"
        ));
        write::text(out, &self.text);
        out.push_str("</m:MessageText><m:ResponseCode>");
        write::text(out, &self.code);
        out.push_str("</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>");
        if !self.message_xml.is_empty() {
            out.push_str("<m:MessageXml>");
            out.push_str(&self.message_xml);
            out.push_str("</m:MessageXml>");
        }
        out.push_str(rest);
        out.push_str(&format!("</m:{operation}ResponseMessage>"));
    }
}

impl From<IdError> for ItemError {
    /// What is wrong with an item's id.
    fn from(error: IdError) -> Self {
        Self::new(match error {
            IdError::Empty => "ErrorInvalidIdEmpty",
            IdError::Malformed => "ErrorInvalidIdMalformed",
            IdError::FolderForItem => "ErrorCannotUseFolderIdForItemId",
            IdError::ItemForFolder => "ErrorCannotUseItemIdForFolderId",
            IdError::NotFound => "ErrorItemNotFound",
        })
    }
}

impl From<BadName> for ItemError {
    fn from(error: BadName) -> Self {
        Self::new(match error {
            BadName::Mixed => "ErrorInvalidExtendedProperty",
            BadName::CustomTag => "ErrorNoPropertyTagForCustomProperties",
            BadName::Type => "ErrorUnsupportedMapiPropertyType",
        })
    }
}

/// Texts that servers were seen to send, else a plain sentence.
fn text_of(code: &str) -> &'static str {
    match code {
        "ErrorItemNotFound" => "The specified object was not found in the store.",
        "ErrorInvalidIdMalformed" => "Id is malformed.",
        "ErrorInvalidIdEmpty" => "Id must be non-empty.",
        "ErrorInvalidChangeKey" => "The change key is invalid.",
        "ErrorFolderExists" => "A folder with the specified name already exists.",
        "ErrorParentFolderNotFound" => "The specified parent folder could not be found.",
        "ErrorFolderNotFound" => "The specified folder could not be found in the store.",
        "ErrorCannotCreateContactInNonContactFolder" => {
            "Cannot create a contact in a non-contact Folder."
        }
        "ErrorInvalidSyncStateData" => {
            "Synchronization state data is corrupt or otherwise invalid."
        }
        "ErrorIrresolvableConflict" => {
            "The send or update operation could not be performed because the change key passed in the request does \
             not match the current change key for the item."
        }
        "ErrorChangeKeyRequiredForWriteOperations" => {
            "The change key that was passed in the request is missing or does not match the current change key."
        }
        "ErrorInvalidPropertyRequest" => "Property is not valid for this object type.",
        "ErrorInvalidPropertySet" => "Set action is invalid for property.",
        "ErrorInvalidPropertyDelete" => "Delete action is invalid for property.",
        "ErrorInvalidPropertyAppend" => "Append action is invalid for property.",
        "ErrorIncorrectUpdatePropertyCount" => {
            "An object within a change description must contain one and only one property to modify."
        }
        "ErrorUpdatePropertyMismatch" => {
            "Update request does not match the specified property path."
        }
        "ErrorBatchProcessingStopped" => "The batch was stopped after an earlier item failed.",
        "ErrorInvalidAttachmentId" => "The attachment ID is invalid.",
        "ErrorAttachmentSizeLimitExceeded" => "The attachment is larger than the server allows.",
        "ErrorServerBusy" => SERVER_BUSY,
        "ErrorAccessDenied" => "Access is denied. Check credentials and try again.",
        "ErrorQuotaExceeded" => "The mailbox has exceeded its quota.",
        "ErrorInternalServerError" => "An internal server error occurred. The operation failed.",
        "ErrorUnsupportedMimeConversion" => {
            "The requested conversion to MIME is not supported for this item."
        }
        "ErrorDataSizeLimitExceeded" => "The data set for a property exceeds its size limit.",
        "ErrorNameResolutionNoResults" => "No results were found.",
        "ErrorNoFolderClassOverride" => "The folder class cannot be set on this type of folder.",
        "ErrorNonExistentMailbox" => "The SMTP address has no mailbox associated with it.",
        _ => "The request failed.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_recorded_form() {
        let mut out = String::new();
        ItemError::from(IdError::NotFound).write(&mut out, "GetItem", "<m:Items/>");
        assert_eq!(
            out,
            "<m:GetItemResponseMessage ResponseClass=\"Error\"><m:MessageText>The specified object was not found in \
             the store.</m:MessageText><m:ResponseCode>ErrorItemNotFound</m:ResponseCode><m:DescriptiveLinkKey>0\
             </m:DescriptiveLinkKey><m:Items/></m:GetItemResponseMessage>"
        );
    }

    #[test]
    fn some_errors_stop_the_batch() {
        assert!(ItemError::new("ErrorQuotaExceeded").stops_batch());
        assert!(!ItemError::new("ErrorItemNotFound").stops_batch());
    }
}
