// @generated automatically by Diesel CLI.

diesel::table! {
    /// A key of a program that acts for a business; shown once, stored hashed
    api_keys (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        name -> Text,
        prefix -> Text,
        /// SHA-256 of the key, which itself has 256 random bits
        key_hash -> Bytea,
        role -> Text,
        created_at -> Timestamptz,
        /// To the minute: written at most once in one
        last_used_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
        /// Which operations it may ask for, as far as its role goes: full, read, leads, calls
        scopes -> Array<Nullable<Text>>,
    }
}

diesel::table! {
    /// Tokens of a session for clients that keep no cookie; they end with it
    session_tokens (token_hash) {
        business_id -> Nullable<Int8>,
        /// HMAC-SHA256 of the token under SESSION_SECRET
        token_hash -> Bytea,
        session_hash -> Bytea,
        kind -> Text,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        /// When a refresh token was exchanged; shown again it has been stolen, and the session ends
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// A signed-in user; the token itself is never stored
    sessions (token_hash) {
        business_id -> Nullable<Int8>,
        /// HMAC-SHA256 of the token under SESSION_SECRET
        token_hash -> Bytea,
        user_id -> Int8,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// Failed sign-ins that count, over all replicas: per account, per client address and per known browser; of no tenant, as nobody is known yet
    sign_in_throttles (key) {
        /// HMAC-SHA256 under SESSION_SECRET of what is counted: neither e-mail addresses nor those of clients are stored
        key -> Bytea,
        /// Attempts that failed or are under way, since the last day without one
        failures -> Int4,
        last_at -> Timestamptz,
        locked_until -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// A person who signs in
    users (id) {
        business_id -> Nullable<Int8>,
        id -> Int8,
        email -> Text,
        full_name -> Text,
        role -> Text,
        /// Argon2id in PHC form
        password_hash -> Text,
        language -> Nullable<Text>,
        created_at -> Timestamptz,
        disabled_at -> Nullable<Timestamptz>,
        /// Grows with each change; two people who edit at once get a conflict
        version -> Int8,
    }
}

diesel::joinable!(session_tokens -> sessions (session_hash));

diesel::allow_tables_to_appear_in_same_query!(
    api_keys,
    session_tokens,
    sessions,
    sign_in_throttles,
    users,
);
