//! Extended properties (EWS reference, section 3.7).
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr
)]

mod support;

use serde_json::json;
use support::{
    Simulator, all_between, assert_valid, between, changed, clear, codes, create, field, get_paths,
    recorded, set, set_value, update, value_of,
};

fn own(kind: &str) -> String {
    format!(
        "<t:ExtendedFieldURI PropertySetId=\"7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77\" PropertyName=\"Own\" PropertyType=\"{kind}\"/>"
    )
}

fn tag(tag: &str, kind: &str) -> String {
    format!("<t:ExtendedFieldURI PropertyTag=\"{tag}\" PropertyType=\"{kind}\"/>")
}

fn address(number: u32, kind: &str) -> String {
    format!(
        "<t:ExtendedFieldURI DistinguishedPropertySetId=\"Address\" PropertyId=\"{number}\" PropertyType=\"{kind}\"/>"
    )
}

fn set_values(path: &str, values: &[&str]) -> String {
    let values: String = values
        .iter()
        .map(|value| format!("<t:Value>{value}</t:Value>"))
        .collect();
    set(
        path,
        &format!("<t:ExtendedProperty>{path}<t:Values>{values}</t:Values></t:ExtendedProperty>"),
    )
}

/// What is written, and how it comes back.
const VALUES: &[(&str, &str, &str)] = &[
    ("ApplicationTime", "36526.25", "36526.25"),
    ("Binary", "AA\nEC", "AAEC"),
    ("Boolean", "1", "true"),
    (
        "CLSID",
        "7C1D9C0E-52A1-4C8E-9F52-0D4A3B6F1A77",
        "7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77",
    ),
    ("Currency", "0012", "12"),
    ("Double", "1.50", "1.5"),
    ("Float", "-0.25", "-0.25"),
    ("Integer", " -2147483648 ", "-2147483648"),
    ("Long", "+9223372036854775807", "9223372036854775807"),
    ("Short", "007", "7"),
    (
        "SystemTime",
        "1980-05-17T00:00:00.000+02:00",
        "1980-05-16T22:00:00Z",
    ),
    ("String", " x &amp; y", " x &amp; y"),
];

/// EWS reference 3.7: every type that can be used, alone and as an Array, comes back in one form;
/// the same name with another type is another property.
#[test]
fn every_type_comes_back() {
    let (sim, traffic) = recorded("types");
    let (id, _) = sim.outlook_contact(&json!({"Surname": "x"}));
    let single: String = VALUES
        .iter()
        .map(|(kind, value, _)| set_value(&own(kind), value))
        .collect();
    assert_eq!(changed(&sim, &id, &single), "NoError");
    let arrays: Vec<_> = VALUES
        .iter()
        .filter(|(kind, ..)| *kind != "Boolean")
        .collect();
    let lists: String = arrays
        .iter()
        .map(|(kind, value, _)| set_values(&own(&format!("{kind}Array")), &[value, value]))
        .collect();
    assert_eq!(changed(&sim, &id, &lists), "NoError");
    for (kind, _, shown) in VALUES {
        assert_eq!(
            value_of(&sim, &id, &own(kind)).as_deref(),
            Some(*shown),
            "{kind}"
        );
    }
    for (kind, _, shown) in arrays {
        let answer = sim.soap(&get_paths(&id, &own(&format!("{kind}Array"))));
        assert_eq!(
            all_between(&answer, "<t:Value>", "<"),
            [*shown, *shown],
            "{kind}"
        );
        assert!(answer.contains("<t:Values>"), "{answer}");
    }
    assert_eq!(changed(&sim, &id, &clear(&own("Integer"))), "NoError");
    assert_eq!(value_of(&sim, &id, &own("Integer")), None);
    assert_eq!(value_of(&sim, &id, &own("Short")).as_deref(), Some("7"));
    assert_valid(&traffic, 50);
}

