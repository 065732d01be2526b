//! Reports: each form is read by what reads such files.

use std::fs;

use serde_json::Value;

use crate::numbered;
use crate::support::place::Place;

/// A place with a batch of which one job failed and one is odd in every way.
fn reported() -> Place {
    let place = Place::new();
    place.write(
        "f.dg",
        "info \"</script><b>&\" + id + \"\\u0001\";\nif (id == 2) { x = 1 / 0; }\nreturn {\"id\": id, \"text\": \"a,\\\"b\\\"\"};\n",
    );
    place.write("rows.csv", "id,name\n1,\"a,b\"\n2,<i>\n3,é\n");
    let arguments = [
        "batch",
        "run",
        "f.dg",
        "--jobs",
        "rows.csv",
        "--key",
        "name",
        "--name",
        "a <b> & \"c\"",
        "--report",
        "json=r.json",
        "--report",
        "jsonl=r.jsonl",
        "--report",
        "junit=r.xml",
        "--report",
        "html=r.html",
        "--report",
        "csv=r.csv",
    ];
    place.run(&arguments).fails(3, &[]);
    place
}

fn file(place: &Place, name: &str) -> String {
    fs::read_to_string(place.path(name)).unwrap()
}

#[test]
fn json_and_json_lines_hold_the_jobs_in_order() {
    let place = reported();
    let whole: Value = serde_json::from_str(&file(&place, "r.json")).unwrap();
    assert_eq!(whole["version"], 1);
    assert_eq!(whole["counts"]["failed"], 1);
    let jobs = whole["jobs"].as_array().unwrap();
    assert_eq!(jobs.len(), 3);
    assert_eq!(jobs[1]["error"]["line"], 2);
    assert_eq!(jobs[0]["arguments"]["name"], "a,b");
    let lines = file(&place, "r.jsonl");
    for (number, line) in lines.lines().enumerate() {
        let job: Value = serde_json::from_str(line).unwrap();
        assert_eq!(job["job"], number + 1);
        assert_eq!(job["batch"], whole["batch"]);
    }
    // Afterwards it is the same.
    place
        .run(&["batch", "report", "last", "json=again.json"])
        .ok();
    assert_eq!(file(&place, "again.json"), file(&place, "r.json"));
    let printed = place
        .run(&["batch", "report", "last", "jsonl=-"])
        .ok()
        .quietly();
    assert_eq!(printed.out, lines);
}

#[test]
fn csv_has_arguments_state_and_result() {
    let place = reported();
    let text = file(&place, "r.csv");
    let mut lines = text.lines();
    assert_eq!(
        lines.next().unwrap(),
        "job,key,script,id,name,state,result,code,message,place,attempts,duration_ms"
    );
    let first = lines.next().unwrap();
    assert!(
        first.starts_with("1,\"a,b\",f.dg,1,\"a,b\",succeeded,\"{\"\"id\"\":1,"),
        "{first}"
    );
    assert!(
        lines
            .next()
            .unwrap()
            .contains("failed,,R0006,division by zero,f.dg:2:")
    );
}

