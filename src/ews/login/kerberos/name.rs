//! The names that people write for an account, as Kerberos knows them.

/// A client's name and its realm, as sspi takes them: a user with an `@` in it is a name that the realm resolves itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) user: String,
    pub(super) realm: String,
}

impl Name {
    /// Reads a name. A realm is written in capitals: `svc@CORP.EXAMPLE.COM` is a principal, and `svc@example.com` a user principal name,
    /// whose part behind the `@` may be any that the domain gave it.
    ///
    /// # Errors
    /// The key at fault and what was expected.
    pub(super) fn of(
        username: &str,
        realm: Option<&str>,
    ) -> Result<Self, (&'static str, &'static str)> {
        const FORMS: &str = "user@REALM, DOMAIN\\user or user@example.com";
        let filled = |part: &str| !part.is_empty() && part.is_ascii();
        if realm.is_some_and(|realm| !filled(realm)) {
            return Err((
                "kerberos.realm",
                "the realm's name, such as CORP.EXAMPLE.COM",
            ));
        }
        let (user, named) = match (username.split_once('\\'), username.rsplit_once('@')) {
            (Some((domain, user)), _) => (user, Some(domain.to_uppercase())),
            (None, Some((user, suffix))) => {
                let is_realm =
                    realm.map_or_else(|| suffix == suffix.to_uppercase(), |realm| suffix == realm);
                let user = if is_realm { user } else { username };
                (user, Some(suffix.to_uppercase()))
            }
            (None, None) => (username, None),
        };
        let Some(realm) = realm.map(str::to_owned).or(named) else {
            return Err((
                "kerberos.realm",
                "the realm of the account, which its name does not tell",
            ));
        };
        if !filled(user) || !filled(&realm) || user.starts_with('@') {
            return Err(("username", FORMS));
        }
        Ok(Self {
            user: user.to_owned(),
            realm,
        })
    }

    /// The name without what is behind the `@`.
    pub(super) fn short(&self) -> &str {
        self.user.split('@').next().unwrap_or(&self.user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Semantics 50.
    #[test]
    fn each_way_of_writing_a_name_is_understood() {
        for (username, realm, expected) in [
            ("svc@CORP.EXAMPLE.TEST", None, ("svc", "CORP.EXAMPLE.TEST")),
            ("CORP\\svc", None, ("svc", "CORP")),
            ("corp.example.test\\svc", None, ("svc", "CORP.EXAMPLE.TEST")),
            (
                "CORP\\svc",
                Some("CORP.EXAMPLE.TEST"),
                ("svc", "CORP.EXAMPLE.TEST"),
            ),
            (
                "svc@example.test",
                None,
                ("svc@example.test", "EXAMPLE.TEST"),
            ),
            (
                "svc@example.test",
                Some("CORP.EXAMPLE.TEST"),
                ("svc@example.test", "CORP.EXAMPLE.TEST"),
            ),
            (
                "svc",
                Some("CORP.EXAMPLE.TEST"),
                ("svc", "CORP.EXAMPLE.TEST"),
            ),
        ] {
            let name = Name::of(username, realm).unwrap();
            assert_eq!(
                (name.user.as_str(), name.realm.as_str()),
                expected,
                "{username}"
            );
            assert_eq!(name.short(), "svc");
        }
        for (username, realm, key) in [
            ("svc", None, "kerberos.realm"),
            ("svc", Some(""), "kerberos.realm"),
            ("CORP\\", None, "username"),
            ("@example.test", None, "username"),
            ("müller@CORP.TEST", None, "username"),
        ] {
            assert_eq!(Name::of(username, realm).unwrap_err().0, key, "{username}");
        }
    }
}
