//! Where the sealing key comes from: `FRESHET_KEY`, `FRESHET_KEY_FILE`, the file `key` beside the
//! registry, in that order.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::seal::SealingKey;
use crate::error::ConnectionError;
use crate::settings::Settings;

/// A key and the name of its source, for messages.
pub(super) struct Sourced {
    pub key: SealingKey,
    pub source: String,
}

const HELP: &str = "a key is 32 random bytes in standard base64";

/// The key, from the first source that is set. The key file beside the registry is made when
/// `may_create` and it is missing; a registry that has a key already must not be given a new one.
pub(super) fn find(
    settings: &Settings,
    folder: &Path,
    may_create: bool,
) -> Result<Sourced, ConnectionError> {
    if let Some(text) = &settings.key {
        let source = "FRESHET_KEY".to_owned();
        let key = SealingKey::from_base64(text.expose_secret())
            .ok_or_else(|| ConnectionError::key(&source, "is not 32 bytes of base64", HELP))?;
        return Ok(Sourced { key, source });
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

fn missing(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

fn source(path: &Path) -> String {
    path.display().to_string()
}

fn read(path: &Path) -> Result<Sourced, ConnectionError> {
    let source = source(path);
    let fault = |cause: &str, help: &str| ConnectionError::key(&source, cause, help);
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
    // More than any key; a wrong file is not read whole.
    const MOST: u64 = 4096;
    let mut text = Zeroizing::new(String::new());
    let read = file.take(MOST).read_to_string(&mut text);
    let key = read.ok().and_then(|_| SealingKey::from_base64(&text));
    key.map(|key| Sourced {
        key,
        source: source.clone(),
    })
    .ok_or_else(|| fault("is not 32 bytes of base64", HELP))
}

/// Makes the key file: written whole beside its name, then linked there, so that no other process
/// reads half a key, and of two processes that make one both take the first.
fn create(path: &Path) -> Result<Sourced, ConnectionError> {
    let key = SealingKey::generate();
    let draft = draft(path);
    let written = write_new(&draft, &key.to_base64());
    let linked = written.and_then(|()| fs::hard_link(&draft, path));
    // Whatever happened, the draft has done its part.
    let _ = fs::remove_file(&draft);
    match linked {
        Ok(()) => Ok(Sourced {
            key,
            source: source(path),
        }),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => read(path),
        Err(error) => Err(ConnectionError::registry_write(path, &cause(&error))),
    }
}

/// A name of this process and thread alone.
fn draft(path: &Path) -> PathBuf {
    let thread = format!("{:?}", std::thread::current().id());
    let number: String = thread.chars().filter(char::is_ascii_digit).collect();
    path.with_file_name(format!("key.{}.{number}.new", std::process::id()))
}

fn write_new(path: &Path, text: &SecretString) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.expose_secret().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// An error of the system in its own words, without "(os error N)".
pub(super) fn cause(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}
