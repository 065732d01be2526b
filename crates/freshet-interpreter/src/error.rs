//! What can go wrong while a script runs.
//!
//! The function library and the operators say *what* went wrong; the evaluator adds *where* (place and calls), once.
//! Every code has one constructor here, so that its wording exists once.

use freshet_syntax::source::Span;

use crate::value::Type;

/// The result of everything that can fail while a script runs.
pub type Fallible<T> = Result<T, Box<RuntimeError>>;

/// A runtime error (language reference, 9).
#[derive(Clone, Debug)]
pub struct RuntimeError {
    /// Stable name: `R…`, or the `C…` of a connection.
    pub code: &'static str,
    /// What was found, and what was expected; what `e.message` gives.
    pub message: String,
    /// The likely repair or the next step.
    pub help: Option<String>,
    /// Where it arose. `None` until the evaluator has added it.
    pub span: Option<Span>,
    /// The calls that led there, innermost first.
    pub calls: Vec<CallSite>,
    /// What an uncaught error means for the run.
    pub ending: Ending,
    /// Number given when it is caught for the first time, so that a caught error thrown again is the same one; 0 before.
    pub identity: u64,
}

/// A call of a user function on the way to an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallSite {
    /// Full name of the called function.
    pub function: String,
    /// Place of the call.
    pub span: Span,
}

/// What an uncaught error means for the run, and whether a script may catch it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// An ordinary error: can be caught.
    Failed,
    /// An error of a connection with an exit code of its own (connections, 9): can be caught.
    Connection(u8),
    /// A limit that every run has, such as call depth: cannot be caught.
    Stopped,
    /// A limit that a setting switched on: cannot be caught.
    Limited,
    /// Interrupted from outside: cannot be caught.
    Cancelled,
    /// A fault of Freshet itself: cannot be caught.
    Internal,
}

impl RuntimeError {
    fn new(code: &'static str, message: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            code,
            message: message.into(),
            help: None,
            span: None,
            calls: Vec::new(),
            ending: Ending::Failed,
            identity: 0,
        })
    }

    /// True if `try` may catch it.
    pub fn catchable(&self) -> bool {
        matches!(self.ending, Ending::Failed | Ending::Connection(_))
    }

    /// Adds the likely repair.
    #[must_use]
    pub fn help(mut self: Box<Self>, help: impl Into<String>) -> Box<Self> {
        self.help = Some(help.into());
        self
    }

    fn ending(mut self: Box<Self>, ending: Ending) -> Box<Self> {
        self.ending = ending;
        self
    }
}

/// R0001: an operator that does not take these types.
pub fn operand_types(operator: &str, left: Type, right: Type) -> Box<RuntimeError> {
    let error = RuntimeError::new(
        "R0001",
        format!("`{operator}` cannot take {left} and {right}"),
    );
    let is_number = |side| matches!(side, Type::Number | Type::Decimal);
    match (left, right) {
        (Type::Text, other) | (other, Type::Text) if is_number(other) => {
            error.help("convert the text first: `.toNumber()` or `.toDecimal()`")
        }
        (Type::Text, Type::DateTime) | (Type::DateTime, Type::Text) if operator == "-" => {
            error.help("convert the text first: `.toDate()`")
        }
        (Type::Text, Type::Text) if operator == "-" => error.help(
            "it takes numbers or dates, so convert both sides first: `.toNumber()`, `.toDecimal()` or `.toDate()`",
        ),
        (Type::DateTime, _) | (_, Type::DateTime) if operator.starts_with(['<', '>']) => error
            .help(format!(
                "`{operator}` compares a date with a date: read out what is meant, such as `d.getYear()`"
            )),
        _ if operator == "+" => {
            error.help("it adds numbers, and joins a TEXT with any value: `\"\" + x`")
        }
        _ => error.help(format!(
            "`{operator}` takes numbers: read out or convert what is meant"
        )),
    }
}

