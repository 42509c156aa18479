//! Fills the sentence of a row: `Ban {user_id} from {guild_id}` becomes `Ban @ken from My Server` or `Banned @ken from My Server`.

/// The word before a verb that is not the first word of a sentence.
const AND: &str = " and ";

/// The sentence with its values. A part in brackets is omitted if a value in it is missing. `value` returns the text for a
/// placeholder, whose second argument is the sentence up to there.
///
/// `{days|7 days}` has a text for a missing value. `{count|the members|# member|# members}` also has one for the number 1 and one
/// for any other value, in which `#` stands for the value.
pub fn fill(template: &str, value: &impl Fn(&str, &str) -> Option<String>) -> String {
    let mut filled = String::new();
    append(template, value, &mut filled);
    filled
}

/// Appends the filled template, and returns whether it has all of its values.
fn append(template: &str, value: &impl Fn(&str, &str) -> Option<String>, to: &mut String) -> bool {
    let mut is_whole = true;
    let mut rest = template;
    while let Some(at) = rest.find(['{', '[']) {
        let close = if rest[at..].starts_with('{') { '}' } else { ']' };
        let Some(end) = rest[at..].find(close).map(|end| at + end) else { break };
        to.push_str(&rest[..at]);
        let inner = &rest[at + 1..end];
        let length = to.len();
        if close == '}' {
            let mut texts = inner.split('|');
            let name = texts.next().unwrap_or_default();
            let [without, one, many] = [texts.next(), texts.next(), texts.next()];
            let value = value(name, to);
            let text = match value.as_deref() {
                None => without,
                Some("1") => one,
                Some(_) => many,
            };
            match (text, value) {
                (Some(text), value) => to.push_str(&text.replace('#', value.as_deref().unwrap_or_default())),
                (None, Some(value)) => to.push_str(&value),
                (None, None) => is_whole = false,
            }
        } else if !append(inner, value, to) {
            to.truncate(length);
        }
        rest = &rest[end + 1..];
    }
    to.push_str(rest);
    is_whole
}

/// The template in the past tense: each verb is the first word, or follows `and`.
pub fn past(template: &str) -> String {
    let clause = |clause: &str| {
        let (verb, rest) = clause.split_at(clause.find(' ').unwrap_or(clause.len()));
        past_of(verb) + rest
    };
    template.split(AND).map(clause).collect::<Vec<_>>().join(AND)
}

fn past_of(verb: &str) -> String {
    const IRREGULAR: &[(&str, &str)] = &[("Leave", "Left"), ("Send", "Sent"), ("Set", "Set")];
    /// Verbs with one short vowel before their last letter.
    const DOUBLED: &[&str] = &["Ban", "Pin", "Unban", "Unpin"];
    match verb {
        _ if let Some((_, past)) = IRREGULAR.iter().find(|(known, _)| *known == verb) => (*past).to_owned(),
        _ if DOUBLED.contains(&verb) => format!("{verb}ned"),
        _ if verb.ends_with('e') => format!("{verb}d"),
        _ => format!("{verb}ed"),
    }
}

