"""Drives the simulator with exchangelib, a client that was written against real servers.

Environment: EXCHANGE_URL, the address of a running simulator, or SIMULATOR, the path of its binary,
which is then started on a free port. Prints one line per passed check; exits non-zero on failure.

exchangelib takes http:// endpoints as they are; nothing in it is changed here.
"""

import os
import subprocess
import sys
from urllib.parse import urlsplit

from exchangelib import (
    DELEGATE,
    IMPERSONATION,
    Account,
    BASIC,
    Configuration,
    Contact,
    Credentials,
    EWSDate,
    EWSDateTime,
    ExtendedProperty,
    FaultTolerance,
    HTMLBody,
)
from exchangelib.errors import ErrorFolderNotFound, ErrorIrresolvableConflict, ErrorItemNotFound, ErrorNonExistentMailbox, UnauthorizedError
from exchangelib.folders import Contacts
from exchangelib.indexed_properties import EmailAddress, ImAddress, PhoneNumber, PhysicalAddress

import whole_contact

PHONES = [
    "AssistantPhone", "BusinessFax", "BusinessPhone", "BusinessPhone2", "Callback", "CarPhone", "CompanyMainPhone",
    "HomeFax", "HomePhone", "HomePhone2", "Isdn", "MobilePhone", "OtherFax", "OtherTelephone", "Pager",
    "PrimaryPhone", "RadioPhone", "Telex", "TtyTddPhone",
]


class SyncUid(ExtendedProperty):
    property_set_id = "7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77"
    property_name = "SyncUid"
    property_type = "String"


Contact.register("sync_uid", SyncUid)


def address(label):
    return PhysicalAddress(
        label=label,
        street=f"{label}str. 5 <a> & b",
        city=f"{label} Citý",
        state=f"{label} State",
        country=f"{label} Land",
        zipcode=f"{len(label)}0115",
    )


def full(number):
    """A contact with every property that a sync may map."""
    return dict(
        given_name=f"Erika{number}",
        middle_name="M.",
        surname="Beispiel & Söhne",
        generation="Jr.",
        initials="E.M.B.",
        nickname="Eri",
        display_name=f"Erika{number} Beispiel",
        file_as=f"Beispiel, Erika{number}",
        company_name='Muster "AG"',
        department="R&D",
        job_title="Engineer",
        office="B 2.17",
        email_addresses=[EmailAddress(label=f"EmailAddress{n}", email=f"e{number}.{n}@example.test") for n in (1, 2, 3)],
        phone_numbers=[PhoneNumber(label=label, phone_number=f"+49 30 {at:03}{number}") for at, label in enumerate(PHONES)],
        physical_addresses=[address(label) for label in ("Business", "Home", "Other")],
        business_homepage="https://muster.example.test/?a=1&b=2",
        im_addresses=[ImAddress(label=f"ImAddress{n}", im_address=f"sip:e{n}@example.test") for n in (1, 2, 3)],
        birthday=EWSDate(1980, 5, 17),
        wedding_anniversary=EWSDate(2004, 2, 29),
        body="Met at the fair. <ä & €> 😀",
        categories=["Customers", "Red category"],
        assistant_name="Max Muster",
        manager="Chefin",
        children=["Anna", "Ben"],
        companies=["Muster AG", "Zweite GmbH"],
        mileage="12 km",
        profession="Baker",
        spouse_name="Kim",
        postal_address_index="Business",
        sync_uid=f"u-{number}",
    )


def key(value):
    if isinstance(value, (list, tuple)):
        return sorted((repr(entry) for entry in value))
    return value


def same(item, wanted):
    for name, value in wanted.items():
        got = getattr(item, name)
        if name == "email_addresses":
            got, value = {e.label: e.email for e in got}, {e.label: e.email for e in value}
        elif name == "body":
            got = str(got).replace("\r\n", "\n")
        elif name in ("categories", "children", "companies"):
            assert list(got) == list(value), (name, got, value)
            continue
        assert key(got) == key(value), f"{name}: got {got!r}, wanted {value!r}"


def passed(what):
    print(f"ok {what}", flush=True)


