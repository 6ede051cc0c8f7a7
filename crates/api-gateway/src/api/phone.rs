//! Phone numbers as people type them.

use domain::phone::{Country, PhoneNumber};
use storage::{TenantTx, businesses};

use crate::problem::{Code, Problem, Result};

/// A number as a person typed it into `field`, as E.164, local ones as of the business's country.
pub(crate) fn e164(tx: &mut TenantTx<'_>, field: &str, text: &str) -> Result<String> {
    let business = tx.business;
    let country = businesses::get(tx, business)?.country;
    let country = Country::parse(&country).map_err(|error| Problem::internal(&error))?;
    match PhoneNumber::parse(text, country) {
        Ok(number) => Ok(number.into()),
        Err(error) => Err(Problem::field(
            Code::ValidationFailed,
            field,
            error.to_string(),
        )),
    }
}
