//! Intents: the groups of events that a session receives.
//! Source: Discord's documentation, "Gateway", "List of Intents".

use super::filter::EventGlob;
use std::collections::BTreeSet;

use crate::model::{self, intent};

/// One bit of `intents` in IDENTIFY.
#[derive(Debug)]
pub struct Intent {
    pub mask: u64,
    pub name: &'static str,
    /// The intent must be enabled in the developer portal. Otherwise, Discord closes the connection with 4014.
    pub privileged: bool,
    /// The events that the intent enables. Several intents may enable the same event.
    pub events: &'static [&'static str],
}

const fn open(mask: u64, name: &'static str, events: &'static [&'static str]) -> Intent {
    Intent { mask, name, privileged: false, events }
}

const fn privileged(mask: u64, name: &'static str, events: &'static [&'static str]) -> Intent {
    Intent { mask, name, privileged: true, events }
}

const REACTIONS: &[&str] = &[
    "MESSAGE_REACTION_ADD",
    "MESSAGE_REACTION_REMOVE",
    "MESSAGE_REACTION_REMOVE_ALL",
    "MESSAGE_REACTION_REMOVE_EMOJI",
];
const POLLS: &[&str] = &["MESSAGE_POLL_VOTE_ADD", "MESSAGE_POLL_VOTE_REMOVE"];

/// Every intent, in the order of its bits.
pub static INTENTS: &[Intent] = &[
    open(
        intent::GUILDS,
        "GUILDS",
        &[
            "GUILD_CREATE",
            "GUILD_UPDATE",
            "GUILD_DELETE",
            "GUILD_ROLE_CREATE",
            "GUILD_ROLE_UPDATE",
            "GUILD_ROLE_DELETE",
            "CHANNEL_CREATE",
            "CHANNEL_UPDATE",
            "CHANNEL_DELETE",
            "CHANNEL_PINS_UPDATE",
            "THREAD_CREATE",
            "THREAD_UPDATE",
            "THREAD_DELETE",
            "THREAD_LIST_SYNC",
            "THREAD_MEMBER_UPDATE",
            "THREAD_MEMBERS_UPDATE",
            "STAGE_INSTANCE_CREATE",
            "STAGE_INSTANCE_UPDATE",
            "STAGE_INSTANCE_DELETE",
            "VOICE_CHANNEL_STATUS_UPDATE",
            "VOICE_CHANNEL_START_TIME_UPDATE",
        ],
    ),
    privileged(
        intent::GUILD_MEMBERS,
        "GUILD_MEMBERS",
        &["GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE", "THREAD_MEMBERS_UPDATE"],
    ),
    open(
        intent::GUILD_MODERATION,
        "GUILD_MODERATION",
        &["GUILD_AUDIT_LOG_ENTRY_CREATE", "GUILD_BAN_ADD", "GUILD_BAN_REMOVE"],
    ),
    open(
        intent::GUILD_EXPRESSIONS,
        "GUILD_EXPRESSIONS",
        &[
            "GUILD_EMOJIS_UPDATE",
            "GUILD_STICKERS_UPDATE",
            "GUILD_SOUNDBOARD_SOUND_CREATE",
            "GUILD_SOUNDBOARD_SOUND_UPDATE",
            "GUILD_SOUNDBOARD_SOUND_DELETE",
            "GUILD_SOUNDBOARD_SOUNDS_UPDATE",
        ],
    ),
    open(
        intent::GUILD_INTEGRATIONS,
        "GUILD_INTEGRATIONS",
        &["GUILD_INTEGRATIONS_UPDATE", "INTEGRATION_CREATE", "INTEGRATION_UPDATE", "INTEGRATION_DELETE"],
    ),
    open(intent::GUILD_WEBHOOKS, "GUILD_WEBHOOKS", &["WEBHOOKS_UPDATE"]),
    open(intent::GUILD_INVITES, "GUILD_INVITES", &["INVITE_CREATE", "INVITE_DELETE"]),
    open(intent::GUILD_VOICE_STATES, "GUILD_VOICE_STATES", &["VOICE_STATE_UPDATE", "VOICE_CHANNEL_EFFECT_SEND"]),
    privileged(intent::GUILD_PRESENCES, "GUILD_PRESENCES", &["PRESENCE_UPDATE"]),
    open(
        intent::GUILD_MESSAGES,
        "GUILD_MESSAGES",
        &["MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK"],
    ),
    open(intent::GUILD_MESSAGE_REACTIONS, "GUILD_MESSAGE_REACTIONS", REACTIONS),
    open(intent::GUILD_MESSAGE_TYPING, "GUILD_MESSAGE_TYPING", &["TYPING_START"]),
    open(
        intent::DIRECT_MESSAGES,
        "DIRECT_MESSAGES",
        &["MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "CHANNEL_PINS_UPDATE"],
    ),
    open(intent::DIRECT_MESSAGE_REACTIONS, "DIRECT_MESSAGE_REACTIONS", REACTIONS),
    open(intent::DIRECT_MESSAGE_TYPING, "DIRECT_MESSAGE_TYPING", &["TYPING_START"]),
    // Enables no event, but fills `content`, `embeds`, `attachments`, `components` and `poll`.
    privileged(intent::MESSAGE_CONTENT, "MESSAGE_CONTENT", &[]),
    open(
        intent::GUILD_SCHEDULED_EVENTS,
        "GUILD_SCHEDULED_EVENTS",
        &[
            "GUILD_SCHEDULED_EVENT_CREATE",
            "GUILD_SCHEDULED_EVENT_UPDATE",
            "GUILD_SCHEDULED_EVENT_DELETE",
            "GUILD_SCHEDULED_EVENT_USER_ADD",
            "GUILD_SCHEDULED_EVENT_USER_REMOVE",
        ],
    ),
    open(
        intent::AUTO_MODERATION_CONFIGURATION,
        "AUTO_MODERATION_CONFIGURATION",
        &["AUTO_MODERATION_RULE_CREATE", "AUTO_MODERATION_RULE_UPDATE", "AUTO_MODERATION_RULE_DELETE"],
    ),
    open(intent::AUTO_MODERATION_EXECUTION, "AUTO_MODERATION_EXECUTION", &["AUTO_MODERATION_ACTION_EXECUTION"]),
    open(intent::GUILD_MESSAGE_POLLS, "GUILD_MESSAGE_POLLS", POLLS),
    open(intent::DIRECT_MESSAGE_POLLS, "DIRECT_MESSAGE_POLLS", POLLS),
];

/// Events that Discord has announced and does not send yet (discord-api-docs, pull request 8389).
const ANNOUNCED: &[&str] = &[
    "GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE",
    "GUILD_SCHEDULED_EVENT_EXCEPTION_UPDATE",
    "GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE",
];

/// All intents, including privileged ones.
pub const fn all() -> u64 {
    union(true)
}

/// All intents that are not privileged.
pub const fn unprivileged() -> u64 {
    union(false)
}

const fn union(with_privileged: bool) -> u64 {
    let (mut set, mut at) = (0, 0);
    while at < INTENTS.len() {
        if with_privileged || !INTENTS[at].privileged {
            set |= INTENTS[at].mask;
        }
        at += 1;
    }
    set
}

/// The word is neither the name of an intent nor a number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an intent; use names such as guilds,guild-messages, all, unprivileged, or a number")]
pub struct UnknownIntent(pub String);

/// Parses names (`guild-messages`, `GUILD_MESSAGES`), `all`, `unprivileged`, `none`, and numbers, separated by commas. A number
/// may have bits that have no name yet.
pub fn parse(text: &str) -> Result<u64, UnknownIntent> {
    text.split(',').map(str::trim).try_fold(0, |set, word| {
        let name = word.to_ascii_uppercase().replace('-', "_");
        let bits = match name.as_str() {
            "ALL" => all(),
            "UNPRIVILEGED" => unprivileged(),
            "NONE" => 0,
            _ => match INTENTS.iter().find(|intent| intent.name == name) {
                Some(intent) => intent.mask,
                None => name.parse().map_err(|_| UnknownIntent(word.to_owned()))?,
            },
        };
        Ok(set | bits)
    })
}

/// The names of the intents in a set, in the order of their bits.
pub fn names(set: u64) -> impl Iterator<Item = &'static str> {
    INTENTS.iter().filter(move |intent| set & intent.mask != 0).map(|intent| intent.name)
}

/// The names of the privileged intents in a set. If Discord closes the connection with 4014, one of them is the cause.
pub fn privileged_names(set: u64) -> Vec<&'static str> {
    let granted_apart = |intent: &&Intent| intent.privileged && set & intent.mask != 0;
    INTENTS.iter().filter(granted_apart).map(|intent| intent.name).collect()
}

/// All privileged intents.
pub const PRIVILEGED: u64 = all() & !unprivileged();

/// The events with fields that are empty without [`intent::MESSAGE_CONTENT`].
pub const WITH_CONTENT: &[&str] = &["MESSAGE_CREATE", "MESSAGE_UPDATE", "AUTO_MODERATION_ACTION_EXECUTION"];

/// The privileged intents, and the application flags that grant them: one bit for verified applications and one for all others.
/// Source: Discord's documentation, "Application Flags".
const FLAGS: [(u64, u64); 3] = [
    (intent::GUILD_PRESENCES, 1 << 12 | 1 << 13),
    (intent::GUILD_MEMBERS, 1 << 14 | 1 << 15),
    (intent::MESSAGE_CONTENT, 1 << 18 | 1 << 19),
];

/// The privileged intents of an application, from its flags.
pub fn granted(flags: u64) -> u64 {
    FLAGS.iter().filter(|(_, bits)| flags & bits != 0).fold(0, |set, (intent, _)| set | intent)
}

/// The intents that a listener requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestedIntents {
    /// Always requested.
    pub needed: u64,
    /// Requested if the application is allowed to use them.
    pub optional: u64,
}

