//! Who is whom, who is in which team, what belongs to which project, and what was called otherwise.

use super::renamed::Renamed;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// People, teams and projects, reduced to what the model asks of them.
#[derive(Clone, Debug, Default, Hash, PartialEq, Eq)]
pub struct Organisation {
    people: BTreeMap<String, String>,
    names: BTreeMap<String, BTreeSet<String>>,
    bots: BTreeSet<String>,
    memberships: BTreeMap<String, BTreeSet<Membership>>,
    owners: BTreeMap<String, String>,
    projects: BTreeMap<String, BTreeSet<String>>,
    repositories: BTreeMap<String, BTreeSet<String>>,
    /// By boards, the projects that were decided of them.
    boards: BTreeMap<String, BTreeSet<String>>,
    former_names: Renamed,
    /// Of repositories that went by other names, what they are called now, and those names.
    renames: BTreeMap<String, (String, BTreeSet<String>)>,
    /// By each name that such a repository goes or went by, all of them.
    alike: BTreeMap<String, BTreeSet<String>>,
    /// Projects and repositories that are not there any more.
    gone: BTreeSet<String>,
    /// By each key that a work item went by before it moved, its key now.
    moved: BTreeMap<String, String>,
    /// The keys of projects.
    former_keys: Renamed,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, PartialOrd, Ord)]
struct Membership {
    joined_at: Option<i64>,
    left_at: Option<i64>,
    team: String,
}

impl Organisation {
    /// An identity, the person that it is of, and whether it is a program. Whoever has one name alone is known by that without being noted:
    /// who is new so changes nothing, and is no reason to make anything anew.
    pub fn identity(&mut self, id: &str, person: Option<&str>, is_bot: bool) {
        if let Some(person) = person.filter(|person| *person != id) {
            self.people.insert(id.to_owned(), person.to_owned());
            self.names.entry(person.to_owned()).or_default().insert(id.to_owned());
        }
        if is_bot {
            self.bots.insert(id.to_owned());
        }
    }

    /// A person that is a program.
    pub fn bot(&mut self, person: &str) {
        self.bots.insert(person.to_owned());
    }

    /// An identity's or person's time in a team: from `joined_at` until before `left_at`.
    pub fn member(&mut self, team: &str, member: &str, joined_at: Option<i64>, left_at: Option<i64>) {
        let membership = Membership { joined_at, left_at, team: team.to_owned() };
        self.memberships.entry(member.to_owned()).or_default().insert(membership);
    }

    /// The team that owns a project.
    pub fn owner(&mut self, project: &str, team: &str) {
        self.owners.insert(project.to_owned(), team.to_owned());
    }

    /// A repository that belongs to a project.
    pub fn scope(&mut self, project: &str, repository: &str) {
        self.projects.entry(repository.to_owned()).or_default().insert(project.to_owned());
        self.repositories.entry(project.to_owned()).or_default().insert(repository.to_owned());
    }

    /// A board that was decided to belong to a project, whatever its source says.
    pub fn board(&mut self, project: &str, board: &str) {
        self.boards.entry(board.to_owned()).or_default().insert(project.to_owned());
    }

    /// A project or repository that is not there any more.
    pub fn goes(&mut self, place: &str) {
        self.gone.insert(place.to_owned());
    }

    /// Whether a project or repository is not there any more.
    pub fn is_gone(&self, place: &str) -> bool {
        self.gone.contains(place)
    }

    /// A name by which a repository went, and what it is called now.
    pub fn renamed(&mut self, former: &str, name: &str) {
        self.former_names.note(former, name);
    }

    /// What a repository is called now, and all names by which it went, whoever goes by them now.
    pub fn went_by(&mut self, repository: &str, name: &str, former: &BTreeSet<&str>) {
        let all: BTreeSet<String> = former.iter().copied().chain([name]).map(str::to_owned).collect();
        for name in &all {
            self.alike.entry(name.to_lowercase()).or_default().extend(all.iter().cloned());
        }
        let former = former.iter().map(|name| name.to_lowercase()).collect();
        self.renames.insert(repository.to_owned(), (name.to_owned(), former));
    }

