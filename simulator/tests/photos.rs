//! Attachments of contacts, the photo above all (EWS reference, section 2.8).
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr
)]

mod support;

use serde_json::{Value, json};
use support::{
    Simulator, all_between, assert_valid, between, clear, codes, create, encoded, field, get_item,
    get_paths, recorded, set, set_given_name, sync, update,
};

const PICTURE: &str = "/9j/4AAQSkZJRgABAQ==";

fn file(name: &str, photo: bool, content: &str) -> String {
    format!(
        "<t:FileAttachment><t:Name>{name}</t:Name><t:ContentType>image/jpeg</t:ContentType><t:IsInline>false</t:IsInline>\
         <t:IsContactPhoto>{photo}</t:IsContactPhoto><t:Content>{content}</t:Content></t:FileAttachment>"
    )
}

fn picture(content: &str) -> String {
    file("ContactPicture.jpg", true, content)
}

fn attach(id: &str, key: &str, files: &str) -> String {
    let key = if key.is_empty() {
        String::new()
    } else {
        format!(" ChangeKey=\"{key}\"")
    };
    format!(
        "<m:CreateAttachment><m:ParentItemId Id=\"{id}\"{key}/><m:Attachments>{files}</m:Attachments>\
         </m:CreateAttachment>"
    )
}

fn by_ids(operation: &str, ids: &[&str]) -> String {
    let ids: String = ids
        .iter()
        .map(|id| format!("<t:AttachmentId Id=\"{id}\"/>"))
        .collect();
    format!("<m:{operation}><m:AttachmentIds>{ids}</m:AttachmentIds></m:{operation}>")
}

fn made(answer: &str) -> Vec<String> {
    all_between(answer, "AttachmentId Id=\"", "\"")
}

fn root_key(answer: &str) -> String {
    between(answer, "RootItemChangeKey=\"", "\"")
}

fn shown(sim: &Simulator, id: &str) -> String {
    let paths = [
        "item:Attachments",
        "item:HasAttachments",
        "contacts:HasPicture",
    ]
    .map(field)
    .concat();
    sim.soap(&get_paths(id, &paths))
}

/// EWS reference 2.8, its request in the order of the schema and its answers: the id with the
/// item's new change key, the list without the content, the content with GetAttachment.
#[test]
fn a_photo_comes_back() {
    let (sim, traffic) = recorded("photo");
    let (id, key) = sim.outlook_contact(&json!({"Surname": "x"}));
    let bare = shown(&sim, &id);
    assert!(
        bare.contains("<t:HasPicture>false<") && bare.contains("<t:HasAttachments>false<"),
        "{bare}"
    );
    assert!(!bare.contains("<t:Attachments"), "{bare}");

    let answer = sim.soap(&attach(&id, &key, &picture(PICTURE)));
    assert_eq!(codes(&answer), ["NoError"]);
    assert_eq!(between(&answer, "RootItemId=\"", "\""), id);
    assert_ne!(root_key(&answer), key);
    let photo = made(&answer).remove(0);
    assert!(photo.len() > id.len() && photo.starts_with(&id[..148]));

    let listed = shown(&sim, &id);
    assert_eq!(between(&listed, "ChangeKey=\"", "\""), root_key(&answer));
    assert_eq!(made(&listed), std::slice::from_ref(&photo));
    for part in [
        "<t:Name>ContactPicture.jpg<",
        "<t:ContentType>image/jpeg<",
        "<t:IsInline>false<",
        "<t:IsContactPhoto>true<",
        "<t:HasAttachments>true<",
        "<t:HasPicture>true<",
    ] {
        assert!(listed.contains(part), "{part}: {listed}");
    }
    // A server counts more than the content.
    assert!(
        between(&listed, "<t:Size>", "<").parse::<usize>().unwrap() > PICTURE.len(),
        "{listed}"
    );
    assert!(listed.contains("<t:LastModifiedTime>20") && !listed.contains("<t:Content>"));

    let read = sim.soap(&by_ids("GetAttachment", &[&photo]));
    assert_eq!(between(&read, "<t:Content>", "<"), PICTURE);
    assert_eq!(between(&read, "<t:Name>", "<"), "ContactPicture.jpg");

    // Section 10, item 8, and 3.7: the named property is the same storage.
    let flag = "<t:ExtendedFieldURI DistinguishedPropertySetId=\"Address\" PropertyId=\"32789\" PropertyType=\"Boolean\"/>";
    assert!(sim.soap(&get_paths(&id, flag)).contains("<t:Value>true<"));
    let found = sim.soap(&format!(
        "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape><t:AdditionalProperties>\
         {}</t:AdditionalProperties></m:ItemShape><m:Restriction><t:IsEqualTo>{}<t:FieldURIOrConstant>\
         <t:Constant Value=\"true\"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction><m:ParentFolderIds>\
         <t:DistinguishedFolderId Id=\"contacts\"/></m:ParentFolderIds></m:FindItem>",
        field("item:Attachments"),
        field("contacts:HasPicture")
    ));
    assert!(
        found.contains(&id) && !found.contains("<t:Attachments"),
        "{found}"
    );

    let gone = sim.soap(&by_ids("DeleteAttachment", &[&photo]));
    assert_eq!(codes(&gone), ["NoError"]);
    assert!(
        gone.contains(&format!("<m:RootItemId RootItemId=\"{id}\"")),
        "{gone}"
    );
    let after = shown(&sim, &id);
    assert_eq!(between(&after, "ChangeKey=\"", "\""), root_key(&gone));
    assert!(after.contains("<t:HasPicture>false<") && made(&after).is_empty());
    assert_valid(&traffic, 14);
}

