//! Errors speak of what the script wrote, and propose what fits it.

use super::output;

/// An error speaks of the name that was written.
#[test]
fn errors_name_the_alias_that_was_written() {
    for (script, told) in [
        ("info \"abc\".mid(9);", "`mid`: there is no place 9"),
        (
            "info \"abc\".subText();",
            "`subText` takes 1 or 2 arguments, found 0",
        ),
        (
            "info \"abc\".SUBTEXT(\"x\");",
            "`subText` expects a whole NUMBER as `from`, found TEXT",
        ),
        (
            "info subText(\"abc\");",
            "`subText` takes 2 or 3 arguments, found 1",
        ),
        ("info \"abc\".len(1);", "`len` takes no arguments, found 1"),
        (
            "info \"abc\".find(1);",
            "`find` expects TEXT as `search`, found NUMBER",
        ),
        (
            "info '01-Jan-2024'.weekday(1);",
            "`weekday` takes no arguments, found 1",
        ),
        (
            "info \"x\".weekday();",
            "`weekday`: `x` does not read as a date",
        ),
        ("info \"x\".toLong();", "`toLong`: `x` does not read as"),
        (
            "info \"x\".dateValue();",
            "`dateValue`: `x` does not read as",
        ),
        (
            "info {\"a\": 1}.containsValue();",
            "`containsValue` takes 1 argument, found 0",
        ),
        (
            "info 5.toText(\"0#\");",
            "`toText`: the format `0#` cannot be read",
        ),
        (
            "info \"a\".subString(9);",
            "`subString`: there is no place 9",
        ),
    ] {
        let said = output(script);
        assert!(said.contains(told), "{script}\n{said}");
    }
}

/// The count of a plain call is that of the form written.
#[test]
fn counts_of_plain_calls_fit_their_form() {
    for (script, told) in [
        (
            "info encodeUrl(\"a\", \"b\");",
            "R0013 `encodeUrl` takes 1 argument, found 2",
        ),
        (
            "info encodeUrl();",
            "R0013 `encodeUrl` takes 1 argument, found 0",
        ),
        (
            "info concat(\"a\");",
            "R0013 `concat` takes 2 arguments, found 1",
        ),
        (
            "x = \"a\"; x = concat(x);",
            "R0013 `concat` takes 2 arguments, found 1",
        ),
        (
            "info concat();",
            "R0013 `concat` takes 2 arguments, found 0",
        ),
        (
            "info randomNumber();",
            "R0013 `randomNumber` takes 1 or 2 arguments, found 0",
        ),
        (
            "info randomNumber(1, 2, 3);",
            "R0013 `randomNumber` takes 1 or 2 arguments, found 3",
        ),
        ("info isNull();", "R0013 `isNull` takes 1 argument, found 0"),
        (
            "info ifNull();",
            "R0013 `ifNull` takes 2 arguments, found 0",
        ),
        ("info isFile();", "R0013 `isFile` takes 1 argument, found 0"),
        (
            "info \"a\".concat();",
            "R0013 `concat` takes 1 argument, found 0",
        ),
    ] {
        assert_eq!(output(script), told, "{script}");
    }
}

#[test]
fn names_of_other_languages_and_slips_get_a_proposal() {
    for (call, meant) in [
        ("{1}.ad(2)", "`add`"),
        ("{1}.gte(0)", "`get`"),
        ("\"a\".lem()", "`len`"),
        ("\"a\".substr(1)", "`subString`"),
        ("{1}.slice(1)", "`subList`"),
        ("x.slice(1)", "`subString` or `subList`"),
        ("{1}.push(2)", "`add`"),
        ("{1}.append(2)", "`add`"),
        ("{1}.count()", "`size`"),
        ("\"a\".strip()", "`trim`"),
        ("\"a\".rstrip()", "`rtrim`"),
        ("\"a\".lower()", "`toLowerCase`"),
        ("\"a\".toUpper()", "`toUpperCase`"),
        ("\"a\".split(\",\")", "`toList`"),
        ("{1}.join(\",\")", "`toString`"),
        ("\"a\".includes(\"a\")", "`contains`"),
        ("{\"a\": 1}.set(\"a\", 2)", "`put`"),
        ("{\"a\": 1}.hasKey(\"a\")", "`containKey`"),
        ("\"1\".parseInt()", "`toNumber`"),
        ("\"{}\".parse()", "`toMap` or `toJSONList`"),
        ("{1}.copy()", "`duplicate`"),
        ("2.pow(3)", "`power`"),
        ("strip(\"a\")", "`trim`"),
        // Names nearest to a slip are those of the type.
        ("{1}.lenght()", "`size`"),
        ("m.lenght()", "`size`"),
        ("l.lenght()", "`size`"),
        ("m.keys().lenght()", "`size`"),
        ("\"a\".sizes()", "`length`"),
        ("\"a\".push(1)", "`concat`"),
        ("\"a\".padLeft(5)", "`leftpad`"),
        ("\"a\".toInteger()", "`toNumber`"),
        ("f.getName()", "`getFileName`"),
        ("(\"a\").trin()", "`trim`"),
        // What it holds is not evident.
        ("u.lenght()", "`length`"),
    ] {
        let said = output(&format!(
            "m = Map(); l = List(); f = \"a\".toFile(\"x\"); u = {{}}; u = 5; x = null; x = {call};"
        ));
        assert!(
            said.contains(&format!("did you mean {meant}?")),
            "{call}\n{said}"
        );
    }
    let said = output("x = \"abc\".charAt(1);");
    assert!(said.contains("`x.subString(i, i + 1)`"), "{said}");
    let said = output("x = 5.toFixed(2);");
    assert!(said.contains("`x.round(2)`"), "{said}");
    let said = output("x = 5.lenght();");
    assert!(
        said.contains("`length` is a function of other types; this is a NUMBER"),
        "{said}"
    );
    let said = output("l = {1}; l.set(0, 5);");
    assert!(said.contains("make a new list"), "{said}");
}

/// What is called and what is read of `zoho` are told apart.
#[test]
fn system_variables_and_functions_are_told_apart() {
    for (script, told) in [
        (
            "info zoho.currentdate(1);",
            "E0211 `zoho.currentdate` is a system variable, which takes no arguments",
        ),
        (
            "x = zoho.encryption.md5;",
            "E0211 `zoho.encryption.md5` is no system variable, but is called",
        ),
        (
            "x = zoho.crm.getRecordById;",
            "E0211 `zoho.crm.getRecordById` is no system variable, but is called",
        ),
        (
            "info zoho.curentdate;",
            "E0211 unknown system variable `zoho.curentdate`",
        ),
    ] {
        let said = output(script);
        assert!(said.starts_with(told), "{script}\n{said}");
    }
}
