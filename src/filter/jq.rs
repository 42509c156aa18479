//! Compiles and runs jq programs.
//!
//! A program sees one value and nothing else. It cannot read the environment (which may contain a token), files or
//! further input, write to stderr, or end the process.

use std::fmt;
use std::io::Write as _;

use jaq_core::data::JustLut;
use jaq_core::load::lex::Expect as LexExpect;
use jaq_core::load::parse::Expect as ParseExpect;
use jaq_core::load::{Arena, Error as LoadError, File, Loader, import, span};
use jaq_core::{Ctx, Filter, Vars};
use jaq_json::{Num, Val, read};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::DEEPEST;
use super::surrogates::replace_unpaired;

/// Functions of jq that jaq lacks, defined in jq's own language.
const MORE: &str = r#"
def _row(quote; $between):
  if isarray then . else error("\(.) is not an array: @csv and @tsv require arrays") end
  | map(if isstring then quote elif . == null then "" elif isarray or isobject
        then error("\(.) cannot be in a row: @csv and @tsv accept strings, numbers and booleans")
        else tostring end)
  | join($between);
def @csv: _row("\"" + (split("\"") | join("\"\"")) + "\""; ",");
def @tsv: _row(
  split("\\") | join("\\\\") | split("\t") | join("\\t") | split("\n") | join("\\n")
  | split("\r") | join("\\r"); "\t");
def IN(s): any(s == .; .);
def IN(s; t): any(s == t; .);
def INDEX(s; f): reduce s as $x ({}; .[$x | f | tostring] = $x);
def INDEX(f): INDEX(.[]; f);
def leaf_paths: paths(scalars);
def toarray: if isarray then . else [.] end;
"#;

/// The functions of jaq's standard library that programs cannot call: `env` reads the environment, `halt` and
/// `halt_error` end the process, and the others write to stderr, which only `output::console` may do.
const EXCLUDED: &[&str] = &["env", "halt", "halt_error", "debug", "debug_empty", "stderr", "stderr_empty"];

/// The maximum number of characters of an error, which may contain a value.
const MAX_ERROR: usize = 160;

/// A compiled program.
pub struct Program(Filter<JustLut<Val>>);

/// One output of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output<'a> {
    /// A string, without quotes.
    Text(&'a str),
    /// Any other value, as JSON on one line.
    Json(&'a str),
}

/// The error for a program that cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadJq {
    program: String,
    /// The position in the program, in bytes.
    at: usize,
    problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Problem {
    Expected(String),
    Undefined {
        what: String,
        name: String,
    },
    Import,
    /// The program may be valid, but cannot be compiled or run for this reason.
    Process(String),
}

/// The error for a program that failed on a value, or exceeded a limit of memory or time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Error {
    #[error("{0}")]
    Run(String),
    #[error("the value is nested more than {DEEPEST} levels deep")]
    TooDeep,
    #[error("the value cannot be read: {0}")]
    Read(String),
    #[error("the program recurses too deeply, or exceeds its memory limit")]
    Exhausted,
    #[error("the program ran for {0} s on one value without output")]
    Endless(u64),
    #[error("the program was interrupted")]
    Interrupted,
    #[error("the process that runs the program failed: {0}")]
    Process(String),
}

impl Error {
    /// Whether the value caused the error, rather than the process that ran the program.
    pub fn is_about_value(&self) -> bool {
        match self {
            Self::Run(_) | Self::TooDeep | Self::Read(_) | Self::Exhausted | Self::Endless(_) => true,
            Self::Interrupted | Self::Process(_) => false,
        }
    }
}

impl BadJq {
    /// An error of the whole program, without a position.
    pub(super) fn whole(program: &str, reason: &impl fmt::Display) -> Self {
        Self { program: program.to_owned(), at: 0, problem: Problem::Process(reason.to_string()) }
    }
}

impl Program {
    pub fn compile(program: &str) -> Result<Self, BadJq> {
        let bad = |part: &str, problem| BadJq { program: program.to_owned(), at: place(program, part), problem };
        let more = jaq_core::load::parse(MORE, |parser| parser.defs()).expect("the definitions above are jq");
        let defs = jaq_core::defs()
            .chain(jaq_std::defs())
            .chain(jaq_json::defs())
            .chain(more)
            .filter(|def| !EXCLUDED.contains(&def.name));
        let arena = Arena::default();
        let modules = Loader::new(defs)
            .load(&arena, File { code: program, path: () })
            .map_err(|errors| first(errors, |error| load_problem(program, error)))
            .map_err(|(part, problem)| bad(part, problem))?;
        // An import of data would read a file. jaq calls this function to read it, so the function refuses.
        import(&modules, |_| Err(String::new()))
            .map_err(|errors| first(errors, |error| load_problem(program, error)))
            .map_err(|(part, problem)| bad(part, problem))?;
        let funs = jaq_core::funs()
            .chain(jaq_std::funs())
            .chain(jaq_json::funs())
            .filter(|(name, ..)| !EXCLUDED.contains(name));
        let filter = jaq_core::Compiler::default().with_funs(funs).compile(modules).map_err(|errors| {
            let (name, undefined) = first(errors, |errors| errors.into_iter().next());
            bad(name, Problem::Undefined { what: undefined.as_str().to_owned(), name: name.to_owned() })
        })?;
        Ok(Self(filter))
    }

