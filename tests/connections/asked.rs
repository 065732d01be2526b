//! What is asked and told where a service or a client is described, and before stored secrets go elsewhere
//! (connections, 2.2, 2.4, 6.4, 7 and 10).

use crate::services::OAuth2;
use crate::support::place::Place;
use crate::support::server::{Reply, Server};

fn add(place: &Place, link: &str, more: &[&str]) {
    let add = ["service", "add", link];
    place.run(&[&add[..], more].concat()).ok();
}

const BY_CODE: [&str; 8] = [
    "--scheme",
    "oauth2",
    "--authorize-url",
    "https://chat.example.com/authorize",
    "--token-url",
    "https://chat.example.com/token",
    "--host",
    "api.example.com",
];

#[test]
fn a_public_client_is_stored_without_a_secret() {
    let place = Place::new();
    add(&place, "chat", &BY_CODE);
    let client = ["service", "client", "chat", "--client-id", "pub"];
    let stored = "Stored the client pub of chat (without a secret).\n";
    place.run(&client).ok().prints(stored);
    place
        .run_with_input(&[&client[..], &["--secret-stdin"]].concat(), "\n")
        .ok()
        .prints(stored);
    let shown = place.on_terminal("freshet service client chat --client-id pub", "\n");
    let shown = shown.ok().out;
    assert_eq!(
        shown.matches("Client secret (empty for none").count(),
        1,
        "{shown}"
    );
    let own = ["connection", "add", "team", "--service", "chat"];
    place
        .run(&[&own[..], &["--client-id", "mine"]].concat())
        .ok();

    // One that asks for itself needs a secret, unless the service says that it has none.
    let by_itself = [
        "--grant-type",
        "client_credentials",
        "--token-url",
        "https://a.example.com/t",
    ];
    let described = ["--scheme", "oauth2", "--host", "a.example.com"];
    let by_itself = [&described[..], &by_itself].concat();
    add(&place, "jobs", &by_itself);
    let client = ["service", "client", "jobs", "--client-id", "pub"];
    place.run(&client).fails(4, &["C0029", "Client secret"]);
    place
        .run(&["service", "edit", "jobs", "--client-auth", "none"])
        .ok();
    place.run(&client).ok();
    let edit = ["service", "edit", "jobs", "--client-auth", "maybe"];
    place.run(&edit).fails(78, &["client_auth", "C0063"]);
}

#[test]
fn an_assertion_needs_no_client_secret() {
    let place = Place::new();
    place.add_service(
        "robot",
        "name = \"Robot\"\nscheme = \"oauth2\"\ngrant_types = [\"jwt_bearer\"]\ntoken_url = \"https://a.example.com/t\"\n\
         hosts = [\"a.example.com\"]\njwt = { alg = \"RS256\", iss = \"{client_id}\" }\n",
    );
    place.write_secret("key", "a key");
    let key = ["--secret-file", "private_key=key"];
    let client = ["service", "client", "robot", "--client-id", "me"];
    place.run(&[&client[..], &key].concat()).ok();
    place.add("bot", "robot");
    place
        .run(&[&["connection", "connect", "bot"][..], &key].concat())
        .fails(
            2,
            &["a secret of the client of Robot", "service client robot"],
        );
}

/// A server for keys, which answers whatever arrives.
fn api() -> Server {
    Server::start(|_| Reply::json("{}"))
}

#[test]
fn a_prefix_is_sent_wherever_the_key_goes_and_shown_so() {
    let cases = [
        (
            "query",
            Some("k"),
            "Token ",
            "/me?k=Token%20s3cret-key",
            "query k=Token …",
        ),
        ("path", None, "bot", "/bots3cret-key/me", "path /bot…/…"),
        (
            "header",
            Some("X-Key"),
            "Key ",
            "/me",
            "header X-Key: Key …",
        ),
    ];
    for (place_of_key, name, prefix, target, shown) in cases {
        let (api, place) = (api(), Place::new());
        let host = api.host();
        let mut described = vec!["--scheme", "api_key", "--host", &host];
        described.extend(["--param-type", place_of_key, "--param-prefix", prefix]);
        described.extend(name.iter().flat_map(|name| ["--param-name", name]));
        add(&place, "shop", &described);
        let told = place.run(&["service", "show", "shop"]).ok().out;
        let line = format!("sent as              {shown}\n");
        assert!(told.contains(&line), "{told}");
        place.connect("team", "shop", "s3cret-key").ok();
        place.call("team", &api.url("/me")).ok();
        let arrived = api.requests();
        assert_eq!(arrived.last().unwrap().target, target);
        if place_of_key == "header" {
            let sent = arrived.last().unwrap().header("x-key");
            assert_eq!(sent, Some("Key s3cret-key"));
        }
    }
}

