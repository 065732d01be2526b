//! Everything that lexer and parser can say, one function a code, so that each wording exists once.
//!
//! Numbers: E0101–E0119 characters and literals, E0120–E0129 brackets, E0130–E0159 grammar, E0160–E0179 what other
//! languages have, E0180–E0199 declarations and tasks; W01xx warnings.

use crate::diagnostic::Diagnostic;
use crate::literal::{DecimalProblem, EscapeProblem};
use crate::source::Span;

// Characters and literals (language reference, 1 and 2).

pub(crate) fn source_too_large(span: Span, bytes: usize, most: usize) -> Diagnostic {
    Diagnostic::error(
        "E0101",
        span,
        format!(
            "this file has {bytes} bytes ({:.1} MiB); a script may have at most {most} ({} MiB)",
            bytes as f64 / 1_048_576.0,
            most / 1_048_576
        ),
    )
    .help("split the script, or move its data into a file or a service it reads")
}

pub(crate) fn not_utf8(span: Span, is_utf_16: bool) -> Diagnostic {
    let message = match is_utf_16 {
        true => "this file is not UTF-8 text: it seems to be saved as UTF-16",
        false => "this file is not UTF-8 text: here is a byte that no character begins with",
    };
    Diagnostic::error("E0102", span, message).help(
        "save the file with the encoding UTF-8; if it is no script at all, check the file name",
    )
}

pub(crate) fn invalid_character(span: Span, character: char) -> Diagnostic {
    let code = format!("U+{:04X}", character as u32);
    let message = match character {
        '\u{2028}' | '\u{2029}' | '\u{85}' => {
            format!("the line separator {code} is not allowed outside of text")
        }
        _ if character.is_control() => format!("the control character {code} is not allowed here"),
        '`' => "a backtick means nothing here".to_owned(),
        _ if character.is_ascii() => format!("`{character}` means nothing here"),
        _ => format!("`{character}` ({code}) means nothing here"),
    };
    let fault = invalid(span, message);
    match character {
        '`' => fault.help("texts stand in double quotes: \"…\""),
        '#' => fault.help("a comment begins with `//`"),
        '^' => fault.help("powers are written `x.power(2)`"),
        '$' | '@' => {
            fault.help("names consist of letters, digits and `_`, and begin with a letter or `_`")
        }
        '\\' => fault.help("a backslash is allowed inside of texts only"),
        '，' | '．' | '：' | '（' | '）' | '｛' | '｝' | '［' | '］' => {
            fault.help("this is a full-width sign; write the plain one")
        }
        '–' | '—' | '−' => fault.help("write the plain minus sign `-`"),
        _ if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}' | '\u{85}') => {
            fault.help("delete it; it cannot be seen in most editors")
        }
        _ => fault,
    }
}

/// `$` before a name, or what stands around a script elsewhere: told once a file.
pub(crate) fn foreign_sign(span: Span, text: &str) -> Diagnostic {
    let (message, help) = match text {
        "$" => (
            "`$` means nothing here, before a name".to_owned(),
            "write the names alone: `total` for `$total`",
        ),
        _ if text.starts_with('`') => (
            "a row of backticks means nothing here".to_owned(),
            "delete it, and the one at the end: they stand around a script in a page of text",
        ),
        _ => (
            format!("`{text}` means nothing here"),
            "delete it, and what belongs to it at the end: nothing stands around a script",
        ),
    };
    invalid(span, message).help(help)
}

fn invalid(span: Span, message: String) -> Diagnostic {
    Diagnostic::error("E0103", span, message)
}

pub(crate) fn curly_quote(span: Span) -> Diagnostic {
    Diagnostic::error("E0104", span, "curly quotes do not mark a text")
        .help("write straight quotes: \"…\"; a word processor or web page has changed them")
}

pub(crate) fn wide_semicolon(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0105",
        span,
        "this is the full-width `；`, found where `;` is expected",
    )
    .help("write the plain `;`")
}

pub(crate) fn unclosed_text(opening: Span, quote: &str) -> Diagnostic {
    Diagnostic::error(
        "E0106",
        opening,
        format!("this text has no closing `{quote}` on its line"),
    )
    .help(format!(
        "close it with `{quote}` on the same line; for a line break inside of a text write `\\n`"
    ))
}

