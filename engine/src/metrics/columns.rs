//! What the columns of the metrics' views mean.

/// Each column that a view may have.
const COLUMNS: &[(&str, &str)] = &[
    ("at", "the instant that places it in a period; of a stay, when it began"),
    ("left_at", "when the stay ended; NULL while it lasts"),
    ("repository_id", "its repository; NULL when it belongs to none"),
    ("project_id", "its project; of several that its repository belongs to the first by id"),
    ("team_id", "the team of whoever made it, as the metric says; NULL when it belongs to none"),
    ("owning_team_id", "the team that owns its project; NULL when none does"),
    ("class", "where the effort goes: `feature`, `defect`, `debt`, `unplanned` or `unclassified`"),
    ("kind", "the work item's type, as its source names it"),
    ("severity", "its severity, as the source names it"),
    ("stage", "its stage of flow, or where stages are not mapped the category of its status"),
    ("subject_id", "the row of evidence that it comes from"),
    ("sprint_id", "the sprint that it is in"),
    ("value", "what was measured, in the metric's unit"),
    ("numerator", "its part of what is divided"),
    ("denominator", "its part of what that is divided by"),
    ("open", "whether it is not finished, and so not counted"),
    ("excluded", "why it is not counted; NULL when it is"),
    ("lacks", "what it lacks to be known, of a share that tells how much is; NULL when nothing"),
];

/// What a column of a metric's view means.
pub fn meaning(column: &str) -> Option<&'static str> {
    COLUMNS.iter().find(|(name, _)| *name == column).map(|(_, meaning)| *meaning)
}
