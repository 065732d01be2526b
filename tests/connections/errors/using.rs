//! C0001 to C0019: a script, or `verify`, uses a connection.

use std::fs::File;

use serde_json::json;

use super::{Case, KEY, add, age, authorised, keyed, today};
use crate::connecting::calling;
use crate::services::oauth2_provider::Rules;
use crate::services::{Misbehaving, OAuth2};
use crate::support::place::{Place, feed};
use crate::support::secure::SecureHosts;
use crate::support::server::{Reply, Server};

const fn case(code: &'static str, exit: i32, run: fn(&Case)) -> Case {
    Case { code, exit, run }
}

pub(super) const CASES: &[Case] = &[
    case("C0001", 2, unknown),
    case("C0002", 4, created),
    case("C0003", 4, needs_authorisation),
    case("C0004", 4, disabled),
    case("C0005", 4, failed),
    case("C0006", 78, host),
    case("C0007", 78, not_https),
    case("C0008", 78, guard),
    case("C0009", 69, renewal_refused),
    case("C0010", 69, passing),
    case("C0011", 75, timeout),
    case("C0012", 69, unreachable),
    case("C0013", 69, too_large),
    case("C0014", 69, redirect),
    case("C0015", 2, visible_text),
    case("C0016", 75, busy),
    case("C0017", 74, not_stored),
    case("C0018", 2, no_form),
    case("C0019", 78, ca_file),
];

fn unknown(case: &Case) {
    let (api, place) = keyed();
    add(&place, "crm_sales", &[]).ok();
    let asked = api.server.requests().len();
    let message = "no connection `crm_sale`";
    let shown = place.run(&["connection", "show", "crm_sale", "--json"]);
    case.json_with_help(&shown, message, "did you mean `crm_sales`?");
    case.in_script(place.call("crm_sale", &api.server.url("/me")), message);
    let rename = ["connection", "edit", "crm_sales", "--link-name", "crm"];
    place.run(&[&rename[..], &["--yes"]].concat()).ok();
    let shown = place.run(&["connection", "show", "crm_sales", "--json"]);
    let renamed = format!("it was renamed to `crm` on {}", today());
    case.json_with_help(&shown, "no connection `crm_sales`", &renamed);
    assert_eq!(api.server.requests().len(), asked);
}

fn created(case: &Case) {
    let (api, place) = keyed();
    add(&place, "fresh", &[]).ok();
    let asked = api.server.requests().len();
    let message = "`fresh` was never authorised";
    case.in_script(place.call("fresh", &api.server.url("/me")), message);
    let revoked = place.run(&["connection", "revoke", "fresh", "--yes", "--json"]);
    case.json_with_help(&revoked, message, "freshet connection connect fresh");
    add(&place, "own", &["--per-user"]).ok();
    let message = "`own` was never authorised (owner tester)";
    case.in_script(place.call("own", &api.server.url("/me")), message);
    assert_eq!(api.server.requests().len(), asked);
}

fn needs_authorisation(case: &Case) {
    let (provider, place) = authorised(Rules::default());
    provider.withdraw();
    age(&place);
    let me = provider.server.url("/me");
    let calls = provider.requests("/me").len();
    // What the provider says beside its word is its own affair.
    let message =
        "`team` must be authorised again: the service refused the credential (invalid_grant";
    case.in_script(place.call("team", &me), message);
    let asked = provider.asked();
    let message = format!(
        "`team` must be authorised again: the service refused the credential, {}",
        today()
    );
    case.in_script(place.call("team", &me), &message);
    assert_eq!(provider.asked(), asked, "it is not tried again");
    assert_eq!(provider.requests("/me").len(), calls);
}

fn disabled(case: &Case) {
    let (api, place) = keyed();
    place.run(&["connection", "disable", "team"]).ok();
    let asked = api.server.requests().len();
    let message = format!("`team` is disabled since {}", today());
    case.in_script(place.call("team", &api.server.url("/me")), &message);
    assert_eq!(api.server.requests().len(), asked);
    place.run(&["connection", "enable", "team"]).ok();
    place
        .call("team", &api.server.url("/me"))
        .ok()
        .prints("200\n");
}