/// In an address `..` takes away what stands before it.
#[test]
fn a_key_with_dot_segments_is_refused() {
    let place = Place::new();
    let described = ["--scheme", "api_key", "--host", "api.example.com"];
    for prefix in ["../", "/./bot", "/x/%2E%2e/", "x/.."] {
        let path = ["--param-type", "path", "--param-prefix", prefix];
        let add = ["service", "add", "shop"];
        let refused = place.run(&[&add[..], &described, &path].concat());
        if prefix == "x/.." {
            // Not a segment of its own: the key follows.
            refused.ok();
        } else {
            refused.fails(78, &["param_prefix", prefix, "C0063"]);
        }
    }
    place.write(
        "further.toml",
        "name = \"Further\"\nscheme = \"api_key\"\nhosts = [\"api.example.com\"]\n\
         [[keys]]\nparam_type = \"path\"\nkey = \"/../{api_key}\"\n",
    );
    place
        .run(&["service", "validate", "further.toml"])
        .fails(78, &[])
        .prints("further.toml:6:7: keys.key: found \"/../{api_key}\", expected a path without the segments . and .. (C0063)\n");
}

#[test]
fn a_service_with_tokens_shows_how_they_are_sent_and_where_it_is_asked() {
    let place = Place::new();
    place.add_service(
        "chat",
        "name = \"Chat\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\ntoken_url = \"https://a.example.com/t\"\n\
         param_prefix = \"Zoho-oauthtoken \"\nhosts = [\"a.example.com\"]\nbase_url = \"https://a.example.com/{site}/\"\n\
         lookup = { request = \"GET https://a.example.com/sites\", value = \"/id\", field = \"site\" }\n\
         [[fields]]\nname = \"site\"\ntitle = \"Site\"\nfrom = \"lookup\"\npattern = \"[a-z]+\"\n",
    );
    let told = place.run(&["service", "show", "chat"]).ok().out;
    for line in [
        "sent as              header Authorization: Zoho-oauthtoken …\n",
        "looked up at         GET https://a.example.com/sites (site)\n",
    ] {
        assert!(told.contains(line), "{told}");
    }
}

#[test]
fn what_only_the_service_tells_is_not_set_by_a_person() {
    let place = Place::new();
    place.add_service(
        "books",
        "name = \"Books\"\nscheme = \"oauth2\"\nauthorize_url = \"https://a.example.com/a\"\n\
         token_url = \"https://a.example.com/t\"\nhosts = [\"a.example.com\"]\nbase_url = \"https://a.example.com/{realm}/\"\n\
         [[fields]]\nname = \"realm\"\ntitle = \"Realm\"\nfrom = \"callback:realmId\"\npattern = \"[0-9]+\"\n",
    );
    let told = ["realm", "the service tells it", "C0038"];
    let set = ["--set", "realm=12"];
    let add = ["connection", "add", "team", "--service", "books"];
    place.run(&[&add[..], &set].concat()).fails(4, &told);
    place.add("team", "books");
    for command in ["edit", "connect"] {
        let command = ["connection", command, "team"];
        place.run(&[&command[..], &set].concat()).fails(4, &told);
    }
}

/// The stored password goes to new hosts only if a person says so.
#[test]
fn a_stored_password_goes_to_other_hosts_only_after_a_yes() {
    let (before, after, place) = (api(), api(), Place::new());
    let definition = |api: &Server| {
        let host = api.host();
        format!(
            "name = \"Shop\"\nscheme = \"basic\"\nhosts = [\"{host}\"]\nverify = \"GET http://{host}/me\"\n"
        )
    };
    place.add_service("shop", &definition(&before));
    let named = ["connection", "add", "team", "--service", "shop"];
    place
        .run(&[&named[..], &["--set", "username=ada"]].concat())
        .ok();
    place.write_secret("password", "old-password");
    let entered = ["--secret-file", "password=password"];
    let connect = ["connection", "connect", "team"];
    place.run(&[&connect[..], &entered].concat()).ok();
    place.write("shop.toml", definition(&after));
    let edit = ["service", "edit", "shop", "--file", "shop.toml", "--yes"];
    place.run(&edit).ok();

    let told = ["C0029", "--yes", "Password", &after.host()];
    place.run(&connect).fails(4, &told).prints("");
    let said = format!("team lets secrets go to {}", after.host());
    let asked = place.on_terminal("freshet connection reconnect team", "\nn\n");
    assert!(
        asked.out.contains(&said) && asked.out.contains("there? [y/N]"),
        "{}",
        asked.out
    );
    assert_eq!(after.requests().len(), 0);

    let reconnected = place.run(&[&connect[..], &["--yes"]].concat()).ok();
    assert!(reconnected.err.contains(&said), "{}", reconnected.err);
    assert_eq!(after.requests().len(), 1);
    // It was agreed to once.
    place.run(&connect).ok().quietly();
    place.run(&[&connect[..], &entered].concat()).ok();
}

