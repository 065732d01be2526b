//! Questions to a person, and secrets: by prompt without echo, from standard input, a file or the environment.
//!
//! A secret is never an argument, since others can read those. Without a terminal nothing is asked (C0029).

use std::collections::BTreeMap;
use std::env;
use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use clap::Args;
use freshet_connections::{ConnectionError, is_named_pipe};
use secrecy::SecretString;

use crate::exit::{Failure, INTERRUPTED};
use crate::output::{say, visible};
use crate::signal;
use crate::terminal::WithoutEcho;

/// Largest secret, in bytes; keys in PEM have a few thousand.
const LARGEST: u64 = 64 * 1024;

/// Where secrets come from.
#[derive(Args, Clone, Debug, Default)]
pub struct SecretArguments {
    /// Read a secret from standard input (its name, where there are several)
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "")]
    secret_stdin: Option<String>,
    /// Read a secret from a file that only you can read
    #[arg(long, value_name = "NAME=PATH")]
    secret_file: Vec<String>,
    /// Read a secret from a variable of the environment
    #[arg(long, value_name = "NAME=VARIABLE")]
    secret_env: Vec<String>,
}

/// A secret that a command needs.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its name in options.
    pub name: String,
    /// Its name in questions.
    pub title: String,
    /// What to enter, if that needs saying.
    pub says: Option<String>,
    /// May be left out: then nobody is asked without a terminal, and an empty answer leaves it out.
    pub optional: bool,
    /// It must be given, but may be empty.
    pub may_be_empty: bool,
}

impl SecretArguments {
    /// Whether any secret was given by option.
    pub fn any(&self) -> bool {
        self.secret_stdin.is_some() || !self.secret_file.is_empty() || !self.secret_env.is_empty()
    }

    /// The names of the secrets that are given.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let pairs = self.secret_file.iter().chain(&self.secret_env);
        let named = pairs.filter_map(|option| option.split_once('='));
        let named = named.map(|(name, _)| name);
        named.chain(self.secret_stdin.as_deref())
    }

    /// Whether a secret is to be read from standard input.
    pub fn takes_stdin(&self) -> bool {
        self.secret_stdin.is_some()
    }

    /// The secrets wanted: those given by option, the others asked for.
    ///
    /// # Errors
    /// A name that is not wanted, a source that cannot be read, C0029 without a terminal.
    pub fn collect(&self, wanted: &[Wanted]) -> Result<BTreeMap<String, SecretString>, Failure> {
        let mut secrets = self.given(wanted)?;
        for secret in wanted
            .iter()
            .filter(|secret| !secrets.contains_key(&secret.name))
            .collect::<Vec<_>>()
        {
            if let Some(entered) = ask_secret(secret)? {
                secrets.insert(secret.name.clone(), entered);
            }
        }
        Ok(secrets)
    }

    fn given(&self, wanted: &[Wanted]) -> Result<BTreeMap<String, SecretString>, Failure> {
        let mut secrets = BTreeMap::new();
        let mut put = |name: &str, secret: SecretString| {
            if !wanted.iter().any(|known| known.name == name) {
                return Err(not_wanted(name, wanted));
            }
            match secrets.insert(name.to_owned(), secret) {
                None => Ok(()),
                Some(_) => Err(Failure::usage(format!(
                    "the secret `{name}` is given twice"
                ))),
            }
        };
        for option in &self.secret_file {
            let (name, path) = named(option, "--secret-file", "PATH")?;
            put(name, from_file(Path::new(path))?)?;
        }
        for option in &self.secret_env {
            let (name, variable) = named(option, "--secret-env", "VARIABLE")?;
            let value = env::var(variable).map_err(|_| {
                Failure::usage(format!(
                    "--secret-env: the variable `{variable}` is not set"
                ))
            })?;
            put(name, SecretString::from(value))?;
        }
        if let Some(name) = &self.secret_stdin {
            let name = if name.is_empty() {
                the_only(wanted)?
            } else {
                name
            };
            put(name, from_stdin()?)?;
        }
        Ok(secrets)
    }
}

