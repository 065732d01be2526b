//! The grammar (`grammar/freshet.ebnf`) and the code say the same: words, operators, precedence, and thousands of
//! sentences that lexer and parser must accept.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "grammar/ebnf.rs"]
mod ebnf;
#[path = "grammar/sentence.rs"]
mod sentence;

use std::collections::BTreeSet;

use ebnf::{Grammar, Part, is_token};
use freshet_interpreter::value::date_text::{self, Literal};
use freshet_syntax::ast::{BinaryOperator, ExpressionKind, StatementKind};
use freshet_syntax::diagnostic::Diagnostic;
use freshet_syntax::lex;
use freshet_syntax::parser::parse;
use freshet_syntax::source::{FileId, SourceFile};
use freshet_syntax::token::{Token, TokenClass, WORDS};
use sentence::{Choose, Sentences};

/// Sentences of each kind; a hundred times as many with `FRESHET_LONG_TESTS=1`.
const SENTENCES: u64 = 4000;

fn diagnostics(text: &str) -> Vec<Diagnostic> {
    parse(&SourceFile::new("test.dg", text), FileId::default()).diagnostics
}

fn set<'a>(words: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    words.into_iter().collect()
}

#[test]
fn words_are_those_of_the_lexer() {
    let grammar = Grammar::load();
    let known = |wanted: fn(Token) -> bool| {
        set(WORDS
            .iter()
            .filter(|(_, token)| wanted(*token))
            .map(|(word, _)| *word))
    };
    assert_eq!(
        set(grammar.texts("reserved-word")),
        known(Token::is_reserved)
    );
    assert_eq!(
        set(grammar.texts("cautioned-word")),
        known(|token| token == Token::Cautioned)
    );
    assert_eq!(
        set(grammar.texts("contextual-word")),
        known(|token| !token.is_reserved() && token != Token::Cautioned)
    );
}

#[test]
fn words_with_a_meaning_in_some_places_are_names_elsewhere() {
    let grammar = Grammar::load();
    for rule in ["contextual-word", "cautioned-word", "statement-word"] {
        for word in grammar.texts(rule) {
            let text = format!(
                "{word} = 1; {word} += 1; x = {word}; x = a + {word}; x = {{{word}}}; x = {word}.f(); {word}.f({word});
                 for each {word} in a {{ }} try {{ }} catch ({word}) {{ }} void f(int {word}) {{ }} x = a.{word}();
                 invokeurl [ {word}: 1, a {word}: 1, {word}-a: 1 ]"
            );
            let errors: Vec<_> = diagnostics(&text)
                .into_iter()
                .filter(Diagnostic::is_error)
                .collect();
            assert!(errors.is_empty(), "{text}\n{errors:?}");
        }
    }
    for word in grammar.texts("reserved-word") {
        assert!(
            diagnostics(&format!("{word} = 1;"))
                .iter()
                .any(Diagnostic::is_error),
            "{word}"
        );
        assert!(
            diagnostics(&format!("x = a.{word}();")).is_empty(),
            "{word}"
        );
    }
}

#[test]
fn types_are_those_of_the_parser() {
    let grammar = Grammar::load();
    let types = grammar.texts("plain-type");
    let elements = grammar.texts("element-type");
    let rules = [
        "plain-type",
        "contextual-word",
        "cautioned-word",
        "statement-word",
        "task-name",
    ];
    let mut words: BTreeSet<&str> = set(rules.iter().flat_map(|rule| grammar.texts(rule)));
    words.extend([
        "str", "char", "array", "object", "any", "time", "var", "let",
    ]);
    let is_refused = |text: &str| diagnostics(text).iter().any(Diagnostic::is_error);
    for word in words {
        let refused = is_refused(&format!("{word} f({word} x) {{ }}"));
        assert_eq!(refused, !types.contains(&word), "{word} as a type");
        let refused = is_refused(&format!("list:{word} f(list:{word} x) {{ }}"));
        assert_eq!(refused, !elements.contains(&word), "list:{word}");
    }
}

