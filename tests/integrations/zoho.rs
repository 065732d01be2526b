//! Zoho, as far as the examples of the tasks call it: it answers in the shapes of the public references, and refuses
//! what they do not know.

use crate::support::server::{Reply, Request};

/// The reply to a request.
pub fn answer(request: &Request) -> Reply {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((&request.target, ""));
    let body = match request.header("host").unwrap() {
        "api.example.com" => return shop(request, path),
        "desk.zoho.com" => desk(request, path),
        "recruit.zoho.com" => recruit(request, path),
        _ => match path.split('/').nth(1) {
            Some("crm") => crm(request, path, query),
            Some("books") => books(request, path, query),
            Some("inventory") => inventory(request, path, query),
            Some("creator") => creator(path),
            _ => None,
        },
    };
    match body {
        Some(body) => Reply::new(200, "application/json;charset=UTF-8", body),
        None => Reply::new(
            404,
            "application/json;charset=UTF-8",
            r#"{"code":"INVALID_URL_PATTERN","details":{},"message":"Please check if the URL trying to access is a correct one","status":"error"}"#,
        ),
    }
}

/// The service of the examples of web tasks.
fn shop(request: &Request, path: &str) -> Reply {
    let (status, body) = match (request.method.as_str(), path) {
        ("GET", "/v1/ping") => return Reply::new(200, "text/plain", "pong"),
        ("GET", "/v1/orders") => (200, r#"[{"id":7,"item":"Kite"},{"id":8,"item":"Lamp"}]"#),
        ("GET", "/v1/orders/7") => (200, r#"{"id":7,"item":"Kite"}"#),
        ("POST", "/v1/orders") if request.text().contains("Kite") => (201, r#"{"id":9}"#),
        _ => (404, r#"{"error":"no such order"}"#),
    };
    Reply::new(status, "application/json", body)
}

const LEAD: &str =
    r#"{"id":"4876876000000333001","Last_Name":"Berg","City":"Voss","Owner":{"name":"Ann"}}"#;
const OTHER_LEAD: &str = r#"{"id":"4876876000000333002","Last_Name":"Berg","City":"Oslo"}"#;
const PAGE: &str = r#","info":{"per_page":200,"count":2,"page":1,"more_records":false}}"#;

fn data(records: &[&str]) -> String {
    format!("{{\"data\":[{}]{PAGE}", records.join(","))
}

/// What the CRM says of a record that it wrote.
fn written(message: &str) -> String {
    format!(
        r#"{{"code":"SUCCESS","details":{{"Modified_Time":"2026-11-24T10:00:00+01:00","id":"4876876000000333001"}},"message":"{message}","status":"success"}}"#
    )
}

fn crm(request: &Request, path: &str, query: &str) -> Option<String> {
    let rest: Vec<&str> = path.split('/').skip(2).collect();
    let (version, rest) = rest.split_first()?;
    Some(match (request.method.as_str(), rest) {
        ("GET", ["settings", "variables", "desk_key"]) if query == "group=General" => {
            r#"{"variables":[{"id":"4876876000000111001","api_name":"desk_key","name":"Desk key","type":"text","value":"k-17","variable_group":{"api_name":"General","id":"4876876000000111000"}}]}"#.to_owned()
        }
        ("PUT", ["settings", "variables", "4876876000000111001"])
            if query == "group=4876876000000111000" =>
        {
            r#"{"variables":[{"code":"SUCCESS","details":{"id":"4876876000000111001"},"message":"variable updated","status":"success"}]}"#.to_owned()
        }
        ("GET", ["Leads", "search"]) => data(&[LEAD, OTHER_LEAD]),
        // From version 3 on a list of fields is wanted.
        ("GET", ["Leads"]) if *version == "v2" || query.contains("fields=") => {
            data(&[LEAD, OTHER_LEAD])
        }
        ("GET", ["Leads", id]) if *id == "4876876000000333001" => data(&[LEAD]),
        ("GET", ["Leads", _, "Notes"]) => data(&[r#"{"id":"1"}"#, r#"{"id":"2"}"#]),
        ("POST", ["Leads", _, "actions", "convert"]) => {
            r#"{"data":[{"Contacts":"4876876000000333009","Deals":null,"Accounts":"4876876000000333008"}]}"#.to_owned()
        }
        ("POST", ["Leads", "upsert"]) => {
            r#"{"data":[{"code":"SUCCESS","duplicate_field":"Email","action":"update","details":{"id":"4876876000000333001"},"message":"record updated","status":"success"}]}"#.to_owned()
        }
        ("POST", ["Leads", _, "Attachments"]) => format!("{{\"data\":[{}]}}", written("attachment uploaded successfully")),
        ("POST", ["Leads"]) => {
            let records = request.text().matches("Last_Name").count();
            let records = vec![written("record added"); records];
            format!("{{\"data\":[{}]}}", records.join(","))
        }
        ("PUT", ["Leads"] | ["Leads", ..]) => format!("{{\"data\":[{}]}}", written("record updated")),
        ("DELETE", ["Leads", _]) => format!("{{\"data\":[{}]}}", written("record deleted")),
        _ => return None,
    })
}

fn books(request: &Request, path: &str, query: &str) -> Option<String> {
    if !query.contains("organization_id=10234695") {
        return None;
    }
    let rest: Vec<&str> = path.strip_prefix("/books/v3/")?.split('/').collect();
    let body = match (request.method.as_str(), rest.as_slice()) {
        ("GET", ["invoices"]) => {
            r#"{"code":0,"message":"success","invoices":[{"invoice_id":"982000000567114"},{"invoice_id":"982000000567115"}],"page_context":{"page":1,"per_page":200,"has_more_page":false}}"#
        }
        ("GET", ["invoices", "982000000567114"]) => {
            r#"{"code":0,"message":"success","invoice":{"invoice_id":"982000000567114","total":40.6}}"#
        }
        ("POST", ["contacts"]) => {
            r#"{"code":0,"message":"The contact has been added.","contact":{"contact_id":"982000000567001"}}"#
        }
        ("PUT", ["contacts", "982000000567001"]) => {
            r#"{"code":0,"message":"Contact information has been saved.","contact":{}}"#
        }
        _ => return None,
    };
    Some(body.to_owned())
}

fn inventory(request: &Request, path: &str, query: &str) -> Option<String> {
    if !query.contains("organization_id=10234695") {
        return None;
    }
    let rest: Vec<&str> = path.strip_prefix("/inventory/v1/")?.split('/').collect();
    let body = match (request.method.as_str(), rest.as_slice()) {
        ("GET", ["items"]) => {
            r#"{"code":0,"message":"success","items":[{"item_id":"4815000000044208","name":"Kite"}]}"#
        }
        ("GET", ["items", "4815000000044208"]) => {
            r#"{"code":0,"message":"success","item":{"name":"Kite","rate":12}}"#
        }
        ("POST", ["items"]) => r#"{"code":0,"message":"The item has been added.","item":{}}"#,
        ("PUT", ["items", "4815000000044208"]) => {
            r#"{"code":0,"message":"Item details have been saved.","item":{"rate":14}}"#
        }
        _ => return None,
    };
    Some(body.to_owned())
}

fn desk(request: &Request, path: &str) -> Option<String> {
    if request.header("orgid") != Some("60031797") {
        return None;
    }
    let ticket = r#"{"id":"1892000000042034","ticketNumber":"101","subject":"A kite is late","status":"Open"}"#;
    let rest: Vec<&str> = path.strip_prefix("/api/v1/")?.split('/').collect();
    Some(match (request.method.as_str(), rest.as_slice()) {
        ("GET", ["tickets", "search"]) => format!("{{\"data\":[{ticket}],\"count\":1}}"),
        ("GET", ["tickets"]) => format!("{{\"data\":[{ticket},{ticket}]}}"),
        ("GET", ["tickets", "1892000000042034"]) | ("POST", ["tickets"]) => ticket.to_owned(),
        ("PATCH", ["tickets", "1892000000042034"]) => ticket.replace("Open", "Closed"),
        ("GET", ["tickets", _, "comments"]) => {
            r#"{"data":[{"id":"7","content":"On its way"}]}"#.to_owned()
        }
        _ => return None,
    })
}

fn recruit(request: &Request, path: &str) -> Option<String> {
    let rest: Vec<&str> = path.strip_prefix("/recruit/v2/")?.split('/').collect();
    Some(match (request.method.as_str(), rest.as_slice()) {
        ("GET", ["Candidates"] | ["Candidates", "search"]) => data(&[LEAD, OTHER_LEAD]),
        ("GET", ["Candidates", "333001"]) => data(&[LEAD]),
        ("PUT", ["Candidates", "333001"]) => {
            format!("{{\"data\":[{}]}}", written("record updated"))
        }
        _ => return None,
    })
}

fn creator(path: &str) -> Option<String> {
    let body = match path.strip_prefix("/creator/v2.1/data/ann/shop/report/All_Orders")? {
        "" => r#"{"code":3000,"data":[{"ID":"1","Total":"120"},{"ID":"2","Total":"130"}]}"#,
        "/3888833000000114027" => {
            r#"{"code":3000,"data":{"ID":"3888833000000114027","Total":"120"}}"#
        }
        _ => return None,
    };
    Some(body.to_owned())
}
