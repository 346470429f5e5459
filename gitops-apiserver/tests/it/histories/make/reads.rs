//! Steps that read.

use super::{
    super::{
        kinds::Kind,
        step::{Step, Stream},
    },
    Maker,
};

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const PARTIAL: &str =
    "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json";
const PARTIALS: &str =
    "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json";

impl Maker<'_> {
    pub(super) fn get(&mut self, id: u32, kind: &'static Kind) -> Step {
        let name = self.name();
        let mut step = Step::new(id, "GET", &kind.path_of(name));
        if self.dice.percent(20) {
            let version = self.version();
            step = step.with("resourceVersion", version.as_str().unwrap_or_default());
        }
        let accept = [
            TABLE,
            TABLE,
            PARTIAL,
            PARTIALS,
            "application/json",
            "*/*",
            "text/html",
            "application/json;as=Other;v=v1;g=meta.k8s.io",
        ];
        if self.dice.percent(30) {
            step = step.header("accept", self.dice.one(&accept));
        }
        step
    }

    pub(super) fn list(&mut self, id: u32, kind: &'static Kind) -> Step {
        if self.dice.percent(30)
            && let Some((before, page)) = self.pages.pop()
        {
            let mut step = before;
            step.id = id;
            step.query.retain(|pair| {
                !pair.starts_with("continue") && !pair.starts_with("resourceVersion")
            });
            let step = step.with("continue", format!("{{{{continue {page}}}}}"));
            self.pages.push((step.clone(), id));
            return step;
        }
        let mut step = self.reading(id, kind);
        if self.dice.percent(35) && !kind.cluster {
            step = step.with("limit", self.dice.one(&["1", "1", "2", "500", "0", "-1", "x"]));
            self.pages.push((step.clone(), id));
        }
        match self.dice.below(12) {
            0 => step = step.with("resourceVersion", "0"),
            1 => step = step.with("resourceVersion", self.known()),
            2 => {
                step =
                    step.with("resourceVersion", self.known()).with("resourceVersionMatch", "Exact")
            }
            3 => {
                step = step
                    .with("resourceVersion", self.known())
                    .with("resourceVersionMatch", "NotOlderThan")
            }
            4 => {
                let version = self.version();
                step = step.with("resourceVersion", version.as_str().unwrap_or_default());
                if self.dice.percent(50) {
                    step = step.with(
                        "resourceVersionMatch",
                        self.dice.one(&["Exact", "NotOlderThan", "Other"]),
                    );
                }
            }
            5 if self.dice.percent(30) => step = step.with("resourceVersionMatch", "Exact"),
            6 if self.dice.percent(30) => step = step.with("continue", "garbage"),
            _ => {}
        }
        let accept = [TABLE, TABLE, PARTIALS, PARTIALS, PARTIAL, "*/*"];
        if self.dice.percent(25) {
            step = step.header("accept", self.dice.one(&accept));
            if self.dice.percent(20) {
                step = step
                    .with("includeObject", self.dice.one(&["None", "Metadata", "Object", "Other"]));
            }
        }
        self.lists.push(id);
        step
    }

    /// A version of the storage that a list or a write told.
    fn known(&mut self) -> String {
        format!("{{{{rv {}}}}}", self.earlier())
    }

    fn reading(&mut self, id: u32, kind: &'static Kind) -> Step {
        let step = Step::new(id, "GET", &kind.collection());
        if kind.cluster {
            return step.with("labelSelector", "history={{ns}}");
        }
        self.selector(step, kind)
    }

    pub(super) fn selector(&mut self, step: Step, kind: &Kind) -> Step {
        let labels = [
            "app=a",
            "app=a",
            "app=b",
            "app!=a",
            "app in (a,b)",
            "app notin (a)",
            "app",
            "!app",
            "tier=x,app",
            "app==a",
            "",
            "a b",
            "=",
            "app in ()",
            "app=a=b",
            "app>1",
            "-x",
        ];
        let fields = [
            "metadata.name=a",
            "metadata.name=a",
            "metadata.name!=a",
            "metadata.namespace={{ns}}",
            "metadata.name=b,metadata.namespace=x",
            "spec.nodeName=n",
            "status.phase=Pending",
            "type=Opaque",
            "metadata.uid=x",
            "x",
            "",
        ];
        match self.dice.below(10) {
            0..3 => step.with("labelSelector", self.dice.one(&labels)),
            3 => step.with("fieldSelector", self.dice.one(&fields)),
            4 if !kind.fields.is_empty() => step.with("fieldSelector", self.dice.one(&kind.fields)),
            _ => step,
        }
    }

    pub(super) fn watch(&mut self, id: u32, kind: &'static Kind) -> Step {
        let mut step = self.reading(id, kind).with("watch", self.dice.one(&["true", "true", "1"]));
        // Watches of what is in no cache are answered before the real server has begun to look.
        let begins_late = kind.path.ends_with("/events");
        let open = self.dice.percent(40) && !begins_late;
        step.stream = if open { Stream::Open } else { Stream::Now };
        if self.dice.percent(20) {
            step = step.header("accept", self.dice.one(&[TABLE, PARTIAL]));
        }
        if self.dice.percent(20) {
            let allow = !self.dice.percent(10);
            step = step.with("sendInitialEvents", true);
            if !self.dice.percent(10) {
                step = step.with("resourceVersionMatch", "NotOlderThan");
            }
            if self.dice.percent(30) {
                step = step.with("resourceVersion", self.known());
            }
            return if allow { step.with("allowWatchBookmarks", true) } else { step };
        }
        match self.dice.below(8) {
            0 => {}
            1 => step = step.with("resourceVersion", "0"),
            2 => {
                // One of the future is refused after some seconds.
                let version = self.version().as_str().unwrap_or_default().replace("future", "max");
                step = step.with("resourceVersion", version);
            }
            _ => step = step.with("resourceVersion", self.known()),
        }
        if self.dice.percent(20) { step.with("allowWatchBookmarks", true) } else { step }
    }
}
