//! Tracking codes: the short code in a campaign's link, made from its name or given by the user.

use deunicode::{deunicode, deunicode_char};
use pgrx::prelude::*;

/// Longest code made from a name, in characters, its prefix and number included.
const LONGEST_MADE: usize = 40;

/// Longest code a user may give, in characters.
const LONGEST_GIVEN: usize = 64;

/// Words that say what kind of thing a campaign is, not what it is about.
const KINDS: [&str; 19] = [
    "AD",
    "ADS",
    "ADVERT",
    "ADVERTS",
    "CAMPAIGN",
    "CAMPAIGNS",
    "POST",
    "POSTS",
    "REEL",
    "REELS",
    "SALE",
    "SALES",
    "STORIES",
    "STORY",
    "TWEET",
    "TWEETS",
    "VID",
    "VIDEO",
    "VIDEOS",
];

/// Words that carry no meaning of their own. The article "a" has its own rule.
const FILLERS: [&str; 8] = ["AN", "AND", "FOR", "MY", "OF", "OR", "OUR", "THE"];

/// What a word of a name tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Subject,
    Kind,
    Filler,
    Platform,
}

/// The code of a campaign before any number: the platform's prefix and the meaningful words of the name,
/// `A-Z`, `0-9` and `_` only, 1 to 40 characters.
///
/// Names of any script are written in Latin letters. Words that only repeat the platform or the kind of
/// campaign, stop words, and ordinals as in "Reel #1" are left out; of a name with nothing else, the kind,
/// then the stop words, then the names of its emoji, then the campaign's type stand in.
pub(crate) fn base(name: &str, platform: &str, campaign_type: &str) -> String {
    let (prefix, platform_words) = platform_names(platform);
    let subject = [latin_letters(name), deunicode(name), campaign_type.to_owned()]
        .iter()
        .find_map(|text| subject(text, platform_words))
        .unwrap_or_else(|| "CAMPAIGN".to_owned());

    let code = if prefix.is_empty() { subject } else { format!("{prefix}_{subject}") };
    cut(&code, LONGEST_MADE).to_owned()
}

/// `base` with the number `n` (from 1), in two digits or more: `INSTA_SUMMER_DRESS_01`. A long base is cut so
/// that the whole keeps to 40 characters.
pub(crate) fn numbered(base: &str, n: i32) -> String {
    let number = format!("_{n:02}");
    format!("{}{number}", cut(base, LONGEST_MADE - number.len()))
}

