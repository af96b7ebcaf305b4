"""Drives the simulator's Graph with msgraph-sdk, Microsoft's own client.

Environment: GRAPH_URL, the address of a running simulator (http://host:port) that knows the application app:s3cret, or
SIMULATOR, the path of its binary, which is then started on a free port. Prints one line per passed check; exits non-zero on
failure.

The token comes from the simulator's own endpoint; nothing in the client is changed here but its base address.
"""

import asyncio
import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request
from datetime import datetime, timezone

from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator, BaseBearerTokenAuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.contact import Contact
from msgraph.generated.models.contact_folder import ContactFolder
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.exchange_id_format import ExchangeIdFormat
from msgraph.generated.models.multi_value_legacy_extended_property import MultiValueLegacyExtendedProperty
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.physical_address import PhysicalAddress
from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty
from msgraph.generated.users.item.contact_folders.item.contacts.contacts_request_builder import ContactsRequestBuilder
from msgraph.generated.users.item.contact_folders.item.contacts.delta.delta_request_builder import DeltaRequestBuilder
from msgraph.generated.users.item.contact_folders.item.contacts.item.contact_item_request_builder import ContactItemRequestBuilder
from msgraph.generated.users.item.translate_exchange_ids.translate_exchange_ids_post_request_body import (
    TranslateExchangeIdsPostRequestBody,
)
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.tasks.page_iterator import PageIterator

MAILBOX = "sales@example.com"
UID = "String {7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77} Name SyncUid"
COMPANIES = "StringArray {00062008-0000-0000-C000-000000000046} Id 0x8539"


class Tokens(AccessTokenProvider):
    """Tokens by client credentials."""

    def __init__(self, url):
        self.url = url

    async def get_authorization_token(self, uri, additional_authentication_context={}):
        form = {
            "grant_type": "client_credentials",
            "client_id": "app",
            "client_secret": "s3cret",
            "scope": "https://graph.microsoft.com/.default",
        }
        body = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(f"{self.url}/tenant/oauth2/v2.0/token", body) as answer:
            return json.load(answer)["access_token"]

    def get_allowed_hosts_validator(self):
        return AllowedHostsValidator([])


def side_door(url, path, sent):
    request = urllib.request.Request(f"{url}/_sim/{path}", json.dumps(sent).encode(), method="POST")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def address(label):
    return PhysicalAddress(
        street=f"{label}str. 5 <a> & b\r\nHof", city=f"{label} Citý", state=f"{label} State", country_or_region=f"{label} Land", postal_code="10115"
    )


TEXTS = {
    "assistant_name": "Max Muster", "company_name": 'Muster "AG"', "department": "R&D", "display_name": "Erika Beispiel",
    "file_as": "Beispiel, Erika", "generation": "Jr.", "given_name": "Erika", "initials": "E.M.B.", "job_title": "Engineer",
    "manager": "Chefin", "middle_name": "M.", "nick_name": "Eri", "office_location": "B 2.17",
    "personal_notes": "Met at the fair. <ä & €> 😀\r\nTwice.", "profession": "Baker", "spouse_name": "Kim",
    "surname": "Beispiel & Söhne", "title": "Dr.", "business_home_page": "https://muster.example.test/?a=1&b=2",
    "mobile_phone": "+49 170 1", "yomi_company_name": "Yc", "yomi_given_name": "Yg", "yomi_surname": "Ys",
}
LISTS = {
    "business_phones": ["+49 30 1", "+49 30 2"], "home_phones": ["+49 89 1", "+49 89 2"],
    "im_addresses": ["sip:1@example.test", "sip:2@example.test", "sip:3@example.test"],
    "children": ["Anna", "Ben"], "categories": ["Customers", "Red category"],
}
BIRTHDAY = datetime(1980, 5, 17, 11, 59, tzinfo=timezone.utc)
EMAILS = [("Erika", "e1@example.test"), ("e2@example.test", "e2@example.test"), ("Third", "e3@example.test")]


def full(uid):
    """A contact with every property that may be written."""
    return Contact(
        **TEXTS, **LISTS, birthday=BIRTHDAY,
        email_addresses=[EmailAddress(name=name, address=address) for name, address in EMAILS],
        business_address=address("Business"), home_address=address("Home"), other_address=address("Other"),
        single_value_extended_properties=[
            SingleValueLegacyExtendedProperty(id=UID, value=uid),
            SingleValueLegacyExtendedProperty(id="String 0x3A24", value="+49 30 9"),
        ],
        multi_value_extended_properties=[MultiValueLegacyExtendedProperty(id=COMPANIES, value=["Muster AG", "Zweite GmbH"])],
    )


def same(got):
    for name, value in {**TEXTS, **LISTS, "birthday": BIRTHDAY}.items():
        assert getattr(got, name) == value, (name, getattr(got, name), value)
    assert [(email.name, email.address) for email in got.email_addresses] == EMAILS
    for label in ("Business", "Home", "Other"):
        shown, wanted = getattr(got, f"{label.lower()}_address"), address(label)
        for part in ("street", "city", "state", "country_or_region", "postal_code"):
            assert getattr(shown, part) == getattr(wanted, part), (label, part)