pub(crate) fn unclosed_comment(opening: Span) -> Diagnostic {
    Diagnostic::error("E0107", opening, "this comment is never closed").help("close it with `*/`")
}

pub(crate) fn number_with_letters(span: Span, text: &str) -> Diagnostic {
    let lower = text.to_ascii_lowercase();
    let digits_and = |letters: &str| {
        lower
            .bytes()
            .all(|byte| byte.is_ascii_digit() || letters.as_bytes().contains(&byte))
    };
    let fault = Diagnostic::error(
        "E0108",
        span,
        format!("`{text}` is no number: letters directly follow the digits"),
    );
    if let Some(digits) = lower.strip_prefix("0x") {
        match i64::from_str_radix(digits, 16) {
            Ok(value) => fault.help(format!("hexadecimal numbers do not exist; write {value}")),
            Err(_) => fault
                .help("hexadecimal numbers do not exist; write the number with the digits 0 to 9"),
        }
    } else if digits_and("_") {
        fault.help(format!(
            "digits are not grouped; write {}",
            lower.replace('_', "")
        ))
    } else if digits_and("e.") {
        fault.help("exponents do not exist; write the number out, such as 1000 for 1e3")
    } else {
        fault.help(
            "put a blank or an operator between number and word, or begin the name with a letter",
        )
    }
}

pub(crate) fn number_too_large(span: Span) -> Diagnostic {
    /// Digits before the point of the longest DECIMAL, which needs one behind it.
    const LONGEST: u32 = 27;
    let fault = Diagnostic::error(
        "E0109",
        span,
        "this number is too large; the largest NUMBER is 9223372036854775807",
    );
    if span.end - span.start > LONGEST {
        return fault.help("write it as a text, \"…\": a DECIMAL has 28 digits at most");
    }
    fault.help(
        "write it as a text, \"…\", or as a DECIMAL with a point, such as 9223372036854775808.0",
    )
}

pub(crate) fn decimal(span: Span, problem: DecimalProblem) -> Diagnostic {
    match problem {
        DecimalProblem::TooManyDigits(digits) => Diagnostic::error(
            "E0110",
            span,
            format!("this DECIMAL has {digits} significant digits; it may have at most 28"),
        )
        .help("leave out digits, zeros at the end included, or write it as a text"),
        DecimalProblem::Rounded(digits) => Diagnostic::warning(
            "W0101",
            span,
            format!("this DECIMAL has {digits} digits after the point and is rounded to 28"),
        )
        .help("leave out the digits that are lost"),
    }
}

pub(crate) fn escape(span: Span, problem: EscapeProblem, text: &str) -> Diagnostic {
    match problem {
        EscapeProblem::Unknown => Diagnostic::warning(
            "W0102",
            span,
            format!("`{text}` is no escape and stays as it is, backslash included"),
        )
        .help(format!("write `\\{text}` if the backslash is meant")),
        EscapeProblem::ShortUnicode => Diagnostic::warning(
            "W0103",
            span,
            "`\\u` without four hexadecimal digits stays as it is",
        )
        .help("write all four digits, such as `\\u00e9`, or `\\\\u` if the backslash is meant"),
        EscapeProblem::HalfPair => Diagnostic::error(
            "E0111",
            span,
            format!("`{text}` is half of a surrogate pair"),
        )
        .help("write both halves, such as `\\ud83d\\ude00`, or the character itself"),
    }
}

pub(crate) fn invisible_character(span: Span) -> Diagnostic {
    Diagnostic::warning(
        "W0104",
        span,
        "an invisible character without width stands here; it is skipped",
    )
    .help("delete it; it often comes with text pasted from web pages")
}

/// What helps against an address without quotes, whose `//` begins a comment.
pub(crate) const ADDRESS_IN_QUOTES: &str =
    "`//` begins a comment: an address stands in quotes, `\"https://…\"`";

// Brackets and depth (language reference, 8 and 9).