    /// Runs the program on one value and calls `each` for each output, until the program or `each` fails.
    ///
    /// Numbers without arithmetic keep all their digits.
    pub fn run<E: From<Error>>(
        &self,
        value: &RawValue,
        mut each: impl FnMut(Output<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let input = parse(value)?;
        let mut json = Vec::new();
        for value in self.values(input) {
            match value? {
                Val::TStr(text) => each(Output::Text(&String::from_utf8_lossy(&text)))?,
                value => {
                    json.clear();
                    write(&value, &mut json);
                    each(Output::Json(&String::from_utf8_lossy(&json)))?;
                }
            }
        }
        Ok(())
    }

    /// Whether the first output of the program is neither false nor null. False if there is no output, as from `select`.
    pub fn matches(&self, value: &RawValue) -> Result<bool, Error> {
        let first = self.values(parse(value)?).next().transpose()?;
        Ok(!matches!(first, None | Some(Val::Null | Val::Bool(false))))
    }

    fn values(&self, input: Val) -> impl Iterator<Item = Result<Val, Error>> {
        let context = Ctx::<JustLut<Val>>::new(&self.0.lut, Vars::new([]));
        self.0.id.run((context, input)).map(|result| {
            result.map_err(|exception| match exception.get_err() {
                Ok(error) => Error::Run(truncated(&error.to_string())),
                Err(exception) => Error::Run(truncated(&format!("{exception:?}"))),
            })
        })
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Program")
    }
}

impl fmt::Display for BadJq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            Problem::Expected(what) => write!(f, "expected {what}")?,
            Problem::Undefined { what, name } => write!(f, "no {what} named {name}")?,
            Problem::Import => f.write_str("modules and data cannot be imported")?,
            Problem::Process(reason) => return f.write_str(reason),
        }
        let (before, rest) = self.program.split_at(self.at);
        if rest.trim().is_empty() {
            return write!(f, " at the end of the jq program");
        }
        let near: String = rest.chars().take(20).collect();
        write!(f, " at character {} of the jq program, {near:?}", before.chars().count() + 1)
    }
}

impl std::error::Error for BadJq {}

/// The position of `part`, which is a slice of the program.
fn place(program: &str, part: &str) -> usize {
    let start = program.as_ptr() as usize;
    let within = start..=start + program.len();
    if within.contains(&(part.as_ptr() as usize)) { span(program, part).start } else { 0 }
}

/// The first error of the first file that has one. jaq's lists of errors are never empty.
fn first<P, E, T>(errors: Vec<(P, E)>, problem: impl FnMut(E) -> Option<T>) -> T {
    let mut errors = errors.into_iter().map(|(_, error)| error);
    errors.by_ref().find_map(problem).expect("a failure has at least one error")
}

fn load_problem<'p>(program: &'p str, error: LoadError<&'p str>) -> Option<(&'p str, Problem)> {
    match error {
        LoadError::Io(errors) => errors.into_iter().next().map(|(at, _)| (at, Problem::Import)),
        LoadError::Lex(errors) => errors.into_iter().next().map(|(expected, at)| {
            let what = match expected {
                LexExpect::Token => "an operator or a name",
                other => other.as_str(),
            };
            (at, Problem::Expected(what.to_owned()))
        }),
        LoadError::Parse(errors) => errors.into_iter().next().map(|(expected, at)| {
            let what = match expected {
                ParseExpect::Just(word) => format!("{word:?}"),
                ParseExpect::Term => "a value or a filter".to_owned(),
                ParseExpect::Nothing => "the end".to_owned(),
                other => other.as_str().to_owned(),
            };
            (if at.is_empty() { &program[program.len()..] } else { at }, Problem::Expected(what))
        }),
    }
}

fn parse(value: &RawValue) -> Result<Val, Error> {
    let json = replace_unpaired(value.get().as_bytes());
    if depth(&json) > DEEPEST {
        return Err(Error::TooDeep);
    }
    read::parse_single(&json).map_err(|error| Error::Read(error.to_string()))
}

