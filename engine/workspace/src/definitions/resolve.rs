//! From files to names: which file gives the definition of which name.

use std::borrow::Borrow as _;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;

use lariat_core::definition::{Broken, Defined, Stale};

use crate::definitions::kind::Kind;
use crate::definitions::shelf::{Good, Kept, Shelf, Version};
use crate::yaml::FileError;

/// The definitions in force by name, and the files that give none.
pub(super) type Resolved<T> = (BTreeMap<<T as Kind>::Name, Defined<T>>, Vec<Broken>);

impl<T: Kind> Shelf<T> {
    /// Gives each name to the first file that claims it, in the order of paths; a file
    /// that only claims it by what it held before comes after all others.
    pub fn resolve(&mut self) -> Resolved<T> {
        let mut defined: BTreeMap<T::Name, Defined<T>> = BTreeMap::new();
        let mut broken = Vec::new();
        let mut claims: Vec<(&PathBuf, &Kept<T>, &Good<T>)> = Vec::new();
        for (path, kept) in &self.files {
            match (&kept.good, &kept.bad) {
                (Some(good), _) => claims.push((path, kept, good)),
                (None, Some(bad)) => {
                    broken.push(Broken {
                        file: path.clone(),
                        name: bad.name.clone(),
                        message: bad.message.clone(),
                    });
                }
                (None, None) => {}
            }
        }
        claims.sort_by_key(|(_, kept, _)| kept.bad.is_some());
        for (path, kept, good) in claims {
            let name = good.definition.name();
            match defined.entry(name.clone()) {
                Entry::Vacant(place) => {
                    let generation = generation(&mut self.generations, name.borrow(), good);
                    let stale = kept.bad.as_ref();
                    place.insert(Defined {
                        definition: good.definition.clone(),
                        generation,
                        file: Some(path.clone()),
                        stale: stale.map(|bad| Stale { since: bad.since, message: bad.message.clone() }),
                    });
                }
                Entry::Occupied(first) => broken.push(Broken {
                    file: path.clone(),
                    name: Some(name.to_string()),
                    message: kept
                        .bad
                        .as_ref()
                        .map_or_else(|| taken(good, first.get()), |bad| bad.message.clone()),
                }),
            }
        }
        broken.sort_by(|a, b| a.file.cmp(&b.file));
        (defined, broken)
    }
}

/// The number of the content in force: one more than before, if it is another.
fn generation<T>(known: &mut BTreeMap<String, Version<T>>, name: &str, good: &Good<T>) -> u64 {
    let definition = good.definition.clone();
    let Some(version) = known.get_mut(name) else {
        let first = Version { generation: 1, hash: good.hash, definition, before: None };
        known.insert(name.to_owned(), first);
        return 1;
    };
    if version.hash != good.hash {
        (version.generation, version.hash) = (version.generation + 1, good.hash);
        version.before = Some(std::mem::replace(&mut version.definition, definition));
    }
    version.generation
}

fn taken<T: Kind>(good: &Good<T>, first: &Defined<T>) -> String {
    let noun = T::NOUN;
    let name = good.definition.name();
    let place = first.file.as_ref().map(|file| format!(" in {}", file.display())).unwrap_or_default();
    let message = format!("there is already a {noun} \"{name}\"{place}; give this one another name");
    FileError { message, ..good.name_place.clone() }.to_string()
}
