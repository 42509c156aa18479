//! Checks a finished request against its row: names all options that are missing, and all values out of bounds.

use std::path::Path;

use serde_json::Value;

use super::error::{either, joined};
use super::values::{Field, Values};
use super::{Error, form};
use crate::catalogue::check::{self, Violation};
use crate::catalogue::{Endpoint, Param, ParamKind, Place, unknown, usage};
use crate::rest::{Body, Request, Text};

/// Checks a request against its row. Missing options are a usage error that names all of them; values out of bounds are
/// returned.
pub fn check(endpoint: &'static Endpoint, values: &Values, request: &Request) -> Result<Vec<Violation>, Error> {
    let mut wrong = Vec::new();
    let fields;
    let json = match &request.body {
        // The error contains the names of the form's fields but not their values, which may be secrets.
        Body::Form(texts) => {
            let value = |text: &Text| match text {
                Text::Plain(text) => Value::from(text.as_str()),
                Text::Hidden(_) => Value::from(true),
            };
            fields = texts.iter().map(|(name, text)| (name.clone(), value(text))).collect();
            Some(&fields)
        }
        body => body.json(),
    };
    let missing: Vec<&'static Param> =
        endpoint.all_params().filter(|param| is_missing(param, values, request, json)).collect();
    if !missing.is_empty() {
        return Err(error_for_missing(endpoint, values, &missing, json));
    }
    for param in endpoint.all_params() {
        match param.place {
            Place::Body => {
                let found = json.and_then(|json| json.get(param.name)).map(|value| check::value(param, value));
                let called = form::typed_name(values, param);
                wrong.extend(named_as(found.unwrap_or_default(), param, &called));
            }
            Place::Whole => match json {
                Some(value) if values.body.is_some() || value.get(0).is_some() => {
                    wrong.extend(check::value(param, value));
                }
                _ => {
                    return Err(Error::Missing {
                        what: "--body".to_owned(),
                        usage: usage::line(endpoint),
                        hint: Some("pass JSON, or @FILE to read it from a file".into()),
                    });
                }
            },
            _ => {}
        }
    }
    wrong.extend(check::mentions(endpoint, |name| json?.get(name)));
    if let Some(json) = json {
        form::its_form(endpoint, values, json)?;
        let nested = check::nested(endpoint, json).into_iter().chain(unknown::keys(endpoint, json));
        wrong.extend(nested.map(|v| {
            let path = form::called(endpoint, values, &v);
            // A flag for a part of the JSON has its own help topic.
            let topic = v.topic.filter(|_| path == v.path);
            Violation { path, topic, ..v }
        }));
        let lacking = if wrong.is_empty() { check::missing(endpoint, json) } else { Vec::new() };
        match &lacking[..] {
            [] => {}
            [only] => return Err(form::lacking(endpoint, values, only)),
            several => return Err(several_missing(endpoint, values, &[], several)),
        }
    }
    if wrong.is_empty() && !check::has_any(endpoint, json) {
        let is_empty = |param: &&Param| json.is_some_and(|json| json.get(param.name) == Some(&Value::from("")));
        if let Some(param) = endpoint.all_params().filter(|p| endpoint.any_of.contains(&p.name)).find(is_empty) {
            let field = values.fields.iter().find(|field| field.in_files && field.param.name == param.name);
            let of_file = field.is_some();
            let of_stdin = field.is_some_and(Field::is_argument);
            let what = form::typed_name(values, param);
            let what = if of_stdin { format!("{what}, which is standard input,") } else { what };
            return Err(Error::EmptyText { what, is_typed: !of_file });
        }
        let fields: Vec<_> = endpoint.any_of.iter().map(|name| form::typed_as(endpoint, name)).collect();
        let (first, others) = fields.split_first().expect("the row requires one of several fields");
        let is_short = others.len() <= 2;
        return Err(Error::Missing {
            what: if is_short { either(fields.iter().cloned()) } else { first.clone() },
            usage: usage::line(endpoint),
            hint: (!is_short).then(|| {
                let fields = format!("use {first} or at least one of {}", others.join(", "));
                let takes_pipe = endpoint.param("content").is_some_and(|param| param.positional);
                let pipe = if takes_pipe { "\nto send the output of another program, write - as CONTENT" } else { "" };
                format!("{fields}{pipe}").into()
            }),
        });
    }
    if wrong.is_empty() && endpoint.edits && request.body.is_blank() {
        return Err(Error::Missing {
            what: "a field to change".to_owned(),
            usage: usage::line(endpoint),
            hint: Some("give at least one of the options that -h lists; --unset FIELD clears a field".into()),
        });
    }
    Ok(wrong)
}

/// Whether a request lacks the value of a required parameter.
fn is_missing(param: &Param, values: &Values, request: &Request, json: Option<&Value>) -> bool {
    param.required
        && match param.place {
            Place::Query => request.query.iter().all(|(name, _)| name != param.name),
            Place::Body => json.is_none_or(|json| json.get(param.name).is_none()),
            Place::Form | Place::File => values.fields.iter().all(|field| field.param.name != param.name),
            _ => false,
        }
}

