//! The commands of the REPL: lines that begin with a colon.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use freshet_connections::ListFilter;
use freshet_syntax::source::SourceFile;

use super::before::Before;
use super::complete::cut;
use super::input::Input;
use super::known::{Known, KnownFunction};
use super::{Ran, Repl, paint, value};
use crate::exit::{self, Failure};
use crate::output::{self, counted, visible};
use crate::{help, script, signal};

/// A command.
pub struct Entry {
    /// What is typed behind the colon.
    pub name: &'static str,
    /// What follows it.
    pub takes: &'static str,
    /// What it does.
    pub does: &'static str,
}

/// Every command, in the order of the reference.
pub const COMMANDS: &[Entry] = &[
    entry(
        "help",
        "[NAME]",
        "the commands; what is known about a name; `:help --search WORD` finds one",
    ),
    entry("type", "EXPR", "the type and the value of an expression"),
    entry("vars", "", "the variables with their types and values"),
    entry(
        "functions",
        "",
        "the functions of the session and of the project",
    ),
    entry(
        "connections",
        "",
        "the connections with their services and states",
    ),
    entry("load", "FILE", "run a file in this session"),
    entry("save", "FILE", "write what ran well as a script"),
    entry(
        "edit",
        "",
        "the last entry in $EDITOR; what is saved there runs",
    ),
    entry(
        "time",
        "EXPR",
        "the value of an expression, and what it took",
    ),
    entry("trace", "on|off", "a line for each web call"),
    entry("reset", "", "forget variables and functions"),
    entry("quit", "", "end (also Ctrl-D)"),
];

const fn entry(name: &'static str, takes: &'static str, does: &'static str) -> Entry {
    Entry { name, takes, does }
}

const ABOUT_ENTRIES: &str = "\
An entry is a statement, several, a function, or an expression, whose value is shown.
It goes on over lines while a bracket, a text or a block is open, and after an
operator; an empty line ends it. `_` is the last value. Tab completes; the right
arrow key takes over what is suggested; Ctrl-C drops the entry or stops what runs.
";

/// The editor where the environment names none.
const EDITOR: &str = "vi";

impl Repl<'_, '_> {
    /// Does what a line says behind its colon.
    pub(super) fn command(&mut self, line: &str, input: &mut Input) -> Ran {
        let (name, rest) = match line.split_once(char::is_whitespace) {
            Some((name, rest)) => (name, rest.trim()),
            None => (line, ""),
        };
        let Some(entry) = find(name) else {
            let begin = COMMANDS
                .iter()
                .filter(|entry| !name.is_empty() && entry.name.starts_with(name));
            let several: Vec<String> = begin.map(|entry| format!("`:{}`", entry.name)).collect();
            let help = match several.as_slice() {
                [] => "`:help` shows the commands".to_owned(),
                several => format!("several begin so: {}", several.join(", ")),
            };
            let message = format!("there is no command `:{}`", visible(name));
            return self.refused(&Failure::usage(message).help(help));
        };
        if rest.is_empty() && !entry.takes.is_empty() && !entry.takes.starts_with('[') {
            return self.refused(
                &Failure::usage(format!("`:{}` takes {}", entry.name, entry.takes))
                    .help(format!("`:{} {}`: {}", entry.name, entry.takes, entry.does)),
            );
        }
        if !rest.is_empty() && entry.takes.is_empty() {
            let message = format!(
                "`:{}` takes nothing, and was given `{}`",
                entry.name,
                visible(rest)
            );
            return self.refused(&Failure::usage(message));
        }
        match entry.name {
            "help" => self.help(rest),
            "type" => self.show_type(rest),
            "vars" => self.show_variables(),
            "functions" => self.show_functions(),
            "connections" => self.show_connections(),
            "load" => self.load_file(&path(rest)),
            "save" => self.save(&path(rest)),
            "edit" => self.edit(input),
            "time" => self.time(rest),
            "trace" => self.trace(rest),
            "reset" => self.reset(),
            _ => Ran::End(exit::OK),
        }
    }

