//! Managing connections: C0040 to C0049.

use super::{Code, ConnectionError, listed, one_of, shown};

impl ConnectionError {
    pub(crate) fn link_name(found: &str, proposal: &str) -> Self {
        Self::new(
            Code::LinkName,
            format!(
                "found `{}`, expected up to 50 letters, digits, `_`, first a letter",
                shown(found)
            ),
            format!("try `{proposal}`"),
        )
    }

    pub(crate) fn link_name_taken(link: &str, service: &str, free: &str) -> Self {
        Self::new(
            Code::LinkNameTaken,
            format!("`{link}` exists ({service})"),
            format!("`{free}` is free"),
        )
    }

    pub(crate) fn unknown_service(link: &str, near: Option<&str>) -> Self {
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`freshet service list` shows the services there are".to_owned(),
        };
        Self::new(
            Code::UnknownService,
            format!("no service `{}`", shown(link)),
            help,
        )
    }

    /// A value that does not fit; `found` must not be a secret (say "a text" then).
    pub(crate) fn field_value(title: &str, found: &str, expected: &str) -> Self {
        Self::new(
            Code::FieldValue,
            format!("{title}: found {found}, expected {expected}"),
            "give another value; `freshet service show` lists what the service asks for",
        )
    }

    pub(crate) fn field_missing(name: &str, title: &str, example: Option<&str>) -> Self {
        let like = example
            .map(|example| format!(" like {example}"))
            .unwrap_or_default();
        Self::new(
            Code::FieldValue,
            format!("{title}: found no value, expected a text{like}"),
            format!("give it with --set {name}=VALUE"),
        )
    }

    pub(crate) fn unknown_field(name: &str, service: &str, known: &[String]) -> Self {
        let help = if known.is_empty() {
            format!("{service} has no fields")
        } else {
            format!("{service} has {}", listed(known))
        };
        Self::new(
            Code::FieldValue,
            format!(
                "found the field `{}`, expected a field of {service}",
                shown(name)
            ),
            help,
        )
    }

    /// The value itself is not shown, since it was probably a secret.
    pub(crate) fn secret_in_set(name: &str) -> Self {
        Self::new(
            Code::FieldValue,
            format!("`{name}` is a secret, so it may not be given with --set"),
            format!(
                "use --secret-stdin {name}, --secret-file {name}=PATH or --secret-env {name}=VARIABLE"
            ),
        )
    }

    /// A text of the connection itself (name, notes) that does not fit.
    pub(crate) fn connection_text(what: &str, found: &str, expected: &str) -> Self {
        Self::new(
            Code::FieldValue,
            format!("{what}: found {found}, expected {expected}"),
            "give another value; nothing was changed",
        )
    }

    pub(crate) fn scope(found: &str, expected: &str) -> Self {
        Self::new(
            Code::Scope,
            format!("scope: found `{}`, expected {expected}", shown(found)),
            "`freshet service show` lists the scopes of a service, `freshet connection show` those of a connection",
        )
    }

    /// `found` names the kind of fault, never the text.
    pub(crate) fn credential_text(what: &str, found: &str) -> Self {
        let help = if found.contains("U+000") {
            "enter it again; a line break at the end is often pasted along"
        } else {
            "enter it again as the service shows it"
        };
        Self::new(
            Code::CredentialText,
            format!("{what}: found {found}, expected text without it"),
            help,
        )
    }

    /// `found` says what it is instead, and shows nothing of it.
    pub(crate) fn private_key(found: &str) -> Self {
        Self::new(
            Code::CredentialText,
            format!(
                "private key: found {found}, expected an RSA key in PEM form (PKCS#8 or PKCS#1)"
            ),
            "`openssl pkey -in KEY -out NEW` takes a passphrase off",
        )
    }

    pub(crate) fn credential_missing(what: &str) -> Self {
        Self::new(
            Code::CredentialText,
            format!("{what}: found nothing, expected a text"),
            "enter it when connecting: at the prompt, or with --secret-stdin, --secret-file or --secret-env",
        )
    }

    /// The text itself is never shown.
    pub(crate) fn signing_key() -> Self {
        Self::new(
            Code::CredentialText,
            "private key: found another text, expected an RSA key or one on the curve P-256, as the algorithm asks, in PEM form (PKCS#8, PKCS#1 or SEC 1) without a passphrase, or Google's JSON key file",
            "store it again: `freshet service client SERVICE --secret-file private_key=PATH`",
        )
    }

    pub(crate) fn host(found: &str, expected: &str) -> Self {
        Self::new(
            Code::Host,
            format!("host: found `{}`, expected {expected}", shown(found)),
            "write the host alone, without https:// and path",
        )
    }

    /// Scripts name the connection, and the caller did not say yes.
    #[must_use]
    pub fn used_by_scripts(link: &str, scripts: &[String]) -> Self {
        let plural = if scripts.len() == 1 {
            "script"
        } else {
            "scripts"
        };
        Self::new(
            Code::UsedByScripts,
            format!(
                "`{link}` is named in {} {plural}: {}",
                scripts.len(),
                listed(scripts)
            ),
            "add --yes to go on all the same",
        )
    }

    /// A connection's service cannot change.
    #[must_use]
    pub fn service_fixed(link: &str, service: &str) -> Self {
        Self::new(
            Code::Fixed,
            format!("the service of `{link}` is {service} and cannot change"),
            "`freshet connection duplicate` and `freshet connection add` make another one",
        )
    }

    pub(crate) fn grant_type(found: &str, expected: &[String]) -> Self {
        Self::new(
            Code::GrantType,
            format!(
                "grant type: found `{}`, expected {}",
                shown(found),
                one_of(expected)
            ),
            "`freshet service show` lists the grant types of a service",
        )
    }

    pub(crate) fn password_grant() -> Self {
        Self::new(
            Code::GrantType,
            "grant type: found `password`, which hands the password of a user to this program, expected one that does not",
            "where the service has no other: --allow-password-grant",
        )
    }

    pub(crate) fn no_grant_types(found: &str, service: &str, scheme: &str) -> Self {
        Self::new(
            Code::GrantType,
            format!(
                "grant type: found `{}`, expected none: {service} uses {scheme}",
                shown(found)
            ),
            "leave --grant-type out",
        )
    }

    pub(crate) fn needs_no_client(service: &str, scheme: &str) -> Self {
        Self::new(
            Code::FieldValue,
            format!("{service} uses {scheme} and needs no client"),
            "its secrets are entered with each connection: `freshet connection connect`",
        )
    }
}
