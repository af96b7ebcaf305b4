//! Where properties have their places: columns, child tables, computed groups.

use super::*;

#[test]
fn a_property_or_column_is_mapped_once() {
    let twice = array([
        ("email", text("EmailAddress1")),
        ("mail", text("EmailAddress1")),
    ]);
    assert_eq!(
        complaint(&with("contacts.map", twice)),
        "contacts.map.mail: EmailAddress1 is mapped already, by contacts.map.email"
    );
    let same = array([("email", text("EmailAddress1")), ("Email", text("Surname"))]);
    assert_eq!(
        complaint(&with("contacts.map", same)),
        "contacts.map.Email: the column is in use already, as contacts.map.email"
    );
    let both = array([
        ("email", text("EmailAddress2")),
        ("emails", text("EmailAddresses")),
    ]);
    assert_eq!(
        complaint(&with("contacts.map", both)),
        "contacts.map.emails: EmailAddresses cannot be mapped together with EmailAddress2, by contacts.map.email: they are one thing in \
         two forms; map one of them"
    );
    let within = array([
        ("data->name", text("GivenName")),
        ("Data->name.last", text("Surname")),
    ]);
    assert_eq!(
        complaint(&with("contacts.map", within)),
        "contacts.map.Data->name.last: the column is in use already, as contacts.map.data->name"
    );
}

/// R23: what is wrong in a child table is named with its place.
#[test]
fn a_wrong_child_table_is_named_with_its_place() {
    let child = |changes: &[(&str, Raw)]| {
        let mut keys = vec![
            ("table", text("phones")),
            ("contact", text("contact_id")),
            ("slot", text("kind")),
            ("value", text("number")),
            ("map", array([("mobile", text("MobilePhone"))])),
        ];
        for (key, value) in changes {
            keys.retain(|(known, _)| known != key);
            if *value != Raw::Null {
                keys.push((key, value.clone()));
            }
        }
        let keys = keys.into_iter();
        Raw::Array(
            keys.map(|(key, value)| (Key::Text(key.to_owned()), value))
                .collect(),
        )
    };
    let children = |tables: Vec<Raw>| {
        let tables = (0..).map(Key::Number).zip(tables);
        with("contacts.children", Raw::Array(tables.collect()))
    };
    assert!(Config::check(&children(vec![child(&[])]), false).is_ok());
    let list = [("slot", Raw::Null), ("map", Raw::Null)];
    for (changes, expected) in [
        (
            vec![("slot", Raw::Null)],
            "contacts.children.0.slot: is missing; expected the column that says which slot a row is",
        ),
        (
            vec![("solt", text("kind"))],
            "contacts.children.0.solt: there is no such key; did you mean contacts.children.0.slot?",
        ),
        (
            vec![("map", array([("mobile", text("MobilPhone"))]))],
            "contacts.children.0.map.mobile: there is no property \"MobilPhone\"; did you mean \"MobilePhone\"?",
        ),
        (
            vec![(
                "map",
                array([("work", array([("street", text("BusinessAddress.Stret"))]))]),
            )],
            "contacts.children.0.map.work.street: there is no property \"BusinessAddress.Stret\"; did you mean \"BusinessAddress.Street\"?",
        ),
        (
            vec![("value", Raw::Null)],
            "contacts.children.0.value: is missing",
        ),
        (
            vec![("list", text("Categories"))],
            "contacts.children.0.slot: cannot be given together with list",
        ),
        (
            [list.as_slice(), &[("list", text("Surname"))]].concat(),
            "contacts.children.0.list: Surname is no list",
        ),
        (
            [list.as_slice(), &[("list", text("Categoris"))]].concat(),
            "contacts.children.0.list: there is no property \"Categoris\"; did you mean \"Categories\"?",
        ),
    ] {
        let said = complaint(&children(vec![child(&changes)]));
        assert!(
            said.starts_with(expected),
            "{said:?} does not begin with {expected:?}"
        );
    }
    assert_eq!(
        complaint(&children(vec![child(&[]), child(&[])])),
        "contacts.children.1.map.mobile: MobilePhone is mapped already, by contacts.children.0.map.mobile"
    );
}

