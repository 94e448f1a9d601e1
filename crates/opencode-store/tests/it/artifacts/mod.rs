//! Artifacts: one suite, wherever their bytes are.

mod bench;
mod cases;
mod faults;
mod folder;
mod index;
mod s3_only;
mod support;
mod watched;

/// Runs every case in memory, in a folder and against a real S3.
macro_rules! suite {
    ($($module:ident :: $case:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                super::cases::$module::$case(super::bench::Bench::in_memory().await).await;
            })*
        }
        mod local {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                super::cases::$module::$case(super::bench::Bench::in_folder().await).await;
            })*
        }
        mod s3 {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                let Some(bench) = super::bench::Bench::in_bucket().await else { return };
                super::cases::$module::$case(bench).await;
            })*
        }
    };
}

suite! {
    naming::g21_same_bytes_are_stored_once,
    naming::g21_the_last_write_wins,
    naming::g21_attaching_twice_changes_nothing,
    naming::g21_trust_is_not_inherited,
    naming::what_was_expected_has_to_be_there,
    naming::a_name_is_taken_away,
    naming::names_are_any_text,
    naming::what_runs_scripts_is_not_shown,
    streams::twenty_megabytes_are_not_held,
    streams::the_cap_is_kept,
    streams::an_upload_that_fails_leaves_nothing,
    streams::an_upload_that_is_dropped_names_nothing,
    streams::nothing_is_something_too,
    damage::flipped_bytes_are_noticed,
    damage::truncated_bytes_are_noticed,
    damage::missing_bytes_are_noticed,
    damage::bytes_that_come_back_heal_what_was_lost,
    races::one_of_many_is_first,
    races::many_uploads_of_the_same_bytes_leave_one_object,
    races::a_reader_has_all_of_one_version,
    races::a_sweep_never_takes_bytes_that_get_a_name,
    sweeps::old_leftovers_are_deleted_and_young_ones_kept,
    sweeps::bytes_without_a_name_outlive_the_grace_only,
    sweeps::bytes_that_were_asked_for_are_kept,
    sweeps::a_long_sweep_is_done_in_pieces,
    sweeps::two_sweeps_do_not_disturb_each_other,
}
