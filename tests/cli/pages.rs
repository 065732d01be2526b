//! The pages of help about the language: functions, tasks, integration tasks, system variables; what finds them.

use std::collections::BTreeSet;

use freshet_interpreter::library::find::{self, Topic};

use crate::support::place::{Place, feed};

#[test]
fn help_knows_the_functions_of_the_language() {
    let place = Place::new();
    let page = place.run(&["help", "indexof"]).ok().quietly().out;
    for shown in [
        "x.indexOf(search: TEXT)",
        "gives  NUMBER",
        "info \"mississippi\".indexOf(\"ss\");",
        "→ 2",
        "https://",
        "x      LIST",
    ] {
        assert!(page.contains(shown), "{shown}\n{page}");
    }
    let of_lists = place.run(&["help", "list.indexOf"]).ok().out;
    assert!(!of_lists.contains("mississippi"), "{of_lists}");
    let task = place.run(&["help", "invokeurl"]).ok().out;
    assert!(
        task.contains("invokeurl [ … ]") && task.contains("connection"),
        "{task}"
    );
    // Every name there is has a page, unless a command has that name.
    let listed = place.run(&["help", "--search", "e"]).ok().out;
    assert!(listed.lines().count() > 100, "{listed}");
    place.run(&["help", "run"]).ok();
}

#[test]
fn help_knows_system_variables_and_names_with_a_word_of_ones_own() {
    let place = Place::new();
    let page = |name: &str| place.run(&["help", name]).ok().quietly().out;
    for name in ["zoho.currentdate", "ZOHO.currentDate", "zoho.currentdate()"] {
        let page = page(name);
        for shown in [
            "zoho.currentdate\n  gives  DATE-TIME, a pure date\n",
            "info zoho.currentdate == today;\n    → true",
            "https://",
        ] {
            assert!(page.contains(shown), "{shown}\n{page}");
        }
    }
    let settings = page("zoho.appvariable.NAME");
    assert!(settings.contains("`[variables]`"), "{settings}");
    assert_eq!(page("zoho.appvariable"), settings);
    assert_eq!(page("zoho.appvariable.api_base"), settings);
    let task = page("zoho.crm.getRecords");
    assert!(task.contains("sends  GET /crm/v2/{module}"), "{task}");
    for version in ["v3", "v8", "V2_1"] {
        assert_eq!(page(&format!("zoho.crm.{version}.getRecords")), task);
    }
    // A clock is a function and a variable, and has one page.
    let now = page("now");
    assert!(now.starts_with("now\n  gives  DATE-TIME\n"), "{now}");
    assert_eq!(now.matches("gives").count(), 1, "{now}");
    place
        .run(&["help", "zoho.curentdate"])
        .fails(2, &["did you mean `zoho.currentdate`"]);
    place.run(&["help", "zoho.invoice.create"]).fails(
        2,
        &[
            "not implemented",
            "POST https://www.zohoapis.com/invoice/v3/{module}",
        ],
    );
}

#[test]
fn a_page_is_headed_by_the_way_in_which_it_is_called() {
    let place = Place::new();
    for (name, heading) in [
        ("randomNumber", "randomNumber(start, end)\n"),
        ("isNull", "isNull(x)\n"),
        ("ifnull", "ifNull(x, other)\n"),
        ("encodeUrl", "encodeUrl(text)\n"),
        ("getUrl", "getUrl(url, [headers], [simple])\n"),
        ("map.put", "x.put(key, value)\nx.put(pairs)\n"),
        (
            "collection.insert",
            "x.insert(element)\nx.insert(key : value)\n",
        ),
        (
            "Collection",
            "Collection(element, …)\nCollection(key : value, …)\n",
        ),
        ("today", "today\n"),
        ("round", "x.round([places: whole NUMBER])\n"),
    ] {
        let page = place.run(&["help", name]).ok().out;
        assert!(page.starts_with(heading), "{heading}\n{page}");
    }
}

