//! What the resolver has to say, one constructor for each code.

use std::collections::BTreeSet;

use freshet_syntax::diagnostic::Diagnostic;
use freshet_syntax::source::Span;

use crate::library::elsewhere;
use crate::value::Type;
use crate::value::date_text::Impossible;

/// A proposal as a help text.
fn meant(name: &str) -> String {
    format!("did you mean `{name}`?")
}

/// A text of the script as a message shows it: its beginning, if it is long.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The diagnostic with a proposal, if there is one, else with another help text.
fn with_proposal(diagnostic: Diagnostic, proposal: Option<&str>, otherwise: &str) -> Diagnostic {
    match proposal {
        Some(name) => diagnostic.help(meant(name)),
        None => diagnostic.help(otherwise),
    }
}

/// Why a name has no value.
pub(super) enum Undefined<'a> {
    /// In a function: the body of the file assigns it.
    InBody,
    /// It is the name of a function.
    Function,
    /// In the body of a file that is run: an argument would give it a value.
    Argument(Option<&'a str>),
    /// Anything else, with a name it resembles.
    Unknown(Option<&'a str>),
}

const PRINTING: &str = "to print a value, write `info …;`";

/// What helps somebody who prints as other languages do, by a function of this name.
fn printing_elsewhere(name: &str) -> Option<&'static str> {
    let known = [
        "console.log",
        "console.write",
        "console.writeline",
        "echo",
        "fmt.printf",
        "fmt.println",
        "log",
        "print",
        "printf",
        "println",
        "puts",
    ];
    known
        .iter()
        .any(|word| name.eq_ignore_ascii_case(word))
        .then_some(PRINTING)
}

fn is_console(name: &str) -> bool {
    name.eq_ignore_ascii_case("console")
}

/// What does here, on values of that type if it is known, what the method `name` does in other languages, as a help text.
fn method_elsewhere(name: &str, receiver: Option<Type>) -> Option<String> {
    let words = match name.to_ascii_lowercase().as_str() {
        "foreach" | "map" | "filter" | "reduce" => "walk the list: `for each x in list { … }`",
        "sum" => "sum up in a loop: `for each n in list { total = total + n; }`",
        "format" => {
            "join texts and values with `+`; numbers and dates take a pattern: `n.toString(\"0.00\")`"
        }
        "charat" => "take the part that is one character long: `x.subString(i, i + 1)`",
        "first" => "take the first element: `x.get(0)`",
        "last" => "take the last element: `x.get(x.size() - 1)`",
        "mod" => "the rest of a division is an operator: `x % 2`",
        "tofixed" => "round it, `x.round(2)`, or write all places: `x.toString(\"0.00\")`",
        "set" if receiver == Some(Type::List) => {
            "an element keeps its place: make a new list with `subList` and `addAll`, or a KEY-VALUE, which has `put`"
        }
        _ => return meant_here(name, receiver),
    };
    Some(words.to_owned())
}

/// The functions that do here, on values of that type if it is known, what `name` does elsewhere, as a help text.
fn meant_here(name: &str, receiver: Option<Type>) -> Option<String> {
    let here: Vec<&str> = match receiver {
        Some(receiver) => elsewhere::all_of_type(name, receiver)
            .map(|(here, _)| here)
            .collect(),
        None => elsewhere::called_here(name).to_vec(),
    };
    let here: Vec<String> = here.iter().map(|here| format!("`{here}`")).collect();
    (!here.is_empty()).then(|| format!("did you mean {}?", here.join(" or ")))
}

/// What helps somebody who writes null as other languages do.
fn null_elsewhere(name: &str) -> Option<&'static str> {
    let known = ["none", "nil", "undefined"];
    known
        .iter()
        .any(|word| name.eq_ignore_ascii_case(word))
        .then_some("write `null`")
}

