//! `dcord scheduled-event`: events that a server announces.

use super::builder::*;
use super::types::{Choice, Form, Noun, Param};
use crate::model::Entity::{Any, Channel, Event, Guild, User};
use crate::model::{Kind, Link};

pub static NOUN: Noun = noun(
    "scheduled-event",
    "Manage the events that a server announces",
    &[
        get(
            "list",
            "list_guild_scheduled_events",
            "/guilds/{guild_id}/scheduled-events",
            "List the coming and running events of a server",
        )
        .effects(&[All(Kind::Event)])
        .list()
        .link(Link::Event)
        .columns(&["id", "name", "scheduled_start_time", "status", "user_count"])
        .more("Events in a channel are shown to those with VIEW_CHANNEL there.")
        .examples(&["scheduled-event list 111111111111111111 --with-user-count -o table"])
        .alias(&["guild events"])
        .params(&[
            path("guild_id", id(Guild), "Server whose events to list"),
            query("with_user_count", BOOL, "Count the people interested in each"),
        ]),
        get(
            "get",
            "get_guild_scheduled_event",
            "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}",
            "Show an event",
        )
        .effects(&[One(Kind::Event)])
        .link(Link::Event)
        .columns(&["id", "name", "scheduled_start_time", "status", "user_count"])
        .params(&[
            path("guild_id", id(Guild), "Server that has it"),
            path("guild_scheduled_event_id", id(Event), "Event to show"),
            query("with_user_count", BOOL, "Count the people interested in it"),
        ]),
        post(
            "create",
            "create_guild_scheduled_event",
            "/guilds/{guild_id}/scheduled-events",
            "Announce an event in a server",
        )
        .reason()
        .effects(&[One(Kind::Event)])
        .link(Link::Event)
        .columns(&["id", "name", "scheduled_start_time", "status"])
        .needs(&["CREATE_EVENTS"])
        .more(
            "An event of type stage-instance or voice takes place in --channel-id. One of type external \
             takes place elsewhere: it has no channel, and needs --entity-metadata.location and \
             --scheduled-end-time. Stage events need MANAGE_CHANNELS, MUTE_MEMBERS and MOVE_MEMBERS in the \
             channel as well, voice events VIEW_CHANNEL and CONNECT. A server can have 100 events that are \
             coming or running. Discord allows few kinds of repetition: daily on a usual set of weekdays, \
             weekly on one weekday (every or every other week), monthly on the nth weekday, yearly on one \
             date (month and day of the month).",
        )
        .examples(&[
            "scheduled-event create 111111111111111111 --name 'Game night' --entity-type voice \
             --channel-id '#lounge' --privacy-level guild-only --scheduled-start-time 2027-03-05T19:00:00Z",
            "scheduled-event create 111111111111111111 --name Picnic --entity-type external \
             --entity-metadata.location 'City park' --privacy-level guild-only \
             --scheduled-start-time 2027-06-01T12:00:00Z --scheduled-end-time 2027-06-01T18:00:00Z",
        ])
        .params(&[
            path("guild_id", id(Guild), "Server to announce it in"),
            body("name", STRING, "Name the event").range(0, 100).required(),
            body("description", TEXT, "Describe the event").range(0, 1000).nullable(),
            body("image", IMAGE, "Show this picture with it").nullable(),
            body("scheduled_start_time", TIME, "Start at this time").required(),
            body("scheduled_end_time", TIME, "End at this time (needed for type external)").nullable(),
            body("privacy_level", one_of(PRIVACY_LEVELS), "Say who may see it: guild-only, the members of the server")
                .required(),
            body("entity_type", one_of(ENTITY_TYPES), "Hold it in a stage channel, a voice channel, or elsewhere")
                .required(),
            body("channel_id", id(Channel), "Hold it in this channel (types stage-instance and voice)").nullable(),
            body("entity_metadata", JSON, r#"Say where (type external): {"location":"City park"}"#).nullable(),
            body("recurrence_rule", JSON, r#"Repeat it: {"start":"TIME","frequency":2,"interval":1,…}"#).nullable(),
        ])
        .forms(&[EVENT_IN_CHANNEL.needs(&["channel_id"]), EVENT_ELSEWHERE])
        .with(&[LOCATION, RECURRENCE]),
        patch(
            "edit",
            "update_guild_scheduled_event",
            "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}",
            "Change, start, end or call off an event",
        )
        .reason()
        .effects(&[One(Kind::Event)])
        .link(Link::Event)
        .columns(&["id", "name", "scheduled_start_time", "status"])
        .more(
            "Set --status to active to start an event, to completed to end it, to canceled to call it off; \
             the last two are final. To make it external, give --unset channel_id, \
             --entity-metadata.location and --scheduled-end-time. An event that the bot made needs \
             CREATE_EVENTS or MANAGE_EVENTS, others MANAGE_EVENTS; stage and voice events need the \
             permissions in their channel that creating them needs.",
        )
        .examples(&["scheduled-event edit 111111111111111111 444444444444444444 --status active"])
        .params(&[
            path("guild_id", id(Guild), "Server that has it"),
            path("guild_scheduled_event_id", id(Event), "Event to change"),
            body("status", one_of(STATUSES), "Start it, end it or call it off").nullable(),
            body("name", STRING, "Rename the event").range(0, 100),
            body("description", TEXT, "Describe the event").range(0, 1000).nullable(),
            body("image", IMAGE, "Show this picture with it").nullable(),
            body("scheduled_start_time", TIME, "Start at this time"),
            body("scheduled_end_time", TIME, "End at this time (needed for type external)").nullable(),
            body("entity_type", one_of(ENTITY_TYPES), "Hold it in a stage channel, a voice channel, or elsewhere")
                .nullable(),
            body("privacy_level", one_of(PRIVACY_LEVELS), "Say who may see it: guild-only, the members of the server"),
            body("channel_id", id(Channel), "Hold it in this channel (types stage-instance and voice)").nullable(),
            body("recurrence_rule", JSON, r#"Repeat it: {"start":"TIME","frequency":2,"interval":1,…}"#).nullable(),
            body("entity_metadata", JSON, r#"Say where (type external): {"location":"City park"}"#).nullable(),
        ])
        .forms(&[EVENT_IN_CHANNEL, EVENT_ELSEWHERE])
        .with(&[LOCATION, RECURRENCE]),
        delete(
            "delete",
            "delete_guild_scheduled_event",
            "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}",
            "Delete an event",
        )
        .destructive()
        .effects(&[Deletes(Kind::Event)])
        .no_id()
        .more(
            "An event that the bot made needs CREATE_EVENTS or MANAGE_EVENTS, others MANAGE_EVENTS. To call \
             one off and keep it to be seen, set its status to canceled with `dcord scheduled-event edit`.",
        )
        .params(&[
            path("guild_id", id(Guild), "Server that has it"),
            path("guild_scheduled_event_id", id(Event), "Event to delete"),
        ]),
        get(
            "list-users",
            "list_guild_scheduled_event_users",
            "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/users",
            "List who is interested in an event, in the order of their ids",
        )
        .pages(after("user.id", 100, 100).and_before())
        .id("user.id")
        .columns(&["user.id", "user.username", "user.global_name"])
        .more("If both --before and --after are given, Discord heeds --before alone.")
        .examples(&["scheduled-event list-users 111111111111111111 'Game night' --all --jq .user.username"])
        .params(&[
            path("guild_id", id(Guild), "Server that has it"),
            path("guild_scheduled_event_id", id(Event), "Event in question"),
            query("with_member", BOOL, "Show their nicknames, roles and the like too [default: false]"),
            query("limit", INT, "Fetch this many users a request [default: 100]").range(1, 100),
            query("before", cursor(User), "Show the users before this one, in the order of their ids"),
            query("after", cursor(User), "Show the users after this one, in the order of their ids"),
        ]),
        get(
            "get-user-counts",
            "count_guild_scheduled_event_users",
            "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/users/counts",
            "Count who is interested in an event and in its exceptions",
        )
        .no_id()
        .columns(&["guild_scheduled_event_count", "guild_scheduled_event_exception_counts"])
        .params(&[
            path("guild_id", id(Guild), "Server that has it"),
            path("guild_scheduled_event_id", id(Event), "Event in question"),
            query("guild_scheduled_event_exception_ids", id(Any), "Count for this exception as well")
                .repeated()
                .items(0, 10),
        ]),
        post(
            "create-exception",
            "create_guild_scheduled_event_exception",
            "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/exceptions",
            "Move or call off one date of an event that repeats",
        )
        .effects(&[Outdates(Kind::Event)])
        .id("event_exception_id")
        .columns(&["event_exception_id", "scheduled_start_time", "scheduled_end_time", "is_canceled"])
        .more(
            "A date is named by the time at which it would have started. Give it another start and end, or \
             call it off with --is-canceled.",
        )
        .examples(&["scheduled-event create-exception 111111111111111111 444444444444444444 \
         --original-scheduled-start-time 2027-03-12T19:00:00Z --is-canceled"])
        .params(&[
            path("guild_id", id(Guild), "Server that has it"),
            path("guild_scheduled_event_id", id(Event), "Event that repeats"),
            body("scheduled_start_time", TIME, "Start at this time instead").nullable(),
            body("scheduled_end_time", TIME, "End at this time instead").nullable(),
            body("original_scheduled_start_time", TIME, "The date in question, when it would have started").required(),
            body("is_canceled", BOOL, "Call it off on that date").nullable(),
        ]),
        patch(
            "edit-exception",
            "update_guild_scheduled_event_exception",
            "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/exceptions/{exception_id}",
            "Change how one date of an event that repeats differs",
        )
        .effects(&[Outdates(Kind::Event)])
        .id("event_exception_id")
        .columns(&["event_exception_id", "scheduled_start_time", "scheduled_end_time", "is_canceled"])
        .more(
            "The exceptions and their ids are in the field guild_scheduled_event_exceptions of `dcord \
             scheduled-event get`.",
        )
        .examples(&["scheduled-event edit-exception 111111111111111111 'Game night' 777777777777777777 \
--scheduled-start-time 2027-03-12T20:00:00Z"])
        .params(&[
            path("guild_id", id(Guild), "Server that has it"),
            path("guild_scheduled_event_id", id(Event), "Event that repeats"),
            path("exception_id", id(Any), "Exception to change"),
            body("scheduled_start_time", TIME, "Start at this time instead").nullable(),
            body("scheduled_end_time", TIME, "End at this time instead").nullable(),
            body("is_canceled", BOOL, "Call it off on that date").nullable(),
        ]),
        delete(
            "delete-exception",
            "delete_guild_scheduled_event_exception",
            "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/exceptions/{exception_id}",
            "Let one date of an event that repeats take place as usual again",
        )
        .destructive()
        .effects(&[Outdates(Kind::Event)])
        .no_id()
        .more(
            "The exceptions and their ids are in the field guild_scheduled_event_exceptions of `dcord \
             scheduled-event get`.",
        )
        .params(&[
            path("guild_id", id(Guild), "Server that has it"),
            path("guild_scheduled_event_id", id(Event), "Event that repeats"),
            path("exception_id", id(Any), "Exception to delete"),
        ]),
        get(
            "list-exception-users",
            "list_guild_scheduled_event_exception_users",
            "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/{guild_scheduled_event_exception_id}/users",
            "List who is interested in one date of an event that repeats",
        )
        .pages(after("user.id", 100, 100).and_before())
        .id("user.id")
        .columns(&["user.id", "user.username", "user.global_name"])
        .more(
            "If both --before and --after are given, Discord heeds --before alone. The exceptions and their \
             ids are in the field guild_scheduled_event_exceptions of `dcord scheduled-event get`.",
        )
        .params(&[
            path("guild_id", id(Guild), "Server that has it"),
            path("guild_scheduled_event_id", id(Event), "Event that repeats"),
            path("guild_scheduled_event_exception_id", id(Any), "Exception in question"),
            query("with_member", BOOL, "Show their nicknames, roles and the like too [default: false]"),
            query("limit", INT, "Fetch this many users a request [default: 100]").range(1, 100),
            query("before", cursor(User), "Show the users before this one, in the order of their ids"),
            query("after", cursor(User), "Show the users after this one, in the order of their ids"),
        ]),
    ],
);

/// What an event is, by its type ("Field Requirements By Entity Type").
const EVENT_IN_CHANNEL: Form =
    variant("an event in a channel").when("entity_type", &["stage-instance", "voice"]).only(&["channel_id"]);
const EVENT_ELSEWHERE: Form = variant("an event elsewhere")
    .when("entity_type", &["external"])
    .only(&["entity_metadata", "entity-metadata.location"])
    .needs(&["entity_metadata/location", "scheduled_end_time"]);

static LOCATION: &[Param] =
    &[local("entity-metadata.location", "entity_metadata/location", STRING, "Hold it at this place (type external)")
        .range(1, 100)];

/// How an event repeats, flag by flag. `--recurrence-rule` takes it all as JSON.
static RECURRENCE: &[Param] = &[
    local("recurrence-rule.start", "recurrence_rule/start", TIME, "Repeat from this time on").needed(),
    local("recurrence-rule.frequency", "recurrence_rule/frequency", one_of(FREQUENCIES), "Repeat this often").needed(),
    local("recurrence-rule.interval", "recurrence_rule/interval", INT, "Repeat every so many weeks: 1, or weekly 2")
        .min(1),
    local(
        "recurrence-rule.by-weekday",
        "recurrence_rule/by_weekday/-",
        one_of(WEEKDAYS),
        "Repeat on this weekday (daily: a usual set; weekly: one)",
    )
    .repeated()
    .unique()
    .items(0, 7),
    local(
        "recurrence-rule.nth-week",
        "recurrence_rule/by_n_weekday/0/n",
        INT,
        "Repeat in this week of the month (monthly)",
    )
    .range(1, 5)
    .needed(),
    local(
        "recurrence-rule.nth-weekday",
        "recurrence_rule/by_n_weekday/0/day",
        one_of(WEEKDAYS),
        "Repeat on this weekday of --recurrence-rule.nth-week (monthly)",
    )
    .needed(),
    inner("recurrence-rule.by_n_weekday", "recurrence_rule/by_n_weekday", JSON).items(0, 7),
    inner("recurrence-rule.by_year_day", "recurrence_rule/by_year_day/-", INT).range(-1, 365).repeated().items(0, 367),
    local(
        "recurrence-rule.by-month",
        "recurrence_rule/by_month/-",
        one_of(MONTHS),
        "Repeat in this month (yearly: one)",
    )
    .repeated()
    .unique()
    .items(0, 12),
    local("recurrence-rule.by-month-day", "recurrence_rule/by_month_day/-", INT, "Repeat on this day (yearly: one)")
        .range(-1, 31)
        .repeated()
        .unique()
        .items(0, 33),
];

/// "Guild Scheduled Event Privacy Level".
static PRIVACY_LEVELS: &[Choice] = &[n("guild-only", 2)];

/// "Guild Scheduled Event Entity Types".
static ENTITY_TYPES: &[Choice] = &[n("stage-instance", 1), n("voice", 2), n("external", 3)];

/// "Guild Scheduled Event Status".
static STATUSES: &[Choice] = &[n("scheduled", 1), n("active", 2), n("completed", 3), n("canceled", 4)];

/// "Recurrence Rule - Frequency".
static FREQUENCIES: &[Choice] = &[n("yearly", 0), n("monthly", 1), n("weekly", 2), n("daily", 3)];

/// "Recurrence Rule - Weekday".
static WEEKDAYS: &[Choice] = &[
    n("monday", 0),
    n("tuesday", 1),
    n("wednesday", 2),
    n("thursday", 3),
    n("friday", 4),
    n("saturday", 5),
    n("sunday", 6),
];

/// "Recurrence Rule - Month".
static MONTHS: &[Choice] = &[
    n("january", 1),
    n("february", 2),
    n("march", 3),
    n("april", 4),
    n("may", 5),
    n("june", 6),
    n("july", 7),
    n("august", 8),
    n("september", 9),
    n("october", 10),
    n("november", 11),
    n("december", 12),
];
