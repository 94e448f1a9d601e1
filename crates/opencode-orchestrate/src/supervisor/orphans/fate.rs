//! What becomes of a server that was written down, decided without IO.

use super::look::{Place, Seen};
use super::record::{Identity, Record};

/// What becomes of a server that was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing: it has an owner, or somebody else has to know.
    Leave,
    /// Nothing of it can be left, and its record goes.
    Forget,
    /// Its process, if it is there still, and whatever carries its mark are ended, and then its record goes.
    Clear { leader: Option<Identity> },
}

/// Decides about a server, from what is seen under the numbers of its owner and of itself.
///
/// Whoever lives under a number is only taken for the one that was written down if it was started at the same time, and
/// the server only if it is what was started there.
pub(super) fn decide(record: &Record, here: &Place, owner: Option<&Seen>, server: Option<&Seen>) -> Fate {
    if record.place.boot != here.boot {
        // The machine was started again, or it is another one that has the same folder.
        return if record.place.host == here.host { Fate::Forget } else { Fate::Leave };
    }
    if record.place.space != here.space || is(record.owner, owner) {
        return Fate::Leave;
    }
    let leader = record.server.filter(|identity| is(*identity, server) && runs(record, server));
    Fate::Clear { leader }
}

/// Whether a process that is seen is the one that is meant.
pub(super) fn is(meant: Identity, seen: Option<&Seen>) -> bool {
    seen.is_some_and(|seen| seen.started == meant.started)
}

/// Whether it is what was started: where that was a script, its interpreter comes before it.
fn runs(record: &Record, seen: Option<&Seen>) -> bool {
    let Some((_, arguments @ [_, ..])) = record.command.split_first() else { return false };
    seen.is_some_and(|seen| seen.command.ends_with(arguments))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::record::Format;
    use super::*;

    const OWNER: Identity = Identity { pid: 100, started: 7 };
    const SERVER: Identity = Identity { pid: 200, started: 8 };

    fn place(host: &str, boot: &str, space: &str) -> Place {
        Place { host: host.to_owned(), boot: boot.to_owned(), space: space.to_owned() }
    }

    fn here() -> Place {
        place("blue", "monday", "pid:[1]")
    }

    fn words(command: &str) -> Vec<String> {
        command.split(' ').map(str::to_owned).collect()
    }

    fn record() -> Record {
        let (mark, command) = ("0".repeat(32), words("/bin/opencode serve --port 0"));
        Record { format: Format, mark, place: here(), owner: OWNER, server: Some(SERVER), command }
    }

    fn seen(started: u64, command: &str) -> Seen {
        Seen { started, command: words(command) }
    }

    #[test]
    fn g25_what_was_left_over_is_ended_and_nothing_else() {
        let it = seen(8, "/bin/opencode serve --port 0");
        let script = seen(8, "/usr/bin/env node /bin/opencode serve --port 0");
        let owner = seen(7, "host");
        let leader = Fate::Clear { leader: Some(SERVER) };
        let no_leader = Fate::Clear { leader: None };
        for (why, owner, server, expected) in [
            ("its owner is gone", None, Some(&it), leader),
            ("it is a script", None, Some(&script), leader),
            ("its owner's number is somebody else's", Some(&seen(9, "host")), Some(&it), leader),
            ("its owner lives", Some(&owner), Some(&it), Fate::Leave),
            ("its owner lives, and it does not", Some(&owner), None, Fate::Leave),
            ("it is gone", None, None, no_leader),
            ("its number is somebody else's", None, Some(&seen(9, "opencode serve --port 0")), no_leader),
            ("it is something else", None, Some(&seen(8, "vim a.txt")), no_leader),
        ] {
            assert_eq!(decide(&record(), &here(), owner, server), expected, "{why}");
        }
        let not_started = Record { server: None, ..record() };
        assert_eq!(decide(&not_started, &here(), None, Some(&it)), no_leader);
    }

    #[test]
    fn g25_what_is_elsewhere_is_not_judged_here() {
        let it = seen(8, "/bin/opencode serve --port 0");
        for (why, place, expected) in [
            ("the machine was started again", place("blue", "sunday", "pid:[1]"), Fate::Forget),
            ("another machine", place("green", "sunday", "pid:[1]"), Fate::Leave),
            ("another container", place("green", "monday", "pid:[2]"), Fate::Leave),
        ] {
            let record = Record { place, ..record() };
            assert_eq!(decide(&record, &here(), None, Some(&it)), expected, "{why}");
        }
    }

    fn any_seen() -> impl Strategy<Value = Option<Seen>> {
        let command =
            prop_oneof![Just("opencode serve --port 0"), Just("opencode serve"), Just("serve"), Just("")];
        proptest::option::of((6_u64..10, command).prop_map(|(started, command)| seen(started, command)))
    }

    fn any_record() -> impl Strategy<Value = Record> {
        let place = (0_usize..2, 0_usize..2, 0_usize..2).prop_map(|(host, boot, space)| {
            place(["blue", "green"][host], ["monday", "sunday"][boot], ["pid:[1]", "pid:[2]"][space])
        });
        let command = prop_oneof![Just("opencode serve --port 0"), Just("opencode serve"), Just("opencode")];
        (place, 6_u64..10, proptest::option::of(6_u64..10), command).prop_map(
            |(place, owner, server, command)| Record {
                place,
                owner: Identity { started: owner, ..OWNER },
                server: server.map(|started| Identity { started, ..SERVER }),
                command: words(command),
                ..record()
            },
        )
    }

    proptest! {
        /// Nobody is ended whose owner lives, who was started at another time, who is something else, or who is
        /// elsewhere; and no record is lost while its owner lives.
        #[test]
        fn g25_nobody_is_ended_who_is_not_meant(record in any_record(), owner in any_seen(), server in any_seen()) {
            let fate = decide(&record, &here(), owner.as_ref(), server.as_ref());
            let lives = owner.is_some_and(|owner| owner.started == record.owner.started);
            let is_here = record.place.boot == here().boot && record.place.space == here().space;
            match fate {
                Fate::Leave => prop_assert!(lives || !is_here),
                Fate::Forget => prop_assert!(record.place.boot != here().boot && record.place.host == here().host),
                Fate::Clear { leader } => {
                    prop_assert!(!lives && is_here);
                    if let Some(leader) = leader {
                        let server = server.expect("nothing is to be seen of it");
                        prop_assert_eq!(Some(leader), record.server);
                        prop_assert_eq!(leader.started, server.started);
                        prop_assert!(server.command.ends_with(&record.command[1..]) && record.command.len() > 1);
                    }
                }
            }
        }
    }
}
