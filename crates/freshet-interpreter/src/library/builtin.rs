//! What an entry of the function library consists of, and how the evaluator calls it.
//!
//! A function is one literal in the table of its family: name, signature, words, examples, implementation. The
//! signature *is* the check: the evaluator compares count and types with it before `run`, which may rely on them.

use freshet_syntax::ast::ElementType;

use crate::error::{self, Fallible};
use crate::host::Host;
use crate::limits::TimeLimit;
use crate::value::calendar::Zone;
use crate::value::{Collection, Decimal, File, KeyValue, List, Text, Type, Value, display};

/// A function or method of the language.
pub struct Builtin {
    /// Canonical name; names are matched without regard to letter case. Dotted names (`zoho.encryption.md5`) have no receiver.
    pub name: &'static str,
    /// Other names for the same.
    pub aliases: &'static [&'static str],
    /// What it is called on.
    pub receiver: Receiver,
    /// In which forms it may be called.
    pub forms: Forms,
    /// How it is usually called, where signature and receiver do not say it: `randomNumber(start, end)`; else empty.
    pub calls: &'static [&'static str],
    /// What it takes.
    pub params: &'static [Param],
    /// What it gives, in the words of the language: `TEXT`, `NUMBER`, `LIST`, `null`, `TEXT or null`.
    pub returns: &'static str,
    /// True for functions whose first successful call on `{}` decides what it is (`add`, `put`).
    pub decides: bool,
    /// True for functions that give a TEXT itself when called on one without optional arguments, with more behind it or
    /// as it is. A text that is assigned to its own variable by them grows in place.
    pub extends: bool,
    /// One line: what it gives or does.
    pub summary: &'static str,
    /// What else one should know.
    pub details: &'static str,
    /// Scripts with what they print. At least one.
    pub examples: &'static [Example],
    /// Words to find it by, beside its name and summary.
    pub words: &'static [&'static str],
    /// Address of the page that documents it, or `chosen`.
    pub source: &'static str,
    /// The function itself. Count and types of the arguments have been checked.
    pub run: fn(&mut Call<'_, '_>) -> Fallible<Value>,
}

impl Builtin {
    /// What most entries leave as it is.
    pub const DEFAULT: Builtin = Builtin {
        name: "",
        aliases: &[],
        receiver: Receiver::None,
        forms: Forms::Both,
        calls: &[],
        params: &[],
        returns: "null",
        decides: false,
        extends: false,
        summary: "",
        details: "",
        examples: &[],
        words: &[],
        source: "chosen",
        run: |_| Ok(Value::Null),
    };

    /// True if values of type `found` can be the receiver.
    pub fn accepts(&self, found: Type) -> bool {
        match self.receiver {
            Receiver::None => false,
            Receiver::Of(wanted) => wanted == found,
            Receiver::AnyOf(wanted) => wanted.contains(&found),
            Receiver::Anything => true,
        }
    }

    /// Fewest and most arguments, the receiver not counted; `None` is without limit.
    pub fn count(&self) -> (usize, Option<usize>) {
        let least = self
            .params
            .iter()
            .filter(|p| p.presence == Presence::Required)
            .count();
        let rest = self.params.iter().any(|p| p.presence == Presence::Rest);
        (least, (!rest).then_some(self.params.len()))
    }

    /// How it is called by one of its names, as messages show it between backticks: `x.indexOf(search)`; what may be left
    /// out stands in brackets.
    pub fn written(&self, name: &str) -> String {
        if !self.calls.is_empty() {
            return self.calls.join("` or `").replace(self.name, name);
        }
        self.written_by_signature(name)
    }

    /// How a call was meant that counts its arguments without the receiver: `x.ifNull(other)`, though that is usually
    /// called as a plain function.
    pub fn written_as_method(&self, name: &str) -> String {
        let is_method = !matches!(self.receiver, Receiver::None);
        match is_method && self.is_plain() {
            true => self.written_by_signature(name),
            false => self.written(name),
        }
    }

    fn written_by_signature(&self, name: &str) -> String {
        let params: Vec<String> = self.written_params().collect();
        let receiver = match self.receiver {
            Receiver::None => "",
            _ => "x.",
        };
        format!("{receiver}{name}({})", params.join(", "))
    }

