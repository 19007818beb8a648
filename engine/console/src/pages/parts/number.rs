//! Numbers for people.

/// 1,043
pub(in crate::pages) fn numbers(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// 1 bot; 1,043 bots
pub(in crate::pages) fn counted(number: impl TryInto<u64>, word: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    format!("{} {word}{}", numbers(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::{counted, numbers};

    #[test]
    fn one_is_no_plural() {
        assert_eq!([0_u64, 1, 1_043].map(|number| counted(number, "bot")), ["0 bots", "1 bot", "1,043 bots"]);
    }

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0_usize, "0"), (999, "999"), (1_043, "1,043"), (1_000_000, "1,000,000")] {
            assert_eq!(numbers(number), text);
        }
    }
}