    /// The address of a pull request of a repository by what that is called now, of an address that it has or had.
    pub fn address_of<'u>(&self, repository: &str, url: &'u str) -> Cow<'u, str> {
        let now = self.renames.get(repository).and_then(|(name, former)| {
            let address = Address::of(url)?;
            former.contains(&address.repository.to_lowercase()).then(|| address.under(name))
        });
        now.map_or(Cow::Borrowed(url), Cow::Owned)
    }

    /// The same where nothing but the address says of which repository the pull request is.
    pub fn address_now<'u>(&self, url: &'u str) -> Cow<'u, str> {
        let now = Address::of(url)
            .and_then(|address| self.former_names.now(address.repository).map(|name| address.under(name)));
        now.map_or(Cow::Borrowed(url), Cow::Owned)
    }

    /// The addresses that a pull request of this one may be told with, too, as its repository goes or went by other names.
    pub fn addresses(&self, url: &str) -> Vec<String> {
        let Some(address) = Some(url).filter(|_| !self.alike.is_empty()).and_then(Address::of) else {
            return Vec::new();
        };
        let names = self.alike.get(&address.repository.to_lowercase()).into_iter().flatten();
        names.map(|name| address.under(name)).filter(|other| other != url).collect()
    }

    /// A key by which a work item went before it moved, and its key now.
    pub fn moved(&mut self, former: &str, key: &str) {
        self.moved.insert(former.to_owned(), key.to_owned());
    }

    /// A key by which a project went, and its key now.
    pub fn rekeyed(&mut self, former: &str, key: &str) {
        self.former_keys.note(former, key);
    }

    /// Some keys, and all others by which the work items went that went by one of them before they moved, or before a project or a repository
    /// was called otherwise.
    pub fn keys_alike(&self, mut keys: BTreeSet<String>) -> BTreeSet<String> {
        let now: BTreeSet<&String> = keys.iter().filter_map(|key| self.moved.get(key)).collect();
        let alike = self.moved.iter().filter(|(_, key)| now.contains(key)).map(|(former, _)| former.clone());
        keys.extend(alike);
        let mut former = Vec::new();
        for key in &keys {
            former.extend(self.under_former_names(key));
            // Texts have them as they were written at the time.
            if let Some((name, number)) = key.rsplit_once('#') {
                let names = self.alike.get(&name.to_lowercase()).into_iter().flatten();
                former.extend(names.map(|name| format!("{name}#{number}")));
            }
        }
        keys.extend(former);
        keys
    }

    /// The keys besides this one of today that may mean a work item which `went_by` others: those, and all of them under the names that its
    /// project or its repository had. What else goes or went by one of them is not asked.
    pub fn former_keys<'k>(&self, key: &str, went_by: impl Iterator<Item = &'k str>) -> BTreeSet<String> {
        let mut keys: BTreeSet<String> = went_by.map(str::to_owned).collect();
        let more: Vec<String> =
            keys.iter().map(String::as_str).chain([key]).flat_map(|key| self.under_former_names(key)).collect();
        keys.extend(more);
        keys.remove(key);
        keys
    }

    /// A key under each name that its project or its repository had; in lower case where upper and lower are alike in them.
    fn under_former_names(&self, key: &str) -> Vec<String> {
        let of_project = key.rsplit_once('-').into_iter().flat_map(|(project, number)| {
            self.former_keys.former(project).map(move |was| format!("{}-{number}", was.to_uppercase()))
        });
        let of_repository = key
            .rsplit_once('#')
            .into_iter()
            .flat_map(|(name, number)| self.former_names.former(name).map(move |was| format!("{was}#{number}")));
        of_project.chain(of_repository).collect()
    }

    /// The key that a work item has as its project or its repository is called otherwise today, of one by which it went before.
    fn under_name_now(&self, key: &str) -> Option<String> {
        if let Some((project, number)) = key.rsplit_once('-')
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && let Some(now) = self.former_keys.now(project)
        {
            return Some(format!("{now}-{number}"));
        }
        let (name, number) = key.rsplit_once('#')?;
        self.former_names.now(name).map(|now| format!("{now}#{number}"))
    }

    /// The key that a work item goes by now, of one that it goes or went by: `owner/name#12` begins with the name of a repository.
    pub fn key_now<'k>(&self, key: &'k str) -> Cow<'k, str> {
        if let Some(now) = self.moved.get(key) {
            return Cow::Owned(now.clone());
        }
        let Some(key) = self.under_name_now(key) else { return Cow::Borrowed(key) };
        // It may have moved since its project or its repository was called otherwise.
        Cow::Owned(self.moved.get(&key).cloned().unwrap_or(key))
    }

    /// The person behind an identity; the identity itself while the person is not known.
    pub fn person<'a>(&'a self, identity: &'a str) -> &'a str {
        self.people.get(identity).map_or(identity, String::as_str)
    }

    /// Whether an identity, or the person behind it, is a program.
    pub fn is_bot(&self, identity: &str) -> bool {
        self.bots.contains(identity) || self.bots.contains(self.person(identity))
    }

    /// The team that an identity, the person behind it, or another identity of that person's was in at a time. Of several, the one joined last, and of
    /// those the first by id. Without a time only a membership that has no bounds is known to hold.
    pub fn team_at(&self, identity: &str, at: Option<i64>) -> Option<&str> {
        let of = |member: &str| self.memberships.get(member).into_iter().flatten();
        let person = self.person(identity);
        let names = self.names.get(person).into_iter().flatten().flat_map(|name| of(name));
        of(identity)
            .chain(of(person))
            .chain(names)
            .filter(|m| match at {
                Some(at) => m.joined_at.is_none_or(|joined| joined <= at) && m.left_at.is_none_or(|left| at < left),
                None => m.joined_at.is_none() && m.left_at.is_none(),
            })
            .max_by(|a, b| a.joined_at.cmp(&b.joined_at).then_with(|| b.team.cmp(&a.team)))
            .map(|m| m.team.as_str())
    }

    /// The project that a repository belongs to; of several, the first by id.
    pub fn project_of(&self, repository: &str) -> Option<&str> {
        self.projects.get(repository)?.first().map(String::as_str)
    }

    /// The project that a board was decided to belong to; of several, the first by id.
    pub fn project_of_board(&self, board: &str) -> Option<&str> {
        self.boards.get(board)?.first().map(String::as_str)
    }

    /// The repositories of a project, in order.
    pub fn repositories_of(&self, project: &str) -> impl Iterator<Item = &str> {
        self.repositories.get(project).into_iter().flatten().map(String::as_str)
    }

    /// The team that owns a project.
    pub fn owner_of(&self, project: &str) -> Option<&str> {
        self.owners.get(project).map(String::as_str)
    }
}

