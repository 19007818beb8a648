//! Definitions in memory, for tests and for programs that embed the engine.

use std::sync::Arc;

use parking_lot::RwLock;

use crate::definition::{
    Catalog, Defined, DefinitionError, DefinitionStore, GroupDefinition, PoolDefinition,
};
use crate::ids::{GroupName, PoolName};

/// Definitions that live as long as this value.
#[derive(Debug, Default)]
pub struct MemoryDefinitions(RwLock<Arc<Catalog>>);

impl MemoryDefinitions {
    fn change<T>(
        &self,
        change: impl FnOnce(&mut Catalog) -> Result<T, DefinitionError>,
    ) -> Result<T, DefinitionError> {
        let mut held = self.0.write();
        let mut catalog = (**held).clone();
        let answer = change(&mut catalog)?;
        *held = Arc::new(catalog);
        Ok(answer)
    }
}

fn valid(problems: Vec<crate::definition::Problem>) -> Result<(), DefinitionError> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(DefinitionError::Invalid(problems.iter().map(ToString::to_string).collect()))
}

fn defined<T>(definition: T, generation: u64) -> Defined<T> {
    Defined { definition: Arc::new(definition), generation, file: None, stale: None }
}

impl DefinitionStore for MemoryDefinitions {
    fn catalog(&self) -> Arc<Catalog> {
        self.0.read().clone()
    }

    fn discover(&self) -> Result<Arc<Catalog>, DefinitionError> {
        Ok(self.catalog())
    }

    fn create_pool(&self, definition: PoolDefinition) -> Result<(), DefinitionError> {
        valid(definition.problems())?;
        self.change(|catalog| {
            let name = definition.name.clone();
            if catalog.pools.contains_key(&name) {
                return Err(DefinitionError::Exists {
                    noun: "pool",
                    name: name.to_string(),
                    place: String::new(),
                });
            }
            catalog.pools.insert(name, defined(definition, 1));
            Ok(())
        })
    }

    fn update_pool(&self, name: &PoolName, definition: PoolDefinition) -> Result<(), DefinitionError> {
        valid(definition.problems())?;
        self.change(|catalog| {
            let generation = catalog.pool(name.as_str())?.generation + 1;
            catalog.pools.remove(name);
            catalog.pools.insert(definition.name.clone(), defined(definition, generation));
            Ok(())
        })
    }

    fn delete_pool(&self, name: &PoolName) -> Result<(), DefinitionError> {
        self.change(|catalog| {
            catalog.pool(name.as_str())?;
            catalog.pools.remove(name);
            Ok(())
        })
    }

    fn create_group(&self, definition: GroupDefinition) -> Result<(), DefinitionError> {
        valid(definition.problems())?;
        self.change(|catalog| {
            let name = definition.name.clone();
            if catalog.groups.contains_key(&name) {
                return Err(DefinitionError::Exists {
                    noun: "group",
                    name: name.to_string(),
                    place: String::new(),
                });
            }
            catalog.groups.insert(name, defined(definition, 1));
            Ok(())
        })
    }

    fn update_group(&self, name: &GroupName, definition: GroupDefinition) -> Result<(), DefinitionError> {
        valid(definition.problems())?;
        self.change(|catalog| {
            let generation = catalog.group(name.as_str())?.generation + 1;
            catalog.groups.remove(name);
            catalog.groups.insert(definition.name.clone(), defined(definition, generation));
            Ok(())
        })
    }

    fn delete_group(&self, name: &GroupName) -> Result<(), DefinitionError> {
        self.change(|catalog| {
            catalog.group(name.as_str())?;
            catalog.groups.remove(name);
            Ok(())
        })
    }
}
