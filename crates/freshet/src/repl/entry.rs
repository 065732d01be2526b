//! Entries: parsed, resolved against the session, run statement by statement.

use freshet_interpreter::error::{Ending, RuntimeError};
use freshet_interpreter::program::Program;
use freshet_interpreter::resolve::{self, Mode, Resolved, Source};
use freshet_interpreter::value::{Type, Value};
use freshet_runtime::project::{Functions, spare_broken};
use freshet_syntax::ast::{Ast, ExpressionId, ExpressionKind, Function, Name, StatementKind};
use freshet_syntax::diagnostic::Diagnostic;
use freshet_syntax::source::{FileId, SourceFile};
use freshet_syntax::{Parsed, parse, parse_entry};

use super::assist::{command, pieces};
use super::input::Input;
use super::transcript::Written;
use super::{LAST, Ran, Repl};
use crate::exit::{self, Failure};
use crate::output;
use crate::signal;

/// The code of a call of a function that is declared nowhere.
const UNKNOWN_FUNCTION: &str = "E0202";

/// The code of a use of what a `void` function gives.
const VOID_VALUE: &str = "W0210";

/// The number of SIGTERM, after which the session ends.
const TERM: u8 = 15;

/// An entry that can run.
struct Compiled {
    ast: Ast,
    program: Program,
    written: Written,
}

/// What an entry is compiled for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    /// To be run; its value stays as `_`.
    Running,
    /// A file to be run.
    Loading,
    /// An expression whose value is wanted.
    Looking,
}

impl Repl<'_, '_> {
    /// Runs what was typed: one entry or command or, where a text was pasted that is only readable line by line, several.
    pub(super) fn entry(&mut self, text: &str, input: &mut Input) -> Ran {
        let errors = if text.contains('\n') {
            count_errors(text)
        } else {
            0
        };
        if errors > 0 {
            let pieces = pieces(text);
            let is_command = |piece: &str| command(piece).is_some();
            let wrong: Vec<&str> = pieces
                .iter()
                .copied()
                .filter(|piece| !is_command(piece) && count_errors(piece) > 0)
                .collect();
            let is_read_apart = pieces.iter().any(|piece| is_command(piece))
                || wrong.iter().map(|piece| count_errors(piece)).sum::<usize>() < errors;
            if pieces.len() > 1 && is_read_apart {
                self.last = text.to_owned();
                return self.pieces(&pieces, &wrong, input);
            }
        }
        if command(text).or_else(|| self.meant(text)).is_none() {
            self.last = text.to_owned();
        }
        self.piece(text, input)
    }

    /// Runs the entries and commands of a paste. With something `wrong` in the text of one, nothing of it runs.
    fn pieces(&mut self, pieces: &[&str], wrong: &[&str], input: &mut Input) -> Ran {
        for text in wrong {
            let id = FileId(self.files.len() as u32);
            let file = self.next_file(text);
            let parsed = parse_entry(&file, id);
            self.files.push(file);
            let report = self
                .reporter()
                .diagnostics(&parsed.diagnostics, parsed.omitted);
            output::say(report.trim_end());
        }
        if !wrong.is_empty() {
            let commands = match pieces.iter().any(|piece| command(piece).is_some()) {
                true => ", its commands neither",
                false => "",
            };
            output::say(&format!("nothing of what was pasted was run{commands}"));
            return Ran::Badly(exit::SOURCE);
        }
        for piece in pieces {
            match self.piece(piece, input) {
                Ran::Well => {}
                ended => return ended,
            }
        }
        Ran::Well
    }

    /// The next entry as a file that reports name.
    fn next_file(&mut self, text: &str) -> SourceFile {
        self.count += 1;
        SourceFile::new(format!("entry {}", self.count), text)
    }

    fn piece(&mut self, text: &str, input: &mut Input) -> Ran {
        match command(text).or_else(|| self.meant(text)) {
            Some(command) => self.command(command.trim(), input),
            None => self.one_entry(text),
        }
    }