/// The address of a pull request, `…/owner/name/pull/7`, as what stands before the name of its repository, that, and what stands after.
struct Address<'u> {
    start: &'u str,
    repository: &'u str,
    end: &'u str,
}

impl<'u> Address<'u> {
    fn of(url: &'u str) -> Option<Self> {
        let (place, number) = url.rsplit_once("/pull/")?;
        let (before, _) = place.rsplit_once('/')?;
        let start = before.rfind('/')? + 1;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| Self { start: &url[..start], repository: &place[start..], end: &url[place.len()..] })
    }

    /// The same under another name of the repository.
    fn under(&self, name: &str) -> String {
        [self.start, name, self.end].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_author_counts_for_the_team_that_they_were_in_at_the_time() {
        let mut org = Organisation::default();
        org.identity("git:ada", Some("person:ada"), false);
        org.member("team:a", "person:ada", None, Some(100));
        org.member("team:b", "person:ada", Some(100), None);
        org.member("team:c", "git:ada", Some(100), Some(200));
        assert_eq!(org.team_at("git:ada", Some(99)), Some("team:a"));
        assert_eq!(org.team_at("git:ada", Some(100)), Some("team:b"));
        assert_eq!(org.team_at("git:ada", None), None);
        assert_eq!(org.team_at("git:eve", Some(99)), None);
    }

    #[test]
    fn a_key_follows_the_repository_that_it_names() {
        let mut org = Organisation::default();
        assert_eq!(org.key_now("acme/shop#12"), "acme/shop#12");
        org.renamed("acme/Shop", "acme/store");
        for (key, now) in [
            ("acme/shop#12", "acme/store#12"),
            ("ACME/SHOP#1", "acme/store#1"),
            ("acme/store#12", "acme/store#12"),
            ("acme/shops#12", "acme/shops#12"),
            ("SHOP-12", "SHOP-12"),
        ] {
            assert_eq!(org.key_now(key), now);
        }
    }

    #[test]
    fn a_key_follows_the_repository_that_is_called_otherwise_and_then_the_work_item_that_moved() {
        let mut org = Organisation::default();
        org.renamed("acme/Shop", "acme/store");
        org.went_by("1", "acme/store", &BTreeSet::from(["acme/Shop"]));
        org.moved("acme/store#12", "acme/web#3");
        assert_eq!(org.key_now("acme/Shop#12"), "acme/web#3");
        assert_eq!(org.key_now("acme/Shop#13"), "acme/store#13");
        let alike = org.keys_alike(BTreeSet::from(["acme/store#12".to_owned()]));
        assert_eq!(alike.iter().collect::<Vec<_>>(), ["acme/Shop#12", "acme/shop#12", "acme/store#12"]);
    }

    #[test]
    fn a_work_item_is_meant_by_what_it_was_called_and_by_that_under_each_former_name() {
        let mut org = Organisation::default();
        org.rekeyed("pay", "MONEY");
        org.rekeyed("cash", "MONEY");
        org.renamed("acme/Shop", "acme/store");
        for (key, went_by, former) in [
            ("OPS-9", &["MONEY-3", "WEB-1", "OPS-9"][..], &["CASH-3", "MONEY-3", "PAY-3", "WEB-1"][..]),
            ("OPS-9", &[], &[]),
            ("MONEY-12", &[], &["CASH-12", "PAY-12"]),
            ("acme/store#12", &[], &["acme/shop#12"]),
            ("acme/web#3", &["acme/store#12"], &["acme/shop#12", "acme/store#12"]),
        ] {
            assert_eq!(org.former_keys(key, went_by.iter().copied()).iter().collect::<Vec<_>>(), former, "{key}");
        }
    }

    #[test]
    fn a_key_follows_the_work_item_that_moved() {
        let mut org = Organisation::default();
        for (former, key) in [("PAY-12", "OPS-9"), ("SHOP-3", "OPS-9"), ("PAY-1", "SHOP-7")] {
            org.moved(former, key);
        }
        for (key, now) in [("PAY-12", "OPS-9"), ("SHOP-3", "OPS-9"), ("OPS-9", "OPS-9"), ("PAY-120", "PAY-120")] {
            assert_eq!(org.key_now(key), now);
        }
        let alike = org.keys_alike(BTreeSet::from(["SHOP-3".to_owned(), "A-1".to_owned()]));
        assert_eq!(alike.iter().collect::<Vec<_>>(), ["A-1", "PAY-12", "SHOP-3"]);
    }

    #[test]
    fn a_key_follows_the_project_that_has_another_one_and_then_the_work_item_that_moved() {
        let mut org = Organisation::default();
        org.rekeyed("pay", "MONEY");
        org.moved("MONEY-3", "OPS-9");
        for (key, now) in [
            ("PAY-12", "MONEY-12"),
            ("MONEY-12", "MONEY-12"),
            ("PAY-3", "OPS-9"),
            ("MONEY-3", "OPS-9"),
            ("XPAY-12", "XPAY-12"),
            ("acme/pay-12#1", "acme/pay-12#1"),
            ("PAY-x1", "PAY-x1"),
        ] {
            assert_eq!(org.key_now(key), now);
        }
        let alike = org.keys_alike(BTreeSet::from(["MONEY-3".to_owned()]));
        assert_eq!(alike.iter().collect::<Vec<_>>(), ["MONEY-3", "PAY-3"]);
    }

    #[test]
    fn an_address_follows_the_repository_that_it_is_in() {
        let mut org = Organisation::default();
        let at = |name: &str| format!("https://git.example/hub/{name}/pull/12");
        assert_eq!(org.address_of("1", &at("acme/shop")), at("acme/shop"));
        assert_eq!(org.address_now(&at("acme/shop")), at("acme/shop"));
        assert_eq!(org.addresses(&at("acme/shop")), [""; 0]);
        // Another repository goes by `acme/web` now.
        org.renamed("acme/Shop", "acme/store");
        org.went_by("1", "acme/store", &BTreeSet::from(["acme/Shop", "acme/web"]));
        for (was, of_it, now) in [
            ("acme/shop", "acme/store", "acme/store"),
            ("acme/web", "acme/store", "acme/web"),
            ("acme/store", "acme/store", "acme/store"),
            ("acme/other", "acme/other", "acme/other"),
        ] {
            assert_eq!(org.address_of("1", &at(was)), at(of_it));
            assert_eq!(org.address_now(&at(was)), at(now));
            assert_eq!(org.address_of("2", &at(was)), at(was), "it is another repository's");
        }
        assert_eq!(org.addresses(&at("acme/Shop")), [at("acme/store"), at("acme/web")]);
        assert_eq!(org.addresses(&at("acme/SHOP")), [at("acme/Shop"), at("acme/store"), at("acme/web")]);
        assert_eq!(org.addresses(&at("acme/other")), [""; 0]);
        for no in [
            "",
            "acme/shop/pull/12",
            "https://git.example/acme/shop/pull/12/files",
            "https://git.example/acme/shop/issues/12",
        ] {
            assert_eq!(org.address_of("1", no), no);
            assert_eq!(org.address_now(no), no);
        }
    }

    #[test]
    fn who_is_in_a_team_under_one_name_is_in_it_under_all() {
        let mut org = Organisation::default();
        org.identity("github:1", Some("github:1"), false);
        org.identity("jira:9", Some("github:1"), false);
        org.identity("git:ada", Some("p"), false);
        org.identity("jira:8", Some("p"), false);
        org.member("team:a", "github:1", None, None);
        org.member("team:b", "git:ada", None, None);
        assert_eq!(org.team_at("jira:9", Some(1)), Some("team:a"));
        assert_eq!(org.team_at("jira:8", None), Some("team:b"));
    }

    #[test]
    fn who_has_one_name_alone_changes_nothing_and_is_in_the_teams_of_the_others_once_there_are_any() {
        let mut org = Organisation::default();
        org.member("team:a", "jira:9", None, None);
        let before = org.clone();
        org.identity("github:1", Some("github:1"), false);
        org.identity("jira:9", Some("jira:9"), false);
        assert_eq!(org, before);
        assert_eq!((org.person("github:1"), org.team_at("github:1", None)), ("github:1", None));
        assert_eq!(org.team_at("jira:9", None), Some("team:a"));
        org.identity("jira:9", Some("github:1"), false);
        assert_ne!(org, before);
        assert_eq!((org.person("jira:9"), org.team_at("github:1", None)), ("github:1", Some("team:a")));
    }
}
