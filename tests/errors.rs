//! What goes wrong, with its status, its line and its hint.

use super::support::{Recorder, World};

#[test]
fn a_message_that_is_too_long_is_not_sent() {
    let server = Recorder::new();
    let outcome = World::at(&server).run(["message", "send", "1", &"x".repeat(2001)]);
    insta::assert_snapshot!(outcome, @r"
    exit: 9
    --- stderr
    error: content is 2001 characters long, but takes at most 2000
      hint: change the value, or send it as it is with --no-validate
    ");
    assert!(server.take().is_empty());
}
