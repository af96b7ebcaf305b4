//! GetUserSettings of one mailbox.

use std::io::{self, BufRead};

use super::super::WireError;
use super::super::xml::{EMPTY, Ns, SOAP_11, XmlReader, XmlWriter};
use super::{EwsUrls, Found, Refused};

const AUTODISCOVER: &str = "http://schemas.microsoft.com/exchange/2010/Autodiscover";
const ADDRESSING: &str = "http://www.w3.org/2005/08/addressing";
const ACTION: &str =
    "http://schemas.microsoft.com/exchange/2010/Autodiscover/Autodiscover/GetUserSettings";

/// The question for a mailbox, to a place.
///
/// # Errors
/// Those of the writer; writing into memory has none.
pub fn write_soap(address: &str, url: &str) -> io::Result<Vec<u8>> {
    let mut xml = XmlWriter::new()?;
    let namespaces = [
        ("xmlns:s", SOAP_11),
        ("xmlns:a", AUTODISCOVER),
        ("xmlns:w", ADDRESSING),
    ];
    xml.element("s:Envelope", &namespaces, |xml| {
        xml.element("s:Header", EMPTY, |xml| {
            xml.text("a:RequestedServerVersion", EMPTY, "Exchange2013_SP1")?;
            xml.text("w:Action", EMPTY, ACTION)?;
            xml.text("w:To", EMPTY, url)
        })?;
        xml.element("s:Body", EMPTY, |xml| {
            xml.element("a:GetUserSettingsRequestMessage", EMPTY, |xml| {
                xml.element("a:Request", EMPTY, |xml| {
                    xml.element("a:Users", EMPTY, |xml| {
                        xml.element("a:User", EMPTY, |xml| xml.text("a:Mailbox", EMPTY, address))
                    })?;
                    xml.element("a:RequestedSettings", EMPTY, |xml| {
                        xml.text("a:Setting", EMPTY, "InternalEwsUrl")?;
                        xml.text("a:Setting", EMPTY, "ExternalEwsUrl")
                    })
                })
            })
        })
    })?;
    Ok(xml.into_bytes())
}

/// What one level of an answer says: the whole of it, or the one mailbox in it.
#[derive(Default)]
struct Level {
    code: String,
    text: String,
    target: String,
    urls: EwsUrls,
}

impl Level {
    /// What the level says, `None` if nothing is wrong on it.
    fn verdict(&self) -> Option<Found> {
        match self.code.as_str() {
            "" | "NoError" => None,
            "RedirectAddress" if !self.target.is_empty() => {
                Some(Found::Address(self.target.clone()))
            }
            "RedirectUrl" if !self.target.is_empty() => Some(Found::Place(self.target.clone())),
            code => Some(Found::Refused(Refused {
                code: code.to_owned(),
                text: self.text.clone(),
            })),
        }
    }
}

/// Reads the answer.
///
/// # Errors
/// When it is cut off, not XML, or not an answer to this question.
pub fn read_soap(input: impl BufRead) -> Result<Found, WireError> {
    let mut xml = XmlReader::new(input);
    let root = xml.root()?;
    if !root.is(Ns::Soap, "Envelope") {
        return Err(WireError::NotSoap { root: root.local });
    }
    let (mut whole, mut user, mut users) = (Level::default(), Level::default(), 0_u32);
    let mut fault = None;
    while let Some(section) = xml.child()? {
        if !section.is(Ns::Soap, "Body") {
            xml.skip()?;
            continue;
        }
        while let Some(body) = xml.child()? {
            match body.local.as_str() {
                "Fault" => fault = Some(read_fault(&mut xml)?),
                "GetUserSettingsResponseMessage" => {
                    while let Some(response) = xml.child()? {
                        if response.local == "Response" {
                            users += read_response(&mut xml, &mut whole, &mut user)?;
                        } else {
                            xml.skip()?;
                        }
                    }
                }
                _ => xml.skip()?,
            }
        }
    }
    if let Some(fault) = fault {
        return Ok(Found::Refused(fault));
    }
    match whole.verdict().or_else(|| user.verdict()) {
        Some(found) => Ok(found),
        None if users == 0 => Err(WireError::Incomplete("the settings of the mailbox")),
        None => Ok(Found::Urls(user.urls)),
    }
}

