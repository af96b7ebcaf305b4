//! The notes in both forms (EWS reference, section 3.6; semantics 40), and what may not be written
//! or cleared (section 3.1; semantics 33, 37 and 39).
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr
)]

mod support;

use serde_json::{Value, json};
use support::{
    Simulator, assert_valid, between, changed, clear, codes, create, encoded, field, recorded, set,
    set_value, value_of,
};

/// The notes as BodyType wants them: the attribute and the text.
fn body(sim: &Simulator, id: &str, wanted: &str) -> (String, String) {
    let answer = sim.soap(&format!(
        "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:BodyType>{wanted}</t:BodyType><t:AdditionalProperties>\
         {}</t:AdditionalProperties></m:ItemShape><m:ItemIds><t:ItemId Id=\"{id}\"/></m:ItemIds></m:GetItem>",
        field("item:Body")
    ));
    let kind = between(&answer, "<t:Body BodyType=\"", "\"");
    let text = between(
        &answer,
        &format!("<t:Body BodyType=\"{kind}\">"),
        "</t:Body>",
    );
    (kind, text)
}

fn set_body(kind: &str, text: &str) -> String {
    set(
        &field("item:Body"),
        &format!("<t:Body BodyType=\"{kind}\">{text}</t:Body>"),
    )
}

fn pair(kind: &str, text: &str) -> (String, String) {
    (kind.to_owned(), text.to_owned())
}

/// Semantics 40 and EWS reference 3.6: HTML is read as text without tags and with CRLF, text is
/// read as HTML, and writing text takes the place of HTML.
#[test]
fn notes_have_two_forms() {
    let (sim, traffic) = recorded("notes");
    let made = sim.soap(&create("<t:Body BodyType=\"Text\">a &lt;b&gt;\nc</t:Body>"));
    let id = between(&made, "ItemId Id=\"", "\"");
    assert_eq!(body(&sim, &id, "Text"), pair("Text", "a &lt;b&gt;&#13;\nc"));
    assert_eq!(body(&sim, &id, "Best"), pair("Text", "a &lt;b&gt;&#13;\nc"));
    let (kind, html) = body(&sim, &id, "HTML");
    assert!(
        kind == "HTML" && html.contains("a &amp;lt;b&amp;gt;&lt;br&gt;&#13;\nc"),
        "{html}"
    );

    let html = "&lt;html&gt;&lt;body&gt;&lt;p&gt;One &amp;amp; &lt;b&gt;two&lt;/b&gt;&lt;/p&gt;&lt;p&gt;three&lt;br&gt;four&lt;/p&gt;&lt;/body&gt;&lt;/html&gt;";
    assert_eq!(changed(&sim, &id, &set_body("HTML", html)), "NoError");
    assert_eq!(body(&sim, &id, "Best"), pair("HTML", html));
    assert_eq!(body(&sim, &id, "HTML"), pair("HTML", html));
    let text = "One &amp; two&#13;\nthree&#13;\nfour&#13;\n";
    assert_eq!(body(&sim, &id, "Text"), pair("Text", text));
    // The tag of the plain text too.
    let plain = "<t:ExtendedFieldURI PropertyTag=\"0x1000\" PropertyType=\"String\"/>";
    assert_eq!(value_of(&sim, &id, plain).as_deref(), Some(text));

    assert_eq!(changed(&sim, &id, &set_body("Text", "plain")), "NoError");
    assert_eq!(body(&sim, &id, "Best"), pair("Text", "plain"));
    assert_eq!(changed(&sim, &id, &set_body("HTML", html)), "NoError");
    assert_eq!(
        changed(&sim, &id, &set_value(plain, "by its tag")),
        "NoError"
    );
    assert_eq!(body(&sim, &id, "Best"), pair("Text", "by its tag"));
    assert_eq!(changed(&sim, &id, &set_body("HTML", html)), "NoError");
    assert_eq!(changed(&sim, &id, &clear(&field("item:Body"))), "NoError");
    assert_eq!(body(&sim, &id, "Best"), pair("Text", ""));
    assert_valid(&traffic, 30);
}

