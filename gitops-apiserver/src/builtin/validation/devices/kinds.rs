//! The table's lines of kinds of devices.

use super::{claim, claim_status, class, slice, taints};
use crate::builtin::validation::kinds::Step::{
    Change as Changed, Check as Also, Metadata, NewMetadata, Rules,
};
use crate::builtin::validation::kinds::{CLUSTER, Kind, NAMESPACED, kind};
use crate::builtin::validation::metadata::NameRule;

const GROUP: &str = "resource.k8s.io";

pub(in crate::builtin::validation) static KINDS: &[Kind] = &[
    Kind {
        names: NameRule::Declared,
        rules: class::CLASS,
        declared: class::CLASS_DECLARED,
        update: &[NewMetadata, Metadata, Rules],
        ..kind(GROUP, "DeviceClass", CLUSTER)
    },
    Kind {
        rules: claim::CLAIM,
        declared: claim::CLAIM_DECLARED,
        declared_change: Some(claim::claim_fixed),
        update: &[NewMetadata, Metadata],
        subresources: &[(
            "status",
            &[Metadata, Changed(claim_status::status), Changed(claim_status::status_declared)],
        )],
        ..kind(GROUP, "ResourceClaim", NAMESPACED)
    },
    Kind {
        rules: claim::TEMPLATE,
        declared: claim::TEMPLATE_DECLARED,
        update: &[NewMetadata, Rules, Metadata, Changed(claim::template_fixed)],
        ..kind(GROUP, "ResourceClaimTemplate", NAMESPACED)
    },
    Kind {
        rules: slice::SLICE,
        declared: slice::SLICE_DECLARED,
        update: &[Metadata, Changed(slice::slice_again)],
        ..kind(GROUP, "ResourceSlice", CLUSTER)
    },
    Kind {
        rules: taints::RULE,
        declared: taints::RULE_DECLARED,
        subresources: &[("status", &[Metadata, Also(taints::rule_status)])],
        ..kind(GROUP, "DeviceTaintRule", CLUSTER)
    },
];
