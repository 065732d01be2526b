//! The table of threats.

use std::process::{Command, Stdio};

use crate::World;
use crate::services::OAuth2Provider;
use crate::services::oauth2_provider::{Iss, Rules};
use crate::support::place::{Place, feed};
use crate::support::server::{Reply, Server};
use crate::support::terminal::Terminal;
use crate::support::{client, form};

#[test]
fn threat_forged_or_replayed_callback() {
    let world = World::new(Rules::default(), "");
    let address = world.start();
    let answer = world.provider.consent(&address);
    // Forged: another state, or none. Replayed: the same one twice.
    let state = form::in_query(&answer, "state").unwrap();
    let other: String = state.chars().rev().collect();
    for forged in [
        answer.replace(&state, &other),
        answer.replace("state=", "x="),
    ] {
        world.finish(&forged).fails(4, &["C0020"]);
    }
    assert_eq!(world.provider.asked(), 0);
    world.finish(&answer).ok();
    world.finish(&answer).fails(4, &["C0022"]);
    // Proof of possession and the redirect text went along, or the provider would have refused.
    assert_eq!(world.provider.faults(), []);
    let sent = world.provider.token_forms().remove(0);
    let names: Vec<&str> = sent.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"code_verifier") && names.contains(&"redirect_uri"));
}

#[test]
fn threat_two_providers_mixed_up() {
    // An answer of the one provider, brought to an attempt at the other, leads to no request of the first.
    let world = World::new(Rules::default(), "");
    let other = World::new(Rules::default(), "");
    let mine = world.start();
    let theirs = other.provider.consent(&other.start());
    let code = form::in_query(&theirs, "code").unwrap();
    let state = form::in_query(&mine, "state").unwrap();
    let mixed = format!("http://127.0.0.1:8713/callback?code={code}&state={state}");
    world.finish(&mixed).fails(69, &["C0027"]);
    assert_eq!(
        other.provider.asked(),
        0,
        "a code goes to the service of its attempt alone"
    );

    // Where the issuer is known, an answer that names another one is refused unasked.
    let rules = Rules {
        iss: Iss::Wrong,
        iss_announced: true,
        ..Rules::default()
    };
    let world = World::new(rules, "");
    let issuer = world.provider.issuer();
    let definition = world.provider.definition(
        "Shop",
        &["authorization_code"],
        &format!("issuer = \"{issuer}\"\n"),
    );
    world.place.write(
        "with_issuer.toml",
        definition.replace("\"Shop\"", "\"Shop 2\""),
    );
    world
        .place
        .run(&[
            "service",
            "add",
            "with_issuer",
            "--file",
            "with_issuer.toml",
        ])
        .ok();
    world
        .place
        .add_client("with_issuer", "freshet-client", "freshet-secret");
    world.place.add("named", "with_issuer");
    let begun = world
        .place
        .run(&["connection", "connect", "named", "--start"])
        .ok();
    let answer = world.provider.consent(begun.out.trim());
    let asked = world.provider.asked();
    world
        .place
        .run_with_input(&["connection", "connect", "named", "--finish", "-"], answer)
        .fails(69, &["C0025"]);
    assert_eq!(world.provider.asked(), asked);
}

#[test]
fn threat_code_in_history_or_log() {
    let world = World::new(Rules::default(), "");
    let answer = world.provider.consent(&world.start());
    let code = form::in_query(&answer, "code").unwrap();
    let state = form::in_query(&answer, "state").unwrap();
    let mut finish = world
        .place
        .command(&["connection", "connect", "team", "--finish", "-"]);
    finish.env("FRESHET_LOG", "trace");
    let finished = crate::support::place::feed(finish, answer.as_bytes()).ok();
    let log = world
        .place
        .run(&["connection", "log", "--all", "--json"])
        .ok();
    let stored = std::fs::read(world.place.data("registry.db")).unwrap();
    let wal = std::fs::read(world.place.data("registry.db-wal")).unwrap_or_default();
    for secret in [&code, &state] {
        for text in [&finished.out, &finished.err, &log.out] {
            assert!(!text.contains(secret.as_str()), "{text}");
        }
        for bytes in [&stored, &wal] {
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "it is stored in the open");
        }
    }
    // The code alone is worth nothing: it was given with a challenge, and counts once.
    assert_eq!(world.provider.faults(), []);
}

