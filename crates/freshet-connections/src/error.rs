//! Everything that can go wrong with a connection, each with a stable code.
//!
//! A code has one constructor, so its wording stands once. No constructor takes a secret, a body
//! or the query of an address; what it takes is shown to people as it is.

use std::fmt;
use std::path::Path;

use crate::clock::date;
use crate::service::Fault;
use crate::settings::CONNECTIONS;

/// What a connection error is about. The text form (`C0001`) and the exit code never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// C0001
    UnknownLink,
    /// C0002
    NeverAuthorised,
    /// C0003
    NeedsAuthorisation,
    /// C0004
    Disabled,
    /// C0005
    AuthorisationFailed,
    /// C0006
    HostNotAllowed,
    /// C0007
    NotHttps,
    /// C0008
    AddressGuard,
    /// C0009
    RenewalRefused,
    /// C0010
    PassingFailure,
    /// C0011
    Timeout,
    /// C0012
    Unreachable,
    /// C0013
    ReplyTooLarge,
    /// C0014
    BadRedirect,
    /// C0015
    NotVisibleText,
    /// C0016
    Busy,
    /// C0017
    TokenNotStored,
    /// C0018
    NoForm,
    /// C0026
    TokenReplyUnreadable,
    /// C0027
    TokenRefused,
    /// C0029
    NoTerminal,
    /// C0034
    VerificationFailed,
    /// C0035 (a warning)
    FewerScopes,
    /// C0038
    ValueFromService,
    /// C0039
    NoClient,
    /// C0040
    LinkName,
    /// C0041
    LinkNameTaken,
    /// C0042
    UnknownService,
    /// C0043
    FieldValue,
    /// C0044
    Scope,
    /// C0045
    CredentialText,
    /// C0046
    Host,
    /// C0047
    UsedByScripts,
    /// C0048
    Fixed,
    /// C0049
    GrantType,
    /// C0060
    Toml,
    /// C0061
    UnknownKey,
    /// C0062
    MissingKey,
    /// C0063
    KeyValue,
    /// C0064
    Address,
    /// C0065
    HostsDoNotCover,
    /// C0066
    Placeholder,
    /// C0067
    ServiceNameTaken,
    /// C0068
    DefaultService,
    /// C0069
    ServiceInUse,
    /// C0070
    Quirk,
    /// C0080
    RegistryOpen,
    /// C0081
    RegistryDamaged,
    /// C0082
    RegistryNewer,
    /// C0083
    Unseal,
    /// C0084
    Key,
    /// C0085
    RegistryBusy,
    /// C0086
    RegistryWrite,
    /// C0087
    Passphrase,
    /// C0088
    Import,
    /// C0092
    UseOnly,
}

impl Code {
    /// Every code, in order.
    pub const ALL: &[Code] = &[
        Code::UnknownLink,
        Code::NeverAuthorised,
        Code::NeedsAuthorisation,
        Code::Disabled,
        Code::AuthorisationFailed,
        Code::HostNotAllowed,
        Code::NotHttps,
        Code::AddressGuard,
        Code::RenewalRefused,
        Code::PassingFailure,
        Code::Timeout,
        Code::Unreachable,
        Code::ReplyTooLarge,
        Code::BadRedirect,
        Code::NotVisibleText,
        Code::Busy,
        Code::TokenNotStored,
        Code::NoForm,
        Code::TokenReplyUnreadable,
        Code::TokenRefused,
        Code::NoTerminal,
        Code::VerificationFailed,
        Code::FewerScopes,
        Code::ValueFromService,
        Code::NoClient,
        Code::LinkName,
        Code::LinkNameTaken,
        Code::UnknownService,
        Code::FieldValue,
        Code::Scope,
        Code::CredentialText,
        Code::Host,
        Code::UsedByScripts,
        Code::Fixed,
        Code::GrantType,
        Code::Toml,
        Code::UnknownKey,
        Code::MissingKey,
        Code::KeyValue,
        Code::Address,
        Code::HostsDoNotCover,
        Code::Placeholder,
        Code::ServiceNameTaken,
        Code::DefaultService,
        Code::ServiceInUse,
        Code::Quirk,
        Code::RegistryOpen,
        Code::RegistryDamaged,
        Code::RegistryNewer,
        Code::Unseal,
        Code::Key,
        Code::RegistryBusy,
        Code::RegistryWrite,
        Code::Passphrase,
        Code::Import,
        Code::UseOnly,
    ];