/// `found`: the closing bracket of another kind that came first; `None` at the end of the file.
/// `suspect`: a `}` that most likely closes another block than its author meant. `in_address`: the `//` of an address
/// without quotes has made a comment of the rest of the line.
pub(crate) fn not_closed(
    opening: Span,
    bracket: &str,
    closing: &str,
    found: Option<(Span, &str)>,
    suspect: Option<Span>,
    in_address: bool,
) -> Diagnostic {
    let fault = match found {
        None => Diagnostic::error(
            "E0120",
            opening,
            format!("this `{bracket}` is not closed: the file ends before its `{closing}`"),
        ),
        Some((span, other)) => Diagnostic::error(
            "E0120",
            opening,
            format!("this `{bracket}` is not closed: `{other}` comes before its `{closing}`"),
        )
        .other(
            span,
            format!("`{closing}` is missing before this, or stands for it"),
        ),
    }
    .help(match in_address {
        true => ADDRESS_IN_QUOTES.to_owned(),
        false => format!("add `{closing}` where it belongs"),
    });
    match suspect {
        Some(suspect) => fault.other(
            suspect,
            "this closes a block that is indented further; one may be missing before it",
        ),
        None => fault,
    }
}

pub(crate) fn closed_too_often(span: Span, bracket: &str, opening: &str) -> Diagnostic {
    Diagnostic::error(
        "E0121",
        span,
        format!("this `{bracket}` closes nothing: no `{opening}` is open here"),
    )
    .help(format!("delete it, or add the `{opening}` it belongs to"))
}

pub(crate) fn nested_too_deep(span: Span, most: usize) -> Diagnostic {
    Diagnostic::error(
        "E0122",
        span,
        format!("brackets are nested deeper than {most} levels here"),
    )
    .help("store inner parts in variables, or move inner blocks into functions")
}

pub(crate) fn too_many_signs(span: Span, most: usize) -> Diagnostic {
    Diagnostic::error(
        "E0123",
        span,
        format!("more than {most} signs follow each other here"),
    )
    .help("two signs `-` or `!` in a row cancel each other")
}

// Grammar (language reference, 4 to 6 and appendix B).

pub(crate) fn missing_semicolon(end: Span, before: Option<&str>) -> Diagnostic {
    let message = match before {
        Some(word) => format!("`;` is missing at the end of this statement, before {word}"),
        None => "`;` is missing at the end of this statement".to_owned(),
    };
    Diagnostic::error("E0130", end, message).help("every simple statement ends with `;`")
}

pub(crate) fn unexpected(
    span: Span,
    expected: &str,
    found: &str,
    help: Option<&str>,
) -> Diagnostic {
    let fault = Diagnostic::error("E0131", span, format!("expected {expected}, found {found}"));
    match help {
        Some(help) => fault.help(help),
        None => fault,
    }
}

pub(crate) fn missing_value(
    span: Span,
    before: &str,
    found: &str,
    help: Option<&str>,
) -> Diagnostic {
    let message = match before {
        "" => format!("expected a value, found {found}"),
        _ => format!("expected a value after {before}, found {found}"),
    };
    let fault = Diagnostic::error("E0132", span, message);
    match help {
        Some(help) => fault.help(help),
        None => fault,
    }
}

pub(crate) fn missing_block(end: Span, before: &str, found: &str) -> Diagnostic {
    Diagnostic::error(
        "E0133",
        end,
        format!("expected a block `{{ … }}` after {before}, found {found}"),
    )
    .help("braces are required, also around a single statement: `{ … }`")
}

pub(crate) fn missing_parentheses(end: Span, word: &str) -> Diagnostic {
    Diagnostic::error(
        "E0134",
        end,
        format!("the condition of `{word}` must stand in parentheses"),
    )
    .help(format!("write `{word} (…) {{ … }}`"))
}

pub(crate) fn reserved_word(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error(
        "E0135",
        span,
        format!("`{word}` is a word of the language and cannot be a name"),
    )
    .help("choose another name")
}

pub(crate) fn comparison_chain(operator: Span, sign: &str, first: Span) -> Diagnostic {
    let fault = Diagnostic::error(
        "E0136",
        operator,
        format!("comparisons cannot be chained: a second one begins with `{sign}`"),
    )
    .other(first, "the first comparison is here");
    match sign {
        "<" | "<=" | ">" | ">=" => fault.help("join two comparisons: `1 < x && x < 9`"),
        _ => fault.help("join two comparisons with `&&`, or put one into parentheses"),
    }
}

