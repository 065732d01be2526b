//! The file with the entries of earlier sessions: in the data folder, for its owner alone, without secrets.
//!
//! One line an entry; `\n` stands for a line end inside of one. Several sessions may add to it at a time.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use freshet_runtime::redact;
use freshet_syntax::lex;
use freshet_syntax::source::FileId;
use freshet_syntax::token::Token;
use rustc_hash::FxHashSet;

use crate::output;

/// Entries kept.
pub const KEPT: usize = 10_000;
/// The first line: what comes after it has escapes.
const FIRST_LINE: &str = "#V2";

/// The history of all sessions.
pub struct History {
    path: PathBuf,
    /// True once it has been said that it cannot be written.
    told: bool,
}

impl History {
    /// The history kept in that file.
    pub fn new(path: PathBuf) -> Self {
        Self { path, told: false }
    }

    /// The entries of earlier sessions, oldest first, each once. A file that is missing or cannot be read has none. One
    /// with repetitions, or with more than is kept, is written anew.
    pub fn load(&self) -> Vec<String> {
        let Ok(file) = self.opened(false) else {
            return Vec::new();
        };
        let mut bytes = Vec::new();
        if (&file).read_to_end(&mut bytes).is_err() {
            return Vec::new();
        }
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().filter(|line| *line != FIRST_LINE).collect();
        let mut seen = FxHashSet::default();
        let mut kept: Vec<&str> = lines
            .iter()
            .rev()
            .copied()
            .filter(|line| !line.trim().is_empty() && seen.insert(*line))
            .take(KEPT)
            .collect();
        kept.reverse();
        if kept.len() < lines.len() {
            // The lock on the old file keeps other sessions from adding to it meanwhile.
            let _ = output::write_private(
                &self.path,
                format!("{FIRST_LINE}\n{}\n", kept.join("\n")).as_bytes(),
            );
        }
        kept.into_iter().map(unescaped).collect()
    }

    /// Adds an entry at once, so that a session that is killed loses nothing. A failure is told once, and costs the
    /// history and nothing else.
    pub fn add(&mut self, entry: &str) {
        if entry.starts_with(' ') || entry.trim().is_empty() || may_hold_secret(entry) {
            return;
        }
        if let Err(cause) = self.append(entry)
            && !self.told
        {
            self.told = true;
            output::say(&format!(
                "warning: the history cannot be written: {}: {}",
                self.path.display(),
                crate::exit::cause_of(&cause)
            ));
        }
    }

    fn append(&self, entry: &str) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
        }
        let file = self.opened(true)?;
        let first = if file.metadata()?.len() == 0 {
            format!("{FIRST_LINE}\n")
        } else {
            String::new()
        };
        (&file).write_all(format!("{first}{}\n", escaped(entry)).as_bytes())
    }

    /// The file, locked, and readable by its owner alone.
    fn opened(&self, create: bool) -> io::Result<File> {
        loop {
            let file = OpenOptions::new()
                .read(true)
                .append(true)
                .create(create)
                .mode(0o600)
                // A link could lead the entries anywhere.
                .custom_flags(libc::O_NOFOLLOW)
                .open(&self.path)?;
            file.lock()?;
            let about = file.metadata()?;
            if !about.is_file() {
                return Err(io::Error::other("it is not a file"));
            }
            // Another session may have put a new file in its place while this one waited.
            if is_at(&self.path, &about) {
                if about.permissions().mode() & 0o077 != 0 {
                    file.set_permissions(PermissionsExt::from_mode(0o600))?;
                }
                return Ok(file);
            }
        }
    }
}

fn is_at(path: &Path, about: &std::fs::Metadata) -> bool {
    path.symlink_metadata()
        .is_ok_and(|there| (there.dev(), there.ino()) == (about.dev(), about.ino()))
}

fn escaped(entry: &str) -> String {
    entry
        .replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\r', "")
}

fn unescaped(line: &str) -> String {
    let mut entry = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => entry.push('\n'),
                Some(other) => entry.push(other),
                None => {}
            },
            other => entry.push(other),
        }
    }
    entry
}

/// Whether an entry may hold a secret: a literal that is assigned to, or stands under, a name such as `password`, or
/// that looks like a credential itself. Such an entry can be recalled in its session and is kept nowhere.
pub fn may_hold_secret(entry: &str) -> bool {
    let lexed = lex(entry, FileId::default());
    let text = |at: usize| {
        let place = lexed.places.get(at)?;
        entry.get(place.start as usize..place.end as usize)
    };
    for (at, token) in lexed.tokens.iter().enumerate() {
        let is_text = matches!(
            token,
            Token::Text | Token::Quoted | Token::BrokenText | Token::CurlyText
        );
        if !is_text && !matches!(token, Token::Number | Token::BrokenNumber | Token::Decimal) {
            continue;
        }
        let literal = text(at).unwrap_or_default();
        let content = literal.trim_matches(['"', '\'']);
        if is_text && is_credential(content) {
            return true;
        }
        let [Some(name), Some(sign)] = [at.checked_sub(2), at.checked_sub(1)] else {
            continue;
        };
        let joins = match lexed.tokens.get(sign) {
            Some(Token::Assign | Token::PlusAssign | Token::Colon) => true,
            // `put("token", …)`
            Some(Token::Comma) => {
                matches!(lexed.tokens.get(name), Some(Token::Text | Token::Quoted))
            }
            _ => false,
        };
        if joins && !content.is_empty() && text(name).is_some_and(redact::is_secret_name) {
            return true;
        }
    }
    // What cannot be read as a script, such as a command of a shell that was pasted in the wrong window.
    entry.trim_start().starts_with(':') && is_credential(entry)
}

fn is_credential(content: &str) -> bool {
    redact::log_line(content) != content || redact::address(content) != content
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_by_their_names_and_looks() {
        for (entry, secret) in [
            ("password = \"hunter2\";", true),
            ("api_key += 'abc'", true),
            ("h = {\"Authorization\": \"x\"};", true),
            ("h.put(\"X-Api-Key\", \"abc\");", true),
            ("pass_number = 4711", true),
            ("x = \"Bearer abcdef\";", true),
            ("invokeurl [ url: \"https://u:p@a.example/\" ]", true),
            ("u = \"https://a.example/?access_token=abc\"", true),
            ("password = \"unclosed", true),
            ("token = input.get(\"token\");", false),
            ("for each key in m.keys() { info key; }", false),
            ("password = \"\";", false),
            ("name = \"Ada\";", false),
        ] {
            assert_eq!(may_hold_secret(entry), secret, "{entry}");
        }
    }

    #[test]
    fn entries_of_several_lines_are_one_line_of_the_file() {
        let entry = "a = \"x\\n\";\nb = 2;";
        assert_eq!(unescaped(&escaped(entry)), entry);
        assert!(!escaped(entry).contains('\n'));
    }
}
