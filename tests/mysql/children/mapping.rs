//! A mapping that does not fit.

use super::*;

/// R23: every wrong table, column or slot is an error that names it.
#[test]
fn what_does_not_fit_is_an_error_that_names_it() {
    let Some(mut rig) = rig() else {
        return;
    };
    rig.app
        .run("CREATE TABLE bare (contact_id INT UNSIGNED, kind VARCHAR(9), number VARCHAR(9))");
    rig.app.run("CREATE TABLE words (contact_id VARCHAR(9), kind VARCHAR(9), number VARCHAR(9), KEY (contact_id))");
    let phone: &[(&str, &str)] = &[("number", "MobilePhone")];
    let list = |table: &str, value: &str| ChildConfig {
        table: table.to_owned(),
        contact: "contact_id".to_owned(),
        rows: ChildRows::List {
            value: value.to_owned(),
            property: Property::Categories,
        },
    };
    let phones = slots("contact_phones", "kind", &[("mobile", phone)]);
    let cases: Vec<(Vec<ChildConfig>, &str)> = vec![
        (
            vec![slots("contact_phone", "kind", &[("mobile", phone)])],
            "no table \"contact_phone\"",
        ),
        (
            vec![slots("contact_phones", "knd", &[("mobile", phone)])],
            "contacts.children.0.slot names; did you mean \"kind\"?",
        ),
        (
            vec![slots(
                "contact_phones",
                "kind",
                &[("mobile", &[("nmber", "MobilePhone")])],
            )],
            "contacts.children.0.map.mobile names for MobilePhone; did you mean \"number\"?",
        ),
        (
            vec![slots(
                "contact_phones",
                "kind",
                &[("mobile", &[("number", "MobilePhone"), ("id", "Birthday")])],
            )],
            "contacts.children.0.map.mobile: the column \"id\"",
        ),
        (
            vec![list("contact_tags", "tags")],
            "contacts.children.0.value names for Categories; did you mean \"tag\"?",
        ),
        (
            vec![slots("contact_phones", "created_at", &[("mobile", phone)])],
            "must be an integer, CHAR, VARCHAR or ENUM",
        ),
        (
            vec![slots(
                "contact_emails",
                "position",
                &[("first", &[("email", "EmailAddress1")])],
            )],
            "holds whole numbers",
        ),
        (
            vec![slots("bare", "kind", &[("mobile", phone)])],
            "needs an index that begins with it",
        ),
        (
            vec![slots("words", "kind", &[("mobile", phone)])],
            "is not of the type of the key",
        ),
        (
            vec![slots("contacts", "last_name", &[("mobile", phone)])],
            "the contacts table itself",
        ),
        (
            vec![slots(
                "contact_phones",
                "kind",
                &[("mobile", &[("kind", "MobilePhone")])],
            )],
            "plays two parts",
        ),
        (
            vec![
                phones.clone(),
                slots(
                    "contact_phones",
                    "kind",
                    &[("mobile", &[("note", "BusinessPhone")])],
                ),
            ],
            "is mapped already",
        ),
        (
            vec![
                phones.clone(),
                slots(
                    "contact_emails",
                    "position",
                    &[("1", &[("email", "MobilePhone")])],
                ),
            ],
            "MobilePhone is mapped twice",
        ),
        (vec![list("contact_emails", "position")], "cannot"),
    ];
    for (children, part) in cases {
        let mut config = config(&rig);
        config.children = children;
        let error = MySqlStore::new(config).unwrap().install().unwrap_err();
        assert_eq!(error.class, StoreClass::Config, "{}", error.message);
        assert!(
            error.message.contains(part),
            "{} lacks {part}",
            error.message
        );
    }
    let mut two = config(&rig);
    two.children = vec![
        phones,
        slots(
            "contact_phones",
            "kind",
            &[("work", &[("number", "BusinessPhone")])],
        ),
    ];
    rig.store_with(two);
    let count = "SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_TABLE='contact_phones' AND TRIGGER_SCHEMA=DATABASE()";
    assert_eq!(
        rig.app.one(count),
        "3",
        "two mappings of one table share its triggers"
    );
}
