//! What this process has used.

/// Memory of this process that lies in RAM, in KiB. `None` where `/proc` is missing.
pub(crate) fn resident_kib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
