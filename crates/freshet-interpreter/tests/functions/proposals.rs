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

/// A slip gets a name that values of its type have.
#[test]
fn slips_get_a_name_of_the_right_type() {
    for (receivers, slips) in [
        (
            "\"abc\" t txt zoho.loginuser named() \"a,b\".trim()",
            "lenght=length substing=subString toUpercase=toUpperCase replceAll=replaceAll startWith=startsWith \
             isEmty=isEmpty getPrefx=getPrefix sizes=length toLits=toList addDays=addDay",
        ),
        (
            "5 num 7.floor()",
            "roud=round cieling=ceil absolute=abs isOd=isOdd sqr=sqrt tostrng=toString",
        ),
        ("2.5 part", "rond=round trunc=truncate floorr=floor"),
        (
            "'01-Jan-2024' dat day today now zoho.currentdate zoho.currenttime today.addDay(1)",
            "addDays=addDay getDays=getDay daysBetwen=daysBetween weekOfYear=getWeekOfYear toStirng=toString \
             subMonths=subMonth",
        ),
        (
            "{1,2} l lst List() \"a,b\".toList(\",\")",
            "lenght=size sizze=size ad=add addAl=addAll removeElment=removeElement sublst=subList contain=contains \
             containKye=contains insrt=add averge=average push=add",
        ),
        (
            "{\"a\":1} m mp Map() \"{}\".toMap()",
            "lenght=size gett=get putt=put key=keys value=values contain=containKey inser=put addd=put",
        ),
        (
            "Collection(1) c col",
            "lenght=size insrt=insert ad=insert putt=insert getKye=getKey sortKeys=sortKey delet=delete",
        ),
        (
            "f fil \"a\".toFile(\"x\")",
            "getFilName=getFileName getName=getFileName getContent=getFileContent setFileNam=setFileName \
             compres=compress",
        ),
    ] {
        for receiver in receivers.split(' ') {
            for slip in slips.split_whitespace() {
                let (slip, meant) = slip.split_once('=').unwrap();
                let said = output(&format!(
                    "string named() {{ return \"a\"; }}
                     void of(string txt, int num, float part, date dat, list lst, map mp, collection col, file fil)
                     {{ t = \"a\"; day = '01-Jan-2024'; l = {{1}}; m = Map(); c = Collection(); f = \"a\".toFile(\"x\"); x = {receiver}.{slip}(); }}"
                ));
                assert!(
                    said.contains(&format!("did you mean `{meant}`?")),
                    "{receiver}.{slip}\n{said}"
                );
            }
        }
    }
    // None of the type is near: the name that is near belongs to others.
    for call in [
        "today.siz()",
        "'01-Jan-2024'.toUpercase()",
        "5.lenght()",
        "true.sizze()",
    ] {
        let said = output(&format!("x = {call};"));
        assert!(
            said.contains("is a function of other types; this is a "),
            "{call}\n{said}"
        );
    }
    for (written, meant) in [
        ("zoho.encryption.md6(\"a\")", "zoho.encryption.md5"),
        ("zoho.encryption.sha265(\"a\")", "zoho.encryption.sha256"),
        (
            "zoho.encryption.urlEncod(\"a\")",
            "zoho.encryption.urlEncode",
        ),
        ("zoho.pushNotificaton(\"a\")", "zoho.pushNotification"),
        ("zoho.curentdate", "zoho.currentdate"),
        ("zoho.loginuserId2", "zoho.loginuserid"),
        ("zoho.device.typ", "zoho.device.type"),
        ("zoho.appvariables.region", "zoho.appvariable.region"),
        ("todayy", "today"),
        ("getUrll(\"a\")", "getUrl"),
        ("Colection(1)", "Collection"),
        ("randomNumer(1, 2)", "randomNumber"),
        ("invokurl [ url :\"a\" ]", "invokeurl"),
        ("sendmial [ to :\"a\" ]", "sendmail"),
    ] {
        let said = output(&format!("x = {written};"));
        assert!(
            said.contains(&format!("did you mean `{meant}`?")),
            "{written}\n{said}"
        );
    }
    let said = output("x = zoho.encryption.length(\"a\");");
    assert!(!said.contains("did you mean"), "{said}");
}

/// `Collection(1, 2 : 3)` calls nothing else.
#[test]
fn elements_and_pairs_in_one_constructor_are_told_by_its_name() {
    for (script, told) in [
        (
            "x = Collection(1, 2 : 3);",
            "R0030 `Collection`: the collection holds elements, expected pairs",
        ),
        (
            "x = collection(\"a\" : 1, 2, 3);",
            "R0030 `Collection`: the collection holds pairs, expected elements",
        ),
        // Arguments are evaluated from the left.
        (
            "x = Collection({1} : 1, 2);",
            "R0009 a key must be a TEXT, NUMBER, DECIMAL, BOOLEAN or DATE-TIME, found LIST",
        ),
    ] {
        assert_eq!(output(script), told, "{script}");
    }
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

#[test]
fn names_of_elsewhere_get_those_of_here() {
    for (call, told) in [
        ("{3}.avg()", "average"),
        ("\"a\".zfill(3)", "leftpad"),
        ("\"a\".isNullOrEmpty()", "isBlank"),
    ] {
        let said = output(&format!("info {call};"));
        assert!(said.contains(told), "{call} {said}");
    }
}
