//! Every table of the lake, declared once: its columns, key, partition, sort order, and a doc line for each.
//!
//! The Arrow schema, the Delta table, the push connector's checks, the SQL comments and `docs/data-model.md` all come
//! from these declarations. A column may be added at the end of a table at any time: files written before read as NULL.

mod audit;
mod core;
mod doc;
mod facts;
mod raw;

pub use self::audit::AUDIT;
pub use self::core::CORE;
pub use self::doc::data_model;
pub use self::facts::FACTS;
pub use self::raw::RAW;

use crate::lineage::Sha;
use crate::texts;
use crate::{Error, Result};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::common::HashMap;
use std::sync::{Arc, LazyLock, OnceLock};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// A list of texts.
    TextList,
    /// True or false.
    Bool,
    /// A 64-bit signed integer.
    Int,
    /// A 64-bit float.
    Float,
    /// A UTC instant in microseconds.
    Time,
    /// A calendar day.
    Date,
}

impl Kind {
    /// The Arrow type, the same in memory, in Parquet and in Delta.
    pub fn data_type(self) -> DataType {
        match self {
            Kind::Text => DataType::Utf8,
            Kind::TextList => DataType::List(Arc::new(Field::new("element", DataType::Utf8, true))),
            Kind::Bool => DataType::Boolean,
            Kind::Int => DataType::Int64,
            Kind::Float => DataType::Float64,
            Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::Date => DataType::Date32,
        }
    }

    /// The name that people read in docs and error messages.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::TextList => "list of text",
            Kind::Bool => "boolean",
            Kind::Int => "integer",
            Kind::Float => "float",
            Kind::Time => "timestamp",
            Kind::Date => "date",
        }
    }
}

/// Which texts a column may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Any.
    Any,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A commit's whole object id. An abbreviated one cannot be a place in the history: others may begin alike.
    ObjectId,
}

impl Form {
    /// What a text must be and is not; `None` when it fits.
    pub fn misfit(self, text: &str) -> Option<String> {
        match self {
            Form::OneOf(allowed) if !allowed.contains(&text) => {
                Some(format!("must be one of `{}`", allowed.join("`, `")))
            }
            Form::ObjectId if Sha::parse(text).is_none() => {
                Some("must be a commit's whole object id, 40 to 64 hexadecimal digits".to_owned())
            }
            _ => None,
        }
    }
}

/// One column of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    /// Its name, the same in SQL, API and page.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether a row without it is a reject.
    pub required: bool,
    /// Which texts it may hold.
    pub form: Form,
    /// What it means, with its unit.
    pub doc: &'static str,
    /// The thing that people know by it, and the column of the same row that holds that thing's id. A row policy shows it where it shows
    /// that thing.
    pub names: Option<Belonging>,
}

impl Column {
    const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, kind, required: false, form: Form::Any, doc, names: None }
    }
    const fn required(self) -> Self {
        Self { required: true, ..self }
    }
    const fn one_of(self, allowed: &'static [&'static str]) -> Self {
        Self { form: Form::OneOf(allowed), ..self }
    }
    const fn object_id(self) -> Self {
        Self { form: Form::ObjectId, ..self }
    }
    const fn naming(self, to: Thing, by: &'static str) -> Self {
        Self { names: Some(Belonging { to, by }), ..self }
    }

    /// Whether it says who did something, or whom it is of: its name says so.
    pub fn names_a_person(&self) -> bool {
        matches!(
            self.name,
            "author_id"
                | "committer_id"
                | "reviewer_id"
                | "assignee_id"
                | "reporter_id"
                | "lead_id"
                | "made_by"
                | "acknowledged_by"
                | "assigned_to"
                | "assigned_by"
        )
    }

    /// The core table whose `id` it holds, which its name says: `repository_id` is the id of one of `repositories`. Those
    /// that may hold the id of one of several tables, or name one by what it is to the row (`author_id`), say none.
    pub fn refers_to(&self) -> Option<&'static Entity> {
        let table = match self.name {
            "board_id" => "boards",
            "build_id" => "builds",
            "commit_id" => "commits",
            "component_id" => "components",
            "deployment_id" => "deployments",
            "identity_id" => "identities",
            "incident_id" => "incidents",
            "person_id" => "people",
            "project_id" | "sprint_project_id" => "projects",
            "pull_request_id" => "pull_requests",
            "repository_id" => "repositories",
            "sprint_id" => "sprints",
            "from_status_id" | "to_status_id" => "statuses",
            "owning_team_id" | "team_id" => "teams",
            "type_id" => "work_item_types",
            "version_id" => "versions",
            "work_item_id" => "work_items",
            _ => return None,
        };
        CORE.iter().copied().find(|entity| entity.name == table)
    }
}

