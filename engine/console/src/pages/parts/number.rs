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

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0_usize, "0"), (999, "999"), (1_043, "1,043"), (1_000_000, "1,000,000")] {
            assert_eq!(numbers(number), text);
        }
    }
}
