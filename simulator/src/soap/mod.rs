//! SOAP envelopes: reading a request, writing an answer or a fault.

pub mod fault;
pub mod write;
pub mod xml;

use fault::Fault;
use xml::{Element, Namespace};

use crate::schema;

/// A request whose envelope and schema are in order.
#[derive(Debug)]
pub struct Request {
    /// The operation: local name of the body's child.
    pub operation: String,
    /// The body's child.
    pub body: Element,
    /// Address of the mailbox to act as.
    pub impersonate: Option<String>,
}

/// Versions that a client may ask for (EWS reference, section 1.2).
#[rustfmt::skip]
const VERSIONS: &[&str] = &[
    "Exchange2007", "Exchange2007_SP1", "Exchange2009", "Exchange2010", "Exchange2010_SP1",
    "Exchange2010_SP2", "Exchange2012", "Exchange2013", "Exchange2013_SP1", "Exchange2015",
    "Exchange2016", "V2015_10_05", "V2016_01_06", "V2016_04_13", "V2016_07_13", "V2016_10_10",
    "V2017_01_07", "V2017_04_14", "V2017_07_11",
];

/// Name of the operation in a request that may be invalid otherwise, for faults and counters.
pub fn operation_of(root: &Element) -> Option<&str> {
    root.child("Body")?
        .children
        .first()
        .map(|body| body.name.as_str())
}

/// Reads a request's envelope and checks its body against the schema.
pub fn read(text: &str, root: Element) -> Result<Request, Fault> {
    if root.namespace != Namespace::Soap || root.name != "Envelope" {
        return Err(Fault::schema(
            "The request is not a SOAP 1.1 envelope.",
            text,
            root.offset,
        ));
    }
    let mut header = None;
    let mut body = None;
    for part in root.children {
        match (part.namespace, part.name.as_str()) {
            (Namespace::Soap, "Header") if body.is_none() => header = Some(part),
            (Namespace::Soap, "Body") => body = Some(part),
            _ => {
                let message = format!(
                    "The element 'Envelope' has invalid child element '{}'.",
                    part.name
                );
                return Err(Fault::schema(&message, text, part.offset));
            }
        }
    }
    let Some(body) = body.and_then(|body| body.children.into_iter().next()) else {
        return Err(Fault::new("ErrorInvalidRequest", "The request is invalid."));
    };
    let impersonate = match &header {
        Some(header) => read_header(header)?,
        None => None,
    };
    let Some(expected) =
        schema::requests::of(&body.name).filter(|_| body.namespace == Namespace::Messages)
    else {
        let message = format!(
            "The element 'Body' has invalid child element '{}'.",
            body.name
        );
        return Err(Fault::schema(&message, text, body.offset));
    };
    schema::check(&body, expected).map_err(|v| Fault::schema(&v.message, text, v.offset))?;
    Ok(Request {
        operation: body.name.clone(),
        body,
        impersonate,
    })
}

fn read_header(header: &Element) -> Result<Option<String>, Fault> {
    for (at, block) in header.children.iter().enumerate() {
        if header
            .children
            .iter()
            .take(at)
            .any(|earlier| earlier.name == block.name)
        {
            return Err(Fault::new(
                "ErrorDuplicateSOAPHeader",
                "Duplicate SOAP headers are not allowed.",
            ));
        }
    }
    if let Some(version) = header.child("RequestServerVersion") {
        let version = version.attribute("Version").unwrap_or_default();
        if !VERSIONS.contains(&version) {
            return Err(Fault::new(
                "ErrorInvalidServerVersion",
                "The specified server version is invalid.",
            ));
        }
    }
    let Some(impersonation) = header.child("ExchangeImpersonation") else {
        return Ok(None);
    };
    match impersonation.grandchildren("ConnectingSID") {
        [sid]
            if matches!(
                sid.name.as_str(),
                "PrimarySmtpAddress" | "SmtpAddress" | "PrincipalName"
            ) =>
        {
            Ok(Some(sid.text.trim().to_owned()))
        }
        [_, _, ..] => Err(Fault::new(
            "ErrorMoreThanOneAccessModeSpecified",
            "Only one access mode may be specified in a request.",
        )),
        _ => Err(Fault::new(
            "ErrorInvalidExchangeImpersonationHeaderData",
            "The ExchangeImpersonation SOAP header must contain one ConnectingSID.",
        )),
    }
}

/// Start of every answer, as recorded from Exchange Server 2019.
const HEAD: &str = concat!(
    r#"<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">"#,
    r#"<s:Header><h:ServerVersionInfo MajorVersion="15" MinorVersion="2" MajorBuildNumber="1748" "#,
    r#"MinorBuildNumber="10" Version="V2017_07_11" "#,
    r#"xmlns:h="http://schemas.microsoft.com/exchange/services/2006/types" "#,
    r#"xmlns="http://schemas.microsoft.com/exchange/services/2006/types" "#,
    r#"xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>"#,
    r#"</s:Header><s:Body xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" "#,
    r#"xmlns:xsd="http://www.w3.org/2001/XMLSchema">"#,
);

/// Starts an answer up to and including `<m:ResponseMessages>`.
pub fn open_answer(operation: &str) -> String {
    let mut out = String::with_capacity(4096);
    out.push_str(HEAD);
    out.push_str("<m:");
    out.push_str(operation);
    out.push_str(
        "Response xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" \
         xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\"><m:ResponseMessages>",
    );
    out
}

/// Ends what [`open_answer`] started.
pub fn close_answer(out: &mut String, operation: &str) {
    out.push_str("</m:ResponseMessages></m:");
    out.push_str(operation);
    out.push_str("Response></s:Body></s:Envelope>");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(header: &str, body: &str) -> Result<Request, Fault> {
        let text = format!(
            "<s:Envelope xmlns:s='{}' xmlns:m='{}' xmlns:t='{}'><s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>",
            xml::SOAP,
            xml::MESSAGES,
            xml::TYPES
        );
        read(&text, xml::parse(&text).unwrap())
    }

    const BODY: &str = "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>\
                        <m:ItemIds><t:ItemId Id='x'/></m:ItemIds></m:GetItem>";

    #[test]
    fn reads_operation_and_impersonation() {
        let header = "<t:RequestServerVersion Version='Exchange2013_SP1'/><t:ExchangeImpersonation><t:ConnectingSID>\
                      <t:PrimarySmtpAddress>a@example.com</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>";
        let request = request(header, BODY).unwrap();
        assert_eq!(
            (request.operation.as_str(), request.impersonate.as_deref()),
            ("GetItem", Some("a@example.com"))
        );
    }

    #[test]
    fn refuses_bad_headers_and_bodies() {
        let code = |header, body| request(header, body).unwrap_err().code;
        assert_eq!(
            code("<t:RequestServerVersion Version='Exchange2042'/>", BODY),
            "ErrorInvalidServerVersion"
        );
        let twice =
            "<t:MailboxCulture>en-US</t:MailboxCulture><t:MailboxCulture>en-US</t:MailboxCulture>";
        assert_eq!(code(twice, BODY), "ErrorDuplicateSOAPHeader");
        assert_eq!(code("", "<m:Nonsense/>"), "ErrorSchemaValidation");
        assert_eq!(code("", ""), "ErrorInvalidRequest");
        assert_eq!(
            code("", &BODY.replace("IdOnly", "Some")),
            "ErrorSchemaValidation"
        );
    }
}
