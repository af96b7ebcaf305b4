//! SOAP faults of both SOAP versions, and the `MessageXml` in which the server puts details.

use std::io::BufRead;
use std::time::Duration;

use super::xml::{Start, XmlReader};
use super::{ResponseError, WireError};

/// Reads a `Fault`; its start is read already.
///
/// The code is that of `detail/ResponseCode`, else the local part of `faultcode`. Names are compared
/// without their namespace: servers disagree on it.
pub(super) fn read_fault<R: BufRead>(xml: &mut XmlReader<R>) -> Result<ResponseError, WireError> {
    let mut fault = ResponseError::default();
    let mut fault_code = String::new();
    while let Some(child) = xml.child()? {
        match child.local.as_str() {
            "faultcode" => fault_code = xml.text()?,
            "faultstring" => fault.text = xml.text()?,
            "Code" => {
                while let Some(part) = xml.child()? {
                    match part.local.as_str() {
                        "Value" if fault_code.is_empty() => fault_code = xml.text()?,
                        "Subcode" => {
                            while let Some(value) = xml.child()? {
                                if value.local == "Value" {
                                    fault_code = xml.text()?;
                                } else {
                                    xml.skip()?;
                                }
                            }
                        }
                        _ => xml.skip()?,
                    }
                }
            }
            "Reason" => {
                while xml.child()?.is_some() {
                    fault.text = xml.text()?;
                }
            }
            "detail" | "Detail" => {
                while let Some(part) = xml.child()? {
                    match part.local.as_str() {
                        "ResponseCode" => xml.text()?.trim().clone_into(&mut fault.code),
                        "Message" if fault.text.is_empty() => fault.text = xml.text()?,
                        "MessageXml" => read_message_xml(xml, &mut fault)?,
                        _ => xml.skip()?,
                    }
                }
            }
            _ => xml.skip()?,
        }
    }
    if fault.code.is_empty() {
        let local = fault_code.rsplit(':').next().unwrap_or_default();
        local.trim().clone_into(&mut fault.code);
    }
    Ok(fault)
}

/// Reads a `MessageXml`, whose content the schema leaves open: what is known is kept, all else skipped.
pub(super) fn read_message_xml<R: BufRead>(
    xml: &mut XmlReader<R>,
    error: &mut ResponseError,
) -> Result<(), WireError> {
    while let Some(child) = xml.child()? {
        if let Some(property) = named_property(&child) {
            error.properties.push(property);
            xml.skip()?;
            continue;
        }
        let name = match child.local.as_str() {
            "Value" => child.attribute("Name").unwrap_or_default().to_owned(),
            other => other.to_owned(),
        };
        let value = xml.text()?;
        match name.as_str() {
            "BackOffMilliseconds" => {
                error.back_off = value.trim().parse().ok().map(Duration::from_millis);
            }
            "InnerErrorResponseCode" => error.inner_code = Some(value.trim().to_owned()),
            "Violation" if error.text.is_empty() => error.text = value,
            _ => {}
        }
    }
    Ok(())
}

fn named_property(element: &Start) -> Option<String> {
    let of = |name| element.attribute(name).map(str::to_owned);
    match element.local.as_str() {
        "FieldURI" => of("FieldURI"),
        "IndexedFieldURI" => {
            let (uri, index) = (of("FieldURI")?, of("FieldIndex").unwrap_or_default());
            Some(format!("{uri}:{index}"))
        }
        "ExtendedFieldURI" => of("PropertyName")
            .or_else(|| of("PropertyId"))
            .or_else(|| of("PropertyTag"))
            .map(|name| format!("extended:{name}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(xml: &str) -> ResponseError {
        let mut reader = XmlReader::new(xml.as_bytes());
        reader.root().unwrap();
        read_fault(&mut reader).unwrap()
    }

    #[test]
    fn a_soap_1_1_fault_gives_code_text_and_back_off() {
        let read = fault(
            "<s:Fault xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><faultcode xmlns:a='x'>a:ErrorServerBusy</faultcode>\
             <faultstring xml:lang='en-US'>Try again later.</faultstring><detail><e:ResponseCode xmlns:e='e'>ErrorServerBusy</e:ResponseCode>\
             <t:MessageXml xmlns:t='t'><t:Value Name='BackOffMilliseconds'>178510</t:Value></t:MessageXml></detail></s:Fault>",
        );
        assert_eq!(read.code, "ErrorServerBusy");
        assert_eq!(read.text, "Try again later.");
        assert_eq!(read.back_off, Some(Duration::from_millis(178_510)));
    }

    #[test]
    fn a_fault_of_2007_and_one_of_soap_1_2_give_their_code() {
        let old =
            fault("<Fault><faultcode>soap:Client</faultcode><faultstring>no</faultstring></Fault>");
        assert_eq!((old.code.as_str(), old.text.as_str()), ("Client", "no"));
        let new = fault(
            "<Fault xmlns='http://www.w3.org/2003/05/soap-envelope'><Code><Value>s:Receiver</Value><Subcode><Value>a:ErrorAccessDenied</Value></Subcode></Code>\
             <Reason><Text>denied</Text></Reason></Fault>",
        );
        assert_eq!(
            (new.code.as_str(), new.text.as_str()),
            ("ErrorAccessDenied", "denied")
        );
    }

    #[test]
    fn message_xml_names_properties_and_the_inner_code() {
        let mut reader = XmlReader::new(
            "<m><FieldURI FieldURI='contacts:CompleteName'/><IndexedFieldURI FieldURI='contacts:PhoneNumber' FieldIndex='Mms'/>\
             <ExtendedFieldURI PropertyName='X'/><New><Deep>1</Deep></New><Value Name='InnerErrorResponseCode'>ErrorServerBusy</Value></m>"
                .as_bytes(),
        );
        reader.root().unwrap();
        let mut error = ResponseError {
            code: "ErrorInternalServerError".to_owned(),
            ..ResponseError::default()
        };
        read_message_xml(&mut reader, &mut error).unwrap();
        assert_eq!(error.effective_code(), "ErrorServerBusy");
        assert_eq!(
            error.properties,
            [
                "contacts:CompleteName",
                "contacts:PhoneNumber:Mms",
                "extended:X"
            ]
        );
    }
}
