//! What holds for both databases when something goes wrong. Each case is run by a test of each database.

pub(crate) mod before_migrating;
pub(crate) mod concurrent_migrations;
pub(crate) mod dropped;
mod dropped_calls;
pub(crate) mod skew;
pub(crate) mod upgrades;
pub(crate) mod versions;

/// Makes a test of every case on a place.
macro_rules! tests {
    ($place:path; $($module:ident: $($case:ident),+;)+) => {$(
        mod $module {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $case() {
                let Some(place) = $place().await else { return };
                crate::store::$module::$case(&place).await;
            }
        )+}
    )+};
}
pub(crate) use tests;

/// Makes a test of every case on a place.
macro_rules! all_tests {
    ($place:path) => {
        crate::store::tests! { $place;
            before_migrating: every_call_says_that_tables_are_missing, a_call_says_that_a_column_is_missing;
            concurrent_migrations: many_at_once_migrate_an_empty_database,
                many_at_once_migrate_an_earlier_version;
            dropped: an_admission_is_whole_or_not_there, an_append_is_whole_or_not_there,
                a_snapshot_is_whole_or_not_there, an_end_is_whole_or_not_there, a_claim_is_whole_or_not_there,
                an_attempt_to_mint_is_whole_or_not_there, a_name_is_whole_or_not_there;
            skew: a_stolen_lease_is_refused_everywhere, a_lease_in_the_future_is_stolen_by_nobody_behind,
                turns_keep_their_order, no_turn_ends_twice;
            upgrades: every_earlier_version_is_brought_up_to_date_with_its_rows;
            versions: a_newer_version_is_refused, a_step_that_was_taken_in_another_form_is_refused,
                a_step_is_taken_once, a_column_of_a_newer_version_disturbs_nobody;
        }
    };
}
pub(crate) use all_tests;
