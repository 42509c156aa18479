//! Documents of the resources that `store` serves.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// Documents by URL path. A collection keeps its documents in order of creation.
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

    /// The document with this key in any collection whose path ends in `name`. A sticker, for
    /// example, can be requested by its id without its server's.
    pub fn find_anywhere(&self, name: &str, key: &str) -> Option<&Value> {
        self.collections.iter().filter(|(path, _)| last(path) == name).find_map(|(_, c)| c.get(key))
    }
}

/// The last segment of a path.
pub(super) fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}
