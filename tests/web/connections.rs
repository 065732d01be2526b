//! `connection`: credentials arrive, and go nowhere else (Built-ins II, 6.5; connections, 6 and 10).

use std::io::Write;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use crate::support::server::{Reply, Request, Server};
use crate::{Ran, support};

/// Planted as key, password and client secret.
const SECRET: &str = "PLANTEDkeyXYZQWERTYUIOPAS";
/// `ada:` and the secret in base64.
const BASIC: &str = "YWRhOlBMQU5URURrZXlYWVpRV0VSVFlVSU9QQVM=";
/// What the token endpoint gives out, followed by a number.
const TOKEN: &str = "issuedTOKENqwerty";

/// A registry of its own.
struct World {
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    /// A world with a connection of this kind to a server; the connection has the name of its kind.
    fn with(kind: &str, server: &Server) -> Self {
        let world = Self::new();
        world.add(kind, server);
        world
    }

    fn add(&self, kind: &str, server: &Server) {
        let keys = match kind {
            "basic" => "scheme = \"basic\"".to_owned(),
            "header" => "scheme = \"api_key\"\nparam_name = \"X-Api-Key\"\nparam_prefix = \"Key \""
                .to_owned(),
            "query" => {
                "scheme = \"api_key\"\nparam_type = \"query\"\nparam_name = \"api_key\"".to_owned()
            }
            _ => format!(
                "scheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\nclient_auth = \"basic\"\ntoken_url = \"{}\"",
                server.url("/token")
            ),
        };
        let document = format!(
            "name = \"{kind} service\"\n{keys}\nhosts = [\"{}\"]\n",
            server.host()
        );
        self.command(&["service", "add", kind, "--file", "-"], &document)
            .printed();
        let connect = ["connection", "add", kind, "--service", kind, "--connect"];
        let ran = match kind {
            "basic" => self.command(
                &[&connect[..], &["--set", "username=ada", "--secret-stdin"]].concat(),
                SECRET,
            ),
            "token" => {
                self.command(
                    &[
                        "service",
                        "client",
                        kind,
                        "--client-id",
                        "ada",
                        "--secret-stdin",
                    ],
                    SECRET,
                )
                .printed();
                self.command(&connect, "")
            }
            _ => self.command(&[&connect[..], &["--secret-stdin"]].concat(), SECRET),
        };
        ran.printed();
    }

    /// A command with this on its standard input. No secret may be in what it prints.
    fn command(&self, arguments: &[&str], input: &str) -> Ran {
        self.command_with(&[], arguments, input)
    }

    fn command_with(&self, variables: &[(&str, &str)], arguments: &[&str], input: &str) -> Ran {
        let mut command = support::freshet();
        command.envs(variables.iter().copied());
        command
            .args(arguments)
            .env("FRESHET_REGISTRY", self.folder.path().join("registry.db"));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        // A command that reads nothing may have gone already.
        let _ = child
            .stdin
            .take()
            .expect("a pipe")
            .write_all(input.as_bytes());
        let ran = Ran::of(child.wait_with_output().expect("it ends"));
        hides_secrets(&ran);
        ran
    }

    /// Runs a script in which `$URL` stands for the address of a server.
    fn run(&self, server: &Server, options: &[&str], script: &str) -> Ran {
        let file = self.folder.path().join("script.dg");
        std::fs::write(&file, script.replace("$URL", &server.url(""))).unwrap();
        self.command(&[&["run", file.to_str().unwrap()], options].concat(), "")
    }
}

fn hides_secrets(ran: &Ran) {
    for secret in [SECRET, BASIC, TOKEN] {
        assert!(
            !ran.out.contains(secret) && !ran.err.contains(secret),
            "{secret} was shown\n{}{}",
            ran.out,
            ran.err
        );
    }
}

/// Whether anything secret is in a request.
fn has_secret(request: &Request) -> bool {
    let text = format!("{request:?}");
    [SECRET, BASIC, TOKEN]
        .iter()
        .any(|secret| text.contains(secret))
}

/// What a token endpoint answers.
fn token(number: usize) -> Reply {
    Reply::json(&format!(
        "{{\"access_token\":\"{TOKEN}{number}\",\"token_type\":\"Bearer\",\"expires_in\":3600}}"
    ))
}

/// A token endpoint at `/token` that numbers its tokens, and an API that takes only the newest.
fn api() -> (Server, Arc<AtomicUsize>) {
    let issued = Arc::new(AtomicUsize::new(0));
    let newest = Arc::clone(&issued);
    let server = Server::start(move |request| {
        if request.path() == "/token" {
            let number = newest.fetch_add(1, Ordering::SeqCst) + 1;
            return token(number);
        }
        let expected = format!("Bearer {TOKEN}{}", newest.load(Ordering::SeqCst));
        match request.header("authorization") == Some(&expected) {
            true => Reply::json("{\"ok\":true}"),
            false => Reply::new(401, "application/json", "{\"ok\":false}"),
        }
    });
    (server, issued)
}

