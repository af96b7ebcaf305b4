//! SOAP faults (EWS reference, sections 1.5 and 1.6).

use super::{write, xml};

/// A refusal of a whole request; nothing was executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// ResponseCode
    pub code: String,
    /// faultstring
    pub text: String,
    /// e:Message, where it differs from the text.
    pub message: Option<String>,
    /// Children of t:MessageXml, ready to send.
    pub message_xml: String,
}

impl Fault {
    /// A fault without MessageXml.
    pub fn new(code: &str, text: &str) -> Self {
        Self {
            code: code.to_owned(),
            text: text.to_owned(),
            message: None,
            message_xml: String::new(),
        }
    }

    /// ErrorSchemaValidation at a byte offset of the request.
    pub fn schema(violation: &str, request: &str, offset: usize) -> Self {
        let (line, column) = xml::line_and_column(request, offset);
        let mut message_xml =
            format!("<t:LineNumber>{line}</t:LineNumber><t:LinePosition>{column}</t:LinePosition>");
        write::element(&mut message_xml, "Violation", violation);
        Self {
            code: "ErrorSchemaValidation".to_owned(),
            text: format!("The request failed schema validation: {violation}"),
            message: Some("The request failed schema validation.".to_owned()),
            message_xml,
        }
    }

    /// ErrorServerBusy with the time to wait.
    pub fn server_busy(back_off_milliseconds: u64) -> Self {
        Self {
            message_xml: back_off(back_off_milliseconds),
            ..Self::new("ErrorServerBusy", SERVER_BUSY)
        }
    }

    /// ErrorExceededConnectionCount
    pub fn connection_count(limit: u64) -> Self {
        let text = "You have exceeded the available concurrent connections for your account.  \
                    Try again once your other requests have completed.";
        let message_xml = format!(
            "<t:Value Name=\"Policy\">MaxConcurrency</t:Value><t:Value Name=\"MaxConcurrencyLimit\">{limit}</t:Value>\
             <t:Value Name=\"ErrorMessage\">Budget exceeded for policy part MaxConcurrency.</t:Value>"
        );
        Self {
            message_xml,
            ..Self::new("ErrorExceededConnectionCount", text)
        }
    }

    /// The whole envelope. Faults come without a header.
    pub fn envelope(&self) -> String {
        let mut out = String::with_capacity(1200);
        out.push_str(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">\
             <s:Body><s:Fault><faultcode xmlns:a=\"http://schemas.microsoft.com/exchange/services/2006/types\">a:",
        );
        write::text(&mut out, &self.code);
        out.push_str("</faultcode><faultstring xml:lang=\"en-US\">");
        write::text(&mut out, &self.text);
        out.push_str("</faultstring><detail>");
        for (name, value) in [
            ("ResponseCode", &self.code),
            ("Message", self.message.as_ref().unwrap_or(&self.text)),
        ] {
            out.push_str("<e:");
            out.push_str(name);
            out.push_str(
                " xmlns:e=\"http://schemas.microsoft.com/exchange/services/2006/errors\">",
            );
            write::text(&mut out, value);
            out.push_str("</e:");
            out.push_str(name);
            out.push('>');
        }
        if !self.message_xml.is_empty() {
            out.push_str("<t:MessageXml xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\">");
            out.push_str(&self.message_xml);
            out.push_str("</t:MessageXml>");
        }
        out.push_str("</detail></s:Fault></s:Body></s:Envelope>");
        out
    }
}

/// The text that comes with ErrorServerBusy.
pub const SERVER_BUSY: &str = "The server cannot service this request right now. Try again later.";

/// MessageXml of a back-off.
pub fn back_off(milliseconds: u64) -> String {
    format!("<t:Value Name=\"BackOffMilliseconds\">{milliseconds}</t:Value>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_carries_code_and_details() {
        let text = Fault::server_busy(178_510).envelope();
        let root = xml::parse(&text).unwrap();
        let fault = root.child("Body").and_then(|b| b.child("Fault")).unwrap();
        assert_eq!(fault.child_text("faultcode"), Some("a:ErrorServerBusy"));
        let detail = fault.child("detail").unwrap();
        assert_eq!(detail.child_text("ResponseCode"), Some("ErrorServerBusy"));
        assert_eq!(
            detail.child("MessageXml").unwrap().child_text("Value"),
            Some("178510")
        );
    }

    #[test]
    fn a_violation_has_its_place() {
        let fault = Fault::schema("The 'Key' attribute is invalid.", "<a>\n <b/></a>", 7);
        assert!(
            fault
                .message_xml
                .starts_with("<t:LineNumber>2</t:LineNumber><t:LinePosition>4</t:LinePosition>")
        );
    }
}
