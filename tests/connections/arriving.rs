//! What comes with a file sends no secret where it was not meant to go: neither one of the file to a service that has
//! other addresses here, nor one that is here to the addresses in the file (connections, 1, rows 2 and 14; 4.2; 10).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::support::place::{Outcome, Place};
use crate::support::server::{Reply, Server};
use crate::support::terminal::Terminal;

const SEALED: [&str; 2] = ["--secret-file", "passphrase=passphrase"];
const IMPORT: [&str; 3] = ["connection", "import", "export"];
const REPLACE: [&str; 2] = ["--on-conflict", "replace"];

/// An API that issues tokens and takes everything, until it is told to take nothing.
struct Api {
    server: Server,
    refuses: Arc<AtomicBool>,
}

impl Api {
    fn start() -> Self {
        let refuses = Arc::new(AtomicBool::new(false));
        let refused = Arc::clone(&refuses);
        let server = Server::start(move |request| match request.path() {
            "/token" => Reply::json(
                r#"{"access_token":"t0ken","token_type":"Bearer","expires_in":3600,"refresh_token":"r3fresh"}"#,
            ),
            _ if refused.load(Ordering::SeqCst) => Reply::new(401, "", ""),
            _ => Reply::json("{}"),
        });
        Self { server, refuses }
    }

    /// A service with passwords at this host.
    fn people(&self) -> String {
        let host = self.server.host();
        format!(
            "name = \"People\"\nscheme = \"basic\"\nhosts = [\"{host}\"]\nverify = \"GET http://{host}/me\"\n"
        )
    }

    /// A service with tokens at this host.
    fn tokens(&self) -> String {
        let host = self.server.host();
        format!(
            "name = \"Tokens\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\n\
             token_url = \"http://{host}/token\"\nrevoke_url = \"http://{host}/revoke\"\nclient_auth = \"body\"\n\
             hosts = [\"{host}\"]\nverify = \"GET http://{host}/me\"\n"
        )
    }

    /// Nothing has come here.
    #[track_caller]
    fn knows_nothing(&self) {
        let requests = self.server.requests();
        assert!(requests.is_empty(), "{requests:?}");
    }
}

/// A place where `team` uses the tokens of this API.
fn with_tokens(api: &Api) -> Place {
    let place = Place::new();
    place.add_service("tokens", &api.tokens());
    place.add_client("tokens", "abc", "cl1ent-s3cret");
    place.join("team", "tokens");
    place
}

fn export(place: &Place, more: &[&str]) {
    let export = ["connection", "export", "--all", "--output", "export"];
    place.run(&[&export[..], more].concat()).ok();
}

fn export_sealed(place: &Place) {
    place.write_secret("passphrase", "a long passphrase");
    export(
        place,
        &[&["--with-secrets", "--passphrase"][..], &SEALED].concat(),
    );
}

/// Gives another place the file of the first.
fn hand_over(from: &Place, to: &Place) {
    to.write("export", std::fs::read(from.path("export")).unwrap());
    to.write_secret("passphrase", "a long passphrase");
}

fn import(place: &Place, more: &[&str]) -> Outcome {
    place.run(&[&IMPORT[..], more].concat())
}

/// The status of a connection and its reason.
#[track_caller]
fn state(place: &Place, link: &str) -> (String, Option<String>) {
    let shown = place.run(&["connection", "show", link, "--json"]).ok();
    let shown = &shown.json()["connection"];
    let text = |name: &str| shown[name].as_str().map(str::to_owned);
    (text("status").unwrap(), text("reason"))
}

#[track_caller]
fn must_again(place: &Place, link: &str, reason: &str) {
    let expected = ("needs_authorisation".to_owned(), Some(reason.to_owned()));
    assert_eq!(state(place, link), expected, "{link}");
}

