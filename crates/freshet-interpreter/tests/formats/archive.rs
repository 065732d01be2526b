use std::io::{Cursor, Write};

use freshet_interpreter::value::{File, Value};
use proptest::prelude::*;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{holds, output, output_with};

/// An archive with these entries.
fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        archive
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn file(bytes: Vec<u8>) -> Value {
    Value::File(File::new("z.zip", "application/zip", bytes))
}

/// What `script` prints about the archive `z`.
fn about(script: &str, archive: Vec<u8>) -> String {
    output_with(script, vec![("z", file(archive))])
}

#[test]
fn folders_names_and_types() {
    assert_eq!(
        output(
            r#"z = {"a": {"b": {"c.json": "{}".toFile("x")}, "empty": Map()}, "d": "1".toFile("y")}.compress("all.ZIP");
               info z.getFileName();
               for each path in z.extract().keys() { f = z.extract().get(path); info path + " " + f + " " + f.getFileType(); }"#
        ),
        "all.ZIP\na/b/c.json c.json application/json\nd d application/octet-stream"
    );
    assert_eq!(
        output(
            r#"f = "x".toFile("n.tar.gz"); g = "x".toFile("n");
               info {f, f, f, g, g}.compress().extract().keys();"#
        ),
        "n.tar.gz,n.tar (2).gz,n.tar (3).gz,n,n (2)"
    );
    assert_eq!(output("info {}.compress().extract().size();"), "0");
    assert_eq!(
        output(
            r#"f = "x".toFile("n"); info Collection(f, f).compress().extract().keys();
               info Collection("a.txt": f).compress().extract().keys(); info Collection().compress().extract().size();"#
        ),
        "n,n (2)\na.txt\n0"
    );
    assert_eq!(
        output(
            r#"f = "x".toFile("n"); info {"in": Collection("a.txt": f), "none": Collection()}.compress().extract().keys();"#
        ),
        "in/a.txt"
    );
}