impl RequestedIntents {
    /// Chooses the intents that the selected events need, and those that complete the fields of these events. Without a
    /// selection, chooses all intents.
    pub fn auto(globs: &[EventGlob]) -> Self {
        if globs.is_empty() {
            return Self { needed: unprivileged(), optional: PRIVILEGED };
        }
        let wants = |event: &str| globs.iter().any(|glob| glob.matches(event.as_bytes()));
        let privileged = INTENTS.iter().filter(|intent| intent.privileged);
        let matched = privileged.filter(|intent| intent.events.iter().any(|event| wants(event)));
        let optional = matched.fold(0, |set, intent| set | intent.mask);
        let content = if WITH_CONTENT.iter().any(|event| wants(event)) { intent::MESSAGE_CONTENT } else { 0 };
        Self { needed: derive(globs), optional: optional | content }
    }
}

/// The intents that the selected events need.
///
/// A plain name needs every intent that enables the event. A pattern needs a privileged intent only if no other intent enables
/// an event that the pattern matches. Otherwise, `GUILD_*` would disconnect most bots. This function never returns
/// MESSAGE_CONTENT, which enables no event.
pub fn derive(globs: &[EventGlob]) -> u64 {
    globs.iter().fold(0, |set, glob| {
        let giving = |intent: &&Intent| intent.events.iter().any(|e| glob.matches(e.as_bytes()));
        let giving: Vec<_> = INTENTS.iter().filter(giving).collect();
        if giving.is_empty() {
            return set | by_prefix(glob);
        }
        let open = giving.iter().filter(|i| !i.privileged).fold(0, |set, i| set | i.mask);
        if glob.is_pattern() && open != 0 { set | open } else { giving.iter().fold(set, |set, i| set | i.mask) }
    })
}