def extended(contact):
    return {entry.id: entry.value for entry in contact.single_value_extended_properties or []}


def passed(what):
    print(f"ok {what}", flush=True)


async def refused(request, status, code):
    try:
        await request
    except ODataError as error:
        assert (error.response_status_code, error.error.code) == (status, code), error
        assert error.error.inner_error.request_id
        return
    raise AssertionError(f"{code} was expected")


def with_headers(*pairs):
    configuration = RequestConfiguration()
    for name, value in pairs:
        configuration.headers.add(name, value)
    return configuration


async def folders(user):
    assert (await user.contact_folders.get()).value == []
    default = await user.contact_folders.by_contact_folder_id("contacts").get()
    assert default.display_name == "Contacts" and default.id and default.parent_folder_id
    made = await user.contact_folders.post(ContactFolder(display_name="Customers"))
    folder = user.contact_folders.by_contact_folder_id(made.id)
    child = await folder.child_folders.post(ContactFolder(display_name="Old"))
    assert child.parent_folder_id == made.id
    assert [one.id for one in (await folder.child_folders.get()).value] == [child.id]
    assert (await folder.patch(ContactFolder(display_name="Clients"))).display_name == "Clients"
    assert [one.display_name for one in (await user.contact_folders.get()).value] == ["Clients"]
    await refused(user.contact_folders.post(ContactFolder(display_name="clients")), 409, "ErrorFolderExists")
    await folder.delete()
    assert (await user.contact_folders.get()).value == []
    passed("folders")


async def whole_contact(contacts):
    made = await contacts.post(full("u-1"))
    same(made)
    assert made.additional_data["@odata.etag"] == f'W/"{made.change_key}"'
    parameters = ContactItemRequestBuilder.ContactItemRequestBuilderGetQueryParameters(
        expand=[
            f"singleValueExtendedProperties($filter=id eq '{UID}' or id eq 'String 0x3A24')",
            f"multiValueExtendedProperties($filter=id eq '{COMPANIES}')",
        ]
    )
    item = contacts.by_contact_id(made.id)
    got = await item.get(RequestConfiguration(query_parameters=parameters))
    same(got)
    assert extended(got) == {UID: "u-1", "String 0x3a24": "+49 30 9"}, extended(got)
    assert [entry.value for entry in got.multi_value_extended_properties] == [["Muster AG", "Zweite GmbH"]]
    assert got.created_date_time.tzinfo and got.primary_email_address.address == "e1@example.test"
    passed("create and read, every property intact")

    filtered = ContactsRequestBuilder.ContactsRequestBuilderGetQueryParameters(
        filter=f"singleValueExtendedProperties/Any(ep: ep/id eq '{UID}' and ep/value eq 'u-1')"
    )
    found = await contacts.get(RequestConfiguration(query_parameters=filtered))
    assert [one.id for one in found.value] == [made.id]
    passed("found by its own id")

    change = Contact(
        given_name="Eva", display_name="Eva B.", business_phones=[], email_addresses=[EmailAddress(name="New", address="new@example.test")],
        home_address=PhysicalAddress(city="Bonn"),
        single_value_extended_properties=[SingleValueLegacyExtendedProperty(id="String 0x3A24", value="+49 30 8")],
    )
    newer = await item.patch(change, with_headers(("If-Match", made.additional_data["@odata.etag"])))
    assert newer.change_key != made.change_key
    got = await item.get(RequestConfiguration(query_parameters=parameters))
    assert (got.given_name, got.display_name, got.surname) == ("Eva", "Eva B.", TEXTS["surname"])
    assert (got.business_phones, got.home_phones) == ([], LISTS["home_phones"])
    assert [email.address for email in got.email_addresses] == ["new@example.test"]
    assert (got.home_address.city, got.home_address.street) == ("Bonn", None)
    assert extended(got) == {UID: "u-1", "String 0x3a24": "+49 30 8"}
    passed("update, the rest untouched")

    stale = with_headers(("If-Match", made.additional_data["@odata.etag"]))
    await refused(item.patch(Contact(surname="x"), stale), 412, "ErrorIrresolvableConflict")
    await refused(item.delete(stale), 412, "ErrorIrresolvableConflict")
    passed("a stale version is refused")
    return made.id


async def photo(contacts, identity):
    content = contacts.by_contact_id(identity).photo.content
    await refused(content.get(), 404, "ErrorItemNotFound")
    picture = bytes(range(256)) * 20
    await content.put(picture, with_headers(("Content-Type", "image/jpeg")))
    assert await content.get() == picture
    about = await contacts.by_contact_id(identity).photo.get()
    assert about.width and about.height
    await content.delete()
    await refused(content.get(), 404, "ErrorItemNotFound")
    passed("photo")


async def changes(contacts, start):
    """All changes of a chain of pages, and the link for the next time."""
    page, seen = await start, []
    while True:
        seen += page.value
        if page.odata_delta_link:
            return seen, page.odata_delta_link
        page = await contacts.delta.with_url(page.odata_next_link).get(with_headers(("Prefer", "odata.maxpagesize=3")))


