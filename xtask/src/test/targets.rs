//! The integration test binaries of the workspace, sorted by what they need.

use cargo_metadata::{Metadata, TargetKind};

use super::services::Service;

/// Every integration test binary once, by name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TestTargets {
    /// Binaries in which every test needs the service that they are called after.
    owned: Vec<(Service, Vec<String>)>,
    /// All others; single tests inside them may need something.
    pub(crate) mixed: Vec<String>,
}

impl TestTargets {
    /// Sorts every integration test binary of the workspace.
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let names = metadata
            .workspace_packages()
            .into_iter()
            .flat_map(|package| &package.targets)
            .filter(|target| target.kind.contains(&TargetKind::Test))
            .map(|target| target.name.clone());
        Self::sort(names)
    }

    /// The binaries of one service; empty where none is called after it.
    pub(crate) fn of_service(&self, service: Service) -> &[String] {
        let found = self.owned.iter().find(|(owner, _)| *owner == service);
        found.map_or(&[], |(_, binaries)| binaries)
    }

    /// All binaries, those of each service together and then all others.
    pub(crate) fn groups(&self) -> impl Iterator<Item = (Option<Service>, &[String])> {
        let owned = self.owned.iter().map(|(owner, binaries)| (Some(*owner), binaries.as_slice()));
        owned.chain([(None, self.mixed.as_slice())])
    }

    fn sort(names: impl Iterator<Item = String>) -> Self {
        let mut targets =
            Self { owned: Service::ALL.map(|service| (service, Vec::new())).to_vec(), mixed: Vec::new() };
        for name in names {
            let owner = targets.owned.iter_mut().find(|(service, _)| service.owns_binary(&name));
            let list = owner.map_or(&mut targets.mixed, |(_, binaries)| binaries);
            if !list.contains(&name) {
                list.push(name);
            }
        }
        targets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binaries_are_sorted_by_name_and_once() {
        let names = ["it", "real", "server", "it", "real_faults", "really", "postgres"];
        let targets = TestTargets::sort(names.into_iter().map(str::to_owned));
        assert_eq!(targets.of_service(Service::Real), ["real", "real_faults"]);
        assert_eq!(targets.of_service(Service::Postgres), ["postgres"]);
        assert_eq!(targets.mixed, ["it", "server", "really"]);
        assert_eq!(targets.groups().map(|(_, binaries)| binaries.len()).sum::<usize>(), 6);
    }
}
