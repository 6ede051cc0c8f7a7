//! The REST API, as far as calls and recordings go.

mod calls;
mod create_call;
mod json;
mod list_calls;
mod params;
mod recordings;
mod reply;
mod update_call;

use actix_web::{HttpRequest, HttpResponse, web};

pub(crate) use params::base_url_of;

/// The paths of the 2010 API.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::scope("/2010-04-01/Accounts/{account}")
            .service(
                web::resource("/Calls.json")
                    .route(web::post().to(create_call::create))
                    .route(web::get().to(list_calls::list)),
            )
            .route(
                "/Calls/{sid}/Recordings.json",
                web::get().to(recordings::list_of_call),
            )
            .service(
                web::resource("/Calls/{sid}.json")
                    .route(web::get().to(calls::fetch))
                    .route(web::post().to(update_call::update))
                    .route(web::delete().to(calls::delete)),
            )
            .route("/Recordings.json", web::get().to(recordings::list))
            .service(
                web::resource("/Recordings/{sid}.json")
                    .route(web::get().to(recordings::fetch))
                    .route(web::delete().to(recordings::delete)),
            )
            .route("/Recordings/{sid}.wav", web::get().to(recordings::media))
            .service(
                web::resource("/Recordings/{sid}")
                    .route(web::get().to(recordings::media))
                    .route(web::delete().to(recordings::delete)),
            ),
    );
}

/// Anything else.
pub(crate) async fn not_found(request: HttpRequest) -> HttpResponse {
    reply::not_found(&request)
}