/// What the service refused may be verified again, but not at another service of that name.
#[test]
fn what_was_refused_there_is_verified_at_no_other_address() {
    let (here, there) = (Api::start(), Api::start());
    let away = with_tokens(&here);
    away.add_service("people", &here.people());
    away.write_secret("password", "PASSWORD");
    let add = ["connection", "add", "person", "--service", "people"];
    let connect = ["--set", "username=joe", "--connect"];
    let password = ["--secret-file", "password=password"];
    away.run(&[&add[..], &connect, &password].concat()).ok();
    here.refuses.store(true, Ordering::SeqCst);
    away.run(&["connection", "verify", "--all"]).fails(4, &[]);
    must_again(&away, "team", "refused");
    must_again(&away, "person", "refused");
    export_sealed(&away);

    let place = Place::new();
    place.add_service("people", &there.people());
    place.add_service("tokens", &there.tokens());
    hand_over(&away, &place);
    let skip = ["--on-conflict", "skip"];
    let told = import(&place, &[&skip[..], &SEALED].concat()).ok();
    assert!(
        told.out
            .contains("client default of tokens: left out, its service has other addresses here\n"),
        "{}",
        told.out
    );
    place
        .run(&["connection", "verify", "--all"])
        .fails(4, &["C0003"]);
    must_again(&place, "team", "changed");
    must_again(&place, "person", "changed");
    // Nor are they sent there to be ended, or by whoever connects anew without entering them.
    for link in ["team", "person"] {
        place.run(&["connection", "connect", link]).fails(4, &[]);
        place.run(&["connection", "revoke", link, "--yes"]).ok();
    }
    there.knows_nothing();

    // Where the service is the one of the file, they are verified as they were.
    let place = Place::new();
    hand_over(&away, &place);
    import(&place, &SEALED).ok();
    must_again(&place, "team", "refused");
    must_again(&place, "person", "refused");
    here.refuses.store(false, Ordering::SeqCst);
    place.run(&["connection", "verify", "--all"]).ok();
}

#[test]
fn a_client_comes_to_no_service_with_other_addresses() {
    let (here, there) = (Api::start(), Api::start());
    let away = with_tokens(&here);
    away.write_secret("own", "0wn-s3cret");
    away.run(&["connection", "add", "second", "--service", "tokens"])
        .ok();
    let own = [
        "--client-id",
        "mine",
        "--secret-file",
        "client_secret=own",
        "--yes",
    ];
    away.run(&[&["connection", "edit", "second"][..], &own].concat())
        .ok();
    away.run(&["connection", "connect", "second"]).ok();
    export_sealed(&away);

    let place = Place::new();
    place.add_service("tokens", &there.tokens());
    place.add("mine", "tokens");
    hand_over(&away, &place);
    for choice in ["skip", "rename"] {
        // A service of that name stays, one of the file comes beside it.
        let taken = ["--on-conflict", choice];
        import(&place, &[&taken[..], &SEALED].concat()).ok();
        // It has no client to be sent, and an own one comes without its secret.
        place
            .run(&["connection", "connect", "mine"])
            .fails(4, &["C0039"]);
        place.run(&["connection", "connect", "team"]).fails(4, &[]);
        there.knows_nothing();
    }
    place.run(&["connection", "connect", "second"]);
    for request in there.server.requests() {
        let text = format!("{:?} {}", request, request.text());
        assert!(!text.contains("s3cret"), "{text}");
    }
    // Under its other name it leads where it led.
    place
        .call("team_2", &here.server.url("/me"))
        .ok()
        .prints("200\n");
}

/// An export of `team` as somebody might alter it, to have the secrets of this place sent to `there`.
fn altered(place: &Place, there: &Api, clients: Value) {
    let printed = place.run(&["connection", "export", "team"]).ok().out;
    let mut document: Value = serde_json::from_str(&printed).unwrap();
    document["services"][0]["definition"] = json!(there.tokens());
    document["clients"] = clients;
    let evil = &mut document["connections"][0];
    evil["link_name"] = json!("evil");
    evil["extra_hosts"] = json!(["files.example.com"]);
    evil["credentials"][0]["secrets"] = json!({
        "fields": {}, "access_token": null, "token_secret": null, "refresh_token": null,
        "previous_refresh_token": null,
    });
    place.write("export", document.to_string());
}

