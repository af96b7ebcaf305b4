"""A contact with everything that exchangelib knows: made, read back equal, each field updated and cleared alone."""

from datetime import datetime, timezone
from decimal import Decimal

from exchangelib import Contact, EWSDate, EWSDateTime, EWSTimeZone, ExtendedProperty, FileAttachment
from exchangelib.errors import ErrorItemNotFound
from exchangelib.indexed_properties import EmailAddress, ImAddress, PhoneNumber, PhysicalAddress

UTC = EWSTimeZone("UTC")
PICTURES = [b"\xff\xd8\xff\xe0 first \x00", b"\xff\xd8\xff\xe0 second \x01\x02"]

# Not for contacts: there is no MIME of one (EWS reference, section 2.2), and InReplyTo cannot be set (3.1).
NOT_FOR_CONTACTS = {"mime_content", "in_reply_to"}

# What stands there after clearing, where it is not nothing.
AFTER_CLEARING = {"file_as_mapping": "None"}

# Cannot be cleared (EWS reference, section 3.1): set back to these.
SET_BACK = {
    "sensitivity": "Normal",
    "importance": "Normal",
    "postal_address_index": "None",
    "reminder_is_set": False,
    "reminder_minutes_before_start": 0,
    "reminder_due_by": EWSDateTime(2026, 1, 1, 8, 0, tzinfo=UTC),
}

# Name, where the property is, its type, two values (EWS reference, section 3.7).
EXTENDED = [
    ("title", {"property_tag": 0x3A45}, "String", "Dr.", "Prof."),
    ("personal_home_page", {"property_tag": 0x3A50}, "String", "https://e.test/", "e.test"),
    ("hobbies", {"property_tag": 0x3A43}, "String", "Chess & <Go>", "Go"),
    ("gender", {"property_tag": 0x3A4D}, "Short", 1, 2),
    ("home_po_box", {"property_tag": 0x3A5E}, "String", "PO 1", "PO 2"),
    ("business_po_box", {"distinguished_property_set_id": "Address", "property_id": 0x804A}, "String", "PO 3", "PO 4"),
    ("yomi_company", {"distinguished_property_set_id": "Address", "property_id": 0x802E}, "String", "ムスター", "ムスタ"),
    ("yomi_first", {"distinguished_property_set_id": "Address", "property_id": 0x802C}, "String", "エリカ", "エヴァ"),
    ("birthday_local", {"distinguished_property_set_id": "Address", "property_id": 0x80DE}, "SystemTime",
     EWSDateTime(1980, 5, 17, tzinfo=UTC), EWSDateTime(1981, 1, 1, tzinfo=UTC)),
    ("private_flag", {"distinguished_property_set_id": "Common", "property_id": 0x8506}, "Boolean", True, False),
    *((f"user{n + 1}", {"distinguished_property_set_id": "Address", "property_id": 0x804F + n}, "String", f"u{n}", f"v{n}")
      for n in range(4)),
    ("own_integer", {"property_name": "Integer"}, "Integer", -5, 7),
    ("own_long", {"property_name": "Long"}, "Long", 2**40, -1),
    ("own_double", {"property_name": "Double"}, "Double", Decimal("1.5"), Decimal("-0.25")),
    ("own_binary", {"property_name": "Binary"}, "Binary", b"\x00\xff", b"\x01"),
    ("own_clsid", {"property_name": "Clsid"}, "CLSID", "7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77",
     "00062004-0000-0000-c000-000000000046"),
    ("own_strings", {"property_name": "Strings"}, "StringArray", ["a", "b"], ["c"]),
    ("own_integers", {"property_name": "Integers"}, "IntegerArray", [1, 2], [3]),
]


def register():
    """Teaches exchangelib the extended properties."""
    for name, place, kind, *_ in EXTENDED:
        if "property_name" in place:
            place = {"property_set_id": "7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77", **place}
        Contact.register(name, type(name, (ExtendedProperty,), {**place, "property_type": kind}))


def unregister():
    for name, *_ in EXTENDED:
        Contact.deregister(name)


def labels(field):
    """The keys of a dictionary."""
    return sorted(field.value_cls.get_field_by_fieldname("label").supported_choices(version=None))


