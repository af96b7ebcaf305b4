//! What lies in the simulator's folders, and what a person does there, by its side door.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use exchange_contact_sync::contact::{
    Changes, Contact, Fingerprint, Picture, Property, Value, decode_base64, encode_base64,
};
use exchange_contact_sync::sync::ids::{ChangeKey, ItemId, Stamp};
use serde_json::{Value as Json, json};

use crate::adapter::Which;
use crate::simulator::Simulator;

/// The name of the property that holds a stamp.
const STAMP: &str = "EcsStamp";

/// An item as it lies in a folder.
pub(super) struct Lying {
    /// As the adapter knows it.
    pub(super) id: ItemId,
    /// As the side door does.
    pub(super) own_id: String,
    pub(super) change_key: ChangeKey,
    pub(super) contact: Contact,
    pub(super) stamp: Option<Stamp>,
    /// Set for what is no contact, such as a distribution list.
    pub(super) foreign: bool,
}

pub(super) struct Door {
    simulator: Arc<Simulator>,
    which: Which,
    mapped: Vec<Property>,
    /// Pictures by the ids of their attachments, which never change.
    pictures: Mutex<HashMap<String, Picture>>,
}

impl Door {
    pub(super) fn new(simulator: Arc<Simulator>, which: Which, mapped: Vec<Property>) -> Self {
        Self {
            simulator,
            which,
            mapped,
            pictures: Mutex::default(),
        }
    }

    pub(super) fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    fn post(&self, path: &str, json: &Json) -> Json {
        let answer = self.simulator.post(path, &json.to_string());
        serde_json::from_str(&answer).unwrap()
    }

    /// Switches modes of the server.
    pub(super) fn modes(&self, modes: &Json) {
        self.post("modes", modes);
    }

    pub(super) fn plant(&self, fault: &Json) {
        self.post("faults", fault);
    }

    /// All that lies in a folder, in the folder's order.
    pub(super) fn items(&self, folder: &str) -> Vec<Lying> {
        let answer = self.simulator.get(&format!("items?folder={folder}"));
        let answer: Json = serde_json::from_str(&answer).unwrap();
        let items = answer["items"].as_array().unwrap().iter();
        items.map(|item| self.lying(item)).collect()
    }

    fn lying(&self, item: &Json) -> Lying {
        let text = |name: &str| item[name].as_str().unwrap().to_owned();
        let id = match self.which {
            Which::Ews => text("id"),
            Which::Graph => text("immutableId"),
        };
        let extended = item["extended"].as_object().unwrap().iter();
        let mut stamps = extended.filter(|(name, _)| name.ends_with(STAMP));
        Lying {
            id: ItemId::new(id),
            own_id: text("id"),
            change_key: ChangeKey::new(text("changeKey")),
            contact: self.contact(item),
            stamp: stamps
                .next()
                .map(|(_, stamp)| Stamp::new(stamp.as_str().unwrap())),
            foreign: item["itemClass"] != "IPM.Contact",
        }
    }

    fn contact(&self, item: &Json) -> Contact {
        let mut contact = Contact::new();
        for property in &self.mapped {
            match &item["fields"][property.to_string()] {
                Json::String(text) => contact.set_raw(*property, text).unwrap(),
                Json::Array(texts) => {
                    let texts = texts.iter().map(|text| text.as_str().unwrap().to_owned());
                    contact.set(*property, Some(Value::List(texts.collect())));
                }
                _ => {}
            }
        }
        let attachments = item["attachments"].as_array().unwrap().iter();
        let mut photos = attachments.filter(|file| file["isContactPhoto"] == true);
        if let Some(photo) = photos.next_back() {
            let picture = self.picture(item["id"].as_str().unwrap(), photo["id"].as_str().unwrap());
            contact.set(Property::Photo, Some(Value::Picture(picture)));
        }
        contact
    }

    fn picture(&self, item: &str, attachment: &str) -> Picture {
        let mut known = self.pictures.lock().unwrap();
        let picture = known.entry(attachment.to_owned()).or_insert_with(|| {
            let item = item.replace('+', "%2B").replace('/', "%2F");
            let answer = self.simulator.get(&format!("photos/{item}"));
            let answer: Json = serde_json::from_str(&answer).unwrap();
            let content = answer["photo"]["content"].as_str().unwrap();
            let bytes = decode_base64(content).unwrap();
            Picture::with(Fingerprint::of(&bytes), bytes.into())
        });
        picture.clone()
    }

    pub(super) fn create(&self, contact: &Contact) {
        let changes: Changes = contact
            .iter()
            .map(|(property, value)| (property, Some(value.clone())))
            .collect();
        let made = self.post("items", &json!({ "fields": fields(&changes) }));
        self.set_photo(made["id"].as_str().unwrap(), &changes);
    }

    /// Puts a distribution list into the folder.
    pub(super) fn make_list(&self) {
        self.post("items", &json!({ "itemClass": "IPM.DistList" }));
    }

    pub(super) fn write(&self, id: &str, changes: &Changes) {
        let fields = fields(changes);
        if fields.as_object().is_some_and(|fields| !fields.is_empty()) {
            self.post("items/update", &json!({ "id": id, "fields": fields }));
        }
        self.set_photo(id, changes);
    }

    fn set_photo(&self, id: &str, changes: &Changes) {
        let mut all = changes.iter();
        if let Some((_, picture)) = all.find(|(property, _)| *property == Property::Photo) {
            let content = picture.map(|picture| match picture {
                Value::Picture(picture) => encode_base64(picture.bytes().unwrap()),
                other => panic!("no picture: {other:?}"),
            });
            self.post("photos", &json!({ "id": id, "content": content }));
        }
    }

    pub(super) fn delete(&self, id: &str) {
        self.post("items/delete", &json!({ "id": id }));
    }

    /// Gives the id of the copy.
    pub(super) fn copy(&self, id: &str) -> String {
        let made = self.post("items/copy", &json!({ "id": id }));
        made["id"].as_str().unwrap().to_owned()
    }

    /// The item under another id, as if it had been deleted and made again.
    pub(super) fn renew(&self, id: &str) -> String {
        let copy = self.copy(id);
        self.post("items/delete", &json!({ "id": id, "type": "HardDelete" }));
        copy
    }

    pub(super) fn touch(&self, id: &str) {
        self.post("items/touch", &json!({ "id": id }));
    }

    pub(super) fn move_back(&self, id: &str) {
        self.post("items/move", &json!({ "id": id, "folder": "contacts" }));
    }
}

/// Values as the side door wants them.
fn fields(changes: &Changes) -> Json {
    let fields = changes
        .iter()
        .filter(|(property, _)| *property != Property::Photo);
    fields
        .map(|(property, value)| {
            let value = match value {
                None => Json::Null,
                Some(Value::List(texts)) => json!(texts),
                Some(value) => json!(value.display()),
            };
            (property.to_string(), value)
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}
