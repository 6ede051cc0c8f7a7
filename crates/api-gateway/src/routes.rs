use utoipa_actix_web::service_config::ServiceConfig;

use crate::api::{
    auth, calls, decisions, events, lead_lists, lead_statuses, leads, openapi_json, outbound,
    outbound_calls, settings, status_rules, suppressions, whatsapp,
};
use crate::webhooks;

/// The URL map. Of two that fit a path the first one answers.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(openapi_json::openapi_json)
        .service(auth::login::login)
        .service(auth::logout::logout)
        .service(lead_statuses::list::list)
        .service(lead_statuses::create::create)
        .service(lead_statuses::order::order)
        .service(lead_statuses::patch::patch)
        .service(lead_statuses::delete::delete)
        .service(lead_lists::list::list)
        .service(leads::list::list)
        .service(leads::create::create)
        .service(leads::export::export)
        .service(leads::import::import)
        .service(leads::get::get)
        .service(leads::patch::patch)
        .service(leads::timeline::timeline)
        .service(leads::calls::calls)
        .service(leads::decisions::decisions)
        .service(leads::why::why)
        .service(decisions::undo::undo)
        .service(outbound::bulk_enqueue::bulk_enqueue)
        .service(outbound::preflight::preflight)
        .service(outbound::stop_queue::stop_queue)
        .service(outbound::list::list)
        .service(outbound::get::get)
        .service(outbound::jobs::jobs)
        .service(outbound::pause::pause)
        .service(outbound::resume::resume)
        .service(outbound::cancel::cancel)
        .service(outbound_calls::counts::counts)
        .service(outbound_calls::start::start)
        .service(outbound_calls::cancel_job::cancel_job)
        .service(calls::list::list)
        .service(calls::get::get)
        .service(calls::recording::recording)
        .service(calls::recording_head::recording_head)
        .service(events::stream::stream)
        .service(settings::get::get)
        .service(settings::patch::patch)
        .service(status_rules::simulate::simulate)
        .service(status_rules::corrections::corrections)
        .service(suppressions::list::list)
        .service(suppressions::create::create)
        .service(suppressions::delete::delete)
        .service(whatsapp::list::list)
        .service(whatsapp::get::get)
        .service(whatsapp::close::close)
        .service(webhooks::inbound::inbound)
        .service(webhooks::inbound_status::inbound_status)
        .service(webhooks::answer::answer)
        .service(webhooks::status::status)
        .service(webhooks::recording::recording)
        .service(webhooks::amd::amd)
        .service(webhooks::whatsapp::whatsapp);
}
