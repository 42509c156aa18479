//! A `listen` in a task, and what it writes.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::peer::within;
use crate::gateway::{Command, Error, LineSink, Options, Summary, listen};

/// Lines as they come out.
#[derive(Clone, Default)]
pub struct Out(Arc<Mutex<Vec<u8>>>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Out {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The names of the events, dcord's own among them.
    pub fn names(&self) -> Vec<String> {
        let name = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["t"].as_str().unwrap().to_owned()
        };
        self.text().lines().map(name).collect()
    }
}

pub struct Listening {
    pub out: Out,
    pub stop: watch::Sender<bool>,
    pub commands: mpsc::Sender<Command>,
    pub task: JoinHandle<Result<Summary, Error>>,
}

impl Listening {
    pub fn start(options: Options) -> Self {
        let out = Out::default();
        Self::start_into(options, out.clone(), Box::new(out))
    }

    pub fn start_into(options: Options, out: Out, sink: Box<dyn LineSink>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let (commands, receiver) = mpsc::channel(8);
        let task = tokio::spawn(listen(options, sink, receiver, stopped));
        Self { out, stop, commands, task }
    }

    pub async fn end(self) -> (Result<Summary, Error>, Out) {
        (within(self.task).await.unwrap(), self.out)
    }
}