    /// How a method is called as a plain function: `indexOf(x, search)`.
    pub fn written_plain(&self, name: &str) -> String {
        if self.is_plain() {
            return self.written(name);
        }
        let receiver = std::iter::once("x".to_owned());
        let params: Vec<String> = receiver.chain(self.written_params()).collect();
        format!("{name}({})", params.join(", "))
    }

    /// True for a method that is usually called as a plain function.
    pub fn is_plain(&self) -> bool {
        self.calls.iter().any(|call| call.starts_with(self.name))
    }

    /// The receiver in the way it is usually called: `x`, or the first argument.
    pub fn receiver_name(&self) -> &'static str {
        let first = self.calls.first().filter(|_| self.is_plain());
        let arguments = first.and_then(|call| Some(call.split_once('(')?.1));
        arguments.map_or("x", |arguments| {
            arguments.split([',', ')']).next().unwrap_or("x")
        })
    }

    fn written_params(&self) -> impl Iterator<Item = String> {
        self.params.iter().map(|param| match param.presence {
            Presence::Required => param.name.to_owned(),
            Presence::Optional => format!("[{}]", param.name),
            Presence::Rest => format!("{}, …", param.name),
        })
    }
}

/// What a function is called on.
#[derive(Clone, Copy)]
pub enum Receiver {
    /// Nothing: a plain function.
    None,
    /// Values of one type. DATE-TIME includes TEXT that reads as a date, where TEXT has no function of that name.
    Of(Type),
    /// Values of several types, for which it means the same.
    AnyOf(&'static [Type]),
    /// Every value, null included.
    Anything,
}

/// In which forms a function with a receiver may be called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Forms {
    /// `x.f(a)` and `f(x, a)`.
    Both,
    /// `x.f(a)` only.
    Method,
}

/// A parameter.
pub struct Param {
    /// Its name in messages and help.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Whether it may be left out or repeated.
    pub presence: Presence,
}

/// Whether an argument must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It must.
    Required,
    /// It may be left out.
    Optional,
    /// Any number of them; last parameter only.
    Rest,
}

/// What a parameter takes, and what it is turned into before the function runs.
#[derive(Clone, Copy)]
pub enum Kind {
    /// Every value, null included.
    Anything,
    /// TEXT.
    Text,
    /// A NUMBER; a DECIMAL without fraction is turned into one.
    Whole,
    /// A NUMBER; the fraction of a DECIMAL is cut.
    WholeCut,
    /// NUMBER or DECIMAL, as it is.
    Number,
    /// BOOLEAN.
    Boolean,
    /// DATE-TIME; TEXT that reads as a date is turned into one.
    DateTime,
    /// LIST; the elements of an index COLLECTION, and an empty list for `{}` and an open COLLECTION.
    List,
    /// KEY-VALUE; the pairs of a keyed COLLECTION, and an empty one for `{}` and an open COLLECTION.
    KeyValue,
    /// FILE.
    File,
    /// One of several types, as it is; the text is how messages call them.
    OneOf(&'static [Type], &'static str),
}

impl Kind {
    /// How messages call it.
    pub fn expected(self) -> &'static str {
        match self {
            Kind::Anything => "a value",
            Kind::Text => "TEXT",
            Kind::Whole | Kind::WholeCut => "a whole NUMBER",
            Kind::Number => "NUMBER or DECIMAL",
            Kind::Boolean => "BOOLEAN",
            Kind::DateTime => "DATE-TIME",
            Kind::List => "LIST",
            Kind::KeyValue => "KEY-VALUE",
            Kind::File => "FILE",
            Kind::OneOf(_, words) => words,
        }
    }
}

/// A required parameter.
pub const fn param(name: &'static str, kind: Kind) -> Param {
    Param {
        name,
        kind,
        presence: Presence::Required,
    }
}

/// A parameter that may be left out.
pub const fn optional(name: &'static str, kind: Kind) -> Param {
    Param {
        name,
        kind,
        presence: Presence::Optional,
    }
}

/// Any number of arguments.
pub const fn rest(name: &'static str, kind: Kind) -> Param {
    Param {
        name,
        kind,
        presence: Presence::Rest,
    }
}

/// A script and what it prints, line by line.
#[derive(Debug)]
pub struct Example {
    /// The script.
    pub script: &'static str,
    /// Its output without the last line end.
    pub output: &'static str,
}

/// An example.
pub const fn example(script: &'static str, output: &'static str) -> Example {
    Example { script, output }
}

