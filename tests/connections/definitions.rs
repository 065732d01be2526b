//! Changing services of one's own, and taking them elsewhere.

use serde_json::json;

use crate::services::{ApiKey, OAuth2};
use crate::support::place::{Place, names};

/// Section 10, "hostile service file": before a secret is asked for, and before anything is stored.
#[test]
fn the_hosts_of_a_file_are_told_before_it_is_saved() {
    let place = Place::new();
    let definition = "name = \"Shop\"\nscheme = \"oauth2\"\nhosts = [\"*.shop.example\"]\n\
        grant_types = [\"client_credentials\"]\ntoken_url = \"https://login.example.org/token\"\n";
    place.write("shop.toml", definition);
    let told = "shop lets secrets go to *.shop.example, login.example.org\n";
    let add = ["service", "add", "shop", "--file", "shop.toml"];
    let secret = ["--client-id", "abc", "--secret-file", "client_secret=none"];
    let with_secret = [&add[..], &secret].concat();
    place
        .run(&with_secret)
        .fails(74, &[told, "none"])
        .prints("");
    place.run(&["service", "show", "shop"]).fails(2, &["C0042"]);
    assert_eq!(place.run(&add).ok().err, told);
    // Those of a change too, where they are others.
    let edit = ["service", "edit", "shop", "--host"];
    let other = [&edit[..], &["api.shop.test"]].concat();
    let told = "shop lets secrets go to api.shop.test, login.example.org\n";
    assert_eq!(place.run(&other).ok().err, told);
    place.run(&other).ok().quietly();
}

#[test]
fn a_change_of_address_loses_authorisation_and_nothing_else_does() {
    let place = Place::new();
    let api = OAuth2::start("tok");
    place.add_service("shop", &api.definition("Shop"));
    place.add_client("shop", "abc", "s3cret");
    place.join("team", "shop");
    place.add("idle", "shop");

    let told = place
        .run(&["service", "edit", "shop", "--name", "The shop"])
        .ok()
        .quietly()
        .out;
    assert!(told.contains("The shop (shop)"), "{told}");
    place
        .run(&["service", "edit", "shop", "--scope", "read=Read things"])
        .ok();
    assert_eq!(place.status("team"), "authorised");

    let elsewhere = api
        .definition("The shop")
        .replace("/token\"", "/other_token\"");
    place.write("new.toml", &elsewhere);
    place
        .run(&["service", "edit", "shop", "--file", "new.toml"])
        .fails(4, &["C0029", "team would lose authorisation", "--yes"])
        .prints("");
    assert_eq!(place.status("team"), "authorised");
    let document = place
        .run(&[
            "service", "edit", "shop", "--file", "new.toml", "--yes", "--json",
        ])
        .ok()
        .fails(0, &["will go to other addresses: default of shop\n"])
        .json();
    assert_eq!(names(&document), ["version", "service", "affected"]);
    assert_eq!(document["affected"], json!(["team"]));
    assert_eq!(
        document["service"]["token_url"],
        api.server.url("/other_token")
    );
    let shown = place
        .run(&["connection", "show", "team", "--json"])
        .ok()
        .json();
    assert_eq!(
        (
            &shown["connection"]["status"],
            &shown["connection"]["reason"]
        ),
        (&json!("needs_authorisation"), &json!("changed"))
    );
    // One that was never authorised has nothing to lose.
    assert_eq!(place.status("idle"), "created");
    let log = place.run(&["connection", "log", "team"]).ok().out;
    assert!(log.contains("address of the service changed"), "{log}");
}

#[test]
fn a_further_host_is_an_address_too() {
    let place = Place::new();
    let api = ApiKey::start("abc123");
    place.add_service("keys", &api.in_header("Keys"));
    place.connect("one", "keys", "abc123").ok();
    let host = api.server.host();
    let with_more = [
        "service",
        "edit",
        "keys",
        "--host",
        &host,
        "--host",
        "evil.example.com",
    ];
    place
        .run(&with_more)
        .fails(4, &["one would lose authorisation"]);
    place.run(&[&with_more[..], &["--yes"]].concat()).ok();
    assert_eq!(place.status("one"), "needs_authorisation");
    place
        .run_with_input(
            &["connection", "reconnect", "one", "--secret-stdin"],
            "abc123",
        )
        .ok();
    // Taking a host away narrows where the key may go.
    place
        .run(&["service", "edit", "keys", "--host", &host])
        .ok();
    assert_eq!(place.status("one"), "authorised");
}

