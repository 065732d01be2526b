//! Services that name their issuer and leave the rest to its metadata (RFC 8414).

use crate::services::OAuth2Provider;
use crate::services::oauth2_provider::{ClientAuth, Iss, Metadata, Rules};
use crate::support::form;
use crate::support::place::Place;
use crate::support::server::{Reply, Server};

/// A place with the service `shop`, of which only the issuer is known, and a connection `crm` by this grant.
fn discovered(rules: Rules, grant: &str, more: &str) -> (OAuth2Provider, Place) {
    let provider = OAuth2Provider::with(rules);
    let place = Place::new();
    let definition = provider.discovered("Shop", &[grant], more);
    place.add_service("shop", &definition.replace("client_auth = \"basic\"\n", ""));
    place.add_client("shop", "freshet-client", "freshet-secret");
    place.add("crm", "shop", &["--scope", "read"]).ok();
    (provider, place)
}

fn asked_for_metadata(provider: &OAuth2Provider) -> Vec<String> {
    let requests = provider.server.requests().into_iter();
    let paths = requests.map(|request| request.path().to_owned());
    paths.filter(|path| path.contains(".well-known")).collect()
}

const STANDARD: &str = "/.well-known/oauth-authorization-server/tenant";
const OPENID: &str = "/tenant/.well-known/openid-configuration";

#[test]
fn check_69_metadata_by_path_and_by_fallback_fill_what_is_missing() {
    for (metadata, looked_at) in [
        (Metadata::Path, &[STANDARD][..]),
        (Metadata::OpenId, &[STANDARD, OPENID]),
    ] {
        let rules = Rules {
            metadata,
            issuer_path: "/tenant",
            ..Rules::default()
        };
        let (provider, place) = discovered(rules, "authorization_code", "");
        let address = place.start("crm");
        assert!(
            address.starts_with(&provider.server.url("/authorize?")),
            "{address}"
        );
        assert_eq!(asked_for_metadata(&provider), looked_at);
        place.finish("crm", &provider.consent(&address)).ok();
        place
            .call("crm", &provider.server.url("/me"))
            .ok()
            .prints("200\n");
        // Renewal and revocation find theirs as well.
        provider.expire_access();
        place
            .call("crm", &provider.server.url("/me"))
            .ok()
            .prints("200\n");
        place.run(&["connection", "revoke", "crm", "--yes"]).ok();
        assert_eq!(provider.requests("/revoke").len(), 2);
        assert_eq!(provider.faults(), []);
    }
}

#[test]
fn check_69_metadata_of_another_issuer_or_without_tls_are_refused() {
    for (metadata, found) in [
        (
            Metadata::WrongIssuer,
            "found metadata of https://other.example",
        ),
        (
            Metadata::HttpEndpoint,
            "found token_endpoint at http://token.other.example",
        ),
        (
            Metadata::Absent,
            "found nothing at its well-known addresses",
        ),
    ] {
        for grant in ["authorization_code", "client_credentials"] {
            let rules = Rules {
                metadata,
                ..Rules::default()
            };
            let (provider, place) = discovered(rules, grant, "");
            let start: &[&str] = if grant == "authorization_code" {
                &["--start"]
            } else {
                &[]
            };
            place
                .run(&[&["connection", "connect", "crm"][..], start].concat())
                .fails(69, &[found, &provider.issuer(), "C0036"]);
            assert_eq!(provider.asked(), 0);
            assert_eq!(place.status("crm"), "created");
        }
    }
}

#[test]
fn an_issuer_that_does_not_answer_now_may_later() {
    let (provider, place) = discovered(Rules::default(), "client_credentials", "");
    let issuer = provider.issuer();
    drop(provider);
    place
        .run(&["connection", "connect", "crm"])
        .fails(69, &[issuer.trim_start_matches("http://"), "C0010"]);
    assert_eq!(place.status("crm"), "created");
}