const fn text(name: &'static str, doc: &'static str) -> Column {
    Column::new(name, Kind::Text, doc)
}
const fn texts(name: &'static str, doc: &'static str) -> Column {
    Column::new(name, Kind::TextList, doc)
}
const fn flag(name: &'static str, doc: &'static str) -> Column {
    Column::new(name, Kind::Bool, doc)
}
const fn int(name: &'static str, doc: &'static str) -> Column {
    Column::new(name, Kind::Int, doc)
}
const fn float(name: &'static str, doc: &'static str) -> Column {
    Column::new(name, Kind::Float, doc)
}
const fn time(name: &'static str, doc: &'static str) -> Column {
    Column::new(name, Kind::Time, doc)
}
const fn date(name: &'static str, doc: &'static str) -> Column {
    Column::new(name, Kind::Date, doc)
}

/// Which of the lake's three layers a table stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Payloads as they came.
    Raw,
    /// Mapped entities, one row a key.
    Core,
    /// Modelled facts.
    Facts,
    /// Who did what.
    Audit,
}

impl Layer {
    /// All that there are, in the order in which data take them.
    pub const ALL: [Layer; 4] = [Layer::Raw, Layer::Core, Layer::Facts, Layer::Audit];

    /// What stands in it.
    pub fn doc(self) -> &'static str {
        match self {
            Layer::Raw => "Payloads as they came, one table a connector.",
            Layer::Core => "Mapped entities, one row a key.",
            Layer::Facts => "Modelled facts, made from `core` alone.",
            Layer::Audit => "The tenant's trail, for whoever has `audit:read`.",
        }
    }

    /// The folder below the tenant's prefix, and the schema in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Layer::Raw => "raw",
            Layer::Core => "core",
            Layer::Facts => "facts",
            Layer::Audit => "audit",
        }
    }
}

/// What a row may belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A team.
    Team,
    /// A project.
    Project,
    /// A repository.
    Repository,
    /// A pull request.
    PullRequest,
    /// A work item.
    WorkItem,
    /// An incident.
    Incident,
}

impl Thing {
    /// Its name in a sentence.
    pub fn label(self) -> &'static str {
        match self {
            Thing::Team => "team",
            Thing::Project => "project",
            Thing::Repository => "repository",
            Thing::PullRequest => "pull request",
            Thing::WorkItem => "work item",
            Thing::Incident => "incident",
        }
    }
}

/// What a row belongs to, and how that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Belonging {
    /// What kind of thing it belongs to.
    pub to: Thing,
    /// The column that holds that thing's id.
    pub by: &'static str,
}

/// The declaration of a table.
#[derive(Debug)]
pub struct Entity {
    /// Its layer.
    pub layer: Layer,
    /// Its name in that layer.
    pub name: &'static str,
    /// What one row is.
    pub doc: &'static str,
    /// The columns that make a row unique.
    pub key: &'static [&'static str],
    /// The columns that its files are partitioned by.
    pub partition: &'static [&'static str],
    /// The order of rows within a file.
    pub sort: &'static [&'static str],
    /// What a row belongs to. A row policy shows it for any one of these, and shows nothing of a table without.
    pub belongs: &'static [Belonging],
    /// Its own columns, in order.
    columns: &'static [Column],
    /// Its Arrow schemas.
    schemas: Schemas,
}

impl PartialEq for Entity {
    /// Each is declared once.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// The Arrow schemas of a table, made when they are first asked for: a plan asks for them each time that it is gone through.
#[derive(Debug)]
struct Schemas {
    whole: OnceLock<SchemaRef>,
    stored: OnceLock<SchemaRef>,
    asked: OnceLock<SchemaRef>,
    asked_stored: OnceLock<SchemaRef>,
}

impl Schemas {
    const fn new() -> Self {
        Self { whole: OnceLock::new(), stored: OnceLock::new(), asked: OnceLock::new(), asked_stored: OnceLock::new() }
    }

