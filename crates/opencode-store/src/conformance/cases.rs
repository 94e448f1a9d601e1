//! The list of all cases, as tests.

/// Makes a test of every case of the [suite](crate::conformance), in a module for each area.
///
/// It takes the name of an `async fn() -> Fixture` that is in scope, and is called once for each case.
#[macro_export]
macro_rules! conformance_tests {
    ($fixture:ident) => {
        $crate::__conformance_tests! {
            $fixture
            sessions {
                an_unknown_session_is_none
                one_of_many_claims_an_unbound_subject
                a_finished_mint_is_bound
                another_agent_is_another_session
                finishing_again_says_the_same
                a_late_mint_that_nobody_took_is_bound
                watchers_of_a_session_are_woken
                a_late_minter_loses_and_is_noted
                a_forgotten_attempt_is_not_bound
                a_cancelled_mint_lets_others_try
                a_late_cancel_frees_nothing
                unfinished_attempts_are_swept_after_the_grace
                an_attempt_is_handed_to_one_sweeper_at_a_time
                recreating_converges
                a_replaced_session_is_noted_with_its_directory
                other_permissions_are_the_same_session
                a_deleted_session_is_noted
                a_subject_that_was_deleted_is_not_bound
                a_late_status_changes_nothing
                b09_crashed_and_closed_sessions_are_used_again
            }
        }
    };
}

/// One test for each name.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    ($fixture:ident $($area:ident { $($case:ident)* })*) => {
        $crate::__conformance_tests! { @areas $fixture $([$area $($case)*])* }
    };
    (@areas $fixture:ident $([$area:ident $($case:ident)*])*) => {
        $($crate::__conformance_tests! { @area $fixture $area $($case)* })*
    };
    (@area $fixture:ident $area:ident $($case:ident)*) => {
        mod $area {
            use super::$fixture as fixture;
            $($crate::__conformance_tests! { @case $area $case })*
        }
    };
    (@case $area:ident $case:ident) => {
        #[::tokio::test(flavor = "multi_thread")]
        async fn $case() {
            $crate::conformance::$area::$case(&fixture().await).await;
        }
    };
}
