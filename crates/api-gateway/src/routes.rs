use utoipa_actix_web::service_config::ServiceConfig;

use crate::api::{
    admin, analytics, api_keys, auth, calls, decisions, docs, events, lead_lists, lead_statuses,
    leads, notifications, openapi_json, outbound, outbound_calls, push, settings, status_rules,
    suppressions, users, webhook_endpoints, whatsapp,
};
use crate::webhooks;

/// The URL map. Of two that fit a path the first one answers.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    people(config);
    leads_and_board(config);
    calling(config);
    telling(config);
    carrier(config);
}

/// Who one is, who else there is, and the API itself.
fn people(config: &mut ServiceConfig<'_>) {
    config
        .service(openapi_json::openapi_json)
        .service(docs::docs)
        .service(auth::login::login)
        .service(auth::refresh::refresh)
        .service(auth::logout::logout)
        .service(auth::logout_everywhere::logout_everywhere)
        .service(admin::businesses::list::list)
        .service(admin::businesses::create::create)
        .service(admin::businesses::get::get)
        .service(admin::businesses::patch::patch)
        .service(admin::businesses::accesses::accesses)
        .service(users::list::list)
        .service(users::create::create)
        .service(users::me::me)
        .service(users::password::password)
        .service(users::preferences::get::get)
        .service(users::preferences::patch::patch)
        .service(users::get::get)
        .service(users::patch::patch)
        .service(users::delete::delete)
        .service(api_keys::list::list)
        .service(api_keys::create::create)
        .service(api_keys::delete::delete);
}

/// The board.
fn leads_and_board(config: &mut ServiceConfig<'_>) {
    config
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
        .service(leads::bulk::bulk)
        .service(leads::import::preview::preview)
        .service(leads::import::rejects::rejects)
        .service(leads::get::get)
        .service(leads::patch::patch)
        .service(leads::delete::delete)
        .service(leads::timeline::timeline)
        .service(leads::calls::calls)
        .service(leads::decisions::decisions)
        .service(leads::why::why)
        .service(decisions::undo::undo)
        .service(status_rules::simulate::simulate)
        .service(status_rules::corrections::corrections)
        .service(suppressions::list::list)
        .service(suppressions::create::create)
        .service(suppressions::delete::delete);
}

/// Runs, calls and conversations.
fn calling(config: &mut ServiceConfig<'_>) {
    config
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
        .service(whatsapp::list::list)
        .service(whatsapp::get::get)
        .service(whatsapp::close::close);
}

/// What is told of all that, and what a business has set.
fn telling(config: &mut ServiceConfig<'_>) {
    config
        .service(events::stream::stream)
        .service(notifications::list::list)
        .service(notifications::read_all::read_all)
        .service(notifications::unsubscribe_page::unsubscribe_page)
        .service(notifications::unsubscribe::unsubscribe)
        .service(notifications::read::read)
        .service(push::public_key::public_key)
        .service(push::subscribe::subscribe)
        .service(push::unsubscribe::unsubscribe)
        .service(push::test::test)
        .service(settings::get::get)
        .service(settings::patch::patch)
        .service(analytics::status::status)
        .service(analytics::calls::calls)
        .service(analytics::runs::runs)
        .service(webhook_endpoints::list::list)
        .service(webhook_endpoints::create::create)
        .service(webhook_endpoints::get::get)
        .service(webhook_endpoints::patch::patch)
        .service(webhook_endpoints::delete::delete)
        .service(webhook_endpoints::rotate_secret::rotate_secret)
        .service(webhook_endpoints::test::test)
        .service(webhook_endpoints::deliveries::list::list)
        .service(webhook_endpoints::deliveries::get::get)
        .service(webhook_endpoints::deliveries::resend::resend);
}

/// What the carrier calls.
fn carrier(config: &mut ServiceConfig<'_>) {
    config
        .service(webhooks::inbound::inbound)
        .service(webhooks::inbound_status::inbound_status)
        .service(webhooks::answer::answer)
        .service(webhooks::status::status)
        .service(webhooks::recording::recording)
        .service(webhooks::amd::amd)
        .service(webhooks::whatsapp::whatsapp);
}
