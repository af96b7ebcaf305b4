use super::*;

/// A table of columns, each `name` or `name:type`; a text has 60 characters, `name:char` has two.
fn table(columns: &str) -> TableFacts {
    let columns = columns.split_whitespace().map(|column| {
        let (name, data_type) = column.split_once(':').unwrap_or((column, "varchar"));
        let is_text = ["varchar", "char", "text", "enum"].contains(&data_type);
        ColumnFacts {
            name: name.to_owned(),
            data_type: data_type.to_owned(),
            characters: Some(if data_type == "char" { 2 } else { 60 }),
            octets: Some(240),
            charset: is_text.then(|| "utf8mb4".to_owned()),
            ..ColumnFacts::default()
        }
    });
    TableFacts {
        name: "contacts".to_owned(),
        columns: columns.collect(),
        ..TableFacts::default()
    }
}

/// The guess as `column=Property`, sorted as the expectation.
fn guessed(columns: &str) -> Vec<String> {
    let map = guess(&table(columns), &[]);
    let mut map: Vec<String> = map
        .iter()
        .map(|(column, property)| format!("{column}={property}"))
        .collect();
    map.sort();
    map
}

/// R23: every line names a property of the catalogue, and no name stands in two of them.
#[test]
fn the_lists_are_sound() {
    let mut seen: Vec<&str> = Vec::new();
    for (property, names) in NAMES {
        assert!(property.parse::<Property>().is_ok(), "{property}");
        for name in names.split_whitespace() {
            assert_eq!(plain(name), name);
            assert!(!seen.contains(&name), "{name} stands there twice");
            seen.push(name);
        }
    }
    for (part, names) in PARTS {
        assert!(format!("HomeAddress.{part}").parse::<Property>().is_ok());
        for name in names.split_whitespace() {
            assert_eq!(plain(name), name);
            assert!(!seen.contains(&name), "{name} stands there twice");
            seen.push(name);
        }
    }
}

/// R23: the habits of frameworks, shops, CRMs and four languages.
#[test]
fn tables_as_people_make_them_are_understood() {
    for (case, columns, expected) in [
        (
            "Laravel",
            "id:int first_name last_name email phone company_id:int job_title notes:text tags:json created_at:timestamp",
            "first_name=GivenName last_name=Surname email=EmailAddress1 phone=BusinessPhone job_title=JobTitle notes=Body \
             tags=Categories",
        ),
        (
            "Doctrine, with an embeddable",
            "id:int firstName lastName birthDate:date mobilePhone address_street address_postal_code address_city address_state \
             address_country",
            "firstName=GivenName lastName=Surname birthDate=Birthday mobilePhone=MobilePhone \
             address_street=BusinessAddress.Street address_postal_code=BusinessAddress.PostalCode \
             address_city=BusinessAddress.City address_state=BusinessAddress.State \
             address_country=BusinessAddress.CountryOrRegion",
        ),
        (
            "WordPress",
            "ID:int user_login user_nicename user_email user_url display_name user_status:int",
            "user_email=EmailAddress1 user_url=BusinessHomePage display_name=DisplayName",
        ),
        (
            "WooCommerce",
            "billing_first_name billing_last_name billing_company billing_address_1 billing_city billing_postcode \
             billing_country:char billing_email billing_phone shipping_first_name shipping_city",
            "billing_first_name=GivenName billing_last_name=Surname billing_company=CompanyName \
             billing_address_1=BusinessAddress.Street billing_city=BusinessAddress.City \
             billing_postcode=BusinessAddress.PostalCode billing_email=EmailAddress1 billing_phone=BusinessPhone",
        ),
        (
            "SuiteCRM",
            "first_name last_name title department phone_work phone_mobile phone_home phone_fax phone_other birthdate:date \
             primary_address_street primary_address_city primary_address_postalcode primary_address_country \
             alt_address_street alt_address_city",
            "first_name=GivenName last_name=Surname department=Department phone_work=BusinessPhone phone_mobile=MobilePhone \
             phone_home=HomePhone phone_fax=BusinessFax phone_other=OtherTelephone birthdate=Birthday \
             primary_address_street=BusinessAddress.Street primary_address_city=BusinessAddress.City \
             primary_address_postalcode=BusinessAddress.PostalCode primary_address_country=BusinessAddress.CountryOrRegion \
             alt_address_street=OtherAddress.Street alt_address_city=OtherAddress.City",
        ),
        (
            "vTiger and Salesforce",
            "FirstName LastName HomePhone OtherPhone AssistantName AssistantPhone MailingStreet MailingCity MailingPostalCode \
             OtherStreet OtherCity",
            "FirstName=GivenName LastName=Surname HomePhone=HomePhone OtherPhone=OtherTelephone AssistantName=AssistantName \
             AssistantPhone=AssistantPhone MailingStreet=BusinessAddress.Street MailingCity=BusinessAddress.City \
             MailingPostalCode=BusinessAddress.PostalCode OtherStreet=OtherAddress.Street OtherCity=OtherAddress.City",
        ),
        (
            "German",
            "Vorname Name Firma Straße PLZ Ort Land Telefon telefon_privat Handy Geburtsdatum:date Bemerkung:text strasse_privat \
             ort_privat",
            "Vorname=GivenName Name=Surname Firma=CompanyName Straße=BusinessAddress.Street PLZ=BusinessAddress.PostalCode \
             Ort=BusinessAddress.City Land=BusinessAddress.CountryOrRegion Telefon=BusinessPhone telefon_privat=HomePhone \
             Handy=MobilePhone Geburtsdatum=Birthday Bemerkung=Body strasse_privat=HomeAddress.Street ort_privat=HomeAddress.City",
        ),
        (
            "French",
            "prénom nom société fonction courriel téléphone telephone_portable adresse cp ville pays date_naissance:date remarques",
            "prénom=GivenName nom=Surname société=CompanyName fonction=JobTitle courriel=EmailAddress1 téléphone=BusinessPhone \
             telephone_portable=MobilePhone adresse=BusinessAddress.Street cp=BusinessAddress.PostalCode \
             ville=BusinessAddress.City pays=BusinessAddress.CountryOrRegion date_naissance=Birthday remarques=Body",
        ),
        (
            "Spanish",
            "nombre apellido empresa cargo correo telefono movil direccion ciudad provincia codigo_postal pais \
             fecha_nacimiento:date observaciones etiquetas",
            "nombre=GivenName apellido=Surname empresa=CompanyName cargo=JobTitle correo=EmailAddress1 telefono=BusinessPhone \
             movil=MobilePhone direccion=BusinessAddress.Street ciudad=BusinessAddress.City \
             provincia=BusinessAddress.State codigo_postal=BusinessAddress.PostalCode \
             pais=BusinessAddress.CountryOrRegion fecha_nacimiento=Birthday observaciones=Body etiquetas=Categories",
        ),
        (
            "the contact of a company",
            "name email phone website street city contact_name contact_email contact_phone",
            "contact_name=DisplayName contact_email=EmailAddress1 contact_phone=BusinessPhone website=BusinessHomePage \
             street=BusinessAddress.Street city=BusinessAddress.City",
        ),
        (
            "two addresses",
            "last_name street city business_street business_city home_phone work_phone phone",
            "last_name=Surname business_street=BusinessAddress.Street business_city=BusinessAddress.City home_phone=HomePhone \
             work_phone=BusinessPhone",
        ),
    ] {
        let mut expected: Vec<&str> = expected.split_whitespace().collect();
        expected.sort_unstable();
        assert_eq!(guessed(columns), expected, "{case}");
    }
}