/// Whether a person can be asked: a terminal on both ends, and no build server.
pub fn can_ask() -> bool {
    io::stdin().is_terminal()
        && io::stderr().is_terminal()
        && env::var_os("CI").is_none_or(|value| value.is_empty())
}

/// Asks for a text; an empty answer is `default`. `option` is what to use without a terminal.
///
/// # Errors
/// C0029 without a terminal.
pub fn ask(what: &str, default: Option<&str>, option: &str) -> Result<String, Failure> {
    if !can_ask() {
        return Err(ConnectionError::no_terminal(what, option).into());
    }
    loop {
        let shown = default
            .map(|default| format!(" [{}]", visible(default)))
            .unwrap_or_default();
        let answer = read_answer(&format!("{}{shown}: ", visible(what)))?;
        match (answer.is_empty(), default) {
            (false, _) => return Ok(answer),
            (true, Some(default)) => return Ok(default.to_owned()),
            (true, None) => {}
        }
    }
}

/// Asks a question that `--yes` answers beforehand.
///
/// # Errors
/// C0029 without a terminal.
pub fn confirm(question: &str) -> Result<bool, Failure> {
    if !can_ask() {
        let what = format!("a confirmation: {question}");
        return Err(ConnectionError::no_terminal(&what, "--yes").into());
    }
    let answer = read_answer(&format!("{} [y/N] ", visible(question)))?;
    Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
}

/// Asks before connections lose their authorisation by a change; where none would, nothing.
///
/// # Errors
/// C0029 without a terminal, and when the person does not agree.
pub fn confirm_loss(affected: &[String], question: &str) -> Result<(), Failure> {
    if affected.is_empty() {
        return Ok(());
    }
    let affected = affected.join(", ");
    if can_ask() {
        say(&format!("will have to be authorised again: {affected}"));
    }
    let agreed = confirm(question).map_err(|failure| Failure {
        message: format!("{}; {affected} would lose authorisation", failure.message),
        ..failure
    })?;
    if agreed { Ok(()) } else { Err(not_confirmed()) }
}

/// Says which connections lost their authorisation.
pub fn tell_loss(affected: &[String]) {
    if !affected.is_empty() {
        say(&format!(
            "warning: must be authorised again: {}",
            affected.join(", ")
        ));
    }
}

/// What a command says when a person answered no: nothing was done.
pub fn not_confirmed() -> Failure {
    Failure {
        exit: INTERRUPTED,
        ..Failure::usage("not confirmed: nothing was changed")
    }
}

fn read_answer(prompt: &str) -> Result<String, Failure> {
    let failed = |cause: io::Error| Failure::io("the terminal", &cause);
    let mut answer = String::new();
    // Ctrl-C ends it from the moment it is asked, though a secret was entered before.
    let read = signal::with_terminal_restored(|| {
        let mut stderr = io::stderr().lock();
        stderr.write_all(prompt.as_bytes())?;
        stderr.flush()?;
        io::stdin().read_line(&mut answer)
    });
    if read.map_err(failed)? == 0 {
        // Ctrl-D: the person does not want to go on.
        return Err(not_confirmed());
    }
    Ok(answer.trim().to_owned())
}

fn ask_secret(wanted: &Wanted) -> Result<Option<SecretString>, Failure> {
    if !can_ask() {
        if wanted.optional {
            return Ok(None);
        }
        let name = &wanted.name;
        let option = format!(
            "--secret-stdin {name}, --secret-file {name}=PATH or --secret-env {name}=VARIABLE"
        );
        return Err(ConnectionError::no_terminal(&wanted.title, &option).into());
    }
    let says = wanted
        .says
        .as_deref()
        .map(|says| format!(" ({})", visible(says)))
        .unwrap_or_default();
    let prompt = format!("{}{says}: ", visible(&wanted.title));
    loop {
        // Ctrl-C must not leave the terminal without echo. The echo goes before the prompt comes: who pastes at the
        // sight of it, or types ahead, must not see the secret either.
        let entered = signal::with_terminal_restored(|| {
            let _quiet = WithoutEcho::begin()?;
            rpassword::prompt_password(&prompt)
        })
        .map_err(|cause| Failure::io("the terminal", &cause))?;
        match entered.is_empty() {
            true if wanted.optional => return Ok(None),
            true if !wanted.may_be_empty => {}
            _ => return Ok(Some(SecretString::from(entered))),
        }
    }
}

