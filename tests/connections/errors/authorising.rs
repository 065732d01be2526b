//! C0020 to C0039: a connection is authorised.

use std::net::TcpListener;

use serde_json::json;

use super::{Case, KEY, add, authorised, consenting, finish, keyed, start};
use crate::services::oauth1_provider::Rules as Rules1;
use crate::services::oauth2_provider::{Iss, Metadata, Rules};
use crate::services::{OAuth1Provider, OAuth2, OAuth2Provider};
use crate::support::form;
use crate::support::place::Place;
use crate::support::server::{Reply, Server};
use crate::support::terminal::Terminal;

const fn case(code: &'static str, exit: i32, run: fn(&Case)) -> Case {
    Case { code, exit, run }
}

pub(super) const CASES: &[Case] = &[
    case("C0020", 4, unknown_answer),
    case("C0021", 75, too_old),
    case("C0022", 4, used),
    case("C0023", 4, denied),
    case("C0024", 69, callback_error),
    case("C0025", 69, issuer),
    case("C0026", 69, unreadable),
    case("C0027", 69, refused),
    case("C0028", 69, port),
    case("C0029", 4, no_terminal),
    case("C0030", 2, pasted),
    case("C0031", 75, device_code),
    case("C0032", 69, unconfirmed),
    case("C0033", 69, other_token),
    case("C0034", 4, verification),
    case("C0035", 0, fewer_scopes),
    case("C0036", 69, discovery),
    case("C0037", 78, redirect_url),
    case("C0038", 4, several_values),
    case("C0039", 4, no_client),
];

fn by_code() -> (OAuth2Provider, Place) {
    consenting(Rules::default(), "authorization_code", "")
}

fn unknown_answer(case: &Case) {
    let (provider, place) = by_code();
    let answer = provider.consent(&start(&place));
    let state = form::in_query(&answer, "state").unwrap();
    let altered = answer.replace(&state, &"A".repeat(43));
    let message = "this answer belongs to no authorisation started here: found another state, expected the state of one";
    case.json(&finish(&place, &altered), message);
    assert_eq!(provider.asked(), 0);
    finish(&place, &answer).ok();
}

fn too_old(case: &Case) {
    let (provider, place) = authorised(Rules::default());
    let answer = provider.consent(&start(&place));
    let asked = provider.asked();
    let db = rusqlite::Connection::open(place.data("registry.db")).unwrap();
    db.execute(
        "UPDATE attempt SET created_at = created_at - 601000, expires_at = expires_at - 601000",
        [],
    )
    .unwrap();
    let message = "this authorisation was started 10 minutes ago, valid are 10 minutes";
    case.json_with_help(&finish(&place, &answer), message, "connect again");
    assert_eq!(provider.asked(), asked);
    assert_eq!(place.status("team"), "authorised");
}

fn used(case: &Case) {
    let (provider, place) = by_code();
    let answer = provider.consent(&start(&place));
    finish(&place, &answer).ok();
    case.json(
        &finish(&place, &answer),
        "this answer was used already, at 2…",
    );
    assert_eq!(provider.asked(), 1);
    assert_eq!(place.status("team"), "authorised");
}

fn denied(case: &Case) {
    let (provider, place) = authorised(Rules::default());
    let asked = provider.asked();
    let answer = provider.deny(&start(&place));
    case.json(&finish(&place, &answer), "access was denied at Shop");
    assert_eq!(provider.asked(), asked);
    assert_eq!(place.status("team"), "authorised", "what works stays");
}

fn callback_error(case: &Case) {
    let (provider, place) = by_code();
    let state = form::in_query(&start(&place), "state").unwrap();
    let answer = format!("?error=invalid_scope&error_description=no+such&state={state}");
    let message = "Shop answered invalid_scope: no such";
    case.json(&finish(&place, &answer), message);
    assert_eq!(provider.asked(), 0);
    assert_eq!(place.status("team"), "failed");
}

fn issuer(case: &Case) {
    let provider = OAuth2Provider::with(Rules {
        iss: Iss::Wrong,
        ..Rules::default()
    });
    let issuer = provider.issuer();
    let more = format!("issuer = \"{issuer}\"\n");
    let place = Place::new();
    let definition = provider.definition("Shop", &["authorization_code"], &more);
    place.add_service("shop", &definition);
    place.add_client("shop", "freshet-client", "freshet-secret");
    add(&place, "team", &[]).ok();
    let answer = provider.consent(&start(&place));
    let found = form::in_query(&answer, "iss").unwrap();
    let message = format!("the answer comes from {found}, expected {issuer}");
    case.json(&finish(&place, &answer), &message);
    assert_eq!(provider.asked(), 0);
}

