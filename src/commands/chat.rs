//! Shows messages as a chat, for the commands that read messages.

use serde_json::Value;
use serde_json::value::RawValue;

use crate::call::bind::Values;
use crate::catalogue::{Endpoint, Method};
use crate::context::{Context, stdout_style};
use crate::error::Result;
use crate::model::{Clock, Link};
use crate::output::Prose;
use crate::view::Names;
use crate::view::chat::{Chat, Look, newest_first};

/// Up to this many messages are collected and printed in chronological order. Longer lists are printed in the order
/// in which the messages arrive.
const MOST: u64 = 1000;

/// The chat for an endpoint's responses, if the endpoint reads messages and the output is for people.
pub fn of(context: &Context, endpoint: &Endpoint, values: &Values) -> Result<Option<Box<dyn Prose>>> {
    let reads_messages = endpoint.method == Method::Get && endpoint.link == Some(Link::Message);
    let most = if values.all { None } else { values.limit.or(Some(MOST)) };
    if reads_messages { of_messages(context, most, !endpoint.path.contains("{channel_id}")) } else { Ok(None) }
}

/// The chat for at most so many messages, if the output is for people. `channels` is whether they are from several channels.
pub fn of_messages(context: &Context, most: Option<u64>, channels: bool) -> Result<Option<Box<dyn Prose>>> {
    if !context.prints_prose() {
        return Ok(None);
    }
    let (color, width) = stdout_style();
    Ok(Some(Box::new(Messages {
        chat: Chat::new(Look { width, color, channels }, context.zone()?),
        names: context.own_names(),
        clock: context.clock.clone(),
        gathered: most.is_some_and(|most| most <= MOST).then(Vec::new),
        is_first: true,
    })))
}

struct Messages {
    chat: Chat,
    names: Names<'static>,
    clock: Clock,
    /// The messages collected so far, which are printed at the end; `None` if messages are printed as they arrive.
    gathered: Option<Vec<Value>>,
    is_first: bool,
}

impl Prose for Messages {
    fn items(&mut self, items: &[&RawValue], to: &mut String) {
        let items: Vec<Value> = items.iter().filter_map(|item| serde_json::from_str(item.get()).ok()).collect();
        // Learns the names of all items first, because a message may mention the author of another one.
        items.iter().for_each(|item| self.names.learn(item));
        if let Some(gathered) = &mut self.gathered {
            gathered.extend(items);
            return;
        }
        if std::mem::take(&mut self.is_first) && newest_first(&items) {
            self.chat.remark("newest message first", to);
        }
        items.iter().for_each(|item| self.chat.push(item, &self.names, self.clock.wall_ms(), to));
    }

    fn end(&mut self, to: &mut String) {
        let Some(mut items) = self.gathered.replace(Vec::new()) else { return };
        if newest_first(&items) {
            items.reverse();
        }
        items.iter().for_each(|item| self.chat.push(item, &self.names, self.clock.wall_ms(), to));
    }
}
