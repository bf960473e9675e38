//! Users.

use super::View;
use crate::world::jira::User;
use serde_json::{Value, json};

impl View<'_> {
    /// A user by login; nobody is null.
    pub(crate) fn user(&self, login: Option<&str>) -> Value {
        login.and_then(|l| self.site().users.get(l)).map_or(Value::Null, |u| self.known_user(u))
    }

    /// A user.
    pub(crate) fn known_user(&self, user: &User) -> Value {
        let picture = |size: u32| format!("{}/secure/useravatar?avatarId=10122&s={size}", self.base);
        let pictures = json!({"48x48": picture(48), "24x24": picture(24), "16x16": picture(16), "32x32": picture(32)});
        if !self.is_cloud() {
            return json!({
                "self": self.link(&format!("user?username={}", user.login)),
                "name": user.login, "key": user.key, "emailAddress": user.email, "avatarUrls": pictures,
                "displayName": user.display_name, "active": user.is_active, "timeZone": self.zone.name(),
            });
        }
        let mut shape = json!({
            "self": self.link(&format!("user?accountId={}", user.account_id)),
            "accountId": user.account_id, "avatarUrls": pictures, "displayName": user.display_name,
            "active": user.is_active, "timeZone": self.zone.name(), "accountType": "atlassian",
        });
        if user.shows_email {
            shape["emailAddress"] = json!(user.email);
        }
        shape
    }

    /// What a user is known by to who asks: the account id, or the key.
    pub(super) fn user_id(&self, login: &str) -> String {
        let known = self.site().users.get(login);
        known.map_or(login, |u| if self.is_cloud() { &u.account_id } else { &u.key }).to_owned()
    }

    /// The token's owner.
    pub(crate) fn myself(&self, user: &User) -> Value {
        let mut shape = self.known_user(user);
        shape["emailAddress"] = json!(user.email);
        shape["locale"] = json!("en_US");
        shape["groups"] = json!({"size": 1, "items": []});
        shape["applicationRoles"] = json!({"size": 1, "items": []});
        shape["expand"] = json!("groups,applicationRoles");
        shape
    }
}
