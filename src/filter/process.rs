//! Runs unbounded jq programs in a worker process. If such a program exhausts the memory or the stack, the worker process
//! ends, and the main process reports an error.
//!
//! The worker process is dcord itself, started with [`WORKER`]. It reads the program and then one value after the other
//! from stdin, and writes the outputs to stdout. Both streams consist of frames: a tag, a length, and that many bytes. The
//! worker has limits on memory and stack, has an empty environment, and exits at the end of its stdin.

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::value::RawValue;

use super::jq::{BadJq, Error, Output, Program};

/// The argument that makes dcord a worker. No command has this name.
pub const WORKER: &str = "--jq-worker";

/// The memory limit in bytes. A page of a list and the outputs of a program for it need a thousandth of this.
#[cfg(unix)]
const MAX_MEMORY: u64 = 512 << 20;

/// The size of the stack in bytes. The memory is only reserved; pages are allocated when a program recurses.
const STACK: usize = 64 << 20;

/// The maximum time that a program may run on a value without an output.
const MAX_SECONDS: u64 = 30;

/// Tags of frames to the worker: the program, and values to run it on or to match.
const PROGRAM: u8 = b'p';
const RUN: u8 = b'r';
const MATCH: u8 = b'm';
/// Tags of frames from the worker: outputs, and the result of the program.
const TEXT: u8 = b't';
const JSON: u8 = b'j';
const BAD: u8 = b'b';
const FAILED: u8 = b'f';
const DONE: u8 = b'd';

fn write_frame(to: &mut impl Write, tag: u8, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
    to.write_all(&[tag])?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(bytes)
}

