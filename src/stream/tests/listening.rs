//! Runs `listen` with a pipeline in a task, and collects its output.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::peer::within;
use crate::gateway::{self, Command, End, Options, listen};
use crate::model::Clock;
use crate::stream::{Batch, Delivery, Error, Failures, InMemory, Lines, Pipeline, SessionStore, Sink, Undelivered};

/// The output so far.
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

impl Sink for Out {
    fn deliver(&mut self, batch: &Batch, _: &mut Failures) -> Result<(), Undelivered> {
        self.write_all(&batch.bytes).map_err(|error| Undelivered { delivered: 0, cause: error.into() })
    }
}

impl Out {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The names of the events, including dcord's own lines.
    pub fn names(&self) -> Vec<String> {
        let name = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["t"].as_str().unwrap().to_owned()
        };
        self.text().lines().map(name).collect()
    }
}

/// The options of a test's listener.
pub struct Setup {
    pub options: Options,
    pub meta: bool,
    pub count: Option<u64>,
    pub store: Arc<dyn SessionStore>,
}

impl From<Options> for Setup {
    fn from(options: Options) -> Self {
        Self { options, meta: false, count: None, store: Arc::new(InMemory::default()) }
    }
}

/// The results of the gateway and of the pipeline.
#[derive(Debug)]
pub struct Ended {
    pub gateway: Result<End, gateway::Error>,
    pub delivery: Result<Delivery, Error>,
}

pub struct Listening {
    pub out: Out,
    pub stop: watch::Sender<bool>,
    pub commands: mpsc::Sender<Command>,
    pub task: JoinHandle<Ended>,
}

impl Listening {
    pub fn start(setup: impl Into<Setup>) -> Self {
        let out = Out::default();
        Self::start_into(setup, out.clone(), Box::new(out))
    }

    pub fn start_into(setup: impl Into<Setup>, out: Out, sink: Box<dyn Sink>) -> Self {
        let Setup { options, meta, count, store } = setup.into();
        let (stop, stopped) = watch::channel(false);
        let (commands, receiver) = mpsc::channel(8);
        let failures = Failures::new(Box::new(|_| {}), None);
        let pipeline = Pipeline::start(sink, failures, store).unwrap();
        let lines = Arc::new(Lines::new(pipeline.clone(), meta, count, Clock::system()));
        let task = tokio::spawn(async move {
            let gateway = listen(options, lines, receiver, stopped).await;
            Ended { gateway, delivery: pipeline.finish(watch::channel(false).1).await }
        });
        Self { out, stop, commands, task }
    }

    pub async fn end(self) -> (Ended, Out) {
        (within(self.task).await.unwrap(), self.out)
    }
}
