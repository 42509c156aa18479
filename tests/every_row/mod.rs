//! Calls every row of the catalogue with generated arguments, and compares the requests that arrive at a server
//! with the row's data and Discord's rules.

mod cached;
mod call;
mod expected;
mod lists;
mod value;

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use dcord::catalogue::{self, Endpoint, Method, Noun, Param, ParamKind, Place};
use serde_json::{Value, json};

use self::call::{Call, Way};
use super::support::{Outcome, Recorded, Recorder, Reply, World};

type Row = (&'static Noun, &'static Endpoint);

/// The id of the application that the recording server returns.
const APPLICATION: &str = "880000000000000008";

#[test]
fn all_arguments_arrive_with_nested_fields_as_json() {
    every_row(|row, bench| bench.each_form(row, Way::Json));
}

#[test]
fn all_arguments_arrive_with_nested_fields_as_dotted_flags() {
    every_row(|row, bench| bench.each_form(row, Way::Dotted));
}

#[test]
fn the_required_arguments_arrive_without_others() {
    every_row(|row, bench| bench.arrives(row, &Call::new(row, Way::Required, 0, &bench.world)));
}

#[test]
fn every_nullable_field_can_be_unset() {
    every_row(|row, bench| match Call::unset(row, &bench.world) {
        Some(call) => bench.arrives(row, &call),
        None => Ok(()),
    });
}

