//! Suggestions for misspelt names.

/// The candidate with the smallest edit distance, if that is at most a third of the word's length. Case does not
/// matter. If several candidates are equally close, the first one wins.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<_>>();
    let word = letters(word);
    let most = word.len().div_ceil(3);
    let distances = candidates.into_iter().map(|candidate| (distance(&word, &letters(candidate)), candidate));
    distances.filter(|(distance, _)| *distance <= most).min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// The edit distance: insertions, deletions, replacements, and swaps of neighbours.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut rows = [vec![0; b.len() + 1], vec![0; b.len() + 1], (0..=b.len()).collect::<Vec<usize>>()];
    for (i, x) in a.iter().enumerate() {
        rows.rotate_left(1);
        let [before, above, row] = &mut rows;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let swapped = i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y;
            row[j + 1] = (above[j] + usize::from(x != y)).min(above[j + 1] + 1).min(row[j] + 1);
            if swapped {
                row[j + 1] = row[j + 1].min(before[j - 1] + 1);
            }
        }
    }
    rows[2][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_name_is_found_and_none_for_an_unrelated_word() {
        let names = ["MESSAGE_CREATE", "MESSAGE_DELETE", "READY", "GUILD_BAN_ADD"];
        for (word, expected) in [
            ("MESSAGE_CREATED", Some("MESSAGE_CREATE")),
            ("mesage-create", Some("MESSAGE_CREATE")),
            ("MESSAGE_CRAETE", Some("MESSAGE_CREATE")),
            ("REDAY", Some("READY")),
            ("GUILD_BAN_AD", Some("GUILD_BAN_ADD")),
            ("NOPE", None),
            ("", None),
        ] {
            assert_eq!(closest(word, names), expected, "{word}");
        }
    }

    #[test]
    fn the_distance_is_the_number_of_changes() {
        let distance = |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        for (a, b, changes) in
            [("", "", 0), ("", "ab", 2), ("ab", "", 2), ("ab", "ba", 1), ("abc", "xbc", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(a, b), changes, "{a} {b}");
        }
    }
}
