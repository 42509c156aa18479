//! `dcord permission explain`: the number of a set of permissions, their names, and what each allows.

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::call::Policy;
use crate::call::bind::Bound;
use crate::catalogue::{Scalar, choices};
use crate::context::{Context, print_text, stdout_is_terminal, view};
use crate::error::Result;
use crate::output::View;

/// Numbers of 17 digits or more are ids. Discord's highest permission has 16 digits.
const SMALLEST_ID: u64 = 10_u64.pow(16);

/// Prints the permissions with their descriptions, and their number.
pub fn run(context: &Context, _: &Policy<'_>, bound: Bound) -> Result<()> {
    let given = bound.request.query.iter().find(|(name, _)| name == "permissions");
    let sum: u64 = given.and_then(|(_, value)| value.parse().ok()).context("permissions are a number")?;
    if sum >= SMALLEST_ID {
        context
            .console
            .warn(format_args!("{sum} is as long as an id; `dcord role get ROLE` shows what a role permits"));
    }
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
            print_text(&format!("{sum} ({sum:#x})\n"))?;
        }
        return context.print_list(View { id: Some("bit"), ..view(bound.endpoint) }, &permissions);
    }
    let mut printer = context.printer(view(bound.endpoint))?;
    let object = json!({"value": sum.to_string(), "hex": format!("{sum:#x}"), "permissions": permissions});
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
