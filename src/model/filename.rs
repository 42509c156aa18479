//! The names that Discord gives to uploaded files.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// The name under which Discord stores an uploaded file.
///
/// Discord decomposes letters (`é` becomes `e`), joins words with `_`, drops every character but ASCII
/// letters, digits, `_`, `-` and `.`, and strips `_` and `.` from both ends (discord-api-docs issues 2102,
/// 4847 and 7754). A file that is sent under this name keeps it, so `attachment://NAME` finds it. If
/// nothing is left before the extension, the name is `file` plus the extension.
pub fn stored(name: &str) -> String {
    let (stem, extension) = split(name);
    match (cleaned(stem), cleaned(extension)) {
        (stem, extension) if !stem.is_empty() || extension.is_empty() => match cleaned(name) {
            name if name.is_empty() => "file".to_owned(),
            name => name,
        },
        (_, extension) => format!("file.{extension}"),
    }
}

/// The title that Discord shows if the stored name has lost characters outside ASCII: the original name without its
/// extension. `None` if the stored name has lost none.
pub fn title(name: &str) -> Option<&str> {
    (!name.is_ascii()).then(|| split(name).0.trim()).filter(|stem| !stem.is_empty())
}

/// The part of a name before the last dot, and the extension after it. `.bashrc` has no extension.
fn split(name: &str) -> (&str, &str) {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, extension),
        _ => (name, ""),
    }
}

fn cleaned(text: &str) -> String {
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
    let words: Vec<&str> = decomposed.split_whitespace().collect();
    let kept = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let name: String = words.join("_").chars().filter(kept).collect();
    name.trim_matches(['.', '_']).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn file_names_are_changed_as_discord_changes_them() {
        for (name, expected) in [
            ("a.txt", "a.txt"),
            ("my pic.png", "my_pic.png"),
            ("hello (world).png", "hello_world.png"),
            ("_bug1.png", "bug1.png"),
            ("[abc] @me - 1.txt", "abc_me_-_1.txt"),
            (r#"a "q" b.txt"#, "a_q_b.txt"),
            (r"back\slash.txt", "backslash.txt"),
            ("résumé.pdf", "resume.pdf"),
            ("画像.png", "file.png"),
            ("Test测试.png", "Test.png"),
            ("a.tar.gz", "a.tar.gz"),
            (".bashrc", "bashrc"),
            ("archive.", "archive"),
            ("draft_.txt", "draft_.txt"),
            ("two\nlines.txt", "two_lines.txt"),
            ("...", "file"),
            ("", "file"),
            ("SPOILER_a.png", "SPOILER_a.png"),
        ] {
            assert_eq!(stored(name), expected, "{name:?}");
        }
    }

    #[test]
    fn a_file_name_that_loses_letters_becomes_the_title() {
        assert_eq!(title("画像.png"), Some("画像"));
        assert_eq!(title("my pic.png"), None);
        assert_eq!(title("ファイル"), Some("ファイル"));
    }

    proptest! {
        #[test]
        fn a_stored_file_name_is_not_changed_again(name in ".{0,40}") {
            let once = stored(&name);
            prop_assert!(!once.is_empty() && once.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b)));
            prop_assert_eq!(stored(&once), once.clone());
        }
    }
}
