//! How something is handed over, and to whom.

use crate::Result;
use crate::control::Refusal;
use crate::mapping::TRIALS;
use crate::reports::{FOLDER, FONTS};
use lettre::Address;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How something is handed over, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Kept in the notifications of a member, by the user's key.
    Notification(String),
    /// By e-mail to an address.
    Mail(String),
    /// To a destination that the tenant set, by its name: a webhook, or a chat.
    Destination(String),
    /// As files in the tenant's own storage, at a path such as `reports/{date}/{name}`: `{date}` is the day in UTC on which it was asked
    /// for, `{id}` the delivery, `{name}` the file.
    Store(String),
}

/// What a destination is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DestinationKind {
    /// A program of the tenant's, which is posted JSON that is signed.
    Webhook,
    /// An incoming webhook of Slack's form, which others take, too.
    Slack,
    /// An incoming webhook of Teams' form.
    Teams,
}

impl DestinationKind {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            DestinationKind::Webhook => "webhook",
            DestinationKind::Slack => "slack",
            DestinationKind::Teams => "teams",
        }
    }
}

impl Channel {
    /// Refuses what can be no recipient. Whether there is such a member or destination is found when it is handed over.
    ///
    /// # Errors
    /// [`Refusal::Invalid`].
    pub fn check(&self) -> Result<()> {
        let wrong = |reason: &str| Err(Refusal::invalid("channel", reason).into());
        match self {
            Channel::Notification(user) if user.is_empty() || user.len() > 100 => wrong("should name a user's key"),
            Channel::Mail(address) if !address.is_ascii() || address.parse::<Address>().is_err() => {
                wrong("should name an e-mail address such as ada@example.com, in ASCII")
            }
            Channel::Destination(name) if name.is_empty() || name.len() > 63 => wrong("should name a destination"),
            Channel::Store(path) if path.split('/').next() == Some(FOLDER) => {
                wrong("should name a path elsewhere: reports are kept there, and removed when their time is over")
            }
            Channel::Store(path) if path.split('/').next() == Some(FONTS) => {
                wrong("should name a path elsewhere: the tenant's fonts are there")
            }
            Channel::Store(path) if path.split('/').next() == Some(TRIALS) => {
                wrong("should name a path elsewhere: what trials of a mapping found is there, and removed after a day")
            }
            Channel::Store(path) if path.is_empty() || path.len() > 300 || path.contains("..") => {
                wrong("should name a path such as reports/{date}/{name}")
            }
            _ => Ok(()),
        }
    }

    /// Whether whoever gets it folds repeats by the key, so that it may be sent again where nobody knows whether it arrived: a
    /// notification is kept in the commit that notes it, a file is written over itself, a webhook has an idempotency key. A
    /// mail's `Message-ID` is folded by some and not by all, and a chat folds nothing: `chat` tells whether a destination is one.
    pub(crate) fn folds(&self, chat: bool) -> bool {
        match self {
            Channel::Notification(_) | Channel::Store(_) => true,
            Channel::Destination(_) => !chat,
            Channel::Mail(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_written_plainly_and_one_to_nobody_is_refused() {
        let mail: Channel = serde_json::from_str(r#"{"mail": "ada@example.com"}"#).unwrap();
        assert_eq!(mail, Channel::Mail("ada@example.com".into()));
        mail.check().unwrap();
        for bad in [
            Channel::Mail("ada".into()),
            Channel::Mail("a@b\r\nRCPT TO:<c@d>".into()),
            Channel::Mail("ädä@example.com".into()),
            Channel::Notification(String::new()),
            Channel::Store("../x".into()),
            Channel::Store("kept-reports/{name}".into()),
            Channel::Store("kept-fonts/regular".into()),
            Channel::Store("trials/{name}".into()),
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }
}
