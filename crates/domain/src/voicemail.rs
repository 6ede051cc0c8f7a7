//! What a business does when a machine picks up.

use serde::{Deserialize, Serialize};

/// What is done once detection has heard a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum Voicemail {
    /// Nothing: the call goes on as if a person had picked up.
    #[default]
    GoOn,
    /// The call is ended at once.
    HangUp,
    /// The machine's own message is waited for, then a message is left and the call ended.
    LeaveMessage {
        /// What is said; a sentence in the business's language when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
}

impl Voicemail {
    /// Whether detection must wait for the end of the machine's own message.
    #[must_use]
    pub const fn waits_for_beep(&self) -> bool {
        matches!(self, Self::LeaveMessage { .. })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::go_on(r#"{"action":"go_on"}"#, Voicemail::GoOn, false)]
    #[case::hang_up(r#"{"action":"hang_up"}"#, Voicemail::HangUp, false)]
    #[case::own_sentence(r#"{"action":"leave_message"}"#, Voicemail::LeaveMessage { text: None }, true)]
    #[case::words(
        r#"{"action":"leave_message","text":"Call us."}"#,
        Voicemail::LeaveMessage { text: Some("Call us.".to_owned()) },
        true
    )]
    fn what_is_stored_reads_back(
        #[case] stored: &str,
        #[case] voicemail: Voicemail,
        #[case] waits: bool,
    ) {
        assert_eq!(
            serde_json::from_str::<Voicemail>(stored).ok(),
            Some(voicemail.clone())
        );
        assert_eq!(serde_json::to_string(&voicemail).expect("writes"), stored);
        assert_eq!(voicemail.waits_for_beep(), waits);
    }

    #[test]
    fn what_is_no_action_is_refused() {
        assert!(serde_json::from_str::<Voicemail>(r#"{"action":"sing"}"#).is_err());
    }
}
