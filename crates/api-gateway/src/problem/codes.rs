//! Every problem that a client can see. A code never changes its meaning.

use actix_web::http::StatusCode;

macro_rules! codes {
    ($($variant:ident $code:literal $status:literal $title:literal;)+) => {
        /// What is wrong, for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $(#[doc = $title] $variant,)+
        }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// One line for people; the same for every occurrence.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// The HTTP status.
            #[must_use]
            pub fn status(self) -> StatusCode {
                let status = match self { $(Self::$variant => $status,)+ };
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    };
}

codes! {
    InvalidBody          "invalid_body"           400 "The body is not a JSON object.";
    InvalidQuery         "invalid_query"          400 "The query has fields that cannot be read.";
    InvalidCursor        "invalid_cursor"         400 "The cursor is not one that this list gave out.";
    InvalidHeader        "invalid_header"         400 "A header cannot be read.";
    BusinessRequired     "business_required"      400 "Name the business in the header X-Business-Id.";
    Unauthenticated      "unauthenticated"        401 "Sign in, or send a valid token or API key.";
    WrongCredentials     "wrong_credentials"      401 "The e-mail address or the password is wrong.";
    RefreshTokenInvalid  "refresh_token_invalid"  401 "The refresh token is unknown or has expired; sign in again.";
    RefreshTokenReused   "refresh_token_reused"   401 "The refresh token was used before, so its session has ended; sign in again.";
    Forbidden            "forbidden"              403 "Your role does not allow this.";
    RoleAboveYours       "role_above_yours"       403 "That role is above yours.";
    NotAUser             "not_a_user"             403 "Only a signed-in user of a business has this; a program's key is none.";
    CsrfHeaderMissing    "csrf_header_missing"    403 "A request with a session cookie that changes something needs the header X-Requested-With.";
    CrossSiteRequest     "cross_site_request"     403 "A page of another site asked for this; only Callboard's own may.";
    ScopeMissing         "scope_missing"          403 "The API key's scopes do not include this; use a key with one of those named.";
    BusinessSuspended    "business_suspended"     403 "The business is suspended; ask whoever runs this installation.";
    WrongSignature       "wrong_signature"        403 "The signature does not fit the request.";
    NotFound             "not_found"              404 "There is no such thing here.";
    NoRecording          "no_recording"           404 "There is no recording of this call.";
    RecordingNotReady    "recording_not_ready"    404 "The recording is still to be fetched from the carrier; try again soon.";
    RecordingFailed      "recording_failed"       404 "The recording could not be had from the carrier.";
    RecordingLost        "recording_lost"         404 "The recording is not where it was stored.";
    PushNotConfigured    "push_not_configured"    404 "Web push is not set up on this server; its operator has to set VAPID_PRIVATE_KEY.";
    MethodNotAllowed     "method_not_allowed"     405 "This address does not take that method.";
    RequestTimeout       "request_timeout"        408 "The body did not arrive in time.";
    Conflict             "conflict"               409 "It is there already, or something else stands in the way.";
    VersionConflict      "version_conflict"       409 "Someone else has changed it in the meantime; read it again.";
    LeadInACall          "lead_in_a_call"         409 "The lead is in a call at this moment; try again when it has ended.";
    PhoneTaken           "phone_taken"            409 "Another lead has this phone number.";
    CallerNumberTaken    "caller_number_taken"    409 "Another business calls from this number.";
    EmailTaken           "email_taken"            409 "Another user has this e-mail address.";
    LastOwner            "last_owner"             409 "The business needs an owner; make another user one first.";
    OwnPassword          "own_password"           409 "Your own password changes together with the one before, at /api/users/me/password.";
    NoPushSubscription   "no_push_subscription"   409 "You have no browser to push to; allow notifications in one first.";
    WhatsappNumberTaken  "whatsapp_number_taken"  409 "Customers of another business write to this number.";
    RunIsOver            "run_is_over"            409 "The run is over.";
    JobNotQueued         "job_not_queued"         409 "The job is not in the queue any more.";
    LinesAreTaken        "lines_are_taken"        409 "Fewer lines are free than calls are asked for; try again when one has ended.";
    RunIsBeingCancelled  "run_is_being_cancelled" 409 "The run is being cancelled.";
    NothingToUndo        "nothing_to_undo"        409 "The decision moved nothing, so there is nothing to undo.";
    LeadMovedSince       "lead_moved_since"       409 "The lead has moved since, and the newer change stands.";
    StatusBeforeGone     "status_before_gone"     409 "The status before is switched off or deleted; move the lead by hand.";
    StatusNameTaken      "status_name_taken"      409 "The business has a status of this name already.";
    StatusHeld           "status_held"            409 "Leads stand in this status; say in move_to where they go.";
    StatusIsDefault      "status_is_default"      409 "New leads start in this status; make another one the default first.";
    StatusIsSystem       "status_is_system"       409 "Automation relies on this status; switch it off instead.";
    BoardIsFull          "board_is_full"          409 "The board has 100 statuses, which is the most; delete one first.";
    TooManyWebhookEndpoints "too_many_webhook_endpoints" 409 "The business has 20 webhook endpoints, which is the most; delete one first.";
    WebhookEndpointInactive "webhook_endpoint_inactive" 409 "The endpoint is switched off; switch it on first.";
    RecordingDeleted     "recording_deleted"      410 "The recording was deleted.";
    RejectsDeleted       "rejects_deleted"        410 "The rejected rows were deleted, as they are after 30 days.";
    BodyTooLarge         "body_too_large"         413 "The body is too large.";
    UriTooLong           "uri_too_long"           414 "The address is too long; 8 KiB with its query are the most.";
    UnsupportedMediaType "unsupported_media_type" 415 "The body is of a type that this address does not take.";
    RangeNotSatisfiable  "range_not_satisfiable"  416 "The recording has none of these bytes.";
    ValidationFailed     "validation_failed"      422 "Some fields are wrong.";
    WrongCurrentPassword "wrong_current_password" 422 "The current password is wrong.";
    UnknownStatus        "unknown_status"         422 "The business has no active status of that name.";
    NothingToCall        "nothing_to_call"        422 "None of the chosen leads can be called.";
    TooManyLeads         "too_many_leads"         422 "More leads are chosen than may be changed at once; narrow the filter.";
    IdempotencyKeyReused "idempotency_key_reused" 422 "The Idempotency-Key was used for another request.";
    UnreadableFile       "unreadable_file"        422 "The file cannot be read.";
    RowsRejected         "rows_rejected"          422 "Some rows of the file cannot be imported, so none was.";
    TooManyStreams       "too_many_streams"       429 "As many streams of live events are open as one key or session may have; close one first.";
    TooManyRequests      "too_many_requests"      429 "Too many requests; wait as long as Retry-After says.";
    SignInLocked         "sign_in_locked"         429 "Too many attempts have failed; wait as long as Retry-After says.";
    HeadersTooLarge      "headers_too_large"      431 "The headers are too large; 16 KiB together are the most.";
    Internal             "internal"               500 "Something went wrong on our side.";
    SimulationTimeout    "simulation_timeout"     503 "The history could not be read in time; ask for less of it with since.";
    Unavailable          "unavailable"            503 "The service is busy or not ready; try again soon.";
}
