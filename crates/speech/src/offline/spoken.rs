//! The words of a text as services are told by: without their endings, and without what is denied.

use std::collections::HashSet;

use domain::text::folded_words;

/// A word of a text.
pub(super) struct Word {
    /// Its stem as it is, and without one and two of the letters that Hebrew puts before a word.
    pub stems: [String; 3],
    /// What it may be a form of: the singular, without the letters that Hebrew puts before a word.
    pub forms: Vec<String>,
    /// "Not the roof": it is said to be something else.
    pub denied: bool,
    /// Tells nothing, or is denied.
    silent: bool,
}

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

pub(super) fn is_denial(word: &str) -> bool {
    DENIALS.contains(&word)
}

/// The words of each clause of a text.
pub(super) fn clauses(text: &str, empty: &HashSet<String>) -> Vec<Vec<Word>> {
    let ends = |letter: char| matches!(letter, '.' | ',' | '!' | '?' | ';' | ':' | '\n' | '…');
    text.split(ends)
        .map(|clause| words(clause, empty))
        .collect()
}

fn words(clause: &str, empty: &HashSet<String>) -> Vec<Word> {
    let mut denying = false;
    let word = |word: String| {
        let denied = denying && !is_denial(&word);
        denying = is_denial(&word) || denying && WANTS.contains(&word.as_str());
        let one = without_prefix(&word);
        let two = without_prefix(one);
        Word {
            stems: [&word, one, two].map(|form| stem(form).to_owned()),
            forms: forms(&word),
            denied,
            silent: denied || empty.contains(&word),
        }
    };
    folded_words(clause).into_iter().map(word).collect()
}

/// What a text is told by: the stems of its words, and each two words that follow one another.
pub(super) fn marks(clauses: &[Vec<Word>]) -> HashSet<String> {
    let mut marks = HashSet::new();
    for words in clauses {
        let mut before: Option<&str> = None;
        for word in words {
            if word.silent {
                before = None;
                continue;
            }
            marks.extend(word.stems.iter().cloned());
            let last = word.stems[2].as_str();
            if let Some(before) = before.replace(last) {
                marks.insert(format!("{before} {last}"));
            }
        }
    }
    marks
}

fn is_long(word: &str) -> bool {
    word.chars().count() > 3
}

/// A Hebrew word without one of the letters that may stand before it.
pub(super) fn without_prefix(word: &str) -> &str {
    if is_long(word) && word.starts_with(PREFIXES) {
        &word['ו'.len_utf8()..]
    } else {
        word
    }
}

/// A word without its ending.
pub(super) fn stem(word: &str) -> &str {
    let (shortest, endings): (usize, &[&str]) = if word.is_ascii() {
        (5, &["ing", "ers", "ion", "ed", "es", "er", "s"])
    } else {
        (4, &["ימ", "ות", "ית", "יה", "נו", "ה", "י", "ת"])
    };
    if word.chars().count() < shortest {
        return word;
    }
    let stem = endings.iter().find_map(|ending| word.strip_suffix(ending));
    stem.unwrap_or(word)
}

/// A Hebrew feminine under one form, alone and before another noun: "דירת" as "דירה".
pub(super) fn standing_alone(word: &str) -> String {
    match word.strip_suffix('ת') {
        Some(bare) if is_long(word) && !bare.ends_with('ו') => format!("{bare}ה"),
        _ => word.to_owned(),
    }
}

fn forms(word: &str) -> Vec<String> {
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