    /// Every field is nullable, so that a later required column can be added to an old table.
    fn of<'c>(columns: impl Iterator<Item = &'c Column>) -> SchemaRef {
        Arc::new(Schema::new(columns.map(|c| Field::new(c.name, c.kind.data_type(), true)).collect::<Vec<_>>()))
    }
}

/// The columns that every core table ends with: where a row came from, and whether the vendor still has it. A row of which
/// nothing but its deletion was ever seen has its id, `connection`, `raw` and `deleted_at` alone.
const PROVENANCE: &[Column] = &[
    text("connection", "the connection that it came through, `connector:name`").required(),
    time("observed_at", "when the payload was read from the vendor; the newest wins").required(),
    text("raw", "its place in `raw`: `connector/batch/row`").required(),
    time("deleted_at", "when the vendor was last seen to be without it; NULL while it is there"),
];

impl Entity {
    /// Whether each of its rows is of a person: who sees no people sees nothing of it.
    pub fn is_of_people(&self) -> bool {
        match self.layer {
            Layer::Core => matches!(self.name, "people" | "identities" | "identity_overrides" | "team_members"),
            Layer::Facts => self.name == "people",
            Layer::Raw | Layer::Audit => false,
        }
    }

    /// All columns in order, with those that its layer adds.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().chain(self.provenance())
    }

    /// The columns that its layer adds.
    fn provenance(&self) -> &'static [Column] {
        if self.layer == Layer::Core { PROVENANCE } else { &[] }
    }

    /// The place of a column among all. It is looked for from `near` on: who names one after the other finds each at once.
    pub(crate) fn place(&self, name: &str, near: usize) -> Option<usize> {
        let (own, provenance) = (self.columns, self.provenance());
        let all = own.len() + provenance.len();
        let at = |place: usize| own.get(place).or_else(|| provenance.get(place - own.len()));
        (near..all).chain(0..near.min(all)).find(|place| at(*place).is_some_and(|column| column.name == name))
    }

    /// The columns that a source fills: all but those that the map step adds.
    pub fn own_columns(&self) -> &'static [Column] {
        self.columns
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns().find(|c| c.name == name)
    }

    /// The Arrow schema.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(self.schemas.whole.get_or_init(|| Schemas::of(self.columns())))
    }

    /// The same as questions read it: texts as views, but for those that it is partitioned by.
    pub(crate) fn asked_schema(&self) -> SchemaRef {
        let asked = || Arc::new(texts::viewed(&self.schema(), |name| self.partition.contains(&name)));
        Arc::clone(self.schemas.asked.get_or_init(asked))
    }

    /// The columns that its files store: all but those that they are partitioned by.
    pub fn file_schema(&self) -> SchemaRef {
        let stored = || Schemas::of(self.columns().filter(|c| !self.partition.contains(&c.name)));
        Arc::clone(self.schemas.stored.get_or_init(stored))
    }

    /// The same as questions read them.
    pub(crate) fn asked_file_schema(&self) -> SchemaRef {
        let asked = || Arc::new(texts::viewed(&self.file_schema(), |_| false));
        Arc::clone(self.schemas.asked_stored.get_or_init(asked))
    }

    /// `core/commits`, for example: the folder below the tenant's prefix.
    pub fn path(&self) -> String {
        format!("{}/{}", self.layer.name(), self.name)
    }
}

/// The core entity of that name.
///
/// # Errors
/// [`Error::UnknownEntity`], with the names that there are.
pub fn core(name: &str) -> Result<&'static Entity> {
    // Asked for each row that is mapped.
    static NAMED: LazyLock<HashMap<&str, &Entity>> =
        LazyLock::new(|| CORE.iter().map(|entity| (entity.name, *entity)).collect());
    NAMED.get(name).copied().map_or_else(|| named(CORE, name), Ok)
}

/// The fact of that name.
///
/// # Errors
/// [`Error::UnknownEntity`], with the names that there are.
pub fn fact(name: &str) -> Result<&'static Entity> {
    named(FACTS, name)
}

