//! Behaviours of Graph that the side door switches on, most of them where the reference leaves open what the service does
//! (Graph reference, sections 14 and 15).

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

/// All modes of Graph.
#[derive(Debug, Default)]
pub struct GraphModes(Mutex<Settings>);

/// What is on.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// An unset birthday is 0001-01-01T08:00:00Z.
    pub empty_birthday: bool,
    /// Parts of an address that are left out stay.
    pub merge_addresses: bool,
    /// More entries than there are slots are an error; else they are dropped.
    pub refuse_extras: bool,
    /// Hidden folders are listed.
    pub hidden_folders: bool,
    /// Errors have `innererror` in place of `innerError`.
    pub lower_inner_error: bool,
    /// Reason of `@removed`; empty means `deleted`.
    pub removed_reason: String,
    /// The next n reads of changes are empty pages with a nextLink.
    pub empty_pages: u64,
    /// Host of nextLink and deltaLink; empty means that of the request.
    pub link_host: String,
    /// How a lost state is told; empty means `SyncStateNotFound`.
    pub lost_state: String,
    /// The only way to remove a photo: `photo`, `value` or `empty`; empty means any.
    pub photo_removal: String,
    /// Changes of photos alone are in no list of changes.
    pub silent_photos: bool,
    /// Requests at once for one mailbox; 0 means any number.
    pub at_once: u64,
    /// Addresses of mailboxes that are outside of the application's rights.
    pub denied: Vec<String>,
}

impl GraphModes {
    fn settings(&self) -> MutexGuard<'_, Settings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is on now.
    pub fn now(&self) -> Settings {
        self.settings().clone()
    }

    /// Whether this read of changes is to be an empty page.
    pub fn take_empty_page(&self) -> bool {
        let mut settings = self.settings();
        let taken = settings.empty_pages > 0;
        settings.empty_pages -= u64::from(taken);
        taken
    }

    /// Sets one mode; says what is wrong with its name or value.
    pub fn set(&self, name: &str, value: &Value) -> Result<(), String> {
        let mut settings = self.settings();
        let flag = || {
            value
                .as_bool()
                .ok_or_else(|| format!("{name} must be true or false"))
        };
        let number = || {
            value
                .as_u64()
                .ok_or_else(|| format!("{name} must be a number of 0 or more"))
        };
        let word = |words: &[&str]| match value {
            Value::Null => Ok(String::new()),
            Value::String(text) if words.is_empty() || words.contains(&text.as_str()) => {
                Ok(text.clone())
            }
            _ => Err(format!(
                "{name} must be null or one of {}",
                words.join(", ")
            )),
        };
        match name {
            "graphEmptyBirthday" => settings.empty_birthday = flag()?,
            "graphMergeAddresses" => settings.merge_addresses = flag()?,
            "graphRefuseExtras" => settings.refuse_extras = flag()?,
            "graphHiddenFolders" => settings.hidden_folders = flag()?,
            "graphLowerInnerError" => settings.lower_inner_error = flag()?,
            "graphSilentPhotos" => settings.silent_photos = flag()?,
            "graphRemovedReason" => settings.removed_reason = word(&["deleted", "changed"])?,
            "graphEmptyPages" => settings.empty_pages = number()?,
            "graphLinkHost" => settings.link_host = word(&[])?,
            "graphLostState" => {
                settings.lost_state = word(&[
                    "SyncStateNotFound",
                    "syncStateNotFound",
                    "resyncRequired",
                    "ErrorInvalidIdMalformed",
                ])?
            }
            "graphPhotoRemoval" => settings.photo_removal = word(&["photo", "value", "empty"])?,
            "graphAtOnce" => settings.at_once = number()?,
            "graphDenied" => {
                let all = value.as_array().map(|all| {
                    all.iter()
                        .filter_map(|one| one.as_str().map(str::to_owned))
                        .collect()
                });
                settings.denied = all.ok_or_else(|| format!("{name} must be a list"))?;
            }
            _ => return Err(format!("there is no mode {name}")),
        }
        Ok(())
    }

    /// All modes as the side door shows them.
    pub fn show(&self) -> Map<String, Value> {
        let settings = self.settings();
        let word = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let all = [
            ("graphEmptyBirthday", json!(settings.empty_birthday)),
            ("graphMergeAddresses", json!(settings.merge_addresses)),
            ("graphRefuseExtras", json!(settings.refuse_extras)),
            ("graphHiddenFolders", json!(settings.hidden_folders)),
            ("graphLowerInnerError", json!(settings.lower_inner_error)),
            ("graphSilentPhotos", json!(settings.silent_photos)),
            ("graphRemovedReason", json!(word(&settings.removed_reason))),
            ("graphEmptyPages", json!(settings.empty_pages)),
            ("graphLinkHost", json!(word(&settings.link_host))),
            ("graphLostState", json!(word(&settings.lost_state))),
            ("graphPhotoRemoval", json!(word(&settings.photo_removal))),
            ("graphAtOnce", json!(settings.at_once)),
            ("graphDenied", json!(settings.denied)),
        ];
        all.into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}