pub(crate) fn chained_assignment(sign: Span) -> Diagnostic {
    Diagnostic::error(
        "E0137",
        sign,
        "a statement assigns one variable; here is a second `=`",
    )
    .help("write two statements: `y = 1; x = y;`; to compare, write `==`")
}

pub(crate) fn assignment_to_non_variable(target: Span, what: &str) -> Diagnostic {
    Diagnostic::error(
        "E0138",
        target,
        format!("only a variable can be assigned to, not {what}"),
    )
    .help(if what.contains("brackets") || what.contains("call") {
        "to change an entry of a key-value, write `m.put(key, value);`"
    } else {
        "the variable stands on the left, `x = …;`; to compare, write `==`"
    })
}

pub(crate) fn input_assigned(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0154",
        span,
        "`input` holds the arguments of the run and cannot be assigned to",
    )
    .help("choose another name")
}

/// `value`: what to assign. `has_more`: other variables are declared in the same statement.
pub(crate) fn typed_declaration(
    word: Span,
    text: &str,
    name: &str,
    value: &str,
    has_more: bool,
) -> Diagnostic {
    Diagnostic::error(
        "E0139",
        word,
        format!("variables are not declared: `{text}` is not allowed before `{name}`"),
    )
    .help(match has_more {
        true => {
            format!("write `{name} = {value};`, and a statement of its own for each other variable")
        }
        false => format!("write `{name} = {value};`"),
    })
}

pub(crate) fn without_effect(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0140",
        span,
        "this statement does nothing: its value is computed and lost",
    )
    .help("assign the value, `x = …;`, or print it, `info …;`")
}

pub(crate) fn conditional_alone(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0141",
        span,
        "the value that `if(condition, a, b)` chooses is lost",
    )
    .help("assign it, `x = if(…);`, or write the statement `if (…) { … } else { … }`")
}

pub(crate) fn outside_loop(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error("E0142", span, format!("`{word}` stands outside of a loop")).help(format!(
        "`{word}` belongs into `for each … {{ … }}` or `while (…) {{ … }}`"
    ))
}

pub(crate) fn value_in_void(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error(
        "E0143",
        span,
        format!("`{name}` is declared `void` and cannot return a value"),
    )
    .help("declare the type of the result instead of `void`, or write `return;`")
}

pub(crate) fn without_partner(word: Span, text: &str, opener: &str) -> Diagnostic {
    Diagnostic::error(
        "E0144",
        word,
        format!("this `{text}` has no `{opener}` before it"),
    )
    .help(format!(
        "`{text}` directly follows the closing brace of its `{opener}` block, without a `;`"
    ))
}

pub(crate) fn missing_catch(end: Span) -> Diagnostic {
    Diagnostic::error(
        "E0145",
        end,
        "`catch (e) { … }` is missing after the block of `try`",
    )
    .help("write `try { … } catch (e) { … }`; `e` then holds the error")
}

pub(crate) fn stray_block(brace: Span) -> Diagnostic {
    Diagnostic::error("E0146", brace, "this block belongs to no statement")
        .help("a block follows `if (…)`, `else`, `for each …`, `while (…)`, `try`, `catch (…)` or a declaration")
}

pub(crate) fn trailing_comma(comma: Span, closing: &str) -> Diagnostic {
    Diagnostic::error(
        "E0147",
        comma,
        format!("a value is missing between this `,` and `{closing}`"),
    )
    .help("delete the comma")
}

pub(crate) fn mixed_braces(span: Span, pairs_first: bool) -> Diagnostic {
    let message = if pairs_first {
        "this entry has no `: value`, but the first one has"
    } else {
        "this `:` makes a key-value entry of a list's element"
    };
    Diagnostic::error("E0148", span, message)
        .help("a list is `{a, b}`, a key-value is `{key: value, …}`; the two do not mix")
}

pub(crate) fn pair_as_argument(colon: Span) -> Diagnostic {
    Diagnostic::error("E0149", colon, "`key : value` is no argument here")
        .help("pairs are arguments of `Collection(…)` and `insert(…)` only; elsewhere write `{key: value}`")
}

pub(crate) fn one_value(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error(
        "E0150",
        span,
        format!("`{word}` takes one value, found a second one after `,`"),
    )
    .help("join values with `+`: `info a + \" \" + b;`")
}

pub(crate) fn missing_word(end: Span, word: &str, example: &str) -> Diagnostic {
    Diagnostic::error("E0151", end, format!("`{word}` is missing here"))
        .help(format!("write `{example}`"))
}

