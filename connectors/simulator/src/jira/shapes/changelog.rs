//! Histories and their items.

use super::View;
use crate::world::jira::{Field, History, Item};
use serde_json::{Value, json};

impl View<'_> {
    /// One history.
    pub(crate) fn history(&self, history: &History) -> Value {
        let mut shape = json!({
            "id": history.id.to_string(), "created": self.time(history.created_at), "items": self.items(&history.items),
        });
        // A history by nobody has no author at all.
        if history.author.is_some() {
            shape["author"] = self.user(history.author.as_deref());
        }
        shape
    }

    /// What one history says.
    pub(crate) fn items(&self, items: &[Item]) -> Vec<Value> {
        items.iter().map(|i| self.item(i)).collect()
    }

    fn item(&self, item: &Item) -> Value {
        let (name, id) = item.field.names(self.edition);
        let is_custom = id.is_some_and(|id| id.starts_with("customfield_"));
        let known = |id: &Option<String>| match item.field {
            Field::Assignee => id.as_deref().map(|login| self.user_id(login)),
            Field::Team => id.as_deref().and_then(|id| id.parse().ok()).map(|id| self.team_id(id)),
            _ => id.clone(),
        };
        let mut shape = json!({
            "field": name, "fieldtype": if is_custom { "custom" } else { "jira" },
            "from": known(&item.from), "fromString": item.from_string,
            "to": known(&item.to), "toString": item.to_string,
        });
        if self.is_cloud() {
            if let Some(id) = id {
                shape["fieldId"] = json!(id);
            }
            if item.field == Field::Assignee {
                shape["tmpFromAccountId"] = shape["from"].clone();
                shape["tmpToAccountId"] = shape["to"].clone();
            }
        }
        shape
    }
}
