//! `dcord scheduled-event`: the scheduled events of a server.

use super::builder::*;
use super::types::{Choice, Form, Noun, Param};
use crate::model::Entity::{Any, Channel, Event, Guild, User};
use crate::model::{Kind, Link};

pub static NOUN: Noun = noun(
    "scheduled-event",
    "Manage the scheduled events of a server",
    &[
        get(
            "list",
            "list_guild_scheduled_events",
            "/guilds/{guild_id}/scheduled-events",
            "List the scheduled and active events of a server",
        )
        .effects(&[All(Kind::Event)])
        .list()
        .link(Link::Event)
        .columns(&["id", "name", "scheduled_start_time", "status", "user_count"])
        .more("Discord lists an event in a channel only if the bot has view-channel there.")
        .examples(&["scheduled-event list 'My Server' --with-user-count -o table"])
        .alias(&["guild events"])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            query("with_user_count", BOOL, "Include the number of interested users"),
        ]),
        get(
            "get",
            "get_guild_scheduled_event",
            "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}",
            "Show a scheduled event",
        )
        .effects(&[One(Kind::Event)])
        .link(Link::Event)
        .columns(&["id", "name", "scheduled_start_time", "status", "user_count"])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            path("guild_scheduled_event_id", id(Event), "Event to show"),
            query("with_user_count", BOOL, "Include the number of interested users"),
        ]),
        post(
            "create",
            "create_guild_scheduled_event",
            "/guilds/{guild_id}/scheduled-events",
            "Create a scheduled event",
        )
        .reason()
        .effects(&[One(Kind::Event)])
        .link(Link::Event)
        .columns(&["id", "name", "scheduled_start_time", "status"])
        .needs(&["CREATE_EVENTS"])
        .more(
            "An event takes place in the voice or stage channel of --channel-id, or elsewhere: in --location, with a \
             --scheduled-end-time. dcord sets --entity-type accordingly. A server can have 100 scheduled and active events.\n\n\
             A stage event also requires manage-channels, mute-members and move-members in its channel, a voice event \
             view-channel and connect.\n\n\
             Discord supports only these kinds of recurrence: daily on a set of weekdays that its app offers, \
             weekly or every other week on one weekday, monthly on the nth weekday, and yearly on one date.",
        )
        .examples(&[
            "scheduled-event create 'My Server' 'Game night' --channel-id '#lounge' \
             --scheduled-start-time '2027-03-05 19:00'",
            "scheduled-event create 'My Server' Picnic --location 'City park' --scheduled-start-time '2027-06-01 \
             12:00' --scheduled-end-time '2027-06-01 18:00'",
        ])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            body("name", STRING, "Name of the event").positional().range(0, 100).required(),
            body("description", TEXT, "Description of the event").range(0, 1000).nullable(),
            body("image", IMAGE, "Cover picture").nullable().minor(),
            body("scheduled_start_time", TIME, "Start time, such as 'friday 8pm' (local time)").ahead().required(),
            body("scheduled_end_time", TIME, "End time (required for type external)").ahead().nullable(),
            body("privacy_level", one_of(PRIVACY_LEVELS), "Visibility: guild-only means the server's members")
                .required()
                .minor(),
            body(
                "entity_type",
                one_of(ENTITY_TYPES),
                "Where the event takes place: stage channel, voice channel or elsewhere",
            )
            .required()
            .by_form()
            .by_channel(&[(2, "voice"), (13, "stage-instance")]),
            body("channel_id", id(Channel), "Channel of the event (types stage-instance and voice)").nullable(),
            body("entity_metadata", JSON, r#"Location, as JSON (type external): {"location":"City park"}"#).nullable(),
            body("recurrence_rule", JSON, r#"Recurrence, as JSON: {"start":"TIME","frequency":2,"interval":1,…}"#)
                .nullable(),
        ])
        .forms(&[EVENT_IN_CHANNEL.needs(&["channel_id"]), EVENT_ELSEWHERE])
        .with(&[LOCATION, RECURRENCE]),
        patch(
            "edit",
            "update_guild_scheduled_event",
            "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}",
            "Edit, start, end or cancel a scheduled event",
        )
        .reason()
        .effects(&[One(Kind::Event)])
        .link(Link::Event)
        .columns(&["id", "name", "scheduled_start_time", "status"])
        .may_need(&["CREATE_EVENTS", "MANAGE_EVENTS"])
        .more(
            "--status active starts an event, completed ends it and canceled cancels it; a completed or canceled \
             event cannot change its status again. To change an event to external, give --entity-type external, \
             --unset channel_id, --entity-metadata.location and --scheduled-end-time.\n\n\
             The bot requires create-events or manage-events for an event that it created, and manage-events for other \
             events. Stage and voice events also need the permissions in their channel that `dcord scheduled-event \
             create` needs.",
        )
        .examples(&["scheduled-event edit 'My Server' 'Game night' --status active"])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            path("guild_scheduled_event_id", id(Event), "Event to edit"),
            body("status", one_of(STATUSES), "New status, which starts, ends or cancels the event").nullable(),
            body("name", STRING, "New name").range(0, 100),
            body("description", TEXT, "Description of the event").range(0, 1000).nullable(),
            body("image", IMAGE, "Cover picture").nullable().minor(),
            body("scheduled_start_time", TIME, "Start time, such as 'friday 8pm' (local time)").ahead(),
            body("scheduled_end_time", TIME, "End time (required for type external)").ahead().nullable(),
            body(
                "entity_type",
                one_of(ENTITY_TYPES),
                "Where the event takes place: stage channel, voice channel or elsewhere",
            )
            .nullable(),
            body("privacy_level", one_of(PRIVACY_LEVELS), "Visibility: guild-only means the server's members").minor(),
            body("channel_id", id(Channel), "Channel of the event (types stage-instance and voice)").nullable(),
            body("recurrence_rule", JSON, r#"Recurrence, as JSON: {"start":"TIME","frequency":2,"interval":1,…}"#)
                .nullable(),
            body("entity_metadata", JSON, r#"Location, as JSON (type external): {"location":"City park"}"#).nullable(),
        ])
        .forms(&[EVENT_IN_CHANNEL, EVENT_ELSEWHERE])
        .with(&[LOCATION, RECURRENCE]),
        delete(
            "delete",
            "delete_guild_scheduled_event",
            "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}",
            "Delete a scheduled event",
        )
        .action("Delete scheduled event {guild_scheduled_event_id} in {guild_id}")
        .destructive()
        .effects(&[Deletes(Kind::Event)])
        .no_id()
        .may_need(&["CREATE_EVENTS", "MANAGE_EVENTS"])
        .more(
            "The bot requires create-events or manage-events for an event that it created, and manage-events for other \
             events. To cancel an event that members should still see, use `dcord scheduled-event edit` with \
             --status canceled.",
        )
        .params(&[
            path("guild_id", id(Guild), "Server"),
            path("guild_scheduled_event_id", id(Event), "Event to delete"),
        ]),
        get(
            "list-users",
            "list_guild_scheduled_event_users",
            "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/users",
            "List the users who are interested in an event",
        )
        .pages(after("user.id", 100, 100).and_before())
        .id("user.id")
        .columns(&["user.id", "user.username", "user.global_name"])
        .more("Users are sorted by id. If you give both --before and --after, Discord ignores --after.")
        .examples(&["scheduled-event list-users 'My Server' 'Game night' --all --jq .user.username"])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            path("guild_scheduled_event_id", id(Event), "Event"),
            query("with_member", BOOL, "Include each user's server member object, with nickname and roles"),
            query("limit", INT, "Users per request [default: 100]").range(1, 100),
            query("before", cursor(User), "Only users whose id is below this id or time"),
            query("after", cursor(User), "Only users whose id is above this id or time"),
        ]),
        get(
            "get-user-counts",
            "count_guild_scheduled_event_users",
            "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/users/counts",
            "Count the users interested in an event and its exceptions",
        )
        .no_id()
        .columns(&["guild_scheduled_event_count", "guild_scheduled_event_exception_counts"])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            path("guild_scheduled_event_id", id(Event), "Event"),
            query("guild_scheduled_event_exception_ids", id(Any), "Exception to count as well").repeated().items(0, 10),
        ]),
        post(
            "create-exception",
            "create_guild_scheduled_event_exception",
            "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/exceptions",
            "Move or cancel one occurrence of a recurring event",
        )
        .effects(&[Outdates(Kind::Event)])
        .id("event_exception_id")
        .columns(&["event_exception_id", "scheduled_start_time", "scheduled_end_time", "is_canceled"])
        .may_need(&["CREATE_EVENTS", "MANAGE_EVENTS"])
        .more(
            "--original-scheduled-start-time selects the occurrence. Give it a new start and end time, or cancel it \
             with --is-canceled.\n\n\
             The bot requires create-events for an event that it created, and manage-events for other events.",
        )
        .examples(&["scheduled-event create-exception 'My Server' 'Game night' --original-scheduled-start-time \
                     2027-03-12T19:00:00Z --is-canceled"])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            path("guild_scheduled_event_id", id(Event), "Recurring event"),
            body("scheduled_start_time", TIME, "New start time of the occurrence").nullable(),
            body("scheduled_end_time", TIME, "New end time of the occurrence").nullable(),
            body("original_scheduled_start_time", TIME, "Regular start time of the occurrence").required(),
            body("is_canceled", BOOL, "Cancel the occurrence").nullable(),
        ]),
        patch(
            "edit-exception",
            "update_guild_scheduled_event_exception",
            "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/exceptions/{exception_id}",
            "Edit the exception for one occurrence",
        )
        .effects(&[Outdates(Kind::Event)])
        .id("event_exception_id")
        .columns(&["event_exception_id", "scheduled_start_time", "scheduled_end_time", "is_canceled"])
        .may_need(&["CREATE_EVENTS", "MANAGE_EVENTS"])
        .more(
            "The field guild_scheduled_event_exceptions of `dcord scheduled-event get` lists the exceptions with \
             their ids.\n\n\
             The bot requires create-events for an event that it created, and manage-events for other events.",
        )
        .examples(&["scheduled-event edit-exception 'My Server' 'Game night' 777777777777777777 \
                     --scheduled-start-time 2027-03-12T20:00:00Z"])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            path("guild_scheduled_event_id", id(Event), "Recurring event"),
            path("exception_id", id(Any), "Exception to edit"),
            body("scheduled_start_time", TIME, "New start time of the occurrence").nullable(),
            body("scheduled_end_time", TIME, "New end time of the occurrence").nullable(),
            body("is_canceled", BOOL, "Cancel the occurrence").nullable(),
        ]),
        delete(
            "delete-exception",
            "delete_guild_scheduled_event_exception",
            "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/exceptions/{exception_id}",
            "Delete the exception for one occurrence",
        )
        .action("Delete exception {exception_id} of scheduled event {guild_scheduled_event_id} in {guild_id}")
        .destructive()
        .effects(&[Outdates(Kind::Event)])
        .no_id()
        .may_need(&["CREATE_EVENTS", "MANAGE_EVENTS"])
        .more(
            "The field guild_scheduled_event_exceptions of `dcord scheduled-event get` lists the exceptions with \
             their ids.\n\n\
             The bot requires create-events for an event that it created, and manage-events for other events.",
        )
        .params(&[
            path("guild_id", id(Guild), "Server"),
            path("guild_scheduled_event_id", id(Event), "Recurring event"),
            path("exception_id", id(Any), "Exception to delete"),
        ]),
        get(
            "list-exception-users",
            "list_guild_scheduled_event_exception_users",
            "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/{guild_scheduled_event_exception_id}/users",
            "List the users interested in one occurrence",
        )
        .pages(after("user.id", 100, 100).and_before())
        .id("user.id")
        .columns(&["user.id", "user.username", "user.global_name"])
        .more(
            "Users are sorted by id. If you give both --before and --after, Discord ignores --after. The field \
             guild_scheduled_event_exceptions of `dcord scheduled-event get` lists the exceptions with their ids.",
        )
        .params(&[
            path("guild_id", id(Guild), "Server"),
            path("guild_scheduled_event_id", id(Event), "Recurring event"),
            path("guild_scheduled_event_exception_id", id(Any), "Exception").label_name("EXCEPTION"),
            query("with_member", BOOL, "Include each user's server member object, with nickname and roles"),
            query("limit", INT, "Users per request [default: 100]").range(1, 100),
            query("before", cursor(User), "Only users whose id is below this id or time"),
            query("after", cursor(User), "Only users whose id is above this id or time"),
        ]),
    ],
);

