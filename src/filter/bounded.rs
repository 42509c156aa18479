//! Decides from the syntax of a jq program whether its time and memory are bounded for every value.
//!
//! A program of paths, operators and the functions below processes its value a few times and builds at most a small
//! multiple of it. All other programs count as unbounded: a program that defines functions, folds, loops or updates may
//! recurse without end or exhaust the memory.

use jaq_core::load::lex::{Lexer, StrPart};
use jaq_core::load::parse::{BinaryOp, Parser, Pattern, Term};
use jaq_core::ops::Math;
use jaq_core::path::Part;

/// The maximum number of words and signs in a program. jaq's parser and compiler recurse at most once for each of them,
/// and this number fits on the smallest stack of a thread of this process.
const MAX_TOKENS: usize = 300;

/// The maximum work of a program: how often it may traverse or multiply its value. The work of each operator is a factor,
/// because the operator may be applied to all outputs of the previous one.
const MAX_WORK: u64 = 1 << 16;

/// Bounded functions and their work: how often they may traverse or multiply their input.
const FUNCTIONS: &[(u64, &str)] = &[
    (
        1,
        "@base64d abs arrays ascii_downcase ascii_upcase booleans ceil empty endswith error false first \
         floor fromdate fromdateiso8601 gmtime has implode in isarray isboolean isempty isnumber isobject \
         isstring iterables keys keys_unsorted last length limit ltrimstr max min mktime not now nth null \
         nulls numbers objects reverse round rtrimstr scalars select skip sqrt startswith strftime \
         strings strptime toarray todate trim true type utf8bytelength values",
    ),
    (
        2,
        "@base64 @json @text IN INDEX add all any del flatten from_entries group_by index indices map \
         max_by min_by rindex sort split splits to_entries tojson tostring unique",
    ),
    (3, "@uri"),
    (4, "@csv @sh @tsv contains explode inside sort_by test unique_by with_entries"),
    (6, "@html"),
    (8, "capture match scan"),
    (16, "gsub join sub"),
];

/// The work of terms that traverse a whole value: `.[]` and `..`.
const EACH: u64 = 2;
const EVERY: u64 = 16;

/// Whether the program can run in this process. The result is also true for a short invalid program, because it does not
/// run at all.
pub fn is_bounded(program: &str) -> bool {
    if tokens(program) > MAX_TOKENS {
        return false;
    }
    let Ok(tokens) = Lexer::new(program).lex() else { return true };
    match Parser::new(&tokens).parse(Parser::term) {
        Ok(term) => work(&term).is_some_and(|work| work <= MAX_WORK),
        // Either the program is invalid, or it is not a term but a module with a head.
        Err(_) => !program.contains("module"),
    }
}

/// The number of words and signs, including those in strings. jaq's tokens are never more.
fn tokens(program: &str) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut in_word = false;
    let starts = |c: &char| {
        let before = std::mem::replace(&mut in_word, is_word(*c));
        if is_word(*c) { !before } else { !c.is_whitespace() }
    };
    program.chars().filter(starts).count()
}

/// The work of a term. `None` if it is unbounded.
fn work(term: &Term<&str>) -> Option<u64> {
    match term {
        Term::Id | Term::Num(_) | Term::Var(_) | Term::Arr(None) => Some(1),
        Term::Recurse => Some(EVERY),
        Term::Str(format, parts) => {
            let quoted = format.map_or(Some(1), function)?;
            parts.iter().try_fold(1_u64, |product, part| match part {
                StrPart::Term(term) => product.checked_mul(work(term)?)?.checked_mul(quoted)?.checked_mul(2),
                StrPart::Str(_) | StrPart::Char(_) => Some(product),
            })
        }
        Term::Arr(Some(term)) | Term::Neg(term) => work(term),
        Term::Obj(fields) => fields.iter().try_fold(fields.len().max(1) as u64, |product, (key, value)| {
            let value = value.as_ref().map_or(Some(1), work)?;
            product.checked_mul(work(key)?)?.checked_mul(value)
        }),
        Term::BinOp(left, op, right) => {
            let (left, right) = (work(left)?, work(right)?);
            match op {
                BinaryOp::Comma | BinaryOp::Alt => left.checked_add(right),
                BinaryOp::Pipe(pattern) => {
                    left.checked_mul(right)?.checked_mul(pattern.as_ref().map_or(Some(1), bound)?)
                }
                BinaryOp::Math(Math::Add) => left.checked_mul(right)?.checked_mul(2),
                // A string times a number repeats the string that many times.
                BinaryOp::Math(Math::Mul) => None,
                BinaryOp::Or | BinaryOp::And | BinaryOp::Math(_) | BinaryOp::Cmp(_) => left.checked_mul(right),
                BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => None,
            }
        }
        Term::TryCatch(term, caught) => {
            work(term)?.checked_mul(caught.as_ref().map_or(Some(1), |caught| work(caught))?.checked_add(1)?)
        }
        Term::IfThenElse(branches, last) => {
            let last = last.as_ref().map_or(Some(1), |term| work(term))?;
            branches
                .iter()
                .try_fold(last, |sum, (condition, then)| sum.checked_add(work(then)?)?.checked_mul(work(condition)?))
        }
        Term::Call(name, arguments) => {
            arguments.iter().try_fold(function(name)?, |product, argument| product.checked_mul(work(argument)?))
        }
        Term::Path(term, path) => path.0.iter().try_fold(work(term)?, |product, (part, _)| match part {
            Part::Index(index) => product.checked_mul(work(index)?),
            Part::Range(None, None) => product.checked_mul(EACH),
            Part::Range(from, to) => {
                let bound = |term: &Option<Term<&str>>| term.as_ref().map_or(Some(1), work);
                product.checked_mul(bound(from)?)?.checked_mul(bound(to)?)
            }
        }),
        Term::Label(..) | Term::Break(_) | Term::Fold(..) | Term::Def(..) => None,
    }
}

