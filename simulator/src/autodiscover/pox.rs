//! The answer in plain XML (EWS reference, section 9.3). The two namespaces differ, as those of real servers do.

use super::element;
use super::rules::Says;

const ROOT: &str = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006";
const OUTLOOK: &str =
    "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";

/// The whole answer.
pub fn write(says: &Says) -> String {
    let mut out =
        format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><Autodiscover xmlns=\"{ROOT}\">");
    if let Says::Error { code, .. } = says {
        out.push_str("<Response><Error Time=\"12:00:00.0000000\" Id=\"1054\">");
        element(&mut out, "ErrorCode", code);
        element(&mut out, "Message", "The e-mail address cannot be found.");
        out.push_str("<DebugData/></Error></Response></Autodiscover>");
        return out;
    }
    out.push_str(&format!("<Response xmlns=\"{OUTLOOK}\"><User>"));
    element(&mut out, "DisplayName", "Somebody");
    out.push_str("</User><Account>");
    element(&mut out, "AccountType", "email");
    match says {
        Says::Settings { external, internal } => {
            element(&mut out, "Action", "settings");
            for (kind, url) in [("EXCH", internal), ("EXPR", external)] {
                if let Some(url) = url {
                    out.push_str("<Protocol>");
                    element(&mut out, "Type", kind);
                    element(&mut out, "EwsUrl", url);
                    out.push_str("</Protocol>");
                }
            }
        }
        Says::Address(target) => {
            element(&mut out, "Action", "redirectAddr");
            element(&mut out, "RedirectAddr", target);
        }
        Says::Place(target) => {
            element(&mut out, "Action", "redirectUrl");
            element(&mut out, "RedirectUrl", target);
        }
        Says::Error { .. } | Says::Location(_) | Says::Status(_) | Says::Hang(_) => {}
    }
    out.push_str("</Account></Response></Autodiscover>");
    out
}
