//! Words that the story is told in.

pub(super) const FIRST: &[&str] = &[
    "Amara", "Bo", "Chidi", "Dana", "Emeka", "Farah", "Goran", "Hana", "Ivo", "Jun", "Kofi", "Lena", "Mira", "Nils",
    "Oya", "Pia", "Quentin", "Rosa", "Sami", "Tove", "Uma", "Viktor", "Wanja", "Xenia", "Yusuf", "Zora",
];

pub(super) const LAST: &[&str] = &[
    "Adeyemi", "Berg", "Costa", "Diallo", "Ek", "Fischer", "Garcia", "Haddad", "Ito", "Jansen", "Kaya", "Lund",
    "Moreau", "Novak", "Okafor", "Petrov", "Quist", "Rossi", "Sato", "Tran",
];

pub(crate) const TEAMS: &[&str] =
    &["Shop", "Payments", "Platform", "Search", "Mobile", "Data", "Identity", "Logistics", "Growth", "Support"];

pub(crate) const REPOSITORIES: &[&str] = &[
    "storefront",
    "payments",
    "catalogue",
    "gateway",
    "search",
    "accounts",
    "warehouse",
    "mailer",
    "reports",
    "pricing",
    "checkout",
    "stock",
    "images",
    "ledger",
    "notifier",
];

pub(super) const VERBS: &[&str] = &["Add", "Fix", "Improve", "Rework", "Simplify", "Speed up", "Remove", "Test"];

pub(super) const THINGS: &[&str] = &[
    "the basket",
    "price rounding",
    "retry handling",
    "the order export",
    "address checks",
    "the login page",
    "the cache of product lists",
    "timeouts",
    "currency formats",
    "the audit log",
    "session expiry",
    "image sizes",
    "pagination",
    "the metrics endpoint",
    "error pages",
    "voucher codes",
];

pub(super) const SYMPTOMS: &[&str] = &[
    "answers with errors",
    "is very slow",
    "does not take orders",
    "loses messages",
    "shows wrong prices",
    "runs out of memory",
];

pub(super) const PACKAGES: &[&str] = &["serde", "lodash", "axios", "tokio", "webpack", "eslint", "jackson", "pytest"];

pub(super) const MANAGERS: &[&str] = &["Ada", "Edda", "Isak", "Oskar", "Runa", "Selma", "Tarek", "Ylva"];

pub(super) const LABELS: &[&str] = &["frontend", "backend", "tech-debt", "customer", "quick-win", "security"];

pub(super) const GOALS: &[&str] =
    &["Less waiting", "Fewer returns", "A faster checkout", "Clearer prices", "Safer accounts"];

pub(super) const REMARKS: &[&str] = &[
    "We talked about it and want to keep it small.",
    "Is it the same in the app?",
    "I have seen it, too.\n\nIt was after the last release.",
    "Support asks for it every week.",
    "Let us wait for the numbers.",
];

/// The nth of a list of names; when the list is through, they come again with a number.
pub(crate) fn nth(list: &[&str], n: usize) -> String {
    let name = list.get(n % list.len().max(1)).copied().unwrap_or_default();
    if n < list.len() { name.to_owned() } else { format!("{name}-{}", n / list.len() + 1) }
}

/// The nth person's first and last name. They come again only after hundreds.
pub(super) fn person(n: usize) -> (&'static str, &'static str) {
    let of = |list: &[&'static str], i: usize| list.get(i % list.len().max(1)).copied().unwrap_or_default();
    (of(FIRST, n), of(LAST, n * 7 + n / 260))
}

/// A title as a part of a branch's name.
pub(super) fn slug(title: &str) -> String {
    let words: Vec<String> = title.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_lowercase).collect();
    words.into_iter().filter(|w| !w.is_empty() && w != "the").collect::<Vec<_>>().join("-")
}
