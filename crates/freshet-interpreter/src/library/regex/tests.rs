#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use super::*;

fn is_match(text: &str, pattern: &str) -> bool {
    matches("matches", &Text::new(text), pattern, &|| Ok(())).unwrap()
}

fn refusal(text: &str, pattern: &str) -> String {
    match matches("matches", &Text::new(text), pattern, &|| Ok(())) {
        Ok(found) => format!("found: {found}"),
        Err(error) => error.message,
    }
}

fn replaced(text: &str, pattern: &str, with: &str) -> String {
    replace(
        "replaceAll",
        &Text::new(text),
        pattern,
        with,
        false,
        false,
        &|| Ok(()),
    )
    .unwrap()
    .unwrap_or_else(|| text.to_owned())
}

fn replacement_fault(pattern: &str, with: &str) -> String {
    replace(
        "replaceAll",
        &Text::new("abc"),
        pattern,
        with,
        false,
        false,
        &|| Ok(()),
    )
    .map_or_else(|error| error.message, |out| format!("{out:?}"))
}

#[test]
fn forms_of_java_mean_what_they_mean_there() {
    for (text, pattern) in [
        ("a.b", r"\Qa.b\E"),
        ("a.b+", r"\Qa.b\E\+"),
        ("aab", r"\Qa\E+b"),
        ("tail)", r"\Qtail)"),
        ("\u{1}", r"\cA"),
        ("A", r"\0101"),
        ("A", r"\x41"),
        ("A", r"\u0041"),
        ("😀", r"\x{1F600}"),
        ("😀", r"\uD83D\uDE00"),
        ("\t\n\r\u{c}\u{7}\u{1b}", r"\t\n\r\f\a\e"),
        ("\u{a0}", r"\h"),
        ("\u{2028}", r"\v"),
        ("\r\n", r"\R"),
        ("e\u{301}", r"\X"),
        ("ab", "(?x) a # comment\n b"),
        ("a b", r"(?x)a\ b"),
        ("ABC", "(?i)abc"),
        ("aBc", "a(?i:b)c"),
        ("a\nb", "(?s)a.b"),
        ("aaa", "a++"),
        ("aaa", "a{2}+a"),
        ("abab", r"(ab)\1"),
        ("aa0", r"(a)\10"),
        ("abcdefghijkk", r"(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)\11"),
        ("xyx", r"(?<first>x)y\k<first>"),
        ("b", "[a-d&&[^c]]"),
        ("d", "[a-c[d-f]]"),
        ("]", "[]a]"),
        ("-", "[a-]"),
        ("~", "[--~]"),
        (":", "[[:alpha:]]"),
        ("^", "[a^]"),
        ("+", r"[\Q+-\E]"),
        (":", "[:]"),
        (":", "[^a-z]"),
        (";", "[:-@]"),
        ("&", r"[\&\&a]"),
        ("~", "[a~~b]"),
        ("-", "[+--]"),
        ("^", r"[\^a]"),
        ("[", r"[\[a]"),
        ("\\", r"[\\]"),
        ("#", "[# ]"),
        ("a", "[ab&&[a]]"),
        ("b", "[a-c&&b-d]"),
        ("7", r"[^\D]"),
        ("A", r"(?i)\p{Lower}"),
        ("a", r"(?i)\p{Upper}"),
        ("1", r"(?i)\P{Lower}"),
        ("Ä", r"(?iU)\p{Lower}"),
        ("Ä", r"(?i)\p{Ll}"),
        ("ä", r"(?i)\p{gc=Lu}"),
        ("\u{1d400}", r"(?i)\p{Ll}"),
        ("Ä", r"(?i)\p{IsLowercase}"),
        ("ä", r"(?i)\p{javaUpperCase}"),
        ("A", r"(?i)[\p{Lower}_]"),
        ("é", r"\p{L}"),
        ("é", r"\p{IsLatin}"),
        ("é", r"\p{javaLowerCase}"),
        ("é", r"(?U)\w"),
        ("3", r"\p{Digit}"),
        ("[", r"\p{Punct}"),
        ("Δ", r"\p{script=Greek}"),
        ("}", "}"),
        ("]", "]"),
        ("<a>", r"\<a\>"),
        ("", ""),
        ("٣", r"\p{IsDigit}"),
        ("٣", r"\p{Isdigit}"),
        ("é", r"\p{IsAlpha}"),
        ("é", r"\p{IsLower}"),
        ("é", r"(?U)\p{alpha}"),
        ("\u{a0}", r"\p{IsSpace}"),
        ("\u{ad}", r"\p{IsGraph}"),
        ("\u{1c5}", r"\p{IsTitlecase}"),
        ("a", r"(?i)\p{IsTitlecase}"),
        ("\u{301}", r"\p{IsWord}"),
        ("\u{fdd0}", r"\p{IsNoncharacter_Code_Point}"),
        ("a", r"\p{IsLatn}"),
        ("a", r"\p{gc=Alpha}"),
        ("a", r"\p{IsjavaLowerCase}"),
        ("a", r"\p{L1}"),
        ("Ü", "(?iu)ü"),
        ("Ü", "(?iU)ü"),
        ("\u{212a}", "(?iu)[a-z]"),
        ("éÉ", r"(?iu)(.)\1"),
        ("aA", r"(?i)(a)\1"),
        ("B", "(?i)[a-c&&[^a]]"),
        ("_", "(?i)[Z-a]"),
        ("z", "(?i)[Z-a]"),
        ("B", "(?i)[Z-b]"),
        ("K", r"(?i)\x6b\Q\E"),
        ("K", r"(?i)[\x6b]"),
        ("xK", r"(?i)\QXk\E"),
    ] {
        assert!(is_match(text, pattern), "{text:?} {pattern}");
    }
    for (text, pattern) in [
        ("٣", r"\d"),
        ("é", r"\w"),
        ("\u{a0}", r"\s"),
        ("é", r"\p{Alpha}"),
        ("A", r"\p{Lower}"),
        ("Ä", r"(?i)\p{Lower}"),
        ("a", r"(?i)\P{Upper}"),
        ("\u{17f}", r"(?i)\w"),
        ("alpha", "[[:alpha:]]+:"),
        ("c", "[a-d&&[^c]]"),
        ("m", r"[a\-z]"),
        ("a", "[^a-c]"),
        ("ab\n", "ab"),
        ("a\u{85}b", "a.b"),
        ("aaa", "a++a"),
        ("Ü", "(?i)ü"),
        ("Ü", "(?i)[ü]"),
        ("Ü", "(?iU-U:ü)"),
        ("Ü", "(?iu)(?-u)ü"),
        ("É", "(?i)[à-ï]"),
        ("\u{17f}", "(?i)s"),
        ("\u{212a}", "(?i)k"),
        ("\u{212a}", "(?i)[a-z]"),
        ("K", "(?i)[^k]"),
        ("A", "(?i)[Z-_]"),
        ("", "(?m)^"),
        ("\u{2028}", r"\p{IsPrint}"),
    ] {
        assert!(!is_match(text, pattern), "{text:?} {pattern}");
    }
}