pub(super) fn undefined_variable(name: &str, why: Undefined<'_>, span: Span) -> Diagnostic {
    let fault = Diagnostic::error(
        "E0201",
        span,
        format!("the variable `{name}` has no value: nothing assigns it"),
    );
    if let Some(help) = null_elsewhere(name) {
        return fault.help(help);
    }
    match why {
        Undefined::Argument(None) | Undefined::Unknown(None) if is_console(name) => {
            fault.help(PRINTING)
        }
        Undefined::InBody => fault.help(format!(
            "a function does not see the variables of the file around it: make `{name}` a parameter of the function"
        )),
        Undefined::Function => fault.help(format!("`{name}` is a function: call it as `{name}(…)`")),
        Undefined::Argument(None) => fault.help(format!(
            "assign it before this line, or give it as an argument of the run: `{name}=VALUE`"
        )),
        Undefined::Argument(Some(near)) => {
            fault.help(format!("did you mean `{near}`? Or give it as an argument of the run: `{name}=VALUE`"))
        }
        Undefined::Unknown(near) => with_proposal(fault, near, "assign it before this line"),
    }
}

pub(super) fn script_parameter(name: &str, near: Option<&str>, span: Span) -> Diagnostic {
    let fault = Diagnostic::warning(
        "W0201",
        span,
        format!(
            "`{name}` is a parameter of the script: nothing assigns it, so each run has to give it"
        ),
    );
    if let Some(help) = null_elsewhere(name) {
        return fault.help(help);
    }
    match near {
        None if is_console(name) => fault.help(PRINTING),
        Some(near) => fault.help(format!(
            "if it is a slip, did you mean `{near}`? Otherwise run with `{name}=VALUE`"
        )),
        None => fault.help(format!("run with `{name}=VALUE`")),
    }
}

/// Says of a name without value that it stands as a key, unless it is rather the slip of another name.
pub(super) fn key_without_quotes(diagnostic: &mut Diagnostic, name: &str) {
    let is_unassigned = matches!(diagnostic.code, "E0201" | "W0201");
    let is_slip = diagnostic
        .help
        .as_deref()
        .is_some_and(|help| help.contains("did you mean"));
    if is_unassigned && !is_slip {
        diagnostic.help = Some(format!(
            "a key that is a text stands in quotes: `{{\"{name}\": …}}`"
        ));
    }
}

/// What helps against an unknown function.
pub(super) enum FunctionHelp {
    /// A name it resembles.
    Near(String),
    /// There is a method of that name.
    MethodOnly,
    /// Nothing known.
    Declare,
}

pub(super) fn unknown_function(name: &str, help: FunctionHelp, span: Span) -> Diagnostic {
    let fault = Diagnostic::error(
        "E0202",
        span,
        format!(
            "unknown function `{name}`: it is neither built in nor declared in this file or in the project's functions folder"
        ),
    );
    match (help, written_otherwise(name)) {
        (FunctionHelp::MethodOnly, _) => fault.help(format!(
            "`{name}` is called on a value: write `x.{name}(…)`"
        )),
        (_, Some(help)) => fault.help(help),
        (FunctionHelp::Near(near), None) => fault.help(meant(&near)),
        (FunctionHelp::Declare, None) => fault.help(
            meant_here(name, None)
                .unwrap_or_else(|| "check the spelling, or declare the function".to_owned()),
        ),
    }
}

/// How to write what is no function here, whatever a project may declare.
fn written_otherwise(name: &str) -> Option<String> {
    let is_task = ["invokeurl", "invokeapi", "sendmail", "sendsms"]
        .iter()
        .any(|task| name.eq_ignore_ascii_case(task));
    if is_task {
        return Some(format!("the attributes of `{name}` stand in `[ … ]`"));
    }
    if name.eq_ignore_ascii_case("range") {
        return Some("count in a loop: `i = 1; while (i <= 10) { …  i = i + 1; }`".to_owned());
    }
    // `throw ValueError("…")`
    let is_class = name.starts_with(char::is_uppercase);
    if is_class && (name.ends_with("Error") || name.ends_with("Exception")) {
        return Some("throw the message itself: `throw \"what happened\";`".to_owned());
    }
    if name.eq_ignore_ascii_case("assert") {
        return Some("write `if (x < 0) { throw \"what happened\"; }`".to_owned());
    }
    printing_elsewhere(name).map(str::to_owned)
}