/// R0002: a sign that does not take this type.
pub fn sign_type(operator: &str, found: Type) -> Box<RuntimeError> {
    RuntimeError::new("R0002", format!("`{operator}` cannot take {found}")).help(match found {
        Type::Text => "convert the text first: `.toNumber()` or `.toDecimal()`",
        Type::Null => "test for null first, or give a default with `ifnull(x, …)`",
        _ => "a sign stands before numbers",
    })
}

/// R0003: null where a value is needed.
pub fn null_operand(operator: &str) -> Box<RuntimeError> {
    RuntimeError::new(
        "R0003",
        format!("`{operator}` needs a value on both sides, found null"),
    )
    .help("test for null first, or give a default with `ifnull(x, …)`")
}

/// R0031: `&&`, `||` or `!` on something that is neither true nor false.
pub fn boolean_operand(operator: &str, found: Type) -> Box<RuntimeError> {
    let error = RuntimeError::new(
        "R0031",
        format!("`{operator}` needs true or false, found {found}"),
    );
    error.help(match found {
        Type::Null => "compare with null first: `x != null && …`",
        Type::Number | Type::Decimal => "compare it: `x > 0`",
        Type::Text => "compare it: `x != \"\"`",
        _ => "compare it: `x != null`",
    })
}

/// R0032: a TEXT compared with a TEXT by size.
pub fn text_order(operator: &str) -> Box<RuntimeError> {
    RuntimeError::new(
        "R0032",
        format!("`{operator}` compares numbers and dates, found TEXT on both sides"),
    )
    .help("convert both sides first: `.toNumber()`, `.toDecimal()` or `.toDate()`")
}

/// R0033: a DATE-TIME with a number under `+` or `-`.
pub fn date_arithmetic(operator: &str, instead: &str, number: Type) -> Box<RuntimeError> {
    RuntimeError::new(
        "R0033",
        format!("`{operator}` cannot take DATE-TIME and {number}"),
    )
    .help(format!("use `{instead}`: `d.{instead}(1)`"))
}

/// R0004: a condition that is neither true nor false.
pub fn condition_type(found: Type) -> Box<RuntimeError> {
    let error = RuntimeError::new(
        "R0004",
        format!("a condition must be true or false, found {found}"),
    );
    match found {
        Type::Null => error.help("compare with null first: `x != null && …`"),
        Type::Number | Type::Decimal => error.help("compare it: `x > 0`"),
        Type::Text => error.help("compare it: `x != \"\"`"),
        Type::List | Type::KeyValue | Type::Collection => {
            error.help("ask for its size: `!x.isEmpty()`")
        }
        _ => error.help("compare it: `x != null`"),
    }
}

/// R0005: a value that a loop cannot walk.
pub fn not_iterable(found: Type, by_index: bool) -> Box<RuntimeError> {
    let what = if by_index {
        "`for each index`"
    } else {
        "`for each`"
    };
    let error = RuntimeError::new("R0005", format!("{what} cannot walk {found}"));
    match found {
        Type::Text => error.help("split it first: `.toList(\",\")`"),
        Type::KeyValue | Type::Collection if by_index => {
            error.help("walk its keys: `for each k in x.keys()`")
        }
        Type::Null => error.help("test for null first, or walk `ifnull(x, List())`"),
        _ => error.help("a loop walks lists, key-values and collections"),
    }
}

/// R0006: a division by zero.
pub fn division_by_zero() -> Box<RuntimeError> {
    RuntimeError::new("R0006", "division by zero")
        .help("test the divisor first: `if (x != 0) { … }`")
}

/// R0007: a NUMBER beyond 64 bits.
pub fn number_overflow(what: &str) -> Box<RuntimeError> {
    RuntimeError::new(
        "R0007",
        format!("the result of {what} does not fit a NUMBER (64 bits)"),
    )
    .help("make one side a DECIMAL, for example `x.toDecimal()`")
}

