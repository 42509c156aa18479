//! Plans against servers in memory.

use std::path::Path;

use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::document::{self, Blueprint};
use super::plan::{Action, Matched, Plan, Tools};
use super::section::{CHANNELS, ROLES, SECTIONS};
use super::server::{self, Object, Server};
use crate::call::bind::Input;
use crate::model::time::Now;
use crate::store::AppliedObject;

const GUILD: &str = "900000000000000000";

fn object(value: Value) -> Object {
    value.as_object().unwrap().clone()
}

fn role(id: u64, name: &str, position: usize) -> Object {
    object(json!({"id": id.to_string(), "name": name, "position": position, "permissions": "1024", "color": 0,
        "colors": {"primary_color": 0, "secondary_color": null, "tertiary_color": null},
        "hoist": false, "mentionable": false, "managed": false, "icon": null, "unicode_emoji": null, "flags": 0}))
}

fn everyone() -> Object {
    role(GUILD.parse().unwrap(), "@everyone", 0)
}

fn channel(id: u64, name: &str, kind: i64, parent: Option<&str>, position: usize) -> Object {
    object(json!({"id": id.to_string(), "name": name, "type": kind, "parent_id": parent, "position": position,
        "topic": null, "nsfw": false, "rate_limit_per_user": 0, "permission_overwrites": [], "flags": 0}))
}

fn server(roles: Vec<Object>, channels: Vec<Object>) -> Server {
    let guild =
        json!({"id": GUILD, "name": "Test", "features": ["COMMUNITY"], "rules_channel_id": "777777777777777777"});
    Server::new(guild, vec![roles, Vec::new(), channels])
}

fn text(server: &Server, ids: bool) -> String {
    document::write(&server.in_words(&[ROLES, CHANNELS], ids))
}

