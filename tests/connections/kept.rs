//! What an authorisation keeps from the process that begins it to the one that ends it (connections, 5): secrets that
//! were entered, the wish not to verify, and what a consent brought while a choice is still to be made.

use serde_json::json;

use crate::services::OAuth2Provider;
use crate::services::oauth2_provider::Rules;
use crate::support::place::{Place, feed};
use crate::support::terminal::Terminal;

/// A place with the connection `team` to a provider, and further keys of its service.
fn joined(provider: &OAuth2Provider, grant: &str, more: &str) -> Place {
    let place = Place::new();
    place.add_service("shop", &provider.definition("Shop", &[grant], more));
    place.add_client("shop", "freshet-client", "freshet-secret");
    place.add("team", "shop");
    place
}

/// A service whose API wants to know the site, and has three.
fn with_sites() -> (OAuth2Provider, Place) {
    let sites = json!({ "sites": [{ "id": "north", "name": "North" }, { "id": "south" }, { "id": "west" }] });
    let provider = OAuth2Provider::with(Rules {
        api_replies: vec![("/sites", sites)],
        ..Rules::default()
    });
    let more = format!(
        "headers = {{ X-Site = \"{{site}}\" }}\n\
         lookup = {{ request = \"GET {}\", list = \"/sites\", value = \"/id\", title = \"/name\", field = \"site\" }}\n\
         [[fields]]\nname = \"site\"\ntitle = \"Site\"\nfrom = \"lookup\"\npattern = \"[a-z]+\"\n",
        provider.server.url("/sites")
    );
    let place = joined(&provider, "authorization_code", &more);
    (provider, place)
}

const CONNECT: [&str; 3] = ["connection", "connect", "team"];

#[track_caller]
fn start(place: &Place, more: &[&str]) -> String {
    let begun = place.run(&[&CONNECT[..], &["--start"], more].concat()).ok();
    begun.out.trim().to_owned()
}