def values(field, second):
    """A value of a field, or another one."""
    at = 1 if second else 0
    mark = "zwei" if second else "eins"
    special = {
        "sensitivity": ["Private", "Confidential"],
        "importance": ["High", "Low"],
        "categories": [["Customers", "Red category"], ["VIP"]],
        "children": [["Anna", "Ben"], ["Zoë"]],
        "companies": [["Muster AG", "Zweite GmbH"], ["Dritte KG"]],
        "culture": ["de-DE", "fr-FR"],
        "body": ["Met at the fair. <ä & €> 😀", "Other notes"],
        "file_as_mapping": ["None", "None"],
        "postal_address_index": ["Business", "Other"],
        "birthday": [EWSDate(1980, 5, 17), EWSDate(1981, 1, 1)],
        "wedding_anniversary": [EWSDate(2004, 2, 29), EWSDate(1604, 12, 31)],
        "business_homepage": ["https://muster.example.test/?a=1&b=2", "https://zwei.example.test/"],
        "reminder_is_set": [True, False],
        "reminder_minutes_before_start": [15, 30],
        "reminder_due_by": [EWSDateTime(2026, 12, 1, 9, 0, tzinfo=UTC), EWSDateTime(2026, 12, 2, 9, 0, tzinfo=UTC)],
        "email_addresses": [
            [EmailAddress(label=f"EmailAddress{n}", email=f"e{n}.{mark}@example.test") for n in numbers] for numbers in ((1, 2, 3), (2,))
        ],
        "im_addresses": [
            [ImAddress(label=f"ImAddress{n}", im_address=f"sip:e{n}.{mark}") for n in numbers] for numbers in ((1, 2, 3), (3,))
        ],
        **{name: [one, other] for name, _, _, one, other in EXTENDED},
    }
    if field.name in special:
        return special[field.name][at]
    if field.name == "phone_numbers":
        return [PhoneNumber(label=label, phone_number=f"+49 {n:02} {mark}") for n, label in enumerate(labels(field)) if not second or n % 3]
    if field.name == "physical_addresses":
        return [
            PhysicalAddress(
                label=label, street=f"{label}str. <{mark}>", city="Citý", state=f"{label} S", country=f"{mark} Land", zipcode="10115"
            )
            for label in labels(field)
            if not second or label == "Home"
        ]
    return f"{field.name} {mark} & «ü»"


def plain(value):
    """Comparable form of what was written or read; nothing and an empty value are the same."""
    if value is None or (isinstance(value, (str, list, tuple)) and not value):
        return None
    if isinstance(value, (list, tuple)):
        entries = [plain(entry) for entry in value]
        return entries if isinstance(value[0], (str, int)) else sorted(entries)
    if isinstance(value, EmailAddress):
        return (value.label, value.email)
    if isinstance(value, (ImAddress, PhoneNumber, PhysicalAddress)):
        return repr(value)
    return str(value).replace("\r\n", "\n") if isinstance(value, str) else value


def compare(item, expected, after):
    for name, value in expected.items():
        got = getattr(item, name)
        assert plain(got) == plain(value), f"after {after}: {name} is {got!r}, wanted {value!r}"


def check(contacts, passed):
    register()
    fields = [f for f in Contact.FIELDS if not f.is_read_only and f.name not in NOT_FOR_CONTACTS | {"attachments", "sync_uid"}]
    assert len(fields) >= 58, [f.name for f in fields]
    expected = {f.name: values(f, False) for f in fields}
    photo = FileAttachment(name="ContactPicture.jpg", content=PICTURES[0], content_type="image/jpeg", is_contact_photo=True)
    item = Contact(folder=contacts, attachments=[photo], **expected).save()
    got = contacts.get(id=item.id)
    compare(got, expected, "making it")
    assert got.has_picture and got.has_attachments
    (attached,) = got.attachments
    assert (attached.name, attached.content_type, attached.is_contact_photo) == ("ContactPicture.jpg", "image/jpeg", True)
    assert attached.content == PICTURES[0] and attached.attachment_id == photo.attachment_id
    assert abs(attached.last_modified_time - datetime.now(tz=timezone.utc)).total_seconds() < 60
    assert got.phonetic_first_name == "エリカ" and got.complete_name.title == "Dr."
    passed("a contact with everything that exchangelib knows, and its photo")

    for field in fields:
        expected[field.name] = values(field, True)
        got = contacts.get(id=item.id)
        setattr(got, field.name, expected[field.name])
        got.save(update_fields=[field.name], conflict_resolution="NeverOverwrite")
        compare(contacts.get(id=item.id), expected, f"updating {field.name}")
    passed("each field updated, and no other")

    cleared = 0
    for field in fields:
        got = contacts.get(id=item.id)
        back = SET_BACK.get(field.name)
        if back is None and (field.is_required or field.is_required_after_save):
            assert field.name in ("display_name", "culture"), field.name
            continue
        expected[field.name] = AFTER_CLEARING.get(field.name, back)
        setattr(got, field.name, back)
        got.save(update_fields=[field.name], conflict_resolution="NeverOverwrite")
        compare(contacts.get(id=item.id), expected, f"clearing {field.name}")
        cleared += 1
    assert cleared >= len(fields) - 2
    passed("each field cleared, and no other")

    got = contacts.get(id=item.id)
    old = got.changekey
    new = FileAttachment(name="ContactPicture.jpg", content=PICTURES[1], content_type="image/jpeg", is_contact_photo=True)
    got.attach(new)
    assert got.changekey != old
    got.detach([a for a in got.attachments if a.attachment_id == attached.attachment_id])
    got = contacts.get(id=item.id)
    assert [a.content for a in got.attachments] == [PICTURES[1]] and got.has_picture
    try:
        gone = FileAttachment(attachment_id=attached.attachment_id, parent_item=got).content
        raise AssertionError(f"a deleted attachment was read: {gone!r}")
    except ErrorItemNotFound:
        pass
    got.detach(list(got.attachments))
    got = contacts.get(id=item.id)
    assert not got.attachments and not got.has_picture and not got.has_attachments
    passed("the photo replaced and removed")
    got.delete()
    unregister()
