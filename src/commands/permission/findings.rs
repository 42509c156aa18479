//! The risks in the permissions of a server, found in facts about it.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::call::overwrite::named;
use crate::catalogue::{Scalar, choices};
use crate::model::permission::{ADMINISTRATOR, Overwrite, bits};

/// From this number of members on, a role with dangerous permissions is a finding.
const MANY: u64 = 20;

/// How many names a finding lists. Further members are only counted.
const MOST_NAMES: usize = 5;

/// The flag of a channel whose permissions Discord hides ("Channel Flags").
const OBFUSCATED: u64 = 1 << 17;

/// The type of a webhook through which anybody who knows its URL can post ("Webhook Types").
const INCOMING: u64 = 1;

/// How dangerous a finding is. The order is from the least dangerous to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Low,
    Medium,
    High,
}

impl Severity {
    pub const ALL: [Self; 3] = [Self::High, Self::Medium, Self::Low];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A risk, and the object that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    /// The name of the rule, for programs.
    pub check: &'static str,
    pub id: String,
    /// The object in words, such as `@Moderators` or `#general`.
    pub on: String,
    /// What is wrong. The sentence continues the name of the object.
    pub text: String,
}

impl Finding {
    pub fn json(&self) -> Value {
        json!({
            "severity": self.severity.name(),
            "check": self.check,
            "on": self.on,
            "id": self.id,
            "finding": self.text,
        })
    }
}

/// The members of a role.
#[derive(Debug, Default)]
struct Holders {
    count: u64,
    humans: u64,
    /// The names of some of the humans.
    names: Vec<String>,
}

#[derive(Debug)]
struct Bot {
    id: String,
    name: String,
    roles: Vec<String>,
}

/// What is known about a server. The lists that could not be read are `None`.
#[derive(Debug, Default)]
pub struct Facts {
    /// The server, as Discord sends it.
    pub server: Value,
    pub channels: Vec<Value>,
    pub webhooks: Option<Vec<Value>>,
    pub integrations: Option<Vec<Value>>,
    pub members: Option<Members>,
}

/// The parts of the members that the rules need, so that a large server does not need much memory.
#[derive(Debug, Default)]
pub struct Members {
    holders: HashMap<String, Holders>,
    bots: Vec<Bot>,
}

impl Members {
    /// Counts a member, as Discord sends it.
    pub fn add(&mut self, member: &Value) {
        let user = &member["user"];
        let (id, name) = (text(user, "id"), text(user, "username"));
        let roles: Vec<&str> = member["roles"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let is_bot = user["bot"] == true;
        for role in &roles {
            let holders = self.holders.entry((*role).to_owned()).or_default();
            holders.count += 1;
            holders.humans += u64::from(!is_bot);
            if !is_bot && holders.names.len() < MOST_NAMES {
                holders.names.push(name.to_owned());
            }
        }
        if is_bot {
            let roles = roles.iter().map(|role| (*role).to_owned()).collect();
            self.bots.push(Bot { id: id.to_owned(), name: name.to_owned(), roles });
        }
    }
}

impl Facts {
    /// The findings, the most severe first.
    pub fn findings(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        self.everyone(&mut found);
        self.roles(&mut found);
        self.bots(&mut found);
        self.overwrites(&mut found);
        self.settings(&mut found);
        self.webhooks(&mut found);
        self.integrations(&mut found);
        found.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        found
    }

    fn guild(&self) -> &str {
        text(&self.server, "id")
    }

    /// The roles apart from @everyone.
    fn own_roles(&self) -> impl Iterator<Item = &Value> {
        self.server["roles"].as_array().into_iter().flatten().filter(|role| role["id"] != self.server["id"])
    }

    fn holders(&self, role: &Value) -> Option<&Holders> {
        static NOBODY: Holders = Holders { count: 0, humans: 0, names: Vec::new() };
        Some(self.members.as_ref()?.holders.get(text(role, "id")).unwrap_or(&NOBODY))
    }

