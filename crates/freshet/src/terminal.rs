//! What a person types or pastes while something else is waited for.
//!
//! A terminal that hands over whole lines cuts them at 4,096 bytes (1,024 on macOS), and an address with a code in it may
//! be longer. So it is told to hand over every character, and echo and erasing are done here.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::termios::{
    LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr,
};
use secrecy::SecretString;

use crate::exit::Failure;
use crate::signal;

/// How long the terminal waits for a character, in tenths of a second. What is pasted comes without such a pause.
const PAUSE: u8 = 1;

/// Something a person entered.
pub enum Input {
    /// A text, several lines where they came at once.
    Text(SecretString),
    /// Ctrl-D: there is nothing more to come.
    End,
}

/// The terminal on standard input, read by a thread of its own until this is dropped.
pub struct Terminal {
    inputs: Receiver<Input>,
    stop: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
    /// As the terminal was before.
    before: Termios,
}

impl Terminal {
    /// Begins to read.
    ///
    /// # Errors
    /// Standard input is no terminal.
    pub fn open() -> Result<Self, Failure> {
        let failed = |cause: io::Error| Failure::io("the terminal", &cause);
        let stdin = io::stdin();
        // The buffer of standard input itself must not keep what others are to read.
        let file = File::from(stdin.as_fd().try_clone_to_owned().map_err(failed)?);
        let before = tcgetattr(&file).map_err(|cause| failed(cause.into()))?;
        signal::remember_terminal();
        let mut during = before.clone();
        during
            .local_flags
            .remove(LocalFlags::ICANON | LocalFlags::ECHO);
        during.control_chars[SpecialCharacterIndices::VMIN as usize] = 0;
        during.control_chars[SpecialCharacterIndices::VTIME as usize] = PAUSE;
        tcsetattr(&file, SetArg::TCSANOW, &during).map_err(|cause| failed(cause.into()))?;
        let (sender, inputs) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let reader = thread::spawn(move || read(file, &sender, &told));
        Ok(Self {
            inputs,
            stop,
            reader: Some(reader),
            before,
        })
    }

    /// What came within `time`.
    pub fn next(&self, time: Duration) -> Option<Input> {
        match self.inputs.recv_timeout(time) {
            Ok(input) => Some(input),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                // Nothing is read any more, and the caller still waits for something else.
                thread::sleep(time);
                None
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        let _ = tcsetattr(io::stdin().as_fd(), SetArg::TCSANOW, &self.before);
    }
}

/// The terminal of the process without echo, as long as this lives.
pub struct WithoutEcho {
    terminal: File,
    before: Termios,
}

impl WithoutEcho {
    /// Takes the echo away.
    ///
    /// # Errors
    /// The process has no terminal.
    pub fn begin() -> io::Result<Self> {
        let terminal = File::open("/dev/tty")?;
        let before = tcgetattr(&terminal)?;
        let mut during = before.clone();
        during.local_flags.remove(LocalFlags::ECHO);
        tcsetattr(&terminal, SetArg::TCSANOW, &during)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for WithoutEcho {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, SetArg::TCSANOW, &self.before);
    }
}

/// Reads until told to stop, or until the terminal is gone.
fn read(mut terminal: File, inputs: &Sender<Input>, stop: &AtomicBool) {
    let mut entered = Entered::default();
    let mut buffer = [0; 4096];
    while !stop.load(Ordering::Relaxed) {
        let asked = Instant::now();
        match terminal.read(&mut buffer) {
            Ok(0) => {
                if let Some(text) = entered.complete() {
                    let _ = inputs.send(Input::Text(text));
                }
                // A terminal that is there waits before it says that nothing came.
                if asked.elapsed() < Duration::from_millis(u64::from(PAUSE) * 50) {
                    let _ = inputs.send(Input::End);
                    return;
                }
            }
            Ok(read) => {
                if entered.take(buffer.get(..read).unwrap_or_default()) {
                    let _ = inputs.send(Input::End);
                    return;
                }
            }
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => {
                let _ = inputs.send(Input::End);
                return;
            }
        }
    }
}

/// The characters since the last text.
#[derive(Default)]
struct Entered(Vec<u8>);

impl Entered {
    /// Takes characters and shows them; `true`: the person wants no more.
    fn take(&mut self, characters: &[u8]) -> bool {
        let mut shown = Vec::new();
        for &character in characters {
            match character {
                // Ctrl-D
                0x04 if self.0.is_empty() => return true,
                // Backspace: all bytes of the last character of the line.
                0x08 | 0x7f => {
                    let line = self.0.iter().rposition(|&byte| byte == b'\n');
                    if self.0.len() > line.map_or(0, |end| end + 1) {
                        while self.0.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
                        shown.extend_from_slice(b"\x08 \x08");
                    }
                }
                // Ctrl-U
                0x15 => {
                    self.0.clear();
                    shown.extend_from_slice(b"\r\x1b[K> ");
                }
                b'\r' | b'\n' => {
                    self.0.push(b'\n');
                    shown.push(b'\n');
                }
                // Escape sequences of keys and of pasting would move the cursor.
                control if control < 0x20 => {}
                other => {
                    self.0.push(other);
                    shown.push(other);
                }
            }
        }
        let mut stderr = io::stderr().lock();
        let _ = stderr.write_all(&shown).and_then(|()| stderr.flush());
        false
    }

    /// What was entered, once its last line has ended. Empty lines are nothing.
    fn complete(&mut self) -> Option<SecretString> {
        if !self.0.ends_with(b"\n") {
            return None;
        }
        let text = String::from_utf8_lossy(&std::mem::take(&mut self.0))
            .trim()
            .to_owned();
        (!text.is_empty()).then(|| SecretString::from(text))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn text(entered: &mut Entered) -> Option<String> {
        entered
            .complete()
            .map(|text| text.expose_secret().to_owned())
    }

    #[test]
    fn lines_that_come_at_once_are_one_text() {
        let mut entered = Entered::default();
        assert!(!entered.take(b"http://x/?co\nde=1"));
        assert_eq!(text(&mut entered), None);
        entered.take(b"\n");
        assert_eq!(text(&mut entered).as_deref(), Some("http://x/?co\nde=1"));
        entered.take(b"\n\n");
        assert_eq!(text(&mut entered), None);
    }

    #[test]
    fn what_was_typed_can_be_taken_back() {
        let mut entered = Entered::default();
        entered.take("aü".as_bytes());
        entered.take(b"\x7fb\x7fc\x7f\x7f\x7f\x7fd\n");
        assert_eq!(text(&mut entered).as_deref(), Some("d"));
        entered.take(b"wrong\x15right\n");
        assert_eq!(text(&mut entered).as_deref(), Some("right"));
        assert!(entered.take(b"\x04"));
    }
}
