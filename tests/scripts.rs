//! Every script in `scripts/` against a service of its own: what arrives there, and what the script prints.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use support::place::{Outcome, Place};
use support::server::{Reply, Request, Server};

/// The key behind every connection; it arrives in `X-Api-Key` and must not be printed.
const KEY: &str = "PLANTEDkeyXYZQWERTYUIOPAS";

/// A request as method and target.
fn line(request: &Request) -> String {
    format!("{} {}", request.method, request.target)
}

/// The requests that arrived, as method and target.
fn lines(server: &Server) -> Vec<String> {
    server.requests().iter().map(line).collect()
}

/// The body of a request, which must be announced as JSON.
fn body(request: &Request) -> Value {
    let kind = request.header("content-type").unwrap_or_default();
    assert!(kind.starts_with("application/json"), "{request:?}");
    serde_json::from_slice(&request.body).unwrap()
}

fn answer(status: u16, body: &Value) -> Reply {
    Reply::new(status, "application/json", body.to_string())
}

/// A service that answers only those who have the key.
fn service(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |request| match request.header("x-api-key") {
        Some(KEY) => handler(request),
        _ => answer(401, &json!({"error": "no key"})),
    })
}

/// A place with a connection of each name to its server.
fn connected(servers: &[(&str, &Server)]) -> Place {
    let place = Place::new();
    for (name, server) in servers {
        let host = server.host();
        place
            .run(&[
                "service",
                "add",
                name,
                "--scheme",
                "api_key",
                "--param-name",
                "X-Api-Key",
                "--host",
                &host,
            ])
            .ok();
        place
            .run_with_input(
                &[
                    "connection",
                    "add",
                    name,
                    "--service",
                    name,
                    "--secret-stdin",
                    "--connect",
                ],
                KEY,
            )
            .ok();
    }
    place
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts")
}

/// Runs a script with a connection of each name to its server; `api` is the address of the first.
fn run(script: &str, servers: &[(&str, &Server)], arguments: &[&str]) -> Outcome {
    let place = connected(servers);
    let file = folder().join(format!("{script}.dg"));
    let api = format!("api={}", servers[0].1.url(""));
    let ran = place.run(&[&["run", file.to_str().unwrap(), &api], arguments].concat());
    assert!(
        !ran.out.contains(KEY) && !ran.err.contains(KEY),
        "the key was shown\n{}{}",
        ran.out,
        ran.err
    );
    ran
}

/// Runs a script, which must print what the file beside it says and nothing else.
fn prints(script: &str, servers: &[(&str, &Server)], arguments: &[&str]) {
    let expected = fs::read_to_string(folder().join(format!("{script}.out"))).unwrap();
    run(script, servers, arguments)
        .ok()
        .quietly()
        .prints(&expected);
}

#[test]
fn list_contacts() {
    let server = service(|request| {
        let contact =
            |name: &str, user: &str| json!({"name": name, "email": format!("{user}@example.com")});
        match request.target.as_str() {
            "/v1/contacts?page=1&per_page=100" => answer(
                200,
                &json!({"contacts": [contact("Ada Lovelace", "ada"), contact("Grace Hopper", "grace")], "more": true}),
            ),
            "/v1/contacts?page=2&per_page=100" => answer(
                200,
                &json!({"contacts": [contact("Mary Somerville", "mary")], "more": false}),
            ),
            _ => answer(404, &json!({})),
        }
    });
    prints("list_contacts", &[("crm", &server)], &[]);
    assert_eq!(
        lines(&server),
        [
            "GET /v1/contacts?page=1&per_page=100",
            "GET /v1/contacts?page=2&per_page=100"
        ]
    );
}

#[test]
fn list_contacts_ends_when_a_page_fails_or_pages_do_not_end() {
    let failing = service(|_| answer(503, &json!({"error": "closed"})));
    run("list_contacts", &[("crm", &failing)], &[])
        .fails(1, &["page 1 of the contacts: status 503"])
        .prints("");
    let endless = service(|_| answer(200, &json!({"contacts": [], "more": true})));
    run("list_contacts", &[("crm", &endless)], &[])
        .ok()
        .prints("0 contacts\n");
    assert_eq!(endless.requests().len(), 100);
}

