//! What belongs to forms and pages (language reference, appendix A): one error for each kind and file, at the first place,
//! and none that only follows from it.

use serde_json::Value;

use crate::support::place::Place;

/// The errors of a script as `CODE LINE:COLUMN`, and the codes of its warnings, in order of their places.
fn told(script: &str) -> (Vec<String>, Vec<String>) {
    let document = Place::new()
        .run_with_input(&["check", "-", "--json"], script)
        .json();
    let all = document["diagnostics"].as_array().unwrap();
    let code = |one: &Value| one["code"].as_str().unwrap().to_owned();
    let is_error = |one: &&Value| one["severity"] == "error";
    let errors = all.iter().filter(is_error);
    let errors = errors.map(|one| format!("{} {}:{}", code(one), one["line"], one["column"]));
    let warnings = all.iter().filter(|one| !is_error(one));
    (errors.collect(), warnings.map(code).collect())
}

/// Each script gives these errors, and not even a warning beside them.
fn gives(cases: &[(&str, &[&str])]) {
    for (script, expected) in cases {
        let (errors, warnings) = told(script);
        assert_eq!(errors, *expected, "{script}");
        assert!(warnings.is_empty(), "{warnings:?} in {script}");
    }
}

#[test]
fn each_row_of_the_table_is_told_by_its_name() {
    gives(&[
        ("alert \"saved\";", &["E0190 1:1"]),
        ("alert (\"saved\");\nalert \"again\";", &["E0190 1:1"]),
        ("if (true) {\n    cancel submit;\n}", &["E0191 2:5"]),
        ("cancel submit", &["E0191 1:1"]),
        ("r = Orders[ID == input.ID];", &["E0222 1:5"]),
        (
            "r = Orders [ID = input.ID && Name like \"a%\" || ID in input.list];",
            &["E0222 1:5"],
        ),
        (
            "x = Orders[ID == 1].Amount;\ny = Orders[(Status == \"New\")].Customer.Name;",
            &["E0222 1:5"],
        ),
        (
            "for each r in Orders[Open] sort by Amount desc, Name range from 1 to 10 {\n    info 1;\n}",
            &["E0222 1:15"],
        ),
        (
            "for each r in Orders[Open]\n    range from 1 to 10\n    sort by Amount asc\n{\n    info 1;\n}",
            &["E0222 1:15"],
        ),
        (
            "n = Orders[Open].count();\ns = Orders[Open].sum(Amount);\nd = Orders[Open].distinct(Customer);",
            &["E0222 1:5"],
        ),
        (
            "r = Orders[Open];\nif (r.count() > 0) {\n    info r.sum(Amount) + r.Name.getAll();\n}",
            &["E0222 1:5", "E0207 3:28"],
        ),
        (
            "l = Orders.Name.getAll();\nm = Customers.getAll();",
            &["E0225 1:5"],
        ),
        (
            "m = Orders.maximum(Amount);\nn = Orders.count(Status == \"x\");\ndelete from Orders[Old];",
            &["E0225 1:5", "E0194 3:1"],
        ),
        (
            "s = Orders.Amount.sum();\nx = Orders[ID == 1];",
            &["E0225 1:5", "E0222 2:5"],
        ),
        (
            "insert into Log [ Added_User = zoho.loginuser Message = \"x\" + order.Name ]",
            &["E0192 1:1"],
        ),
        (
            "id = insert into Log\n[\n    Added_User=zoho.loginuser\n    Qty = a.Qty * 2,\n    Kind=\"out\"\n]\ninfo id;\nid2 = insert into Log [ Qty = 1 ];",
            &["E0192 1:6"],
        ),
        (
            "row = Orders.Items();\nrow2 = Orders.Items();\ndelete from Orders[Old];",
            &["E0226 1:7", "E0194 3:1"],
        ),
        (
            "r = Orders[ID == 1];\ninfo r.Name;\ninfo r.Amount.round(2) + r.City;",
            &["E0222 1:5", "E0207 2:8"],
        ),
        (
            "r = Orders[ID == 1];\nr.Status = \"x\";\nr.Amount += 2;\nOrders[ID == 2].Status = \"y\";",
            &["E0222 1:5", "E0193 2:1"],
        ),
        (
            "delete from Orders[ID == 1 && Name == input.Name];\ndelete from Log[ID != 0];",
            &["E0194 1:1"],
        ),
        (
            "input.Total = input.Qty * 2;\ninput.Name = \"x\";",
            &["E0195 1:1"],
        ),
        (
            "hide Discount;\nshow Total, Discount;\nenable Save;\ndisable input.Total;\nclear Items;",
            &["E0196 1:1"],
        ),
        (
            "set filter Product[Category == input.Category];\nselect all Options;\nselect India from Country;\ndeselect Options;",
            &["E0196 1:1"],
        ),
        (
            "Country:ui.add(\"A\");\ninput.Country:ui.add({\"A\", \"B\"});",
            &["E0196 1:1"],
        ),
        ("input.Country:ui.add({\"A\", \"B\"});", &["E0196 1:1"]),
        (
            "append [ Product = \"tea\" ]\nexecute [ script = \"nightly\" ];\npayment [ amount = 10 currency = \"EUR\" ];\nreload;",
            &["E0197 1:1"],
        ),
        ("reload;", &["E0197 1:1"]),
        (
            "void close(Order o, Customer c) {\n    info 1;\n}",
            &["E0181 1:12"],
        ),
        (
            "x = thisapp.permissions.isUserInRole(\"CEO\");\ny = thisapp.variables.limit;\nz = thisapp.portal.isUserInProfile(\"A\");",
            &["E0223 1:13"],
        ),
        (
            "x = application.billing.total(input.ID);\ny = application.crm.Create_Lead({\"a\": 1});",
            &["E0224 1:5"],
        ),
        (
            "htmlpage Dash()\ncontent\n<%{\n%>\n<b>it's</b>\n<%}%>",
            &["E0198 3:1"],
        ),
        (
            "// <% no\nx = \"<% no\";\n<%{ r = Orders[ID != 0]; hide x %> don't <% } %>",
            &["E0198 3:1"],
        ),
        (
            "application \"Shop\"\n{\n    forms\n    {\n        form Orders\n        {\n            must have Name\n        }\n    }\n}",
            &["E0199 1:1"],
        ),
        (
            "sendmail\n[\n    from :zoho.adminuserid\n    to :\"a@example.com\"\n    subject :\"x\"\n    attachments :template:Invoice as PDF\n]",
            &["E0220 6:18"],
        ),
    ]);
}