/// Reads one answer; gives how many mailboxes it speaks of.
fn read_response<R: BufRead>(
    xml: &mut XmlReader<R>,
    whole: &mut Level,
    user: &mut Level,
) -> Result<u32, WireError> {
    let mut users = 0;
    while let Some(child) = xml.child()? {
        match child.local.as_str() {
            "UserResponses" => {
                while xml.child()?.is_some() {
                    users += 1;
                    read_user(xml, user)?;
                }
            }
            local => read_status(xml, local, whole)?,
        }
    }
    Ok(users)
}

fn read_user<R: BufRead>(xml: &mut XmlReader<R>, user: &mut Level) -> Result<(), WireError> {
    while let Some(child) = xml.child()? {
        if child.local != "UserSettings" {
            read_status(xml, &child.local, user)?;
            continue;
        }
        while xml.child()?.is_some() {
            read_setting(xml, &mut user.urls)?;
        }
    }
    Ok(())
}

fn read_status<R: BufRead>(
    xml: &mut XmlReader<R>,
    local: &str,
    level: &mut Level,
) -> Result<(), WireError> {
    match local {
        "ErrorCode" => xml.text()?.trim().clone_into(&mut level.code),
        "ErrorMessage" => xml.text()?.trim().clone_into(&mut level.text),
        "RedirectTarget" => xml.text()?.trim().clone_into(&mut level.target),
        _ => xml.skip()?,
    }
    Ok(())
}

fn read_setting<R: BufRead>(xml: &mut XmlReader<R>, urls: &mut EwsUrls) -> Result<(), WireError> {
    let (mut name, mut value) = (String::new(), String::new());
    while let Some(child) = xml.child()? {
        match child.local.as_str() {
            "Name" => xml.text()?.trim().clone_into(&mut name),
            "Value" => xml.text()?.trim().clone_into(&mut value),
            _ => xml.skip()?,
        }
    }
    let value = (!value.is_empty()).then_some(value);
    match name.as_str() {
        "ExternalEwsUrl" => urls.external = value,
        "InternalEwsUrl" => urls.internal = value,
        _ => {}
    }
    Ok(())
}

