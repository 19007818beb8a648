//! All states of affairs that may be. There is one, as long as every answer arrives; a
//! request whose answer got lost may have had its effect or not, until somebody looks.

use jiff::Timestamp;

use super::request::{Answer, Request};
use super::world::{Seen, World};

/// The states of affairs that agree with all that was answered and seen.
#[derive(Debug, Clone)]
pub struct Model {
    worlds: Vec<World>,
}

impl Model {
    /// A model that begins with this world.
    pub fn new(world: World) -> Self {
        Self { worlds: vec![world] }
    }

    /// A request was answered.
    ///
    /// # Errors
    /// When the promises don't allow the answer.
    pub fn answered(&mut self, request: &Request, answer: &Answer, now: Timestamp) -> Result<(), String> {
        self.keep(|world| world.serve(request, Some(answer), now))
    }

    /// These were asked, in this order, and nobody heard the answers.
    pub fn lost(&mut self, requests: &[Request], now: Timestamp) {
        for request in requests {
            for mut happened in self.worlds.clone() {
                // No answer, so that nothing can contradict it.
                let _ = happened.serve(request, None, now);
                if !self.worlds.contains(&happened) {
                    self.worlds.push(happened);
                }
            }
        }
    }

    /// Somebody looked.
    ///
    /// # Errors
    /// When the promises don't allow what was seen.
    pub fn seen(&mut self, seen: &Seen) -> Result<(), String> {
        self.keep(|world| world.see(seen))
    }

    fn keep(&mut self, mut allows: impl FnMut(&mut World) -> Result<(), String>) -> Result<(), String> {
        let mut why = String::new();
        self.worlds.retain_mut(|world| match allows(world) {
            Ok(()) => true,
            Err(error) => {
                why = error;
                false
            }
        });
        if self.worlds.is_empty() { Err(why) } else { Ok(()) }
    }
}