#[test]
fn threat_hostile_service_file() {
    let place = Place::new();
    let base = "name = \"Shop\"\nscheme = \"api_key\"\n";
    for (keys, told) in [
        ("hosts = [\"*.com\"]\n", "hosts"),
        ("hosts = [\"*.co.uk\"]\n", "hosts"),
        ("hosts = [\"10.0.0.1\"]\n", "hosts"),
        (
            "hosts = [\"api.example.com\"]\nbase_url = \"http://api.example.com/\"\n",
            "base_url",
        ),
        (
            "hosts = [\"api.example.com\"]\nverify = \"GET https://evil.example/\"\n",
            "verify",
        ),
        (
            "hosts = [\"api.example.com\"]\nverify = \"GET https://api.example.com/{api_key}\"\n",
            "api_key",
        ),
        ("hosts = [\"api.example.com\"]\nrun = \"rm -rf /\"\n", "run"),
    ] {
        place.write("hostile.toml", format!("{base}{keys}"));
        place
            .run(&["service", "add", "hostile", "--file", "hostile.toml"])
            .fails(78, &["hostile.toml:", told]);
    }
    // The hosts are shown before anything is saved: here its secret cannot be read, and nothing is.
    let of_tokens = "name = \"Shop\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\n\
        token_url = \"https://login.example.org/token\"\nhosts = [\"api.example.com\"]\n";
    place.write("shop.toml", of_tokens);
    let add = ["service", "add", "shop", "--file", "shop.toml"];
    let secret = ["--client-id", "a", "--secret-file", "client_secret=none"];
    let hosts = "shop lets secrets go to api.example.com, login.example.org\n";
    place
        .run(&[&add[..], &secret].concat())
        .fails(74, &[hosts, "none"])
        .prints("");
    place.run(&["service", "show", "shop"]).fails(2, &["C0042"]);
    let added = place.run(&add).ok();
    assert_eq!(added.err, hosts);
    assert!(added.out.contains("api.example.com"), "{}", added.out);
}

#[test]
fn threat_hostile_token_reply_names_a_host() {
    for (host, exit, code) in [
        ("eu.api.example.com", 0, ""),
        ("evil.example", 4, "C0038"),
        ("eu.api.example.com.evil.example", 4, "C0038"),
    ] {
        let server = Server::start(move |_| {
            Reply::json(&format!(
                "{{\"access_token\":\"t\",\"expires_in\":3600,\"instance\":\"{host}\"}}"
            ))
        });
        let place = Place::new();
        place.add_service(
            "shop",
            &format!(
                "name = \"Shop\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\ntoken_url = \"{}\"\n\
                 hosts = [\"{{instance}}\"]\nbase_url = \"https://{{instance}}/\"\n[[fields]]\nname = \"instance\"\ntitle = \"Instance\"\n\
                 pattern = \"[a-z]+\\\\.api\\\\.example\\\\.com\"\nfrom = \"token:/instance\"\n",
                server.url("/token")
            ),
        );
        place.add_client("shop", "id", "secret");
        let connected = place.run(&[
            "connection",
            "add",
            "team",
            "--service",
            "shop",
            "--connect",
        ]);
        if exit == 0 {
            connected.ok();
        } else {
            connected.fails(exit, &[code]);
            assert_eq!(place.status("team"), "created");
        }
    }
}

