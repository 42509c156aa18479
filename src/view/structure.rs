//! The names of servers, channels, roles and members in gateway events. A listener on a terminal collects them from every
//! event that arrives, to show other events with names instead of ids.

use std::borrow::Cow;

use serde::Deserialize;

use crate::model::Kind;

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Server<'a> {
    #[serde(flatten, borrow)]
    own: Named<'a>,
    #[serde(borrow, default)]
    channels: Vec<Named<'a>>,
    #[serde(borrow, default)]
    threads: Vec<Named<'a>>,
    #[serde(borrow, default)]
    roles: Vec<Named<'a>>,
    #[serde(borrow, default)]
    members: Vec<Member<'a>>,
}

#[derive(Deserialize)]
struct Member<'a> {
    #[serde(borrow, default)]
    nick: Option<Cow<'a, str>>,
    #[serde(borrow)]
    user: User<'a>,
}

#[derive(Deserialize)]
struct User<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    username: Cow<'a, str>,
    #[serde(borrow, default)]
    global_name: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Threads<'a> {
    #[serde(borrow, default)]
    threads: Vec<Named<'a>>,
}

#[derive(Deserialize)]
struct Role<'a> {
    #[serde(borrow)]
    role: Named<'a>,
}

/// Whether an event contains names.
pub fn has_names(event: &[u8]) -> bool {
    matches!(
        event,
        b"GUILD_CREATE"
            | b"GUILD_UPDATE"
            | b"CHANNEL_CREATE"
            | b"CHANNEL_UPDATE"
            | b"THREAD_CREATE"
            | b"THREAD_UPDATE"
            | b"THREAD_LIST_SYNC"
            | b"GUILD_ROLE_CREATE"
            | b"GUILD_ROLE_UPDATE"
    )
}

/// Calls `each` with the kind, the server (of a nickname), the id and the name of each object in the event.
pub fn names(
    event: &[u8],
    data: &[u8],
    mut each: impl FnMut(Kind, Option<&str>, &str, &str),
) -> serde_json::Result<()> {
    let mut all = |kind, list: &[Named<'_>]| {
        for named in list {
            if let Some(name) = &named.name {
                each(kind, None, &named.id, name);
            }
        }
    };
    match event {
        b"GUILD_CREATE" | b"GUILD_UPDATE" => {
            let server: Server<'_> = serde_json::from_slice(data)?;
            all(Kind::Channel, &server.channels);
            all(Kind::Thread, &server.threads);
            all(Kind::Role, &server.roles);
            for Member { nick, user } in &server.members {
                each(Kind::User, None, &user.id, user.global_name.as_ref().unwrap_or(&user.username));
                if let Some(nick) = nick {
                    each(Kind::Member, Some(&server.own.id), &user.id, nick);
                }
            }
            if let Some(name) = &server.own.name {
                each(Kind::Guild, None, &server.own.id, name);
            }
        }
        b"CHANNEL_CREATE" | b"CHANNEL_UPDATE" => all(Kind::Channel, &[serde_json::from_slice(data)?]),
        b"THREAD_CREATE" | b"THREAD_UPDATE" => all(Kind::Thread, &[serde_json::from_slice(data)?]),
        b"THREAD_LIST_SYNC" => all(Kind::Thread, &serde_json::from_slice::<Threads<'_>>(data)?.threads),
        b"GUILD_ROLE_CREATE" | b"GUILD_ROLE_UPDATE" => {
            all(Kind::Role, &[serde_json::from_slice::<Role<'_>>(data)?.role]);
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_channels_roles_users_and_servers_are_read_from_events() {
        for (event, data, expected) in [
            (
                "GUILD_CREATE",
                r#"{"id":"1","name":"My \"Server\"","channels":[{"id":"2","name":"general"},{"id":"3"}],"threads":[{"id":"4","name":"t"}],"roles":[{"id":"1","name":"@everyone"}],"members":[{"user":{"id":"7","username":"ada","global_name":"Ada"},"nick":"Ada L.","roles":[]}]}"#,
                &[
                    "Channel 2 general",
                    "Thread 4 t",
                    "Role 1 @everyone",
                    "User 7 Ada",
                    "Member 7 Ada L.",
                    "Guild 1 My \"Server\"",
                ][..],
            ),
            ("GUILD_CREATE", r#"{"id":"1","unavailable":true}"#, &[]),
            ("CHANNEL_UPDATE", r#"{"id":"2","name":null}"#, &[]),
            ("THREAD_CREATE", r#"{"id":"2","name":"t"}"#, &["Thread 2 t"]),
            ("THREAD_LIST_SYNC", r#"{"threads":[{"id":"2","name":"t"}]}"#, &["Thread 2 t"]),
            ("GUILD_ROLE_UPDATE", r#"{"guild_id":"1","role":{"id":"5","name":"Mods"}}"#, &["Role 5 Mods"]),
            ("MESSAGE_CREATE", r#"{"id":"2","name":"t"}"#, &[]),
        ] {
            let mut found = Vec::new();
            names(event.as_bytes(), data.as_bytes(), |kind, _, id, name| found.push(format!("{kind:?} {id} {name}")))
                .unwrap();
            assert_eq!(found, expected, "{event}");
        }
        assert!(names(b"GUILD_CREATE", b"[", |_, _, _, _| {}).is_err());
    }
}