fn failed(case: &Case) {
    let (api, place) = keyed();
    place.connect("bad", "shop", "wrong").fails(4, &["C0034"]);
    let asked = api.server.requests().len();
    let message = format!(
        "`bad` could not be authorised: GET {}/me: found 401, expected 2xx",
        api.server.host()
    );
    case.in_script(place.call("bad", &api.server.url("/me")), &message);
    assert_eq!(api.server.requests().len(), asked);
}

fn host(case: &Case) {
    let (api, place) = keyed();
    let asked = api.server.requests().len();
    let host = api.server.host();
    let message = format!("`team` may be used with {host}, found api.example.com");
    let called = place.call("team", "https://api.example.com/me");
    let next = "freshet connection edit team --allow-host api.example.com";
    assert!(called.err.contains(next), "{}", called.err);
    case.in_script(called, &message);
    assert_eq!(api.server.requests().len(), asked);
}

fn not_https(case: &Case) {
    let place = Place::new();
    let add = ["connection", "add", "billing", "--service", "stripe"];
    place.run(&add).ok();
    let connect = ["connection", "connect", "billing", "--no-verify"];
    place
        .run_with_input(&[&connect[..], &["--secret-stdin"]].concat(), KEY)
        .ok();
    // What would be sent all the same would come here.
    let proxy = Server::start(|_| Reply::json("{}"));
    let mut command = place.command(&["run", "-"]);
    command.env("HTTP_PROXY", proxy.url(""));
    let script = calling("billing", "http://api.stripe.com/v1/");
    let called = feed(command, script.as_bytes());
    case.in_script(called, "`billing` sends credentials over https only");
    assert_eq!(proxy.connections(), 0);
}

fn guard(case: &Case) {
    let (api, place) = keyed();
    let asked = api.server.requests().len();
    let metadata = place.script("info getUrl(\"http://169.254.169.254/latest/meta-data/\");");
    let message =
        "169.254.169.254 leads to the metadata address 169.254.169.254, which is always refused";
    case.in_script(metadata, message);
    let script = calling("team", &api.server.url("/me"));
    let private = place.run_with_input(&["run", "-", "--refuse-private"], script);
    case.in_script(private, "127.0.0.1 leads to the private address 127.0.0.1");
    assert_eq!(api.server.requests().len(), asked);
}

fn renewal_refused(case: &Case) {
    let (provider, place) = authorised(Rules::default());
    age(&place);
    let refusal = r#"{"error":"invalid_client"}"#;
    provider.answer_with(move || Reply::new(401, "application/json", refusal));
    let calls = provider.requests("/me").len();
    let message = "Shop refused to renew `team`: invalid_client";
    case.in_script(place.call("team", &provider.server.url("/me")), message);
    let verified = place.run(&["connection", "verify", "team"]);
    // The client, since it is at fault (connections, 6.5).
    assert!(
        verified.err.contains("(the client is freshet-client)"),
        "{}",
        verified.err
    );
    case.shown(verified, message);
    assert_eq!(provider.requests("/me").len(), calls);
    assert_eq!(place.status("team"), "expired");
    provider.answer_itself();
    place
        .call("team", &provider.server.url("/me"))
        .ok()
        .prints("200\n");
}

fn passing(case: &Case) {
    let (provider, place) = authorised(Rules::default());
    age(&place);
    provider.answer_with(|| Reply::new(503, "", "").with("Retry-After", "0"));
    let calls = provider.requests("/me").len();
    let message = "Shop: answered 503, 3 tries";
    case.in_script(place.call("team", &provider.server.url("/me")), message);
    assert_eq!(provider.requests("/me").len(), calls);
    assert_eq!(place.status("team"), "expired");
    provider.answer_itself();
    place
        .call("team", &provider.server.url("/me"))
        .ok()
        .prints("200\n");
}