    /// The command that people mean by what other programs understand at their prompts, unless a variable is called so.
    fn meant(&self, text: &str) -> Option<&'static str> {
        let word = text.trim().trim_end_matches(';').trim_end_matches("()");
        let command = match word {
            "help" | "?" => "help",
            "exit" | "quit" => "quit",
            _ => return None,
        };
        let is_variable = self.names.iter().any(|name| name == word);
        (!is_variable).then_some(command)
    }

    fn one_entry(&mut self, text: &str) -> Ran {
        let file = self.next_file(text);
        match self.compile(file, For::Running) {
            Ok(compiled) => self.run_compiled(compiled),
            Err(ran) => ran,
        }
    }

    /// Runs a file in this session.
    pub(super) fn load(&mut self, file: SourceFile) -> Ran {
        match self.compile(file, For::Loading) {
            Ok(compiled) => self.run_compiled(compiled),
            Err(ran) => ran,
        }
    }

    /// The value of an expression; nothing of it stays. `Err` when there is none, which has been told.
    pub(super) fn look(&mut self, text: &str, command: &str) -> Result<Value, Ran> {
        let file = SourceFile::new(format!(":{command}"), text);
        let compiled = self.compile(file, For::Looking)?;
        let (outcome, _) = self.session.run_entry(&compiled.program);
        outcome.map_err(|error| self.failed(&error))
    }

    fn compile(&mut self, file: SourceFile, purpose: For) -> Result<Compiled, Ran> {
        self.renew_functions();
        let id = FileId(self.files.len() as u32);
        self.files.push(file);
        let Some(file) = self.files.last() else {
            return Err(Ran::Well);
        };
        let Parsed {
            mut ast,
            value,
            mut diagnostics,
            omitted,
            ..
        } = match purpose {
            For::Loading => parse(file, id),
            For::Running | For::Looking => parse_entry(file, id),
        };
        let is_expression = value.is_some() && ast.body.is_empty() && ast.functions.is_empty();
        if purpose == For::Looking
            && !is_expression
            && !diagnostics.iter().any(Diagnostic::is_error)
        {
            let name = file.name();
            return Err(self.refused(
                &Failure::usage(format!("`{name}` takes an expression"))
                    .help(format!("`{name} 1 + 1`; statements run as entries")),
            ));
        }
        let mut written = Written::new(file.text(), &ast, value);
        match value {
            Some(value) if purpose == For::Looking => {
                let span = ast.expression(value).span;
                let shown = ast.add_statement(StatementKind::Expression(value), span);
                ast.body.push(shown);
            }
            Some(value) => keep_value(&mut ast, value),
            None => {}
        }
        let mut resolved = self.resolve(&ast);
        if let (Some(value), For::Running) = (value, purpose)
            && is_void(&resolved, &ast, value)
        {
            // It gives no value that could stay: the call is a statement of its own.
            ast.body.truncate(ast.body.len().saturating_sub(2));
            let span = ast.expression(value).span;
            let called = ast.add_statement(StatementKind::Expression(value), span);
            ast.body.push(called);
            written = written.of_no_value();
            resolved = self.resolve(&ast);
        }
        let is_missing = |diagnostic: &Diagnostic| diagnostic.code == UNKNOWN_FUNCTION;
        let is_one_missing = resolved.diagnostics.iter().any(is_missing);
        diagnostics.extend(resolved.diagnostics);
        // A function that is missing may be in a file that cannot be read.
        for file in self.custom.iter().flat_map(|custom| &custom.files) {
            if is_one_missing || resolved.reached.contains(&file.ast.file) {
                diagnostics.extend(file.diagnostics.iter().cloned());
                let faults = self.custom_faults.iter();
                diagnostics.extend(
                    faults
                        .filter(|fault| fault.span.file == file.ast.file)
                        .cloned(),
                );
            }
        }
        spare_broken(&mut diagnostics);
        self.project.name_folder(&mut diagnostics);
        self.project
            .check_environment(&resolved.program, &mut diagnostics);
        if !diagnostics.is_empty() {
            let report = self.reporter().diagnostics(&diagnostics, omitted);
            output::say(report.trim_end());
        }
        if diagnostics.iter().any(Diagnostic::is_error) {
            return Err(Ran::Badly(exit::SOURCE));
        }
        Ok(Compiled {
            ast,
            program: resolved.program,
            written,
        })
    }

    fn resolve(&self, ast: &Ast) -> Resolved {
        let custom = self.custom.as_ref().map(Functions::sources);
        let own = self.declarations.iter();
        let own = own.filter_map(|ast| source_of(&self.files, ast));
        // Of two with one name the later one counts.
        let functions: Vec<Source<'_>> = custom.into_iter().flatten().chain(own).collect();
        let values = self.names.iter().zip(self.session.variables());
        let errors: Vec<String> = values
            .filter(|(_, value)| value.type_of() == Type::Error)
            .map(|(name, _)| name.clone())
            .collect();
        let mode = Mode::Repl {
            variables: &self.names,
            errors: &errors,
        };
        let empty = SourceFile::new("", "");
        let file = self.files.get(ast.file.0 as usize).unwrap_or(&empty);
        resolve::resolve(Source { file, ast }, &functions, mode)
    }

    fn run_compiled(&mut self, compiled: Compiled) -> Ran {
        let Compiled {
            ast,
            program,
            written,
        } = compiled;
        let (outcome, done) = self.session.run_entry(&program);
        let names = match &outcome {
            Ok(_) => names(&program),
            // Variables that only the failing statement, or one behind it, would have made are not there.
            Err(_) => {
                let mut ran = ast.clone();
                let is_statement =
                    |id: &_| !matches!(ran.statement(*id).kind, StatementKind::Empty);
                ran.body = ran
                    .body
                    .iter()
                    .copied()
                    .filter(is_statement)
                    .take(done)
                    .collect();
                names(&self.resolve(&ran).program)
            }
        };
        self.declare(ast);
        self.names = names;
        match outcome {
            Ok(value) => {
                let result = self.session.place_of_result();
                self.transcript.add(written.ran(value.is_null(), result));
                self.show(&value)
            }
            Err(error) => {
                self.transcript.add(written.cut_after(done));
                self.failed(&error)
            }
        }
    }

    fn failed(&mut self, error: &RuntimeError) -> Ran {
        let signal = signal::received();
        if self.is_terminal && signal.is_some() && matches!(error.ending, Ending::Cancelled) {
            // The terminal has drawn `^C` where the cursor was.
            output::say("\ninterrupted: the session is as it was before this statement");
        } else {
            output::say(self.reporter().runtime_error(error).trim_end());
        }
        let code = exit::of_error(error, signal);
        signal::forget();
        if signal == Some(TERM) {
            Ran::End(code)
        } else {
            Ran::Badly(code)
        }
    }

    /// Keeps the functions of an entry; a function that was there before is replaced.
    fn declare(&mut self, mut ast: Ast) {
        if ast.functions.is_empty() {
            return;
        }
        for function in &ast.functions {
            for earlier in &mut self.declarations {
                let before = earlier.functions.len();
                earlier
                    .functions
                    .retain(|known| full_name(known) != full_name(function));
                if earlier.functions.len() < before {
                    let place = self.files.get(earlier.file.0 as usize);
                    output::say(&format!(
                        "note: `{}` replaces the one of {}",
                        full_name(function),
                        place.map_or("before", SourceFile::name)
                    ));
                }
            }
        }
        self.declarations
            .retain(|earlier| !earlier.functions.is_empty());
        for (file, hidden) in self.custom.iter().flat_map(Functions::declarations) {
            let name = full_name(hidden);
            if ast.functions.iter().any(|own| full_name(own) == name) {
                output::say(&format!(
                    "note: `{name}` hides the one of {}",
                    file.source.name()
                ));
            }
        }
        ast.body.clear();
        self.declarations.push(ast);
    }
}

