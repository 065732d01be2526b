//! Using a connection: C0001 to C0019.

use std::path::Path;
use std::time::Duration;

use super::{Code, ConnectionError, bytes, listed, shown};
use crate::clock::date;

impl ConnectionError {
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
            "the connection was removed meanwhile, expected it to be there",
            "`freshet connection list` shows the connections there are",
        )
    }

    /// The connection is there, and what it was used with is not: it is shared in another way now.
    pub(crate) fn replaced_meanwhile(link: &str) -> Self {
        Self::new(
            Code::UnknownLink,
            format!("the credential of `{link}` was replaced meanwhile, expected it to be there"),
            format!("try again; `freshet connection show {link}` tells whose it is now"),
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
            "write the address of the service itself; no setting allows this one",
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

    /// The issuer at `host` could not say what it publishes.
    pub(crate) fn metadata_later(host: &str, status: u16) -> Self {
        Self::new(
            Code::PassingFailure,
            format!("{}: its metadata: answered {status}", shown(host)),
            "this may pass: try again later",
        )
    }

    pub(crate) fn timeout(host: &str, time: Duration) -> Self {
        Self::new(
            Code::Timeout,
            format!(
                "socket timeout error: no answer from {} within {} s",
                shown(host),
                time.as_secs_f64()
            ),
            "try again later, or allow more time where the request is made",
        )
    }

    pub(crate) fn unreachable(host: &str, cause: &str) -> Self {
        Self::new(
            Code::Unreachable,
            format!("cannot reach {}: {cause}", shown(host)),
            "check the address and the way there (network, proxy, FRESHET_CA_FILE); `freshet doctor` looks at both",
        )
    }

    /// The certificates that are to be trusted besides those of the system cannot be had.
    pub(crate) fn ca_file(path: &Path, cause: &str) -> Self {
        Self::new(
            Code::CaFile,
            format!(
                "the CA file {} cannot be used: {cause}; nothing was sent",
                path.display()
            ),
            "name a file of certificates in PEM form with --ca-file, FRESHET_CA_FILE or network.ca-file",
        )
    }

    /// The library that encrypts connections does not start.
    pub(crate) fn no_tls() -> Self {
        Self::new(
            Code::Unreachable,
            "the TLS library could not be started",
            "`freshet doctor` looks at what it needs",
        )
    }

    /// `limit` in bytes.
    pub(crate) fn reply_too_large(host: &str, limit: u64) -> Self {
        Self::new(
            Code::ReplyTooLarge,
            format!("the reply of {} is over {}", shown(host), bytes(limit)),
            "ask for less at a time, such as one page of it",
        )
    }

    /// The system gives no more memory for a reply of which so many bytes are there.
    pub(crate) fn reply_without_room(host: &str, came: u64) -> Self {
        Self::new(
            Code::ReplyTooLarge,
            format!(
                "the reply of {} does not fit into memory: {} of it are there",
                shown(host),
                bytes(came)
            ),
            "ask for less at a time, such as one page of it",
        )
    }

    pub(crate) fn bad_redirect(cause: &str) -> Self {
        Self::new(
            Code::BadRedirect,
            format!("redirect not followed: {cause}"),
            "write the address that it leads to, if that is the right one",
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
            "take that character out; texts read from files often end with a line break",
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
            cause.help.clone().unwrap_or_else(|| {
                format!("then authorise it again: `freshet connection reconnect {link}`")
            }),
        )
    }

    pub(crate) fn no_form(found: &str) -> Self {
        Self::new(
            Code::NoForm,
            format!("the credential belongs in a form body, found {found}"),
            "send KEY-VALUE parameters without a content type",
        )
    }
}
