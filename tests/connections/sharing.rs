//! One credential for everybody, or one an owner: and the way from one to the other (connections, 4.1 and 4.3).

use std::process::Stdio;

use crate::calling;
use crate::services::OAuth2Provider;
use crate::services::oauth2_provider::Rules;
use crate::support::place::{Outcome, Place, outcome};
use crate::support::terminal::Terminal;

/// The connection `team`, authorised by each of these owners in turn; `more` are options of `connection add`.
fn shared_among(owners: &[&str], more: &[&str]) -> (OAuth2Provider, Place) {
    let provider = OAuth2Provider::start();
    let place = Place::new();
    let grants = ["client_credentials", "authorization_code"];
    place.add_service("shop", &provider.definition("Shop", &grants, ""));
    place.add_client("shop", "freshet-client", "freshet-secret");
    let add = ["connection", "add", "team", "--service", "shop"];
    place.run(&[&add[..], more].concat()).ok();
    for owner in owners {
        place
            .run_as(owner, &["connection", "connect", "team"], "")
            .ok();
    }
    (provider, place)
}

fn edit(place: &Place, owner: &str, more: &[&str]) -> Outcome {
    let edit = ["connection", "edit", "team"];
    place.run_as(owner, &[&edit[..], more].concat(), "")
}

/// A script of this owner calls the API.
fn call(provider: &OAuth2Provider, place: &Place, owner: &str) -> Outcome {
    let script = calling("team", &provider.server.url("/data"));
    place.run_as(owner, &["run", "-"], &script)
}

/// The token of the last call.
fn sent(provider: &OAuth2Provider) -> Option<String> {
    let calls = provider.requests("/data");
    calls.last()?.header("authorization").map(str::to_owned)
}

fn token(number: u8) -> Option<String> {
    Some(format!("Bearer tok-access-{number}"))
}

#[test]
fn one_credential_for_everybody_is_that_of_whoever_says_so() {
    let (provider, place) = shared_among(&["ada", "bob"], &["--per-user"]);
    let whose = "The credentials of ada will be deleted";
    edit(&place, "bob", &["--shared"]).fails(4, &["C0029", "--yes", whose]);
    call(&provider, &place, "ada").ok().prints("200\n");
    assert_eq!(sent(&provider), token(1));

    let told = edit(&place, "bob", &["--shared", "--yes"]).ok();
    let left = "warning: the tokens of ada were deleted here, and not ended at Shop\n";
    assert_eq!(told.err, left);
    assert!(
        told.out.contains("- sharing              per user\n"),
        "{}",
        told.out
    );
    for owner in ["ada", "bob", "carol"] {
        call(&provider, &place, owner).ok().prints("200\n");
        assert_eq!(sent(&provider), token(2), "{owner}");
    }
    // What ada had is gone, and the log says whose it was.
    let db = rusqlite::Connection::open(place.data("registry.db")).unwrap();
    let owners: Vec<String> = {
        let mut statement = db.prepare("SELECT owner FROM credential").unwrap();
        let owners = statement.query_map([], |row| row.get(0)).unwrap();
        owners.map(Result::unwrap).collect()
    };
    assert_eq!(owners, [""]);
    let log = place.run(&["connection", "log", "team"]).ok().out;
    for told in ["sharing", "credential of ada deleted"] {
        assert!(log.contains(told), "{told}: {log}");
    }
}

#[test]
fn a_credential_for_each_owner_leaves_the_one_there_is_to_whoever_says_so() {
    let (provider, place) = shared_among(&["ada"], &[]);
    // Nobody loses one of their own, so nothing is asked.
    edit(&place, "ada", &["--per-user"]).ok();
    call(&provider, &place, "ada").ok().prints("200\n");
    call(&provider, &place, "bob").fails(4, &["C0002", "owner bob"]);
    place
        .run_as("bob", &["connection", "connect", "team"], "")
        .ok();
    call(&provider, &place, "bob").ok().prints("200\n");
    assert_eq!(sent(&provider), token(2));

    // Whoever has none leaves none.
    edit(&place, "carol", &["--shared", "--yes"]).ok();
    for owner in ["ada", "carol"] {
        call(&provider, &place, owner).fails(4, &["C0002"]);
    }
}

/// Whoever was asked would have consented for themselves, and not for everybody.
#[test]
fn a_consent_under_way_does_not_outlive_another_sharing() {
    let (provider, place) =
        shared_among(&[], &["--per-user", "--grant-type", "authorization_code"]);
    let connect = ["connection", "connect", "team"];
    let begun = place
        .run_as("bob", &[&connect[..], &["--start"]].concat(), "")
        .ok();
    let answer = provider.consent(begun.out.trim());
    edit(&place, "ada", &["--shared"]).ok();
    let finish = [&connect[..], &["--finish", "-"]].concat();
    place.run_as("bob", &finish, &answer).fails(4, &["C0020"]);
    assert_eq!(
        (provider.asked(), place.status("team")),
        (0, "created".to_owned())
    );
}