#[test]
fn create_leads() {
    let server = service(|request| {
        assert_eq!(line(request), "POST /v1/leads");
        match body(request)["email"].as_str() {
            Some("ada@example.com") => answer(201, &json!({"id": "L-1"})),
            Some("grace@example.com") => answer(201, &json!({"id": "L-2"})),
            _ => answer(422, &json!({"error": "email is not an address"})),
        }
    });
    prints("create_leads", &[("crm", &server)], &[]);
    let sent: Vec<Value> = server.requests().iter().map(body).collect();
    assert_eq!(
        sent,
        [
            json!({"name": "Ada", "email": "ada@example.com"}),
            json!({"name": "Bob", "email": "bob at example.com"}),
            json!({"name": "Grace", "email": "grace@example.com"}),
        ]
    );
}

#[test]
fn update_changed() {
    let server = service(|request| match line(request).as_str() {
        "GET /v1/items" => answer(
            200,
            &json!([
                {"sku": "pen", "stock": 100},
                {"sku": "ink", "stock": 8},
                {"sku": "red chalk", "stock": 3},
                {"sku": "paper", "stock": 40},
            ]),
        ),
        "PATCH /v1/items/pen" => answer(200, &body(request)),
        "DELETE /v1/items/red%20chalk" => Reply::new(204, "", ""),
        _ => answer(404, &json!({})),
    });
    prints("update_changed", &[("shop", &server)], &[]);
    assert_eq!(
        lines(&server),
        [
            "GET /v1/items",
            "PATCH /v1/items/pen",
            "DELETE /v1/items/red%20chalk"
        ]
    );
    assert_eq!(body(&server.requests()[1]), json!({"stock": 120}));
}

#[test]
fn update_changed_stops_at_a_refusal() {
    let server = service(|request| match request.method.as_str() {
        "GET" => answer(200, &json!([{"sku": "red chalk", "stock": 3}])),
        _ => answer(403, &json!({"error": "read only"})),
    });
    run("update_changed", &[("shop", &server)], &[])
        .fails(1, &["/v1/items/red%20chalk: status 403"])
        .prints("");
}

#[test]
fn open_items() {
    let server = service(|_| {
        answer(
            200,
            &json!([
                {"id": 17, "subject": "Printer on fire", "owner": "Ada", "due": "2026-11-02"},
                {"id": 19, "subject": "Wrong invoice", "owner": null, "due": "2026-11-05"},
                {"id": 21, "subject": "Cannot sign in", "owner": "Ada", "due": "2026-11-09"},
            ]),
        )
    });
    prints("open_items", &[("desk", &server)], &[]);
    assert_eq!(line(&server.only()), "GET /v1/tickets?status=open&sort=due");
}

#[test]
fn sales_report() {
    let server = service(|_| {
        Reply::json(
            r#"[
                {"region": "South", "status": "paid", "total": 40},
                {"region": "North", "status": "paid", "total": 120.50},
                {"region": "North", "status": "cancelled", "total": 999.99},
                {"region": "North", "status": "sent", "total": 0.10}
            ]"#,
        )
    });
    prints("sales_report", &[("shop", &server)], &["month=2026-11"]);
    assert_eq!(line(&server.only()), "GET /v1/orders?month=2026-11");
}

#[test]
fn sales_report_of_a_month_without_revenue() {
    let server = service(|_| Reply::json(r#"[{"region": "South", "status": "sent", "total": 0}]"#));
    run("sales_report", &[("shop", &server)], &["month=2026-11"])
        .ok()
        .quietly()
        .prints("Revenue 2026-11\nSouth        0.00    0.0 %\ntotal        0.00\n");
}

#[test]
fn join_shop_and_billing() {
    let shop = service(|_| {
        answer(
            200,
            &json!([
                {"id": "A-1", "customer": "Ada"},
                {"id": "A-2", "customer": "Bob"},
                {"id": "A-3", "customer": "Grace"},
            ]),
        )
    });
    let billing = service(|_| {
        Reply::json(
            r#"{"data": [
                {"order_id": "A-2", "amount": 30.50, "paid": 10},
                {"order_id": "A-1", "amount": 12, "paid": 12}
            ]}"#,
        )
    });
    let address = format!("billing={}", billing.url(""));
    prints(
        "join_shop_and_billing",
        &[("shop", &shop), ("billing", &billing)],
        &[&address],
    );
    assert_eq!(line(&shop.only()), "GET /v1/orders?status=sent");
    assert_eq!(line(&billing.only()), "GET /v2/invoices");
}

