//! What a task gives of a reply: the record, the list, the whole; errors of the service as values.

use crate::World;
use crate::support::server::Reply;

const REFUSED: &str = r#"{"code":"INVALID_DATA","details":{"id":"5"},"message":"the id given seems to be invalid","status":"error"}"#;

#[test]
fn an_error_of_the_service_is_a_value() {
    let world = World::new(|request| match request.method.as_str() {
        "POST" => Reply::new(
            202,
            "application/json",
            r#"{"data":[{"code":"MANDATORY_NOT_FOUND","details":{"api_name":"Last_Name"},"message":"required field not found","status":"error"}]}"#,
        ),
        _ => Reply::new(400, "application/json", REFUSED),
    });
    for call in [
        "zoho.crm.getRecordById(\"Leads\", 5, \"crm_link\")",
        "zoho.crm.getRecords(\"Leads\", \"crm_link\")",
        "zoho.crm.searchRecords(\"Leads\", \"(City:equals:Voss)\", \"crm_link\")",
        "zoho.crm.updateRecord(\"Leads\", 5, {\"City\": \"Voss\"}, \"crm_link\")",
        "zoho.crm.getOrgVariable(\"key\", \"crm_link\")",
        "zoho.crm.setOrgVariable(\"key\", 1, \"crm_link\")",
        "zoho.books.getRecords(\"contacts\", 1, \"books_link\")",
        "zoho.desk.getRecordById(1, \"tickets\", 5, \"desk_link\")",
    ] {
        world
            .run(&format!(
                "r = {call};\ninfo r.get(\"code\") + \": \" + r.get(\"message\");"
            ))
            .ok()
            .prints("INVALID_DATA: the id given seems to be invalid\n");
    }
    world
        .run("r = zoho.crm.createRecord(\"Leads\", {\"City\": \"Voss\"}, \"crm_link\");\ninfo r;")
        .ok()
        .prints("{\"code\":\"MANDATORY_NOT_FOUND\",\"details\":{\"api_name\":\"Last_Name\"},\"message\":\"required field not found\",\"status\":\"error\"}\n");
}

#[test]
fn nothing_found_is_an_empty_list() {
    let world = World::new(|_| Reply::new(204, "", ""));
    world
        .run(
            "info zoho.crm.searchRecords(\"Leads\", \"(City:equals:Voss)\", \"crm_link\").size();
info zoho.crm.getRecords(\"Leads\", \"crm_link\").isEmpty();
for each note in zoho.crm.getRelatedRecords(\"Notes\", \"Leads\", 5, \"crm_link\") { info note; }
info zoho.crm.getRecordById(\"Leads\", 5, \"crm_link\").get(\"City\");",
        )
        .ok()
        .prints("0\ntrue\nnull\n");
}

#[test]
fn a_reply_that_is_no_json_is_given_as_it_is() {
    let world = World::new(|_| Reply::new(502, "text/html", "<h1>Bad gateway</h1>"));
    world
        .run("info zoho.crm.getRecordById(\"Leads\", 5, \"crm_link\");\ninfo zoho.crm.getRecords(\"Leads\", \"crm_link\");")
        .ok()
        .prints("<h1>Bad gateway</h1>\n<h1>Bad gateway</h1>\n");
}

#[test]
fn a_variable_in_another_group_is_found_in_the_list_of_all() {
    let world = World::new(|request| match request.path() {
        "/crm/v2/settings/variables" => Reply::json(
            r#"{"variables":[{"id":"1","api_name":"other","value":"o"},{"id":"2","api_name":"mail_key","value":"m-1","variable_group":{"api_name":"Mail","id":"9"}}]}"#,
        ),
        "/crm/v2/settings/variables/2" => {
            Reply::json(r#"{"variables":[{"code":"SUCCESS","status":"success"}]}"#)
        }
        _ => Reply::new(400, "application/json", REFUSED),
    });
    world
        .run("info zoho.crm.getOrgVariable(\"mail_key\", \"crm_link\");\ninfo zoho.crm.setOrgVariable(\"mail_key\", \"m-2\", \"crm_link\").get(\"variables\").size();")
        .ok()
        .prints("m-1\n1\n");
    assert_eq!(
        world.sent().last().unwrap(),
        "PUT www.zohoapis.com /crm/v2/settings/variables/2?group=9 {\"variables\":[{\"value\":\"m-2\"}]}"
    );
}
