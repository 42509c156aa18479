//! Discord's rules for computing permissions, which are bits of a number.
//!
//! Source: Discord's reference, "Permissions", "Permission Overwrites" and "Implicit Permissions".

mod decision;

pub use decision::{Decision, Member, Place, Reason, Role, Step, decide};

use serde_json::Value;

/// Allows everything, and overrides the overwrites of channels.
pub const ADMINISTRATOR: u64 = 1 << 3;
/// Without this permission, a member can do nothing in a channel.
pub const VIEW_CHANNEL: u64 = 1 << 10;

/// The permissions that a channel allows and denies a role or a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overwrite {
    /// The id of the role or member. The role `@everyone` has the id of the server.
    pub id: u64,
    pub allow: u64,
    pub deny: u64,
}

impl Overwrite {
    /// The overwrites of a channel as Discord sends it.
    pub fn of_channel(channel: &Value) -> Vec<Self> {
        let list = channel["permission_overwrites"].as_array().map_or(&[][..], Vec::as_slice);
        let read = |overwrite: &Value| {
            let id = overwrite["id"].as_str()?.parse().ok()?;
            Some(Self { id, allow: bits(&overwrite["allow"]), deny: bits(&overwrite["deny"]) })
        };
        list.iter().filter_map(read).collect()
    }

    /// This overwrite with some permissions allowed, denied, or cleared so that the server's roles decide. Permissions
    /// in none of the three stay unchanged.
    pub fn changed(self, allow: u64, deny: u64, clear: u64) -> Self {
        Self { allow: (self.allow | allow) & !(deny | clear), deny: (self.deny | deny) & !(allow | clear), ..self }
    }

    /// The permissions that this overwrite sets, and the other one does not.
    pub fn dropped_by(self, other: Self) -> u64 {
        (self.allow | self.deny) & !(other.allow | other.deny)
    }

    /// Whether the overwrite neither allows nor denies anything.
    pub fn is_neutral(self) -> bool {
        self.allow == 0 && self.deny == 0
    }
}

/// Reads permissions, which Discord writes as a decimal number in a string.
pub fn bits(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.parse().unwrap_or(0),
        number => number.as_u64().unwrap_or(0),
    }
}

/// The permissions of a member in a server, computed from those of the roles, including `@everyone`.
pub fn in_server(is_owner: bool, roles: impl IntoIterator<Item = u64>) -> u64 {
    let sum = roles.into_iter().fold(0, |sum, role| sum | role);
    if is_owner || sum & ADMINISTRATOR != 0 { u64::MAX } else { sum }
}

/// The permissions of a member in a channel, computed from the permissions in the server.
pub fn in_channel(in_server: u64, overwrites: &[Overwrite], server: u64, roles: &[u64], member: u64) -> u64 {
    if in_server & ADMINISTRATOR != 0 {
        return u64::MAX;
    }
    let of = |applies: &dyn Fn(u64) -> bool| {
        let own = overwrites.iter().filter(|overwrite| applies(overwrite.id));
        own.fold((0, 0), |(allow, deny), overwrite| (allow | overwrite.allow, deny | overwrite.deny))
    };
    // Each step overrides the one before it; within a step, allowing overrides denying.
    let steps = [of(&|id| id == server), of(&|id| id != server && roles.contains(&id)), of(&|id| id == member)];
    let sum = steps.into_iter().fold(in_server, |sum, (allow, deny)| sum & !deny | allow);
    if sum & VIEW_CHANNEL == 0 { 0 } else { sum }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SERVER: u64 = 1;
    const SEND: u64 = 1 << 11;

    fn overwrite(id: u64, allow: u64, deny: u64) -> Overwrite {
        Overwrite { id, allow, deny }
    }

    #[test]
    fn overwrites_apply_in_the_order_everyone_roles_member() {
        let may = |overwrites: &[Overwrite]| in_channel(VIEW_CHANNEL | SEND, overwrites, SERVER, &[2, 3], 9);
        for (overwrites, expected) in [
            (vec![], VIEW_CHANNEL | SEND),
            (vec![overwrite(SERVER, 0, SEND)], VIEW_CHANNEL),
            (vec![overwrite(SERVER, 0, SEND), overwrite(2, SEND, 0)], VIEW_CHANNEL | SEND),
            (vec![overwrite(2, SEND, 0), overwrite(3, 0, SEND)], VIEW_CHANNEL | SEND),
            (vec![overwrite(3, 0, SEND), overwrite(2, SEND, 0)], VIEW_CHANNEL | SEND),
            (vec![overwrite(9, 0, SEND), overwrite(2, SEND, 0)], VIEW_CHANNEL),
            (vec![overwrite(SERVER, 0, VIEW_CHANNEL)], 0),
            (vec![overwrite(SERVER, 0, VIEW_CHANNEL), overwrite(9, VIEW_CHANNEL, 0)], VIEW_CHANNEL | SEND),
            (vec![overwrite(4, 0, SEND), overwrite(8, 0, VIEW_CHANNEL)], VIEW_CHANNEL | SEND),
        ] {
            assert_eq!(may(&overwrites), expected, "{overwrites:?}");
        }
    }

    #[test]
    fn an_owner_and_an_administrator_may_do_everything_everywhere() {
        assert_eq!(in_server(true, [0]), u64::MAX);
        assert_eq!(in_server(false, [SEND, ADMINISTRATOR]), u64::MAX);
        assert_eq!(in_server(false, [SEND, VIEW_CHANNEL]), SEND | VIEW_CHANNEL);
        let locked = [overwrite(SERVER, 0, u64::MAX)];
        assert_eq!(in_channel(u64::MAX, &locked, SERVER, &[], 9), u64::MAX);
        assert_eq!(in_channel(SEND, &[overwrite(2, ADMINISTRATOR, 0)], SERVER, &[2], 9), 0, "a channel makes none");
    }

    #[test]
    fn a_change_affects_only_the_named_permissions() {
        let before = overwrite(5, 0b0011, 0b1100);
        assert_eq!(before.changed(0, 0, 0), before);
        assert_eq!(before.changed(0b0100, 0, 0), overwrite(5, 0b0111, 0b1000), "what is allowed is denied no more");
        assert_eq!(before.changed(0, 0b0001, 0), overwrite(5, 0b0010, 0b1101));
        assert_eq!(before.changed(0, 0, 0b0101), overwrite(5, 0b0010, 0b1000));
        assert!(before.changed(0, 0, 0b1111).is_neutral());
    }

    #[test]
    fn overwrites_are_parsed_from_discords_json() {
        let channel = json!({"permission_overwrites": [
            {"id": "1", "type": 0, "allow": "0", "deny": "1024"},
            {"id": "2", "type": 1, "allow": 2048, "deny": "9223372036854775808"}, {"id": null}]});
        let expected = [overwrite(1, 0, 1024), overwrite(2, 2048, 1 << 63)];
        assert_eq!(Overwrite::of_channel(&channel), expected);
        assert!(Overwrite::of_channel(&json!({"permission_overwrites": null})).is_empty());
    }
}