#[test]
fn an_error_about_a_value_out_of_bounds_names_the_flag_and_the_bound() {
    let tried = AtomicUsize::new(0);
    every_row(|row, bench| {
        // A shorter list than the bound is sent with another operation.
        let is_sent = |beyond: &value::Beyond| {
            row.1.for_one.is_some() && beyond.param.min_items.is_some_and(|min| i64::from(min) == beyond.bound)
        };
        for beyond in value::beyond(row.1, &bench.world).into_iter().filter(|beyond| !is_sent(beyond)) {
            let call = Call::with(row, Way::Required, &bench.world, beyond.param, &beyond.texts);
            let outcome = bench.refused(&call)?;
            // If the field is also given as JSON, the error names its path in the JSON.
            let key = beyond.param.into.rsplit('/').find(|step| step.parse::<usize>().is_err() && *step != "-");
            let names = [beyond.param.name, &beyond.param.flag(), key.unwrap_or(beyond.param.name)];
            let named = names.iter().any(|name| outcome.stderr.contains(name));
            if outcome.status != Some(9) || !named || !outcome.stderr.contains(&beyond.bound.to_string()) {
                return Err(format!("{} {}, bound {}:\n{outcome}", call.shown(), beyond.param.name, beyond.bound));
            }
            tried.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    });
    assert!(tried.into_inner() > 450);
}

#[test]
fn values_inside_json_are_checked_against_their_bounds() {
    let tried = AtomicUsize::new(0);
    every_row(|row, bench| {
        for form in 0..row.1.forms.len().max(1) {
            let Some(body) = Call::body(row, form, &bench.world) else { continue };
            for param in row.1.nested() {
                let pointer = format!("/{}", param.into.replace('-', "0").replace('*', "de"));
                for (wrong, word) in value::beyond_inside(param) {
                    let mut body = body.clone();
                    let Some(value) = body.pointer_mut(&pointer) else { continue };
                    *value = wrong;
                    let call = Call::with_body(row, &bench.world, &body);
                    let outcome = bench.refused(&call)?;
                    let field = pointer.rsplit('/').find(|step| step.parse::<usize>().is_err() && *step != "de");
                    let named = field.is_none_or(|field| outcome.stderr.contains(field));
                    if outcome.status != Some(9) || !named || !outcome.stderr.contains(&word) {
                        return Err(format!("{} {pointer}, {word}:\n{outcome}", call.shown()));
                    }
                    tried.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        Ok(())
    });
    assert!(tried.into_inner() > 500);
}

#[test]
fn a_missing_field_of_a_form_or_an_object_is_an_error() {
    let tried = AtomicUsize::new(0);
    every_row(|row, bench| {
        for (n, form) in row.1.forms.iter().enumerate() {
            let Some(body) = Call::body(row, n, &bench.world) else { continue };
            let own = form
                .needs
                .iter()
                .map(|need| if form.at.is_empty() { (*need).to_owned() } else { format!("{}/{need}", form.at) });
            let inner = row.1.nested().filter(|p| p.needed).map(|p| p.into.to_owned());
            for path in own.chain(inner) {
                let path = format!("/{}", path.replace('-', "0").replace('*', "de"));
                let (parent, key) = path.rsplit_once('/').unwrap();
                let mut body = body.clone();
                let Some(object) = body.pointer_mut(parent).and_then(Value::as_object_mut) else { continue };
                if object.shift_remove(key).is_none() {
                    continue;
                }
                let call = Call::with_body(row, &bench.world, &body);
                let outcome = bench.refused(&call)?;
                let named = outcome.stderr.contains(key) || outcome.stderr.contains(&key.replace('_', "-"));
                if outcome.status != Some(2) || !named || !outcome.stderr.contains("is required") {
                    return Err(format!("{} without {path}:\n{outcome}", call.shown()));
                }
                tried.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(())
    });
    assert!(tried.into_inner() > 30);
}

#[test]
fn a_text_that_is_not_a_url_is_refused_for_a_url_field() {
    let tried = AtomicUsize::new(0);
    every_row(|row, bench| {
        for param in row.1.all_params().filter(|p| matches!(p.kind, ParamKind::Url(_))) {
            for text in ["no URL at all", "example.com/x", "javascript:alert(1)", "https://", "https:// example.com"] {
                let call = Call::with(row, Way::Required, &bench.world, param, &[text.to_owned()]);
                let outcome = bench.refused(&call)?;
                let called = [param.name.to_owned(), format!("--{}", param.flag())];
                let named = called.iter().any(|name| outcome.stderr.contains(name));
                let named = named && outcome.stderr.contains(&format!("{text:?}"));
                if outcome.status != Some(9) || !named || !outcome.stderr.contains("https://") {
                    return Err(format!("{}:\n{outcome}", call.shown()));
                }
                tried.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(())
    });
    assert!(tried.into_inner() > 100);
}

#[test]
fn a_missing_required_argument_is_a_usage_error() {
    every_row(|row, bench| {
        let required =
            |p: &&Param| p.required && p.only_choice().is_none() && !p.is_application() && p.place != Place::Path;
        // The channel of an event determines its type.
        let required = |p: &&Param| required(p) && p.by_channel.is_empty();
        for param in row.1.all_params().filter(required) {
            let call = Call::lacking(row, &bench.world, param);
            let outcome = bench.refused(&call)?;
            let by_flag = format!("--{} is missing", param.flag());
            let by_word =
                format!("{} is missing", param.name.trim_end_matches("_id").to_ascii_uppercase().replace('_', "-"));
            let named = outcome.stderr.contains(if param.positional { &by_word } else { &by_flag });
            if outcome.status != Some(2) || !named {
                return Err(format!("{} without {}:\n{outcome}", call.shown(), param.name));
            }
        }
        // If one word is omitted, the error names the last target as missing.
        if let Some(call) = Call::lacking_a_target(row, &bench.world) {
            let outcome = bench.refused(&call)?;
            if outcome.status != Some(2) || !outcome.stderr.contains(" is missing") {
                return Err(format!("{}:\n{outcome}", call.shown()));
            }
        }
        Ok(())
    });
}

#[test]
fn an_edit_without_fields_is_a_usage_error() {
    let tried = AtomicUsize::new(0);
    every_row(|row, bench| {
        let patches = row.1.method == Method::Patch && row.1.verb != "link-channel";
        if !patches && !row.1.edits {
            return Ok(());
        }
        for empty in [None, Some("--body={}")] {
            let mut call = Call::bare(row, &bench.world);
            call.args.extend(empty.map(str::to_owned));
            let outcome = bench.refused(&call)?;
            if outcome.status != Some(2)
                || !outcome.stderr.contains(if empty.is_some() { "error" } else { " is missing" })
            {
                return Err(format!("{}:\n{outcome}", call.shown()));
            }
        }
        tried.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    assert!(tried.into_inner() >= 30);
}

/// A recording server, and a world that uses it as Discord.
struct Bench {
    server: Recorder,
    world: World,
}

impl Bench {
    /// Calls the row once for each form, because parameters of two forms conflict.
    fn each_form(&self, row: Row, way: Way) -> Result<(), String> {
        (0..row.1.forms.len().max(1)).try_for_each(|form| self.arrives(row, &Call::new(row, way, form, &self.world)))
    }

    fn new() -> Self {
        let server = Recorder::answering(answer);
        let world = World::at(&server).env("DCORD_TEST_CLOCK", clock());
        Self { server, world }
    }

    fn run(&self, call: &Call) -> Outcome {
        self.server.take();
        let mut command = self.world.command();
        command.args(&call.args).envs(call.env.iter().map(|(name, value)| (name, value)));
        self.world.finish(command, Some(&call.stdin))
    }

    /// Checks that the call succeeds and sends exactly its request.
    fn arrives(&self, row: Row, call: &Call) -> Result<(), String> {
        let outcome = self.run(call);
        let mut requests = self.server.take();
        let problem = |text: String| Err(format!("{}\n  {text}\n{outcome}", call.shown()));
        if outcome.status != Some(0) {
            return problem("it failed".to_owned());
        }
        if call.looks_up
            && requests.first().is_some_and(|r| ["/applications/@me", "/oauth2/@me"].contains(&r.target.as_str()))
        {
            requests.remove(0);
        }
        match &requests[..] {
            [request] => match call.expected.compare(row.1, request) {
                Ok(()) => Ok(()),
                Err(text) => problem(text),
            },
            others => problem(format!("{} requests arrived: {others:#?}", others.len())),
        }
    }

    /// Checks that the call fails and sends nothing.
    fn refused(&self, call: &Call) -> Result<Outcome, String> {
        let outcome = self.run(call);
        let requests = self.server.take();
        if outcome.status == Some(0) || !requests.is_empty() {
            return Err(format!("{}\n  was sent all the same: {requests:#?}\n{outcome}", call.shown()));
        }
        Ok(outcome)
    }
}

/// Returns the row of a request.
fn row_of(request: &Recorded) -> Option<&'static Endpoint> {
    let steps: Vec<&str> = request.path().split('/').collect();
    let fits = |path: &str| {
        let own: Vec<&str> = path.split('/').collect();
        own.len() == steps.len() && own.iter().zip(&steps).all(|(o, s)| o == s || o.starts_with('{'))
    };
    // Literal segments precede placeholders.
    catalogue::endpoints()
        .map(|(_, row)| row)
        .filter(|row| row.method.name() == request.method && fits(row.path))
        .min_by_key(|row| row.path.matches('{').count())
}

/// Returns an empty response of the row's shape.
fn answer(request: &Recorded) -> Reply {
    match row_of(request) {
        Some(row) if row.list => match row.items {
            Some(field) => Reply::ok(&json!({field: []})),
            None => Reply::ok(&json!([])),
        },
        _ => Reply::ok(&json!({"id": APPLICATION, "application": {"id": APPLICATION}})),
    }
}

/// Runs a check over all rows, with one thread for each processor, and reports all failures together.
fn every_row(check: impl Fn(Row, &Bench) -> Result<(), String> + Sync) {
    const SHOWN: usize = 25;
    let rows: Vec<Row> = catalogue::endpoints().collect();
    assert_eq!(rows.len(), 256, "Discord's endpoints");
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(8);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let bench = Bench::new();
                while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(failure) = check(*row, &bench) {
                        failures.lock().unwrap().push(failure);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    let mut report = String::new();
    for failure in failures.iter().take(SHOWN) {
        writeln!(report, "\n{failure}").unwrap();
    }
    assert!(failures.is_empty(), "{} of {} rows failed:\n{report}", failures.len(), rows.len());
}

/// Returns a time less than a day before the times of the values, as some rows require.
fn clock() -> String {
    const THEN: i64 = 1_893_450_000;
    format!("+{}s", THEN - dcord::model::Clock::system().wall_ms() / 1000)
}
