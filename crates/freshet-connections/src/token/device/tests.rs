//! The questions to a token endpoint: how often, and when they end. The endpoint is a list of
//! answers, and no pause takes time.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;

use http::{HeaderMap, StatusCode};
use tempfile::TempDir;

use super::*;
use crate::error::ConnectionError;
use crate::settings::{Limits, Settings, Via};
use crate::token::Grant;
use crate::transport::{Arrival, Exchange, Sending, Transport};
use crate::{ClientInput, Connections, NewConnection};

const SERVICE: &str = r#"
name = "Tv"
scheme = "oauth2"
grant_types = ["device_code"]
token_url = "http://127.0.0.1:9/token"
device_url = "http://127.0.0.1:9/device"
client_auth = "basic"
hosts = ["127.0.0.1:9"]
"#;

/// Status and body of each answer; `None`: none came in time.
struct Scripted {
    answers: Mutex<Vec<Option<(u16, &'static str)>>>,
    bodies: Mutex<Vec<String>>,
}

impl Transport for Scripted {
    fn send(&self, exchange: Exchange) -> Sending<'_> {
        let body = String::from_utf8(exchange.request.body.clone()).unwrap();
        self.bodies.lock().unwrap().push(body);
        let answer = self.answers.lock().unwrap().remove(0);
        let arrival = answer.map(|(status, body)| Arrival {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
            url: exchange.request.url,
            hops: 0,
            authenticated: true,
        });
        let late = || ConnectionError::timeout("127.0.0.1:9", Duration::from_secs(30));
        Box::pin(std::future::ready(arrival.ok_or_else(late)))
    }
}

/// Asks until the answers lead to an end: the end, the pauses in seconds, and the bodies sent.
async fn ask(
    answers: Vec<Option<(u16, &'static str)>>,
) -> (Result<String, TokenFailure>, Vec<u64>, Vec<String>) {
    let folder = TempDir::new().unwrap();
    let connections = Connections::new(Settings {
        registry: Some(folder.path().join("registry.db")),
        key_file: None,
        key: None,
        use_only: false,
        ..Settings::from_environment(Via::Run).unwrap()
    });
    connections
        .add_service("tv", "tv.toml", SERVICE, None)
        .unwrap();
    let client = ClientInput {
        client_id: Some("me".to_owned()),
        client_secret: Some("hush".into()),
        ..ClientInput::default()
    };
    connections.set_client("tv", None, client).unwrap();
    let new = NewConnection {
        link_name: "tv".to_owned(),
        service: "tv".to_owned(),
        ..NewConnection::default()
    };
    connections.create(new).unwrap();
    let usable = connections
        .store
        .writing()
        .unwrap()
        .load_to_connect("tv", "")
        .unwrap();
    let transport = Scripted {
        answers: Mutex::new(answers),
        bodies: Mutex::default(),
    };
    let waiting = DeviceWait {
        code: "d3vice".into(),
        interval: Duration::from_secs(5),
        valid_for: Duration::from_secs(600),
    };
    let registry = connections.store.writing().unwrap();
    let with = Renewing {
        transport: &transport,
        ..connections.renewing(&registry, Limits::default())
    };
    let asking = Asking::new(&with, &usable, Endpoint::Token).unwrap();
    let client = asking.client(ClientAuth::Basic).unwrap();
    let adapter = asking
        .adapter(Grant::Device(&waiting), ClientAuth::Basic)
        .unwrap();
    let pauses = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&pauses);
    let pause = move |time: Duration| {
        noted.lock().unwrap().push(time.as_secs());
        std::future::ready(())
    };
    let ended = waiting.token(&client, &adapter, pause).await;
    let pauses = pauses.lock().unwrap().clone();
    let ended = ended.map(|reply| oauth2::TokenResponse::access_token(&reply).secret().clone());
    let bodies = transport.bodies.lock().unwrap().clone();
    (ended, pauses, bodies)
}