fn open() -> Server {
    api().0
}

fn get(link: &str) -> String {
    format!(
        "info (invokeurl [ url :\"$URL/v1?a=1\" connection :\"{link}\" detailed :true ]).get(\"responseCode\");"
    )
}

/// Paths in the order in which they arrived.
fn paths(server: &Server) -> Vec<String> {
    server
        .requests()
        .iter()
        .map(|request| request.path().to_owned())
        .collect()
}

const KINDS: [&str; 4] = ["basic", "header", "query", "token"];

#[test]
fn the_credential_of_each_kind_arrives() {
    for kind in KINDS {
        let server = open();
        let world = World::with(kind, &server);
        let ran = world.run(&server, &["--trace"], &get(kind));
        let last = server.requests().pop().unwrap();
        match kind {
            "basic" => assert_eq!(
                last.header("authorization"),
                Some(format!("Basic {BASIC}").as_str())
            ),
            "header" => assert_eq!(
                last.header("x-api-key"),
                Some(format!("Key {SECRET}").as_str())
            ),
            "query" => assert_eq!(last.target, format!("/v1?a=1&api_key={SECRET}")),
            _ => assert_eq!(
                last.header("authorization"),
                Some(format!("Bearer {TOKEN}1").as_str())
            ),
        }
        assert_eq!(ran.printed(), if kind == "token" { "200" } else { "401" });
        let begins = format!("http: GET {}: {}, ", server.url("/v1?a"), ran.printed());
        assert!(
            ran.err.starts_with(&begins)
                && ran
                    .err
                    .ends_with(&format!(" ms, connection {kind}, token not renewed\n")),
            "{}",
            ran.err
        );
    }
}

#[test]
fn it_replaces_a_header_or_parameter_of_the_same_name_and_says_so() {
    for kind in KINDS {
        let server = open();
        let world = World::with(kind, &server);
        let ran = world.run(
            &server,
            &[],
            &format!(
                "invokeurl [ url :\"$URL/v1?api_key=mine&b=2\" connection :\"{kind}\" headers :{{\"authorization\":\"Bearer mine\",\"x-api-key\":\"mine\"}} ];"
            ),
        );
        ran.printed();
        let last = server.requests().pop().unwrap();
        let values: Vec<_> = last
            .headers
            .iter()
            .filter(|(name, _)| name == "authorization" || name == "x-api-key")
            .collect();
        assert_eq!(values.len(), 2, "{kind}: {values:?}");
        let (replaced, warns) = match kind {
            "header" => (last.header("x-api-key"), "x-api-key"),
            "query" => (
                last.target
                    .split(['?', '&'])
                    .find(|pair| pair.starts_with("api_key=")),
                "",
            ),
            _ => (last.header("authorization"), "authorization"),
        };
        assert!(
            replaced.is_some_and(|value| !value.contains("mine")),
            "{kind}: {last:?}"
        );
        assert!(ran.err.contains(warns), "{kind}: {}", ran.err);
    }
}

#[test]
fn a_dry_run_shows_where_it_goes_but_not_what_it_is() {
    for (kind, shown) in [
        ("basic", "\n  authorization: ***"),
        ("header", "\n  x-api-key: ***"),
        ("query", "&api_key=***"),
        ("token", "\n  authorization: ***"),
    ] {
        let server = open();
        let world = World::with(kind, &server);
        let before = server.connections();
        let ran = world.run(&server, &["--dry-run"], &get(kind));
        assert_eq!(ran.printed(), "0");
        assert!(
            ran.err.contains(shown) && ran.err.contains(&format!("\n  connection: {kind}")),
            "{kind}: {}",
            ran.err
        );
        assert_eq!(server.connections(), before);
    }
}