#[test]
fn the_words_of_forms_are_names_where_they_cannot_mean_a_form() {
    let script = "alert = 1; hide = 2; clear = {1}; clear.clear(); set = Map(); select = 3; append = 4; payment = 5;
        info alert + hide + set.size() + select + append + payment;
        reload = 1; info reload; ui = 1; a = {\"ui\": ui}; info a; b = {ui: ui}; info b;
        count = {1, 2}; info count.average() + count.distinct().size();
        application = {1}; info application.size();";
    let (errors, _) = told(script);
    assert!(errors.is_empty(), "{errors:?}");
    let own = "int alert(string s) {\n    return s.length();\n}\ninfo alert(\"x\");";
    assert!(told(own).0.is_empty());
}

#[test]
fn a_form_is_no_variable_wherever_it_is_named() {
    // Where the file fetches from `Orders`, its name alone stands for all records.
    gives(&[
        (
            "for each o in Orders {\n    info 1;\n}\nx = Orders[ID == 1];\ny = Orders.sum(Amount);",
            &["E0222 1:15", "E0225 5:5"],
        ),
        (
            "x = Orders;\ndelete from Orders[ID == 1];\ny = Orders[ID == 2];",
            &["E0222 1:5", "E0194 2:1"],
        ),
    ]);
    // A variable is none, whatever brackets follow it.
    let (errors, _) = told("int first(list rows) {\n    return rows[0] + rows.size();\n}");
    assert_eq!(errors, ["E0208 2:16"]);
}

/// A script as it comes from the editor of a form: what runs when an order is added.
const WORKFLOW: &str = include_str!("../reports/workflow-of-a-form.dg");

#[test]
fn a_script_of_a_form_gives_an_error_for_each_kind_and_no_other() {
    let (errors, warnings) = told(WORKFLOW);
    let expected = [
        "E0222 12:9",
        "E0190 18:3",
        "E0191 19:3",
        "E0193 21:2",
        "E0192 23:2",
        "E0196 27:2",
        "E0207 28:8",
        "E0225 35:6",
        "E0226 37:6",
        "E0223 43:13",
        "E0224 45:5",
        "E0197 46:1",
        "E0195 47:1",
        "E0194 48:1",
    ];
    assert_eq!(errors, expected);
    // The single `=` in the condition, and nothing about names in criteria, of forms or of records.
    assert_eq!(warnings, ["W0203"]);
}

#[test]
fn the_lines_of_the_other_members_are_told_with_the_first() {
    let place = Place::new();
    let one = "m = {\"a\": 1};\ninfo m.a;\ninfo m.a + m.b;\n";
    place.run_with_input(&["check", "-"], one).fails(
        65,
        &["-:2:8", "`m.get(\"a\")`; the same in line 3\n", "1 error"],
    );
    let many = format!("m = {{\"a\": 1}};\n{}", "info m.a;\n".repeat(30));
    place.run_with_input(&["check", "-"], many).fails(
        65,
        &[
            "-:2:8",
            "the same in lines 3, 4, 5, 6, 7 and 24 more",
            "1 error",
        ],
    );
}
