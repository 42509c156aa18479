//! Every endpoint of Discord's REST interface, as data.
//!
//! There is one `static` per noun, one row per endpoint and one line per parameter. The command line, its help,
//! the requests, `dcord endpoints`, the man pages, the completions and the sandbox all derive from these rows.

pub mod answers;
pub mod builder;
pub mod check;
pub mod choices;
pub mod codes;
pub mod describe;
mod groups;
pub mod rows;
mod shape;
pub mod shapes;
mod subject;
pub mod tasks;
mod types;
pub mod unknown;
pub mod usage;

mod app_emoji;
mod application;
mod audit_log;
mod automod;
mod ban;
mod channel;
mod command;
mod command_permission;
mod emoji;
mod entitlement;
mod gateway;
mod guild;
mod guild_command;
mod identity;
mod integration;
mod interaction;
mod invite;
mod join_request;
mod lobby;
mod member;
mod message;
mod oauth2;
mod onboarding;
mod partner;
mod permission;
mod pin;
mod poll;
mod reaction;
mod role;
mod role_connection;
mod scheduled_event;
mod sku;
mod soundboard;
mod stage;
mod sticker;
mod subscription;
mod template;
mod thread;
mod user;
mod voice;
mod webhook;
mod welcome;
mod widget;

pub use subject::Subject;
pub use types::{
    Auth, Choice, Endpoint, Filter, Form, Formats, LONGEST_REASON, Method, Noun, Paging, Param, ParamKind, Place,
    Scalar, Shape, Unit, Variant, Walk,
};

use crate::model::{self, Effect, Entity};

/// All nouns, in the order in which help lists them.
pub static NOUNS: &[&Noun] = &[
    &message::NOUN,
    &reaction::NOUN,
    &pin::NOUN,
    &channel::NOUN,
    &thread::NOUN,
    &guild::NOUN,
    &member::NOUN,
    &role::NOUN,
    &ban::NOUN,
    &user::NOUN,
    &invite::NOUN,
    &webhook::NOUN,
    &interaction::NOUN,
    &gateway::NOUN,
    &app_emoji::NOUN,
    &application::NOUN,
    &audit_log::NOUN,
    &automod::NOUN,
    &command::NOUN,
    &command_permission::NOUN,
    &emoji::NOUN,
    &entitlement::NOUN,
    &guild_command::NOUN,
    &identity::NOUN,
    &integration::NOUN,
    &join_request::NOUN,
    &lobby::NOUN,
    &oauth2::NOUN,
    &onboarding::NOUN,
    &partner::NOUN,
    &permission::NOUN,
    &poll::NOUN,
    &role_connection::NOUN,
    &scheduled_event::NOUN,
    &sku::NOUN,
    &soundboard::NOUN,
    &stage::NOUN,
    &sticker::NOUN,
    &subscription::NOUN,
    &template::NOUN,
    &voice::NOUN,
    &welcome::NOUN,
    &widget::NOUN,
];

/// The noun with this name.
pub fn noun(name: &str) -> Option<&'static Noun> {
    NOUNS.iter().copied().find(|n| n.name == name)
}

/// Every endpoint with its noun.
pub fn endpoints() -> impl Iterator<Item = (&'static Noun, &'static Endpoint)> {
    commands().filter(|(_, row)| !row.composed)
}

/// Every command of the catalogue with its noun: the endpoints and the composed commands.
pub fn commands() -> impl Iterator<Item = (&'static Noun, &'static Endpoint)> {
    NOUNS.iter().flat_map(|noun| noun.rows.iter().map(move |row| (*noun, row)))
}

/// Properties of a row that depend on other rows.
impl Endpoint {
    /// The command's noun and verb.
    pub fn name(&'static self) -> (&'static str, &'static str) {
        (commands().find(|(_, row)| *row == self).map_or("", |(noun, _)| noun.name), self.verb)
    }

    /// The command's noun and verb: `message send`.
    pub fn words(&'static self) -> String {
        let (noun, verb) = self.name();
        format!("{noun} {verb}")
    }

    /// The path of the request. The path of a composed command can have more targets than its request: `message reply`
    /// also takes the message.
    pub fn request_path(&self) -> &'static str {
        let of_operation = || endpoints().find(|(_, row)| row.operation == self.operation);
        of_operation().filter(|_| self.composed).map_or(self.path, |(_, row)| row.path)
    }

    /// Whether the path accepts `@me` for this user: another row has `@me` there, with the same method. PATCH rows do
    /// not count, because the row for `@me` takes fewer fields.
    pub fn takes_me(&self, param: &Param) -> bool {
        let mine = self.path.replace(&format!("{{{}}}", param.name), "@me");
        self.method != Method::Patch
            && param.kind == ParamKind::Snowflake(Entity::User)
            && endpoints().any(|(_, row)| row.method == self.method && row.path == mine)
    }
}

/// The bits of the permissions with these names: `MANAGE_MESSAGES`.
pub fn permission_bits(names: impl IntoIterator<Item = &'static str>) -> u64 {
    let bit = |name: &str| {
        let name = name.to_ascii_lowercase().replace('_', "-");
        choices::PERMISSIONS.iter().find(|choice| choice.name == name).map_or(0, |choice| match choice.value {
            Scalar::Int(bits) => bits.cast_unsigned(),
            Scalar::Str(_) => 0,
        })
    };
    names.into_iter().fold(0, |bits, name| bits | bit(name))
}

/// The row whose response contains the names of a kind of object, in a server or of the bot and its app. A row that
/// finds objects by name is preferred to one that lists all of them.
pub fn names_of(kind: model::Kind, in_guild: bool) -> Option<&'static Endpoint> {
    let rows = || {
        let of_guild = |row: &Endpoint| row.path_subject(Subject::Guild).is_some();
        endpoints().map(|(_, row)| row).filter(move |row| row.method == Method::Get && of_guild(row) == in_guild)
    };
    let finds = rows().find(|row| row.finds_by.is_some() && row.effects == [Effect::Several(kind)]);
    finds.or_else(|| rows().find(|row| row.effects == [Effect::All(kind)]))
}

/// The endpoint with this operation name of Discord's.
pub fn operation(name: &str) -> Option<&'static Endpoint> {
    endpoints().map(|(_, row)| row).find(|row| row.operation == name)
}

/// How a successful call of this operation changes the cache.
pub fn effects(operation: &str) -> &'static [Effect] {
    self::operation(operation).map_or(&[], |row| row.effects)
}

/// All verbs, including those of aliases.
#[cfg(test)]
fn verbs() -> impl Iterator<Item = &'static str> {
    let aliases = |row: &'static Endpoint| row.aliases.iter().filter_map(|alias| Some(alias.split_once(' ')?.1));
    commands().flat_map(move |(_, row)| std::iter::once(row.verb).chain(aliases(row)))
}

pub fn find(noun: &str, verb: &str) -> Option<&'static Endpoint> {
    let own = self::noun(noun).and_then(|n| n.rows.iter().find(|e| e.verb == verb));
    own.or_else(|| {
        commands()
            .map(|(_, e)| e)
            .find(|e| e.aliases.iter().any(|alias| alias.split_once(' ').is_some_and(|words| words == (noun, verb))))
    })
}

#[cfg(test)]
mod tests;