/// Whether `code`, given by a user, may be a tracking code: 1 to 64 characters, ASCII letters, digits, `_`,
/// `-` and `.`. It is kept exactly as given. The error is a message for that user.
pub(crate) fn validate(code: &str) -> Result<(), String> {
    if code.is_empty() {
        return Err("tracking code must not be empty".to_owned());
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if let Some(other) = code.chars().find(|c| !allowed(*c)) {
        return Err(format!(
            "tracking code may hold only the letters A to Z, digits, \"_\", \"-\" and \".\", not {other:?}"
        ));
    }
    if code.len() > LONGEST_GIVEN {
        return Err(format!("tracking code may be at most {LONGEST_GIVEN} characters long, not {}", code.len()));
    }
    Ok(())
}

/// A platform's prefix, and the words of a name that only repeat it.
fn platform_names(platform: &str) -> (&'static str, &'static [&'static str]) {
    match platform {
        "instagram" => ("INSTA", &["INSTAGRAM", "INSTA", "IG"]),
        "facebook" => ("FB", &["FACEBOOK", "FB", "META"]),
        "tiktok" => ("TIKTOK", &["TIKTOK", "TIK", "TOK", "TT"]),
        "youtube" => ("YT", &["YOUTUBE", "YT"]),
        "twitter" => ("TWITTER", &["TWITTER", "X"]),
        _ => ("", &[]),
    }
}

/// The words of `text` that tell most, joined by `_`; `None` when there are none but the platform's.
fn subject(text: &str, platform_words: &[&str]) -> Option<String> {
    let words = words(text, platform_words);
    [Role::Subject, Role::Kind, Role::Filler]
        .iter()
        .map(|role| {
            let chosen: Vec<&str> = words.iter().filter(|(_, of)| of == role).map(|(word, _)| word.as_str()).collect();
            chosen.join("_")
        })
        .find(|joined| !joined.is_empty())
}

/// The words of an ASCII text in capitals, with their roles; ordinals are left out.
fn words(text: &str, platform_words: &[&str]) -> Vec<(String, Role)> {
    let runs: Vec<&[u8]> =
        text.as_bytes().chunk_by(|a, b| a.is_ascii_alphanumeric() == b.is_ascii_alphanumeric()).collect();
    let mut words: Vec<(String, Role)> = Vec::new();

    for (i, run) in runs.iter().enumerate() {
        if !run[0].is_ascii_alphanumeric() {
            continue;
        }
        let word = String::from_utf8_lossy(run).to_ascii_uppercase();
        let gap_before: &[u8] = if i == 0 { b"" } else { runs[i - 1] };
        // "Video A - Emotional" ends a phrase after A; "50% off" does not after 50.
        let ends_phrase =
            runs.get(i + 1).is_none_or(|gap| gap.iter().any(|c| !c.is_ascii_whitespace()) && !gap.starts_with(b"%"));

        let counts = word.len() <= 3 && word.bytes().all(|c| c.is_ascii_digit());
        let after_kind = matches!(words.last(), Some((_, Role::Kind)));
        if counts && (gap_before.ends_with(b"#") || (after_kind && ends_phrase)) {
            continue;
        }

        // A capital A inside a name marks a variant: "Launch Video A".
        let article = word == "A" && !ends_phrase && (words.is_empty() || run[0] == b'a');
        let role = if platform_words.contains(&word.as_str()) {
            Role::Platform
        } else if KINDS.contains(&word.as_str()) {
            Role::Kind
        } else if article || FILLERS.contains(&word.as_str()) {
            Role::Filler
        } else {
            Role::Subject
        };
        words.push((word, role));
    }
    words
}

/// `name` with its letters and digits in Latin ones, and anything else that parts words (emoji too) as "-".
fn latin_letters(name: &str) -> String {
    let mut latin = String::with_capacity(name.len());
    for c in name.chars() {
        let spelled = deunicode_char(c).unwrap_or("-");
        if c == '\'' || spelled == "'" && !c.is_alphanumeric() || spelled.is_empty() {
            // "Women's", combining accents, joiners: no break in the word.
        } else if c.is_ascii() {
            latin.push(c);
        } else if c.is_whitespace() {
            latin.push(' ');
        } else if !c.is_alphanumeric() {
            latin.push('-');
        } else if c.is_numeric() {
            latin.push_str(spelled);
        } else {
            // An ideograph is spelled with a blank after it, and is a word of its own.
            if spelled.ends_with(' ') {
                latin.push(' ');
            }
            latin.extend(spelled.chars().filter(|c| c.is_ascii_alphanumeric() || *c == ' '));
        }
    }
    latin
}

/// The longest beginning of `code` that fits `room` characters, cut between words unless that would lose half of it.
fn cut(code: &str, room: usize) -> &str {
    if code.len() <= room {
        return code;
    }
    let (kept, lost) = code.split_at(code.floor_char_boundary(room));
    if lost.starts_with('_') {
        return kept;
    }
    match kept.rfind('_') {
        Some(word_end) if word_end >= room / 2 => &kept[..word_end],
        _ => kept.trim_end_matches('_'),
    }
}

/// The code of a campaign of this name before any number. NULL for NULL.
#[pg_extern(name = "_campaign_code_base", immutable, parallel_safe, strict)]
fn campaign_code_base(name: &str, platform: &str, campaign_type: &str) -> String {
    base(name, platform, campaign_type)
}

/// A code with the number `n` (from 1) after it. NULL for NULL.
#[pg_extern(name = "_campaign_code_numbered", immutable, parallel_safe, strict)]
fn campaign_code_numbered(base: &str, n: i32) -> String {
    numbered(base, n)
}

/// What is wrong with a tracking code given by a user; NULL when nothing is, or the code is NULL.
#[pg_extern(name = "_campaign_code_check", immutable, parallel_safe, strict)]
fn campaign_code_check(code: &str) -> Option<String> {
    validate(code).err()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(name: &str, platform: &str, campaign_type: &str) -> String {
        numbered(&base(name, platform, campaign_type), 1)
    }

    #[test]
    fn the_plans_parents() {
        let code = |name| base(name, "multi", "campaign");
        assert_eq!(code("Summer 2024 Sale"), "SUMMER_2024");
        assert_eq!(numbered("SUMMER_2024", 2), "SUMMER_2024_02");
        assert_eq!(code("Black Friday 2024"), "BLACK_FRIDAY_2024");
        assert_eq!(code("Product Launch"), "PRODUCT_LAUNCH");
    }

    #[test]
    fn the_plans_posts() {
        assert_eq!(first("Summer Dress Reel - Instagram", "instagram", "reel"), "INSTA_SUMMER_DRESS_01");
        assert_eq!(first("Beach Dress Reel #1", "instagram", "reel"), "INSTA_BEACH_DRESS_01");
        assert_eq!(first("Beach Collection - TikTok", "tiktok", "video"), "TIKTOK_BEACH_COLLECTION_01");
        assert_eq!(first("BF Instagram Reel", "instagram", "reel"), "INSTA_BF_01");
        assert_eq!(first("BF TikTok Video", "tiktok", "video"), "TIKTOK_BF_01");
        assert_eq!(first("BF Facebook Ad", "facebook", "ad"), "FB_BF_01");
        assert_eq!(first("Launch Video A - Emotional", "youtube", "video"), "YT_LAUNCH_A_EMOTIONAL_01");
        assert_eq!(first("Launch Video B - Features", "youtube", "video"), "YT_LAUNCH_B_FEATURES_01");
    }

    #[test]
    fn platform_words_are_not_repeated() {
        assert_eq!(base("IG Story: New Hats", "instagram", "story"), "INSTA_NEW_HATS");
        assert_eq!(base("Insta hats", "instagram", "post"), "INSTA_HATS");
        assert_eq!(base("FB hats ad", "facebook", "ad"), "FB_HATS");
        assert_eq!(base("Tik Tok dance", "tiktok", "video"), "TIKTOK_DANCE");
        assert_eq!(base("TT dance", "tiktok", "video"), "TIKTOK_DANCE");
        assert_eq!(base("YT: unboxing", "youtube", "video"), "YT_UNBOXING");
        assert_eq!(base("Hats on X", "twitter", "post"), "TWITTER_HATS_ON");
        assert_eq!(base("Twitter hats", "twitter", "post"), "TWITTER_HATS");
    }

    #[test]
    fn another_platforms_name_is_kept() {
        assert_eq!(base("TikTok remix reel", "instagram", "reel"), "INSTA_TIKTOK_REMIX");
        assert_eq!(base("Summer on Instagram", "multi", "campaign"), "SUMMER_ON_INSTAGRAM");
        assert_eq!(base("Nike x Adidas", "instagram", "post"), "INSTA_NIKE_X_ADIDAS");
    }

    #[test]
    fn other_and_unknown_platforms_have_no_prefix() {
        assert_eq!(base("Newsletter May", "other", "post"), "NEWSLETTER_MAY");
        assert_eq!(base("Newsletter May", "myspace", "post"), "NEWSLETTER_MAY");
    }

    #[test]
    fn stop_words_are_dropped() {
        assert_eq!(base("The best of our hats and the rest", "multi", "campaign"), "BEST_HATS_REST");
        assert_eq!(base("A day for a hat", "multi", "campaign"), "DAY_HAT");
        assert_eq!(base("Back to School", "multi", "campaign"), "BACK_TO_SCHOOL");
    }

    #[test]
    fn a_capital_a_can_be_a_variant() {
        assert_eq!(base("Hero ad A", "facebook", "ad"), "FB_HERO_A");
        assert_eq!(base("A/B test", "facebook", "ad"), "FB_A_B_TEST");
        assert_eq!(base("Variant a", "facebook", "ad"), "FB_VARIANT_A");
    }

    #[test]
    fn ordinals_give_way_to_the_number() {
        assert_eq!(base("Beach Reel 2", "instagram", "reel"), "INSTA_BEACH");
        assert_eq!(base("Beach Reel 2 - Instagram", "instagram", "reel"), "INSTA_BEACH");
        assert_eq!(base("Beach #12", "instagram", "reel"), "INSTA_BEACH");
        assert_eq!(base("Reel #3", "instagram", "reel"), "INSTA_REEL");
        assert_eq!(base("#1", "instagram", "reel"), "INSTA_REEL");
    }

    #[test]
    fn other_numbers_are_kept() {
        assert_eq!(base("Summer Reel 2024", "instagram", "reel"), "INSTA_SUMMER_2024");
        assert_eq!(base("Ad 50% off", "facebook", "ad"), "FB_50_OFF");
        assert_eq!(base("Video 360 tour", "youtube", "video"), "YT_360_TOUR");
        assert_eq!(base("Top 10 hats", "youtube", "video"), "YT_TOP_10_HATS");
        assert_eq!(base("Price 9½", "other", "post"), "PRICE_91_2");
    }

    #[test]
    fn names_of_any_script() {
        let code = |name| base(name, "multi", "campaign");
        assert_eq!(code("Été à la plage"), "ETE_LA_PLAGE");
        assert_eq!(code("E\u{301}te\u{301} 2024"), "ETE_2024");
        assert_eq!(code("Größe Straße"), "GROSSE_STRASSE");
        assert_eq!(code("Летняя распродажа"), "LETNIAIA_RASPRODAZHA");
        assert_eq!(code("夏季2024"), "XIA_JI_2024");
        assert_eq!(code("Zażółć gęślą jaźń"), "ZAZOLC_GESLA_JAZN");
        for name in [
            "تخفيضات الصيف",
            "מבצע קיץ",
            "ग्रीष्मकालीन बिक्री",
            "サマーセール",
            "여름 세일",
            "ลดราคาฤดูร้อน",
            "Θερινές εκπτώσεις",
            "საზაფხულო ფასდაკლება",
        ] {
            let code = code(name);
            assert!(!code.is_empty() && code != "CAMPAIGN", "{name}: {code}");
        }
    }

    #[test]
    fn apostrophes_join_and_punctuation_parts() {
        assert_eq!(base("Women's Day", "multi", "campaign"), "WOMENS_DAY");
        assert_eq!(base("Women’s Day", "multi", "campaign"), "WOMENS_DAY");
        assert_eq!(base("Black & White", "multi", "campaign"), "BLACK_WHITE");
        assert_eq!(base("new_hats—red/blue", "multi", "campaign"), "NEW_HATS_RED_BLUE");
        assert_eq!(base("  #SummerVibes!! ", "multi", "campaign"), "SUMMERVIBES");
    }

    #[test]
    fn emoji_count_only_when_alone() {
        assert_eq!(base("🔥 Hats 🔥", "instagram", "post"), "INSTA_HATS");
        assert_eq!(base("Hats🔥Caps", "instagram", "post"), "INSTA_HATS_CAPS");
        assert_eq!(base("🔥", "instagram", "post"), "INSTA_FIRE");
        assert_eq!(base("Instagram 🔥", "instagram", "post"), "INSTA_FIRE");
    }

    #[test]
    fn never_empty() {
        assert_eq!(base("Instagram", "instagram", "reel"), "INSTA_REEL");
        assert_eq!(base("Instagram Post", "instagram", "post"), "INSTA_POST");
        assert_eq!(base("Sale", "multi", "campaign"), "SALE");
        assert_eq!(base("The Sale", "multi", "campaign"), "SALE");
        assert_eq!(base("Of the", "multi", "campaign"), "OF_THE");
        assert_eq!(base("!!!", "multi", "campaign"), "CAMPAIGN");
        assert_eq!(base("", "tiktok", "video"), "TIKTOK_VIDEO");
        assert_eq!(base("", "", ""), "CAMPAIGN");
    }

    #[test]
    fn long_names_are_cut_between_words() {
        let code = base("Spring collection launch with everything our customers love", "instagram", "post");
        assert_eq!(code, "INSTA_SPRING_COLLECTION_LAUNCH_WITH");
        assert_eq!(numbered(&code, 1), "INSTA_SPRING_COLLECTION_LAUNCH_WITH_01");
        assert_eq!(numbered(&code, 12_345), "INSTA_SPRING_COLLECTION_LAUNCH_12345");
    }

    #[test]
    fn one_long_word_is_cut_inside() {
        let code = base(&"abcdefghij".repeat(9), "instagram", "post");
        assert_eq!(code, "INSTA_ABCDEFGHIJABCDEFGHIJABCDEFGHIJABCD");
        assert_eq!(numbered(&code, 7), "INSTA_ABCDEFGHIJABCDEFGHIJABCDEFGHIJA_07");
    }

    #[test]
    fn cuts_at_every_length() {
        let exact = "A".repeat(19) + "_" + &"B".repeat(20);
        assert_eq!(base(&exact, "other", "post"), exact);
        assert_eq!(numbered(&exact, 1), "A".repeat(19) + "_01");
        let lopsided = "A".repeat(9) + "_" + &"B".repeat(30);
        assert_eq!(numbered(&lopsided, 1), "A".repeat(9) + "_" + &"B".repeat(27) + "_01");
        let boundary = "A".repeat(37) + "_BB";
        assert_eq!(numbered(&boundary, 1), "A".repeat(37) + "_01");
        assert_eq!(numbered("Ünïcödé", 1), "Ünïcödé_01");
        assert_eq!(numbered(&"é".repeat(40), 1), "é".repeat(18) + "_01");
    }

    #[test]
    fn made_codes_are_always_valid() {
        let pieces =
            ["Ab", "é", "夏", "🔥", " ", "#1", "'", "_", "-", "x", "\u{0}", "½", "\u{10ffff}", "the", "ʹ", "ー"];
        let mut seed: usize = 1;
        for length in 0..400 {
            let mut name = String::new();
            for _ in 0..length % 60 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                name.push_str(pieces[(seed >> 33) % pieces.len()]);
            }
            for platform in ["instagram", "facebook", "tiktok", "youtube", "twitter", "other", "multi"] {
                let base = base(&name, platform, "post");
                for code in [base.clone(), numbered(&base, 1), numbered(&base, 1_000), numbered(&base, i32::MAX)] {
                    assert!((1..=LONGEST_MADE).contains(&code.len()), "{name:?}: {code}");
                    assert!(
                        code.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'_'),
                        "{name:?}: {code}"
                    );
                    assert!(!code.starts_with('_') && !code.ends_with('_') && !code.contains("__"), "{name:?}: {code}");
                }
            }
        }
    }

    #[test]
    fn numbers_have_two_digits_or_more() {
        assert_eq!(numbered("HATS", 1), "HATS_01");
        assert_eq!(numbered("HATS", 99), "HATS_99");
        assert_eq!(numbered("HATS", 100), "HATS_100");
    }

    #[test]
    fn given_codes() {
        for code in ["A", "insta-hats.v2_01", "2024", &"x".repeat(64)] {
            assert_eq!(validate(code), Ok(()), "{code}");
        }
        for code in ["", " A", "A B", "A/B", "A&B", "ÉTÉ", "A\n", "A%20", &"x".repeat(65)] {
            assert!(validate(code).is_err(), "{code}");
        }
        assert_eq!(
            validate("A B").unwrap_err(),
            "tracking code may hold only the letters A to Z, digits, \"_\", \"-\" and \".\", not ' '"
        );
        assert_eq!(validate(&"x".repeat(65)).unwrap_err(), "tracking code may be at most 64 characters long, not 65");
    }
}
