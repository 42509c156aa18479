//! Runs dcord on a pseudo-terminal, to test what a person at a keyboard sees.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::Command;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize};

use super::Bounded;

/// The height of every terminal. The output of dcord does not depend on it.
const ROWS: u16 = 40;

/// Runs a command with stdin, stdout and stderr on a terminal of that width, types `input`, and returns the exit
/// status with everything that the command wrote, escape codes included.
///
/// The terminal neither echoes the input nor turns `\n` into `\r\n`.
pub fn run(command: Command, columns: u16, input: &[u8]) -> (Option<i32>, String) {
    watch(command, columns, input, |_, _| {})
}

/// Runs a command like [`run`], and calls `seen` with the whole output so far after each write.
pub fn watch(
    mut command: Command,
    columns: u16,
    input: &[u8],
    mut seen: impl FnMut(&str, &Bounded),
) -> (Option<i32>, String) {
    let control = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&control).unwrap();
    unlockpt(&control).unwrap();
    tcsetwinsize(&control, Winsize { ws_row: ROWS, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let path = ptsname(&control, Vec::new()).unwrap();
    let device: File = rustix::fs::open(path, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap().into();
    let mut modes = tcgetattr(&device).unwrap();
    modes.local_modes.remove(rustix::termios::LocalModes::ECHO);
    modes.output_modes.remove(rustix::termios::OutputModes::OPOST);
    tcsetattr(&device, OptionalActions::Now, &modes).unwrap();
    command.stdin(device.try_clone().unwrap()).stdout(device.try_clone().unwrap()).stderr(device);
    let child = Bounded::spawn(&mut command);
    // The reader reaches the end when no process holds the device any more, including this one.
    drop(command);
    let mut control = File::from(control);
    control.write_all(input).unwrap();
    let mut written = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        match control.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => {
                written.extend_from_slice(&buffer[..length]);
                seen(&String::from_utf8_lossy(&written), &child);
            }
            // Linux reports the closed device with this error.
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => break,
            Err(error) => panic!("{error}"),
        }
    }
    (child.wait(), String::from_utf8(written).unwrap())
}

/// Removes escape codes: those of colours and cursor movement (`ESC [ … letter`) and of links (`ESC ] … BEL`).
pub fn without_codes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\x1b') {
        plain.push_str(&rest[..at]);
        let code = &rest[at + 1..];
        let end = match code.as_bytes().first() {
            Some(b'[') => code.find(|c: char| c.is_ascii_alphabetic()),
            Some(b']') => code.find(['\x07', '\\']),
            _ => Some(0),
        };
        rest = end.and_then(|end| code.get(end + 1..)).unwrap_or_default();
    }
    plain + rest
}
