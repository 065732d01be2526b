//! What a REPL needs: entries without their last `;`, values, and whether more lines must follow.

mod support;

use freshet_syntax::source::SourceFile;
use freshet_syntax::token::TokenClass;
use freshet_syntax::{is_complete, lex, parse};
use support::entry;

#[test]
fn the_last_statement_needs_no_semicolon_and_may_be_a_value() {
    assert_eq!(entry("1 + 2"), "value (+ 1 2)\n");
    assert_eq!(entry("x = 1; x"), "x = 1\nvalue x\n");
    assert_eq!(entry("x;"), "value x\n");
    assert_eq!(entry("{\"a\": 1}"), "value (map \"a\":1)\n");
    assert_eq!(entry("info 1"), "info 1\n");
    assert_eq!(entry("x = 1"), "x = 1\n");
    assert_eq!(entry("if (a) { b }"), "if a {-}\n1:10-11 E0140\n");
    assert_eq!(entry("int f() { return 1; }"), "fn Number f() {return 1}\n");
    assert_eq!(entry("1 2"), "-\n1:2-2 E0131\n");
}

#[test]
fn an_entry_is_unfinished_while_something_is_open() {
    for text in [
        "if (a) {",
        "if (a)",
        "x = f(1,",
        "x = [1",
        "/* comment",
        "x = 1 +",
        "x =",
        "a.",
        "try { }",
        "for each x in",
        "for each",
        "invokeurl [ url: \"a\"",
        "int f()",
        "if (a) { } else",
    ] {
        assert!(!is_complete(text), "{text}");
    }
}

#[test]
fn an_entry_is_complete_when_it_can_run_or_is_wrong() {
    for text in [
        "",
        "x",
        "x = 1",
        "x = 1;",
        "if (a) { }",
        "x = \"open",
        "x = )",
        "1 2",
        "// comment",
        "}",
        "f()",
    ] {
        assert!(is_complete(text), "{text}");
    }
}

#[test]
fn tokens_have_classes_for_colours() {
    let text = "if (x) { info \"a\" + 1.5; } // c";
    let lexed = lex(text, Default::default());
    let classes: Vec<_> = lexed
        .tokens
        .iter()
        .zip(&lexed.places)
        .filter(|(token, _)| !matches!(token.class(), TokenClass::Bracket | TokenClass::Operator))
        .map(|(token, place)| {
            (
                &text[place.start as usize..place.end as usize],
                token.class(),
            )
        })
        .collect();
    let expected = [
        ("if", TokenClass::Keyword),
        ("x", TokenClass::Name),
        ("info", TokenClass::Keyword),
        ("\"a\"", TokenClass::Text),
        ("1.5", TokenClass::Number),
    ];
    assert_eq!(classes, expected);
    assert_eq!(lexed.comments.len(), 1);
}

#[test]
fn comments_are_kept_with_their_places() {
    let source = SourceFile::new("a.dg", "/* a */ x = 1; // b\n");
    let comments = parse(&source, Default::default()).comments;
    let texts: Vec<_> = comments
        .iter()
        .map(|span| &source.text()[span.start as usize..span.end as usize])
        .collect();
    assert_eq!(texts, ["/* a */", "// b"]);
}