fn error_for_missing(
    endpoint: &'static Endpoint,
    values: &Values,
    missing: &[&'static Param],
    json: Option<&Value>,
) -> Error {
    let lacking = json.map(|json| check::missing(endpoint, json)).unwrap_or_default();
    match missing {
        [only] if lacking.is_empty() => one_missing(endpoint, values, only),
        _ => several_missing(endpoint, values, missing, &lacking),
    }
}

fn one_missing(endpoint: &'static Endpoint, values: &Values, param: &Param) -> Error {
    let (what, usage) = (form::typed_as(endpoint, param.name), usage::line(endpoint));
    match param.kind {
        ParamKind::Enum(choices) => {
            let choices = choices.iter().map(|choice| choice.name).collect();
            Error::MissingChoice { what, usage, choices, hint: form::deciders(endpoint, param) }
        }
        ParamKind::Image(_) | ParamKind::File
            if !param.positional
                && let Some(path) = values.targets.last().filter(|word| Path::new(word).extension().is_some()) =>
        {
            Error::Missing { what, usage, hint: Some(format!("did you mean --{} {path}?", param.flag()).into()) }
        }
        _ => Error::Missing { what, usage, hint: server_hint(endpoint, values, &[param]).map(Into::into) },
    }
}

/// The error for several missing options, and for values inside the JSON of the body that an object requires.
fn several_missing(
    endpoint: &'static Endpoint,
    values: &Values,
    missing: &[&'static Param],
    lacking: &[Violation],
) -> Error {
    let mut hints = Vec::new();
    for param in missing {
        let name = form::typed_as(endpoint, param.name);
        if let Some(hint) = form::deciders(endpoint, param) {
            hints.push(hint);
        } else if let ParamKind::Enum(choices) = param.kind {
            hints.push(format!("{name} takes {}", either(choices.iter().map(|choice| choice.name.to_owned()))));
        }
    }
    hints.extend(server_hint(endpoint, values, missing).map(str::to_owned));
    for violation in lacking {
        let name = form::name_of_lacking(endpoint, values, violation);
        let param = endpoint.all_params().find(|param| name.strip_prefix("--") == Some(&param.flag()));
        if let Some(ParamKind::Enum(choices)) = param.map(|param| param.kind) {
            hints.push(format!("{name} takes {}", either(choices.iter().map(|choice| choice.name.to_owned()))));
        }
    }
    // For flags, no JSON is needed.
    let is_json = |violation: &&Violation| !form::name_of_lacking(endpoint, values, violation).starts_with("--");
    let topic = lacking.iter().filter(is_json).find_map(|violation| violation.topic);
    hints.extend(topic.map(|topic| format!("`dcord explain {topic}` describes the JSON")));
    Error::SeveralMissing {
        names: missing.iter().map(|param| form::typed_as(endpoint, param.name)).collect(),
        also: lacking_in_words(endpoint, values, lacking),
        usage: if missing.is_empty() { String::new() } else { usage::line(endpoint) },
        hint: (!hints.is_empty()).then(|| hints.join("\n")),
    }
}

/// Names the values that are missing for each reason: `--location and --end are required for an external event`.
fn lacking_in_words(endpoint: &'static Endpoint, values: &Values, lacking: &[Violation]) -> Vec<String> {
    /// More reasons are not listed.
    const MOST: usize = 5;
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for violation in lacking {
        let name = form::name_of_lacking(endpoint, values, violation);
        match reasons.iter_mut().find(|(reason, _)| *reason == violation.message) {
            Some((_, names)) => names.push(name),
            None => reasons.push((&violation.message, vec![name])),
        }
    }
    let in_words = |(reason, names): (&str, Vec<String>)| match (&names[..], reason.strip_prefix("is ")) {
        ([_, _, ..], Some(rest)) => format!("{} are {rest}", joined(names.into_iter(), "and")),
        _ => format!("{} {reason}", joined(names.into_iter(), "and")),
    };
    reasons.into_iter().take(MOST).map(in_words).collect()
}

/// Perhaps the argument that should be the value of a missing flag was read as the server.
fn server_hint(endpoint: &'static Endpoint, values: &Values, missing: &[&Param]) -> Option<&'static str> {
    let takes_server = endpoint.all_params().any(|p| p.place == Place::Path && usage::stands_in(endpoint, p));
    let is_likely =
        takes_server && !values.targets.is_empty() && missing.iter().any(|param| !param.positional || param.is_file());
    let has_field = endpoint.arguments().next().is_some();
    is_likely.then_some(match has_field {
        true => "the first argument is the SERVER, which can be omitted if DCORD_GUILD is set",
        false => "an argument without a flag is the SERVER; every other value follows its flag",
    })
}

/// Renames a parameter in violations to the name that the user typed.
pub fn named_as(found: Vec<Violation>, param: &Param, called: &str) -> Vec<Violation> {
    let renamed = found.into_iter().map(|mut violation| {
        violation.path = violation.path.replacen(param.name, called, 1);
        violation
    });
    renamed.collect()
}
