//! A terminal with a REPL or another command in it: what is typed arrives there, and what it draws is read as a person
//! would see it.

#![allow(dead_code, reason = "each test file uses its part")]

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use nix::pty::{Winsize, openpty};
use vt100::{Cell, Color, Parser};

use crate::support::place::Place;
use crate::support::terminal::in_session;

/// Nothing takes so long, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(120);

pub const ENTER: &str = "\r";
pub const TAB: &str = "\t";
pub const UP: &str = "\x1b[A";
pub const LEFT: &str = "\x1b[D";
pub const RIGHT: &str = "\x1b[C";
pub const CTRL_C: &str = "\x03";
pub const CTRL_D: &str = "\x04";

/// A REPL on a terminal.
pub struct Screen {
    child: Child,
    master: File,
    arrived: Receiver<Vec<u8>>,
    parser: Parser,
    /// Everything that arrived, escape sequences included.
    pub raw: String,
}

impl Screen {
    /// With colours, 80 columns wide and 40 rows high.
    pub fn open(place: &Place) -> Self {
        Self::sized(place, 80, 40, |_| {})
    }

    /// A window of another size, and a command that is changed before it starts.
    pub fn sized(
        place: &Place,
        columns: u16,
        rows: u16,
        change: impl FnOnce(&mut Command),
    ) -> Self {
        let mut command = place.command(&["repl"]);
        command.env_remove("NO_COLOR").env_remove("VISUAL");
        change(&mut command);
        let mut screen = Self::of(command, columns, rows);
        screen.prompt();
        screen
    }

    /// A window of that size with a command in it.
    pub fn of(mut command: Command, columns: u16, rows: u16) -> Self {
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pair = openpty(Some(&size), None).expect("a terminal");
        let slave = File::from(pair.slave);
        let copy = || Stdio::from(slave.try_clone().unwrap());
        command
            .env_remove("COLUMNS")
            .env("TERM", "xterm-256color")
            .stdin(copy())
            .stdout(copy())
            .stderr(copy());
        in_session(&mut command);
        let child = command.spawn().expect("the binary runs");
        drop((command, slave));
        let master = File::from(pair.master);
        let mut reading = master.try_clone().unwrap();
        let (sender, arrived) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // The end of the command is an error here.
            while let Ok(read @ 1..) = reading.read(&mut buffer) {
                if sender.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            master,
            arrived,
            parser: Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 1000),
            raw: String::new(),
        }
    }

    /// Presses keys, or pastes without brackets.
    pub fn keys(&mut self, text: &str) {
        self.master.write_all(text.as_bytes()).unwrap();
    }

    /// Types an entry of one line, and waits until it has run.
    #[track_caller]
    pub fn enter(&mut self, text: &str) -> &mut Self {
        self.keys(text);
        self.until(text, |screen| screen.line() != ">");
        let typed: String = text.chars().rev().take(8).collect();
        self.until(text, |screen| {
            let line: String = screen.line().chars().rev().take(8).collect();
            line == typed || screen.line().contains(text.trim_end())
        });
        self.keys(ENTER);
        self.prompt();
        self
    }

    /// Waits until an entry is asked for.
    #[track_caller]
    pub fn prompt(&mut self) {
        self.until("a prompt", |screen| screen.line() == ">");
    }

    /// Waits until this is on the screen.
    #[track_caller]
    pub fn shows(&mut self, text: &str) -> &mut Self {
        self.until(text, |screen| screen.text().contains(text));
        self
    }

    /// Waits until the line with the cursor is this one.
    #[track_caller]
    pub fn line_is(&mut self, line: &str) -> &mut Self {
        self.until(line, |screen| screen.line() == line);
        self
    }

    /// Waits until the screen is as wanted.
    #[track_caller]
    pub fn until(&mut self, wanted: &str, is_there: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !is_there(self) {
            let left = end.saturating_duration_since(Instant::now());
            match self.arrived.recv_timeout(left) {
                Ok(bytes) => {
                    self.raw += &String::from_utf8_lossy(&bytes);
                    self.parser.process(&bytes);
                }
                Err(_) => panic!("not there: {wanted}\n{}", self.text()),
            }
        }
    }

    /// Rows and columns.
    fn size(&self) -> (u16, u16) {
        let (rows, columns) = self.parser.screen().size();
        (rows.get(), columns.get())
    }

    /// The screen as text.
    pub fn text(&self) -> String {
        self.parser.screen().contents()
    }

    /// The rows that have something in them.
    pub fn rows(&self) -> Vec<String> {
        let (_, columns) = self.size();
        let rows = self.parser.screen().rows(0, columns);
        rows.map(|row| row.trim_end().to_owned())
            .filter(|row| !row.is_empty())
            .collect()
    }

    /// The row with the cursor, without blanks at its end.
    pub fn line(&self) -> String {
        let (row, _) = self.parser.screen().cursor_position();
        let (_, columns) = self.size();
        let mut rows = self.parser.screen().rows(0, columns);
        let line = rows.nth(usize::from(row)).unwrap_or_default();
        line.trim_end().to_owned()
    }

    /// The column of the cursor.
    pub fn column(&self) -> u16 {
        self.parser.screen().cursor_position().1
    }

    /// The first cell of the last row in which a text stands.
    #[track_caller]
    pub fn cell(&self, text: &str) -> Cell {
        let (rows, columns) = self.size();
        for row in (0..rows).rev() {
            for column in 0..columns {
                let found = self
                    .parser
                    .screen()
                    .contents_between(row, column, row, columns);
                let cell = self.parser.screen().cell(row, column);
                if let Some(cell) = cell
                    && found.starts_with(text)
                    && cell.has_contents()
                {
                    return cell.clone();
                }
            }
        }
        panic!("`{text}` is not there:\n{}", self.text());
    }

    /// The colour of a text.
    #[track_caller]
    pub fn color(&self, text: &str) -> Color {
        self.cell(text).fgcolor()
    }

    /// Ends the session with Ctrl-D, and gives its exit code.
    #[track_caller]
    pub fn end(mut self) -> Option<i32> {
        self.keys(CTRL_D);
        self.wait()
    }

    /// Waits for the end of the command.
    #[track_caller]
    pub fn wait(&mut self) -> Option<i32> {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.arrived.recv_timeout(left) {
                Ok(bytes) => self.parser.process(&bytes),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => panic!("no end:\n{}", self.text()),
            }
        }
        self.child.wait().unwrap().code()
    }

    /// The process.
    pub fn process(&self) -> i32 {
        self.child.id().try_into().unwrap()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A test that failed leaves no process behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