pub(crate) fn bare_root(span: Span, word: &str) -> Diagnostic {
    let example = if word.eq_ignore_ascii_case("zoho") {
        "zoho.currentdate"
    } else {
        "thisapp.name()"
    };
    Diagnostic::error(
        "E0152",
        span,
        format!("`{word}` is no value of its own; expected `.` and a name after it"),
    )
    .help(format!("such as `{example}`"))
}

pub(crate) fn one_list_argument(span: Span) -> Diagnostic {
    Diagnostic::error("E0153", span, "a typed list takes at most one argument")
        .help("pass the elements in one text: `List:Int(\"1,2\")`")
}

// What other languages have (language reference, 4.6 and 6.7).

const NAMELESS_FUNCTION: &str =
    "functions without a name do not exist: go through a list with `for each x in list { … }`";

/// `is_pair`: it stands behind the key of an entry in braces.
pub(crate) fn foreign_operator(span: Span, text: &str, is_pair: bool) -> Diagnostic {
    let fault = Diagnostic::error(
        "E0160",
        span,
        format!("the operator `{text}` does not exist"),
    );
    match text {
        "===" => fault.help("write `==`"),
        "!==" | "<>" => fault.help("write `!=`"),
        "&" => fault.help("write `&&`"),
        "|" => fault.help("write `||`"),
        "**" | "**=" => fault.help("powers are written `x.power(2)`"),
        "??" | "??=" => fault.help("write `ifnull(x, 3)`: 3 where `x` is null"),
        "?." => fault.help("test for null: `if(x != null, x.size(), null)`"),
        "=>" if is_pair => fault.help("between key and value write `:`, such as `{\"a\": 1}`"),
        "=>" => fault.help(format!("{NAMELESS_FUNCTION}; for `≥` write `>=`")),
        _ => fault.help(format!("{NAMELESS_FUNCTION}; members are reached with `.`")),
    }
}

/// `is_comment`: it begins a line of words.
pub(crate) fn double_sign(span: Span, sign: &str, is_comment: bool) -> Diagnostic {
    let one = &sign[..1];
    let fault = Diagnostic::error(
        "E0161",
        span,
        format!("the operator `{sign}` does not exist"),
    );
    if is_comment {
        return fault.help("a comment begins with `//`");
    }
    fault.help(format!("to change a variable by one, write `i = i {one} 1;`; for two signs in a row, put a blank between them"))
}

pub(crate) fn word_operator(span: Span, word: &str) -> Diagnostic {
    let fault = Diagnostic::error(
        "E0162",
        span,
        format!("the operator `{word}` does not exist"),
    );
    match word.to_ascii_lowercase().as_str() {
        "and" => fault.help("write `&&`"),
        "or" => fault.help("write `||`"),
        "not" => fault.help("write `!`"),
        "in" => fault.help("write `list.contains(value)`"),
        _ => fault.help("write `!list.contains(value)`"),
    }
}

pub(crate) fn ternary(span: Span, word: &str) -> Diagnostic {
    let operator = match word {
        "?" => "? :",
        _ => "… if … else …",
    };
    Diagnostic::error(
        "E0163",
        span,
        format!("the operator `{operator}` does not exist"),
    )
    .help("write `if(condition, a, b)`")
}

pub(crate) fn else_if_in_one_word(span: Span, word: &str) -> Diagnostic {
    let message = match word {
        "else" => "`else` has no condition".to_owned(),
        _ => format!("`{word}` does not exist"),
    };
    Diagnostic::error("E0164", span, message).help("write two words: `else if`")
}