#[test]
fn a_rate_of_its_own_is_taken_back() {
    let (api, place) = (OAuth2::start("tok"), Place::new());
    place.add_service("shop", &api.definition("Shop"));
    place.add("team", "shop");
    let rate = |value: &str| {
        let edit = ["connection", "edit", "team", "--rate", value];
        place.run(&edit).ok();
        let shown = place.run(&["connection", "show", "team", "--json"]).ok();
        shown.json()["connection"]["rate"].clone()
    };
    assert!(rate("per_minute=5").is_object());
    assert!(rate("").is_null());
}

#[test]
fn each_answer_about_a_new_service_is_checked_at_once() {
    let place = Place::new();
    let answers = "\noauth2\ncode\nauthorization_code\n127.0.0.1:1/a\nhttps://a.example.com/a\nhttps://a.example.com/t\n-\n\
                   hedder\n\n-\n*.com\na.example.com\n-\n";
    let asked = place
        .on_terminal("freshet service add mine", answers)
        .ok()
        .out;
    for (found, expected) in [
        ("\"code\"", "authorization_code"),
        ("\"127.0.0.1:1/a\"", "an https address"),
        ("\"hedder\"", "header, query"),
        ("\"*.com\"", "hosts such as"),
    ] {
        let told = format!("found {found}, expected");
        let line = asked.lines().find(|line| line.contains(&told));
        assert!(line.is_some_and(|line| line.contains(expected)), "{asked}");
    }
    let toml = place.run(&["service", "show", "mine", "--toml"]).ok().out;
    assert!(
        toml.contains("grant_types = [\"authorization_code\"]"),
        "{toml}"
    );
}

#[test]
fn what_options_cannot_say_is_told_with_what_can() {
    let place = Place::new();
    let from = [
        "service",
        "add",
        "x",
        "--from",
        "stripe",
        "--host",
        "a.example.com",
    ];
    place
        .run(&from)
        .fails(2, &["do not go with --file or --from", "service edit x"]);
    let device = [
        "--grant-type",
        "device_code",
        "--token-url",
        "https://a.example.com/t",
    ];
    let described = [
        "service",
        "add",
        "x",
        "--scheme",
        "oauth2",
        "--host",
        "a.example.com",
    ];
    place
        .run(&[&described[..], &device].concat())
        .fails(78, &["device_url", "C0062", "service add x --file FILE"]);

    let definition = "name = \"Plain\"\nscheme = \"basic\"\nhosts = [\"a.example.com\"]\n";
    place.add_service("plain", definition);
    let add = ["connection", "add", "team", "--service", "plain"];
    place
        .run(&[&add[..], &["--set", "username=ada"]].concat())
        .ok();
    place
        .run(&["connection", "connect", "team", "--set", "password=abc"])
        .fails(2, &["password", "--secret-stdin"]);
    place
        .run(&["connection", "connect", "team", "--device"])
        .fails(2, &["C0049", "--device where a person must consent"]);
    let drop = [
        "connection",
        "edit",
        "team",
        "--drop-host",
        "no.example.com",
    ];
    place
        .run(&drop)
        .fails(2, &["C0046", "it has no extra hosts"]);

    // Whoever lists a field of their own lists those too that the scheme asks for.
    let own = "base_url = \"https://a.example.com/{site}/\"\n[[fields]]\nname = \"site\"\ntitle = \"Site\"\n";
    place.write("own.toml", format!("{definition}{own}"));
    let told = place
        .run(&["service", "validate", "own.toml"])
        .fails(78, &[])
        .out;
    for line in [
        "username: `{username}` has no field",
        "name = \"username\", title = \"User name\" (C0066)",
        "name = \"password\", title = \"Password\", secret = true (C0066)",
    ] {
        assert!(told.contains(line), "{told}");
    }
}
