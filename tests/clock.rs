//! The time of day, which may be set while dcord runs.

use super::support::World;

#[test]
fn the_time_of_day_of_a_debug_build_can_be_set_for_a_test_and_that_of_a_release_build_cannot() {
    let now_ms = |offset: &str| {
        let world = World::new().env("DCORD_TEST_CLOCK", offset);
        let id = world.run(["snowflake", "now", "--jq", ".unix_ms"]);
        assert_eq!(id.status, Some(0), "{id}");
        id.stdout.trim().parse::<u64>().unwrap()
    };
    const DAY_MS: u64 = 24 * 3600 * 1000;
    assert_eq!(now_ms("+48h") - now_ms("+0s") > DAY_MS, cfg!(debug_assertions));
}

#[test]
fn the_clock_of_a_test_is_no_setting_of_users() {
    let help = World::new().run(["help", "environment"]);
    assert_eq!(help.status, Some(0), "{help}");
    assert!(help.stdout.contains("DCORD_STATE_DIR") && !help.stdout.contains("DCORD_TEST_CLOCK"), "{help}");
}
