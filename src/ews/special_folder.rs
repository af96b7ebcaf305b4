//! Folders with contacts that are nobody's address book: Exchange and its clients keep them for themselves.

/// What a folder of this class is for, where it is no address book of people. The classes are those that servers are known to make
/// (EWS reference, `FolderClass`).
pub(super) fn purpose(class: &str) -> Option<&'static str> {
    let below = class.strip_prefix("IPF.Contact.")?;
    let purpose = match below {
        "GalContacts" => "Exchange keeps copies of the company's address list there",
        "RecipientCache" => "Outlook keeps the addresses there that it suggests",
        "OrganizationalContacts" => "Exchange keeps the colleagues there that it suggests",
        "PeopleCentricConversationBuddies" => "Exchange keeps partners of conversations there",
        "Company" => "Outlook keeps companies there, which are no people",
        _ if below.starts_with("MOC.") => "Skype and Lync keep their contacts there",
        _ => return None,
    };
    Some(purpose)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_own_folders_are_known_and_those_of_people_are_not() {
        for class in [
            "IPF.Contact.MOC.QuickContacts",
            "IPF.Contact.RecipientCache",
            "IPF.Contact.PeopleCentricConversationBuddies",
            "IPF.Contact.OrganizationalContacts",
            "IPF.Contact.MOC.ImContactList",
            "IPF.Contact.GalContacts",
            "IPF.Contact.Company",
        ] {
            assert!(purpose(class).is_some(), "{class}");
        }
        for class in [
            "IPF.Contact",
            "IPF.Contact.Mine",
            "IPF.Contacts.Company",
            "",
        ] {
            assert_eq!(purpose(class), None, "{class}");
        }
    }
}
