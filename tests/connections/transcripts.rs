//! The examples of connections, 7, with the values that stand there.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::support::place::{Place, feed};
use crate::support::server::{Reply, Server};
use crate::support::terminal::Terminal;

/// Cells and what stands between them, whatever the width of the columns.
fn cells(table: &str) -> Vec<Vec<&str>> {
    let rows = table.lines().map(|line| line.split("  ").map(str::trim));
    rows.map(|row| row.filter(|cell| !cell.is_empty()).collect())
        .collect()
}

/// The two connections of the example; services that nobody can reach from here have authorised them.
fn two() -> Place {
    let place = Place::new();
    place.add_client("zoho_crm", "1000.ABC", "s3cret");
    place.add_client("slack", "123.456", "s3cret");
    for (link, name, service, more) in [
        (
            "crm_sales",
            "CRM sales",
            "zoho_crm",
            &["--set", "dc=eu"][..],
        ),
        (
            "team_slack",
            "Team Slack",
            "slack",
            &["--scope", "chat:write"],
        ),
    ] {
        let add = [
            "connection",
            "add",
            link,
            "--service",
            service,
            "--name",
            name,
        ];
        place.run(&[&add[..], more].concat()).ok();
    }
    place
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// One is good for 41 minutes from now, the other was refused on 20 November 2026.
fn authorised_as_in_the_example(place: &Place) {
    let db = rusqlite::Connection::open(place.data("registry.db")).unwrap();
    let put = |link: &str, sql: &str| {
        let text = format!(
            "UPDATE credential SET {sql} WHERE connection = (SELECT id FROM connection WHERE link_name = '{link}')"
        );
        assert_eq!(db.execute(&text, []).unwrap(), 1);
    };
    let now = now();
    let ends = now + 42 * 60_000 - 1;
    put(
        "crm_sales",
        &format!(
            "status = 'authorised', account = 'a@b.c', issued_at = {now}, expires_at = {ends}"
        ),
    );
    // 2026-11-20 12:00 UTC.
    put(
        "team_slack",
        "status = 'needs_authorisation', reason = 'refused', account = 'bot@acme', last_error = 'C0009 no', last_error_at = 1795176000000",
    );
}

#[test]
fn check_78_connection_list_as_in_the_example() {
    let place = two();
    let listed = loop {
        let begun = Instant::now();
        authorised_as_in_the_example(&place);
        let listed = place.run(&["connection", "list"]).ok();
        // Before a minute of the 41 has passed.
        if begun.elapsed() < Duration::from_secs(59) {
            break listed;
        }
    };
    let example = "\
LINK NAME   NAME        SERVICE   STATUS               ACCOUNT     EXPIRES
crm_sales   CRM sales   zoho_crm  authorised           a@b.c       in 41 minutes
team_slack  Team Slack  slack     needs_authorisation  bot@acme    -
";
    assert_eq!(cells(&listed.out), cells(example), "{}", listed.out);
    let warning =
        "warning: team_slack was refused on 2026-11-20: freshet connection reconnect team_slack\n";
    assert_eq!(listed.err, warning);
}

#[test]
fn check_78_connection_verify_as_in_the_example() {
    let server = Server::start(|_| Reply::json(r#"{"email":"a@b.c"}"#));
    let place = Place::new();
    let host = server.host();
    place.add_service(
        "crm",
        &format!(
            "name = \"CRM\"\nscheme = \"api_key\"\nhosts = [\"{host}\"]\nverify = \"GET http://{host}/me\"\naccount = \"/email\"\n"
        ),
    );
    place.connect("crm_sales", "crm", "k3y").ok();
    let told = place
        .run(&["connection", "verify", "crm_sales"])
        .ok()
        .quietly()
        .out;
    // `crm_sales: authorised as a@b.c (200, 182 ms)`, but for the time.
    let time = told
        .strip_prefix("crm_sales: authorised as a@b.c (200, ")
        .and_then(|rest| rest.strip_suffix(" ms)\n"));
    assert!(
        time.is_some_and(|time| time.parse::<u64>().is_ok()),
        "{told}"
    );

    let all = ["connection", "verify", "--all", "--json"];
    let document = place.run(&all).ok().quietly().json();
    assert_eq!(document["version"], 1);
    let result = &document["results"][0];
    assert!(
        result["milliseconds"].is_u64() && result["error"].is_null(),
        "{result}"
    );
    assert_eq!(
        (
            &result["link_name"],
            &result["status"],
            &result["http_status"],
            &result["account"]
        ),
        (
            &"crm_sales".into(),
            &"authorised".into(),
            &200.into(),
            &"a@b.c".into()
        )
    );
}

#[test]
fn check_78_services_as_in_the_examples() {
    let place = Place::new();
    place.write_secret("secret", "s3cret\n");
    let add = "freshet service add zoom_meeting --name \"Zoom Meeting\" --scheme oauth2 --param-type header \
        --grant-type client_credentials --token-url https://zoom.us/oauth/token --host api.zoom.us \
        --scope 'meeting:read=Read meetings' --client-id abc --secret-stdin < secret";
    let added = place.on_terminal(add, "").ok().out;
    for line in [
        "service              Zoom Meeting (zoom_meeting)",
        "client               default: abc (secret stored)",
        "next: freshet connection add my_zoom_meeting --service zoom_meeting --connect",
    ] {
        assert!(added.contains(line), "{added}");
    }
    let github = place
        .run(&["service", "show", "github", "--toml"])
        .ok()
        .quietly()
        .out;
    place.write("github.toml", &github);
    place
        .run(&["service", "validate", "github.toml"])
        .ok()
        .prints("1 definition: no faults\n");
    place.write(
        "my_service.toml",
        "name = \"My service\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\nautorize_url = \"https://example.com/a\"\ntoken_url = \"https://example.com/t\"\nhosts = [\"api.example.com\"]\n",
    );
    place
        .run(&["service", "validate", "my_service.toml"])
        .fails(78, &[])
        .prints("my_service.toml:4:1: autorize_url: did you mean authorize_url? (C0061)\n");
}

#[test]
fn check_78_connections_as_in_the_examples() {
    let place = two();
    authorised_as_in_the_example(&place);
    let host = ["--allow-host", "files.example.com"];
    let edited = place
        .run(&[&["connection", "edit", "crm_sales"][..], &host].concat())
        .ok()
        .out;
    assert!(edited.contains("files.example.com"), "{edited}");

    place
        .run(&["connection", "snippet", "team_slack", "--type", "POST"])
        .ok()
        .quietly()
        .prints(
            "response = invokeurl\n[\n    url :\"https://slack.com/api/\"\n    type :POST\n    \
             parameters :{\"key\":\"value\"}\n    connection :\"team_slack\"\n];\ninfo response;\n",
        );
    let log = ["connection", "log", "crm_sales", "--since", "2026-11-01"];
    let logged = place.run(&log).ok().quietly().out;
    assert!(
        logged.contains("create")
            && logged.contains("host_added")
            && !logged.contains("team_slack"),
        "{logged}"
    );

    let export = "connection export --all --with-secrets --passphrase --output backup.age";
    let words: Vec<&str> = export.split(' ').collect();
    let mut terminal = Terminal::run(place.command(&words));
    terminal.expect("Passphrase, at least 12 characters: ");
    terminal.write("four words of no value\n");
    terminal.expect("The same again: ");
    terminal.write("four words of no value\n");
    let shown = terminal.ends(
        0,
        &["Exported 2 connections to backup.age (with secrets, sealed)."],
    );
    assert!(!shown.contains("four words"), "{shown}");
}

#[test]
fn check_78_create_and_connect_as_in_the_example() {
    let place = Place::new();
    place.add_client("slack", "123.456", "s3cret");
    let add = "connection add team_slack --service slack --scope chat:write --connect";
    let mut words: Vec<&str> = add.split(' ').collect();
    words.extend(["--name", "Team Slack"]);
    let mut command = place.command(&words);
    command.env("BROWSER", "false").env_remove("SSH_CONNECTION");
    let mut terminal = Terminal::run(command);
    terminal.expect(
        "Created team_slack (Slack). Open this address to authorise it (10 minutes left):\n  \
         https://slack.com/oauth/v2/authorize?response_type=code&client_id=123.456&",
    );
    let rest = terminal.expect("\n");
    assert!(rest.contains("scope=chat%3Awrite"), "{rest}");
    terminal.expect("When your browser shows an error page, paste its address here:\n> ");
    // Ctrl-C.
    terminal.write("\u{3}");
    terminal.ends(130, &[]);
    assert_eq!(place.status("team_slack"), "created");
    // In two steps without a terminal, the same address.
    let started = feed(
        place.command(&["connection", "connect", "team_slack", "--start"]),
        b"",
    );
    let told = started.ok();
    let told = format!("{}{}", told.out, told.err);
    assert!(
        told.contains("https://slack.com/oauth/v2/authorize?"),
        "{told}"
    );
}