/// The signs of the grammar: texts of its rules that are no words.
fn signs(grammar: &Grammar) -> BTreeSet<&str> {
    let rules = grammar.rules.keys().filter(|rule| !is_token(rule));
    set(rules
        .flat_map(|rule| grammar.texts(rule))
        .filter(|text| !text.starts_with(|first: char| first.is_alphanumeric())))
}

#[test]
fn signs_are_those_of_the_lexer() {
    /// Signs of other languages, which only the parser can refuse in the right words (language reference, 6.7).
    const REFUSED: [&str; 3] = ["++", "--", "?"];
    let ascii: Vec<char> = ('!'..='~')
        .filter(|sign| !sign.is_ascii_alphanumeric() && *sign != '_')
        .collect();
    let mut texts: Vec<String> = ascii.iter().map(char::to_string).collect();
    for _ in 0..2 {
        let longer: Vec<String> = texts
            .iter()
            .flat_map(|text| ascii.iter().map(move |sign| format!("{text}{sign}")))
            .collect();
        texts.extend(longer);
    }
    let is_one_token = |text: &&String| {
        let lexed = lex(text, FileId::default());
        let is_sign =
            |token: Token| matches!(token.class(), TokenClass::Operator | TokenClass::Bracket);
        lexed.tokens.len() == 1 && lexed.page.is_none() && lexed.comments.is_empty() && lexed.tokens.iter().copied().all(is_sign)
            // An operator of another language counts as ours, but is reported.
            && !diagnostics(text).iter().any(|one| one.code == "E0160")
    };
    let grammar = Grammar::load();
    let mut known = signs(&grammar);
    known.extend(REFUSED);
    assert_eq!(
        set(texts.iter().filter(is_one_token).map(String::as_str)),
        known
    );
}

/// A level of precedence: its operators, and whether they can be chained.
#[derive(Debug)]
struct Level<'g> {
    operators: Vec<&'g str>,
    chains: bool,
}

/// The levels below `expression`, the loosest first: rules of the form `next ( operators next )*`.
fn levels(grammar: &Grammar) -> Vec<Level<'_>> {
    let mut levels = Vec::new();
    let mut name = "expression".to_owned();
    while name != "unary" {
        let part = match grammar.rule(&name) {
            // Of several alternatives, the first one goes on.
            Part::Choice(parts) => &parts[0].1,
            part => part,
        };
        name = match part {
            Part::Rule(next) => next.clone(),
            Part::Sequence(parts) => {
                let [Part::Rule(next), Part::Any(tail) | Part::Perhaps(tail)] = parts.as_slice()
                else {
                    panic!("rule {name} is no level of precedence");
                };
                let mut operators = Vec::new();
                tail.walk(&mut |part| match part {
                    Part::Text(sign) => operators.push(sign.as_str()),
                    Part::Rule(right) => assert_eq!(right, next, "rule {name}"),
                    _ => {}
                });
                levels.push(Level {
                    operators,
                    chains: matches!(parts[1], Part::Any(_)),
                });
                next.clone()
            }
            _ => panic!("rule {name} is no level of precedence"),
        };
    }
    levels
}

/// How the parser reads an expression of variables and binary operators, in full parentheses.
fn grouping(text: &str) -> Result<String, String> {
    let source = SourceFile::new("test.dg", format!("x = {text};"));
    let parsed = parse(&source, FileId::default());
    if let Some(error) = parsed.diagnostics.into_iter().find(Diagnostic::is_error) {
        return Err(error.message);
    }
    let ast = parsed.ast;
    let StatementKind::Assign { value, .. } = &ast.statement(ast.body[0]).kind else {
        panic!("{text}")
    };
    fn grouped(ast: &freshet_syntax::ast::Ast, id: freshet_syntax::ast::ExpressionId) -> String {
        match &ast.expression(id).kind {
            ExpressionKind::Variable(name) => name.to_string(),
            ExpressionKind::Unary { operand, .. } => format!("-{}", grouped(ast, *operand)),
            ExpressionKind::Binary {
                operator,
                left,
                right,
                ..
            } => {
                format!(
                    "({}{}{})",
                    grouped(ast, *left),
                    operator.sign(),
                    grouped(ast, *right)
                )
            }
            other => panic!("{other:?}"),
        }
    }
    Ok(grouped(&ast, *value))
}