#[test]
fn post_webhook() {
    let server = service(|_| Reply::new(202, "", ""));
    prints("post_webhook", &[("hooks", &server)], &["order=A-1001"]);
    let request = server.only();
    assert_eq!(line(&request), "POST /hooks/orders");
    assert_eq!(request.header("idempotency-key"), Some("order.paid-A-1001"));
    let sent = body(&request);
    assert_eq!(
        (&sent["type"], &sent["order"], &sent["currency"]),
        (&json!("order.paid"), &json!("A-1001"), &json!("EUR"))
    );
    assert!(request.text().contains("\"amount\":49.9"), "{sent}");
}

#[test]
fn post_webhook_tells_what_it_was_answered() {
    let repeated = service(|_| answer(409, &json!({})));
    run("post_webhook", &[("hooks", &repeated)], &["order=A-1001"])
        .ok()
        .prints("order A-1001: delivered before\n");
    let broken = service(|_| answer(500, &json!({})));
    run("post_webhook", &[("hooks", &broken)], &["order=A-1001"])
        .fails(1, &["order A-1001: the webhook answered 500"]);
}

#[test]
fn copy_file() {
    const EXPORT: &str = "id,total\nA-1,12.00\nA-2,30.50\n";
    let server = service(|request| match line(request).as_str() {
        "GET /v1/exports/latest" => Reply::new(200, "text/plain", EXPORT)
            .with("Content-Disposition", "attachment; filename=\"orders.csv\""),
        _ => answer(201, &json!({"id": "f-7", "name": "orders-2026-11-30.csv"})),
    });
    prints("copy_file", &[("files", &server)], &["day=2026-11-30"]);
    assert_eq!(
        lines(&server),
        ["GET /v1/exports/latest", "POST /v1/folders/reports/files"]
    );
    let upload = &server.requests()[1];
    let kind = upload.header("content-type").unwrap();
    assert!(kind.starts_with("multipart/form-data; boundary="), "{kind}");
    let text = upload.text();
    for part in [
        "name=\"replace\"",
        "\r\n\r\ntrue\r\n",
        "name=\"upload\"",
        "filename=\"orders-2026-11-30.csv\"",
        &format!("\r\n\r\n{EXPORT}\r\n"),
    ] {
        assert!(text.contains(part), "`{part}` is not in\n{text}");
    }
}

#[test]
fn retry_when_busy() {
    let tries = AtomicUsize::new(0);
    let server = service(move |request| {
        let busy = |seconds: &str| answer(429, &json!({})).with("Retry-After", seconds);
        match body(request)["to"].as_str() {
            Some("Bob") if tries.fetch_add(1, Ordering::SeqCst) == 0 => busy("0"),
            Some("Grace") => busy("120"),
            _ => Reply::new(202, "", ""),
        }
    });
    prints("retry_when_busy", &[("messages", &server)], &[]);
    let sent: Vec<Value> = server
        .requests()
        .iter()
        .map(|request| body(request)["to"].clone())
        .collect();
    assert_eq!(sent, ["Ada", "Bob", "Bob", "Grace"]);
}

#[test]
fn retry_when_busy_gives_up() {
    let server = service(|_| answer(429, &json!({})).with("Retry-After", "0"));
    let ran = run("retry_when_busy", &[("messages", &server)], &[]).ok();
    assert!(
        ran.out.ends_with("for the next run: Ada,Bob,Grace\n"),
        "{}",
        ran.out
    );
    assert_eq!(server.requests().len(), 9);
}

