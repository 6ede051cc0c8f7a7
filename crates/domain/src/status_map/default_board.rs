use crate::messages::{self, Language};

/// A status of the board that a new business starts with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultStatus {
    /// Stable key, never shown.
    pub name: &'static str,
    /// What people see, in the business's language.
    pub label: String,
    /// `#rrggbb`.
    pub color: &'static str,
    /// Place on the board, from 0.
    pub order_index: i32,
    /// True for the one status that a new lead gets.
    pub is_default: bool,
    /// True where the automation relies on the name: it may be renamed in label, not removed by accident.
    pub is_system: bool,
    /// True where automation never moves a lead away.
    pub is_protected: bool,
}

/// Name, colour, relied upon by automation, protected; in board order.
const BOARD: [(&str, &str, bool, bool); 11] = [
    ("new", "#3b82f6", true, false),
    ("contacted", "#06b6d4", false, false),
    ("interested", "#f59e0b", true, false),
    ("follow_up", "#8b5cf6", true, false),
    ("no_answer", "#94a3b8", true, false),
    ("no_answer_2", "#7c8ba1", false, false),
    ("no_answer_3", "#64748b", false, false),
    ("qualified", "#10b981", true, false),
    ("not_relevant", "#ef4444", true, false),
    ("won", "#16a34a", true, true),
    ("lost", "#7f1d1d", true, true),
];

/// The board of a new business, labelled in its language. `new` is where leads start; `won` and `lost` are protected.
#[must_use]
pub fn default_board(language: Language) -> Vec<DefaultStatus> {
    (0..)
        .zip(BOARD)
        .map(
            |(order_index, (name, color, is_system, is_protected))| DefaultStatus {
                name,
                label: messages::text(language, &format!("status-label-{name}"), &[]),
                color,
                order_index,
                is_default: name == "new",
                is_system,
                is_protected,
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_language_has_a_label_of_its_own_for_every_status() {
        for language in Language::ALL {
            let board = default_board(language);
            let labels: HashSet<&str> = board.iter().map(|status| status.label.as_str()).collect();
            assert_eq!(labels.len(), board.len(), "{language}");
            for status in &board {
                assert!(messages::has(&format!("status-label-{}", status.name)));
                assert_eq!(Language::of(&status.label), Some(language));
            }
        }
    }

    #[test]
    fn leads_start_in_one_place_and_closed_deals_are_protected() {
        let board = default_board(Language::English);
        let of = |pick: fn(&DefaultStatus) -> bool| -> Vec<&str> {
            board
                .iter()
                .filter(|status| pick(status))
                .map(|status| status.name)
                .collect()
        };
        assert_eq!(of(|status| status.is_default), ["new"]);
        assert_eq!(of(|status| status.is_protected), ["won", "lost"]);
    }
}