#[test]
fn threat_stolen_disk_backup_or_export() {
    let world = World::authorised(Rules::default(), "");
    let tokens = [
        world.provider.good_tokens().remove(0),
        world.provider.good_refresh_tokens().remove(0),
        "freshet-secret".to_owned(),
    ];
    world.place.run(&["registry", "backup"]).ok();
    world
        .place
        .write_secret("passphrase", "twelve letters and more");
    let export = ["connection", "export", "team", "--with-secrets"];
    let sealed = ["--passphrase", "--secret-file", "passphrase=passphrase"];
    let file = world.place.data("export.age");
    let output = ["--output", file.to_str().unwrap()];
    world
        .place
        .run(&[&export[..], &sealed, &output].concat())
        .ok();
    let mut looked_at = 0;
    let mut folders = vec![world.place.data("")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            looked_at += 1;
            for token in &tokens {
                let found = bytes
                    .windows(token.len())
                    .any(|part| part == token.as_bytes());
                assert!(!found, "{}", path.display());
            }
        }
    }
    assert!(looked_at >= 4, "registry, key, backup, export");
    // Without the key, which may lie elsewhere, the file opens nothing.
    std::fs::write(
        world.place.data("key"),
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
    )
    .unwrap();
    world
        .place
        .call("team", &world.provider.server.url("/me"))
        .fails(74, &["C0083"]);
}

#[test]
fn threat_sealed_value_moved() {
    let world = World::authorised(Rules::default(), "");
    let url = world.provider.server.url("/me");
    let db = rusqlite::Connection::open(world.place.data("registry.db")).unwrap();
    // The refresh token in place of the access token: to the same key and the same row.
    db.execute("UPDATE credential SET access_token = refresh_token", [])
        .unwrap();
    drop(db);
    world.place.call("team", &url).fails(74, &["C0083", "team"]);
}

