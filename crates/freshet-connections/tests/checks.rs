//! Checks of the registry, by their numbers (connections, 11): its tables, its seals, its attempts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may end at the first surprise"
)]

mod place;

use std::collections::BTreeMap;
use std::time::Duration;

use freshet_connections::{
    Call, ClientInput, Code, ConnectionError, Connections, NewConnection, StartOptions,
};
use place::Place;
use secrecy::SecretString;

/// The tables as the reference gives them (connections, 5).
const SCHEMA: &str = include_str!("place/schema.sql");

const KEY_SERVICE: &str = r#"name = "Sample"
scheme = "api_key"
hosts = ["api.example.com"]
"#;

const CONSENT_SERVICE: &str = r#"name = "Consent"
scheme = "oauth2"
authorize_url = "https://login.example.com/authorize"
token_url = "https://login.example.com/token"
hosts = ["api.example.com"]
"#;

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

fn add(connections: &Connections, link: &str, service: &str) {
    let new = NewConnection {
        link_name: link.into(),
        service: service.into(),
        ..NewConnection::default()
    };
    connections.create(new).unwrap();
}

/// Connections with keys, `one` and `two`, and one to consent to, `asking`, with its client.
fn furnished(place: &Place) -> Connections {
    let connections = place.connections();
    connections
        .add_service("sample", "sample.toml", KEY_SERVICE, None)
        .unwrap();
    connections
        .add_service("consent", "consent.toml", CONSENT_SERVICE, None)
        .unwrap();
    for link in ["one", "two"] {
        add(&connections, link, "sample");
        let secrets = BTreeMap::from([("api_key".to_owned(), SecretString::from(link))]);
        run(connections.connect(link, secrets, false)).unwrap();
    }
    let client = ClientInput {
        client_id: Some("id".into()),
        client_secret: Some("s".into()),
        ..ClientInput::default()
    };
    connections.set_client("consent", None, client).unwrap();
    add(&connections, "asking", "consent");
    connections
}

fn using(connections: &Connections, link: &str) -> Result<(), ConnectionError> {
    let request = http::Request::get("https://api.example.com/x")
        .body(Vec::new())
        .unwrap();
    connections
        .describe(Call::new(request).with_connection(link))
        .map(|_| ())
}

fn raw(place: &Place) -> rusqlite::Connection {
    rusqlite::Connection::open(place.path("registry.db")).unwrap()
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn check_23_schema_user_version_and_application_id_are_those_of_the_reference() {
    let place = Place::new();
    furnished(&place);
    let db = raw(&place);
    let number = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(number("PRAGMA application_id"), 0x4652_4553);
    assert_eq!(number("PRAGMA user_version"), 1);
    let (pragma, tables) = SCHEMA.split_once(';').unwrap();
    assert_eq!(pragma, "PRAGMA application_id = 0x46524553");
    let mut expected: Vec<String> = tables
        .split(';')
        .map(words)
        .filter(|text| !text.is_empty())
        .collect();
    expected.sort();
    let mut statement = db
        .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")
        .unwrap();
    let mut found: Vec<String> = statement
        .query_map([], |row| row.get::<_, String>(0))
        .unwrap()
        .map(|text| words(&text.unwrap()))
        .collect();
    found.sort();
    assert_eq!(found, expected);
    assert_eq!(found.len(), 9);
}

/// The columns that the reference marks as sealed, with their tables.
fn sealed_columns() -> Vec<(String, String)> {
    let mut columns = Vec::new();
    for statement in SCHEMA.split(';') {
        let statement = words(statement);
        let Some(table) = statement.strip_prefix("CREATE TABLE ") else {
            continue;
        };
        let table = table.split_whitespace().next().unwrap();
        for part in statement
            .split(" BLOB /*sealed*/")
            .collect::<Vec<_>>()
            .split_last()
            .unwrap()
            .1
        {
            let column = part.rsplit([' ', '(', ',']).next().unwrap();
            columns.push((table.to_owned(), column.to_owned()));
        }
    }
    columns
}

/// What the registry says of secrets that do not open.
#[track_caller]
fn closed(connections: &Connections) -> Vec<String> {
    let report = connections.check_registry().unwrap();
    let errors: Vec<ConnectionError> = report
        .checks
        .into_iter()
        .flat_map(|check| check.errors)
        .collect();
    for error in &errors {
        assert_eq!((error.kind(), error.exit()), (Code::Unseal, 74), "{error}");
    }
    errors
        .iter()
        .map(|error| error.message().to_owned())
        .collect()
}

#[test]
fn check_25_a_sealed_value_opens_in_its_own_place_alone() {
    let place = Place::new();
    let connections = furnished(&place);
    run(connections.start_authorization("asking", &StartOptions::default())).unwrap();
    assert!(closed(&connections).is_empty());
    let db = raw(&place);
    let columns = sealed_columns();
    assert_eq!(columns.len(), 8, "{columns:?}");

    // Every value that is there, in every other place: another row, column or table.
    let mut values = Vec::new();
    for (table, column) in &columns {
        let sql = format!("SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL");
        let mut statement = db.prepare(&sql).unwrap();
        let rows = statement
            .query_map([], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
            })
            .unwrap();
        for row in rows {
            let (id, value) = row.unwrap();
            values.push((table.clone(), column.clone(), id, value));
        }
    }
    assert_eq!(values.len(), 4, "two keys, a client secret, a verifier");
    let mut moved = 0;
    for (from_table, from_column, from_id, value) in &values {
        for (table, column) in &columns {
            let ids: Vec<i64> = db
                .prepare(&format!("SELECT id FROM {table}"))
                .unwrap()
                .query_map([], |row| row.get(0))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            for id in ids {
                if (table, column, &id) == (from_table, from_column, from_id) {
                    continue;
                }
                db.execute_batch("SAVEPOINT here").unwrap();
                db.execute(
                    &format!("UPDATE {table} SET {column} = ?1 WHERE id = ?2"),
                    (value, id),
                )
                .unwrap();
                db.execute_batch("RELEASE here").unwrap();
                let told = closed(&connections);
                assert_eq!(
                    told.len(),
                    1,
                    "{from_table}.{from_column} in {table}.{column}: {told:?}"
                );
                let before = values
                    .iter()
                    .find(|known| (&known.0, &known.1, known.2) == (table, column, id))
                    .map(|known| &known.3);
                db.execute(
                    &format!("UPDATE {table} SET {column} = ?1 WHERE id = ?2"),
                    (before, id),
                )
                .unwrap();
                moved += 1;
            }
        }
    }
    assert!(moved > 40, "{moved}");
    assert!(closed(&connections).is_empty());
}

