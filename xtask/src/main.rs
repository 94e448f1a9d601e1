//! Tasks of this repository, in plain Rust: `cargo xtask test`, `tidy`, `bench`, `soak`, `demo`, `spec`, `codegen`, `compat` and `release`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "these are command-line tools; what they print is what they are for"
)]

mod bench;
mod codegen;
mod compat;
mod demo;
mod npm;
mod process;
mod release;
mod soak;
mod spec;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tasks of this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Run every test there is, the real server's included, and count them
    Test(test::Arguments),
    /// Check the rules that the compiler does not know
    Tidy(tidy::Arguments),
    /// Measure, and print every figure beside what it is compared with
    Bench(bench::Arguments),
    /// Do the same thing again and again, with deaths in between, and check what is left of it
    Soak(soak::Arguments),
    /// Run one turn on a real server, with a scripted model unless told otherwise
    Demo(demo::Arguments),
    /// Get the server's description of its API, or say what changed in it
    Spec(spec::Arguments),
    /// Write what the description of the server's API stands for, or check that it is written
    Codegen(codegen::Arguments),
    /// Try versions of the server, and write down what works on which
    Compat(compat::Arguments),
    /// Check what a release promises, or publish it
    Release(release::Arguments),
}

fn main() -> ExitCode {
    if let Some(code) = tidy::api::as_rustdoc() {
        return code;
    }
    let result = match Cli::parse().task {
        Task::Test(arguments) => test::run(&arguments),
        Task::Tidy(arguments) => tidy::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Soak(arguments) => soak::run(&arguments),
        Task::Demo(arguments) => demo::run(arguments),
        Task::Spec(arguments) => spec::run(&arguments),
        Task::Codegen(arguments) => codegen::run(&arguments),
        Task::Compat(arguments) => compat::run(&arguments),
        Task::Release(arguments) => release::run(&arguments),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
