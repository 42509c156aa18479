//! Tests that apply to every row.

use std::collections::HashSet;

use super::*;
use crate::model::Effect;

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
    for (noun, row) in commands() {
        assert!(seen.insert(format!("{} {}", noun.name, row.verb)), "{} {}", noun.name, row.verb);
        for alias in row.aliases {
            assert_eq!(alias.split(' ').count(), 2, "{alias}");
            assert!(seen.insert((*alias).to_owned()), "{alias}");
        }
    }
}

#[test]
fn flags_of_a_row_are_unique_and_well_formed() {
    for (noun, row) in commands() {
        let mut seen = HashSet::new();
        for param in row.all_params().filter(|p| p.place != Place::Path) {
            let at = format!("{} {}: {}", noun.name, row.verb, param.name);
            let flag = param.flag();
            assert!(flag.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b)), "{at}");
            if param.kind == ParamKind::Text {
                assert!(seen.insert(format!("{flag}-file")), "{at}");
            }
            assert!(param.alias.is_none_or(|alias| seen.insert(alias.to_owned())), "{at}");
            assert!(seen.insert(flag), "{at}");
        }
    }
}

#[test]
fn the_parameter_to_retry_after_a_partial_failure_is_a_list_in_the_body() {
    let rows = endpoints().filter_map(|(noun, row)| Some((noun, row, row.failed?)));
    let mut found = Vec::new();
    for (noun, row, (_, param)) in rows {
        assert!(row.param(param).is_some_and(|p| p.repeated && p.place == Place::Body), "{} {}", noun.name, row.verb);
        found.push(row.operation);
    }
    assert_eq!(found, ["bulk_ban_users_from_guild"], "the one answer of Discord's that lists failures");
}