pub(super) fn function_elsewhere(name: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(
        "W0202",
        span,
        format!("the function `{name}` is not declared in this file, and no project was found to look for it"),
    )
    .help(written_otherwise(name).unwrap_or_else(|| {
        "put the script into a project with a functions folder: `freshet init` makes one".to_owned()
    }))
}

/// What helps against an unknown method.
pub(super) enum MethodHelp<'a> {
    /// A name it resembles.
    Near(&'a str),
    /// A name it resembles, of a method that values of this type do not have.
    OfOthers(&'a str, Type),
    /// It is a plain function.
    PlainOnly,
    /// Nothing known.
    Nothing,
}

/// `receiver` is the type of what it is called on, where that is known.
pub(super) fn unknown_method(
    name: &str,
    help: MethodHelp<'_>,
    receiver: Option<Type>,
    span: Span,
) -> Diagnostic {
    let fault = Diagnostic::error(
        "E0203",
        span,
        format!("unknown function `{name}`: no type of value has it"),
    );
    if let Some(help) = method_elsewhere(name, receiver) {
        return fault.help(help);
    }
    match help {
        MethodHelp::Near(near) => fault.help(meant(near)),
        MethodHelp::OfOthers(near, found) => fault.help(format!(
            "`{near}` is a function of other types; this is a {}: `freshet help {near}` tells what has it",
            found.name()
        )),
        MethodHelp::PlainOnly => fault.help(format!(
            "`{name}` is not called on a value: write `{name}(…)`"
        )),
        MethodHelp::Nothing => {
            fault.help("check the spelling; the language may have it under another name")
        }
    }
}

pub(super) fn argument_count(
    name: &str,
    expected: usize,
    found: usize,
    call: Span,
    declaration: Span,
) -> Diagnostic {
    let takes = match expected {
        0 => "no argument".to_owned(),
        1 => "one argument".to_owned(),
        _ => format!("{expected} arguments"),
    };
    let given = match found {
        0 => "none is".to_owned(),
        1 => "one is".to_owned(),
        _ => format!("{found} are"),
    };
    Diagnostic::error("E0204", call, format!("`{name}` takes {takes}, but {given} given"))
        .other(declaration, "declared here")
        .help("give one argument for each parameter of the declaration; `null` stands for one without a value")
}

pub(super) fn declared_twice(
    name: &str,
    second: Span,
    first: Span,
    where_first: Option<&str>,
) -> Diagnostic {
    let place = match where_first {
        Some(file) => format!(" (first in {file})"),
        None => String::new(),
    };
    Diagnostic::error(
        "E0205",
        second,
        format!("the function `{name}` is declared twice{place}"),
    )
    .other(first, "first declared here")
    .help("give one of the two another name")
}

pub(super) fn parameter_twice(name: &str, second: Span, first: Span) -> Diagnostic {
    Diagnostic::error(
        "E0206",
        second,
        format!("two parameters are called `{name}`"),
    )
    .other(first, "the first one")
    .help("give each parameter its own name")
}

pub(super) fn member(receiver: &str, name: &str, is_method: bool, span: Span) -> Diagnostic {
    let fault = Diagnostic::error(
        "E0207",
        span,
        format!(
            "values have no fields, so `.{name}` reads nothing; only records of Zoho Creator have them"
        ),
    );
    // `System.out.println(x)`
    if receiver == "System" && matches!(name, "out" | "err") {
        fault.help(PRINTING)
    } else if is_method && name.eq_ignore_ascii_case("length") {
        fault.help(format!(
            "write `{receiver}.length()` for a TEXT, `{receiver}.size()` for a LIST or KEY-VALUE"
        ))
    } else if is_method {
        fault.help(format!("to call the function, write `{receiver}.{name}()`"))
    } else {
        fault.help(format!(
            "to read a value of a KEY-VALUE, write `{receiver}.get(\"{name}\")`"
        ))
    }
}

/// The help for a member that only the variable of a `catch` has.
pub(super) fn member_of_error(fault: Diagnostic, caught: &str, name: &str) -> Diagnostic {
    fault.help(format!(
        "of an error it is read from the variable that `catch` names: keep it there, `text = {caught}.{name};`"
    ))
}

/// Where else in the file the fault of `diagnostic` stands, as a part of its help.
pub(super) fn also_in_lines(diagnostic: &mut Diagnostic, lines: &BTreeSet<u32>) {
    /// Lines that are named; of more, the number is told.
    const NAMED: usize = 5;
    let named: Vec<String> = lines.iter().take(NAMED).map(u32::to_string).collect();
    let more = match lines.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let word = if lines.len() == 1 { "line" } else { "lines" };
    let help = diagnostic.help.get_or_insert_default();
    help.push_str(&format!("; the same in {word} {}{more}", named.join(", ")));
}

/// `is_text`: the receiver is the literal of a TEXT, which has no `get`.
pub(super) fn index(receiver: &str, content: &str, is_text: bool, span: Span) -> Diagnostic {
    let call = match content.parse::<u32>() {
        Ok(place) if is_text => format!("subString({place}, {})", u64::from(place) + 1),
        _ if is_text => format!("subString({content}, {content} + 1)"),
        _ => format!("get({content})"),
    };
    Diagnostic::error(
        "E0208",
        span,
        "an element is not read with brackets in this language",
    )
    .help(format!("write `{receiver}.{call}`"))
}

/// Where a `=` stands that assigns nothing.
pub(super) enum Equals {
    /// Behind a name in an argument.
    Argument,
    /// Behind a name or a text in the braces of a list.
    Entry,
    /// In any other expression.
    Elsewhere,
}

pub(super) fn single_equals(span: Span, place: Equals) -> Diagnostic {
    Diagnostic::error(
        "E0209",
        span,
        "`=` stands inside an expression, where nothing can be assigned",
    )
    .help(match place {
        Equals::Argument => {
            "arguments have no names: write the values alone, in their order; to compare, write `==`"
        }
        Equals::Entry => {
            "write `:` between a key and its value, `{\"name\": value}`; to compare, write `==`"
        }
        Equals::Elsewhere => {
            "write `==` to compare; to assign, write a statement of its own before this one"
        }
    })
}

pub(super) fn unknown_input(name: &str, near: Option<&str>, span: Span) -> Diagnostic {
    with_proposal(
        Diagnostic::error(
            "E0210",
            span,
            format!("`input.{name}`: this function has no parameter `{name}`"),
        ),
        near,
        "in a function, `input` holds its parameters; add one, or read another",
    )
}

pub(super) fn unknown_system_variable(name: &str, near: Option<&str>, span: Span) -> Diagnostic {
    with_proposal(
        Diagnostic::error("E0211", span, format!("unknown system variable `{name}`")),
        near,
        "there are `zoho.currentdate`, `zoho.currenttime`, `zoho.loginuser` and others; settings of your own are `zoho.appvariable.NAME`",
    )
}

pub(super) fn called_system_variable(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0211",
        span,
        format!("`{name}` is a system variable, which takes no arguments"),
    )
    .help(format!("write `{name}`"))
}

