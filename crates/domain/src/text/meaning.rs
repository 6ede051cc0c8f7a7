use super::Group;

/// What a rule of the lexicon means where it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Meaning {
    /// Says the group by itself.
    Strong(Group),
    /// Says it where nothing else speaks against it.
    Weak(Group),
    /// Half of a slot: a day.
    Day,
    /// Half of a slot: an hour.
    Hour,
    /// Somebody comes, or waits for somebody; makes a day or an hour a slot.
    Arrival,
    /// Somebody is to be called: a time that is named next is a time to call.
    Call,
    /// Somebody is to come or to meet: a time that is named next is an appointment.
    Visit,
    /// Turns what follows in its clause.
    Negation,
    /// "Not yet": takes away what follows, and says nothing of its opposite.
    NotYet,
    /// What follows is our side's doing.
    Agent,
    /// What follows is about the customer.
    Customer,
    /// What follows is what the customer says.
    Says,
    /// What follows in the sentence is asked, supposed or long past.
    Unreal,
    /// Takes away what stands beside it.
    Past,
    /// Starts a new clause.
    Contrast,
    /// Takes back an appointment that was agreed before it.
    Cancel,
    /// What follows is how it ended.
    Final,
    /// Limits a refusal to now.
    ForNow,
    /// A machine speaks: whatever else is said, nobody was reached.
    Voicemail,
    /// Not there to be spoken to: nobody was reached, unless something was agreed.
    Away,
    /// Masks what stands inside it: an idiom.
    Idiom,
    /// Our side offers to send something.
    Offer,
    /// An answer that accepts.
    Yes,
    /// An answer that declines.
    No,
    /// A request to be left alone.
    OptOut,
}

impl Meaning {
    pub const fn negates(self) -> bool {
        matches!(self, Self::Negation | Self::NotYet)
    }

    /// The meaning that a section's name stands for.
    pub fn of_section(name: &str) -> Option<Self> {
        let (first, rest) = name.split_once(' ').unwrap_or((name, ""));
        if let Ok(group) = first.parse() {
            return match rest {
                "" => Some(Self::Strong(group)),
                "weak" => Some(Self::Weak(group)),
                _ => None,
            };
        }
        Some(match name {
            "day" => Self::Day,
            "hour" => Self::Hour,
            "arrival" => Self::Arrival,
            "call" => Self::Call,
            "visit" => Self::Visit,
            "negation" => Self::Negation,
            "not yet" => Self::NotYet,
            "agent" => Self::Agent,
            "customer" => Self::Customer,
            "says" => Self::Says,
            "unreal" => Self::Unreal,
            "past" => Self::Past,
            "contrast" => Self::Contrast,
            "cancel" => Self::Cancel,
            "final" => Self::Final,
            "for now" => Self::ForNow,
            "voicemail" => Self::Voicemail,
            "away" => Self::Away,
            "idiom" => Self::Idiom,
            "offer" => Self::Offer,
            "yes" => Self::Yes,
            "no" => Self::No,
            "opt out" => Self::OptOut,
            _ => return None,
        })
    }
}