    fn everyone(&self, found: &mut Vec<Finding>) {
        let roles = self.server["roles"].as_array().into_iter().flatten();
        let dangerous = roles.filter(|role| role["id"] == self.server["id"]).map(dangerous_of).find(|bits| *bits != 0);
        if let Some(dangerous) = dangerous {
            let text = format!("every member has {}", listed(dangerous));
            found.push(Finding {
                severity: Severity::High,
                check: "everyone-permissions",
                id: self.guild().to_owned(),
                on: "@everyone".to_owned(),
                text,
            });
        }
    }

    fn roles(&self, found: &mut Vec<Finding>) {
        // The role of a bot is judged together with the bot.
        for role in self.own_roles().filter(|role| role["tags"]["bot_id"].is_null()) {
            let dangerous = dangerous_of(role);
            if dangerous == 0 {
                continue;
            }
            let holders = self.holders(role);
            let rights = listed(dangerous);
            let mut add = |severity, check, text| {
                let on = format!("@{}", text_or_id(role, "name"));
                found.push(Finding { severity, check, id: text_or_id(role, "id").to_owned(), on, text });
            };
            let is_mentionable = role["mentionable"] == true;
            match holders {
                Some(Holders { count: 0, .. }) => {
                    add(Severity::Low, "unused-role", format!("has {rights}, but no member has the role"));
                }
                // The bots are judged by themselves.
                Some(Holders { humans: 0, .. }) if dangerous & ADMINISTRATOR != 0 => {}
                holders if dangerous & ADMINISTRATOR != 0 => {
                    let text = match holders {
                        None => "its members are administrators".to_owned(),
                        Some(holders @ Holders { humans: 1, .. }) => {
                            format!("makes {} an administrator", some(holders))
                        }
                        Some(holders) => format!("makes {} administrators", some(holders)),
                    };
                    add(Severity::High, "administrator-role", text);
                }
                Some(holders) if holders.count >= MANY => {
                    add(Severity::Medium, "common-role", format!("{} members have {rights}", holders.count));
                }
                _ => {}
            }
            if is_mentionable && holders.is_none_or(|holders| holders.count > 0) {
                add(Severity::Medium, "mentionable-role", format!("has {rights}, and anyone can mention it"));
            }
        }
    }

    /// The highest role with dangerous permissions that a person has: the name, and the place in Discord's order.
    fn moderators(&self) -> Option<(&str, Rank)> {
        let is_of_moderators =
            |role: &&Value| dangerous_of(role) != 0 && self.holders(role).is_some_and(|holders| holders.humans > 0);
        let highest = self.own_roles().filter(is_of_moderators).max_by_key(|role| rank(role))?;
        Some((text_or_id(highest, "name"), rank(highest)))
    }

    fn bots(&self, found: &mut Vec<Finding>) {
        let moderators = self.moderators();
        for bot in self.members.iter().flat_map(|members| &members.bots) {
            let roles = || self.own_roles().filter(|role| bot.roles.iter().any(|id| role["id"] == *id));
            let mut add = |check, text| {
                let (id, on) = (bot.id.clone(), format!("bot {}", bot.name));
                found.push(Finding { severity: Severity::High, check, id, on, text });
            };
            let highest = roles().max_by_key(|role| rank(role));
            if let Some(role) = roles().find(|role| dangerous_of(role) & ADMINISTRATOR != 0) {
                add("administrator-bot", format!("is an administrator through @{}", text_or_id(role, "name")));
            } else if let (Some(highest), Some((name, moderators))) = (highest, moderators)
                && rank(highest) > moderators
            {
                let own = text_or_id(highest, "name");
                add(
                    "bot-above-moderators",
                    format!("its role @{own} is above @{name}, so moderators cannot restrict it"),
                );
            }
        }
    }

    fn overwrites(&self, found: &mut Vec<Finding>) {
        let Ok(everyone) = self.guild().parse::<u64>() else { return };
        let is_visible = |channel: &&Value| channel["flags"].as_u64().is_none_or(|flags| flags & OBFUSCATED == 0);
        for channel in self.channels.iter().filter(is_visible) {
            let allowed = Overwrite::of_channel(channel).into_iter().find(|overwrite| overwrite.id == everyone);
            let dangerous = allowed.map_or(0, |overwrite| overwrite.allow & dangerous());
            if dangerous != 0 {
                found.push(Finding {
                    severity: Severity::High,
                    check: "everyone-overwrite",
                    id: text_or_id(channel, "id").to_owned(),
                    on: format!("#{}", text_or_id(channel, "name")),
                    text: format!("allows @everyone {}", listed(dangerous)),
                });
            }
        }
    }