/// What a script can see of its surroundings beside its [`Host`].
#[derive(Clone, Debug)]
pub struct Settings {
    /// Zone in which dates are shown and read.
    pub zone: Zone,
    /// `zoho.loginuser`
    pub login_user: Option<String>,
    /// `zoho.loginuserid`
    pub login_user_id: Option<String>,
    /// `zoho.loginrole`
    pub login_role: Option<String>,
    /// `zoho.adminuser`
    pub admin_user: Option<String>,
    /// `zoho.adminuserid`
    pub admin_user_id: Option<String>,
    /// `zoho.appname`
    pub app_name: String,
    /// `<dc>` in the addresses of `invokeapi`.
    pub data_centre: String,
    /// Link names of the connections of integration tasks that are called without one, by service (`crm`).
    pub integrations: Vec<(String, String)>,
    /// `zoho.appvariable.NAME`; values as TEXT, NUMBER or BOOLEAN in JSON.
    pub variables: Vec<(String, serde_json::Value)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            zone: Zone::utc(),
            login_user: None,
            login_user_id: None,
            login_role: None,
            admin_user: None,
            admin_user_id: None,
            app_name: "freshet".to_owned(),
            data_centre: "com".to_owned(),
            integrations: Vec::new(),
            variables: Vec::new(),
        }
    }
}

/// What functions reach beside their arguments.
pub struct World<'h> {
    /// The world outside.
    pub host: &'h mut dyn Host,
    /// Zone, names, variables.
    pub settings: &'h Settings,
    /// The time that the run may take.
    pub time: TimeLimit,
}

impl World<'_> {
    /// Asks whether the run may go on.
    ///
    /// # Errors
    /// R0104 when it was interrupted, R0102 when its time is over.
    pub fn go_on(&self) -> Fallible<()> {
        if self.host.cancelled() {
            return Err(error::cancelled());
        }
        self.time.check()
    }
}

/// A call of a [`Builtin`]: its receiver and arguments, checked and converted.
pub struct Call<'a, 'h> {
    /// The receiver, if the entry has one, and then the arguments.
    values: &'a mut [Value],
    has_receiver: bool,
    /// The name or alias that the script wrote.
    name: &'static str,
    /// What else the function may reach.
    pub world: &'a mut World<'h>,
}

impl<'a, 'h> Call<'a, 'h> {
    /// A call whose `values` have passed the checks of `entry`; `name` is the one of its names that was written.
    pub fn new(
        entry: &'static Builtin,
        name: &'static str,
        values: &'a mut [Value],
        world: &'a mut World<'h>,
    ) -> Self {
        Self {
            has_receiver: !matches!(entry.receiver, Receiver::None),
            values,
            name,
            world,
        }
    }

