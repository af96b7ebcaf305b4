//! The older form: plain XML without an envelope.

use std::io::{self, BufRead};

use super::super::WireError;
use super::super::xml::{EMPTY, XmlReader, XmlWriter};
use super::{EwsUrls, Found, Refused};

const REQUEST: &str =
    "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006";
const RESPONSE: &str =
    "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";

/// The question for a mailbox.
///
/// # Errors
/// Those of the writer; writing into memory has none.
pub fn write_pox(address: &str) -> io::Result<Vec<u8>> {
    let mut xml = XmlWriter::new()?;
    xml.element("Autodiscover", &[("xmlns", REQUEST)], |xml| {
        xml.element("Request", EMPTY, |xml| {
            xml.text("EMailAddress", EMPTY, address)?;
            xml.text("AcceptableResponseSchema", EMPTY, RESPONSE)
        })
    })?;
    Ok(xml.into_bytes())
}

/// Reads the answer.
///
/// # Errors
/// When it is cut off, not XML, or not an answer to this question.
pub fn read_pox(input: impl BufRead) -> Result<Found, WireError> {
    let mut xml = XmlReader::new(input);
    let root = xml.root()?;
    if root.local != "Autodiscover" {
        return Err(WireError::NotSoap { root: root.local });
    }
    let mut found = None;
    while let Some(response) = xml.child()? {
        if response.local != "Response" {
            xml.skip()?;
            continue;
        }
        while let Some(child) = xml.child()? {
            match child.local.as_str() {
                "Account" => found = Some(read_account(&mut xml)?),
                "Error" => found = Some(Found::Refused(read_error(&mut xml)?)),
                _ => xml.skip()?,
            }
        }
    }
    found.ok_or(WireError::Incomplete("the account of the mailbox"))
}

fn read_account<R: BufRead>(xml: &mut XmlReader<R>) -> Result<Found, WireError> {
    let (mut action, mut place, mut address) = (String::new(), String::new(), String::new());
    let mut urls = EwsUrls::default();
    while let Some(child) = xml.child()? {
        match child.local.as_str() {
            "Action" => xml.text()?.trim().clone_into(&mut action),
            "RedirectUrl" => xml.text()?.trim().clone_into(&mut place),
            "RedirectAddr" => xml.text()?.trim().clone_into(&mut address),
            "Protocol" => {
                let kind = child.attribute("Type").map(str::to_owned);
                read_protocol(xml, kind, &mut urls)?;
            }
            _ => xml.skip()?,
        }
    }
    Ok(match action.to_ascii_lowercase().as_str() {
        "redirecturl" if !place.is_empty() => Found::Place(place),
        "redirectaddr" if !address.is_empty() => Found::Address(address),
        "settings" => Found::Urls(urls),
        _ => Found::Refused(Refused {
            code: action,
            text: "an action that leads nowhere".to_owned(),
        }),
    })
}

/// The kind of a protocol is an element, and in answers of another form an attribute.
fn read_protocol<R: BufRead>(
    xml: &mut XmlReader<R>,
    kind: Option<String>,
    urls: &mut EwsUrls,
) -> Result<(), WireError> {
    let (mut kind, mut url) = (kind.unwrap_or_default(), String::new());
    while let Some(child) = xml.child()? {
        match child.local.as_str() {
            "Type" => xml.text()?.trim().clone_into(&mut kind),
            "EwsUrl" => xml.text()?.trim().clone_into(&mut url),
            _ => xml.skip()?,
        }
    }
    let place = match kind.as_str() {
        "EXPR" => &mut urls.external,
        "EXCH" => &mut urls.internal,
        "EXHTTP" => &mut urls.either,
        _ => return Ok(()),
    };
    if place.is_none() && !url.is_empty() {
        *place = Some(url);
    }
    Ok(())
}

fn read_error<R: BufRead>(xml: &mut XmlReader<R>) -> Result<Refused, WireError> {
    let (mut code, mut text) = (String::new(), String::new());
    while let Some(child) = xml.child()? {
        match child.local.as_str() {
            "ErrorCode" => xml.text()?.trim().clone_into(&mut code),
            "Message" => xml.text()?.trim().clone_into(&mut text),
            _ => xml.skip()?,
        }
    }
    Ok(Refused { code, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(response: &str) -> String {
        format!(
            "<?xml version='1.0'?><Autodiscover xmlns='http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006'>\
             <Response xmlns='{RESPONSE}'>{response}</Response></Autodiscover>"
        )
    }

    fn read(response: &str) -> Found {
        read_pox(answer(response).as_bytes()).unwrap()
    }

    /// EXPR is the way from outside, EXCH the one from inside, EXHTTP either; WEB is for people.
    #[test]
    fn each_protocol_has_its_address() {
        let account = "<User><DisplayName>Erika</DisplayName></User><Account><AccountType>email</AccountType><Action>settings</Action>\
            <Protocol><Type>EXCH</Type><Server>ex1</Server><EwsUrl>https://in/</EwsUrl></Protocol>\
            <Protocol><Type>EXPR</Type><SSL>On</SSL><EwsUrl>https://out/</EwsUrl></Protocol>\
            <Protocol><Type>WEB</Type><Internal><Protocol><Type>EXCH</Type><ASUrl>https://web/</ASUrl></Protocol></Internal></Protocol>\
            <Protocol><Type>EXHTTP</Type><EwsUrl>https://any/</EwsUrl></Protocol>\
            <Protocol><Type>EXHTTP</Type><EwsUrl>https://second/</EwsUrl></Protocol></Account>";
        let own = |url: &str| Some(url.to_owned());
        let urls = EwsUrls {
            external: own("https://out/"),
            internal: own("https://in/"),
            either: own("https://any/"),
        };
        assert_eq!(read(account), Found::Urls(urls));
    }

    #[test]
    fn redirects_and_refusals_are_told_apart() {
        let account = |inner: &str| read(&format!("<Account>{inner}</Account>"));
        let url = "<Action>redirectUrl</Action><RedirectUrl>https://x.test/</RedirectUrl>";
        assert_eq!(account(url), Found::Place("https://x.test/".to_owned()));
        let address = "<Action>redirectAddr</Action><RedirectAddr>erika@other.test</RedirectAddr>";
        assert_eq!(
            account(address),
            Found::Address("erika@other.test".to_owned())
        );
        assert!(matches!(
            account("<Action>redirectUrl</Action>"),
            Found::Refused(_)
        ));
        let error = "<Error Time='1' Id='2'><ErrorCode>600</ErrorCode><Message>Invalid Request</Message><DebugData/></Error>";
        let refused = Refused {
            code: "600".to_owned(),
            text: "Invalid Request".to_owned(),
        };
        assert_eq!(read(error), Found::Refused(refused));
    }

    #[test]
    fn what_is_no_answer_is_told_apart() {
        let whole = answer("<Account><Action>settings</Action></Account>");
        for end in 0..whole.len() {
            assert!(read_pox(&whole.as_bytes()[..end]).is_err(), "cut at {end}");
        }
        assert!(read_pox(&b"<html><body/></html>"[..]).is_err());
        assert!(read_pox(answer("").as_bytes()).is_err());
    }

    #[test]
    fn the_question_names_the_mailbox() {
        let text = String::from_utf8(write_pox("a&b@example.test").unwrap()).unwrap();
        assert!(
            text.contains("<EMailAddress>a&amp;b@example.test</EMailAddress>"),
            "{text}"
        );
        assert!(text.contains(RESPONSE), "{text}");
    }
}