/// The server takes each refresh token once, so the answer that is under way is all there is (reliability, 2).
#[test]
fn a_renewal_under_way_is_not_lost_with_the_change() {
    for (before, after) in [(&[][..], "--per-user"), (&["--per-user"][..], "--shared")] {
        let provider = OAuth2Provider::with(Rules {
            rotate: true,
            reuse_revokes: true,
            ..Rules::default()
        });
        let place = Place::new();
        place.add_shop(&provider.definition("Shop", &["authorization_code"], ""));
        let add = ["connection", "add", "team", "--service", "shop"];
        place.run(&[&add[..], before].concat()).ok();
        let connect = ["connection", "connect", "team"];
        let begun = place.run(&[&connect[..], &["--start"]].concat()).ok();
        let answer = provider.consent(begun.out.trim());
        let finish = [&connect[..], &["--finish", "-"]].concat();
        place.run_with_input(&finish, &answer).ok();

        let url = provider.server.url("/me");
        place.write("call.dg", calling("team", &url));
        place.expire_tokens();
        provider.close();
        let asked = provider.asked();
        let calling = place.spawn(&["run", "call.dg"]);
        while provider.asked() == asked {
            std::thread::yield_now();
        }
        edit(&place, "tester", &[after]).ok();
        provider.open();
        outcome(calling.wait_with_output().unwrap())
            .ok()
            .prints("200\n");
        // And the next one.
        place.expire_tokens();
        place.call("team", &url).ok().prints("200\n");
        assert_eq!(provider.asked(), asked + 2, "{after}");
    }
}

/// On a terminal it is said before, and passwords have no tokens.
#[test]
fn whose_credentials_go_is_told_by_whoever_shares_a_connection() {
    let (_provider, place) = shared_among(&["ada", "bob"], &["--per-user"]);
    let mut command = place.command(&["connection", "edit", "team", "--shared"]);
    command.env("FRESHET_OWNER", "carol");
    let mut terminal = Terminal::run(command);
    let asked = "The credentials of ada, bob will be deleted, and their tokens not ended at Shop. Go on? [y/N] ";
    terminal.expect(asked);
    terminal.write("y\n");
    terminal.ends(
        0,
        &["the tokens of ada, bob were deleted here, and not ended at Shop"],
    );

    let place = Place::new();
    let definition = "name = \"Desk\"\nscheme = \"api_key\"\nhosts = [\"api.example.com\"]\n";
    place.add_service("desk", definition);
    let add = [
        "connection",
        "add",
        "team",
        "--service",
        "desk",
        "--per-user",
    ];
    place.run(&add).ok();
    let connect = ["connection", "connect", "team", "--secret-stdin"];
    place.run_as("ada", &connect, "k3y").ok();
    let told = edit(&place, "bob", &["--shared", "--yes"]).ok();
    assert_eq!(told.err, "warning: the credentials of ada were deleted\n");
}

/// The connection is there, so nobody is told that it was removed.
#[test]
fn a_renewal_of_a_credential_that_is_gone_says_so() {
    let (provider, place) = shared_among(&["ada", "bob"], &["--per-user"]);
    place.write("call.dg", calling("team", &provider.server.url("/data")));
    place.expire_tokens();
    provider.close();
    let asked = provider.asked();
    let mut command = place.command(&["run", "call.dg"]);
    command.env("FRESHET_OWNER", "ada");
    let renewing = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while provider.asked() == asked {
        std::thread::yield_now();
    }
    edit(&place, "bob", &["--shared", "--yes"]).ok();
    provider.open();
    let told = outcome(renewing.wait_with_output().unwrap());
    let told = told.fails(1, &["the credential of `team` was replaced meanwhile"]);
    assert!(!told.err.contains("removed"), "{}", told.err);
}

/// Whoever removes a connection can end the tokens of their own alone, and is told of the others.
#[test]
fn whose_tokens_live_on_is_told_when_a_connection_is_removed() {
    let (_provider, place) = shared_among(&["ada", "bob"], &["--per-user"]);
    let remove = ["connection", "remove", "team", "--revoke", "--yes"];
    let removed = place.run_as("bob", &remove, "").ok();
    let told = "the tokens of ada were deleted here, and not ended at Shop";
    assert!(removed.err.contains(told), "{}", removed.err);
    let (_provider, place) = shared_among(&["ada"], &[]);
    let removed = place.run_as("bob", &remove, "").ok();
    assert!(!removed.err.contains("deleted here"), "{}", removed.err);
}
