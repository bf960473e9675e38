//! Answers that are kept, and given again for as long as the tables that they were made of stand.
//!
//! An answer is looked up by all that it depends on but the tables: whose data, as seen by whom, the statement with its values,
//! and the limits. So nobody gets one that was made for somebody who sees other rows; and whoever sees some rows only gets those
//! that they asked for themselves ([`reader`]). Before one is given, the versions of its tables are looked at, as any query would.

use super::{Question, reader};
use crate::secret::sum;
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use parking_lot::Mutex;
use pulse_engine::lake::Versions;
use pulse_engine::session::{Limits, Statement};
use pulse_engine::{Policy, Rows, Tenant, TenantId};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The most answers that are kept, however small they are.
const MOST: usize = 4_096;
/// An answer may take this part of all that is kept.
const PART: usize = 8;
/// For how long an answer that nobody asks for is kept.
const UNUSED: Duration = Duration::from_secs(600);
/// What an answer takes beside its rows and its text, in bytes.
const BESIDE: usize = 1_024;

/// What an answer depends on, beside the tables.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    tenant: TenantId,
    audit: bool,
    policy: Policy,
    reader: Option<String>,
    /// The statements of the tenant's own metrics, which stand for their names, as a sum.
    own: String,
    statement: Statement,
    /// The types of its values: one instant in two zones is equal, and the day that it is of is not.
    types: Vec<DataType>,
    limits: Limits,
}

impl Key {
    pub(super) fn of(question: &Question) -> Self {
        let Question { tenant, asker, statement, limits, .. } = question;
        Self::new((tenant, asker), statement.clone(), *limits)
    }

    fn new((tenant, asker): (&Tenant, &str), statement: Statement, limits: Limits) -> Self {
        let own = tenant.own().iter().fold(String::new(), |all, own| all + &own.name + "\0" + &own.sql + "\0");
        Self {
            tenant: tenant.id().clone(),
            audit: tenant.sees_audit(),
            policy: tenant.policy().clone(),
            reader: reader(tenant.policy(), asker),
            own: sum(own),
            types: statement.parameters().types(),
            statement,
            limits,
        }
    }

    fn bytes(&self) -> usize {
        let policy = match self.policy.rows() {
            Rows::Everything => 0,
            Rows::Only { teams, projects } => teams.iter().chain(projects).map(|id| id.len() + 24).sum(),
        };
        let types = self.types.len() * size_of::<DataType>();
        let reader = self.reader.as_ref().map_or(0, String::len);
        self.statement.text().len() + self.statement.parameters().bytes() + types + policy + reader
    }
}

/// An answer.
pub(super) struct Kept {
    pub(super) schema: SchemaRef,
    pub(super) batches: Vec<RecordBatch>,
    /// The hash of the plan that computed it.
    pub(super) plan: String,
    versions: Versions,
    bytes: usize,
}

/// An answer that is being gathered.
#[derive(Default)]
pub(super) struct Filling {
    batches: Vec<RecordBatch>,
    bytes: usize,
}

impl Filling {
    /// Takes some rows; false when they are too many.
    pub(super) fn takes(&mut self, batch: &RecordBatch, most: usize) -> bool {
        // What a batch shares with others is counted for each: too much is better than too little.
        self.bytes = self.bytes.saturating_add(batch.get_array_memory_size());
        if self.bytes > most {
            return false;
        }
        self.batches.push(batch.clone());
        true
    }

    pub(super) fn whole(self, schema: SchemaRef, plan: String, versions: Versions) -> Kept {
        Kept { schema, batches: self.batches, plan, versions, bytes: self.bytes + BESIDE }
    }
}

/// The answers that are kept, up to so many bytes. Beyond that, whichever tenant has most loses the one that it did not ask for the longest.
pub(super) struct Cache {
    most: AtomicUsize,
    all: Mutex<All>,
}

#[derive(Default)]
struct All {
    by_key: HashMap<Arc<Key>, (Arc<Kept>, Instant)>,
    of: HashMap<TenantId, Share>,
    bytes: usize,
}

/// What a tenant has of it.
#[derive(Default)]
struct Share {
    answers: usize,
    bytes: usize,
}

impl Cache {
    /// Keeps answers of so many bytes together; of none, when it is 0.
    pub(super) fn new(most: usize) -> Self {
        Self { most: AtomicUsize::new(most), all: Mutex::default() }
    }

    /// Keeps answers of so many bytes from now on.
    pub(super) fn changes(&self, most: usize) {
        self.most.store(most, Ordering::Relaxed);
        self.all.lock().prune(most);
    }

    fn most(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }

    /// How many bytes are kept, and how many may be.
    pub(super) fn bytes(&self) -> (usize, usize) {
        (self.all.lock().bytes, self.most())
    }

