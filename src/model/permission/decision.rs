//! Why a member has a permission, or does not have it.
//!
//! Source: Discord's reference, "Permission Overwrites", "Implicit Permissions", "Inherited Permissions (Threads)" and
//! "Permissions For Timed Out Members".

use super::{ADMINISTRATOR, Overwrite, VIEW_CHANNEL};

const SEND_TTS_MESSAGES: u64 = 1 << 12;
const SEND_MESSAGES: u64 = 1 << 11;
const EMBED_LINKS: u64 = 1 << 14;
const ATTACH_FILES: u64 = 1 << 15;
const READ_MESSAGE_HISTORY: u64 = 1 << 16;
const MENTION_EVERYONE: u64 = 1 << 17;
const CONNECT: u64 = 1 << 20;
const SEND_MESSAGES_IN_THREADS: u64 = 1 << 38;

/// The permissions that a member cannot use without the permission to send messages.
const NEED_SENDING: u64 = SEND_TTS_MESSAGES | EMBED_LINKS | ATTACH_FILES | MENTION_EVERYONE;

/// The permissions that a member keeps during a timeout.
const IN_TIMEOUT: u64 = VIEW_CHANNEL | READ_MESSAGE_HISTORY;

/// A role of the member.
#[derive(Clone, Copy, Debug)]
pub struct Role {
    pub id: u64,
    pub permissions: u64,
}

/// A member of a server.
#[derive(Clone, Debug)]
pub struct Member {
    pub id: u64,
    /// The id of the server, which is that of the role `@everyone` too.
    pub server: u64,
    pub is_owner: bool,
    /// The member's roles and `@everyone`, which comes first.
    pub roles: Vec<Role>,
    pub is_timed_out: bool,
}

/// A channel. A thread has the overwrites of the channel that it is in.
#[derive(Clone, Debug, Default)]
pub struct Place {
    pub overwrites: Vec<Overwrite>,
    pub is_thread: bool,
    /// A voice or stage channel.
    pub is_voice: bool,
}

/// Whether a member has a permission, and what decides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub allowed: bool,
    pub reason: Reason,
}

/// What decides about a permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    Owner,
    /// The role makes the member an administrator.
    Administrator(u64),
    TimedOut,
    /// The role has the permission.
    Role(u64),
    NoRole,
    /// The channel's overwrite for the role or member with this id.
    Overwrite(Step, u64),
    /// Without this permission, the member cannot use the other one in the channel.
    Requires(u64, Box<Reason>),
}

/// The groups of overwrites, in the order in which Discord applies them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Everyone,
    Role,
    Member,
}

/// Decides whether the member has one permission, in a channel or in the server as a whole.
pub fn decide(permission: u64, member: &Member, place: Option<&Place>) -> Decision {
    if member.is_owner {
        return Decision { allowed: true, reason: Reason::Owner };
    }
    if let Some(role) = member.roles.iter().find(|role| role.permissions & ADMINISTRATOR != 0) {
        return Decision { allowed: true, reason: Reason::Administrator(role.id) };
    }
    if member.is_timed_out && permission & IN_TIMEOUT == 0 {
        return Decision { allowed: false, reason: Reason::TimedOut };
    }
    let Some(place) = place else { return explicit(permission, member, None) };
    for required in requirements(permission, place) {
        let decision = decide(required, member, Some(place));
        if !decision.allowed {
            let reason = match decision.reason {
                nested @ Reason::Requires(..) => nested,
                other => Reason::Requires(required, Box::new(other)),
            };
            return Decision { allowed: false, reason };
        }
    }
    let permission = match permission {
        SEND_MESSAGES if place.is_thread => SEND_MESSAGES_IN_THREADS,
        other => other,
    };
    explicit(permission, member, Some(place))
}

/// The permissions that a member needs in a channel before this one has an effect.
fn requirements(permission: u64, place: &Place) -> impl Iterator<Item = u64> {
    let view = (permission != VIEW_CHANNEL).then_some(VIEW_CHANNEL);
    let connect = (place.is_voice && permission & (VIEW_CHANNEL | CONNECT) == 0).then_some(CONNECT);
    let send = (permission & NEED_SENDING != 0).then_some(SEND_MESSAGES);
    view.into_iter().chain(connect).chain(send)
}