    fn settings(&self, found: &mut Vec<Finding>) {
        for (field, check, text) in [
            ("mfa_level", "moderator-2fa", "moderators do not need two-factor authentication"),
            ("verification_level", "verification", "new members need no verification, not even an e-mail address"),
        ] {
            if self.server[field] == 0 {
                found.push(Finding {
                    severity: Severity::Medium,
                    check,
                    id: self.guild().to_owned(),
                    on: text_or_id(&self.server, "name").to_owned(),
                    text: text.to_owned(),
                });
            }
        }
    }

    fn webhooks(&self, found: &mut Vec<Finding>) {
        for webhook in self.webhooks.iter().flatten().filter(|webhook| webhook["type"] == INCOMING) {
            let channel = self.channels.iter().find(|channel| channel["id"] == webhook["channel_id"]);
            let place = channel.map_or_else(
                || format!("channel {}", text(webhook, "channel_id")),
                |channel| format!("#{}", text_or_id(channel, "name")),
            );
            let made_by = webhook["user"]["username"].as_str().map(|name| format!("; {name} made it"));
            found.push(Finding {
                severity: Severity::Medium,
                check: "webhook",
                id: text_or_id(webhook, "id").to_owned(),
                on: format!("webhook {}", text_or_id(webhook, "name")),
                text: format!("anyone with its URL can post in {place}{}", made_by.unwrap_or_default()),
            });
        }
    }

    fn integrations(&self, found: &mut Vec<Finding>) {
        for integration in self.integrations.iter().flatten().filter(|integration| integration["enabled"] != false) {
            let added_by = integration["user"]["username"].as_str().map(|name| format!("; {name} added it"));
            let kind = match integration["type"].as_str() {
                Some("discord") => "an app",
                Some("twitch") => "a connection to Twitch",
                Some("youtube") => "a connection to YouTube",
                _ => "an integration",
            };
            found.push(Finding {
                severity: Severity::Low,
                check: "integration",
                id: text_or_id(integration, "id").to_owned(),
                on: format!("integration {}", text_or_id(integration, "name")),
                text: format!("is {kind}{}", added_by.unwrap_or_default()),
            });
        }
    }
}

/// The place of a role in the hierarchy. Of two roles at one position, the older one is higher.
type Rank = (i64, std::cmp::Reverse<u64>);

fn rank(role: &Value) -> Rank {
    (role["position"].as_i64().unwrap_or(0), std::cmp::Reverse(text(role, "id").parse().unwrap_or(0)))
}

/// The permissions with which a member can harm a server.
fn dangerous() -> u64 {
    const OTHERS: [&str; 5] = ["administrator", "kick-members", "ban-members", "moderate-members", "mention-everyone"];
    let is_dangerous = |name: &str| name.starts_with("manage-") || OTHERS.contains(&name);
    let bits = choices::PERMISSIONS.iter().filter(|choice| is_dangerous(choice.name));
    bits.fold(0, |sum, choice| if let Scalar::Int(bit) = choice.value { sum | bit.cast_unsigned() } else { sum })
}

fn dangerous_of(role: &Value) -> u64 {
    bits(&role["permissions"]) & dangerous()
}

/// The names of permissions: `ban-members and manage-roles`. An administrator has all others too.
fn listed(bits: u64) -> String {
    let bits = if bits & ADMINISTRATOR != 0 { ADMINISTRATOR } else { bits };
    match &named(bits)[..] {
        [names @ .., last] if !names.is_empty() => format!("{} and {last}", names.join(", ")),
        names => names.concat(),
    }
}

/// The names of some humans with a role, and how many others there are.
fn some(holders: &Holders) -> String {
    let others = holders.humans - holders.names.len() as u64;
    match &holders.names[..] {
        names if others > 0 => format!("{} and {others} more", names.join(", ")),
        [names @ .., last] if !names.is_empty() => format!("{} and {last}", names.join(", ")),
        names => names.concat(),
    }
}

fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object[field].as_str().unwrap_or_default()
}

