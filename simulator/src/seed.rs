//! Many realistic contacts at once, the same for the same seed.

use crate::contact::computed;
use crate::contact::fields::{self, FILE_AS_MAPPING};
use crate::contact::value::{Properties, PropertyId, Value};
use crate::store::Store;
use crate::store::folder::FolderNo;
use crate::store::ids::mix;

#[rustfmt::skip]
const GIVEN: &[&str] = &[
    "Erika", "Jürgen", "Anna", "Mehmet", "Zoë", "Liam", "Sofía", "François", "Ingrid", "Paweł",
    "Aylin", "Noah", "Chloé", "Björn", "Mária", "Luca", "Hanna", "Tomáš", "Emre", "Katarzyna",
    "Óscar", "Lena", "Viktor", "Søren", "Giulia", "Renée", "Max", "Ayşe", "Jan", "Ewa",
];
#[rustfmt::skip]
const SURNAMES: &[&str] = &[
    "Müller", "Beispiel", "García", "O'Neill", "Novák", "Kowalski", "Schmidt-Rottluff", "Yılmaz",
    "Dupont", "Rossi", "van der Berg", "Lindström", "Fischer", "Nguyễn", "Petrov", "Sørensen",
    "Weiß", "Horváth", "Meyer", "Costa", "Bauer", "Öztürk", "Smith", "Jansen", "Lehmann",
    "Moreau", "Popescu", "Wagner", "Silva", "Keller",
];
const COMPANIES: &[&str] = &[
    "Muster AG",
    "Nordwind GmbH",
    "Contoso & Söhne",
    "Fabrikam S.A.",
    "Blue Yonder Ltd.",
    "Alpenglück KG",
    "Hafen<Bau>",
    "Litware Inc.",
    "Tailspin e.V.",
    "Adatum BV",
];
const STREETS: &[&str] = &[
    "Hauptstr.",
    "Am Markt",
    "Rue de la Paix",
    "Kastanienallee",
    "High Street",
    "Via Roma",
];
const CITIES: &[(&str, &str, &str)] = &[
    ("Berlin", "10115", "Germany"),
    ("München", "80331", "Germany"),
    ("Zürich", "8001", "Switzerland"),
    ("Paris", "75002", "France"),
    ("Kraków", "31-042", "Poland"),
    ("Wien", "1010", "Austria"),
];
const JOBS: &[&str] = &[
    "Engineer",
    "Buyer",
    "Head of Sales",
    "Geschäftsführerin",
    "Assistant",
    "Architect",
];
const LABELS: &[&str] = &["Customers", "Suppliers", "Red category", "Fair 2025", "VIP"];

/// Makes `count` contacts; the one with number n of a seed is always the same person, and no two
/// numbers share an e-mail address. How many were made.
pub fn fill(store: &mut Store, folder: FolderNo, count: u64, seed: u64, first: u64) -> u64 {
    let names = Names::find();
    for number in first..first.saturating_add(count) {
        let mut properties = contact(&names, seed, number);
        let given: Vec<PropertyId> = properties.iter().map(|(id, _)| id).collect();
        computed::settle(&Properties::default(), &mut properties, &given);
        store.create(folder, "IPM.Contact", properties, "Outlook User");
    }
    count
}

/// Ids of the properties that are filled, found once.
struct Names(Vec<(&'static str, PropertyId)>);

impl Names {
    fn find() -> Self {
        Self(fields::all().map(|(id, field)| (field.name, id)).collect())
    }

    fn id(&self, name: &str) -> PropertyId {
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map_or(FILE_AS_MAPPING, |(_, id)| *id)
    }
}

fn contact(names: &Names, seed: u64, number: u64) -> Properties {
    let mut state = seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ number;
    let mut properties = Properties::default();
    let mut draw =
        |count: usize| usize::try_from(mix(&mut state) % count.max(1) as u64).unwrap_or(0);
    let mut set = |name: &str, value: String| properties.set(names.id(name), Value::text(&value));
    let given = pick(GIVEN, draw(GIVEN.len()));
    let surname = pick(SURNAMES, draw(SURNAMES.len()));
    let company = pick(COMPANIES, draw(COMPANIES.len()));
    set("GivenName", given.to_owned());
    set("Surname", surname.to_owned());
    set("FileAsMapping", "LastCommaFirst".to_owned());
    set("CompanyName", company.to_owned());
    set("JobTitle", pick(JOBS, draw(JOBS.len())).to_owned());
    let plain: String = format!("{given}.{surname}")
        .chars()
        .filter(|c| c.is_ascii_alphabetic() || *c == '.')
        .collect();
    set(
        "EmailAddress1",
        format!("{}.{seed}.{number}@example.com", plain.to_lowercase()),
    );
    set(
        "BusinessPhone",
        format!("+49 30 {:07}", number % 10_000_000),
    );
    set("MobilePhone", format!("+49 170 {:07}", draw(10_000_000)));
    let (city, code, country) = CITIES.get(draw(CITIES.len())).copied().unwrap_or_default();
    set(
        "BusinessAddress.Street",
        format!("{} {}", pick(STREETS, draw(STREETS.len())), 1 + draw(120)),
    );
    set("BusinessAddress.City", city.to_owned());
    set("BusinessAddress.PostalCode", code.to_owned());
    set("BusinessAddress.CountryOrRegion", country.to_owned());
    if draw(4) == 0 {
        set(
            "EmailAddress2",
            format!("private.{seed}.{number}@example.net"),
        );
        set("HomePhone", format!("+49 89 {:07}", draw(10_000_000)));
    }
    if draw(3) == 0 {
        set(
            "Body",
            format!(
                "Met at the fair, stand {}.\r\nCall back about <offer> no. {number}.",
                draw(90)
            ),
        );
    }
    let birthday =
        (draw(3) == 0).then(|| i64::try_from(draw(18_000)).unwrap_or(0) * 86_400 - 2 * 3600);
    let label = (draw(2) == 0).then(|| pick(LABELS, draw(LABELS.len())));
    if let Some(instant) = birthday {
        properties.set(fields::BIRTHDAY, Value::Time(instant));
    }
    if let Some(label) = label {
        properties.set(fields::CATEGORIES, Value::List([label.into()].into()));
    }
    properties
}

fn pick(list: &[&'static str], at: usize) -> &'static str {
    list.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_is_the_same_person() {
        let names = Names::find();
        assert_eq!(contact(&names, 1, 7), contact(&names, 1, 7));
        assert_ne!(contact(&names, 1, 7), contact(&names, 2, 7));
        let mut store = Store::new(&["a@example.com".to_owned()], 1);
        let folder = store.distinguished(0, "contacts").unwrap();
        assert_eq!(fill(&mut store, folder, 500, 1, 0), 500);
        let email = names.id("EmailAddress1");
        let items = store.folder(folder).unwrap().items.iter();
        let emails: std::collections::HashSet<_> = items
            .map(|n| store.item(*n).unwrap().properties.text(email).to_owned())
            .collect();
        assert_eq!(emails.len(), 500);
    }
}