#[test]
fn help_is_short_and_has_no_full_stop() {
    for noun in NOUNS {
        assert!(noun.about.len() <= 72 && !noun.about.ends_with('.'), "{}", noun.name);
    }
    for (noun, row) in commands() {
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
fn paginated_rows_have_the_parameters_of_their_cursors_and_page_size() {
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
        let says = limit.help.contains("[default: ").then(|| format!("[default: {}]", paging.size()));
        assert!(says.is_none_or(|default| limit.help.ends_with(&default)), "{at}: {}", limit.help);
    }
}

#[test]
fn names_of_choices_are_unique_and_need_no_quotes() {
    for (noun, row) in endpoints() {
        for param in row.all_params() {
            let (ParamKind::Enum(choices) | ParamKind::Flags(choices)) = param.kind else { continue };
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
fn item_bounds_belong_to_lists_and_length_bounds_to_texts() {
    for (noun, row) in endpoints() {
        for param in row.all_params() {
            let at = format!("{} {}: {}", noun.name, row.verb, param.name);
            let listed = param.repeated || matches!(param.kind, ParamKind::Json);
            assert!(listed || (param.min_items.is_none() && param.max_items.is_none()), "{at}");
            let goes_somewhere = matches!(param.place, Place::Local | Place::Filter(_));
            assert_eq!(goes_somewhere, !param.into.is_empty(), "{at}");
            let bounded = matches!(
                param.kind,
                ParamKind::String
                    | ParamKind::Text
                    | ParamKind::Url(_)
                    | ParamKind::EmojiName
                    | ParamKind::Integer
                    | ParamKind::Number
            );
            assert!(bounded || (param.min.is_none() && param.max.is_none()), "{at}");
        }
    }
}

#[test]
fn every_example_names_an_existing_command() {
    for (noun, row) in commands() {
        for example in row.examples {
            let command = example.split("dcord ").last().unwrap_or(example);
            let mut words = command.split(' ');
            let (n, v) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
            assert!(find(n, v).is_some(), "{} {}: {example}", noun.name, row.verb);
        }
    }
}

#[test]
fn required_permissions_are_names_of_permissions() {
    for (noun, row) in commands() {
        for name in row.permissions.iter().chain(row.conditional_permissions) {
            let typed = name.to_ascii_lowercase().replace('_', "-");
            assert!(choices::PERMISSIONS.iter().any(|c| c.name == typed), "{} {}: {name}", noun.name, row.verb);
        }
    }
}

#[test]
fn each_row_that_changes_something_in_a_server_names_its_permissions_or_says_why_not() {
    const IN_A_SERVER: [&str; 5] = ["/guilds/{", "/channels/{", "/webhooks/{", "/stage-instances", "/invites/{"];
    for (noun, row) in commands() {
        let at = format!("{} {}", noun.name, row.verb);
        let is_of_bot = matches!(row.auth, Auth::Bot | Auth::Any);
        let is_in_server = IN_A_SERVER.iter().any(|start| row.path.starts_with(start));
        let names = row.permissions.iter().chain(row.conditional_permissions).count();
        if row.method != Method::Get && is_of_bot && is_in_server {
            assert_ne!(names > 0, row.no_permission.is_some(), "{at}");
        }
        for name in row.conditional_permissions {
            let name = name.to_lowercase().replace('_', "-");
            assert!(row.more.contains(&name), "the help of {at} does not say when {name} is required");
        }
    }
}

#[test]
fn a_local_parameter_is_written_into_a_field_of_the_body() {
    for (noun, row) in endpoints() {
        for param in row.all_params().filter(|p| p.place == Place::Local) {
            let at = format!("{} {}: {}", noun.name, row.verb, param.name);
            let field = param.into.split('/').next().unwrap_or_default();
            let known = match row.param(field) {
                Some(p) => matches!(p.place, Place::Body | Place::File),
                None => field == "-" && row.all_params().any(|p| p.place == Place::Whole),
            };
            assert!(known, "{at} goes into {field}");
            assert_eq!(
                param.repeated,
                param.into.split('/').any(|s| s == "-") || matches!(param.kind, ParamKind::File | ParamKind::Button),
                "{at}"
            );
        }
    }
}

#[test]
fn of_several_arguments_outside_the_path_all_are_required() {
    for (noun, row) in endpoints() {
        let beside: Vec<_> = row.arguments().collect();
        // Otherwise, the number of words would not say whether one of them is the server.
        assert!(beside.len() <= 1 || beside.iter().all(|p| p.required), "{} {}", noun.name, row.verb);
        assert!(beside.iter().all(|p| !p.repeated), "{} {}", noun.name, row.verb);
    }
}

#[test]
fn a_required_file_is_the_last_argument_of_its_command() {
    for (noun, row) in endpoints() {
        let required: Vec<_> = row.all_params().filter(|p| p.is_file() && p.required).map(|p| p.name).collect();
        let last = row.arguments().last().map(|p| p.name);
        assert!(required.is_empty() || required == last.into_iter().collect::<Vec<_>>(), "{} {}", noun.name, row.verb);
    }
}

#[test]
fn a_path_parameter_is_required_and_has_one_value() {
    for (noun, row) in endpoints() {
        for param in row.all_params().filter(|p| p.place == Place::Path) {
            let plain = param.required && !param.repeated && !param.nullable;
            assert!(plain && param.flag.is_none(), "{} {}: {}", noun.name, row.verb, param.name);
        }
    }
}

#[test]
fn tokens_and_secrets_are_marked_as_secret() {
    for (noun, row) in endpoints() {
        for param in row.all_params() {
            let last = param.name.rsplit(['_', '.']).next();
            let hidden = matches!(last, Some("token" | "tokens" | "secret" | "verifier"));
            assert!(param.secret || !hidden, "{} {}: {}", noun.name, row.verb, param.name);
        }
        // A command that creates a token prints it on purpose.
        let asked_for = ["oauth2", "partner"].contains(&noun.name);
        assert!(asked_for || !row.columns.iter().any(|c| c.ends_with("token")), "{} {}", noun.name, row.verb);
    }
}

#[test]
fn a_parameter_belongs_to_at_most_one_form_and_forms_name_existing_parameters() {
    for (noun, row) in endpoints() {
        let mut seen = HashSet::new();
        for form in row.forms {
            let at = format!("{} {}: {}", noun.name, row.verb, form.name);
            for name in form.params {
                let only = Form { params: std::slice::from_ref(name), ..*form };
                let found: Vec<_> = row.all_params().filter(|p| only.has(p)).collect();
                assert!(
                    !found.is_empty() && found.iter().all(|p| !p.required && p.place != Place::Path),
                    "{at}: {name}"
                );
                assert!(found.iter().all(|p| seen.insert(p.name)), "{at}: {name}");
            }
            let below = |path: &str| if form.at.is_empty() { path.to_owned() } else { format!("{}/{path}", form.at) };
            for need in form.needs {
                assert!(row.at(&below(need)).is_some(), "{at} needs {need}");
            }
            let Some((field, names)) = form.when else { continue };
            let Some(ParamKind::Enum(choices)) = row.at(&below(field)).map(|p| p.kind) else { panic!("{at}: {field}") };
            assert!(names.iter().all(|name| choices.iter().any(|c| c.name == *name)), "{at}: {names:?}");
        }
        assert!(row.forms.len() != 1 || row.forms[0].when.is_some(), "{} {}", noun.name, row.verb);
    }
}

#[test]
fn a_value_inside_json_has_a_path_and_a_constraint() {
    for (noun, row) in endpoints() {
        for param in row.nested().filter(|p| p.place == Place::Inner) {
            let at = format!("{} {}: {}", noun.name, row.verb, param.into);
            let field = param.into.split('/').next().unwrap_or_default();
            let root = row.all_params().find(|p| if field == "-" { p.place == Place::Whole } else { p.name == field });
            assert!(root.is_some_and(|p| p.kind == ParamKind::Json || p.repeated), "{at}");
            let bounded = param.min.or(param.max).is_some() || param.max_items.is_some() || param.needed;
            let typed = matches!(
                param.kind,
                ParamKind::Enum(_) | ParamKind::Flags(_) | ParamKind::Boolean | ParamKind::Permissions
            );
            assert!(bounded || typed || param.subject().is_some(), "{at}: says nothing");
        }
    }
}

#[test]
fn alternatives_of_which_one_is_required_are_optional_body_fields() {
    for (noun, row) in endpoints() {
        for path in row.any_of {
            let name = path.split('/').next().unwrap_or_default();
            let found = row.param(name).is_some_and(|p| !p.required && p.place == Place::Body);
            assert!(found, "{} {}: {name}", noun.name, row.verb);
        }
        assert_ne!(row.any_of.len(), 1, "{} {}", noun.name, row.verb);
    }
}

#[test]
fn a_number_that_is_a_duration_has_a_unit() {
    const WORDS: [&str; 9] =
        ["second", "minute", "hour", "days", "duration", "timeout", "max_age", "rate_limit_per", "secs"];
    let mut found = 0;
    for (noun, row) in endpoints() {
        for param in row.all_params() {
            let at = format!("{} {}: {}", noun.name, row.verb, param.name);
            let is_number = match param.kind {
                ParamKind::Integer | ParamKind::Number => true,
                ParamKind::Enum(choices) => matches!(choices.first().map(|c| c.value), Some(Scalar::Int(_))),
                _ => false,
            };
            assert!(param.unit.is_none() || is_number, "{at}");
            if is_number && WORDS.iter().any(|word| param.name.replace('-', "_").contains(word)) {
                assert!(param.unit.is_some(), "{at}");
                found += 1;
            }
            // Help shows the unit after the bounds.
            assert!(param.unit.is_none() || !param.help.contains(" seconds"), "{at}: {}", param.help);
        }
    }
    assert!(found >= 20, "{found}");
}

#[test]
fn a_filter_belongs_to_a_list_and_its_value_suits_its_condition() {
    for (noun, row) in endpoints() {
        for param in row.all_params().filter(|p| matches!(p.place, Place::Filter(_))) {
            let at = format!("{} {}: {}", noun.name, row.verb, param.name);
            let suits = match param.place {
                Place::Filter(Filter::From | Filter::Before) => param.kind == ParamKind::Timestamp,
                Place::Filter(Filter::HasAny) => matches!(param.kind, ParamKind::Snowflake(_)) && param.repeated,
                _ => param.kind == ParamKind::Boolean,
            };
            assert!(row.list && suits, "{at}");
        }
    }
}

#[test]
fn reads_have_no_body() {
    for (noun, row) in endpoints().filter(|(_, row)| row.method == Method::Get) {
        assert!(!row.has_body(), "{} {}", noun.name, row.verb);
        assert!(!row.destructive && !row.audit_reason, "{} {}", noun.name, row.verb);
    }
}

#[test]
fn a_list_has_one_to_six_columns() {
    for (noun, row) in endpoints() {
        assert!(!row.list || !row.columns.is_empty(), "{} {}", noun.name, row.verb);
        assert!(row.columns.len() <= 6, "{} {}", noun.name, row.verb);
    }
}

#[test]
fn the_switch_that_pagination_requires_is_a_boolean_query_parameter() {
    for (noun, row) in endpoints() {
        let Some(switch) = row.paging.and_then(|p| p.only_with) else { continue };
        let param = row.param(switch).map(|p| (p.place, p.kind));
        assert_eq!(param, Some((Place::Query, ParamKind::Boolean)), "{} {}: {switch}", noun.name, row.verb);
    }
}

#[test]
fn a_row_with_a_nonce_has_nonce_and_enforce_nonce() {
    for (noun, row) in endpoints() {
        let fields = row.param("nonce").is_some() && row.param("enforce_nonce").is_some();
        assert!(fields || !row.nonce, "{} {}", noun.name, row.verb);
    }
}

#[test]
fn a_deprecated_row_names_its_replacement() {
    for (noun, row) in endpoints() {
        let Some(instead) = row.deprecated else { continue };
        let mut words = instead.strip_prefix("use ").unwrap_or_default().split([' ', ',']);
        let command = words.next().zip(words.next());
        assert!(command.is_some_and(|(n, v)| find(n, v).is_some()), "{} {}: {instead}", noun.name, row.verb);
    }
}

#[test]
fn bounds_are_ordered_and_each_choice_has_its_own_value() {
    for (noun, row) in endpoints() {
        for param in row.all_params() {
            let at = format!("{} {}: {}", noun.name, row.verb, param.name);
            assert!(param.min.zip(param.max).is_none_or(|(min, max)| min <= max), "{at}");
            assert!(param.min_items.zip(param.max_items).is_none_or(|(min, max)| min <= max), "{at}");
            let (ParamKind::Enum(choices) | ParamKind::Flags(choices)) = param.kind else { continue };
            for (i, choice) in choices.iter().enumerate() {
                assert!(choices[..i].iter().all(|c| c.value != choice.value), "{at}: {}", choice.name);
            }
        }
    }
}

#[test]
fn a_code_is_any_text() {
    let code = find("template", "get").and_then(|row| row.param("code")).expect("a template has a code");
    assert!(check::value(code, &serde_json::json!("hgM48av5Q69A")).is_empty());
    assert!(!check::value(code, &serde_json::json!(["hgM48av5Q69A"])).is_empty());
}

#[test]
fn a_row_that_requires_more_than_its_targets_has_an_example() {
    for (noun, row) in endpoints() {
        let wants_more = row.all_params().any(|p| p.required && p.place != Place::Path);
        let obvious = row.deprecated.is_some() || !(wants_more || row.method == Method::Patch);
        assert!(obvious || !row.examples.is_empty(), "{} {}", noun.name, row.verb);
    }
}

#[test]
fn a_row_that_is_not_a_read_has_cache_effects_or_a_reason_for_none() {
    for (noun, row) in endpoints() {
        let at = format!("{} {}", noun.name, row.verb);
        if row.method == Method::Get {
            assert!(row.effects.len() <= 1, "{at}: a read has one answer");
            assert_eq!(row.no_effect, None, "{at}: a read changes nothing");
        } else {
            assert_eq!(row.effects.is_empty(), row.no_effect.is_some(), "{at}");
            assert!(row.no_effect.is_none_or(|why| !why.is_empty() && !why.ends_with('.')), "{at}");
        }
    }
}

#[test]
fn a_cache_effect_refers_to_an_object_in_the_request_or_the_response() {
    for (noun, row) in endpoints() {
        let at = format!("{} {}", noun.name, row.verb);
        let in_path = |name: &str| row.param(name).is_some_and(|param| param.place == Place::Path);
        let own = |name: &str| name == "user_id" && row.path.contains("/@me");
        for effect in row.effects {
            let holds = match *effect {
                Effect::Deletes(kind) | Effect::Outdates(kind) => in_path(kind.param()) || own(kind.param()),
                Effect::DeletesEach(_, list) => {
                    row.param(list).is_some_and(|param| param.place == Place::Body && param.repeated)
                }
                Effect::Unlists(_) | Effect::Leaves => in_path("guild_id"),
                Effect::History => row.list && in_path("channel_id"),
                Effect::Several(_) | Effect::Parts(_) => row.list,
                // A row that replaces a list returns the new list, which has no pages.
                Effect::All(_) => row.list || row.method != Method::Get,
                Effect::One(_) | Effect::PartOf(_) | Effect::Me => !row.list && row.answers.is_none(),
            };
            assert!(holds, "{at}: {effect:?}");
        }
    }
}

#[test]
fn the_words_of_a_usage_line_are_uppercase_and_unique_in_their_row() {
    for (noun, row) in commands() {
        let at = format!("{} {}", noun.name, row.verb);
        let mut seen = HashSet::new();
        for param in row.all_params().filter(|p| p.positional && !p.is_application()) {
            let label = param.label();
            assert!(label.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-'), "{at}: {label}");
            assert!(!label.ends_with("-ID"), "{at}: {label}");
            // The URL of a webhook contains its id and token in one word.
            let of_token =
                row.params.iter().any(|p| p.secret && p.label == Some("WEBHOOK")) && param.name == "webhook_id";
            assert!(of_token || seen.insert(label.clone()), "{at}: {label} twice");
        }
        assert_eq!(row.words(), at);
    }
}

#[test]
fn the_parameter_of_a_paths_server_channel_or_webhook_is_known() {
    const SUBJECTS: [(&str, Subject); 3] =
        [("guild_id", Subject::Guild), ("channel_id", Subject::Channel), ("webhook_id", Subject::Webhook)];
    for (noun, row) in commands() {
        let at = format!("{} {}", noun.name, row.verb);
        for (name, subject) in SUBJECTS {
            let found = row.path_subject(subject).map(|param| param.name);
            // Responses to interactions have an application id in place of a webhook id.
            let named = row.path.contains(&format!("{{{name}}}")) && !row.param(name).unwrap().is_application();
            assert_eq!(found, named.then_some(name), "{at}: {subject:?}");
        }
        let in_path = row.subjects().any(|(param, _)| param.place == Place::Path);
        assert!(!(in_path && row.is_outside_guilds()), "{at}");
        for (param, _) in row.subjects() {
            let placed = matches!(param.place, Place::Path | Place::Query | Place::Body | Place::Form);
            assert!(placed || !param.into.is_empty(), "{at}: {}", param.name);
        }
    }
}

#[test]
fn a_parameter_named_after_a_server_channel_or_webhook_has_that_kind() {
    let is_subject = |name: &str| {
        let name = name.trim_end_matches("/-").rsplit('/').next().unwrap_or_default();
        ["guild_id", "channel_id", "channel_ids", "parent_id", "webhook_id", "exempt_channels"]
            .iter()
            .any(|end| name.ends_with(end))
    };
    for (noun, row) in endpoints() {
        for param in row.everything().filter(|p| is_subject(if p.into.is_empty() { p.name } else { p.into })) {
            let own = param.subject().is_some() || param.is_application();
            assert!(own, "{} {}: {}", noun.name, row.verb, param.name);
        }
    }
}

#[test]
fn the_required_permissions_are_shown_by_the_names_of_the_options() {
    for (noun, row) in endpoints() {
        for name in choices::permission_names(row) {
            assert!(choices::PERMISSIONS.iter().any(|known| known.name == name), "{} {}: {name}", noun.name, row.verb);
        }
    }
}

#[test]
fn rows_are_unique_and_internally_used_rows_have_their_names() {
    for (noun, row) in commands() {
        let same = commands().filter(|(_, other)| *other == row).count();
        assert_eq!(same, 1, "{} {}", noun.name, row.verb);
    }
    assert_eq!(rows::SET_OVERWRITE.words(), "channel set-permission");
    assert_eq!(rows::GET_ME.words(), "user get-me");
    assert_eq!(operation("get_channel"), Some(rows::GET_CHANNEL));
}

#[test]
fn the_operation_that_counts_reads_the_same_path() {
    for (_, row) in endpoints().filter(|(_, row)| row.counted.is_some()) {
        let (operation, field) = row.counted.unwrap();
        let count = super::operation(operation).unwrap();
        assert!(count.method == Method::Get && count.path == row.path, "{}", row.words());
        assert!(row.action.contains(&format!("{{{field}|")), "{}", row.words());
        for param in count.all_params().filter(|param| param.place == Place::Query) {
            assert!(row.param(param.name).is_some(), "{}: {}", row.words(), param.name);
        }
    }
}

#[test]
fn the_operation_for_one_object_takes_the_object_of_the_list_last() {
    for (_, row) in endpoints().filter(|(_, row)| row.for_one.is_some()) {
        let single = row.for_one.and_then(operation).unwrap();
        let last = single.all_params().filter(|param| param.place == Place::Path).last().unwrap();
        assert_eq!(row.objects().unwrap().kind, last.kind, "{}", row.words());
        assert!(row.destructive && single.destructive, "{}", row.words());
    }
}
