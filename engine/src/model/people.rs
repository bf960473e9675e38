//! Who is one person: the names that people go by in their tools, put together.
//!
//! What somebody decided counts first, then what a source says, then a common address, then a common login. Two names of which one is a
//! program and the other is not are one only by a decision, and two that were decided to be, or whose sources say that they are, different
//! people's never are. The order in which rows came makes no difference.

use crate::People;
use crate::pattern::any_of;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A name under which somebody appears in a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Its id.
    pub id: String,
    /// The connection that told of it.
    pub connection: String,
    /// The person, where the source knows.
    pub person_id: Option<String>,
    /// The name shown.
    pub name: Option<String>,
    /// The address.
    pub email: Option<String>,
    /// The account's name.
    pub login: Option<String>,
    /// Whether its source says that it is a program.
    pub is_bot: bool,
}

/// What somebody decided about an identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityOverride {
    /// The decision's id.
    pub id: String,
    /// The identity.
    pub identity_id: String,
    /// The person that it is of; none when it is nobody's but its own.
    pub person_id: Option<String>,
    /// Whether it is a program, where that was decided.
    pub is_bot: Option<bool>,
    /// When it was decided.
    pub made_at: i64,
}

/// A row of `facts.people`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Person {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: Option<String>,
    /// An address of theirs.
    pub email: Option<String>,
    /// Whether it is a program.
    pub is_bot: bool,
    /// Their identities, in order.
    pub identities: Vec<String>,
    /// How these are known to be one's.
    pub merged_by: Vec<&'static str>,
}

/// A person as a source or somebody who decides tells of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Their name.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// Whether it is a program.
    pub is_bot: bool,
}

/// Everybody, in the order of their ids. `told` are the persons that are known as such, by id.
pub fn people(
    mut identities: Vec<Identity>,
    decisions: &[IdentityOverride],
    told: &BTreeMap<String, Told>,
    settings: &People,
) -> Vec<Person> {
    identities.sort_by(|a, b| a.id.cmp(&b.id));
    let mut newest: HashMap<&str, &IdentityOverride> = HashMap::new();
    for decision in decisions {
        let held = newest.entry(&decision.identity_id).or_insert(decision);
        if (held.made_at, &held.id) < (decision.made_at, &decision.id) {
            *held = decision;
        }
    }
    let by_id: HashMap<&str, &Identity> = identities.iter().map(|identity| (identity.id.as_str(), identity)).collect();
    let names: Vec<Name<'_>> =
        identities.iter().map(|identity| Name::of(identity, &newest, &by_id, told, settings)).collect();
    let decided: BTreeSet<&str> = names.iter().filter(|name| name.is_decided).filter_map(|name| name.person).collect();
    let mut groups = Groups::new(&names);
    // Whoever is decided to be somebody else's may be named by one of that one's identities.
    let named: BTreeSet<&str> = names.iter().filter_map(|name| name.person).collect();
    let known =
        |name: &Name<'_>| name.person.or_else(|| named.get(name.identity.id.as_str()).copied()).map(str::to_owned);
    groups.join(&names, "decision", |name| known(name).filter(|person| decided.contains(person.as_str())));
    groups.join(&names, "source", known);
    if settings.by_email {
        groups.join(&names, "email", |name| name.rules()?.email.as_deref().and_then(address));
    }
    groups.join(&names, "login", |name| {
        let login = name.rules()?.login.as_deref().filter(|login| !login.is_empty())?.to_lowercase();
        // A login says who somebody is only where it was given.
        Some(if settings.by_login { login } else { format!("{} {login}", name.identity.connection) })
    });
    groups.people(&names, told)
}

/// An identity with what is known of it before any are put together.
struct Name<'i> {
    identity: &'i Identity,
    /// The person that it is known to be of.
    person: Option<&'i str>,
    /// Whether that person goes by an identity that nothing is said about: who that is, rules may still tell.
    is_open: bool,
    is_decided: bool,
    is_bot: bool,
}

