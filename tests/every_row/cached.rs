//! A command has `--cached` if its answer is stored. All other commands say that it is not.

use dcord::catalogue::Method;
use serde_json::{Value, json};

use super::call::{Call, Way};
use super::{Bench, every_row, row_of};
use crate::support::{Recorded, Recorder, Reply, WEBHOOK_TOKEN, World};

#[test]
fn a_command_has_cached_only_if_its_answer_is_stored() {
    every_row(|row, _| {
        if row.1.method != Method::Get || row.1.is_local() {
            return Ok(());
        }
        let server = Recorder::answering(answer);
        let bench = Bench { world: World::at(&server), server };
        // This request records the user of the token in the cache.
        let own = bench.world.run(["user", "get-me"]);
        let mut call = Call::new(row, Way::Required, 0, &bench.world);
        let asked = bench.run(&call);
        let help = bench.world.run([row.0.name, row.1.verb, "--help"]).stdout;
        call.args.push("--offline".to_owned());
        let outcome = bench.run(&call);
        let sent = bench.server.take();
        let problem = |text: &str| Err(format!("{}: {text}\n{own}\n{asked}\n{outcome}\n{sent:#?}", call.shown()));
        if asked.status != Some(0) {
            return problem("it failed");
        }
        if !sent.is_empty() {
            return problem("--offline sent a request");
        }
        let (offers_cached, offers_offline) = (help.contains("--cached"), help.contains("--offline "));
        if offers_cached != offers_offline {
            return problem("the help has one of --cached and --offline");
        }
        let says_so = outcome.status == Some(10) && outcome.stderr.contains("dcord does not store the result of");
        match (offers_cached, outcome.status == Some(0)) {
            (true, true) => Ok(()),
            (true, false) => problem("the cache did not answer"),
            (false, _) if says_so => Ok(()),
            (false, _) => problem("it does not say that the answer is not stored"),
        }
    });
}

/// Returns an answer whose objects have the last id of the path under every name that Discord uses for ids.
fn answer(request: &Recorded) -> Reply {
    let path = request.path();
    let id = match path {
        "/users/@me" => "880000000000000009",
        // A secret in the path must not be printed.
        _ => path.rsplit('/').find(|step| *step != WEBHOOK_TOKEN).unwrap(),
    };
    let guild = path.split('/').skip_while(|step| *step != "guilds").nth(1).unwrap_or("1");
    let mut object = json!({
        "id": id, "code": id, "sound_id": id, "user_id": id, "channel_id": id, "guild_id": guild,
        "name": "a name", "permissions": "0", "features": [], "icon": null, "banner": null, "owner": false,
        "roles": [], "emojis": [], "stickers": [], "type": 0, "content": "a text", "mfa_enabled": true,
        "user": {"id": id, "username": "a_name"}, "author": {"id": id, "username": "a_name"},
        "application": {"id": id}, "bot": {"id": id},
    });
    if let Some(channel) = path.strip_prefix("/channels/").and_then(|rest| rest.split_once('/')) {
        object["channel_id"] = channel.0.into();
    }
    match row_of(request) {
        Some(row) if row.list => match row.items {
            Some(field) => Reply::ok(&json!({field: []})),
            None => Reply::ok(&Value::Array(Vec::new())),
        },
        _ => Reply::ok(&object),
    }
}
