use super::*;
use crate::cache::answer::{self, Answer};
use crate::cache::listener::ListenerLock;
use crate::cache::{Change, Observation};

const NOW: i64 = 1_700_000_000_000;

fn cache() -> (tempfile::TempDir, Cache) {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(folder.path(), "scope").unwrap();
    (folder, cache)
}

fn row(operation: &str) -> &'static Endpoint {
    catalogue::operation(operation).unwrap()
}

fn answered(cache: &mut Cache, now_ms: i64, operation: &str, items: Option<&str>, body: &str) {
    let segment = |name: &str| (name == "guild_id").then(|| "7".to_owned());
    let answer = Answer {
        effects: row(operation).effects,
        segment: &segment,
        me: None,
        items,
        body: body.as_bytes(),
        complete: true,
        deleted: &[],
    };
    cache.apply(Observation::answer(now_ms), now_ms, &answer::changes(&answer).unwrap()).unwrap();
}

const CHANNELS: &str = r#"[{"id":"1","name":"general","type":0},{"id":"2","name":"General","type":4},
    {"id":"3","name":"gentle","type":0},{"id":"4","name":"news","type":5}]"#;

fn channels(cache: &mut Cache, now_ms: i64) {
    answered(cache, now_ms, "list_guild_channels", None, CHANNELS);
    answered(
        cache,
        now_ms,
        "get_active_guild_threads",
        Some("threads"),
        r#"{"threads":[{"id":"5","name":"plan","type":11}]}"#,
    );
}

fn step(cache: &Cache, entity: Entity, text: &str, exact: bool, now_ms: i64) -> Result<Step, String> {
    look(cache, &Name { entity, text, exact }, Some(7), &[], now_ms).map_err(|error| error.to_string())
}

fn id(id: &str) -> Result<Step, String> {
    Ok(Step::Found(id.to_owned()))
}

fn asks(step: Result<Step, String>, operation: &str) {
    assert!(matches!(&step, Ok(Step::Fetch(fetch)) if fetch.row.operation == operation), "{step:?}");
}

