//! Each row of the table: its example is run against Zoho, which sees what the row says. (What it prints is checked with
//! all other examples.)

use freshet_interpreter::library::integration::TASKS;

use crate::World;
use crate::zoho::answer;

/// What the examples of the table send, in its order.
const SENT: &[(&str, &[&str])] = &[
    (
        "zoho.crm.getRecordById",
        &["GET www.zohoapis.com /crm/v2/Leads/4876876000000333001"],
    ),
    (
        "zoho.crm.updateRecord",
        &[
            r#"PUT www.zohoapis.com /crm/v2/Leads/4876876000000333001 {"trigger":["workflow"],"data":[{"City":"Voss"}]}"#,
        ],
    ),
    (
        "zoho.crm.getRelatedRecords",
        &["GET www.zohoapis.com /crm/v2/Leads/4876876000000333001/Notes?page=1&per_page=50"],
    ),
    (
        "zoho.crm.searchRecords",
        &["GET www.zohoapis.com /crm/v2/Leads/search?criteria=%28Last_Name%3Aequals%3ABerg%29"],
    ),
    (
        "zoho.crm.createRecord",
        &[
            r#"POST www.zohoapis.com /crm/v2/Leads {"data":[{"Last_Name":"Berg","Company":"Fjord"}]}"#,
        ],
    ),
    (
        "zoho.crm.getRecords",
        &["GET www.zohoapis.com /crm/v8/Leads?page=1&per_page=50&fields=Last_Name"],
    ),
    (
        "zoho.crm.updateRelatedRecord",
        &[r#"PUT www.zohoapis.com /crm/v2/Leads/333001/Products/333002 {"data":[{"Quantity":2}]}"#],
    ),
    (
        "zoho.crm.convertLead",
        &[
            r#"POST www.zohoapis.com /crm/v2/Leads/4876876000000333001/actions/convert {"data":[{"overwrite":true}]}"#,
        ],
    ),
    (
        "zoho.crm.attachFile",
        &[
            "POST www.zohoapis.com /crm/v2/Leads/333001/Attachments multipart/form-data; boundary=B\n--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nalpha\r\n--B--\r\n",
        ],
    ),
    (
        "zoho.crm.upsert",
        &[
            r#"POST www.zohoapis.com /crm/v2/Leads/upsert {"duplicate_check_fields":["Email"],"data":[{"Last_Name":"Berg","Email":"b@example.com"}]}"#,
        ],
    ),
    (
        "zoho.crm.bulkCreate",
        &[
            r#"POST www.zohoapis.com /crm/v2/Leads {"data":[{"Last_Name":"Berg"},{"Last_Name":"Dahl"}]}"#,
        ],
    ),
    (
        "zoho.crm.bulkUpdate",
        &[r#"PUT www.zohoapis.com /crm/v2/Leads {"data":[{"id":"333001","City":"Voss"}]}"#],
    ),
    (
        "zoho.crm.deleteRecord",
        &["DELETE www.zohoapis.com /crm/v2/Leads/333001"],
    ),
    (
        "zoho.crm.getOrgVariable",
        &["GET www.zohoapis.com /crm/v2/settings/variables/desk_key?group=General"],
    ),
    (
        "zoho.crm.setOrgVariable",
        &[
            "GET www.zohoapis.com /crm/v2/settings/variables/desk_key?group=General",
            r#"PUT www.zohoapis.com /crm/v2/settings/variables/4876876000000111001?group=4876876000000111000 {"variables":[{"value":"k-18"}]}"#,
        ],
    ),
    (
        "zoho.books.getRecords",
        &["GET www.zohoapis.com /books/v3/invoices?organization_id=10234695&status=sent"],
    ),
    (
        "zoho.books.getRecordsByID",
        &["GET www.zohoapis.com /books/v3/invoices/982000000567114?organization_id=10234695"],
    ),
    (
        "zoho.books.createRecord",
        &[
            r#"POST www.zohoapis.com /books/v3/contacts?organization_id=10234695 {"contact_name":"Fjord"}"#,
        ],
    ),
    (
        "zoho.books.updateRecord",
        &[
            r#"PUT www.zohoapis.com /books/v3/contacts/982000000567001?organization_id=10234695 {"notes":"Voss"}"#,
        ],
    ),
    (
        "zoho.inventory.getRecords",
        &["GET www.zohoapis.com /inventory/v1/items?sku=K-1&organization_id=10234695"],
    ),
    (
        "zoho.inventory.getRecordsByID",
        &["GET www.zohoapis.com /inventory/v1/items/4815000000044208?organization_id=10234695"],
    ),
    (
        "zoho.inventory.createRecord",
        &[
            r#"POST www.zohoapis.com /inventory/v1/items?organization_id=10234695 {"name":"Kite","rate":12}"#,
        ],
    ),
    (
        "zoho.inventory.updateRecord",
        &[
            r#"PUT www.zohoapis.com /inventory/v1/items/4815000000044208?organization_id=10234695 {"rate":14}"#,
        ],
    ),
    (
        "zoho.desk.searchRecords",
        &[
            "GET desk.zoho.com /api/v1/tickets/search?ticketNumber=101&from=0&limit=1 orgId=60031797",
        ],
    ),
    (
        "zoho.desk.create",
        &[r#"POST desk.zoho.com /api/v1/tickets orgId=60031797 {"subject":"A kite is late"}"#],
    ),
    (
        "zoho.desk.update",
        &[
            r#"PATCH desk.zoho.com /api/v1/tickets/1892000000042034 orgId=60031797 {"status":"Closed"}"#,
        ],
    ),
    (
        "zoho.desk.getRecordById",
        &["GET desk.zoho.com /api/v1/tickets/1892000000042034 orgId=60031797"],
    ),
    (
        "zoho.desk.getRecords",
        &["GET desk.zoho.com /api/v1/tickets?from=1&limit=50&sortBy=createdTime orgId=60031797"],
    ),
    (
        "zoho.desk.getRelatedRecords",
        &[
            "GET desk.zoho.com /api/v1/tickets/1892000000042034/comments?from=1&limit=10 orgId=60031797",
        ],
    ),
    (
        "zoho.recruit.getRecordById",
        &["GET recruit.zoho.com /recruit/v2/Candidates/333001"],
    ),
    (
        "zoho.recruit.getRecords",
        &["GET recruit.zoho.com /recruit/v2/Candidates?page=1&per_page=50"],
    ),
    (
        "zoho.recruit.searchRecords",
        &[
            "GET recruit.zoho.com /recruit/v2/Candidates/search?criteria=%28Last_Name%3Aequals%3ABerg%29",
        ],
    ),
    (
        "zoho.recruit.updateRecord",
        &[r#"PUT recruit.zoho.com /recruit/v2/Candidates/333001 {"data":[{"City":"Voss"}]}"#],
    ),
    (
        "zoho.creator.getRecords",
        &[
            "GET www.zohoapis.com /creator/v2.1/data/ann/shop/report/All_Orders?criteria=Total%20%3E%20100&from=1&max_records=200",
        ],
    ),
    (
        "zoho.creator.getRecordById",
        &["GET www.zohoapis.com /creator/v2.1/data/ann/shop/report/All_Orders/3888833000000114027"],
    ),
];

#[test]
fn the_example_of_each_row_sends_its_request() {
    let names: Vec<&str> = TASKS.iter().map(|task| task.name).collect();
    let tested: Vec<&str> = SENT.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, tested);
    let world = World::new(answer);
    let scripts = TASKS.iter().map(|task| task.example.script);
    let ran = world.run(&scripts.collect::<Vec<_>>().join("\n"));
    let sent: Vec<String> = world
        .sent()
        .iter()
        .map(|line| plain_boundary(line))
        .collect();
    let expected: Vec<&str> = SENT
        .iter()
        .flat_map(|(_, lines)| lines.iter().copied())
        .collect();
    assert_eq!(sent, expected, "{}", ran.err);
    ran.ok().quietly();
}

/// A multipart body with `B` as its boundary.
fn plain_boundary(line: &str) -> String {
    match line.split_once("boundary=") {
        Some((_, rest)) => {
            let boundary = rest.split('\n').next().unwrap();
            line.replace(boundary, "B")
        }
        None => line.to_owned(),
    }
}

#[test]
fn each_row_is_documented() {
    for task in TASKS {
        let name = task.name;
        assert!(
            !task.summary.is_empty() && task.summary.ends_with('.') && task.summary.len() < 100,
            "{name}"
        );
        assert!(task.source.starts_with("https://"), "{name}");
        assert!(
            task.example.script.contains(&name["zoho.crm".len()..]),
            "{name}"
        );
        for param in task.all_params() {
            assert!(!param.summary.is_empty(), "{name} {}", param.name);
        }
        // A parameter that may be left out never stands before one of the same kind that may not.
        let written = task.written();
        assert!(
            written.starts_with(name) && written.ends_with("[connection])"),
            "{written}"
        );
    }
}