#[test]
fn a_file_sends_no_secret_of_a_client_that_is_here_to_its_addresses() {
    // With no client, and with one that is here already but for its secret.
    let same = json!([{
        "service": "tokens", "name": "default", "client_id": "abc", "fields": {}, "redirect_uri": null,
        "secrets": { "client_secret": null, "fields": {} },
    }]);
    for (clients, reason) in [(json!([]), "changed"), (same, "imported")] {
        let (here, there) = (Api::start(), Api::start());
        let place = with_tokens(&here);
        altered(&place, &there, clients);
        let leads = format!("service tokens lets secrets go to {}", there.server.host());
        let loses = "team would lose authorisation";
        let extra = "evil lets secrets go to files.example.com";
        import(&place, &REPLACE)
            .fails(4, &["C0029", "--yes", &leads, extra, loses])
            .prints("");
        // Nothing was changed.
        place
            .call("team", &here.server.url("/me"))
            .ok()
            .prints("200\n");
        place
            .run(&["connection", "show", "evil"])
            .fails(2, &["C0001"]);

        let told = import(&place, &[&REPLACE[..], &["--yes"]].concat()).ok();
        let warned = "warning: must be authorised again: team\n";
        assert!(
            told.err.contains(&leads) && told.err.contains(warned),
            "{}",
            told.err
        );
        must_again(&place, "team", "changed");
        must_again(&place, "evil", reason);
        for link in ["team", "evil"] {
            place
                .call(link, &there.server.url("/me"))
                .fails(4, &["C0003"]);
        }
        place
            .run(&["connection", "verify", "--all"])
            .fails(4, &["C0003"]);
        there.knows_nothing();
    }
}

#[test]
fn what_comes_without_its_secrets_is_not_authorised() {
    let api = Api::start();
    let away = Place::new();
    away.add_service("people", &api.people());
    away.write_secret("password", "PASSWORD");
    let add = ["connection", "add", "person", "--service", "people"];
    let connect = ["--set", "username=joe", "--connect"];
    let password = ["--secret-file", "password=password"];
    away.run(&[&add[..], &connect, &password].concat()).ok();
    let printed = away.run(&["connection", "export", "person"]).ok().out;
    let mut document: Value = serde_json::from_str(&printed).unwrap();
    document["connections"][0]["credentials"][0]["secrets"] = json!({
        "fields": {}, "access_token": null, "token_secret": null, "refresh_token": null,
        "previous_refresh_token": null,
    });
    let place = Place::new();
    place.write("export", document.to_string());
    let before = api.server.requests().len();
    import(&place, &[])
        .ok()
        .prints("service people: imported\nperson: imported (needs_authorisation)\n");
    must_again(&place, "person", "imported");
    place
        .call("person", &api.server.url("/me"))
        .fails(4, &["C0003"]);
    place
        .run(&["connection", "verify", "person"])
        .fails(4, &["C0003"]);
    assert_eq!(api.server.requests().len(), before);
}

#[test]
fn on_a_terminal_whoever_imports_is_asked_first() {
    let (here, there) = (Api::start(), Api::start());
    let place = with_tokens(&here);
    altered(&place, &there, json!([]));
    let ask = || {
        let mut terminal = Terminal::run(place.command(&[&IMPORT[..], &REPLACE].concat()));
        let shown = terminal.expect("Go on? [y/N] ");
        let leads = format!(
            "service tokens lets secrets go to {}\n",
            there.server.host()
        );
        for told in [&leads, "will have to be authorised again: team\n"] {
            assert!(shown.contains(told), "{shown}");
        }
        terminal
    };
    let mut terminal = ask();
    terminal.write("n\n");
    terminal.ends(130, &["not confirmed: nothing was changed"]);
    assert_eq!(state(&place, "team"), ("authorised".to_owned(), None));
    let mut terminal = ask();
    terminal.write("y\n");
    terminal.ends(0, &["service tokens: replaced"]);
    must_again(&place, "team", "changed");
}

