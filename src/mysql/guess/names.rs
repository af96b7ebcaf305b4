//! What common column names mean, in English, German, French and Spanish. A name that means two things in practice is
//! not here, or only beside a column that tells which one: `state` may be a status, `position` an order, `title` a degree.
//!
//! Names are as [`plain`](super::plain) writes them: `telephone_portable` and `telephonePortable` are one name.

/// A property, and the names of its columns: the first one that a table has wins.
pub(super) const NAMES: &[(&str, &str)] = &[
    (
        "GivenName",
        "firstname givenname forename fname vorname prenom primernombre",
    ),
    ("MiddleName", "middlename zweitervorname"),
    (
        "Surname",
        "lastname surname familyname lname nachname familienname zuname nomdefamille nomfamille apellidos apellido",
    ),
    ("Generation", "namesuffix suffix"),
    ("Initials", "initials"),
    ("Nickname", "nickname spitzname surnom apodo"),
    (
        "DisplayName",
        "displayname fullname nomcomplet nombrecompleto",
    ),
    ("FileAs", "fileas"),
    (
        "CompanyName",
        "company companyname organisation organization organizationname organisationname employer firma firmenname \
         societe entreprise raisonsociale empresa compania razonsocial",
    ),
    ("Department", "department departmentname abteilung"),
    (
        "JobTitle",
        "jobtitle jobposition funktion berufsbezeichnung fonction puesto",
    ),
    ("Profession", "profession beruf"),
    ("OfficeLocation", "officelocation office"),
    ("AssistantName", "assistantname assistant"),
    ("SpouseName", "spousename spouse"),
    (
        "BusinessHomePage",
        "website websiteurl homepage webpage businesshomepage webseite siteweb siteinternet sitioweb paginaweb www",
    ),
    (
        "Birthday",
        "birthday birthdate dateofbirth dob geburtstag geburtsdatum gebdatum datenaissance datedenaissance \
         fechanacimiento fechadenacimiento cumpleanos",
    ),
    (
        "WeddingAnniversary",
        "weddinganniversary weddingday weddingdate hochzeitstag",
    ),
    (
        "Body",
        "notes note comments comment remarks notizen notiz bemerkungen bemerkung anmerkungen anmerkung remarques \
         commentaires commentaire notas observaciones comentarios",
    ),
    (
        "Categories",
        "tags categories labels kategorien schlagworte etiquettes etiquetas categorias",
    ),
    (
        "EmailAddress1",
        "email email1 mail emailaddress emailaddress1 primaryemail workemail businessemail mailadresse emailadresse \
         courriel adresseemail adressemail adressecourriel correo correoelectronico",
    ),
    (
        "EmailAddress2",
        "email2 mail2 emailaddress2 secondaryemail otheremail zweiteemail",
    ),
    ("EmailAddress3", "email3 mail3 emailaddress3"),
    (
        "EmailAddresses",
        "emails emailaddresses mails mailaddresses emaillist emailadressen mailadressen courriels adressesemail correos \
         correoselectronicos",
    ),
    (
        "BusinessPhone",
        "businessphone businessphonenumber workphone workphonenumber officephone phonework phonebusiness phoneoffice \
         telefongeschaeftlich telefonbuero telgeschaeftlich telephonebureau telephoneprofessionnel telephonetravail \
         telefonotrabajo telefonooficina phone phone1 phonenumber phoneno telephone telephonenumber tel telefon \
         telefonnummer telefono numerotelephone numerodetelephone telephonefixe",
    ),
    (
        "BusinessPhone2",
        "businessphone2 workphone2 phone2 telephone2 telefon2 telefono2 tel2",
    ),
    (
        "MobilePhone",
        "mobile mobilephone mobilenumber mobileno mobilephonenumber phonemobile cell cellphone cellnumber phonecell mobil \
         mobiltelefon mobilnummer telefonmobil handy handynummer telephoneportable telephonemobile telportable telmobile \
         portable movil telefonomovil celular telefonocelular",
    ),
    (
        "HomePhone",
        "homephone homephonenumber phonehome privatephone phoneprivate phoneperso telefonprivat telprivat \
         telephonedomicile telephonepersonnel telefonocasa telefonoparticular",
    ),
    ("OtherTelephone", "otherphone phoneother othertelephone"),
    ("AssistantPhone", "assistantphone"),
    (
        "BusinessFax",
        "businessfax workfax fax faxnumber phonefax telefax faxnummer telecopie",
    ),
    ("Pager", "pager"),
    ("Photo", "photo picture avatar bild foto imagen"),
    ("ImAddress1", "imaddress imaddress1 im skype"),
];

/// Parts of an address.
pub(super) const PARTS: &[(&str, &str)] = &[
    (
        "Street",
        "street streetaddress addressline1 address1 strasse strassehausnummer rue calle",
    ),
    ("City", "city town ort stadt ville ciudad localidad"),
    ("State", "province bundesland provincia stateprovince"),
    (
        "PostalCode",
        "zip zipcode postcode postalcode zippostalcode plz postleitzahl codepostal codigopostal",
    ),
    ("CountryOrRegion", "country countryname land pays pais"),
    (
        "PostOfficeBox",
        "pobox postofficebox postfach boitepostale apartadopostal",
    ),
];

/// Names that mean something certain only behind the word that says whose they are.
pub(super) const BEHIND: &[(&str, &str)] = &[
    ("DisplayName", "name"),
    ("State", "state region"),
    ("Street", "address line1"),
];

/// Property, names, and the columns of which one has to be there for the names to mean it.
pub(super) const BESIDE: &[(&str, &str, &str)] = &[
    ("GivenName", "nombre", "apellido apellidos"),
    ("Surname", "name", "vorname"),
    ("Surname", "nom", "prenom"),
    ("JobTitle", "cargo", "empresa apellido apellidos"),
    ("EmailAddress1", "useremail", "usernicename userlogin"),
    ("BusinessHomePage", "userurl", "usernicename userlogin"),
    (
        "Street",
        "address adresse direccion",
        "city town ort stadt ville ciudad localidad",
    ),
    ("PostalCode", "cp", "ville ciudad localidad"),
];

/// Property, and the columns beside which it is only a part of what it should be.
pub(super) const SPLIT: &[(&str, &str)] = &[
    (
        "Street",
        "housenumber houseno streetnumber hausnummer hausnr numerovoie numerorue numeroexterior",
    ),
    (
        "Surname",
        "apellido2 segundoapellido apellidomaterno apellidopaterno secondsurname",
    ),
];

/// Words before the columns of a person in a table of something else, as in `contact_email` of a table of companies, and last the
/// habit of shops, whose customers are those who pay.
pub(super) const PERSONS: &[&str] = &["", "contact", "kontakt", "contacto", "billing"];

/// Words before the parts of the address at work; that of a contact without more words is this one too.
pub(super) const BUSINESS: &[&str] = &[
    "businessaddress",
    "business",
    "workaddress",
    "work",
    "",
    "address",
    "adresse",
    "direccion",
    "primaryaddress",
    "mailingaddress",
    "mailing",
];

/// Words before, or behind, the parts of the address at home.
pub(super) const HOME: &[&str] = &["homeaddress", "home", "privateaddress", "private", "privat"];

/// Words before the parts of another address.
pub(super) const OTHER: &[&str] = &["otheraddress", "other", "altaddress", "alt"];