fn timeout(case: &Case) {
    let odd = Misbehaving::start();
    let place = Place::new();
    place.add_service("odd", &odd.definition("Odd", "/empty"));
    place.connect("team", "odd", KEY).ok();
    let script = calling("team", &odd.server.url("/silent"));
    let called = place.run_with_input(&["run", "-", "--limit", "read-time=200ms"], script);
    let message = format!(
        "socket timeout error: no answer from {} within 0.2 s",
        odd.server.host()
    );
    case.in_script(called, &message);
    assert_eq!(place.status("team"), "authorised");
}

fn unreachable(case: &Case) {
    let (api, place) = keyed();
    let (url, host) = (api.server.url("/me"), api.server.host());
    drop(api);
    // Wait until the port is closed: the thread that accepts ends after its last client.
    while std::net::TcpStream::connect(&host).is_ok() {}
    let message = format!("cannot reach {host}: connection refused");
    case.in_script(place.call("team", &url), &message);
    let reconnect = [
        "connection",
        "reconnect",
        "team",
        "--secret-stdin",
        "--json",
    ];
    case.json(&place.run_with_input(&reconnect, KEY), &message);
    assert_eq!(place.status("team"), "authorised");
}

fn ca_file(case: &Case) {
    let (api, place) = keyed();
    let asked = api.server.requests().len();
    place.write("none.pem", "no certificate\n");
    for (name, cause) in [
        ("missing.pem", "No such file or directory; nothing was sent"),
        ("none.pem", "found no certificate in PEM form"),
    ] {
        let message = format!("the CA file {name} cannot be used: {cause}");
        let script = calling("team", &api.server.url("/me"));
        let run = ["run", "-", "--ca-file", name];
        case.in_script(place.run_with_input(&run, &script), &message);
        let mut verify = place.command(&["connection", "verify", "team", "--json"]);
        verify.env("FRESHET_CA_FILE", name);
        let verified = feed(verify, b"").fails(78, &[]).json();
        let told = &verified["results"][0]["error"];
        assert_eq!(
            (&told["code"], &told["exit"]),
            (&json!(case.code), &json!(78))
        );
        assert!(told["message"].as_str().unwrap().starts_with(&message));
    }
    assert_eq!(api.server.requests().len(), asked);
    assert_eq!(place.status("team"), "authorised");
}

fn too_large(case: &Case) {
    let api = OAuth2::answering(|_, _| Reply::new(200, "application/json", vec![b' '; 2 << 20]));
    let place = Place::new();
    place.add_service("shop", &api.definition("Shop"));
    place.add_client("shop", "abc", "s3cret");
    add(&place, "team", &[]).ok();
    let connected = place.run(&["connection", "connect", "team", "--json"]);
    let message = format!("the reply of {} is over 1 MiB", api.server.host());
    case.json(&connected, &message);
    assert_eq!(place.status("team"), "created");
    let (api, place) = keyed();
    let script = calling("team", &api.server.url("/me"));
    let called = place.run_with_input(&["run", "-", "--limit", "reply=4"], script);
    let message = format!("the reply of {} is over 4 bytes", api.server.host());
    case.in_script(called, &message);
}

fn redirect(case: &Case) {
    let odd = Misbehaving::start();
    let place = Place::new();
    place.add_service("odd", &odd.definition("Odd", "/empty"));
    place.connect("team", "odd", KEY).ok();
    for (path, cause) in [
        ("/loop", "more than 10 in a row"),
        (
            "/away?to=ftp://127.0.0.1/",
            "it leads to the scheme ftp, expected http or https",
        ),
    ] {
        let message = format!("redirect not followed: {cause}");
        case.in_script(place.call("team", &odd.server.url(path)), &message);
    }
    assert_eq!(place.status("team"), "authorised");

    let open = Server::start(|_| Reply::json("{}"));
    let away = open.url("/");
    let secure = SecureHosts::start(&["shop.test"], move |_| {
        Reply::new(302, "", "").with("Location", &away)
    });
    place.write("ca.pem", secure.certificate());
    let mut command = place.command(&["run", "-", "--ca-file", "ca.pem"]);
    secure.settle(&mut command);
    let called = feed(command, b"info getUrl(\"https://shop.test/\");");
    let message = "redirect not followed: it leads from https to http (127.0.0.1)";
    case.in_script(called, message);
    assert_eq!(secure.take_requests().len(), 1);
    assert_eq!(open.connections(), 0);
}