impl<'i> Name<'i> {
    fn of(
        identity: &'i Identity,
        decisions: &HashMap<&str, &'i IdentityOverride>,
        identities: &HashMap<&str, &'i Identity>,
        told: &BTreeMap<String, Told>,
        settings: &People,
    ) -> Self {
        let decision = decisions.get(identity.id.as_str()).copied();
        let mut person = match decision {
            Some(decision) => Some(decision.person_id.as_deref().unwrap_or(&identity.id)),
            None => identity.person_id.as_deref(),
        };
        // The one that it is said to be may be said to be another; of those that are said to be each other it is the first.
        let mut is_open = false;
        let mut passed = vec![identity.id.as_str()];
        while let Some(at) = person {
            if let Some(circle) = passed.iter().position(|before| *before == at) {
                person = passed[circle..].iter().copied().min();
                break;
            }
            passed.push(at);
            let next = match (decisions.get(at), identities.get(at)) {
                (Some(decision), _) => decision.person_id.as_deref(),
                (None, Some(identity)) => identity.person_id.as_deref(),
                (None, None) => None,
            };
            if next.is_none() {
                is_open = identities.contains_key(at) && !decisions.contains_key(at);
                break;
            }
            person = next;
        }
        let names = [&identity.name, &identity.login, &identity.email];
        let is_one_of = |patterns| names.iter().filter_map(|name| name.as_deref()).any(|name| any_of(patterns, name));
        let by_source = identity.is_bot || person.and_then(|person| told.get(person)).is_some_and(|told| told.is_bot);
        let is_bot = decision
            .and_then(|decision| decision.is_bot)
            .unwrap_or_else(|| !is_one_of(&settings.humans) && (by_source || is_one_of(&settings.bots)));
        Self { identity, person, is_open, is_decided: decision.is_some(), is_bot }
    }

    /// What rules may go by: of one that was decided about, nothing, since what it has in common with others may be what misled them.
    fn rules(&self) -> Option<&'i Identity> {
        (!self.is_decided).then_some(self.identity)
    }
}

/// An address that is one person's, in the form that it is compared in; none of one that many may have.
fn address(email: &str) -> Option<String> {
    let email = email.trim().to_lowercase();
    let (local, host) = email.rsplit_once('@')?;
    // What a machine makes up where nobody told it an address.
    let made_up = !host.contains('.') || [".(none)", ".local", ".localdomain"].iter().any(|end| host.ends_with(end));
    let nobody =
        matches!(local, "" | "noreply" | "no-reply" | "donotreply" | "root") || host == "users.noreply.github.com";
    (!made_up && !nobody).then_some(email)
}

/// Names that are one person's: each leads to the first of its group.
struct Groups<'i> {
    first: Vec<usize>,
    /// Of the first of each group: the person that it is known to be of, whether who that is is open, whether it is a program, and
    /// how its names were put together.
    person: Vec<Option<&'i str>>,
    is_open: Vec<bool>,
    is_bot: Vec<bool>,
    by: Vec<BTreeSet<&'static str>>,
}