def run(url):
    config = Configuration(
        service_endpoint=url, credentials=Credentials("svc", "secret"), auth_type=BASIC, retry_policy=FaultTolerance(max_wait=5)
    )
    account = Account("sales@example.com", config=config, autodiscover=False, access_type=DELEGATE)
    assert account.version.build.major_version == 15, account.version
    passed("version autodetection")

    contacts = account.contacts
    assert isinstance(contacts, Contacts) and contacts.total_count == 0
    assert {f.name for f in account.root.walk()} >= {"Contacts", "GAL Contacts", "Recipient Cache"}
    passed("folders")

    wanted = full(1)
    item = Contact(folder=contacts, **wanted).save()
    assert item.id and item.changekey
    found = list(contacts.filter(sync_uid="u-1"))
    assert [f.id for f in found] == [item.id]
    got = contacts.get(id=item.id)
    same(got, wanted)
    assert got.complete_name.first_name == "Erika1" and got.complete_name.suffix == "Jr."
    assert got.last_modified_time and got.culture == "en-US"
    passed("create and read, every property intact")

    plain = Contact(folder=contacts, given_name="Min", surname="Test", display_name="Min Test").save()
    got = contacts.get(id=plain.id)
    assert (got.subject, got.file_as or "", got.file_as_mapping) == ("Min Test", "", "None"), got
    passed("computed values as recorded")

    state_items = dict(
        (change, changed.id) if change != "delete" else (change, changed.id)
        for change, changed in contacts.sync_items(only_fields=["id", "changekey"])
    )
    state = contacts.item_sync_state
    assert "create" in state_items and state
    assert list(contacts.sync_items(sync_state=state)) == []
    passed("first sync and silence after it")

    item.given_name, item.nickname = "Eva", None
    item.phone_numbers = [PhoneNumber(label="MobilePhone", phone_number="+49 170 1")]
    item.physical_addresses = [address("Home")]
    item.email_addresses = [EmailAddress(label="EmailAddress2", email="new@example.test")]
    item.birthday = EWSDate(1981, 1, 1)
    item.categories = None
    item.sync_uid = "u-2"
    before = item.changekey
    item.save(update_fields=["given_name", "nickname", "phone_numbers", "physical_addresses", "email_addresses", "birthday", "categories", "sync_uid"])
    assert item.changekey != before
    got = contacts.get(id=item.id)
    assert (got.given_name, got.nickname, got.birthday, got.sync_uid) == ("Eva", None, EWSDate(1981, 1, 1), "u-2")
    assert {e.label: e.email for e in got.email_addresses}["EmailAddress2"] == "new@example.test"
    assert not got.categories and got.surname == wanted["surname"]
    passed("update, the rest untouched")

    changes = [(change, changed.id) for change, changed in contacts.sync_items(sync_state=state)]
    assert changes == [("update", item.id)], changes
    state = contacts.item_sync_state
    passed("own write comes back once")

    stale = contacts.get(id=plain.id)
    other = contacts.get(id=plain.id)
    other.job_title = "First"
    other.save(update_fields=["job_title"])
    stale.job_title = "Second"
    try:
        stale.save(update_fields=["job_title"], conflict_resolution="NeverOverwrite")
        raise AssertionError("a stale change key was accepted")
    except ErrorIrresolvableConflict:
        pass
    assert contacts.get(id=plain.id).job_title == "First"
    passed("NeverOverwrite refuses a stale key")

    made = contacts.bulk_create([Contact(**full(n)) for n in range(10, 160)]) if hasattr(contacts, "bulk_create") else account.bulk_create(folder=contacts, items=[Contact(**full(n)) for n in range(10, 160)])
    assert len(made) == 150
    many = list(contacts.all().only("surname", "given_name").order_by("given_name"))
    assert len(many) == 152 and many[0].given_name <= many[-1].given_name
    assert contacts.filter(given_name="Erika42").count() == 1
    passed("bulk create, paged find, order and filter")

    changes = list(contacts.sync_items(sync_state=state, max_changes_returned=40))
    assert len(changes) == 151, len(changes)
    assert len({changed.id for _, changed in changes}) == 151
    state = contacts.item_sync_state
    passed("paged sync")

    page = contacts / "Recipient Cache"
    target = Contacts(parent=contacts, name="Customers").save()
    old = item.id
    item.move(to_folder=target)
    assert item.id != old and page.total_count == 0
    assert target.all().count() == 1
    moved = target.get(id=item.id)
    copy_id, _ = moved.copy(to_folder=contacts)
    assert contacts.get(id=copy_id).sync_uid == "u-2"
    passed("folder, move with a new id, copy with its stamp")

    contacts.get(id=plain.id).move_to_trash()
    contacts.get(id=copy_id).delete()
    changes = sorted(change for change, _ in contacts.sync_items(sync_state=state))
    assert changes == ["delete", "delete"], changes
    assert account.trash.filter(job_title="First").count() == 1 if hasattr(account.trash, "filter") else True
    gone = list(account.fetch([(old, before)]))
    assert isinstance(gone[0], ErrorItemNotFound), gone
    passed("deletes")

    note = Contact(folder=contacts, given_name="H", display_name="H", body=HTMLBody("<html><body><p>a &amp; b</p></body></html>")).save()
    assert "<p>" in contacts.get(id=note.id).body
    assert "a & b" in contacts.all().only("text_body").get(id=note.id).text_body
    passed("notes as HTML")

    whole_contact.check(contacts, passed)

    impersonated = Account("sales@example.com", config=config, autodiscover=False, access_type=IMPERSONATION)
    assert impersonated.contacts.total_count == contacts.all().count()
    nobody = Account("nobody@example.com", config=config, autodiscover=False, access_type=IMPERSONATION)
    try:
        nobody.contacts.refresh()
        raise AssertionError("an unknown mailbox was opened")
    except (ErrorNonExistentMailbox, ErrorFolderNotFound):
        pass
    passed("impersonation")

    wrong = Configuration(service_endpoint=url, credentials=Credentials("svc", "wrong"), auth_type=BASIC, version=account.version)
    try:
        Account("sales@example.com", config=wrong, autodiscover=False, access_type=DELEGATE).contacts.refresh()
        raise AssertionError("a wrong password was accepted")
    except UnauthorizedError:
        pass
    passed("wrong password")


def main():
    url = os.environ.get("EXCHANGE_URL")
    if url:
        return run(url)
    process = subprocess.Popen([os.environ["SIMULATOR"], "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline().strip()
        assert line.startswith("listening on http://"), line
        url = line.removeprefix("listening on ")
        assert urlsplit(url).hostname == "127.0.0.1"
        return run(url)
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