/// R0008: a DECIMAL beyond its range.
pub fn decimal_overflow(what: &str) -> Box<RuntimeError> {
    RuntimeError::new(
        "R0008",
        format!("the result of {what} is beyond what a DECIMAL can hold (28 digits)"),
    )
    .help("calculate with smaller numbers, such as thousands instead of ones")
}

/// R0009: a key that is no plain value.
pub fn key_type(found: Type) -> Box<RuntimeError> {
    RuntimeError::new(
        "R0009",
        format!("a key must be a TEXT, NUMBER, DECIMAL, BOOLEAN or DATE-TIME, found {found}"),
    )
    .help(match found {
        Type::Null => "test for null first, or give a default with `ifnull(x, …)`",
        _ => "take a plain value of it, or its text: `x.toString()`",
    })
}

/// R0010: a value nested too deeply to print, compare or convert.
pub fn too_deep() -> Box<RuntimeError> {
    deeply_nested("the value is nested more than 256 levels deep, or contains itself")
        .help("a list or key-value is shared when it is added; add a copy with `x.duplicate()`, or use parts of it")
}

/// R0010: JSON or XML nested too deeply to become a value.
pub fn too_deep_text() -> Box<RuntimeError> {
    deeply_nested("the text is nested more than 256 levels deep")
        .help("cut out the part that is needed, and read that; a value has at most 256 levels")
}

fn deeply_nested(what: &str) -> Box<RuntimeError> {
    RuntimeError::new("R0010", what)
}

/// R0011: a function that this type does not have.
pub fn no_such_method(name: &str, found: Type) -> Box<RuntimeError> {
    RuntimeError::new("R0011", format!("{found} has no function `{name}`"))
}

/// R0012: a call on null.
pub fn null_receiver(name: &str) -> Box<RuntimeError> {
    RuntimeError::new("R0012", format!("`{name}` was called on null"))
        .help("test for null first, or give a default with `ifnull(x, …)`")
}

/// R0013: a wrong number of arguments. `expected` reads as `2`, `1 or 2`, `at least 1`; `call` is how it is called.
pub fn argument_count(name: &str, expected: &str, found: usize, call: &str) -> Box<RuntimeError> {
    let noun = if expected == "1" || expected == "at least 1" {
        "argument"
    } else {
        "arguments"
    };
    RuntimeError::new(
        "R0013",
        format!("`{name}` takes {expected} {noun}, found {found}"),
    )
    .help(format!("write `{call}`"))
}

/// R0014: an argument of the wrong type. `expected` reads as `TEXT`, `a whole NUMBER`, `a LIST or COLLECTION`.
pub fn argument_type(
    name: &str,
    parameter: &str,
    expected: &str,
    found: &str,
) -> Box<RuntimeError> {
    RuntimeError::new(
        "R0014",
        format!("`{name}` expects {expected} as `{parameter}`, found {found}"),
    )
    .help(if found == "null" {
        "test for null first, or give a default with `ifnull(x, …)`"
    } else {
        "convert it first; to see what it is, print it: `info …;`"
    })
}

/// R0015: a place that does not exist in a list, text or collection; `counter` is the function that tells its size.
pub fn index_out_of_range(name: &str, index: i64, size: usize, counter: &str) -> Box<RuntimeError> {
    let allowed = match size {
        0 => "there are no elements".to_owned(),
        size => format!("allowed are 0 to {}", size - 1),
    };
    RuntimeError::new(
        "R0015",
        format!("`{name}`: there is no place {index}; {allowed}"),
    )
    .help(format!(
        "places are counted from 0; `x.{counter}()` tells how many there are"
    ))
}

/// R0016: a value that a function cannot use, with words of its own.
pub fn argument_value(name: &str, what: impl std::fmt::Display) -> Box<RuntimeError> {
    RuntimeError::new("R0016", format!("`{name}`: {what}"))
        .help(format!("`freshet help {name}` tells what it takes"))
}