fn read_frame(from: &mut impl Read) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    from.read_exact(&mut head)?;
    let [tag, length @ ..] = head;
    // Memory is allocated as bytes arrive, because the length may be wrong.
    let mut bytes = Vec::new();
    let length = u64::from(u32::from_le_bytes(length));
    match from.take(length).read_to_end(&mut bytes)? as u64 {
        read if read == length => Ok((tag, bytes)),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// A program and its worker process. If the worker has ended, the next value starts another one.
#[derive(Debug)]
pub struct Process {
    program: String,
    running: Mutex<Option<Running>>,
}

impl Process {
    pub fn start(program: &str) -> Result<Self, BadJq> {
        let running = Running::start(program)?;
        Ok(Self { program: program.to_owned(), running: Mutex::new(Some(running)) })
    }

    pub fn run<E: From<Error>>(
        &self,
        value: &RawValue,
        mut each: impl FnMut(Output<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.exchange(RUN, value, |tag, bytes| {
            let text = String::from_utf8_lossy(bytes);
            each(if tag == TEXT { Output::Text(&text) } else { Output::Json(&text) })
        })
    }

    pub fn matches(&self, value: &RawValue) -> Result<bool, Error> {
        let mut matches = false;
        self.exchange(MATCH, value, |_, bytes| {
            matches = bytes == b"true";
            Ok::<_, Error>(())
        })?;
        Ok(matches)
    }

    /// Sends a value to the worker, and calls `each` for each frame of the response except the last one.
    fn exchange<E: From<Error>>(
        &self,
        tag: u8,
        value: &RawValue,
        mut each: impl FnMut(u8, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut slot = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        // The worker is put back only after a complete response. Otherwise the next value would receive the remaining
        // frames.
        let mut running = match slot.take().and_then(|mut running| running.ask(tag, value).ok().map(|()| running)) {
            Some(running) => running,
            // The worker ended while it was idle, as after Ctrl-C, which the terminal sends to all its processes.
            None => {
                let failed = |reason: &dyn ToString| Error::Process(reason.to_string());
                let mut running = Running::start(&self.program).map_err(|bad| failed(&bad))?;
                running.ask(tag, value).map_err(|source| failed(&source))?;
                running
            }
        };
        let failure = loop {
            match running.answer()? {
                (DONE, _) => break None,
                (FAILED, bytes) => break Some(serde_json::from_slice(&bytes)),
                (tag, bytes) => each(tag, &bytes)?,
            }
        };
        *slot = Some(running);
        match failure {
            None => Ok(()),
            Some(failure) => Err(failure.unwrap_or_else(|source| Error::Process(source.to_string())).into()),
        }
    }
}

/// A worker process, which is killed on drop.
#[derive(Debug)]
struct Running {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Running {
    fn start(program: &str) -> Result<Self, BadJq> {
        let failed = |source: io::Error| {
            let why = crate::model::fault::words(&source);
            BadJq::whole(program, &format_args!("the process that runs jq cannot be started: {why}"))
        };
        let mut running = Self::spawn().map_err(failed)?;
        write_frame(&mut running.input, PROGRAM, program.as_bytes()).map_err(failed)?;
        match running.answer() {
            Ok((DONE, _)) => Ok(running),
            Ok((_, bytes)) => Err(serde_json::from_slice(&bytes).unwrap_or_else(|source| failed(source.into()))),
            Err(Error::Exhausted) => Err(BadJq::whole(program, &"the jq program is too long, or nested too deeply")),
            Err(error) => Err(BadJq::whole(program, &error)),
        }
    }

    fn spawn() -> io::Result<Self> {
        // Unlike the path of the program, this link stays valid while the file is being replaced.
        let this = if cfg!(target_os = "linux") { "/proc/self/exe".into() } else { std::env::current_exe()? };
        let mut command = Command::new(this);
        command.arg(WORKER).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let input = child.stdin.take().expect("it is piped");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        Ok(Self { child, input, output })
    }

    fn ask(&mut self, tag: u8, value: &RawValue) -> io::Result<()> {
        write_frame(&mut self.input, tag, value.get().as_bytes())
    }

    /// Reads the next frame.
    fn answer(&mut self) -> Result<(u8, Vec<u8>), Error> {
        if self.output.buffer().is_empty() && !is_ready(self.output.get_ref()) {
            return Err(Error::Endless(MAX_SECONDS));
        }
        read_frame(&mut self.output).map_err(|_| match self.child.wait() {
            Ok(status) => ended(status),
            Err(source) => Error::Process(source.to_string()),
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The worker may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for bytes or the end of the stream, with a time limit. The limit is a number of polls of one second, so that the
/// time during which both processes are stopped counts as one second at most.
#[cfg(unix)]
fn is_ready(output: &ChildStdout) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    const SECOND: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };
    (0..MAX_SECONDS).any(|_| poll(&mut [PollFd::new(output, PollFlags::IN)], Some(&SECOND)) != Ok(0))
}

#[cfg(not(unix))]
fn is_ready(_: &ChildStdout) -> bool {
    true
}

/// The error for a worker that ended unexpectedly. A worker that exhausts its stack or memory is aborted.
fn ended(status: ExitStatus) -> Error {
    #[cfg(unix)]
    {
        use rustix::process::Signal;
        let signal = std::os::unix::process::ExitStatusExt::signal(&status).and_then(Signal::from_named_raw);
        if let Some(Signal::INT | Signal::TERM | Signal::HUP) = signal {
            return Error::Interrupted;
        }
    }
    if status.success() { Error::Process(status.to_string()) } else { Error::Exhausted }
}

/// The main function of a worker: runs the program on each value from stdin.
pub fn serve(mut input: impl Read, output: impl Write + Send + 'static) -> io::Result<()> {
    limit_resources();
    let (requests, received) = mpsc::sync_channel(1);
    thread::Builder::new().stack_size(STACK).spawn(move || work(&received, output))?;
    // The program runs on another thread, so that this one can read stdin: if the parent process ends, stdin ends, and
    // the worker exits even if the program would run forever.
    while let Ok(frame) = read_frame(&mut input) {
        if requests.send(frame).is_err() {
            break;
        }
    }
    Ok(())
}

/// Limits the memory of this process. An error is ignored, because it means that a lower limit is already set.
fn limit_resources() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = |resource, max: u64| {
            let Rlimit { current, maximum } = getrlimit(resource);
            let max = Some(current.map_or(max, |current| current.min(max)));
            let _ = setrlimit(resource, Rlimit { current: max, maximum });
        };
        limit(Resource::As, MAX_MEMORY);
        // A core dump of a program that recursed without end is useless.
        limit(Resource::Core, 0);
    }
}

fn work(requests: &mpsc::Receiver<(u8, Vec<u8>)>, output: impl Write) -> io::Result<()> {
    let mut output = BufWriter::new(output);
    let mut program = None;
    for (tag, bytes) in requests {
        match (tag, &program) {
            (RUN | MATCH, Some(program)) => match answer(program, tag, &bytes, &mut output) {
                Ok(()) => write_frame(&mut output, DONE, b"")?,
                Err(Failure::Jq(error)) => write_frame(&mut output, FAILED, &serde_json::to_vec(&error)?)?,
                Err(Failure::Closed(source)) => return Err(source),
            },
            _ => match Program::compile(&String::from_utf8_lossy(&bytes)) {
                Ok(compiled) => {
                    program = Some(compiled);
                    write_frame(&mut output, DONE, b"")?;
                }
                Err(bad) => write_frame(&mut output, BAD, &serde_json::to_vec(&bad)?)?,
            },
        }
        output.flush()?;
    }
    Ok(())
}

/// Why a response is incomplete: the program failed, or the parent process closed the pipe.
enum Failure {
    Jq(Error),
    Closed(io::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Jq(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Closed(error)
    }
}

fn answer(program: &Program, tag: u8, bytes: &[u8], output: &mut BufWriter<impl Write>) -> Result<(), Failure> {
    /// The maximum time that outputs stay in the buffer, so that those of a slow program arrive soon.
    const MAX_DELAY: Duration = Duration::from_millis(50);
    let value = serde_json::from_slice(bytes).map_err(|source| Error::Read(source.to_string()))?;
    if tag == MATCH {
        let matches = program.matches(value)?;
        return Ok(write_frame(output, JSON, if matches { b"true" } else { b"false" })?);
    }
    let mut flushed = Instant::now();
    program.run(value, |given| {
        match given {
            Output::Text(text) => write_frame(output, TEXT, text.as_bytes())?,
            Output::Json(json) => write_frame(output, JSON, json.as_bytes())?,
        }
        if flushed.elapsed() >= MAX_DELAY {
            output.flush()?;
            flushed = Instant::now();
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_process_answers_each_frame_in_turn() {
        let (theirs, mut ours) = io::pipe().unwrap();
        let (mut answers, output) = io::pipe().unwrap();
        let (requests, received) = mpsc::channel();
        let working = thread::spawn(move || work(&received, output));
        let reading = thread::spawn(move || {
            let mut theirs = theirs;
            while let Ok(frame) = read_frame(&mut theirs) {
                requests.send(frame).unwrap();
            }
        });
        for (tag, bytes, wanted) in [
            (PROGRAM, ".a |", vec![(BAD, None)]),
            (PROGRAM, ".a[]", vec![(DONE, Some(""))]),
            (RUN, r#"{"a":["x",1.50]}"#, vec![(TEXT, Some("x")), (JSON, Some("1.50")), (DONE, Some(""))]),
            (RUN, r#"{"a":1}"#, vec![(FAILED, None)]),
            (RUN, "{", vec![(FAILED, None)]),
            (MATCH, r#"{"a":[null,1]}"#, vec![(JSON, Some("false")), (DONE, Some(""))]),
            (MATCH, r#"{"a":[1,null]}"#, vec![(JSON, Some("true")), (DONE, Some(""))]),
        ] {
            write_frame(&mut ours, tag, bytes.as_bytes()).unwrap();
            for (tag, wanted) in wanted {
                let (got, answer) = read_frame(&mut answers).unwrap();
                let answer = String::from_utf8(answer).unwrap();
                assert_eq!(char::from(got), char::from(tag), "{bytes}: {answer}");
                assert!(wanted.is_none_or(|wanted| wanted == answer), "{bytes}: {answer}");
            }
        }
        drop(ours);
        reading.join().unwrap();
        working.join().unwrap().unwrap();
        assert!(read_frame(&mut answers).is_err(), "nothing follows");
    }

    proptest! {
        #[test]
        fn a_written_frame_is_read_back_and_other_bytes_are_errors(
            tag: u8, bytes: Vec<u8>, cut in any::<prop::sample::Index>(), junk: Vec<u8>,
        ) {
            let mut written = Vec::new();
            write_frame(&mut written, tag, &bytes).unwrap();
            prop_assert_eq!(read_frame(&mut written.as_slice()).unwrap(), (tag, bytes));
            prop_assert!(read_frame(&mut &written[..cut.index(written.len())]).is_err());
            let _ = read_frame(&mut junk.as_slice());
        }
    }
}