    /// Name of the function, for messages.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The configured zone.
    pub fn zone(&self) -> &'h Zone {
        &self.world.settings.zone
    }

    /// Number of arguments, the receiver not counted.
    pub fn count(&self) -> usize {
        self.values.len() - usize::from(self.has_receiver)
    }

    /// The receiver. Never a decided `{}`: what it has become stands for it.
    #[inline]
    pub fn receiver(&self) -> &Value {
        &self.values[0]
    }

    /// Argument number `index`; null where it was left out. Never a decided `{}`.
    #[inline]
    pub fn arg(&self, index: usize) -> &Value {
        self.values
            .get(index + usize::from(self.has_receiver))
            .unwrap_or(&Value::Null)
    }

    /// Takes argument number `index` out of the call.
    #[inline]
    pub fn take(&mut self, index: usize) -> Value {
        self.values
            .get_mut(index + usize::from(self.has_receiver))
            .map(std::mem::take)
            .unwrap_or_default()
    }

    /// The arguments from `index` on, for parameters that repeat.
    pub fn args_from(&self, index: usize) -> &[Value] {
        self.values
            .get(index + usize::from(self.has_receiver)..)
            .unwrap_or(&[])
    }

    /// The receiver, a TEXT.
    #[inline]
    pub fn text(&self) -> Fallible<&Text> {
        as_text(self.receiver())
    }

    /// The receiver, a TEXT, to be appended to: nobody sees it but who gets the result.
    #[inline]
    pub fn text_mut(&mut self) -> Fallible<&mut Text> {
        match &mut self.values[0] {
            Value::Text(text) => Ok(text),
            _ => Err(unexpected()),
        }
    }

    /// The receiver, a LIST.
    #[inline]
    pub fn list(&self) -> Fallible<&List> {
        match self.receiver() {
            Value::List(list) => Ok(list),
            _ => Err(unexpected()),
        }
    }

    /// The receiver, a KEY-VALUE.
    #[inline]
    pub fn key_value(&self) -> Fallible<&KeyValue> {
        match self.receiver() {
            Value::KeyValue(pairs) => Ok(pairs),
            _ => Err(unexpected()),
        }
    }

    /// The receiver, a COLLECTION.
    pub fn collection(&self) -> Fallible<&Collection> {
        match self.receiver() {
            Value::Collection(collection) => Ok(collection),
            _ => Err(unexpected()),
        }
    }

    /// The receiver, a FILE.
    pub fn file(&self) -> Fallible<&File> {
        match self.receiver() {
            Value::File(file) => Ok(file),
            _ => Err(unexpected()),
        }
    }

    /// The receiver, a DATE-TIME: its instant, and whether it is a pure date.
    #[inline]
    pub fn date(&self) -> Fallible<(i64, bool)> {
        as_date(self.receiver())
    }

    /// The receiver, a NUMBER or DECIMAL, exactly.
    pub fn number(&self) -> Fallible<Decimal> {
        self.receiver().as_decimal().ok_or_else(unexpected)
    }

    /// Argument number `index`, a TEXT.
    #[inline]
    pub fn arg_text(&self, index: usize) -> Fallible<&Text> {
        as_text(self.arg(index))
    }

    /// Argument number `index`, a whole NUMBER.
    #[inline]
    pub fn arg_whole(&self, index: usize) -> Fallible<i64> {
        match self.arg(index) {
            Value::Number(number) => Ok(*number),
            _ => Err(unexpected()),
        }
    }

    /// Argument number `index`, a NUMBER or DECIMAL, exactly.
    pub fn arg_number(&self, index: usize) -> Fallible<Decimal> {
        self.arg(index).as_decimal().ok_or_else(unexpected)
    }

    /// Argument number `index`, a BOOLEAN; `default` where it was left out.
    pub fn arg_boolean(&self, index: usize, default: bool) -> Fallible<bool> {
        match self.arg(index) {
            Value::Boolean(value) => Ok(*value),
            Value::Null => Ok(default),
            _ => Err(unexpected()),
        }
    }

    /// Argument number `index`, a DATE-TIME: its instant, and whether it is a pure date.
    pub fn arg_date(&self, index: usize) -> Fallible<(i64, bool)> {
        as_date(self.arg(index))
    }

    /// Argument number `index`, a LIST.
    pub fn arg_list(&self, index: usize) -> Fallible<&List> {
        match self.arg(index) {
            Value::List(list) => Ok(list),
            _ => Err(unexpected()),
        }
    }

    /// Argument number `index`, a KEY-VALUE.
    pub fn arg_key_value(&self, index: usize) -> Fallible<&KeyValue> {
        match self.arg(index) {
            Value::KeyValue(pairs) => Ok(pairs),
            _ => Err(unexpected()),
        }
    }

    /// True if argument number `index` was given, be it null.
    pub fn has(&self, index: usize) -> bool {
        self.count() > index
    }

    /// The text of a value, as `info` prints it.
    ///
    /// # Errors
    /// R0010 when the value is nested too deeply.
    pub fn to_text(&self, value: &Value) -> Fallible<String> {
        display::to_text(value, self.zone())
    }
}

fn as_text(value: &Value) -> Fallible<&Text> {
    match value {
        Value::Text(text) => Ok(text),
        _ => Err(unexpected()),
    }
}

fn as_date(value: &Value) -> Fallible<(i64, bool)> {
    match value {
        Value::Date { pure, millis } => Ok((*millis, *pure)),
        _ => Err(unexpected()),
    }
}

/// A signature that does not say what its function relies on: a fault of the table.
#[cold]
fn unexpected() -> Box<error::RuntimeError> {
    error::internal("a function got a value that its signature does not allow")
}

/// How messages call a type of elements: `List:Int()` and so on.
pub fn typed_list_name(element: ElementType) -> &'static str {
    match element {
        ElementType::Text => "List:String()",
        ElementType::Number => "List:Int()",
        ElementType::Decimal => "List:Float()",
        ElementType::Boolean => "List:Bool()",
        ElementType::DateTime => "List:Date()",
    }
}