#[test]
fn threat_history_and_process_list() {
    let place = Place::new();
    place.write("key", "s3cret-of-the-test");
    // As an argument a secret is refused, and not repeated.
    let add = ["connection", "add", "billing", "--service", "stripe"];
    place.run(&add).ok();
    let other = ["connection", "add", "payments", "--service", "stripe"];
    let refused = place
        .run(&[&other[..], &["--set", "api_key=s3cret-of-the-test"]].concat())
        .fails(2, &["--secret-stdin"]);
    assert!(!refused.err.contains("s3cret"), "{}", refused.err);
    // From standard input it is in no argument and no variable of the process.
    let server = Server::start(|_| Reply::Silence);
    place.add_service(
        "slow",
        &format!(
            "name = \"Slow\"\nscheme = \"api_key\"\nhosts = [\"{}\"]\nverify = \"GET {}\"\n",
            server.host(),
            server.url("/")
        ),
    );
    place.add("slow", "slow");
    let mut command: Command = place.command(&["connection", "connect", "slow", "--secret-stdin"]);
    let mut child = command
        .stdin(std::fs::File::open(place.path("key")).unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while server.requests().is_empty() {
        std::thread::yield_now();
    }
    for file in ["cmdline", "environ"] {
        // Not readable at all is as good: the process is not dumpable.
        let seen = std::fs::read(format!("/proc/{}/{file}", child.id())).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&seen).contains("s3cret"), "{file}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn threat_provider_echoes_a_secret() {
    let secret = "freshet-secret";
    let echo =
        format!("{{\"error\":\"invalid_client\",\"error_description\":\"{secret} is not known\"}}");
    let server = Server::start(move |_| Reply::new(401, "application/json", echo.clone()));
    let place = Place::new();
    place.add_service(
        "shop",
        &format!(
            "name = \"Shop\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\ntoken_url = \"{}\"\nhosts = [\"{}\"]\n",
            server.url("/token"),
            server.host()
        ),
    );
    place.add_client("shop", "id", secret);
    let refused = place
        .run(&[
            "connection",
            "add",
            "team",
            "--service",
            "shop",
            "--connect",
        ])
        .fails(69, &["C0027", "invalid_client"]);
    assert!(!refused.err.contains(secret), "{}", refused.err);
    let log = place.run(&["connection", "log", "--all", "--json"]).ok();
    let shown = place.run(&["connection", "show", "team", "--json"]).ok();
    assert!(!log.out.contains(secret) && !shown.out.contains(secret));
}

#[test]
fn threat_script_or_redirect_sends_the_token_elsewhere() {
    let world = World::authorised(Rules::default(), "");
    let token = world.provider.good_tokens().remove(0);
    let stranger = Server::start(|_| Reply::json("{}"));
    // A script names another address: refused, and nothing is renewed for it.
    world.age();
    let asked = world.provider.asked();
    world
        .place
        .call("team", &stranger.url("/me"))
        .fails(78, &["C0006"]);
    assert_eq!(world.provider.asked(), asked);
    assert!(stranger.requests().is_empty());

    // The service redirects there: followed, without the token.
    let away = stranger.url("/landed");
    let api = Server::start(move |_| Reply::new(307, "", "").with("Location", &away));
    let allow = ["connection", "edit", "team", "--allow-host", &api.host()];
    world.place.run(&allow).ok();
    world
        .place
        .call("team", &api.url("/away"))
        .ok()
        .prints("200\n");
    let carried = api.only();
    let carried = carried.header("authorization").unwrap();
    assert!(
        carried.starts_with("Bearer ") && carried != format!("Bearer {token}"),
        "it was renewed for the host it may go to"
    );
    let arrived = stranger.only();
    assert_eq!(arrived.target, "/landed");
    assert!(arrived.header("authorization").is_none(), "{arrived:?}");
    assert!(!format!("{arrived:?}").contains("tok-"), "{arrived:?}");
}

#[test]
fn threat_dns_rebinding_and_metadata_address() {
    // A name that leads to this machine is judged when it is resolved, and so is each redirect.
    let inner = Server::start(|_| Reply::json("{\"secret\":1}"));
    let port = inner.port();
    let place = Place::new();
    for address in [
        format!("http://localhost:{port}/"),
        format!("http://127.0.0.1:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://0x7f.1:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
    ] {
        let script = format!("info getUrl(\"{address}\");");
        place
            .run_with_input(&["run", "-", "--refuse-private"], script)
            .fails(78, &["C0008"])
            .prints("");
    }
    assert_eq!(inner.connections(), 0, "not even a connection was made");
    for address in [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://2852039166/",
        "http://metadata.google.internal/",
    ] {
        place
            .script(&format!("info getUrl(\"{address}\");"))
            .fails(78, &["C0008", "always refused"])
            .prints("");
    }
    let outer = Server::start(|_| {
        Reply::new(302, "", "").with("Location", "http://169.254.169.254/latest/")
    });
    place
        .script(&format!("info getUrl(\"{}\");", outer.url("/")))
        .fails(78, &["C0008", "always refused"])
        .prints("");
}

/// Addresses that lead into a network, each in a spelling of its own (reliability, 5).
const INNER: [&str; 13] = [
    "127.0.0.1",
    "[::1]",
    "0.0.0.0",
    "169.254.169.254",
    "[fd00::1]",
    "[fe80::1]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "100.64.0.1",
    "localhost.",
    "2130706433",
    "0x7f.1",
];

/// Everything goes through a proxy, at which any byte for such an address would arrive. It answers with a redirect to
/// where the query says.
#[test]
fn threat_dns_rebinding_and_metadata_address_before_a_byte_is_sent_and_by_a_redirect() {
    let proxy = Server::start(|request| {
        let to = form::in_query(&request.target, "to").unwrap_or_default();
        Reply::new(302, "", "").with("Location", &to)
    });
    let place = Place::new();
    let get = |address: &str, more: &[&str]| {
        let mut command = place.command(&[&["run", "-"], more].concat());
        command.env("http_proxy", format!("http://localhost:{}", proxy.port()));
        feed(command, format!("info getUrl(\"{address}\");").as_bytes())
    };
    let private = ["--refuse-private"];
    let mut sent = 0;
    for host in INNER {
        let always = ["169.254.169.254", "[64:ff9b::a9fe:a9fe]"].contains(&host);
        let inner = format!("http://{host}/latest/");
        let outer = form::with_query("http://public.example/", &[("to", &inner)]);
        for more in [&private[..], &[]] {
            if more.is_empty() && !always {
                continue;
            }
            get(&inner, more).fails(78, &["C0008"]).prints("");
            assert_eq!(proxy.requests().len(), sent, "{host}");
            get(&outer, more).fails(78, &["C0008"]).prints("");
            sent += 1;
            let arrived = proxy.requests();
            assert_eq!(arrived.len(), sent, "{host}");
            assert!(
                arrived[sent - 1]
                    .target
                    .starts_with("http://public.example/")
            );
        }
    }
}

#[test]
fn threat_another_local_user_takes_the_port() {
    let world = World::new(Rules::default(), "");
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = held.local_addr().unwrap().port();
    let redirect = format!("http://127.0.0.1:{port}/callback");
    world
        .provider
        .change(|rules| rules.redirect_uri.clone_from(&redirect));
    let mut command = world.place.command(&["connection", "connect", "team"]);
    command
        .env("FRESHET_REDIRECT_PORT", port.to_string())
        .env("BROWSER", "false")
        .env_remove("SSH_CONNECTION");
    let mut terminal = Terminal::run(command);
    let address = terminal.address();
    terminal.expect("(C0028)");
    terminal.expect("> ");
    // Whoever listens there gets the code, and can do nothing with it: the verifier never left this process.
    let answer = world.provider.consent(&address);
    let code = form::in_query(&answer, "code").unwrap();
    let stolen = client::post(
        &world.provider.token_url(),
        &[(
            "Authorization",
            "Basic ZnJlc2hldC1jbGllbnQ6ZnJlc2hldC1zZWNyZXQ=",
        )],
        &[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &redirect),
            ("code_verifier", &"A".repeat(43)),
        ],
    );
    assert_eq!(stolen.status, 400, "{}", stolen.text());
    assert_eq!(stolen.json()["error"], "invalid_grant");
    assert!(world.provider.good_tokens().is_empty());
    // The person pastes, and nobody else's port is needed.
    let answer = world.provider.consent(&address);
    terminal.write(&format!("{answer}\n"));
    terminal.ends(0, &["Connected team"]);
}

#[test]
fn threat_device_code_phishing() {
    let provider = OAuth2Provider::with(Rules::default());
    let place = Place::new();
    place.add_service("shop", &provider.definition("Shop", &["device_code"], ""));
    place.add_client("shop", "freshet-client", "freshet-secret");
    let add = ["connection", "add", "team", "--service", "shop"];
    place.run(&[&add[..], &["--scope", "read"]].concat()).ok();
    // Nothing but a `connect` that a person began asks for a code: not a script, not `verify`, not `add`.
    place
        .call("team", &provider.server.url("/me"))
        .fails(4, &["C0002"]);
    place
        .run(&["connection", "verify", "team"])
        .fails(4, &["C0002"]);
    place
        .run(&["connection", "connect", "team"])
        .fails(4, &["C0029"]);
    assert!(provider.server.requests().is_empty());
    // It is shown with the connection, the service and the scopes it is for.
    let connect = ["connection", "connect", "team", "--device"];
    let mut terminal = Terminal::run(place.command(&connect));
    terminal.expect("to authorise team at Shop, for read (");
    terminal.expect("and enter this code:\n  WDJB-");
    provider.approve_device();
    terminal.ends(0, &["Connected team to Shop"]);
}