    /// How many bytes the rows of one answer may take.
    pub(super) fn most_of_one(&self) -> usize {
        self.most() / PART
    }

    /// An answer that holds now.
    pub(super) async fn find(&self, key: &Key, tenant: &Tenant) -> Option<Arc<Kept>> {
        let kept = {
            let mut all = self.all.lock();
            // What nobody asks for does not stay because nobody asks for anything new.
            all.prune(self.most());
            let (kept, used) = all.by_key.get_mut(key)?;
            *used = Instant::now();
            Arc::clone(kept)
        };
        match tenant.stands(&kept.versions).await {
            Ok(true) => Some(kept),
            Ok(false) => {
                let mut all = self.all.lock();
                if all.by_key.get(key).is_some_and(|(now, _)| Arc::ptr_eq(now, &kept)) {
                    all.forget(key);
                }
                None
            }
            Err(error) => {
                tracing::debug!(%error, "whether a kept answer holds is not known: it is computed anew");
                None
            }
        }
    }

    /// Forgets all of a tenant's.
    pub(super) fn forget(&self, tenant: &TenantId) {
        let mut all = self.all.lock();
        let theirs: Vec<Arc<Key>> = all.by_key.keys().filter(|key| key.tenant == *tenant).map(Arc::clone).collect();
        theirs.iter().for_each(|key| all.forget(key));
    }

    /// Keeps an answer.
    pub(super) fn keep(&self, key: Key, answer: Kept) {
        let bytes = answer.bytes + key.bytes();
        if bytes > self.most_of_one() {
            return;
        }
        let answer = Kept { bytes, ..answer };
        let mut all = self.all.lock();
        all.forget(&key);
        let share = all.of.entry(key.tenant.clone()).or_default();
        share.answers += 1;
        share.bytes += bytes;
        all.by_key.insert(Arc::new(key), (Arc::new(answer), Instant::now()));
        all.bytes += bytes;
        all.prune(self.most());
    }
}

impl All {
    fn forget(&mut self, key: &Key) {
        let Some((gone, _)) = self.by_key.remove(key) else { return };
        self.bytes -= gone.bytes;
        if let Some(share) = self.of.get_mut(&key.tenant) {
            share.answers -= 1;
            share.bytes -= gone.bytes;
            if share.answers == 0 {
                self.of.remove(&key.tenant);
            }
        }
    }

    /// Forgets what was not asked for in a while, and what is too much.
    fn prune(&mut self, most: usize) {
        let now = Instant::now();
        let unused = self.by_key.iter().filter(|(_, (_, used))| now.duration_since(*used) > UNUSED);
        for key in unused.map(|(key, _)| Arc::clone(key)).collect::<Vec<_>>() {
            self.forget(&key);
        }
        while self.bytes > most || self.by_key.len() > MOST {
            let Some(next) = self.next_to_go() else { break };
            self.forget(&next);
        }
    }

