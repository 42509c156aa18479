//! A message in one text: its content, or in a few words what it has instead.

use serde_json::Value;

use crate::catalogue::answers;

/// The content of a message; for a message without one its embed, files, stickers, poll or the event that it reports.
pub fn of(message: &Value) -> String {
    let content = message["content"].as_str().unwrap_or_default();
    if !content.is_empty() {
        return content.to_owned();
    }
    let items = |name: &str| message[name].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut parts = Vec::new();
    for embed in items("embeds") {
        let text = ["title", "description", "url"].into_iter().find_map(|name| embed[name].as_str());
        let text = text.or_else(|| embed["author"]["name"].as_str()).unwrap_or_default();
        parts.push(format!("[embed] {text}").trim_end().to_owned());
    }
    match items("attachments") {
        [] => {}
        [file] => parts.push(format!("[file] {}", file["filename"].as_str().unwrap_or_default())),
        files => parts.push(format!("[{} files]", files.len())),
    }
    for sticker in items("sticker_items") {
        parts.push(format!("[sticker] {}", sticker["name"].as_str().unwrap_or_default()));
    }
    if let Some(question) = message["poll"]["question"]["text"].as_str() {
        parts.push(format!("[poll] {question}"));
    }
    for snapshot in items("message_snapshots") {
        parts.push(format!("[forwarded] {}", of(&snapshot["message"])));
    }
    if parts.is_empty() && !items("components").is_empty() {
        parts.push("[components]".to_owned());
    }
    if parts.is_empty()
        && let Some(event) = answers::MESSAGE_TYPES.iter().find(|choice| choice.value.is(&message["type"]))
        && !matches!(event.name, "default" | "reply")
    {
        parts.push(format!("[{}]", event.name.replace('-', " ")));
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_without_content_says_what_it_has() {
        for (message, expected) in [
            (json!({"content": "hello", "embeds": [{"title": "x"}]}), "hello"),
            (json!({"content": "", "embeds": [{"title": "Build failed"}]}), "[embed] Build failed"),
            (json!({"content": "", "embeds": [{}]}), "[embed]"),
            (json!({"content": "", "attachments": [{"filename": "a.png"}]}), "[file] a.png"),
            (json!({"content": "", "attachments": [{}, {}]}), "[2 files]"),
            (json!({"content": "", "poll": {"question": {"text": "Lunch?"}}}), "[poll] Lunch?"),
            (json!({"content": "", "message_snapshots": [{"message": {"content": "news"}}]}), "[forwarded] news"),
            (json!({"content": "", "type": 7}), "[user join]"),
            (json!({"content": "", "type": 0}), ""),
        ] {
            assert_eq!(of(&message), expected, "{message}");
        }
    }
}