/// How many errors the text of an entry has.
fn count_errors(text: &str) -> usize {
    let parsed = parse_entry(&SourceFile::new("", text), FileId::default());
    let errors = parsed.diagnostics.iter().filter(|found| found.is_error());
    errors.count() + parsed.omitted
}

/// Whether the value of an entry is what a `void` function gives: a call of it by its name, or by that of its namespace.
fn is_void(resolved: &Resolved, ast: &Ast, value: ExpressionId) -> bool {
    let expression = ast.expression(value);
    let is_call = match expression.kind {
        ExpressionKind::Call { .. } => true,
        ExpressionKind::Method { receiver, .. } => {
            matches!(ast.expression(receiver).kind, ExpressionKind::Variable(_))
        }
        _ => false,
    };
    let begins = |told: &Diagnostic| told.span.start == expression.span.start;
    let mut told = resolved.diagnostics.iter();
    is_call && told.any(|told| told.code == VOID_VALUE && begins(told))
}

/// The variables of a program's body, by slot.
fn names(program: &Program) -> Vec<String> {
    program.body().map_or_else(Vec::new, |body| {
        body.slot_names.iter().map(ToString::to_string).collect()
    })
}

/// The name of a declaration with its namespace.
pub(super) fn full_name(function: &Function) -> String {
    match &function.namespace {
        Some(namespace) => format!("{}.{}", namespace.text, function.name.text),
        None => function.name.text.to_string(),
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
