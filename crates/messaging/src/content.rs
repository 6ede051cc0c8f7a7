use domain::events::EventData;
use domain::ids::BusinessId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What an event says, whichever type it is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnyData {
    /// The tenant.
    pub business_id: BusinessId,
    /// All else.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Whom and what an event is about, where it says so: for the logs.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct About {
    pub(crate) run_id: Option<i64>,
    pub(crate) lead_id: Option<i64>,
    pub(crate) call_sid: Option<String>,
}

impl About {
    /// What the document of an event says.
    pub(crate) fn of(document: &[u8]) -> Self {
        #[derive(Default, Deserialize)]
        struct Document {
            data: About,
        }
        serde_json::from_slice(document)
            .unwrap_or_else(|_| Document::default())
            .data
    }
}

/// What the events of a queue say.
pub(crate) trait Content: DeserializeOwned + Send + 'static {
    /// The type of the events, where the queue holds only one.
    const TYPE: Option<&'static str>;

    /// The tenant.
    fn business(&self) -> BusinessId;
}

impl<T: EventData> Content for T {
    const TYPE: Option<&'static str> = Some(T::TYPE);

    fn business(&self) -> BusinessId {
        self.business_id()
    }
}

impl Content for AnyData {
    const TYPE: Option<&'static str> = None;

    fn business(&self) -> BusinessId {
        self.business_id
    }
}