/// R23: a list of addresses is known by its name, unless a slot has a column too.
#[test]
fn a_list_of_addresses_is_guessed_where_no_slot_is() {
    for (columns, expected) in [
        (
            "first_name emails:json",
            "emails=EmailAddresses first_name=GivenName",
        ),
        ("email_addresses:text", "email_addresses=EmailAddresses"),
        ("emails:int", ""),
        ("email emails:json", "email=EmailAddress1"),
        ("email2 email_addresses", "email2=EmailAddress2"),
    ] {
        assert_eq!(guessed(columns).join(" "), expected, "{columns}");
    }
}

/// R23: what may mean two things, or has a type that says otherwise, is not guessed.
#[test]
fn a_guess_is_never_wrong() {
    for columns in [
        "id:int title name state status region position description url anniversary",
        "nom nombre cargo estado service departement departamento cp",
        "address adresse direccion",
        "street:int company:int phone:bigint state:enum country:enum department:enum",
        "birthday birthdate:int dob:timestamp",
        "country:char land:char",
        "manager user_email user_url owner_email customer_name",
        "strasse hausnummer",
        "billing_email billing_phone billing_city billing_postcode",
        "shipping_first_name shipping_last_name shipping_city",
        "apellido segundo_apellido",
        "email_verified_at:timestamp phone_type mobile_app_token tags_count:int company_type",
    ] {
        assert_eq!(guessed(columns), Vec::<String>::new(), "{columns}");
    }
}

/// R23: a property is guessed once, and a column with another part to play not at all.
#[test]
fn each_property_and_each_column_once() {
    let table = table("id:int First_Name forename birthday:int notes:text city");
    assert_eq!(
        guess(&table, &["city"]),
        [
            ("First_Name".to_owned(), Property::GivenName),
            ("notes".to_owned(), Property::Body),
        ]
    );
}

/// semantics 39: a photo is guessed where a column can hold one; a text may be a path, a URL or a flag.
#[test]
fn a_photo_is_guessed_by_name_and_type() {
    for name in ["photo", "picture", "avatar", "bild", "foto", "imagen"] {
        for data_type in ["tinyblob", "mediumblob", "varbinary"] {
            let columns = format!("first_name {name}:{data_type}");
            let photo = format!("{name}=Photo");
            assert!(guessed(&columns).contains(&photo), "{columns}");
        }
        for data_type in ["varchar", "text", "int", "json"] {
            let columns = format!("first_name {name}:{data_type}");
            assert_eq!(guessed(&columns), ["first_name=GivenName"], "{columns}");
        }
    }
}
