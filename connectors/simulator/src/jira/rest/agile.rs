//! Boards and sprints.

use super::Question;
use super::page::Page;
use crate::answer::Answer;
use crate::world::jira::{Board, BoardKind, Sprint};
use serde_json::{Value, json};

/// Pages are no larger than this.
const LARGEST: usize = 50;

pub(super) fn answer(question: &Question<'_>, rest: &[&str]) -> Answer {
    match rest {
        ["board"] => boards(question),
        ["board", id, rest @ ..] => {
            let Some(board) = board(question, id) else {
                return Answer::error(
                    404,
                    &format!(
                        "The requested board cannot be viewed because it either does not exist or you do not have permission to view it. (board {id})"
                    ),
                );
            };
            match rest {
                [] => Answer::json(200, question.view.board(board)),
                ["sprint"] => sprints(question, board),
                ["configuration"] => Answer::json(200, question.view.board_configuration(board)),
                _ => Answer::nowhere(&question.asked.path),
            }
        }
        ["sprint", id] => {
            let found = id.parse().ok().and_then(|id: i64| question.view.site().sprints.get(&id));
            let seen = found.filter(|s| board(question, &s.board.to_string()).is_some());
            seen.map_or_else(
                || Answer::error(404, "Sprint does not exist or you do not have permission to view it."),
                |sprint| Answer::json(200, question.view.agile_sprint(sprint)),
            )
        }
        _ => Answer::nowhere(&question.asked.path),
    }
}

fn board<'a>(question: &Question<'a>, id: &str) -> Option<&'a Board> {
    let board = question.view.site().boards.get(&id.parse().ok()?)?;
    question.token.sees_id(question.view.world, board.project).then_some(board)
}

/// Boards that may be seen, perhaps those of a kind or of a project alone.
fn boards(question: &Question<'_>) -> Answer {
    let site = question.view.site();
    let kind = question.asked.parameter("type");
    let project = question.asked.parameter("projectKeyOrId");
    let fits = |b: &&Board| {
        let name = if b.kind == BoardKind::Scrum { "scrum" } else { "kanban" };
        let of_kind = kind.as_ref().is_none_or(|k| k == name);
        let of_project = project.as_ref().is_none_or(|p| site.project(p).is_some_and(|found| b.shows(found.id)));
        of_kind && of_project && question.token.sees_id(question.view.world, b.project)
    };
    let all: Vec<&Board> = site.boards.values().filter(fits).collect();
    listed(question, &all, |b| question.view.board(b))
}

/// Sprints of a board, in the order in which they were made.
fn sprints(question: &Question<'_>, board: &Board) -> Answer {
    if board.kind == BoardKind::Kanban {
        return Answer::error(400, "The board does not support sprints");
    }
    let states = question.asked.list("state");
    let fits = |s: &&Sprint| s.board == board.id && (states.is_empty() || states.iter().any(|w| w == s.state.name()));
    let all: Vec<&Sprint> = question.view.site().sprints.values().filter(fits).collect();
    listed(question, &all, |s| question.view.agile_sprint(s))
}

fn listed<T>(question: &Question<'_>, all: &[&T], shape: impl Fn(&T) -> Value) -> Answer {
    let page = Page::of(question, LARGEST, LARGEST);
    let values: Vec<Value> = page.cut(all).iter().map(|one| shape(one)).collect();
    Answer::json(
        200,
        json!({
            "maxResults": page.size, "startAt": page.start, "total": all.len(), "isLast": page.is_last(all.len()),
            "values": values,
        }),
    )
}
