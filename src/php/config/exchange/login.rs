//! Who logs in, and how.

use super::super::raw::Raw;
use super::super::section::{Checked, ConfigError, Section};
use super::{kerberos, oauth};
use crate::ews::{Account, Login};
use crate::graph::Cloud;
use crate::web::Secret;

#[derive(Clone, Copy, PartialEq)]
enum Auth {
    Basic,
    Ntlm,
    Kerberos,
    Oauth,
}

pub(super) fn read(section: &Section<'_>) -> Checked<Login> {
    let words = [
        ("basic", Auth::Basic),
        ("ntlm", Auth::Ntlm),
        ("kerberos", Auth::Kerberos),
        ("oauth", Auth::Oauth),
    ];
    let auth = section.word("auth", &words, Auth::Basic)?;
    let login = match auth {
        Auth::Basic => Login::Basic(account(section, auth)?),
        Auth::Ntlm => Login::Ntlm {
            account: account(section, auth)?,
            channel_binding: channel_binding(section)?,
        },
        Auth::Kerberos => Login::Kerberos {
            principal: kerberos::read(section)?,
            channel_binding: channel_binding(section)?,
        },
        Auth::Oauth => {
            for key in ["username", "password"] {
                if section.get(key).is_some() {
                    return Err(section.wrong(
                        key,
                        "has no meaning with auth 'oauth': exchange.oauth says who logs in",
                    ));
                }
            }
            let raw = section.required("oauth", "an array that says where the tokens come from")?;
            Login::OAuth(oauth::read(raw, Cloud::Global.authority())?)
        }
    };
    if section.get("oauth").is_some() && auth != Auth::Oauth {
        return Err(section.wrong("oauth", "belongs to exchange.auth 'oauth'"));
    }
    if section.get("kerberos").is_some() && auth != Auth::Kerberos {
        return Err(section.wrong("kerberos", "belongs to exchange.auth 'kerberos'"));
    }
    if section.get("channel_binding").is_some() && !matches!(auth, Auth::Ntlm | Auth::Kerberos) {
        return Err(section.wrong(
            "channel_binding",
            "belongs to auth 'ntlm' and 'kerberos'; other ways of logging in have none",
        ));
    }
    Ok(login)
}

fn channel_binding(section: &Section<'_>) -> Checked<bool> {
    section
        .get("channel_binding")
        .map_or(Ok(true), |_| section.flag("channel_binding"))
}

fn account(section: &Section<'_>, auth: Auth) -> Checked<Account> {
    let username = section.required_text("username", "the account's name")?;
    if auth == Auth::Basic && username.contains(':') {
        return Err(section.wrong(
            "username",
            "must not contain a colon, which separates it from the password",
        ));
    }
    Ok(Account {
        username: username.to_owned(),
        password: password(section)?,
    })
}

pub(super) fn password(section: &Section<'_>) -> Checked<Secret> {
    const WHAT: &str = "the account's password as a string";
    match section.required("password", WHAT)? {
        Raw::Text(text) if text.is_empty() => Err(section.wrong(
            "password",
            format!("expected {WHAT}, an empty string given"),
        )),
        Raw::Text(text) => Ok(Secret::new(text.clone())),
        other => Err(ConfigError::expected("exchange.password", WHAT, other)),
    }
}