pub(super) fn call_without_parentheses(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0211",
        span,
        format!("`{name}` is no system variable, but is called"),
    )
    .help(format!(
        "write `{name}(…)`; `freshet help {name}` shows its arguments"
    ))
}

pub(super) fn error_member(variable: &str, name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0212",
        span,
        format!("a caught error has no member `{name}`"),
    )
    .help(format!(
        "it has `{variable}.message` and `{variable}.lineNo`"
    ))
}

pub(super) fn no_such_date(text: &str, why: Impossible, span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0213",
        span,
        format!("`'{text}'` has the form of a date, but {why}"),
    )
    .help("correct the date, or write it in double quotes if it is meant as text")
}

pub(super) fn unknown_task(name: &str, near: Option<&str>, span: Span) -> Diagnostic {
    with_proposal(
        Diagnostic::error("E0214", span, format!("unknown task `{name} [ … ]`")),
        near,
        "the tasks written with brackets are `invokeurl`, `invokeapi`, `sendmail` and `sendsms`",
    )
}

pub(super) fn unknown_attribute(
    task: &str,
    name: &str,
    near: Option<&str>,
    all: &str,
    span: Span,
) -> Diagnostic {
    let is_method = name.to_ascii_lowercase().starts_with("method") && all.contains("`type`");
    with_proposal(
        Diagnostic::error("E0215", span, format!("`{task}` has no attribute `{name}`")),
        near.or(is_method.then_some("type")),
        &format!("its attributes are {all}"),
    )
}