/// Semantics 25: attachments move the change key; a client that keeps the old one meets a
/// conflict, and every step is one change in the next sync (EWS reference 2.8).
#[test]
fn every_attachment_is_a_change_of_its_item() {
    let sim = Simulator::start(&[]);
    let (id, key) = sim.outlook_contact(&json!({"Surname": "x"}));
    let state = |answer: &str| between(answer, "<m:SyncState>", "<");
    let start = state(&sim.soap(&sync("", 9)));
    let two = picture(PICTURE) + &file("notes.txt", false, "YQ==");
    let answer = sim.soap(&attach(&id, &key, &two));
    assert_eq!(codes(&answer), ["NoError", "NoError"]);
    let keys = all_between(&answer, "RootItemChangeKey=\"", "\"");
    assert_ne!(keys[0], keys[1]);
    assert_eq!(sim.door("GET", "stats", &Value::Null)["writes"], 2);

    let later = sim.soap(&sync(&start, 9));
    assert_eq!(all_between(&later, "<t:Update>", "</t:Update>").len(), 1);
    assert_eq!(between(&later, " ChangeKey=\"", "\""), keys[1]);
    let write = |key: &str| {
        codes(&sim.soap(&update("NeverOverwrite", &id, key, &set_given_name("A")))).concat()
    };
    assert_eq!(write(&keys[0]), "ErrorIrresolvableConflict");
    assert_eq!(write(&keys[1]), "NoError");
    // The ids are those of before, after a write of the item too.
    assert_eq!(made(&shown(&sim, &id)), made(&answer));
    // A stale key of the parent is a conflict, none at all is not (section 2.0).
    let code = |key: &str| codes(&sim.soap(&attach(&id, key, &picture(PICTURE)))).concat();
    assert_eq!(code(&keys[1]), "ErrorIrresolvableConflict");
    assert_eq!(code("EQAAAA=="), "ErrorInvalidChangeKey");
    assert_eq!(code(""), "NoError");
    let quiet = sim.soap(&sync(&state(&later), 9));
    sim.soap(&by_ids("DeleteAttachment", &[&made(&answer)[1]]));
    let last = sim.soap(&sync(&state(&quiet), 9));
    assert_eq!(all_between(&last, "<t:Update>", "</t:Update>").len(), 1);
}