const PENDING: Option<(u16, &str)> = Some((400, r#"{"error":"authorization_pending"}"#));
const SLOW: Option<(u16, &str)> = Some((400, r#"{"error":"slow_down"}"#));
const TOKEN: Option<(u16, &str)> = Some((200, r#"{"access_token":"t0ken"}"#));

/// Check 54: pending, slow down, granted; the pauses are 5, then 10.
#[tokio::test]
async fn pauses_grow_by_five_seconds_for_good_and_double_when_nobody_answers() {
    let (ended, pauses, bodies) = ask(vec![
        PENDING,
        PENDING,
        SLOW,
        PENDING,
        None,
        Some((503, "")),
        TOKEN,
    ])
    .await;
    assert_eq!(ended.unwrap(), "t0ken");
    assert_eq!(pauses, [5, 5, 10, 10, 20, 40]);
    for body in bodies {
        assert_eq!(
            body,
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=d3vice&client_id=me"
        );
    }
}

#[tokio::test]
async fn services_that_say_it_in_their_own_way_are_understood() {
    let answers = vec![
        Some((200, "error=authorization_pending&error_description=wait")),
        Some((428, r#"{"error":"authorization_pending"}"#)),
        Some((429, r#"{"error":"slow_down"}"#)),
        TOKEN,
    ];
    let (ended, pauses, _) = ask(answers).await;
    assert_eq!(ended.unwrap(), "t0ken");
    assert_eq!(pauses, [5, 5, 10]);
}

#[tokio::test]
async fn what_does_not_pass_ends_the_questions() {
    for (answer, word) in [
        (r#"{"error":"access_denied"}"#, "access_denied"),
        (r#"{"error":"expired_token"}"#, "expired_token"),
        (r#"{"error":"invalid_grant"}"#, "invalid_grant"),
    ] {
        let (ended, pauses, _) = ask(vec![PENDING, Some((400, answer))]).await;
        assert!(
            matches!(&ended, Err(TokenFailure::Refused(refusal)) if refusal.word == word),
            "{ended:?}"
        );
        assert_eq!(pauses, [5]);
    }
    let (ended, ..) = ask(vec![Some((200, "<html>"))]).await;
    assert!(
        matches!(ended, Err(TokenFailure::Unreadable(_))),
        "{ended:?}"
    );
}

fn of(value: Value) -> Option<Value> {
    regular(value.as_object()?).ok()
}

#[test]
fn a_reply_is_read_however_its_members_are_called() {
    let regular = of(json!({
        "device_code": "d", "user_code": "U-1", "verification_url": "https://example.com/device",
        "expires_in": "900", "interval": 0,
    }));
    assert_eq!(
        regular,
        Some(json!({
            "device_code": "d", "user_code": "U-1", "verification_uri": "https://example.com/device",
            "expires_in": 900, "interval": 0,
        }))
    );
    let regular = of(json!({
        "device_code": "d", "user_code": "U-1", "verification_uri": "http://127.0.0.1/x",
        "verification_uri_complete": "https://example.com/?code=U-1", "expires_in": 99999,
    }));
    let regular = regular.unwrap_or_default();
    assert_eq!(regular["expires_in"], 1800);
    assert_eq!(regular["interval"], 5);
    assert_eq!(
        regular["verification_uri_complete"],
        "https://example.com/?code=U-1"
    );
}

#[test]
fn nobody_is_sent_to_an_address_that_is_not_safe() {
    for address in [
        "http://example.com/device",
        "javascript:alert(1)",
        "device",
        "https://x\u{1b}[2J/",
    ] {
        let found = json!({ "device_code": "d", "user_code": "U-1", "verification_uri": address });
        assert_eq!(of(found), None, "{address}");
    }
    assert_eq!(
        of(json!({ "device_code": "d", "verification_uri": "https://x/" })),
        None
    );
}
