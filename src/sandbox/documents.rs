//! Documents without a behaviour of their own.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// Collections by their path, documents by their key, in the order of their creation.
#[derive(Default)]
pub(super) struct Documents {
    pub collections: HashMap<String, Map<String, Value>>,
    pub singles: HashMap<String, Map<String, Value>>,
}

impl Documents {
    pub fn collection(&self, path: &str) -> Vec<Value> {
        self.collections.get(path).map(|c| c.values().cloned().collect()).unwrap_or_default()
    }

    pub fn put(&mut self, path: &str, key: &str, document: Value) {
        self.collections.entry(path.to_owned()).or_default().insert(key.to_owned(), document);
    }

    /// A document of any collection of that name: a sticker is found by its id alone.
    pub fn find_anywhere(&self, name: &str, key: &str) -> Option<&Value> {
        self.collections.iter().filter(|(path, _)| last(path) == name).find_map(|(_, c)| c.get(key))
    }
}

/// The last part of a path.
pub(super) fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}
