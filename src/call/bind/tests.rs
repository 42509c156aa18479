//! Untrusted values read no files, variables or standard input.

use std::time::Duration;

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::value::Reader;
use super::{Error, Field, Input, Names, Trust, Values, body, field, files, path, secret};
use crate::call::Intent;
use crate::catalogue::{self, Endpoint, Param, ParamKind, Place};
use crate::config::{SecretSource, env};
use crate::model::time::Now;

/// The contents of the file that untrusted values name.
const CONTENTS: &str = "contents-of-the-file";

/// Reads a parameter from its value. Returns it as text, or an error.
fn read(row: &'static Endpoint, param: &'static Param, values: &Values, input: &mut Input) -> Result<String, Error> {
    let mut names = Names::default();
    let (zone, mut wrong): (fn() -> _, _) = (|| Ok(TimeZone::UTC), Vec::new());
    let mut reader = Reader {
        endpoint: None,
        input,
        now: Now { ms: 0, zone },
        validate: true,
        names: &mut names,
        warnings: Vec::new(),
    };
    if param.place == Place::Whole {
        return body::read(row, values, &mut reader, &mut wrong).map(|contents| contents.root.to_string());
    }
    let field = &values.fields[0];
    let mut value = match param.place {
        Place::Path => Value::from(path::word_of(param, &field.texts[0], reader.names)?),
        Place::File => Value::from(files::part(field, values, reader.input)?.source),
        _ if param.kind == ParamKind::File => {
            let mut root = Value::Object(Map::new());
            let parts = files::attach(row, values, &mut root, reader.input, &mut wrong)?;
            Value::from(parts.into_iter().map(|part| part.source).collect::<Vec<_>>())
        }
        _ => field::read(field, &mut reader)?,
    };
    names.fill_json(&mut value);
    Ok(value.to_string())
}

#[test]
fn a_literal_value_never_reads_a_file_a_variable_or_stdin() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, CONTENTS).unwrap();
    let file = file.display().to_string();
    let variable = env::named("PATH").expect("the tests have a PATH");
    let hostile = [format!("@{file}"), file.clone(), format!("file:{file}"), format!("{file}#x")];
    let hostile = hostile.into_iter().chain(["@-", "-", "env:PATH"].map(str::to_owned)).collect::<Vec<_>>();
    let (mut literal, mut refused) = (0, 0);
    for (noun, row) in catalogue::endpoints() {
        for param in row.all_params() {
            for text in &hostile {
                let members = Map::from_iter([(param.name.to_owned(), Value::from(text.as_str()))]);
                // Parameters that only describe the inside of other values cannot be set.
                let Ok(intent) = Intent::from_json(row, &members) else { continue };
                let mut input = Input::new(Trust::Literal, Duration::ZERO);
                let at = format!("{} {}: {} = {text}", noun.name, row.verb, param.name);
                match read(row, param, &intent.values, &mut input) {
                    Ok(shown) => {
                        literal += 1;
                        assert!(shown.contains(text.trim_start_matches('@')), "{at} is sent as {shown}");
                        assert!(!shown.contains(CONTENTS) && !shown.contains(&variable), "{at} is read: {shown}");
                        assert!(
                            param.place != Place::File && param.kind != ParamKind::File,
                            "{at} names a file: {shown}"
                        );
                        assert!(!matches!(param.kind, ParamKind::Image(_)), "{at} names a file: {shown}");
                        assert!(!param.secret || param.place == Place::Path, "{at} is a secret: {shown}");
                    }
                    Err(error) => {
                        refused += 1;
                        let shown = error.to_string();
                        assert!(!shown.contains(CONTENTS) && !shown.contains(&variable), "{at}: {shown}");
                        assert!(!matches!(error, Error::Read { .. } | Error::NotText { .. }), "{at} is read: {shown}");
                        let is_text =
                            matches!(param.kind, ParamKind::String | ParamKind::Text) && param.place != Place::Path;
                        assert!(!is_text || param.secret || param.name == "filename", "{at} is refused: {shown}");
                    }
                }
            }
        }
    }
    assert!(literal > 5_000 && refused > 4_000, "{literal} {refused}");
}

#[test]
fn a_trusted_value_reads_its_source_and_a_literal_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, r#"{"content":"held"}"#).unwrap();
    let path = format!("@{}", file.display());
    let input = |trust| Input::new(trust, Duration::ZERO);
    let row = catalogue::find("message", "send").unwrap();
    let body = |trust| {
        let values = Values { body: Some(path.clone()), ..Values::default() };
        let mut names = Names::default();
        let now = Now { ms: 0, zone: || Ok(TimeZone::UTC) };
        let mut input = input(trust);
        let mut reader =
            Reader { endpoint: None, input: &mut input, now, validate: true, names: &mut names, warnings: Vec::new() };
        body::read(row, &values, &mut reader, &mut Vec::new()).map(|contents| contents.root["content"].clone())
    };
    assert_eq!(body(Trust::Full).unwrap(), "held");
    assert!(matches!(body(Trust::Literal), Err(Error::Json { .. })));
    // The word for the text is used unchanged.
    let mut names = Names::default();
    let now = Now { ms: 0, zone: || Ok(TimeZone::UTC) };
    let mut literal = input(Trust::Literal);
    let mut reader =
        Reader { endpoint: None, input: &mut literal, now, validate: true, names: &mut names, warnings: Vec::new() };
    let argument = Field::of_argument(row.param("content").unwrap(), "-", true);
    let values = Values { fields: vec![argument], ..Values::default() };
    let contents = body::read(row, &values, &mut reader, &mut Vec::new()).unwrap();
    assert_eq!(contents.root["content"], "-");
    for source in ["env:PATH", &format!("file:{}", file.display()), "-"] {
        let source = SecretSource::parse(source).unwrap();
        let fetched = secret::fetch(&source, "TOKEN", &mut input(Trust::Literal));
        assert!(matches!(fetched, Err(Error::Literal { .. })), "{source:?}");
    }
    let twin = row.param("content").unwrap();
    let texts = vec![file.display().to_string()];
    let field = Field {
        param: twin,
        flag: "--content-file".to_owned(),
        texts,
        order: vec![0],
        in_files: true,
        trust: Trust::Full,
    };
    let mut literal = input(Trust::Literal);
    let mut reader =
        Reader { endpoint: None, input: &mut literal, now, validate: true, names: &mut names, warnings: Vec::new() };
    assert!(matches!(field::read(&field, &mut reader), Err(Error::Literal { .. })));
}
