//! Documents opened before, newest first.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Most documents remembered.
const MOST: usize = 10;

/// Documents opened before, newest first, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Recent {
    paths: Vec<PathBuf>,
}

impl Recent {
    /// The documents, newest first.
    #[must_use]
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// Puts a document to the front.
    pub fn add(&mut self, path: PathBuf) {
        self.forget(&path);
        self.paths.insert(0, path);
        self.paths.truncate(MOST);
    }

    /// Takes a document off the list.
    pub fn forget(&mut self, path: &Path) {
        self.paths.retain(|one| one != path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_comes_first_and_none_twice() {
        let mut recent = Recent::default();
        for name in ["a", "b", "a"] {
            recent.add(PathBuf::from(name));
        }
        assert_eq!(recent.paths(), [PathBuf::from("a"), PathBuf::from("b")]);
        for number in 0..50 {
            recent.add(PathBuf::from(number.to_string()));
        }
        assert_eq!(recent.paths().len(), MOST);
        assert_eq!(recent.paths()[0], PathBuf::from("49"));
    }
}
