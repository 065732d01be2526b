//! What the program says about itself: help, versions, exit codes, completions.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::place::{Outcome, Place, feed};
use crate::support::server::{Reply, Server};

#[test]
fn a_command_that_does_not_exist_is_met_with_a_suggestion() {
    let place = Place::new();
    for (arguments, suggestion) in [
        (&["conection", "list"][..], "connection"),
        (&["chek", "x.dg"], "check"),
        (&["connection", "lst"], "list"),
        (&["service", "valdate"], "validate"),
        (&["run", "--limt", "x"], "--limit"),
    ] {
        place.run(arguments).fails(2, &[suggestion]).prints("");
    }
    place
        .run(&["help", "nothing"])
        .fails(2, &["`nothing`", "exit-codes"]);
    place.run(&["connection"]).fails(2, &["list", "add"]);
}

#[test]
fn versions_are_told() {
    let place = Place::new();
    let version = format!("freshet {}\n", env!("CARGO_PKG_VERSION"));
    place.run(&["--version"]).ok().prints(&version).quietly();
    place.run(&["-V"]).ok().prints(&version);
    let verbose = place.run(&["--version", "--verbose"]).ok().out;
    assert!(
        verbose.starts_with(&version)
            && verbose.contains("target: ")
            && verbose.contains("sqlite: 3."),
        "{verbose}"
    );
}

#[test]
fn exit_codes_are_listed_and_are_those_that_happen() {
    let place = Place::new();
    let listed = place.run(&["help", "exit-codes"]).ok().quietly().out;
    let codes: Vec<i32> = listed
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(codes, [0, 1, 2, 3, 4, 65, 69, 70, 74, 75, 78, 130, 143]);

    place.write("one.dg", "info 1;\n");
    place.write("service.toml", "name = \"X\"\n");
    let script = |text: &str| place.script(text).exit;
    let exit = |arguments: &[&str]| place.run(arguments).exit;
    assert_eq!(exit(&["run", "one.dg"]), Some(0));
    assert_eq!(script("info 1 / 0;"), Some(1));
    assert_eq!(exit(&["run"]), Some(2));
    place.write("two.dg", "info 1 / 0;\n");
    assert_eq!(exit(&["batch", "run", "one.dg", "two.dg"]), Some(3));
    assert_eq!(exit(&["service", "add", "x"]), Some(4));
    assert_eq!(script("info 1"), Some(65));
    assert_eq!(script("info getUrl(\"http://127.0.0.1:1/\");"), Some(69));
    assert_eq!(exit(&["run", "none.dg"]), Some(74));
    assert_eq!(exit(&["run", "one.dg", "--limit", "output=1"]), Some(75));
    assert_eq!(exit(&["service", "validate", "service.toml"]), Some(78));
}

#[test]
fn each_shell_gets_its_completions() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = place.run(&["completions", shell]).ok().quietly().out;
        assert!(
            script.contains("freshet") && script.contains("COMPLETE"),
            "{shell}: {script}"
        );
    }
    place
        .run(&["completions", "cmd"])
        .fails(2, &["cmd", "bash", "elvish"]);
    place.run(&["completions"]).fails(2, &["<SHELL>"]);
}

#[test]
fn completions_know_commands_services_and_link_names() {
    let place = Place::new();
    place
        .run(&["connection", "add", "team_billing", "--service", "stripe"])
        .ok();
    let completed = |words: &[&str]| {
        let mut command = place.command(&["--", "freshet"]);
        command.args(words).env("COMPLETE", "fish");
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(completed(&["conn"]).contains("connection"));
    assert!(completed(&["connection", "show", ""]).contains("team_billing"));
    assert!(completed(&["connection", "add", "x", "--service", "str"]).contains("stripe"));
    // A damaged registry completes nothing and says nothing.
    fs::write(place.data("registry.db"), "damaged").unwrap();
    assert!(!completed(&["connection", "show", ""]).contains("team_billing"));
}

/// Every command with its sub-commands, as words.
fn commands(place: &Place) -> Vec<Vec<String>> {
    let mut found = vec![Vec::new()];
    let mut at = 0;
    while let Some(words) = found.get(at).cloned() {
        at += 1;
        let help = place
            .run(&[&words[..], &["--help".to_owned()]].concat())
            .ok()
            .quietly()
            .out;
        let listed = help
            .lines()
            .skip_while(|line| *line != "Commands:")
            .skip(1)
            .take_while(|line| !line.is_empty());
        for line in listed.filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
            let name = line.split_whitespace().next().unwrap().to_owned();
            found.push([&words[..], &[name]].concat());
        }
    }
    found
}

