//! The answer to GetUserSettings (EWS reference, section 9.2).

use super::element;
use super::rules::Says;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header>\
    <h:ServerVersionInfo xmlns:h=\"http://schemas.microsoft.com/exchange/2010/Autodiscover\"><h:MajorVersion>15</h:MajorVersion><h:MinorVersion>2</h:MinorVersion>\
    <h:MajorBuildNumber>1544</h:MajorBuildNumber><h:MinorBuildNumber>4</h:MinorBuildNumber><h:Version>Exchange2015</h:Version></h:ServerVersionInfo></s:Header><s:Body>\
    <GetUserSettingsResponseMessage xmlns=\"http://schemas.microsoft.com/exchange/2010/Autodiscover\" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><Response>";

const TAIL: &str = "</Response></GetUserSettingsResponseMessage></s:Body></s:Envelope>";

/// The whole answer.
pub fn write(says: &Says) -> String {
    let mut out = HEAD.to_owned();
    if let Says::Error { code, whole: true } = says {
        status(&mut out, code, "The request failed.");
        out.push_str("<UserResponses/>");
        out.push_str(TAIL);
        return out;
    }
    status(&mut out, "NoError", "");
    out.push_str("<UserResponses><UserResponse>");
    match says {
        Says::Settings { external, internal } => {
            status(&mut out, "NoError", "No error.");
            out.push_str("<RedirectTarget i:nil=\"true\"/><UserSettingErrors/><UserSettings>");
            for (name, url) in [("ExternalEwsUrl", external), ("InternalEwsUrl", internal)] {
                if let Some(url) = url {
                    out.push_str("<UserSetting i:type=\"StringSetting\">");
                    element(&mut out, "Name", name);
                    element(&mut out, "Value", url);
                    out.push_str("</UserSetting>");
                }
            }
            out.push_str("</UserSettings>");
        }
        Says::Address(target) => redirect(&mut out, "RedirectAddress", target),
        Says::Place(target) => redirect(&mut out, "RedirectUrl", target),
        Says::Error { code, .. } => {
            status(&mut out, code, "The user could not be found.");
            out.push_str("<RedirectTarget i:nil=\"true\"/><UserSettingErrors/><UserSettings/>");
        }
        Says::Location(_) | Says::Status(_) | Says::Hang(_) => {}
    }
    out.push_str("</UserResponse></UserResponses>");
    out.push_str(TAIL);
    out
}

fn redirect(out: &mut String, code: &str, target: &str) {
    status(out, code, "Redirected.");
    element(out, "RedirectTarget", target);
    out.push_str("<UserSettingErrors/><UserSettings/>");
}

fn status(out: &mut String, code: &str, text: &str) {
    element(out, "ErrorCode", code);
    element(out, "ErrorMessage", text);
}
