//! Redirects: how far, with which method and body, and with whose credentials. That https never leads to http needs a
//! server with a certificate and is shown by the unit tests of the connections crate.

use crate::run_on;
use crate::support::server::{Reply, Server};

/// A server that sends `/STATUS` on to `/end` with that status, and answers `arrived` there.
fn hop() -> Server {
    Server::start(|request| match request.path()[1..].parse::<u16>() {
        Ok(status) => Reply::new(status, "", "").with("Location", "/end?from=hop"),
        Err(_) => Reply::new(200, "text/plain", "arrived"),
    })
}

#[test]
fn the_method_changes_as_browsers_do_it() {
    for (status, method, arrives_as, keeps_body) in [
        (301, "POST", "GET", false),
        (302, "POST", "GET", false),
        (303, "POST", "GET", false),
        (303, "PUT", "GET", false),
        (303, "DELETE", "GET", false),
        (301, "PUT", "PUT", true),
        (302, "PATCH", "PATCH", true),
        (307, "POST", "POST", true),
        (308, "POST", "POST", true),
        (307, "DELETE", "DELETE", true),
        (301, "GET", "GET", true),
        (308, "GET", "GET", true),
    ] {
        let server = hop();
        let ran = run_on(
            &server,
            &[],
            &format!(
                "info invokeurl [ url :\"$URL/{status}\" type :{method} body :\"text\" headers :{{\"X-H\":\"1\"}} ];"
            ),
        );
        assert_eq!(ran.printed(), "arrived");
        let requests = server.requests();
        let last = requests.last().unwrap();
        let what = format!("{status} after {method}");
        assert_eq!(
            (requests.len(), last.method.as_str(), last.target.as_str()),
            (2, arrives_as, "/end?from=hop"),
            "{what}"
        );
        assert_eq!(last.text(), if keeps_body { "text" } else { "" }, "{what}");
        assert_eq!(last.header("content-type").is_some(), keeps_body, "{what}");
        assert_eq!(last.header("x-h"), Some("1"), "{what}");
    }
}

#[test]
fn other_statuses_with_a_location_are_replies() {
    for status in [200, 201, 300, 304, 305, 404] {
        let server = hop();
        let ran = run_on(
            &server,
            &[],
            &format!(
                "r = invokeurl [ url :\"$URL/{status}\" detailed :true ];\ninfo r.get(\"responseCode\");"
            ),
        );
        assert_eq!(ran.printed(), status.to_string());
        server.only();
    }
}

#[test]
fn ten_are_followed_and_eleven_are_not() {
    let countdown = || {
        Server::start(|request| match request.path()[1..].parse::<u32>() {
            Ok(left) if left > 0 => {
                Reply::new(302, "", "").with("Location", &format!("{}", left - 1))
            }
            _ => Reply::new(200, "text/plain", "arrived"),
        })
    };
    let ten = countdown();
    assert_eq!(
        run_on(&ten, &[], "info invokeurl [ url :\"$URL/10\" ];").printed(),
        "arrived"
    );
    assert_eq!(ten.requests().len(), 11);
    let eleven = countdown();
    run_on(&eleven, &[], "info invokeurl [ url :\"$URL/11\" ];").failed(69, "[C0014]");
    assert_eq!(eleven.requests().len(), 11);
    let caught = run_on(
        &countdown(),
        &[],
        "try { invokeurl [ url :\"$URL/11\" ]; } catch (e) { info e.message; }",
    );
    assert!(caught.printed().contains("more than 10"), "{}", caught.out);
}

#[test]
fn a_location_that_leads_nowhere_is_an_error() {
    for (location, says) in [
        (None, "Location"),
        (Some("file:///etc/passwd"), "file"),
        (Some("ftp://a.example/"), "ftp"),
        (Some("http://"), "Location"),
        (Some("http://169.254.169.254/latest"), "169.254.169.254"),
    ] {
        let server = Server::start(move |_| match location {
            Some(location) => Reply::new(302, "", "").with("Location", location),
            None => Reply::new(302, "", ""),
        });
        let ran = run_on(
            &server,
            &[],
            "info invokeurl [ url :\"$URL/?key=hidden\" ];",
        );
        assert!(
            ran.code == 69 || ran.code == 78,
            "{location:?}: exit {}\n{}",
            ran.code,
            ran.err
        );
        assert!(
            ran.err.contains(says) && (ran.err.contains("[C0014]") || ran.err.contains("[C0008]")),
            "{location:?}\n{}",
            ran.err
        );
        server.only();
    }
}

#[test]
fn what_a_script_sets_as_credential_stays_with_its_server() {
    let other = Server::start(|_| Reply::new(200, "text/plain", "other"));
    let to = other.url("/end");
    let server = Server::start(move |request| match request.path() {
        "/away" => Reply::new(307, "", "").with("Location", &to),
        "/stay" => Reply::new(307, "", "").with("Location", "/end"),
        _ => Reply::new(200, "text/plain", "same"),
    });
    let call = |path: &str| {
        format!(
            "info invokeurl [ url :\"$URL{path}\" headers :{{\"Authorization\":\"Bearer mine\",\"Cookie\":\"a=1\",\"X-H\":\"1\"}} ];"
        )
    };
    assert_eq!(run_on(&server, &[], &call("/stay")).printed(), "same");
    let last = server.requests().pop().unwrap();
    assert_eq!(
        (last.header("authorization"), last.header("cookie")),
        (Some("Bearer mine"), Some("a=1"))
    );
    assert_eq!(run_on(&server, &[], &call("/away")).printed(), "other");
    let last = other.only();
    assert_eq!(
        (
            last.header("authorization"),
            last.header("cookie"),
            last.header("x-h")
        ),
        (None, None, Some("1"))
    );
}

#[test]
fn cookies_are_not_kept() {
    let server = Server::start(|request| match request.path() {
        "/start" => Reply::new(302, "", "")
            .with("Location", "/end")
            .with("Set-Cookie", "a=1"),
        _ => Reply::json("{}").with("Set-Cookie", "b=2"),
    });
    run_on(
        &server,
        &[],
        "invokeurl [ url :\"$URL/start\" ];\ninvokeurl [ url :\"$URL/again\" ];",
    )
    .printed();
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.header("cookie").is_none())
    );
}