fn visible_text(case: &Case) {
    let (api, place) = keyed();
    let more = "headers = { X-Tenant = \"{tenant}\" }\n[[fields]]\nname = \"api_key\"\ntitle = \"Key\"\nsecret = true\n[[fields]]\nname = \"tenant\"\ntitle = \"Tenant\"\n";
    let tenants = api.in_header("Tenants") + more;
    place.add_service("tenants", &tenants);
    let asked = api.server.requests().len();
    let add = ["connection", "add", "x", "--service", "tenants", "--json"];
    let added = place.run(&[&add[..], &["--set", "tenant=a\nb"]].concat());
    case.json(&added, "Tenant: found U+000A at 2, expected visible text");
    place.run(&["connection", "show", "x"]).fails(2, &["C0001"]);
    assert_eq!(api.server.requests().len(), asked);
}

fn busy(case: &Case) {
    let (provider, place) = authorised(Rules::default());
    age(&place);
    let lock = File::open(place.data("locks/1")).unwrap();
    lock.lock().unwrap();
    let (asked, calls) = (provider.asked(), provider.requests("/me").len());
    let script = calling("team", &provider.server.url("/me"));
    let limited = ["run", "-", "--limit", "call-time=300ms"];
    let called = place.run_with_input(&limited, &script);
    case.in_script(called, "`team` is busy: 1 before this call");
    assert_eq!(
        (provider.asked(), provider.requests("/me").len()),
        (asked, calls)
    );
    lock.unlock().unwrap();
    place.script(&script).ok().prints("200\n");
}

fn not_stored(case: &Case) {
    let (provider, place) = authorised(Rules::default());
    age(&place);
    let db = rusqlite::Connection::open(place.data("registry.db")).unwrap();
    db.execute_batch(
        "CREATE TRIGGER no_room BEFORE UPDATE OF access_token ON credential BEGIN SELECT RAISE(FAIL, 'no room'); END",
    )
    .unwrap();
    let me = provider.server.url("/me");
    let (asked, calls) = (provider.asked(), provider.requests("/me").len());
    let path = place.data("registry.db").display().to_string();
    let message = format!(
        "the new token of `team` was kept in memory for this run only: cannot write {path}: no room"
    );
    // A second call of the same run asks for no other token: the first one is still there to be stored.
    let call = calling("team", &me);
    let script = format!("try\n{{\n{call}}}\ncatch (e)\n{{\n    info \"once\";\n}}\n{call}");
    let called = place.script(&script);
    assert_eq!(called.exit, Some(case.exit), "{}", called.err);
    assert_eq!(called.out, "once\n");
    assert!(
        called.err.contains(case.code) && called.err.contains(&message),
        "{}",
        called.err
    );
    assert_eq!(provider.asked(), asked + 1);
    assert_eq!(
        provider.requests("/me").len(),
        calls,
        "a token that is not stored is not used"
    );
    db.execute_batch("DROP TRIGGER no_room").unwrap();
    // Its successor is lost to the next run, which says what happened or finds another way.
    let next = place.call("team", &me);
    assert!(
        next.out == "200\n" || next.err.contains("an earlier renewal was cut off"),
        "{}",
        next.err
    );
}

fn no_form(case: &Case) {
    let (api, place) = keyed();
    place.add_service("form", &api.in_form("Form"));
    let add = ["connection", "add", "formed", "--service", "form"];
    place.run(&add).ok();
    let connect = [
        "connection",
        "connect",
        "formed",
        "--secret-stdin",
        "--no-verify",
    ];
    place.run_with_input(&connect, KEY).ok();
    let asked = api.server.requests().len();
    let url = api.server.url("/me");
    let script = format!(
        "r = invokeurl [ url :\"{url}\" type :POST body :{{\"a\":1}} content-type :\"application/json\" connection :\"formed\" ];"
    );
    let message = "the credential belongs in a form body, found application/json";
    case.in_script(place.script(&script), message);
    assert_eq!(api.server.requests().len(), asked);
}