/// R23: what is wrong in a group of computed properties is named with its place; a column or property is in one place only.
#[test]
fn a_wrong_computed_group_is_named_with_its_place() {
    let list = |names: &[&str]| {
        let names = names.iter().map(|name| text(name));
        Raw::Array((0..).map(Key::Number).zip(names).collect())
    };
    let closure = || Raw::Object("Closure".to_owned());
    let group = |changes: &[(&str, Raw)]| {
        let mut keys = vec![
            ("columns", list(&["full_name"])),
            ("properties", list(&["GivenName", "Surname"])),
            ("toExchange", closure()),
            ("fromExchange", closure()),
        ];
        for (key, value) in changes {
            keys.retain(|(known, _)| known != key);
            if *value != Raw::Null {
                keys.push((key, value.clone()));
            }
        }
        let keys = keys.into_iter();
        Raw::Array(
            keys.map(|(key, value)| (Key::Text(key.to_owned()), value))
                .collect(),
        )
    };
    let computed = |groups: Vec<Raw>| {
        let groups = (0..).map(Key::Number).zip(groups);
        with("contacts.computed", Raw::Array(groups.collect()))
    };
    let taken = Config::check(&computed(vec![group(&[("version", Raw::Int(2))])]), false).unwrap();
    let [taken] = taken.contacts.computed.as_slice() else {
        panic!("{taken:?}");
    };
    assert_eq!(taken.columns, ["full_name"]);
    assert_eq!(taken.properties, [Property::GivenName, Property::Surname]);
    assert_eq!(taken.version, "2");
    for (changes, expected) in [
        (
            vec![("columns", Raw::Null)],
            "contacts.computed.0.columns: is missing; expected a list of names of columns",
        ),
        (
            vec![("columns", list(&[]))],
            "contacts.computed.0.columns: expected a list of names of columns, an empty one given",
        ),
        (
            vec![("columns", array([("a", text("b"))]))],
            "contacts.computed.0.columns.a: expected a list of names of columns, an array with keys given",
        ),
        (
            vec![("properties", list(&["GivnName"]))],
            "contacts.computed.0.properties.0: there is no property \"GivnName\"; did you mean \"GivenName\"?",
        ),
        (
            vec![("properties", list(&["Surname", "Photo"]))],
            "contacts.computed.0.properties.1: Photo cannot be computed; map its column",
        ),
        (
            vec![("properties", list(&["Surname", "Surname"]))],
            "contacts.computed.0.properties.1: Surname is mapped already, by contacts.computed.0.properties.0",
        ),
        (
            vec![("columns", list(&["id"]))],
            "contacts.computed.0.columns.0: the column is in use already, as contacts.key",
        ),
        (
            vec![("toExchange", Raw::Null)],
            "contacts.computed.0.toExchange: is missing; expected a callable",
        ),
        (
            vec![("fromExchnge", closure())],
            "contacts.computed.0.fromExchnge: there is no such key; did you mean contacts.computed.0.fromExchange?",
        ),
        (
            vec![("version", Raw::Bool(true))],
            "contacts.computed.0.version: expected an int or a string, bool given",
        ),
    ] {
        assert_eq!(complaint(&computed(vec![group(&changes)])), expected);
    }
    assert_eq!(
        complaint(&computed(vec![
            group(&[]),
            group(&[("columns", list(&["name"]))])
        ])),
        "contacts.computed.1.properties.0: GivenName is mapped already, by contacts.computed.0.properties.0"
    );
    let said = complaint(&with("contacts.computed", array([("name", group(&[]))])));
    assert!(
        said.starts_with("contacts.computed.name: expected a list of groups"),
        "{said}"
    );
    let Raw::Array(mut keys) = computed(vec![group(&[])]) else {
        panic!();
    };
    if let Some((_, Raw::Array(contacts))) = keys.last_mut() {
        contacts.push((
            Key::Text("map".to_owned()),
            array([("Full_name", text("FileAs"))]),
        ));
    }
    assert_eq!(
        complaint(&Raw::Array(keys)),
        "contacts.computed.0.columns.0: the column is in use already, as contacts.map.Full_name"
    );
}
