//! How the arguments of a task are read, which connection it takes, and what is wrong with others.

use crate::World;
use crate::support::server::Reply;
use crate::zoho::answer;

#[test]
fn what_may_be_left_out_is_told_apart_by_its_kind() {
    let world = World::new(|_| Reply::json(r#"{"data":[]}"#));
    for (call, sent) in [
        (
            "crm.getRecords(\"Leads\", \"crm_link\")",
            "/crm/v2/Leads?page=1&per_page=200",
        ),
        (
            "crm.getRecords(\"Leads\", 3, \"crm_link\")",
            "/crm/v2/Leads?page=3&per_page=200",
        ),
        (
            "crm.getRecords(\"Leads\", \"3\", \"20\", \"crm_link\")",
            "/crm/v2/Leads?page=3&per_page=20",
        ),
        (
            "crm.getRecords(\"Leads\", {\"fields\": \"A,B\"}, \"crm_link\")",
            "/crm/v2/Leads?page=1&per_page=200&fields=A%2CB",
        ),
        (
            "crm.getRecords(\"Leads\", 2, 5, {\"page\": 7}, \"crm_link\")",
            "/crm/v2/Leads?page=7&per_page=5",
        ),
        (
            "crm.getRecords(\"Leads\", null, null, null, \"crm_link\")",
            "/crm/v2/Leads?page=1&per_page=200",
        ),
        (
            "crm.getRecordById(\"Leads\", \" 5 \", Map(), \"crm_link\")",
            "/crm/v2/Leads/5",
        ),
        (
            "crm.getRecordById(\"Leads\", 5.0, {}, \"crm_link\")",
            "/crm/v2/Leads/5",
        ),
        (
            "crm.v2_1.getRecordById(\"Leads\", 5, \"crm_link\")",
            "/crm/v2.1/Leads/5",
        ),
        (
            "crm.V8.GETRECORDBYID(\"Leads\", 5, \"crm_link\")",
            "/crm/v8/Leads/5",
        ),
        (
            "crm.getRecordById(\"A b/c?d=e&f#g\", 5, \"crm_link\")",
            "/crm/v2/A%20b%2Fc%3Fd%3De%26f%23g/5",
        ),
        (
            "books.getRecords(\"Contacts\", 1, \"books_link\")",
            "/books/v3/contacts?organization_id=1",
        ),
        (
            "books.getRecords(\"contacts\", \"1\", \"?contact_name=A#1\", \"books_link\")",
            "/books/v3/contacts?contact_name=A%231&organization_id=1",
        ),
        (
            "books.getRecords(\"contacts\", 1, \"\", \"books_link\")",
            "/books/v3/contacts?organization_id=1",
        ),
        (
            "creator.getRecords(\"ann\", \"shop\", \"R\", \"\", 1, 200, \"creator_link\")",
            "/creator/v2.1/data/ann/shop/report/R?from=1&max_records=200",
        ),
        (
            "creator.v2_1.getRecords(\"ann\", \"shop\", \"R\", {\"field_config\": \"all\"}, \"creator_link\")",
            "/creator/v2.1/data/ann/shop/report/R?field_config=all",
        ),
    ] {
        world.run(&format!("r = zoho.{call};")).ok().quietly();
        assert_eq!(
            world.sent(),
            [format!("GET www.zohoapis.com {sent}")],
            "{call}"
        );
    }
}

#[test]
fn wrong_arguments_are_named_and_nothing_is_sent() {
    let world = World::new(answer);
    for (call, code, told) in [
        (
            "crm.getRecordById(\"Leads\")",
            "R0013",
            "`zoho.crm.getRecordById` takes 2 to 4 arguments, found 1",
        ),
        (
            "crm.getRecordById(\"Leads\", null, \"crm_link\")",
            "R0014",
            "expects TEXT or a whole NUMBER as `id`, found null",
        ),
        (
            "crm.getRecordById(\"Leads\", 1.5, \"crm_link\")",
            "R0014",
            "as `id`, found DECIMAL",
        ),
        (
            "crm.getRecordById(7, 5, \"crm_link\")",
            "R0014",
            "expects TEXT as `module`, found NUMBER",
        ),
        (
            "crm.createRecord(\"Leads\", \"x\", \"crm_link\")",
            "R0014",
            "expects KEY-VALUE as `map`, found the TEXT `x`",
        ),
        (
            "crm.getRecords(\"Leads\", true)",
            "R0016",
            "expected a whole NUMBER (page) or a whole NUMBER (perPage) or KEY-VALUE (map) or TEXT (connection) next, found BOOLEAN",
        ),
        (
            "crm.getRecordById(\"Leads\", 5, \"crm_link\", 1)",
            "R0016",
            "NUMBER is one argument too many",
        ),
        (
            "crm.getRecordById(\"Leads\", \"\", \"crm_link\")",
            "R0016",
            "`id` is empty",
        ),
        (
            "crm.getRecordById(\"Leads\", \"..\", \"crm_link\")",
            "R0016",
            "`id` is no name and no number",
        ),
        (
            "crm.deleteRecord({\"module\": \"Leads\"}, \"crm_link\")",
            "R0016",
            "`id` is missing",
        ),
        (
            "crm.deleteRecord({\"module\": \"Leads\", \"id\": null}, \"crm_link\")",
            "R0016",
            "`id` is empty",
        ),
        (
            "crm.attachFile(\"Leads\", 5, \"a\", \"crm_link\")",
            "R0014",
            "expects FILE as `file`",
        ),
        (
            "crm.bulkCreate(\"Leads\", {1, {\"a\": 1}}, \"crm_link\")",
            "R0016",
            "`records` holds NUMBER at place 0, expected KEY-VALUE",
        ),
        (
            "crm.bulkCreate(\"Leads\", {{\"a\": 1}, null}, \"crm_link\")",
            "R0016",
            "`records` holds null at place 1, expected KEY-VALUE",
        ),
        (
            "crm.searchRecords(\"Leads\", \"\", \"crm_link\")",
            "R0016",
            "`criteria` is empty",
        ),
        (
            "crm.searchRecords(\"Leads\", {}, \"crm_link\")",
            "R0014",
            "expects TEXT as `criteria`, found {}",
        ),
        (
            "desk.searchRecords(\"60031797\", \"tickets\", {}, 0, 1, \"desk_link\")",
            "R0016",
            "`map` is empty",
        ),
        (
            "crm.getRecordById(\"Leads\", 5)",
            "R0034",
            "needs a connection",
        ),
        (
            "crm.getRecordById(\"Leads\", 5, \"nobody\")",
            "C0001",
            "nobody",
        ),
    ] {
        let ran = world.run(&format!(
            "try {{ r = zoho.{call}; }} catch (e) {{ info e.message; }}\nzoho.{call};"
        ));
        assert!(ran.out.contains(told), "{call}: {}", ran.out);
        assert!(
            ran.err.contains(&format!("[{code}] Error")) && ran.err.contains("2:"),
            "{call}: {}",
            ran.err
        );
    }
    assert_eq!(world.sent(), Vec::<String>::new());
}

#[test]
fn a_task_obeys_dry_run_trace_and_the_limit_of_calls() {
    let world = World::new(answer);
    let script = "info zoho.crm.getRecordById(\"Leads\", 4876876000000333001, \"crm_link\");";
    let dry = world.run_with(&["--dry-run"], script).ok().prints("null\n");
    assert!(
        dry.err.starts_with("dry run: GET https://www.zohoapis.com/crm/v2/Leads/4876876000000333001\n  connection: crm_link\n"),
        "{}",
        dry.err
    );
    assert!(!dry.err.contains(crate::KEY), "{}", dry.err);
    assert_eq!(world.sent(), Vec::<String>::new());
    let traced = world.run_with(&["--trace"], script).ok();
    assert!(
        traced.err.starts_with(
            "http: GET https://www.zohoapis.com/crm/v2/Leads/4876876000000333001: 200, "
        ),
        "{}",
        traced.err
    );
    world
        .run_with(&["--limit", "calls=0"], script)
        .fails(75, &["R0102", "calls"]);
}

#[test]
fn a_task_that_is_not_in_the_table_warns_and_fails_when_it_runs() {
    let world = World::new(answer);
    for (call, told) in [
        (
            "zoho.billing.create(\"invoices\", 1, Map())",
            "POST https://www.zohoapis.com/billing/v1/{module}",
        ),
        (
            "zoho.crm.invokeConnector(\"a\", Map())",
            "make the call with `invokeurl` over a connection",
        ),
        (
            "zoho.crm.v8.getNothing(1)",
            "make the call with `invokeurl` over a connection",
        ),
    ] {
        let ran = world.run(&format!(
            "try {{ r = {call}; }} catch (e) {{ info \"caught\"; }}\nr = {call};"
        ));
        assert_eq!(ran.out, "caught\n");
        assert!(!ran.err.contains("did you mean"), "{}", ran.err);
        assert!(
            ran.err.contains("[W0214] Warning")
                && ran.err.contains("[R0025] Error")
                && ran.err.contains(told),
            "{}",
            ran.err
        );
    }
}

#[test]
fn a_slip_in_the_name_of_a_task_is_told() {
    let world = World::new(answer);
    let ran = world.run("if (1 > 2) { zoho.crm.getRecordsById(\"Leads\", 5, \"crm_link\"); }");
    assert!(
        ran.err.contains("[W0214] Warning")
            && ran.err.contains("did you mean `zoho.crm.getRecordById`?"),
        "{}",
        ran.err
    );
}

#[test]
fn a_project_names_the_connection_of_a_service_and_the_data_centre() {
    let world = World::new(answer);
    world.place.write(
        "freshet.toml",
        "[project]\ndata-centre = \"eu\"\n[integrations]\ncrm = \"crm_link\"\n",
    );
    world
        .run("info zoho.crm.getRecordById(\"Leads\", 4876876000000333001).get(\"Last_Name\");")
        .ok()
        .prints("Berg\n");
    assert_eq!(
        world.sent(),
        ["GET www.zohoapis.eu /crm/v2/Leads/4876876000000333001"]
    );
    world.run("zoho.books.getRecords(\"contacts\", 1);").fails(
        1,
        &[
            "R0034",
            "under the line `[integrations]`: `books = \"link_name\"`",
        ],
    );
    // The slip of a service is told where it stands.
    world.place.write(
        "freshet.toml",
        "[integrations]\ncrmm = \"crm_link\"\nown = \"x\"\n",
    );
    let ran = world.run("info 1;").ok();
    assert!(
        ran.err.contains("freshet.toml:2:1: there is no setting `integrations.crmm` (W0301); did you mean `integrations.crm`?")
            && !ran.err.contains("own"),
        "{}",
        ran.err
    );
    world.place.write(
        "freshet.toml",
        "[project]\nintegrations.crm = \"crm_link\"\n",
    );
    let ran = world.run("info 1;").ok();
    assert!(
        ran.err.contains("write the line `[integrations]`"),
        "{}",
        ran.err
    );
}

#[test]
fn help_shows_a_task() {
    let world = World::new(answer);
    let page = world
        .place
        .run(&["help", "zoho.crm.searchRecords"])
        .ok()
        .out;
    for part in [
        "zoho.crm.searchRecords(module, criteria, [page], [perPage], [map],\n    [connection])",
        "GET /crm/v2/{module}/search",
        "→ 2 Voss",
    ] {
        assert!(page.contains(part), "{page}");
    }
    let found = world.place.run(&["help", "--search", "upsert"]).ok().out;
    assert!(found.contains("zoho.crm.upsert("), "{found}");
}
