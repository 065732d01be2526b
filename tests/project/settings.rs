//! The settings of projects: what each key does, and what is said about wrong ones.

use serde_json::json;

use super::calls::shop;
use crate::support::place::{Outcome, Place, feed};
use crate::support::secure::SecureHosts;
use crate::support::server::{Reply, Server};

/// Runs a script under a `freshet.toml`.
fn under(settings: &str, script: &str) -> Outcome {
    let place = Place::new();
    place.write("shop/freshet.toml", settings);
    place.write("shop/a.dg", script);
    place.run(&["shop/a.dg"])
}

#[test]
fn identity_name_zone_and_variables_are_what_scripts_read() {
    let settings = "[project]
name = \"corner shop\"
time-zone = \"Asia/Kolkata\"
[identity]
login-user = \"Ada\"
login-user-id = \"ada@example.com\"
login-role = \"Manager\"
admin-user = \"Grace\"
admin-user-id = \"grace@example.com\"
[variables]
rate = 7
share = 2.5
open = true
greeting = \"hello\"
";
    let script = "info zoho.appname + zoho.appuri;
info zoho.loginuser + \" \" + zoho.loginuserid + \" \" + zoho.adminuser + \" \" + zoho.adminuserid;
info zoho.loginrole;
info zoho.appvariable.rate + 1;
info zoho.appvariable.share * 2;
info !zoho.appvariable.open;
info zoho.appvariable.greeting + zoho.appvariable.nothing;
info '2026-01-01 12:00:00'.toString(\"Z\");
";
    under(settings, script).ok().quietly().prints("corner shop/corner shop/\nAda ada@example.com Grace grace@example.com\nManager\n8\n5\nfalse\nhellonull\n+0530\n");
    under("", "info zoho.appname;\n").ok().prints("shop\n");
}

#[test]
fn a_variable_reads_the_environment_and_is_missed_only_by_scripts_that_read_it() {
    let place = Place::new();
    place.write(
        "freshet.toml",
        "[variables]\nkey = { env = \"SHOP_KEY\" }\n",
    );
    place.write("a.dg", "info 1;\ninfo zoho.appvariable.key;\n");
    place.write("b.dg", "info 1;\n");
    place.run(&["b.dg"]).ok().quietly();
    place.run(&["check", "a.dg"]).ok().quietly();
    place
        .run(&["a.dg"])
        .fails(65, &["E0303", "a.dg:2:", "SHOP_KEY"])
        .prints("");
    let mut set = place.command(&["a.dg"]);
    set.env("SHOP_KEY", "007");
    feed(set, b"").ok().prints("1\n007\n");
}

#[test]
fn limits_hold_and_options_win_over_them() {
    let place = Place::new();
    place.write(
        "freshet.toml",
        "[limits]\nsteps = 10\nmemory = \"16MiB\"\ntime = \"30s\"\ncalls = 0\ndepth = 5\n",
    );
    place.write(
        "loop.dg",
        "i = 0;\nwhile (i < 100) { i = i + 1; }\ninfo i;\n",
    );
    place
        .run(&["loop.dg"])
        .fails(75, &["the limit of steps is reached: 10"]);
    place
        .run(&["loop.dg", "--limit", "steps=1000"])
        .ok()
        .prints("100\n");
    let mut by_variable = place.command(&["loop.dg"]);
    by_variable.env("FRESHET_LIMIT", "steps=500,time=10s");
    feed(by_variable, b"").ok().prints("100\n");
    place.write("call.dg", "info getUrl(\"http://127.0.0.1:9/\");\n");
    place
        .run(&["call.dg"])
        .fails(75, &["the limit of calls is reached: 0"]);
    place.write("deep.dg", "int f(int n) { return f(n + 1); }\ninfo f(0);\n");
    place.run(&["deep.dg"]).fails(1, &["more than 5 calls"]);
    place.run(&["loop.dg", "--isolated"]).ok();
}

#[test]
fn private_addresses_are_refused_by_project_variable_and_option_in_that_order() {
    let place = Place::new();
    place.write("freshet.toml", "[network]\nrefuse-private = true\n");
    place.write("call.dg", "info getUrl(\"http://127.0.0.1:9/\");\n");
    let refused = place.run(&["call.dg"]);
    assert!(refused.err.contains("private"), "{}", refused.err);
    let open = place.run(&["call.dg", "--refuse-private=false"]);
    assert!(!open.err.contains("private"), "{}", open.err);
    let mut by_variable = place.command(&["call.dg"]);
    by_variable.env("FRESHET_REFUSE_PRIVATE", "0");
    let open = feed(by_variable, b"");
    assert!(!open.err.contains("private"), "{}", open.err);
    place.write("freshet.toml", "[network]\nca-file = \"none.pem\"\n");
    place.run(&["call.dg"]).fails(78, &["none.pem", "C0019"]);
}

#[test]
fn everything_wrong_with_freshet_toml_is_told_at_once_with_line_and_column() {
    let settings = "[project]
name = 7
time-zone = \"Mars\"
data-centre = \"com/evil\"

[limits]
steps = \"many\"
memory = -1

[variables]
list = [1, 2]
\"two words\" = 1

[batch]
in-flight = 0
timeout = \"soon\"

[network]
refuse-private = \"yes\"

[integrations]
crm = \"no link\"

[mail]
conection = \"x\"
";
    let told = under(settings, "info 1;\n").fails(78, &[
        "shop/freshet.toml:2:8: `project.name`: found 7, expected a text (E0302)",
        "shop/freshet.toml:3:13: `project.time-zone`: found \"Mars\"",
        "shop/freshet.toml:4:15: `project.data-centre`",
        "shop/freshet.toml:7:9: `limits.steps`: found \"many\", expected a whole number",
        "shop/freshet.toml:8:10: `limits.memory`: found -1, expected a size",
        "shop/freshet.toml:11:8: `variables.list`: found a list",
        "shop/freshet.toml:12:1: `variables.two words`",
        "shop/freshet.toml:15:13: `batch.in-flight`: found 0, expected a whole number from 1 to 1000000",
        "shop/freshet.toml:16:11: `batch.timeout`",
        "shop/freshet.toml:19:18: `network.refuse-private`: found \"yes\", expected true or false",
        "shop/freshet.toml:22:7: `integrations.crm`",
        "warning: shop/freshet.toml:25:1: there is no setting `mail.conection` (W0301); did you mean `mail.connection`?",
        "freshet explain E0302",
    ]);
    assert_eq!(told.out, "");
    assert_eq!(
        told.err.matches("freshet.toml:").count(),
        12,
        "{}",
        told.err
    );
}

#[test]
fn what_is_no_toml_is_told_with_the_rest() {
    let told = under(
        "[project]\nname = shop\ntime-zone = \"Mars\"\nname = \n",
        "info 1;\n",
    )
    .fails(
        78,
        &[
            "shop/freshet.toml:2:8: this is no TOML",
            "shop/freshet.toml:3:13",
            "shop/freshet.toml:4:",
        ],
    );
    assert_eq!(told.out, "");
    under("\u{feff}[project]\nname = 1\n", "info 1;\n").fails(78, &["shop/freshet.toml:2:8"]);
    let place = Place::new();
    place.write("freshet.toml", b"[project]\nname = \"\xe9\"\n");
    place.write("a.dg", "info 1;\n");
    place
        .run(&["a.dg"])
        .fails(78, &["freshet.toml:2:9", "UTF-8"]);
    let error = place.run(&["run", "a.dg", "--json"]).json_error();
    assert_eq!(error["exit"], json!(78));
    assert_eq!(error["code"], json!("E0301"));
    std::fs::remove_file(place.path("freshet.toml")).unwrap();
    std::fs::create_dir(place.path("freshet.toml")).unwrap();
    place
        .run(&["a.dg"])
        .fails(74, &["cannot read", "freshet.toml"]);
}

#[test]
fn keys_below_a_broken_header_are_not_told_of() {
    let told = under(
        "[project\nname = \"x\"\nowner = \"y\"\n\n[batch]\nin-flihgt = 3\n",
        "info 1;\n",
    )
    .fails(
        78,
        &[
            "shop/freshet.toml:1:",
            "shop/freshet.toml:6:1: there is no setting `batch.in-flihgt` (W0301)",
        ],
    );
    assert_eq!(told.err.matches("freshet.toml:").count(), 2, "{}", told.err);
}

#[test]
fn a_switch_of_the_environment_is_on_or_off_and_nothing_else() {
    let place = Place::new();
    place.write("call.dg", "info getUrl(\"http://127.0.0.1:9/\");\n");
    let with = |name: &str, value: &str, arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.env(name, value);
        feed(command, b"")
    };
    for on in ["1", "true", "Yes", "on"] {
        with("FRESHET_DRY_RUN", on, &["call.dg"]).fails(0, &["GET http://127.0.0.1:9/"]);
    }
    for off in ["0", "false", "no", "OFF", ""] {
        with("FRESHET_DRY_RUN", off, &["call.dg"]).fails(69, &["C0012"]);
    }
    for (name, arguments) in [
        ("FRESHET_DRY_RUN", &["run", "call.dg"][..]),
        ("FRESHET_DRY_RUN", &["batch", "run", "call.dg"]),
        ("FRESHET_ISOLATED", &["config", "show"]),
        ("FRESHET_RUN_WATCH", &["run", "call.dg"]),
        ("FRESHET_REFUSE_PRIVATE", &["run", "call.dg"]),
    ] {
        let told = ["found `maybe`, expected true or false", name];
        with(name, "maybe", arguments).fails(2, &told).prints("");
    }
    let told = "FRESHET_REFUSE_PRIVATE: found `maybe`, expected true or false";
    with("FRESHET_REFUSE_PRIVATE", "maybe", &["connection", "list"]).fails(2, &[told]);
}