pub(super) fn attribute_twice(task: &str, name: &str, second: Span, first: Span) -> Diagnostic {
    Diagnostic::error(
        "E0216",
        second,
        format!("the attribute `{name}` of `{task}` is given twice"),
    )
    .other(first, "first given here")
    .help("keep one of the two")
}

pub(super) fn attribute_missing(task: &str, name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0217",
        span,
        format!("`{task}` needs the attribute `{name}`, which is missing"),
    )
    .help(format!("add `{name} :VALUE`"))
}

pub(super) fn joined_words(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0218",
        span,
        format!("the attribute `{name}` does not take joined words"),
    )
    .help("write one of its values, or put the text into double quotes")
}

pub(super) fn unknown_constant(
    attribute: &str,
    word: &str,
    near: Option<&str>,
    all: &str,
    span: Span,
) -> Diagnostic {
    with_proposal(
        Diagnostic::error(
            "E0219",
            span,
            format!(
                "`{word}` is neither a value of the attribute `{attribute}` nor a variable that is assigned"
            ),
        ),
        near,
        &format!("its values are {all}"),
    )
}

pub(super) fn attachment_kind(kind: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0220",
        span,
        format!("attachments of the kind `{kind}` need a Creator application"),
    )
    .help("attach a file: `attachments :file:report`")
}

pub(super) fn statement_in_functions(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0221",
        span,
        "this file of the functions folder has a statement outside a function",
    )
    .help("move it to a script, or put it into a function")
}

pub(super) fn fetch(form: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0222",
        span,
        format!("`{form}[ … ]` fetches records from a form of a Creator application, which does not exist here"),
    )
    .help("fetch them with `zoho.creator.getRecords(…)`, or with `invokeurl` and a connection")
}

pub(super) fn aggregate(form: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0225",
        span,
        format!("`{form}` is a form of a Creator application: its records cannot be counted or summed up here"),
    )
    .help("fetch the records with `zoho.creator.getRecords(…)`, or with `invokeurl` and a connection, and go through them")
}

pub(super) fn subform_row(form: &str, subform: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0226",
        span,
        format!("`{form}.{subform}()` makes a row of a form of a Creator application, which does not exist here"),
    )
    .help("make a key-value for each row, `row = Map();`, and send them with `invokeurl`, to the API behind `zoho.creator.createRecord(…)`")
}

pub(super) fn application_data(word: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0223",
        span,
        format!("`thisapp.{word}` belongs to a Creator application, which does not exist here"),
    )
    .help("`thisapp.` stands before calls of functions only; settings are `zoho.appvariable.NAME`")
}