#[test]
fn the_commands_of_the_page_lead_to_a_run() {
    let page = fs::read_to_string(folder().join("README.md")).unwrap();
    let block = page.split("```").nth(1).unwrap();
    let server = service(|_| {
        answer(
            200,
            &json!({"contacts": [{"name": "Ada", "email": "a@b.example"}]}),
        )
    });
    let place = Place::new();
    place.write(
        "scripts/list_contacts.dg",
        fs::read(folder().join("list_contacts.dg")).unwrap(),
    );
    let commands: Vec<String> = block
        .trim()
        .lines()
        .map(|line| {
            line.replace("https://api.example.com", &server.url(""))
                .replace("api.example.com", &server.host())
        })
        .collect();
    assert_eq!(commands.len(), 3, "{block}");
    let mut printed = Vec::new();
    for command in &commands {
        let mut words: Vec<&str> = command.split_whitespace().skip(1).collect();
        if command.contains("--connect") {
            // A terminal is asked for the key; here it comes from a pipe.
            words.push("--secret-stdin");
        }
        printed.push(place.run_with_input(&words, KEY).ok().out);
    }
    assert_eq!(printed[2], "Ada <a@b.example>\n1 contacts\n");

    // What the page says of the other commands.
    let last: Vec<&str> = commands[2].split_whitespace().skip(1).collect();
    let before = server.requests().len();
    let dry = place.run(&[&last[..], &["--dry-run"]].concat());
    assert!(
        dry.err.contains("GET") && dry.err.contains("/v1/contacts"),
        "{dry:?}"
    );
    assert_eq!(server.requests().len(), before, "nothing is sent");
    place
        .run(&["check", last[1]])
        .fails(0, &["W0201", "`api`", "1 warning"]);
    let list = place.run(&["connection", "list"]).ok().out;
    assert!(list.contains("crm"), "{list}");
}

#[test]
fn the_shop_reminds_of_each_invoice_and_its_functions_are_described() {
    let place = Place::new();
    let shop = folder().join("shop");
    let script = shop.join("scripts/remind.dg");
    let rows = fs::read_to_string(shop.join("invoices.csv")).unwrap();
    // The one row with a comma in a field has it in the name.
    let rows = rows.replace("\"Somerville, Mary\"", "Somerville; Mary");
    let mut lines = rows.lines();
    let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut printed = String::new();
    for row in lines {
        let arguments = columns.iter().zip(row.split(','));
        let arguments =
            arguments.map(|(name, value)| format!("{name}={}", value.replace(';', ",")));
        let command = ["run".to_owned(), script.display().to_string()];
        let command: Vec<String> = command.into_iter().chain(arguments).collect();
        printed.push_str(&place.run(&command).ok().quietly().out);
    }
    let expected = fs::read_to_string(shop.join("scripts/remind.out")).unwrap();
    assert_eq!(printed, expected);
    let shop = shop.to_str().unwrap();
    place
        .run(&["check", shop])
        .fails(0, &["4 warnings in 3 files"]);
    let listed = place
        .run(&["function", "list", "--project", shop, "--json"])
        .ok()
        .json();
    for function in listed["functions"].as_array().unwrap() {
        assert_ne!(function["description"], "", "{function}");
    }
    place
        .run(&[
            "function",
            "run",
            "billing.money",
            "amount=5",
            "--result-only",
            "--project",
            shop,
        ])
        .ok()
        .prints("5.00 EUR\n");
}

#[test]
fn scripts_are_warned_of_for_nothing_but_their_parameters() {
    let page = fs::read_to_string(folder().join("README.md")).unwrap();
    let place = Place::new();
    for row in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let file = folder().join(cells[1].trim_matches('`'));
        let document = place
            .run(&["check", file.to_str().unwrap(), "--json"])
            .ok()
            .quietly()
            .json();
        let mut names: Vec<String> = document["diagnostics"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                assert_eq!(one["code"], "W0201", "{one}");
                let message = one["message"].as_str().unwrap();
                message.split('`').nth(1).unwrap().to_owned()
            })
            .collect();
        names.sort();
        let mut told = vec!["api".to_owned()];
        told.extend(cells[4].split('`').skip(1).step_by(2).map(str::to_owned));
        told.sort();
        assert_eq!(names, told, "{row}");
    }
}

#[test]
fn every_script_has_its_output_its_test_and_its_line_in_the_table() {
    let tests = include_str!("scripts.rs");
    let page = fs::read_to_string(folder().join("README.md")).unwrap();
    let names = |extension: &str| {
        let mut names: Vec<String> = fs::read_dir(folder())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|found| found == extension))
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    let scripts = names("dg");
    assert!(scripts.len() >= 8, "{scripts:?}");
    assert_eq!(scripts, names("out"));
    for script in scripts {
        assert!(
            tests.contains(&format!("#[test]\nfn {script}() {{")),
            "{script} has no test"
        );
        assert!(
            page.contains(&format!("| `{script}.dg` |")),
            "{script} is not in the table"
        );
    }
}