fn with_tools<T>(run: impl FnOnce(&mut Tools<'_>) -> T) -> T {
    let now = Now { ms: 1_800_000_000_000, zone: || Ok(TimeZone::UTC) };
    run(&mut Tools { input: &mut Input::default(), now: &now, folder: Path::new("") })
}

/// The plan, or the faults as `LINE: MESSAGE`.
fn plan_of(text: &str, server: &Server, managed: &[AppliedObject], prune: bool) -> Result<Plan, Vec<String>> {
    let in_words = |faults: Vec<document::LineFault>| {
        faults.iter().map(|fault| format!("{}: {}", fault.line, fault.message)).collect::<Vec<_>>()
    };
    let file = Blueprint::parse(text).map_err(in_words)?;
    let matched = Matched::new(&file, server, managed).map_err(in_words)?;
    with_tools(|tools| matched.plan(tools, if prune { managed } else { &[] })).map_err(in_words)
}

fn lines(text: &str, server: &Server) -> Vec<String> {
    let plan = plan_of(text, server, &[], false).unwrap();
    plan.steps.iter().flat_map(super::show::lines).collect()
}

/// The server after an apply, as Discord would change it.
fn apply(text: &str, server: &Server, next_id: u64) -> Server {
    let file = Blueprint::parse(text).unwrap();
    let matched = Matched::new(&file, server, &[]).unwrap();
    let plan = with_tools(|tools| matched.plan(tools, &[])).unwrap();
    let mut references = matched.references.clone();
    let mut objects = server.objects.clone();
    let mut next = next_id;
    for at in 0..SECTIONS.len() {
        for step in plan.steps.iter().filter(|step| step.section == at) {
            let body = with_tools(|tools| matched.body(step, &references, tools));
            match &step.action {
                Action::Create { entry } => {
                    next += 1;
                    let count = objects[at].len();
                    let mut new = match at {
                        ROLES => {
                            for role in objects[at].iter_mut().filter(|role| server::position(role) > 0) {
                                role["position"] = json!(server::position(role) + 1);
                            }
                            role(next, "", 1)
                        }
                        _ => channel(next, "", 0, None, count),
                    };
                    new.extend(body);
                    objects[at].push(new);
                    references.settle(&Matched::placeholder(at, *entry), &next.to_string());
                }
                Action::Edit { id, .. } => {
                    let known = objects[at].iter_mut().find(|object| server::id(object) == id).unwrap();
                    known.extend(body);
                }
                Action::Move { .. } | Action::Delete { .. } => {}
            }
        }
        if plan.orders.contains(&at) {
            let now = Server::new(server.guild.clone(), objects.clone());
            for place in matched.positions(at, &now, &references) {
                let known = objects[at].iter_mut().find(|object| server::id(object) == place.id).unwrap();
                known["position"] = json!(place.position);
            }
        }
    }
    Server::new(server.guild.clone(), objects)
}

fn simple() -> Server {
    let mods = role(101, "Mods", 2);
    let mut staff = channel(203, "staff", 0, Some("201"), 2);
    staff["permission_overwrites"] = json!([{"id": "101", "type": 0, "allow": "1024", "deny": "0"}, {"id": GUILD, "type": 0, "allow": "0", "deny": "1024"}]);
    server(
        vec![everyone(), mods, role(102, "Helpers", 1)],
        vec![
            channel(201, "Team", 4, None, 0),
            channel(202, "general", 0, None, 1),
            staff,
            channel(204, "Lounge", 2, None, 0),
        ],
    )
}

#[test]
fn an_export_needs_no_change_of_its_own_server() {
    let server = simple();
    for ids in [true, false] {
        assert_eq!(lines(&text(&server, ids), &server), [""; 0], "{}", text(&server, ids));
    }
}

#[test]
fn only_what_the_file_names_changes() {
    let server = simple();
    for (file, expected) in [
        ("", vec![]),
        ("[[roles]]\nname = 'Mods'", vec![]),
        (
            "[[roles]]\nname = 'Mods'\ncolor = 'red'\nhoist = true",
            vec!["~ role \"Mods\": color #000000 → #ed4245", "~ role \"Mods\": hoist no → yes"],
        ),
        (
            "[[roles]]\nname = 'Mods'\npermissions = ['send-messages', 'view-channel']",
            vec!["~ role \"Mods\": permissions +send-messages"],
        ),
        (
            "[[channels]]\nname = 'staff'\nparent = ''\ntopic = 'New topic'",
            vec!["~ channel \"staff\": topic none → \"New topic\"", "~ channel \"staff\": parent Team → none"],
        ),
        (
            "[[channels]]\nname = 'staff'\noverwrites = [{ role = 'Mods', deny = ['send-messages'] }]",
            vec![
                "~ channel \"staff\": overwrites +Mods (deny send-messages), -@everyone (deny view-channel), -Mods (allow \
             view-channel)",
            ],
        ),
        ("[[roles]]\nid = '102'\nname = 'Supporters'", vec!["~ role \"Supporters\": name Helpers → Supporters"]),
        (
            "[[roles]]\nname = 'New'\n[[channels]]\nname = 'plans'\nparent = 'Ideas'\n[[channels]]\nname = 'Ideas'\ntype = 'category'",
            vec!["+ role \"New\"", "+ channel \"Ideas\"", "+ channel \"plans\""],
        ),
        (
            "[[roles]]\nname = 'Helpers'\n[[roles]]\nname = 'Mods'",
            vec!["~ role \"Helpers\": place below \"Mods\" → first"],
        ),
        ("[[channels]]\nname = 'General'\n", vec![]),
    ] {
        assert_eq!(lines(file, &server), expected, "{file}");
    }
}

#[test]
fn a_mistake_in_the_file_names_its_line() {
    let mut server = simple();
    server.objects[ROLES].push(role(103, "Twin", 3));
    server.objects[ROLES].push(role(104, "Twin", 4));
    for (file, expected) in [
        ("[[roles]]\nname = 'a'\ncolour = 'red'", vec!["3: there is no key \"colour\"; did you mean \"color\"?"]),
        ("[[role]]\nname = 'a'", vec!["1: there is no key \"role\"; did you mean \"roles\"?"]),
        ("roles = 5", vec!["1: roles must be a list of tables: write [[roles]] above each role"]),
        ("[[roles]]\ncolor = 'red'", vec!["2: the role has no name"]),
        (
            "[[roles]]\nname = 'a'\n[[roles]]\nname = 'a'",
            vec!["4: role \"a\" is in the file twice; the other is in line 2"],
        ),
        ("[[roles]]\nname = 'Twin'", vec!["2: the server has 2 roles named \"Twin\"; give the id of one of them"]),
        (
            "[[roles]]\nname = 'a'\nhoist = 'yes'\ncolor = 'reddish'",
            vec![
                "3: hoist: must be true or false",
                "4: color: \"reddish\" is not a colour (#rrggbb, a number up to 16777215, or a name such as red); did you mean \"red\"?",
            ],
        ),
        (
            "[[roles]]\nname = 'a'\npermissions = ['ban-member']",
            vec!["3: permissions: no permission named \"ban-member\"; did you mean \"ban-members\"?"],
        ),
        (
            "[[channels]]\nname = 'x'\ntype = 'voic'",
            vec![
                "3: type: \"voic\" is not one of text, voice, category, announcement, \
             stage, guild-directory, forum, media; did you mean \"voice\"?",
            ],
        ),
        (
            "[[channels]]\nname = 'x'\nparent = 'Teem'",
            vec!["3: parent: no category is named \"Teem\"; did you mean \"Team\"?"],
        ),
        (
            "[[channels]]\nname = 'x'\noverwrites = [\n  { role = 'Mods' },\n  { rol = 'Mods' },\n]",
            vec![
                "5: overwrites[1].rol: there is no key \"rol\"; did you mean \"role\"?",
                "5: overwrites[1]: needs either role, with the name of a role, or member, with the id of a user",
            ],
        ),
        (
            "[[channels]]\nid = '202'\nname = 'general'\ntype = 'voice'",
            vec!["4: Discord cannot change the type of this channel; create a new one"],
        ),
        ("[[roles]]\nname = 'a'\nname = 'b'", vec!["3: duplicate key"]),
    ] {
        assert_eq!(plan_of(file, &server, &[], false).unwrap_err(), expected, "{file}");
    }
    let long = format!("[[roles]]\nhoist = true\nname = '{}'", "x".repeat(101));
    let fault = plan_of(&long, &server, &[], false).unwrap_err();
    assert_eq!(fault, ["3: name has 101 characters, but must have 1 to 100"]);
}

#[test]
fn a_prune_deletes_only_what_an_earlier_apply_managed() {
    let mut server = simple();
    server.objects[CHANNELS].push(channel(777_777_777_777_777_777, "rules", 0, None, 9));
    server.objects[ROLES].push({
        let mut bot = role(105, "Bot", 5);
        bot["managed"] = json!(true);
        bot
    });
    let managed = |section: usize, id: &str| AppliedObject {
        section: SECTIONS[section].key.to_owned(),
        id: id.to_owned(),
        origin: None,
    };
    let record = [
        managed(ROLES, "101"),
        managed(ROLES, "105"),
        managed(ROLES, GUILD),
        managed(CHANNELS, "202"),
        managed(CHANNELS, "203"),
        managed(CHANNELS, "999"),
        managed(CHANNELS, "777777777777777777"),
    ];
    let file = "[[channels]]\nname = 'general'";
    let plan = plan_of(file, &server, &record, true).unwrap();
    let lines: Vec<String> = plan.steps.iter().flat_map(super::show::lines).collect();
    assert_eq!(lines, ["- channel \"staff\"", "- role \"Mods\""]);
    assert_eq!(plan.notes.len(), 2, "{:?}", plan.notes);
    assert_eq!(plan_of(file, &server, &record, false).unwrap().steps, []);
}

#[test]
fn an_object_that_an_earlier_apply_created_is_found_by_the_id_that_it_has_in_the_file() {
    let record = [AppliedObject { section: "roles".to_owned(), id: "101".to_owned(), origin: Some("555".to_owned()) }];
    let plan = plan_of("[[roles]]\nid = '555'\nname = 'Moderators'", &simple(), &record, false).unwrap();
    let lines: Vec<String> = plan.steps.iter().flat_map(super::show::lines).collect();
    assert_eq!(lines, ["~ role \"Moderators\": name Mods → Moderators"]);
}

/// A server with some of the roles and channels, in any order.
fn some_server() -> impl Strategy<Value = Server> {
    let roles = Just(vec!["Alpha", "Beta", "Gamma", "Delta"])
        .prop_shuffle()
        .prop_flat_map(|names| (0..=names.len()).prop_map(move |count| names[..count].to_vec()));
    let fields = proptest::collection::vec((any::<bool>(), 0_u64..8, 0_usize..4, 0_usize..3), 8);
    let channels = Just(vec!["one", "two", "three", "four", "five"])
        .prop_shuffle()
        .prop_flat_map(|names| (0..=names.len()).prop_map(move |count| names[..count].to_vec()));
    (roles, channels, fields, 100_u64..200).prop_map(|(roles, channels, fields, base)| {
        let mut all = vec![everyone()];
        for (at, name) in roles.iter().enumerate() {
            let mut role = role(base + at as u64, name, at + 1);
            role["hoist"] = json!(fields[at].0);
            role["permissions"] = json!(fields[at].1.to_string());
            all.push(role);
        }
        let categories = ["Cat", "Dog"];
        let mut places: Vec<Object> =
            categories.iter().enumerate().map(|(at, name)| channel(base * 10 + at as u64, name, 4, None, at)).collect();
        for (at, name) in channels.iter().enumerate() {
            let (nsfw, bits, kind, parent) = fields[at];
            let parent = categories.get(parent).map(|_| (base * 10 + parent as u64).to_string());
            let kind = if kind == 0 { 2 } else { 0 };
            let mut channel = channel(base * 100 + at as u64, name, kind, parent.as_deref(), at);
            channel["nsfw"] = json!(nsfw);
            if let Some(role) = all.get(fields[at].2).filter(|_| bits > 0) {
                channel["permission_overwrites"] =
                    json!([{"id": role["id"], "type": 0, "allow": "0", "deny": bits.to_string()}]);
            }
            places.push(channel);
        }
        server(all, places)
    })
}

/// The positions, which are the only thing that a file does not have.
fn without_ids(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("id = ")).map(|line| line.to_owned() + "\n").collect()
}

proptest! {
    #[test]
    fn after_an_apply_the_server_matches_the_file(a in some_server(), b in some_server(), ids in any::<bool>()) {
        let file = text(&b, ids);
        // A channel of another type has to be created anew, and its name is then ambiguous for a person.
        let is_of_one_type = |channel: &Object| {
            b.objects[CHANNELS].iter().all(|other| {
                let is_other = server::name(other) != server::name(channel) && server::id(other) != server::id(channel);
                is_other || server::kind(other) == server::kind(channel)
            })
        };
        prop_assume!(a.objects[CHANNELS].iter().all(is_of_one_type));
        let after = apply(&file, &a, 5000);
        prop_assert_eq!(lines(&file, &after), Vec::<String>::new(), "{}\n{}", file, text(&after, true));
        // An apply to a server without anything gives the server of the file.
        let empty = server(vec![everyone()], Vec::new());
        let made = apply(&file, &empty, 7000);
        prop_assert_eq!(without_ids(&text(&made, true)), without_ids(&text(&b, true)));
    }
}
