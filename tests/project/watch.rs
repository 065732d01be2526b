//! `run --watch`: a change of a file, and not the clock, makes a script run again.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use super::calls::shop;
use crate::support::place::Place;

/// A run that watches; ended with the test.
struct Watching {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Watching {
    fn start(place: &Place, arguments: &[&str]) -> Self {
        let mut child = place
            .command(&[&["run", "--watch"], arguments].concat())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// The next line that a run prints.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Lines up to one that is `wanted`: a run may begin between two changes that belong together.
    fn until(&mut self, wanted: &str) {
        loop {
            let line = self.line();
            if line == wanted {
                return;
            }
            assert_ne!(line, "", "the watch has ended before `{wanted}`");
        }
    }

    fn interrupt(self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &id])
                .status()
                .unwrap()
                .success()
        );
        let output = self.child.wait_with_output().unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }
}

#[test]
fn a_script_runs_again_when_it_or_a_file_of_its_project_changes() {
    let place = shop();
    place.write("shop/a.dg", "info billing.label(1) + zoho.appname;\n");
    let mut watching = Watching::start(&place, &["shop/a.dg"]);
    assert_eq!(watching.line(), "R-1corner shop");
    place.write("shop/a.dg", "info billing.label(2);\n");
    watching.until("R-2");
    place.write(
        "shop/functions/label.dg",
        "string billing.label(int id) { return \"no. \" + id; }\n",
    );
    watching.until("no. 2");
    place.write(
        "shop/functions/new/more.dg",
        "string more.of() { return \"more\"; }\n",
    );
    place.write("shop/a.dg", "info more.of() + zoho.appname;\n");
    watching.until("morecorner shop");
    place.write("shop/freshet.toml", "[project]\nname = \" shop\"\n");
    watching.until("more shop");
    // An error ends a run and not the watch; what is wrong with the settings neither.
    place.write("shop/a.dg", "info 1 /;\n");
    place.write("shop/freshet.toml", "[project]\nname = 1\n");
    place.write("shop/a.dg", "info \"mended\";\n");
    place.write("shop/freshet.toml", "");
    watching.until("mended");
    let (exit, told) = watching.interrupt();
    assert_eq!(exit, Some(130), "{told}");
    assert!(told.contains("waiting for changes, Ctrl-C ends"), "{told}");
}

#[test]
fn a_change_ends_a_run_that_goes_on_for_ever() {
    let place = Place::new();
    // What was printed is handed over before a call.
    place.write(
        "a.dg",
        "info \"first\";\ntry { x = getUrl(\"http://127.0.0.1:9/\"); } catch (e) { x = 1; }\nwhile (true) { x = 1; }\n",
    );
    let mut watching = Watching::start(&place, &["a.dg"]);
    assert_eq!(watching.line(), "first");
    place.write("a.dg", "info \"second\";\n");
    watching.until("second");
    let (exit, told) = watching.interrupt();
    assert_eq!(exit, Some(130), "{told}");
    assert!(!told.contains("R0104"), "{told}");
}

#[test]
fn standard_input_cannot_be_watched() {
    let place = Place::new();
    place.write("a.dg", "info 1;\n");
    place
        .run(&["run", "--watch", "-"])
        .fails(2, &["standard input", "--watch"]);
    place
        .run(&["run", "--watch", "a.dg", "--arguments", "-"])
        .fails(2, &["standard input", "--watch"]);
}
