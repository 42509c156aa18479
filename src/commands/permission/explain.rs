//! `dcord permission explain` prints the number of a set of permissions, such as a role's, and the name and meaning
//! of each.

use anyhow::Context as _;
use serde_json::{Value, json};

use super::super::{ask, dry_run, endpoint};
use crate::call::bind::value::is_permissions;
use crate::call::bind::{Bound, Values};
use crate::call::{self, Content, Intent, Policy, Question};
use crate::catalogue::{Endpoint, Scalar, choices, rows, usage};
use crate::cli::Error;
use crate::context::{Context, print_text, stdout_is_terminal, view};
use crate::error::{self, Report, Result, exit};
use crate::model::Entity;
use crate::output::{View, clean};
use crate::resolve;

/// Numbers of 17 digits or more are ids. Discord's highest permission has 16 digits.
const SMALLEST_ID: u64 = 10_u64.pow(16);

/// The meaning of the words after the command.
enum Meaning {
    Permissions,
    Role,
    /// A name that is not a permission, but may be that of a role in the default server.
    PerhapsRole,
    /// A role whose server is unknown.
    RoleWithoutServer,
}

pub fn run(context: &Context, row: &'static Endpoint, values: Values) -> Result<()> {
    not_empty(row, &values.targets)?;
    not_too_large(&values.targets)?;
    let is_role = match meaning(context, &values.targets) {
        Meaning::Permissions => false,
        Meaning::Role => true,
        Meaning::PerhapsRole => {
            let found = role(context, row, &values);
            let is_none =
                matches!(&found, Err(error::Error::Resolve(resolve::Error::NoMatch { entity: Entity::Role, .. })));
            if !is_none {
                return found;
            }
            false
        }
        Meaning::RoleWithoutServer => {
            let usage = format!("{} SERVER ROLE [OPTIONS]", row.words());
            let hint = "`dcord guild list` shows the servers; DCORD_GUILD sets the default server";
            return Err(Error::Missing { what: "SERVER".to_owned(), usage, hint: Some(hint.into()) }.into());
        }
    };
    if is_role { role(context, row, &values) } else { endpoint::compose(context, row, values, permissions) }
}

/// Returns an error for an empty text, such as that of an unset variable in a script. It would name no permission.
fn not_empty(row: &'static Endpoint, words: &[String]) -> Result<(), Error> {
    match words.iter().any(|word| word.trim().is_empty()) {
        true => Err(Error::EmptyText {
            what: usage::title(row).rsplit(' ').next().unwrap_or_default().to_owned(),
            is_typed: true,
        }),
        false => Ok(()),
    }
}

/// Returns an error for a number that is neither a set of permissions nor an id.
fn not_too_large(words: &[String]) -> Result<()> {
    let [word] = words else { return Ok(()) };
    if word.parse::<u64>().is_ok() || !word.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(());
    }
    let message = format!(
        "PERMISSIONS-OR-ROLE: {word} is neither a number of permissions (it is too large) nor the id of a role"
    );
    Err(Box::new(Report::new(exit::USAGE, "usage", message, None)).into())
}

fn meaning(context: &Context, words: &[String]) -> Meaning {
    let has_server = context.settings.guild.is_some();
    match words {
        // Two words that are not the label of a permission are a server and a role.
        [_, _] if !is_permissions(&words.join(" ")) => Meaning::Role,
        [word] if word.starts_with('@') || word.starts_with("<@&") => {
            if has_server {
                Meaning::Role
            } else {
                Meaning::RoleWithoutServer
            }
        }
        [word] if has_server && word.parse().is_ok_and(|number: u64| is_id(number)) => Meaning::Role,
        [word] if has_server && !is_permissions(word) && context.app.known_token().is_some() => Meaning::PerhapsRole,
        _ => Meaning::Permissions,
    }
}

/// Whether a number has the 17 to 19 digits of an id.
fn is_id(number: u64) -> bool {
    (SMALLEST_ID..10_u64.pow(19)).contains(&number)
}

/// Prints the permissions of a role.
fn role(context: &Context, row: &'static Endpoint, values: &Values) -> Result<()> {
    let ask = |question: &Question| ask::ask(context, question);
    let policy = endpoint::policy(context, None, &ask)?;
    let intent = Intent::new(rows::GET_ROLE, values.clone());
    let outcome = context.block_on(call::call(&context.app, intent, &policy))??;
    match outcome.content {
        Content::Planned(planned) => planned.iter().try_for_each(|planned| dry_run::print(context, planned)),
        Content::Answer(answer) => {
            let role = answer.document.object().context("Discord's response about the role is not an object")?;
            let role: Value = serde_json::from_str(role.get())?;
            let sum = role["permissions"].as_str().and_then(|text| text.parse().ok());
            print(context, row, sum.context("the role in Discord's response has no permissions")?, Some(&role))
        }
        Content::Pages(_) | Content::Parts(_) | Content::Nothing => Ok(()),
    }
}

fn permissions(context: &Context, _: &Policy<'_>, bound: Bound) -> Result<()> {
    let given = bound.request.query.iter().find(|(name, _)| name == "permissions");
    let sum: u64 = given.and_then(|(_, value)| value.parse().ok()).context("permissions are a number")?;
    if sum >= SMALLEST_ID {
        context.console.warn(format_args!(
            "{sum} is as long as an id; `dcord permission explain SERVER ROLE` shows what a role permits"
        ));
    }
    print(context, bound.endpoint, sum, None)
}

/// Prints permissions with their descriptions and their number.
fn print(context: &Context, row: &'static Endpoint, sum: u64, role: Option<&Value>) -> Result<()> {
    let bits = (0..u64::BITS).filter(|bit| sum >> bit & 1 == 1);
    let permissions: Vec<Value> = bits.map(explained).collect();
    let settings = &context.settings;
    let is_default = settings.output.is_none() && settings.flags.jq.is_none() && settings.flags.fields.is_none();
    let is_table = match settings.output.as_deref() {
        Some(format) => matches!(format, "table" | "csv"),
        None => stdout_is_terminal() && settings.flags.jq.is_none(),
    };
    if is_table {
        if is_default {
            let of_role = role.and_then(|role| role["name"].as_str());
            let of_role = of_role.map(|name| format!("@{}: ", clean::line(name.trim_start_matches('@'))));
            print_text(&format!("{}{sum} ({sum:#x})\n", of_role.unwrap_or_default()))?;
        }
        return context.print_list(View { id: Some("bit"), ..view(row) }, &permissions);
    }
    let mut printer = context.printer(view(row))?;
    let mut object = json!({"value": sum.to_string(), "hex": format!("{sum:#x}"), "permissions": permissions});
    if let Some(role) = role {
        object["role"] = json!({"id": role["id"], "name": role["name"]});
    }
    printer.answer(object.to_string().as_bytes(), None)?;
    context.finish(&mut printer)
}

/// A permission as `permission explain` prints it.
fn explained(bit: u32) -> Value {
    match choices::PERMISSIONS.iter().find(|choice| choice.value == Scalar::Int((1_u64 << bit).cast_signed())) {
        Some(choice) => json!({"name": choice.name, "bit": bit, "allows": choice.about}),
        None => json!({"name": null, "bit": bit, "allows": "Unknown: Discord documents no such permission"}),
    }
}
