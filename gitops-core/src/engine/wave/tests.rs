use super::*;

fn id(name: &str) -> ObjectId {
    ObjectId::new("", "Thing", "", name)
}

fn places(text: &str) -> BTreeMap<ObjectId, Place> {
    // "a:0 b:1<a,c": name, rank, dependencies
    let place = |word: &str| {
        let (head, after) = word.split_once('<').unwrap_or((word, ""));
        let (name, rank) = head.split_once(':').unwrap_or((head, "0"));
        let after = after.split(',').filter(|name| !name.is_empty()).map(id).collect();
        (id(name), Place { rank: rank.parse().unwrap(), after, ..Place::default() })
    };
    text.split_whitespace().map(place).collect()
}

fn check(input: &str, expected: &str) {
    let groups = arrange(&places(input)).unwrap();
    let text: Vec<String> = groups
        .iter()
        .map(|group| group.ids.iter().map(ObjectId::name).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(text.join(" | "), expected);
}

#[test]
fn ranks_then_dependencies() {
    check("", "");
    check("b a", "a b");
    check("a:1 b:0 c:-5", "c | b | a");
    check("a<b b<c c", "c | b | a");
    check("a<b,b b", "b | a");
    check("a:0<b b:3 c:3", "b c | a");
    check("a:0<b b:3 c:4", "b | a | c");
    check("x<a a b<x", "a | x | b");
}

#[test]
fn a_circle_names_its_members_and_nobody_else() {
    let error = arrange(&places("a<b b<a free")).unwrap_err();
    assert_eq!(error.reason(), reason::DEPENDENCY);
    assert!(error.message().ends_with("Thing a, Thing b"), "{error}");
    assert!(arrange(&places("self<self")).is_err());
}

#[test]
fn every_dangling_dependency_is_named() {
    let error = arrange(&places("a<x b<y")).unwrap_err();
    assert_eq!((error.related().len(), error.object()), (1, Some(&id("a"))));
}
