//! The checklist of the reference's section 10, over the wire.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr
)]

mod support;

use serde_json::{Value, json};
use support::{
    Simulator, all_between, between, codes, create, get_item, set, set_given_name, sync,
    sync_folder, update,
};

fn ids(answer: &str, kind: &str) -> Vec<String> {
    all_between(answer, &format!("<t:{kind}>"), &format!("</t:{kind}>"))
        .iter()
        .map(|change| between(change, "ItemId Id=\"", "\""))
        .collect()
}

fn state(answer: &str) -> String {
    between(answer, "<m:SyncState>", "<")
}

#[test]
fn credentials_are_wanted() {
    let sim = Simulator::start(&[
        "--user",
        "svc:secret",
        "--user",
        "CORP\\app:p:other@example.com",
    ]);
    let answer = sim.http("POST", "/EWS/Exchange.asmx", "", "").unwrap();
    assert_eq!(answer.status, 401);
    assert!(
        answer
            .head
            .to_lowercase()
            .contains("www-authenticate: basic realm"),
        "{}",
        answer.head
    );
    // CORP\app:p
    let headers = "Authorization: Basic Q09SUFxhcHA6cA==\r\n";
    assert_eq!(
        sim.http("GET", "/EWS/Exchange.asmx", headers, "")
            .unwrap()
            .status,
        200
    );
    assert_eq!(sim.door("GET", "stats", &Value::Null)["unauthenticated"], 1);
}

#[test]
fn mailboxes_are_apart() {
    let sim = Simulator::start(&["--mailbox", "a@example.com", "--mailbox", "b@example.com"]);
    sim.door(
        "POST",
        "items",
        &json!({"mailbox": "b@example.com", "fields": {"Surname": "B"}}),
    );
    let folder = "<t:DistinguishedFolderId Id=\"contacts\"><t:Mailbox><t:EmailAddress>B@example.com</t:EmailAddress>\
                  </t:Mailbox></t:DistinguishedFolderId>";
    let theirs = sim.soap(&sync_folder(folder, "", 9));
    assert_eq!(ids(&theirs, "Create").len(), 1);
    assert_eq!(ids(&sim.soap(&sync("", 9)), "Create").len(), 0);
    let act_as = |address: &str| {
        format!(
            "<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>{address}</t:PrimarySmtpAddress>\
             </t:ConnectingSID></t:ExchangeImpersonation>"
        )
    };
    let impersonated = sim
        .try_soap(&act_as("b@example.com"), &sync("", 9))
        .unwrap();
    assert_eq!(ids(&impersonated.body, "Create"), ids(&theirs, "Create"));
    assert_eq!(
        sim.fault(&act_as("c@example.com"), &sync("", 9)),
        "ErrorNonExistentMailbox"
    );
    assert_eq!(
        codes(&sim.soap(&sync(&state(&theirs), 9))),
        ["ErrorInvalidSyncStateData"]
    );
}