fn unreadable(case: &Case) {
    let (provider, place) = by_code();
    let answer = provider.consent(&start(&place));
    let page = "<html><title>Sign in</title></html>";
    provider.answer_with(move || Reply::new(200, "text/html", page));
    let message = "the token reply of Shop cannot be read: found 200 text/html, title \"Sign in\", expected a token";
    case.json_with_help(&finish(&place, &answer), message, "token_url");
    assert_eq!(place.status("team"), "failed");
}

fn refused(case: &Case) {
    let (provider, place) = authorised(Rules::default());
    let answer = provider.consent(&start(&place));
    provider.expire_codes();
    let message = "Shop refused to issue a token: invalid_grant…";
    let help = "expired, was used before, or belongs to another redirect URL";
    case.json_with_help(&finish(&place, &answer), message, help);
    assert_eq!(place.status("team"), "authorised", "what works stays");
}

fn port(case: &Case) {
    let (provider, place) = by_code();
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = held.local_addr().unwrap().port();
    let mut command = place.command(&["connection", "connect", "team"]);
    command
        .env("FRESHET_REDIRECT_PORT", port.to_string())
        .env("BROWSER", "false")
        .env_remove("SSH_CONNECTION");
    let mut terminal = Terminal::run(command);
    terminal.expect("paste its address here:\n> ");
    terminal.write("\x04");
    let message = format!(
        "error: 127.0.0.1:{port} is in use, so the answer of the browser cannot be taken there (C0028)"
    );
    terminal.ends(case.exit, &[&message, "--port"]);
    assert_eq!(provider.asked(), 0);
    assert_eq!(place.status("team"), "created");
}

fn no_terminal(case: &Case) {
    let (api, place) = keyed();
    add(&place, "other", &[]).ok();
    let asked = api.server.requests().len();
    let connected = place.run(&["connection", "connect", "other", "--json"]);
    let help =
        "--secret-stdin api_key, --secret-file api_key=PATH or --secret-env api_key=VARIABLE";
    case.json_with_help(&connected, "no terminal to ask for API key", help);
    assert_eq!(api.server.requests().len(), asked);
    let (provider, place) = by_code();
    let connected = place.run(&["connection", "connect", "team", "--json"]);
    case.json_with_help(
        &connected,
        "no terminal to ask for consent at Shop",
        "--start",
    );
    assert_eq!(provider.server.requests().len(), 0);
}

fn pasted(case: &Case) {
    let (provider, place) = by_code();
    start(&place);
    let message = "found a text without parameters, expected the whole address the browser ended at, with `code` or `oauth_verifier` in it";
    case.json(&finish(&place, "https://example.com/s3cr3t"), message);
    assert_eq!(provider.asked(), 0);
    assert_eq!(place.status("team"), "created");
}

fn device_code(case: &Case) {
    let (_provider, place) = consenting(Rules::default(), "device_code", "");
    let connect = [
        "connection",
        "connect",
        "team",
        "--device",
        "--timeout",
        "1",
    ];
    let message = "the code was not confirmed at Shop within 1 second";
    case.shown(place.run(&connect), message);
    assert_eq!(place.status("team"), "created");
}

/// A connection `team` to a service of OAuth 1.0.
fn oauth1(rules: Rules1) -> (OAuth1Provider, Place) {
    let provider = OAuth1Provider::with(rules);
    let place = Place::new();
    place.add_service("shop", &provider.definition("Shop", ""));
    place.add_client("shop", "freshet-client", "freshet-secret");
    add(&place, "team", &[]).ok();
    (provider, place)
}

fn unconfirmed(case: &Case) {
    let (provider, place) = oauth1(Rules1 {
        confirmed: None,
        ..Rules1::default()
    });
    let begun = place.run(&["connection", "connect", "team", "--start", "--json"]);
    let message = "Shop speaks OAuth 1.0 without revision A, which is unsafe: found no oauth_callback_confirmed=true beside its temporary token";
    case.json(&begun, message);
    assert_eq!(provider.requests("/access_token").len(), 0);
    assert_eq!(place.status("team"), "created");
}

fn other_token(case: &Case) {
    let (provider, place) = oauth1(Rules1::default());
    let answer = provider.consent(&start(&place));
    let other = answer.replace("tok-temporary-1", "tok-temporary-2");
    let message = "this answer cannot be used: found another token, expected the temporary token of an authorisation started here";
    case.json(&finish(&place, &other), message);
    assert_eq!(provider.requests("/access_token").len(), 0);
    finish(&place, &answer).ok();
}

