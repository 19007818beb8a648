//! A file's name from a definition's.

/// Longest file name that is made, in bytes, without its end.
const MAX_BYTES: usize = 80;

/// `Premium Farmers Pool (10+ packs)` → `premium_farmers_pool_10_packs`. Letters of any
/// script stay; everything else becomes `_`.
pub(crate) fn slug(name: &str, noun: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        let c = if c.is_alphanumeric() { c } else { '_' };
        if slug.len() + c.len_utf8() > MAX_BYTES {
            break;
        }
        if c != '_' || !(slug.is_empty() || slug.ends_with('_')) {
            slug.push(c);
        }
    }
    let slug = slug.trim_end_matches('_');
    if slug.is_empty() { noun.to_owned() } else { slug.to_owned() }
}

/// The slug, then the slug with a number, as long as is asked for.
pub(crate) fn candidates(name: &str, noun: &str) -> impl Iterator<Item = String> {
    let slug = slug(name, noun);
    (1..10_000_u32).map(move |n| if n == 1 { format!("{slug}.yaml") } else { format!("{slug}_{n}.yaml") })
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn names_make_harmless_file_names() {
        for (name, file) in [
            ("Premium Farmers Pool (10+ packs)", "premium_farmers_pool_10_packs"),
            ("../../etc/passwd", "etc_passwd"),
            (".hidden", "hidden"),
            ("帳號 Ünï", "帳號_ünï"),
            ("???", "pool"),
        ] {
            assert_eq!(slug(name, "pool"), file);
        }
        assert!(slug(&"x".repeat(500), "pool").len() <= 80);
    }
}
