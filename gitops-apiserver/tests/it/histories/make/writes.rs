//! Steps that write.

use super::{
    super::{
        kinds::{Kind, edit},
        step::Step,
    },
    Maker,
};
use serde_json::{Value, json};

const JSON: &str = "application/json";
const APPLY: &str = "application/apply-patch+yaml";
const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
const PATCH: &str = "application/json-patch+json";

impl Maker<'_> {
    pub(super) fn create(&mut self, id: u32, kind: &'static Kind) -> Step {
        let name = self.name();
        let mut object = self.object(kind, name);
        if self.dice.percent(6) && object["metadata"].is_object() {
            if let Some(meta) = object["metadata"].as_object_mut() {
                meta.remove("name");
            }
            // Unlike other steps', so that lists have one order.
            let base = kind.name(&format!("gen{id}-"));
            object["metadata"]["generateName"] = base.into();
        }
        if self.dice.percent(3) && object["metadata"].is_object() {
            object["metadata"]["resourceVersion"] = self.version();
        }
        let step = Step::new(id, "POST", &kind.collection());
        let step = self.options(step);
        self.encoded(step, object)
    }

    pub(super) fn put(&mut self, id: u32, kind: &'static Kind) -> Step {
        let name = self.name();
        let mut object = self.object(kind, name);
        if self.dice.percent(60) && object["metadata"].is_object() {
            object["metadata"]["resourceVersion"] = self.version();
        }
        let step = Step::new(id, "PUT", &kind.path_of(name));
        let step = self.options(step);
        self.encoded(step, object)
    }

    pub(super) fn apply(&mut self, id: u32, kind: &'static Kind) -> Step {
        let name = self.name();
        let mut object = self.object(kind, name);
        if self.dice.percent(25) {
            // Owns little: what its changes say.
            object = json!({"apiVersion": object["apiVersion"], "kind": object["kind"], "metadata": object["metadata"]});
            let change = self.change(kind);
            edit(&mut object, &change);
        }
        if self.dice.percent(5) && object["metadata"].is_object() {
            object["metadata"]["resourceVersion"] = self.version();
        }
        let step = Step::new(id, "PATCH", &kind.path_of(name)).header("content-type", APPLY);
        self.applied(step).json(object)
    }

    fn applied(&mut self, mut step: Step) -> Step {
        if !self.dice.percent(3) {
            step = step.with("fieldManager", self.dice.one(&["one", "two", "two", "kubectl"]));
        }
        match self.dice.below(10) {
            0..3 => step = step.with("force", true),
            3 => step = step.with("force", false),
            _ => {}
        }
        if self.dice.percent(6) { step.with("dryRun", "All") } else { self.validation(step) }
    }

    pub(super) fn merge_patch(&mut self, id: u32, kind: &'static Kind) -> Step {
        let body = self.difference(kind);
        self.patch(id, kind, MERGE, body)
    }

    pub(super) fn strategic_patch(&mut self, id: u32, kind: &'static Kind) -> Step {
        let body = match kind.merge.is_empty() || self.dice.percent(40) {
            true => self.difference(kind),
            false => self.dice.one(&kind.merge),
        };
        // Custom kinds have no strategies: now and then to see that said.
        let is = if kind.custom && self.dice.percent(80) { MERGE } else { STRATEGIC };
        self.patch(id, kind, is, body)
    }

    pub(super) fn json_patch(&mut self, id: u32, kind: &'static Kind) -> Step {
        let body = self.operations(kind);
        self.patch(id, kind, PATCH, body)
    }

    fn patch(&mut self, id: u32, kind: &Kind, is: &str, mut body: Value) -> Step {
        let name = self.name();
        if self.dice.percent(12) && body["metadata"].is_object() {
            body["metadata"]["resourceVersion"] = self.version();
        }
        let step = Step::new(id, "PATCH", &kind.path_of(name)).header("content-type", is);
        self.options(step).json(body)
    }

    pub(super) fn delete(&mut self, id: u32, kind: &'static Kind) -> Step {
        let name = self.name();
        let step = Step::new(id, "DELETE", &kind.path_of(name));
        self.deletion(step)
    }

    pub(super) fn delete_collection(&mut self, id: u32, kind: &'static Kind) -> Step {
        let step = Step::new(id, "DELETE", &kind.collection());
        let step = match kind.cluster {
            true => step.with("labelSelector", "history={{ns}}"),
            false => self.selector(step, kind),
        };
        self.deletion(step)
    }

    /// Options of a deletion: in the body, in the query or none.
    fn deletion(&mut self, step: Step) -> Step {
        let mut options = json!({"apiVersion": "v1", "kind": "DeleteOptions"});
        if self.dice.percent(35) {
            return step;
        }
        if self.dice.percent(25) {
            let policy = self.dice.one(&["Foreground", "Background", "Orphan", "Orphan", "Other"]);
            if self.dice.percent(30) {
                return step.with("propagationPolicy", policy);
            }
            options["propagationPolicy"] = (*policy).into();
        }
        if self.dice.percent(20) {
            let seconds = self.dice.one(&[0, 0, 1, 30, -1]);
            if self.dice.percent(30) {
                return step.with("gracePeriodSeconds", seconds);
            }
            options["gracePeriodSeconds"] = seconds.into();
        }
        if self.dice.percent(20) {
            let uid =
                self.dice.one(&["{{uid}}", "{{uid}}", "11111111-2222-3333-4444-555555555555"]);
            options["preconditions"]["uid"] = (*uid).into();
        }
        if self.dice.percent(20) {
            options["preconditions"]["resourceVersion"] = self.version();
        }
        if self.dice.percent(5) {
            options["orphanDependents"] = self.dice.percent(50).into();
        }
        if self.dice.percent(8) {
            options["dryRun"] = json!(["All"]);
        }
        if self.dice.percent(4) {
            options["unknown"] = json!(1);
        }
        step.header("content-type", JSON).json(options)
    }

    /// A version: mostly of the object at this path as it is, or was.
    pub(super) fn version(&mut self) -> Value {
        match self.dice.below(20) {
            0..10 => "{{rv}}".into(),
            10..15 => format!("{{{{rv {}}}}}", self.earlier()).into(),
            15 => "{{rv max}}".into(),
            16 => "{{rv future}}".into(),
            17 => "0".into(),
            18 => "garbage".into(),
            _ => "".into(),
        }
    }

    pub(super) fn status(&mut self, id: u32, kind: &'static Kind) -> Step {
        let name = self.name();
        let path = format!("{}/status", kind.path_of(name));
        let mut object = self.object(kind, name);
        let change = match kind.statuses.is_empty() {
            true => self.change(kind),
            false => self.dice.one(&kind.statuses),
        };
        match self.dice.below(6) {
            0 => Step::new(id, "GET", &path),
            1 | 2 => {
                edit(&mut object, &change);
                if self.dice.percent(60) && object["metadata"].is_object() {
                    object["metadata"]["resourceVersion"] = self.version();
                }
                let step = self.options(Step::new(id, "PUT", &path));
                self.encoded(step, object)
            }
            3 | 4 => {
                let mut patch = json!({});
                edit(&mut patch, &change);
                let is = if kind.custom || self.dice.percent(50) { MERGE } else { STRATEGIC };
                self.options(Step::new(id, "PATCH", &path).header("content-type", is)).json(patch)
            }
            _ => {
                let mut object = json!({"apiVersion": object["apiVersion"], "kind": object["kind"], "metadata": {"name": kind.name(name)}});
                edit(&mut object, &change);
                let step = Step::new(id, "PATCH", &path).header("content-type", APPLY);
                self.applied(step).json(object)
            }
        }
    }

    pub(super) fn scale(&mut self, id: u32, kind: &'static Kind) -> Step {
        let scalable = self.kinds.iter().copied().find(|kind| kind.scale);
        let kind = scalable.unwrap_or(kind);
        let name = self.name();
        let path = format!("{}/scale", kind.path_of(name));
        let replicas = self
            .dice
            .one(&[json!(0), json!(1), json!(4), json!(-1), json!("2"), json!(null)])
            .clone();
        let mut scale = json!({
            "apiVersion": "autoscaling/v1", "kind": "Scale",
            "metadata": {"name": kind.name(name), "namespace": "{{ns}}"}, "spec": {"replicas": replicas},
        });
        // A scale can't be applied to the server in memory yet.
        match self.dice.below(4) {
            0 | 1 => Step::new(id, "GET", &path),
            2 => {
                if self.dice.percent(40) {
                    scale["metadata"]["resourceVersion"] = self.version();
                }
                self.options(Step::new(id, "PUT", &path).header("content-type", JSON)).json(scale)
            }
            _ => {
                let body = json!({"spec": {"replicas": replicas}});
                self.options(Step::new(id, "PATCH", &path).header("content-type", MERGE)).json(body)
            }
        }
    }

    /// Options that every write has.
    pub(super) fn options(&mut self, mut step: Step) -> Step {
        if self.dice.percent(40) {
            step = step.with(
                "fieldManager",
                self.dice.one(&["one", "two", "kubectl", "", "bad\u{1}manager"][..]),
            );
        } else if self.dice.percent(20) {
            step =
                step.header("user-agent", self.dice.one(&["kubectl/v1.37.2 (linux)", "one", ""]));
        }
        if self.dice.percent(8) {
            step = step.with("dryRun", self.dice.one(&["All", "All", "All", "None", ""]));
        }
        if self.dice.percent(2) {
            step = step.with("force", true);
        }
        if self.dice.percent(2) {
            step = step.with("pretty", true);
        }
        self.validation(step)
    }

    fn validation(&mut self, step: Step) -> Step {
        if self.dice.percent(70) {
            return step;
        }
        let modes = ["Strict", "Strict", "Strict", "Warn", "Warn", "Ignore", "Ignore", "Other", ""];
        step.with("fieldValidation", self.dice.one(&modes))
    }

    /// The body as JSON, or now and then as YAML.
    pub(super) fn encoded(&mut self, step: Step, object: Value) -> Step {
        if self.dice.percent(6) {
            let text = serde_saphyr::to_string(&object).unwrap_or_default();
            return step.header("content-type", "application/yaml").text(text);
        }
        if self.dice.percent(5) {
            step.json(object)
        } else {
            step.header("content-type", JSON).json(object)
        }
    }
}