/// Semantics 40: a person formats the note in Outlook; the side door sets that HTML and shows
/// whether it is still there.
#[test]
fn a_person_formats_the_note() {
    let sim = Simulator::start(&[]);
    let html = "<html><head><style>p {margin:0}</style></head><body><p class=MsoNormal>Gr&uuml;&szlig;e,<br>\n<b>Eva</b></p></body></html>";
    let (id, _) = sim.outlook_contact(&json!({"Surname": "x", "Body": html, "BodyType": "HTML"}));
    assert_eq!(
        body(&sim, &id, "Text"),
        pair("Text", "Grüße,&#13;\nEva&#13;\n")
    );
    let kind = || {
        sim.door("GET", &format!("items/{}", encoded(&id)), &Value::Null)["fields"]["BodyType"]
            .clone()
    };
    assert_eq!(kind(), "HTML");
    assert_eq!(changed(&sim, &id, &set_body("Text", "x")), "NoError");
    assert_eq!(kind(), Value::Null);
}

/// EWS reference 3.1, 3.2, 10 (item 7) and semantics 33, 37, 39: read-only properties refuse to be
/// written and to be cleared, each with its code and its path.
#[test]
fn read_only_properties_refuse_writes_and_deletes() {
    let (sim, traffic) = recorded("read-only");
    let (id, key) = sim.outlook_contact(&json!({"Surname": "x"}));
    for (name, content, code) in [
        (
            "contacts:CompleteName",
            "<t:CompleteName><t:FirstName>x</t:FirstName></t:CompleteName>",
            "ErrorInvalidPropertySet",
        ),
        (
            "contacts:ContactSource",
            "<t:ContactSource>Store</t:ContactSource>",
            "ErrorInvalidPropertySet",
        ),
        (
            "contacts:HasPicture",
            "<t:HasPicture>true</t:HasPicture>",
            "ErrorInvalidPropertySet",
        ),
        (
            "contacts:PhoneticFullName",
            "<t:PhoneticFullName>x</t:PhoneticFullName>",
            "ErrorInvalidPropertySet",
        ),
        (
            "contacts:PhoneticFirstName",
            "<t:PhoneticFirstName>x</t:PhoneticFirstName>",
            "ErrorInvalidPropertySet",
        ),
        (
            "contacts:PhoneticLastName",
            "<t:PhoneticLastName>x</t:PhoneticLastName>",
            "ErrorInvalidPropertySet",
        ),
        (
            "contacts:Alias",
            "<t:Alias>x</t:Alias>",
            "ErrorInvalidPropertySet",
        ),
        (
            "contacts:DirectoryId",
            "<t:DirectoryId>x</t:DirectoryId>",
            "ErrorInvalidPropertySet",
        ),
        (
            "contacts:Notes",
            "<t:Notes>x</t:Notes>",
            "ErrorInvalidPropertyRequest",
        ),
        (
            "contacts:Photo",
            "<t:Photo>AAEC</t:Photo>",
            "ErrorInvalidPropertyRequest",
        ),
        (
            "item:LastModifiedTime",
            "<t:LastModifiedTime>2026-01-01T00:00:00Z</t:LastModifiedTime>",
            "ErrorInvalidPropertySet",
        ),
        ("item:Size", "<t:Size>1</t:Size>", "ErrorInvalidPropertySet"),
    ] {
        let path = field(name);
        let answer = sim.soap(&support::update(
            "NeverOverwrite",
            &id,
            &key,
            &set(&path, content),
        ));
        assert_eq!(codes(&answer), [code], "{name}");
        assert!(
            answer.contains(&format!("<m:MessageXml>{path}</m:MessageXml>")),
            "{answer}"
        );
        assert_eq!(
            changed(&sim, &id, &clear(&path)),
            "ErrorInvalidPropertyDelete",
            "{name}"
        );
        assert_eq!(codes(&sim.soap(&create(content))), [code], "{name}");
    }
    assert_eq!(sim.door("GET", "items", &Value::Null)["total"], 1);
    assert_eq!(sim.door("GET", "stats", &Value::Null)["writes"], 0);
    assert_valid(&traffic, 60);
}

