//! The questions of `freshet service add` on a terminal.

use freshet_connections::ServiceOptions;

use crate::exit::Failure;
use crate::secrets::ask;

/// What to use instead of answering.
const OPTION: &str = "--file FILE";

/// Asks what a service of one's own needs, field by field.
pub fn service(link_name: &str, name: Option<&str>) -> Result<ServiceOptions, Failure> {
    let mut options = ServiceOptions {
        name: ask("Name", Some(name.unwrap_or(link_name)), OPTION)?,
        ..ServiceOptions::default()
    };
    options.scheme = ask(
        "Scheme (basic, api_key, oauth1, oauth2)",
        Some("api_key"),
        OPTION,
    )?;
    match options.scheme.as_str() {
        "api_key" => key(&mut options)?,
        "oauth1" => oauth1(&mut options)?,
        "oauth2" => oauth2(&mut options)?,
        _ => {}
    }
    options.hosts = words(&ask(
        "Hosts of the API (such as api.example.com)",
        None,
        OPTION,
    )?);
    options.verify = maybe(
        "Request that shows whether it works (such as GET https://api.example.com/me, - for none)",
    )?;
    Ok(options)
}

fn key(options: &mut ServiceOptions) -> Result<(), Failure> {
    let place = ask(
        "Where the key goes (header, query, form, path)",
        Some("header"),
        OPTION,
    )?;
    if place == "header" {
        options.param_name = Some(ask("Name of the header", Some("Authorization"), OPTION)?);
        let prefix = maybe("Before the key (such as Bearer, - for nothing)")?;
        options.param_prefix = prefix.map(|prefix| format!("{prefix} "));
    } else if place != "path" {
        options.param_name = Some(ask("Name of the parameter", None, OPTION)?);
    }
    options.param_type = Some(place);
    Ok(())
}

fn oauth1(options: &mut ServiceOptions) -> Result<(), Failure> {
    options.request_token_url = Some(ask("Request token URL", None, OPTION)?);
    options.authorize_url = Some(ask("Authorize URL", None, OPTION)?);
    options.token_url = Some(ask("Access token URL", None, OPTION)?);
    options.param_type = Some(ask(
        "Where the signature goes (header, query, form)",
        Some("header"),
        OPTION,
    )?);
    Ok(())
}

fn oauth2(options: &mut ServiceOptions) -> Result<(), Failure> {
    options.grant_types = words(&ask(
        "Grant types (authorization_code, client_credentials, device_code)",
        Some("authorization_code"),
        OPTION,
    )?);
    if options
        .grant_types
        .iter()
        .any(|grant| grant == "authorization_code")
    {
        options.authorize_url = Some(ask("Authorize URL", None, OPTION)?);
    }
    options.token_url = Some(ask("Access token URL", None, OPTION)?);
    options.refresh_url = maybe("Refresh token URL (- for the same)")?;
    let place = ask(
        "Where the token goes (header, query, form)",
        Some("header"),
        OPTION,
    )?;
    if place != "header" {
        options.param_name = Some(ask("Name of the parameter", Some("access_token"), OPTION)?);
    }
    options.param_type = Some(place);
    let scopes = maybe("Scopes (with blanks between, - for none)")?;
    options.scopes = scopes
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    if options.scopes.len() > 1 {
        options.scope_delimiter = Some(ask(
            "Between scopes (space, comma, plus, semicolon)",
            Some("space"),
            OPTION,
        )?);
    }
    Ok(())
}

/// An answer, or none for `-`.
fn maybe(what: &str) -> Result<Option<String>, Failure> {
    let answer = ask(what, Some("-"), OPTION)?;
    Ok((answer != "-").then_some(answer))
}

fn words(text: &str) -> Vec<String> {
    text.split([',', ' '])
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
