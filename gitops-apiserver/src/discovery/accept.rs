//! The header `Accept`, read as the server reads it.
//!
//! Looser than RFC 9110: a clause that can't be read is skipped, quoted parameters aren't known, and
//! a weight that is no number counts as none.

/// One clause of the header.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Clause<'a> {
    /// `application`, or `*`.
    pub(super) main: &'a str,
    /// `json`, or `*`.
    pub(super) sub: &'a str,
    weight: f64,
    parameters: Vec<(&'a str, &'a str)>,
}

impl<'a> Clause<'a> {
    fn parse(clause: &'a str) -> Option<Self> {
        let mut parts = clause.trim_matches(' ').split(';');
        let mut names = parts.next()?.split('/');
        let main = names.next()?.trim_matches(' ');
        let sub = match names.next() {
            None | Some("") if main == "*" => "*",
            None | Some("") => return None,
            Some(sub) => sub.trim_matches(' '),
        };
        if names.next().is_some_and(|rest| !rest.is_empty()) {
            return None;
        }
        let mut this = Self { main, sub, weight: 1.0, parameters: Vec::new() };
        for parameter in parts {
            match parameter.split_once('=') {
                Some((_, value)) if value.is_empty() || value.contains('=') => {}
                Some((name, value)) if name.trim_matches(' ') == "q" => {
                    this.weight = value.parse().unwrap_or(0.0);
                }
                Some((name, value)) => {
                    this.parameters.push((name.trim_matches(' '), value.trim_matches(' ')));
                }
                None => {}
            }
        }
        Some(this)
    }

    /// The last value of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&'a str> {
        self.parameters.iter().rev().find(|(key, _)| *key == name).map(|(_, value)| *value)
    }

    /// Whether this asks for `main/sub`.
    pub(super) fn allows(&self, main: &str, sub: &str) -> bool {
        match (self.main, self.sub) {
            ("*", "*") => true,
            (own, "*") => own == main,
            (own_main, own_sub) => own_main == main && own_sub == sub,
        }
    }
}

/// The clauses, most wanted first.
pub(super) fn clauses(header: &str) -> Vec<Clause<'_>> {
    let mut clauses: Vec<_> = header.split(',').filter_map(Clause::parse).collect();
    // A weight that isn't comparable sorts as an equal one.
    clauses.sort_by(|a, b| {
        let weight = b.weight.partial_cmp(&a.weight).unwrap_or(std::cmp::Ordering::Equal);
        weight
            .then_with(|| (a.main == "*").cmp(&(b.main == "*")))
            .then_with(|| (a.sub == "*").cmp(&(b.sub == "*")))
    });
    clauses
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Media {
    #[default]
    Json,
    Yaml,
    Protobuf,
}

impl Media {
    /// In the order in which the server prefers them.
    const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Json, "application", "json"),
        (Self::Yaml, "application", "yaml"),
        (Self::Protobuf, "application", "vnd.kubernetes.protobuf"),
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Yaml => "application/yaml",
            Self::Protobuf => "application/vnd.kubernetes.protobuf",
        }
    }
}

/// What a client and an endpoint agreed on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Agreed {
    pub(super) media: Media,
    /// Indented, because the clause asked for it.
    pub(super) pretty: bool,
    /// The whole of discovery in one document, instead of what stands at the path.
    pub(super) aggregated: bool,
}

/// The first clause that can be satisfied; `None` is a 406. `/api` and `/apis` have an aggregated
/// form, which a client asks for by parameters: any other transformation is refused.
pub(super) fn agree(header: Option<&str>, has_aggregated: bool) -> Option<Agreed> {
    let header = header.unwrap_or_default();
    if header.is_empty() {
        return Some(Agreed { media: Media::Json, pretty: false, aggregated: false });
    }
    let clauses = clauses(header);
    if has_aggregated && let Some(agreed) = first(&clauses, true) {
        return Some(agreed);
    }
    first(&clauses, false)
}

fn first(clauses: &[Clause<'_>], aggregated: bool) -> Option<Agreed> {
    for clause in clauses {
        let allowed = match ["g", "v", "as"].map(|name| clause.parameter(name)) {
            [None, None, None] => !aggregated,
            wanted => aggregated && wanted == AGGREGATED.map(Some),
        };
        let streams = clause.parameter("stream").is_some_and(|stream| stream != "watch");
        let other_version = clause.parameter("sv").is_some();
        if !allowed || streams || other_version {
            continue;
        }
        let media = Media::ALL.iter().find(|(_, main, sub)| clause.allows(main, sub));
        if let Some((media, ..)) = media {
            let pretty = clause.parameter("pretty") == Some("1");
            return Some(Agreed { media: *media, pretty, aggregated });
        }
    }
    None
}

/// Whether the router lets a request through to an endpoint that writes these: it looks at the names
/// alone, before the endpoint reads the header properly.
pub(super) fn routed(header: Option<&str>, produced: &[&str]) -> bool {
    let header = header.filter(|header| !header.is_empty()).unwrap_or("*/*");
    let names = header.split(',').map(|clause| clause.split(';').next().unwrap_or_default());
    names.map(|name| name.trim_matches(' ')).any(|name| name == "*/*" || produced.contains(&name))
}

/// What endpoints of discovery write, as they say it when they refuse.
pub(super) const PRODUCED: [&str; 3] =
    ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

/// Group, version and kind of the aggregated form. Its version `v2beta1` is gone since 1.37.
pub(super) const AGGREGATED: [&str; 3] = ["apidiscovery.k8s.io", "v2", "APIGroupDiscoveryList"];
