//! What is known to differ on which versions: why a test fails there, in the words of the page.

use cargo_metadata::semver::Version;

/// Something that differs.
#[derive(Debug)]
pub(super) struct Difference {
    /// Paths of the tests below `real` that show it.
    pub(super) tests: &'static [&'static str],
    /// The first version that was seen with it; `None` is the oldest that was tried.
    pub(super) from: Option<&'static str>,
    /// The last version that was seen with it.
    pub(super) until: &'static str,
    /// It depends on luck whether the tests show it.
    pub(super) sometimes: bool,
    /// What differs for a host.
    pub(super) says: &'static str,
}

impl Difference {
    pub(super) fn holds_for(&self, version: &Version) -> bool {
        let number = |text: &str| text.parse::<Version>().ok();
        self.from.and_then(number).is_none_or(|from| from <= *version)
            && number(self.until).is_some_and(|until| *version <= until)
    }

    /// In words.
    pub(super) fn versions(&self) -> String {
        match self.from {
            None => format!("up to {}", self.until),
            Some(from) if from == self.until => format!("in {from}"),
            Some(from) => format!("{from} to {}", self.until),
        }
    }
}

/// Each says what a host sees, not what a test says.
pub(super) static DIFFERENCES: &[Difference] = &[
    Difference {
        tests: &["ids::an_id_from_an_hour_ago_is_answered", "ids::an_id_from_the_next_hour_is_answered_once"],
        from: None,
        until: "1.18.4",
        sometimes: false,
        says: "the server goes by the order of ids, so a prompt whose id comes from a clock that is behind is never answered (the turn ends with its limit for admission), and one from a clock that is ahead is answered again and again. The ids that this library mints follow the server's clock and do not have this fault.",
    },
    Difference {
        tests: &["busy::g12_of_three_prompts_at_once_each_has_an_end"],
        from: None,
        until: "1.18.4",
        sometimes: true,
        says: "of several prompts that reach a session at the same moment one may be passed over: its turn ends with the limit for admission instead of telling which prompt took its place. Turns of `opencode-orchestrate` that wait for each other do not meet it.",
    },
    Difference {
        tests: &["busy::g04_a_prompt_while_the_last_step_is_said_waits_for_its_end"],
        from: None,
        until: "1.1.53",
        sometimes: true,
        says: "a prompt that comes while the last step of another turn is said may be passed over, too.",
    },
    Difference {
        tests: &["failures::t07_a_text_that_was_begun_twice_is_said_once"],
        from: None,
        until: "1.18.4",
        sometimes: false,
        says: "a failure that the provider tells in the middle of its stream is not tried again: the turn fails with the provider's words.",
    },
    Difference {
        tests: &["failures::t07_a_connection_that_broke_in_the_middle_is_said_once"],
        from: None,
        until: "1.2.27",
        sometimes: true,
        says: "when the connection to the provider breaks in the middle of a text, the server may store its beginning twice, in one part: the reply is what the server has stored.",
    },
    Difference {
        tests: &["failures::t16_an_answer_without_a_reason_goes_on"],
        from: Some("1.14.41"),
        until: "1.18.4",
        sometimes: false,
        says: "an answer of the model without a reason for its end ends the turn; older and newer servers go on.",
    },
    Difference {
        tests: &[
            "compactions::t03_a_context_that_overflows_is_summarised_within_the_turn",
            "compactions::t03_a_prompt_that_overflows_at_once_is_gone_on_with",
        ],
        from: None,
        until: "1.1.53",
        sometimes: false,
        says: "a prompt that overflows the model's context fails its turn with the provider's words, where newer servers summarise and go on.",
    },
    Difference {
        tests: &["stops::t08_a_turn_stopped_in_the_middle_of_a_command_ends_it"],
        from: None,
        until: "1.2.27",
        sometimes: true,
        says: "a command in whose middle a turn was stopped may stay in the reply as a call that runs.",
    },
    Difference {
        tests: &["refusals::t05_an_unknown_agent_fails_the_turn"],
        from: None,
        until: "1.2.27",
        sometimes: false,
        says: "a prompt for an agent that does not exist is accepted, and nothing is told of it: the turn ends with its limit for admission.",
    },
    Difference {
        tests: &["refusals::t05_an_unknown_model_fails_the_turn"],
        from: None,
        until: "1.1.53",
        sometimes: false,
        says: "the same holds for a model that does not exist.",
    },
    Difference {
        tests: &["gone::a_prompt_to_a_session_that_is_gone_is_not_found"],
        from: None,
        until: "1.14.41",
        sometimes: false,
        says: "a prompt to a session that was deleted is accepted: its turn ends as lost instead of being refused.",
    },
    Difference {
        tests: &["blockers::a_permission_is_asked_before_anything_happens_and_allowed_once"],
        from: None,
        until: "1.14.41",
        sometimes: false,
        says: "who answers a request that was answered before is not told so.",
    },
    Difference {
        tests: &["structured::t14_a_structured_answer_arrives_although_its_messages_cannot_be_listed"],
        from: None,
        until: "1.14.41",
        sometimes: false,
        says: "the messages of a session with a structured answer can be listed, which newer servers refuse: nothing is lost here. 1.1 has no structured answers at all, and says text instead.",
    },
    Difference {
        tests: &["structured::t14_a_finished_structured_turn_can_be_attached_to"],
        from: None,
        until: "1.1.53",
        sometimes: false,
        says: "there are no structured answers; the model answers in words.",
    },
    Difference {
        tests: &["texts::usage_is_what_the_provider_counted_once_for_each_step"],
        from: None,
        until: "1.2.27",
        sometimes: false,
        says: "tokens of thoughts are counted among those of the answer as well.",
    },
    Difference {
        tests: &["sessions::a_session_is_made_with_everything_that_can_be_asked_for"],
        from: None,
        until: "1.14.41",
        sometimes: false,
        says: "a session keeps no metadata, and up to 1.2 neither its agent nor its model.",
    },
    Difference {
        tests: &["sessions::a_session_is_changed_listed_and_deleted"],
        from: None,
        until: "1.2.27",
        sometimes: false,
        says: "a session that is gone can be deleted again without a word.",
    },
    Difference {
        tests: &["sessions::t17_what_was_done_is_taken_back_and_done_again"],
        from: None,
        until: "1.15.13",
        sometimes: true,
        says: "the diff of a whole session may list what its turns changed, where newer servers list nothing; 1.1 has no diff of a single turn.",
    },
    Difference {
        tests: &[
            "messages::messages_and_parts_are_removed",
            "messages::messages_come_page_by_page_from_the_end",
        ],
        from: None,
        until: "1.1.53",
        sometimes: false,
        says: "messages are listed in one page, and cannot be removed.",
    },
    Difference {
        tests: &["calls::t24_the_log_of_durable_events_is_read_from_a_number_on"],
        from: None,
        until: "1.15.13",
        sometimes: false,
        says: "there is no log of durable events, or it is empty: a gap of the event stream is filled from messages, as everywhere.",
    },
    Difference {
        tests: &["calls::a_terminal_is_typed_into_and_found_again"],
        from: None,
        until: "1.2.27",
        sometimes: false,
        says: "connecting to a terminal that has ended is a failure of the server instead of `NotFound`; and 1.1 does not say up to where its output was told, so that one cannot go on from there.",
    },
    Difference {
        tests: &[
            "calls::a_terminal_of_the_newer_api_is_typed_into",
            "operations::events_of_the_newer_api_are_read_by_hand",
        ],
        from: None,
        until: "1.17.0",
        sometimes: false,
        says: "the newer API has no terminals, and its stream of events, where there is one, does not tell of a session that is made.",
    },
    Difference {
        tests: &["traps::t19_every_event_of_a_new_directory_can_be_read"],
        from: None,
        until: "1.17.0",
        sometimes: false,
        says: "plug-ins are not told as events.",
    },
    Difference {
        tests: &["operations::everything_that_can_be_asked_without_harm_is_answered_as_described"],
        from: None,
        until: "1.17.0",
        sometimes: false,
        says: "generated operations are those of the version in `crates/opencode-wire/openapi`: those that came later answer `NotOpenCode` here, and up to 1.2 the lists of providers are of another shape. The comforts of `opencode_wire::api` read every version.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_of_the_list_can_be_read() {
        for known in DIFFERENCES {
            for version in [Some(known.until), known.from].into_iter().flatten() {
                assert!(version.parse::<Version>().is_ok(), "{version}");
            }
            assert!(!known.tests.is_empty(), "{}", known.says);
        }
    }
}