    fn help(&self, name: &str) -> Ran {
        if name.is_empty() {
            let mut text = ABOUT_ENTRIES.to_owned();
            text.push('\n');
            for entry in COMMANDS {
                let call = format!(":{} {}", entry.name, entry.takes);
                text.push_str(&format!("  {call:<16} {}\n", entry.does));
            }
            output::say(text.trim_end());
            return Ran::Well;
        }
        if let Some(entry) = find(name.trim_start_matches(':')).filter(|_| name.starts_with(':')) {
            output::say(&format!(
                ":{} {}\n\n  {}",
                entry.name, entry.takes, entry.does
            ));
            return Ran::Well;
        }
        let width = self.width.min(help::WIDTH);
        if let Some(words) = searched(name) {
            return match help::search(words, width) {
                Ok(found) => self.print(found.trim_end()),
                Err(failure) => self.refused(&failure),
            };
        }
        let own = self
            .functions()
            .into_iter()
            .find(|function| function.name == name);
        let pages = match own {
            Some(function) => {
                let page = self.function_page(&function, width);
                Ok([page].into_iter().chain(help::pages(name, width)).collect())
            }
            None => self.library_pages(name, width),
        };
        let pages: Vec<String> = match pages {
            Ok(pages) => pages,
            Err(failure) => return self.refused(&failure),
        };
        if pages.is_empty() {
            let message = format!("there is no function, task or variable `{}`", visible(name));
            return self.refused(&Failure::usage(message).help(help::advice(name, name)));
        }
        self.print(pages.join("\n").trim_end())
    }

    /// What the library has of that name. Of a method named with its receiver, `x.trim`, the page for the type of that;
    /// where it cannot be told, those for every type.
    fn library_pages(&self, name: &str, width: usize) -> Result<Vec<String>, Failure> {
        let call = name.trim_end_matches(['(', ')']);
        let mut known = Known::new(self.engine.connections().clone());
        known.renew(self.variables(), self.functions());
        match Before::new(call, &known).method_named() {
            Some((_, Some(entry))) => Ok(vec![help::page_of(entry, width)]),
            Some((receiver, None)) => {
                let method = call.rsplit('.').next().unwrap_or_default();
                let receiver = receiver.name();
                let failure =
                    Failure::usage(format!("`{}` is no method of {receiver}", visible(method)));
                Err(failure.help(match help::callers(method) {
                    Some(callers) => format!("it is one of {callers}"),
                    None => help::advice(&format!("{receiver}.{method}"), method),
                }))
            }
            None => Ok(help::pages(call, width)
                .or_else(|| help::pages(call.rsplit('.').next()?, width))
                .into_iter()
                .collect()),
        }
    }

    fn function_page(&self, function: &KnownFunction, width: usize) -> String {
        let mut page = format!("{}\n  {}\n", function.signature(), function.place);
        if let Some(description) = &function.description {
            page.push('\n');
            for line in description.trim().lines() {
                page.push_str(&help::indented(
                    &help::wrapped(line.trim(), width.saturating_sub(2)),
                    2,
                ));
            }
        }
        let source = if self.color {
            paint::script(&function.source, None)
        } else {
            function.source.clone()
        };
        page.push('\n');
        page.push_str(&help::indented(&source, 4));
        page
    }

    fn show_type(&mut self, expression: &str) -> Ran {
        match self.look(expression, "type") {
            Ok(found) if found.is_null() => self.print("null"),
            Ok(found) => match value::shown(&found, self.session.zone(), self.width) {
                Ok(text) => {
                    // A value of several lines begins on a line of its own.
                    let gap = if text.contains('\n') { "\n" } else { "  " };
                    let text = self.painted(&found, text);
                    self.print(&format!("{}{gap}{text}", found.type_of()))
                }
                Err(error) => {
                    output::say(self.reporter().runtime_error(&error).trim_end());
                    Ran::Badly(exit::SCRIPT)
                }
            },
            Err(ran) => ran,
        }
    }