    /// The one that was not asked for the longest, of the tenant that has most: so who asks much takes nothing from others.
    fn next_to_go(&self) -> Option<Arc<Key>> {
        let are_many = self.by_key.len() > MOST;
        let (most, _) = self.of.iter().max_by_key(|(_, has)| if are_many { has.answers } else { has.bytes })?;
        let theirs = self.by_key.iter().filter(|(key, _)| key.tenant == *most);
        theirs.min_by_key(|(_, (_, used))| *used).map(|(key, _)| Arc::clone(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, Int64Array};
    use datafusion::common::ScalarValue;
    use pulse_engine::Engine;
    use pulse_engine::session::Parameters;

    fn batch(rows: i64) -> RecordBatch {
        let column = Arc::new(Int64Array::from_iter_values(0..rows)) as ArrayRef;
        RecordBatch::try_from_iter([("n", column)]).unwrap()
    }

    fn key(tenant: &Tenant, text: &str) -> Key {
        key_of(tenant, "ada", text)
    }

    fn key_of(tenant: &Tenant, asker: &str, text: &str) -> Key {
        Key::new((tenant, asker), Statement::new(text), Limits::default())
    }

    fn answer(rows: i64) -> Kept {
        let mut filling = Filling::default();
        assert!(filling.takes(&batch(rows), usize::MAX));
        filling.whole(batch(0).schema(), "plan".into(), Versions::default())
    }

    #[tokio::test]
    async fn what_was_not_asked_for_the_longest_goes_first_and_the_bound_holds() {
        let tenant = Engine::open("memory://").await.unwrap().tenant(&TenantId::new("acme").unwrap());
        // A thousand integers are 8,000 bytes; with the text and the rest an answer takes some 9,100.
        let cache = Cache::new(8 * 9_300);
        for n in 0..8 {
            cache.keep(key(&tenant, &format!("q{n}")), answer(1_000));
        }
        assert!(cache.find(&key(&tenant, "q0"), &tenant).await.is_some(), "all eight are there");
        cache.keep(key(&tenant, "q8"), answer(1_000));
        assert!(
            cache.find(&key(&tenant, "q1"), &tenant).await.is_none(),
            "the one that was asked for last longest ago"
        );
        assert!(cache.find(&key(&tenant, "q0"), &tenant).await.is_some());
        assert!(cache.all.lock().bytes <= 8 * 9_300);
        cache.keep(key(&tenant, "large"), answer(2_000));
        assert!(cache.find(&key(&tenant, "large"), &tenant).await.is_none(), "more than an eighth");
        assert!(!Filling::default().takes(&batch(1_000), 7_999), "its rows alone are more");
        // Where less is kept from now on, the rest goes at once.
        cache.changes(2 * 9_300);
        assert!((1..=2 * 9_300).contains(&cache.bytes().0), "{:?}", cache.bytes());
        cache.changes(0);
        assert_eq!(cache.bytes(), (0, 0));
    }

    #[tokio::test]
    async fn a_tenant_that_asks_much_takes_no_answer_from_another() {
        let engine = Engine::open("memory://").await.unwrap();
        let [acme, hog] = ["acme", "hog"].map(|id| engine.tenant(&TenantId::new(id).unwrap()));
        let cache = Cache::new(8 * 9_300);
        for n in 0..2 {
            cache.keep(key(&acme, &format!("q{n}")), answer(1_000));
        }
        for n in 0..100 {
            cache.keep(key(&hog, &format!("q{n}")), answer(1_000));
        }
        let has = async |tenant: &Tenant, n: usize| cache.find(&key(tenant, &format!("q{n}")), tenant).await.is_some();
        assert!(has(&acme, 0).await && has(&acme, 1).await);
        assert!(!has(&hog, 93).await && has(&hog, 94).await, "the others' room is theirs");
        // Small ones are too many before they are too much: who has many of them loses one, and not who has a large one.
        let cache = Cache::new(1 << 30);
        cache.keep(key(&acme, "large"), answer(1 << 20));
        for n in 0..=MOST {
            cache.keep(key(&hog, &format!("q{n}")), answer(1));
        }
        assert!(cache.find(&key(&acme, "large"), &acme).await.is_some());
        let all = cache.all.lock();
        assert_eq!((all.by_key.len(), all.of.len()), (MOST, 2));
    }

    #[tokio::test]
    async fn an_answer_is_for_whoever_sees_the_same_rows_of_the_same_tenant_alone() {
        let engine = Engine::open("memory://").await.unwrap();
        let acme = engine.tenant(&TenantId::new("acme").unwrap());
        let cache = Cache::new(1 << 20);
        cache.keep(key(&acme, "q"), answer(1));
        assert!(cache.find(&key(&acme, "q"), &acme).await.is_some());
        let other = engine.tenant(&TenantId::new("umbrella").unwrap());
        let limited = acme.under(&Policy::only(["t1"], []));
        let auditor = acme.with_audit();
        for tenant in [&other, &limited, &auditor] {
            assert!(cache.find(&key(tenant, "q"), tenant).await.is_none());
        }
        // Those who see every row share; of two who see the same rows only, each has their own.
        assert!(cache.find(&key_of(&acme, "grace", "q"), &acme).await.is_some());
        cache.keep(key_of(&limited, "ada", "q"), answer(1));
        assert!(cache.find(&key_of(&limited, "ada", "q"), &limited).await.is_some());
        assert!(cache.find(&key_of(&limited, "grace", "q"), &limited).await.is_none());
        let wider = Key { limits: Limits { rows: 1, ..Limits::default() }, ..key(&acme, "q") };
        assert!(cache.find(&wider, &acme).await.is_none());
    }

    #[tokio::test]
    async fn an_answer_is_for_values_of_the_same_types_alone() {
        let acme = Engine::open("memory://").await.unwrap().tenant(&TenantId::new("acme").unwrap());
        let in_zone = |zone: Option<&str>| {
            let at = ScalarValue::TimestampMicrosecond(Some(1_767_222_000_000_000), zone.map(Into::into));
            let statement = Statement::new("SELECT date_trunc('day', $1)").with(Parameters::Numbered(vec![at]));
            Key::new((&acme, "ada"), statement, Limits::default())
        };
        let cache = Cache::new(1 << 20);
        cache.keep(in_zone(Some("UTC")), answer(1));
        assert!(cache.find(&in_zone(Some("UTC")), &acme).await.is_some());
        // At that instant the year has begun in Berlin, and not in UTC.
        for zone in [Some("Europe/Berlin"), None] {
            assert!(cache.find(&in_zone(zone), &acme).await.is_none(), "{zone:?}");
        }
    }
}