#[test]
fn a_whole_name_resolves_for_all_commands_and_its_beginning_only_for_reads() {
    let (_folder, mut cache) = cache();
    asks(step(&cache, Entity::Channel, "#news", true, NOW), "list_guild_channels");
    channels(&mut cache, NOW);
    assert_eq!(step(&cache, Entity::Channel, "#NEWS", true, NOW), id("4"));
    assert_eq!(step(&cache, Entity::Channel, "#general", true, NOW), id("1"), "a category has no #");
    assert_eq!(step(&cache, Entity::Channel, "plan", true, NOW), id("5"));
    assert_eq!(step(&cache, Entity::Channel, "ne", false, NOW), id("4"));
    let error = step(&cache, Entity::Channel, "ne", true, NOW).unwrap_err();
    assert_eq!(error, r#"no channel named "ne"; did you mean "news"?"#);
    let error = step(&cache, Entity::Channel, "#gen", false, NOW).unwrap_err();
    assert_eq!(error, r#"several channels are named "gen": 1 general, 3 gentle"#);
    let error = step(&cache, Entity::Channel, "general", true, NOW).unwrap_err();
    assert_eq!(error, r#"several channels are named "general": 1 general, 2 General"#);
    let error = step(&cache, Entity::Channel, "#genral", true, NOW).unwrap_err();
    assert!(error.starts_with(r#"no channel named "genral"; did you mean "general""#), "{error}");
}

#[test]
fn a_command_that_changes_something_needs_an_up_to_date_row() {
    let (folder, mut cache) = cache();
    channels(&mut cache, NOW);
    let later = NOW + FRESH_MS + 1;
    assert_eq!(step(&cache, Entity::Channel, "news", false, later), id("4"));
    asks(step(&cache, Entity::Channel, "news", true, later), "list_guild_channels");
    asks(step(&cache, Entity::Channel, "nobody", false, later), "list_guild_channels");
    // A listener that has observed the channels during its session keeps them up to date.
    let lock = ListenerLock::take(folder.path(), NOW).unwrap();
    let listener = lock.listener((0, 1), 1);
    cache.apply(Observation::event(NOW - 1), later, &[Change::Ready(listener)]).unwrap();
    cache.apply(Observation::event(later), later, &[Change::Alive(listener)]).unwrap();
    assert_eq!(step(&cache, Entity::Channel, "news", true, later), id("4"));
    assert!(step(&cache, Entity::Channel, "nobody", true, later).is_err());
}

#[test]
fn members_are_fetched_by_name_and_several_are_an_error() {
    let (_folder, mut cache) = cache();
    let members = r#"[{"user":{"id":"1","username":"alice"}},{"nick":"Alice","user":{"id":"2","username":"bob"}},
                      {"user":{"id":"3","username":"carol","global_name":"The Carol"}}]"#;
    answered(&mut cache, NOW, "search_guild_members", None, members);
    asks(step(&cache, Entity::User, "@carol", true, NOW), "search_guild_members");
    assert_eq!(step(&cache, Entity::User, "@the carol", false, NOW), id("3"));
    let name = Name { entity: Entity::User, text: "@alice", exact: true };
    let error = look(&cache, &name, Some(7), &[row("search_guild_members")], NOW).unwrap_err();
    assert_eq!(error.to_string(), r#"several users are named "alice": 1 alice, 2 bob (Alice)"#);
    let name = Name { text: "@carol", ..name };
    assert_eq!(look(&cache, &name, Some(7), &[row("search_guild_members")], NOW).unwrap(), Step::Found("3".to_owned()));
}

#[test]
fn an_emoji_resolves_to_its_name_and_id_and_a_server_needs_no_guild() {
    let (_folder, mut cache) = cache();
    answered(&mut cache, NOW, "list_guild_emojis", None, r#"[{"id":"9","name":"blobWave"}]"#);
    assert_eq!(step(&cache, Entity::Emoji, ":blobwave:", true, NOW), id("blobWave:9"));
    asks(step(&cache, Entity::Guild, "My Guild", true, NOW), "list_my_guilds");
    answered(&mut cache, NOW, "list_my_guilds", None, r#"[{"id":"7","name":"My Guild"}]"#);
    assert_eq!(step(&cache, Entity::Guild, "my guild", true, NOW), id("7"));
}

#[test]
fn only_entities_with_lists_have_names() {
    assert!(has_names(Entity::Channel) && !has_names(Entity::Message) && !has_names(Entity::Invite));
}

fn suggested(cache: &Cache, entity: Entity, typed: &str, guild: Option<u64>) -> Vec<String> {
    suggest(cache, entity, typed, guild, 50).unwrap().into_iter().map(|suggestion| suggestion.text).collect()
}

#[test]
fn a_suggestion_resolves_to_its_object() {
    let (_folder, mut cache) = cache();
    channels(&mut cache, NOW);
    answered(&mut cache, NOW, "list_guild_roles", None, r#"[{"id":"7","name":"@everyone"},{"id":"70","name":"Mods"}]"#);
    let ids = ["300000000000000001", "300000000000000002", "300000000000000003", "300000000000000004"];
    let members = format!(
        r#"[{{"user":{{"id":"{}","username":"alice","global_name":"Alice"}}}},
            {{"nick":"Mods","user":{{"id":"{}","username":"bob"}}}},
            {{"nick":"bob:300000000000000001","user":{{"id":"{}","username":"carl"}}}},
            {{"user":{{"id":"{}","username":"dan","global_name":"Bob"}}}}]"#,
        ids[0], ids[1], ids[2], ids[3]
    );
    answered(&mut cache, NOW, "search_guild_members", None, &members);
    assert_eq!(suggested(&cache, Entity::Channel, "#GEN", Some(7)), ["#general", "#gentle"]);
    assert_eq!(suggested(&cache, Entity::Channel, "gent", Some(7)), ["gentle"]);
    assert_eq!(suggested(&cache, Entity::Channel, "", Some(7)).last().unwrap(), "#plan");
    assert_eq!(suggested(&cache, Entity::Role, "@", Some(7)), ["@everyone", "@Mods"]);
    assert_eq!(suggested(&cache, Entity::Role, "@E", Some(7)), ["@everyone"]);
    assert_eq!(suggested(&cache, Entity::User, "@al", Some(7)), ["@alice"], "two names of one member");
    // Ambiguous names, and a name that would be parsed as the id of another object.
    let bobs = suggested(&cache, Entity::User, "@bob", Some(7));
    assert_eq!(bobs.len(), 3);
    for (name, id) in [("@bob", ids[1]), ("@Bob", ids[3]), ("@bob:300000000000000001", ids[2])] {
        let text = format!("{name}:{id}");
        assert!(bobs.contains(&text), "{bobs:?}");
        assert_eq!(labelled_id(&text).unwrap().to_string(), id);
    }
    assert_eq!(suggested(&cache, Entity::User, "@bob:3000000000000000", Some(7)).len(), 3);
    assert_eq!(suggested(&cache, Entity::Any, "@mo", Some(7)), ["70", "@Mods:300000000000000002"]);
    // Without a guild, each suggestion has its id.
    assert!(suggested(&cache, Entity::User, "@alice", None) == [format!("@alice:{}", ids[0])]);
}

#[test]
fn a_member_with_a_unique_name_is_found_in_any_guild() {
    let (_folder, mut cache) = cache();
    let put = |cache: &mut Cache, guild: &str, id: &str, name: &str| {
        let body = format!(r#"[{{"user":{{"id":"{id}","username":"{name}"}}}}]"#);
        let segment = |of: &str| (of == "guild_id").then(|| guild.to_owned());
        let answer = Answer {
            effects: row("search_guild_members").effects,
            segment: &segment,
            me: None,
            items: None,
            body: body.as_bytes(),
            complete: true,
            deleted: &[],
        };
        cache.apply(Observation::answer(NOW), NOW, &answer::changes(&answer).unwrap()).unwrap();
    };
    put(&mut cache, "7", "1", "alice");
    put(&mut cache, "8", "1", "alice");
    put(&mut cache, "8", "2", "bob");
    put(&mut cache, "7", "3", "bob");
    assert!(guild_of_person(&cache, "@alice").unwrap().is_some(), "one user in two guilds");
    assert_eq!(guild_of_person(&cache, "@nobody").unwrap(), None);
    let error = guild_of_person(&cache, "@bob").unwrap_err().to_string();
    assert!(error.starts_with(r#"several users are named "bob": "#), "{error}");
}

#[test]
fn a_name_may_begin_with_digits_and_a_mistyped_id_is_not_a_name() {
    assert!(is_name("1st server") && is_name("2026-plans"));
    assert!(!is_name("12345678901234567a") && !is_name(""));
    assert_eq!(labelled_id("general:5"), None, "ids are longer");
    assert_eq!(labelled_id(":222222222222222222"), None);
}

#[test]
fn every_kind_of_entity_that_has_names_has_a_row_that_lists_them() {
    use Entity::{
        AutomodRule, Ban, Channel, Command, Emoji, Event, Guild, Integration, Role, Sound, Sticker, User, Webhook,
    };
    let entities =
        [AutomodRule, Ban, Channel, Command, Emoji, Event, Guild, Integration, Role, Sound, Sticker, User, Webhook];
    for entity in entities.into_iter().chain([Entity::Any]) {
        assert!(has_names(entity), "{entity:?}");
        for kind in kinds(entity) {
            let row = catalogue::names_of(*kind, is_in_guild(entity)).unwrap_or_else(|| panic!("{kind}"));
            assert!(row.deprecated.is_none() && row.list, "{}", row.operation);
            assert!(row.finds_by.is_none_or(|param| row.param(param).is_some()), "{}", row.operation);
            let of_app = catalogue::names_of(*kind, false).filter(|_| is_in_guild(entity));
            assert_eq!(of_app.is_some(), has_app(entity), "{kind}");
        }
    }
}