fn sites_of(provider: &OAuth2Provider) -> Vec<String> {
    let verified = provider.requests("/me");
    verified
        .iter()
        .map(|request| request.header("x-site").unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn check_60_a_consent_is_not_lost_while_a_choice_is_to_be_made() {
    let (provider, place) = with_sites();
    let answer = provider.consent(&start(&place, &[]));
    place
        .run_with_input(&[&CONNECT[..], &["--finish", "-"]].concat(), &answer)
        .fails(
            4,
            &[
                "site: found 3 choices: north (North), south, west",
                "freshet connection connect team --set site=VALUE",
                "C0038",
            ],
        );
    assert_eq!(place.status("team"), "created");
    // A wrong value, another process, and then the right one: nobody consents again.
    place
        .run(&[&CONNECT[..], &["--set", "site=east"]].concat())
        .fails(4, &["found `east`, expected one of north", "C0038"]);
    place
        .run(&[&CONNECT[..], &["--set", "site=south"]].concat())
        .ok();
    assert_eq!(place.status("team"), "authorised");
    assert_eq!(
        (provider.asked(), sites_of(&provider)),
        (1, vec!["south".to_owned()])
    );
    // The choice was made: from here on, connecting asks for consent again.
    place
        .run(&[&CONNECT[..], &["--set", "site=north"]].concat())
        .fails(4, &["C0029", "--start"]);
    assert!(provider.faults().is_empty(), "{:?}", provider.faults());
}

#[test]
fn a_choice_made_at_the_start_is_known_at_the_end() {
    let (provider, place) = with_sites();
    let answer = provider.consent(&start(&place, &["--set", "site=west"]));
    place
        .run_with_input(&[&CONNECT[..], &["--finish", "-"]].concat(), &answer)
        .ok();
    assert_eq!(sites_of(&provider), ["west"]);
}

#[test]
fn a_secret_that_was_entered_at_the_start_is_stored_and_used() {
    let provider = OAuth2Provider::start();
    let place = joined(
        &provider,
        "authorization_code",
        "token_params = { pin = \"{pin}\" }\n[[fields]]\nname = \"pin\"\ntitle = \"Pin\"\nsecret = true\n",
    );
    place
        .run(&[&CONNECT[..], &["--start"]].concat())
        .fails(4, &["C0029", "--secret-stdin pin"]);
    place.write_secret("pin", "hidden-pin");
    let answer = provider.consent(&start(&place, &["--secret-file", "pin=pin"]));
    // Not before the consent has come.
    assert_eq!(place.status("team"), "created");
    place
        .run_with_input(&[&CONNECT[..], &["--finish", "-"]].concat(), &answer)
        .ok();
    // Stored: the next time it need not be given.
    let answer = provider.consent(&start(&place, &[]));
    place
        .run_with_input(&[&CONNECT[..], &["--finish", "-"]].concat(), &answer)
        .ok();
    let pins: Vec<_> = provider
        .token_forms()
        .into_iter()
        .map(|form| form.into_iter().find(|(name, _)| name == "pin"))
        .collect();
    let sent = Some(("pin".to_owned(), "hidden-pin".to_owned()));
    assert_eq!(pins, [sent.clone(), sent]);
    for (path, content) in place.files() {
        let holds = content.windows(10).any(|window| window == b"hidden-pin");
        assert!(!holds || path.ends_with("work/pin"), "{}", path.display());
    }
}

#[test]
fn an_attempt_that_began_without_verification_ends_without_it() {
    let provider = OAuth2Provider::start();
    let place = joined(&provider, "authorization_code", "");
    let answer = provider.consent(&start(&place, &["--no-verify"]));
    place
        .run_with_input(&[&CONNECT[..], &["--finish", "-"]].concat(), &answer)
        .ok();
    assert_eq!(place.status("team"), "authorised");
    assert_eq!(provider.requests("/me").len(), 0);
    // And one that began with it ends with it.
    let answer = provider.consent(&start(&place, &[]));
    place
        .run_with_input(&[&CONNECT[..], &["--finish", "-"]].concat(), &answer)
        .ok();
    assert_eq!(provider.requests("/me").len(), 1);
}

#[test]
fn a_code_for_another_device_takes_secrets_along_too() {
    let provider = OAuth2Provider::start();
    let place = joined(
        &provider,
        "device_code",
        "token_params = { pin = \"{pin}\" }\n[[fields]]\nname = \"pin\"\ntitle = \"Pin\"\nsecret = true\n",
    );
    place.write_secret("pin", "hidden-pin");
    let more = ["--device", "--no-verify", "--secret-file", "pin=pin"];
    let mut terminal = Terminal::run(place.command(&[&CONNECT[..], &more].concat()));
    terminal.expect("Waiting until it is confirmed there.\n");
    provider.approve_device();
    terminal.ends(0, &["Connected team to Shop"]);
    assert_eq!(provider.requests("/me").len(), 0);
    let forms = provider.token_forms();
    let last = forms.last().unwrap();
    assert!(
        last.contains(&("pin".to_owned(), "hidden-pin".to_owned())),
        "{last:?}"
    );
}

/// Row 14: nobody consented to what is asked for now, so an answer to the old question counts no more.
#[test]
fn an_answer_does_not_outlive_the_change_that_took_the_authorisation_away() {
    let provider = OAuth2Provider::start();
    let place = joined(&provider, "authorization_code", "");
    let elsewhere = provider.server.url("/elsewhere");
    let add_scope = [
        "connection",
        "edit",
        "team",
        "--add-scope",
        "write",
        "--yes",
    ];
    let lead_elsewhere = [
        "service",
        "edit",
        "shop",
        "--token-url",
        &elsewhere,
        "--yes",
    ];
    let changes: [&dyn Fn(); 3] = [
        &|| drop(place.run(&lead_elsewhere).ok()),
        &|| drop(place.run(&add_scope).ok()),
        &|| place.add_client("shop", "another", "freshet-secret"),
    ];
    // Nobody authorised it, so it has nothing to lose but the question that is open.
    for change in changes {
        let answer = provider.consent(&start(&place, &[]));
        change();
        place
            .run_with_input(&[&CONNECT[..], &["--finish", "-"]].concat(), &answer)
            .fails(4, &["C0020"]);
        assert_eq!(place.status("team"), "created");
    }
    assert_eq!(
        (provider.asked(), provider.requests("/elsewhere").len()),
        (0, 0)
    );

    let place = joined(&provider, "authorization_code", "");
    let answer = provider.consent(&start(&place, &[]));
    place
        .run_with_input(&[&CONNECT[..], &["--finish", "-"]].concat(), &answer)
        .ok();
    let answer = provider.consent(&start(&place, &[]));
    place.run(&add_scope).ok();
    place
        .run_with_input(&[&CONNECT[..], &["--finish", "-"]].concat(), &answer)
        .fails(4, &["C0020"]);
    assert_eq!(place.status("team"), "needs_authorisation");
    assert_eq!(provider.asked(), 1);
    // What leaves the authorisation alone leaves the question alone.
    let answer = provider.consent(&start(&place, &[]));
    place
        .run(&["connection", "edit", "team", "--notes", "x"])
        .ok();
    place
        .run_with_input(&[&CONNECT[..], &["--finish", "-"]].concat(), &answer)
        .ok();
    assert_eq!(place.status("team"), "authorised");
}

#[test]
fn a_consent_that_waits_for_a_choice_ends_with_the_change_too() {
    let (provider, place) = with_sites();
    let answer = provider.consent(&start(&place, &[]));
    place
        .run_with_input(&[&CONNECT[..], &["--finish", "-"]].concat(), &answer)
        .fails(4, &["C0038"]);
    place
        .run(&[
            "connection",
            "edit",
            "team",
            "--add-scope",
            "write",
            "--yes",
        ])
        .ok();
    // Nothing is left to choose from: consent is asked for again.
    place
        .run(&[&CONNECT[..], &["--set", "site=south"]].concat())
        .fails(4, &["C0029", "--start"]);
    assert_eq!(place.status("team"), "created");
}

#[test]
fn whoever_began_it_is_authorised_whoever_brings_the_answer() {
    let provider = OAuth2Provider::start();
    let place = joined(&provider, "authorization_code", "");
    place
        .run(&[
            "connection",
            "add",
            "own",
            "--service",
            "shop",
            "--per-user",
        ])
        .ok();
    let run = |owner: &str, more: &[&str], input: &str| {
        let mut command = place.command(&[&["connection", "connect", "own"], more].concat());
        command.env("FRESHET_OWNER", owner);
        feed(command, input.as_bytes()).ok()
    };
    let answer = provider.consent(run("alice", &["--start"], "").out.trim());
    let told = run("bob", &["--finish", "-", "--json"], &answer).json();
    assert_eq!(told["connection"]["owner"], "alice");
    assert_eq!(told["connection"]["status"], "authorised");
    let answer = provider.consent(run("alice", &["--start"], "").out.trim());
    let told = run("bob", &["--finish", "-"], &answer).out;
    assert!(told.contains(" for alice. In a function:"), "{told}");
}

#[test]
fn a_code_for_another_device_is_not_begun_by_itself() {
    let provider = OAuth2Provider::start();
    let place = joined(&provider, "device_code", "");
    place
        .run(&[&CONNECT[..], &["--start"]].concat())
        .fails(2, &["C0049", "freshet connection connect team --device"]);
}

/// The tokens that were given back, in order.
fn given_back(provider: &OAuth2Provider) -> Vec<String> {
    let asked = provider.requests("/revoke");
    let forms = asked.iter().map(|request| request.text());
    forms
        .filter_map(|text| Some(text.strip_prefix("token=")?.split('&').next()?.to_owned()))
        .collect()
}

#[track_caller]
fn waits_for_a_choice(provider: &OAuth2Provider, place: &Place) {
    let answer = provider.consent(&start(place, &[]));
    place
        .run_with_input(&[&CONNECT[..], &["--finish", "-"]].concat(), &answer)
        .fails(4, &["the consent is kept", "C0038"]);
}

/// Row 15: nothing that the service granted is left, neither here nor there.
#[test]
fn a_consent_that_waits_for_a_choice_is_given_back_with_the_rest() {
    let revoke = ["connection", "revoke", "team", "--yes"];
    let choose = [&CONNECT[..], &["--set", "site=south"]].concat();
    let (provider, place) = with_sites();
    let answer = provider.consent(&start(&place, &["--set", "site=west"]));
    place
        .run_with_input(&[&CONNECT[..], &["--finish", "-"]].concat(), &answer)
        .ok();
    waits_for_a_choice(&provider, &place);
    let revoked = place.run(&revoke).ok().out;
    assert!(
        revoked.contains("refresh token and access token were ended"),
        "{revoked}"
    );
    assert_eq!(
        given_back(&provider),
        [
            "tok-refresh-1",
            "tok-access-1",
            "tok-refresh-2",
            "tok-access-2"
        ]
    );
    place.run(&choose).fails(4, &["C0029", "--start"]);
    assert_eq!(place.status("team"), "needs_authorisation");
    let url = provider.server.url("/me");
    place.call("team", &url).fails(4, &["C0003"]);
    assert_eq!(provider.good_tokens(), Vec::<String>::new());

    // The same where it never worked: it was `created` and stays it.
    let (provider, place) = with_sites();
    place.run(&revoke).fails(4, &["C0002"]);
    waits_for_a_choice(&provider, &place);
    place
        .run(&["connection", "verify", "team"])
        .fails(4, &["C0002"]);
    let told = place
        .run(&[&revoke[..], &["--json"]].concat())
        .ok()
        .quietly()
        .json();
    assert_eq!(told["revoked"], json!({ "access": true, "refresh": true }));
    assert_eq!(told["connection"]["status"], "created");
    assert_eq!(given_back(&provider), ["tok-refresh-1", "tok-access-1"]);
    place.run(&choose).fails(4, &["C0029", "--start"]);
    place.run(&revoke).fails(4, &["C0002"]);

    // Without telling the service it ends here.
    waits_for_a_choice(&provider, &place);
    place.run(&[&revoke[..], &["--local"]].concat()).ok();
    place.run(&choose).fails(4, &["C0029", "--start"]);

    // And who removes the connection can give it back too.
    waits_for_a_choice(&provider, &place);
    place
        .run(&["connection", "remove", "team", "--revoke", "--yes"])
        .ok();
    let back = given_back(&provider);
    assert_eq!(back[2..], ["tok-refresh-3", "tok-access-3"]);
}