/// Check 8: a default service is edited.
#[test]
fn what_cannot_be_changed_is_refused() {
    let place = Place::new();
    place
        .run(&["service", "edit", "stripe", "--name", "X"])
        .fails(2, &["C0068", "freshet service add NEW --from stripe"]);
    place
        .run(&["service", "edit", "stripe"])
        .fails(2, &["C0068"]);
    place
        .run(&["service", "edit", "nothing", "--name", "X"])
        .fails(2, &["C0042"]);
    assert!(place.files().is_empty(), "{:?}", place.files());
    place
        .run(&["service", "add", "mine", "--from", "stripe"])
        .ok();
    place
        .run(&["service", "add", "other", "--from", "openai"])
        .ok();
    place
        .run(&["service", "edit", "mine"])
        .fails(4, &["C0029", "--file FILE"]);
    place
        .run(&["service", "edit", "mine", "--editor"])
        .fails(4, &["C0029", "--file FILE"]);
    place
        .run(&["service", "edit", "mine", "--name", "Other"])
        .fails(2, &["C0067", "`other`"]);
    place
        .run(&["service", "edit", "mine", "--name", "Stripe"])
        .fails(2, &["C0067"]);
    let before = place.run(&["service", "show", "mine", "--toml"]).ok().out;
    place.write(
        "bad.toml",
        "name = \"Mine\"\nscheme = \"api_key\"\nhosts = [\"*.com\"]\n",
    );
    place
        .run(&["service", "edit", "mine", "--file", "bad.toml", "--yes"])
        .fails(78, &["bad.toml:3:10: hosts", "C0063"]);
    place
        .run(&[
            "service",
            "edit",
            "mine",
            "--token-url",
            "https://example.com/t",
        ])
        .fails(78, &["mine.toml:", "token_url", "C0061"]);
    place
        .run(&[
            "service", "edit", "mine", "--file", "bad.toml", "--host", "x.org",
        ])
        .fails(2, &["exclude each other"]);
    let after = place.run(&["service", "show", "mine", "--toml"]).ok().out;
    assert_eq!(before, after);
}

#[test]
fn an_option_changes_its_key_and_keeps_the_rest() {
    let place = Place::new();
    let definition = "# my own\nname = \"Mine\"\nscheme = \"api_key\"\n# where it goes\nparam_name = \"X-Key\"\nhosts = [\"api.example.com\"]\n";
    place.add_service("mine", definition);
    place
        .run(&["service", "edit", "mine", "--param-name", "X-Api-Key"])
        .ok();
    assert_eq!(
        place.run(&["service", "show", "mine", "--toml"]).ok().out,
        definition.replace("X-Key", "X-Api-Key")
    );
}