    /// The stable text form and the exit code of connection and service commands
    /// (connections, 9).
    const fn entry(self) -> (&'static str, u8) {
        match self {
            Code::UnknownLink => ("C0001", 2),
            Code::NeverAuthorised => ("C0002", 4),
            Code::NeedsAuthorisation => ("C0003", 4),
            Code::Disabled => ("C0004", 4),
            Code::AuthorisationFailed => ("C0005", 4),
            Code::HostNotAllowed => ("C0006", 78),
            Code::NotHttps => ("C0007", 78),
            Code::AddressGuard => ("C0008", 78),
            Code::RenewalRefused => ("C0009", 69),
            Code::PassingFailure => ("C0010", 69),
            Code::Timeout => ("C0011", 75),
            Code::Unreachable => ("C0012", 69),
            Code::ReplyTooLarge => ("C0013", 69),
            Code::BadRedirect => ("C0014", 69),
            Code::NotVisibleText => ("C0015", 2),
            Code::Busy => ("C0016", 75),
            Code::TokenNotStored => ("C0017", 74),
            Code::NoForm => ("C0018", 2),
            Code::TokenReplyUnreadable => ("C0026", 69),
            Code::TokenRefused => ("C0027", 69),
            Code::NoTerminal => ("C0029", 4),
            Code::VerificationFailed => ("C0034", 4),
            Code::FewerScopes => ("C0035", 0),
            Code::ValueFromService => ("C0038", 4),
            Code::NoClient => ("C0039", 4),
            Code::LinkName => ("C0040", 2),
            Code::LinkNameTaken => ("C0041", 2),
            Code::UnknownService => ("C0042", 2),
            Code::FieldValue => ("C0043", 2),
            Code::Scope => ("C0044", 2),
            Code::CredentialText => ("C0045", 2),
            Code::Host => ("C0046", 2),
            Code::UsedByScripts => ("C0047", 2),
            Code::Fixed => ("C0048", 2),
            Code::GrantType => ("C0049", 2),
            Code::Toml => ("C0060", 78),
            Code::UnknownKey => ("C0061", 78),
            Code::MissingKey => ("C0062", 78),
            Code::KeyValue => ("C0063", 78),
            Code::Address => ("C0064", 78),
            Code::HostsDoNotCover => ("C0065", 78),
            Code::Placeholder => ("C0066", 78),
            Code::ServiceNameTaken => ("C0067", 2),
            Code::DefaultService => ("C0068", 2),
            Code::ServiceInUse => ("C0069", 2),
            Code::Quirk => ("C0070", 78),
            Code::RegistryOpen => ("C0080", 74),
            Code::RegistryDamaged => ("C0081", 74),
            Code::RegistryNewer => ("C0082", 74),
            Code::Unseal => ("C0083", 74),
            Code::Key => ("C0084", 74),
            Code::RegistryBusy => ("C0085", 74),
            Code::RegistryWrite => ("C0086", 74),
            Code::Passphrase => ("C0087", 2),
            Code::Import => ("C0088", 2),
            Code::UseOnly => ("C0092", 78),
        }
    }

    /// The stable text form, such as `C0001`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.entry().0
    }

    /// The exit code of connection and service commands that end with this code.
    #[must_use]
    pub const fn exit(self) -> u8 {
        self.entry().1
    }
}

/// One fault of a connection, told to people: what was found, what was expected, the next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionError {
    kind: Code,
    message: String,
    help: Option<String>,
    exit: u8,
}

impl ConnectionError {
    fn new(kind: Code, message: impl Into<String>, help: impl Into<String>) -> Self {
        let help = help.into();
        ConnectionError {
            kind,
            message: message.into(),
            help: (!help.is_empty()).then_some(help),
            exit: kind.exit(),
        }
    }

    /// What the error is about, for decisions in code.
    #[must_use]
    pub fn kind(&self) -> Code {
        self.kind
    }

