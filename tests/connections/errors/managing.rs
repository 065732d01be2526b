//! C0040 to C0070: connections and services are made and changed.

use super::{Case, KEY, add, keyed};
use crate::services::OAuth2;
use crate::support::place::{Outcome, Place};

const fn case(code: &'static str, exit: i32, run: fn(&Case)) -> Case {
    Case { code, exit, run }
}

pub(super) const CASES: &[Case] = &[
    case("C0040", 2, link_name),
    case("C0041", 2, link_name_taken),
    case("C0042", 2, unknown_service),
    case("C0043", 2, field),
    case("C0044", 2, scope),
    case("C0045", 2, credential_text),
    case("C0046", 2, host),
    case("C0047", 2, used_by_scripts),
    case("C0048", 2, fixed),
    case("C0049", 2, grant_type),
    case("C0060", 78, toml),
    case("C0061", 78, unknown_key),
    case("C0062", 78, missing_key),
    case("C0063", 78, value),
    case("C0064", 78, address),
    case("C0065", 78, hosts),
    case("C0066", 78, placeholder),
    case("C0067", 2, service_name_taken),
    case("C0068", 2, default_service),
    case("C0069", 2, service_in_use),
    case("C0070", 78, quirk),
];

/// Nothing was made besides what was there, and nothing was sent.
#[track_caller]
fn only_team_is_there(place: &Place) {
    let listed = place.run(&["connection", "list", "--json"]).ok().json();
    let links: Vec<&str> = listed["connections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|connection| connection["link_name"].as_str().unwrap())
        .collect();
    assert_eq!(links, ["team"]);
}

fn link_name(case: &Case) {
    let (_api, place) = keyed();
    let message = "found `1st-x`, expected up to 50 letters, digits, `_`, first a letter";
    let added = add(&place, "1st-x", &["--json"]);
    case.json_with_help(&added, message, "try `c_1st_x`");
    only_team_is_there(&place);
}

fn link_name_taken(case: &Case) {
    let (_api, place) = keyed();
    let added = add(&place, "Team", &["--json"]);
    case.json_with_help(&added, "`team` exists (shop)", "`Team_2` is free");
    only_team_is_there(&place);
}

fn unknown_service(case: &Case) {
    let place = Place::new();
    let added = place.run(&["connection", "add", "x", "--service", "strpe", "--json"]);
    case.json_with_help(&added, "no service `strpe`", "did you mean `stripe`?");
    assert!(place.files().is_empty(), "not even a registry was made");
}

fn field(case: &Case) {
    let (_api, place) = keyed();
    place.add_service(
        "sites",
        "name = \"Sites\"\nscheme = \"api_key\"\nhosts = [\"{site}.example.com\"]\n[[fields]]\nname = \"api_key\"\ntitle = \"Key\"\nsecret = true\n[[fields]]\nname = \"site\"\ntitle = \"Site\"\npattern = \"[a-z]+\"\nexample = \"north\"\n",
    );
    let add = |set: &[&str]| {
        let add = ["connection", "add", "x", "--service", "sites", "--json"];
        let set: Vec<&str> = set.iter().flat_map(|value| ["--set", *value]).collect();
        place.run(&[&add[..], &set].concat())
    };
    let message = "Site: found \"N0RTH\", expected a text like north";
    case.json(&add(&["site=N0RTH"]), message);
    let message = "found the field `colour`, expected a field of Sites";
    let unknown = add(&["site=north", "colour=red"]);
    case.json_with_help(&unknown, message, "site");
    let message = "`api_key` is a secret, so it may not be given with --set";
    let secret = add(&["site=north", &format!("api_key={KEY}")]);
    assert!(!secret.err.contains(KEY), "{}", secret.err);
    case.json_with_help(&secret, message, "--secret-stdin api_key");
    only_team_is_there(&place);
}

fn scope(case: &Case) {
    let api = OAuth2::start("tok");
    let place = Place::new();
    let scopes = "scopes = [{ name = \"read\" }]\nfree_scopes = false\n";
    place.add_service("shop", &(api.definition("Shop") + scopes));
    add(&place, "team", &[]).ok();
    let added = add(&place, "x", &["--scope", "write", "--json"]);
    case.json(&added, "scope: found `write`, expected one of read");
    place.add_service("free", &api.definition("Free"));
    let add = ["connection", "add", "x", "--service", "free", "--json"];
    let added = place.run(&[&add[..], &["--scope", "read write"]].concat());
    case.json(&added, "scope: found `read write`, expected one scope name");
    only_team_is_there(&place);
    assert_eq!(api.server.requests().len(), 0);
}

fn credential_text(case: &Case) {
    let (api, place) = keyed();
    let asked = api.server.requests().len();
    let reconnect = [
        "connection",
        "reconnect",
        "team",
        "--secret-stdin",
        "--json",
    ];
    let entered = place.run_with_input(&reconnect, "two\nlines");
    assert!(!entered.err.contains("lines"), "{}", entered.err);
    let message = "API key: found the control character U+000A, expected text without it";
    case.json(&entered, message);
    assert_eq!(api.server.requests().len(), asked);
    place
        .call("team", &api.server.url("/me"))
        .ok()
        .prints("200\n");
}

fn host(case: &Case) {
    let (_api, place) = keyed();
    let edited = place.run(&[
        "connection",
        "edit",
        "team",
        "--allow-host",
        "*.com",
        "--json",
    ]);
    case.json(&edited, "host: found `*.com`, expected …");
    let shown = place
        .run(&["connection", "show", "team", "--json"])
        .ok()
        .json();
    assert_eq!(shown["connection"]["extra_hosts"], serde_json::json!([]));
}

fn used_by_scripts(case: &Case) {
    let (_api, place) = keyed();
    place.write("uses.dg", "info 1; // connection :\"team\"\n");
    let edited = place.run(&[
        "connection",
        "edit",
        "team",
        "--link-name",
        "crew",
        "--json",
    ]);
    case.json_with_help(&edited, "`team` is named in 1 script: uses.dg", "--yes");
    only_team_is_there(&place);
}

fn fixed(case: &Case) {
    let (_api, place) = keyed();
    let edit = ["connection", "edit", "team", "--service", "other", "--json"];
    let message = "the service of `team` is shop and cannot change";
    case.json_with_help(&place.run(&edit), message, "freshet connection duplicate");
    only_team_is_there(&place);
}

fn grant_type(case: &Case) {
    let api = OAuth2::start("tok");
    let place = Place::new();
    place.add_service("shop", &api.definition("Shop"));
    add(&place, "team", &[]).ok();
    let added = add(&place, "x", &["--grant-type", "magic", "--json"]);
    case.json(
        &added,
        "grant type: found `magic`, expected client_credentials",
    );
    let password = api
        .definition("Old")
        .replace("client_credentials", "password");
    place.add_service("old", &password);
    let old = ["connection", "add", "x", "--service", "old", "--json"];
    let message =
        "grant type: found `password`, which hands the password of a user to this program…";
    // Before it asks for the user name that is missing, too.
    let refused = place.run(&old);
    case.json_with_help(&refused, message, "--allow-password-grant");
    only_team_is_there(&place);
    assert_eq!(api.server.requests().len(), 0);
}

/// Adds a service from a document, which must not succeed: no service is there afterwards.
fn document(text: &str) -> Outcome {
    let place = Place::new();
    place.write("bad.toml", text);
    let added = place.run(&["service", "add", "bad", "--file", "bad.toml", "--json"]);
    place.run(&["service", "show", "bad"]).fails(2, &["C0042"]);
    added
}

const KEYED: &str = "name = \"Bad\"\nscheme = \"api_key\"\nhosts = [\"api.example.com\"]\n";
const TOKENS: &str = "name = \"Bad\"\nscheme = \"oauth2\"\nhosts = [\"api.example.com\"]\ngrant_types = [\"client_credentials\"]\n";

fn toml(case: &Case) {
    case.json(&document("name = \"é\" x\n"), "bad.toml:1:12: …");
}

fn unknown_key(case: &Case) {
    let text = "name = \"Bad\"\nscheme = \"oauth2\"\nhosts = [\"api.example.com\"]\nautorize_url = \"https://example.com/a\"\ntoken_url = \"https://example.com/t\"\ngrant_types = [\"client_credentials\"]\n";
    let message = "bad.toml:4:1: autorize_url: did you mean authorize_url? (C0061)";
    case.json(&document(text), message);
}

fn missing_key(case: &Case) {
    let message = "bad.toml:1:1: token_url: found nothing, expected token_url for …";
    case.json(&document(TOKENS), message);
}

fn value(case: &Case) {
    let text = format!("{KEYED}param_type = \"cookie\"\n");
    let message = "bad.toml:4:14: param_type: found \"cookie\", expected header, query, form or, for api_key, path (C0063)";
    case.json(&document(&text), message);
}

fn address(case: &Case) {
    let text = format!("{TOKENS}token_url = \"http://example.com/t\"\n");
    let message = "bad.toml:5:13: token_url: found \"http://example.com/t\", expected an https address (C0064)";
    case.json(&document(&text), message);
}

fn hosts(case: &Case) {
    let text = format!("{KEYED}base_url = \"https://other.example.com/\"\n");
    let message = "bad.toml:4:12: base_url: goes to other.example.com, expected one of api.example.com (C0065)";
    case.json(&document(&text), message);
}

fn placeholder(case: &Case) {
    let text = format!("{KEYED}key = \"{{api_kye}}\"\n");
    let message = "bad.toml:4:7: key: `{api_kye}` has no field; did you mean `{api_key}`? (C0066)";
    case.json(&document(&text), message);
    let text = format!("{KEYED}verify = \"GET https://api.example.com/{{api_key}}\"\n");
    let message =
        "bad.toml:4:10: verify: found the secret field `{api_key}`, expected secrets only in …";
    case.json(&document(&text), message);
}

fn service_name_taken(case: &Case) {
    let (_api, place) = keyed();
    let before = place.run(&["service", "show", "shop", "--toml"]).ok().out;
    let added = place.run(&["service", "add", "shop", "--from", "stripe", "--json"]);
    case.json(&added, "`shop` is a custom service");
    let added = place.run(&["service", "add", "stripe", "--from", "openai", "--json"]);
    case.json(&added, "`stripe` is a default service");
    let named = [
        "service", "add", "mine", "--from", "openai", "--name", "Stripe", "--json",
    ];
    let added = place.run(&named);
    case.json(
        &added,
        "the name \"Stripe\" is taken: `stripe` is a default service",
    );
    let after = place.run(&["service", "show", "shop", "--toml"]).ok().out;
    assert_eq!(before, after);
}

fn default_service(case: &Case) {
    let place = Place::new();
    let message = "`stripe` is a default service and cannot change";
    for command in [
        &["service", "edit", "stripe", "--name", "Mine"][..],
        &["service", "remove", "stripe", "--yes"],
    ] {
        let refused = place.run(&[command, &["--json"]].concat());
        case.json_with_help(&refused, message, "freshet service add NEW --from stripe");
    }
    place.run(&["service", "show", "stripe"]).ok();
    assert!(place.files().is_empty(), "not even a registry was made");
}

fn service_in_use(case: &Case) {
    let (api, place) = keyed();
    let removed = place.run(&["service", "remove", "shop", "--yes", "--json"]);
    case.json(&removed, "`shop` is used by 1 connection: team");
    place
        .call("team", &api.server.url("/me"))
        .ok()
        .prints("200\n");
}

fn quirk(case: &Case) {
    let text = format!("{TOKENS}token_url = \"https://example.com/t\"\nquirks = [\"magic\"]\n");
    let message = "bad.toml:6:11: quirks: found \"magic\", expected one of …";
    case.json(&document(&text), message);
}
