//! A place of its own for a test: a folder for scripts, one for data, and the binary run in them.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Three folders: `work`, in which commands run, `data` for the registry, and `home`.
pub struct Place {
    folder: TempDir,
    log: Option<&'static str>,
}

/// The words of a command line in which no word holds a blank.
pub fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

/// Sends a signal to a process of ours.
pub fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .args([&format!("-{name}"), &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

/// How a command ended, and what it printed.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; `None`: ended by a signal.
    pub exit: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Place {
    /// Empty folders.
    pub fn new() -> Self {
        let place = Self {
            folder: TempDir::new().unwrap(),
            log: None,
        };
        for folder in ["work", "home"] {
            fs::create_dir(place.folder.path().join(folder)).unwrap();
        }
        place
    }

    /// Commands tell what they do on standard error, as `FRESHET_LOG` asks.
    pub fn logging(level: &'static str) -> Self {
        Self {
            log: Some(level),
            ..Self::new()
        }
    }

    /// All that tests of this place may leave behind.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// A file in the folder where commands run.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("work").join(name)
    }

    /// A file beside the registry.
    pub fn data(&self, name: &str) -> PathBuf {
        self.folder.path().join("data/freshet").join(name)
    }

    /// Writes a file where commands run.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Writes a file that only its owner can read.
    pub fn write_secret(&self, name: &str, content: &str) -> PathBuf {
        let path = self.write(name, content);
        set_mode(&path, 0o600);
        path
    }

    /// The binary with its arguments, here.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = super::freshet();
        self.settle(&mut command);
        command.args(arguments);
        command
    }

    /// Starts a command and keeps what it says.
    pub fn spawn<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Child {
        self.command(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Makes a command run here.
    pub fn settle(&self, command: &mut Command) {
        command
            .current_dir(self.path(""))
            .env("HOME", self.folder.path().join("home"))
            .env("XDG_DATA_HOME", self.folder.path().join("data"))
            .env("FRESHET_OWNER", "tester")
            .env_remove("CI") // for programs that start the binary
            .env_remove("XDG_CONFIG_HOME");
        if let Some(level) = self.log {
            command.env("FRESHET_LOG", level);
        }
    }

    /// Runs the binary with nothing on standard input.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Outcome {
        outcome(self.command(arguments).output().expect("the binary runs"))
    }

    /// Runs the binary with a text on standard input.
    pub fn run_with_input<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        input: impl AsRef<[u8]>,
    ) -> Outcome {
        feed(self.command(arguments), input.as_ref())
    }

    /// Runs a script given as text, without arguments.
    pub fn script(&self, text: &str) -> Outcome {
        self.run_with_input(&["run", "-"], text)
    }

    /// Every file below the root, with its content.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let content = fs::read(&path).unwrap();
                    found.push((path, content));
                }
            }
        }
        found
    }
}

/// Runs a command to its end with `input` on its standard input.
pub fn feed(mut command: Command, input: &[u8]) -> Outcome {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut stdin = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // A command that does not read its input closes it: nothing is wrong with that.
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output().unwrap()
    });
    outcome(output)
}

/// How a command ended.
pub fn outcome(output: Output) -> Outcome {
    Outcome {
        exit: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Outcome {
    /// It ended well.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.exit, Some(0), "{}\n{}", self.out, self.err);
        self
    }

    /// It ended with this exit code, and told why with each of these texts on standard error.
    #[track_caller]
    pub fn fails(self, exit: i32, told: &[&str]) -> Self {
        assert_eq!(self.exit, Some(exit), "{}\n{}", self.out, self.err);
        for text in told {
            assert!(
                self.err.contains(text),
                "`{text}` is not told:\n{}",
                self.err
            );
        }
        self
    }

    /// It printed exactly this on standard output.
    #[track_caller]
    pub fn prints(self, out: &str) -> Self {
        assert_eq!(self.out, out, "{}", self.err);
        self
    }

    /// It said nothing on standard error.
    #[track_caller]
    pub fn quietly(self) -> Self {
        assert_eq!(self.err, "");
        self
    }

    /// The JSON document on standard output, of version 1.
    #[track_caller]
    pub fn json(&self) -> Value {
        versioned(&self.out)
    }

    /// The error as a JSON document on standard error, of version 1.
    #[track_caller]
    pub fn json_error(&self) -> Value {
        versioned(&self.err)["error"].clone()
    }
}

#[track_caller]
fn versioned(text: &str) -> Value {
    let document: Value =
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(document["version"], 1, "{text}");
    document
}

/// The names of the members of a JSON object, in order.
#[track_caller]
pub fn names(document: &Value) -> Vec<&str> {
    document
        .as_object()
        .unwrap_or_else(|| panic!("an object: {document}"))
        .keys()
        .map(String::as_str)
        .collect()
}

/// Sets the mode of a file.
pub fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The mode of a file, without its kind.
pub fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}
