//! Compiled classifiers of businesses with words of their own. Compiling takes milliseconds, so the ones that were used
//! last are kept; who changes its words gets another one, since they are found by content.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use domain::text::{Classifier, Words};

/// Most that are kept. One takes about as much memory as the lexicon itself.
const MOST: usize = 64;

/// The classifiers that are kept, the one that was used last at the end.
#[derive(Default)]
pub(crate) struct Classifiers(Mutex<Vec<(Words, Arc<Classifier>)>>);

/// The classifier of a business.
pub(crate) enum Of {
    /// It has no words of its own.
    Standard(&'static Classifier),
    /// It has.
    Own(Arc<Classifier>),
}

impl Deref for Of {
    type Target = Classifier;

    fn deref(&self) -> &Classifier {
        match self {
            Self::Standard(classifier) => classifier,
            Self::Own(classifier) => classifier,
        }
    }
}

impl Classifiers {
    /// The classifier with these words. Two who ask for a new one at once may both compile it, which is better than one
    /// waiting for the other with a lead's row locked.
    pub(crate) fn of(&self, words: &Words) -> Of {
        if words.is_empty() {
            return Of::Standard(Classifier::standard());
        }
        if let Some(classifier) = self.kept(words) {
            return Of::Own(classifier);
        }
        let classifier = Arc::new(Classifier::with_words(words));
        Of::Own(self.keep(words, classifier))
    }

    fn kept(&self, words: &Words) -> Option<Arc<Classifier>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(known, _)| known == words)?;
        kept[at..].rotate_left(1);
        kept.last().map(|(_, classifier)| Arc::clone(classifier))
    }

    fn keep(&self, words: &Words, classifier: Arc<Classifier>) -> Arc<Classifier> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| known != words);
        if kept.len() == MOST {
            kept.remove(0);
        }
        kept.push((words.clone(), Arc::clone(&classifier)));
        classifier
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn words(phrase: &str) -> Words {
        serde_json::from_value(json!({ "HOT_INTERESTED": [phrase] })).expect("valid")
    }

    fn own(of: Of) -> Arc<Classifier> {
        match of {
            Of::Own(classifier) => classifier,
            Of::Standard(_) => panic!("words of its own"),
        }
    }

    #[test]
    fn the_same_words_are_compiled_once_and_other_words_get_another() {
        let classifiers = Classifiers::default();
        let first = own(classifiers.of(&words("send the contract")));
        let again = own(classifiers.of(&words("send the contract")));
        let other = own(classifiers.of(&words("send the plan")));
        assert!(Arc::ptr_eq(&first, &again) && !Arc::ptr_eq(&first, &other));
        assert!(matches!(classifiers.of(&Words::default()), Of::Standard(_)));
    }

    #[test]
    fn the_one_that_was_not_used_for_longest_gives_way() {
        let classifiers = Classifiers::default();
        let some = own(classifiers.of(&words("some")));
        for n in 0..MOST {
            classifiers.keep(&words(&format!("phrase {n}")), Arc::clone(&some));
        }
        assert!(classifiers.kept(&words("some")).is_none());
        assert!(classifiers.kept(&words("phrase 0")).is_some());
        classifiers.keep(&words("one more"), some);
        assert!(classifiers.kept(&words("phrase 0")).is_some());
        assert!(classifiers.kept(&words("phrase 1")).is_none());
        assert_eq!(classifiers.0.lock().expect("sound").len(), MOST);
    }
}