fn function(name: &str) -> Option<u64> {
    FUNCTIONS.iter().find(|(_, names)| names.split(' ').any(|known| known == name)).map(|(work, _)| *work)
}

/// The work of a pattern, which runs the following term once for each value that it binds.
fn bound(pattern: &Pattern<&str>) -> Option<u64> {
    match pattern {
        Pattern::Var(_) => Some(EACH),
        Pattern::Arr(patterns) => patterns.iter().try_fold(EACH, |product, p| product.checked_mul(bound(p)?)),
        Pattern::Obj(fields) => {
            fields.iter().try_fold(EACH, |product, (key, p)| product.checked_mul(work(key)?)?.checked_mul(bound(p)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn common_programs_run_in_the_process() {
        for program in [
            ".",
            ".id",
            ".author.username, .n",
            "select(.author.bot) | {id, u: .author.username}",
            "[.id, .author.username, .timestamp, .content, .channel_id] | @tsv",
            r#""\(.author.username): \(.content) (\(.attachments | length))""#,
            "[.[] | select(.type == 0 and (.name | test(\"^dev-\"))) | .id] | length",
            ".embeds[]?.fields[]? | select(.name == \"x\").value // \"none\"",
            "if .bot then \"bot\" elif .n > 3 then .n + 1 else empty end",
            "try .a.b catch \"no\"",
            ".roles as [$first] | {first: $first, all: (.roles | join(\",\"))}",
            "[.. | strings] | unique",
            "del(.content) | to_entries | map(.key) | sort | reverse[:3]",
            // Invalid, which is an error only when it is compiled.
            ".a | fo(",
            ".a |",
        ] {
            assert!(is_bounded(program), "{program}");
        }
    }

    #[test]
    fn programs_of_unbounded_time_or_memory_do_not_run_in_the_process() {
        let doubled = |part: &str, times: usize| vec![part; times].join(" | ");
        for program in [
            "def f: 1 + f; f",
            "def f: f; f",
            "module {a: 1}; def f: f; f",
            "[def f: ., f; f]",
            "reduce range(1000000) as $i (0; [.])",
            "foreach .[] as $x (0; . + 1)",
            "[range(1000000000)]",
            "last(repeat(1))",
            "recurse",
            "until(false; .)",
            "\"x\" * 1000000000",
            ".content * .n",
            ".[1000000000] = 1",
            ".. |= .",
            "fromjson",
            "tonumber",
            "label $out | break $out",
            &doubled("[., .]", 17),
            &doubled("(., .)", 17),
            &doubled("{a: ., b: .}", 17),
            &doubled(". + .", 17),
            &doubled("tojson", 17),
            &doubled(r#""\(.)\(.)""#, 9),
            &doubled(".[] as $x | .", 17),
            &"[".repeat(MAX_TOKENS + 1),
            &"-".repeat(100_000),
            &"1|".repeat(100_000),
            &"a ".repeat(100_000),
        ] {
            assert!(!is_bounded(program), "{program:.60}");
        }
    }

    proptest! {
        #[test]
        fn no_program_makes_the_check_panic(program in r#"[.|()\[\]{}"a$@:,;?0\\ \n=-]{0,24}"#, sign in "[-.(\\[{\"|,1 $@]{1,3}") {
            is_bounded(&program);
            is_bounded(&sign.repeat(MAX_TOKENS / sign.len()));
        }
    }
}
