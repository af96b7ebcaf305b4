//! What is asked for when items are listed, fetched and looked for, and from which answer values are taken.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use crate::scripted::{Act, Scripted, envelope, ok, success};
use exchange_contact_sync::contact::Property;
use exchange_contact_sync::ews::{Ews, EwsConfig};
use exchange_contact_sync::sync::error::RemoteClass;
use exchange_contact_sync::sync::ids::{ChangeKey, FolderId, ItemId, Stamp};
use exchange_contact_sync::sync::ports::{Change, Fetched, Remote, Written};
use exchange_contact_sync::web::Secret;

fn start(answers: Vec<String>) -> (Scripted, Ews) {
    let acts = answers.iter().map(|answer| Act::Answer(ok(answer)));
    let server = Scripted::start(acts.collect());
    let ews = Ews::new(EwsConfig::basic(server.url(), "svc", Secret::new("secret"))).unwrap();
    (server, ews)
}

fn contact(id: &str, fields: &str) -> String {
    format!("<t:Contact><t:ItemId Id=\"{id}\" ChangeKey=\"{id}-k\"/>{fields}</t:Contact>")
}

/// A page of FindItem with the items of these numbers; the attributes tell what follows.
fn found(numbers: std::ops::Range<usize>, attributes: &str) -> String {
    let items: String = numbers
        .map(|number| contact(&format!("I{number}"), ""))
        .collect();
    let part = format!("<m:RootFolder {attributes}><t:Items>{items}</t:Items></m:RootFolder>");
    envelope("FindItem", &success("FindItem", &part))
}

fn ids(found: &[Written]) -> Vec<String> {
    found.iter().map(|written| written.id.to_string()).collect()
}

/// semantics 8, 9: a list is asked for ids only, and whatever else it says, values come from the look at the item, whole.
#[test]
fn values_are_taken_from_the_item_and_never_from_the_list() {
    let title = "x".repeat(300);
    let note = "one\n".repeat(1_250);
    let cut = format!("<t:JobTitle>{}</t:JobTitle>", &title[..255]);
    let changes = format!(
        "<m:SyncState>H4sI</m:SyncState><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange><m:Changes><t:Create>{}</t:Create></m:Changes>",
        contact("I", &cut)
    );
    let whole = format!(
        "<m:Items>{}</m:Items>",
        contact(
            "I",
            &format!("<t:Body BodyType=\"Text\">{note}</t:Body><t:JobTitle>{title}</t:JobTitle>")
        )
    );
    let (server, ews) = start(vec![
        envelope("SyncFolderItems", &success("SyncFolderItems", &changes)),
        envelope("GetItem", &success("GetItem", &whole)),
    ]);
    let folder = FolderId::new("F");
    let page = ews.changes(&folder, None).unwrap();
    let id = ItemId::new("I");
    assert_eq!(
        page.changes,
        [Change::Present(id.clone(), ChangeKey::new("I-k"))]
    );
    let Fetched::Item(item) = ews
        .fetch(&folder, &[id], &Property::all().collect::<Vec<_>>())
        .unwrap()
        .remove(0)
    else {
        panic!("the item is there");
    };
    assert_eq!(item.contact.text(Property::JobTitle), Some(&*title));
    assert_eq!(item.contact.text(Property::Body), Some(note.trim_end()));
    assert_eq!(ews.capabilities().fetch, 10, "of one look, by default");
    let requests = server.requests();
    let (list, look) = (&requests[0].text, &requests[1].text);
    assert!(
        list.contains("<t:BaseShape>IdOnly</t:BaseShape>")
            && !list.contains("AdditionalProperties")
    );
    assert!(look.contains("AdditionalProperties") && look.contains("item:Body"));
}

/// semantics 23: an item is looked for by an exact condition on our own property, never by a text search or by what it holds, and only
/// its id is asked for.
#[test]
fn an_item_is_looked_for_by_our_own_property() {
    let (server, ews) = start(vec![found(0..2, "IncludesLastItemInRange=\"true\"")]);
    let stamps = [Stamp::new("s-1"), Stamp::new("s-2")];
    assert_eq!(
        ids(&ews.find_stamped(&FolderId::new("F"), &stamps).unwrap()),
        ["I0", "I1"]
    );
    let request = &server.requests()[0].text;
    let (_, restriction) = request.split_once("<m:Restriction>").unwrap();
    let (restriction, _) = restriction.split_once("</m:Restriction>").unwrap();
    assert_eq!(restriction.matches("<t:IsEqualTo>").count(), 2);
    assert_eq!(restriction.matches("PropertyName=\"EcsStamp\"").count(), 2);
    assert!(restriction.contains("Value=\"s-1\"") && restriction.contains("Value=\"s-2\""));
    for other in ["<t:FieldURI ", "<t:Contains", "QueryString"] {
        assert!(!request.contains(other), "{request}");
    }
    assert!(request.contains("<t:BaseShape>IdOnly</t:BaseShape>"));
}

/// semantics 14: a server gives at most 1000 items at once, and fewer when its budget is used up: the search goes on until nothing
/// follows. An item that was overlooked would be made a second time.
#[test]
fn a_search_is_read_to_its_end_however_short_its_pages() {
    let sizes = [1_000, 1, 17, 0, 999, 483];
    let mut answers = Vec::new();
    let mut read = 0;
    for size in sizes {
        let next = read + size;
        answers.push(found(
            read..next,
            // A page with nothing in it may still say where the next one begins.
            &format!(
                "IndexedPagingOffset=\"{}\" IncludesLastItemInRange=\"false\"",
                next.max(read + 1)
            ),
        ));
        read = next.max(read + 1);
    }
    answers.push(found(read..read + 1, "IncludesLastItemInRange=\"true\""));
    let (server, ews) = start(answers);
    let all = ews
        .find_stamped(&FolderId::new("F"), &[Stamp::new("s")])
        .unwrap();
    let distinct: std::collections::BTreeSet<String> = ids(&all).into_iter().collect();
    assert_eq!((all.len(), distinct.len()), (2_501, 2_501));
    let requests = server.requests();
    let offsets: Vec<bool> = requests
        .iter()
        .zip([0, 1_000, 1_001, 1_018, 1_019, 2_018, 2_501])
        .map(|(request, offset)| request.text.contains(&format!("Offset=\"{offset}\"")))
        .collect();
    assert_eq!(offsets, [true; 7]);
    assert!(requests[0].text.contains("MaxEntriesReturned=\"1000\""));
}

/// semantics 14: a search that does not come to its end has found nothing out, and does not go round in circles.
#[test]
fn a_search_that_gets_no_further_is_no_answer() {
    for page in [
        found(0..0, "IncludesLastItemInRange=\"false\""),
        found(
            0..1,
            "IndexedPagingOffset=\"0\" IncludesLastItemInRange=\"false\"",
        ),
    ] {
        let (server, ews) = start(vec![page]);
        let error = ews
            .find_stamped(&FolderId::new("F"), &[Stamp::new("s")])
            .unwrap_err();
        assert_eq!(error.class, RemoteClass::Transient, "{error}");
        assert_eq!(server.requests().len(), 1);
    }
}