/// A statement or the like (`what`) of other languages, at its word.
pub(crate) fn foreign_statement(span: Span, what: &str, word: &str) -> Diagnostic {
    let fault = Diagnostic::error("E0165", span, format!("the {what} `{word}` does not exist"));
    match what {
        "modifier" => return fault.help(
            "delete it: a declaration begins with the type of the result, such as `int twice(int n) { … }`",
        ),
        "expression" => return fault.help(NAMELESS_FUNCTION),
        _ => {}
    }
    match word.to_ascii_lowercase().as_str() {
        "do" => fault.help("write `while (condition) { … }`; for one turn in any case, put the statements before it as well"),
        "switch" | "case" => fault.help("write `if (…) { … } else if (…) { … } else { … }`"),
        "except" | "rescue" => fault.help("write `catch (e) { … }`; `e` then holds the error"),
        "finally" => fault.help("write `catch (e) { … }`, and behind its block what must happen in any case"),
        "end" | "endif" | "fi" | "done" | "wend" | "next" => {
            fault.help("a block stands in braces, `{ … }`: write `}` where it ends")
        }
        "debug" | "echo" | "log" | "print" | "printf" | "println" | "puts" | "write" => {
            fault.help("to print a value, write `info …;`")
        }
        "raise" => fault.help("write `throw \"what happened\";`"),
        "assert" => fault.help("write `if (x < 0) { throw \"what happened\"; }`"),
        "from" | "import" | "include" | "namespace" | "package" | "require" | "using" => fault.help("functions of the project's folder are found by themselves"),
        "class" => fault.help("use a key-value, `{\"name\": \"…\"}`, and functions that take it"),
        "for" => fault.help("write `for each x in list { … }`, or `while (i < n) { …  i = i + 1; }`"),
        "function" | "def" | "func" | "fun" | "fn" => {
            fault.help("a function begins with the type of its result: `int twice(int n) { return n * 2; }`")
        }
        _ => fault.help("delete the word; if it is a statement of its own, it ends with `;`"),
    }
}

pub(crate) fn for_each_in_one_word(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error("E0166", span, format!("`{word}` does not exist"))
        .help("write two words: `for each x in list { … }`")
}

pub(crate) fn new_object(span: Span, thrown: bool) -> Diagnostic {
    let help = if thrown {
        "throw the message itself: `throw \"what happened\";`"
    } else {
        "values are made without it: `Map()`, `List()`, `Collection()`; the time is `now` or `today`"
    };
    Diagnostic::error("E0167", span, "`new` does not exist: there are no classes").help(help)
}

pub(crate) fn range(dots: Span) -> Diagnostic {
    Diagnostic::error("E0168", dots, "ranges do not exist")
        .help("count in a loop, `i = 1; while (i <= 10) { …  i = i + 1; }`, or write the list: `{1, 2, 3}`")
}

// Declarations and tasks (language reference, 7.1; appendix B).

pub(crate) fn misplaced_declaration(name: Span, text: &str) -> Diagnostic {
    Diagnostic::error(
        "E0180",
        name,
        format!("the function `{text}` is declared inside of a block"),
    )
    .help("move it to the top level of the file")
}

pub(crate) fn unknown_type(span: Span, text: &str) -> Diagnostic {
    let fault = Diagnostic::error("E0181", span, format!("`{text}` is no type"));
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("map:") || lower.starts_with("map ") {
        fault.help("write `map`; the types of keys and values are not declared")
    } else if lower.starts_with("list:") {
        fault.help("write `list`, or `list:` with string, int, long, float, bool or date")
    } else {
        fault.help("types are void, string, int, float, bool, date, list, map, collection, file; for a record of a form write `map`")
    }
}

pub(crate) fn refused_function_name(span: Span, text: &str) -> Diagnostic {
    Diagnostic::error(
        "E0182",
        span,
        format!("a function cannot be called `{text}`, since the word opens a statement"),
    )
    .help("choose another name")
}

pub(crate) fn void_parameter(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0183",
        span,
        "`void` is the type of a result, not of a parameter",
    )
    .help("declare what the parameter accepts, such as `string` or `map`")
}

pub(crate) fn untyped_parameter(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("E0184", span, format!("the parameter `{name}` has no type"))
        .help(format!("write its type before it, such as `string {name}`"))
}

pub(crate) fn default_value(sign: Span) -> Diagnostic {
    Diagnostic::error("E0185", sign, "parameters have no default values")
        .help("pass null and write `x = ifnull(x, …);` at the beginning of the function")
}

pub(crate) fn any_number_of_parameters(dots: Span) -> Diagnostic {
    Diagnostic::error(
        "E0188",
        dots,
        "a function takes a fixed number of arguments",
    )
    .help("take them in one list: `void show(list words)`, called with `show({\"a\", \"b\"})`")
}