/// Check 9: an export.
#[test]
fn the_export_of_a_service_is_its_definition() {
    let place = Place::new();
    place
        .run(&["service", "add", "mine", "--from", "stripe"])
        .ok();
    place
        .run(&["service", "add", "yours", "--from", "openai"])
        .ok();
    place
        .run(&["service", "export", "mine", "--output", "mine.toml"])
        .ok()
        .prints("Exported 1 service to mine.toml.\n")
        .quietly();
    let exported = std::fs::read_to_string(place.path("mine.toml")).unwrap();
    let without_name = |text: &str| {
        text.lines()
            .filter(|line| !line.starts_with("name =") && !line.starts_with("# freshet service "))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let stripe = place.run(&["service", "show", "stripe", "--toml"]).ok().out;
    assert_eq!(without_name(&exported), without_name(&stripe));
    place.run(&["service", "validate", "mine.toml"]).ok();

    let both = place
        .run(&["service", "export", "mine", "yours"])
        .ok()
        .quietly()
        .out;
    place.write("both.toml", &both);
    place.run(&["service", "validate", "both.toml"]).ok();
    let other = Place::new();
    other.write("both.toml", &both);
    other
        .run(&["service", "import", "both.toml"])
        .ok()
        .prints("mine: imported\nyours: imported\n");
    assert_eq!(
        other.run(&["service", "export", "mine", "yours"]).ok().out,
        both
    );
    other
        .run_with_input(&["service", "import", "-"], &both)
        .ok()
        .prints("mine: there already, unchanged\nyours: there already, unchanged\n");
    // Without the line that names it, the file does.
    let plain = both
        .lines()
        .skip(1)
        .take_while(|line| !line.starts_with("# freshet service "));
    let plain: String = plain.map(|line| format!("{line}\n")).collect();
    other.write(
        "third.toml",
        plain.replace("name = \"mine\"", "name = \"Third\""),
    );
    let document = other
        .run(&["service", "import", "third.toml", "--json"])
        .ok()
        .json();
    assert_eq!(names(&document), ["version", "services"]);
    assert_eq!(document["services"][0]["link_name"], "third");
    other
        .run_with_input(&["service", "import", "-"], &plain)
        .fails(2, &["C0088", "# freshet service NAME"]);
    place
        .run(&["service", "export", "nothing"])
        .fails(2, &["C0042"]);
}

#[test]
fn services_that_are_there_are_skipped_renamed_or_replaced() {
    let place = Place::new();
    let one = "name = \"One\"\nscheme = \"api_key\"\nhosts = [\"api.example.com\"]\n";
    let another = one.replace("api.example.com", "api.example.org");
    place.add_service("one", one);
    place.write("one.toml", &another);
    let import = |more: &[&str]| place.run(&[&["service", "import", "one.toml"], more].concat());
    let hosts = |link: &str| {
        place.run(&["service", "show", link, "--json"]).ok().json()["service"]["hosts"].clone()
    };
    import(&[]).fails(2, &["C0067", "--on-conflict skip, rename or replace"]);
    import(&["--on-conflict", "skip"])
        .ok()
        .prints("one: skipped, the name is taken\n");
    assert_eq!(hosts("one"), json!(["api.example.com"]));
    import(&["--on-conflict", "rename"])
        .ok()
        .prints("one: imported as one_2\n");
    assert_eq!(hosts("one_2"), json!(["api.example.org"]));
    import(&["--on-conflict", "replace"])
        .ok()
        .prints("one: replaced\n");
    assert_eq!(hosts("one"), json!(["api.example.org"]));

    // A default service is never replaced.
    place.write("stripe.toml", another.replace("One", "Mine"));
    for (choice, ends) in [("replace", 2), ("skip", 0), ("rename", 0)] {
        let outcome = place.run(&["service", "import", "stripe.toml", "--on-conflict", choice]);
        assert_eq!(outcome.exit, Some(ends), "{choice}: {}", outcome.err);
    }
    assert_eq!(hosts("stripe_2"), json!(["api.example.org"]));
    // Faults are told with the lines of the whole file, and nothing is imported.
    let faulty = format!("# freshet service new\n{one}# freshet service bad\nname = \"Bad\"\nscheme = \"magic\"\nhosts = [\"a.example.com\"]\n")
        .replace("\"One\"", "\"New\"");
    place.write("two.toml", &faulty);
    place
        .run(&["service", "import", "two.toml"])
        .fails(78, &["two.toml:7:10: scheme", "C0063"]);
    let told = place
        .run(&["service", "validate", "two.toml"])
        .fails(78, &[])
        .out;
    assert!(told.starts_with("two.toml:7:10: scheme"), "{told}");
    place.run(&["service", "show", "new"]).fails(2, &["C0042"]);
}

#[test]
fn on_a_terminal_a_service_is_asked_for_field_by_field() {
    let place = Place::new();
    let shown = place
        .on_terminal(
            "freshet service add mine",
            "My API\napi_key\nquery\nkey\napi.example.com\nGET https://api.example.com/me\n",
        )
        .ok()
        .out;
    for question in [
        "Name [mine]: ",
        "Scheme (",
        "Where the key goes",
        "Hosts of the API",
    ] {
        assert!(shown.contains(question), "{question} is not in\n{shown}");
    }
    assert_eq!(
        place.run(&["service", "show", "mine", "--toml"]).ok().out,
        "name = \"My API\"\nscheme = \"api_key\"\nparam_type = \"query\"\nparam_name = \"key\"\n\
         verify = \"GET https://api.example.com/me\"\nhosts = [\"api.example.com\"]\n"
    );
    place
        .on_terminal(
            "freshet service add tokens",
            "\noauth2\n\nhttps://example.com/a\nhttps://example.com/t\n-\n\nread write\ncomma\napi.example.com\n\n",
        )
        .ok();
    assert_eq!(
        place.run(&["service", "show", "tokens", "--toml"]).ok().out,
        "name = \"tokens\"\nscheme = \"oauth2\"\nparam_type = \"header\"\nauthorize_url = \"https://example.com/a\"\n\
         token_url = \"https://example.com/t\"\nscope_delimiter = \"comma\"\ngrant_types = [\"authorization_code\"]\n\
         hosts = [\"api.example.com\"]\nscopes = [{ name = \"read\", default = true }, { name = \"write\", default = true }]\n"
    );
}

#[test]
fn an_editor_changes_a_definition() {
    let place = Place::new();
    place.add_service(
        "mine",
        "name = \"Mine\"\nscheme = \"api_key\"\nhosts = [\"api.example.com\"]\n",
    );
    let toml = || place.run(&["service", "show", "mine", "--toml"]).ok().out;
    place.write("better.sh", "sed -i 's/\"Mine\"/\"Better\"/' \"$1\"\n");
    place
        .on_terminal("EDITOR='sh better.sh' freshet service edit mine", "")
        .ok();
    assert!(toml().starts_with("name = \"Better\""), "{}", toml());

    // A fault is shown, and the text is not lost.
    place.write("worse.sh", "sed -i 's/api_key/magic/' \"$1\"\n");
    let before = toml();
    let shown = place
        .on_terminal(
            "VISUAL='sh worse.sh' freshet service edit mine --editor",
            "n\n",
        )
        .fails(130, &[])
        .out;
    assert!(
        shown.contains("mine.toml:2:10: scheme") && shown.contains("your text is in "),
        "{shown}"
    );
    assert_eq!(toml(), before);
    let kept = shown.split("your text is in ").nth(1).unwrap();
    let kept = kept.split_whitespace().next().unwrap();
    let text = std::fs::read_to_string(kept).unwrap();
    std::fs::remove_file(kept).unwrap();
    assert!(text.contains("magic"), "{text}");
    place
        .on_terminal("EDITOR=false freshet service edit mine", "")
        .fails(2, &[]);
    assert_eq!(toml(), before);
}

/// What `service add` would refuse is a fault for `service validate` too.
#[test]
fn a_definition_that_is_too_long_is_a_fault() {
    let place = Place::new();
    let definition = ApiKey::start("key").in_header("Shop");
    let long = format!("{definition}# {}\n", "x".repeat(300_000));
    place.write("long.toml", &long);
    for command in [
        &["service", "validate", "long.toml"][..],
        &["service", "add", "shop", "--file", "long.toml"],
    ] {
        let told = place.run(command);
        assert_eq!(told.exit, Some(78), "{told:?}");
        let said = format!("{}{}", told.out, told.err);
        assert!(
            said.contains("more than 262144 bytes") && said.contains("C0060"),
            "{said}"
        );
    }
    place
        .run_with_input(&["service", "validate", "-"], &long)
        .fails(78, &[]);
}

/// A device never ends, and a pipe may never begin.
#[test]
fn what_is_no_regular_file_is_not_read() {
    let place = Place::new();
    let pipe = place.path("pipe.toml");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for file in ["/dev/zero", "pipe.toml"] {
        place
            .run(&["service", "validate", file])
            .fails(74, &[file, "no regular file", "give -"]);
    }
}

/// C0018 before anything is sent: no request without a form carries such a key.
#[test]
fn a_verification_or_a_lookup_that_cannot_carry_the_key_is_a_fault() {
    let place = Place::new();
    let api = ApiKey::start("key");
    let sound = api.in_form("Shop");
    let lookup = |definition: &str| {
        format!(
            "{definition}headers = {{ X-Site = \"{{site}}\" }}\n\
             lookup = {{ request = \"GET {}\", value = \"/id\", field = \"site\" }}\n\
             [[fields]]\nname = \"site\"\ntitle = \"Site\"\nfrom = \"lookup\"\n\
             [[fields]]\nname = \"api_key\"\ntitle = \"Key\"\nsecret = true\n",
            api.server.url("/sites")
        )
    };
    // In a header it can.
    place.write("header.toml", lookup(&api.in_header("Shop")));
    place.run(&["service", "validate", "header.toml"]).ok();
    place.write("sound.toml", &sound);
    place.run(&["service", "validate", "sound.toml"]).ok();
    for (definition, key) in [
        (sound.replace("\"POST ", "\"GET "), "verify: found \"GET "),
        (
            format!("{sound}verify_body = \"{{}}\"\n"),
            "verify_body: found",
        ),
        (lookup(&sound), "lookup.request: found \"GET "),
    ] {
        place.write("wrong.toml", definition);
        let told = place
            .run(&["service", "validate", "wrong.toml"])
            .fails(78, &[]);
        assert!(
            told.out.contains(key) && told.out.contains("C0063"),
            "{}",
            told.out
        );
        assert!(told.out.contains("form body (param_type)"), "{}", told.out);
    }
}
