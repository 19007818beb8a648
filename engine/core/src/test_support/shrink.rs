//! Makes a story that breaks a promise as short as possible (delta debugging), and prints
//! it as a test.

use super::step::{Ask, Step};

/// The shortest story found that still fails, and how it fails.
pub fn shortest(
    mut story: Vec<Step>,
    mut why: String,
    fails: impl Fn(&[Step]) -> Option<String>,
) -> (Vec<Step>, String) {
    let mut size = story.len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        while at < story.len() {
            let mut shorter = story.clone();
            shorter.drain(at..story.len().min(at + size));
            match fails(&shorter) {
                Some(how) => (story, why) = (shorter, how),
                None => at += size,
            }
        }
        size /= 2;
    }
    // Then the requests of each step.
    for step in 0..story.len() {
        let mut at = 0;
        while at < asks(&mut story[step]).map_or(0, |asks| asks.len()) {
            let mut shorter = story.clone();
            let Some(fewer) = asks(&mut shorter[step]) else { break };
            fewer.remove(at);
            match fails(&shorter) {
                Some(how) => (story, why) = (shorter, how),
                None => at += 1,
            }
        }
    }
    (story, why)
}

fn asks(step: &mut Step) -> Option<&mut Vec<Ask>> {
    match step {
        Step::AtOnce(asks) | Step::Crash(_, asks) => Some(asks),
        Step::Wait(_) | Step::Restart => None,
    }
}

/// A story as a test.
pub fn as_test(story: &[Step]) -> String {
    let steps: String = story
        .iter()
        .map(|step| format!("        {},\n", format!("{step:?}").replace('[', "vec![")))
        .collect();
    format!(
        "    use lariat_core::outcome::Disposition::*;\n    use lariat_core::test_support::{{Ask::*, Step::*, Which::*, \
         replay}};\n    let story = [\n{steps}    ];\n    assert_eq!(replay(&mut subject(), &story), Ok(()));\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_shrinks_to_what_makes_it_fail() {
        let reset = || Ask::Reset { pool: "one", only: Some(vec!["a"]) };
        let mut story = vec![Step::Wait(3); 40];
        story[7] = Step::AtOnce(vec![Ask::Rescue, reset(), Ask::Rescue]);
        story[31] = Step::Restart;
        let fails = |story: &[Step]| {
            let reset =
                story.iter().position(|step| matches!(step, Step::AtOnce(asks) if asks.contains(&reset())));
            let restart = story.iter().position(|step| *step == Step::Restart);
            (reset? < restart?).then(|| "it fails".to_owned())
        };
        let (short, _) = shortest(story, String::new(), fails);
        assert_eq!(short, [Step::AtOnce(vec![reset()]), Step::Restart]);
        let text = as_test(&short);
        assert!(text.contains(r#"AtOnce(vec![Reset { pool: "one", only: Some(vec!["a"]) }]),"#), "{text}");
    }
}
