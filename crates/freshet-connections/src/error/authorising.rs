//! Authorising a connection: C0020 to C0039.

use std::time::Duration;

use super::{Code, ConnectionError, listed, one_of, shown};
use crate::clock::{in_words, rfc3339};
use crate::service::Choice;

impl ConnectionError {
    /// An answer that no attempt waits for. `found` never repeats it.
    pub(crate) fn unknown_attempt(found: &str) -> Self {
        Self::new(
            Code::UnknownAttempt,
            format!(
                "this answer belongs to no authorisation started here: found {found}, expected the state of one"
            ),
            "connect again, and use the address that this attempt ends at",
        )
    }

    /// The answer to a consent did not come in time.
    #[must_use]
    pub fn attempt_expired(age: Duration, valid: Duration) -> Self {
        Self::new(
            Code::AttemptExpired,
            format!(
                "this authorisation was started {} ago, valid are {}",
                in_words(age),
                in_words(valid)
            ),
            "connect again",
        )
    }

    /// The redirect port cannot be had. `address` is host and port.
    pub(crate) fn port_in_use(address: &str, cause: &str) -> Self {
        Self::new(
            Code::PortInUse,
            format!("{address} {cause}, so the answer of the browser cannot be taken there"),
            "choose another port with --port where the service allows it, or paste the address the browser ended at",
        )
    }

    /// Nobody took part in a question that takes two devices.
    pub(crate) fn device_code_expired(service: &str, valid: Duration) -> Self {
        Self::new(
            Code::DeviceCode,
            format!(
                "the code was not confirmed at {} within {}",
                shown(service),
                in_words(valid)
            ),
            "connect again, and enter the new code",
        )
    }

    /// `at` is in milliseconds since 1970 UTC.
    pub(crate) fn attempt_used(at: i64) -> Self {
        Self::new(
            Code::AttemptUsed,
            format!("this answer was used already, at {}", rfc3339(at)),
            "`freshet connection list` shows how it ended; connect again if it failed",
        )
    }

    pub(crate) fn denied(service: &str) -> Self {
        Self::new(
            Code::Denied,
            format!("access was denied at {}", shown(service)),
            "connect again and agree there, or ask whoever administers the account",
        )
    }

    /// `error` and `description` are what the service answered, safe to show.
    pub(crate) fn callback_error(service: &str, error: &str, description: &str) -> Self {
        let more = if description.is_empty() {
            String::new()
        } else {
            format!(": {description}")
        };
        Self::new(
            Code::CallbackError,
            format!("{} answered {error}{more}", shown(service)),
            "check scopes, client and redirect URL: `freshet service show`",
        )
    }

    pub(crate) fn callback_not_confirmed(service: &str) -> Self {
        Self::new(
            Code::CallbackUnconfirmed,
            format!(
                "{} speaks OAuth 1.0 without revision A, which is unsafe: found no oauth_callback_confirmed=true beside its temporary token",
                shown(service)
            ),
            "ask the service for another way, such as a token to enter (legs = \"entered\")",
        )
    }

    /// An answer of OAuth 1.0 that does not fit; `found` never repeats it.
    pub(crate) fn oauth1_callback(found: &str, expected: &str) -> Self {
        Self::new(
            Code::OAuth1Callback,
            format!("this answer cannot be used: found {found}, expected {expected}"),
            "connect again, and use the address that this attempt ends at",
        )
    }

    pub(crate) fn issuer(found: Option<&str>, expected: &str) -> Self {
        let found = found.map_or_else(|| "no issuer".to_owned(), shown);
        Self::new(
            Code::Issuer,
            format!("the answer comes from {found}, expected {expected}"),
            "it was not used; connect again",
        )
    }

    /// `found` tells what it looks like; never the text itself, which may hold a code.
    pub(crate) fn pasted_text(found: &str) -> Self {
        Self::new(
            Code::PastedText,
            format!(
                "found {found}, expected the whole address the browser ended at, with `code` or `oauth_verifier` in it"
            ),
            "copy it from the address bar of the browser",
        )
    }

    pub(crate) fn redirect_url(found: &str) -> Self {
        let found = found.split('?').next().unwrap_or_default();
        Self::new(
            Code::RedirectUrl,
            format!(
                "redirect URL: found {}, expected https, or http to loopback",
                shown(found)
            ),
            "leave --redirect-uri out for the one that this program listens at",
        )
    }