async def delta(url, contacts, known):
    side_door(url, "seed", {"count": 7})
    select = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(select=["surname"])
    configuration = RequestConfiguration(query_parameters=select)
    configuration.headers.add("Prefer", "odata.maxpagesize=3")
    seen, link = await changes(contacts, contacts.delta.get(configuration))
    assert len({one.id for one in seen}) == 8 and all(one.surname for one in seen)
    assert not any(one.given_name for one in seen)
    assert (await changes(contacts, contacts.delta.with_url(link).get()))[0] == []
    own = await contacts.post(Contact(surname="own"))
    await contacts.by_contact_id(known).delete()
    seen, _ = await changes(contacts, contacts.delta.with_url(link).get())
    removed = {one.id: one.additional_data.get("@removed") for one in seen}
    assert removed == {own.id: None, known: {"reason": "deleted"}}, removed
    passed("changes by pages, links and removals")
    side_door(url, "modes", {"forgetStates": True})
    await refused(contacts.delta.with_url(link).get(), 410, "SyncStateNotFound")
    passed("a lost state")
    return own.id


async def paging(client, contacts):
    page = await contacts.get(
        RequestConfiguration(query_parameters=ContactsRequestBuilder.ContactsRequestBuilderGetQueryParameters(top=3))
    )
    assert len(page.value) == 3
    seen = []
    await PageIterator(page, client.request_adapter).iterate(lambda contact: seen.append(contact.id) or True)
    assert len(seen) == len(set(seen)) == 8, len(seen)
    passed("pages")


async def ids(url, user, contacts, ordinary):
    body = TranslateExchangeIdsPostRequestBody(
        input_ids=[ordinary, "nonsense"],
        source_id_type=ExchangeIdFormat.RestId,
        target_id_type=ExchangeIdFormat.RestImmutableEntryId,
    )
    answer = await user.translate_exchange_ids.post(body)
    good, bad = answer.value
    assert good.source_id == ordinary and not good.error_details
    assert bad.error_details.code == "ErrorInvalidIdMalformed" and not bad.target_id
    immutable = ("Prefer", 'IdType="ImmutableId"')
    assert (await contacts.by_contact_id(ordinary).get(with_headers(immutable))).id == good.target_id
    side_door(url, "folders", {"path": "contacts/Other"})
    back = TranslateExchangeIdsPostRequestBody(
        input_ids=[ordinary], source_id_type=ExchangeIdFormat.RestId, target_id_type=ExchangeIdFormat.EwsId
    )
    ews = (await user.translate_exchange_ids.post(back)).value[0].target_id
    side_door(url, "items/move", {"id": ews, "folder": "contacts/Other"})
    await refused(user.contacts.by_contact_id(ordinary).get(), 404, "ErrorItemNotFound")
    moved = await user.contacts.by_contact_id(good.target_id).get(with_headers(immutable))
    assert (moved.id, moved.surname) == (good.target_id, "own")
    passed("ids of two kinds, translated")


async def batch(client, contacts):
    known = (await contacts.get()).value[0]
    content = BatchRequestContent()
    requests = [contacts.by_contact_id(known.id).to_get_request_information(), contacts.by_contact_id("nonsense").to_get_request_information()]
    for request in requests:
        content.add_request_information(request)
    identities = list(content.requests)
    answer = await client.batch.post(content)
    states = [answer.get_response_by_id(identity).status for identity in identities]
    assert states == [200, 400], states
    # The client of this version reads no body that is an object, though the documents have it so.
    assert answer.get_response_by_id(identities[0]).content_type == "application/json"
    passed("a batch")


async def waiting(url, contacts):
    fault = {"operation": "GraphListContacts", "kind": "graph_error", "status": 429, "code": "TooManyRequests", "retryAfter": "1"}
    side_door(url, "faults", fault)
    assert (await contacts.get()).value
    passed("throttled, then answered")


async def run(url):
    adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(Tokens(url)))
    adapter.base_url = f"{url}/v1.0"
    client = GraphServiceClient(request_adapter=adapter)
    user = client.users.by_user_id(MAILBOX)
    contacts = user.contact_folders.by_contact_folder_id("contacts").contacts
    await folders(user)
    known = await whole_contact(contacts)
    await photo(contacts, known)
    own = await delta(url, contacts, known)
    await paging(client, contacts)
    await ids(url, user, contacts, own)
    await batch(client, contacts)
    await waiting(url, contacts)
    nobody = client.users.by_user_id("nobody@example.com")
    await refused(nobody.contacts.get(), 404, "Request_ResourceNotFound")
    passed("an unknown mailbox")


def main():
    url = os.environ.get("GRAPH_URL")
    if url:
        return asyncio.run(run(url))
    command = [os.environ["SIMULATOR"], "--port", "0", "--oauth-client", "app:s3cret"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline().strip()
        url = line.removeprefix("listening on ").removesuffix("/EWS/Exchange.asmx")
        assert url.startswith("http://127.0.0.1:"), line
        return asyncio.run(run(url))
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