/// The depth of nested lists and objects.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Writes a value as valid JSON. jaq itself writes a superset of JSON. Numbers that JSON does not have are written as jq
/// writes them, and keys that are not strings become strings.
fn write(value: &Val, to: &mut Vec<u8>) {
    match value {
        Val::Null => to.extend_from_slice(b"null"),
        Val::Bool(true) => to.extend_from_slice(b"true"),
        Val::Bool(false) => to.extend_from_slice(b"false"),
        Val::Num(Num::Float(number)) => write_float(*number, to),
        Val::Num(number) => write!(to, "{number}").expect(TAKES_ALL),
        Val::TStr(text) | Val::BStr(text) => write_text(text, to),
        Val::Arr(items) => {
            to.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    to.push(b',');
                }
                write(item, to);
            }
            to.push(b']');
        }
        Val::Obj(fields) => {
            to.push(b'{');
            for (i, (key, value)) in fields.iter().enumerate() {
                if i > 0 {
                    to.push(b',');
                }
                match key {
                    Val::TStr(_) | Val::BStr(_) => write(key, to),
                    other => {
                        let mut text = Vec::new();
                        write(other, &mut text);
                        write_text(&text, to);
                    }
                }
                to.push(b':');
                write(value, to);
            }
            to.push(b'}');
        }
    }
}

const TAKES_ALL: &str = "writing to a vector does not fail";

fn write_text(text: &[u8], to: &mut Vec<u8>) {
    serde_json::to_writer(to, &*String::from_utf8_lossy(text)).expect(TAKES_ALL);
}

/// Writes a float as jq does: whole numbers without `.0`, NaN as null, and infinity as the largest float.
fn write_float(number: f64, to: &mut Vec<u8>) {
    /// Up to this value, a float is written without an exponent.
    const WHOLE: f64 = 1e17;
    if number.is_nan() {
        to.extend_from_slice(b"null");
    } else if number.fract() == 0.0 && number.abs() < WHOLE {
        write!(to, "{number:.0}").expect(TAKES_ALL);
    } else {
        let number = number.clamp(f64::MIN, f64::MAX);
        serde_json::to_writer(to, &number).expect(TAKES_ALL);
    }
}

