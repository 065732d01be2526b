//! Everything that can go wrong with a connection, each with a stable code.
//!
//! A code has one constructor, so its wording stands once: in the file of what was being done. No constructor takes a secret, a body
//! or the query of an address; what it takes is shown to people as it is.

mod authorising;
mod exports;
mod mail;
mod managing;
mod registry;
mod services;
mod using;

use std::fmt;

pub(crate) use exports::ON_CONFLICT;
pub(crate) use registry::cause;

use crate::service::Choice;

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
    /// C0019
    CaFile,
    /// C0020
    UnknownAttempt,
    /// C0021
    AttemptExpired,
    /// C0022
    AttemptUsed,
    /// C0023
    Denied,
    /// C0024
    CallbackError,
    /// C0025
    Issuer,
    /// C0026
    TokenReplyUnreadable,
    /// C0027
    TokenRefused,
    /// C0028
    PortInUse,
    /// C0029
    NoTerminal,
    /// C0030
    PastedText,
    /// C0031
    DeviceCode,
    /// C0032
    CallbackUnconfirmed,
    /// C0033
    OAuth1Callback,
    /// C0034
    VerificationFailed,
    /// C0035 (a warning)
    FewerScopes,
    /// C0036
    Discovery,
    /// C0037
    RedirectUrl,
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
    /// C0050
    MailSender,
    /// C0051
    MailRefused,
    /// C0052
    NoMailAccount,
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
        Code::CaFile,
        Code::UnknownAttempt,
        Code::AttemptExpired,
        Code::AttemptUsed,
        Code::Denied,
        Code::CallbackError,
        Code::Issuer,
        Code::TokenReplyUnreadable,
        Code::TokenRefused,
        Code::PortInUse,
        Code::NoTerminal,
        Code::PastedText,
        Code::DeviceCode,
        Code::CallbackUnconfirmed,
        Code::OAuth1Callback,
        Code::VerificationFailed,
        Code::FewerScopes,
        Code::Discovery,
        Code::RedirectUrl,
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
        Code::MailSender,
        Code::MailRefused,
        Code::NoMailAccount,
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
            Code::CaFile => ("C0019", 78),
            Code::UnknownAttempt => ("C0020", 4),
            Code::AttemptExpired => ("C0021", 75),
            Code::AttemptUsed => ("C0022", 4),
            Code::Denied => ("C0023", 4),
            Code::CallbackError => ("C0024", 69),
            Code::Issuer => ("C0025", 69),
            Code::TokenReplyUnreadable => ("C0026", 69),
            Code::TokenRefused => ("C0027", 69),
            Code::PortInUse => ("C0028", 69),
            Code::NoTerminal => ("C0029", 4),
            Code::PastedText => ("C0030", 2),
            Code::DeviceCode => ("C0031", 75),
            Code::CallbackUnconfirmed => ("C0032", 69),
            Code::OAuth1Callback => ("C0033", 69),
            Code::VerificationFailed => ("C0034", 4),
            Code::FewerScopes => ("C0035", 0),
            Code::Discovery => ("C0036", 69),
            Code::RedirectUrl => ("C0037", 78),
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
            Code::MailSender => ("C0050", 78),
            Code::MailRefused => ("C0051", 69),
            Code::NoMailAccount => ("C0052", 78),
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

    /// The code of that text form.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
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
    choices: Vec<Choice>,
    /// The same call may succeed later.
    passing: bool,
    /// The request was on its way: whether it had an effect is not known.
    on_the_way: bool,
    /// What a service answered, where that is the fault.
    http_status: Option<u16>,
}

impl ConnectionError {
    fn new(kind: Code, message: impl Into<String>, help: impl Into<String>) -> Self {
        let help = help.into();
        ConnectionError {
            kind,
            message: message.into(),
            help: (!help.is_empty()).then_some(help),
            exit: kind.exit(),
            choices: Vec::new(),
            passing: matches!(kind, Code::PassingFailure | Code::Timeout | Code::Busy),
            on_the_way: false,
            http_status: None,
        }
    }

    /// An error that another process made and wrote down.
    pub(crate) fn recalled(
        kind: Code,
        message: String,
        help: Option<String>,
        exit: u8,
        http_status: Option<u16>,
    ) -> Self {
        ConnectionError {
            kind,
            message,
            help,
            exit,
            choices: Vec::new(),
            passing: false,
            on_the_way: false,
            http_status,
        }
    }

    /// The same, known to be of the kind that passes.
    #[must_use]
    pub(crate) fn in_passing(self) -> Self {
        ConnectionError {
            passing: true,
            ..self
        }
    }

    /// The same, after the request was on its way.
    #[must_use]
    pub(crate) fn after_sending(self) -> Self {
        ConnectionError {
            on_the_way: true,
            ..self
        }
    }

    /// Whether the same call may succeed later: no connection, no answer in time, no turn.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        self.passing
    }

    /// Whether the request may have reached the service, so that it may have had its effect.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        self.on_the_way
    }

    /// The status of the answer that shows that a connection does not work (C0034).
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        self.http_status
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

    /// The same error with what it concerns in front, where one command handles many things.
    #[must_use]
    pub(crate) fn about(mut self, what: &str) -> Self {
        self.message = format!("{}: {}", shown(what), self.message);
        self
    }

    /// The same error with another next step.
    #[must_use]
    pub(crate) fn with_help(mut self, help: &str) -> Self {
        self.help = Some(help.to_owned());
        self
    }

    /// What a person may choose from (C0038).
    pub(crate) fn choices(&self) -> &[Choice] {
        &self.choices
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_knows_little_still_names_the_next_step() {
        type Made = ConnectionError;
        for error in [
            Made::removed_meanwhile(),
            Made::replaced_meanwhile("x"),
            Made::metadata_address("h", "169.254.169.254"),
            Made::timeout("h", std::time::Duration::from_secs(30)),
            Made::unreachable("h", "connection refused"),
            Made::reply_too_large("h", 1024),
            Made::bad_redirect("more than 10"),
            Made::not_visible_text("header", '\n', 3),
            Made::redirect_url("ftp://h/"),
            Made::no_endpoint("S", "token_url"),
            Made::fewer_scopes(&["a".to_owned()], &[]),
            Made::field_value("Site", "x", "y"),
            Made::connection_text("name", "x", "y"),
            Made::scope("a b", "one scope name"),
            Made::credential_missing("API key"),
            Made::host("*.com", "a host"),
            Made::grant_type("x", &["password".to_owned()]),
            Made::no_grant_types("x", "S", "basic"),
            Made::definition(&[]),
            Made::service_too_large("f", 10),
            Made::token_not_stored(
                "x",
                &Made::recalled(Code::RegistryWrite, String::new(), None, 74, None),
            ),
        ] {
            assert!(error.help().is_some(), "{error:?}");
        }
    }
}
