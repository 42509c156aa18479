//! Hides a channel from everyone except the roles and members in `--private-to`.

use serde_json::{Value, json};

use super::Error;
use super::names::Names;
use super::values::Values;
use crate::catalogue::Param;
use crate::model::permission::{self, VIEW_CHANNEL};
use crate::rest::{Request, Text};

const PRIVATE_TO: &str = "private-to";
const OVERWRITES: &str = "permission_overwrites";

/// Discord's types of permission overwrites.
const ROLE: u8 = 0;
const MEMBER: u8 = 1;

/// Whether [`Private`] reads the parameter.
pub fn is_about_privacy(param: &Param) -> bool {
    param.name == PRIVATE_TO
}

/// The server, and the mentions of the roles and members that can view the channel. Names are placeholders until
/// their ids are known.
#[derive(Clone, Debug)]
pub struct Private {
    guild: String,
    mentions: Vec<String>,
}

impl Private {
    /// Reads `--private-to`; `None` if it is not given.
    pub fn read(values: &Values, request: &Request, names: &mut Names) -> Result<Option<Self>, Error> {
        let field = values.fields.iter().find(|field| is_about_privacy(field.param));
        let (Some(field), Some(Text::Plain(guild))) = (field, request.segment("guild_id")) else { return Ok(None) };
        // Without an overwrite of its own, the bot could not view the channel that it creates.
        let mut mentions = vec![names.role_or_member(&field.flag, "@me")?];
        for name in field.texts.iter().flat_map(|text| text.split(',')) {
            mentions.push(names.role_or_member(&field.flag, name.trim())?);
        }
        Ok(Some(Self { guild: guild.clone(), mentions }))
    }

    /// Adds the permissions to the overwrites in a body whose names are already known.
    pub fn apply(&self, names: &Names, root: &mut Value) {
        let fill = |text: &str| {
            let mut text = text.to_owned();
            names.fill(&mut text);
            text
        };
        allow(root, &fill(&self.guild), ROLE, false);
        for mention in &self.mentions {
            let mention = fill(mention);
            // In a dry run, a name that is not known stays `{name}`; most are those of roles.
            let is_user = mention.starts_with("<@") && !mention.starts_with("<@&") || mention == "{@me}";
            let kind = if is_user { MEMBER } else { ROLE };
            allow(root, mention.trim_matches(['<', '@', '&', '>']), kind, true);
        }
    }
}

/// Allows or denies a role or member to view the channel, and keeps the other permissions of the overwrite with this id.
fn allow(root: &mut Value, id: &str, kind: u8, is_allowed: bool) {
    if !root[OVERWRITES].is_array() {
        root[OVERWRITES] = json!([]);
    }
    let Some(list) = root[OVERWRITES].as_array_mut() else { return };
    let at = list.iter().position(|known| known["id"] == id).unwrap_or_else(|| {
        list.push(json!({"id": id, "type": kind}));
        list.len() - 1
    });
    let Some(overwrite) = list[at].as_object_mut() else { return };
    for (name, is_set) in [("allow", is_allowed), ("deny", !is_allowed)] {
        let bits = overwrite.get(name).map_or(0, permission::bits);
        let bits = if is_set { bits | VIEW_CHANNEL } else { bits & !VIEW_CHANNEL };
        if bits != 0 || overwrite.contains_key(name) {
            overwrite.insert(name.to_owned(), bits.to_string().into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overwrite_with_the_same_id_keeps_its_other_permissions() {
        let mut root = json!({"permission_overwrites": [{"id": "1", "type": 0, "allow": "1024", "deny": "2048"}]});
        allow(&mut root, "1", ROLE, false);
        allow(&mut root, "2", MEMBER, true);
        assert_eq!(
            root["permission_overwrites"],
            json!([{"id": "1", "type": 0, "allow": "0", "deny": "3072"}, {"id": "2", "type": 1, "allow": "1024"}])
        );
    }
}