/// Every page in a narrow window, a usual one and a wide one: only scripts, what they print and addresses may be longer.
#[test]
fn every_page_fits_the_window() {
    let names: BTreeSet<&str> = find::topics().flat_map(Topic::names).collect();
    let asked: String = names.iter().map(|name| format!(":help {name}\n")).collect();
    let place = Place::new();
    for columns in [40, 80, 120] {
        let mut command = place.command(&["repl"]);
        command.env("COLUMNS", columns.to_string());
        let pages = feed(command, asked.as_bytes()).ok().out;
        assert!(pages.lines().count() > 3000, "{pages}");
        for line in pages.lines() {
            let is_code = line.starts_with("    ");
            let is_word = line.split("  ").all(|part| !part.trim().contains(' '));
            let length = line.chars().count();
            assert!(
                is_code || is_word || length <= columns.min(80),
                "{columns}: {line}"
            );
            assert_eq!(line, line.trim_end());
        }
    }
    // The command looks at the window too.
    let mut command = place.command(&["help", "--search", "date"]);
    command.env("COLUMNS", "40");
    let found = feed(command, b"").ok().out;
    assert!(
        found
            .lines()
            .all(|line| line.chars().count() <= 40 || line.contains('(')),
        "{found}"
    );
}

#[test]
fn help_finds_by_name_description_and_other_words() {
    let place = Place::new();
    let found = |word: &str| place.run(&["help", "--search", word]).ok().out;
    assert!(found("upper").contains("toUpperCase"));
    assert!(found("base64").contains("base64Encode"));
    // `addAll` is found by what others call it.
    assert!(found("concat").contains("addAll"));
    // What is meant most often stands first; `toUpperCase`, which capitals find, has nothing to do with an API.
    for (first, words) in [
        (
            "invokeurl [ … ]",
            "http HTTP api rest request url web post json",
        ),
        ("sendmail [ … ]", "mail email e-mail smtp"),
        ("sendSms [ … ]", "sms"),
        ("zoho.desk.searchRecords(…)", "ticket"),
        ("LIST.sort(", "sort"),
        ("zoho.appvariable.NAME", "appvariable"),
    ] {
        for word in words.split(' ') {
            let found = found(word);
            assert!(found.starts_with(first), "{word}\n{found}");
            assert!(word != "api" || !found.contains("toUpperCase"), "{found}");
        }
    }
    let both = found("http post");
    assert!(
        both.contains("postUrl") && !both.contains("getUrl"),
        "{both}"
    );
    place.run(&["help", "--search", "zzzz"]).fails(2, &["zzzz"]);
    place
        .run(&["help", "toUpperCse"])
        .fails(2, &["did you mean `toUpperCase`?"]);
    place
        .run(&["help", "list.indxOf"])
        .fails(2, &["did you mean `indexOf`?"]);
    // By what it is called elsewhere.
    for (asked, meant) in [
        ("list.length", "`size`"),
        ("map.add", "`put`"),
        ("strip", "`trim`"),
        ("substr", "`subString` or `subList`"),
        ("ad", "`add`"),
    ] {
        place
            .run(&["help", asked])
            .fails(2, &[&format!("did you mean {meant}")]);
    }
    place
        .run(&["help", "--search", ""])
        .fails(2, &["`--search` was given no word"]);
}

#[test]
fn help_takes_a_type_and_a_function_in_either_order() {
    let place = Place::new();
    let page = place.run(&["help", "list.add"]).ok().out;
    place.run(&["help", "list", "add"]).ok().prints(&page);
    place.run(&["help", "add", "list"]).ok().prints(&page);
    let lists = place.run(&["help", "List"]).ok().out;
    place.run(&["help", "List:Int"]).ok().prints(&lists);
    place
        .run(&["help", "list:foo"])
        .fails(2, &["there is no command or function `list:foo`"]);
    place.run(&["help", "list", "frob"]).fails(
        2,
        &[
            "no command or function `list frob`",
            "`freshet help list.add`",
        ],
    );
    place
        .run(&["help", "run", "frob"])
        .fails(2, &["`run` has no command `frob`", "`freshet run --help`"]);
    place.run(&["help", "connection", "list", "frob"]).fails(
        2,
        &[
            "`connection list` has no command `frob`",
            "`freshet connection list --help`",
        ],
    );
}
