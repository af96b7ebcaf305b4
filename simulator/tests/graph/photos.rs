//! Photos of contacts.

use serde_json::{Value, json};

use crate::client::{Graph, PICTURE, contact, contacts};
use crate::support::encoded;

const JPEG: &str = "Content-Type: image/jpeg\r\n";

/// Graph reference 9: none is 404; set, read, replaced, removed; each is a new version, and the attachment is that of EWS.
#[test]
fn a_photo_comes_and_goes() {
    let graph = Graph::start();
    let (ews, _) = graph.sim.outlook_contact(&json!({ "Surname": "x" }));
    let id = ews.replace('+', "-").replace('/', "_");
    let (photo, value) = (
        format!("{}/photo", contact(&id)),
        format!("{}/photo/$value", contact(&id)),
    );
    let key = || graph.get(&contact(&id)).text("changeKey");
    let stored = || {
        graph
            .sim
            .door("GET", &format!("photos/{}", encoded(&ews)), &Value::Null)["photo"]
            .clone()
    };
    for path in [&photo, &value] {
        let none = graph.get(path);
        assert_eq!((none.status, none.code()), (404, "ErrorItemNotFound"));
        assert_eq!(graph.delete(path, "").status, 404);
    }
    let before = key();
    assert_eq!(
        graph.attempt("PUT", &value, JPEG, PICTURE).unwrap().status,
        200
    );
    assert_ne!(key(), before);
    assert_eq!(graph.get(&value).body, PICTURE);
    let about = graph.get(&photo);
    assert_eq!(about.text("@odata.mediaContentType"), "image/jpeg");
    assert!(about.json["width"].is_number());
    assert_eq!(stored()["isContactPhoto"], true);
    assert_eq!(
        graph
            .attempt("PATCH", &value, JPEG, "another")
            .unwrap()
            .status,
        200
    );
    assert_eq!(stored()["length"], 7);
    assert_ne!(
        graph.get(&photo).text("@odata.mediaEtag"),
        about.text("@odata.mediaEtag")
    );
    for (method, path) in [("DELETE", &value), ("DELETE", &photo), ("PUT", &value)] {
        graph.attempt("PUT", &value, JPEG, PICTURE).unwrap();
        let gone = graph.attempt(method, path, JPEG, "").unwrap();
        assert!(gone.status == 204 || method == "PUT", "{gone:?}");
        assert_eq!(stored(), Value::Null);
    }
    assert_eq!(
        graph
            .attempt("PUT", &value, "Content-Type: text/plain\r\n", "x")
            .unwrap()
            .status,
        415
    );
    let large = "x".repeat((4 << 20) + 1);
    assert_eq!(
        graph.attempt("PUT", &value, JPEG, &large).unwrap().status,
        413
    );
}

/// Graph reference 9 and 15: which verb removes a photo is not known, so each may be the only one.
#[test]
fn only_one_way_may_remove_it() {
    let graph = Graph::start();
    let path = contact(&graph.create(&json!({})).text("id"));
    let (photo, value) = (format!("{path}/photo"), format!("{path}/photo/$value"));
    let ways = [
        ("photo", "DELETE", &photo),
        ("value", "DELETE", &value),
        ("empty", "PUT", &value),
    ];
    for (only, _, _) in ways {
        graph.attempt("PUT", &value, JPEG, PICTURE).unwrap();
        graph.modes(&json!({ "graphPhotoRemoval": only }));
        for (way, method, path) in ways {
            let answer = graph.attempt(method, path, JPEG, "").unwrap();
            assert_eq!(answer.status < 300, way == only, "{only} {way}");
            if way == only {
                graph.attempt("PUT", &value, JPEG, PICTURE).unwrap();
            }
        }
    }
}

/// Graph reference 5: the documents say that a photo's change is not reported, though the version moves; here that is a mode.
#[test]
fn a_photo_alone_may_be_no_change() {
    let graph = Graph::start();
    let id = graph.create(&json!({ "surname": "x" })).text("id");
    let value = format!("{}/photo/$value", contact(&id));
    let link = graph.get(&contacts("/delta")).json["@odata.deltaLink"].clone();
    graph.attempt("PUT", &value, JPEG, PICTURE).unwrap();
    let seen = || graph.follow(&link, "").each("id").len();
    assert_eq!(seen(), 1);
    graph.modes(&json!({ "graphSilentPhotos": true }));
    assert_eq!(seen(), 0);
    graph.send("PATCH", &contact(&id), "", &json!({ "surname": "y" }));
    graph.attempt("PUT", &value, JPEG, "another").unwrap();
    assert_eq!(seen(), 1);
}
