//! Every answer, and every request of these tests that is meant to be valid, validates against
//! Microsoft's schema.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr
)]

mod support;

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use support::{
    Simulator, all_between, between, codes, create, get_item, schema, set, set_given_name, sync,
    update,
};

const FULL: &str = "<t:ItemClass>IPM.Contact</t:ItemClass><t:Subject>S</t:Subject><t:Sensitivity>Private</t:Sensitivity>\
    <t:Body BodyType=\"Text\">a &lt;b&gt; &amp; c&#13;\nd</t:Body>\
    <t:Categories><t:String>Customers</t:String><t:String>Red</t:String></t:Categories><t:Importance>High</t:Importance>\
    <t:ExtendedProperty><t:ExtendedFieldURI PropertySetId=\"7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77\" PropertyName=\"Uid\" \
    PropertyType=\"String\"/><t:Value>u-1</t:Value></t:ExtendedProperty>\
    <t:ExtendedProperty><t:ExtendedFieldURI PropertyTag=\"0x3A45\" PropertyType=\"String\"/><t:Value>Dr.</t:Value>\
    </t:ExtendedProperty><t:FileAsMapping>LastCommaFirst</t:FileAsMapping><t:GivenName>Erika</t:GivenName>\
    <t:Initials>E.</t:Initials><t:MiddleName>M</t:MiddleName><t:Nickname>Eri</t:Nickname><t:CompanyName>AG</t:CompanyName>\
    <t:EmailAddresses><t:Entry Key=\"EmailAddress1\" Name=\"E &quot;B&quot;\">e@example.test</t:Entry>\
    <t:Entry Key=\"EmailAddress3\">f@example.test</t:Entry></t:EmailAddresses>\
    <t:PhysicalAddresses><t:Entry Key=\"Business\"><t:Street>Hauptstr. 5</t:Street><t:State></t:State></t:Entry>\
    <t:Entry Key=\"Other\"><t:City>X</t:City></t:Entry></t:PhysicalAddresses>\
    <t:PhoneNumbers><t:Entry Key=\"AssistantPhone\">1</t:Entry><t:Entry Key=\"TtyTddPhone\">2</t:Entry></t:PhoneNumbers>\
    <t:AssistantName>A</t:AssistantName><t:Birthday>1980-05-17T11:59:00+02:00</t:Birthday>\
    <t:BusinessHomePage>https://x.test/</t:BusinessHomePage><t:Children><t:String>C</t:String></t:Children>\
    <t:Companies><t:String>D</t:String></t:Companies><t:Department>D</t:Department><t:Generation>Jr.</t:Generation>\
    <t:ImAddresses><t:Entry Key=\"ImAddress2\">sip:e</t:Entry></t:ImAddresses><t:JobTitle>J</t:JobTitle>\
    <t:Manager>M</t:Manager><t:Mileage>9</t:Mileage><t:OfficeLocation>O</t:OfficeLocation>\
    <t:PostalAddressIndex>Business</t:PostalAddressIndex><t:Profession>P</t:Profession><t:SpouseName>S</t:SpouseName>\
    <t:Surname>Beispiel</t:Surname><t:WeddingAnniversary>2004-02-29T11:59:00Z</t:WeddingAnniversary>";

const EVERYTHING: &str = "<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape><t:BodyType>HTML</t:BodyType>\
    <t:MaximumBodySize>5</t:MaximumBodySize><t:AdditionalProperties><t:FieldURI FieldURI=\"item:Categories\"/>\
    <t:FieldURI FieldURI=\"item:TextBody\"/><t:FieldURI FieldURI=\"contacts:Birthday\"/>\
    <t:FieldURI FieldURI=\"contacts:WeddingAnniversary\"/><t:FieldURI FieldURI=\"contacts:Companies\"/>\
    <t:FieldURI FieldURI=\"contacts:ContactSource\"/><t:FieldURI FieldURI=\"contacts:HasPicture\"/>\
    <t:IndexedFieldURI FieldURI=\"contacts:PhoneNumber\" FieldIndex=\"Telex\"/>\
    <t:ExtendedFieldURI DistinguishedPropertySetId=\"PublicStrings\" PropertyName=\"Keywords\" PropertyType=\"StringArray\"/>\
    <t:ExtendedFieldURI PropertyTag=\"0x3A42\" PropertyType=\"SystemTime\"/></t:AdditionalProperties></m:ItemShape>";