#[test]
fn positions_are_those_of_java() {
    for (text, pattern, expected) in [
        ("abc\n", "c$", "abX\n"),
        ("abc\n", r"c\z", "abc\n"),
        ("abc\r\n", r"c\Z", "abX\r\n"),
        ("a\nb\n", "(?m)^", "Xa\nXb\n"),
        ("a\r\nb", "(?m)$", "aX\r\nbX"),
        ("a\nb", "(?m)$", "aX\nbX"),
        ("a\r\nb\rc", "(?md)^", "Xa\r\nXb\rc"),
        ("a b", r"\b", "XaX XbX"),
        ("é b", r"\b", "é XbX"),
        ("ab", r"\B", "aXb"),
        ("a\nb", "^", "Xa\nb"),
        ("", "(?m)^", ""),
        ("a\n", "(?m)^", "Xa\n"),
        ("AbÉé", r"\G", "XAbÉé"),
        ("aab", r"\Ga", "XXb"),
        ("aab", r"\Ga?", "XXXb"),
        ("éab", r"\G|b", "XéaXX"),
        ("ab", r"(?=a)|\Gb", "Xab"),
        ("a b", r"\b|\G", "XaX XbX"),
    ] {
        assert_eq!(replaced(text, pattern, "X"), expected, "{text:?} {pattern}");
    }
}