/// EWS reference 3.7 and 5 D: a wrong value, path or type is an error of its item alone.
#[test]
fn wrong_ones_are_errors_of_their_item() {
    let (sim, traffic) = recorded("wrong-values");
    let (id, _) = sim.outlook_contact(&json!({"Surname": "x"}));
    let code = |changes: &str| changed(&sim, &id, changes);
    for (kind, value) in [
        ("Boolean", "yes"),
        ("Short", "32768"),
        ("Integer", "2147483648"),
        ("Long", "1.5"),
        ("Currency", "1.5"),
        ("Double", "1,5"),
        ("Float", "x"),
        ("SystemTime", "1980-05-17"),
        ("SystemTime", "1600-01-01T00:00:00Z"),
        ("CLSID", "7c1d9c0e"),
        ("Binary", "A"),
        ("StringArray", "x"),
    ] {
        let answer = sim.soap(&update(
            "AlwaysOverwrite",
            &id,
            "",
            &set_value(&own(kind), value),
        ));
        assert_eq!(
            codes(&answer),
            ["ErrorInvalidExtendedPropertyValue"],
            "{kind} {value}"
        );
        assert!(
            answer.contains(&format!("PropertyType=\"{kind}\"/></m:MessageXml>")),
            "{answer}"
        );
        assert_eq!(value_of(&sim, &id, &own(kind)), None);
    }
    assert_eq!(
        code(&set_values(&own("IntegerArray"), &["1", "x"])),
        "ErrorInvalidExtendedPropertyValue"
    );
    assert_eq!(
        code(&set_values(&own("Integer"), &["1"])),
        "ErrorInvalidExtendedPropertyValue"
    );
    for kind in ["Error", "Null", "Object"] {
        assert_eq!(
            code(&set_value(&own(kind), "1")),
            "ErrorUnsupportedMapiPropertyType"
        );
    }
    assert_eq!(
        code(&set_value(&tag("0x8045", "String"), "x")),
        "ErrorNoPropertyTagForCustomProperties"
    );
    let mixed =
        "<t:ExtendedFieldURI PropertyTag=\"0x3A45\" PropertyName=\"x\" PropertyType=\"String\"/>";
    assert_eq!(code(&set_value(mixed, "x")), "ErrorInvalidExtendedProperty");
    // The other items of the request are made.
    let item = |value: &str| {
        format!(
            "<t:ExtendedProperty>{}<t:Value>{value}</t:Value></t:ExtendedProperty>",
            own("Integer")
        )
    };
    let three = create(&item("1")).replace(
        "</t:Contact>",
        &format!(
            "</t:Contact><t:Contact>{}</t:Contact><t:Contact>{}</t:Contact>",
            item("x"),
            item("3")
        ),
    );
    assert_eq!(
        codes(&sim.soap(&three)),
        ["NoError", "ErrorInvalidExtendedPropertyValue", "NoError"]
    );
    assert_valid(&traffic, 40);
}

/// EWS reference 3.7 and 10, item 8: a tag or named property and its element are one storage.
#[test]
fn elements_and_their_properties_are_one_storage() {
    let (sim, traffic) = recorded("one-storage");
    let (id, _) = sim.outlook_contact(&json!({
        "BusinessAddress.Street": "Hauptstr. 5", "BusinessAddress.City": "Berlin", "BusinessAddress.State": "BE",
        "BusinessAddress.PostalCode": "10115", "BusinessAddress.CountryOrRegion": "Germany",
        "HomeAddress.City": "Potsdam", "MobilePhone": "+49 170", "Sensitivity": "Private",
        "PostalAddressIndex": "Business", "Birthday": "1980-05-17", "Children": ["A"], "Body": "a\nb",
    }));
    for (path, value) in [
        (address(0x8045, "String"), "Hauptstr. 5"),
        (address(0x8046, "String"), "Berlin"),
        (address(0x8047, "String"), "BE"),
        (address(0x8048, "String"), "10115"),
        (address(0x8049, "String"), "Germany"),
        (tag("0x3A59", "String"), "Potsdam"),
        (tag("0x3A1C", "String"), "+49 170"),
        (tag("0x0036", "Integer"), "2"),
        (tag("0x0017", "Integer"), "1"),
        (address(0x8022, "Integer"), "2"),
        (tag("0x3A42", "SystemTime"), "1980-05-16T22:00:00Z"),
        (tag("0x3A58", "StringArray"), "A"),
        (tag("0x1000", "String"), "a&#13;\nb"),
    ] {
        assert_eq!(value_of(&sim, &id, &path).as_deref(), Some(value), "{path}");
    }
    let changes = [
        set_value(&address(0x8045, "String"), "Neue Str. 1"),
        set_value(&tag("0x0036", "Integer"), "0"),
        set_value(&address(0x8022, "Integer"), "1"),
        set_value(&tag("0x3A1C", "String"), "+49 171"),
        set_value(&address(0x802C, "String"), "エリカ"),
        set_value(&address(0x802D, "String"), "バイシュピール"),
        clear(&address(0x8046, "String")),
    ];
    assert_eq!(changed(&sim, &id, &changes.concat()), "NoError");
    let paths = [
        "item:Sensitivity",
        "contacts:PostalAddressIndex",
        "contacts:PhysicalAddresses",
        "contacts:PhoneNumbers",
        "contacts:PhoneticFirstName",
        "contacts:PhoneticLastName",
        "contacts:CompleteName",
    ]
    .map(field);
    let answer = sim.soap(&get_paths(&id, &paths.concat()));
    for part in [
        "<t:Sensitivity>Normal<",
        "<t:PostalAddressIndex>Home<",
        "<t:Street>Neue Str. 1<",
        ">+49 171<",
        "<t:PhoneticFirstName>エリカ<",
        "<t:PhoneticLastName>バイシュピール<",
        "<t:YomiFirstName>エリカ<",
    ] {
        assert!(answer.contains(part), "{part}: {answer}");
    }
    assert!(!answer.contains("Berlin"), "{answer}");
    assert_eq!(
        changed(&sim, &id, &set_value(&tag("0x0036", "Integer"), "4")),
        "ErrorInvalidExtendedPropertyValue"
    );
    assert_eq!(
        changed(&sim, &id, &clear(&tag("0x0036", "Integer"))),
        "ErrorInvalidPropertyDelete"
    );
    assert_valid(&traffic, 30);
}

