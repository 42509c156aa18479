//! The rows that dcord itself calls, by Discord's operation names. A name without a row does not compile.

use super::{Endpoint, Noun};

pub static CREATE_MESSAGE: &Endpoint = row(&super::message::NOUN, "create_message");
pub static BULK_BAN: &Endpoint = row(&super::ban::NOUN, "bulk_ban_users_from_guild");
pub static BULK_DELETE_MESSAGES: &Endpoint = row(&super::message::NOUN, "bulk_delete_messages");
pub static CREATE_DM: &Endpoint = row(&super::user::NOUN, "create_dm");
pub static DELETE_CHANNEL: &Endpoint = row(&super::channel::NOUN, "delete_channel");
pub static DELETE_MESSAGE: &Endpoint = row(&super::message::NOUN, "delete_message");
pub static DELETE_OVERWRITE: &Endpoint = row(&super::channel::NOUN, "delete_channel_permission_overwrite");
pub static EXECUTE_WEBHOOK: &Endpoint = row(&super::webhook::NOUN, "execute_webhook");
pub static EXCHANGE_TOKEN: &Endpoint = row(&super::oauth2::NOUN, "exchange_oauth2_token");
pub static GET_APPLICATION: &Endpoint = row(&super::application::NOUN, "get_my_application");
pub static GET_AUTHORIZATION: &Endpoint = row(&super::oauth2::NOUN, "get_my_oauth2_authorization");
pub static GET_CHANNEL: &Endpoint = row(&super::channel::NOUN, "get_channel");
pub static GET_GATEWAY: &Endpoint = row(&super::gateway::NOUN, "get_gateway");
pub static GET_GATEWAY_BOT: &Endpoint = row(&super::gateway::NOUN, "get_bot_gateway");
pub static GET_GUILD: &Endpoint = row(&super::guild::NOUN, "get_guild");
pub static GET_ME: &Endpoint = row(&super::user::NOUN, "get_my_user");
pub static GET_ROLE: &Endpoint = row(&super::role::NOUN, "get_guild_role");
pub static GET_MEMBER: &Endpoint = row(&super::member::NOUN, "get_guild_member");
pub static GET_THREAD_MEMBER: &Endpoint = row(&super::thread::NOUN, "get_thread_member");
pub static GET_WEBHOOK: &Endpoint = row(&super::webhook::NOUN, "get_webhook");
pub static GET_WEBHOOK_BY_TOKEN: &Endpoint = row(&super::webhook::NOUN, "get_webhook_by_token");
pub static LIST_ACTIVE_THREADS: &Endpoint = row(&super::thread::NOUN, "get_active_guild_threads");
pub static LIST_ARCHIVED_THREADS: &Endpoint = row(&super::thread::NOUN, "list_public_archived_threads");
pub static LIST_BANS: &Endpoint = row(&super::ban::NOUN, "list_guild_bans");
pub static LIST_CHANNELS: &Endpoint = row(&super::channel::NOUN, "list_guild_channels");
pub static LIST_GUILD_WEBHOOKS: &Endpoint = row(&super::webhook::NOUN, "get_guild_webhooks");
pub static LIST_GUILDS: &Endpoint = row(&super::guild::NOUN, "list_my_guilds");
pub static LIST_INTEGRATIONS: &Endpoint = row(&super::integration::NOUN, "list_guild_integrations");
pub static LIST_MEMBERS: &Endpoint = row(&super::member::NOUN, "list_guild_members");
pub static LIST_MESSAGES: &Endpoint = row(&super::message::NOUN, "list_messages");
pub static LIST_JOINED_ARCHIVED_THREADS: &Endpoint = row(&super::thread::NOUN, "list_my_private_archived_threads");
pub static LIST_PINS: &Endpoint = row(&super::pin::NOUN, "list_pins");
pub static LIST_PRIVATE_ARCHIVED_THREADS: &Endpoint = row(&super::thread::NOUN, "list_private_archived_threads");
pub static LIST_ROLES: &Endpoint = row(&super::role::NOUN, "list_guild_roles");
pub static SEND_MESSAGE: &Endpoint = row(&super::message::NOUN, "create_message");
pub static SET_OVERWRITE: &Endpoint = row(&super::channel::NOUN, "set_channel_permission_overwrite");
pub static UPDATE_CHANNEL: &Endpoint = row(&super::channel::NOUN, "update_channel");
pub static UPDATE_MESSAGE: &Endpoint = row(&super::message::NOUN, "update_message");
pub static UPDATE_WEBHOOK_MESSAGE: &Endpoint = row(&super::webhook::NOUN, "update_webhook_message");
pub static CREATE_CHANNEL: &Endpoint = row(&super::channel::NOUN, "create_guild_channel");
pub static CREATE_ROLE: &Endpoint = row(&super::role::NOUN, "create_guild_role");
pub static DELETE_ROLE: &Endpoint = row(&super::role::NOUN, "delete_guild_role");
pub static REORDER_CHANNELS: &Endpoint = row(&super::channel::NOUN, "bulk_update_guild_channels");
pub static REORDER_ROLES: &Endpoint = row(&super::role::NOUN, "bulk_update_guild_roles");
pub static UPDATE_ROLE: &Endpoint = row(&super::role::NOUN, "update_guild_role");
pub static CREATE_AUTOMOD: &Endpoint = row(&super::automod::NOUN, "create_auto_moderation_rule");
pub static DELETE_AUTOMOD: &Endpoint = row(&super::automod::NOUN, "delete_auto_moderation_rule");
pub static LIST_AUTOMOD: &Endpoint = row(&super::automod::NOUN, "list_auto_moderation_rules");
pub static UPDATE_AUTOMOD: &Endpoint = row(&super::automod::NOUN, "update_auto_moderation_rule");
pub static CREATE_EMOJI: &Endpoint = row(&super::emoji::NOUN, "create_guild_emoji");
pub static DELETE_EMOJI: &Endpoint = row(&super::emoji::NOUN, "delete_guild_emoji");
pub static LIST_EMOJIS: &Endpoint = row(&super::emoji::NOUN, "list_guild_emojis");
pub static UPDATE_EMOJI: &Endpoint = row(&super::emoji::NOUN, "update_guild_emoji");
pub static CREATE_STICKER: &Endpoint = row(&super::sticker::NOUN, "create_guild_sticker");
pub static DELETE_STICKER: &Endpoint = row(&super::sticker::NOUN, "delete_guild_sticker");
pub static LIST_STICKERS: &Endpoint = row(&super::sticker::NOUN, "list_guild_stickers");
pub static UPDATE_STICKER: &Endpoint = row(&super::sticker::NOUN, "update_guild_sticker");
pub static CREATE_EVENT: &Endpoint = row(&super::scheduled_event::NOUN, "create_guild_scheduled_event");
pub static DELETE_EVENT: &Endpoint = row(&super::scheduled_event::NOUN, "delete_guild_scheduled_event");
pub static LIST_EVENTS: &Endpoint = row(&super::scheduled_event::NOUN, "list_guild_scheduled_events");
pub static UPDATE_EVENT: &Endpoint = row(&super::scheduled_event::NOUN, "update_guild_scheduled_event");
pub static GET_WELCOME: &Endpoint = row(&super::welcome::NOUN, "get_guild_welcome_screen");
pub static UPDATE_WELCOME: &Endpoint = row(&super::welcome::NOUN, "update_guild_welcome_screen");
pub static GET_ONBOARDING: &Endpoint = row(&super::onboarding::NOUN, "get_guilds_onboarding");
pub static SET_ONBOARDING: &Endpoint = row(&super::onboarding::NOUN, "put_guilds_onboarding");
pub static LIST_COMMANDS: &Endpoint = row(&super::command::NOUN, "list_application_commands");
pub static SET_COMMANDS: &Endpoint = row(&super::command::NOUN, "bulk_set_application_commands");
pub static LIST_GUILD_COMMANDS: &Endpoint = row(&super::guild_command::NOUN, "list_guild_application_commands");
pub static SET_GUILD_COMMANDS: &Endpoint = row(&super::guild_command::NOUN, "bulk_set_guild_application_commands");

const fn row(noun: &'static Noun, operation: &str) -> &'static Endpoint {
    let mut at = 0;
    while at < noun.rows.len() {
        if !noun.rows[at].composed && is(noun.rows[at].operation, operation) {
            return &noun.rows[at];
        }
        at += 1;
    }
    panic!("no row of the noun has this operation")
}

/// `a == b`, which is not available for strings in a `const fn`.
const fn is(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}
