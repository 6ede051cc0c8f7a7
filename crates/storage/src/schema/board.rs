// @generated automatically by Diesel CLI.

diesel::table! {
    /// The timeline of a lead; never changed once written
    lead_activities (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        lead_id -> Int8,
        /// status_change, call, whatsapp, note, suppression, …
        #[sql_name = "type"]
        type_ -> Text,
        payload -> Jsonb,
        at -> Timestamptz,
        created_by -> Nullable<Int8>,
    }
}

diesel::table! {
    /// How many leads stand in each column: the sum over its rows. Written by the triggers of leads, in the transaction of what they count
    lead_counts (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        status -> Text,
        leads -> Int8,
    }
}

diesel::table! {
    /// A row of an imported file that did not become a lead; deleted after 30 days
    lead_import_rejects (business_id, lead_import_id, position) {
        business_id -> Int8,
        lead_import_id -> Int8,
        /// Its place among the rejects, from 1
        position -> Int8,
        /// Its line in the file, from 1
        line -> Int8,
        /// The code of the reason
        reason -> Text,
        /// What the sentence about the reason is filled in with
        about -> Jsonb,
        /// The row as it stood in the file
        fields -> Array<Nullable<Text>>,
    }
}

diesel::table! {
    /// A file of leads that was imported
    lead_imports (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        outbound_list_id -> Nullable<Int8>,
        created_by_user_id -> Nullable<Int8>,
        created_at -> Timestamptz,
        /// How the file heads its columns; empty for a file without a header
        header -> Array<Nullable<Text>>,
        /// How many leads were created
        created -> Int8,
        /// How many rows of the file were not
        rejected -> Int8,
    }
}

diesel::table! {
    /// How many leads are in each list: the sum over its rows. Written by the triggers of leads, in the transaction of what they count
    lead_list_counts (business_id, list_id, id) {
        business_id -> Int8,
        list_id -> Int8,
        id -> Int8,
        leads -> Int8,
    }
}

diesel::table! {
    /// A column of one business's board
    lead_statuses (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        /// Stable key, never shown; the label is what people see
        name -> Text,
        label -> Text,
        color -> Text,
        order_index -> Int4,
        is_active -> Bool,
        is_default -> Bool,
        is_system -> Bool,
        /// Automation never moves a lead out of it (won, lost and what the business marks)
        is_protected -> Bool,
        version -> Int8,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// A person to call
    leads (tenant_id, id) {
        /// The business
        tenant_id -> Int8,
        id -> Int8,
        first_name -> Text,
        last_name -> Text,
        full_name -> Text,
        phone_e164 -> Nullable<Text>,
        status -> Nullable<Text>,
        /// Constant; lets the foreign key demand an active status
        status_active -> Bool,
        status_changed_at -> Nullable<Timestamptz>,
        /// Summary of the newest conversation
        summary -> Nullable<Text>,
        /// Newest line first; people write here too
        notes -> Nullable<Text>,
        last_contact_at -> Nullable<Timestamptz>,
        service -> Nullable<Text>,
        city -> Nullable<Text>,
        follow_up_at -> Nullable<Timestamptz>,
        /// Whose clock the person lives by, as somebody said it (IANA)
        time_zone -> Nullable<Text>,
        /// As the number tells it, for countries of one zone; counts where time_zone is null
        phone_zone -> Nullable<Text>,
        tags -> Array<Nullable<Text>>,
        owner_user_id -> Nullable<Int8>,
        outbound_list_id -> Nullable<Int8>,
        source -> Text,
        /// Grows with each change; the ETag of the lead
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
        /// When follow_up_at was last spoken of: when the conversation took place, or a person set or emptied it
        follow_up_said_at -> Nullable<Timestamptz>,
        /// Its place on the board, newest first: the last contact, or when it came while there was none
        board_at -> Timestamptz,
        /// Name in small letters, and number
        search_text -> Text,
    }
}

diesel::table! {
    /// An import of leads
    outbound_lead_lists (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        name -> Text,
        created_by_user_id -> Nullable<Int8>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// A number that the business must not call
    suppressions (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        phone_e164 -> Text,
        lead_id -> Nullable<Int8>,
        origin -> Text,
        source_event_id -> Nullable<Text>,
        created_by_user_id -> Nullable<Int8>,
        created_at -> Timestamptz,
        lifted_at -> Nullable<Timestamptz>,
        lifted_by_user_id -> Nullable<Int8>,
        /// Why, in the words of the person who entered it
        reason -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    lead_activities,
    lead_counts,
    lead_import_rejects,
    lead_imports,
    lead_list_counts,
    lead_statuses,
    leads,
    outbound_lead_lists,
    suppressions,
);