/// `name`: what stands behind `application.`.
pub(super) fn application_function(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error("E0224", span, format!("`application.{name}` is a function or connector task of a Creator application"))
        .help("put the function into the project and call it without `application.`; for a connector's task, use `invokeurl` with a connection")
}

pub(super) fn single_equals_in_condition(span: Span) -> Diagnostic {
    Diagnostic::warning("W0203", span, "`=` in a condition is read as `==`")
        .help("write `==` to compare")
}

pub(super) fn mixed_logic(span: Span) -> Diagnostic {
    Diagnostic::warning(
        "W0204",
        span,
        "`&&` and `||` meet without parentheses: `&&` goes first here, but `||` does in Zoho Creator",
    )
    .help("put parentheses around the part that belongs together")
}

pub(super) fn only_begins_with_date(text: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(
        "W0205",
        span,
        format!(
            "`'{}'` begins with a date, but is a TEXT: the rest is no time of day",
            shortened(text)
        ),
    )
    .help("write the time as `HH:mm:ss`, two digits each, or use double quotes for a text")
}

pub(super) fn two_digit_year(text: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(
        "W0206",
        span,
        format!("`'{text}'` has a year of two digits, whose century depends on the day of the run"),
    )
    .help("write the year with four digits")
}

pub(super) fn time_literal(text: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(
        "W0207",
        span,
        format!("`'{text}'` is a TEXT: there is no type for a time of day"),
    )
    .help("write a date before it, or use double quotes for a text")
}

pub(super) fn shadows_builtin(name: &str, span: Span) -> Diagnostic {
    Diagnostic::warning("W0208", span, format!("the function `{name}` hides the built-in one: `{name}(…)` calls it everywhere in the program"))
        .help(format!("`x.{name}(…)` is still the built-in one; another name avoids the doubt"))
}

pub(super) fn hides_project_function(
    name: &str,
    file: &str,
    span: Span,
    hidden: Span,
) -> Diagnostic {
    Diagnostic::warning(
        "W0209",
        span,
        format!("the function `{name}` hides the one of the functions folder ({file})"),
    )
    .other(hidden, "not called")
    .help("give one of them another name, or remove the one that is not meant")
}

pub(super) fn void_value(name: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(
        "W0210",
        span,
        format!("`{name}` is a `void` function: the value used here is always null"),
    )
    .help("call it as a statement of its own, or declare the type of its result")
}

pub(super) fn unreachable(after: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(
        "W0211",
        span,
        format!("this is never executed: it stands after `{after}`"),
    )
    .help(format!("delete it, or move it before `{after}`"))
}

pub(super) fn maybe_unassigned(name: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(
        "W0212",
        span,
        format!("`{name}` may have no value yet, and is null then"),
    )
    .help(format!(
        "assign it on every way that leads here, or test it: `{name} != null`"
    ))
}

pub(super) fn endless_loop(span: Span) -> Diagnostic {
    Diagnostic::warning("W0213", span, "this loop does not end: its body changes no variable of the condition, and does not leave it")
        .help("change a variable of the condition in the body, or leave the loop with `break`")
}

pub(super) fn no_receiver(name: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(
        "W0215",
        span,
        format!("`{name}()` has nothing to work on: it needs a value, and fails without"),
    )
    .help(format!("write `x.{name}(…)` or `{name}(x, …)`"))
}

/// `near`: what it may be a slip of, a task or a service.
pub(super) fn integration(name: &str, near: Option<&str>, span: Span) -> Diagnostic {
    let fault = Diagnostic::warning(
        "W0214",
        span,
        format!("`{name}` is not implemented: calling it is an error when the script runs"),
    );
    match near {
        Some(near) => fault.help(format!(
            "did you mean `{near}`? `invokeurl` with a connection calls any service"
        )),
        None => fault.help("make the call with `invokeurl` and a connection"),
    }
}