/// A text, or the id of the object if it is missing.
fn text_or_id<'a>(object: &'a Value, field: &str) -> &'a str {
    object[field].as_str().unwrap_or_else(|| text(object, "id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAN: u64 = 1 << 2;

    fn role(id: &str, name: &str, permissions: u64, position: i64) -> Value {
        json!({"id": id, "name": name, "permissions": permissions.to_string(), "position": position,
            "mentionable": false})
    }

    fn member(id: &str, name: &str, roles: &[&str], is_bot: bool) -> Value {
        json!({"user": {"id": id, "username": name, "bot": is_bot}, "roles": roles})
    }

    /// A server (1) with these roles and members, and no other risk.
    fn facts(roles: &[Value], members: Option<&[Value]>) -> Facts {
        let mut all = vec![role("1", "@everyone", 1 << 10, 0)];
        all.extend_from_slice(roles);
        let server = json!({"id": "1", "name": "My Server", "roles": all, "mfa_level": 1, "verification_level": 1});
        let mut facts = Facts { server, ..Facts::default() };
        if let Some(members) = members {
            let mut counted = Members::default();
            members.iter().for_each(|member| counted.add(member));
            facts.members = Some(counted);
        }
        facts
    }

    fn lines(facts: &Facts) -> Vec<String> {
        let line = |f: &Finding| format!("{} {} {}: {}", f.severity.name(), f.check, f.on, f.text);
        facts.findings().iter().map(line).collect()
    }

    #[test]
    fn a_server_without_risks_has_no_findings() {
        let roles = [role("2", "Mods", BAN, 2), role("3", "Fans", 1 << 11, 1)];
        let members = [member("10", "ada", &["2"], false), member("11", "echo", &["3"], true)];
        assert_eq!(lines(&facts(&roles, Some(&members))), [""; 0]);
    }

    #[test]
    fn roles_that_make_administrators_name_them() {
        let roles = [role("2", "Admins", ADMINISTRATOR | BAN, 2)];
        let crowd: Vec<Value> = (0..8).map(|n| member(&n.to_string(), &format!("m{n}"), &["2"], false)).collect();
        for (members, text) in [
            (None, "its members are administrators"),
            (Some(&crowd[..1]), "makes m0 an administrator"),
            (Some(&crowd[..3]), "makes m0, m1 and m2 administrators"),
            (Some(&crowd[..]), "makes m0, m1, m2, m3, m4 and 3 more administrators"),
        ] {
            assert_eq!(lines(&facts(&roles, members)), [format!("high administrator-role @Admins: {text}")]);
        }
        let unused = "low unused-role @Admins: has administrator, but no member has the role";
        assert_eq!(lines(&facts(&roles, Some(&[]))), [unused]);
    }

    #[test]
    fn dangerous_permissions_of_everyone_are_a_finding_in_the_server_and_in_channels() {
        let mut facts = facts(&[], Some(&[]));
        facts.server["roles"][0]["permissions"] = json!((1_u64 << 17 | 1 << 13 | 1 << 10).to_string());
        let overwrite = |id: &str, allow: u64| json!({"id": id, "type": 0, "allow": allow.to_string(), "deny": "0"});
        facts.channels = vec![
            json!({"id": "7", "name": "general", "permission_overwrites": [overwrite("1", 1 << 4 | 1 << 11)]}),
            json!({"id": "8", "name": "staff", "permission_overwrites": [overwrite("2", 1 << 4), overwrite("1", 1 << 11)]}),
            json!({"id": "9", "name": "x", "flags": OBFUSCATED, "permission_overwrites": [overwrite("1", 1 << 4)]}),
        ];
        let expected = [
            "high everyone-permissions @everyone: every member has manage-messages and mention-everyone",
            "high everyone-overwrite #general: allows @everyone manage-channels",
        ];
        assert_eq!(lines(&facts), expected);
    }

    #[test]
    fn bots_that_are_administrators_or_above_the_moderators_are_findings() {
        let mut of_bot = role("4", "Echo", ADMINISTRATOR, 9);
        of_bot["tags"] = json!({"bot_id": "11"});
        let roles = [role("2", "Mods", BAN, 5), role("3", "Above", 0, 6), role("5", "Below", 0, 4), of_bot];
        let mods = member("10", "ada", &["2"], false);
        let members = [
            mods.clone(),
            member("11", "echo", &["4"], true),
            member("12", "high", &["3", "5"], true),
            member("13", "low", &["5"], true),
            member("14", "mod", &["2"], true),
        ];
        let expected = [
            "high administrator-bot bot echo: is an administrator through @Echo",
            "high bot-above-moderators bot high: its role @Above is above @Mods, so moderators cannot restrict it",
        ];
        assert_eq!(lines(&facts(&roles, Some(&members))), expected);
        // The older of two roles at one position is higher.
        let roles = [role("2", "Mods", BAN, 5), role("3", "Younger", 0, 5)];
        assert_eq!(lines(&facts(&roles, Some(&[mods.clone(), member("12", "x", &["3"], true)]))), [""; 0]);
        let roles = [role("9", "Mods", BAN, 5), role("3", "Older", 0, 5)];
        let members = [member("10", "ada", &["9"], false), member("12", "x", &["3"], true)];
        assert_eq!(facts(&roles, Some(&members)).findings()[0].check, "bot-above-moderators");
        // Without moderators, no bot is above them.
        let roles = [role("3", "Above", 0, 6)];
        assert_eq!(lines(&facts(&roles, Some(&[member("12", "high", &["3"], true)]))), [""; 0]);
    }

    #[test]
    fn dangerous_roles_that_many_have_or_anyone_can_mention_are_findings() {
        let mut mentionable = role("2", "Mods", BAN, 2);
        mentionable["mentionable"] = json!(true);
        let crowd: Vec<Value> = (0..MANY).map(|n| member(&n.to_string(), "x", &["2"], false)).collect();
        let common = format!("medium common-role @Mods: {MANY} members have ban-members");
        let mention = "medium mentionable-role @Mods: has ban-members, and anyone can mention it".to_owned();
        let roles = [mentionable];
        assert_eq!(lines(&facts(&roles, Some(&crowd))), [common, mention.clone()]);
        assert_eq!(lines(&facts(&roles, Some(&crowd[1..]))), std::slice::from_ref(&mention));
        assert_eq!(lines(&facts(&roles, None)), [mention]);
        let unused = "low unused-role @Mods: has ban-members, but no member has the role".to_owned();
        assert_eq!(lines(&facts(&roles, Some(&[]))), [unused]);
    }

    #[test]
    fn settings_webhooks_and_integrations_are_findings() {
        let mut facts = facts(&[], None);
        facts.server["mfa_level"] = json!(0);
        facts.server["verification_level"] = json!(0);
        facts.channels = vec![json!({"id": "7", "name": "builds"})];
        facts.webhooks = Some(vec![
            json!({"id": "20", "type": 1, "name": "CI", "channel_id": "7", "user": {"username": "ken"}}),
            json!({"id": "21", "type": 1, "name": null, "channel_id": "8"}),
            json!({"id": "22", "type": 2, "name": "news", "channel_id": "7"}),
        ]);
        facts.integrations = Some(vec![
            json!({"id": "30", "name": "Echo", "type": "discord", "enabled": true, "user": {"username": "ada"}}),
            json!({"id": "31", "name": "Tv", "type": "twitch", "enabled": false}),
        ]);
        let expected = [
            "medium moderator-2fa My Server: moderators do not need two-factor authentication",
            "medium verification My Server: new members need no verification, not even an e-mail address",
            "medium webhook webhook CI: anyone with its URL can post in #builds; ken made it",
            "medium webhook webhook 21: anyone with its URL can post in channel 8",
            "low integration integration Echo: is an app; ada added it",
        ];
        assert_eq!(lines(&facts), expected);
    }
}