    /// The grant type needs nobody's consent.
    pub(crate) fn needs_no_consent(link: &str) -> Self {
        Self::new(
            Code::GrantType,
            format!(
                "`{}` needs no consent, expected --start, --finish or --device where a person must consent",
                shown(link)
            ),
            format!("run `freshet connection connect {}`", shown(link)),
        )
    }

    /// The consent is given with a code on another device, which one process shows and waits for.
    pub(crate) fn needs_device(link: &str) -> Self {
        Self::new(
            Code::GrantType,
            format!(
                "`{}` is authorised with a code on another device, so there is nothing to start or finish",
                shown(link)
            ),
            format!("run `freshet connection connect {} --device`", shown(link)),
        )
    }

    /// A consent is needed, and nobody asked for it.
    /// Only a browser can bring its answer.
    pub(crate) fn needs_browser(link: &str) -> Self {
        Self::new(
            Code::GrantType,
            format!(
                "`{}` is authorised in a browser: its service knows no codes for other devices",
                shown(link)
            ),
            format!("run `freshet connection connect {}`", shown(link)),
        )
    }

    pub(crate) fn needs_consent(service: &str) -> Self {
        Self::new(
            Code::NoTerminal,
            format!("{} asks a person for consent", shown(service)),
            "start it with `freshet connection connect LINK --start`",
        )
    }

    /// The definition lacks an address that the grant type needs.
    pub(crate) fn no_endpoint(service: &str, key: &str) -> Self {
        Self::new(
            Code::MissingKey,
            format!(
                "{}: found no {key} in its definition, expected one for this grant type",
                shown(service)
            ),
            format!("add {key} to the definition: `freshet service edit`"),
        )
    }

    /// `found` is status, type and member names or title; never values.
    pub(crate) fn token_reply_unreadable(service: &str, found: &str) -> Self {
        Self::new(
            Code::TokenReplyUnreadable,
            format!("the token reply of {service} cannot be read: found {found}, expected a token"),
            "check the access token URL (token_url) of the service",
        )
    }

    /// The same of a device code (RFC 8628, 3.2).
    pub(crate) fn device_reply_unreadable(service: &str, found: &str) -> Self {
        Self::new(
            Code::TokenReplyUnreadable,
            format!(
                "the reply of {service} to the request for a device code cannot be read: found {found}, expected a code \
                 and an https address to enter it at"
            ),
            "check the address for device codes (device_url) of the service",
        )
    }

    /// The same of a temporary token (RFC 5849, 2.1).
    pub(crate) fn temporary_reply_unreadable(service: &str, found: &str) -> Self {
        Self::new(
            Code::TokenReplyUnreadable,
            format!(
                "the reply of {service} to the request for a temporary token cannot be read: found {found}, expected a \
                 new oauth_token with its oauth_token_secret"
            ),
            "check the request token URL (request_token_url) of the service",
        )
    }

    /// The same error for a reply of an address in a definition: `key` names it. Nobody can ask such an address for
    /// less at a time.
    #[must_use]
    pub(crate) fn of_endpoint(self, key: &str) -> Self {
        if self.kind == Code::ReplyTooLarge {
            let help =
                format!("check the address ({key}) of the service: its replies there are short");
            self.with_help(&help)
        } else {
            self
        }
    }

    /// `error` is the server's word, `meaning` what it usually means.
    pub(crate) fn token_refused(service: &str, error: &str, meaning: &str) -> Self {
        Self::new(
            Code::TokenRefused,
            format!("{service} refused to issue a token: {error}"),
            meaning,
        )
    }

    /// `found` is what stands where the metadata of the issuer should.
    pub(crate) fn discovery(issuer: &str, found: &str) -> Self {
        Self::new(
            Code::Discovery,
            format!(
                "{}: found {found}, expected metadata of the same issuer",
                shown(issuer)
            ),
            "check the issuer of the service, or name its addresses one by one (authorize_url, token_url)",
        )
    }

