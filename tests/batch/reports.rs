//! Reports: each form is read by what reads such files.

use std::fs;

use serde_json::Value;

use crate::support::place::{Place, feed, outcome};
use crate::workers::shell;
use crate::{numbered, states};

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
    run(&["csv=new.out", "json=./new.out"]).fails(2, &["another report goes there"]);
    assert!(!place.path("new.out").exists());
}

#[test]
fn no_command_puts_a_report_over_the_store_the_scripts_or_the_rows() {
    let place = Place::new();
    place.write("p/freshet.toml", "");
    place.write("p/functions/x.dg", "int x(int id) { return 1 / id; }\n");
    place.write("p/s", "return x(id);\n");
    place.write("p/rows.csv", "id\n0\n");
    place.write(
        "p/plan.toml",
        "[[batch]]\nscripts = [\"s\"]\njobs = \"rows.csv\"\n",
    );
    rusqlite::Connection::open(place.path("p/other.db"))
        .unwrap()
        .execute_batch("CREATE TABLE t (x)")
        .unwrap();
    let run = |command: &[&str]| {
        let mut run = place.command(&[command, &["--store", "s.db"]].concat());
        run.current_dir(place.path("p"));
        feed(run, b"")
    };
    let before: Vec<_> = place.files();
    let batch = ["batch", "run", "plan.toml", "-q"];
    let spared = [
        ("s.db", "the batches are kept there"),
        ("./s.db-wal", "the batches are kept there"),
        ("s", "the batch reads that file"),
        ("rows.csv", "the batch reads that file"),
        ("plan.toml", "the batch reads that file"),
        ("functions/x.dg", "scripts and settings"),
        ("functions/new.dg", "scripts and settings"),
        ("freshet.toml", "scripts and settings"),
        ("other.db", "it is a database"),
    ];
    for (file, why) in spared {
        run(&[&batch[..], &["--report", &format!("csv={file}")]].concat()).fails(2, &[file, why]);
    }
    assert_eq!(place.files(), before);
    run(&batch).fails(3, &[]);
    let before: Vec<_> = ["s.db", "s", "rows.csv"]
        .map(|name| fs::read(place.path(&format!("p/{name}"))).unwrap())
        .into();
    for (file, why) in spared {
        let report = format!("csv={file}");
        let told = [file, why];
        run(&["batch", "report", "last", "json=first.json", &report]).fails(2, &told);
        run(&["batch", "retry", "last", "--report", &report]).fails(2, &told);
    }
    run(&["batch", "report", "last", "csv=twice", "json=twice"]).fails(2, &["another report"]);
    let after: Vec<_> = ["s.db", "s", "rows.csv"]
        .map(|name| fs::read(place.path(&format!("p/{name}"))).unwrap())
        .into();
    assert_eq!(before, after);
    assert!(!place.path("p/first.json").exists());
    // Nothing was made ready for a retry that did not come.
    let listed = run(&["batch", "list", "--json"]).ok().json();
    assert_eq!(listed["batches"][0]["counts"]["failed"], 1);
}

#[test]
fn no_report_takes_the_place_of_what_freshet_keeps_for_itself() {
    let place = Place::new();
    place.write("f.dg", "info 1;\n");
    place.run(&["batch", "run", "f.dg"]).ok();
    let why = "Freshet keeps its own files there";
    let key = place.data("key");
    fs::write(&key, "seals every secret").unwrap();
    std::os::unix::fs::symlink(&key, place.path("link")).unwrap();
    for path in [
        &key,
        &place.path("link"),
        &place.data("registry.db-wal"),
        &place.data("new"),
    ] {
        let report = format!("csv={}", path.display());
        place
            .run(&["batch", "report", "last", &report])
            .fails(2, &[why]);
        place
            .run(&["batch", "run", "f.dg", "--report", &report])
            .fails(2, &[why]);
    }
    assert_eq!(fs::read_to_string(&key).unwrap(), "seals every secret");
    // Wherever they are.
    place.write("k", "seals as well");
    for name in ["own.db", "own.db-shm", "key", "k", "settings"] {
        let report = format!("json={name}");
        let mut command = place.command(&["batch", "report", "last", &report]);
        command.env("FRESHET_REGISTRY", "own.db");
        command.env("FRESHET_KEY_FILE", "k");
        command.env("FRESHET_CONFIG", "settings");
        outcome(command.output().unwrap()).fails(2, &[why]);
    }
    place.run(&["batch", "report", "last", "csv=keys.csv"]).ok();
    // A name that begins so is another file.
    let mut command = place.command(&["batch", "report", "last", "json=own.db.json"]);
    command.env("FRESHET_REGISTRY", "own.db");
    outcome(command.output().unwrap()).ok();
    // Nobody may ever read a pipe.
    let made = std::process::Command::new("mkfifo")
        .arg(place.path("pipe"))
        .status();
    assert!(made.unwrap().success());
    place
        .run(&["batch", "report", "last", "csv=pipe"])
        .fails(74, &["pipe cannot be written: it is a pipe"]);
}

