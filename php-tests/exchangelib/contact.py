"""One contact through the eyes of exchangelib, by the names that the mapping has for its properties.

    contact.py URL read ID     prints what the item holds as JSON; the names of its extended properties are on stdin
    contact.py URL write       makes an item of the JSON on stdin and prints its id

EXCHANGE_USER, EXCHANGE_PASSWORD and EXCHANGE_MAILBOX say whose.

Lists are lists, dates YYYY-MM-DD, moments YYYY-MM-DDTHH:MM:SSZ, a photo base64.
"""

import base64
import json
import os
import re
import sys
from decimal import Decimal

from exchangelib import (
    BASIC, DELEGATE, Account, Configuration, Contact, Credentials, EWSDate, EWSDateTime, EWSTimeZone, ExtendedProperty, FileAttachment,
)
from exchangelib.indexed_properties import EmailAddress, ImAddress, PhoneNumber, PhysicalAddress

OWN_SET = "b5a6a7d1-2f0e-4e0c-9c57-6d1f0a3e8c42"

# What exchangelib has a field for.
FIELDS = {
    "GivenName": "given_name", "MiddleName": "middle_name", "Surname": "surname", "Generation": "generation", "Initials": "initials",
    "Nickname": "nickname", "DisplayName": "display_name", "FileAs": "file_as", "FileAsMapping": "file_as_mapping", "Subject": "subject",
    "CompanyName": "company_name", "Companies": "companies", "Department": "department", "JobTitle": "job_title", "Profession": "profession",
    "OfficeLocation": "office", "Manager": "manager", "AssistantName": "assistant_name", "BusinessHomePage": "business_homepage",
    "Birthday": "birthday", "WeddingAnniversary": "wedding_anniversary", "SpouseName": "spouse_name", "Children": "children",
    "Mileage": "mileage", "PostalAddressIndex": "postal_address_index", "Body": "body", "Categories": "categories",
    "Sensitivity": "sensitivity", "Importance": "importance", "Culture": "culture", "ReminderDueBy": "reminder_due_by",
}
PARTS = {"Street": "street", "City": "city", "State": "state", "CountryOrRegion": "country", "PostalCode": "zipcode"}

# What it has none for: the property of MAPI (EWS reference, section 3.7).
EXTENDED = {
    "Title": "0x3A45", "PersonalHomePage": "0x3A50", "FtpSite": "0x3A4C", "Hobbies": "0x3A43", "Gender": "0x3A4D#Short",
    "YomiGivenName": "Address/32812", "YomiSurname": "Address/32813", "YomiCompanyName": "Address/32814", "FreeBusyUrl": "Address/32984",
    "UserField1": "Address/32847", "UserField2": "Address/32848", "UserField3": "Address/32849", "UserField4": "Address/32850",
    "BusinessAddress.PostOfficeBox": "Address/32842", "HomeAddress.PostOfficeBox": "0x3A5E", "OtherAddress.PostOfficeBox": "0x3A64",
}
GENDERS = {"Female": 1, "Male": 2}


def extended(path):
    """The class of an extended property in the notation of the mapping."""
    path, _, kind = path.partition("#")
    if path.startswith("0x"):
        place = {"property_tag": int(path, 16)}
    else:
        owner, _, name = path.rpartition("/")
        place = {"property_id": int(name)} if name.isdigit() else {"property_name": name}
        if re.fullmatch(r"[A-Z]\w+", owner):
            place["distinguished_property_set_id"] = owner
        else:
            place["property_set_id"] = owner or OWN_SET
    return type("Extended", (ExtendedProperty,), {**place, "property_type": kind or "String"})


def register(properties):
    """Teaches exchangelib the extended properties among these; gives their fields by property."""
    fields = {}
    for number, name in enumerate(properties):
        path = EXTENDED.get(name) or (name.removeprefix("extended:") if name.startswith("extended:") else None)
        if path:
            fields[name] = f"extended_{number}"
            Contact.register(fields[name], extended(path))
    return fields


def account(url):
    credentials = Credentials(os.environ["EXCHANGE_USER"], os.environ["EXCHANGE_PASSWORD"])
    config = Configuration(service_endpoint=url, credentials=credentials, auth_type=BASIC)
    return Account(os.environ["EXCHANGE_MAILBOX"], config=config, autodiscover=False, access_type=DELEGATE)


def shown(value):
    if isinstance(value, EWSDateTime):
        return value.astimezone(EWSTimeZone("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, EWSDate):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (list, tuple, set)):
        return list(value)
    return str(value).replace("\r\n", "\n") if isinstance(value, str) else value


def read(contacts, id, properties):
    own = register(properties)
    item = contacts.get(id=id)
    found = {name: shown(getattr(item, field)) for name, field in {**FIELDS, **own}.items()}
    for entry in item.email_addresses or []:
        found[entry.label] = entry.email
    for entry in item.phone_numbers or []:
        found[entry.label] = entry.phone_number
    for entry in item.im_addresses or []:
        found[entry.label] = entry.im_address
    for entry in item.physical_addresses or []:
        found.update({f"{entry.label}Address.{part}": shown(getattr(entry, field)) for part, field in PARTS.items()})
    found["Gender"] = {number: word for word, number in GENDERS.items()}.get(found.get("Gender"))
    if not item.reminder_is_set:
        found["ReminderDueBy"] = None
    photos = [attachment for attachment in item.attachments if getattr(attachment, "is_contact_photo", False)]
    assert len(photos) <= 1 and bool(photos) == item.has_picture, (photos, item.has_picture)
    found["Photo"] = base64.b64encode(photos[0].content).decode() if photos else None
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def moment(text):
    return EWSDateTime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=EWSTimeZone("UTC"))


def given(name, value):
    kind = name.rpartition("#")[2]
    if name in ("Birthday", "WeddingAnniversary"):
        return EWSDate.from_string(value)
    if name == "ReminderDueBy" or kind == "SystemTime":
        return moment(value)
    if name == "Gender":
        return GENDERS[value]
    return Decimal(repr(value)) if kind in ("Double", "Float") else value


def write(contacts, values):
    photo = values.pop("Photo", None)
    own = register(values)
    item, emails, phones, ims, addresses = {}, [], [], [], {}
    for name, value in values.items():
        field = FIELDS.get(name) or own.get(name)
        part = re.fullmatch(r"(\w+)Address\.(\w+)", name)
        if field:
            item[field] = given(name, value)
        elif part:
            addresses.setdefault(part[1], {})[PARTS[part[2]]] = value
        elif name.startswith("EmailAddress"):
            emails.append(EmailAddress(label=name, email=value))
        elif name.startswith("ImAddress"):
            ims.append(ImAddress(label=name, im_address=value))
        else:
            phones.append(PhoneNumber(label=name, phone_number=value))
    attachments = []
    if photo:
        content = base64.b64decode(photo)
        attachments.append(FileAttachment(name="ContactPicture.jpg", content=content, content_type="image/jpeg", is_contact_photo=True))
    return Contact(
        folder=contacts,
        email_addresses=emails,
        phone_numbers=phones,
        im_addresses=ims,
        physical_addresses=[PhysicalAddress(label=label, **parts) for label, parts in addresses.items()],
        attachments=attachments,
        reminder_is_set="ReminderDueBy" in values,
        **item,
    ).save().id


def main():
    contacts = account(sys.argv[1]).contacts
    given = json.load(sys.stdin)
    print(json.dumps(read(contacts, sys.argv[3], given) if sys.argv[2] == "read" else write(contacts, given)))


if __name__ == "__main__":
    main()
