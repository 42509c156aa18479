//! What a person confirms before a job.

use crate::call::policy::Question;
use crate::catalogue::Endpoint;
use crate::model::Entity;

/// Describes what a command does once for each line of an input: `delete 1234 messages`. The lines name objects of this kind.
/// `options` are those of the command line that apply to all lines.
pub fn question(
    endpoint: &'static Endpoint,
    entity: Option<Entity>,
    total: Option<u64>,
    input: &str,
    options: &[String],
) -> Question {
    let about = endpoint.about[..1].to_lowercase() + &endpoint.about[1..];
    let counted = |entity: Entity| match total {
        Some(1) => entity.one(),
        Some(total) => format!("{total} {}s", entity.noun()),
        None => format!("{}s", entity.noun()),
    };
    let found = entity.filter(|entity| about.contains(&entity.one()));
    let words = match (found, total) {
        (Some(entity), _) => about.replacen(&entity.one(), &counted(entity), 1),
        (None, Some(total)) => format!("run {} {total} times", endpoint.words()),
        (None, None) => format!("run {}", endpoint.words()),
    };
    let words = if total.is_none() { format!("{words}, for each line of {input}") } else { words };
    let words = if options.is_empty() { words } else { format!("{words} ({})", options.join(" ")) };
    // As for one server, a yes is not enough.
    let typed = total.filter(|_| entity == Some(Entity::Guild)).map(|total| total.to_string());
    Question::Destroy { words, typed }
}
