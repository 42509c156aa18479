//! What holds for every row.

use std::collections::HashSet;

use super::*;

#[test]
fn the_placeholders_of_a_path_are_its_path_parameters_in_order() {
    for (noun, row) in endpoints() {
        let placeholders: Vec<_> = row.path.split('{').skip(1).filter_map(|p| p.split('}').next()).collect();
        let params: Vec<_> = row.all_params().filter(|p| p.place == Place::Path).map(|p| p.name).collect();
        assert_eq!(placeholders, params, "{} {}", noun.name, row.verb);
    }
}

#[test]
fn commands_are_unique_aliases_included() {
    let mut seen = HashSet::new();
    for (noun, row) in endpoints() {
        assert!(seen.insert(format!("{} {}", noun.name, row.verb)), "{} {}", noun.name, row.verb);
        for alias in row.aliases {
            assert_eq!(alias.split(' ').count(), 2, "{alias}");
            assert!(seen.insert((*alias).to_owned()), "{alias}");
        }
    }
}

#[test]
fn flags_of_a_row_are_unique_and_well_formed() {
    for (noun, row) in endpoints() {
        let mut seen = HashSet::new();
        for param in row.all_params().filter(|p| p.place != Place::Path) {
            let at = format!("{} {}: {}", noun.name, row.verb, param.name);
            let flag = param.flag();
            assert!(flag.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b)), "{at}");
            if param.kind == Kind::Text {
                assert!(seen.insert(format!("{flag}-file")), "{at}");
            }
            assert!(seen.insert(flag), "{at}");
        }
    }
}

#[test]
fn help_fits_and_has_no_full_stop() {
    for noun in NOUNS {
        assert!(noun.about.len() <= 72 && !noun.about.ends_with('.'), "{}", noun.name);
    }
    for (noun, row) in endpoints() {
        let at = format!("{} {}", noun.name, row.verb);
        assert!(!row.about.is_empty() && row.about.chars().count() <= 72, "{at}: about is {} long", row.about.len());
        assert!(!row.about.ends_with('.'), "{at}");
        assert!(row.about.starts_with(char::is_uppercase), "{at}");
        assert!(row.more.is_empty() || row.more.ends_with('.'), "{at}: more is made of sentences");
        for param in row.all_params() {
            assert!(param.help.chars().count() <= 72, "{at}: {} is {} long", param.name, param.help.len());
            assert!(!param.help.is_empty() && !param.help.ends_with('.'), "{at}: {}", param.name);
            assert!(param.help.starts_with(char::is_uppercase), "{at}: {}", param.name);
        }
    }
}

#[test]
fn pages_have_their_cursors_and_page_sizes() {
    for (noun, row) in endpoints() {
        let Some(paging) = row.paging else { continue };
        let at = format!("{} {}", noun.name, row.verb);
        for (wanted, name) in [
            (paging.before, "before"),
            (paging.after, "after"),
            (paging.around, "around"),
            (paging.walk == Walk::Offset, "offset"),
        ] {
            let param = row.param(name);
            assert_eq!(wanted, param.is_some(), "{at}: {name}");
            assert!(param.is_none_or(|p| p.place == Place::Query), "{at}: {name}");
        }
        let limit = row.param("limit").unwrap_or_else(|| panic!("{at}: no limit"));
        assert_eq!(limit.max, Some(i64::from(paging.max)), "{at}");
        assert_eq!(limit.min, Some(i64::from(paging.least)), "{at}");
        assert!(paging.default <= paging.max, "{at}");
    }
}

#[test]
fn names_of_choices_are_unique_and_typable() {
    for (noun, row) in endpoints() {
        for param in row.all_params() {
            let (Kind::Enum(choices) | Kind::Flags(choices)) = param.kind else { continue };
            let mut seen = HashSet::new();
            for choice in choices {
                let at = format!("{} {}: {}: {}", noun.name, row.verb, param.name, choice.name);
                assert!(seen.insert(choice.name), "{at}");
                assert!(!choice.name.contains([' ', ',', '_']), "{at}");
                assert!(choice.name.parse::<i64>().is_err(), "{at}: a name that is a number");
            }
        }
    }
}

#[test]
fn lists_are_repeated_and_texts_have_lengths_not_items() {
    for (noun, row) in endpoints() {
        for param in row.all_params() {
            let at = format!("{} {}: {}", noun.name, row.verb, param.name);
            let listed = param.repeated || matches!(param.kind, Kind::Json);
            assert!(listed || (param.min_items.is_none() && param.max_items.is_none()), "{at}");
            assert_eq!(param.place == Place::Local, !param.into.is_empty(), "{at}");
            let bounded = matches!(param.kind, Kind::String | Kind::Text | Kind::Integer | Kind::Number);
            assert!(bounded || (param.min.is_none() && param.max.is_none()), "{at}");
        }
    }
}

#[test]
fn an_example_names_a_command_that_is_there() {
    for (noun, row) in endpoints() {
        for example in row.examples {
            let command = example.split("dcord ").last().unwrap_or(example);
            let mut words = command.split(' ');
            let (n, v) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
            assert!(find(n, v).is_some(), "{} {}: {example}", noun.name, row.verb);
        }
    }
}

#[test]
fn permissions_named_are_permissions() {
    for (noun, row) in endpoints() {
        for name in row.permissions {
            let typed = name.to_ascii_lowercase().replace('_', "-");
            assert!(choices::PERMISSIONS.iter().any(|c| c.name == typed), "{} {}: {name}", noun.name, row.verb);
        }
    }
}

#[test]
fn tokens_and_secrets_are_marked_as_secret() {
    for (noun, row) in endpoints() {
        for param in row.all_params() {
            let last = param.name.rsplit(['_', '.']).next();
            if matches!(last, Some("token" | "secret" | "verifier")) {
                assert!(param.secret, "{} {}: {}", noun.name, row.verb, param.name);
            }
        }
    }
}

#[test]
fn a_convenience_goes_into_a_field_of_the_body() {
    for (noun, row) in endpoints() {
        for param in row.all_params().filter(|p| p.place == Place::Local) {
            let field = param.into.split('/').next().unwrap_or("");
            let known = row.all_params().any(|p| p.place == Place::Body && p.name == field);
            assert!(known, "{} {}: {} goes into {}", noun.name, row.verb, param.name, param.into);
        }
    }
}

#[test]
fn a_code_may_be_any_text() {
    let code = find("template", "get").and_then(|row| row.param("code")).expect("a template has a code");
    assert!(check::value(code, &serde_json::json!("hgM48av5Q69A")).is_empty());
    assert!(!check::value(code, &serde_json::json!(["hgM48av5Q69A"])).is_empty());
}