impl<'i> Groups<'i> {
    fn new(names: &[Name<'i>]) -> Self {
        Self {
            first: (0..names.len()).collect(),
            person: names.iter().map(|name| name.person).collect(),
            is_open: names.iter().map(|name| name.is_open).collect(),
            is_bot: names.iter().map(|name| name.is_bot).collect(),
            by: vec![BTreeSet::new(); names.len()],
        }
    }

    fn find(&mut self, at: usize) -> usize {
        let mut root = at;
        while self.first[root] != root {
            root = self.first[root];
        }
        let mut next = at;
        while self.first[next] != root {
            next = std::mem::replace(&mut self.first[next], root);
        }
        root
    }

    /// Puts together the names that have one key: all of them where that is a person; else those that are programs, and those that are
    /// people, where they are known to be of no more than one.
    fn join(&mut self, names: &[Name<'i>], by: &'static str, key: impl Fn(&Name<'i>) -> Option<String>) {
        let is_person = matches!(by, "decision" | "source");
        let mut keys: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (at, name) in names.iter().enumerate() {
            if let Some(key) = key(name) {
                let root = self.find(at);
                keys.entry(key).or_default().insert(root);
            }
        }
        for same in keys.into_values() {
            // What was put together for another key leads elsewhere by now.
            let same: BTreeSet<usize> = same.into_iter().map(|at| self.find(at)).collect();
            let (bots, others): (Vec<usize>, Vec<usize>) = same.into_iter().partition(|root| self.is_bot[*root]);
            // A source that says who somebody is may say it of a program of theirs, which then goes by its own name.
            let are_theirs = by == "source" && bots.iter().all(|root| self.person[*root].is_some());
            if are_theirs && !bots.is_empty() && !others.is_empty() {
                bots.iter().for_each(|root| self.person[*root] = None);
                self.put_together(bots.into_iter(), by);
                self.put_together(others.into_iter(), by);
                continue;
            }
            if is_person {
                self.put_together(bots.into_iter().chain(others), by);
                continue;
            }
            for roots in [bots, others] {
                let known = roots.iter().filter(|root| !self.is_open[**root]).filter_map(|root| self.person[*root]);
                let known: BTreeSet<&str> = known.collect();
                // Whose of several people's the others were would be a guess.
                if known.len() <= 1 {
                    self.put_together(roots.into_iter(), by);
                }
            }
        }
    }

    fn put_together(&mut self, roots: impl Iterator<Item = usize>, by: &'static str) {
        let roots: BTreeSet<usize> = roots.collect();
        let mut roots = roots.into_iter();
        let Some(first) = roots.next() else { return };
        for other in roots {
            self.first[other] = first;
            let knows_better = self.is_open[first] && !self.is_open[other] && self.person[other].is_some();
            if self.person[first].is_none() || knows_better {
                (self.person[first], self.is_open[first]) = (self.person[other], self.is_open[other]);
            }
            self.is_bot[first] |= self.is_bot[other];
            let also = std::mem::take(&mut self.by[other]);
            self.by[first].extend(also);
            self.by[first].insert(by);
        }
    }

    fn people(mut self, names: &[Name<'i>], told: &BTreeMap<String, Told>) -> Vec<Person> {
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in 0..names.len() {
            members.entry(self.find(at)).or_default().push(at);
        }
        let person = |(root, members): (usize, Vec<usize>)| {
            let id = self.person[root].unwrap_or(&names[members[0]].identity.id);
            let told = told.get(id);
            let of = |field: fn(&Identity) -> &Option<String>| {
                // An account tells better who somebody is than a line in a commit.
                let tells = |at: &&usize| field(names[**at].identity).as_deref().is_some_and(|text| !text.is_empty());
                let by_account = |at: &&usize| names[**at].identity.login.is_none();
                let told = members.iter().filter(tells).min_by_key(by_account);
                told.and_then(|at| field(names[*at].identity).clone())
            };
            Person {
                id: id.to_owned(),
                name: told.and_then(|told| told.name.clone()).or_else(|| of(|identity| &identity.name)),
                email: told.and_then(|told| told.email.clone()).or_else(|| of(|identity| &identity.email)),
                is_bot: self.is_bot[root],
                identities: members.iter().map(|at| names[*at].identity.id.clone()).collect(),
                merged_by: self.by[root].iter().copied().collect(),
            }
        };
        let mut people: Vec<Person> = members.into_iter().map(person).collect();
        let known: BTreeSet<&str> = people.iter().map(|person| person.id.as_str()).collect();
        let nameless = told.iter().filter(|(id, _)| !known.contains(id.as_str())).map(|(id, told)| Person {
            id: id.clone(),
            name: told.name.clone(),
            email: told.email.clone(),
            is_bot: told.is_bot,
            identities: Vec::new(),
            merged_by: Vec::new(),
        });
        let nameless: Vec<Person> = nameless.collect();
        people.extend(nameless);
        people.sort_by(|a, b| a.id.cmp(&b.id));
        people
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An identity of a connection, such as `github:a:users/1`.
    fn identity(id: &str, name: &str, email: &str, login: &str) -> Identity {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let connection = id.rsplit_once(':').unwrap().0.to_owned();
        Identity {
            id: id.to_owned(),
            connection,
            name: some(name),
            email: some(email),
            login: some(login),
            ..Identity::default()
        }
    }

    fn decided(identity: &str, person: Option<&str>, at: i64) -> IdentityOverride {
        let (identity_id, person_id) = (identity.to_owned(), person.map(str::to_owned));
        IdentityOverride { id: format!("{identity} {at}"), identity_id, person_id, is_bot: None, made_at: at }
    }

    fn told(
        identities: &[Identity],
        decisions: &[IdentityOverride],
        settings: &People,
    ) -> Vec<(String, String, String)> {
        let people = people(identities.to_vec(), decisions, &BTreeMap::new(), settings);
        people.into_iter().map(|p| (p.id, p.identities.join(" "), p.merged_by.join(" "))).collect()
    }

    fn rows(rows: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
        rows.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect()
    }

    /// Ada in three tools, and Eve.
    fn tools() -> Vec<Identity> {
        vec![
            identity("jira:j:users/9", "Ada Lovelace", "ADA@acme.com ", ""),
            identity("github:h:users/1", "Ada", "", "ada"),
            identity("github:h:emails/ada@acme.com", "ada l", "ada@acme.com", "Ada"),
            identity("git:g:emails/eve@acme.com", "Eve", "eve@acme.com", ""),
        ]
    }

    #[test]
    fn one_address_or_one_login_of_a_connection_is_one_person() {
        let ada = "github:h:emails/ada@acme.com github:h:users/1 jira:j:users/9";
        assert_eq!(
            told(&tools(), &[], &People::default()),
            rows(&[
                ("git:g:emails/eve@acme.com", "git:g:emails/eve@acme.com", ""),
                ("github:h:emails/ada@acme.com", ada, "email login"),
            ])
        );
        let alone = told(&tools(), &[], &People { by_email: false, ..People::default() });
        assert_eq!(alone[2], rows(&[("jira:j:users/9", "jira:j:users/9", "")])[0]);
        let ada = people(tools(), &[], &BTreeMap::new(), &People::default()).remove(1);
        assert_eq!((ada.name.as_deref(), ada.email.as_deref()), (Some("ada l"), Some("ada@acme.com")));
    }

    #[test]
    fn a_login_is_one_persons_over_sources_only_where_the_tenant_says_so() {
        let names = [identity("github:h:users/1", "A", "", "ada"), identity("jira:j:users/JIRAUSER1", "B", "", "ADA")];
        assert_eq!(told(&names, &[], &People::default()).len(), 2);
        assert_eq!(told(&names, &[], &People { by_login: true, ..People::default() }).len(), 1);
    }

    #[test]
    fn a_decision_goes_before_every_rule_and_the_newest_counts() {
        let alone = decided("jira:j:users/9", None, 1);
        let settings = People::default();
        let told_alone = told(&tools(), std::slice::from_ref(&alone), &settings);
        assert_eq!(
            told_alone[1].1, "github:h:emails/ada@acme.com github:h:users/1",
            "its address does not bring it back"
        );
        assert_eq!(told_alone[2].0, "jira:j:users/9");
        let eve = [alone, decided("jira:j:users/9", Some("git:g:emails/eve@acme.com"), 2)];
        let told_eve = told(&tools(), &eve, &settings);
        assert_eq!(
            told_eve[0],
            rows(&[("git:g:emails/eve@acme.com", "git:g:emails/eve@acme.com jira:j:users/9", "decision")])[0]
        );
        assert_eq!(told_eve[1].1, "github:h:emails/ada@acme.com github:h:users/1");
        let chain = [eve[1].clone(), decided("git:g:emails/eve@acme.com", Some("people/e"), 3)];
        assert_eq!(
            told(&tools(), &chain, &settings)[1],
            rows(&[("people/e", "git:g:emails/eve@acme.com jira:j:users/9", "decision")])[0]
        );
        let round = [
            decided("jira:j:users/9", Some("github:h:users/1"), 1),
            decided("github:h:users/1", Some("jira:j:users/9"), 1),
        ];
        let round = told(&tools(), &round, &settings);
        let both = "github:h:users/1 jira:j:users/9";
        assert_eq!(round[2], rows(&[("github:h:users/1", both, "decision")])[0], "a circle comes to an end");
    }

    #[test]
    fn who_is_decided_to_be_an_identity_is_whoever_that_is() {
        let settings = People::default();
        let hook = identity("git:g:emails/ci@acme.com", "A. L.", "", "");
        let mut names = tools();
        names.push(hook.clone());
        let is_jira = decided(&hook.id, Some("jira:j:users/9"), 1);
        // By a common address it is whoever the rules say; nothing was decided about that one.
        let rules = told(&names, std::slice::from_ref(&is_jira), &settings);
        let all = format!("{} github:h:emails/ada@acme.com github:h:users/1 jira:j:users/9", hook.id);
        assert_eq!(rules[1], rows(&[("jira:j:users/9", &all, "decision email login")])[0]);
        // By what its source says.
        names[0].person_id = Some("hr:ada".to_owned());
        let source = told(&names, std::slice::from_ref(&is_jira), &settings);
        assert_eq!(source[1], rows(&[("hr:ada", &all, "decision email login")])[0]);
        // By what another's source says, which has the address, too.
        names[0].person_id = None;
        names[2].person_id = Some("hr:ada".to_owned());
        let others = told(&names, std::slice::from_ref(&is_jira), &settings);
        assert_eq!(others[1], rows(&[("hr:ada", &all, "decision email login")])[0]);
        // Two who are decided to be two of one address.
        let script = identity("git:g:emails/bot@x", "script", "", "");
        names[2].person_id = None;
        names.push(script.clone());
        let two = [is_jira.clone(), decided(&script.id, Some("github:h:emails/ada@acme.com"), 2)];
        let two = told(&names, &two, &settings);
        assert_eq!(two.len(), 2, "{two:?}");
        // That one decided to be nobody else's stays by that.
        let apart = [is_jira, decided("jira:j:users/9", None, 2)];
        let apart = told(&names, &apart, &settings);
        assert!(apart.iter().any(|row| row.1 == format!("{} jira:j:users/9", hook.id)), "{apart:?}");
    }

    #[test]
    fn an_address_between_two_people_who_are_known_is_neithers() {
        let mut names = tools();
        names[0].person_id = Some("p1".to_owned());
        names[2].person_id = Some("p2".to_owned());
        names.push(identity("git:g:emails/ada@acme.com", "?", "ada@acme.com", ""));
        let all = told(&names, &[], &People::default());
        assert_eq!(
            all.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(),
            ["git:g:emails/ada@acme.com", "git:g:emails/eve@acme.com", "p1", "p2"]
        );
    }

    #[test]
    fn addresses_that_many_have_tell_nothing() {
        for email in [
            "root@build",
            "noreply@acme.com",
            "1+ada@users.noreply.github.com",
            "ada@mac.local",
            "ada@x.(none)",
            "ada",
            "@acme.com",
        ] {
            let names = [identity("git:a:x", "A", email, ""), identity("git:b:y", "B", email, "")];
            assert_eq!(told(&names, &[], &People::default()).len(), 2, "{email}");
        }
    }

    #[test]
    fn programs_are_what_sources_patterns_and_decisions_say() {
        let names = [identity("git:a:x", "Deploy", "d@acme.com", ""), identity("git:b:y", "Dora", "d@acme.com", "")];
        let bots = |settings: &People, decisions: &[IdentityOverride]| {
            people(names.to_vec(), decisions, &BTreeMap::new(), settings).iter().map(|p| p.is_bot).collect::<Vec<_>>()
        };
        let deploy = People { bots: crate::pattern::patterns(&["deploy*"]), ..People::default() };
        assert_eq!(bots(&People::default(), &[]), [false]);
        assert_eq!(bots(&deploy, &[]), [true, false], "a program and a person are never one");
        assert_eq!(bots(&People { humans: crate::pattern::patterns(&["Deploy"]), ..deploy.clone() }, &[]), [false]);
        let human = IdentityOverride { is_bot: Some(false), ..decided("git:a:x", Some("git:b:y"), 1) };
        assert_eq!(bots(&deploy, &[human]), [false]);
    }

    #[test]
    fn a_program_that_a_source_says_is_somebodys_goes_by_its_own_name() {
        let of =
            |id: &str, is_bot| Identity { person_id: Some("hr:ada".into()), is_bot, ..identity(id, "Ada", "", "") };
        let names = vec![of("git:a:1", false), of("git:a:2", true), of("git:b:3", false), of("git:b:4", true)];
        let told = people(names, &[], &BTreeMap::new(), &People::default());
        let told: Vec<_> = told.iter().map(|p| (p.id.as_str(), p.is_bot, p.identities.join(" "))).collect();
        let (ada, theirs) = ("git:a:1 git:b:3".to_owned(), "git:a:2 git:b:4".to_owned());
        assert_eq!(told, [("git:a:2", true, theirs), ("hr:ada", false, ada)]);
    }

    proptest! {
        #[test]
        fn everybody_is_one_person_whatever_the_order(seed in proptest::collection::vec((0..4_usize, 0..4_usize, 0..4_usize, any::<bool>(), 0..4_usize), 1..24), turn in 0..24_usize) {
            let names: Vec<Identity> = seed.iter().enumerate().map(|(n, (connection, email, login, bot, person))| Identity {
                is_bot: *bot,
                person_id: (*person == 3).then(|| format!("p{}", n % 2)),
                ..identity(&format!("git:{connection}:{n}"), "n", &format!("{email}@acme.com"), &format!("l{login}"))
            }).collect();
            let all = people(names.clone(), &[], &BTreeMap::new(), &People::default());
            let mut ids: Vec<&String> = all.iter().flat_map(|person| &person.identities).collect();
            ids.sort();
            let mut given: Vec<&String> = names.iter().map(|name| &name.id).collect();
            given.sort();
            prop_assert_eq!(ids, given);
            let persons: BTreeSet<&str> = all.iter().map(|person| person.id.as_str()).collect();
            prop_assert_eq!(persons.len(), all.len(), "an id is one person's");
            let mut turned = names;
            let by = turn % turned.len();
            turned.rotate_left(by);
            prop_assert_eq!(people(turned, &[], &BTreeMap::new(), &People::default()), all);
        }
    }
}