#[test]
fn replacements_follow_java() {
    for (text, pattern, with, expected) in [
        ("abc", "b*", "-", "-a--c-"),
        ("ab", "", "-", "-a-b-"),
        ("äö", "x*", "-", "-ä-ö-"),
        ("aaa", "a*?", ".", ".a.a.a."),
        ("ab", "(a)", "$12", "a2b"),
        ("ab", "(a)|(x)", "<$2>", "<>b"),
        ("ab", "b", r"\$1", "a$1"),
        ("smith, john", r"(\w+), (\w+)", "$2 $1", "john smith"),
        ("2024-07", r"(?<y>\d+)-(?<m>\d+)", "${m}/${y}", "07/2024"),
        ("ab", "b", "[$0]", "a[b]"),
    ] {
        assert_eq!(
            replaced(text, pattern, with),
            expected,
            "{text:?} {pattern} {with}"
        );
    }
    assert_eq!(
        replacement_fault("x", "$9"),
        "None",
        "read at the first match only"
    );
    assert!(replacement_fault("b", "$3").contains("there is no group 3"));
    assert!(replacement_fault("b", "$").contains("`$` stands for a group"));
    assert!(replacement_fault("b", r"\").contains("at the end"));
    assert!(replacement_fault("b", "${x}").contains("no group named `x`"));
    assert!(replacement_fault("b", "${x").contains("not closed"));
}

#[test]
fn first_only_and_any_case() {
    let text = Text::new("Été été");
    let first = replace("replaceFirst", &text, "été", "x", true, true, &|| Ok(())).unwrap();
    assert_eq!(first.as_deref(), Some("x été"));
    let all = replace(
        "replaceAllIgnoreCase",
        &text,
        "(É)t",
        "$1",
        true,
        false,
        &|| Ok(()),
    )
    .unwrap();
    assert_eq!(all.as_deref(), Some("Éé éé"));
    let exact = replace(
        "replaceAllIgnoreCase",
        &text,
        "(?-i)É",
        "x",
        true,
        false,
        &|| Ok(()),
    )
    .unwrap();
    assert_eq!(exact.as_deref(), Some("xté été"));
}

#[test]
fn faults_say_where_and_why() {
    for (pattern, expected) in [
        ("a(b", "character 1: this `(` is not closed"),
        ("ab)", "character 2: this `)` closes nothing"),
        ("[a-", "character 0: this `[` is not closed"),
        ("[z-a]", "character 1: the range `z-a` runs backwards"),
        ("*a", "character 0: there is nothing before `*`"),
        ("a**", "character 2: there is nothing before `*`"),
        ("{2}", "character 0: `{` begins a repetition"),
        ("x{,3}", "`{,3}` is no repetition"),
        ("x{3,2}", "`{3,2}` is no repetition"),
        (r"\y", r"unknown escape `\y`"),
        (r"a\", r"`\` at the end"),
        ("(?Pa)", "unknown kind of group"),
        ("(?<1a>x)", "a group name is letters and digits"),
        ("(?<a>x)(?<a>y)", "two groups are named `a`"),
        (r"\k<a>", "there is no group `a`"),
        (
            r"\p{InGreek}",
            "blocks of characters (`InGreek`) are not supported",
        ),
        (
            r"\p{block=Greek}",
            "blocks of characters (`block=Greek`) are not supported",
        ),
        (r"\p{alpha}", "the property `alpha` is written `Alpha`"),
        (
            r"\p{isdigit}",
            "the property `isdigit` is written `Isdigit`",
        ),
        (r"\p{Alphabetic}", "is written `IsAlphabetic`"),
        (r"\p{ll}", "the property `ll` is not supported"),
        (r"\N{DIGIT ONE}", "characters by name are not supported"),
        ("[&&a]", "`&&` needs something on both sides"),
        (r"\p{Nonsense}", "is not supported"),
        (r"\p{IsNonsense}", "cannot be used"),
        (r"\1", "refers to group 1, which does not exist"),
        ("[a&&]", "`&&` needs something on both sides"),
        (r"\u12", "needs four hexadecimal digits"),
        ("((a{1,1000}){1,1000}){1,1000}", "too much memory"),
        ("(?<=a{1,100000})b", "it looks back over too much text"),
    ] {
        let found = refusal("a", pattern);
        assert!(found.contains(expected), "{pattern}: {found}");
    }
}

#[test]
fn large_patterns_are_taken() {
    for (text, pattern) in [
        ("Ann", r"\p{L}{1,100}"),
        ("Ann-Marie Öst", r"[\p{L} .-]{2,100}"),
        ("Ann", r"(?i)[\p{L} ]{1,100}"),
        ("Ann", ".{1,4000}"),
        ("A\nn", "(?s).{0,65535}"),
    ] {
        assert!(is_match(text, pattern), "{pattern}");
    }
    assert!(is_match(&"1".repeat(100), r"\P{L}{100}"));
    // Of these as many are kept as have room together.
    let large: usize = CACHE.with(|cache| cache.borrow().iter().map(|kept| kept.large).sum());
    assert!((1..=LARGE_LIMIT).contains(&large), "{large}");
}

/// How many patterns are compiled for these texts and patterns by turns.
fn compiled(uses: &[(&str, &str)]) -> usize {
    CACHE.with(|cache| cache.borrow_mut().clear());
    for (text, pattern) in uses {
        is_match(text, pattern);
    }
    let kept = |cache: &RefCell<Vec<Rc<Pattern>>>| cache.borrow().clone();
    let once = CACHE.with(kept);
    for (text, pattern) in uses {
        is_match(text, pattern);
    }
    let again = CACHE.with(kept);
    let is_new = |pattern: &&Rc<Pattern>| !once.iter().any(|kept| Rc::ptr_eq(kept, pattern));
    assert_eq!(again.iter().filter(is_new).count(), 0, "{uses:?}");
    once.len()
}

#[test]
fn patterns_are_compiled_once_for_texts_by_turns() {
    let names = r"[\p{L} .-]{2,100}";
    let texts = ["Ann Berg", "Änn Berg", "Ann Berg\n", "Änn Berg\n"];
    assert_eq!(compiled(&texts.map(|text| (text, names))), 1);
    let longer = r"[\p{L} .-]{2,120}";
    let both = texts.map(|text| [(text, names), (text, longer)]);
    assert_eq!(compiled(both.as_flattened()), 2);
    // What means something else for another kind of text is compiled for each.
    assert_eq!(compiled(&texts.map(|text| (text, r"\bA.*"))), 2);
    assert_eq!(compiled(&texts.map(|text| (text, r"(?U)\bA.*"))), 1);
    assert_eq!(compiled(&texts.map(|text| (text, "(?s).*g$"))), 2);
    assert_eq!(compiled(&texts.map(|text| (text, r"(?s).*g\Z"))), 2);
    assert_eq!(compiled(&texts.map(|text| (text, "(?m).*g$"))), 1);
    for text in texts {
        assert!(is_match(text, "(?s).*g$\n?"), "{text}");
        assert_eq!(replaced(text, r"\b", "|").matches('|').count(), 4);
    }
}

/// What is too much of the result is not blamed on the pattern.
#[test]
fn a_result_that_grows_too_large_is_told_as_such() {
    heap::set_limit(256 << 20);
    let long = "$0".repeat(50_000);
    let text = Text::new("x".repeat(100_000));
    let refused = replace("replaceAll", &text, "x", &long, false, false, &|| Ok(()));
    heap::set_limit(usize::MAX);
    assert_eq!(refused.unwrap_err().code, "R0103");
}

#[test]
fn hostile_patterns_end() {
    let letters = "a".repeat(50_000);
    assert!(!is_match(&format!("{letters}b"), "(a+)+"));
    assert!(refusal(&letters, r"(a*)*\1b").contains("too many steps"));
    let deep = "(".repeat(40_000);
    assert!(refusal("a", &deep).contains("not closed"));
    let deep = format!("{deep}{}", ")".repeat(40_000));
    assert!(refusal("a", &deep).contains("inside each other"));
    assert!(refusal("a", &"[a".repeat(40_000)).contains("inside each other"));
    assert!(refusal("a", &"a*".repeat(50_001)).contains("has 100002 bytes, more than 100000"));
}

#[test]
fn compiled_patterns_are_kept_and_bounded() {
    for round in 0..2 {
        for number in 0..3 * CACHED {
            assert!(
                is_match(&format!("x{number}"), &format!("[x]{number}")),
                "{round}"
            );
        }
    }
    CACHE.with(|cache| assert_eq!(cache.borrow().len(), CACHED));
    for number in 0..4 {
        let long = "(?=a)".repeat(MOST_CACHED / 15);
        assert!(!is_match("b", &format!("{long}{number}")));
    }
    CACHE.with(|cache| assert_eq!(cache.borrow().len(), 2));
}