    fn show_variables(&self) -> Ran {
        let zone = self.session.zone();
        let variables: Vec<(&String, &str, String)> = self
            .names
            .iter()
            .zip(self.session.variables())
            .map(|(name, found)| (name, found.type_of().name(), value::in_a_line(found, zone)))
            .collect();
        if variables.is_empty() {
            output::say("no variables yet");
            return Ran::Well;
        }
        let longest = |of: &dyn Fn(&(&String, &str, String)) -> usize| {
            variables.iter().map(of).max().unwrap_or(0)
        };
        let name_width = longest(&|(name, _, _)| name.chars().count());
        let type_width = longest(&|(_, kind, _)| kind.len());
        let lines: Vec<String> = variables
            .iter()
            .map(|(name, kind, text)| {
                cut(
                    &format!("{name:<name_width$}  {kind:<type_width$}  {text}"),
                    self.width,
                )
            })
            .collect();
        self.print(&lines.join("\n"))
    }

    fn show_functions(&self) -> Ran {
        let functions = self.functions();
        if functions.is_empty() {
            output::say("no functions yet; declare one: int twice(int n) { return n * 2; }");
            return Ran::Well;
        }
        let rows: Vec<Vec<String>> = functions
            .iter()
            .map(|function| {
                vec![
                    visible(&function.signature()),
                    visible(&function.place),
                    visible(function.summary()),
                ]
            })
            .collect();
        let table = output::table(&["FUNCTION", "PLACE", "WHAT IT DOES"], &rows);
        let lines: Vec<String> = table.lines().map(|line| cut(line, self.width)).collect();
        self.print(&lines.join("\n"))
    }

    fn show_connections(&self) -> Ran {
        let views = match self.engine.connections().list(&ListFilter::default()) {
            Ok(views) => views,
            Err(error) => return self.refused(&error.into()),
        };
        if views.is_empty() {
            output::say(
                "no connections; make one: freshet connection add LINK --service SERVICE --connect",
            );
            return Ran::Well;
        }
        let rows: Vec<Vec<String>> = views
            .iter()
            .map(|view| {
                vec![
                    view.link_name.clone(),
                    view.service.clone(),
                    view.status.as_str().to_owned(),
                ]
            })
            .collect();
        self.print(output::table(&["LINK NAME", "SERVICE", "STATUS"], &rows).trim_end())
    }

    fn load_file(&mut self, path: &Path) -> Ran {
        match script::read_bytes(path) {
            Ok(bytes) => self.load(SourceFile::from_bytes(path.display().to_string(), bytes)),
            Err(failure) => self.refused(&failure),
        }
    }

    fn save(&mut self, path: &Path) -> Ran {
        if path.is_dir() {
            let shown = path.display();
            let failure = Failure {
                exit: exit::IO,
                ..Failure::usage(format!("{shown} is a folder, expected a file to write"))
            };
            let file = path.join("FILE.dg");
            return self
                .refused(&failure.help(format!("name a file in it: `:save {}`", file.display())));
        }
        // What stands there already is nobody's to overwrite but the session's that wrote it.
        let is_own = self.saved.as_deref() == Some(path);
        let mut options = OpenOptions::new();
        options.write(true).create_new(!is_own).truncate(is_own);
        let (script, end) = self.transcript.script();
        let written = options
            .open(path)
            .and_then(|mut file| file.write_all(script.as_bytes()));
        match written {
            Ok(()) => {
                self.saved = Some(path.to_owned());
                let lines = counted(script.lines().count(), "line");
                output::say(&format!("{lines} in {}", path.display()));
                if let Some(line) = end {
                    output::say(&format!(
                        "note: the script ends at the `return` in the block of line {line}; what comes behind it does not run"
                    ));
                }
                Ran::Well
            }
            Err(cause) => {
                let failure = Failure::io(format!("cannot write {}", path.display()), &cause);
                self.refused(&if path.exists() && !is_own {
                    failure.help("choose another name, or remove that file first")
                } else {
                    failure
                })
            }
        }
    }

    fn edit(&mut self, input: &mut Input) -> Ran {
        let edited = match self.edited() {
            Ok(edited) => edited,
            Err(failure) => return self.refused(&failure),
        };
        if edited.trim().is_empty() || edited == self.last {
            output::say("nothing was changed, and nothing is run");
            return Ran::Well;
        }
        let shown = if self.color {
            paint::script(&edited, None)
        } else {
            edited.clone()
        };
        output::say(&shown);
        input.remember(&edited);
        self.entry(&edited, input)
    }

