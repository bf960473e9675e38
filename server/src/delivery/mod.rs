//! Deliveries: one thing, handed to one recipient by one channel, once.
//!
//! Whoever has something to hand over makes a [`Parcel`] and names the [`Channel`]s that it goes by;
//! [`crate::control::Control::deliver`] keeps both in one commit, with the jobs of the kind `deliver` that hand it over. A parcel
//! has a key: made again under the same key, it is delivered to nobody twice.
//!
//! [`Delivers`] is the work of those jobs. Leases, turns and dead letters are the queue's ([`crate::jobs`]); when something is
//! tried again, and how often, is `state`'s. What a try came to is an [`Ending`]: where nobody knows whether it arrived, it is tried
//! again where the receiver folds repeats by the key, and by a person alone where it does not. That holds for a worker that dies, too:
//! before the first byte of what nobody folds goes out, it is noted that it does ([`crate::control::Control::delivery_goes_out`]).
//!
//! A large parcel's files are put into the tenant's own storage first (`TenantLake::put_file`), and named by [`Content::File`].

mod base64_bytes;
mod channel;
mod chat;
mod job;
mod letter;
mod mail;
mod parcel;
mod state;
mod stored;
mod webhook;

pub use channel::{Channel, DestinationKind};
pub use job::Delivers;
pub use mail::{Mail, Patience};
pub(crate) use parcel::short;
pub use parcel::{Attachment, Content, MOST_BYTES, MOST_INLINE, MOST_PAGE, Parcel, one_line};
pub use state::{DeliveryState, Ending, Event, MOST_TRIES, Next};