/// The same of services alone, and of their clients.
#[test]
fn a_service_or_a_client_that_leads_elsewhere_asks_first() {
    let (here, there) = (Api::start(), Api::start());
    let place = with_tokens(&here);
    place.write("tokens.toml", there.tokens());
    let import = ["service", "import", "tokens.toml"];
    let leads = format!("tokens lets secrets go to {}", there.server.host());
    let loses = "team would lose authorisation";
    let replace = [&import[..], &REPLACE].concat();
    place
        .run(&replace)
        .fails(4, &[&leads, loses, "C0029", "--yes"]);
    assert_eq!(state(&place, "team").0, "authorised");
    place
        .run(&[&replace[..], &["--yes"]].concat())
        .ok()
        .prints("tokens: replaced\n")
        .fails(0, &[&leads, "warning: must be authorised again: team\n"]);
    must_again(&place, "team", "changed");
    // Back again nobody loses anything, but the secret of the client would go there.
    place.write("tokens.toml", here.tokens());
    let of_client = "stored secrets of clients will go to other addresses: default of tokens";
    place.run(&replace).fails(4, &[of_client, "C0029", "--yes"]);
    place.run(&[&replace[..], &["--yes"]].concat()).ok();

    place.run(&["connection", "connect", "team", "--yes"]).ok();
    place.write_secret("secret", "an0ther-s3cret");
    let client = ["service", "client", "tokens", "--client-id", "def"];
    let secret = ["--secret-file", "client_secret=secret"];
    let another = [&client[..], &secret].concat();
    place.run(&another).fails(4, &[loses, "C0029", "--yes"]);
    assert_eq!(state(&place, "team").0, "authorised");
    place
        .run(&[&another[..], &["--yes"]].concat())
        .ok()
        .fails(0, &["warning: must be authorised again: team\n"]);
    must_again(&place, "team", "changed");
    there.knows_nothing();
}

/// An export of clients alone.
fn write_client(place: &Place, client: Value) {
    let document = json!({ "version": 1, "services": [], "clients": [client], "connections": [] });
    place.write("export", document.to_string());
}

fn client(id: &str, redirect_uri: Option<&str>) -> Value {
    json!({
        "service": "shop", "name": "default", "client_id": id, "fields": {}, "redirect_uri": redirect_uri,
    })
}