/// The fields that each type of event requires ("Field Requirements By Entity Type").
const EVENT_IN_CHANNEL: Form =
    variant("an event in a channel").when("entity_type", &["voice", "stage-instance"]).only(&["channel_id"]);
const EVENT_ELSEWHERE: Form = variant("an external event")
    .when("entity_type", &["external"])
    .only(&["entity_metadata", "entity-metadata.location"])
    .needs(&["entity_metadata/location", "scheduled_end_time"]);

static LOCATION: &[Param] =
    &[local("entity-metadata.location", "entity_metadata/location", STRING, "Location (type external)")
        .range(1, 100)
        .alias("location")];

/// The flags that describe a recurrence. `--recurrence-rule` takes it as JSON.
static RECURRENCE: &[Param] = &[
    local("recurrence-rule.start", "recurrence_rule/start", TIME, "Start of the recurrence").needed(),
    local("recurrence-rule.frequency", "recurrence_rule/frequency", one_of(FREQUENCIES), "How often the event repeats")
        .needed(),
    local(
        "recurrence-rule.interval",
        "recurrence_rule/interval",
        INT,
        "Interval between occurrences: 1, or 2 for every other week",
    )
    .min(1),
    local(
        "recurrence-rule.by-weekday",
        "recurrence_rule/by_weekday/-",
        one_of(WEEKDAYS),
        "Weekday (weekly: one; daily: a set that Discord's app offers)",
    )
    .repeated()
    .unique()
    .items(0, 7),
    local("recurrence-rule.nth-week", "recurrence_rule/by_n_weekday/0/n", INT, "Week of the month (monthly)")
        .range(1, 5)
        .needed(),
    local(
        "recurrence-rule.nth-weekday",
        "recurrence_rule/by_n_weekday/0/day",
        one_of(WEEKDAYS),
        "Weekday in --recurrence-rule.nth-week (monthly)",
    )
    .needed(),
    inner("recurrence-rule.by_n_weekday", "recurrence_rule/by_n_weekday", JSON).items(0, 7),
    inner("recurrence-rule.by_year_day", "recurrence_rule/by_year_day/-", INT).range(-1, 365).repeated().items(0, 367),
    local("recurrence-rule.by-month", "recurrence_rule/by_month/-", one_of(MONTHS), "Month (yearly: one)")
        .repeated()
        .unique()
        .items(0, 12),
    local("recurrence-rule.by-month-day", "recurrence_rule/by_month_day/-", INT, "Day of the month (yearly: one)")
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
pub(super) static FREQUENCIES: &[Choice] = &[n("yearly", 0), n("monthly", 1), n("weekly", 2), n("daily", 3)];

/// "Recurrence Rule - Weekday".
pub(super) static WEEKDAYS: &[Choice] = &[
    n("monday", 0),
    n("tuesday", 1),
    n("wednesday", 2),
    n("thursday", 3),
    n("friday", 4),
    n("saturday", 5),
    n("sunday", 6),
];

/// "Recurrence Rule - Month".
pub(super) static MONTHS: &[Choice] = &[
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