#[test]
fn check_25_a_flipped_bit_closes_a_value_and_others_work() {
    let place = Place::new();
    let connections = furnished(&place);
    let db = raw(&place);
    let value: Vec<u8> = db
        .query_row(
            "SELECT secret_fields FROM credential WHERE id = 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let put = |value: &[u8]| {
        let sql = "UPDATE credential SET secret_fields = ?1 WHERE id = 1";
        assert_eq!(db.execute(sql, [value]).unwrap(), 1);
    };
    for index in 0..value.len() {
        let mut altered = value.clone();
        altered[index] ^= 1 << (index % 8);
        put(&altered);
        let error = using(&connections, "one").unwrap_err();
        assert_eq!((error.code(), error.exit()), ("C0083", 74), "byte {index}");
        assert!(error.message().contains("`one`"), "{}", error.message());
        using(&connections, "two").unwrap();
    }
    for length in 0..value.len() {
        put(&value[..length]);
        assert_eq!(using(&connections, "one").unwrap_err().code(), "C0083");
    }
    using(&connections, "two").unwrap();
    put(&value);
    using(&connections, "one").unwrap();
}

/// The state that stands in the address of a consent.
fn state(address: &str) -> String {
    let (_, query) = address.split_once('?').unwrap();
    let pair = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("state="));
    pair.unwrap().to_owned()
}

#[test]
fn check_28_attempts_expire_and_outcomes_stay_readable_for_a_day() {
    let place = Place::new();
    let connections = furnished(&place);
    let start =
        || run(connections.start_authorization("asking", &StartOptions::default())).unwrap();
    let answer = |text: String| {
        let answer = SecretString::from(text);
        run(connections.finish_authorization(None, &answer, None, false))
            .unwrap_err()
            .code()
    };
    let count = || {
        raw(&place)
            .query_row("SELECT count(*) FROM attempt", [], |row| {
                row.get::<_, i64>(0)
            })
            .unwrap()
    };

    // Denied within its time: the outcome stays, its secret does not.
    let denied = start();
    let outcome = || {
        let outcome = connections.attempt_outcome(denied.attempt);
        outcome
            .map(|finished| finished.map(|finished| finished.link))
            .map_err(|error| error.code())
    };
    assert_eq!(outcome(), Ok(None), "under way");
    assert_eq!(
        answer(format!(
            "error=access_denied&state={}",
            state(&denied.address)
        )),
        "C0023"
    );
    assert_eq!(outcome(), Err("C0023"));
    let sealed: Option<Vec<u8>> = raw(&place)
        .query_row("SELECT secret FROM attempt", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sealed, None);

    // Ten minutes and no more; the next start lets go of what is over.
    let late = start();
    place.clock.forward(Duration::from_secs(601));
    assert_eq!(
        answer(format!("code=x&state={}", state(&late.address))),
        "C0021"
    );
    assert_eq!(count(), 2);
    start();
    assert_eq!(count(), 2, "the expired one went, the finished one stayed");
    assert_eq!(
        answer(format!("code=x&state={}", state(&late.address))),
        "C0020"
    );

    place.clock.forward(Duration::from_secs(24 * 60 * 60 - 602));
    start();
    assert_eq!(outcome(), Err("C0023"), "readable for 24 hours");
    place.clock.forward(Duration::from_secs(2));
    start();
    assert_eq!(outcome(), Err("C0020"), "gone");
}
