//! Looking through folders.

use std::io;

use cap_std::fs::Dir;
use jiff::Timestamp;

use super::{FoundFile, ListOptions, Listing};
use crate::sandbox::facts::{Facts, Kind};
use crate::sandbox::parent::open;
use crate::sandbox::point::{Point, reach};
use crate::sandbox::{Refusal, Refused};

/// Looks through folders, each before what comes after it.
pub(super) struct Walk<'a> {
    options: &'a ListOptions,
    max_file_bytes: u64,
    /// How many more names are looked at.
    entries_left: usize,
    pub(super) listing: Listing,
}

impl<'a> Walk<'a> {
    pub(super) fn new(options: &'a ListOptions, max_file_bytes: u64) -> Self {
        Self { options, max_file_bytes, entries_left: options.max_entries, listing: Listing::default() }
    }

    /// Lists a folder, and those in it. `path` is empty, or ends with `/`.
    ///
    /// # Errors
    ///
    /// When this folder cannot be read. Those in it are told as skipped.
    pub(super) fn folder(&mut self, folder: &Dir, path: &str, depth: usize) -> io::Result<()> {
        let names = self.names(folder, path)?;
        for name in names {
            reach(Point::Listed);
            let Some(name) = name.to_str() else {
                self.skip(format!("{path}{}", name.to_string_lossy()), Refusal::Name);
                continue;
            };
            let found = folder.symlink_metadata(name).map(|metadata| Facts::of(&metadata));
            match found.map_err(|error| Refusal::of(&error)) {
                Ok(facts) => self.entry(folder, path, name, facts, depth),
                Err(why) => self.skip(format!("{path}{name}"), why),
            }
        }
        Ok(())
    }

    fn entry(&mut self, folder: &Dir, parent: &str, name: &str, facts: Facts, depth: usize) {
        let path = format!("{parent}{name}");
        if let Some(why) = self.options.passes_over(name, &path) {
            self.skip(path, why);
        } else if facts.kind == Kind::Folder {
            self.enter(folder, name, path, depth);
        } else if let Err(why) = self.file(&path, &facts) {
            self.skip(path, why);
        }
    }

    fn file(&mut self, path: &str, facts: &Facts) -> Result<(), Refusal> {
        facts.judge(self.max_file_bytes)?;
        if self.options.since.is_some_and(|since| facts.changed < since) {
            return Err(Refusal::Old);
        }
        let name = path.parse().map_err(|_| Refusal::Name)?;
        let limit = self.options.max_files;
        if self.listing.files.len() >= limit {
            return Err(Refusal::TooMany { limit });
        }
        let modified_at = Timestamp::try_from(facts.modified).unwrap_or(Timestamp::UNIX_EPOCH);
        self.listing.files.push(FoundFile { name, size: facts.size, modified_at });
        Ok(())
    }

    fn enter(&mut self, folder: &Dir, name: &str, path: String, depth: usize) {
        let limit = self.options.max_depth;
        if depth >= limit {
            let why = if limit == 0 { Refusal::Folder } else { Refusal::TooDeep { limit } };
            return self.skip(path, why);
        }
        reach(Point::Entering);
        let entered = open(folder, name).and_then(|inner| {
            self.folder(&inner, &format!("{path}/"), depth + 1).map_err(|error| Refusal::of(&error))
        });
        if let Err(why) = entered {
            self.skip(path, why);
        }
    }

    /// The names in a folder, in order, as many as are looked at.
    fn names(&mut self, folder: &Dir, path: &str) -> io::Result<Vec<std::ffi::OsString>> {
        let mut names = Vec::new();
        for entry in folder.entries()? {
            if self.entries_left == 0 {
                let place = if path.is_empty() { "." } else { path.trim_end_matches('/') };
                self.skip(place.to_owned(), Refusal::Endless { limit: self.options.max_entries });
                break;
            }
            self.entries_left -= 1;
            names.push(entry?.file_name());
        }
        names.sort();
        Ok(names)
    }

    fn skip(&mut self, name: String, why: Refusal) {
        self.listing.skip(Refused::new(name, why));
    }
}