#[test]
fn junit_is_xml_with_its_counts() {
    let place = reported();
    let text = file(&place, "r.xml");
    for part in [
        "<testsuites name=\"a &lt;b&gt; &amp; &quot;c&quot;\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"0\"",
        "<testcase name=\"job 2 (&lt;i&gt;)\" classname=\"f.dg\"",
        "<failure type=\"R0006\" message=\"division by zero\">",
        "<system-out>&lt;/script&gt;&lt;b&gt;&amp;1",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // No character that XML does not have, and every element closed: read by our own XML functions.
    assert!(!text.contains('\u{1}'));
    place.write("xml.dg", "info xml.executeXPath(\"count(//testcase)\");\n");
    let escaped = serde_json::to_string(&text).unwrap();
    place.write("arguments.json", format!("{{\"xml\": {escaped}}}"));
    let read = place
        .run(&["run", "xml.dg", "--arguments", "arguments.json"])
        .ok();
    assert!(read.out.contains('3'), "{read:?}");
}

#[test]
fn html_is_one_file_that_holds_everything_and_asks_for_nothing() {
    let place = reported();
    let text = file(&place, "r.html");
    assert!(text.starts_with("<!doctype html>") && text.trim_end().ends_with("</html>"));
    // What a script printed cannot end the element that holds it, nor become an element.
    assert_eq!(text.matches("</script>").count(), 2);
    assert!(!text.contains("<b>&1") && !text.contains("a <b> &"));
    for from_outside in ["http://", "https://", "src=", "<link", "@import", "url("] {
        assert!(!text.contains(from_outside), "{from_outside}");
    }
    let data = text.split("type=\"application/json\">").nth(1).unwrap();
    let data: Value = serde_json::from_str(data.split("</script>").next().unwrap()).unwrap();
    assert_eq!(data.as_array().unwrap().len(), 3);
    assert_eq!(
        data[1]["error"]["at"].as_str().unwrap().split(':').next(),
        Some("f.dg")
    );
    assert!(text.contains("R0006") && text.contains("prefers-color-scheme: dark"));
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_anything_runs() {
    let place = Place::new();
    place.write("f.dg", "info 1;\n");
    place
        .run(&["batch", "run", "f.dg", "--report", "html=none/r.html"])
        .fails(74, &["none/r.html", "there is no folder"])
        .prints("");
    place
        .run(&["batch", "run", "f.dg", "--report", "pdf=r.pdf"])
        .fails(2, &["there is no format `pdf`", "html"]);
    place
        .run(&["batch", "run", "f.dg", "--report", "r.html"])
        .fails(2, &["FORMAT=FILE"]);
}

#[test]
fn a_report_destroys_nothing() {
    let place = Place::new();
    place.write("f.dg", "return id;\n");
    place.write("rows.csv", "id\n1\n");
    place.write("target.json", "{}");
    std::os::unix::fs::symlink(place.path("target.json"), place.path("link.json")).unwrap();
    fs::create_dir(place.path("folder")).unwrap();
    let run = |reports: &[&str]| {
        let mut arguments = vec!["batch", "run", "f.dg", "--jobs", "rows.csv", "--quiet"];
        for report in reports {
            arguments.extend(["--report", report]);
        }
        place.run(&arguments)
    };
    run(&["csv=rows.csv"]).fails(2, &["rows.csv", "the batch reads that file"]);
    run(&["json=./f.dg"]).fails(2, &["f.dg", "the batch reads that file"]);
    run(&["csv=folder"]).fails(74, &["it is a folder"]);
    assert_eq!(file(&place, "rows.csv"), "id\n1\n");
    // Neither has begun a batch.
    place
        .run(&["batch", "show", "last"])
        .fails(2, &["no batches"]);
    run(&["json=link.json", "csv=/dev/null"]).ok();
    assert!(file(&place, "target.json").contains("\"jobs\""));
    assert!(
        fs::symlink_metadata(place.path("link.json"))
            .unwrap()
            .is_symlink()
    );
    run(&["csv=link.json", "json=target.json"]).fails(2, &["another report goes there"]);
}

#[test]
fn numbers_keep_each_digit_in_every_form() {
    let place = Place::new();
    place.write(
        "f.dg",
        "return {\"third\": 1 / 3, \"large\": 1234567890123456789, \"given\": amount};\n",
    );
    place.write(
        "rows.jsonl",
        "{\"amount\": 1234567890123456.789, \"list\": [9007199254740993]}\n",
    );
    let run = ["batch", "run", "f.dg", "--jobs", "rows.jsonl", "-q"];
    place.run(&run).ok();
    let exact = [
        "0.3333333333333333333333333333",
        "1234567890123456789",
        "1234567890123456.789",
        "9007199254740993",
    ];
    for form in ["json=-", "jsonl=-", "csv=-", "html=-"] {
        let report = place.run(&["batch", "report", "last", form]).ok().out;
        for number in exact {
            assert!(report.contains(number), "{form}: no {number}: {report}");
        }
    }
    for command in [
        &["batch", "show", "last", "--json"][..],
        &["batch", "show", "last", "1", "--json"],
        &["batch", "show", "last", "1"],
    ] {
        let told = place.run(command).ok().out;
        for number in exact {
            assert!(told.contains(number), "{command:?}: no {number}: {told}");
        }
    }
    // A browser makes doubles of numbers, so they lie in the page as text.
    let page = place.run(&["batch", "report", "last", "html=-"]).ok().out;
    let data = page.split("type=\"application/json\">").nth(1).unwrap();
    let data: Value = serde_json::from_str(data.split("</script>").next().unwrap()).unwrap();
    assert!(
        data[0]["result"].is_string() && data[0]["args"]["amount"].is_string(),
        "{data}"
    );
}

#[test]
fn large_batches_make_reports_of_bounded_size() {
    let place = Place::new();
    place.write(
        "f.dg",
        "s = \"0123456789\";\nfor each n in {1,2,3,4,5,6,7,8,9,10,11,12,13,14}\n{\n    s = s + s;\n}\ninfo s;\n",
    );
    place.write("rows.csv", numbered(5));
    let arguments = [
        "batch",
        "run",
        "f.dg",
        "--jobs",
        "rows.csv",
        "-q",
        "--report",
        "html=r.html",
    ];
    place.run(&arguments).ok();
    let size = file(&place, "r.html").len();
    assert!(size < 5 * 70 * 1024, "{size}");
}
