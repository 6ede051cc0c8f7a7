//! Which events are shown, and how they are read.

use domain::ids::{BusinessId, UserId};
use serde_json::{Map, Value};

/// What a stream can hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    StatusChanged,
    RunProgress,
    RunFinished,
    CallStarted,
    CallCompleted,
    Notification,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 6] = [
        Self::StatusChanged,
        Self::RunProgress,
        Self::RunFinished,
        Self::CallStarted,
        Self::CallCompleted,
        Self::Notification,
    ];

    /// The name on a stream.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::StatusChanged => "status.changed",
            Self::RunProgress => "run.progress",
            Self::RunFinished => "run.finished",
            Self::CallStarted => "call.started",
            Self::CallCompleted => "call.completed",
            Self::Notification => "notification",
        }
    }

    /// The type of the event on the broker. What is internal there (`call.reported`, `run.requested`) is not shown.
    const fn event(self) -> &'static str {
        match self {
            Self::Notification => "notification.requested",
            other => other.as_str(),
        }
    }

    /// The routing pattern to watch.
    pub(super) fn pattern(self) -> String {
        format!("{}.#", self.event())
    }
}

/// Some kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kinds(u8);

impl Kinds {
    /// Every one.
    pub(crate) const ALL: Self = Self(u8::MAX);

    /// Those whose names stand in a list, with commas between them; `call.*` is every one that begins so.
    ///
    /// # Errors
    /// The first name of none.
    pub(crate) fn read(list: &str) -> Result<Self, String> {
        let mut chosen = 0;
        for name in list.split(',').map(str::trim) {
            let family = name.strip_suffix('*').filter(|stem| stem.ends_with('.'));
            let named = |kind: &Kind| match family {
                Some(stem) => kind.as_str().starts_with(stem),
                None => kind.as_str() == name,
            };
            let found: u8 = Kind::ALL.into_iter().filter(named).map(Self::bit).sum();
            if found == 0 {
                return Err(name.to_owned());
            }
            chosen |= found;
        }
        Ok(Self(chosen))
    }

    pub(super) const fn has(self, kind: Kind) -> bool {
        self.0 & Self::bit(kind) != 0
    }

    const fn bit(kind: Kind) -> u8 {
        1 << kind as u8
    }
}

/// What the state is read of that an event carries.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    Lead(i64),
    Run(i64),
    Call(String),
}

/// An event of a business, read from its CloudEvents document.
#[derive(Debug, Clone)]
pub(super) struct News {
    pub(super) business: BusinessId,
    pub(super) kind: Kind,
    /// None for what says all by itself.
    pub(super) subject: Option<Subject>,
    /// Who may hear it; none means everyone of the business.
    pub(super) audience: Option<Vec<UserId>>,
    /// What streams send, but for the state of the subject.
    pub(super) data: Map<String, Value>,
}

impl News {
    /// None for what is not shown.
    pub(super) fn read(event: &Value) -> Option<Self> {
        let name = event["type"].as_str()?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.event() == name)?;
        let mut data = event["data"].as_object()?.clone();
        let id = |field: &str| data.get(field).and_then(Value::as_i64);
        let subject = match kind {
            Kind::StatusChanged => Some(Subject::Lead(id("lead_id")?)),
            Kind::RunProgress | Kind::RunFinished => Some(Subject::Run(id("run_id")?)),
            Kind::CallStarted | Kind::CallCompleted => {
                Some(Subject::Call(data.get("call_sid")?.as_str()?.to_owned()))
            }
            Kind::Notification => None,
        };
        let business = BusinessId(id("business_id")?);
        let audience = data.remove("user_ids").map(|users| {
            let users = users.as_array().into_iter().flatten();
            users.filter_map(Value::as_i64).map(UserId).collect()
        });
        // Its address at the carrier is not for browsers; the call says where it is listened to.
        data.remove("recording");
        data.insert("event_id".to_owned(), event["id"].clone());
        data.insert("time".to_owned(), event["time"].clone());
        Some(Self {
            business,
            kind,
            subject,
            audience,
            data,
        })
    }
}