/// EWS reference 3.7: what has no element is kept as it is: title, PO boxes, user fields, gender,
/// hobbies, personal home page, Yomi of the company, the local dates, the private flag.
#[test]
fn what_has_no_element_is_kept() {
    let (sim, traffic) = recorded("no-element");
    let private = "<t:ExtendedFieldURI DistinguishedPropertySetId=\"Common\" PropertyId=\"34054\" PropertyType=\"Boolean\"/>";
    let mut wanted = vec![
        (tag("0x3A45", "String"), "Dr.".to_owned()),
        (tag("0x3A5E", "String"), "PO 1".to_owned()),
        (tag("0x3A64", "String"), "PO 2".to_owned()),
        (tag("0x3A4D", "Short"), "2".to_owned()),
        (tag("0x3A43", "String"), "Chess".to_owned()),
        (tag("0x3A50", "String"), "https://e.test/".to_owned()),
        (address(0x804A, "String"), "PO 3".to_owned()),
        (address(0x802E, "String"), "ムスター".to_owned()),
        (
            address(0x80DE, "SystemTime"),
            "1980-05-17T00:00:00Z".to_owned(),
        ),
        (
            address(0x80DF, "SystemTime"),
            "2004-02-29T00:00:00Z".to_owned(),
        ),
        (private.to_owned(), "true".to_owned()),
    ];
    wanted.extend((0x804F..=0x8052).map(|n| (address(n, "String"), format!("user {n}"))));
    let properties: String = wanted
        .iter()
        .map(|(path, value)| {
            format!("<t:ExtendedProperty>{path}<t:Value>{value}</t:Value></t:ExtendedProperty>")
        })
        .collect();
    let made = sim.soap(&create(&(properties + "<t:Surname>x</t:Surname>")));
    let id = between(&made, "ItemId Id=\"", "\"");
    for (path, value) in &wanted {
        assert_eq!(value_of(&sim, &id, path).as_ref(), Some(value), "{path}");
    }
    let all: String = wanted.iter().map(|(path, _)| clear(path)).collect();
    assert_eq!(changed(&sim, &id, &all), "NoError");
    for (path, _) in &wanted {
        assert_eq!(value_of(&sim, &id, path), None, "{path}");
    }
    assert_valid(&traffic, 60);
}

/// EWS reference 2.6 and semantics 8: a search compares values as their type has it, and a list of
/// items cuts them.
#[test]
fn a_search_compares_as_the_type_has_it() {
    let sim = Simulator::start(&[]);
    let property = |value: &str| {
        format!(
            "<t:ExtendedProperty>{}<t:Value>{value}</t:Value></t:ExtendedProperty>",
            own("Integer")
        )
    };
    for value in ["9", "10", "-3"] {
        assert_eq!(codes(&sim.soap(&create(&property(value)))), ["NoError"]);
    }
    let found = |operation: &str, path: &str, constant: &str, shown: &str| {
        let answer = sim.soap(&format!(
            "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{shown}\
             </t:AdditionalProperties></m:ItemShape><m:Restriction><t:{operation}>{path}<t:FieldURIOrConstant>\
             <t:Constant Value=\"{constant}\"/></t:FieldURIOrConstant></t:{operation}></m:Restriction><m:ParentFolderIds>\
             <t:DistinguishedFolderId Id=\"contacts\"/></m:ParentFolderIds></m:FindItem>"
        ));
        let mut values = all_between(&answer, "<t:Value>", "<");
        values.sort();
        values
    };
    let integer = own("Integer");
    assert_eq!(found("IsGreaterThan", &integer, "8", &integer), ["10", "9"]);
    assert_eq!(found("IsLessThan", &integer, "9", &integer), ["-3"]);
    assert_eq!(found("IsEqualTo", &integer, "010", &integer), ["10"]);
    sim.outlook_contact(&json!({"Sensitivity": "Private", "Surname": "p"}));
    assert_eq!(
        found(
            "IsEqualTo",
            &tag("0x0036", "Integer"),
            "2",
            &tag("0x3A11", "String")
        ),
        ["p"]
    );
    let long = "QUFB".repeat(200);
    let (id, _) = sim.outlook_contact(&json!({"Surname": "long"}));
    assert_eq!(
        changed(&sim, &id, &set_value(&own("Binary"), &long)),
        "NoError"
    );
    assert_eq!(
        value_of(&sim, &id, &own("Binary")).as_deref(),
        Some(long.as_str())
    );
    let cut = found(
        "IsEqualTo",
        &tag("0x3A11", "String"),
        "long",
        &own("Binary"),
    );
    assert_eq!(cut[0].len(), 512_usize.div_ceil(3) * 4);
}
