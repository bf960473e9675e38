//! The file of a report, as it goes out: whole, or not at all. One that is gone, or is not what was made, is made again.

use super::{App, Problem};
use crate::Error;
use crate::audit::Asked;
use crate::control::{Control, Report, ReportState};
use crate::reports::{DAMAGED, FileFormat, GONE};
use crate::secret::hex;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use pulse_engine::TenantId;
use sha2::{Digest as _, Sha256};

/// Hands over the file of a report to somebody who may have it, and tells the trail how that goes, where it is to know. A long file goes a
/// part at a time, and its end only once all of it is known to be what was made.
pub(super) async fn handed_over(
    app: &App,
    tenant: &TenantId,
    report: &Report,
    mut asked: Option<Asked>,
) -> Result<Response, Problem> {
    let (Some(file), Some(sum), ReportState::Ready) = (&report.file, &report.sum, report.state) else {
        return Err(missing(&format!("its state says why ({})", report.reason)));
    };
    let again = Again {
        control: app.access.control.clone(),
        tenant: tenant.clone(),
        report: report.id.clone(),
        file: file.clone(),
    };
    let Some((bytes, parts)) = app.engine.tenant(tenant).lake().file_parts(file).await? else {
        return Err(again.asked_for(GONE).await?);
    };
    if report.bytes != i64::try_from(bytes).ok() {
        return Err(again.asked_for(DAMAGED).await?);
    }
    let mut whole = Whole::new(parts, sum);
    let first = match whole.next().await? {
        Next::Part(part) => part,
        Next::End => Bytes::new(),
        Next::Damaged => return Err(again.asked_for(DAMAGED).await?),
    };
    if let Some(asked) = &mut asked {
        asked.is_known().await?;
    }
    // A picture is shown where it is linked to. Names are plain: a definition's, a day and a table's.
    let how = if report.format == FileFormat::Png { "inline" } else { "attachment" };
    let disposition = HeaderValue::from_str(&format!("{how}; filename=\"{}\"", report.file_name()));
    let disposition = disposition.map_err(|_| Problem::invalid("the report's name is no header"))?;
    let kind = HeaderValue::from_static(report.format.media_type(report.table.as_deref()));
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_LENGTH, HeaderValue::from(bytes)),
    ];
    let going = Going { first: Some(first), whole, again, asked };
    Ok((headers, Body::from_stream(stream::try_unfold(going, Going::next))).into_response())
}

fn missing(why: &str) -> Problem {
    Problem::not_found(format!("this report has no file now: {why}"))
}

/// What has a report made again whose file is not what was made.
struct Again {
    control: Control,
    tenant: TenantId,
    report: String,
    file: String,
}

impl Again {
    /// Has it made again; what whoever wants the file is told.
    async fn asked_for(&self, why: &str) -> crate::Result<Problem> {
        self.control.make_again(&self.tenant, (&self.report, &self.file), why).await?;
        Ok(missing(&format!("{why}, and is there once the report's state is `ready`")))
    }
}

/// A file on its way out.
struct Going {
    /// What was read of it before anything was answered.
    first: Option<Bytes>,
    whole: Whole,
    again: Again,
    asked: Option<Asked>,
}

impl Going {
    async fn next(mut self) -> crate::Result<Option<(Bytes, Self)>> {
        let next = match self.first.take() {
            Some(part) => Next::Part(part),
            None => self.whole.next().await?,
        };
        match next {
            Next::Part(part) => {
                if let Some(asked) = &mut self.asked {
                    asked.gives(0, part.len());
                    // Nobody asks for what comes after the last of it.
                    if self.whole.is_over {
                        asked.ends();
                    }
                }
                Ok(Some((part, self)))
            }
            Next::End => Ok(None),
            Next::Damaged => {
                self.again.asked_for(DAMAGED).await?;
                Err(Error::Data("the file of a report is not what was made: it breaks off".to_owned()))
            }
        }
    }
}

/// The parts of a file. The last is held back until the sum of all of them is known to be the file's.
struct Whole {
    parts: BoxStream<'static, pulse_engine::Result<Bytes>>,
    held: Option<Bytes>,
    sum: Sha256,
    expected: String,
    /// Whether all of it was read.
    is_over: bool,
}

/// What comes next of a file.
#[derive(Debug, PartialEq)]
enum Next {
    Part(Bytes),
    End,
    /// It is not what was made.
    Damaged,
}

impl Whole {
    fn new(parts: BoxStream<'static, pulse_engine::Result<Bytes>>, expected: &str) -> Self {
        Self { parts, held: None, sum: Sha256::new(), expected: expected.to_owned(), is_over: false }
    }

    async fn next(&mut self) -> crate::Result<Next> {
        while !self.is_over {
            match self.parts.next().await.transpose()? {
                Some(part) => {
                    self.sum.update(&part);
                    if let Some(before) = self.held.replace(part) {
                        return Ok(Next::Part(before));
                    }
                }
                None => {
                    self.is_over = true;
                    if hex(self.sum.finalize_reset()) != self.expected {
                        self.held = None;
                        return Ok(Next::Damaged);
                    }
                }
            }
        }
        Ok(self.held.take().map_or(Next::End, Next::Part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::sum;

    fn whole(parts: &[&'static str], expected: &str) -> Whole {
        let parts: Vec<_> = parts.iter().map(|part| Ok(Bytes::from_static(part.as_bytes()))).collect();
        Whole::new(stream::iter(parts).boxed(), expected)
    }

    #[tokio::test]
    async fn the_end_of_a_file_comes_once_all_of_it_is_what_was_made_and_never_where_it_is_not() {
        let part = |text: &'static str| Next::Part(Bytes::from_static(text.as_bytes()));
        let mut good = whole(&["one", "two", "three"], &sum("onetwothree"));
        assert_eq!((good.next().await.unwrap(), good.is_over), (part("one"), false));
        assert_eq!((good.next().await.unwrap(), good.is_over), (part("two"), false));
        assert_eq!((good.next().await.unwrap(), good.is_over), (part("three"), true));
        assert_eq!(good.next().await.unwrap(), Next::End);
        let mut short = whole(&["one"], &sum("one"));
        assert_eq!((short.next().await.unwrap(), short.is_over), (part("one"), true));
        assert_eq!(whole(&[], &sum("")).next().await.unwrap(), Next::End);
        let mut bad = whole(&["one", "two", "three"], &sum("onetwofour"));
        assert_eq!(bad.next().await.unwrap(), part("one"));
        assert_eq!(bad.next().await.unwrap(), part("two"));
        assert_eq!((bad.next().await.unwrap(), bad.next().await.unwrap()), (Next::Damaged, Next::End));
        assert_eq!(whole(&["on"], &sum("one")).next().await.unwrap(), Next::Damaged);
    }
}
