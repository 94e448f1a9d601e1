//! Child processes whose output people watch while we read it.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context as _, Result, bail};

/// Runs `command`, hands each line of its stdout to `on_line`, and leaves stderr on the terminal.
///
/// Lines come without their ending; bytes that are not UTF-8 are replaced.
///
/// # Errors
///
/// When the program cannot be started or its output cannot be read. A failing exit status is not an error here.
pub(crate) fn stream_lines(command: &mut Command, mut on_line: impl FnMut(&str)) -> Result<ExitStatus> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", display(command)))?;
    if let Some(stdout) = child.stdout.take() {
        let mut reader = BufReader::new(stdout);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 {
            on_line(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']));
            line.clear();
        }
    }
    Ok(child.wait()?)
}

/// Prints a line of a child's output as our own.
///
/// A reader that has gone away (`cargo xtask test | head`) must not turn passing tests into a panic.
pub(crate) fn forward(line: &str) {
    let mut stdout = io::stdout().lock();
    let _closed_pipe = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

/// Runs `command` to its end and returns its stdout.
///
/// # Errors
///
/// When it cannot be started or fails; the error then carries what it wrote to stderr.
pub(crate) fn read_stdout(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", display(command)))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed: {}", display(command), stderr.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The command as one would type it, without the folder of its program.
pub(crate) fn display(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let mut text = program.file_stem().unwrap_or(command.get_program()).to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        let mut command = Command::new("some/where/cargo");
        command.args(["test", "--doc"]);
        assert_eq!(display(&command), "cargo test --doc");
    }

    #[test]
    fn lines_arrive_whole_and_the_status_is_kept() {
        let mut lines = Vec::new();
        let mut command = crate::workspace::rustc();
        let status = stream_lines(command.arg("--version"), |line| lines.push(line.to_owned()));
        assert!(status.unwrap().success());
        assert!(lines[0].starts_with("rustc "), "{lines:?}");
    }

    #[test]
    fn a_failing_command_says_why() {
        let mut command = crate::workspace::rustc();
        let error = read_stdout(command.arg("--no-such-flag")).unwrap_err();
        assert!(error.to_string().contains("no-such-flag"), "{error}");
    }
}
