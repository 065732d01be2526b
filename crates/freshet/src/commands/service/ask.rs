//! The questions of `freshet service add` on a terminal.

use freshet_connections::{ServiceOptions, validate_service};

use crate::exit::Failure;
use crate::output::{say, visible};
use crate::secrets::ask;

/// What to use instead of answering.
const OPTION: &str = "--file FILE";

/// Keys that a grant type may need and nobody is asked for.
const WITHOUT_QUESTION: [&str; 2] = ["device_url", "jwt"];

/// Asks what a service of one's own needs, field by field.
pub fn service(link_name: &str, name: Option<&str>) -> Result<ServiceOptions, Failure> {
    let mut asking = Asking::default();
    let name = Some(name.unwrap_or(link_name));
    asking.ask("name", "Name", name, |options, text| options.name = text)?;
    let schemes = "Scheme (basic, api_key, oauth1, oauth2)";
    asking.ask("scheme", schemes, Some("api_key"), |options, text| {
        options.scheme = text;
    })?;
    match asking.options.scheme.as_str() {
        "api_key" => key(&mut asking)?,
        "oauth1" => oauth1(&mut asking)?,
        "oauth2" => oauth2(&mut asking)?,
        _ => {}
    }
    let hosts = "Hosts of the API (such as api.example.com)";
    asking.ask("hosts", hosts, None, |options, text| {
        options.hosts = words(&text);
    })?;
    let verify =
        "Request that shows whether it works (such as GET https://api.example.com/me, - for none)";
    asking.ask("verify", verify, Some("-"), |options, text| {
        options.verify = maybe(text);
    })?;
    Ok(asking.options)
}

/// What was answered so far.
#[derive(Default)]
struct Asking {
    options: ServiceOptions,
}

impl Asking {
    /// Asks for the value of a key until it is one, as the definition would be read.
    fn ask(
        &mut self,
        key: &str,
        what: &str,
        default: Option<&str>,
        put: impl Fn(&mut ServiceOptions, String),
    ) -> Result<(), Failure> {
        loop {
            put(&mut self.options, ask(what, default, OPTION)?);
            match self.fault(key) {
                Some(fault) => say(&visible(&fault)),
                None => return Ok(()),
            }
        }
    }

    /// What is wrong with the value of a key.
    fn fault(&self, key: &str) -> Option<String> {
        let faults = validate_service("service", &self.options.to_document());
        let of_key = |found: &str| {
            let rest = found.strip_prefix(key);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if let Some(fault) = faults.iter().find(|fault| of_key(&fault.key)) {
            return Some(fault.message.clone());
        }
        let unasked = |found: &str| key == "grant_types" && WITHOUT_QUESTION.contains(&found);
        let fault = faults.iter().find(|fault| unasked(&fault.key))?;
        let message = &fault.message;
        Some(format!("{message}; a file says that: {OPTION}"))
    }
}

fn key(asking: &mut Asking) -> Result<(), Failure> {
    place(asking, "Where the key goes (header, query, form, path)")?;
    match asking.options.param_type.as_deref() {
        Some("header") => {
            let name = "Name of the header";
            asking.ask("param_name", name, Some("Authorization"), put_name)?;
            let prefix = "Before the key (such as Bearer, - for nothing)";
            asking.ask("param_prefix", prefix, Some("-"), |options, text| {
                options.param_prefix = maybe(text).map(|prefix| format!("{prefix} "));
            })
        }
        Some("path") => Ok(()),
        _ => asking.ask("param_name", "Name of the parameter", None, put_name),
    }
}

fn oauth1(asking: &mut Asking) -> Result<(), Failure> {
    let request = "Request token URL";
    asking.ask("request_token_url", request, None, |options, text| {
        options.request_token_url = Some(text);
    })?;
    asking.ask("authorize_url", "Authorize URL", None, put_authorize)?;
    asking.ask("token_url", "Access token URL", None, put_token)?;
    place(asking, "Where the signature goes (header, query, form)")
}

fn oauth2(asking: &mut Asking) -> Result<(), Failure> {
    let grants = "Grant types (authorization_code, client_credentials)";
    let usual = "authorization_code";
    asking.ask("grant_types", grants, Some(usual), |options, text| {
        options.grant_types = words(&text);
    })?;
    if asking
        .options
        .grant_types
        .iter()
        .any(|grant| grant == usual)
    {
        asking.ask("authorize_url", "Authorize URL", None, put_authorize)?;
    }
    asking.ask("token_url", "Access token URL", None, put_token)?;
    let refresh = "Refresh token URL (- for the same)";
    asking.ask("refresh_url", refresh, Some("-"), |options, text| {
        options.refresh_url = maybe(text);
    })?;
    place(asking, "Where the token goes (header, query, form)")?;
    if asking.options.param_type.as_deref() != Some("header") {
        let name = "Name of the parameter";
        asking.ask("param_name", name, Some("access_token"), put_name)?;
    }
    let scopes = "Scopes (with blanks between, - for none)";
    asking.ask("scopes", scopes, Some("-"), |options, text| {
        let scopes = maybe(text).unwrap_or_default();
        options.scopes = scopes.split_whitespace().map(str::to_owned).collect();
    })?;
    if asking.options.scopes.len() > 1 {
        let between = "Between scopes (space, comma, plus, semicolon)";
        asking.ask(
            "scope_delimiter",
            between,
            Some("space"),
            |options, text| {
                options.scope_delimiter = Some(text);
            },
        )?;
    }
    Ok(())
}

fn place(asking: &mut Asking, what: &str) -> Result<(), Failure> {
    asking.ask("param_type", what, Some("header"), |options, text| {
        options.param_type = Some(text);
    })
}

fn put_name(options: &mut ServiceOptions, text: String) {
    options.param_name = Some(text);
}

fn put_authorize(options: &mut ServiceOptions, text: String) {
    options.authorize_url = Some(text);
}

fn put_token(options: &mut ServiceOptions, text: String) {
    options.token_url = Some(text);
}

/// An answer, or none for `-`.
fn maybe(answer: String) -> Option<String> {
    (answer != "-").then_some(answer)
}

fn words(text: &str) -> Vec<String> {
    text.split([',', ' '])
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
