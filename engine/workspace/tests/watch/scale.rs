//! Many files.

use std::fs;

use lariat_workspace::watch::What::Changed;

use crate::Watched;

#[test]
fn one_of_two_thousand_is_found_and_told_alone() {
    let files: Vec<(String, String)> =
        (0..2000).map(|at| (format!("pools/{:02}/p{at}.yaml", at % 50), format!("name: P{at}\n"))).collect();
    let given: Vec<(&str, &str)> = files.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    let mut it = Watched::with(&given);
    it.watch.rescan();
    let (file, text) = &files[1234];
    fs::write(it.path(file), format!("{text}# more\n")).unwrap();
    it.tells(&[(file.as_str(), Changed)]);
}