/// `NAME=SOURCE`
fn named<'a>(option: &'a str, flag: &str, source: &str) -> Result<(&'a str, &'a str), Failure> {
    // What stands there may be the secret itself, so it is not shown.
    option
        .split_once('=')
        .ok_or_else(|| Failure::usage(format!("{flag}: expected NAME={source}")))
}

fn the_only(wanted: &[Wanted]) -> Result<&str, Failure> {
    match wanted {
        [] => Err(not_wanted("", wanted)),
        [only] => Ok(&only.name),
        several => match several
            .iter()
            .filter(|secret| !secret.optional)
            .collect::<Vec<_>>()
            .as_slice()
        {
            [only] => Ok(&only.name),
            _ => Err(Failure::usage(format!(
                "--secret-stdin needs a name: {}",
                names(several)
            ))),
        },
    }
}

fn not_wanted(name: &str, wanted: &[Wanted]) -> Failure {
    let failure = match name {
        "" => Failure::usage("no secret is needed here"),
        name => Failure::usage(format!("`{}` is no secret of this service", visible(name))),
    };
    match wanted {
        [] => failure.help("leave --secret-stdin, --secret-file and --secret-env out"),
        wanted => failure.help(format!("expected {}", names(wanted))),
    }
}

fn names(wanted: &[Wanted]) -> String {
    wanted
        .iter()
        .map(|secret| secret.name.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// All of standard input, one final line break removed.
fn from_stdin() -> Result<SecretString, Failure> {
    if io::stdin().is_terminal() {
        return Err(
            Failure::usage("--secret-stdin reads a pipe or a file, found a terminal")
                .help("leave the option out to be asked without echo"),
        );
    }
    read_secret(io::stdin().lock(), "standard input")
}

fn from_file(path: &Path) -> Result<SecretString, Failure> {
    let shown = path.display().to_string();
    let failed = |cause: io::Error| Failure::io(format!("cannot read {shown}"), &cause);
    if is_named_pipe(path).map_err(failed)? {
        return Err(
            Failure::usage(format!("{shown}: found a pipe, expected a file"))
                .help("--secret-stdin takes what comes through a pipe"),
        );
    }
    let file = File::open(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    let mode = about.permissions().mode();
    if about.is_file() && mode & 0o077 != 0 {
        return Err(Failure::usage(format!(
            "{shown} can be read by others (mode {:04o})",
            mode & 0o7777
        ))
        .help(format!("chmod 600 {shown}")));
    }
    read_secret(file, &shown)
}

fn read_secret(source: impl Read, shown: &str) -> Result<SecretString, Failure> {
    let mut text = String::new();
    source
        .take(LARGEST + 1)
        .read_to_string(&mut text)
        .map_err(|cause| match cause.kind() {
            io::ErrorKind::InvalidData => Failure::usage(format!(
                "{shown}: found bytes that are no UTF-8, expected a secret as text"
            )),
            _ => Failure::io(format!("cannot read {shown}"), &cause),
        })?;
    if text.len() as u64 > LARGEST {
        return Err(Failure::usage(format!(
            "{shown}: found over {LARGEST} bytes, expected a secret"
        )));
    }
    let end = text
        .strip_suffix("\r\n")
        .or_else(|| text.strip_suffix('\n'))
        .map_or(text.len(), str::len);
    text.truncate(end);
    Ok(SecretString::from(text))
}
/// The answer to a consent, from standard input: it holds a code, so it is no argument.
///
/// # Errors
/// Standard input cannot be read.
pub fn answer_from_input() -> Result<SecretString, Failure> {
    let mut text = String::new();
    io::stdin()
        .lock()
        .take(LARGEST)
        .read_to_string(&mut text)
        .map_err(|cause| {
            Failure::usage(format!(
                "cannot read the answer from standard input: {cause}"
            ))
        })?;
    Ok(SecretString::from(text))
}