/// The items with commas and a final `and`. Items beyond the tenth are counted.
pub fn listed(items: &[String]) -> String {
    const MOST: usize = 10;
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] if items.len() <= MOST => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {} more", items[..MOST].join(", "), items.len() - MOST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{self, Endpoint, Method, Place};

    /// The commands whose response may be empty although their rows have an id or columns. Source: Discord's OpenAPI
    /// document.
    const MAYBE_EMPTY: &[&str] = &["invite create", "member add", "member edit", "webhook send"];

    fn needs_sentence(row: &'static Endpoint) -> bool {
        let has_answer = row.list || row.id.is_some() || !row.columns.is_empty() || row.answers.is_some();
        row.destructive || (row.method != Method::Get && !has_answer) || MAYBE_EMPTY.contains(&&*row.words())
    }

    #[test]
    fn every_destructive_row_and_every_row_with_an_empty_answer_has_a_sentence() {
        let lacks = |row: &&'static Endpoint| row.action.is_empty() && !row.composed && needs_sentence(row);
        let lacking: Vec<_> = catalogue::endpoints().map(|(_, row)| row).filter(lacks).map(Endpoint::words).collect();
        assert!(lacking.is_empty(), "{lacking:?}");
    }

    #[test]
    fn a_sentence_has_only_values_that_its_row_has() {
        for (_, row) in catalogue::commands().filter(|(_, row)| !row.action.is_empty()) {
            let (mut rest, mut is_optional) = (row.action, false);
            while let Some(at) = rest.find(['{', '[', ']']) {
                is_optional = match &rest[at..=at] {
                    "{" => {
                        let placeholder = rest[at + 1..].split('}').next().unwrap();
                        let (name, has_default) =
                            placeholder.split_once('|').map_or((placeholder, false), |(name, _)| (name, true));
                        let is_optional = is_optional || has_default;
                        if row.counted.is_some_and(|(_, field)| field == name) {
                            assert!(is_optional, "{}: {name}", row.words());
                            rest = &rest[at + 1..];
                            continue;
                        }
                        let param = row.param(name).unwrap_or_else(|| panic!("{}: {name}", row.words()));
                        assert!(!param.secret && !param.is_application(), "{}: {name}", row.words());
                        assert!(is_optional || param.place == Place::Path || param.required, "{}: {name}", row.words());
                        is_optional
                    }
                    bracket => bracket == "[",
                };
                rest = &rest[at + 1..];
            }
        }
    }

    #[test]
    fn a_part_without_its_value_is_omitted() {
        let template = "Ban {user} from {guild}[ and delete the last {seconds}][ and the last {days} of {user}]";
        let value = |name: &str, _: &str| (name != "seconds").then(|| name.to_uppercase());
        assert_eq!(fill(template, &value), "Ban USER from GUILD and the last DAYS of USER");
    }

    #[test]
    fn a_count_decides_between_the_texts_of_a_placeholder() {
        let template = "Kick {n|the members|# member|# members} who {n|have|has|have} been inactive for {days|7 days}";
        let filled = |n: Option<&str>| fill(template, &|name, _| n.filter(|_| name == "n").map(str::to_owned));
        assert_eq!(filled(None), "Kick the members who have been inactive for 7 days");
        assert_eq!(filled(Some("1")), "Kick 1 member who has been inactive for 7 days");
        assert_eq!(filled(Some("12")), "Kick 12 members who have been inactive for 7 days");
    }

    #[test]
    fn long_lists_are_counted() {
        let names = |count: usize| (1..=count).map(|n| n.to_string()).collect::<Vec<_>>();
        assert_eq!([listed(&names(0)), listed(&names(1)), listed(&names(3))], ["", "1", "1, 2 and 3"]);
        assert!(listed(&names(200)).ends_with(", 9, 10 and 190 more"), "{}", listed(&names(200)));
    }

    #[test]
    fn each_row_says_what_it_did() {
        let value = |name: &str, _: &str| Some(format!("<{}>", name.strip_suffix("_id").unwrap_or(name)));
        let rows = catalogue::commands().filter(|(_, row)| !row.action.is_empty());
        let sentences: Vec<_> = rows.map(|(_, row)| fill(&past(row.action), &value)).collect();
        insta::assert_snapshot!(sentences.join("\n"), @r"
        Deleted <message> in <channel>
        Deleted <messages> in <channel>
        Deleted the messages in <channel> that match all filters
        Added the reaction <emoji_name> to <message> in <channel>
        Removed the bot's reaction <emoji_name> from <message> in <channel>
        Removed the reaction <emoji_name> of <user> from <message> in <channel>
        Removed all <emoji_name> reactions from <message> in <channel>
        Removed all reactions from <message> in <channel>
        Pinned <message> in <channel>
        Unpinned <message> in <channel>
        Pinned <message> in <channel>
        Unpinned <message> in <channel>
        Deleted channel <channel>
        Moved channels of <guild>
        Replaced the permission overwrite of <overwrite> in <channel>
        Deleted the permission overwrite of <overwrite> in <channel>
        Showed that the bot is typing in <channel>
        Set the voice status of <channel>
        Added <user> to <channel>
        Removed <user> from <channel>
        Joined thread <channel>
        Left thread <channel>
        Added <user> to thread <channel>
        Removed <user> from thread <channel>
        Changed <guild> to match a file
        Left <guild>
        Kicked <pruned> members of <guild> who have been inactive for <days>, including members with <include_roles>
        Changed <user> in <guild>
        Timed out <user> in <guild>
        Ended the timeout of <user> in <guild>
        Kicked <user> from <guild>
        Added role <role> to <user> in <guild>
        Removed role <role> from <user> in <guild>
        Added <user> to <guild>
        Deleted role <role> in <guild>
        Banned <user> from <guild> and deleted their messages of the last <delete_message_seconds> and deleted their messages of the last <delete_message_days>
        Unbanned <user> in <guild>
        Banned <user_ids> from <guild> and deleted their messages of the last <delete_message_seconds>
        Banned the users in a file from <guild> and deleted their messages of the last <delete_message_seconds>
        Created an invite to <channel>
        Deleted invite <code>
        Replaced the list of users who can accept invite <code>
        Sent a message through webhook <webhook>
        Deleted webhook <webhook>
        Deleted <message> of webhook <webhook>
        Deleted webhook <webhook>
        Sent a message through webhook <webhook>
        Sent a GitHub event through webhook <webhook>
        Responded to the interaction
        Deleted the response to the interaction
        Deleted follow-up message <message>
        Deleted emoji <emoji> of the app
        Deleted AutoMod rule <rule> in <guild>
        Deleted global command <command>
        Replaced all global commands of the app
        Changed the commands of the app to match a file
        Replaced the permissions of all commands in <guild>
        Deleted emoji <emoji> in <guild>
        Deleted test entitlement <entitlement>
        Marked entitlement <entitlement> as consumed
        Deleted command <command> in <guild>
        Replaced all commands of the app in <guild>
        Stored game statistics of account <provider_issued_user>
        Unlinked account <provider_issued_user> from <user>
        Disconnected integration <integration> from <guild>
        Deleted lobby <lobby>
        Removed <user> from lobby <lobby>
        Left lobby <lobby>
        Set the moderation metadata of <message> in lobby <lobby>
        Revoked the token
        Replaced the onboarding of <guild>
        Set the moderation metadata of direct message <message>
        Unlinked the provisional account from the player's Discord account
        Unlinked the player's Discord account
        Replaced the role connection metadata of the app
        Deleted the role connection of the token's user
        Deleted scheduled event <guild_scheduled_event> in <guild>
        Deleted exception <exception> of scheduled event <guild_scheduled_event> in <guild>
        Played sound <sound> in <channel>
        Deleted sound <sound> in <guild>
        Ended the stage in <channel>
        Deleted sticker <sticker> in <guild>
        Deleted template <code> of <guild>
        Changed the voice state of <user> in <guild>
        Changed the bot's voice state in <guild>
        ");
    }
}