/// EWS reference 3.1: Sensitivity, Importance and PostalAddressIndex are set to their default, not
/// cleared; all that the table calls clearable is cleared.
#[test]
fn some_are_set_back_and_not_cleared() {
    let sim = Simulator::start(&[]);
    let (id, _) = sim.outlook_contact(&json!({
        "Sensitivity": "Private", "Importance": "High", "PostalAddressIndex": "Home", "Subject": "S", "Culture": "de-DE",
        "Categories": ["A"], "Children": ["B"], "Companies": ["C"], "Birthday": "1980-05-17",
    }));
    for (name, element, value) in [
        ("item:Sensitivity", "Sensitivity", "Normal"),
        ("item:Importance", "Importance", "Normal"),
        ("contacts:PostalAddressIndex", "PostalAddressIndex", "None"),
    ] {
        assert_eq!(
            changed(&sim, &id, &clear(&field(name))),
            "ErrorInvalidPropertyDelete",
            "{name}"
        );
        let back = set(&field(name), &format!("<t:{element}>{value}</t:{element}>"));
        assert_eq!(changed(&sim, &id, &back), "NoError", "{name}");
    }
    for name in [
        "item:Subject",
        "item:Culture",
        "item:Categories",
        "contacts:Children",
        "contacts:Companies",
        "contacts:Birthday",
        "contacts:FileAs",
        "contacts:FileAsMapping",
        "contacts:Mileage",
    ] {
        assert_eq!(
            changed(&sim, &id, &clear(&field(name))),
            "NoError",
            "{name}"
        );
    }
    let item = sim.door("GET", &format!("items/{}", encoded(&id)), &Value::Null);
    assert_eq!(
        item["fields"],
        json!({"Sensitivity": "Normal", "Importance": "Normal", "PostalAddressIndex": "None"})
    );
}

/// EWS reference 2.3: a flag has two spellings in a request, and one in an answer.
#[test]
fn a_flag_is_shown_in_one_form() {
    let sim = Simulator::start(&[]);
    let (id, _) = sim.outlook_contact(&json!({"Surname": "x"}));
    for (written, shown) in [("1", "true"), ("0", "false"), ("true", "true")] {
        let flag = format!("<t:ReminderIsSet>{written}</t:ReminderIsSet>");
        assert_eq!(
            changed(&sim, &id, &set(&field("item:ReminderIsSet"), &flag)),
            "NoError"
        );
        let answer = sim.soap(&support::get_item(&[&id]));
        assert_eq!(between(&answer, "<t:ReminderIsSet>", "<"), shown);
    }
}

/// EWS reference 3.1 and 10 (item 7): a subject has 255 characters at most, whatever its path.
#[test]
fn a_subject_has_255_characters() {
    let sim = Simulator::start(&[]);
    let (id, _) = sim.outlook_contact(&json!({"Surname": "x"}));
    let tag = "<t:ExtendedFieldURI PropertyTag=\"0x0037\" PropertyType=\"String\"/>";
    for (length, code) in [(255, "NoError"), (256, "ErrorDataSizeLimitExceeded")] {
        let text = "ü".repeat(length);
        let element = format!("<t:Subject>{text}</t:Subject>");
        assert_eq!(
            changed(&sim, &id, &set(&field("item:Subject"), &element)),
            code
        );
        assert_eq!(changed(&sim, &id, &set_value(tag, &text)), code);
        assert_eq!(codes(&sim.soap(&create(&element))), [code]);
    }
    assert_eq!(value_of(&sim, &id, tag), Some("ü".repeat(255)));
}
