use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::view::json::any_json;

/// 2026-05-28 20:26:40 UTC.
const NOW: i64 = 1_780_000_000_000;

fn chat(width: usize, messages: &[Value]) -> String {
    let mut chat = Chat::new(Look { width, color: false, channels: false }, TimeZone::UTC);
    let mut to = String::new();
    for message in messages {
        chat.push(message, &Names::none(), NOW, &mut to);
    }
    to
}

fn message(id: u32, author: &str, at: &str, content: &str) -> Value {
    json!({
        "id": format!("11450000000000000{id:02}"), "type": 0, "channel_id": "2", "timestamp": format!("{at}+00:00"),
        "author": {"id": author, "username": author}, "content": content,
    })
}

#[test]
fn messages_of_one_person_share_a_header_and_each_shows_its_id() {
    let reply = json!({
        "id": "1145000000000000004", "type": 19, "channel_id": "2", "timestamp": "2026-05-28T20:11:30+00:00",
        "author": {"id": "bob", "username": "bob"}, "content": "Fine.",
        "message_reference": {}, "referenced_message": message(1, "ada", "2026-05-27T12:00:00", "Shall we meet at noon?"),
    });
    let messages = [
        message(
            1,
            "ada",
            "2026-05-27T12:00:00",
            "Shall we meet at noon, by the old mill? I bring bread, cheese and the plans.",
        ),
        message(2, "bob", "2026-05-28T20:10:00", "one"),
        message(3, "bob", "2026-05-28T20:11:00", "two"),
        reply,
        message(5, "bob", "2026-05-28T20:20:00", "three\n\nfour"),
    ];
    insta::assert_snapshot!(chat(70, &messages), @r"
    ada  2026-05-27 12:00
      Shall we meet at noon, by the old mill? I bring  1145000000000000001
      bread, cheese and the plans.

    bob  20:10
      one                                              1145000000000000002
      two                                              1145000000000000003

    bob  20:11
      ↳ ada: Shall we meet at noon?                    1145000000000000004
      Fine.

    bob  20:20
      three                                            1145000000000000005

      four
    ");
    insta::assert_snapshot!(chat(40, &messages[..3]), @r"
    ada  2026-05-27 12:00
      Shall we meet at noon, by the old
      mill? I bring bread, cheese and the
      plans.
      1145000000000000001

    bob  20:10
      one
      1145000000000000002
      two
      1145000000000000003
    ");
}

#[test]
fn a_pin_shows_the_time_of_pinning() {
    let pin =
        json!({"pinned_at": "2026-05-28T20:12:00+00:00", "message": message(1, "ada", "2026-05-27T12:00:00", "x")});
    insta::assert_snapshot!(chat(60, &[pin]), @r"
    ada  2026-05-27 12:00  pinned 20:12
      x                                      1145000000000000001
    ");
}

proptest! {
    #[test]
    fn no_message_contains_control_characters_or_exceeds_the_width(message in any_json(), width in 0_usize..200, color: bool) {
        let mut chat = Chat::new(Look { width, color, channels: true }, TimeZone::UTC);
        let mut to = String::new();
        chat.push(&message, &Names::none(), NOW, &mut to);
        chat.push(&message, &Names::none(), NOW, &mut to);
        crate::view::json::check_lines(&to, width.clamp(NARROWEST, WIDEST), color)?;
    }
}