#[test]
fn the_same_files_give_the_same_archive() {
    assert_eq!(
        output(r#"f = "x".toFile("n"); info f.compress() == f.compress();"#),
        "true"
    );
}

#[test]
fn what_cannot_be_packed() {
    for (script, told) in [
        (
            r#"{1}.compress()"#,
            "R0016 `compress`: the list must hold FILEs, found NUMBER",
        ),
        (
            r#"{"a": "b"}.compress()"#,
            "R0016 `compress`: `a` must hold FILEs, found the TEXT `b`",
        ),
        (r#""x".compress()"#, "R0011 TEXT has no function `compress`"),
    ] {
        assert_eq!(output(&format!("info {script};")), told);
    }
    for name in ["", "/etc/x", "../x", "a/../../x", "a\\b", "a//b"] {
        let told = output_with("info \"x\".toFile(n).compress();", vec![("n", name.into())]);
        assert!(
            told.contains("cannot be the name of an entry"),
            "{name}: {told}"
        );
    }
    let itself = r#"m = Map(); m.put("m", m); m.put("f", "x".toFile("f")); info m.compress();"#;
    assert!(output(itself).starts_with("R0010"));
    let large = "a".repeat(30 << 20);
    let told = output_with(
        "f = t.toFile(\"f\"); info {f, f}.compress();",
        vec![("t", (&*large).into())],
    );
    assert_eq!(
        told,
        "R0016 `compress`: the files are more than 50 MiB together"
    );
}

#[test]
fn names_are_only_names() {
    let archive = zipped(&[("../../etc/passwd", b"x"), ("C:\\dir\\a.csv", b"y")]);
    assert_eq!(
        about(
            "for each p in z.extract().keys() { info p + \" \" + z.extract().get(p); }",
            archive
        ),
        "../../etc/passwd passwd\nC:\\dir\\a.csv a.csv"
    );
}

#[test]
fn what_is_no_archive_and_what_is_a_damaged_one() {
    for bytes in [&b""[..], b"P", b"PK", b"hello", b"%PDF-1.7"] {
        assert_eq!(about("info z.extract().isEmpty();", bytes.to_vec()), "true");
    }
    let whole = zipped(&[("a.txt", b"alpha beta gamma")]);
    let cut = whole[..whole.len() / 2].to_vec();
    assert!(about("info z.extract();", cut).starts_with("R0016 `extract`: `z.zip` is damaged"));
    let mut changed = whole;
    changed[40] ^= 0xff;
    assert!(about("info z.extract();", changed).starts_with("R0016 `extract`: `a.txt` is damaged"));
}

/// Sets bytes of the headers of an archive with a single entry: of the local one, and of that in the directory.
fn patched(mut archive: Vec<u8>, local: usize, central: usize, bytes: &[u8]) -> Vec<u8> {
    let directory = archive
        .windows(4)
        .rposition(|mark| mark == b"PK\x01\x02")
        .unwrap();
    archive[local..local + bytes.len()].copy_from_slice(bytes);
    archive[directory + central..directory + central + bytes.len()].copy_from_slice(bytes);
    archive
}

#[test]
fn an_archive_with_a_password() {
    // The lowest bit of the flags says that an entry is encrypted (APPNOTE, 4.4.4).
    let archive = patched(zipped(&[("a.txt", b"alpha")]), 6, 8, &[1, 0]);
    assert_eq!(
        about("info z.extract();", archive),
        "R0016 `extract`: `a.txt` is protected with a password, which cannot be opened here"
    );
}

#[test]
fn a_packing_that_is_not_known() {
    // Method 14 is LZMA (APPNOTE, 4.4.5).
    let archive = patched(zipped(&[("a.txt", b"alpha")]), 8, 10, &[14, 0]);
    assert_eq!(
        about("info z.extract();", archive),
        "R0016 `extract`: `a.txt` is packed in a way that is not read here"
    );
}

#[test]
fn bombs() {
    let too_large = "R0016 `extract`: the files are more than 50 MiB together";
    let zeros = vec![0; 51 << 20];
    let bomb = zipped(&[("zeros", &zeros)]);
    assert!(bomb.len() < 100_000);
    assert_eq!(about("info z.extract();", bomb.clone()), too_large);
    let several: Vec<String> = (0..6).map(|n| format!("{n}")).collect();
    let several: Vec<(&str, &[u8])> = several
        .iter()
        .map(|name| (&**name, &zeros[..10 << 20]))
        .collect();
    assert_eq!(about("info z.extract();", zipped(&several)), too_large);
    // One that claims to be small.
    let lying = patched(bomb, 22, 24, &[9, 0, 0, 0]);
    assert!(about("info z.extract();", lying).starts_with("R0016 `extract`: `zeros` is damaged"));

    let names: Vec<String> = (0..10_001).map(|n| format!("{n}")).collect();
    let entries: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, &b""[..])).collect();
    assert_eq!(
        about("info z.extract();", zipped(&entries)),
        "R0016 `extract`: the archive has more than 10000 entries"
    );
}

#[test]
fn packed_files_come_out_again() {
    holds(
        64,
        (
            "[^/\\\\\0]{1,12}",
            proptest::collection::vec(any::<u8>(), 0..2000),
        ),
        |(name, bytes)| {
            prop_assume!(name != "..");
            let script = "
            f = {p: z}.compress().extract().get(p);
            f.setFileName(\"z.zip\");
            info f == z;";
            let arguments = vec![("p", (&*name).into()), ("z", file(bytes))];
            prop_assert_eq!(&output_with(script, arguments), "true");
            Ok(())
        },
    );
}

#[test]
fn no_damage_does_harm() {
    holds(64, (0..200usize, any::<u8>()), |(place, byte)| {
        let mut archive = zipped(&[("a.txt", b"alpha beta"), ("dir/b.txt", b"beta")]);
        if let Some(changed) = archive.get_mut(place) {
            *changed = byte;
        }
        about("info z.extract();", archive);
        Ok(())
    });
}
