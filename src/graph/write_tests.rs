use super::*;

fn changes(pairs: &[(&str, &str)]) -> Changes {
    let change = |(name, text): &(&str, &str)| {
        let property: Property = name.parse().unwrap();
        (property, Value::parse(property.kind(), text).unwrap())
    };
    pairs.iter().map(change).collect()
}

fn known(pairs: &[(&str, &str)]) -> Known {
    Known {
        values: changes(pairs),
        emails: vec![json!({ "address": "SMTP:a@example.test", "name": "Anna" })],
        addresses: Map::new(),
    }
}

/// semantics 55: what is written as a whole takes along what is not changed, in the order of its slots.
#[test]
fn lists_and_addresses_are_written_as_a_whole() {
    let body = changed(
        &changes(&[
            ("BusinessPhone2", "2"),
            ("HomeAddress.City", "Berlin"),
            ("EmailAddress2", "b@example.test"),
            ("ImAddress1", ""),
        ]),
        &known(&[
            ("BusinessPhone", "1"),
            ("HomeAddress.Street", "Hauptstr. 5\nHof"),
            ("EmailAddress1", "a@example.test"),
        ]),
    );
    assert_eq!(
        body.unwrap(),
        json!({
            "businessPhones": ["1", "2"],
            "homeAddress": { "street": "Hauptstr. 5\r\nHof", "city": "Berlin", "state": null, "countryOrRegion": null, "postalCode": null },
            "emailAddresses": [
                { "address": "SMTP:a@example.test", "name": "Anna" },
                { "address": "b@example.test", "name": "b@example.test" },
            ],
            "imAddresses": [],
        })
    );
}

#[test]
fn every_form_is_written_and_cleared() {
    let set = changes(&[
        ("Birthday", "1980-05-17"),
        ("Sensitivity", "Private"),
        ("Pager", "p"),
        ("Body", "a\nb"),
        ("Categories", "x\ny"),
        ("extended:PublicStrings/Tags#list", "t"),
    ]);
    let body = changed(&set, &Known::default()).unwrap();
    assert_eq!(body["birthday"], "1980-05-17T11:59:00Z");
    assert_eq!(body["personalNotes"], "a\r\nb");
    assert_eq!(body["categories"], json!(["x", "y"]));
    assert_eq!(
        body["multiValueExtendedProperties"][0]["value"],
        json!(["t"])
    );
    let single: Vec<(&str, &str)> = body["singleValueExtendedProperties"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            (
                entry["id"].as_str().unwrap(),
                entry["value"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        single,
        [
            (
                "SystemTime {00062004-0000-0000-c000-000000000046} Id 0x80de",
                "1980-05-17T00:00:00Z"
            ),
            ("Integer 0x36", "2"),
            (PRIVATE, "true"),
            ("String 0x3a21", "p"),
        ]
    );
    let cleared: Changes = set.iter().map(|(property, _)| (property, None)).collect();
    let body = changed(&cleared, &Known::default()).unwrap();
    assert_eq!(body["birthday"], Json::Null);
    assert_eq!(body["categories"], json!([]));
    assert_eq!(body["singleValueExtendedProperties"][1]["value"], "0");
    assert_eq!(
        body["singleValueExtendedProperties"][3]["value"],
        Json::Null
    );
    assert_eq!(body["multiValueExtendedProperties"][0]["value"], Json::Null);
}

/// semantics 38, 55: a display name that was made of the names follows them, a chosen one stays.
#[test]
fn the_display_name_goes_along_with_the_names() {
    let married = changes(&[("Surname", "Cramer")]);
    for (shown, expected) in [
        ("Anna Berg", "Anna Cramer"),
        ("", "Anna Cramer"),
        ("Annie", "Annie"),
    ] {
        let known = known(&[
            ("GivenName", "Anna"),
            ("Surname", "Berg"),
            ("DisplayName", shown),
        ]);
        assert_eq!(changed(&married, &known).unwrap()["displayName"], expected);
    }
    let both = changes(&[("Surname", "Cramer"), ("DisplayName", "A. C.")]);
    assert!(!has_to_read(&both, &Changes::new()));
    assert_eq!(
        changed(&both, &Known::default()).unwrap()["displayName"],
        "A. C."
    );
}

#[test]
fn what_is_not_known_has_to_be_read() {
    let names = &[
        ("GivenName", "a"),
        ("MiddleName", ""),
        ("Generation", ""),
        ("DisplayName", "a"),
    ];
    for (change, known, reads) in [
        (("JobTitle", "x"), &[][..], false),
        (("BusinessPhone", "1"), &[], true),
        (("BusinessPhone", "1"), &[("BusinessPhone2", "")], false),
        (
            ("EmailAddress1", "a@b"),
            &[("EmailAddress2", ""), ("EmailAddress3", "")],
            true,
        ),
        (
            ("HomeAddress.City", "x"),
            &[
                ("HomeAddress.Street", "a\nb"),
                ("HomeAddress.State", ""),
                ("HomeAddress.CountryOrRegion", ""),
                ("HomeAddress.PostalCode", ""),
            ],
            true,
        ),
        (
            ("HomeAddress.City", "x"),
            &[
                ("HomeAddress.Street", "a"),
                ("HomeAddress.State", ""),
                ("HomeAddress.CountryOrRegion", ""),
                ("HomeAddress.PostalCode", ""),
            ],
            false,
        ),
        (("Surname", "x"), names, false),
        (("Surname", "x"), &[("GivenName", "a")], true),
    ] {
        assert_eq!(
            has_to_read(&changes(&[change]), &changes(known)),
            reads,
            "{change:?}"
        );
    }
}

#[test]
fn what_has_no_place_is_named() {
    let error = changed(&changes(&[("Mileage", "12")]), &Known::default()).unwrap_err();
    assert_eq!(error.property, Some(Property::Mileage));
    assert!(error.message.contains("Mileage"));
}

#[test]
fn a_new_contact_has_a_name_and_its_stamp() {
    let mut contact = Contact::new();
    contact.set_raw(Property::GivenName, "Anna").unwrap();
    let body = new_contact(&contact, &Stamp::new("s-1")).unwrap();
    assert_eq!(body["displayName"], "Anna");
    assert_eq!(body["singleValueExtendedProperties"][0]["value"], "s-1");
}