    /// The last entry after a person has had it in an editor.
    fn edited(&self) -> Result<String, Failure> {
        let failed = |cause: &std::io::Error| Failure::io("cannot edit the entry", cause);
        // Made with mode 0600, and removed when this ends.
        let draft = tempfile::Builder::new()
            .prefix("freshet-")
            .suffix(".dg")
            .tempfile()
            .map_err(|cause| failed(&cause))?;
        fs::write(draft.path(), format!("{}\n", self.last)).map_err(|cause| failed(&cause))?;
        let named = |name: &str| {
            std::env::var(name)
                .ok()
                .filter(|value| !value.trim().is_empty())
        };
        let editor = named("VISUAL")
            .or_else(|| named("EDITOR"))
            .unwrap_or(EDITOR.to_owned());
        // As in other programs, the variable may hold options too: a shell takes it apart.
        let status = signal::at_prompt(|| {
            Command::new("/bin/sh")
                .args(["-c", &format!("{editor} \"$1\""), "sh"])
                .arg(draft.path())
                .status()
        });
        match status {
            Ok(status) if status.success() => {}
            Ok(_) => {
                return Err(Failure::usage(format!(
                    "`{editor}` did not end well, so nothing is run"
                ))
                .help("set EDITOR to the editor of your choice"));
            }
            Err(cause) => return Err(failed(&cause)),
        }
        let text = fs::read_to_string(draft.path()).map_err(|cause| failed(&cause))?;
        Ok(text.trim_end_matches(['\n', '\r']).to_owned())
    }

    fn time(&mut self, expression: &str) -> Ran {
        let (steps, calls) = (self.session.steps(), self.session.http_calls());
        let begun = Instant::now();
        let found = match self.look(expression, "time") {
            Ok(found) => found,
            Err(ran) => return ran,
        };
        let took = begun.elapsed();
        let ran = self.show(&found);
        let count =
            |number: u64, noun| counted(usize::try_from(number).unwrap_or(usize::MAX), noun);
        output::say(&format!(
            "{:.3} ms, {}, {}",
            took.as_secs_f64() * 1000.0,
            count(self.session.steps() - steps, "step"),
            count(self.session.http_calls() - calls, "web call")
        ));
        ran
    }

    fn trace(&mut self, word: &str) -> Ran {
        match word {
            "on" | "off" => {
                self.session.set_trace(word == "on");
                Ran::Well
            }
            other => self.refused(&Failure::usage(format!(
                "`:trace` takes `on` or `off`, and was given `{}`",
                visible(other)
            ))),
        }
    }

    fn reset(&mut self) -> Ran {
        self.session.reset();
        self.names.clear();
        self.declarations.clear();
        self.transcript.clear();
        Ran::Well
    }
}

/// The words behind `--search`, as the command line takes them too.
fn searched(text: &str) -> Option<&str> {
    let words = text.strip_prefix("--search")?;
    match words.strip_prefix('=') {
        Some(words) => Some(words.trim()),
        None if words.is_empty() || words.starts_with(char::is_whitespace) => Some(words.trim()),
        None => None,
    }
}

/// Whether a line is one of the commands, written out.
pub fn is_command(line: &str) -> bool {
    let word = line.split_whitespace().next().unwrap_or_default();
    let name = word.strip_prefix(':');
    name.is_some_and(|name| COMMANDS.iter().any(|entry| entry.name == name))
}

/// The command of that name, or the only one that begins so.
fn find(name: &str) -> Option<&'static Entry> {
    if name.is_empty() {
        return None;
    }
    let mut begin = COMMANDS.iter().filter(|entry| entry.name.starts_with(name));
    match (
        COMMANDS.iter().find(|entry| entry.name == name),
        begin.next(),
        begin.next(),
    ) {
        (Some(entry), _, _) | (None, Some(entry), None) => Some(entry),
        _ => None,
    }
}

/// A file as it is typed where no shell is: `~/` is the home of the user.
fn path(text: &str) -> PathBuf {
    match (text.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(text),
    }
}
