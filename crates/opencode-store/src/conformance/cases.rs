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
                a_late_minter_loses_and_is_noted
                a_forgotten_attempt_is_not_bound
                a_cancelled_mint_lets_others_try
                a_late_cancel_frees_nothing
                unfinished_attempts_are_swept_after_the_grace
                an_attempt_is_handed_to_one_sweeper_at_a_time
                a_deleted_session_is_noted
                a_subject_that_was_deleted_is_not_bound
                the_turns_of_a_deleted_subject_are_gone
                an_unknown_session_is_none
                one_of_many_claims_an_unbound_subject
                a_finished_mint_is_bound
                another_agent_is_another_session
                finishing_again_says_the_same
                a_late_mint_that_nobody_took_is_bound
                watchers_of_a_session_are_woken
                a_session_is_pinned_to_its_server
                a_bound_session_stays_on_its_server
                a_replaced_session_is_noted_with_its_server
                a_lost_mint_is_noted_with_its_server
                an_attempt_is_noted_with_its_server
                invalid_names_of_servers_are_refused
                recreating_converges
                a_replaced_session_is_noted_with_its_directory
                other_permissions_are_the_same_session
                a_late_status_changes_nothing
                b09_crashed_and_closed_sessions_are_used_again
            }
            lifecycle {
                g15_n01_one_subject_has_one_upstream_session
                g15_a_dead_minter_is_replaced
                g15_a_slow_minter_deletes_its_session
                a_dropped_caller_loses_no_session
                w45_nothing_is_locked_while_the_server_is_asked
                waiting_has_an_end
                a_refusal_leaves_nothing
                a_lost_answer_is_swept
                a_server_that_hangs_is_given_up
                w44_a_moment_without_a_database_loses_no_session
                w44_n03_a_failing_database_leaves_no_orphan
                w58_permissions_are_brought_up_to_date_once
                refused_permissions_are_tried_again
                g16_a_session_gone_on_reconciling_is_replaced
                g15_n02_recreating_converges
                w46_a_replaced_session_is_stopped_and_deleted
                a_failed_replacement_changes_nothing
                g16_a_session_is_replaced_only_on_proof
                closing_keeps_the_session
                n04_an_abort_is_reported
                racing_sweepers_delete_each_orphan_once
                a_failed_sweep_is_repeated
                the_session_of_a_deleted_subject_is_swept
                a_session_is_asked_about_on_its_own_server
                a_session_that_moves_is_deleted_where_it_was
                what_an_attempt_left_is_swept_on_its_server
            }
            admission {
                an_admitted_turn_is_stored
                an_unknown_turn_is_none
                g03_admission_is_idempotent
                the_message_id_is_a_key
                g03_racing_admissions_converge
                racing_payloads_conflict
                a_rejecting_turn_is_refused_by_a_busy_session
                one_of_many_rejecting_turns_is_admitted
                invalid_keys_are_refused
                prompts_round_trip
            }
            lanes {
                a_queue_is_first_in_first_out
                interrupts_run_before_steers_before_the_queue
                an_interrupt_stops_the_head
                an_interrupt_overtakes_a_head_that_has_not_begun
                an_interrupt_and_a_claim_never_both_run
                a_waiting_turn_is_withdrawn
                a_waiting_turn_changes_its_lane
                a_waiting_turn_becomes_an_interrupt
                what_has_begun_keeps_its_lane
                a_running_turn_takes_its_steers
                a_steer_waits_for_a_head_that_has_not_begun
                racing_takers_get_each_steer_once
                joined_turns_share_the_lease
                a_lease_of_a_steer_never_comes_back
            }
            claims {
                a_claim_has_everything
                one_turn_of_a_session_is_claimed
                a_chosen_turn_is_claimed_when_it_can_be
                the_owner_of_a_turn_is_woken_by_orders
                workers_never_share_a_turn
                skipped_scopes_are_left_out
                the_oldest_ready_turn_comes_first
                workers_are_woken
                a_lapsed_turn_is_taken_over_once
                lapsed_turns_come_before_ready_ones
                a_worker_takes_over_from_itself
                a_take_over_and_an_end_never_both_happen
                an_ended_turn_is_not_claimed
            }
            leases {
                a_turn_goes_forward
                a_turn_does_not_go_back
                an_old_lease_is_refused_everywhere
                a_made_up_lease_is_refused
                the_lease_of_an_ended_turn_is_refused
                a_lapsed_lease_works_until_it_is_taken
                renewing_extends_a_lease
                every_lease_is_answered_in_order
                a_turn_is_handed_over
            }
            ending {
                g14_terminal_rows_never_change
                open_requests_are_withdrawn
                a_turn_ends_and_the_next_is_ready
                every_kind_of_end_is_kept
                a_turn_ends_once
                a_session_is_active_while_a_turn_runs
                a_session_closed_while_a_turn_runs_stays_closed
                joined_turns_end_for_themselves
                joined_turns_wait_again
                g01_joined_turns_that_were_prompted_stay_with_their_owner
                joined_turns_that_were_prompted_go_on
                every_joined_turn_goes_on_once
                a_joined_turn_is_stopped
                g13_a_cancel_wins
                g13_a_cancel_is_not_superseded
                a_superseded_turn_ends_as_superseded
                an_end_as_a_stop_is_stored_as_told
                a_stop_and_an_end_agree
                an_unknown_turn_is_not_stopped
            }
            replies {
                g17_readers_see_whole_snapshots
                g17_a_part_grows
                g17_growing_again_changes_nothing
                g17_holes_are_conflicts
                g17_a_long_text_comes_in_pieces
                g17_parts_come_back_as_they_were
                g17_a_whole_part_replaces_what_was_there
                removed_parts_are_gone
                invalid_parts_are_refused
            }
            usage {
                g18_a_step_is_counted_once
                g18_usage_is_summed
                nothing_is_used_by_nobody
                costs_are_summed_exactly
            }
            events {
                events_are_numbered_and_paged
                every_turn_has_its_own_log
                payloads_round_trip
                only_the_end_of_a_log_is_written
                one_of_many_writes_to_a_place
                readers_see_whole_batches
                only_old_logs_are_deleted
                logs_are_deleted_bit_by_bit
                what_a_log_led_to_stays
            }
            tails {
                g19_any_number_of_readers
                a_tail_misses_nothing_while_it_begins
                a_tail_ends_with_its_turn
                a_dropped_wait_loses_nothing
                a_tail_announces_what_was_deleted
                an_unknown_turn_is_not_followed
            }
            blockers {
                an_answer_is_stored
                one_of_many_answers_is_accepted
                a_repeated_answer_is_recognised
                late_answers_are_told_so
                an_unknown_request_is_not_answered
                a_request_is_stored
                asking_again_gives_what_is_stored
                open_requests_are_listed
                invalid_requests_are_refused
                requests_settle_by_the_rules
                an_answer_and_an_expiry_never_both_happen
            }
            artifacts {
                names_are_relative_paths
                g21_the_same_bytes_are_one_object
                racing_uploads_are_one_object
                names_that_change_places_do_not_wait_for_each_other
                an_artifact_is_stored
                g21_attaching_twice_is_a_no_op
                g21_trust_is_not_inherited
                expectations_are_kept
                one_of_many_gets_a_free_name
                unused_objects_are_retired
                bytes_that_come_back_get_another_object
                a_name_never_leads_to_a_swept_object
                what_is_left_behind_is_swept
            }
            migrations {
                migrating_again_changes_nothing
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
