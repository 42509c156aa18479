//! Puts objects in order. The objects that a file names keep the places that they have together, so that the others stay where
//! they are.

/// An object, and its place among its siblings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sibling {
    pub id: String,
    pub position: i64,
}

/// The new positions that put the wanted objects in this order. `siblings` are in ascending order.
pub fn arrange(siblings: &[Sibling], wanted: &[String]) -> Vec<Sibling> {
    let mut order: Vec<&str> = siblings.iter().map(|sibling| &*sibling.id).collect();
    let places: Vec<usize> = (0..order.len()).filter(|place| wanted.iter().any(|id| *id == order[*place])).collect();
    let wanted = wanted.iter().filter(|id| siblings.iter().any(|sibling| sibling.id == **id));
    for (place, id) in places.into_iter().zip(wanted) {
        order[place] = id;
    }
    if order.iter().zip(siblings).all(|(id, sibling)| *id == sibling.id) {
        return Vec::new();
    }
    let mut changed = Vec::new();
    let mut before = None;
    for (id, place) in order.into_iter().zip(siblings) {
        // Two objects with one position would be sorted by their ids.
        let position = before.map_or(place.position, |before: i64| place.position.max(before + 1));
        before = Some(position);
        let known = siblings.iter().find(|sibling| sibling.id == id);
        if known.is_none_or(|known| known.position != position) {
            changed.push(Sibling { id: id.to_owned(), position });
        }
    }
    changed
}

/// The fewest elements whose moves bring a list from its current order to the wanted one. Both lists have the same elements.
pub fn moved(current: &[String], wanted: &[String]) -> Vec<String> {
    let place = |id: &String| current.iter().position(|known| known == id).unwrap_or(usize::MAX);
    let places: Vec<usize> = wanted.iter().map(place).collect();
    // The longest increasing subsequence stays.
    let mut best: Vec<(usize, Option<usize>)> = Vec::new();
    for (at, own) in places.iter().enumerate() {
        let before = (0..at).filter(|other| places[*other] < *own).max_by_key(|other| best[*other].0);
        best.push((before.map_or(1, |before| best[before].0 + 1), before));
    }
    let mut stays = vec![false; wanted.len()];
    let mut last = (0..wanted.len()).max_by_key(|at| best[*at].0);
    while let Some(at) = last {
        stays[at] = true;
        last = best[at].1;
    }
    wanted.iter().zip(stays).filter(|(_, stays)| !stays).map(|(id, _)| id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ids(text: &str) -> Vec<String> {
        text.chars().map(|id| id.to_string()).collect()
    }

    fn siblings(text: &str, positions: &[i64]) -> Vec<Sibling> {
        ids(text).into_iter().zip(positions).map(|(id, position)| Sibling { id, position: *position }).collect()
    }

    /// The order of the siblings after a change of their positions.
    fn after(siblings: &[Sibling], changed: &[Sibling]) -> String {
        let position = |id: &str| changed.iter().find(|c| c.id == id).map(|c| c.position);
        let mut sorted: Vec<_> =
            siblings.iter().map(|s| (position(&s.id).unwrap_or(s.position), s.id.clone())).collect();
        sorted.sort();
        sorted.into_iter().map(|(_, id)| id).collect()
    }

    #[test]
    fn only_the_objects_of_the_file_change_places_with_each_other() {
        for (positions, wanted, expected, sent) in [
            (&[0, 1, 2, 3][..], "abcd", "abcd", 0),
            (&[0, 1, 2, 3], "ca", "cbad", 2),
            (&[0, 1, 2, 3], "dcba", "dcba", 4),
            (&[0, 1, 2, 3], "xa", "abcd", 0),
            (&[5, 5, 5, 5], "ba", "bacd", 3),
        ] {
            let siblings = siblings("abcd", positions);
            let changed = arrange(&siblings, &ids(wanted));
            assert_eq!((after(&siblings, &changed).as_str(), changed.len()), (expected, sent), "{wanted}");
        }
    }

    #[test]
    fn a_single_moved_object_is_the_only_one_that_is_named() {
        for (wanted, expected) in [("abcde", ""), ("eabcd", "e"), ("bcdae", "a"), ("acbde", "b"), ("edcba", "edcb")] {
            assert_eq!(moved(&ids("abcde"), &ids(wanted)).len(), expected.len(), "{wanted}");
        }
        assert_eq!(moved(&ids("abcde"), &ids("eabcd")), ids("e"));
    }

    proptest! {
        #[test]
        fn an_arrangement_has_the_wanted_order(
            positions in proptest::collection::vec(0_i64..9, 6),
            wanted in Just("abcdef".chars().collect::<Vec<char>>()).prop_shuffle(),
            count in 0_usize..7,
        ) {
            let mut positions = positions;
            positions.sort_unstable();
            let siblings = siblings("abcdef", &positions);
            let wanted: Vec<String> = wanted.into_iter().take(count).map(|id| id.to_string()).collect();
            let result = after(&siblings, &arrange(&siblings, &wanted));
            let kept: String = result.chars().filter(|id| wanted.contains(&id.to_string())).collect();
            prop_assert_eq!(kept, wanted.concat());
            let others: String = result.chars().filter(|id| !wanted.contains(&id.to_string())).collect();
            let mut sorted: Vec<char> = others.chars().collect();
            sorted.sort_unstable();
            prop_assert_eq!(others, sorted.into_iter().collect::<String>());
        }
    }
}