    /// The stable code, such as `C0006`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.as_str()
    }

    /// What was found and what was expected.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The next step, where there is one.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The exit code of connection and service commands.
    #[must_use]
    pub fn exit(&self) -> u8 {
        self.exit
    }

    // ---- using a connection -------------------------------------------------------------------

    pub(crate) fn unknown_link(
        link: &str,
        near: Option<&str>,
        renamed: Option<(&str, i64)>,
    ) -> Self {
        let link = shown(link);
        let help = match (renamed, near) {
            (Some((new, at)), _) => format!("it was renamed to `{new}` on {}", date(at)),
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => "`freshet connection list` shows the connections there are".to_owned(),
        };
        Self::new(Code::UnknownLink, format!("no connection `{link}`"), help)
    }

    /// Another process removed the connection between two steps of this one.
    pub(crate) fn removed_meanwhile() -> Self {
        Self::new(
            Code::UnknownLink,
            "the connection was removed meanwhile",
            "",
        )
    }

    pub(crate) fn never_authorised(link: &str, owner: &str) -> Self {
        let whose = if owner.is_empty() {
            String::new()
        } else {
            format!(" (owner {})", shown(owner))
        };
        Self::new(
            Code::NeverAuthorised,
            format!("`{link}` was never authorised{whose}"),
            format!("run `freshet connection connect {link}`"),
        )
    }

    /// `why` is the reason in words, `at` the time of the last error in milliseconds.
    pub(crate) fn needs_authorisation(link: &str, why: &str, at: Option<i64>) -> Self {
        let when = at.map(|at| format!(", {}", date(at))).unwrap_or_default();
        Self::new(
            Code::NeedsAuthorisation,
            format!("`{link}` must be authorised again: {why}{when}"),
            format!("run `freshet connection reconnect {link}`"),
        )
    }

    pub(crate) fn disabled(link: &str, since: Option<i64>) -> Self {
        let when = since
            .map(|at| format!(" since {}", date(at)))
            .unwrap_or_default();
        Self::new(
            Code::Disabled,
            format!("`{link}` is disabled{when}"),
            format!("run `freshet connection enable {link}`"),
        )
    }

    pub(crate) fn authorisation_failed(link: &str, last_error: &str) -> Self {
        Self::new(
            Code::AuthorisationFailed,
            format!("`{link}` could not be authorised: {last_error}"),
            format!("run `freshet connection connect {link}`"),
        )
    }

    pub(crate) fn host_not_allowed(link: &str, allowed: &[String], found: &str) -> Self {
        let found = shown(found);
        let help = if found.contains('@') {
            "leave the user part out of the address".to_owned()
        } else {
            format!(
                "if its credential may go there: `freshet connection edit {link} --allow-host {found}`"
            )
        };
        Self::new(
            Code::HostNotAllowed,
            format!(
                "`{link}` may be used with {}, found {found}",
                listed(allowed)
            ),
            help,
        )
    }

    pub(crate) fn not_https(link: &str) -> Self {
        Self::new(
            Code::NotHttps,
            format!("`{link}` sends credentials over https only"),
            "write the address with https://",
        )
    }

    pub(crate) fn metadata_address(host: &str, address: &str) -> Self {
        Self::new(
            Code::AddressGuard,
            format!(
                "{} leads to the metadata address {address}, which is always refused",
                shown(host)
            ),
            "",
        )
    }

    pub(crate) fn private_address(host: &str, address: &str) -> Self {
        Self::new(
            Code::AddressGuard,
            format!("{} leads to the private address {address}", shown(host)),
            "private addresses are refused because --refuse-private (network.refuse-private) is on",
        )
    }

    pub(crate) fn renewal_refused(service: &str, link: &str, error: &str) -> Self {
        Self::new(
            Code::RenewalRefused,
            format!("{service} refused to renew `{link}`: {error}"),
            "check the client and the definition of the service: `freshet service show`",
        )
    }

    /// `tries` is how often the request was sent in all.
    pub(crate) fn passing_failure(service: &str, cause: &str, tries: u32) -> Self {
        let plural = if tries == 1 { "try" } else { "tries" };
        Self::new(
            Code::PassingFailure,
            format!("{service}: {cause}, {tries} {plural}"),
            "this may pass: try again later",
        )
    }

    pub(crate) fn timeout(host: &str, seconds: u64) -> Self {
        Self::new(
            Code::Timeout,
            format!(
                "socket timeout error: no answer from {} within {seconds} s",
                shown(host)
            ),
            "",
        )
    }

    pub(crate) fn unreachable(host: &str, cause: &str) -> Self {
        Self::new(
            Code::Unreachable,
            format!("cannot reach {}: {cause}", shown(host)),
            "",
        )
    }

    /// `limit` in bytes.
    pub(crate) fn reply_too_large(host: &str, limit: u64) -> Self {
        Self::new(
            Code::ReplyTooLarge,
            format!("the reply of {} is over {}", shown(host), bytes(limit)),
            "",
        )
    }

    pub(crate) fn bad_redirect(cause: &str) -> Self {
        Self::new(
            Code::BadRedirect,
            format!("redirect not followed: {cause}"),
            "",
        )
    }

    /// `character` at `position` (characters, from 1) cannot stand in `place`.
    pub(crate) fn not_visible_text(place: &str, character: char, position: usize) -> Self {
        Self::new(
            Code::NotVisibleText,
            format!(
                "{place}: found U+{:04X} at {position}, expected visible text",
                character as u32
            ),
            "",
        )
    }

    pub(crate) fn busy(link: &str, before: usize) -> Self {
        Self::new(
            Code::Busy,
            format!("`{link}` is busy: {before} before this call"),
            "try again later, or run fewer scripts at a time",
        )
    }

    pub(crate) fn token_not_stored(link: &str, cause: &ConnectionError) -> Self {
        Self::new(
            Code::TokenNotStored,
            format!(
                "the new token of `{link}` was kept in memory for this run only: {}",
                cause.message
            ),
            cause.help.clone().unwrap_or_default(),
        )
    }

    pub(crate) fn no_form(found: &str) -> Self {
        Self::new(
            Code::NoForm,
            format!("the credential belongs in a form body, found {found}"),
            "send KEY-VALUE parameters without a content type",
        )
    }

    // ---- authorising --------------------------------------------------------------------------

    /// `found` is status, type and member names or title; never values.
    pub(crate) fn token_reply_unreadable(service: &str, found: &str) -> Self {
        Self::new(
            Code::TokenReplyUnreadable,
            format!("the token reply of {service} cannot be read: found {found}, expected a token"),
            "check the access token URL (token_url) of the service",
        )
    }

    /// `error` is the server's word, `meaning` what it usually means.
    pub(crate) fn token_refused(service: &str, error: &str, meaning: &str) -> Self {
        Self::new(
            Code::TokenRefused,
            format!("{service} refused to issue a token: {error}"),
            meaning,
        )
    }

    /// A question could not be asked. `option` is what to give instead.
    #[must_use]
    pub fn no_terminal(what: &str, option: &str) -> Self {
        Self::new(
            Code::NoTerminal,
            format!("no terminal to ask for {what}"),
            format!("give {option}"),
        )
    }

    /// `request` is method, host and path without the query.
    pub(crate) fn verification_failed(
        request: &str,
        found: &str,
        expected: &str,
        status: u16,
    ) -> Self {
        let mut error = Self::new(
            Code::VerificationFailed,
            format!("{request}: found {found}, expected {expected}"),
            match status {
                401 | 403 => "check the credential and its rights",
                500..=599 => "the service is in trouble: try again later",
                _ => "check the verify request of the service: `freshet service show`",
            },
        );
        if (500..600).contains(&status) {
            error.exit = 69;
        }
        error
    }

    pub(crate) fn fewer_scopes(asked: &[String], granted: &[String]) -> Self {
        Self::new(
            Code::FewerScopes,
            format!("asked for {}, granted {}", listed(asked), listed(granted)),
            "",
        )
    }

    /// `found` is N choices, or a value off its pattern.
    pub(crate) fn value_from_service(field: &str, found: &str) -> Self {
        Self::new(
            Code::ValueFromService,
            format!("{field}: {found}"),
            format!("give it with --set {field}=VALUE"),
        )
    }

    pub(crate) fn no_client(
        service: &str,
        link: &str,
        redirect_uri: Option<&str>,
        register_url: Option<&str>,
    ) -> Self {
        let mut help = match (redirect_uri, register_url) {
            (Some(redirect), Some(address)) => format!("register {redirect} at {address}, then "),
            (None, Some(address)) => format!("register at {address}, then "),
            _ => String::new(),
        };
        help.push_str(&format!(
            "run `freshet service client {link} --client-id ID`"
        ));
        Self::new(
            Code::NoClient,
            format!("no client is stored for {service}"),
            help,
        )
    }

    // ---- managing connections -----------------------------------------------------------------

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
            "",
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
            "",
        )
    }

    pub(crate) fn scope(found: &str, expected: &str) -> Self {
        Self::new(
            Code::Scope,
            format!("scope: found `{}`, expected {expected}", shown(found)),
            "",
        )
    }

    /// `found` names the kind of fault, never the text.
    pub(crate) fn credential_text(what: &str, found: &str) -> Self {
        Self::new(
            Code::CredentialText,
            format!("{what}: found {found}, expected text without it"),
            "enter it again; a line break at the end is often pasted along",
        )
    }

    pub(crate) fn credential_missing(what: &str) -> Self {
        Self::new(
            Code::CredentialText,
            format!("{what}: found nothing, expected a text"),
            "",
        )
    }

    pub(crate) fn host(found: &str, expected: &str) -> Self {
        Self::new(
            Code::Host,
            format!("host: found `{}`, expected {expected}", shown(found)),
            "",
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
            "add another connection: `freshet connection add`",
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
            "",
        )
    }

    pub(crate) fn no_grant_types(found: &str, service: &str, scheme: &str) -> Self {
        Self::new(
            Code::GrantType,
            format!(
                "grant type: found `{}`, expected none: {service} uses {scheme}",
                shown(found)
            ),
            "",
        )
    }

    pub(crate) fn needs_no_client(service: &str, scheme: &str) -> Self {
        Self::new(
            Code::FieldValue,
            format!("{service} uses {scheme} and needs no client"),
            "its secrets are entered with each connection: `freshet connection connect`",
        )
    }

    pub(crate) fn grant_type_not_yet(found: &str) -> Self {
        Self::new(
            Code::GrantType,
            format!(
                "grant type: found `{found}`, expected client_credentials, the one this version can connect with"
            ),
            "",
        )
    }

    pub(crate) fn scheme_not_yet(service: &str, scheme: &str) -> Self {
        Self::new(
            Code::GrantType,
            format!(
                "{service} uses {scheme}, expected basic, api_key or oauth2, which this version can connect with"
            ),
            "",
        )
    }

    // ---- managing services --------------------------------------------------------------------

    /// All faults of a definition at once, one a line; the code is that of the first.
    pub(crate) fn definition(faults: &[Fault]) -> Self {
        let kind = faults.first().map_or(Code::Toml, |fault| fault.kind);
        let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
        Self::new(kind, lines.join("\n"), "")
    }

    pub(crate) fn service_link_name(found: &str, proposal: &str) -> Self {
        Self::new(
            Code::LinkName,
            format!(
                "found `{}`, expected up to 50 small letters, digits, `_`, first a letter",
                shown(found)
            ),
            format!("try `{proposal}`"),
        )
    }

    pub(crate) fn service_too_large(file: &str, limit: usize) -> Self {
        Self::new(
            Code::Toml,
            format!(
                "{}: found more than {limit} bytes, expected a service",
                shown(file)
            ),
            "",
        )
    }

    pub(crate) fn service_name_taken(name: &str, is_default: bool) -> Self {
        let kind = if is_default { "default" } else { "custom" };
        Self::new(
            Code::ServiceNameTaken,
            format!("`{}` is a {kind} service", shown(name)),
            "choose another name",
        )
    }

    pub(crate) fn default_service(link: &str) -> Self {
        Self::new(
            Code::DefaultService,
            format!("`{link}` is a default service and cannot change"),
            format!("make one of your own from it: `freshet service add NEW --from {link}`"),
        )
    }

    pub(crate) fn service_in_use(link: &str, by: &[String]) -> Self {
        let plural = if by.len() == 1 {
            "connection"
        } else {
            "connections"
        };
        Self::new(
            Code::ServiceInUse,
            format!("`{link}` is used by {} {plural}: {}", by.len(), listed(by)),
            "remove those first: `freshet connection remove`",
        )
    }

    // ---- the registry -------------------------------------------------------------------------

    pub(crate) fn registry_open(path: &Path, cause: &str) -> Self {
        Self::new(
            Code::RegistryOpen,
            format!("cannot open the registry {}: {cause}", path.display()),
            "choose another file with --registry PATH or FRESHET_REGISTRY",
        )
    }

    pub(crate) fn registry_damaged(path: &Path, cause: &str, backup: Option<&Path>) -> Self {
        let help = match backup {
            Some(backup) => format!(
                "the newest backup is {}: put a copy of it in its place",
                backup.display()
            ),
            None => {
                "there is no backup: move the file away and add the connections again".to_owned()
            }
        };
        Self::new(
            Code::RegistryDamaged,
            format!("registry damaged: {}: {cause}", path.display()),
            help,
        )
    }

    pub(crate) fn registry_newer(path: &Path, found: i64, known: i64) -> Self {
        Self::new(
            Code::RegistryNewer,
            format!(
                "the registry {} has schema {found}, this program knows {known}",
                path.display()
            ),
            "use the newer freshet that made it",
        )
    }

    /// The key does not fit the registry as a whole.
    pub(crate) fn wrong_key(source: &str, found: &str, expected: &[String]) -> Self {
        Self::new(
            Code::Unseal,
            format!(
                "the key in `{source}` is {found}, expected the key that sealed this registry: {}",
                listed(expected)
            ),
            "give the right key with FRESHET_KEY_FILE or FRESHET_KEY",
        )
    }

    /// One value cannot be unsealed. `what` names the connection or the client.
    pub(crate) fn unseal(what: &str, key_id: &str) -> Self {
        Self::new(
            Code::Unseal,
            format!("cannot unseal the secrets of {what}, key {key_id}: wrong key or altered row"),
            "enter them again: `freshet connection reconnect` or `freshet service client`",
        )
    }

    pub(crate) fn key(source: &str, cause: &str, help: &str) -> Self {
        Self::new(Code::Key, format!("the key in `{source}` {cause}"), help)
    }

    pub(crate) fn registry_busy(seconds: u64) -> Self {
        Self::new(
            Code::RegistryBusy,
            format!("another process holds the registry, waited {seconds} s"),
            "try again when it has ended",
        )
    }

    pub(crate) fn registry_write(path: &Path, cause: &str) -> Self {
        Self::new(
            Code::RegistryWrite,
            format!("cannot write {}: {cause}", path.display()),
            "nothing was changed; try again when the cause is gone",
        )
    }

    // ---- exports ------------------------------------------------------------------------------

    /// A passphrase or identity that is not what it must be; `found` holds no part of it.
    pub fn passphrase(found: &str, help: &str) -> Self {
        Self::new(Code::Passphrase, found.to_owned(), help)
    }

    /// A file that is no export. `found` says what stands at the line, without its values.
    pub fn import(file: &str, line: usize, found: &str, expected: &str) -> Self {
        Self::new(
            Code::Import,
            format!(
                "{}:{line}: found {}, expected {expected}",
                shown(file),
                shown(found)
            ),
            "nothing was imported; `freshet connection export` writes such a file",
        )
    }

    // ---- rights -------------------------------------------------------------------------------

    pub(crate) fn use_only() -> Self {
        Self::new(
            Code::UseOnly,
            "this process may use connections, not manage them",
            format!("{CONNECTIONS} says so: manage them where it is not set, or says \"manage\""),
        )
    }
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConnectionError {}