fn verification(case: &Case) {
    let (api, place) = keyed();
    let reconnect = [
        "connection",
        "reconnect",
        "team",
        "--secret-stdin",
        "--json",
    ];
    let message = format!("GET {}/me: found 401, expected 2xx", api.server.host());
    case.json(&place.run_with_input(&reconnect, "wrong"), &message);
    // The key that works is still in use.
    place
        .call("team", &api.server.url("/me"))
        .ok()
        .prints("200\n");

    // A service in trouble is the network's fault.
    let server = Server::start(|_| Reply::new(500, "", ""));
    let host = server.host();
    place.add_service(
        "ill",
        &format!(
            "name = \"Ill\"\nscheme = \"api_key\"\nhosts = [\"{host}\"]\nverify = \"GET {}\"\n",
            server.url("/me")
        ),
    );
    let message = format!("GET {host}/me: found 500, expected 2xx");
    let ill = Case { exit: 69, ..*case };
    ill.shown(place.connect("ill", "ill", KEY), &message);
    assert_eq!(place.status("ill"), "created");
}

fn fewer_scopes(case: &Case) {
    let api = OAuth2::answering(|_, _| Reply::json(r#"{"access_token":"t","scope":"read"}"#));
    let place = Place::new();
    place.add_service("shop", &api.definition("Shop"));
    place.add_client("shop", "abc", "s3cret");
    let asked = ["--scope", "read", "--scope", "write", "--connect"];
    let connected = add(&place, "team", &asked);
    case.shown(connected, "warning: asked for read, write, granted read");
    assert_eq!(place.status("team"), "authorised");
}

fn discovery(case: &Case) {
    let provider = OAuth2Provider::with(Rules {
        metadata: Metadata::WrongIssuer,
        ..Rules::default()
    });
    let place = Place::new();
    let definition = provider.discovered("Shop", &["client_credentials"], "");
    place.add_service("shop", &definition);
    place.add_client("shop", "freshet-client", "freshet-secret");
    add(&place, "team", &[]).ok();
    let message = format!(
        "{}: found metadata of https://other.example, expected metadata of the same issuer",
        provider.issuer()
    );
    let connected = place.run(&["connection", "connect", "team", "--json"]);
    case.json(&connected, &message);
    assert_eq!(provider.asked(), 0);
    assert_eq!(place.status("team"), "created");
}

fn redirect_url(case: &Case) {
    let (_provider, place) = by_code();
    let before = place.run(&["service", "show", "shop"]).ok().out;
    let client = ["service", "client", "shop", "--client-id", "freshet-client"];
    let redirect = [
        "--redirect-uri",
        "http://example.com/callback?k=s3cr3t",
        "--json",
    ];
    let message =
        "redirect URL: found http://example.com/callback, expected https, or http to loopback";
    case.json(&place.run(&[&client[..], &redirect].concat()), message);
    assert_eq!(place.run(&["service", "show", "shop"]).ok().out, before);
}

fn several_values(case: &Case) {
    let sites = json!({ "sites": [{ "id": "north", "name": "North" }, { "id": "south" }] });
    let provider = OAuth2Provider::with(Rules {
        api_replies: vec![("/sites", sites)],
        ..Rules::default()
    });
    let more = format!(
        "headers = {{ X-Site = \"{{site}}\" }}\n\
         lookup = {{ request = \"GET {}\", list = \"/sites\", value = \"/id\", title = \"/name\", field = \"site\" }}\n\
         [[fields]]\nname = \"site\"\ntitle = \"Site\"\nfrom = \"lookup\"\npattern = \"[a-z]+\"\n",
        provider.server.url("/sites")
    );
    let place = Place::new();
    let definition = provider.definition("Shop", &["client_credentials"], &more);
    place.add_service("shop", &definition);
    place.add_client("shop", "freshet-client", "freshet-secret");
    add(&place, "team", &[]).ok();
    let connected = place.run(&["connection", "connect", "team", "--json"]);
    let message = "site: found 2 choices: north (North), south";
    case.json_with_help(&connected, message, "--set site=VALUE");
    assert_eq!(provider.requests("/me").len(), 0);
    assert_eq!(place.status("team"), "created");
}

fn no_client(case: &Case) {
    let provider = OAuth2Provider::start();
    let place = Place::new();
    let register = "register_url = \"https://example.com/apps\"\n";
    let definition = provider.definition("Shop", &["authorization_code"], register);
    place.add_service("shop", &definition);
    add(&place, "team", &[]).ok();
    let begun = place.run(&["connection", "connect", "team", "--start", "--json"]);
    let help = "register http://127.0.0.1:8713/callback at https://example.com/apps, then run `freshet service client shop --client-id ID`";
    case.json_with_help(&begun, "no client is stored for Shop", help);
    assert_eq!(provider.server.requests().len(), 0);
}
