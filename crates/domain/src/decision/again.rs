//! A conversation that was worked on again and may say more than the first time. What was decided on it stands, unless that
//! was nothing: then it is decided again, in its place.

use super::{Gate, Silence};

/// Whether a decision with this [`reason`](super::Decision::reason) is made again: it moved nothing, because the conversation
/// was not understood, not surely enough, or meant a status that the business did not have.
#[must_use]
pub fn may_be_made_again(reason: &str) -> bool {
    let nothing = [
        Silence::NothingSaid,
        Silence::UnknownLabel,
        Silence::NoStatusForGroup,
    ];
    let unsure = [Gate::Confidence, Gate::NotActive];
    nothing.iter().any(|silence| silence.as_str() == reason)
        || unsure.iter().any(|gate| gate.as_str() == reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moved_a_lead_or_was_held_back_for_its_sake_stands() {
        let made_again: Vec<&str> = Gate::ORDER
            .iter()
            .map(|gate| gate.as_str())
            .chain(["applied", "lead_deleted", "unknown_label"])
            .filter(|reason| may_be_made_again(reason))
            .collect();
        assert_eq!(made_again, ["confidence", "not_active", "unknown_label"]);
    }
}