#[test]
fn keys_guard_writes() {
    let sim = Simulator::start(&[]);
    let (id, key) = sim.outlook_contact(&json!({"GivenName": "A"}));
    let code = |resolution: &str, key: &str| {
        codes(&sim.soap(&update(resolution, &id, key, &set_given_name("B"))))
    };
    assert_eq!(
        code("NeverOverwrite", "EQAAAA=="),
        ["ErrorInvalidChangeKey"]
    );
    assert_eq!(code("NeverOverwrite", &key), ["NoError"]);
    for resolution in ["NeverOverwrite", "AutoResolve"] {
        assert_eq!(code(resolution, &key), ["ErrorIrresolvableConflict"]);
    }
    assert_eq!(code("AlwaysOverwrite", &key), ["NoError"]);
    assert_eq!(sim.door("GET", "stats", &Value::Null)["writes"], 2);
    let swapped: String = id
        .chars()
        .map(|c| {
            if c.is_lowercase() {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect();
    assert_ne!(codes(&sim.soap(&get_item(&[&swapped]))), ["NoError"]);
}

#[test]
fn some_servers_ignore_keys_and_some_clocks_are_wrong() {
    let sim = Simulator::start(&[]);
    let (id, key) = sim.outlook_contact(&json!({"GivenName": "A"}));
    sim.door(
        "POST",
        "modes",
        &json!({"ignoreChangeKeys": true, "clockAhead": -300}),
    );
    for _ in 0..2 {
        let answer = sim.soap(&update("NeverOverwrite", &id, &key, &set_given_name("B")));
        assert_eq!(codes(&answer), ["NoError"]);
    }
    let items = sim.door("GET", "items", &Value::Null);
    let modified = items["items"][0]["lastModified"]
        .as_str()
        .unwrap()
        .to_owned();
    sim.door("POST", "modes", &json!({"clockAhead": 0}));
    sim.door(
        "POST",
        "items/update",
        &json!({"id": id, "fields": {"GivenName": "C"}}),
    );
    let items = sim.door("GET", "items", &Value::Null);
    let now = items["items"][0]["lastModified"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(modified < now, "{modified} is five minutes before {now}");
}

#[test]
fn property_rules() {
    let sim = Simulator::start(&[]);
    let (id, _) = sim.outlook_contact(&json!({"GivenName": "A", "Surname": "B"}));
    let code =
        |changes: &str| codes(&sim.soap(&update("AlwaysOverwrite", &id, "", changes))).concat();
    let uri = |name: &str| format!("<t:FieldURI FieldURI=\"{name}\"/>");
    let delete = |path: &str| format!("<t:DeleteItemField>{path}</t:DeleteItemField>");
    let two = "<t:GivenName>X</t:GivenName><t:Surname>Y</t:Surname>";
    assert_eq!(
        code(&set(&uri("contacts:GivenName"), two)),
        "ErrorIncorrectUpdatePropertyCount"
    );
    assert_eq!(
        code(&set(&uri("contacts:GivenName"), "<t:Surname>Y</t:Surname>")),
        "ErrorUpdatePropertyMismatch"
    );
    let complete = "<t:CompleteName><t:FirstName>x</t:FirstName></t:CompleteName>";
    assert_eq!(
        code(&set(&uri("contacts:CompleteName"), complete)),
        "ErrorInvalidPropertySet"
    );
    let phones = "<t:PhoneNumbers><t:Entry Key=\"Pager\">1</t:Entry></t:PhoneNumbers>";
    assert_eq!(
        code(&set(&uri("contacts:PhoneNumbers"), phones)),
        "ErrorInvalidPropertySet"
    );
    let pager = "<t:IndexedFieldURI FieldURI=\"contacts:PhoneNumber\" FieldIndex=\"Pager\"/>";
    assert_eq!(code(&set(pager, phones)), "NoError");
    assert_eq!(code(&delete(pager)), "NoError");
    assert_eq!(
        code(&delete(&uri("contacts:PhoneNumbers"))),
        "ErrorInvalidPropertyDelete"
    );
    assert_eq!(
        code(&delete(&uri("item:Sensitivity"))),
        "ErrorInvalidPropertyDelete"
    );
    assert_eq!(code(&delete(&uri("contacts:Birthday"))), "NoError");
    let append = set(&uri("contacts:GivenName"), "<t:GivenName>X</t:GivenName>")
        .replace("SetItemField", "AppendToItemField");
    assert_eq!(code(&append), "ErrorInvalidPropertyAppend");
    // A change description that fails undoes those before it.
    let half = format!(
        "{}{}",
        set_given_name("Z"),
        set(&uri("contacts:CompleteName"), complete)
    );
    assert_eq!(code(&half), "ErrorInvalidPropertySet");
    let answer = sim.soap(&get_item(&[&id]));
    assert!(
        answer.contains("<t:GivenName>A</t:GivenName>")
            && answer.contains("<t:DisplayName>A B</t:DisplayName>"),
        "{answer}"
    );
}

#[test]
fn sync_tells_every_change_once() {
    let sim = Simulator::start(&[]);
    sim.door("POST", "seed", &json!({"count": 7}));
    let first = sim.soap(&sync("", 4));
    assert_eq!(
        (ids(&first, "Create").len(), first.contains("InRange>false")),
        (4, true)
    );
    let second = sim.soap(&sync(&state(&first), 512));
    assert_eq!(
        (
            ids(&second, "Create").len(),
            second.contains("InRange>true")
        ),
        (3, true)
    );
    assert!(!first.contains("<t:Body"));
    let idle = sim.soap(&sync(&state(&second), 512));
    assert!(idle.contains("<m:Changes/>") && state(&idle) != state(&second));
    let known = ids(&second, "Create");
    sim.door("POST", "items/touch", &json!({"id": known[0]}));
    sim.door("POST", "items/delete", &json!({"id": known[1]}));
    let brief = sim.soap(&create("<t:Surname>x</t:Surname>"));
    sim.door(
        "POST",
        "items/delete",
        &json!({"id": between(&brief, "ItemId Id=\"", "\""), "type": "HardDelete"}),
    );
    let own = sim.soap(&create("<t:Surname>y</t:Surname>"));
    let later = sim.soap(&sync(&state(&idle), 512));
    assert_eq!(ids(&later, "Create"), [between(&own, "ItemId Id=\"", "\"")]);
    assert_eq!(
        (ids(&later, "Update"), ids(&later, "Delete")),
        (vec![known[0].clone()], vec![known[1].clone()])
    );
    assert!(
        later.contains("ChangeKey=\"EQAAAA==\"")
            && later.contains(&between(&own, "ChangeKey=\"", "\""))
    );
    assert_eq!(
        codes(&sim.soap(&get_item(&[&known[1]]))),
        ["ErrorItemNotFound"]
    );
}

#[test]
fn states_can_be_lost_and_odd() {
    let sim = Simulator::start(&[]);
    sim.door("POST", "seed", &json!({"count": 3}));
    let first = sim.soap(&sync("", 512));
    sim.door("POST", "modes", &json!({"silentRestarts": 1}));
    let restarted = sim.soap(&sync(&state(&first), 512));
    assert_eq!(ids(&restarted, "Create"), ids(&first, "Create"));
    sim.door("POST", "modes", &json!({"repeatStates": 1}));
    let repeated = sim.soap(&sync(&state(&first), 512));
    assert!(state(&repeated) == state(&first) && repeated.contains("InRange>false"));
    sim.door("POST", "modes", &json!({"stateSize": 5_000_000}));
    let large = sim.soap(&sync(&state(&first), 512));
    assert!(state(&large).len() > 5_000_000);
    assert_eq!(codes(&sim.soap(&sync(&state(&large), 512))), ["NoError"]);
    sim.door("POST", "modes", &json!({"forgetStates": true}));
    assert_eq!(
        codes(&sim.soap(&sync(&state(&first), 512))),
        ["ErrorInvalidSyncStateData"]
    );
    let other = sim.soap(&sync_folder(
        "<t:DistinguishedFolderId Id=\"deleteditems\"/>",
        "",
        512,
    ));
    assert_eq!(
        codes(&sim.soap(&sync(&state(&other), 512))),
        ["ErrorInvalidSyncStateData"]
    );
    sim.door("POST", "modes", &json!({"restartOnGarbage": true}));
    let anew = sim.soap(&sync("H4sIAAAA", 512));
    assert_eq!(codes(&anew), ["NoError"]);
    assert_eq!(ids(&anew, "Create"), ids(&first, "Create"));
}

#[test]
fn a_folder_made_anew_is_another_one() {
    let sim = Simulator::start(&[]);
    let place = json!({"path": "contacts/Customers"});
    let make = || sim.door("POST", "folders", &place)["id"].clone();
    let before = make();
    sim.door("POST", "folders/delete", &place);
    assert_ne!(make(), before);
    let listed = sim.door("GET", "items?folder=contacts/Customers", &Value::Null);
    assert_eq!(listed["total"], 0);
}

#[test]
fn a_create_may_lose_its_answer() {
    let sim = Simulator::start(&[]);
    let total = || sim.door("GET", "items", &Value::Null)["total"].clone();
    for (kind, made) in [("cut_before", 0), ("cut_after", 1), ("cut_middle", 2)] {
        sim.plant(&json!({"operation": "CreateItem", "kind": kind}));
        assert!(
            sim.try_soap("", &create("<t:Surname>x</t:Surname>"))
                .is_err(),
            "{kind}"
        );
        assert_eq!(total(), made, "{kind}");
    }
    sim.door("POST", "offline", &json!({"offline": true}));
    assert!(sim.try_soap("", &sync("", 9)).is_err());
    sim.door("POST", "offline", &json!({"offline": true, "status": 503}));
    assert_eq!(sim.try_soap("", &sync("", 9)).unwrap().status, 503);
    sim.door("POST", "offline", &json!({"offline": false}));
    assert_eq!(sim.try_soap("", &sync("", 9)).unwrap().status, 200);
    assert_eq!(sim.door("GET", "stats", &Value::Null)["refused"], 2);
}

#[test]
fn servers_are_busy_in_many_ways() {
    let sim = Simulator::start(&[]);
    sim.plant(&json!({"kind": "http_status", "status": 503, "retryAfter": 7}));
    let answer = sim.try_soap("", &sync("", 9)).unwrap();
    assert!(
        answer.status == 503 && answer.head.to_lowercase().contains("retry-after: 7"),
        "{}",
        answer.head
    );
    sim.plant(&json!({"kind": "redirect_genericerrorpage"}));
    let answer = sim.try_soap("", &sync("", 9)).unwrap();
    assert!(
        answer.status == 302 && answer.head.contains("genericerrorpage.htm"),
        "{}",
        answer.head
    );
    sim.plant(&json!({"kind": "html_200"}));
    assert!(
        sim.try_soap("", &sync("", 9))
            .unwrap()
            .body
            .starts_with("<html>")
    );
    sim.plant(&json!({"kind": "server_busy_message", "backOffMilliseconds": 5000}));
    let answer = sim.soap(&sync("", 9));
    assert!(
        answer.contains("ErrorServerBusy") && answer.contains("BackOffMilliseconds\">5000<"),
        "{answer}"
    );
    sim.plant(&json!({"kind": "item_error", "code": "ErrorQuotaExceeded", "index": 1, "operation": "GetItem"}));
    let answer = sim.soap(&get_item(&["x", "y", "z"]));
    assert_eq!(
        codes(&answer),
        [
            "ErrorInvalidIdMalformed",
            "ErrorQuotaExceeded",
            "ErrorBatchProcessingStopped"
        ]
    );
    sim.outlook_contact(&json!({"GivenName": "A"}));
    sim.plant(&json!({"kind": "illegal_character"}));
    let shape = "<t:BaseShape>AllProperties";
    assert!(
        sim.soap(&sync("", 9).replace("<t:BaseShape>IdOnly", shape))
            .contains("&#x2;</t:DisplayName>")
    );
    sim.plant(&json!({"kind": "server_busy_fault", "backOffMilliseconds": 60000, "penalty": true}));
    for _ in 0..3 {
        assert_eq!(sim.fault("", &sync("", 9)), "ErrorServerBusy");
    }
    assert_eq!(sim.door("GET", "stats", &Value::Null)["refused"], 2);
    sim.door("DELETE", "faults", &Value::Null);
    sim.soap(&sync("", 9));
}

#[test]
fn copies_and_moves_carry_the_stamp() {
    let sim = Simulator::start(&[]);
    let stamp = "<t:ExtendedFieldURI PropertySetId=\"7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77\" PropertyName=\"Uid\" PropertyType=\"String\"/>";
    let made = sim.soap(&create(&format!(
        "<t:ExtendedProperty>{stamp}<t:Value>u-1</t:Value></t:ExtendedProperty><t:Surname>x</t:Surname>"
    )));
    let id = between(&made, "ItemId Id=\"", "\"");
    sim.door("POST", "folders", &json!({"path": "contacts/Customers"}));
    let copy = sim.door("POST", "items/copy", &json!({"id": id}));
    let moved = sim.door(
        "POST",
        "items/move",
        &json!({"id": id, "folder": "contacts/Customers"}),
    );
    assert!(
        moved["id"] != json!(id)
            && moved["changeKey"] == json!(between(&made, "ChangeKey=\"", "\""))
    );
    let found = sim.soap(&format!(
        "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:Restriction>\
         <t:IsEqualTo>{stamp}<t:FieldURIOrConstant><t:Constant Value=\"u-1\"/></t:FieldURIOrConstant></t:IsEqualTo>\
         </m:Restriction><m:ParentFolderIds><t:DistinguishedFolderId Id=\"contacts\"/></m:ParentFolderIds></m:FindItem>"
    ));
    assert_eq!(
        all_between(&found, "ItemId Id=\"", "\""),
        [copy["id"].as_str().unwrap()]
    );
    let list = sim.door("GET", "items?folder=contacts%2FCustomers", &Value::Null);
    assert_eq!(
        list["items"][0]["extended"],
        json!({"7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77/Uid": "u-1"})
    );
    let path = format!(
        "items/{}",
        id.replace('+', "%2B")
            .replace('/', "%2F")
            .replace('=', "%3D")
    );
    assert_eq!(
        sim.http("GET", &format!("/_sim/{path}"), "", "")
            .unwrap()
            .status,
        404
    );
}

#[test]
fn a_birthday_is_an_instant() {
    let sim = Simulator::start(&[]);
    let (id, _) = sim.outlook_contact(&json!({"Surname": "x", "Birthday": "1980-05-17"}));
    assert!(
        sim.soap(&get_item(&[&id]))
            .contains("<t:Birthday>1980-05-16T22:00:00Z</t:Birthday>")
    );
    let made = sim.soap(&create(
        "<t:Birthday>1980-05-17T01:00:00+02:00</t:Birthday>",
    ));
    let id = between(&made, "ItemId Id=\"", "\"");
    assert!(
        sim.soap(&get_item(&[&id]))
            .contains("<t:Birthday>1980-05-16T23:00:00Z</t:Birthday>")
    );
    let shown = sim.door("GET", "items?offset=1&limit=1", &Value::Null);
    assert_eq!(shown["items"][0]["fields"]["Birthday"], "1980-05-17");
}
