//! Somebody is faster between each two calls.

use std::fmt::Write as _;

use super::super::point::Point;
use super::attack::Attack;
use super::meddle::{at, has_happened};
use super::stage::{SECRET, Stage, WORK};

const POINTS: [Point; 6] =
    [Point::Entering, Point::Entered, Point::Looked, Point::Opened, Point::Checked, Point::Read];

/// What comes of reading a file when somebody does something at a point.
fn outcome(point: Point, attack: Attack) -> String {
    let stage = Stage::new();
    at(point, attack.on(&stage, "deep/work.txt"));
    let read = stage.read();
    assert!(has_happened(), "{point:?} was not reached");
    stage.assert_untouched();
    match read {
        Ok(bytes) if bytes == WORK => "the agent's work".to_owned(),
        Ok(bytes) => {
            assert_ne!(bytes, SECRET, "{attack:?} at {point:?}");
            format!("{:?}", String::from_utf8(bytes).unwrap())
        }
        Err(refused) => refused.why.to_string(),
    }
}

#[test]
fn g20_whatever_is_done_between_two_calls_nothing_from_outside_is_read() {
    let mut table = String::new();
    for attack in Attack::ALL {
        writeln!(table, "{attack:?}").unwrap();
        for point in POINTS {
            let outcome = outcome(point, attack);
            writeln!(table, "  {:<9} {outcome}", format!("{point:?}")).unwrap();
        }
    }
    // What other systems say of the same things is worded otherwise.
    if cfg!(target_os = "linux") {
        insta::assert_snapshot!(table);
    }
}

#[test]
fn g20_a_device_that_takes_the_place_of_a_file_is_not_read() {
    use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};

    for point in [Point::Entered, Point::Looked] {
        let stage = Stage::new();
        let file = stage.inside.join("deep/work.txt");
        let is_allowed = std::rc::Rc::new(std::cell::Cell::new(true));
        let allowed = std::rc::Rc::clone(&is_allowed);
        at(point, move || {
            std::fs::remove_file(&file).unwrap();
            // An endless one.
            let made = mknodat(CWD, &file, FileType::CharacterDevice, Mode::RUSR, makedev(1, 5));
            allowed.set(made.is_ok());
        });
        let read = stage.read();
        assert!(has_happened());
        if is_allowed.get() {
            assert_eq!(read.unwrap_err().why.to_string(), "it is a pipe, a socket or a device", "{point:?}");
        } else {
            eprintln!("skipped: only root makes devices");
        }
    }
}

#[test]
fn g20_devices_are_not_files() {
    let devices = super::super::Sandbox::open("/dev").unwrap();
    let refused = devices.file(&"null".parse().unwrap()).unwrap_err();
    assert_eq!(refused.to_string(), r#""null" is left out: it is a pipe, a socket or a device"#);
}