/// Guesses the intents of an undocumented event: the intents of the documented events that share the most leading words with
/// its name. Discord usually adds new events to existing groups.
fn by_prefix(glob: &EventGlob) -> u64 {
    let name = glob.literal_prefix();
    let words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
    let given = INTENTS.iter().flat_map(|intent| intent.events.iter().map(|event| (intent.mask, *event)));
    let all = given.chain(ALWAYS.iter().map(|event| (0, *event)));
    // For each event: the number of shared words, and whether only its last word differs.
    let ranked: Vec<(usize, bool, u64)> = all
        .map(|(mask, event)| {
            let own: Vec<&str> = event.split('_').collect();
            let common = own.iter().zip(&words).take_while(|(a, b)| a == b).count();
            (common, common + 1 == own.len(), mask)
        })
        .collect();
    let best = ranked.iter().map(|(common, group, _)| (*common, *group)).max().unwrap_or_default();
    if best.0 == 0 {
        return 0;
    }
    ranked.iter().filter(|(common, group, _)| (*common, *group) == best).fold(0, |set, (.., mask)| set | mask)
}

/// The events that need no intent. Source: Discord's documentation, "Gateway Events".
pub const ALWAYS: &[&str] = &[
    "READY",
    "RESUMED",
    "RATE_LIMITED",
    "APPLICATION_COMMAND_PERMISSIONS_UPDATE",
    "CHANNEL_INFO",
    "ENTITLEMENT_CREATE",
    "ENTITLEMENT_UPDATE",
    "ENTITLEMENT_DELETE",
    "GUILD_MEMBERS_CHUNK",
    "SOUNDBOARD_SOUNDS",
    "INTERACTION_CREATE",
    "SUBSCRIPTION_CREATE",
    "SUBSCRIPTION_UPDATE",
    "SUBSCRIPTION_DELETE",
    "USER_UPDATE",
    "VOICE_CHANNEL_START_TIME_UPDATE",
    "VOICE_CHANNEL_STATUS_UPDATE",
    "VOICE_SERVER_UPDATE",
];

