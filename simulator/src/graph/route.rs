//! Which resource a path names, and the name under which its requests are counted (Graph reference, section 2).

use super::call::Call;

/// A resource of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The contact folders, or those below one.
    Folders(Option<String>),
    /// Changes of the contact folders.
    FolderDelta,
    /// A contact folder.
    Folder(String),
    /// Contacts of a folder, or of the default one.
    Contacts(Option<String>),
    /// Changes of the contacts of a folder, or of the default one.
    Delta(Option<String>),
    /// A contact, in a folder or wherever.
    Contact(Place),
    /// Its deletion for good.
    PermanentDelete(Place),
    /// What is known about its photo.
    Photo(Place),
    /// The photo.
    PhotoValue(Place),
    /// Ids of one kind to those of another.
    TranslateIds,
    /// Nothing.
    Unknown,
}

/// Where a contact is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its folder, if the path names one.
    pub folder: Option<String>,
    /// Its id.
    pub contact: String,
}

/// What a request goes to.
#[derive(Debug)]
pub struct Route {
    /// The user, `None` for the owner of the token.
    pub user: Option<String>,
    /// The resource.
    pub target: Target,
    /// The name of the operation at the side door.
    pub operation: &'static str,
}

impl Route {
    /// The route of a request.
    pub fn of(call: &Call) -> Self {
        let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
        let (user, rest) = match path.as_slice() {
            ["me", rest @ ..] => (None, rest),
            ["users", user, rest @ ..] => (Some((*user).to_owned()), rest),
            _ => (None, [].as_slice()),
        };
        let target = target(rest);
        let operation = operation(&call.method, &target);
        Self {
            user,
            target,
            operation,
        }
    }
}

fn target(path: &[&str]) -> Target {
    match path {
        ["translateExchangeIds"] => Target::TranslateIds,
        ["contactFolders"] => Target::Folders(None),
        [
            "contactFolders",
            "delta" | "delta()" | "microsoft.graph.delta()",
        ] => Target::FolderDelta,
        ["contactFolders", folder, rest @ ..] => below_folder(folder, rest),
        ["contacts", rest @ ..] => below_contacts(None, rest),
        _ => Target::Unknown,
    }
}

fn below_folder(folder: &str, path: &[&str]) -> Target {
    match path {
        [] => Target::Folder(folder.to_owned()),
        ["childFolders"] => Target::Folders(Some(folder.to_owned())),
        // Ids are the same at every depth.
        ["childFolders", child, rest @ ..] => below_folder(child, rest),
        ["contacts", rest @ ..] => below_contacts(Some(folder), rest),
        _ => Target::Unknown,
    }
}

fn below_contacts(folder: Option<&str>, path: &[&str]) -> Target {
    let folder = folder.map(str::to_owned);
    let place = |contact: &str| Place {
        folder: folder.clone(),
        contact: contact.to_owned(),
    };
    match path {
        [] => Target::Contacts(folder),
        ["delta" | "delta()" | "microsoft.graph.delta()"] => Target::Delta(folder),
        [contact] => Target::Contact(place(contact)),
        [contact, "permanentDelete"] => Target::PermanentDelete(place(contact)),
        [contact, "photo"] => Target::Photo(place(contact)),
        [contact, "photo", "$value"] => Target::PhotoValue(place(contact)),
        _ => Target::Unknown,
    }
}

fn operation(method: &str, target: &Target) -> &'static str {
    match (target, method) {
        (Target::Folders(_), "POST") => "GraphCreateFolder",
        (Target::Folders(_), _) => "GraphListFolders",
        (Target::FolderDelta, _) => "GraphFolderDelta",
        (Target::Folder(_), "PATCH") => "GraphUpdateFolder",
        (Target::Folder(_), "DELETE") => "GraphDeleteFolder",
        (Target::Folder(_), _) => "GraphGetFolder",
        (Target::Contacts(_), "POST") => "GraphCreateContact",
        (Target::Contacts(_), _) => "GraphListContacts",
        (Target::Delta(_), _) => "GraphDelta",
        (Target::Contact(_), "PATCH") => "GraphUpdateContact",
        (Target::Contact(_), "DELETE") | (Target::PermanentDelete(_), _) => "GraphDeleteContact",
        (Target::Contact(_), _) => "GraphGetContact",
        (Target::Photo(_) | Target::PhotoValue(_), _) => "GraphPhoto",
        (Target::TranslateIds, _) => "GraphTranslateIds",
        (Target::Unknown, _) => "GraphUnknown",
    }
}
