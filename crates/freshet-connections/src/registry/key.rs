//! Where the sealing key comes from: `FRESHET_KEY`, `FRESHET_KEY_FILE`, the file `key` beside the
//! registry, in that order. Each may hold several keys, one a word, while one takes over from another.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::backup::sync_folder;
use super::not_followed;
use super::seal::SealingKey;
use crate::error::ConnectionError;
pub(super) use crate::error::cause;
use crate::pipe::is_named_pipe;
use crate::settings::Settings;

/// The keys of the first source that is set. More than one while a key takes over from another.
pub(super) struct Sourced {
    pub keys: Vec<Arc<SealingKey>>,
    pub origin: Origin,
}

/// Where keys were found.
pub(super) enum Origin {
    /// The variable `FRESHET_KEY`, which only the user changes.
    Variable,
    File(PathBuf),
}

impl Origin {
    /// For messages.
    pub fn name(&self) -> String {
        match self {
            Origin::Variable => VARIABLE.to_owned(),
            Origin::File(path) => path.display().to_string(),
        }
    }
}

impl Sourced {
    /// The ids of the keys, for messages.
    pub fn ids(&self) -> String {
        let ids: Vec<&str> = self.keys.iter().map(|key| key.id()).collect();
        ids.join(" and ")
    }
}

/// The variable that may hold the key.
pub(super) const VARIABLE: &str = "FRESHET_KEY";
/// The variable that may name its file.
pub(super) const FILE_VARIABLE: &str = "FRESHET_KEY_FILE";

const HELP: &str = "a key is 32 random bytes in standard base64";

/// The keys, from the first source that is set. The key file beside the registry is made when
/// `may_create` and it is missing; a registry that has a key already must not be given a new one.
pub(super) fn find(
    settings: &Settings,
    folder: &Path,
    may_create: bool,
) -> Result<Sourced, ConnectionError> {
    if let Some(text) = &settings.key {
        let keys = parse(text.expose_secret())
            .ok_or_else(|| ConnectionError::key(VARIABLE, "is not 32 bytes of base64", HELP))?;
        return Ok(Sourced {
            keys,
            origin: Origin::Variable,
        });
    }
    if let Some(path) = &settings.key_file {
        return read(path);
    }
    let path = folder.join("key");
    match read(&path) {
        Err(_) if may_create && missing(&path) => create(&path),
        other => other,
    }
}

/// The keys in a text, one a word; `None` when one of them is none.
fn parse(text: &str) -> Option<Vec<Arc<SealingKey>>> {
    let keys: Option<Vec<_>> = text
        .split_ascii_whitespace()
        .map(|word| SealingKey::from_base64(word).map(Arc::new))
        .collect();
    keys.filter(|keys| !keys.is_empty())
}

/// The new key that a person names: the one in the file, which is made where there is none.
pub(super) fn read_or_create(path: &Path) -> Result<Arc<SealingKey>, ConnectionError> {
    let found = if missing(path) {
        create(path)
    } else {
        read(path)
    }?;
    match found.keys.as_slice() {
        [key] => Ok(Arc::clone(key)),
        _ => Err(ConnectionError::key(
            &found.origin.name(),
            "is more than one, expected the new one alone",
            HELP,
        )),
    }
}

/// Writes keys in place of those in a file, all or nothing, for the owner that the file had.
pub(super) fn replace(path: &Path, keys: &[&SealingKey]) -> std::io::Result<()> {
    let before = fs::symlink_metadata(path)?;
    if before.is_symlink() {
        return Err(not_followed());
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let draft = path.with_file_name(name);
    // Left behind by a process that was killed here.
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let written = write_new(&draft, keys).and_then(|()| {
        let owner = fs::metadata(&draft)?;
        if (owner.uid(), owner.gid()) != (before.uid(), before.gid()) {
            chown(&draft, Some(before.uid()), Some(before.gid()))?;
        }
        fs::rename(&draft, path)
    });
    if written.is_err() {
        // It holds a key, so it does not stay; that it could not be written counts more than this.
        let _ = fs::remove_file(&draft);
    }
    written.and_then(|()| sync_folder(path))
}

fn missing(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

fn read(path: &Path) -> Result<Sourced, ConnectionError> {
    let source = path.display().to_string();
    let fault = |cause: &str, help: &str| ConnectionError::key(&source, cause, help);
    if let Some(cause) = no_file(path) {
        let help = "name a file with FRESHET_KEY_FILE; ";
        return Err(fault(cause, &format!("{help}{HELP}")));
    }
    let file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => fault(
            "is missing, and the registry is sealed with it",
            "put the key back, or name it with FRESHET_KEY_FILE or FRESHET_KEY; without it the secrets cannot be read",
        ),
        _ => fault(&format!("cannot be read: {}", cause(&error)), ""),
    })?;
    let mode = file
        .metadata()
        .map_err(|error| fault(&format!("cannot be read: {}", cause(&error)), ""))?
        .permissions();
    if mode.mode() & 0o077 != 0 {
        return Err(fault(
            "is readable by others",
            &format!("run `chmod 600 {}`", path.display()),
        ));
    }
    // More than any keys; a wrong file is not read whole.
    const MOST: u64 = 4096;
    let mut text = Zeroizing::new(String::new());
    let read = file.take(MOST).read_to_string(&mut text);
    let keys = read.ok().and_then(|_| parse(&text));
    keys.map(|keys| Sourced {
        keys,
        origin: Origin::File(path.to_owned()),
    })
    .ok_or_else(|| fault("is not 32 bytes of base64", HELP))
}

/// What stands in the place of a key file that is none. Others may read a device, but that is not what is wrong with it,
/// and a pipe may never begin.
fn no_file(path: &Path) -> Option<&'static str> {
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(cause) => {
            let leads_nowhere = cause.kind() == ErrorKind::NotFound && path.is_symlink();
            return leads_nowhere.then_some("is a symbolic link that leads to no file");
        }
    };
    let kind = found.file_type();
    if kind.is_dir() {
        Some("is a folder, expected a file")
    } else if kind.is_file() || kind.is_fifo() && !is_named_pipe(path).unwrap_or(true) {
        None
    } else {
        Some("is no file")
    }
}

/// Makes the key file: written whole beside its name, then linked there, so that no other process
/// reads half a key, and of two processes that make one both take the first.
fn create(path: &Path) -> Result<Sourced, ConnectionError> {
    let key = SealingKey::generate();
    let draft = draft(path);
    let written = write_new(&draft, &[&key]);
    let linked = written.and_then(|()| fs::hard_link(&draft, path));
    // Whatever happened, the draft has done its part.
    let _ = fs::remove_file(&draft);
    match linked {
        Ok(()) => Ok(Sourced {
            keys: vec![Arc::new(key)],
            origin: Origin::File(path.to_owned()),
        }),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => read(path),
        Err(error) => Err(ConnectionError::not_written(path, &error)),
    }
}

/// A name of this process and thread alone.
fn draft(path: &Path) -> PathBuf {
    let thread = format!("{:?}", std::thread::current().id());
    let number: String = thread.chars().filter(char::is_ascii_digit).collect();
    path.with_file_name(format!("key.{}.{number}.new", std::process::id()))
}

fn write_new(path: &Path, keys: &[&SealingKey]) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    for key in keys {
        file.write_all(key.to_base64().expose_secret().as_bytes())?;
        file.write_all(b"\n")?;
    }
    file.sync_all()
}