/// EWS reference 2.8: there is no atomic replace. A second photo stands beside the first one until
/// that is removed, and the contact has a picture as long as one is left.
#[test]
fn a_second_photo_stands_beside_the_first() {
    let (sim, traffic) = recorded("second-photo");
    let (id, _) = sim.outlook_contact(&json!({"Surname": "x"}));
    let old = made(&sim.soap(&attach(&id, "", &picture(PICTURE)))).remove(0);
    let new = made(&sim.soap(&attach(&id, "", &picture("AAEC")))).remove(0);
    assert_eq!(made(&shown(&sim, &id)), [old.clone(), new.clone()]);
    let picture_at_the_door = || {
        sim.door("GET", &format!("photos/{}", encoded(&id)), &Value::Null)["photo"]["content"]
            .clone()
    };
    assert_eq!(picture_at_the_door(), "AAEC");
    sim.soap(&by_ids("DeleteAttachment", &[&old]));
    let left = shown(&sim, &id);
    assert!(left.contains("<t:HasPicture>true<") && made(&left) == std::slice::from_ref(&new));
    // A file that a user dropped on the contact is no picture and stays.
    let notes = made(&sim.soap(&attach(&id, "", &file("notes.txt", false, "YQ==")))).remove(0);
    sim.soap(&by_ids("DeleteAttachment", &[&new]));
    let left = shown(&sim, &id);
    assert!(left.contains("<t:HasPicture>false<") && left.contains("<t:HasAttachments>true<"));
    assert_eq!(
        (made(&left), picture_at_the_door()),
        (vec![notes], Value::Null)
    );
    assert_valid(&traffic, 16);
}

/// EWS reference 2.8: a missing or foreign id is ErrorItemNotFound or ErrorInvalidAttachmentId;
/// 2.0: a move makes new ids, one message for each entry; 5: too large is an error of the entry.
#[test]
fn ids_that_lead_nowhere_and_files_that_are_too_large() {
    let (sim, traffic) = recorded("attachment-errors");
    let (id, _) = sim.outlook_contact(&json!({"Surname": "x"}));
    let (gone, _) = sim.outlook_contact(&json!({"Surname": "y"}));
    sim.door(
        "POST",
        "items/delete",
        &json!({"id": gone, "type": "HardDelete"}),
    );
    let answer = sim.soap(&attach(&gone, "", &(picture(PICTURE) + &picture("YQ=="))));
    assert_eq!(codes(&answer), ["ErrorItemNotFound", "ErrorItemNotFound"]);
    sim.door("POST", "modes", &json!({"attachmentLimit": 3}));
    let answer = sim.soap(&attach(&id, "", &(picture(PICTURE) + &picture("AAEC"))));
    assert_eq!(
        codes(&answer),
        ["ErrorAttachmentSizeLimitExceeded", "NoError"]
    );
    let photo = made(&answer).remove(0);
    for operation in ["GetAttachment", "DeleteAttachment"] {
        assert_eq!(
            codes(&sim.soap(&by_ids(operation, &["nonsense", &id, "", &photo]))),
            [
                "ErrorInvalidAttachmentId",
                "ErrorInvalidAttachmentId",
                "ErrorInvalidAttachmentId",
                "NoError"
            ]
        );
    }
    assert_eq!(
        codes(&sim.soap(&by_ids("GetAttachment", &[&photo]))),
        ["ErrorItemNotFound"]
    );
    let kept = made(&sim.soap(&attach(&id, "", &picture("AAEC")))).remove(0);
    let moved = sim.door(
        "POST",
        "items/move",
        &json!({"id": id, "folder": "deleteditems"}),
    );
    assert_eq!(
        codes(&sim.soap(&by_ids("GetAttachment", &[&kept]))),
        ["ErrorItemNotFound"]
    );
    let moved = moved["id"].as_str().unwrap();
    let anew = made(&shown(&sim, moved)).remove(0);
    assert_ne!(anew, kept);
    assert_eq!(
        codes(&sim.soap(&by_ids("GetAttachment", &[&anew]))),
        ["NoError"]
    );
    // A copy has copies of them.
    let copy = sim.door("POST", "items/copy", &json!({"id": moved}));
    let theirs = made(&shown(&sim, copy["id"].as_str().unwrap())).remove(0);
    assert_ne!(theirs, anew);
    sim.soap(&by_ids("DeleteAttachment", &[&anew]));
    assert_eq!(
        codes(&sim.soap(&by_ids("GetAttachment", &[&theirs]))),
        ["NoError"]
    );
    let wrong_order = attach(&id, "", &picture(PICTURE)).replace(
        "<t:Name>ContactPicture.jpg</t:Name><t:ContentType>image/jpeg</t:ContentType>",
        "<t:ContentType>image/jpeg</t:ContentType><t:Name>ContactPicture.jpg</t:Name>",
    );
    assert_eq!(sim.fault("", &wrong_order), "ErrorSchemaValidation");
    let no_base64 = attach(&id, "", &picture("YWJ"));
    assert_eq!(sim.fault("", &no_base64), "ErrorSchemaValidation");
    let nested = "<t:ItemAttachment><t:Name>n</t:Name></t:ItemAttachment>";
    assert_eq!(
        codes(&sim.soap(&attach(moved, "", nested))),
        ["ErrorInvalidItemForOperationCreateItemAttachment"]
    );
    assert_valid(&traffic, 20);
}