/// Whether the glob matches an event that Discord documents, or can match one of dcord's own lines.
pub fn is_documented(glob: &EventGlob) -> bool {
    glob.is_own() || all_events().chain(ANNOUNCED.iter().copied()).any(|event| glob.matches(event.as_bytes()))
}

/// The documented events whose names begin with a word, such as MESSAGE_CREATE for "message", or else the one whose name is
/// most similar. None for a pattern.
pub fn closest_events(glob: &EventGlob) -> Vec<&'static str> {
    const MOST: usize = 3;
    if glob.is_pattern() {
        return Vec::new();
    }
    let name = glob.to_string();
    let begins = |event: &&str| event.strip_prefix(&*name).is_some_and(|rest| rest.starts_with('_'));
    let mut begun: Vec<_> = all_events().filter(begins).collect();
    // People look for what is new more often than for other changes.
    begun.sort_by_key(|event| !(event.ends_with("_CREATE") || event.ends_with("_ADD")));
    begun.truncate(MOST);
    if begun.is_empty() { model::closest(&name, all_events()).into_iter().collect() } else { begun }
}

/// The intent whose name is most similar to a misspelt one.
pub fn closest(name: &str) -> Option<&'static str> {
    model::closest(&name.replace('-', "_"), INTENTS.iter().map(|intent| intent.name))
}

