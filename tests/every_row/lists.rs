//! Lists in every row that has them: notation, repeated values, and lists of objects.

use std::sync::atomic::{AtomicUsize, Ordering};

use dcord::catalogue::{Endpoint, Param, ParamKind, Place};
use serde_json::Value;

use super::call::{Call, Way};
use super::{Bench, Row, every_row, value};
use crate::support::Recorded;

/// Returns different values for a list, at least as many as its minimum.
fn values(param: &Param, bench: &Bench) -> Vec<String> {
    let count = param.min_items.unwrap_or(0).max(2) as usize;
    let mut texts: Vec<String> = (0..count).map(|n| value::value(param, Way::Required, n, &bench.world).text).collect();
    texts.dedup();
    texts
}

/// Returns the target and the body, without the nonce, that a call with these texts for that parameter sends.
fn sent(row: Row, bench: &Bench, param: &'static Param, texts: &[String], more: &[&str]) -> Result<String, String> {
    let mut call = Call::with(row, Way::Required, &bench.world, param, texts);
    call.args.extend(more.iter().map(|word| (*word).to_owned()));
    let outcome = bench.run(&call);
    let requests = bench.server.take();
    match requests.last() {
        Some(request) if outcome.status == Some(0) => Ok(shown(request)),
        _ => Err(format!("{}:\n{outcome}", call.shown())),
    }
}

fn shown(request: &Recorded) -> String {
    let body = String::from_utf8_lossy(&request.body);
    match serde_json::from_str::<Value>(&body) {
        Ok(mut json) => {
            json.as_object_mut().and_then(|object| object.shift_remove("nonce"));
            format!("{} {json}", request.target)
        }
        Err(_) => format!("{} {body}", request.target),
    }
}

/// Runs a check over all parameters that match, and returns their number.
fn every_param(
    fits: fn(&Param) -> bool,
    check: impl Fn(Row, &Bench, &'static Param) -> Result<(), String> + Sync,
) -> usize {
    let tried = AtomicUsize::new(0);
    every_row(|row, bench| {
        let flags =
            |row: &'static Endpoint| row.all_params().filter(|p| p.has_flag() && !p.secret && p.name != "private-to");
        for param in flags(row.1).filter(|p| fits(p)) {
            check(row, bench, param)?;
            tried.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    });
    tried.into_inner()
}

#[test]
fn a_list_is_one_text_with_commas_or_a_file() {
    let tried = every_param(Param::is_split, |row, bench, param| {
        let texts = values(param, bench);
        let expected = sent(row, bench, param, &texts, &[])?;
        let joined = texts.join(", ");
        let file = bench.world.file("list.txt", format!("\u{feff}# these\r\n{}\r\n\r\n", texts.join("\r\n")));
        for list in [joined, format!("@{file}")] {
            let found = sent(row, bench, param, std::slice::from_ref(&list), &[])?;
            if found != expected {
                return Err(format!("--{}={list}\n  sends {found}\n  not   {expected}", param.flag()));
            }
        }
        Ok(())
    });
    assert!(tried > 60, "{tried}");
}

#[test]
fn a_repeated_id_is_sent_once() {
    let ids = |p: &Param| p.repeated && matches!(p.kind, ParamKind::Snowflake(_));
    let tried = every_param(ids, |row, bench, param| {
        let mut texts = values(param, bench);
        let expected = sent(row, bench, param, &texts, &[])?;
        texts.extend(texts.clone());
        let found = sent(row, bench, param, &texts, &[])?;
        if found == expected { Ok(()) } else { Err(format!("--{}\n  sends {found}\n  not   {expected}", param.flag())) }
    });
    assert!(tried > 40, "{tried}");
}

#[test]
fn a_repeated_value_is_refused_where_values_must_be_unique() {
    let words = |p: &Param| p.unique && !matches!(p.kind, ParamKind::Snowflake(_));
    let tried = every_param(words, |row, bench, param| {
        let text = value::value(param, Way::Required, 0, &bench.world).text;
        let call = Call::with(row, Way::Required, &bench.world, param, &[text.clone(), text]);
        let outcome = bench.refused(&call)?;
        let named = outcome.stderr.contains("repeats the value of [0]") && outcome.stderr.contains("must be different");
        if outcome.status == Some(9) && named { Ok(()) } else { Err(format!("{}:\n{outcome}", call.shown())) }
    });
    assert!(tried > 30, "{tried}");
}

#[test]
fn a_second_value_of_a_dotted_flag_starts_a_second_object() {
    let one_of_many = |p: &Param| p.place == Place::Local && p.is_of_element() && !p.repeated;
    let tried = every_param(one_of_many, |row, bench, param| {
        let texts = [0, 1].map(|n| value::value(param, Way::Required, n, &bench.world).text);
        // An object with only this field may be incomplete.
        let found = sent(row, bench, param, &texts, &["--no-validate"])?;
        let body: Value =
            serde_json::from_str(found.split_once(' ').unwrap().1).map_err(|e| format!("{found}: {e}"))?;
        let steps: Vec<&str> = param.into.split('/').collect();
        let list = steps.iter().rposition(|step| step.parse::<usize>().is_ok()).unwrap();
        let pointer = format!("/{}", steps[..list].join("/"));
        match body.pointer(&pointer).and_then(Value::as_array) {
            Some(list) if list.len() == 2 => Ok(()),
            _ => Err(format!("two of --{} make {found}", param.flag())),
        }
    });
    assert!(tried > 150, "{tried}");
}