fn folder_requests(sim: &Simulator) {
    for (shape, id) in [
        ("IdOnly", "<t:DistinguishedFolderId Id=\"contacts\"/>"),
        ("Default", "<t:DistinguishedFolderId Id=\"msgfolderroot\"/>"),
        (
            "AllProperties",
            "<t:DistinguishedFolderId Id=\"deleteditems\"/><t:FolderId Id=\"nonsense\"/>",
        ),
        ("Default", "<t:DistinguishedFolderId Id=\"calendar\"/>"),
    ] {
        sim.soap(&format!(
            "<m:GetFolder><m:FolderShape><t:BaseShape>{shape}</t:BaseShape><t:AdditionalProperties>\
             <t:FieldURI FieldURI=\"folder:EffectiveRights\"/><t:FieldURI FieldURI=\"folder:DistinguishedFolderId\"/>\
             <t:ExtendedFieldURI PropertyTag=\"0x670A\" PropertyType=\"SystemTime\"/></t:AdditionalProperties>\
             </m:FolderShape><m:FolderIds>{id}</m:FolderIds></m:GetFolder>"
        ));
    }
    for view in [
        "",
        "<m:IndexedPageFolderView MaxEntriesReturned=\"2\" Offset=\"1\" BasePoint=\"Beginning\"/>",
    ] {
        let found = sim.soap(&format!(
            "<m:FindFolder Traversal=\"Deep\"><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>{view}\
             <m:Restriction><t:IsEqualTo><t:FieldURI FieldURI=\"folder:FolderClass\"/><t:FieldURIOrConstant>\
             <t:Constant Value=\"IPF.Contact\"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>\
             <m:ParentFolderIds><t:DistinguishedFolderId Id=\"msgfolderroot\"/></m:ParentFolderIds></m:FindFolder>"
        ));
        assert!(found.contains("IncludesLastItemInRange"), "{found}");
    }
    let make = "<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id=\"contacts\"/></m:ParentFolderId>\
                <m:Folders><t:ContactsFolder><t:DisplayName>Customers</t:DisplayName></t:ContactsFolder></m:Folders>\
                </m:CreateFolder>";
    assert_eq!(codes(&sim.soap(make)), ["NoError"]);
    assert_eq!(codes(&sim.soap(make)), ["ErrorFolderExists"]);
}

