//! Whether what an alert rule names is there.

use super::{Control, Refusal};
use crate::Result;
use crate::alerts::{Condition, Rule};
use crate::delivery::Channel;
use pulse_engine::TenantId;

impl Control {
    /// Refuses a rule that names a connection, destination or member that is not there: it would never fire, or tell nobody. What goes
    /// later is told where the rule, or the delivery, fails.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], with the field; when the database fails.
    pub async fn check_alert_names(&self, tenant: &TenantId, rule: &Rule) -> Result<()> {
        let missing = |field, what: &str, name: &str| {
            Err(Refusal::invalid(field, format!("names the {what} `{}`, which is not there", name.escape_default()))
                .into())
        };
        if let Condition::Connection(of) = &rule.condition {
            for name in &of.names {
                if self.connection(tenant, name).await?.is_none() {
                    return missing("condition", "connection", name);
                }
            }
        }
        for channel in rule.channels() {
            match channel {
                Channel::Destination(name) if self.destination(tenant, name).await?.is_none() => {
                    return missing("to", "destination", name);
                }
                Channel::Notification(user) if self.member(tenant, user).await?.is_none_or(|member| !member.active) => {
                    return missing("to", "member", user);
                }
                Channel::Destination(_) | Channel::Notification(_) | Channel::Mail(_) | Channel::Store(_) => {}
            }
        }
        Ok(())
    }
}