/// A fault says in its code what is wrong; the rest is for people.
fn read_fault<R: BufRead>(xml: &mut XmlReader<R>) -> Result<Refused, WireError> {
    let (mut code, mut text) = (String::new(), String::new());
    while let Some(child) = xml.child()? {
        match child.local.as_str() {
            "faultcode" => {
                let qualified = xml.text()?;
                let local = qualified.rsplit(':').next().unwrap_or_default();
                local.trim().clone_into(&mut code);
            }
            "faultstring" => xml.text()?.trim().clone_into(&mut text),
            _ => xml.skip()?,
        }
    }
    Ok(Refused { code, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(whole: &str, user: &str) -> String {
        format!(
            "<s:Envelope xmlns:s='{SOAP_11}'><s:Header><h:ServerVersionInfo xmlns:h='{AUTODISCOVER}'><h:MajorVersion>15</h:MajorVersion></h:ServerVersionInfo></s:Header>\
             <s:Body><GetUserSettingsResponseMessage xmlns='{AUTODISCOVER}' xmlns:i='http://www.w3.org/2001/XMLSchema-instance'><Response>{whole}\
             <UserResponses><UserResponse>{user}</UserResponse></UserResponses></Response></GetUserSettingsResponseMessage></s:Body></s:Envelope>"
        )
    }

    fn read(xml: &str) -> Found {
        read_soap(xml.as_bytes()).unwrap()
    }

    const FINE: &str = "<ErrorCode>NoError</ErrorCode><ErrorMessage/>";

    /// The answer of a server with both addresses; what else it says is passed over.
    #[test]
    fn both_addresses_are_read() {
        let user = "<ErrorCode>NoError</ErrorCode><ErrorMessage>No error.</ErrorMessage><RedirectTarget i:nil='true'/>\
            <UserSettingErrors><UserSettingError><ErrorCode>SettingIsNotAvailable</ErrorCode><SettingName>X</SettingName></UserSettingError></UserSettingErrors>\
            <UserSettings><UserSetting i:type='StringSetting'><Name>ExternalEwsUrl</Name><Value>https://mail.example.test/EWS/Exchange.asmx</Value></UserSetting>\
            <UserSetting i:type='StringSetting'><Name>InternalEwsUrl</Name><Value>https://ex1.corp.example.test/EWS/Exchange.asmx</Value></UserSetting>\
            <UserSetting><Name>Other</Name><Value>x</Value></UserSetting></UserSettings>";
        let urls = EwsUrls {
            external: Some("https://mail.example.test/EWS/Exchange.asmx".to_owned()),
            internal: Some("https://ex1.corp.example.test/EWS/Exchange.asmx".to_owned()),
            either: None,
        };
        assert_eq!(read(&answer(FINE, user)), Found::Urls(urls));
    }

    /// Both levels have codes, and the outer one counts first.
    #[test]
    fn each_level_may_redirect_or_refuse() {
        let code = |code: &str, target: &str| {
            format!(
                "<ErrorCode>{code}</ErrorCode><ErrorMessage>why</ErrorMessage><RedirectTarget>{target}</RedirectTarget>"
            )
        };
        let refused = |code: &str| {
            Found::Refused(Refused {
                code: code.to_owned(),
                text: "why".to_owned(),
            })
        };
        for (whole, user, expected) in [
            (
                FINE,
                code("RedirectAddress", "erika@other.test"),
                Found::Address("erika@other.test".to_owned()),
            ),
            (
                FINE,
                code(
                    "RedirectUrl",
                    "https://x.test/autodiscover/autodiscover.svc",
                ),
                Found::Place("https://x.test/autodiscover/autodiscover.svc".to_owned()),
            ),
            (FINE, code("InvalidUser", ""), refused("InvalidUser")),
            (FINE, code("RedirectUrl", ""), refused("RedirectUrl")),
            (
                &*code("ServerBusy", ""),
                code("InvalidUser", ""),
                refused("ServerBusy"),
            ),
        ] {
            assert_eq!(read(&answer(whole, &user)), expected);
        }
    }

    /// An answer that is cut anywhere is an error, and a page of a shop is none of ours.
    #[test]
    fn what_is_no_answer_is_told_apart() {
        let whole = answer(FINE, "<UserSettings/>");
        for end in 0..whole.len() {
            assert!(read_soap(&whole.as_bytes()[..end]).is_err(), "cut at {end}");
        }
        assert_eq!(read(&whole), Found::Urls(EwsUrls::default()));
        let shop = "<html><body>Welcome</body></html>";
        assert!(matches!(
            read_soap(shop.as_bytes()),
            Err(WireError::NotSoap { .. })
        ));
        let fault = format!(
            "<s:Envelope xmlns:s='{SOAP_11}'><s:Body><s:Fault><faultcode>a:InternalServerError</faultcode><faultstring>oh</faultstring></s:Fault></s:Body></s:Envelope>"
        );
        let Found::Refused(refused) = read(&fault) else {
            panic!("a fault is a refusal");
        };
        assert_eq!(refused.code, "InternalServerError");
    }

    /// The request holds the mailbox and the place, escaped.
    #[test]
    fn the_question_names_mailbox_and_place() {
        let question = write_soap("o'neil&co@example.test", "https://x.test/a?b&c").unwrap();
        let text = String::from_utf8(question).unwrap();
        assert!(
            text.contains("<a:Mailbox>o'neil&amp;co@example.test</a:Mailbox>"),
            "{text}"
        );
        assert!(
            text.contains("<w:To>https://x.test/a?b&amp;c</w:To>"),
            "{text}"
        );
    }
}
