//! Direct calls, single jobs, and the lines of a business.

pub(crate) mod cancel_job;
pub(crate) mod counts;
pub(crate) mod start;
