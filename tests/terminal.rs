//! What a person sees on a terminal.

use serde_json::json;

use crate::support::{Embedded, Recorder, Reply, World, without_codes};

#[test]
fn on_a_terminal_a_list_is_a_table_in_colour_and_a_question_takes_the_typed_answer() {
    let server = Recorder::answering(|_| Reply::ok(&json!([{"id": "1145000000000000001", "name": "Moderators"}])));
    let shown = World::at(&server).show(80, ["role", "list", "1145000000000000002"]);
    assert_eq!(shown.status, Some(0), "{shown}");
    assert!(shown.stdout.contains('\x1b') && without_codes(&shown.stdout).contains("Moderators"), "{shown}");
    let world = World::at(&server);
    let mut command = world.command();
    command.args(["role", "delete", "1145000000000000002", "1145000000000000001"]);
    let shown = world.show_command(80, command, "n\n");
    assert_eq!(shown.status, Some(10), "{shown}");
}

#[test]
fn a_list_from_the_sandbox_is_shown_without_escape_codes_where_no_color_is_set() {
    let mut world = Embedded::new();
    world.set("NO_COLOR", "1");
    let shown = world.show(80, &["channel", "list", &world.guild()]);
    assert_eq!(shown.status, Some(0), "{shown}");
    assert!(shown.stdout.contains("general"), "{shown}");
    assert_eq!(without_codes(&shown.stdout), shown.stdout);
}
