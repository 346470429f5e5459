use super::*;

fn text(text: &str) -> impl FnOnce(u64) -> Bytes {
    let text = text.to_owned();
    move |revision| Bytes::from(format!("{text}@{revision}"))
}

fn names(page: &Page) -> Vec<String> {
    page.items
        .iter()
        .map(|(_, stored)| String::from_utf8_lossy(&stored.bytes).into_owned())
        .collect()
}

#[test]
fn the_past_can_be_read_until_it_is_compacted() {
    let store = Store::new(100);
    let table: Arc<str> = "configmaps".into();
    let a = store.write(&table, "ns/a", None, text("a")).unwrap();
    store.write(&table, "ns/b", None, text("b")).unwrap();
    let then = store.revision();
    store.write(&table, "ns/a", Some(a.revision), text("a")).unwrap();
    store.remove(&table, "ns/b", then, text("b")).unwrap();
    store.write(&table, "other/c", None, text("c")).unwrap();

    let range = Range { prefix: "ns/", ..Range::default() };
    assert_eq!(names(&store.list(&table, range)), ["a@4"]);
    assert_eq!(names(&store.list_at(&table, range, then).unwrap()), ["a@2", "b@3"]);
    assert_eq!(names(&store.list_at(&table, range, 2).unwrap()), ["a@2"]);
    let first = Range { limit: Some(1), ..range };
    let page = store.list_at(&table, first, then).unwrap();
    assert_eq!((names(&page), page.remaining), (vec!["a@2".to_owned()], 1));

    let kinds = |after| -> Vec<ChangeKind> {
        store.changes(&table, after, 10).unwrap().iter().map(|change| change.kind).collect()
    };
    assert_eq!(kinds(then), [ChangeKind::Updated, ChangeKind::Removed, ChangeKind::Created]);
    store.compact(then);
    assert_eq!(kinds(then).len(), 3);
    assert_eq!(store.changes(&table, then - 1, 10).unwrap_err(), Compacted { oldest: then });
    assert!(store.list_at(&table, range, then).is_ok());
    assert!(store.list_at(&table, range, then - 1).is_err());
}

#[test]
fn a_write_needs_the_current_revision() {
    let store = Store::new(100);
    let table: Arc<str> = "t".into();
    let first = store.write(&table, "a", None, text("a")).unwrap();
    assert_eq!(store.write(&table, "a", None, text("a")), Err(Clash));
    assert_eq!(store.write(&table, "a", Some(99), text("a")), Err(Clash));
    assert_eq!(store.remove(&table, "b", 1, text("b")), Err(Clash));
    assert_eq!(store.revision(), first.revision);
}

#[test]
fn a_long_history_is_forgotten_from_its_start() {
    let store = Store::new(2);
    let table: Arc<str> = "t".into();
    for name in ["a", "b", "c"] {
        store.write(&table, name, None, text(name)).unwrap();
    }
    assert!(store.changes(&table, 1, 10).is_err());
    assert_eq!(store.changes(&table, 2, 10).unwrap().len(), 2);
}