/// Check 73: another host, another port.
#[test]
fn it_stays_behind_on_a_redirect_to_another_host_or_port() {
    for kind in KINDS {
        let other = Server::start(|_| Reply::json("{}"));
        let to = other.url("/elsewhere?b=2");
        let server = Server::start(move |request| match request.path() {
            "/token" => token(1),
            "/within" => Reply::new(307, "", "").with("Location", "/end"),
            "/away" => Reply::new(307, "", "").with("Location", &to),
            "/host" => Reply::new(307, "", "").with(
                "Location",
                &format!(
                    "http://localhost:{}/end",
                    request.header("host").unwrap().rsplit(':').next().unwrap()
                ),
            ),
            // A server that puts the key it was given into the address it sends to.
            "/echo" => Reply::new(302, "", "").with(
                "Location",
                &format!("{to}&echo={}", request.target.rsplit('=').next().unwrap()),
            ),
            _ => Reply::json("{}"),
        });
        let world = World::with(kind, &server);
        let call =
            |path: &str| format!("invokeurl [ url :\"$URL{path}?a=1\" connection :\"{kind}\" ];");

        world.run(&server, &[], &call("/within")).printed();
        let last = server.requests().pop().unwrap();
        assert!(
            last.path() == "/end" && has_secret(&last),
            "{kind}: {last:?}"
        );

        world.run(&server, &[], &call("/away")).printed();
        let seen = other.only();
        assert!(
            seen.target == "/elsewhere?b=2" && !has_secret(&seen),
            "{kind}: {seen:?}"
        );

        // The same server under another name.
        world.run(&server, &[], &call("/host")).printed();
        let last = server.requests().pop().unwrap();
        assert!(
            last.path() == "/end"
                && last.header("host").unwrap().starts_with("localhost")
                && !has_secret(&last),
            "{kind}: {last:?}"
        );

        if kind == "query" {
            world
                .run(&server, &[], &call("/echo"))
                .failed(69, "[C0014]");
            other.only();
        }
    }
}

#[test]
fn it_goes_to_no_host_but_those_of_its_service() {
    for kind in KINDS {
        let (server, other) = (open(), open());
        let world = World::with(kind, &server);
        let ran = world.run(&other, &[], &get(kind));
        ran.failed(78, "[C0006]");
        assert!(
            ran.err.contains(&format!("`{kind}`")) && ran.err.contains(&other.host()),
            "{}",
            ran.err
        );
        let caught = world.run(
            &other,
            &[],
            &format!("try {{ {} }} catch (e) {{ info \"caught\"; }}", get(kind)),
        );
        assert_eq!((caught.printed(), other.connections()), ("caught", 0));
        let dry = world.run(&other, &["--dry-run"], &get(kind));
        dry.failed(78, "[C0006]");
        let api = world.run(
            &server,
            &["--dry-run"],
            &format!(
                "invokeapi [ service :\"crm\" path :\"/crm/v3/Leads\" connection :\"{kind}\" ];"
            ),
        );
        api.failed(78, "[C0006]");
    }
}

#[test]
fn a_token_is_fetched_once_and_kept() {
    let (server, _) = api();
    let world = World::with("token", &server);
    let request = &server.requests()[0];
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        ("POST", "/token")
    );
    assert_eq!(
        request.header("authorization"),
        Some(format!("Basic {BASIC}").as_str())
    );
    assert_eq!(request.text(), "grant_type=client_credentials");
    for _ in 0..2 {
        let script = format!("{}\n{}", get("token"), get("token"));
        assert_eq!(world.run(&server, &[], &script).printed(), "200\n200");
    }
    assert_eq!(paths(&server), ["/token", "/v1", "/v1", "/v1", "/v1"]);
}

#[test]
fn a_refused_token_is_renewed_once_and_the_request_sent_again() {
    let (server, issued) = api();
    let world = World::with("token", &server);
    // The service forgets the token that it gave out.
    issued.store(7, Ordering::SeqCst);
    let script = "info invokeurl [ url :\"$URL/v1\" type :POST parameters :{\"a\":1} connection :\"token\" ];";
    let ran = world.run(&server, &["--trace"], &format!("{script}\n{script}"));
    assert_eq!(ran.printed(), "{\"ok\":true}\n{\"ok\":true}");
    assert_eq!(paths(&server), ["/token", "/v1", "/token", "/v1", "/v1"]);
    let requests = server.requests();
    assert_eq!(requests[1].text(), requests[3].text());
    assert_eq!(
        requests[3].header("authorization"),
        Some(format!("Bearer {TOKEN}8").as_str())
    );
    let lines: Vec<&str> = ran.err.lines().collect();
    assert!(
        lines.len() == 2
            && lines[0].ends_with(", token renewed")
            && lines[1].ends_with(", token not renewed"),
        "{}",
        ran.err
    );
}

#[test]
fn a_second_401_is_given_to_the_script() {
    let server = Server::start(|request| match request.path() {
        "/token" => token(1),
        _ => Reply::new(401, "application/json", "{\"ok\":false}"),
    });
    let world = World::with("token", &server);
    assert_eq!(world.run(&server, &[], &get("token")).printed(), "401");
    assert_eq!(paths(&server), ["/token", "/v1", "/token", "/v1"]);
}

