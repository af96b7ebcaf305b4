//! The far side of a remote: the person who works in its folder, and what a judge has to know of it.

use exchange_contact_sync::contact::{Changes, Contact, Property, Value};
use exchange_contact_sync::sync::ids::{ItemId, Stamp};
use exchange_contact_sync::sync::ports::Remote;

/// A contacts folder, whatever server it is on. What is done to an item happens only if it is still as the person saw it, and
/// tells whether it was; nothing comes in between.
pub(crate) trait Outlook: Remote + 'static {
    /// The contacts of the folder with their ids.
    fn contacts(&self) -> Vec<(ItemId, Contact)>;

    fn contact(&self, id: &ItemId) -> Option<Contact> {
        let mut contacts = self.contacts().into_iter();
        contacts
            .find(|(known, _)| known == id)
            .map(|(_, contact)| contact)
    }

    /// What was deleted or moved away and can be brought back.
    fn elsewhere(&self) -> Vec<Contact>;

    fn creates(&self, contact: &Contact);

    fn edits(&self, id: &ItemId, seen: &Contact, changes: &Changes) -> bool;

    fn deletes(&self, id: &ItemId, seen: &Contact) -> bool;

    /// Copies an item within the folder, its stamp included, and edits the copy.
    fn copies(&self, id: &ItemId, seen: &Contact, changes: &Changes) -> bool;

    /// A client or the server itself renews the change key without a change of content.
    fn touches(&self, id: &ItemId, seen: &Contact) -> bool;

    /// Puts a distribution list into the folder.
    fn makes_list(&self);

    /// Moves a contact back that is [`elsewhere`](Self::elsewhere).
    fn moves_back(&self, place: usize);

    /// The stamp that an item of the folder bears.
    fn stamp(&self, id: &ItemId) -> Option<Stamp>;

    /// Whether a person's edit gives the item a new id.
    fn renews_ids(&self) -> bool;

    /// What the server makes of a value that it is given.
    fn kept(&self, property: Property, value: &Value) -> Option<Value>;

    /// Items that the port has written, and those that it gave out with their values, since the start.
    fn noise(&self) -> [u64; 2];

    /// What the port deleted although it had changed since it was last shown: no protocol prevents that.
    fn deleted_unseen(&self) -> Vec<Contact>;

    /// Set when a list began anew without an item that is named once more as it was, so that nobody could know: what it named under
    /// another id than before.
    fn unnoticed_restart(&self) -> Option<Vec<Contact>>;
}
