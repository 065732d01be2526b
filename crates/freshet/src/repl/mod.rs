//! The REPL: one session that stays, and one entry after another resolved against what it knows.
//!
//! `input.rs` reads entries, `value.rs` shows values, this file runs them.

mod input;
mod value;

use std::path::PathBuf;

use freshet_interpreter::eval::Start;
use freshet_interpreter::resolve::{self, Mode, Source};
use freshet_interpreter::value::Value;
use freshet_runtime::engine::LiveSession;
use freshet_syntax::ast::{Ast, ExpressionId, ExpressionKind, Function, Name, StatementKind};
use freshet_syntax::diagnostic::Diagnostic;
use freshet_syntax::parse_entry;
use freshet_syntax::source::{FileId, SourceFile};

use crate::exit;
use crate::output::{self, visible};
use crate::report::Reporter;
use crate::signal;
use input::{Entry, Input};

/// The variable that holds the last value.
const LAST: &str = "_";

const HELP: &str = "\
An entry is a statement, several, a function, or an expression whose value is shown. It goes on over lines while a
bracket, a text or a block is open; an empty line ends it. `_` is the last value.

  :vars     the variables with their values
  :reset    forget variables and functions
  :help     this text
  :quit     end (also Ctrl-D)";

/// A REPL over a session.
pub struct Repl<'s, 'e> {
    session: &'s mut LiveSession<'e>,
    color: bool,
    /// Every entry so far, by the number of its file.
    files: Vec<SourceFile>,
    /// The entries with functions, oldest first.
    declarations: Vec<Ast>,
    /// Names of the variables, by slot.
    names: Vec<String>,
}

/// What became of an entry.
enum Ran {
    /// It ran.
    Well,
    /// It was refused or failed; a REPL without a terminal ends with this code.
    Badly(u8),
}

impl<'s, 'e> Repl<'s, 'e> {
    /// A REPL that knows nothing yet.
    pub fn new(session: &'s mut LiveSession<'e>, color: bool) -> Self {
        Self {
            session,
            color,
            files: Vec::new(),
            declarations: Vec::new(),
            names: Vec::new(),
        }
    }

    /// Reads and runs entries until the input ends; gives the exit code. `history` is where entries are kept.
    pub fn run(&mut self, history: Option<PathBuf>) -> u8 {
        let mut input = Input::open(history);
        let is_terminal = input.is_terminal();
        if is_terminal {
            output::say(&format!(
                "freshet {}: :help shows what there is, Ctrl-D ends",
                env!("CARGO_PKG_VERSION")
            ));
        }
        loop {
            let text = match input.next_entry() {
                Entry::Text(text) => text,
                Entry::Dropped => continue,
                Entry::End => return exit::OK,
                Entry::Failed(cause) => {
                    output::say(&format!("error: the input cannot be read: {cause}"));
                    return exit::IO;
                }
            };
            let command = text.trim();
            let ran = match command.strip_prefix(':') {
                Some("quit" | "q") => return exit::OK,
                Some(command) => self.command(command),
                None => self.entry(&text),
            };
            match ran {
                Ran::Badly(code) if !is_terminal => return code,
                Ran::Badly(_) | Ran::Well => {}
            }
        }
    }

    fn command(&mut self, command: &str) -> Ran {
        match command {
            "help" | "h" => {
                output::say(HELP);
                Ran::Well
            }
            "vars" => self.show_variables(),
            "reset" => {
                self.session.reset();
                self.names.clear();
                self.declarations.clear();
                Ran::Well
            }
            other => {
                output::say(&format!(
                    "error: there is no command `:{}`\n  help: `:help` shows the commands",
                    visible(other)
                ));
                Ran::Badly(exit::USAGE)
            }
        }
    }

