//! Where a script comes from, and sources that are none.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::place::{Place, set_mode};

#[test]
fn a_script_is_a_file_or_standard_input() {
    let place = Place::new();
    place.write("hello.dg", "info \"hello\";\n");
    place.write("check", "info \"named like a command\";\n");
    for arguments in [
        &["run", "hello.dg"][..],
        &["hello.dg"],
        &["./hello.dg"],
        &["--color", "never", "hello.dg"],
    ] {
        place.run(arguments).ok().prints("hello\n").quietly();
    }
    for arguments in [&["run", "-"][..], &["-"], &[]] {
        place
            .run_with_input(arguments, "info \"hello\";")
            .ok()
            .prints("hello\n")
            .quietly();
    }
    place
        .run_with_input(&["run", "-", "n=1"], "info n + 1;")
        .ok()
        .prints("2\n");
    place
        .run(&["run", "check"])
        .ok()
        .prints("named like a command\n");
    place
        .run(&["./check"])
        .ok()
        .prints("named like a command\n");
    place
        .run_with_input(&["check", "-"], "info 1;")
        .ok()
        .prints("")
        .quietly();
    place
        .run_with_input(&["check", "-"], "info 1")
        .fails(65, &["-:1:7"]);
}

#[test]
fn the_text_may_begin_with_a_mark_and_end_lines_in_any_way() {
    let place = Place::new();
    place
        .script("\u{feff}info 1;\r\ninfo 2;\rinfo 3;")
        .ok()
        .prints("1\n2\n3\n")
        .quietly();
}

#[test]
fn a_shebang_line_is_skipped_and_makes_a_program() {
    let place = Place::new();
    place
        .script("#!/usr/bin/env -S freshet run\ninfo 1;\ninfo 1")
        .fails(65, &["-:3:7"]);

    let path = place.write("double", "#!/usr/bin/env -S freshet run\ninfo n * 2;\n");
    set_mode(&path, 0o755);
    let mut command = Command::new(&path);
    place.settle(&mut command);
    let binaries = Path::new(env!("CARGO_BIN_EXE_freshet")).parent().unwrap();
    let path = format!(
        "{}:{}",
        binaries.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let output = command.arg("n=21").env("PATH", path).output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "42\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn what_cannot_be_read_is_told_with_its_name() {
    let place = Place::new();
    place.write("report.dg", "info 1;\n");
    place
        .run(&["run", "."])
        .fails(74, &[". is a folder, expected a script"])
        .prints("");
    for command in ["run", "check"] {
        place
            .run(&[command, "none.dg"])
            .fails(74, &["no file none.dg"])
            .prints("");
        place
            .run(&[command, "report"])
            .fails(74, &["no file report", "did you mean report.dg?"])
            .prints("");
        place
            .run(&[command, "report.dg/x"])
            .fails(74, &["report.dg/x"])
            .prints("");
        place
            .run(&[command, &"x".repeat(5000)])
            .fails(74, &["file name too long"])
            .prints("");
    }
    place.run(&["none.dg"]).fails(74, &["no file none.dg"]);
    place.run(&["run"]).fails(2, &["<FILE>"]).prints("");
}

#[test]
fn an_empty_file_is_a_script_that_does_nothing() {
    let place = Place::new();
    for text in [
        "",
        "\n\n",
        "// nothing\n",
        "\u{feff}",
        "#!/usr/bin/env freshet",
    ] {
        place.write("empty.dg", text);
        place.run(&["run", "empty.dg"]).ok().prints("").quietly();
        place.run(&["check", "empty.dg"]).ok().prints("").quietly();
    }
}

#[test]
fn what_is_no_text_is_told_at_its_first_byte() {
    let place = Place::new();
    place.write("latin.dg", b"name = 1;\ninfo \"caf\xe9\";\n");
    place.write("program.dg", {
        let mut bytes = Vec::new();
        File::open(env!("CARGO_BIN_EXE_freshet"))
            .unwrap()
            .take(100_000)
            .read_to_end(&mut bytes)
            .unwrap();
        bytes
    });
    place.write("utf16.dg", b"\xff\xfei\0n\0f\0o\0 \0\x31\0;\0");
    for command in ["run", "check"] {
        place
            .run(&[command, "latin.dg"])
            .fails(65, &["E0102", "not UTF-8", "latin.dg:2:10"])
            .prints("");
        let outcome = place
            .run(&[command, "program.dg"])
            .fails(65, &["E0102", "not UTF-8", "program.dg:1:"])
            .prints("");
        assert!(
            !outcome.err.contains('\x1b') && outcome.err.len() < 2000,
            "{}",
            outcome.err
        );
        place
            .run(&[command, "utf16.dg"])
            .fails(65, &["E0102", "utf16.dg:1:1"])
            .prints("");
    }
    // Text that holds characters of no use is told by the language.
    place.script("info 1;\0").fails(65, &["-:1:8"]).prints("");
}

#[test]
fn a_file_of_ten_megabytes_is_too_large_and_told_so_at_once() {
    let place = Place::new();
    place.write("large.dg", "info 1;\n".repeat(10 * 1024 * 1024 / 8));
    let begun = Instant::now();
    place
        .run(&["run", "large.dg"])
        .fails(65, &["E0101", "10.0 MiB", "4 MiB", "large.dg:1:1"])
        .prints("");
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "took {:?}",
        begun.elapsed()
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    let script = "for each n in {1,2,3,4,5,6,7,8,9,10}\n{\n    info n;\n}\n".repeat(2000);
    place.write(
        "long.dg",
        format!("{script}info \"{}\";\n", "x".repeat(200_000)),
    );
    for arguments in [
        &["run", "long.dg"][..],
        &["service", "list"],
        &["help", "exit-codes"],
        &["run", "--help"],
    ] {
        let mut child = place
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::with_capacity(1, child.stdout.take().unwrap())
            .read_line(&mut first)
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(!first.is_empty());
        assert_eq!(
            (
                output.status.code(),
                String::from_utf8_lossy(&output.stderr).as_ref()
            ),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let place = Place::new();
    for arguments in [&["run", "-"][..], &["service", "list"]] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        place.write("one.dg", "info 1;\n");
        let script = File::open(place.path("one.dg")).unwrap();
        let output = place
            .command(arguments)
            .stdin(script)
            .stdout(full)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(74), "{told}");
        assert!(
            told.contains("standard output") && told.to_lowercase().contains("no space left"),
            "{told}"
        );
    }
}
