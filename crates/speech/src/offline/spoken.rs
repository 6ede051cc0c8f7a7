//! The words of a text, which of them are denied, and what they may be forms of.

use domain::text::folded_words;

const DENIALS: [&str; 12] = [
    "לא", "ולא", "בלי", "אינ", "not", "no", "dont", "doesnt", "didnt", "isnt", "without", "never",
];
/// Between a denial and what it denies: "I don't need a groom".
const WANTS: [&str; 19] = [
    "צריכ",
    "צריכה",
    "צריכימ",
    "רוצה",
    "רוצימ",
    "מחפש",
    "מחפשת",
    "מחפשימ",
    "מעוניינ",
    "מעוניינת",
    "need",
    "want",
    "looking",
    "interested",
    "for",
    "in",
    "a",
    "any",
    "the",
];
const PREFIXES: [char; 7] = ['ו', 'ה', 'ב', 'ל', 'מ', 'ש', 'כ'];

/// The folded words of a text, each with whether it is denied: "not the roof", it is said to be something else.
pub(super) fn words(text: &str) -> impl Iterator<Item = (String, bool)> {
    let ends = |letter: char| matches!(letter, '.' | ',' | '!' | '?' | ';' | ':' | '\n' | '…');
    text.split(ends).flat_map(|clause| {
        let mut denying = false;
        folded_words(clause).into_iter().map(move |word| {
            let denies = DENIALS.contains(&word.as_str());
            let denied = denying && !denies;
            denying = denies || denying && WANTS.contains(&word.as_str());
            (word, denied)
        })
    })
}

/// Whether a word of one text may be a form of the same word as one of another.
pub(super) fn share_a_word(one: &str, other: &str) -> bool {
    let of_all = |text: &str| folded_words(text).into_iter().flat_map(|word| forms(&word));
    let other: Vec<String> = of_all(other).collect();
    of_all(one).any(|form| other.contains(&form))
}

fn is_long(word: &str) -> bool {
    word.chars().count() > 3
}

/// A Hebrew word without one of the letters that may stand before it.
fn without_prefix(word: &str) -> &str {
    if is_long(word) && word.starts_with(PREFIXES) {
        &word['ו'.len_utf8()..]
    } else {
        word
    }
}

/// A Hebrew feminine under one form, alone and before another noun: "דירת" as "דירה".
pub(super) fn standing_alone(word: &str) -> String {
    match word.strip_suffix('ת') {
        Some(bare) if is_long(word) && !bare.ends_with('ו') => format!("{bare}ה"),
        _ => word.to_owned(),
    }
}

/// What a word may be a form of: the singular, without the letters that Hebrew puts before a word.
pub(super) fn forms(word: &str) -> Vec<String> {
    let mut forms = singulars(word);
    let one = without_prefix(word);
    if one != word {
        forms.extend(singulars(one));
        let two = without_prefix(one);
        let stacked = word.starts_with(['ו', 'ש', 'כ']) || word.starts_with("מה");
        if two != one && stacked {
            forms.extend(singulars(two));
        }
    }
    forms
}

/// A word, and what it may be the plural of.
fn singulars(word: &str) -> Vec<String> {
    let mut forms = vec![standing_alone(word)];
    if !is_long(word) {
        return forms;
    }
    if let Some(bare) = word.strip_suffix("ות") {
        forms.extend([bare.to_owned(), format!("{bare}ה")]);
    } else if let Some(bare) = word.strip_suffix("ימ") {
        forms.push(bare.to_owned());
    } else if let Some(bare) = word.strip_suffix('י') {
        forms.extend([bare.to_owned(), format!("{bare}ימ")]);
    } else if let Some(bare) = word.strip_suffix('s')
        && !bare.ends_with('s')
    {
        forms.push(bare.to_owned());
        forms.extend(bare.strip_suffix('e').map(str::to_owned));
        forms.extend(bare.strip_suffix("ie").map(|bare| format!("{bare}y")));
    }
    forms
}
