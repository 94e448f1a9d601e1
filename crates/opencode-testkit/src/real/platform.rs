//! Which npm package carries the program for this machine.

use super::error::RealError;

/// The platform packages to try, best first.
///
/// A processor without AVX2 needs a `baseline` build, a system without glibc a `musl` one.
/// The others stay behind as second choices, because both probes can be wrong in a container.
pub(super) fn packages() -> Result<Vec<String>, RealError> {
    let unsupported = || RealError::UnsupportedPlatform {
        platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
    };
    let system = match std::env::consts::OS {
        "linux" => "linux",
        "macos" => "darwin",
        "windows" => "windows",
        _ => return Err(unsupported()),
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        _ => return Err(unsupported()),
    };
    let base = format!("opencode-{system}-{processor}");
    Ok(ranked(&base, processor == "x64", system == "linux", has_avx2(), is_musl()))
}

/// The file name of the program inside a package's `bin` directory, and on `PATH`.
pub(super) fn program_name() -> &'static str {
    if cfg!(windows) { "opencode.exe" } else { "opencode" }
}

fn ranked(base: &str, x64: bool, linux: bool, avx2: bool, musl: bool) -> Vec<String> {
    let builds: &[&str] = if !x64 {
        &[""]
    } else if avx2 {
        &["", "-baseline"]
    } else {
        &["-baseline", ""]
    };
    let libraries: &[&str] = match (linux, musl) {
        (false, _) => &[""],
        (true, false) => &["", "-musl"],
        (true, true) => &["-musl", ""],
    };
    let mut names = Vec::new();
    for library in libraries {
        for build in builds {
            names.push(format!("{base}{build}{library}"));
        }
    }
    names
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_avx2() -> bool {
    true
}

/// Looks for the loaders and not at how this crate was built: a static musl build of a test also
/// runs on a glibc system.
fn is_musl() -> bool {
    use std::path::Path;
    if Path::new("/etc/alpine-release").exists() {
        return true;
    }
    let loader = |name: &str| Path::new("/lib").join(name).exists();
    let musl = loader("ld-musl-x86_64.so.1") || loader("ld-musl-aarch64.so.1");
    let glibc = Path::new("/lib64/ld-linux-x86-64.so.2").exists() || loader("ld-linux-aarch64.so.1");
    musl && !glibc
}

#[cfg(test)]
mod tests {
    use super::ranked;

    #[test]
    fn an_ordinary_linux_machine_takes_the_plain_build_first() {
        assert_eq!(
            ranked("opencode-linux-x64", true, true, true, false),
            [
                "opencode-linux-x64",
                "opencode-linux-x64-baseline",
                "opencode-linux-x64-musl",
                "opencode-linux-x64-baseline-musl",
            ]
        );
    }

    #[test]
    fn an_old_processor_on_alpine_takes_the_baseline_musl_build_first() {
        let names = ranked("opencode-linux-x64", true, true, false, true);
        assert_eq!(names[0], "opencode-linux-x64-baseline-musl");
    }

    #[test]
    fn an_arm_mac_has_one_candidate() {
        assert_eq!(ranked("opencode-darwin-arm64", false, false, true, false), ["opencode-darwin-arm64"]);
    }
}
