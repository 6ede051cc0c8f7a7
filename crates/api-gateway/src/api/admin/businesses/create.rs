use actix_web::{HttpRequest, HttpResponse, post, web};
use domain::ids::BusinessId;
use domain::messages::Language;
use domain::phone::{Country, PhoneNumber};
use serde::{Deserialize, Serialize};
use storage::businesses::{self, NewBusiness};
use storage::users::{self, NewUser, Role};
use utoipa::ToSchema;

use super::{AdministeredBusiness, Recorded, check_lines, check_name, check_time_zone, show};
use crate::api::users as people;
use crate::extract::{Administrator, Body, Fields, Validate, etag};
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

/// The first owner of a business.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Owner {
    /// What they sign in with; nobody else of any business may have it.
    #[serde(default)]
    #[schema(required = true)]
    email: String,
    #[serde(default)]
    name: String,
    /// At least 12 characters, and not the e-mail address.
    #[serde(default)]
    #[schema(required = true, format = Password)]
    password: String,
}

/// A business to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BusinessToCreate {
    name: String,
    /// The language of its board, notes and notifications: `he` or `en`.
    #[schema(value_type = String)]
    language: Language,
    /// IANA name; `Asia/Jerusalem` when absent.
    #[serde(default = "jerusalem")]
    #[schema(value_type = Option<String>)]
    time_zone: String,
    /// ISO 3166 alpha-2; local phone numbers are read as of it. `IL` when absent.
    #[serde(default = "israel")]
    #[schema(value_type = Option<String>)]
    country: String,
    /// The number it calls from. Without one no run can start.
    caller_number: Option<String>,
    /// The number that customers write to on WhatsApp, where it is another.
    whatsapp_number: Option<String>,
    /// Most outbound calls in the air at once; 3 when absent.
    #[schema(minimum = 1, maximum = 1000)]
    max_outbound: Option<i16>,
    /// Most calls in the air at once, inbound ones included; two more than outbound ones when absent.
    #[schema(minimum = 1, maximum = 1000)]
    max_total: Option<i16>,
    owner: Owner,
}

fn jerusalem() -> String {
    "Asia/Jerusalem".to_owned()
}

fn israel() -> String {
    "IL".to_owned()
}

impl Validate for BusinessToCreate {
    fn validate(&self, fields: &mut Fields) {
        check_name(fields, &self.name);
        check_time_zone(fields, &self.time_zone);
        match Country::parse(&self.country) {
            Err(error) => fields.check(false, "country", &error.to_string()),
            Ok(country) => {
                for (field, number) in self.numbers() {
                    let wrong = number.and_then(|said| PhoneNumber::parse(said, country).err());
                    if let Some(error) = wrong {
                        fields.check(false, field, &error.to_string());
                    }
                }
            }
        }
        check_lines(fields, "max_outbound", self.max_outbound);
        check_lines(fields, "max_total", self.max_total);
        let owner = &self.owner;
        people::check_address(fields, "owner.email", owner.email.trim());
        fields.check_length(Some(&owner.name), people::LONGEST_NAME, "owner.name");
        people::check_password(fields, "owner.password", &owner.password);
        fields.extend(people::address_as_password(
            "owner.password",
            &owner.password,
            &owner.email,
        ));
    }
}

impl BusinessToCreate {
    fn numbers(&self) -> [(&'static str, Option<&str>); 2] {
        [
            ("caller_number", self.caller_number.as_deref()),
            ("whatsapp_number", self.whatsapp_number.as_deref()),
        ]
    }

    /// Its numbers as E.164; they have been read before.
    fn e164(&self) -> [Option<String>; 2] {
        let country = Country::parse(&self.country).ok();
        self.numbers().map(|(_, number)| {
            let number = PhoneNumber::parse(number?, country?).ok()?;
            Some(number.into())
        })
    }

    fn lines(&self) -> (i16, i16) {
        let outbound = self.max_outbound.unwrap_or(3);
        (outbound, self.max_total.unwrap_or((outbound + 2).min(1000)))
    }
}

/// What was created.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedBusiness {
    #[serde(flatten)]
    business: AdministeredBusiness,
    /// Its first owner.
    owner_user_id: i64,
}

/// Create a business
///
/// With the default board in its language, its lines, and its first owner. All or nothing: as no two users have one e-mail
/// address, a request that is repeated makes no second business.
#[utoipa::path(
    tag = "administration", operation_id = "create_business", request_body = BusinessToCreate,
    responses((status = 201, description = "Created; its version is the ETag", body = CreatedBusiness))
)]
#[post("/api/admin/businesses")]
pub(crate) async fn create(
    gateway: web::Data<Gateway>,
    administrator: Administrator,
    request: HttpRequest,
    body: Body<BusinessToCreate>,
) -> Result<HttpResponse> {
    let mut wanted = body.value;
    let password = std::mem::take(&mut wanted.owner.password);
    let password_hash = gateway.passwords.hash(password).await?;
    let now = gateway.clock.now();
    let recorded = Recorded::of(&request, administrator.user, now);
    let (business, owner) = gateway
        .db
        .system(move |tx| {
            let [caller_number, whatsapp_number] = wanted.e164();
            let (max_outbound, max_total) = wanted.lines();
            let new = NewBusiness {
                name: wanted.name.trim(),
                language: wanted.language,
                time_zone: &wanted.time_zone,
                country: &wanted.country,
                caller_number: caller_number.as_deref(),
                whatsapp_number: whatsapp_number.as_deref(),
                max_outbound,
                max_total,
                call_flow: None,
            };
            let business = businesses::create(tx, now, &new)?;
            let owner = NewUser {
                business: Some(business),
                email: &wanted.owner.email,
                full_name: wanted.owner.name.trim(),
                role: Role::Owner,
                password_hash: &password_hash,
                language: None,
            };
            let owner = users::create(tx, now, &owner)?;
            recorded.record(tx, business)?;
            Ok::<(BusinessId, _), Problem>((business, owner))
        })
        .await?;
    let business = gateway.db.tenant(business, show).await?;
    tracing::info!(business_id = business.id, "a business was created");
    Ok(HttpResponse::Created()
        .insert_header(etag(business.version))
        .json(CreatedBusiness {
            business,
            owner_user_id: owner.0,
        }))
}