/// The identifier and the redirect URL of the client of `shop`.
fn stored(place: &Place) -> (String, Option<String>) {
    let db = rusqlite::Connection::open(place.data("registry.db")).unwrap();
    let client = "SELECT client_id, redirect_uri FROM client";
    db.query_row(client, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
}

/// Where people consent: a service that asks them in a browser.
fn with_consent() -> Place {
    let place = Place::new();
    place.add_service(
        "shop",
        "name = \"Shop\"\nscheme = \"oauth2\"\nauthorize_url = \"https://shop.example.com/a\"\n\
         token_url = \"https://shop.example.com/t\"\nhosts = [\"api.example.com\"]\n",
    );
    place
}

/// Codes go where the redirect URL of the client says.
#[test]
fn the_redirect_url_of_a_client_that_comes_is_told_and_asked_about() {
    const EVIL: Option<&str> = Some("https://evil.example.com/cb");
    let told = "client default of shop lets secrets go to evil.example.com\n";
    let asked = "will have another client or redirect URL: team\n";
    let place = with_consent();
    write_client(&place, client("abc", EVIL));
    let imported = import(&place, &[]).ok();
    assert_eq!(imported.err, told);
    import(&place, &[])
        .ok()
        .prints("client default of shop: there already, unchanged\n")
        .quietly();

    // It belongs to its identifier, and does not outlive that.
    place.write_secret("secret", "an0ther-s3cret");
    let mine = ["service", "client", "shop", "--client-id", "mine", "--yes"];
    let secret = ["--secret-file", "client_secret=secret"];
    let again = "its redirect URL is http://127.0.0.1:8713/callback again, and no longer https://evil.example.com/cb";
    place
        .run(&[&mine[..], &secret].concat())
        .ok()
        .fails(0, &[again]);
    assert_eq!(stored(&place), ("mine".to_owned(), None));
    place.add("team", "shop");
    let start = place.run(&["connection", "connect", "team", "--start"]);
    assert!(!start.ok().out.contains("evil"));

    // The connection that uses it would lead elsewhere, though nobody has authorised it yet.
    for (id, redirect) in [("mine", EVIL), ("abc", None), ("abc", EVIL)] {
        write_client(&place, client(id, redirect));
        import(&place, &REPLACE).fails(4, &[asked, "C0029", "--yes"]);
        assert_eq!(stored(&place), ("mine".to_owned(), None));
    }
    let replace = [&REPLACE[..], &["--yes"]].concat();
    import(&place, &replace).ok().fails(0, &[told, asked]);
    assert_eq!(stored(&place).1.as_deref(), EVIL);
    // The client is what the file has, so the same file changes nothing.
    write_client(&place, client("abc", None));
    import(&place, &replace).ok();
    assert_eq!(stored(&place), ("abc".to_owned(), None));
    import(&place, &[])
        .ok()
        .prints("client default of shop: there already, unchanged\n");

    // Where there was no client at all, too.
    let place = with_consent();
    place.add("team", "shop");
    write_client(&place, client("abc", EVIL));
    import(&place, &[]).fails(4, &[told, asked, "C0029", "--yes"]);
    write_client(&place, client("abc", None));
    import(&place, &[]).ok().quietly();
}

#[test]
fn a_redirect_url_can_be_taken_away_again() {
    let place = with_consent();
    place.add_client("shop", "abc", "s3cret");
    let redirect = |url: &str| {
        let client = ["service", "client", "shop", "--redirect-uri", url];
        place.run(&client).ok()
    };
    redirect("https://mine.example.com/cb");
    let url = Some("https://mine.example.com/cb".to_owned());
    assert_eq!(stored(&place), ("abc".to_owned(), url));
    redirect("").fails(
        0,
        &["its redirect URL is http://127.0.0.1:8713/callback again"],
    );
    assert_eq!(stored(&place), ("abc".to_owned(), None));
    // The one of another client goes as well, whichever command brings that.
    redirect("https://mine.example.com/cb");
    place.write_secret("secret", "an0ther-s3cret");
    let edit = [
        "service",
        "edit",
        "shop",
        "--client-id",
        "def",
        "--secret-file",
    ];
    place
        .run(&[&edit[..], &["client_secret=secret"]].concat())
        .ok()
        .fails(0, &["and no longer https://mine.example.com/cb"]);
    assert_eq!(stored(&place), ("def".to_owned(), None));
    let shown = place.run(&["service", "show", "shop", "--json"]).ok();
    assert_eq!(shown.json()["clients"][0]["has_secret"], true);
}

#[test]
fn hosts_that_the_values_of_a_file_name_are_told() {
    let away = Place::new();
    let field = "fields = [{ name = \"site\", title = \"Site\", pattern = \"[a-z]+\" }]\n";
    let definition = format!(
        "name = \"Desk\"\nscheme = \"api_key\"\nhosts = [\"{{site}}.example.com\"]\nkey = \"{{api_key}}\"\n{field}"
    )
    .replace(
        "fields = [",
        "fields = [{ name = \"api_key\", title = \"Key\", secret = true }, ",
    );
    away.add_service("desk", &definition);
    let add = ["connection", "add", "team", "--service", "desk"];
    away.run(&[&add[..], &["--set", "site=evil"]].concat()).ok();
    export(&away, &[]);

    let told = "team lets secrets go to evil.example.com\n";
    let place = Place::new();
    hand_over(&away, &place);
    let imported = import(&place, &[]).ok();
    assert!(imported.err.contains(told), "{}", imported.err);
    // The service is here already, and the connection is what is new.
    let place = Place::new();
    place.add_service("desk", &definition);
    place
        .run(&[&add[..], &["--set", "site=good"]].concat())
        .ok();
    hand_over(&away, &place);
    let imported = import(&place, &REPLACE).ok();
    assert!(imported.err.contains(told), "{}", imported.err);
    import(&place, &REPLACE).ok().quietly();
    // So it is without anybody's credential in the file.
    let text = std::fs::read_to_string(away.path("export")).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    document["connections"][0]["credentials"] = json!([]);
    let place = Place::new();
    place.write("export", document.to_string());
    let imported = import(&place, &[]).ok();
    assert!(imported.err.contains(told), "{}", imported.err);
}

/// What is replaced by one that does not work was lost all the same.
#[test]
fn what_works_is_not_replaced_unasked_by_what_does_not() {
    let api = Api::start();
    let place = with_tokens(&api);
    let notes = |text: &str| {
        let edit = ["connection", "edit", "team", "--notes", text];
        place.run(&edit).ok();
    };
    let exported = |more: &[&str]| {
        let _ = std::fs::remove_file(place.path("export"));
        export(&place, more);
    };
    exported(&[]);
    notes("other");
    import(&place, &REPLACE).fails(4, &["team would lose authorisation", "C0029", "--yes"]);
    assert_eq!(state(&place, "team"), ("authorised".to_owned(), None));

    // With its secrets it goes on as it was.
    place.write_secret("passphrase", "a long passphrase");
    exported(&[&["--with-secrets", "--passphrase"][..], &SEALED].concat());
    notes("another");
    import(&place, &[&REPLACE[..], &SEALED].concat())
        .ok()
        .quietly();
    assert_eq!(state(&place, "team"), ("authorised".to_owned(), None));

    exported(&[]);
    notes("a third");
    let lost = "warning: must be authorised again: team\n";
    let goes_on = "deleted here, and not ended at the service: team\n";
    import(&place, &[&REPLACE[..], &["--yes"]].concat())
        .ok()
        .fails(0, &[lost, goes_on]);
    must_again(&place, "team", "imported");
}

/// A person may take their time, and an import may be long.
#[test]
fn what_an_import_would_do_is_found_out_while_others_write() {
    let api = Api::start();
    let place = with_tokens(&api);
    export(&place, &[]);
    let edit = ["connection", "edit", "team", "--notes", "other"];
    place.run(&edit).ok();
    let db = rusqlite::Connection::open(place.data("registry.db")).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    import(&place, &REPLACE).fails(4, &["team would lose authorisation", "C0029"]);
    db.execute_batch("ROLLBACK").unwrap();
}

/// What no command would store comes with no file either.
#[test]
fn an_import_holds_what_commands_hold() {
    let api = Api::start();
    let away = with_tokens(&api);
    export(&away, &[]);
    let text = std::fs::read_to_string(away.path("export")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let place = Place::new();
    let refused = |change: &dyn Fn(&mut Value), told: &[&str]| {
        let mut altered = document.clone();
        change(&mut altered);
        place.write("export", altered.to_string());
        import(&place, &[]).fails(2, told).prints("");
        let listed = place.run(&["connection", "list"]).ok();
        assert_eq!(listed.out, "");
    };
    for name in ["", "own", "x\u{1b}[31m:y", &"n".repeat(51)] {
        let expected = ["client name: found", "C0043"];
        refused(&|file| file["clients"][0]["name"] = name.into(), &expected);
    }
    let credential = "/connections/0/credentials/0";
    refused(
        &|file| file.pointer_mut(credential).unwrap()["client_auth"] = "bogus".into(),
        &["client authentication", "C0088"],
    );
    for (status, reason) in [
        ("created", "refused"),
        ("authorised", "denied"),
        ("needs_authorisation", "rejected"),
        ("failed", "imported"),
    ] {
        let change = |file: &mut Value| {
            let credential = file.pointer_mut(credential).unwrap();
            credential["status"] = status.into();
            credential["reason"] = reason.into();
        };
        refused(&change, &["a status with a reason", "C0088"]);
    }
}

/// Where the tokens come from stands in a field of the client.
#[test]
fn the_fields_of_a_client_that_lead_elsewhere_are_told_and_take_its_secret() {
    let place = Place::new();
    place.add_service(
        "shop",
        "name = \"Shop\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\n\
         token_url = \"https://{tenant}/token\"\nhosts = [\"api.shop.example\"]\n\
         [[fields]]\nname = \"tenant\"\ntitle = \"Tenant\"\nfrom = \"client\"\npattern = \"[a-z.]+\"\n",
    );
    let write = |tenant: &str| {
        let mut client = client("abc", None);
        client["fields"] = json!({ "tenant": tenant });
        let document =
            json!({ "version": 1, "services": [], "clients": [client], "connections": [] });
        place.write("export", document.to_string());
    };
    let told = |host: &str| format!("client default of shop lets secrets go to {host}");
    write("login.shop.example");
    import(&place, &[])
        .ok()
        .fails(0, &[&told("login.shop.example")]);
    place.write_secret("secret", "cl1ent-s3cret");
    let store = ["service", "client", "shop", "--client-id", "abc"];
    place
        .run(&[&store[..], &["--secret-file", "client_secret=secret"]].concat())
        .ok();
    // Again, it is the same; with another address, the secret does not go there.
    import(&place, &REPLACE)
        .ok()
        .prints("client default of shop: there already, unchanged\n");
    let has_secret = || {
        let shown = place
            .run(&["service", "show", "shop", "--json"])
            .ok()
            .json();
        shown["clients"][0]["has_secret"].clone()
    };
    assert_eq!(has_secret(), json!(true));
    write("evil.example.com");
    let gone = "warning: a client of shop was replaced and has no secret now: `freshet service client shop`";
    import(&place, &REPLACE)
        .ok()
        .fails(0, &[&told("evil.example.com"), gone]);
    assert_eq!(has_secret(), json!(false));
}