/// R0017: a text that does not read as what is wanted.
pub fn unreadable(name: &str, text: &str, expected: &str) -> Box<RuntimeError> {
    RuntimeError::new(
        "R0017",
        format!("`{name}`: {} does not read as {expected}", shorten(text)),
    )
    .help("print the text to see what came instead: `info …;`")
}

/// R0018: an element that a typed list refuses.
pub fn element_type(list: &str, found: &str) -> Box<RuntimeError> {
    RuntimeError::new("R0018", format!("{list} cannot take {found}"))
        .help("convert it first, or use `List()`, which takes everything")
}

/// R0019: an argument of a user function of the wrong type.
pub fn user_argument_type(
    function: &str,
    parameter: &str,
    expected: &str,
    found: Type,
) -> Box<RuntimeError> {
    RuntimeError::new(
        "R0019",
        format!("`{function}` expects {expected} as `{parameter}`, found {found}"),
    )
    .help(format!(
        "pass {expected}, or declare another type for `{parameter}`"
    ))
}

/// Says of an argument or a result of the wrong type what about it does not fit.
pub fn because(mut error: Box<RuntimeError>, why: Option<String>) -> Box<RuntimeError> {
    if let Some(why) = why {
        error.message.push_str(&why);
    }
    error
}

/// R0020: a result of the wrong type.
pub fn result_type(function: &str, expected: &str, found: Type) -> Box<RuntimeError> {
    RuntimeError::new(
        "R0020",
        format!("`{function}` must return {expected}, found {found}"),
    )
    .help(format!(
        "return {expected}, or declare another type of result"
    ))
}

/// R0021: an error of the script's own.
pub fn thrown(message: String) -> Box<RuntimeError> {
    RuntimeError::new("R0021", message)
}

/// R0022: `throw` with nothing to say.
pub fn nothing_thrown(found: Type) -> Box<RuntimeError> {
    RuntimeError::new(
        "R0022",
        format!("`throw` needs a value that says what happened, found {found}"),
    )
    .help("write what happened: `throw \"no order \" + id;`")
}

/// R0023: a member of something that is no caught error.
pub fn not_an_error(member: &str, found: Type) -> Box<RuntimeError> {
    RuntimeError::new(
        "R0023",
        format!("`.{member}` belongs to a caught error, found {found}"),
    )
    .help("something else was assigned since the `catch`: give one of the two another name")
}

/// R0025: an integration task that is not implemented.
pub fn no_integration(task: &str, instead: Option<&str>) -> Box<RuntimeError> {
    let error = RuntimeError::new("R0025", format!("`{task}` is not available here"));
    error.help(match instead {
        Some(call) => format!("make the call with `invokeurl` over a connection: {call}"),
        None => "make the call with `invokeurl` over a connection".to_owned(),
    })
}

/// R0026: something that a stand-alone program does not offer.
pub fn not_supported(what: &str, why: &str) -> Box<RuntimeError> {
    RuntimeError::new("R0026", format!("{what} is not supported: {why}"))
}

/// R0027: a web request that cannot be made as written.
pub fn bad_request(what: impl Into<String>) -> Box<RuntimeError> {
    RuntimeError::new("R0027", what)
}

/// R0028: no mail account.
pub fn no_mail_account() -> Box<RuntimeError> {
    RuntimeError::new("R0028", "no mail account configured")
        .help("make one: `freshet connection add smtp --service smtp --connect`; `--mail print` shows mail instead of sending it")
}

/// R0029: a date outside the years 1 to 9999.
pub fn date_range(name: &str) -> Box<RuntimeError> {
    RuntimeError::new(
        "R0029",
        format!("`{name}`: the result is outside the years 1 to 9999"),
    )
    .help("print the date and what is added to it: `info …;`")
}

/// R0030: a caught error where a plain value is needed.
pub fn collection_form(name: &str, found: &str, wanted: &str) -> Box<RuntimeError> {
    RuntimeError::new(
        "R0030",
        format!("`{name}`: the collection holds {found}, expected {wanted}"),
    )
    .help("a collection holds either elements or pairs; begin a second one with `Collection()`")
}