/// The examples in the help of a command, lines that go on joined.
fn examples(help: &str) -> Vec<String> {
    let shown = help
        .lines()
        .skip_while(|line| *line != "Examples:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .map(str::trim);
    let text = shown.collect::<Vec<_>>().join("\n").replace("\\\n", "");
    // What a line does may stand behind it, after some blanks.
    let command = |line: &str| line.split("   ").next().unwrap_or_default().to_owned();
    text.lines().map(command).collect()
}

#[test]
fn every_command_has_help_with_at_least_two_examples() {
    let place = Place::new();
    let commands = commands(&place);
    assert!(commands.len() > 25, "{commands:?}");
    for words in &commands {
        let long = place
            .run(&[&words[..], &["--help".to_owned()]].concat())
            .ok()
            .out;
        let short = place
            .run(&[&words[..], &["-h".to_owned()]].concat())
            .ok()
            .out;
        let told = place
            .run(&[&["help".to_owned()], &words[..]].concat())
            .ok()
            .out;
        assert_eq!(long, told, "{words:?}");
        assert!(short.contains("Usage: freshet"), "{words:?}: {short}");
        assert!(examples(&long).len() >= 2, "{words:?}: {long}");
        let first = long.lines().next().unwrap();
        assert!(
            first.len() > 10 && first.chars().next().unwrap().is_uppercase(),
            "{words:?}: {first}"
        );
    }
}

#[test]
fn every_option_has_a_variable_of_the_environment_that_help_shows() {
    let place = Place::new();
    let mut missing = Vec::new();
    for words in commands(&place) {
        let help = place
            .run(&[&words[..], &["--help".to_owned()]].concat())
            .ok()
            .out;
        let options = help.split("Examples:").next().unwrap_or_default();
        let names: Vec<&str> = options
            .lines()
            .filter(|line| line.starts_with("  -") || line.starts_with("      --"))
            .map(|line| &line[line.find("--").unwrap()..])
            .map(|line| line.split([' ', '[']).next().unwrap())
            .collect();
        let variables = options.matches("[env:").count();
        let without = ["--json", "--verbose", "--help", "--version"];
        let expected = names.iter().filter(|name| !without.contains(name)).count();
        if variables != expected {
            missing.push(format!("{words:?}: {names:?}, {variables} variables"));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    let with = |name: &str, value: &str, arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.env(name, value);
        feed(command, b"")
    };
    let shown = with("FRESHET_CONFIG_SHOW_ORIGIN", "1", &["config", "show"]).ok();
    assert!(shown.out.contains("FROM"), "{}", shown.out);
    let shown = with("FRESHET_CONFIG_SHOW_ORIGIN", "false", &["config", "show"]).ok();
    assert!(!shown.out.contains("FROM"), "{}", shown.out);
    place.write(
        "two.dg",
        "int one() { return 1; }\nint two() { return 2; }\n",
    );
    let ran = with("FRESHET_RUN_FUNCTION", "two", &["run", "two.dg", "--json"]).ok();
    assert_eq!(ran.json()["result"], 2);
    with(
        "FRESHET_LIMIT",
        "steps=1",
        &["connection", "log", "--all", "--limit", "3"],
    )
    .ok();
}

/// A place in which everything that the examples name is there, so that each can be run.
fn furnished() -> Place {
    let place = Place::new();
    place.write("digest.dg", "info customer + since;\n");
    place.write(
        "report.dg",
        "info \"report\";\nif (false)\n{\n    info customer;\n}\n",
    );
    place.write(
        "billing.dg",
        "int billing.total(list lines)\n{\n    return lines.size();\n}\n",
    );
    place.write("sync.dg", "info getUrl(\"http://127.0.0.1:9/\");\n");
    place.write("scripts/one.dg", "info 1;\n");
    place.write("remind.dg", "info \"reminded \" + id;\n");
    place.write("zero.jsonl", "{\"id\": 0}\n");
    place.write("invoices.csv", "id\n1\n2\n");
    place.write("rows.jsonl", "{\"id\": 1}\n");
    place.write(
        "nightly.toml",
        "[[batch]]\nscript = \"remind.dg\"\njobs = \"invoices.csv\"\n",
    );
    place.write("address", "http://127.0.0.1:8713/callback?code=1&state=2\n");
    place.write(
        "chat.toml",
        "name = \"Chat\"\nscheme = \"oauth2\"\nhosts = [\"chat.example.com\"]\n\
         authorize_url = \"https://chat.example.com/authorize\"\ntoken_url = \"https://chat.example.com/token\"\n",
    );
    place.write_secret("secret", "of no value\n");
    place.write_secret("key", "of no value\n");
    place.write_secret("passphrase", "four words of no value\n");
    place
        .run(&["service", "show", "stripe", "--toml"])
        .ok()
        .keep(&place, "stripe.toml");
    let definition = fs::read_to_string(place.path("stripe.toml"))
        .unwrap()
        .replace("name = \"Stripe\"", "name = \"My API\"");
    place.write("my_api.toml", definition);
    for folder in [
        ".local/share/bash-completion/completions",
        ".config/fish/completions",
    ] {
        fs::create_dir_all(place.root().join("home").join(folder)).unwrap();
    }
    place
}

impl Outcome {
    fn keep(self, place: &Place, name: &str) {
        place.write(name, self.out);
    }
}

/// What the examples need to be stored, by what they name, as lines for a shell.
const STORED: &[(&str, &str)] = &[
    (
        "freshet batch",
        "freshet batch run remind.dg --jobs invoices.csv",
    ),
    (
        "batch re",
        "printf 'info 1 / id;' > zero.dg
        freshet batch run zero.dg --jobs - < zero.jsonl || true",
    ),
    (
        "billing",
        "freshet connection add billing --service stripe
        freshet connection connect billing --no-verify --secret-file api_key=key",
    ),
    (
        "crm",
        "freshet connection add crm --service hubspot_token
        freshet connection connect crm --no-verify --secret-file api_key=key",
    ),
    (
        "import billing.json",
        "freshet connection export billing --output billing.json",
    ),
    (
        "import backup.age",
        "freshet connection export --all --with-secrets --passphrase --secret-file passphrase=passphrase --output backup.age",
    ),
    ("my_api", "freshet service add my_api --file my_api.toml"),
    (
        "service edit chat",
        "freshet service add chat --file chat.toml",
    ),
    (
        "team_chat",
        "freshet service add chat --file chat.toml
        freshet service client chat --client-id abc --secret-stdin < secret
        freshet connection add team_chat --service chat",
    ),
    ("freshet function", "freshet init"),
    ("--project shop", "freshet init shop"),
    (
        "function show billing.remind",
        "freshet function new billing.remind --parameters 'int id'",
    ),
    (
        "function run billing.remind",
        "freshet function new billing.remind --parameters 'int id'",
    ),
    (
        "function run billing.total",
        "freshet function new billing.total --parameters 'list lines' --returns float",
    ),
    (
        "freshet key",
        "freshet connection add billing --service stripe",
    ),
    (
        "freshet registry",
        "freshet connection add billing --service stripe",
    ),
    (
        "--from registry.copy.db",
        "freshet registry backup --output registry.copy.db",
    ),
    (
        "zoom_server",
        "freshet service client zoom_server --client-id abc --secret-stdin < secret",
    ),
];

/// How examples end that need a person, a terminal or the network, by a part of their text. All others end well.
const ENDINGS: &[(&str, &[i32])] = &[
    ("freshet function new", &[0]),
    ("--connect", &[4, 69]),
    ("--finish - < address", &[4]),
    ("--no-browser", &[4]),
    // A machine without certificates is one of the things that it finds wrong.
    ("freshet doctor", &[0, 1]),
    // The batch that is there has come to its end, and what failed in it fails again.
    ("batch resume", &[2]),
    ("batch retry last --state uncertain", &[2]),
    ("batch retry", &[3]),
    ("connection connect billing", &[4, 69]),
    ("connection reconnect billing", &[0, 69]),
    ("connection verify --all", &[0]),
    ("connection verify billing", &[69]),
    ("connection remove billing", &[0, 4]),
    ("service remove my_api", &[0, 4]),
];

/// Runs lines for a shell in a place; what they send ends at the proxy, so that nothing leaves this machine.
fn shell(place: &Place, proxy: &Server, lines: &str) -> Outcome {
    let binaries = Path::new(env!("CARGO_BIN_EXE_freshet")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("sh");
    place.settle(&mut command);
    command
        .args(["-e", "-c", lines])
        .env("PATH", format!("{}:{path}", binaries.display()))
        .env("HTTPS_PROXY", proxy.url("/"))
        .env("HUBSPOT_TOKEN", "of no value")
        .env("STRIPE_KEY", "of no value")
        .env("NO_COLOR", "1");
    feed(command, b"")
}

#[test]
fn every_example_of_the_help_runs() {
    let proxy = Server::start(|_| Reply::new(502, "", ""));
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for words in commands(&Place::new()) {
        let help = [&words[..], &["--help".to_owned()]].concat();
        for example in examples(&Place::new().run(&help).ok().out) {
            // The demonstration and the console, which stays, have tests of their own.
            let has_own = ["freshet demo", "freshet console"];
            let has_own = has_own.iter().any(|begin| example.starts_with(begin));
            if !seen.insert(example.clone()) || has_own {
                continue;
            }
            let place = furnished();
            let is_new = example.contains(" add ");
            let named = |name: &str| !is_new && example.contains(name);
            for (_, lines) in STORED.iter().filter(|(name, _)| named(name)) {
                shell(&place, &proxy, lines).ok();
            }
            let outcome = shell(&place, &proxy, &example);
            let expected = ENDINGS.iter().find(|(part, _)| example.contains(part));
            let expected = expected.map_or(&[0][..], |(_, endings)| *endings);
            let exit = outcome.exit.unwrap_or(-1);
            let told = exit != 4 || outcome.err.contains("(C00");
            if !expected.contains(&exit) || !told {
                faults.push(format!(
                    "`{example}` ended with {exit}: {}{}",
                    outcome.out, outcome.err
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(seen.len() > 40, "{seen:?}");
}