#[test]
fn a_renewal_that_the_service_refuses_is_an_error_in_its_words() {
    for (error, exit, code) in [
        ("invalid_client", 69, "[C0009]"),
        ("unauthorized_client", 4, "[C0003]"),
    ] {
        let asked = AtomicUsize::new(0);
        let server = Server::start(move |request| match request.path() {
            "/token" if asked.fetch_add(1, Ordering::SeqCst) == 0 => token(1),
            "/token" => Reply::new(
                400,
                "application/json",
                format!("{{\"error\":\"{error}\",\"error_description\":\"closed {SECRET}\"}}"),
            ),
            _ => Reply::new(401, "application/json", "{\"ok\":false}"),
        });
        let world = World::with("token", &server);
        let ran = world.run(&server, &[], &get("token"));
        ran.failed(exit, code);
        assert!(
            ran.err.contains(error) && ran.err.contains("`token`"),
            "{}",
            ran.err
        );
        assert_eq!(paths(&server), ["/token", "/v1", "/token"]);
    }
}

#[test]
fn a_connection_that_cannot_be_used_sends_nothing() {
    let server = open();
    let world = World::with("header", &server);
    world
        .command(&["connection", "add", "fresh", "--service", "header"], "")
        .printed();
    world
        .command(
            &[
                "connection",
                "add",
                "off",
                "--service",
                "header",
                "--connect",
                "--secret-stdin",
            ],
            SECRET,
        )
        .printed();
    world
        .command(&["connection", "disable", "off"], "")
        .printed();
    for (link, exit, code, says) in [
        ("headr", 1, "C0001", "did you mean `header`?"),
        ("HEADER", 1, "C0001", "`HEADER`"),
        ("fresh", 4, "C0002", "`fresh`"),
        ("off", 4, "C0004", "`off`"),
    ] {
        for options in [&[][..], &["--dry-run"]] {
            let ran = world.run(&server, options, &get(link));
            ran.failed(exit, &format!("[{code}]"));
            assert!(ran.err.contains(says), "{link}: {}", ran.err);
        }
        let caught = world.run(
            &server,
            &[],
            &format!(
                "try {{ {} }} catch (e) {{ info \"caught \" + e.message; }}",
                get(link)
            ),
        );
        assert!(
            caught.printed().starts_with("caught ") && caught.out.contains(&format!("`{link}`")),
            "{}",
            caught.out
        );
    }
    assert_eq!(server.connections(), 0);
    world
        .command(&["connection", "enable", "off"], "")
        .printed();
    world.run(&server, &[], &get("off")).printed();
    server.only();
}

#[test]
fn the_name_of_a_connection_may_be_computed() {
    let server = open();
    let world = World::with("header", &server);
    world
        .run(
            &server,
            &[],
            "name = \"head\";\ninvokeurl [ url :\"$URL/\" connection :name + \"er\" ];",
        )
        .printed();
    assert!(has_secret(&server.only()));
}

#[test]
fn errors_of_the_network_do_not_show_it() {
    for kind in KINDS {
        let server = Server::start(|request| match request.path() {
            "/token" => token(1),
            // What arrived comes back as rubbish.
            _ => Reply::Raw(format!("{request:?}").into_bytes()),
        });
        let world = World::with(kind, &server);
        for options in [&["--trace"][..], &["--format", "json"]] {
            let ran = world.run(&server, options, &get(kind));
            assert_eq!(ran.code, 69, "{kind}: {}", ran.err);
        }
        let caught = world.run(
            &server,
            &[],
            &format!(
                "try {{ {} }} catch (e) {{ info e; info e.message; }}",
                get(kind)
            ),
        );
        assert!(caught.printed().contains("cannot reach"), "{}", caught.out);
    }
}

#[test]
fn the_most_talkative_log_does_not_show_it() {
    for kind in KINDS {
        let (server, issued) = api();
        let world = World::with(kind, &server);
        issued.store(7, Ordering::SeqCst);
        let file = world.folder.path().join("script.dg");
        std::fs::write(&file, get(kind).replace("$URL", &server.url(""))).unwrap();
        let ran = world.command_with(
            &[("FRESHET_LOG", "trace")],
            &["run", "--trace", file.to_str().unwrap()],
            "",
        );
        ran.printed();
        assert!(ran.err.contains("DEBUG"), "{}", ran.err);
    }
}

#[test]
fn a_connection_does_not_weaken_the_address_guard() {
    let server = open();
    let world = World::with("header", &server);
    world
        .run(&server, &["--refuse-private"], &get("header"))
        .failed(78, "[C0008]");
    assert_eq!(server.connections(), 0);
}

#[test]
fn the_registry_file_holds_no_secret_in_plain() {
    let server = open();
    let world = World::new();
    for kind in KINDS {
        world.add(kind, &server);
    }
    world.run(&server, &[], &get("token")).printed();
    for entry in std::fs::read_dir(world.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
    {
        let bytes = std::fs::read(&entry).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for secret in [SECRET, BASIC, TOKEN] {
            assert!(!text.contains(secret), "{} holds {secret}", entry.display());
        }
    }
}