    /// Parses, resolves and runs an entry, and shows its value.
    fn entry(&mut self, text: &str) -> Ran {
        let file = FileId(self.files.len() as u32);
        self.files
            .push(SourceFile::new(format!("entry {}", file.0 + 1), text));
        let Some(source) = self.files.last() else {
            return Ran::Well;
        };
        let parsed = parse_entry(source, file);
        let mut ast = parsed.ast;
        if let Some(value) = parsed.value {
            keep_value(&mut ast, value);
        }
        let functions: Vec<Source<'_>> = self
            .declarations
            .iter()
            .filter_map(|ast| source_of(&self.files, ast))
            .collect();
        let mode = Mode::Repl {
            variables: &self.names,
        };
        let resolved = resolve::resolve(
            Source {
                file: source,
                ast: &ast,
            },
            &functions,
            mode,
        );
        let mut diagnostics = parsed.diagnostics;
        diagnostics.extend(resolved.diagnostics);
        if !diagnostics.is_empty() {
            output::say(
                self.reporter()
                    .diagnostics(&diagnostics, parsed.omitted)
                    .trim_end(),
            );
        }
        if diagnostics.iter().any(Diagnostic::is_error) {
            return Ran::Badly(exit::SOURCE);
        }
        self.declare(ast);
        let known = self.names.len();
        self.names = resolved.program.body().map_or_else(Vec::new, |body| {
            body.slot_names
                .iter()
                .map(|name| name.to_string())
                .collect()
        });
        let outcome = self.session.run(&resolved.program, Start::Body, &[]);
        match outcome {
            Ok(value) => self.show(&value),
            Err(error) => {
                self.forget_unassigned(known);
                output::say(self.reporter().runtime_error(&error).trim_end());
                let code = exit::of_error(&error, signal::received());
                signal::forget();
                Ran::Badly(code)
            }
        }
    }

    fn reporter(&self) -> Reporter<'_> {
        Reporter::new(&self.files, self.color)
    }

    /// Keeps the functions of an entry; a function that was there before is replaced.
    fn declare(&mut self, mut ast: Ast) {
        if ast.functions.is_empty() {
            return;
        }
        for function in &ast.functions {
            let is_same = |known: &Function| {
                known.name.text == function.name.text
                    && known.namespace.as_ref().map(|name| &name.text)
                        == function.namespace.as_ref().map(|name| &name.text)
            };
            for earlier in &mut self.declarations {
                if earlier.functions.iter().any(is_same) {
                    earlier.functions.retain(|known| !is_same(known));
                    output::say(&format!(
                        "note: `{}` replaces the one of entry {}",
                        function.name.text,
                        earlier.file.0 + 1
                    ));
                }
            }
        }
        self.declarations
            .retain(|earlier| !earlier.functions.is_empty());
        ast.body.clear();
        self.declarations.push(ast);
    }

    /// A variable that a failed entry did not come to assign is not there.
    fn forget_unassigned(&mut self, known: usize) {
        let values = self.session.variables();
        while self.names.len() > known
            && values.get(self.names.len() - 1).is_none_or(Value::is_null)
        {
            self.names.pop();
        }
    }

    fn show(&self, value: &Value) -> Ran {
        if value.is_null() {
            return Ran::Well;
        }
        match value::shown(value, self.session.zone(), input::width()) {
            Ok(text) => self.print(&text),
            Err(error) => {
                output::say(self.reporter().runtime_error(&error).trim_end());
                Ran::Badly(exit::SCRIPT)
            }
        }
    }

    fn show_variables(&self) -> Ran {
        let mut text = String::new();
        for (name, value) in self.names.iter().zip(self.session.variables()) {
            text.push_str(&format!(
                "{name}  {}  {}\n",
                value.type_of(),
                value::in_a_line(value, self.session.zone())
            ));
        }
        self.print(text.trim_end_matches('\n'))
    }

    fn print(&self, text: &str) -> Ran {
        if text.is_empty() {
            return Ran::Well;
        }
        match output::print(&format!("{text}\n")) {
            Ok(()) => Ran::Well,
            Err(failure) => Ran::Badly(failure.exit),
        }
    }
}

fn source_of<'a>(files: &'a [SourceFile], ast: &'a Ast) -> Option<Source<'a>> {
    Some(Source {
        file: files.get(ast.file.0 as usize)?,
        ast,
    })
}

/// `_ = value; _` instead of the expression that ends an entry, so that its value stays and is the result.
fn keep_value(ast: &mut Ast, value: ExpressionId) {
    let span = ast.expression(value).span;
    let target = Name {
        text: LAST.into(),
        span,
    };
    let assign = StatementKind::Assign {
        target,
        operator: None,
        operator_span: span,
        value,
    };
    let assigned = ast.add_statement(assign, span);
    let read = ast.add_expression(ExpressionKind::Variable(LAST.into()), span);
    let shown = ast.add_statement(StatementKind::Expression(read), span);
    ast.body.extend([assigned, shown]);
}