#[test]
fn precedence_is_that_of_the_parser() {
    let grammar = Grammar::load();
    let levels = levels(&grammar);
    // `=` in a condition stands beside `==`.
    let comparisons: BTreeSet<&str> = set(grammar.texts("compared"));
    assert!(comparisons.is_superset(&set(["==", "!=", "="])));
    assert_eq!(
        BinaryOperator::SingleEqual.level(),
        BinaryOperator::Equal.level()
    );

    let all: Vec<(usize, &Level<'_>, &str)> = levels
        .iter()
        .enumerate()
        .flat_map(|(place, level)| {
            level
                .operators
                .iter()
                .map(move |operator| (place, level, *operator))
        })
        .collect();
    assert_eq!(all.len(), 13, "all binary operators but `=`");
    for (one, level, first) in &all {
        assert_eq!(
            grouping(&format!("a {first} b")),
            Ok(format!("(a{first}b)"))
        );
        assert_eq!(
            grouping(&format!("-a {first} b")),
            Ok(format!("(-a{first}b)")),
            "signs bind tighter"
        );
        for (two, _, second) in &all {
            let found = grouping(&format!("a {first} b {second} c"));
            if two > one {
                assert_eq!(found, Ok(format!("(a{first}(b{second}c))")));
            } else if two < one || level.chains {
                assert_eq!(found, Ok(format!("((a{first}b){second}c)")));
            } else {
                assert!(
                    found.is_err(),
                    "`a {first} b {second} c` is read as {found:?}"
                );
            }
        }
    }
}

/// Makes many sentences of a rule and shows the parser each. Of those with something wrong, tells the shortest.
fn accepts(
    choose: Choose,
    rule: &str,
    wrap: fn(String) -> String,
    is_wrong: fn(&Diagnostic) -> bool,
) {
    let grammar = Grammar::load();
    let sentences = Sentences::new(&grammar, choose);
    let many = match std::env::var_os("FRESHET_LONG_TESTS") {
        Some(_) => SENTENCES * 100,
        None => SENTENCES,
    };
    let mut wrong = Vec::new();
    for seed in 0..many {
        let text = wrap(sentences.sentence(rule, seed));
        if let Some(found) = diagnostics(&text).into_iter().find(is_wrong) {
            wrong.push((text, found));
        }
    }
    if let Some((text, found)) = wrong.iter().min_by_key(|(text, _)| text.len()) {
        let (line, column) = SourceFile::new("", text.as_str()).line_column(found.span.start);
        let (count, place) = (wrong.len(), format!("{line}:{column}"));
        panic!(
            "{count} of {many} are refused, such as at {place} {}: {}\n{text}",
            found.code, found.message
        );
    }
}

#[test]
fn sentences_are_accepted_without_a_word() {
    accepts(Choose::Plain, "file", |text| text, |_| true);
    accepts(Choose::Plain, "statement", |text| text, |_| true);
    accepts(
        Choose::Plain,
        "expression",
        |text| format!("x = {text};"),
        |_| true,
    );
    accepts(
        Choose::Plain,
        "condition",
        |text| format!("if ({text}) {{ }}"),
        |_| true,
    );
    accepts(
        Choose::Plain,
        "task",
        |text| format!("x = {text};"),
        |_| true,
    );
}

#[test]
fn sentences_with_marked_alternatives_are_accepted_without_an_error() {
    accepts(Choose::Marked, "file", |text| text, Diagnostic::is_error);
    accepts(
        Choose::Marked,
        "expression",
        |text| format!("x = {text};"),
        Diagnostic::is_error,
    );
}

/// Where the texts of a part end that begin at `start`. Of classes, only digits.
fn ends(
    grammar: &Grammar,
    part: &Part,
    text: &str,
    start: usize,
    any_case: bool,
) -> BTreeSet<usize> {
    let rest = &text[start..];
    let more = |part: &Part, starts: BTreeSet<usize>| -> BTreeSet<usize> {
        let each = starts.into_iter();
        each.flat_map(|start| ends(grammar, part, text, start, any_case))
            .collect()
    };
    let here = BTreeSet::from([start]);
    match part {
        Part::Text(word) => {
            let found = rest
                .get(..word.len())
                .is_some_and(|found| found == word || any_case && found.eq_ignore_ascii_case(word));
            found.then_some(start + word.len()).into_iter().collect()
        }
        Part::Class(class) => {
            assert_eq!(class, "digit");
            let found = rest.starts_with(|first: char| first.is_ascii_digit());
            found.then_some(start + 1).into_iter().collect()
        }
        Part::Rule(name) => ends(grammar, grammar.rule(name), text, start, any_case),
        Part::Sequence(parts) => parts.iter().fold(here, |starts, part| more(part, starts)),
        Part::Choice(parts) => parts
            .iter()
            .flat_map(|(mark, part)| {
                let any_case = any_case || *mark == Some(ebnf::Mark::AnyCase);
                ends(grammar, part, text, start, any_case)
            })
            .collect(),
        Part::Perhaps(part) => &more(part, here.clone()) | &here,
        Part::Any(_) | Part::Some(_) | Part::Except(..) => panic!("{part:?} in a date"),
    }
}

/// A single-quoted text is a date to the code if the grammar says so, and only then: dates made at random, and the same
/// with one character changed.
#[test]
fn dates_are_those_of_the_code() {
    const CHARACTERS: &[u8] = b"0129-/.,: TZ+JMaAmpeyn";
    let grammar = Grammar::load();
    let sentences = Sentences::new(&grammar, Choose::Plain);
    let (mut dates, mut others) = (0, 0);
    let mut compare = |token: &str| {
        let is_date = ends(&grammar, grammar.rule("DATE"), token, 0, false).contains(&token.len());
        let read = date_text::read_literal(&token[1..token.len() - 1], 0);
        let is_read = matches!(read, Literal::Date { .. } | Literal::Impossible(_));
        assert_eq!(is_date, is_read, "{token} is {read:?} to the code");
        *(if is_date { &mut dates } else { &mut others }) += 1;
    };
    for seed in 0..SENTENCES {
        let token = sentences.sentence("DATE", seed);
        compare(&token);
        let mut changed = token.as_bytes()[1..token.len() - 1].to_vec();
        let place = seed as usize * 7 % changed.len();
        let character = CHARACTERS[seed as usize * 5 % CHARACTERS.len()];
        match seed % 3 {
            0 => changed[place] = character,
            1 => changed.insert(place, character),
            _ => {
                changed.remove(place);
            }
        }
        compare(&format!("'{}'", String::from_utf8(changed).unwrap()));
        // What no DATE is, no TEXT becomes either.
        let text = sentences.sentence("TEXT", seed);
        if text.starts_with('\'') && text.is_ascii() && !text.contains('\\') {
            compare(&text);
        }
    }
    for token in [
        "'01-Jan-2024 10:00 pm'",
        "'24-01-01T00:00'",
        "'2024-01-01T00:00.1'",
        "'2024-01-01T00:00:00.1234567890'",
        "'Mon,Jan 1 2024'",
        "'01-JAN-2024'",
        "'Monday,Jan 1,2024'",
        "'2024-01-01 10:00:00 Pm'",
        "'2024-01-01T00:00+05:30'",
    ] {
        compare(token);
    }
    assert!(
        dates > 4000 && others > 2000,
        "{dates} dates, {others} others"
    );
}