#[test]
fn the_metadata_say_how_the_client_proves_itself() {
    for (auth, requests) in [(ClientAuth::Basic, 1), (ClientAuth::Body, 1)] {
        let rules = Rules {
            client_auth: auth,
            ..Rules::default()
        };
        let provider = OAuth2Provider::with(rules);
        let place = Place::new();
        let definition = provider.discovered("Shop", &["client_credentials"], "");
        let auto = definition
            .replace("client_auth = \"basic\"\n", "")
            .replace("client_auth = \"body\"\n", "");
        place.add_service("shop", &auto);
        place.add_client("shop", "freshet-client", "freshet-secret");
        place.add("crm", "shop", &["--connect"]).ok();
        // Nothing had to be tried.
        assert_eq!(provider.asked(), requests);
        assert_eq!(provider.faults(), []);
    }
}

#[test]
fn keys_of_the_service_win_over_metadata() {
    let (provider, place) =
        discovered(Rules::default(), "authorization_code", "pkce = \"plain\"\n");
    let definition = place.run(&["service", "show", "shop", "--toml"]).ok().out;
    let own = format!(
        "{definition}authorize_url = \"{}\"\n",
        provider.server.url("/own/authorize")
    );
    place.write("own.toml", own.replace("\"Shop\"", "\"Own\""));
    place
        .run(&["service", "add", "own", "--file", "own.toml"])
        .ok();
    place.add_client("own", "freshet-client", "freshet-secret");
    place.add("other", "own", &[]).ok();
    let address = place.start("other");
    assert!(
        address.starts_with(&provider.server.url("/own/authorize?")),
        "{address}"
    );
    let method = form::in_query(&address, "code_challenge_method");
    assert_eq!(method.as_deref(), Some("plain"));
}

/// Check 47: an issuer that is missing, with the flag and without.
#[test]
fn a_missing_iss_counts_only_where_it_was_announced_and_never_on_errors() {
    // Announced and missing: the answer is not used.
    let rules = Rules {
        iss: Iss::Missing,
        iss_announced: true,
        ..Rules::default()
    };
    let (provider, place) = discovered(rules, "authorization_code", "");
    let address = place.start("crm");
    place
        .finish("crm", &provider.consent(&address))
        .fails(69, &["no issuer", &provider.issuer(), "C0025"]);
    assert_eq!(provider.asked(), 0);
    // Known servers leave it out when access is denied: that is still what happened.
    let address = place.start("crm");
    place
        .finish("crm", &provider.deny(&address))
        .fails(4, &["access was denied", "C0023"]);
    // Right, and announced.
    provider.change(|rules| rules.iss = Iss::Right);
    place.authorise("crm", &provider).ok();
    // Not announced, and missing.
    provider.change(|rules| (rules.iss, rules.iss_announced) = (Iss::Missing, false));
    place.authorise("crm", &provider).ok();
    // Another one is never right.
    provider.change(|rules| rules.iss = Iss::Wrong);
    let address = place.start("crm");
    place
        .finish("crm", &provider.consent(&address))
        .fails(69, &["C0025"]);
    assert_eq!(place.status("crm"), "authorised");
}

/// One address in trouble does not hide the other; with both, it is no matter of the network.
#[test]
fn metadata_that_are_in_trouble_are_asked_for_at_the_other_address() {
    for openid in [200, 500] {
        let server = Server::start(move |request| {
            let host = request.header("host").unwrap_or_default().to_owned();
            match request.path() {
                "/.well-known/openid-configuration" if openid == 200 => Reply::json(&format!(
                    "{{\"issuer\":\"http://{host}\",\"token_endpoint\":\"http://{host}/token\"}}"
                )),
                "/token" => Reply::json(r#"{"access_token":"tok","token_type":"Bearer"}"#),
                path if path.contains(".well-known") => {
                    Reply::new(500, "", "").with("Retry-After", "0")
                }
                _ => Reply::json("{}"),
            }
        });
        let host = server.host();
        let place = Place::new();
        let definition = format!(
            "name = \"Shop\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\n\
             issuer = \"http://{host}\"\nhosts = [\"{host}\"]\nverify = \"GET http://{host}/me\"\n"
        );
        place.add_service("shop", &definition);
        place.add_client("shop", "freshet-client", "freshet-secret");
        let added = place.add("crm", "shop", &["--connect"]);
        if openid == 200 {
            added.ok();
        } else {
            let told = format!("{host}: its metadata: answered 500");
            let failed = added.fails(69, &[&told, "try again later", "C0010"]);
            assert!(!failed.err.contains("cannot reach"), "{}", failed.err);
        }
    }
}
