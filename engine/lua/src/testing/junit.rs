//! JUnit's XML, which CI systems read.

use std::fmt::Write;

use super::report::TestFile;

/// The results as one XML document.
#[must_use]
pub fn junit(files: &[TestFile]) -> String {
    let failed: usize = files.iter().map(TestFile::failed).sum();
    let all: usize = failed + files.iter().map(TestFile::passed).sum::<usize>();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"lariat\" tests=\"{all}\" failures=\"{failed}\">\n"
    );
    for file in files {
        let name = escape(&file.file.display().to_string());
        // Writing to a text can't fail, here and below.
        let _ = writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\" time=\"{:.3}\">",
            file.failed() + file.passed(),
            file.failed(),
            file.elapsed.as_secs_f64()
        );
        if let Some(problem) = &file.problem {
            case(&mut out, &name, "the file can be run", 0.0, Some(problem), &[]);
        }
        for test in &file.tests {
            let failure = test.failure.as_deref();
            case(&mut out, &name, &test.name, test.elapsed.as_secs_f64(), failure, &test.output);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn case(out: &mut String, file: &str, name: &str, seconds: f64, failure: Option<&str>, output: &[String]) {
    let _ = write!(
        out,
        "    <testcase classname=\"{file}\" file=\"{file}\" name=\"{}\" time=\"{seconds:.3}\"",
        escape(name)
    );
    if failure.is_none() && output.is_empty() {
        out.push_str("/>\n");
        return;
    }
    out.push_str(">\n");
    if let Some(failure) = failure {
        let first = failure.lines().next().unwrap_or_default();
        let _ = writeln!(out, "      <failure message=\"{}\">{}</failure>", escape(first), escape(failure));
    }
    if !output.is_empty() {
        let _ = writeln!(out, "      <system-out>{}</system-out>", escape(&output.join("\n")));
    }
    out.push_str("    </testcase>\n");
}

/// A text that XML can hold; characters that it can't are replaced.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestResult;
    use std::time::Duration;

    #[test]
    fn every_failure_is_told_and_nothing_breaks_the_document() {
        let elapsed = Duration::from_millis(2);
        let test = |name: &str, failure: Option<&str>| TestResult {
            name: name.into(),
            failure: failure.map(str::to_owned),
            output: Vec::new(),
            elapsed,
        };
        let tests = vec![test("a \"b\" <c>", None), test("bad", Some("x.lua:1: 1 < 2\n\u{1}"))];
        let file = TestFile { file: "x_test.lua".into(), tests, problem: None, elapsed };
        let broken =
            TestFile { file: "y_test.lua".into(), tests: vec![], problem: Some("no".into()), elapsed };
        let xml = junit(&[file, broken]);
        assert!(xml.contains("tests=\"3\" failures=\"2\""), "{xml}");
        assert!(xml.contains("name=\"a &quot;b&quot; &lt;c&gt;\" time=\"0.002\"/>"), "{xml}");
        assert!(xml.contains("message=\"x.lua:1: 1 &lt; 2\">x.lua:1: 1 &lt; 2\n\u{fffd}</failure>"), "{xml}");
    }
}