#[test]
fn unknown_keys_are_warnings_with_the_nearest_key() {
    let run = under("[project]\ntimezone = \"UTC\"\n[limit]\nsteps = 3\n[variables]\nx = 1\n[tool]\nother = 1\n", "info 1;\n").ok().prints("1\n");
    for told in [
        "warning: shop/freshet.toml:2:1: there is no setting `project.timezone` (W0301); did you mean `project.time-zone`?",
        "warning: shop/freshet.toml:3:2: there is no setting `limit` (W0301); did you mean `limits`?",
        "there is no setting `tool`",
    ] {
        assert!(run.err.contains(told), "{told}\n{}", run.err);
    }
    let run = under("time-zone = \"UTC\"\n", "info 1;\n").ok();
    assert!(
        run.err.contains("did you mean `project.time-zone`?"),
        "{}",
        run.err
    );
}

#[test]
fn warnings_of_settings_stand_apart_from_their_errors() {
    let place = Place::new();
    place.write(
        "freshet.toml",
        "[project]\nnme = 1\nname = 7\n[batch]\nin-flight = 0\n",
    );
    let told = place.run(&["config", "show"]).fails(78, &[]);
    let (odd, wrong) = told.err.split_once("error: ").unwrap();
    assert_eq!(
        odd,
        "warning: freshet.toml:2:1: there is no setting `project.nme` (W0301); did you mean `project.name`?\n"
    );
    assert!(
        wrong.contains("freshet.toml:3:8") && wrong.contains("freshet.toml:5:13"),
        "{wrong}"
    );
    assert!(!wrong.contains("W0301"), "{wrong}");
    let error = place.run(&["config", "show", "--json"]).json_error();
    assert!(!error["message"].to_string().contains("W0301"), "{error}");
    let each = |found: &serde_json::Value| {
        let found = found.as_array().unwrap().iter();
        found
            .map(|one| format!("{} {} {}", one["severity"], one["code"], one["line"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        each(&error["diagnostics"]),
        [
            "\"warning\" \"W0301\" 2",
            "\"error\" \"E0302\" 3",
            "\"error\" \"E0302\" 5"
        ]
    );
    // Alone they stand beside the settings that hold.
    place.write("freshet.toml", "[project]\nnme = 1\n");
    let document = place.run(&["config", "show", "--json"]).ok().json();
    assert_eq!(each(&document["diagnostics"]), ["\"warning\" \"W0301\" 2"]);
}

#[test]
fn the_users_settings_hold_where_the_project_says_nothing() {
    let place = shop();
    let user = |text: &str| {
        let path = place.root().join("home/.config/freshet/config.toml");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    place.write("shop/a.dg", "info zoho.loginuser + \" \" + zoho.appname;\n");
    place.write("b.dg", "info zoho.loginuser + \" \" + zoho.appname;\n");
    user("[identity]\nlogin-user = \"Ada\"\n");
    place
        .run(&["shop/a.dg"])
        .ok()
        .quietly()
        .prints("Ada corner shop\n");
    place.run(&["b.dg"]).ok().quietly().prints("Ada freshet\n");
    place.write("shop/freshet.toml", "[identity]\nlogin-user = \"Grace\"\n");
    place.run(&["shop/a.dg"]).ok().prints("Grace shop\n");
    place
        .run(&["b.dg", "--isolated"])
        .ok()
        .prints("Public freshet\n");
    place.write("mine.toml", "[identity]\nlogin-user = \"Alan\"\n");
    place
        .run(&["b.dg", "--config", "mine.toml"])
        .ok()
        .prints("Alan freshet\n");
    place
        .run(&["b.dg", "--config", "none.toml"])
        .fails(74, &["none.toml"]);
    user("[project]\nname = \"x\"\n[identity]\nlogin-user = 1\n");
    place.run(&["b.dg"]).fails(
        78,
        &[
            "config.toml:4:14",
            "E0302",
            "belongs into the freshet.toml of a project",
        ],
    );
}

#[test]
fn commands_of_connections_reach_the_network_as_the_project_says() {
    let secure = SecureHosts::start(&["shop.test"], |_| Reply::json("{}"));
    let open = Server::start(|_| Reply::json("{}"));
    let place = Place::new();
    place.write("shop/ca.pem", secure.certificate());
    place.write("shop/scripts/a.dg", "info 1;\n");
    for (service, host, scheme) in [
        ("secure", "shop.test", "https"),
        ("open", &open.host(), "http"),
    ] {
        place.write(
            "service.toml",
            format!(
                "name = \"{service}\"\nscheme = \"api_key\"\nhosts = [\"{host}\"]\nverify = \"GET {scheme}://{host}/me\"\n"
            ),
        );
        place
            .run(&["service", "add", service, "--file", "service.toml"])
            .ok();
        place
            .run(&["connection", "add", service, "--service", service])
            .ok();
    }
    let inside = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        // The address of a proxy is never refused, and those of this machine are all one.
        if arguments.contains(&"secure") {
            secure.settle(&mut command);
        }
        command.current_dir(place.path("shop/scripts"));
        feed(command, b"of no value")
    };
    // The certificate is one of its own making: only a file that the project names makes it a known one.
    place.write("shop/freshet.toml", "");
    let connect = ["connection", "connect", "secure", "--secret-stdin"];
    inside(&connect).fails(69, &["C0012", "certificate"]);
    place.write("shop/freshet.toml", "[network]\nca-file = \"ca.pem\"\n");
    inside(&connect).ok();
    inside(&["connection", "verify", "secure"]).ok();
    inside(&["connection", "verify", "secure", "--isolated"]).fails(69, &["C0012"]);
    assert_eq!(secure.take_requests().len(), 2);

    place.write("shop/freshet.toml", "[network]\nrefuse-private = true\n");
    let connect = ["connection", "connect", "open", "--secret-stdin"];
    inside(&connect).fails(78, &["C0008", "private"]);
    assert_eq!(open.requests().len(), 0);
    // The environment wins over the project, here as there.
    let mut command = place.command(&connect);
    command
        .current_dir(place.path("shop/scripts"))
        .env("FRESHET_REFUSE_PRIVATE", "0");
    feed(command, b"of no value").ok();
    place.write("shop/freshet.toml", "");
    inside(&["connection", "verify", "open"]).ok();
    let mut command = place.command(&["connection", "verify", "open"]);
    command.env("FRESHET_REFUSE_PRIVATE", "1");
    feed(command, b"").fails(78, &["C0008"]);
    assert_eq!(open.requests().len(), 2);
    // Settings with a mistake are told here as in a run.
    place.write("shop/freshet.toml", "[network]\nca-file = 1\n");
    inside(&["connection", "list"]).fails(78, &["freshet.toml:2:11"]);
    inside(&["connection", "list", "--isolated"]).ok();
}

/// Who unpacks a project must not get its rule.
#[test]
fn a_project_does_not_lift_what_the_user_forbids() {
    let place = Place::new();
    place.write("call.dg", "info getUrl(\"http://127.0.0.1:9/\");\n");
    let config = place.root().join("home/.config/freshet/config.toml");
    std::fs::create_dir_all(config.parent().unwrap()).unwrap();
    let refused = |user: &str, project: &str| {
        std::fs::write(&config, format!("[network]\nrefuse-private = {user}\n")).unwrap();
        place.write(
            "freshet.toml",
            format!("[network]\nrefuse-private = {project}\n"),
        );
        place.run(&["call.dg"]).err.contains("private")
    };
    for (user, project) in [("true", "false"), ("true", "true"), ("false", "true")] {
        assert!(refused(user, project), "{user}, {project}");
    }
    assert!(!refused("false", "false"));
}

/// Nobody may ever write to a pipe, and some devices never end.
#[test]
fn settings_that_are_no_file_are_told_and_not_waited_for() {
    let place = Place::new();
    place.write("x.dg", "info 1;\n");
    let pipe = |name: &str| {
        let made = std::process::Command::new("mkfifo")
            .arg(place.path(name))
            .status();
        assert!(made.unwrap().success());
    };
    let told = "found a pipe, expected a file";
    std::fs::create_dir_all(place.root().join("home/.config/freshet")).unwrap();
    pipe("../home/.config/freshet/config.toml");
    place
        .run(&["run", "x.dg"])
        .fails(74, &[told, "config.toml"]);
    std::fs::remove_file(place.root().join("home/.config/freshet/config.toml")).unwrap();
    pipe("freshet.toml");
    for arguments in [&["run", "x.dg"][..], &["connection", "list"]] {
        place.run(arguments).fails(74, &[told, "freshet.toml"]);
    }
    std::fs::remove_file(place.path("freshet.toml")).unwrap();
    pipe("other.toml");
    let named = |name: &str| place.run(&["--config", name, "run", "x.dg"]);
    named("other.toml").fails(74, &[told]);
    named("/dev/zero").fails(74, &["found more than 16 MiB"]);
    place
        .run(&["batch", "run", "other.toml"])
        .fails(74, &[told, "the plan other.toml"]);
    place
        .run(&["run", "x.dg", "--arguments", "other.toml"])
        .fails(74, &[told]);
}
