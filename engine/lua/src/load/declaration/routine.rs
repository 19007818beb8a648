//! The table of `lariat.routine`.

use lariat_core::routine::RoutineInfo;

use super::Declaration;

impl Declaration<'_> {
    pub(super) fn routine(&mut self) -> RoutineInfo {
        let info = RoutineInfo {
            name: self.name(),
            description: self.text("description").unwrap_or_default(),
            params: self.params(),
            templates: self.texts("templates"),
            needs: self.texts("needs"),
            file: Some(self.source.path.clone()),
        };
        self.main_function("run");
        info
    }
}