/// EWS reference 2.4, 3.1 (32, 38) and 3.4: neither the picture nor the list of attachments can be
/// written with an item.
#[test]
fn a_picture_cannot_be_written_with_the_item() {
    let sim = Simulator::start(&[]);
    let (id, _) = sim.outlook_contact(&json!({"Surname": "x"}));
    let code = |changes: &str| codes(&sim.soap(&update("AlwaysOverwrite", &id, "", changes)));
    for (path, content) in [
        ("contacts:HasPicture", "<t:HasPicture>true</t:HasPicture>"),
        ("item:Attachments", "<t:Attachments/>"),
        (
            "item:HasAttachments",
            "<t:HasAttachments>true</t:HasAttachments>",
        ),
    ] {
        assert_eq!(
            code(&set(&field(path), content)),
            ["ErrorInvalidPropertySet"],
            "{path}"
        );
        assert_eq!(
            code(&clear(&field(path))),
            ["ErrorInvalidPropertyDelete"],
            "{path}"
        );
    }
    assert!(codes(&sim.soap(&get_item(&[&id]))) == ["NoError"]);
}

/// EWS reference 10, item 11: the answer may be lost before or after the effect; single entries
/// fail, and some errors leave the rest undone (item 10).
#[test]
fn faults_hit_attachments_too() {
    let sim = Simulator::start(&[]);
    let (id, _) = sim.outlook_contact(&json!({"Surname": "x"}));
    let count = || {
        let item = sim.door("GET", &format!("items/{}", encoded(&id)), &Value::Null);
        item["attachments"].as_array().unwrap().len()
    };
    for (kind, left) in [("cut_before", 0), ("cut_after", 1), ("cut_middle", 2)] {
        sim.plant(&json!({"operation": "CreateAttachment", "kind": kind}));
        assert!(
            sim.try_soap("", &attach(&id, "", &picture(PICTURE)))
                .is_err(),
            "{kind}"
        );
        assert_eq!(count(), left, "{kind}");
    }
    let two = made(&shown(&sim, &id));
    sim.plant(&json!({"operation": "DeleteAttachment", "kind": "cut_after"}));
    assert!(
        sim.try_soap("", &by_ids("DeleteAttachment", &[&two[0]]))
            .is_err()
    );
    assert_eq!(count(), 1);
    sim.plant(&json!({"operation": "CreateAttachment", "kind": "item_error", "code": "ErrorQuotaExceeded", "index": 0}));
    let both = picture(PICTURE) + &picture(PICTURE);
    assert_eq!(
        codes(&sim.soap(&attach(&id, "", &both))),
        ["ErrorQuotaExceeded", "ErrorBatchProcessingStopped"]
    );
    sim.plant(&json!({"operation": "GetAttachment", "kind": "server_busy_message"}));
    assert_eq!(
        codes(&sim.soap(&by_ids("GetAttachment", &[&two[1]]))),
        ["ErrorServerBusy"]
    );
    sim.plant(&json!({"operation": "GetAttachment", "kind": "soap_fault", "code": "ErrorInternalServerError"}));
    assert_eq!(
        sim.fault("", &by_ids("GetAttachment", &[&two[1]])),
        "ErrorInternalServerError"
    );
    assert_eq!(count(), 1);
    let requests = sim.door("GET", "stats", &Value::Null)["requests"].clone();
    assert_eq!(
        (&requests["CreateAttachment"], &requests["DeleteAttachment"]),
        (&json!(4), &json!(1))
    );
}

