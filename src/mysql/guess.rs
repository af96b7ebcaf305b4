//! The mapping that common column names suggest.

use super::column::Column;
use super::introspect::TableFacts;
use crate::contact::Property;

/// Column names without `_` and `-`, lower case, and what they usually hold.
const NAMES: &[(&[&str], &str)] = &[
    (
        &[
            "firstname",
            "givenname",
            "forename",
            "fname",
            "vorname",
            "prenom",
        ],
        "GivenName",
    ),
    (&["middlename"], "MiddleName"),
    (
        &["lastname", "surname", "familyname", "lname", "nachname"],
        "Surname",
    ),
    (&["suffix", "namesuffix"], "Generation"),
    (&["initials"], "Initials"),
    (&["nickname"], "Nickname"),
    (
        &["displayname", "fullname", "name", "contactname"],
        "DisplayName",
    ),
    (&["fileas"], "FileAs"),
    (
        &[
            "company",
            "companyname",
            "organisation",
            "organization",
            "firma",
        ],
        "CompanyName",
    ),
    (&["department", "abteilung"], "Department"),
    (&["jobtitle", "position", "funktion"], "JobTitle"),
    (&["office", "officelocation"], "OfficeLocation"),
    (
        &["website", "homepage", "webpage", "url"],
        "BusinessHomePage",
    ),
    (
        &[
            "birthday",
            "birthdate",
            "dateofbirth",
            "dob",
            "geburtstag",
            "geburtsdatum",
        ],
        "Birthday",
    ),
    (&["anniversary", "weddinganniversary"], "WeddingAnniversary"),
    (
        &[
            "notes",
            "note",
            "comment",
            "comments",
            "remarks",
            "notizen",
            "bemerkung",
        ],
        "Body",
    ),
    (
        &["tags", "categories", "labels", "kategorien"],
        "Categories",
    ),
    (
        &["email", "mail", "emailaddress", "email1"],
        "EmailAddress1",
    ),
    (&["email2", "secondaryemail", "otheremail"], "EmailAddress2"),
    (&["email3"], "EmailAddress3"),
    (
        &[
            "phone",
            "telephone",
            "phonenumber",
            "businessphone",
            "workphone",
            "officephone",
            "tel",
            "telefon",
        ],
        "BusinessPhone",
    ),
    (&["phone2", "businessphone2"], "BusinessPhone2"),
    (
        &[
            "mobile",
            "mobilephone",
            "cell",
            "cellphone",
            "mobil",
            "handy",
        ],
        "MobilePhone",
    ),
    (&["homephone", "privatephone", "phonehome"], "HomePhone"),
    (&["fax", "businessfax", "faxnumber"], "BusinessFax"),
    (&["pager"], "Pager"),
    (&["im", "skype", "imaddress"], "ImAddress1"),
    (
        &[
            "street",
            "address",
            "address1",
            "addressline1",
            "businessstreet",
            "strasse",
        ],
        "BusinessAddress.Street",
    ),
    (
        &["city", "town", "businesscity", "ort", "stadt"],
        "BusinessAddress.City",
    ),
    (
        &["state", "region", "province", "businessstate", "bundesland"],
        "BusinessAddress.State",
    ),
    (
        &[
            "zip",
            "zipcode",
            "postcode",
            "postalcode",
            "businesszip",
            "plz",
        ],
        "BusinessAddress.PostalCode",
    ),
    (
        &["country", "businesscountry", "land"],
        "BusinessAddress.CountryOrRegion",
    ),
    (&["homestreet", "privatestreet"], "HomeAddress.Street"),
    (&["homecity", "privatecity"], "HomeAddress.City"),
    (&["homestate"], "HomeAddress.State"),
    (
        &["homezip", "homepostcode", "homepostalcode"],
        "HomeAddress.PostalCode",
    ),
    (&["homecountry"], "HomeAddress.CountryOrRegion"),
];

/// The columns of a table whose names and types suggest a property, each property once.
#[must_use]
pub(crate) fn guess(table: &TableFacts, taken: &[&str]) -> Vec<(String, Property)> {
    let mut map: Vec<(String, Property)> = Vec::new();
    for (names, property) in NAMES {
        let Ok(property) = property.parse::<Property>() else {
            continue;
        };
        // The first name of a line that the table has wins.
        let found = names.iter().find_map(|name| {
            table.columns.iter().find(|column| {
                !taken.contains(&column.name.as_str())
                    && column.name.to_lowercase().replace(['_', '-', ' '], "") == **name
                    && Column::of(column, property).is_ok()
            })
        });
        if let Some(column) = found {
            map.push((column.name.clone(), property));
        }
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mysql::introspect::ColumnFacts;

    #[test]
    fn common_names_are_mapped_and_each_property_once() {
        assert!(
            NAMES
                .iter()
                .all(|(_, property)| property.parse::<Property>().is_ok())
        );
        let column = |name: &str, data_type: &str| ColumnFacts {
            name: name.to_owned(),
            data_type: data_type.to_owned(),
            characters: Some(50),
            octets: Some(200),
            charset: Some("utf8mb4".to_owned()),
            ..ColumnFacts::default()
        };
        let table = TableFacts {
            name: "contacts".to_owned(),
            columns: vec![
                column("id", "int"),
                column("First_Name", "varchar"),
                column("forename", "varchar"),
                column("birthday", "int"),
                column("notes", "text"),
                column("state", "varchar"),
            ],
            ..TableFacts::default()
        };
        assert_eq!(
            guess(&table, &["state"]),
            [
                ("First_Name".to_owned(), Property::GivenName),
                ("notes".to_owned(), Property::Body),
            ]
        );
    }
}