    /// A token could not be given back; it was deleted here all the same.
    pub(crate) fn revocation_refused(service: &str, error: &str) -> Self {
        Self::new(
            Code::TokenRefused,
            format!("{service} refused to revoke a token: {error}"),
            "end the access in the account at the service",
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
                429 => "the service has had too many requests for now: try again later",
                500..=599 => "the service is in trouble: try again later",
                _ => "check the verify request of the service: `freshet service show`",
            },
        );
        error.http_status = Some(status);
        // What passes needs no person.
        if (500..600).contains(&status) || status == 429 {
            error.exit = 69;
        }
        error
    }

    pub(crate) fn fewer_scopes(asked: &[String], granted: &[String]) -> Self {
        Self::new(
            Code::FewerScopes,
            format!("asked for {}, granted {}", listed(asked), listed(granted)),
            "if the others are needed, allow them at the service and reconnect",
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

    /// A value that nobody but the service can give, so that only the definition can be wrong.
    pub(crate) fn value_only_from_service(field: &str, found: &str) -> Self {
        ConnectionError {
            help: Some(format!(
                "only the service can give it: check where the definition takes `{field}` from, and its pattern, with \
                 `freshet service show`; `freshet service edit` changes a service of your own"
            )),
            ..Self::value_from_service(field, found)
        }
    }

    /// A value was given that only the service tells.
    pub(crate) fn told_by_service(field: &str) -> Self {
        let found = "found a value for it, expected none: the service tells it";
        Self::value_only_from_service(field, found)
    }

    /// The reply of a lookup holds nothing to choose from; `found` says what instead.
    pub(crate) fn no_list(field: &str, found: &str, expected: &str) -> Self {
        Self::new(
            Code::ValueFromService,
            format!("{field}: {found}, expected {expected}"),
            "check the lookup in the definition of the service: `freshet service show`",
        )
    }

    /// The service was asked for a value and has none.
    pub(crate) fn no_choice(field: &str) -> Self {
        Self::new(
            Code::ValueFromService,
            format!("{field}: found 0 choices, expected at least one"),
            "check that the account at the service has access to one, then connect again",
        )
    }

    /// The service has several values, and none was chosen, or another one (`wish`).
    pub(crate) fn several_choices(field: &str, choices: &[Choice], wish: Option<&str>) -> Self {
        let all: Vec<String> = choices
            .iter()
            .map(|choice| {
                if choice.title == choice.value {
                    choice.value.clone()
                } else {
                    format!("{} ({})", choice.value, choice.title)
                }
            })
            .collect();
        let found = match wish {
            Some(wish) => format!("found `{}`, expected {}", shown(wish), one_of(&all)),
            None => format!("found {} choices: {}", choices.len(), listed(&all)),
        };
        ConnectionError {
            choices: choices.to_vec(),
            ..Self::value_from_service(field, &found)
        }
    }

    /// Nothing waits for a choice.
    pub(crate) fn nothing_to_choose(link: &str) -> Self {
        Self::new(
            Code::ValueFromService,
            format!("`{}`: found nothing to choose", shown(link)),
            format!("run `freshet connection connect {}`", shown(link)),
        )
    }

    /// Clients are stored, and none of that name.
    pub(crate) fn unknown_client(service: &str, link: &str, name: &str, known: &[String]) -> Self {
        let mut help = format!("`freshet service show {link}` shows them");
        // One with a colon is that of another connection, which nobody adds.
        if !name.contains(':') {
            help += &format!(
                "; `freshet service client {link} --name {} --client-id ID` adds one",
                shown(name)
            );
        }
        Self::new(
            Code::NoClient,
            format!(
                "{service}: found no client `{}`, expected {}",
                shown(name),
                one_of(known)
            ),
            help,
        )
    }

    /// A connection is to use its own client, and has none.
    pub(crate) fn no_own_client(service: &str, link: &str) -> Self {
        Self::new(
            Code::NoClient,
            format!("{service}: found no client of this connection's own, expected one"),
            format!(
                "`freshet connection add NEW --service {link} --client-id ID` makes a connection with one; \
                 `freshet service show {link}` shows the clients that any may use"
            ),
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
            (Some(redirect), None) => {
                format!("register a client at {service}, with the redirect URL {redirect}, then ")
            }
            (None, Some(address)) => format!("register at {address}, then "),
            (None, None) => String::new(),
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
}