fn item_requests(sim: &Simulator) {
    let made = sim.soap(&create(FULL));
    let (id, key) = (
        between(&made, "ItemId Id=\"", "\""),
        between(&made, "ChangeKey=\"", "\""),
    );
    let bare = sim.soap(&create("<t:Surname></t:Surname>"));
    let bare = between(&bare, "ItemId Id=\"", "\"");
    for class in [
        "IPM.DistList",
        "IPM.Note",
        "IPM.StickyNote",
        "IPM.Contact.Custom",
    ] {
        let fields =
            json!({ "itemClass": class, "fields": { "DisplayName": "A list", "Body": "x" } });
        sim.door("POST", "items", &fields);
    }
    let list = sim.door("GET", "items", &Value::Null);
    let ids: Vec<&str> = list["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|i| i["id"].as_str())
        .collect();
    assert_eq!(ids.len(), 6);
    let read = sim.soap(&get_item(&ids));
    assert_eq!(codes(&read), ["NoError"; 6]);
    assert!(
        read.contains("<t:Title>Dr.</t:Title>")
            && read.contains("<t:FileAs>Beispiel, Erika M</t:FileAs>"),
        "{read}"
    );
    sim.soap(&format!(
        "<m:GetItem>{EVERYTHING}<m:ItemIds><t:ItemId Id=\"{id}\"/></m:ItemIds></m:GetItem>"
    ));
    sim.soap(&get_item(&[&id, "nonsense", ""]));
    for view in [
        "",
        "<m:IndexedPageItemView MaxEntriesReturned=\"2\" Offset=\"0\" BasePoint=\"End\"/>",
    ] {
        sim.soap(&format!(
            "<m:FindItem Traversal=\"Shallow\">{EVERYTHING}{view}<m:SortOrder><t:FieldOrder Order=\"Descending\">\
             <t:FieldURI FieldURI=\"item:LastModifiedTime\"/></t:FieldOrder></m:SortOrder><m:ParentFolderIds>\
             <t:DistinguishedFolderId Id=\"contacts\"/><t:FolderId Id=\"x\"/></m:ParentFolderIds></m:FindItem>"
        ));
    }
    let changed = sim.soap(&update(
        "NeverOverwrite",
        &id,
        &key,
        &format!(
            "{}{}<t:DeleteItemField><t:FieldURI FieldURI=\"contacts:Birthday\"/></t:DeleteItemField>",
            set_given_name("Eva"),
            set(
                "<t:IndexedFieldURI FieldURI=\"contacts:PhysicalAddress:City\" FieldIndex=\"Home\"/>",
                "<t:PhysicalAddresses><t:Entry Key=\"Home\"><t:City>Potsdam</t:City></t:Entry></t:PhysicalAddresses>",
            )
        ),
    ));
    assert_eq!(codes(&changed), ["NoError"], "{changed}");
    for (key, wanted) in [
        (key.as_str(), "ErrorIrresolvableConflict"),
        ("", "ErrorChangeKeyRequiredForWriteOperations"),
    ] {
        assert_eq!(
            codes(&sim.soap(&update("NeverOverwrite", &id, key, &set_given_name("x")))),
            [wanted]
        );
    }
    let first = sim.soap(&sync("", 2).replace("<t:BaseShape>IdOnly", "<t:BaseShape>AllProperties"));
    let state = between(&first, "<m:SyncState>", "<");
    for operation in ["MoveItem", "CopyItem"] {
        sim.soap(&format!(
            "<m:{operation}><m:ToFolderId><t:DistinguishedFolderId Id=\"deleteditems\"/></m:ToFolderId><m:ItemIds>\
             <t:ItemId Id=\"{bare}\"/></m:ItemIds></m:{operation}>"
        ));
    }
    for kind in ["SoftDelete", "HardDelete", "MoveToDeletedItems"] {
        sim.soap(&format!("<m:DeleteItem DeleteType=\"{kind}\"><m:ItemIds><t:ItemId Id=\"{id}\"/></m:ItemIds></m:DeleteItem>"));
    }
    sim.soap(&sync(&state, 512));
    sim.soap(&sync("bm9uc2Vuc2U=", 512));
}

fn faults(sim: &Simulator) {
    let order = create("<t:Surname>B</t:Surname><t:GivenName>A</t:GivenName>");
    assert_eq!(sim.fault("", &order), "ErrorSchemaValidation");
    for fault in [
        json!({"kind": "server_busy_fault"}),
        json!({"kind": "soap_fault", "code": "ErrorExceededConnectionCount"}),
        json!({"kind": "soap_fault", "code": "ErrorImpersonateUserDenied"}),
    ] {
        sim.plant(&fault);
        sim.fault("", &get_item(&["x"]));
    }
    for fault in [
        json!({"kind": "server_busy_message"}),
        json!({"kind": "item_error", "code": "ErrorInternalServerError", "inner": "ErrorServerBusy"}),
        json!({"kind": "item_error", "code": "ErrorQuotaExceeded", "index": 0}),
    ] {
        sim.plant(&fault);
        sim.soap(&get_item(&["x", "y"]));
    }
    for prefixes in ["other", "default", "usual"] {
        sim.door("POST", "modes", &json!({ "prefixes": prefixes }));
        sim.try_soap("", &sync("", 512)).expect("an answer");
    }
}

#[test]
fn all_traffic_validates() {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("recorded");
    let _ = fs::remove_dir_all(&directory);
    let sim = Simulator::start(&["--record", directory.to_str().expect("a path")]);
    folder_requests(&sim);
    item_requests(&sim);
    faults(&sim);
    let Some(schema) = schema() else { return };
    let files: Vec<PathBuf> = fs::read_dir(&directory)
        .expect("recorded")
        .map(|entry| entry.expect("a file").path())
        .collect();
    assert!(files.len() > 60, "only {} files", files.len());
    let refused: Vec<String> = files
        .iter()
        .filter(|file| {
            fs::read_to_string(file)
                .expect("text")
                .contains("ErrorSchemaValidation")
        })
        .map(|file| file.to_string_lossy().replace("-response", "-request"))
        .collect();
    assert_eq!(refused.len(), 1);
    let valid: Vec<PathBuf> = files
        .into_iter()
        .filter(|file| !refused.contains(&file.to_string_lossy().into_owned()))
        .collect();
    assert_eq!(support::complaints(&schema, &valid), "");
}

#[test]
fn refuses_what_the_schema_refuses() {
    let Some(schema) = schema() else { return };
    let sim = Simulator::start(&[]);
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let contacts = [
        "<t:GivenName>A</t:GivenName><t:FileAs>B</t:FileAs>",
        "<t:PhoneNumbers><t:Entry Key=\"Work\">1</t:Entry></t:PhoneNumbers>",
        "<t:Birthday>1980-05-17</t:Birthday>",
        "<t:Body>x</t:Body>",
        "<t:Nickname/><t:NickName/>",
        "<t:PhysicalAddresses><t:Entry Key=\"Home\"><t:City>x</t:City><t:Street>y</t:Street></t:Entry></t:PhysicalAddresses>",
        "<t:Surname Key=\"1\">x</t:Surname>",
    ];
    for (at, contact) in contacts.iter().enumerate() {
        let request = create(contact);
        assert_eq!(
            sim.fault("", &request),
            "ErrorSchemaValidation",
            "{contact}"
        );
        let file = directory.join(format!("invalid-{at}.xml"));
        fs::write(&file, support::envelope("", &request)).expect("written");
        assert_ne!(
            support::complaints(&schema, &[file]),
            "",
            "the schema allows {contact}"
        );
    }
    assert_eq!(sim.door("GET", "items", &Value::Null)["total"], 0);
}

#[test]
fn accepts_the_reference_examples() {
    let Some(schema) = schema() else { return };
    let sim = Simulator::start(&["--mailbox", "erika@example.test"]);
    let examples = schema.parent().expect("a folder").join("examples");
    let known = [
        "createfolder",
        "createitem",
        "deleteitem",
        "findfolder",
        "finditem",
        "getfolder",
        "getitem",
        "sync-first",
        "sync-next",
        "updateitem",
        "createattachment",
        "getattachment",
        "deleteattachment",
    ];
    for name in known {
        let text =
            fs::read_to_string(examples.join(format!("{name}.req.xml"))).expect("an example");
        let headers = "Authorization: Basic c3ZjOnNlY3JldA==\r\n";
        let answer = sim
            .http("POST", "/ews/exchange.asmx", headers, &text)
            .expect("an answer");
        assert!(
            !answer.body.contains("ErrorSchemaValidation"),
            "{name}: {}",
            answer.body
        );
        assert!(
            !all_between(&answer.body, "ResponseCode", ">").is_empty(),
            "{name}"
        );
    }
}

/// Tags and attribute names in order, without values.
fn form(answer: &str) -> Vec<String> {
    let tags = all_between(answer, "<", ">");
    let bare = |tag: &String| {
        let parts: Vec<&str> = tag.split('"').step_by(2).collect();
        parts.join("\"\"")
    };
    tags.iter().map(bare).collect()
}

#[test]
fn answers_have_the_recorded_form() {
    let Some(schema) = schema() else { return };
    let recorded = schema
        .parent()
        .and_then(|folder| folder.parent())
        .expect("shared")
        .join("recordings/ContactFieldVariations-07-GetItem-v15.2.xml");
    let sim = Simulator::start(&[]);
    let (id, _) = sim.outlook_contact(&json!({
        "GivenName": "Business", "Surname": "Contact", "EmailAddress1": "business@company.com",
        "EmailAddress2": "personal@email.com", "BusinessPhone": "+1-555-0100", "MobilePhone": "+1-555-0200",
    }));
    let answer = sim.soap(&format!(
        "<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape><m:ItemIds>\
         <t:ItemId Id=\"{id}\"/></m:ItemIds></m:GetItem>"
    ));
    assert_eq!(
        form(&answer),
        form(&fs::read_to_string(recorded).expect("a recording"))
    );
}
