//! Checks that the parameters of a call belong to one of its forms, and names them in errors.

use serde_json::Value;

use super::values::Values;
use super::{Error, button};
use crate::catalogue::check::Violation;
use crate::catalogue::{Choice, Endpoint, Form, Param, ParamKind, Place};

/// The name under which the user set a field of the body: a flag, or the label of an argument. A field of `--body` has its own
/// name.
pub fn typed_name(values: &Values, param: &Param) -> String {
    let typed = values.fields.iter().find(|field| field.param.name == param.name);
    typed.map_or(param.name, |field| &field.flag).to_owned()
}

/// Which options determine the value of a field, as a hint: `--location makes it an external event`.
pub fn deciders(endpoint: &'static Endpoint, decider: &Param) -> Option<String> {
    let forms = endpoint.forms.iter().filter(|form| form.when.is_some_and(|(field, _)| field == decider.name));
    let ways = forms.filter_map(|form| {
        let param = endpoint.all_params().find(|param| form.has(param) && param.kind != ParamKind::Json)?;
        Some(format!("{} makes it {}", typed_as(endpoint, param.name), form.name))
    });
    let ways: Vec<String> = ways.collect();
    (decider.by_form && !ways.is_empty()).then(|| ways.join(", "))
}

/// Returns an error for parameters of two forms, because Discord would ignore some of them or reject the request.
pub fn one_form(endpoint: &'static Endpoint, values: &Values) -> Result<(), Error> {
    let mut formed = values.fields.iter().filter_map(|field| Some((endpoint.form(field.param)?, &field.flag)));
    let Some((form, first)) = formed.next() else { return Ok(()) };
    match formed.find(|(other, _)| form.excludes(other)) {
        Some((other, second)) => Err(Error::Forms {
            first: first.clone(),
            of_first: form.name,
            second: second.clone(),
            of_second: other.name,
        }),
        None => Ok(()),
    }
}

/// Returns the first choice of a deciding parameter that selects a form of the given parameters, such as
/// `channel-message-with-source` for a text. If several forms are possible, the form with the fewest choices decides.
pub fn implied(endpoint: &'static Endpoint, decider: &Param, values: &Values) -> Option<&'static Choice> {
    let choices =
        |param| endpoint.form(param)?.when.filter(|(field, _)| *field == decider.name).map(|(_, names)| names);
    let names = values.fields.iter().filter_map(|field| choices(field.param)).min_by_key(|n| n.len())?;
    let ParamKind::Enum(known) = decider.kind else { return None };
    known.iter().find(|choice| names.first() == Some(&choice.name))
}

/// Returns an error for a parameter that does not belong to the form that the body selects.
pub fn its_form(endpoint: &'static Endpoint, values: &Values, body: &Value) -> Result<(), Error> {
    for field in &values.fields {
        if let Some(form) = endpoint.form(field.param) {
            fits(endpoint, form, &field.flag, body)?;
        }
    }
    Ok(())
}

/// Returns an error if the body does not have this form.
pub fn fits(endpoint: &'static Endpoint, form: &Form, called: &str, body: &Value) -> Result<(), Error> {
    let teller = form.when.map(|(field, _)| field).filter(|_| form.at.is_empty());
    let Some((teller, value)) = teller.and_then(|field| Some((field, body.get(field)?))) else { return Ok(()) };
    if value.is_null() || endpoint.has_form(form, body) {
        return Ok(());
    }
    let choice = endpoint.param(teller).and_then(|param| param.kind.choice(value));
    Err(Error::NotOfForm {
        flag: called.to_owned(),
        form: form.name,
        teller: typed_as(endpoint, teller),
        value: choice.map_or_else(|| value.to_string(), |choice| choice.name.to_owned()),
    })
}

/// The name of a violation's value in errors: the flag that set it inside a JSON field, or otherwise its path in the body.
pub fn called(endpoint: &Endpoint, values: &Values, violation: &Violation) -> String {
    if let Some(called) = button::called(values, violation) {
        return called;
    }
    let Some(param) = endpoint.nested().find(|p| p.name == violation.name) else { return violation.path.clone() };
    let field = param.into.split('/').next();
    let as_json = values.body.is_some()
        || values.fields.iter().any(|f| f.param.place == Place::Body && Some(f.param.name) == field);
    if as_json {
        return violation.path.clone();
    }
    // The name of the flag is a prefix of the names inside its value: `embed.field` of `embed.field.name`.
    let flag = endpoint.all_params().filter(|p| p.place == Place::Local && violation.name.starts_with(p.name));
    let Some(flag) = flag.max_by_key(|p| p.name.len()) else { return violation.path.clone() };
    // The number counts the values of a repeated flag, because the lists around them have one element each.
    let lists = param.into.split('/').filter(|step| *step == "-" || step.bytes().all(|b| b.is_ascii_digit()));
    let index = lists.clone().position(|step| step == "-").and_then(|n| violation.path.split('[').nth(n + 1));
    let index = index.and_then(|rest| rest.split(']').next()).map(|n| format!("[{n}]")).unwrap_or_default();
    let typed = values.fields.iter().find(|field| field.param.name == flag.name).map(|field| field.flag.clone());
    let typed = typed.unwrap_or_else(|| format!("--{}", flag.flag()));
    format!("{typed}{index}{}", &violation.name[flag.name.len()..])
}

/// The error for a missing field of the body.
pub fn lacking(endpoint: &'static Endpoint, values: &Values, violation: &Violation) -> Error {
    let what = name_of_lacking(endpoint, values, violation);
    Error::Incomplete { what, why: violation.message.clone(), topic: violation.topic }
}

/// What a user types to set a missing field of the body, or its path inside a JSON field.
pub fn name_of_lacking(endpoint: &'static Endpoint, values: &Values, violation: &Violation) -> String {
    let called = called(endpoint, values, violation);
    let flag = endpoint.param(violation.name).filter(|_| called.starts_with(violation.name));
    flag.map_or(called, |param| typed_as(endpoint, param.name))
}

/// What a user types to set a field. For the list of attachments, this is the flag for files.
pub fn typed_as(endpoint: &Endpoint, path: &str) -> String {
    let name = path.split('/').next().unwrap_or(path);
    let file = endpoint.all_params().find(|p| p.place == Place::Local && p.kind == ParamKind::File && p.into == name);
    match file.or_else(|| endpoint.param(name)) {
        Some(param) if param.positional => param.label(),
        Some(param) => format!("--{}", param.flag()),
        None => name.to_owned(),
    }
}