pub(crate) fn missing_result_type(name: Span, text: &str) -> Diagnostic {
    Diagnostic::error(
        "E0187",
        name,
        format!("the declaration of `{text}` does not begin with the type of its result"),
    )
    .help(format!(
        "write `void {text}(…)` if it returns nothing, else a type such as `string`"
    ))
}

/// `is_address`: an address without quotes stands there.
pub(crate) fn attribute_without_value(name: Span, text: &str, is_address: bool) -> Diagnostic {
    Diagnostic::error(
        "E0186",
        name,
        format!("the attribute `{text}` has no value"),
    )
    .help(match is_address {
        true => ADDRESS_IN_QUOTES,
        false => "write a value after `:`, or leave the attribute out",
    })
}

// What belongs to forms and pages (language reference, appendix A).

pub(crate) fn alert(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0190",
        span,
        "`alert` opens a window over a form of Zoho Creator; there is none here",
    )
    .help("print the value: `info …;`")
}

pub(crate) fn cancel_submit(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0191",
        span,
        "`cancel submit` refuses the submission of a form of Zoho Creator; there is none here",
    )
    .help("end the script with `return;`, or with an error: `throw \"…\";`")
}

pub(crate) fn insert_into(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0192",
        span,
        "`insert into` adds a record to a form of Zoho Creator; there are no forms here",
    )
    .help("send it with `invokeurl` and a connection, to the API behind `zoho.creator.createRecord(…)`")
}

/// `target` is what stands before the `=`.
pub(crate) fn member_assigned(span: Span, target: &str) -> Diagnostic {
    let root = target.split('.').next().unwrap_or_default();
    if root.trim().eq_ignore_ascii_case("zoho") {
        return Diagnostic::error("E0193", span, "system variables are only read: what begins with `zoho.` cannot be assigned to")
            .help("store the value in a variable, `x = …;`; what system variables give is set in freshet.toml");
    }
    Diagnostic::error("E0193", span, "a member cannot be assigned to: only records of Zoho Creator have fields")
        .help("for a key-value write `m.put(\"key\", value);`, for a record send it with `invokeurl`, to the API behind `zoho.creator.updateRecord(…)`")
}

pub(crate) fn delete_from(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0194",
        span,
        "`delete from` deletes records of a form of Zoho Creator; there are no forms here",
    )
    .help("call the service's API: `invokeurl [ … type: DELETE … ]` with a connection")
}

pub(crate) fn input_field_assigned(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0195",
        span,
        "a field of `input` is set in a form of Zoho Creator; here `input` is only read",
    )
    .help("store the value in a variable, `x = …;`")
}

pub(crate) fn field_word(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error(
        "E0196",
        span,
        format!("`{word}` changes the open form of Zoho Creator; there is none here"),
    )
    .help("delete the statement")
}

pub(crate) fn form_task(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error(
        "E0197",
        span,
        format!("`{word}` is a task of forms and pages of Zoho Creator; there are none here"),
    )
    .help("delete the statement, or call the service's API with `invokeurl`")
}

pub(crate) fn page(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0198",
        span,
        "this is an HTML page of Zoho Creator: `<%` begins what only its server can fill in",
    )
    .help("move the statements that compute something into a script of their own")
}

pub(crate) fn application_export(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0199",
        span,
        "this is the export of a whole Zoho Creator application, with its forms and reports, and no script",
    )
    .help("copy the scripts of its functions and workflows into files of their own")
}

// Warnings.

pub(crate) fn negated_comparison(bang: Span, comparison: Span, sign: &str) -> Diagnostic {
    Diagnostic::warning(
        "W0105",
        bang,
        format!("`!` is read as `!(… {sign} …)`: it covers the whole comparison"),
    )
    .other(comparison, "the comparison it covers")
    .help(match sign {
        "==" | "=" => "write `a != b`, or parentheses",
        _ => "write parentheses, or the opposite comparison",
    })
}

pub(crate) fn cautioned_name(span: Span, word: &str) -> Diagnostic {
    Diagnostic::warning(
        "W0106",
        span,
        format!(
            "`{word}` is a word of the language; as the name of a variable it is easily misread"
        ),
    )
    .help("choose another name")
}

pub(crate) fn throws(span: Span) -> Diagnostic {
    Diagnostic::warning("W0107", span, "`throws` is read as `throw`").help("write `throw`")
}