/// The decision by roles and overwrites alone.
fn explicit(permission: u64, member: &Member, place: Option<&Place>) -> Decision {
    let overwrites = place.map_or(&[][..], |place| &place.overwrites);
    let step_of = |overwrite: &Overwrite| match overwrite.id {
        id if id == member.server => Some(Step::Everyone),
        id if id == member.id => Some(Step::Member),
        id if member.roles.iter().any(|role| role.id == id) => Some(Step::Role),
        _ => None,
    };
    // A later step decides before an earlier one. Within a step, allowing decides before denying.
    for step in [Step::Member, Step::Role, Step::Everyone] {
        let own = || overwrites.iter().filter(|overwrite| step_of(overwrite) == Some(step));
        let allowing = own().find(|overwrite| overwrite.allow & permission != 0).map(|overwrite| (true, overwrite.id));
        let denying =
            || own().find(|overwrite| overwrite.deny & permission != 0).map(|overwrite| (false, overwrite.id));
        if let Some((allowed, id)) = allowing.or_else(denying) {
            return Decision { allowed, reason: Reason::Overwrite(step, id) };
        }
    }
    match member.roles.iter().find(|role| role.permissions & permission != 0) {
        Some(role) => Decision { allowed: true, reason: Reason::Role(role.id) },
        None => Decision { allowed: false, reason: Reason::NoRole },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{in_channel, in_server};
    use super::*;

    const SERVER: u64 = 1;
    const KICK: u64 = 1 << 1;

    fn member(roles: &[(u64, u64)]) -> Member {
        let roles = roles.iter().map(|&(id, permissions)| Role { id, permissions }).collect();
        Member { id: 9, server: SERVER, is_owner: false, roles, is_timed_out: false }
    }

    fn place(overwrites: &[(u64, u64, u64)]) -> Place {
        let overwrites = overwrites.iter().map(|&(id, allow, deny)| Overwrite { id, allow, deny }).collect();
        Place { overwrites, ..Place::default() }
    }

    fn yes(reason: Reason) -> Decision {
        Decision { allowed: true, reason }
    }

    fn no(reason: Reason) -> Decision {
        Decision { allowed: false, reason }
    }

    fn requires(permission: u64, reason: Reason) -> Decision {
        no(Reason::Requires(permission, Box::new(reason)))
    }

    #[test]
    fn roles_decide_in_the_server() {
        let ada = member(&[(SERVER, VIEW_CHANNEL), (2, KICK)]);
        assert_eq!(decide(KICK, &ada, None), yes(Reason::Role(2)));
        assert_eq!(decide(VIEW_CHANNEL, &ada, None), yes(Reason::Role(SERVER)));
        assert_eq!(decide(CONNECT, &ada, None), no(Reason::NoRole));
    }

    #[test]
    fn owners_and_administrators_have_every_permission() {
        let locked = place(&[(SERVER, 0, u64::MAX)]);
        let owner = Member { is_owner: true, is_timed_out: true, ..member(&[(SERVER, 0)]) };
        assert_eq!(decide(KICK, &owner, Some(&locked)), yes(Reason::Owner));
        let admin = Member { is_timed_out: true, ..member(&[(SERVER, 0), (3, ADMINISTRATOR)]) };
        assert_eq!(decide(KICK, &admin, Some(&locked)), yes(Reason::Administrator(3)));
    }

    #[test]
    fn a_timeout_leaves_only_viewing_and_reading() {
        let ada = Member { is_timed_out: true, ..member(&[(SERVER, !ADMINISTRATOR)]) };
        assert_eq!(decide(SEND_MESSAGES, &ada, None), no(Reason::TimedOut));
        assert_eq!(decide(READ_MESSAGE_HISTORY, &ada, Some(&place(&[]))), yes(Reason::Role(SERVER)));
        assert_eq!(decide(CONNECT, &ada, Some(&Place { is_voice: true, ..place(&[]) })), no(Reason::TimedOut));
    }

    #[test]
    fn the_last_step_of_the_overwrites_that_names_a_permission_decides() {
        let ada = member(&[(SERVER, VIEW_CHANNEL | SEND_MESSAGES), (2, 0), (3, 0)]);
        let send = |overwrites: &[(u64, u64, u64)]| decide(SEND_MESSAGES, &ada, Some(&place(overwrites)));
        for (overwrites, expected) in [
            (&[][..], yes(Reason::Role(SERVER))),
            (&[(SERVER, 0, SEND_MESSAGES)], no(Reason::Overwrite(Step::Everyone, SERVER))),
            (&[(SERVER, 0, SEND_MESSAGES), (2, SEND_MESSAGES, 0)], yes(Reason::Overwrite(Step::Role, 2))),
            (&[(3, 0, SEND_MESSAGES), (2, SEND_MESSAGES, 0)], yes(Reason::Overwrite(Step::Role, 2))),
            (&[(9, 0, SEND_MESSAGES), (2, SEND_MESSAGES, 0)], no(Reason::Overwrite(Step::Member, 9))),
            (&[(4, 0, SEND_MESSAGES)], yes(Reason::Role(SERVER))),
        ] {
            assert_eq!(send(overwrites), expected, "{overwrites:?}");
        }
    }

    #[test]
    fn a_permission_without_the_one_that_it_requires_has_no_effect() {
        let ada = member(&[(SERVER, !ADMINISTRATOR)]);
        let hidden = place(&[(SERVER, 0, VIEW_CHANNEL)]);
        let everyone = |step| Reason::Overwrite(step, SERVER);
        assert_eq!(decide(SEND_MESSAGES, &ada, Some(&hidden)), requires(VIEW_CHANNEL, everyone(Step::Everyone)));
        assert_eq!(decide(EMBED_LINKS, &ada, Some(&hidden)), requires(VIEW_CHANNEL, everyone(Step::Everyone)));
        let muted = place(&[(SERVER, 0, SEND_MESSAGES)]);
        assert_eq!(decide(EMBED_LINKS, &ada, Some(&muted)), requires(SEND_MESSAGES, everyone(Step::Everyone)));
        assert_eq!(decide(EMBED_LINKS, &ada, Some(&place(&[]))), yes(Reason::Role(SERVER)));
        let voice = Place { is_voice: true, ..place(&[(SERVER, 0, CONNECT)]) };
        assert_eq!(decide(1 << 4, &ada, Some(&voice)), requires(CONNECT, everyone(Step::Everyone)));
    }

    #[test]
    fn writing_in_a_thread_needs_the_permission_for_threads() {
        let ada = member(&[(SERVER, VIEW_CHANNEL | SEND_MESSAGES_IN_THREADS)]);
        let announcements = place(&[(SERVER, 0, SEND_MESSAGES)]);
        assert!(!decide(SEND_MESSAGES, &ada, Some(&announcements)).allowed);
        assert!(decide(SEND_MESSAGES, &ada, Some(&Place { is_thread: true, ..announcements })).allowed);
        let muted = Place { is_thread: true, ..place(&[(SERVER, 0, SEND_MESSAGES_IN_THREADS)]) };
        assert_eq!(decide(SEND_MESSAGES, &ada, Some(&muted)), no(Reason::Overwrite(Step::Everyone, SERVER)));
    }

    proptest! {
        /// Discord's documentation publishes its algorithm as a program for all permissions at once, which `in_channel` follows.
        #[test]
        fn decisions_agree_with_discords_published_algorithm(
            roles in prop::collection::vec((2_u64..6, any::<u64>()), 0..3),
            everyone in any::<u64>(),
            overwrites in prop::collection::vec((1_u64..10, any::<u64>(), any::<u64>()), 0..6),
            bit in 0_u32..50,
        ) {
            let mut seen = std::collections::HashSet::from([SERVER]);
            let roles: Vec<_> = [(SERVER, everyone)].into_iter().chain(roles.into_iter().filter(|role| seen.insert(role.0))).collect();
            let mut seen = std::collections::HashSet::new();
            let overwrites: Vec<_> = overwrites.into_iter().filter(|overwrite| seen.insert(overwrite.0)).collect();
            let (permission, ada, place) = (1 << bit, member(&roles), place(&overwrites));
            prop_assume!(permission & NEED_SENDING == 0);
            let ids: Vec<u64> = roles.iter().map(|role| role.0).collect();
            let sum = in_channel(in_server(false, roles.iter().map(|role| role.1)), &place.overwrites, SERVER, &ids, 9);
            prop_assert_eq!(decide(permission, &ada, Some(&place)).allowed, sum & permission != 0);
        }
    }
}