/// The names of all events that Discord documents.
pub fn all_events() -> impl Iterator<Item = &'static str> {
    // An event may belong to several intents.
    INTENTS.iter().flat_map(|intent| intent.events).chain(ALWAYS).copied().collect::<BTreeSet<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(globs: &[&str]) -> Vec<&'static str> {
        let globs: Vec<_> = globs.iter().map(|g| EventGlob::parse(g).unwrap()).collect();
        names(derive(&globs)).collect()
    }

    #[test]
    fn a_misspelt_event_gets_a_suggestion() {
        let known = |text| is_documented(&EventGlob::parse(text).unwrap());
        for text in ["READY", "message-create", "MESSAGE_*", "*", "INTERACTION_CREATE", "DCORD_GAP", "DCORD_*"] {
            assert!(known(text), "{text}");
        }
        for (text, meant) in
            [("MESSAGE_CREATED", &["MESSAGE_CREATE"][..]), ("GUILD_MEMBERADD", &["GUILD_MEMBER_ADD"]), ("NOPE", &[])]
        {
            assert!(!known(text), "{text}");
            assert_eq!(closest_events(&EventGlob::parse(text).unwrap()), meant);
        }
        assert!(!known("MESAGE_*"));
    }

    #[test]
    fn intents_are_parsed_from_names_words_and_numbers() {
        for (text, set) in [
            ("guilds,guild-messages", 0b10_0000_0001),
            ("GUILD_MESSAGES", 512),
            ("Guild-Messages, guilds", 513),
            ("513", 513),
            ("513,message-content", 513 | 1 << 15),
            ("all", 53_608_447),
            ("unprivileged", 53_608_447 & !(1 << 1 | 1 << 8 | 1 << 15)),
            ("none", 0),
            ("1073741824", 1 << 30),
        ] {
            assert_eq!(parse(text), Ok(set), "{text}");
        }
        for bad in ["", "guilds,", "guild messages", "-1", "everything"] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn every_name_parses_to_its_bit() {
        for intent in INTENTS {
            assert_eq!(parse(intent.name), Ok(intent.mask));
            assert_eq!(names(intent.mask).collect::<Vec<_>>(), [intent.name]);
        }
        assert!(INTENTS.windows(2).all(|pair| pair[0].mask < pair[1].mask));
    }

    #[test]
    fn only_privileged_intents_are_named_as_privileged() {
        assert_eq!(privileged_names(all()), ["GUILD_MEMBERS", "GUILD_PRESENCES", "MESSAGE_CONTENT"]);
        assert_eq!(privileged_names(unprivileged()), [""; 0]);
    }

    #[test]
    fn an_event_needs_every_intent_that_enables_it() {
        for (globs, expected) in [
            (&["MESSAGE_CREATE"][..], &["GUILD_MESSAGES", "DIRECT_MESSAGES"][..]),
            (&["TYPING_START"], &["GUILD_MESSAGE_TYPING", "DIRECT_MESSAGE_TYPING"]),
            (&["GUILD_MEMBER_*"], &["GUILD_MEMBERS"]),
            (&["GUILD_MEMBER_ADD"], &["GUILD_MEMBERS"]),
            (&["PRESENCE_UPDATE"], &["GUILD_PRESENCES"]),
            (&["THREAD_MEMBERS_UPDATE"], &["GUILDS", "GUILD_MEMBERS"]),
            (&["THREAD_*"], &["GUILDS"]),
            (&["READY", "INTERACTION_CREATE"], &[]),
            (&["guild-ban-*", "typing-start"], &["GUILD_MODERATION", "GUILD_MESSAGE_TYPING", "DIRECT_MESSAGE_TYPING"]),
        ] {
            assert_eq!(derived(globs), expected, "{globs:?}");
        }
    }

    #[test]
    fn an_undocumented_event_needs_the_intents_of_its_group() {
        for (globs, expected) in [
            (&["GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE"][..], &["GUILD_SCHEDULED_EVENTS"][..]),
            (&["GUILD_SCHEDULED_EVENT_EXCEPTION_*"], &["GUILD_SCHEDULED_EVENTS"]),
            (&["GUILD_SCHEDULED_EVENT_EXC*"], &["GUILD_SCHEDULED_EVENTS"]),
            (&["MESSAGE_FOO"], &["GUILD_MESSAGES", "DIRECT_MESSAGES"]),
            (&["MESSAGE_REACTION_ADD_MANY"], &["GUILD_MESSAGE_REACTIONS", "DIRECT_MESSAGE_REACTIONS"]),
            (&["GUILD_SOUNDBOARD_FOO"], &["GUILD_EXPRESSIONS"]),
            (&["GUILD_FOO"], &["GUILDS"]),
            (&["ENTITLEMENT_FOO"], &[]),
            (&["GUILD_MEMBERS_CHUNK_END"], &[]),
            (&["SOMETHING_NEW"], &[]),
            (&["?"], &[]),
        ] {
            assert_eq!(derived(globs), expected, "{globs:?}");
        }
    }

    #[test]
    fn auto_requests_the_needed_intents_and_those_that_complete_the_events() {
        const CONTENT: u64 = intent::MESSAGE_CONTENT;
        for (globs, optional) in [
            (&[][..], PRIVILEGED),
            (&["MESSAGE_CREATE"], CONTENT),
            (&["MESSAGE_*"], CONTENT),
            (&["MESSAGE_DELETE"], 0),
            (&["AUTO_MODERATION_*"], CONTENT),
            (&["GUILD_*"], 1 << 1),
            (&["*"], PRIVILEGED),
            (&["READY", "TYPING_START"], 0),
        ] {
            let globs: Vec<_> = globs.iter().map(|glob| EventGlob::parse(glob).unwrap()).collect();
            let wanted = RequestedIntents::auto(&globs);
            assert_eq!(wanted.optional, optional, "{globs:?}");
            assert_eq!(wanted.needed, if globs.is_empty() { unprivileged() } else { derive(&globs) });
        }
    }

    #[test]
    fn the_flags_of_an_application_show_its_privileged_intents() {
        for (flags, intents) in [
            (0, 0),
            (1 << 12, 1 << 8),
            (1 << 13, 1 << 8),
            (1 << 15, 1 << 1),
            (1 << 18, intent::MESSAGE_CONTENT),
            (1 << 13 | 1 << 15 | 1 << 19, PRIVILEGED),
            (1 << 23, 0),
        ] {
            assert_eq!(granted(flags), intents, "{flags:b}");
        }
    }

    #[test]
    fn a_star_needs_no_privileged_intent_and_no_event_needs_message_content() {
        let everything = [EventGlob::parse("*").unwrap()];
        assert_eq!(derive(&everything), unprivileged());
        for intent in INTENTS {
            for event in intent.events {
                assert_eq!(derive(&[EventGlob::parse(event).unwrap()]) & (1 << 15), 0);
            }
        }
    }
}