/// The core or facts table of that schema and name, when it is declared.
pub fn declared(schema: &str, name: &str) -> Option<&'static Entity> {
    CORE.iter().chain(FACTS).copied().find(|e| e.layer.name() == schema && e.name == name)
}

/// The declaration of a table as a session names it: that of all connectors' payloads behind any of the schema `raw`.
pub fn behind(schema: &str, name: &str) -> Option<&'static Entity> {
    match schema {
        "raw" => Some(&RAW),
        "audit" => (name == AUDIT.name).then_some(&AUDIT),
        _ => declared(schema, name),
    }
}

fn named(entities: &'static [&'static Entity], name: &str) -> Result<&'static Entity> {
    entities.iter().copied().find(|e| e.name == name).ok_or_else(|| Error::UnknownEntity {
        name: name.to_owned(),
        known: entities.iter().map(|e| e.name).collect::<Vec<_>>().join(", "),
    })
}

/// One table before and after a column was added to it.
#[cfg(test)]
pub(crate) mod testing {
    use super::{Entity, Layer, Schemas, int, text};

    const fn grown(columns: &'static [super::Column]) -> Entity {
        Entity {
            layer: Layer::Facts,
            name: "grown",
            doc: "-",
            key: &["id"],
            partition: &[],
            sort: &["id"],
            belongs: &[],
            columns,
            schemas: Schemas::new(),
        }
    }
    pub(crate) static BEFORE: Entity = grown(&[text("id", "-").required()]);
    pub(crate) static AFTER: Entity = grown(&[text("id", "-").required(), int("later", "-")]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_declaration_is_whole() {
        for entity in CORE.iter().chain(FACTS).chain([&&RAW, &&AUDIT]) {
            let names: Vec<_> = entity.columns().map(|c| c.name).collect();
            assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len(), "{} repeats a column", entity.name);
            let belongs = entity.belongs.iter().map(|belonging| belonging.by);
            let named: Vec<_> =
                entity.columns().filter_map(|column| column.names.map(|named| (column, named.by))).collect();
            // In the place of a name that is not shown stands NULL.
            assert!(named.iter().all(|(column, _)| column.kind == Kind::Text && !column.required), "{}", entity.name);
            let belongs = belongs.chain(named.into_iter().map(|(_, by)| by));
            for used in entity.key.iter().chain(entity.partition).chain(entity.sort).copied().chain(belongs) {
                assert!(names.contains(&used), "{} has no column {used}", entity.name);
            }
            assert!(!entity.key.is_empty() && !entity.doc.is_empty());
            let people = ["the identity", "an identity", "facts.people", "who decided"];
            let named = |c: &&Column| people.iter().any(|people| c.doc.contains(people)) || c.doc == "who";
            let forgotten: Vec<_> = entity.columns().filter(named).filter(|c| !c.names_a_person()).collect();
            assert!(entity.is_of_people() || forgotten.is_empty(), "{}: {forgotten:?} name people", entity.name);
            assert!(entity.columns().all(|c| !c.doc.is_empty()), "{} has a column without a doc line", entity.name);
            let (whole, stored) = (entity.schema(), entity.file_schema());
            assert!(Arc::ptr_eq(&whole, &entity.schema()) && Arc::ptr_eq(&stored, &entity.file_schema()));
            assert_eq!(whole.fields().len(), names.len());
            assert!(entity.partition.iter().all(|name| stored.field_with_name(name).is_err()), "{}", entity.name);
        }
    }

    #[test]
    fn a_column_that_ends_in_id_says_whose_it_is_or_may_hold_several_kinds() {
        const SEVERAL: &[&str] = &[
            "assignee_id",
            "author_id",
            "committer_id",
            "from_id",
            "home_id",
            "lead_id",
            "member_id",
            "parent_id",
            "previous_id",
            "repairs_id",
            "reporter_id",
            "reviewer_id",
            "scope_id",
            "subject_id",
            "thread_id",
            "to_id",
        ];
        for column in CORE.iter().chain(FACTS).flat_map(|entity| entity.columns()) {
            match column.refers_to() {
                Some(entity) => assert_eq!((entity.key, column.kind), (&["id"][..], Kind::Text), "{}", column.name),
                None => assert!(!column.name.ends_with("_id") || SEVERAL.contains(&column.name), "{}", column.name),
            }
        }
    }
}
