use super::ObjectId;
use crate::model::{Desired, Object, Revision};
use proptest::prelude::*;

/// Parts that are likely to be mistaken for each other.
fn part() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ab:_/~01.]{0,6}"]
}

fn id() -> impl Strategy<Value = ObjectId> {
    [part(), part(), part(), part()].prop_map(|[g, k, ns, name]| ObjectId::new(&g, &k, &ns, &name))
}

fn desired(id: &ObjectId) -> Desired {
    let object = Object::new(id.clone(), &"1".into());
    Desired::new(Revision::new("main", "r"), [object]).unwrap()
}

proptest! {
    #[test]
    fn every_id_survives_being_stored(id in id()) {
        let text = serde_json::to_string(&id).unwrap();
        prop_assert_eq!(serde_json::from_str::<ObjectId>(&text).unwrap(), id.clone());
        let map = serde_json::to_string(&[(id.clone(), 1)].into_iter().collect::<std::collections::BTreeMap<_, _>>());
        let map: std::collections::BTreeMap<ObjectId, u8> = serde_json::from_str(&map.unwrap()).unwrap();
        prop_assert!(map.contains_key(&id));
    }

    /// One text for each id, and one id for each text that is read at all.
    #[test]
    fn no_two_texts_are_one_id(text in "[ab:_/~01]{0,12}") {
        if let Ok(id) = serde_json::from_value::<ObjectId>(text.clone().into()) {
            prop_assert_eq!(id.key(), text);
        }
    }

    #[test]
    fn different_ids_have_different_texts_and_states(a in id(), b in id()) {
        prop_assert_eq!(a == b, a.key() == b.key());
        prop_assert_eq!(a == b, desired(&a).digest() == desired(&b).digest());
    }
}

#[test]
fn what_inventory_ids_confuse_is_told_apart() {
    let [colon, lines] = ["a:b", "a__b"].map(|name| ObjectId::new("", "Role", "shop", name));
    assert_eq!(colon.inventory_id(), lines.inventory_id(), "as Flux and cli-utils have it");
    assert_ne!(serde_json::to_string(&colon).unwrap(), serde_json::to_string(&lines).unwrap());
    assert_ne!(desired(&colon).digest(), desired(&lines).digest());
}

#[test]
fn the_text_is_group_kind_namespace_and_name() {
    let id = ObjectId::new("apps", "Deployment", "shop", "web");
    assert_eq!(id.key(), "apps/Deployment/shop/web");
    let odd = ObjectId::new("a/b", "c~d", "", "e/f~");
    assert_eq!(odd.key(), "a~1b/c~0d//e/f~");
    for text in ["", "a/b/c", "shop_web_apps_Deployment", "a~2/b/c/d", "a~/b/c/d"] {
        let error = serde_json::from_value::<ObjectId>(text.into()).unwrap_err().to_string();
        assert!(error.contains("<group>/<kind>/<namespace>/<name>"), "{text}: {error}");
    }
}
