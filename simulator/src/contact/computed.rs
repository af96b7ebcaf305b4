//! What the server computes from the name parts (EWS reference, sections 3.5 and 10, item 8, and
//! the recorded answers, which it follows where they differ).
//!
//! Recorded: DisplayName and Subject are made from the names when the creator gave none, and again
//! when a name part changes later; FileAs stays empty and FileAsMapping None when the creator set
//! neither; Initials are not made up.

use super::fields::{
    COMPANY_NAME, DISPLAY_NAME, FILE_AS, FILE_AS_MAPPING, GENERATION, GIVEN_NAME, MIDDLE_NAME,
    SUBJECT, SURNAME,
};
use super::value::{Properties, PropertyId, Value};

/// Brings the computed properties of a contact in step after a write.
///
/// `before` is the contact before the write (empty for a new one); `given` are the properties that
/// the write itself set or cleared, which are never overruled.
pub fn settle(before: &Properties, after: &mut Properties, given: &[PropertyId]) {
    renew(before, after, given, DISPLAY_NAME, display_name);
    renew(before, after, given, SUBJECT, subject);
    let mapped = !matches!(after.text(FILE_AS_MAPPING), "" | "None");
    let remapped = before.text(FILE_AS_MAPPING) != after.text(FILE_AS_MAPPING);
    if mapped && !given.contains(&FILE_AS) && (remapped || before.text(FILE_AS) == file_as(before))
    {
        after.set(FILE_AS, Value::text(&file_as(after)));
    }
}

/// Computes a property anew unless somebody has given it a value of its own.
fn renew(
    before: &Properties,
    after: &mut Properties,
    given: &[PropertyId],
    property: PropertyId,
    compute: fn(&Properties) -> String,
) {
    let own_value = before.text(property) != compute(before);
    if given.contains(&property) || own_value {
        return;
    }
    let value = compute(after);
    after.put(property, (!value.is_empty()).then(|| Value::text(&value)));
}

fn join(parts: &[&str], separator: &str) -> String {
    parts
        .iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join(separator)
}

/// The name that the server makes of the parts.
pub fn display_name(contact: &Properties) -> String {
    let parts = [GIVEN_NAME, MIDDLE_NAME, SURNAME, GENERATION].map(|part| contact.text(part));
    join(&parts, " ")
}

/// "Complete Test - Test Company Inc." in the recordings.
fn subject(contact: &Properties) -> String {
    join(
        &[contact.text(DISPLAY_NAME), contact.text(COMPANY_NAME)],
        " - ",
    )
}

/// FileAs as FileAsMapping wants it.
fn file_as(contact: &Properties) -> String {
    let [first, middle, last, suffix, company, display] = [
        GIVEN_NAME,
        MIDDLE_NAME,
        SURNAME,
        GENERATION,
        COMPANY_NAME,
        DISPLAY_NAME,
    ]
    .map(|part| contact.text(part));
    let given = join(&[first, middle], " ");
    let last_comma_first = join(&[last, &given], ", ");
    let last_space_first = join(&[last, &given], " ");
    let last_first = join(&[last, &given], "");
    let with_company = |name: &str| match (name.is_empty(), company.is_empty()) {
        (false, false) => format!("{name} ({company})"),
        _ => join(&[name, company], ""),
    };
    let company_with = |name: &str| match (name.is_empty(), company.is_empty()) {
        (false, false) => format!("{company} ({name})"),
        _ => join(&[company, name], ""),
    };
    match contact.text(FILE_AS_MAPPING) {
        "LastCommaFirst" => last_comma_first,
        "FirstSpaceLast" => join(&[&given, last, suffix], " "),
        "Company" => company.to_owned(),
        "LastCommaFirstCompany" => with_company(&last_comma_first),
        "CompanyLastFirst" => company_with(&last_first),
        "LastFirst" => last_first,
        "LastFirstCompany" => with_company(&last_first),
        "CompanyLastCommaFirst" => company_with(&last_comma_first),
        "LastFirstSuffix" => join(&[&last_first, suffix], " "),
        "LastSpaceFirstCompany" => with_company(&last_space_first),
        "CompanyLastSpaceFirst" => company_with(&last_space_first),
        "LastSpaceFirst" => last_space_first,
        "DisplayName" => display.to_owned(),
        "FirstName" => first.to_owned(),
        "LastFirstMiddleSuffix" => join(&[last, first, middle, suffix], " "),
        "LastName" => last.to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(before: &Properties, changes: &[(PropertyId, &str)]) -> Properties {
        let mut after = before.clone();
        let mut given = Vec::new();
        for (property, text) in changes {
            after.put(*property, (!text.is_empty()).then(|| Value::text(text)));
            given.push(*property);
        }
        settle(before, &mut after, &given);
        after
    }

    #[test]
    fn makes_the_name_and_the_subject_as_recorded() {
        let new = written(
            &Properties::default(),
            &[
                (GIVEN_NAME, "Complete"),
                (SURNAME, "Test"),
                (COMPANY_NAME, "Test Company Inc."),
            ],
        );
        assert_eq!(new.text(DISPLAY_NAME), "Complete Test");
        assert_eq!(new.text(SUBJECT), "Complete Test - Test Company Inc.");
        assert_eq!(new.text(FILE_AS), "");
        let shorter = written(&new, &[(GIVEN_NAME, ""), (COMPANY_NAME, "")]);
        assert_eq!(
            (shorter.text(DISPLAY_NAME), shorter.text(SUBJECT)),
            ("Test", "Test")
        );
    }

    #[test]
    fn leaves_a_name_that_somebody_gave() {
        let new = written(
            &Properties::default(),
            &[(GIVEN_NAME, "A"), (DISPLAY_NAME, "The Boss")],
        );
        let renamed = written(&new, &[(GIVEN_NAME, "B")]);
        assert_eq!(
            (renamed.text(DISPLAY_NAME), renamed.text(SUBJECT)),
            ("The Boss", "The Boss")
        );
    }

    #[test]
    fn computes_file_as_only_from_a_mapping() {
        let names = [
            (GIVEN_NAME, "Erika"),
            (SURNAME, "Beispiel"),
            (FILE_AS_MAPPING, "LastCommaFirst"),
        ];
        let new = written(&Properties::default(), &names);
        assert_eq!(new.text(FILE_AS), "Beispiel, Erika");
        assert_eq!(
            written(&new, &[(GIVEN_NAME, "Eva")]).text(FILE_AS),
            "Beispiel, Eva"
        );
        assert_eq!(written(&new, &[(FILE_AS, "own")]).text(FILE_AS), "own");
        let own = written(&new, &[(FILE_AS, "own")]);
        assert_eq!(written(&own, &[(GIVEN_NAME, "Eva")]).text(FILE_AS), "own");
        assert_eq!(
            written(&own, &[(FILE_AS_MAPPING, "FirstSpaceLast")]).text(FILE_AS),
            "Erika Beispiel"
        );
    }
}
