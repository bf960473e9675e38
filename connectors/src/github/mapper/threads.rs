//! Threads of reviews: comments on the code of a pull request.

use super::values::{present, time};
use super::{Work, part};
use crate::github::payload::Thread;
use pulse_engine::map::Reject;

/// The comments of all threads of a pull request. They are numbered apart from those on the pull request itself, below which they
/// stand.
pub(super) fn map(work: &mut Work<'_>, request: &str, threads: &[Thread]) -> Result<(), Reject> {
    for thread in threads {
        let id = work.id(&format!("{request}/threads/{}", present("reviewThreads.id", thread.id.as_deref())?));
        // What is of no submitted review yet is its author's alone.
        let told = thread.comments.0.iter().filter(|comment| comment.state.as_deref() != Some("PENDING"));
        for comment in told {
            let number = part("reviewThreads.comments.databaseId", comment.full_database_id, comment.database_id)?;
            let author = work.account(comment.author.as_ref());
            let row = work
                .part_row("comments", [request, "comments/review", &number.to_string()])?
                .set("subject_id", work.id(request))
                .set("author_id", author)
                .set("created_at", time(comment.created_at.as_deref()))
                .set("thread_id", id.clone())
                .set("is_resolved", thread.is_resolved);
            work.push(row)?;
        }
    }
    Ok(())
}