/// A text found in input, made safe for one line of a message: control characters as `U+XXXX`, at
/// most 80 characters.
pub(crate) fn shown(found: &str) -> String {
    const LONGEST: usize = 80;
    let mut text = String::new();
    for (index, character) in found.chars().enumerate() {
        if index == LONGEST {
            text.push('…');
            break;
        }
        if character.is_control() {
            text.push_str(&format!("U+{:04X}", character as u32));
        } else {
            text.push(character);
        }
    }
    text
}

/// `a, b, c`, at most ten, or `nothing`.
fn listed(items: &[String]) -> String {
    const MOST: usize = 10;
    if items.is_empty() {
        return "nothing".to_owned();
    }
    let mut text = items
        .iter()
        .take(MOST)
        .map(|item| shown(item))
        .collect::<Vec<_>>()
        .join(", ");
    if items.len() > MOST {
        text.push_str(&format!(" and {} more", items.len() - MOST));
    }
    text
}

fn one_of(items: &[String]) -> String {
    if items.len() == 1 {
        items.concat()
    } else {
        format!("one of {}", listed(items))
    }
}

/// A size in the largest unit that divides it.
fn bytes(size: u64) -> String {
    const KIB: u64 = 1024;
    const MIB: u64 = 1024 * KIB;
    match size {
        _ if size >= MIB && size.is_multiple_of(MIB) => format!("{} MiB", size / MIB),
        _ if size >= KIB && size.is_multiple_of(KIB) => format!("{} KiB", size / KIB),
        _ => format!("{size} bytes"),
    }
}