/// Truncates the text of an error, which may contain a whole message.
fn truncated(text: &str) -> String {
    match text.char_indices().nth(MAX_ERROR) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn try_run(program: &str, input: &str) -> Result<Vec<String>, Error> {
        let mut outputs = Vec::new();
        let input: &RawValue = serde_json::from_str(input).unwrap();
        Program::compile(program).unwrap().run(input, |output| {
            outputs.push(match output {
                Output::Text(text) => format!("text {text}"),
                Output::Json(json) => json.to_owned(),
            });
            Ok::<_, Error>(())
        })?;
        Ok(outputs)
    }

    fn run(program: &str, input: &str) -> Vec<String> {
        try_run(program, input).unwrap()
    }

    #[test]
    fn common_programs_print_what_jq_prints() {
        let input = r#"{"id":"1145","n":3,"tags":["b","a"],"author":{"username":"zoë","bot":true}}"#;
        for (program, wanted) in [
            (".id", vec!["text 1145"]),
            (".author.username, .n", vec!["text zoë", "3"]),
            ("select(.author.bot) | {id, u: .author.username}", vec![r#"{"id":"1145","u":"zoë"}"#]),
            ("select(.n > 5)", vec![]),
            (".tags[]", vec!["text b", "text a"]),
            (".tags | sort | join(\"-\")", vec!["text a-b"]),
            (r#""\(.id): \(.tags)""#, vec![r#"text 1145: ["b","a"]"#]),
            (".n / 2, .n * 2 / 3, .n + 1", vec!["1.5", "2", "4"]),
            ("nan, infinite", vec!["null", "1.7976931348623157e+308"]),
            (".missing, .missing.x", vec!["null", "null"]),
            (".tags | length", vec!["2"]),
            ("[.id, .n, null, true, \"a\\\"b\"] | @csv", vec![r#"text "1145",3,,true,"a""b""#]),
            ("[.id, \"a\\tb\\\\\"] | @tsv", vec!["text 1145\ta\\tb\\\\"]),
            (".id | IN(\"1\", \"1145\")", vec!["true"]),
            ("[{id: 7}] | INDEX(.id)", vec![r#"{"7":{"id":7}}"#]),
            ("[leaf_paths] | length", vec!["6"]),
            (".id | test(\"^1\")", vec!["true"]),
            ("to_entries[0].key", vec!["text id"]),
            ("{(.n | tostring): 1}", vec![r#"{"3":1}"#]),
            (".id |= tonumber | .id", vec!["1145"]),
            ("\"2020-01-01T00:00:00Z\" | fromdate", vec!["1577836800"]),
        ] {
            assert_eq!(run(program, input), wanted, "{program}");
        }
    }

    #[test]
    fn numbers_without_arithmetic_keep_their_digits() {
        let numbers = r#"[18446744073709551615,123456789012345678901234567890,1.50,1e400,-7,0.1]"#;
        assert_eq!(run(".", numbers), [numbers]);
        assert_eq!(run(".[0]", numbers), ["18446744073709551615"]);
        assert_eq!(run("{a: .[1]}", numbers), [r#"{"a":123456789012345678901234567890}"#]);
    }

    #[test]
    fn a_program_cannot_access_anything_but_its_input() {
        for program in [
            "env",
            "$ENV",
            "env.PATH",
            "input",
            "inputs",
            "input_filename",
            "halt",
            "halt(1)",
            "halt_error",
            "debug",
            "stderr",
            "input_line_number",
            "get_search_list",
            "$__prog_args",
        ] {
            let error = Program::compile(program).unwrap_err();
            assert!(matches!(error.problem, Problem::Undefined { .. }), "{program}: {error}");
        }
        for program in ["import \"a\" as a; .", "include \"a\"; .", "import \"a\" as $a; $a"] {
            assert_eq!(Program::compile(program).unwrap_err().problem, Problem::Import, "{program}");
        }
    }

    #[test]
    fn a_syntax_error_names_its_position_on_one_line() {
        for (program, wanted) in [
            (".a | fo(.b)", r#"no filter named fo at character 6 of the jq program, "fo(.b)""#),
            ("$x", r#"no variable named $x at character 1 of the jq program, "$x""#),
            (".a |", "expected a value or a filter at the end of the jq program"),
            (".a | (.b", "expected closing parenthesis at the end of the jq program"),
            ("\"é\" | ]", r#"expected an operator or a name at character 7 of the jq program, "]""#),
            (".a\n) .b", r#"expected an operator or a name at character 4 of the jq program, ") .b""#),
            ("if . then 1", "expected else or end at the end of the jq program"),
            (".a .b ]]", r#"expected an operator or a name at character 7 of the jq program, "]]""#),
            ("reduce .a (0; 1)", r#"expected "as" at character 11 of the jq program, "(0; 1)""#),
        ] {
            let error = Program::compile(program).unwrap_err().to_string();
            assert_eq!(error, wanted, "{program}");
            assert!(!error.contains('\n'));
        }
    }

    #[test]
    fn a_failing_program_returns_its_earlier_outputs_and_the_error() {
        let jq = Program::compile(".[] | .a").unwrap();
        let mut outputs = Vec::new();
        let input: &RawValue = serde_json::from_str(r#"[{"a":1},"text"]"#).unwrap();
        let error = jq
            .run(input, |output| {
                outputs.push(format!("{output:?}"));
                Ok::<_, Error>(())
            })
            .unwrap_err();
        assert_eq!(outputs, [r#"Json("1")"#]);
        assert_eq!(error.to_string(), r#"cannot index "text" with "a""#);
        let long = format!("{:?}", "x".repeat(5000));
        assert!(try_run(".a", &long).unwrap_err().to_string().len() < 300);
    }

    #[test]
    fn a_deeply_nested_value_is_an_error_and_not_an_overflow() {
        let deep = |n| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert_eq!(run("length", &deep(DEEPEST)), ["1"]);
        assert_eq!(try_run(".", &deep(100_000)), Err(Error::TooDeep));
        assert_eq!(depth(br#"{"[[\"[[":["]]"]}"#), 2);
    }

    #[test]
    fn a_value_matches_if_the_first_output_is_true() {
        let value: &RawValue = serde_json::from_str(r#"{"a":0}"#).unwrap();
        for (program, matches) in [
            (".a", true),
            (".a == 0", true),
            (".b", false),
            ("false, true", false),
            ("select(.b)", false),
            ("empty", false),
        ] {
            assert_eq!(Program::compile(program).unwrap().matches(value), Ok(matches), "{program}");
        }
        assert!(Program::compile(".a.b").unwrap().matches(value).is_err());
    }

    #[test]
    fn a_compiled_program_can_be_sent_to_another_thread() {
        fn is_send<T: Send + Sync>() {}
        is_send::<Program>();
    }

    proptest! {
        #[test]
        fn the_identity_returns_its_input_unchanged(text in any::<String>(), number in any::<f64>(), id in any::<u64>()) {
            let value = serde_json::json!({"text": [text], "number": number, "id": id, "é\u{7f}": {}});
            let outputs = run(".", &value.to_string());
            prop_assert_eq!(serde_json::from_str::<Value>(&outputs[0]).unwrap(), value);
        }

        #[test]
        fn no_program_makes_the_compiler_panic(program in r#"[.|()\[\]{}"a$@:,;?0\\ \n=-]{0,12}"#) {
            if let Err(error) = Program::compile(&program) {
                prop_assert!(!error.to_string().contains('\n'));
            }
        }
    }
}