/// EWS reference 2.8 and semantics 39: the photo as a person in Outlook sets, replaces and
/// removes it, each in one change.
#[test]
fn a_person_sets_the_photo() {
    let sim = Simulator::start(&[]);
    let (id, key) = sim.outlook_contact(&json!({"Surname": "x"}));
    let file = sim.door(
        "POST",
        "attachments",
        &json!({"id": id, "name": "notes.txt", "contentType": "text/plain", "content": "YQ=="}),
    );
    let set = sim.door("POST", "photos", &json!({"id": id, "content": PICTURE}));
    assert_ne!(set["changeKey"], json!(key));
    let again = sim.door("POST", "photos", &json!({"id": id, "content": "AAEC"}));
    let listed = shown(&sim, &id);
    let wanted = [&file, &again].map(|made| made["attachmentId"].as_str().unwrap().to_owned());
    assert_eq!(made(&listed), wanted);
    assert!(
        listed.contains("<t:Name>ContactPicture.jpg<")
            && listed.contains("<t:IsContactPhoto>true<"),
        "{listed}"
    );
    assert!(
        sim.soap(&by_ids("GetAttachment", &[&wanted[1]]))
            .contains("<t:Content>AAEC<")
    );
    let door = sim.door("GET", &format!("items/{}", encoded(&id)), &Value::Null);
    assert_eq!(door["attachments"][1]["length"], 3);
    assert_eq!(door["fields"]["HasPicture"], "true");
    let removed = sim.door("POST", "photos/delete", &json!({"id": id}));
    assert_ne!(removed["changeKey"], again["changeKey"]);
    assert!(shown(&sim, &id).contains("<t:HasPicture>false<"));
    // Nothing to remove, nothing changes.
    let idle = sim.door("POST", "photos/delete", &json!({"id": id}));
    assert_eq!(idle["changeKey"], removed["changeKey"]);
    let wrong = json!({"id": id, "content": "%"}).to_string();
    assert_eq!(
        sim.http("POST", "/_sim/photos", "", &wrong).unwrap().status,
        400
    );
}

/// EWS reference 2.8 and section 5 D (ErrorRequiredPropertyMissing); exchangelib, which was tested
/// against real servers since 2013, makes items with their attachments and reads the ids from the
/// answer.
#[test]
fn a_contact_is_made_with_its_photo() {
    let (sim, traffic) = recorded("made-with-photo");
    let contact = |files: &str| {
        create(&format!(
            "<t:Attachments>{files}</t:Attachments><t:Surname>x</t:Surname>"
        ))
    };
    let answer = sim.soap(&contact(&picture(PICTURE)));
    assert_eq!(codes(&answer), ["NoError"]);
    let id = between(&answer, "ItemId Id=\"", "\"");
    let listed = shown(&sim, &id);
    assert_eq!(made(&answer), made(&listed));
    assert!(listed.contains("<t:HasPicture>true<"), "{listed}");
    let later = sim.soap(&update("AlwaysOverwrite", &id, "", &set_given_name("A")));
    assert!(made(&later).is_empty(), "{later}");
    let empty = picture("").replace("<t:Content></t:Content>", "");
    let code = |request: &str| codes(&sim.soap(request)).concat();
    assert_eq!(code(&contact(&empty)), "ErrorRequiredPropertyMissing");
    assert_eq!(
        code(&attach(&id, "", &empty)),
        "ErrorRequiredPropertyMissing"
    );
    sim.door("POST", "modes", &json!({"attachmentLimit": 3}));
    assert_eq!(
        code(&contact(&picture(PICTURE))),
        "ErrorAttachmentSizeLimitExceeded"
    );
    assert_eq!(sim.door("GET", "items", &Value::Null)["total"], 1);
    assert_valid(&traffic, 12);
}
