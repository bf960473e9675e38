//! Former names, and what goes by another one today.

use std::collections::{BTreeMap, BTreeSet};

/// Names that nothing goes by any more, each with the name of today of the one thing that went by it. Upper and lower case are alike in the
/// former.
#[derive(Clone, Debug, Default, Hash, PartialEq, Eq)]
pub(super) struct Renamed {
    now: BTreeMap<String, String>,
    former: BTreeMap<String, BTreeSet<String>>,
}

impl Renamed {
    /// A former name, and the name of today.
    pub(super) fn note(&mut self, former: &str, now: &str) {
        let former = former.to_lowercase();
        self.former.entry(now.to_owned()).or_default().insert(former.clone());
        self.now.insert(former, now.to_owned());
    }

    /// What is called otherwise today, of a former name.
    pub(super) fn now(&self, former: &str) -> Option<&str> {
        // Names are many, and hardly ever is anything renamed.
        if self.now.is_empty() {
            return None;
        }
        self.now.get(&former.to_lowercase()).map(String::as_str)
    }

    /// The former names, in lower case, of what is called so today.
    pub(super) fn former(&self, now: &str) -> impl Iterator<Item = &str> {
        self.former.get(now).into_iter().flatten().map(String::as_str)
    }
}