/// R0034: an integration task without a connection.
pub fn no_connection(task: &str, service: &str) -> Box<RuntimeError> {
    RuntimeError::new(
        "R0034",
        format!("`{task}` needs a connection: none is given, and the project names none for `{service}`"),
    )
    .help(format!(
        "give a link name as last argument, or name one in freshet.toml, under the line `[integrations]`: `{service} = \"link_name\"`"
    ))
}

/// R0035: a comparison of more than anybody waits for.
pub fn too_many_pairs() -> Box<RuntimeError> {
    RuntimeError::new(
        "R0035",
        "the values hold too much to compare: more than 134 million pairs of elements",
    )
    .help("a list that stands in another several times is compared each time; compare the parts that matter")
}

/// R0101: too many calls inside each other.
pub fn call_depth(limit: usize) -> Box<RuntimeError> {
    RuntimeError::new(
        "R0101",
        format!("more than {limit} calls inside each other"),
    )
    .help("a function that calls itself needs a case in which it does not")
    .ending(Ending::Stopped)
}

/// R0106: calls that need more of the thread's stack than there is, before the limit of their number is reached.
pub fn stack_full(depth: usize) -> Box<RuntimeError> {
    RuntimeError::new(
        "R0106",
        format!("{depth} calls inside each other need all the stack there is"),
    )
    .help("a function that calls itself needs a case in which it does not; the stack does not grow with `--limit depth`")
    .ending(Ending::Stopped)
}

/// R0102: a limit that was set.
pub fn limit_reached(name: &str, limit: impl std::fmt::Display) -> Box<RuntimeError> {
    RuntimeError::new("R0102", format!("the limit of {name} is reached: {limit}"))
        .help(format!(
            "raise it with `--limit {name}=…`, or let the script do less"
        ))
        .ending(Ending::Limited)
}

/// R0103: more memory than the run may use, or, without a limit, than the system has.
pub fn out_of_memory(limit: Option<usize>) -> Box<RuntimeError> {
    let (message, help) = match limit {
        Some(limit) => (
            format!("the values of the script need more than {}", bytes(limit)),
            "raise it with `--limit memory=…`; a text or list that grows counts twice while it moves",
        ),
        None => (
            "the values of the script need more memory than the system gives".to_owned(),
            "let the script keep less at a time, or allow the process more memory",
        ),
    };
    RuntimeError::new("R0103", message)
        .help(help)
        .ending(Ending::Limited)
}

/// R0104: interrupted.
pub fn cancelled() -> Box<RuntimeError> {
    RuntimeError::new("R0104", "interrupted").ending(Ending::Cancelled)
}

/// R0199: a fault of Freshet itself.
pub fn internal(what: &str) -> Box<RuntimeError> {
    RuntimeError::new("R0199", format!("internal error: {what}")).ending(Ending::Internal)
}

/// An error of the host: a connection, the network, the output.
pub fn host(error: crate::host::HostError) -> Box<RuntimeError> {
    let mut out = RuntimeError::new(error.code, error.message);
    out.help = error.help;
    out.ending = error.ending;
    out
}

/// A size for people: `512 MiB`, `16 KiB`, `100 bytes`.
pub fn bytes(size: usize) -> String {
    const KIB: usize = 1024;
    const MIB: usize = KIB * KIB;
    if size >= MIB && size.is_multiple_of(MIB) {
        format!("{} MiB", size / MIB)
    } else if size >= KIB && size.is_multiple_of(KIB) {
        format!("{} KiB", size / KIB)
    } else {
        format!("{size} bytes")
    }
}

/// A text for a message: quoted, cut after 40 characters.
pub fn shorten(text: &str) -> String {
    let mut out: String = text
        .chars()
        .take(40)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(40).is_some() {
        out.push('…');
    }
    format!("`{out}`")
}