#[test]
fn a_log_goes_through_no_link_and_one_that_cannot_be_written_is_a_failure() {
    let place = Place::new();
    place.write("f.dg", "info \"log \" + id;\n");
    place.write("rows.csv", numbered(3));
    place.write("spared.dg", "info 1;\n");
    fs::create_dir(place.path("out")).unwrap();
    std::os::unix::fs::symlink("../spared.dg", place.path("out/1.log")).unwrap();
    let run = "batch run f.dg --jobs rows.csv --output out";
    let run: Vec<&str> = run.split(' ').collect();
    place.run(&run).ok();
    assert_eq!(file(&place, "spared.dg"), "info 1;\n");
    assert_eq!(file(&place, "out/1.log"), "log 1\n");
    for log in ["1.log", "3.log"] {
        fs::remove_file(place.path(&format!("out/{log}"))).unwrap();
        fs::create_dir(place.path(&format!("out/{log}"))).unwrap();
    }
    place
        .run(&[&run[..], &["--in-flight", "1"]].concat())
        .fails(
            74,
            &[
                "cannot write the log out/1.log",
                "2 logs in all",
                "batch show",
            ],
        )
        .prints("log 1\nlog 2\nlog 3\n");
    assert_eq!(states(&place), ["succeeded"; 3]);
}

#[test]
fn what_is_listed_stands_on_lines_of_its_own() {
    let place = reported();
    let shown = |more: &[&str]| {
        let show = ["batch", "show", "last", "--format", "jsonl"];
        place.run(&[&show[..], more].concat()).ok().out
    };
    assert_eq!(shown(&[]), file(&place, "r.jsonl"));
    assert_eq!(shown(&["--state", "failed"]).lines().count(), 1);
    place.write("good.dg", "info 1;\n");
    let named = ["batch", "run", "good.dg", "--name", "one\ntwo"];
    place.run(&named).ok();
    let listed = place.run(&["batch", "list"]).ok().out;
    assert_eq!(listed.lines().count(), 3, "{listed}");
    assert!(listed.contains("one\\ntwo"), "{listed}");
}

#[test]
fn a_report_to_an_open_file_takes_its_turn() {
    let place = Place::new();
    place.write("f.dg", "info \"log\";\n");
    for target in ["/dev/stdout", "/dev/fd/1", "/dev/fd/3", "/dev/stderr"] {
        let line = format!(
            "(freshet batch run f.dg --report csv={target}; echo after) > all.txt 2>> all.txt 3>> all.txt"
        );
        let line = if target.ends_with("fd/3") {
            line.replace("> all.txt 2", ">> all.txt 2")
        } else {
            line
        };
        fs::remove_file(place.path("all.txt")).ok();
        outcome(shell(&place, &line)).ok();
        let all = file(&place, "all.txt");
        for part in ["job,key,script", "succeeded"] {
            assert!(all.contains(part), "{target}: {all}");
        }
        if !target.ends_with("stderr") {
            assert!(
                all.contains("after\n") && all.contains("log\n"),
                "{target}: {all}"
            );
        }
    }
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
